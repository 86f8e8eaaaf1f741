import { type Locale, nbsp, unknown } from './numbers'

export type DateForm =
  /** 12 Nov 2026 */
  | 'full'
  /** Thu 12 Nov 2026 */
  | 'weekday'
  /** 12 Nov */
  | 'short'
  /** 12 */
  | 'day'
  /** Nov 2026 */
  | 'month'

const shortMonths: Record<Locale, string[]> = {
  en: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
  ko: ['1월', '2월', '3월', '4월', '5월', '6월', '7월', '8월', '9월', '10월', '11월', '12월'],
  ru: ['янв.', 'февр.', 'мар.', 'апр.', 'мая', 'июн.', 'июл.', 'авг.', 'сент.', 'окт.', 'нояб.', 'дек.'],
}
const aloneMonths: Record<Locale, string[]> = {
  en: shortMonths.en,
  ko: shortMonths.ko,
  ru: ['янв.', 'февр.', 'март', 'апр.', 'май', 'июнь', 'июль', 'авг.', 'сент.', 'окт.', 'нояб.', 'дек.'],
}
const weekdays: Record<Locale, string[]> = {
  en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
  ko: ['일', '월', '화', '수', '목', '금', '토'],
  ru: ['вс', 'пн', 'вт', 'ср', 'чт', 'пт', 'сб'],
}

export type LocalParts = {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  weekday: number
}

const formatters = new Map<string, Intl.DateTimeFormat>()

/** The wall clock in `timeZone` (IANA name) at an instant. A bare date (2026-11-12) is that day in any zone. Month is 1–12, weekday 0 is Sunday. */
export function localParts(moment: string | Date, timeZone: string): LocalParts {
  if (typeof moment === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(moment)) {
    const [year = 0, month = 1, day = 1] = moment.split('-').map(Number)
    return {
      year,
      month,
      day,
      hour: 0,
      minute: 0,
      second: 0,
      weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay(),
    }
  }
  let formatter = formatters.get(timeZone)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formatters.set(timeZone, formatter)
  }
  const found: Record<string, number> = {}
  for (const part of formatter.formatToParts(typeof moment === 'string' ? new Date(moment) : moment))
    found[part.type] = Number(part.value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = found
  return { year, month, day, hour, minute, second, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() }
}

/** A day in the reader's language; `moment` is an instant (RFC 3339 or Date) read in `timeZone`, or a bare date. */
export function date(
  moment: string | Date | null | undefined,
  locale: Locale,
  timeZone: string,
  form: DateForm = 'full',
): string {
  if (moment == null) return unknown
  const { year, month, day, weekday } = localParts(moment, timeZone)
  const name = shortMonths[locale][month - 1]
  const of = weekdays[locale][weekday]
  if (form === 'day') return String(day)
  if (form === 'month')
    return locale === 'ko' ? `${year}.${nbsp}${month}.` : `${aloneMonths[locale][month - 1]}${nbsp}${year}`
  if (locale === 'ko') {
    const ending = `${month}.${nbsp}${day}.`
    if (form === 'short') return ending
    return `${year}.${nbsp}${ending}${form === 'weekday' ? `${nbsp}(${of})` : ''}`
  }
  const short = `${day}${nbsp}${name}`
  if (form === 'short') return short
  return `${form === 'weekday' ? `${of}${nbsp}` : ''}${short}${nbsp}${year}`
}

/** Both ends belong to the range: 1–19 Nov 2026; 28 Oct – 3 Nov 2026. */
export function dateRange(first: string | Date, last: string | Date, locale: Locale, timeZone: string): string {
  const a = localParts(first, timeZone)
  const b = localParts(last, timeZone)
  if (a.year === b.year && a.month === b.month && a.day === b.day) return date(last, locale, timeZone)
  if (a.year !== b.year) return `${date(first, locale, timeZone)}${nbsp}– ${date(last, locale, timeZone)}`
  if (locale === 'ko') {
    return a.month === b.month
      ? `${a.year}.${nbsp}${a.month}.${nbsp}${a.day}.–${b.day}.`
      : `${a.year}.${nbsp}${a.month}.${nbsp}${a.day}.${nbsp}– ${b.month}.${nbsp}${b.day}.`
  }
  if (a.month === b.month) return `${a.day}–${date(last, locale, timeZone)}`
  return `${date(first, locale, timeZone, 'short')}${nbsp}– ${date(last, locale, timeZone)}`
}

/** 14:32, with seconds where asked. */
export function time(
  moment: string | Date | null | undefined,
  timeZone: string,
  options: { seconds?: boolean } = {},
): string {
  if (moment == null) return unknown
  const { hour, minute, second } = localParts(moment, timeZone)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(hour)}:${two(minute)}${options.seconds ? `:${two(second)}` : ''}`
}

export function dateTime(
  moment: string | Date | null | undefined,
  locale: Locale,
  timeZone: string,
  options: { year?: boolean; seconds?: boolean } = {},
): string {
  if (moment == null) return unknown
  const day = date(moment, locale, timeZone, options.year ? 'full' : 'short')
  return `${day}${locale === 'ko' ? '' : ','} ${time(moment, timeZone, options)}`
}

const ago: Record<Locale, { now: string; units: [seconds: number, word: string][] }> = {
  en: {
    now: 'just now',
    units: [
      [86_400, `${nbsp}d ago`],
      [3_600, `${nbsp}h ago`],
      [60, `${nbsp}min ago`],
      [1, `${nbsp}s ago`],
    ],
  },
  ko: {
    now: '방금',
    units: [
      [86_400, `일${nbsp}전`],
      [3_600, `시간${nbsp}전`],
      [60, `분${nbsp}전`],
      [1, `초${nbsp}전`],
    ],
  },
  ru: {
    now: 'только что',
    units: [
      [86_400, `${nbsp}дн. назад`],
      [3_600, `${nbsp}ч назад`],
      [60, `${nbsp}мин назад`],
      [1, `${nbsp}с назад`],
    ],
  },
}

/** How long ago, in one unit; a moment of the future (a clock that runs ahead) reads as now. */
export function relativeTime(moment: string | Date | null | undefined, locale: Locale, now: Date = new Date()): string {
  if (moment == null) return unknown
  const seconds = Math.floor((now.getTime() - new Date(moment).getTime()) / 1000)
  for (const [size, word] of ago[locale].units) if (seconds >= size) return `${Math.floor(seconds / size)}${word}`
  return ago[locale].now
}

/** 84 ms, 1.2 s, 3 min. */
export function duration(milliseconds: number | null | undefined, locale: Locale): string {
  if (milliseconds == null) return unknown
  const [ms, s, min, h] = { en: ['ms', 's', 'min', 'h'], ko: ['ms', '초', '분', '시간'], ru: ['мс', 'с', 'мин', 'ч'] }[
    locale
  ]
  const gap = locale === 'ko' ? '' : nbsp
  if (milliseconds < 1000) return `${Math.round(milliseconds)}${nbsp}${ms}`
  if (milliseconds < 60_000)
    return `${(milliseconds / 1000).toFixed(1).replace('.', locale === 'ru' ? ',' : '.')}${gap}${s}`
  if (milliseconds < 3_600_000) return `${Math.round(milliseconds / 60_000)}${gap}${min}`
  return `${Math.round(milliseconds / 3_600_000)}${gap}${h}`
}
