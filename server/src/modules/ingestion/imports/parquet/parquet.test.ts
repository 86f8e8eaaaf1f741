import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { literal } from '../../../../storage/clickhouse'
import { focusFile, focusLine, type Owner, openLedger } from '../importing.fixture'
import { openParquetFile } from './slice-parquet'

let ledger: Awaited<ReturnType<typeof openLedger>>
beforeAll(async () => {
  ledger = await openLedger()
})
afterAll(() => ledger.close())

let made = 0
async function write(select: string, settings: Record<string, string | number> = {}): Promise<string> {
  const path = join(ledger.folder, `made-${made++}.parquet`)
  await ledger.clickhouse.command({
    name: 'test',
    sql: `INSERT INTO FUNCTION file(${literal(path)}, 'Parquet') ${select}`,
    settings,
  })
  return path
}
const charges = (at: Owner, columns: string) =>
  ledger.clickhouse.query<Record<string, unknown>>({
    name: 'test',
    sql: `SELECT ${columns} FROM charges_v1 WHERE x_OrganizationId = {o:UUID} ORDER BY x_RowNumber`,
    params: { o: at.organizationId },
  })
const required =
  "'USD' AS BillingCurrency, 'acc' AS BillingAccountId, toDateTime64('2026-09-01', 3, 'UTC') AS ChargePeriodStart"

describe('values come in as they stand in the file', () => {
  test('decimals, integers and floats to their last digit', async () => {
    const path =
      await write(`SELECT * FROM values('BilledCost Decimal(38, 18), EffectiveCost Float64, ListCost Float32, ContractedCost Nullable(Int64), ConsumedQuantity Decimal(9, 2), PricingQuantity UInt64, BillingCurrency String, ChargePeriodStart DateTime64(3, \\'UTC\\')',
      ('12345678901234567890.123456789012345678', 0.1, 0.1, 9223372036854775807, '1234567.89', 18446744073709551615, 'USD', '2026-09-01 00:00:00'),
      ('-0.000000000000000001', 1e-7, 16777216, NULL, '-0.01', 0, 'USD', '2026-09-01 00:00:00'),
      ('0', 123456789.12345678, -2.5, -1, '0', 1, 'USD', '2026-09-01 00:00:00'))`)
    const at = ledger.fresh()
    const outcome = await ledger.bringPath(path, at)
    expect(outcome.rows).toEqual({ read: 3, accepted: 3, quarantined: 0 })
    expect(
      await charges(at, 'BilledCost, EffectiveCost, ListCost, ContractedCost, ConsumedQuantity, PricingQuantity'),
    ).toEqual([
      {
        BilledCost: '12345678901234567890.123456789012345678',
        EffectiveCost: '0.1',
        ListCost: '0.1',
        ContractedCost: '9223372036854775807',
        ConsumedQuantity: '1234567.89',
        PricingQuantity: '18446744073709551615',
      },
      {
        BilledCost: '-0.000000000000000001',
        EffectiveCost: '0.0000001',
        ListCost: '16777216',
        ContractedCost: null,
        ConsumedQuantity: '-0.01',
        PricingQuantity: '0',
      },
      {
        BilledCost: '0',
        EffectiveCost: '123456789.12345678',
        ListCost: '-2.5',
        ContractedCost: '-1',
        ConsumedQuantity: '0',
        PricingQuantity: '1',
      },
    ])
    expect(outcome.sums).toEqual([
      {
        currency: 'USD',
        BilledCost: '12345678901234567890.123456789012345677',
        EffectiveCost: '123456789.22345688',
        ListCost: '16777213.6',
        ContractedCost: '9223372036854775806',
      },
    ])
    expect(await ledger.unequalProofs(at)).toEqual([])
  })

  test('moments of every unit, with and without a zone, as the UTC instants they are', async () => {
    const types = ["DateTime64(3, 'UTC')", "DateTime64(6, 'Asia/Seoul')", "DateTime64(9, 'UTC')", 'Date32', 'String']
    for (const type of types) {
      const path = await write(
        `SELECT 1 AS BilledCost, 'USD' AS BillingCurrency, ${type === 'String' ? "'2026-09-03T00:00:00Z'" : type === 'Date32' ? "toDate32('2026-09-03')" : `CAST(toDateTime64('2026-09-03 00:00:00', 3, 'UTC') AS ${type})`} AS ChargePeriodStart`,
      )
      const at = ledger.fresh()
      await ledger.bringPath(path, at)
      expect([type, await charges(at, 'ChargePeriodStart, BillingPeriodStart')]).toEqual([
        type,
        [{ ChargePeriodStart: '2026-09-03T00:00:00Z', BillingPeriodStart: '2026-09-01T00:00:00Z' }],
      ])
    }
  })

  test('nulls, maps and columns of the provider', async () => {
    const path = await write(
      `SELECT 1::Decimal(10, 2) AS BilledCost, ${required}, if(number = 0, NULL, 'EC2') AS ServiceName, map('team', concat('t', toString(number))) AS Tags, [1, 2] AS x_List, number AS x_Number, if(number = 0, NULL, 0.5) AS x_Share FROM numbers(2)`,
    )
    const at = ledger.fresh()
    await ledger.bringPath(path, at)
    expect(await charges(at, 'ServiceName, x_Tags, x_Extra')).toEqual([
      { ServiceName: '', x_Tags: { team: 't0' }, x_Extra: { x_List: '[1,2]', x_Number: '0' } },
      { ServiceName: 'EC2', x_Tags: { team: 't1' }, x_Extra: { x_List: '[1,2]', x_Number: '1', x_Share: '0.5' } },
    ])
  })
})

