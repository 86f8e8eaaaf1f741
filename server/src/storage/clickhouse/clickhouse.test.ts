import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ClickHouse, migrateClickHouse, openClickHouse } from '.'
import { startStandIn } from './testing/start-stand-in'

describe.each(['in process', 'over HTTP'] as const)('ClickHouse %s', (where) => {
  let clickhouse: ClickHouse
  let stop = async () => {}
  const folder = mkdtempSync(join(tmpdir(), 'infrazen-clickhouse-'))
  beforeAll(async () => {
    if (where === 'in process') clickhouse = await openClickHouse({ path: folder })
    else {
      const standIn = await startStandIn(folder)
      stop = standIn.stop
      clickhouse = await openClickHouse({ url: standIn.url })
    }
    await migrateClickHouse(clickhouse)
  })
  afterAll(async () => {
    await clickhouse.close()
    await stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('migrations run twice, and twice at once, without harm', async () => {
    await Promise.all([migrateClickHouse(clickhouse), migrateClickHouse(clickhouse)])
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
    const v = "'; DROP TABLE charges_v1; --\t\\n\n"
    const rows = await clickhouse.query<{ v: string; a: string[] }>({
      name: 'test',
      sql: 'SELECT {v:String} AS v, {a:Array(String)} AS a',
      params: { v, a: ["o'x", 'y\\'] },
    })
    expect(rows).toEqual([{ v, a: ["o'x", 'y\\'] }])
  })

  test('rows given as bytes are there when the call returns', async () => {
    const row = {
      OrganizationId: '0190a1b2-0000-7000-8000-000000000001',
      ServiceProviderName: 'AWS',
      AccountId: '1',
      Day: '2026-11-01',
      BatchId: '0190a1b2-0000-7000-8000-000000000002',
    }
    await clickhouse.insertNdjson({
      name: 'test',
      table: 'billed_days_v1',
      rows: Buffer.from(`${JSON.stringify(row)}\n`),
    })
    expect(await clickhouse.query({ name: 'test', sql: 'SELECT Day, AccountId FROM billed_days_v1' })).toEqual([
      { Day: '2026-11-01', AccountId: '1' },
    ])
  })

  test('a file of rows can be read by a statement, in order', async () => {
    await clickhouse.command({
      name: 'test',
      sql: 'CREATE TABLE bulk (n UInt64, a String, b Decimal(76, 30)) ENGINE = MergeTree ORDER BY n',
    })
    await clickhouse.insertFrom({
      name: 'test',
      sql: (source) => `INSERT INTO bulk SELECT 10 + rowNumberInAllBlocks(), c0, toDecimal256(c1, 30) FROM ${source}`,
      input: {
        format: 'CSV',
        structure: 'c0 String, c1 String',
        content: { bytes: Buffer.from('x,1.5\n"y\n""q""",2e-30\n') },
      },
      settings: { max_threads: 1 },
    })
    expect(await clickhouse.query({ name: 'test', sql: 'SELECT n, a, b FROM bulk ORDER BY n' })).toEqual([
      { n: '10', a: 'x', b: '1.5' },
      { n: '11', a: 'y\n"q"', b: '0.000000000000000000000000000002' },
    ])
  })

  test('a setting of one statement does not outlive it', async () => {
    const value = "SELECT getSetting('format_csv_delimiter') AS d"
    const read = () => clickhouse.query<{ d: string }>({ name: 'test', sql: value, lane: 'background' })
    const [changed] = await clickhouse.query<{ d: string }>({
      name: 'test',
      sql: value,
      lane: 'background',
      settings: { format_csv_delimiter: ';', max_threads: 1 },
    })
    expect([changed, ...(await read())]).toEqual([{ d: ';' }, { d: ',' }])
  })

  test('an answer can be had in any format, in pieces', async () => {
    let text = ''
    for await (const piece of clickhouse.stream({ name: 'test', sql: 'SELECT number FROM numbers(3)', format: 'CSV' }))
      text += piece.toString()
    expect(text).toBe('0\n1\n2\n')
  })

  test('a wrong statement is an error that names what is wrong', async () => {
    await expect(clickhouse.query({ name: 'test', sql: 'SELECT nothing FROM nowhere' })).rejects.toThrow(/nowhere/)
  })
})
