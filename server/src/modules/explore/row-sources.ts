import { liveBatchesSql } from '../ledger'
import { filterSql, type RowSet } from './question'
import { engineMicros } from './time-zone'

/** Where rows of one branch come from: `sql` follows `FROM`, `where` holds what picks the organization and the period. */
export type RowSource = { sql: string; where: string[] }

const quarterHour = 900_000_000n
const ceilTo = (value: bigint, step: bigint) => ((value + step - 1n) / step) * step
const floorTo = (value: bigint, step: bigint) => (value / step) * step

const seconds = (set: RowSet, micros: bigint) =>
  set.params.bind("DateTime('UTC')", engineMicros(ceilTo(micros, 1_000_000n)).slice(0, 19))
const millis = (set: RowSet, micros: bigint) =>
  set.params.bind("DateTime64(3, 'UTC')", engineMicros(ceilTo(micros, 1000n)).slice(0, 23))

/** SQL of the ids of the batches that were open at the moment the question is about. */
export function liveBatches(set: Pick<RowSet, 'asOf' | 'params'>): string {
  if (set.asOf !== null) set.params.named('asOf', engineMicros(set.asOf))
  return liveBatchesSql(set.asOf !== null)
}

/** Charges of open batches that start in the period, under the filters. */
export function chargesSource(set: RowSet): RowSource {
  return {
    sql: 'charges_v1',
    where: [
      'x_OrganizationId = {organizationId:UUID}',
      `ChargePeriodStart >= ${seconds(set, set.from)}`,
      `ChargePeriodStart < ${seconds(set, set.to)}`,
      `x_BatchId IN (${liveBatches(set)})`,
      ...(set.currency === null ? [] : [`BillingCurrency = ${set.params.bind('String', set.currency)}`]),
      ...set.filters.map(({ dimension, filter }) => filterSql(dimension.charges, filter, set.params)),
    ],
  }
}

export type UsageDetail = 'roll-up' | 'event' | 'leaf'

/**
 * Usage of the period, under the filters, as disjoint sources with the same columns. The roll-up serves whole quarter
 * hours; single events serve the ragged ends of the period, and what was recorded in the quarter hour that `asOf` cuts.
 */
export function usageSources(set: RowSet, detail: UsageDetail): RowSource[] {
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
  if (detail !== 'roll-up' || firstWhole >= lastWhole) return events(set.from, set.to, null)

  const recordedBucket = set.asOf === null ? null : floorTo(set.asOf, quarterHour)
  const rollUp: RowSource = {
    sql: 'usage_per_15m_v1',
    where: [
      'OrganizationId = {organizationId:UUID}',
      `Bucket >= ${seconds(set, firstWhole)}`,
      `Bucket < ${seconds(set, lastWhole)}`,
      ...(recordedBucket === null ? [] : [`RecordedBucket < ${seconds(set, recordedBucket)}`]),
      ...filters,
    ],
  }
  return [
    rollUp,
    ...(recordedBucket === null ? [] : events(firstWhole, lastWhole, recordedBucket)),
    ...events(set.from, firstWhole, null),
    ...events(lastWhole, set.to, null),
  ]
}

/**
 * SQL that is 1 where a bill is in for the account and day of a usage row, so that its money does not count. It reads the
 * columns ServiceProviderName, AccountId and `UsageDay`: much cheaper on groups of rows than on rows.
 * An event that names no account is covered by a bill of any account of its provider.
 */
export function coveredSql(set: RowSet): string {
  const day = (micros: bigint) => set.params.bind('Date', engineMicros(micros).slice(0, 10))
  const days = (columns: string) =>
    `SELECT ${columns} FROM billed_days_v1 WHERE OrganizationId = {organizationId:UUID} AND Day >= ${day(set.from)} AND Day <= ${day(set.to)} AND BatchId IN (${liveBatches(set)})`
  const provider = 'toString(ServiceProviderName)'
  return `(if(AccountId = '', (${provider}, UsageDay) IN (${days('ServiceProviderName, Day')}), (${provider}, UsageDay, toString(AccountId)) IN (${days('ServiceProviderName, Day, AccountId')})))`
}

/** The UTC day of a usage row, as `coveredSql` reads it. */
export const usageDay = "toDate(Bucket, 'UTC') AS UsageDay"

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