test('many row groups: every row keeps its number, bad ones wait with row, column and remedy, the proof closes', async () => {
  const path = await write(
    `SELECT if(number % 1000 = 7, NULL, CAST(number AS Decimal(20, 4)) / 7) AS BilledCost, number / 3 AS EffectiveCost, if(number = 250001, 'dollars', 'USD') AS BillingCurrency,
       concat('a', toString(number % 3)) AS BillingAccountId, addMonths(toDateTime64('2026-01-01', 6, 'UTC'), number % 2) AS ChargePeriodStart, toString(number) AS ResourceId FROM numbers(300000)`,
    { output_format_parquet_row_group_size: 10_000, max_threads: 1 },
  )
  const at = ledger.fresh()
  const outcome = await ledger.bringPath(path, at)
  expect(outcome.rows).toEqual({ read: 300_000, accepted: 299_699, quarantined: 301 })
  expect(outcome.problems.slice(0, 2).map((p) => [p.row, p.column, p.code])).toEqual([
    [8, 'BilledCost', 'value_missing'],
    [1008, 'BilledCost', 'value_missing'],
  ])
  const [wrong] = await ledger.clickhouse.query<{ n: string }>({
    name: 'test',
    sql: 'SELECT count() AS n FROM charges_v1 WHERE x_OrganizationId = {o:UUID} AND toString(x_RowNumber - 1) != ResourceId',
    params: { o: at.organizationId },
  })
  expect(wrong).toEqual({ n: '0' })
  expect(outcome.batchIds.length).toBe(6)
  expect(await ledger.unequalProofs(at)).toEqual([])
  const [own] = await ledger.clickhouse.query<{ sum: string }>({
    name: 'test',
    sql: `SELECT toString(sum(toDecimal256(BilledCost, 30))) AS sum FROM file(${literal(path)}, 'Parquet') WHERE BillingCurrency = 'USD'`,
  })
  expect(outcome.sums[0]?.BilledCost).toBe(own?.sum)
})

