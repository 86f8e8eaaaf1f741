import type { ClickHouse } from '../../storage/clickhouse'

/** How far back a start looks: a block is written to the table and to its roll-up within moments of RecordedAt. */
const lookBackMs = 2 * 86_400_000

/**
 * Makes the 15-minute roll-up equal to the usage events again. The engine writes an event block and its roll-up one after
 * the other; a kill between the two leaves the roll-up short. Compares count and cost of each recorded quarter of an hour
 * since `since` (two days ago when absent) and rebuilds those that differ. Safe to run at any time before ingestion starts,
 * and again after being interrupted. Returns how many quarters it rebuilt.
 */
export async function repairUsageRollup(
  clickhouse: ClickHouse,
  since = new Date(Date.now() - lookBackMs),
): Promise<number> {
  const from = Math.floor(since.getTime() / 900_000) * 900
  const broken = await clickhouse.query<{ organizationId: string; recorded: string }>({
    name: 'ledger.compareUsageRollup',
    lane: 'background',
    sql: `SELECT toString(OrganizationId) AS organizationId, toString(toUnixTimestamp(Recorded)) AS recorded FROM (
        SELECT OrganizationId, toStartOfInterval(RecordedAt, INTERVAL 15 MINUTE, 'UTC') AS Recorded,
          toInt64(count()) AS Calls, sum(toDecimal256(ifNull(Cost, 0), 18)) AS Cost
        FROM usage_events_v1 WHERE RecordedAt >= fromUnixTimestamp({from:Int64}) GROUP BY OrganizationId, Recorded
        UNION ALL
        SELECT OrganizationId, RecordedBucket AS Recorded, -toInt64(sum(Calls)) AS Calls, -sum(toDecimal256(Cost, 18)) AS Cost
        FROM usage_per_15m_v1 WHERE RecordedBucket >= fromUnixTimestamp({from:Int64}) GROUP BY OrganizationId, Recorded
      ) GROUP BY OrganizationId, Recorded HAVING sum(Calls) != 0 OR sum(Cost) != 0`,
    params: { from },
  })
  if (broken.length === 0) return 0
  const rollUp = await rollUpOfTheView(clickhouse)
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
      sql: rollUp(`SELECT * FROM usage_events_v1 WHERE OrganizationId = {organizationId:UUID}
        AND RecordedAt >= fromUnixTimestamp({recorded:Int64}) AND RecordedAt < fromUnixTimestamp({recorded:Int64} + 900)`),
      params,
    })
  }
  return broken.length
}

/** The roll-up as the materialized view itself defines it, over other events: the rule is written in one place only. */
async function rollUpOfTheView(clickhouse: ClickHouse): Promise<(events: string) => string> {
  const [view] = await clickhouse.query<{ definition: string }>({
    name: 'ledger.usageRollupDefinition',
    lane: 'background',
    sql: "SELECT as_select AS definition FROM system.tables WHERE database = currentDatabase() AND name = 'usage_per_15m_v1_mv'",
  })
  const columns = await clickhouse.query<{ name: string }>({
    name: 'ledger.usageRollupColumns',
    lane: 'background',
    sql: "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'usage_per_15m_v1' ORDER BY position",
  })
  const source = /\bFROM\s+(?:`?\w+`?\.)?`?usage_events_v1`?/g
  if (view?.definition.match(source)?.length !== 1) {
    throw new Error(
      'The view usage_per_15m_v1_mv is missing or does not read usage_events_v1 once: run the migrations.',
    )
  }
  const names = columns.map((column) => `\`${column.name}\``).join(', ')
  return (events) =>
    `INSERT INTO usage_per_15m_v1 (${names}) SELECT ${names} FROM (${view.definition.replace(source, () => `FROM (${events})`)})`
}
