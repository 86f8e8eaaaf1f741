import type { Granularity } from './contract'
import type { Dimension } from './dimensions'
import { openBatches } from './ledger-facts'
import { filterSql, type RowSet } from './question'
import { planRollUps, type Stretch } from './roll-up-plan'
import { ceilTo, engineMicros, floorTo, quarterHour } from './time-zone'

/** Where rows of one branch come from: `sql` follows `FROM`, `where` holds what picks the organization and the period. */
export type RowSource = { sql: string; where: string[] }

const seconds = (set: RowSet, micros: bigint) =>
  set.params.bind("DateTime('UTC')", engineMicros(ceilTo(micros, 1_000_000n)).slice(0, 19))
const millis = (set: RowSet, micros: bigint) =>
  set.params.bind("DateTime64(3, 'UTC')", engineMicros(ceilTo(micros, 1000n)).slice(0, 23))

/** Charges of open batches that start in the period, under the filters. */
export function chargesSource(set: RowSet): RowSource {
  const open = openBatches(set.facts?.batches ?? null, set.asOf)
  for (const [name, value] of Object.entries(open.params)) set.params.named(name, value)
  return {
    sql: 'charges_v1',
    where: [
      'x_OrganizationId = {organizationId:UUID}',
      `ChargePeriodStart >= ${seconds(set, set.from)}`,
      `ChargePeriodStart < ${seconds(set, set.to)}`,
      `x_BatchId IN ${open.sql}`,
      ...(set.currency === null ? [] : [`BillingCurrency = ${set.params.bind('String', set.currency)}`]),
      ...set.filters.map(({ dimension, filter }) => filterSql(dimension.charges, filter, set.params)),
    ],
  }
}

/**
 * How finely usage is looked at: `coarse` by day, hour or quarter hour, whatever each part of the period allows; `quarter` by
 * quarter hour; `event` a row a call; `leaf` a row a leaf unit of a call.
 */
export type UsageDetail = 'coarse' | 'quarter' | 'event' | 'leaf'

/** What the roll-ups by hour and day leave out. */
const quarterOnly = new Set(['Experiment', 'Run', 'Customer'])

export function detailOf(used: Dimension[]): UsageDetail {
  if (used.some((dimension) => dimension.perLeaf)) return 'leaf'
  if (used.some((dimension) => dimension.perEvent)) return 'event'
  return used.some((dimension) => quarterOnly.has(dimension.usage)) ? 'quarter' : 'coarse'
}

/**
 * Usage of the period, under the filters, as disjoint sources with the same columns. Roll-ups serve whole quarter hours, the
 * coarser ones where neither a bucket of `granularity` nor the counting rule cuts their rows; single events serve the ragged
 * ends of the period, and what was recorded in the quarter hour that `asOf` cuts.
 */
export function usageSources(set: RowSet, detail: UsageDetail, granularity: Granularity | null): RowSource[] {
  const filters = set.filters
    .filter(({ dimension }) => !dimension.perLeaf)
    .map(({ dimension, filter }) => filterSql(dimension.usage, filter, set.params))
  const events = (from: bigint, to: bigint, recordedFrom: bigint | null): RowSource[] => {
    if (from >= to) return []
    const where = [
      'OrganizationId = {organizationId:UUID}',
      `StartedAt >= ${millis(set, from)}`,
      `StartedAt < ${millis(set, to)}`,
      ...(recordedFrom === null ? [] : [`RecordedAt >= ${millis(set, recordedFrom)}`]),
      ...(set.asOf === null
        ? []
        : [`RecordedAt <= ${set.params.bind("DateTime64(6, 'UTC')", engineMicros(set.asOf))}`]),
    ]
    return [{ sql: `(${detail === 'leaf' ? leavesSql(set, where) : eventsSql(where)})`, where: filters }]
  }
  const firstWhole = ceilTo(set.from, quarterHour)
  const lastWhole = floorTo(set.to, quarterHour)
  if (detail === 'event' || detail === 'leaf' || firstWhole >= lastWhole) return events(set.from, set.to, null)

  const ends = [...events(set.from, firstWhole, null), ...events(lastWhole, set.to, null)]
  const whole = { from: Number(firstWhole / 1_000_000n), to: Number(lastWhole / 1_000_000n) }
  const rollUp = (table: string, within: string[]): RowSource => ({
    sql: table,
    where: ['OrganizationId = {organizationId:UUID}', ...within, ...filters],
  })
  const quarters = (stretches: Stretch[]) => rollUp('usage_per_15m_v1', [withinSql(set, stretches, 900)])
  if (set.asOf !== null) {
    // Only the quarter hours say when their calls were recorded.
    const recordedBucket = floorTo(set.asOf, quarterHour)
    return [
      rollUp('usage_per_15m_v1', [withinSql(set, [whole], 900), `RecordedBucket < ${seconds(set, recordedBucket)}`]),
      ...events(firstWhole, lastWhole, recordedBucket),
      ...ends,
    ]
  }
  if (detail === 'quarter' || set.facts === null) return [quarters([whole]), ...ends]
  const edges = [...new Set(set.facts.covered.flatMap((coverage) => coverage.edges))].sort((a, b) => a - b)
  const plan = planRollUps(whole, granularity, set.timeZone, edges)
  const coarse = [
    ...(plan.day.length === 0 ? [] : [`BucketHours = 24 AND ${withinSql(set, plan.day, 86_400)}`]),
    ...(plan.hour.length === 0 ? [] : [`BucketHours = 1 AND ${withinSql(set, plan.hour, 3600)}`]),
  ]
  return [
    ...(coarse.length === 0
      ? []
      : [
          rollUp('usage_coarse_v1', [
            coarse.length === 1 ? coarse[0]! : `(${coarse.map((one) => `(${one})`).join(' OR ')})`,
          ]),
        ]),
    ...(plan.quarter.length === 0 ? [] : [quarters(plan.quarter)]),
    ...ends,
  ]
}

