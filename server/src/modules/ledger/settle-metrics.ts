import type { ClickHouse } from '../../storage/clickhouse'
import { reachMs, readStates, type StoredState } from './load-usage-states'
import type { ResolvedEvent } from './resolve-observations'
import { formatEventId, type RepriceUsage, type UsageEvent } from './usage-event'
import { type Observed, ownId } from './usage-identity'

const quarterMs = 900_000

/** A stretch of time of a service in which calls came in or were corrected. */
export type Touched = { readonly services: readonly string[]; readonly from: number; readonly to: number }

/**
 * What points of metrics count, given everything that is stored. A point of a counter says how much was used in an interval
 * by a service, and its calls may be reported one by one as well: a point counts only where no span, log or other
 * observation of a call of the same service started in the quarter hours the interval touches, or the one before them
 * (a call that started there may end, and be counted by the metric, later). Of a cumulative series each point counts what it
 * is above the point before it. All of this is a function of the set of points and calls: late ones, in any order, correct it.
 */
export async function settleMetrics(
  clickhouse: ClickHouse,
  organizationId: string,
  fresh: readonly Observed[],
  touched: Touched | null,
  reprice: RepriceUsage,
): Promise<{ states: StoredState[]; resolved: ResolvedEvent[]; known: ReadonlySet<Observed> }> {
  const states = await loadPoints(clickhouse, organizationId, fresh, touched)
  const points = new Map<string, Observed>()
  const known = new Set<Observed>()
  for (const { observations } of states) for (const one of observations) points.set(keyOf(one), one)
  for (const one of fresh) {
    const before = points.get(keyOf(one))
    // The same point again; where a sender changed its mind, the larger one, so that order does not matter.
    if (before && reportedBy(before.event) >= reportedBy(one.event)) known.add(one)
    else points.set(keyOf(one), one)
  }
  const counted = [...seriesOf(points.values())].flatMap(countSeries)
  const covered = await coveredQuarters(clickhouse, organizationId, counted)
  const resolved = counted.map(({ one, quantity, from }): ResolvedEvent => {
    const [leaf] = one.event.leaves
    const changed = leaf && leaf.quantity !== quantity
    const leaves = leaf ? [{ unit: leaf.unit, quantity }] : []
    const event: UsageEvent = changed ? { ...one.event, ...reprice(one.event, leaves) } : one.event
    const observed = { ...one, event }
    return {
      id: ownId(one),
      event,
      sign: quantity === 0 || isCovered(covered, event.service, from, endOf(event)) ? 0 : 1,
      observations: [observed],
      keepObservations: false,
    }
  })
  return { states, resolved, known }
}

/** Organizations that have points of metrics recorded since `since`, with the stretch they lie in. */
export async function organizationsWithMetrics(clickhouse: ClickHouse, since: number) {
  return clickhouse.query<{ organizationId: string; services: string[]; from: string; to: string }>({
    name: 'ledger.organizationsWithMetrics',
    lane: 'ingest',
    sql: `SELECT toString(OrganizationId) AS organizationId, groupUniqArray(toString(Service)) AS services,
        toString(toUnixTimestamp64Milli(min(StartedAt))) AS from, toString(toUnixTimestamp64Milli(max(StartedAt))) AS to
      FROM usage_events_v1 WHERE Source = 'metric' AND RecordedAt >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') GROUP BY organizationId`,
    params: { since },
  })
}

const keyOf = ({ event, spanKey }: Observed) => `${event.traceId} ${spanKey.low}`

/** Of a cumulative series `rawCounts` holds the value as reported; the leaf holds what the point adds. */
const reportedBy = (event: UsageEvent) => event.rawCounts[0] ?? event.leaves[0]?.quantity ?? 0
const isCumulative = (event: UsageEvent) => event.rawShape.includes('cumulative')

/** A point stands a millisecond before the end of its interval, which may be the first of the next quarter hour. */
const endOf = (event: UsageEvent) => event.startedAt + 1

function seriesOf(points: Iterable<Observed>): Iterable<Observed[]> {
  const series = new Map<string, Observed[]>()
  for (const point of points) {
    const own = series.get(point.event.traceId)
    if (own) own.push(point)
    else series.set(point.event.traceId, [point])
  }
  return series.values()
}

function countSeries(points: Observed[]) {
  points.sort(
    (a, b) => a.event.startedAt - b.event.startedAt || (formatEventId(a.spanKey) < formatEventId(b.spanKey) ? -1 : 1),
  )
  let before: UsageEvent | null = null
  return points.map((one) => {
    const { event } = one
    const total = reportedBy(event)
    let quantity = total
    let from = endOf(event) - event.durationMs
    if (isCumulative(event) && before) {
      from = Math.max(from, endOf(before))
      // A counter that fell was started anew without saying so.
      if (total >= reportedBy(before)) quantity = total - reportedBy(before)
    }
    if (isCumulative(event)) before = event
    return { one, quantity, from }
  })
}

async function loadPoints(
  clickhouse: ClickHouse,
  organizationId: string,
  fresh: readonly Observed[],
  touched: Touched | null,
): Promise<StoredState[]> {
  const times = fresh.map(({ event }) => event.startedAt)
  if (touched) times.push(touched.from, touched.to)
  const from = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY)
  const to = times.reduce((most, time) => Math.max(most, time), Number.NEGATIVE_INFINITY)
  const series = [...new Set(fresh.map(({ event }) => event.traceId))]
  // Of a series that a service touches, all points are needed: each counts against the one before it.
  return readStates(
    clickhouse,
    organizationId,
    { from: from - reachMs, to: to + reachMs },
    `Source = 'metric' AND lower(hex(TraceId)) IN (
      SELECT lower(hex(TraceId)) FROM usage_events_v1
      WHERE OrganizationId = {organizationId:UUID} AND Source = 'metric' AND (lower(hex(TraceId)) IN {series:Array(String)}
        OR (Service IN {services:Array(String)} AND StartedAt >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND StartedAt <= fromUnixTimestamp64Milli({to:Int64}, 'UTC'))))`,
    { series, services: touched?.services ?? [] },
  )
}

type Counted = ReturnType<typeof countSeries>[number]

async function coveredQuarters(
  clickhouse: ClickHouse,
  organizationId: string,
  counted: readonly Counted[],
): Promise<ReadonlySet<string>> {
  if (counted.length === 0) return new Set()
  const rows = await clickhouse.query<{ service: string; quarter: string }>({
    name: 'ledger.quartersWithCalls',
    lane: 'ingest',
    sql: `SELECT toString(Service) AS service, toString(intDiv(toUnixTimestamp(StartedAt), 900)) AS quarter FROM usage_events_v1
      WHERE OrganizationId = {organizationId:UUID} AND Source != 'metric' AND Service IN {services:Array(String)}
        AND StartedAt >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND StartedAt <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      GROUP BY service, quarter HAVING sum(toInt64(Sign)) > 0`,
    params: {
      organizationId,
      services: [...new Set(counted.map(({ one }) => one.event.service))],
      from: counted.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY) - 2 * quarterMs,
      to: counted.reduce((most, { one }) => Math.max(most, endOf(one.event)), 0) + quarterMs,
    },
  })
  return new Set(rows.map(({ service, quarter }) => `${quarter} ${service}`))
}

function isCovered(covered: ReadonlySet<string>, service: string, from: number, to: number): boolean {
  for (let quarter = Math.floor(from / quarterMs) - 1; quarter <= Math.floor(to / quarterMs); quarter++)
    if (covered.has(`${quarter} ${service}`)) return true
  return false
}
