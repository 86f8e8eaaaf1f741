import type { Granularity } from '@server/modules/explore/contract'
import { addDays, addMonths, daysBetween, instantOf, startOfWeek } from '../../app/period'

/** The step at which a period is read best: some ten to seventy bars. */
export function fittingGrain(from: string, to: string): Granularity {
  const days = daysBetween(from, to)
  if (days <= 2) return 'hour'
  if (days <= 66) return 'day'
  if (days <= 190) return 'week'
  if (days <= 1500) return 'month'
  return 'year'
}

/** Starts of all buckets from `from` up to `to` (local dates, `to` exclusive) that have begun by `now`, as RFC 3339 instants. Empty ones are there too. */
export function timeBuckets(from: string, to: string, grain: Granularity, timeZone: string, now: Date): string[] {
  const end = Math.min(
    instantOf(to, 0, 0, timeZone).getTime(),
    Math.max(now.getTime(), instantOf(from, 0, 0, timeZone).getTime() + 1),
  )
  const starts: string[] = []
  if (grain === '15m' || grain === 'hour') {
    const step = grain === '15m' ? 900_000 : 3_600_000
    for (let at = instantOf(from, 0, 0, timeZone).getTime(); at < end && starts.length < 3000; at += step)
      starts.push(new Date(at).toISOString())
    return starts
  }
  let day = firstOf(from, grain)
  while (starts.length < 3000) {
    const at = instantOf(day, 0, 0, timeZone)
    if (at.getTime() >= end) break
    starts.push(at.toISOString())
    day = next(day, grain)
  }
  return starts
}

/** End of the bucket that starts at `bucket`, exclusive. */
export function bucketEnd(bucket: string, grain: Granularity, timeZone: string, localDay: string): string {
  if (grain === '15m' || grain === 'hour')
    return new Date(Date.parse(bucket) + (grain === '15m' ? 900_000 : 3_600_000)).toISOString()
  return instantOf(next(localDay, grain), 0, 0, timeZone).toISOString()
}

function firstOf(day: string, grain: Granularity): string {
  if (grain === 'week') return startOfWeek(day)
  if (grain === 'month') return `${day.slice(0, 7)}-01`
  if (grain === 'quarter') {
    const month = Number(day.slice(5, 7))
    return `${day.slice(0, 4)}-${String(month - ((month - 1) % 3)).padStart(2, '0')}-01`
  }
  return grain === 'year' ? `${day.slice(0, 4)}-01-01` : day
}

function next(day: string, grain: Granularity): string {
  if (grain === 'week') return addDays(day, 7)
  if (grain === 'month') return addMonths(day, 1)
  if (grain === 'quarter') return addMonths(day, 3)
  if (grain === 'year') return addMonths(day, 12)
  return addDays(day, 1)
}