/** Few stretches as ranges, which the primary key narrows best; many as the list of their buckets. */
function withinSql(set: RowSet, stretches: Stretch[], bucketSeconds: number): string {
  const second = (value: number) =>
    set.params.bind("DateTime('UTC')", engineMicros(BigInt(value) * 1_000_000n).slice(0, 19))
  const range = (from: number, to: number) => `Bucket >= ${second(from)} AND Bucket < ${second(to)}`
  if (stretches.length === 1) return range(stretches[0]!.from, stretches[0]!.to)
  if (stretches.length <= 24) return `(${stretches.map(({ from, to }) => `(${range(from, to)})`).join(' OR ')})`
  const buckets: number[] = []
  for (const { from, to } of stretches) for (let at = from; at < to; at += bucketSeconds) buckets.push(at)
  return `${range(stretches[0]!.from, stretches.at(-1)!.to)} AND toUnixTimestamp(Bucket) IN ${set.params.bind('Array(UInt32)', buckets)}`
}

/** SQL that is 1 where an odd number of rising edges lies at or before the row's bucket: between an even edge and the next. */
const insideSql = (edges: string) => `arrayCount(edge -> edge <= toUnixTimestamp(Bucket), ${edges}) % 2 = 1`

/**
 * SQL that is 1 where a bill is in for the account and time of a usage row, so that its money does not count. It reads the
 * columns ServiceProviderName, AccountId and Bucket. Null when no bill covers any usage of the period.
 */
export function coveredSql(set: RowSet): string | null {
  if (set.facts === null) return coveredByRule(set)
  if (set.facts.covered.length === 0) return null
  const conditions = set.facts.covered.map(({ provider, accounts, edges }) => {
    const when =
      edges.length <= 8
        ? edges.flatMap((edge, i) =>
            i % 2 === 1
              ? []
              : [
                  `Bucket >= toDateTime(${set.params.bind('UInt32', edge)}, 'UTC') AND Bucket < toDateTime(${set.params.bind('UInt32', edges[i + 1])}, 'UTC')`,
                ],
          )
        : [insideSql(set.params.bind('Array(UInt32)', edges))]
    return `(ServiceProviderName = ${set.params.bind('String', provider)} AND AccountId IN ${set.params.bind('Array(String)', accounts)} AND (${when.join(' OR ')}))`
  })
  return `(${conditions.join(' OR ')})`
}

/** The same, where the covered stretches are not known beforehand. A bill of any account covers usage that names none. */
function coveredByRule(set: RowSet): string {
  const open = openBatches(null, set.asOf)
  for (const [name, value] of Object.entries(open.params)) set.params.named(name, value)
  const stretches = `SELECT CAST((groupArray(Key), groupArray(Stretches)), 'Map(String, Array(Tuple(UInt32, UInt32)))')
    FROM (SELECT concat(ServiceProviderName, '\\n', arrayJoin(arrayDistinct([AccountId, '']))) AS Key, groupArray((toUnixTimestamp(SpanStart), toUnixTimestamp(SpanEnd))) AS Stretches
      FROM billed_spans_v1 WHERE OrganizationId = {organizationId:UUID} AND SpanEnd > ${seconds(set, floorTo(set.from, quarterHour))} AND SpanStart < ${seconds(set, set.to)} AND BatchId IN ${open.sql} GROUP BY Key)`
  return `arrayExists(s -> tupleElement(s, 1) <= toUnixTimestamp(Bucket) AND toUnixTimestamp(Bucket) < tupleElement(s, 2), (${stretches})[concat(toString(ServiceProviderName), '\\n', toString(AccountId))])`
}

