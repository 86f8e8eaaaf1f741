import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../../primitives/ids'
import { batchDifference, listBatches } from '../../ledger'
import { focusFile as file, focusHeader as header, focusLine as line, openLedger } from './importing.fixture'
import { quarantineCsv, readQuarantine } from './quarantine'

const shared = fileURLToPath(new URL('../../../../../../shared/data', import.meta.url))
const haveShared = existsSync(shared)
if (!haveShared) console.log('skipped: the shared data folder is not here, so real bills are not imported')
let ledger: Awaited<ReturnType<typeof openLedger>>
beforeAll(async () => {
  ledger = await openLedger()
})
afterAll(() => ledger.close())
const fresh = () => ledger.fresh()
const bring: typeof ledger.bring = (...given) => ledger.bring(...given)
const total: typeof ledger.total = (...given) => ledger.total(...given)

describe.skipIf(!haveShared)('real bills come out equal to the last digit', () => {
  const expected = haveShared
    ? (JSON.parse(readFileSync(join(shared, 'expected-totals.json'), 'utf8')) as Record<
        string,
        { rows: number; totals?: Record<string, string | number> }
      >)
    : {}
  const files = Object.keys(expected).filter(
    (name) => name.startsWith('focus/') && name.endsWith('.csv') && !name.includes('contract_commitment'),
  )
  test.each(files)('%s', async (name) => {
    const at = fresh()
    const content = readFileSync(join(shared, name))
    const outcome = await bring(content, at)
    const { rows, totals } = expected[name]!
    expect(outcome.rows.read).toBe(rows)
    if (!totals) {
      expect(outcome.rows.quarantined).toBe(rows)
      expect(outcome.problems.every((p) => p.code === 'thousands_separator' || p.code === 'not_a_number')).toBe(true)
      return
    }
    expect(outcome.rows.quarantined).toBe(0)
    const sum = outcome.sums[0]!
    for (const column of ['BilledCost', 'EffectiveCost', 'ListCost', 'ContractedCost'] as const)
      if (totals[column] !== undefined) expect([column, sum[column]]).toEqual([column, totals[column]])
    const batches = await listBatches(ledger.clickhouse, at)
    expect(batches.length).toBeGreaterThan(0)
    expect(batches.flatMap((batch) => batch.proof.filter((p) => !p.equal))).toEqual([])
    expect((await total(at))[0]?.billed).toBe(totals.BilledCost)
  })

  test('gzip and Parquet of the same bill give the same sums', async () => {
    const name = 'focus/focus-1.0-sample-even.csv'
    const content = readFileSync(join(shared, name))
    const zipped = await bring(gzipSync(content), fresh())
    expect([zipped.format, zipped.sums[0]?.BilledCost]).toEqual(['csv+gzip', expected[name]!.totals!.BilledCost])
    const parquet = join(ledger.folder, 'bill.parquet')
    await ledger.clickhouse.command({
      name: 'test',
      sql: `INSERT INTO FUNCTION file('${parquet}', 'Parquet') SELECT * FROM file('${join(shared, name)}', 'CSVWithNames')`,
    })
    const at = fresh()
    const outcome = await bring(readFileSync(parquet), at)
    expect([outcome.format, outcome.rows, outcome.sums[0]?.BilledCost, outcome.sums[0]?.ListCost]).toEqual([
      'parquet',
      { read: 500, accepted: 500, quarantined: 0 },
      expected[name]!.totals!.BilledCost,
      expected[name]!.totals!.ListCost,
    ])
    expect((await listBatches(ledger.clickhouse, at)).flatMap((batch) => batch.proof.filter((p) => !p.equal))).toEqual(
      [],
    )
  })

  test('parts of one bill stand beside one another; the same rows in another order replace them', async () => {
    const lines = readFileSync(join(shared, 'focus/focus-1.0-sample-even.csv'), 'utf8').trimEnd().split('\n')
    const at = fresh()
    await bring(`${[lines[0], ...lines.slice(1, 200)].join('\n')}\n`, at)
    await bring(`${[lines[0], ...lines.slice(200)].join('\n')}\n`, at)
    const whole = expected['focus/focus-1.0-sample-even.csv']!.totals!.BilledCost
    expect(await total(at)).toEqual([{ currency: 'USD', billed: whole, rows: '500' }])
    await bring(`${[lines[0], ...lines.slice(1).reverse()].join('\n')}\n`, at)
    expect(await total(at)).toEqual([{ currency: 'USD', billed: whole, rows: '500' }])
  })
})

