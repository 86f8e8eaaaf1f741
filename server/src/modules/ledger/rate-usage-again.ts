import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import { announceLedgerChange } from './changes'
import { whileNothingIsRecorded } from './record-usage'

/** A call as it counts now. */
export type RecordedUsage = {
  /** milliseconds since 1970, as text */
  readonly at: string
  readonly id: string
  readonly Month: string
  readonly Team: string
  readonly Provider: string
  readonly RequestModel: string
  readonly Model: string
  readonly ServiceTier: string
  readonly Region: string
  readonly Units: string[]
  readonly Quantities: string[]
  readonly UnitCosts: (string | null)[]
  readonly Cost: string | null
  readonly Currency: string
  readonly CostStatus: string
  readonly PriceVersion: string
  readonly PricePath: string
}

export type UsagePeriod = {
  /** milliseconds since 1970, `[from, to)` */
  readonly from: number
  readonly to: number
  readonly timeZone: string
  /** '' is any */
  readonly provider?: string
  readonly model?: string
  /** only these models; `keyOfModel` makes the text */
  readonly models?: readonly string[]
}

/** A new computation of one call. Amounts are decimal strings in `currency`; null is unpriced. */
export type NewRating = {
  readonly at: string
  readonly id: string
  readonly unitCosts: readonly (string | null)[]
  readonly cost: string | null
  readonly currency: string
  readonly costStatus: string
  readonly priceVersion: string
  readonly pricePath: string
}

const pageRows = 20_000

/** What tells apart calls that are priced by different prices. */
export const keyOfModel = (usage: Pick<RecordedUsage, 'Provider' | 'RequestModel' | 'Model'>) =>
  [usage.Provider, usage.RequestModel, usage.Model].join('\n')
const keySql = "concat(Provider, '\\n', RequestModel, '\\n', Model)"

/** SQL of the rows that count now, one a call, for conditions on the organization and the time. */
export const countingUsageSql = (columns: string, where: string) =>
  `SELECT ${columns} FROM (SELECT * FROM usage_events_v1 WHERE ${where}
    ORDER BY StartedAt, EventId, Version DESC, Sign DESC LIMIT 1 BY StartedAt, EventId) WHERE Sign = 1`

function conditions(period: UsagePeriod): { where: string; params: Record<string, unknown> } {
  const params: Record<string, unknown> = { from: String(period.from), to: String(period.to) }
  const where = [
    'OrganizationId = {organizationId:UUID}',
    "StartedAt >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')",
    "StartedAt < fromUnixTimestamp64Milli({to:Int64}, 'UTC')",
  ]
  if (period.provider) {
    where.push('Provider = {provider:String}')
    params.provider = period.provider
  }
  if (period.model) {
    where.push("if(Model = '', RequestModel, Model) = {model:String}")
    params.model = period.model
  }
  if (period.models) {
    where.push(`${keySql} IN {models:Array(String)}`)
    params.models = period.models
  }
  return { where: where.join(' AND '), params }
}

/** Models with calls in a period, each with the tiers and regions seen. */
export function usedModels(
  clickhouse: ClickHouse,
  scope: Scope,
  period: UsagePeriod,
): Promise<Pick<RecordedUsage, 'Provider' | 'RequestModel' | 'Model' | 'ServiceTier' | 'Region'>[]> {
  const { where, params } = conditions(period)
  return clickhouse.query({
    name: 'ledger.usedModels',
    sql: `SELECT DISTINCT Provider, RequestModel, Model, ServiceTier, Region FROM usage_events_v1 WHERE ${where}`,
    params: { ...params, organizationId: scope.organizationId },
  })
}

/**
 * Calls of a period in the order of time, a page at a time: memory holds one page whatever the period. Pages are cut by
 * time, so that the engine reads each part of the table once.
 */
export async function* recordedUsage(
  clickhouse: ClickHouse,
  scope: Scope,
  period: UsagePeriod,
): AsyncGenerator<RecordedUsage[]> {
  if (period.models && period.models.length === 0) return
  let from = period.from
  while (from < period.to) {
    const { where, params } = conditions({ ...period, from })
    const shared = { ...params, organizationId: scope.organizationId }
    const [beyond] = await clickhouse.query<{ at: string }>({
      name: 'ledger.nextUsagePage',
      lane: 'background',
      sql: `SELECT toString(toUnixTimestamp64Milli(StartedAt)) AS at FROM usage_events_v1 WHERE ${where} ORDER BY OrganizationId, StartedAt LIMIT 1 OFFSET {pageRows:UInt64}`,
      params: { ...shared, pageRows },
    })
    const to: number = beyond === undefined ? period.to : Math.max(Number(beyond.at), from + 1)
    const page = await clickhouse.query<RecordedUsage>({
      name: 'ledger.recordedUsage',
      lane: 'background',
      sql: countingUsageSql(
        `toString(toUnixTimestamp64Milli(StartedAt)) AS at, toString(EventId) AS id, formatDateTime(StartedAt, '%Y-%m', {timeZone:String}) AS Month,
        Team, Provider, RequestModel, Model, ServiceTier, Region, Units, Quantities, UnitCosts, Cost, Currency, CostStatus, PriceVersion, PricePath`,
        where,
      ),
      params: { ...shared, to: String(to), timeZone: period.timeZone },
    })
    if (page.length > 0) yield page
    from = to
  }
}

const structure =
  'At Int64, Id UInt64, NewUnitCosts Array(Nullable(Decimal(38, 18))), NewCost Nullable(Decimal(38, 18)), NewCurrency String, NewCostStatus String, NewPriceVersion String, NewPricePath String'
