import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../primitives/ids'
import { type ClickHouse, migrateClickHouse, openClickHouse } from '../../storage/clickhouse'
import { writtenEvent } from './killed-writer.fixture'
import { recordUsage } from './record-usage'
import { repairUsageRollup } from './repair-usage-rollup'

let folder: string
let clickhouse: ClickHouse
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coarse-roll-up-'))
  clickhouse = await openClickHouse({ path: folder })
  await migrateClickHouse(clickhouse)
})
afterAll(async () => {
  await clickhouse.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Calls two hours and a bit apart, over several days. */
const record = (organizationId: string, from: number, to: number) =>
  recordUsage(
    clickhouse,
    { organizationId, actor: 'test' },
    Array.from({ length: to - from }, (_, i) => ({
      ...writtenEvent(from + i),
      startedAt: Date.UTC(2026, 10, 20) + (from + i) * 7_500_000,
      team: `team-${i % 3}`,
      run: `run-${i}`,
    })),
  )

const sums =
  'toString(OrganizationId) AS organization, toString(sum(Calls)) AS calls, toString(sum(Cost)) AS cost, toString(sum(InputTokens)) AS tokens, toString(sum(DurationMs)) AS ms'
async function both() {
  const bucket = { 1: "toStartOfHour(Bucket, 'UTC')", 24: "toStartOfDay(Bucket, 'UTC')" }
  const read = (sql: string) => clickhouse.query({ name: 'test', sql })
  const fine: unknown[] = []
  const coarse: unknown[] = []
  for (const hours of [1, 24] as const) {
    fine.push(
      await read(
        `SELECT ${bucket[hours]} AS at, Team, ${sums} FROM usage_per_15m_v1 GROUP BY organization, at, Team, OrganizationId ORDER BY ALL`,
      ),
    )
    coarse.push(
      await read(
        `SELECT Bucket AS at, Team, ${sums} FROM usage_coarse_v1 WHERE BucketHours = ${hours} GROUP BY organization, at, Team, OrganizationId ORDER BY ALL`,
      ),
    )
  }
  return { fine, coarse }
}

async function withoutView(name: string, work: () => Promise<unknown>) {
  const [view] = await clickhouse.query<{ sql: string }>({
    name: 'test.view',
    sql: 'SELECT create_table_query AS sql FROM system.tables WHERE name = {name:String}',
    params: { name },
  })
  await clickhouse.command({ name: 'test.dropView', sql: `DROP VIEW ${name} SYNC` })
  await work()
  await clickhouse.command({ name: 'test.createView', sql: view!.sql })
}

test('hours and days follow the quarter hours, with one row for what only finer attributes tell apart', async () => {
  await record(newId(), 0, 60)
  const { fine, coarse } = await both()
  expect(coarse).toEqual(fine)
  await clickhouse.command({ name: 'test', sql: 'OPTIMIZE TABLE usage_coarse_v1 FINAL' })
  expect((await both()).coarse).toEqual(fine)
  const [rows] = await clickhouse.query<{ days: string }>({
    name: 'test',
    sql: 'SELECT count() AS days FROM usage_coarse_v1 WHERE BucketHours = 24',
  })
  // Six days of calls, three teams, and only two calls on the last.
  expect(rows).toEqual({ days: '17' })
})

test.each([
  ['only hours and days', 'usage_coarse_v1_mv'],
  ['everything after the calls', 'usage_per_15m_v1_mv'],
])('a crash that lost %s is mended at the next start', async (_, view) => {
  const organizationId = newId()
  await record(organizationId, 0, 30)
  await withoutView(view, () => record(organizationId, 30, 60))
  await repairUsageRollup(clickhouse)
  const { fine, coarse } = await both()
  expect(coarse).toEqual(fine)
  expect(JSON.stringify(fine)).toContain(organizationId)
  const [total] = await clickhouse.query<{ calls: string }>({
    name: 'test',
    sql: 'SELECT sum(Calls) AS calls FROM usage_coarse_v1 WHERE BucketHours = 24 AND OrganizationId = {organizationId:UUID}',
    params: { organizationId },
  })
  expect(total).toEqual({ calls: '60' })
})

test('a ledger from before gets its hours, days and covered stretches when it is migrated, also twice at once', async () => {
  const organizationId = newId()
  const batchId = newId()
  await record(organizationId, 0, 40)
  await clickhouse.insertNdjson({
    name: 'test',
    table: 'charges_v1',
    rows: Buffer.from(
      ['2026-11-21T15:00:00Z', '2026-11-22T15:00:00Z', '2026-11-24T15:00:00Z']
        .map((from, i) =>
          JSON.stringify({
            x_OrganizationId: organizationId,
            x_BatchId: batchId,
            x_RowNumber: i + 1,
            x_Basis: 'billed',
            ChargeCategory: 'Usage',
            ServiceProviderName: 'OpenAI',
            BillingAccountId: 'acc',
            SubAccountId: 'sub',
            ChargePeriodStart: from,
            ChargePeriodEnd: new Date(Date.parse(from) + 86_400_000).toISOString(),
            BilledCost: '1',
          }),
        )
        .join('\n'),
    ),
  })
  const before = await both()
  for (const sql of [
    'DROP VIEW usage_coarse_v1_mv SYNC',
    'DROP TABLE usage_coarse_v1 SYNC',
    'DROP TABLE billed_spans_v1 SYNC',
    "DELETE FROM schema_migrations_v1 WHERE Name NOT LIKE '0001%'",
  ])
    await clickhouse.command({ name: 'test', sql, settings: { mutations_sync: 2 } })
  await Promise.all([migrateClickHouse(clickhouse), migrateClickHouse(clickhouse)])
  const { fine, coarse } = await both()
  expect([fine, coarse]).toEqual([before.fine, before.fine])
  expect(
    await clickhouse.query({
      name: 'test',
      sql: 'SELECT AccountId AS account, SpanStart AS start, SpanEnd AS end, LastChargeStart AS last FROM billed_spans_v1 WHERE OrganizationId = {organizationId:UUID} ORDER BY ALL',
      params: { organizationId },
    }),
  ).toEqual(
    ['acc', 'sub'].flatMap((account) => [
      { account, start: '2026-11-21T15:00:00Z', end: '2026-11-23T15:00:00Z', last: '2026-11-22T15:00:00Z' },
      { account, start: '2026-11-24T15:00:00Z', end: '2026-11-25T15:00:00Z', last: '2026-11-24T15:00:00Z' },
    ]),
  )
  // The view still feeds the table that was put in place.
  await record(organizationId, 40, 50)
  const after = await both()
  expect(after.coarse).toEqual(after.fine)
})
