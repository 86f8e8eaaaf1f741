import { invalid } from '../../primitives/errors'
import { nearestNames } from './nearest-names'

let known: Map<string, string> | undefined

/** The zone's IANA name in its proper spelling. @throws Failure `unknown_time_zone` with the nearest names. */
export function checkedTimeZone(name: string): string {
  known ??= new Map(
    [
      'UTC',
      'Etc/UTC',
      'GMT',
      'Asia/Kolkata',
      'Asia/Kathmandu',
      'Europe/Kyiv',
      ...Intl.supportedValuesOf('timeZone'),
    ].map((zone) => [zone.toLowerCase(), zone]),
  )
  const found = known.get(name.toLowerCase())
  if (found) return found
  // Links such as `US/Eastern` are valid names that the list leaves out.
  if (/^[A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)+$/.test(name)) {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name })
      return name
    } catch {
      // Falls through to the failure below.
    }
  }
  const nearest = nearestNames(name, [...known.values()])
  throw invalid(
    'unknown_time_zone',
    `There is no time zone “${name}”. ${nearest.length > 0 ? `Did you mean ${nearest.join(', ')}?` : 'Use an IANA name such as Asia/Seoul.'}`,
    { timeZone: name, nearest },
  )
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** What the clock on the wall shows at `epochMs`, as milliseconds since 1970 of that clock. */
function wallClock(epochMs: number, timeZone: string): number {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(timeZone, format)
  }
  const part: Record<string, number> = {}
  for (const { type, value } of format.formatToParts(epochMs)) part[type] = Number(value)
  return Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!)
}

const offsetAt = (epochMs: number, timeZone: string) => wallClock(epochMs, timeZone) - Math.floor(epochMs / 1000) * 1000

const offsets = new Map<string, Map<number, number>>()

/** How far the zone's clock is ahead of UTC at that moment, in seconds. Asked over and over for the same days, so it is remembered. */
export function offsetSeconds(epochSeconds: number, timeZone: string): number {
  let ofZone = offsets.get(timeZone)
  if (!ofZone || ofZone.size > 50_000) {
    ofZone = new Map()
    offsets.set(timeZone, ofZone)
  }
  let offset = ofZone.get(epochSeconds)
  if (offset === undefined) {
    offset = timeZone === 'UTC' ? 0 : offsetAt(epochSeconds * 1000, timeZone) / 1000
    ofZone.set(epochSeconds, offset)
  }
  return offset
}

const dayStarts = new Map<string, number>()

/** First instant of the local date `YYYY-MM-DD`, in milliseconds since 1970. Where midnight does not exist, the day starts after the gap. */
export function startOfLocalDay(date: string, timeZone: string): number {
  const key = `${date} ${timeZone}`
  let start = dayStarts.get(key)
  if (start === undefined) {
    if (dayStarts.size > 50_000) dayStarts.clear()
    start = findStartOfLocalDay(date, timeZone)
    dayStarts.set(key, start)
  }
  return start
}

function findStartOfLocalDay(date: string, timeZone: string): number {
  const midnight = Date.parse(`${date}T00:00:00Z`)
  const day = 86_400_000
  const starts = [midnight - offsetAt(midnight - day, timeZone), midnight - offsetAt(midnight + day, timeZone)]
  const inDay = starts.filter((start) => localDate(start, timeZone) === date)
  return Math.min(...(inDay.length > 0 ? inDay : starts))
}

/** The local date `YYYY-MM-DD` at `epochMs`. */
export const localDate = (epochMs: number, timeZone: string) =>
  new Date(wallClock(epochMs, timeZone)).toISOString().slice(0, 10)

/** RFC 3339 with the zone's offset at that instant, e.g. `2026-11-01T00:00:00+09:00`; UTC ends in `Z`. Whole seconds. */
export function localTime(epochMs: number, timeZone: string): string {
  const offset = offsetAt(epochMs, timeZone)
  const text = new Date(Math.floor(epochMs / 1000) * 1000 + offset).toISOString().slice(0, 19)
  if (offset === 0) return `${text}Z`
  const minutes = Math.round(Math.abs(offset) / 60_000)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${text}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/**
 * Microseconds since 1970 of a date (start of that local day) or an RFC 3339 instant.
 * @throws Failure `invalid_time` for a day or hour that does not exist.
 */
export function momentMicros(moment: string, timeZone: string): bigint {
  if (moment.length === 10) {
    if (
      new Date(`${moment}T00:00:00Z`).toString() === 'Invalid Date' ||
      new Date(`${moment}T00:00:00Z`).toISOString().slice(0, 10) !== moment
    )
      throw invalid('invalid_time', `There is no day ${moment}.`, { moment })
    return BigInt(startOfLocalDay(moment, timeZone)) * 1000n
  }
  const [, whole = '', fraction = '', zone = ''] = /^(.+?)(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})$/.exec(moment) ?? []
  const ms = Date.parse(`${whole}${zone}`)
  const day = Date.parse(`${moment.slice(0, 10)}T00:00:00Z`)
  if (Number.isNaN(ms) || Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== moment.slice(0, 10))
    throw invalid('invalid_time', `There is no moment ${moment}.`, { moment })
  return BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0'))
}

/** `2026-11-01 00:00:00.000000`, as the engine reads it into DateTime64(6, 'UTC'). */
export function engineMicros(micros: bigint): string {
  return `${new Date(Number(micros / 1000n)).toISOString().slice(0, 19).replace('T', ' ')}.${String(micros % 1_000_000n).padStart(6, '0')}`
}

/** RFC 3339 in UTC, with a fraction only where there is one. */
export function isoMicros(micros: bigint): string {
  const fraction = String(micros % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '')
  return `${new Date(Number(micros / 1000n)).toISOString().slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}Z`
}

/** In microseconds. */
export const quarterHour = 900_000_000n
export const ceilTo = (value: bigint, step: bigint) => ((value + step - 1n) / step) * step
export const floorTo = (value: bigint, step: bigint) => (value / step) * step
