import { intlLocale, type LocaleId } from '../i18n'
import type { Period } from './period'

/** The month's name when the period is one calendar month, else null. */
export function monthOf(period: Period, locale: LocaleId): string | null {
  if (period.id !== 'month' && period.id !== 'last-month') return null
  return monthName(period.from, locale)
}

/** November, 11월, Ноябрь: as a sentence begins. */
export function monthName(date: string, locale: LocaleId): string {
  const name = monthInside(date, locale)
  return name.charAt(0).toLocaleUpperCase(intlLocale[locale]) + name.slice(1)
}

/** November, 11월, ноябрь: inside a sentence. */
export function monthInside(date: string, locale: LocaleId): string {
  return new Intl.DateTimeFormat(intlLocale[locale], { month: 'long', timeZone: 'UTC' }).format(
    new Date(`${date}T00:00:00Z`),
  )
}
