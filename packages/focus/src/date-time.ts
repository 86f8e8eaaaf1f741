/** FOCUS instants: UTC, exactly `YYYY-MM-DDTHH:mm:ssZ`. */

const focusInstant = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})Z$/
const isoLike =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})?$/i
const slashed = /^(\d{1,2})\/(\d{1,2})\/(\d{2}|\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$/

/** True when the text has the FOCUS form and names a day and time that exist. */
export function isFocusInstant(text: string): boolean {
  const match = focusInstant.exec(text)
  if (!match) return false
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return exists(year, month, day, hour, minute, second)
}

export type InstantReading = { text: string; assumed: string | null }

/**
 * The FOCUS form of an instant written otherwise, with what had to be assumed; null when it cannot be read for sure.
 * `5/1/25` is the first of May or the fifth of January: without `dateOrder` such a date stays unread.
 */
export function readInstant(text: string, dateOrder: 'mdy' | 'dmy' | null = null): InstantReading | null {
  if (isFocusInstant(text)) return { text, assumed: null }
  const trimmed = text.trim()
  const iso = isoLike.exec(trimmed)
  if (iso) {
    const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = ''] = iso
    // A part of a second has no FOCUS spelling and cutting it off would move the instant.
    if (/[1-9]/.test(fraction)) return null
    const parts = [year, month, day, hour, minute, second].map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    if (!exists(...parts)) return null
    const offset = offsetMinutes(zone)
    const at = new Date(Date.UTC(parts[0], parts[1] - 1, parts[2], parts[3], parts[4] - offset, parts[5]))
    return { text: toFocusInstant(at), assumed: zone === '' ? 'time zone UTC' : null }
  }
  const slash = slashed.exec(trimmed)
  if (!slash) return null
  const [, first, second, yearText = '', hour = '0', minute = '0', seconds = '0'] = slash
  const [a, b] = [Number(first), Number(second)]
  const order = a > 12 ? 'dmy' : b > 12 ? 'mdy' : a === b ? 'mdy' : dateOrder
  if (order === null) return null
  const year = yearText.length === 2 ? 2000 + Number(yearText) : Number(yearText)
  const [month, day] = order === 'mdy' ? [a, b] : [b, a]
  if (!exists(year, month, day, Number(hour), Number(minute), Number(seconds))) return null
  const at = new Date(Date.UTC(year, month - 1, day, Number(hour), Number(minute), Number(seconds)))
  return {
    text: toFocusInstant(at),
    assumed: `${order === 'mdy' ? 'month/day/year' : 'day/month/year'}, time zone UTC`,
  }
}

/** `YYYY-MM-DDTHH:mm:ssZ`, with a fraction only where the instant has one. */
function toFocusInstant(at: Date): string {
  return at.toISOString().replace(/\.000Z$/, 'Z')
}

function exists(year: number, month: number, day: number, hour: number, minute: number, second: number): boolean {
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return false
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate()
}

function offsetMinutes(zone: string): number {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone)
  if (!match) return 0
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? '0')
  return match[1] === '-' ? -minutes : minutes
}
