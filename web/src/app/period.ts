import { localParts } from '../ui/format'

/** Periods people name; a custom one stands in the address as `2026-11-01..2026-11-19`, both days included. */
export const periodIds = ['today', 'week', 'month', 'last-month', '7d', '30d', '90d', 'quarter', 'year', '12m'] as const
export type PeriodId = (typeof periodIds)[number]

/** Local dates in the reader’s time zone; `to` is exclusive. `isOpen`: the period holds this moment. */
export type Period = { id: PeriodId | 'custom'; from: string; to: string; isOpen: boolean }

export const defaultPeriod: PeriodId = 'month'

const customShape = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/

/** The period a search parameter stands for, or null when it is none. */
export function resolvePeriod(text: string, now: Date, timeZone: string): Period | null {
  const today = localDate(now, timeZone)
  const custom = customShape.exec(text)
  if (custom) {
    const from = custom[1]!
    const last = custom[2]!
    if (!isDate(from) || !isDate(last) || last < from) return null
    return { id: 'custom', from, to: addDays(last, 1), isOpen: from <= today && today <= last }
  }
  const id = periodIds.find((known) => known === text)
  if (id === undefined) return null
  const tomorrow = addDays(today, 1)
  const monthStart = `${today.slice(0, 7)}-01`
  switch (id) {
    case 'today':
      return { id, from: today, to: tomorrow, isOpen: true }
    case 'week':
      return { id, from: startOfWeek(today), to: addDays(startOfWeek(today), 7), isOpen: true }
    case 'month':
      return { id, from: monthStart, to: addMonths(monthStart, 1), isOpen: true }
    case 'last-month':
      return { id, from: addMonths(monthStart, -1), to: monthStart, isOpen: false }
    case '7d':
      return { id, from: addDays(tomorrow, -7), to: tomorrow, isOpen: true }
    case '30d':
      return { id, from: addDays(tomorrow, -30), to: tomorrow, isOpen: true }
    case '90d':
      return { id, from: addDays(tomorrow, -90), to: tomorrow, isOpen: true }
    case 'quarter': {
      const month = Number(today.slice(5, 7))
      const first = `${today.slice(0, 4)}-${two(month - ((month - 1) % 3))}-01`
      return { id, from: first, to: addMonths(first, 3), isOpen: true }
    }
    case 'year':
      return { id, from: `${today.slice(0, 4)}-01-01`, to: `${Number(today.slice(0, 4)) + 1}-01-01`, isOpen: true }
    case '12m':
      return { id, from: addMonths(monthStart, -11), to: addMonths(monthStart, 1), isOpen: true }
  }
}

/**
 * The part of the period before that can be compared: as many days, up to the same local time of day. `to` is an instant where
 * the period is open, rounded to the quarter of an hour in which usage is kept, else a date.
 */
export type Comparison = { from: string; to: string /** last day of it, included */; lastDay: string; cut: Date | null }

export function comparablePart(period: Period, now: Date, timeZone: string): Comparison {
  const today = localDate(now, timeZone)
  const from = previousStart(period)
  const previousEnd = period.from
  if (!period.isOpen || today < period.from) {
    const length = daysBetween(period.from, period.to)
    const to = wholeMonths(period) ? previousEnd : addDays(from, length)
    return { from, to, lastDay: addDays(to, -1), cut: null }
  }
  const elapsed = daysBetween(period.from, today)
  let day = addDays(from, elapsed)
  // 31 March has no counterpart in February: then all of February is compared.
  if (day >= previousEnd && period.id !== 'today') {
    day = addDays(previousEnd, -1)
    return { from, to: previousEnd, lastDay: day, cut: null }
  }
  const clock = localParts(new Date(Math.round(now.getTime() / 900_000) * 900_000), timeZone)
  const rolledOver = clock.hour === 0 && clock.minute === 0 && localParts(now, timeZone).hour === 23
  const cut = rolledOver
    ? instantOf(addDays(day, 1), 0, 0, timeZone)
    : instantOf(day, clock.hour, clock.minute, timeZone)
  return { from, to: `${cut.toISOString().slice(0, 19)}Z`, lastDay: day, cut }
}

function previousStart(period: Period): string {
  switch (period.id) {
    // A Thursday is like the Thursday before, not like a Wednesday.
    case 'today':
      return addDays(period.from, -7)
    case 'month':
    case 'last-month':
      return addMonths(period.from, -1)
    case 'quarter':
      return addMonths(period.from, -3)
    case 'year':
    case '12m':
      return addMonths(period.from, -12)
    default:
      if (wholeMonths(period)) return addMonths(period.from, -monthsBetween(period.from, period.to))
      return addDays(period.from, -daysBetween(period.from, period.to))
  }
}

function wholeMonths(period: Period): boolean {
  return period.from.endsWith('-01') && period.to.endsWith('-01')
}

/** `2026-11-19` on the wall of `timeZone`. */
export function localDate(moment: Date, timeZone: string): string {
  const { year, month, day } = localParts(moment, timeZone)
  return `${year}-${two(month)}-${two(day)}`
}

/** The instant at which the wall clock of `timeZone` shows this; in the gap of a clock change, the instant after it. */
export function instantOf(date: string, hour: number, minute: number, timeZone: string): Date {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number)
  const wall = Date.UTC(year, month - 1, day, hour, minute)
  let guess = wall
  for (let round = 0; round < 3; round++) {
    const seen = localParts(new Date(guess), timeZone)
    const shown = Date.UTC(seen.year, seen.month - 1, seen.day, seen.hour, seen.minute)
    if (shown === wall) break
    guess += wall - shown
  }
  return new Date(guess)
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** The same day some months on; `date` is a first of a month. */
export function addMonths(date: string, months: number): string {
  const [year = 0, month = 1] = date.split('-').map(Number)
  return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 10)
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000)
}

function monthsBetween(from: string, to: string): number {
  return (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) * 12 + Number(to.slice(5, 7)) - Number(from.slice(5, 7))
}

/** Monday of the week. */
export function startOfWeek(date: string): string {
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay()
  return addDays(date, -((weekday + 6) % 7))
}

function isDate(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** The earlier of two local dates (`YYYY-MM-DD`, which sort as text). */
export function earlier(a: string, b: string): string {
  if (a < b) return a
  return b
}

/** The later of two local dates. */
export function later(a: string, b: string): string {
  if (a > b) return a
  return b
}