const attributes =
  'EventId, RecordedAt, Provider, ServiceProviderName, ServiceName, AccountId, RequestModel, Model, Operation, ServiceTier, Region, Team, Project, Feature, Experiment, Run, Customer, Environment, Service, Currency, UsageStatus, CostStatus, PriceVersion, PricePath, Attributes'

// Which units count as which tokens is what the roll-up's view says; the two must agree, and a test compares them.
const isInput = (unit: string) => `(startsWith(${unit}, 'input.') OR startsWith(${unit}, 'embedding.'))`
const isOutput = (unit: string) => `startsWith(${unit}, 'output.')`
const isCacheRead = (unit: string) => `(startsWith(${unit}, 'input.') AND endsWith(${unit}, '.cache_read'))`
const isCacheWrite = (unit: string) => `(startsWith(${unit}, 'input.') AND position(${unit}, '.cache_write') > 0)`
const bucket = "toDateTime(toStartOfInterval(StartedAt, INTERVAL 15 MINUTE, 'UTC'), 'UTC') AS Bucket"

/** Events with the columns of the roll-up. What a correction took back is a row of negative amounts. */
function eventsSql(where: string[]): string {
  const sumOf = (condition: string) => `Sign * arraySum((u, q) -> toInt64(if(${condition}, q, 0)), Units, Quantities)`
  return `SELECT ${bucket}, StartedAt, ${attributes}, Sign * Cost AS Cost, toInt64(Sign) AS Calls, toInt64(Sign * IsError) AS Errors, toInt64(Sign * (CostStatus IN ('unpriced', 'partial'))) AS UnpricedCalls,
    ${sumOf(isInput('u'))} AS InputTokens, ${sumOf(isCacheRead('u'))} AS CacheReadTokens, ${sumOf(isCacheWrite('u'))} AS CacheWriteTokens,
    ${sumOf(isOutput('u'))} AS OutputTokens, ${sumOf("u = 'output.text.reasoning'")} AS ReasoningTokens, ${sumOf("u = 'second.gpu'")} AS GpuSeconds,
    Sign * arraySum((u, q, c) -> toInt64(if(isNull(c) AND (${isInput('u')} OR ${isOutput('u')}), q, 0)), Units, Quantities, UnitCosts) AS UnpricedTokens
    FROM usage_events_v1 WHERE ${where.join(' AND ')} AND Sign != 0`
}

/** One row a leaf unit of a call; `First` marks one of them, so that calls can still be counted once. A call without leaves is one row with unit ''. */
function leavesSql(set: RowSet, where: string[]): string {
  const wanted = (unit: string) => {
    const conditions = set.filters
      .filter(({ dimension }) => dimension.perLeaf)
      .map(({ filter }) => filterSql(unit, filter, set.params))
    return conditions.length === 0 ? '1' : `(${conditions.join(' AND ')})`
  }
  const tokens = (condition: string) => `if(${condition}, Quantity, 0)`
  return `SELECT ${bucket}, StartedAt, ${attributes}, toString(Units[Leaf]) AS Unit, Sign * toInt64(Quantities[Leaf]) AS Quantity, Sign * UnitCosts[Leaf] AS Cost, Nth <= 1 AS First,
    toInt64(Sign) AS Calls, toInt64(Sign * IsError) AS Errors, toInt64(Sign * (CostStatus IN ('unpriced', 'partial'))) AS UnpricedCalls,
    ${tokens(isInput('Unit'))} AS InputTokens, ${tokens(isCacheRead('Unit'))} AS CacheReadTokens, ${tokens(isCacheWrite('Unit'))} AS CacheWriteTokens,
    ${tokens(isOutput('Unit'))} AS OutputTokens, ${tokens("Unit = 'output.text.reasoning'")} AS ReasoningTokens, ${tokens("Unit = 'second.gpu'")} AS GpuSeconds,
    ${tokens(`isNull(UnitCosts[Leaf]) AND (${isInput('Unit')} OR ${isOutput('Unit')})`)} AS UnpricedTokens
    FROM (SELECT * EXCEPT (Cost), arrayFilter(n -> ${wanted('toString(Units[n])')}, arrayEnumerate(Units)) AS Leaves FROM usage_events_v1 WHERE ${where.join(' AND ')} AND Sign != 0)
    LEFT ARRAY JOIN Leaves AS Leaf, arrayEnumerate(Leaves) AS Nth
    WHERE notEmpty(Leaves) OR (empty(Units) AND ${wanted("''")})`
}
