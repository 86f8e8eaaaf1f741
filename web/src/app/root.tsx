import { Outlet, useSearch } from '@tanstack/react-router'
import { useSession } from '../api'
import { browserLocale, LocaleProvider, rememberedLocale } from '../i18n/locale'
import type { SharedSearch } from './search'

/** The language: what the address says, else what was chosen here before, else the organization’s, else the browser’s. */
export function Root() {
  const search: SharedSearch = useSearch({ strict: false })
  const session = useSession()
  const locale = search.lang ?? rememberedLocale() ?? session.data?.organization?.locale ?? browserLocale()
  return (
    <LocaleProvider locale={locale}>
      <Outlet />
    </LocaleProvider>
  )
}
