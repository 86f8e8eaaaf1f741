import { date, type Locale, localParts, nbsp, time } from '../format'

export type Grain = '15m' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year'

/** Short name of a bucket for the axis. `first` tells where a month or day begins and has to be named. */
export function axisLabel(bucket: string, grain: Grain, locale: Locale, timeZone: string, first: boolean): string {
  const parts = localParts(bucket, timeZone)
  if (grain === '15m' || grain === 'hour')
    return parts.hour === 0 && parts.minute === 0 ? date(bucket, locale, timeZone, 'short') : time(bucket, timeZone)
  if (grain === 'day') return first || parts.day === 1 ? date(bucket, locale, timeZone, 'short') : String(parts.day)
  if (grain === 'week') return date(bucket, locale, timeZone, 'short')
  if (grain === 'month')
    return parts.month === 1 || first
      ? date(bucket, locale, timeZone, 'month')
      : date(bucket, locale, timeZone, 'month').replace(locale === 'ko' ? /^\d+\.\s/ : /\s\d+$/, '')
  if (grain === 'quarter') return quarterName(parts.year, parts.month, locale)
  return String(parts.year)
}

/** Full name of a bucket: Thu 12 Nov 2026; 12 Nov 2026, 14:00; from Mon 9 Nov 2026; Nov 2026. */
export function bucketName(bucket: string, grain: Grain, locale: Locale, timeZone: string): string {
  const parts = localParts(bucket, timeZone)
  if (grain === '15m' || grain === 'hour') return `${date(bucket, locale, timeZone)}, ${time(bucket, timeZone)}`
  if (grain === 'day') return date(bucket, locale, timeZone, 'weekday')
  if (grain === 'week') {
    const start = date(bucket, locale, timeZone)
    return locale === 'ko'
      ? `${start}${nbsp}주`
      : locale === 'ru'
        ? `неделя с${nbsp}${start}`
        : `week of${nbsp}${start}`
  }
  if (grain === 'month') return date(bucket, locale, timeZone, 'month')
  if (grain === 'quarter') return quarterName(parts.year, parts.month, locale)
  return String(parts.year)
}

export function isWeekend(bucket: string, timeZone: string): boolean {
  const { weekday } = localParts(bucket, timeZone)
  return weekday === 0 || weekday === 6
}

function quarterName(year: number, month: number, locale: Locale): string {
  const quarter = Math.ceil(month / 3)
  if (locale === 'ko') return `${year}년${nbsp}${quarter}분기`
  if (locale === 'ru') return `${quarter}${nbsp}кв.${nbsp}${year}`
  return `Q${quarter}${nbsp}${year}`
}