test('bad rows wait in quarantine with row, column, code and remedy, and the good rows live', async () => {
  const at = fresh()
  const outcome = await bring(
    file(
      line('1.5', 'a'),
      line('"1,234.50"', 'b'),
      line('abc', 'c'),
      line('2', 'd').replace('USD', ''),
      line('3', 'e').replace('2026-09-01T01', '2026-13-01T01'),
      line('+4', 'f'),
      'short,row',
      line('1e-31', 'g'),
      line('5e-3', 'h'),
      line('', 'i'),
    ),
    at,
  )
  expect(outcome.rows).toEqual({ read: 10, accepted: 3, quarantined: 7 })
  expect(outcome.problems.map((p) => [p.row, p.column, p.code])).toEqual([
    [2, 'BilledCost', 'thousands_separator'],
    [2, 'EffectiveCost', 'thousands_separator'],
    [3, 'BilledCost', 'not_a_number'],
    [3, 'EffectiveCost', 'not_a_number'],
    [4, 'BillingCurrency', 'value_missing'],
    [5, 'ChargePeriodEnd', 'not_a_time'],
    [7, null, 'too_few_fields'],
    [8, 'BilledCost', 'number_does_not_fit'],
    [8, 'EffectiveCost', 'number_does_not_fit'],
    [10, 'BilledCost', 'value_missing'],
  ])
  expect(outcome.problems.every((p) => p.message.length > 20)).toBe(true)
  expect(outcome.sums).toEqual([
    { currency: 'USD', BilledCost: '5.505', EffectiveCost: '5.505', ListCost: null, ContractedCost: null },
  ])
  const [batch] = await listBatches(ledger.clickhouse, at)
  expect(batch!.proof.find((p) => p.column === 'BilledCost' && p.currency === 'USD')).toMatchObject({
    ledger: '5.505',
    quarantined: '3',
    source: '8.505',
    equal: true,
  })
})

test('a row whose charge period is unreadable is a residual of the batch its billing period names', async () => {
  const at = fresh()
  const bad = line('3', 'b').replace('2026-09-01T00:00:00Z,2026-09-01T01', 'never,2026-09-01T01')
  await bring(file(line('2', 'a'), bad), at)
  const [batch] = await listBatches(ledger.clickhouse, at)
  expect(batch!.rowsQuarantined).toBe(1)
  expect(batch!.proof.find((p) => p.column === 'BilledCost')).toMatchObject({
    source: '5',
    ledger: '2',
    quarantined: '3',
    equal: true,
  })
})

test('a corrected file replaces in one step, the old version can be asked for, and the difference can be listed', async () => {
  const at = fresh()
  await bring(file(line('10', 'a'), line('20', 'b')), at)
  const before = new Date().toISOString().slice(0, -1)
  await new Promise((resolve) => setTimeout(resolve, 5))
  const second = await bring(file(line('10', 'a'), line('25', 'b'), line('1', 'c')), at)
  expect(await total(at)).toEqual([{ currency: 'USD', billed: '36', rows: '3' }])
  expect(await total(at, before)).toEqual([{ currency: 'USD', billed: '30', rows: '2' }])
  const difference = await batchDifference(ledger.clickhouse, at, second.batchIds[0]!)
  expect(difference.sums.find((s) => s.column === 'BilledCost')).toMatchObject({
    before: '30',
    after: '36',
    difference: '6',
  })
  expect(difference.rows.map((r) => [r.resourceId, r.before, r.after])).toEqual([
    ['b', '20', '25'],
    ['c', null, '1'],
  ])
})

test('an import that was killed leaves nothing visible and runs again to the same sum', async () => {
  const at = fresh()
  const id = newId()
  // What a kill in the middle leaves: charges whose batch was never committed.
  await bring(file(line('7', 'a')), at, { id })
  await ledger.clickhouse.command({
    name: 'test',
    sql: 'ALTER TABLE batch_log_v1 DELETE WHERE OrganizationId = {o:UUID} SETTINGS mutations_sync = 2',
    params: { o: at.organizationId },
  })
  expect(await total(at)).toEqual([])
  await bring(file(line('7', 'a')), at, { id })
  expect(await total(at)).toEqual([{ currency: 'USD', billed: '7', rows: '1' }])
})

