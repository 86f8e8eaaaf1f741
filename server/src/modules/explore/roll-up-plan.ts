import type { Granularity } from './contract'
import { offsetSeconds } from './time-zone'

/** Seconds since 1970, `to` not included. */
export type Stretch = { from: number; to: number }
/** Which roll-up answers for which part of a period: disjoint, and together the whole of it. */
export type RollUpPlan = Record<'day' | 'hour' | 'quarter', Stretch[]>

const hour = 3600
const day = 86_400

/**
 * Cuts a period of whole UTC quarter hours into the coarsest roll-ups whose rows never lie across a cut: the ends of the period,
 * the starts of the question's buckets in its zone, and `edges` (sorted, whole quarter hours), where the counting rule changes.
 */
export function planRollUps(
  period: Stretch,
  granularity: Granularity | null,
  timeZone: string,
  edges: readonly number[],
): RollUpPlan {
  const plan: RollUpPlan = { day: [], hour: [], quarter: [] }
  const add = (level: keyof RollUpPlan, from: number, to: number) => {
    const last = plan[level].at(-1)
    if (last?.to === from) last.to = to
    else plan[level].push({ from, to })
  }
  if (granularity === '15m') {
    add('quarter', period.from, period.to)
    return plan
  }
  let next = 0
  /** The edges strictly inside, given that callers move forward in time. */
  const edgesIn = (from: number, to: number): boolean => {
    while (next < edges.length && edges[next]! <= from) next++
    return next < edges.length && edges[next]! < to
  }
  for (let start = Math.floor(period.from / day) * day; start < period.to; start += day) {
    const end = start + day
    const cut = granularity === null ? 'nowhere' : cutOfDay(start, granularity, timeZone)
    const before = next
    if (period.from <= start && end <= period.to && cut === 'nowhere' && !edgesIn(start, end)) {
      add('day', start, end)
      continue
    }
    next = before
    const last = Math.min(end, period.to)
    for (let from = Math.max(start, Math.floor(period.from / hour) * hour); from < last; from += hour) {
      const to = from + hour
      const whole = period.from <= from && to <= period.to
      const inside = cut === 'anywhere' || (typeof cut === 'number' && from < cut && cut < to)
      if (whole && !inside && !edgesIn(from, to)) add('hour', from, to)
      else add('quarter', Math.max(from, period.from), Math.min(to, last))
    }
  }
  return plan
}

/**
 * Where a bucket of the zone starts inside the UTC day, its very start left out; `hours`: at whole hours of UTC, maybe each;
 * `anywhere`: no whole hour is safe.
 */
function cutOfDay(
  start: number,
  granularity: Granularity,
  timeZone: string,
): number | 'nowhere' | 'hours' | 'anywhere' {
  const offset = offsetSeconds(start, timeZone)
  // A day on which the clocks change is read by quarter hours: rare, and then nothing needs to be known of the change.
  if (offset !== offsetSeconds(start + day, timeZone)) return 'anywhere'
  if (granularity === 'hour') return offset % hour === 0 ? 'hours' : 'anywhere'
  const midnight = start + (((-offset % day) + day) % day)
  return midnight !== start && startsBucket(midnight + offset, granularity) ? midnight : 'nowhere'
}

/** Whether a bucket starts at this midnight of the local clock, given in seconds of that clock. */
function startsBucket(midnight: number, granularity: Granularity): boolean {
  const date = new Date(midnight * 1000)
  if (granularity === 'week') return date.getUTCDay() === 1
  if (granularity === 'day') return true
  if (date.getUTCDate() !== 1) return false
  const month = date.getUTCMonth()
  return granularity === 'month' || (granularity === 'quarter' ? month % 3 === 0 : month === 0)
}
