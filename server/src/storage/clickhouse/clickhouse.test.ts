import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ClickHouse, migrateClickHouse, openClickHouse } from '.'

let clickhouse: ClickHouse
const folder = mkdtempSync(join(tmpdir(), 'infrazen-clickhouse-'))
beforeAll(async () => {
  clickhouse = await openClickHouse({ path: folder })
})
afterAll(async () => {
  await clickhouse.close()
  rmSync(folder, { recursive: true, force: true })
})

test('migrations run twice without harm', async () => {
  await migrateClickHouse(clickhouse)
  await migrateClickHouse(clickhouse)
  const tables = await clickhouse.query<{ name: string }>({ name: 'test', sql: 'SHOW TABLES' })
  expect(tables.map((t) => t.name)).toContain('charges_v1')
})

test('no digit of a decimal or of a 64-bit integer is lost on the way out', async () => {
  const rows = await clickhouse.query<{ d: string; n: string }>({
    name: 'test',
    sql: "SELECT toDecimal256('12345678901234567890123.123456789012345678901234567891', 30) AS d, toUInt64('18446744073709551615') AS n",
  })
  expect(rows).toEqual([{ d: '12345678901234567890123.123456789012345678901234567891', n: '18446744073709551615' }])
})

test('a value reaches the engine as a parameter and cannot change the statement', async () => {
  const rows = await clickhouse.query<{ v: string; a: string[] }>({
    name: 'test',
    sql: 'SELECT {v:String} AS v, {a:Array(String)} AS a',
    params: { v: "'; DROP TABLE charges_v1; --", a: ["o'x", 'y\\'] },
  })
  expect(rows).toEqual([{ v: "'; DROP TABLE charges_v1; --", a: ["o'x", 'y\\'] }])
})

test('rows given as bytes are there when the call returns', async () => {
  await migrateClickHouse(clickhouse)
  const line = {
    OrganizationId: '0190a1b2-0000-7000-8000-000000000001',
    ServiceProviderName: 'AWS',
    AccountId: '1',
    Day: '2026-11-01',
    BatchId: '0190a1b2-0000-7000-8000-000000000002',
  }
  await clickhouse.insertNdjson({
    name: 'test',
    table: 'billed_days_v1',
    rows: Buffer.from(`${JSON.stringify(line)}\n`),
  })
  expect(await clickhouse.query({ name: 'test', sql: 'SELECT Day, AccountId FROM billed_days_v1' })).toEqual([
    { Day: '2026-11-01', AccountId: '1' },
  ])
})

test('an answer can be had in any format, in pieces', async () => {
  let text = ''
  for await (const piece of clickhouse.stream({ name: 'test', sql: 'SELECT number FROM numbers(3)', format: 'CSV' }))
    text += piece.toString()
  expect(text).toBe('0\n1\n2\n')
})