test('a file that is not what it says is refused whole, with the reason', async () => {
  const codes: Record<string, string | Buffer> = {
    not_focus: 'a,b\n1,2\n',
    unsupported_content: Buffer.from('504b030414000600', 'hex'),
    archive_damaged: gzipSync(Buffer.from(file(line('1', 'a')).repeat(50))).subarray(0, 60),
    parquet_truncated: Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(40)]),
    no_rows: `${header}\n`,
    not_utf8: Buffer.concat([
      Buffer.from(`${header}\n`),
      Buffer.from([0xff, 0xfe, 0xfd]),
      Buffer.from(file(line('1', 'a')).slice(header.length + 1)),
    ]),
  }
  for (const [code, content] of Object.entries(codes)) {
    const at = fresh()
    await expect(bring(content, at), code).rejects.toMatchObject({ code })
    expect(await total(at)).toEqual([])
  }
})

test('extra columns, US dates, times without a zone and NULL are understood and recorded', async () => {
  const at = fresh()
  const outcome = await bring(
    'BilledCost,BillingCurrency,ChargePeriodStart,ProviderName,PublisherName,Tags,Mine\n1,usd,4/1/25,AWS,"Amazon Web Services, Inc.","{""team"":""a"",""n"":1}",x\n2,USD,2025-04-02 05:00:00,AWS,Vendor Ltd,NULL,NULL\n',
    at,
  )
  expect(outcome.rows.accepted).toBe(2)
  const rows = await ledger.clickhouse.query({
    name: 'test',
    sql: 'SELECT ChargePeriodStart, BillingPeriodStart, BillingCurrency, ServiceProviderName, HostProviderName, x_Tags, x_Extra, EffectiveCost FROM charges_v1 WHERE x_OrganizationId = {o:UUID} ORDER BY x_RowNumber',
    params: { o: at.organizationId },
  })
  expect(rows).toEqual([
    {
      ChargePeriodStart: '2025-04-01T00:00:00Z',
      BillingPeriodStart: '2025-04-01T00:00:00Z',
      BillingCurrency: 'USD',
      ServiceProviderName: 'AWS',
      HostProviderName: 'AWS',
      x_Tags: { team: 'a', n: '1' },
      x_Extra: { Mine: 'x', x_ProviderName: 'AWS', x_PublisherName: 'Amazon Web Services, Inc.' },
      EffectiveCost: '1',
    },
    {
      ChargePeriodStart: '2025-04-02T05:00:00Z',
      BillingPeriodStart: '2025-04-01T00:00:00Z',
      BillingCurrency: 'USD',
      ServiceProviderName: 'Vendor Ltd',
      HostProviderName: 'AWS',
      x_Tags: {},
      x_Extra: { x_ProviderName: 'AWS', x_PublisherName: 'Vendor Ltd' },
      EffectiveCost: '2',
    },
  ])
  expect(outcome.findings.map((f) => f.code)).toContain('effective_cost_derived')
})

test('quarantined rows are downloaded, corrected and replayed into the batches they came from', async () => {
  const at = fresh()
  const id = newId()
  await bring(file(line('1', 'a'), line('"1,000.5"', 'b'), line('x', 'c')), at, { id })
  const parts: string[] = []
  for await (const part of quarantineCsv(ledger.clickhouse, at, id)) parts.push(part)
  const download = parts.join('')
  expect(download.split('\n')[0]).toBe(`${header},x_InfraZenRow,x_InfraZenProblems`)
  const corrected = download.replaceAll('"1,000.5"', '1000.5')
  const outcome = await bring(corrected, at, { replayOf: id })
  expect(outcome.rows).toEqual({ read: 2, accepted: 1, quarantined: 1 })
  expect(await total(at)).toEqual([{ currency: 'USD', billed: '1001.5', rows: '2' }])
  const page = await readQuarantine(ledger.clickhouse, at, id, 0, 10)
  expect([page.total, page.replayed, page.rows.map((row) => [row.row, row.replayed])]).toEqual([
    2,
    1,
    [
      [2, true],
      [3, false],
    ],
  ])
})