test('infinite and absent doubles wait in quarantine, they are never zero', async () => {
  const path = await write(
    `SELECT * FROM values('BilledCost Float64', nan, inf, 1.5) AS v CROSS JOIN (SELECT ${required}) AS r`,
  )
  const at = ledger.fresh()
  const outcome = await ledger.bringPath(path, at)
  expect(outcome.rows).toEqual({ read: 3, accepted: 1, quarantined: 2 })
  expect(outcome.problems.map((p) => p.code)).toEqual(['not_a_number', 'not_a_number'])
})

test('a cut of row groups holds their rows and no others', async () => {
  const path = await write(
    "SELECT number, toString(number % 5) AS s, if(number % 2 = 0, NULL, number) AS n, [number, number + 1] AS a, map('k', toString(number)) AS m FROM numbers(50000)",
    { output_format_parquet_row_group_size: 10_000, output_format_parquet_write_bloom_filter: 1, max_threads: 1 },
  )
  const file = await openParquetFile(path)
  expect([file.rows, file.columns]).toEqual([50_000, 6])
  const [from, to] = [1, file.groups.length - 1]
  const rows = file.groups.slice(from, to).reduce((n, group) => n + group.rows, 0)
  const cut = join(ledger.folder, 'cut.parquet')
  await file.writeSlice(from, to, cut)
  await file.close()
  const digest = (of: string, where: string) =>
    ledger.clickhouse.query<{ n: string; hash: string }>({
      name: 'test',
      sql: `SELECT count() AS n, toString(sum(cityHash64(*))) AS hash FROM file(${literal(of)}, 'Parquet') ${where}`,
    })
  const first = file.groups[0]!.rows
  const expected = await digest(path, `WHERE number >= ${first} AND number < ${first + rows}`)
  expect(Number(expected[0]?.n)).toBe(rows)
  expect(await digest(cut, '')).toEqual(expected)
})

describe('what is no Parquet file, or no whole one, is refused with the reason', () => {
  const refuse = (content: Buffer, code: string) =>
    expect(ledger.bring(content, ledger.fresh())).rejects.toMatchObject({ code })

  test('text, cuts and a damaged footer', async () => {
    const path = await write(`SELECT 1 AS BilledCost, ${required}`)
    const whole = readFileSync(path)
    await refuse(Buffer.concat([Buffer.from('PAR1'), Buffer.from(focusFile(focusLine('1', 'a')))]), 'parquet_truncated')
    await refuse(Buffer.from('PAR1'), 'parquet_truncated')
    await refuse(whole.subarray(0, whole.length - 20), 'parquet_truncated')
    await refuse(Buffer.concat([whole.subarray(0, 200), whole.subarray(whole.length - 8)]), 'parquet_unreadable')
    for (let i = 0; i < 40; i++) {
      const bent = Buffer.from(whole)
      const length = bent.readUInt32LE(bent.length - 8)
      const at = bent.length - 8 - length + Math.floor((length * i) / 40)
      bent[at]! ^= 0x5a
      // A bent name or statistic may still be a file; whatever is refused must say so in words.
      const outcome = await ledger.bring(bent, ledger.fresh()).then(
        () => null,
        (error: { code?: string }) => error.code,
      )
      expect([i, outcome]).toEqual([i, expect.toSatisfy((code) => code === null || /^[a-z_]+$/.test(code))])
    }
  })

  test('a damaged page names its row group, and nothing of the file stays', async () => {
    const path = await write(
      `SELECT toDecimal64(number, 2) AS BilledCost, randomPrintableASCII(40) AS ResourceId, ${required} FROM numbers(400000)`,
      { output_format_parquet_row_group_size: 100_000, max_threads: 1 },
    )
    const bytes = readFileSync(path)
    bytes.fill(0xee, Math.floor(bytes.length * 0.9), Math.floor(bytes.length * 0.9) + 3000)
    writeFileSync(path, bytes)
    const at = ledger.fresh()
    await expect(ledger.bringPath(path, at)).rejects.toMatchObject({
      code: 'parquet_unreadable',
      message: expect.stringMatching(/Row group \d/),
    })
    expect(await charges(at, 'count() AS n GROUP BY ALL').catch(() => [])).toEqual([])
  })
})
