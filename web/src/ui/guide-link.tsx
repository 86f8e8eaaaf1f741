import { BookOpen } from 'lucide-react'
import type { ReactNode } from 'react'
import { useLocale, useMessages } from '../i18n'

type GuidePage =
  | 'index'
  | 'install'
  | 'first-bill'
  | 'first-telemetry'
  | 'explore'
  | 'data'
  | 'prices'
  | 'allocation'
  | 'connections'
  | 'bill-formats'
  | 'telemetry'
  | 'ai'
  | 'experiments'
  | 'reconciliation'

/** Opens a page of the user guide, in the reader’s language, beside this one. The server serves the guide. */
export function GuideLink({ page, children }: { page: GuidePage; children?: ReactNode }) {
  const t = useMessages().common
  const locale = useLocale()
  return (
    <a
      className="guide-link"
      href={`/guide/${locale}${page === 'index' ? '' : `/${page}`}`}
      target="_blank"
      rel="noreferrer"
    >
      <BookOpen size={13} strokeWidth={1.75} aria-hidden="true" />
      {children ?? t.guide}
    </a>
  )
}
