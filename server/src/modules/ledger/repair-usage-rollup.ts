import type { ClickHouse } from '../../storage/clickhouse'

const summed = [
  'Calls',
  'Cost',
  'Errors',
  'UnpricedCalls',
  'InputTokens',
  'CacheReadTokens',
  'CacheWriteTokens',
  'OutputTokens',
  'ReasoningTokens',
  'UnpricedTokens',
  'GpuSeconds',
  'DurationMs',
]
const dimensions =
  'Bucket, ServiceProviderName, Model, Team, Project, Feature, Experiment, Run, Customer, Environment, Service, Provider, ServiceName, AccountId, Operation, ServiceTier, Region, Currency, CostStatus'

const coarseDimensions =
  'Bucket, ServiceProviderName, Model, Team, Project, Feature, Environment, Service, Provider, ServiceName, AccountId, Operation, ServiceTier, Region, Currency, CostStatus'

/** How far back a start looks: a block is written to the table and to its roll-up within moments of RecordedAt. */
const lookBackMs = 2 * 86_400_000

/**
 * Makes the 15-minute roll-up equal to the usage events again. The engine writes an event block and its roll-up one after
 * the other; a kill between the two leaves the roll-up short. Compares all sums of each recorded quarter of an hour
 * since `since` (two days ago when absent) and rebuilds those that differ; then compares the hours and days that calls recorded
 * since then belong to with the 15-minute roll-up. Safe to run at any time before ingestion starts, and again after being interrupted. Returns how many quarters it rebuilt.
 */
export async function repairUsageRollup(
  clickhouse: ClickHouse,
  since = new Date(Date.now() - lookBackMs),
): Promise<number> {
  const from = Math.floor(since.getTime() / 900_000) * 900
  const quarters = await repairQuarters(clickhouse, from)
  // Rebuilt quarters went on into hours and days a second time: these are compared afterwards.
  await repairCoarse(clickhouse, from)
  return quarters
}

async function repairQuarters(clickhouse: ClickHouse, from: number): Promise<number> {
  const rollUp = await rollUpOfTheView(clickhouse, 'usage_per_15m_v1', 'usage_events_v1')
  // Besides the sums themselves a sum over hashes of the dimensions: a correction that moves a call from one team to another
  // changes no sum of a quarter of an hour.
  const sums = summed.map((column) => `sum(toDecimal256(${column}, 18)) AS ${column}Sum`).join(', ')
  const places = `sum(Calls * toInt64(cityHash64(${dimensions}) % 1000000007)) AS Places`
  const minus = [...summed.map((column) => `${column}Sum`), 'Places'].map((name) => `-${name} AS ${name}`).join(', ')
  const names = [...summed.map((column) => `${column}Sum`), 'Places'].join(', ')
  const grouped = (rows: string) =>
    `SELECT OrganizationId, RecordedBucket, ${sums}, ${places} FROM (${rows}) GROUP BY OrganizationId, RecordedBucket`
  const broken = await clickhouse.query<{ organizationId: string; recorded: string }>({
    name: 'ledger.compareUsageRollup',
    lane: 'background',
    sql: `SELECT toString(OrganizationId) AS organizationId, toString(toUnixTimestamp(RecordedBucket)) AS recorded FROM (
        SELECT OrganizationId, RecordedBucket, ${names} FROM (${grouped(rollUp.select('SELECT * FROM usage_events_v1 WHERE RecordedAt >= fromUnixTimestamp({from:Int64})'))})
        UNION ALL
        SELECT OrganizationId, RecordedBucket, ${minus} FROM (${grouped('SELECT * FROM usage_per_15m_v1 WHERE RecordedBucket >= fromUnixTimestamp({from:Int64})')})
      ) GROUP BY OrganizationId, RecordedBucket
      HAVING ${[...summed.map((column) => `${column}Sum`), 'Places'].map((name) => `sum(${name}) != 0`).join(' OR ')}`,
    params: { from },
  })
  if (broken.length === 0) return 0
  for (const { organizationId, recorded } of broken) {
    const params = { organizationId, recorded: Number(recorded) }
    await clickhouse.command({
      name: 'ledger.clearUsageRollup',
      lane: 'background',
      sql: 'ALTER TABLE usage_per_15m_v1 DELETE WHERE OrganizationId = {organizationId:UUID} AND RecordedBucket = fromUnixTimestamp({recorded:Int64})',
      params,
      settings: { mutations_sync: 2 },
    })
    await clickhouse.command({
      name: 'ledger.rebuildUsageRollup',
      lane: 'background',
      sql: rollUp.insert(`SELECT * FROM usage_events_v1 WHERE OrganizationId = {organizationId:UUID}
        AND RecordedAt >= fromUnixTimestamp({recorded:Int64}) AND RecordedAt < fromUnixTimestamp({recorded:Int64} + 900)`),
      params,
    })
  }
  return broken.length
}