const replaced: Record<string, string> = {
  UnitCosts: 'NewUnitCosts',
  Cost: 'NewCost',
  Currency: 'NewCurrency',
  CostStatus: 'NewCostStatus',
  PriceVersion: 'NewPriceVersion',
  PricePath: 'NewPricePath',
}
// One block is one part: both rows of a call, and all of a page, are there or none.
const oneBlock = { max_threads: 1, min_insert_block_size_rows: 100_000_000, min_insert_block_size_bytes: 0 }

/**
 * Sets a new computation of calls beside the old one: each call gets a row that takes the old one back and a row with the
 * new costs, both recorded at `recordedAt`, so that an answer as of any moment before still shows the old figures. The rows
 * of one page become visible together. Calls that no longer count are left out.
 */
export async function rateUsageAgain(
  clickhouse: ClickHouse,
  scope: Scope,
  rating: { id: string; recordedAt: number },
  page: readonly NewRating[],
): Promise<void> {
  if (page.length === 0) return
  const rows = page.map((each) =>
    JSON.stringify({
      At: each.at,
      Id: each.id,
      NewUnitCosts: each.unitCosts,
      NewCost: each.cost,
      NewCurrency: each.currency,
      NewCostStatus: each.costStatus,
      NewPriceVersion: each.priceVersion,
      NewPricePath: each.pricePath,
    }),
  )
  const where = `OrganizationId = {organizationId:UUID} AND StartedAt >= fromUnixTimestamp64Milli({first:Int64}, 'UTC') AND StartedAt <= fromUnixTimestamp64Milli({last:Int64}, 'UTC')`
  const columns = await columnsOf(clickhouse)
  const insert = () =>
    clickhouse.insertFrom({
      name: 'ledger.rateUsageAgain',
      lane: 'background',
      sql: (source) => replacingSql(columns, countingUsageSql('*', where), `SELECT * FROM ${source}`),
      params: {
        organizationId: scope.organizationId,
        ratingId: rating.id,
        recordedAt: String(rating.recordedAt),
        first: page[0]!.at,
        last: page[page.length - 1]!.at,
      },
      input: { format: 'JSONEachRow', structure, content: { bytes: Buffer.from(rows.join('\n')) } },
      settings: oneBlock,
    })
  await whileNothingIsRecorded(clickhouse, insert)
  announceLedgerChange(scope.organizationId, 'usage')
}

/**
 * Takes a rating back: calls that still count as it left them get the costs from before, recorded under the id `undoId`.
 * What was corrected by an observation since stays as corrected. Repeated after a crash it does what is missing.
 */
export async function takeRatingBack(
  clickhouse: ClickHouse,
  scope: Scope,
  rating: { id: string; undoId: string; recordedAt: number },
): Promise<void> {
  const own = 'OrganizationId = {organizationId:UUID} AND RatingId = {backId:UUID}'
  const touched = `OrganizationId = {organizationId:UUID} AND (StartedAt, EventId) IN (SELECT StartedAt, EventId FROM usage_events_v1 WHERE ${own})`
  const columns = await columnsOf(clickhouse)
  const insert = () =>
    clickhouse.command({
      name: 'ledger.takeRatingBack',
      lane: 'background',
      sql: replacingSql(
        columns,
        `SELECT * FROM (${countingUsageSql('*', touched)}) WHERE RatingId = {backId:UUID}`,
        // the row that the rating took back, by whatever computation it was written
        `SELECT toUnixTimestamp64Milli(StartedAt) AS At, EventId AS Id, RatingId AS NewRatingId, ${Object.entries(
          replaced,
        )
          .map(([column, name]) => `${column} AS ${name}`)
          .join(', ')} FROM usage_events_v1
        WHERE OrganizationId = {organizationId:UUID} AND Sign = 1 AND (StartedAt, EventId, Version + 1) IN (
          SELECT StartedAt, EventId, toUInt64(Version) FROM usage_events_v1 WHERE ${own} AND Sign = -1)`,
        'if(NewSign = 1, n.NewRatingId, {ratingId:UUID})',
      ),
      params: {
        organizationId: scope.organizationId,
        backId: rating.id,
        ratingId: rating.undoId,
        recordedAt: String(rating.recordedAt),
      },
      settings: oneBlock,
    })
  await whileNothingIsRecorded(clickhouse, insert)
  announceLedgerChange(scope.organizationId, 'usage')
}

/** For each row of `current` that has new costs in `next`: the same row with Sign -1, and one with the costs and Sign 1. */
function replacingSql(columns: readonly string[], current: string, next: string, ratingId = '{ratingId:UUID}'): string {
  const value = (column: string) => {
    if (column === 'RecordedAt') return "fromUnixTimestamp64Milli({recordedAt:Int64}, 'UTC')"
    if (column === 'RatingId') return ratingId
    if (column === 'Sign') return 'NewSign'
    if (column === 'Version') return 'o.Version + 1'
    return replaced[column] ? `if(NewSign = 1, n.${replaced[column]}, o.${column})` : `o.${column}`
  }
  return `INSERT INTO usage_events_v1 (${columns.join(', ')}) SELECT ${columns.map(value).join(', ')}
    FROM (${current}) AS o INNER JOIN (${next}) AS n ON toUnixTimestamp64Milli(o.StartedAt) = n.At AND o.EventId = n.Id
    ARRAY JOIN [toInt8(-1), toInt8(1)] AS NewSign`
}

/** All columns that are stored: a column added by a later version is carried over without being named here. */
async function columnsOf(clickhouse: ClickHouse): Promise<string[]> {
  const rows = await clickhouse.query<{ name: string }>({
    name: 'ledger.usageColumns',
    lane: 'background',
    sql: "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'usage_events_v1' AND default_kind NOT IN ('MATERIALIZED', 'ALIAS') ORDER BY position",
  })
  return rows.map((row) => row.name)
}