/** Compares the roll-up by hour and day with the 15-minute one, for the days that calls recorded since `from` belong to. */
async function repairCoarse(clickhouse: ClickHouse, from: number): Promise<void> {
  const touched =
    "(OrganizationId, toStartOfDay(Bucket, 'UTC')) IN (SELECT DISTINCT OrganizationId, toStartOfDay(Bucket, 'UTC') FROM usage_per_15m_v1 WHERE RecordedBucket >= fromUnixTimestamp({from:Int64}))"
  const rollUp = await rollUpOfTheView(clickhouse, 'usage_coarse_v1', 'usage_per_15m_v1')
  const sums = summed.map((column) => `sum(toDecimal256(${column}, 18)) AS ${column}Sum`).join(', ')
  const places = `sum(Calls * toInt64(cityHash64(${coarseDimensions}) % 1000000007)) AS Places`
  const names = [...summed.map((column) => `${column}Sum`), 'Places']
  const grouped = (rows: string) =>
    `SELECT OrganizationId, BucketHours, Bucket, ${sums}, ${places} FROM (${rows}) GROUP BY OrganizationId, BucketHours, Bucket`
  const broken = await clickhouse.query<{ organizationId: string; hours: number; buckets: string[] }>({
    name: 'ledger.compareCoarseRollup',
    lane: 'background',
    sql: `SELECT toString(OrganizationId) AS organizationId, BucketHours AS hours, groupArray(toUnixTimestamp(Bucket)) AS buckets FROM (
        SELECT OrganizationId, BucketHours, Bucket FROM (
          SELECT OrganizationId, BucketHours, Bucket, ${names.join(', ')} FROM (${grouped(rollUp.select(`SELECT * FROM usage_per_15m_v1 WHERE ${touched}`))})
          UNION ALL
          SELECT OrganizationId, BucketHours, Bucket, ${names.map((name) => `-${name} AS ${name}`).join(', ')} FROM (${grouped(`SELECT * FROM usage_coarse_v1 WHERE ${touched}`)})
        ) GROUP BY OrganizationId, BucketHours, Bucket HAVING ${names.map((name) => `sum(${name}) != 0`).join(' OR ')}
      ) GROUP BY OrganizationId, BucketHours`,
    params: { from },
  })
  for (const { organizationId, hours, buckets } of broken) {
    const params = { organizationId, hours, buckets: buckets.map(Number) }
    await clickhouse.command({
      name: 'ledger.clearCoarseRollup',
      lane: 'background',
      sql: 'ALTER TABLE usage_coarse_v1 DELETE WHERE OrganizationId = {organizationId:UUID} AND BucketHours = {hours:UInt8} AND toUnixTimestamp(Bucket) IN {buckets:Array(UInt32)}',
      params,
      settings: { mutations_sync: 2 },
    })
    await clickhouse.command({
      name: 'ledger.rebuildCoarseRollup',
      lane: 'background',
      sql: `${rollUp.insert('SELECT * FROM usage_per_15m_v1 WHERE OrganizationId = {organizationId:UUID}')} WHERE BucketHours = {hours:UInt8} AND toUnixTimestamp(Bucket) IN {buckets:Array(UInt32)}`,
      params,
    })
  }
}

/** A roll-up as its materialized view itself defines it, over other rows: the rule is written in one place only. */
async function rollUpOfTheView(
  clickhouse: ClickHouse,
  table: 'usage_per_15m_v1' | 'usage_coarse_v1',
  source: 'usage_events_v1' | 'usage_per_15m_v1',
): Promise<{ select(rows: string): string; insert(rows: string): string }> {
  const [view] = await clickhouse.query<{ definition: string }>({
    name: 'ledger.usageRollupDefinition',
    lane: 'background',
    sql: 'SELECT as_select AS definition FROM system.tables WHERE database = currentDatabase() AND name = {view:String}',
    params: { view: `${table}_mv` },
  })
  const columns = await clickhouse.query<{ name: string }>({
    name: 'ledger.usageRollupColumns',
    lane: 'background',
    sql: 'SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String} ORDER BY position',
    params: { table },
  })
  const from = new RegExp(`\\bFROM\\s+(?:\`?\\w+\`?\\.)?\`?${source}\`?`, 'g')
  if (view?.definition.match(from)?.length !== 1) {
    throw new Error(`The view ${table}_mv is missing or does not read ${source} once: run the migrations.`)
  }
  const names = columns.map((column) => `\`${column.name}\``).join(', ')
  const select = (rows: string) => `SELECT ${names} FROM (${view.definition.replace(from, () => `FROM (${rows})`)})`
  return { select, insert: (rows) => `INSERT INTO ${table} (${names}) ${select(rows)}` }
}
