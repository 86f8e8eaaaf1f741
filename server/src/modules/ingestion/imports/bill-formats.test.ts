import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { costAndUsageReport } from '@infrazen/connector-aws'
import { actualCost, amortisedCost } from '@infrazen/connector-azure'
import { billingExport, costTable, dailyFile } from '@infrazen/connector-gcp'
import { costReport } from '@infrazen/connector-oci'
import { detectVersion } from '@infrazen/focus'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../../primitives/ids'
import { type ClickHouse, migrateClickHouse, openClickHouse } from '../../../storage/clickhouse'
import { listBatches, liveBatchesSql } from '../../ledger'
import { runImport } from './run-import'

const formats = [costAndUsageReport, amortisedCost, actualCost, billingExport, costTable, dailyFile, costReport]
const shared = fileURLToPath(new URL('../../../../../../shared/data', import.meta.url))
const haveShared = existsSync(shared)
if (!haveShared) console.log('skipped: the shared data folder is not here, so real bills are not imported')
const folder = mkdtempSync(join(tmpdir(), 'infrazen-formats-'))
let clickhouse: ClickHouse
beforeAll(async () => {
  clickhouse = await openClickHouse({ path: folder })
  await migrateClickHouse(clickhouse)
})
afterAll(async () => {
  await clickhouse.close()
  rmSync(folder, { recursive: true, force: true })
})

const fresh = () => ({ organizationId: newId(), actor: 'test', connectionId: newId() })
type At = ReturnType<typeof fresh>
async function bring(
  content: string | Buffer,
  at: At,
  options: { format?: string; fileName?: string; currency?: string } = {},
) {
  const id = newId()
  const path = join(folder, id)
  writeFileSync(path, content)
  return runImport(
    {
      id,
      path,
      fileName: options.fileName ?? 'test.csv',
      contentHash: createHash('sha256').update(content).digest('hex'),
      connectionId: at.connectionId,
      delivery: 'auto',
      format: options.format ?? 'auto',
      currency: options.currency,
    },
    {
      clickhouse,
      scope: at,
      detectVersion: (names) => detectVersion(names),
      known: { formats, mappings: [] },
      onProgress: () => {},
    },
  )
}
const rowsOf = (at: At, columns: string) =>
  clickhouse.query<Record<string, unknown>>({
    name: 'test',
    sql: `SELECT ${columns} FROM charges_v1 WHERE x_OrganizationId = {o:UUID} ORDER BY x_RowNumber`,
    params: { o: at.organizationId },
  })
const unequal = async (at: At) =>
  (await listBatches(clickhouse, at)).flatMap((batch) => batch.proof.filter((proof) => !proof.equal))

describe.skipIf(!haveShared)('real bills of providers come out equal to the last digit', () => {
  const expected = haveShared
    ? (JSON.parse(readFileSync(join(shared, 'expected-totals.json'), 'utf8')) as Record<
        string,
        { rows: number; totals: Record<string, string>; [by: string]: unknown }
      >)
    : {}
  const cases: [file: string, format: string, sums: Record<string, string>][] = [
    [
      'aws-cur/cur-2018-10.snappy.parquet',
      'aws-cur',
      { BilledCost: 'unblended', EffectiveCost: 'amortized', ListCost: 'publicOnDemand' },
    ],
    ['aws-cur/cur-2023-11-legacy-even.csv', 'aws-cur', { BilledCost: 'lineItem/UnblendedCost' }],
    ['azure/EA_ActualCost_Small.csv', 'azure-actual', { BilledCost: 'Cost' }],
    ['azure/ea-export-2023-09.csv', 'azure-actual', { BilledCost: 'CostInBillingCurrency' }],
    ['oci/oci-cost-report-2023-11-13-even.csv', 'oci-cost', { BilledCost: 'cost/myCost' }],
  ]
  test.each(cases)('%s', async (file, format, sums) => {
    const at = fresh()
    const outcome = await bring(readFileSync(join(shared, file)), at)
    const { rows, totals } = expected[file]!
    expect([outcome.billFormat, outcome.rows]).toEqual([format, { read: rows, accepted: rows, quarantined: 0 }])
    expect(outcome.sums.length).toBe(1)
    for (const [column, source] of Object.entries(sums))
      expect([column, outcome.sums[0]![column as 'BilledCost']]).toEqual([column, totals[source]])
    expect(await unequal(at)).toEqual([])
    expect((await listBatches(clickhouse, at)).flatMap((batch) => batch.proof).length).toBeGreaterThan(1)
  })

  test('each kind of line of a report has the amortised cost that the report tells', async () => {
    const file = 'aws-cur/cur-2018-10.snappy.parquet'
    const at = fresh()
    await bring(readFileSync(join(shared, file)), at)
    const kinds = await clickhouse.query<{ type: string; n: string; billed: string; effective: string }>({
      name: 'test',
      sql: `SELECT x_Extra['line_item_line_item_type'] AS type, count() AS n, toString(sum(BilledCost)) AS billed, toString(sum(EffectiveCost)) AS effective
        FROM charges_v1 WHERE x_OrganizationId = {o:UUID} GROUP BY type`,
      params: { o: at.organizationId },
    })
    const byType = expected[file]!.byLineItemType as Record<string, Record<string, string | number>>
    expect(Object.fromEntries(kinds.map((kind) => [kind.type, [Number(kind.n), kind.billed, kind.effective]]))).toEqual(
      Object.fromEntries(
        Object.entries(byType).map(([type, sums]) => [type, [sums.rows, sums.unblended, sums.amortized]]),
      ),
    )
  })

  const halves: [string, (row: number, rows: number) => boolean][] = [
    ['first and last', (row, rows) => row < rows / 2],
    ['alternate rows', (row) => row % 2 === 0],
  ]
  test.each(
    cases.flatMap(([file]) =>
      file.endsWith('.csv') ? halves.map(([name, isFirst]) => [file, name, isFirst] as const) : [],
    ),
  )('%s in two halves, %s, gives the whole', async (file, _, isFirst) => {
    const [header, ...lines] = readFileSync(join(shared, file), 'utf8').trimEnd().split(/\r?\n/)
    const at = fresh()
    for (const part of [true, false])
      await bring(`${[header, ...lines.filter((_, i) => isFirst(i, lines.length) === part)].join('\n')}\n`, at)
    const [total] = await clickhouse.query<{ billed: string }>({
      name: 'test',
      sql: `SELECT toString(sum(BilledCost)) AS billed FROM charges_v1 WHERE x_OrganizationId = {organizationId:UUID} AND x_BatchId IN (${liveBatchesSql(false)})`,
      params: { organizationId: at.organizationId },
    })
    expect(total!.billed).toBe(Object.values(expected[file]!.totals).find((text) => typeof text === 'string'))
    expect(await unequal(at)).toEqual([])
  })
})

const cur = (rows: Record<string, string>[]) =>
  csv(rows, {
    'bill/PayerAccountId': '100000000001',
    'bill/BillingPeriodStartDate': '2026-11-01T00:00:00Z',
    'bill/BillingPeriodEndDate': '2026-12-01T00:00:00Z',
    'lineItem/UsageAccountId': '200000000002',
    'lineItem/LineItemType': 'Usage',
    'lineItem/UsageStartDate': '2026-11-05T00:00:00Z',
    'lineItem/UsageEndDate': '2026-11-05T01:00:00Z',
    'lineItem/ProductCode': 'AmazonEC2',
    'lineItem/UsageType': 'EUW1-BoxUsage:m5.large',
    'lineItem/UsageAmount': '1',
    'lineItem/CurrencyCode': 'USD',
    'lineItem/UnblendedCost': '0',
    'lineItem/ResourceId': 'i-1',
  })
/** CSV of rows over a row of defaults; every key of any row is a column. */
function csv(rows: Record<string, string>[], defaults: Record<string, string>): string {
  const names = [...new Set([...Object.keys(defaults), ...rows.flatMap((row) => Object.keys(row))])]
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`
  return `${[names, ...rows.map((row) => names.map((name) => row[name] ?? defaults[name] ?? ''))]
    .map((cells) => cells.map(cell).join(','))
    .join('\n')}\n`
}

test('commitments: what is covered carries its part of the price, fees carry what was not used, and both sums tie', async () => {
  const at = fresh()
  const plan = { 'savingsPlan/SavingsPlanARN': 'arn:aws:savingsplans::1:savingsplan/a' }
  const outcome = await bring(
    cur([
      { 'lineItem/UnblendedCost': '1.5', 'lineItem/LineItemType': 'Usage', 'pricing/publicOnDemandCost': '1.6' },
      {
        ...plan,
        'lineItem/UnblendedCost': '10',
        'lineItem/LineItemType': 'SavingsPlanCoveredUsage',
        'savingsPlan/SavingsPlanEffectiveCost': '7',
        'pricing/publicOnDemandCost': '10',
      },
      { ...plan, 'lineItem/UnblendedCost': '-10', 'lineItem/LineItemType': 'SavingsPlanNegation' },
      {
        ...plan,
        'lineItem/UnblendedCost': '8',
        'lineItem/LineItemType': 'SavingsPlanRecurringFee',
        'savingsPlan/TotalCommitmentToDate': '8',
        'savingsPlan/UsedCommitment': '7',
      },
      {
        'lineItem/LineItemType': 'DiscountedUsage',
        'reservation/EffectiveCost': '0.05145662',
        'reservation/ReservationARN': 'arn:ri',
      },
      {
        'lineItem/UnblendedCost': '22.32',
        'lineItem/LineItemType': 'RIFee',
        'reservation/UnusedRecurringFee': '1.1',
        'reservation/UnusedAmortizedUpfrontFeeForBillingPeriod': '0.4',
        'reservation/ReservationARN': 'arn:ri',
      },
      { 'lineItem/UnblendedCost': '263', 'lineItem/LineItemType': 'Fee', 'reservation/ReservationARN': 'arn:ri' },
      { 'lineItem/UnblendedCost': '-2', 'lineItem/LineItemType': 'Credit' },
      {
        'lineItem/UnblendedCost': '-3',
        'lineItem/LineItemType': 'Refund',
        'lineItem/UsageStartDate': '2026-10-05T00:00:00Z',
        'lineItem/UsageEndDate': '2026-10-05T01:00:00Z',
      },
      { 'lineItem/UnblendedCost': '0.3', 'lineItem/LineItemType': 'Tax' },
      { 'lineItem/UnblendedCost': '-0.5', 'lineItem/LineItemType': 'EdpDiscount' },
    ]),
    at,
  )
  expect(outcome.rows).toEqual({ read: 11, accepted: 11, quarantined: 0 })
  expect(outcome.sums[0]).toMatchObject({ BilledCost: '289.62', EffectiveCost: '5.85145662' })
  expect(await unequal(at)).toEqual([])
  const rows = await rowsOf(
    at,
    "x_Extra['lineItem/LineItemType'] AS type, ChargeCategory, ChargeClass, ChargeFrequency, PricingCategory, CommitmentDiscountStatus AS status, toString(EffectiveCost) AS effective",
  )
  expect(rows.map((row) => Object.values(row).join(' | '))).toEqual([
    'Usage | Usage |  | Usage-Based | Standard |  | 1.5',
    'SavingsPlanCoveredUsage | Usage |  | Usage-Based | Committed | Used | 7',
    'SavingsPlanNegation | Usage |  | Usage-Based | Committed | Used | 0',
    'SavingsPlanRecurringFee | Purchase |  | Recurring | Standard | Unused | 1',
    'DiscountedUsage | Usage |  | Usage-Based | Committed | Used | 0.05145662',
    'RIFee | Purchase |  | Recurring | Standard | Unused | 1.5',
    'Fee | Purchase |  | One-Time | Standard |  | 0',
    'Credit | Credit |  | One-Time |  |  | -2',
    'Refund | Adjustment | Correction | One-Time |  |  | -3',
    'Tax | Tax |  | One-Time |  |  | 0.3',
    'EdpDiscount | Usage |  | Usage-Based |  |  | -0.5',
  ])
})

test('net columns count where a row has them, and a row without falls back to the unblended cost', async () => {
  const at = fresh()
  const outcome = await bring(
    cur([
      { 'lineItem/UnblendedCost': '10', 'lineItem/NetUnblendedCost': '9' },
      { 'lineItem/UnblendedCost': '5', 'lineItem/NetUnblendedCost': '' },
      {
        'lineItem/LineItemType': 'DiscountedUsage',
        'lineItem/UnblendedCost': '0',
        'lineItem/NetUnblendedCost': '0',
        'reservation/EffectiveCost': '4',
        'reservation/NetEffectiveCost': '3.6',
        'pricing/publicOnDemandCost': '6',
      },
    ]),
    at,
  )
  expect(outcome.sums[0]).toMatchObject({ BilledCost: '14', EffectiveCost: '17.6', ContractedCost: '14' })
  expect(await unequal(at)).toEqual([])
})

test('CUR 2.0 keeps tags, cost categories and product attributes in maps', async () => {
  const at = fresh()
  const text = cur([
    {
      'lineItem/UnblendedCost': '1',
      resource_tags: '{"user_team":"search","aws_created_by":"x"}',
      cost_category: '{"unit":"ads"}',
      product: '{"product_name":"Amazon Elastic Compute Cloud","region":"eu-west-1"}',
      bill_payer_account_name: 'payer',
      line_item_usage_account_name: 'team account',
    },
  ])
  // The same header as Data Exports spell it.
  const [header, ...rest] = text.split('\n')
  const snake = header!.replace(
    /"(\w+)\/(\w+)"/g,
    (_, group: string, name: string) =>
      `"${[group, name].map((part) => part.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()).join('_')}"`,
  )
  const outcome = await bring([snake, ...rest].join('\n'), at)
  expect(outcome.billFormat).toBe('aws-cur')
  expect(await rowsOf(at, 'x_Tags, ServiceName, RegionId, SubAccountName, BillingAccountName')).toEqual([
    {
      x_Tags: { team: 'search', aws_created_by: 'x', 'costCategory/unit': 'ads' },
      ServiceName: 'Amazon Elastic Compute Cloud',
      RegionId: 'eu-west-1',
      SubAccountName: 'team account',
      BillingAccountName: 'payer',
    },
  ])
})

test('a bad cell is named by its own column and row, and the good rows live', async () => {
  const at = fresh()
  const outcome = await bring(
    cur([
      { 'lineItem/UnblendedCost': '1' },
      { 'lineItem/UnblendedCost': '1,5' },
      { 'lineItem/UnblendedCost': '2', 'lineItem/UsageStartDate': 'never' },
      { 'lineItem/UnblendedCost': '', 'lineItem/CurrencyCode': 'dollars' },
      { 'lineItem/UnblendedCost': '4', 'lineItem/UsageAmount': 'many' },
    ]),
    at,
  )
  expect(outcome.rows).toEqual({ read: 5, accepted: 1, quarantined: 4 })
  expect(outcome.problems.map(({ row, column, code }) => [row, column, code])).toEqual([
    [2, 'lineItem/UnblendedCost', 'not_a_number'],
    [3, 'lineItem/UsageStartDate', 'not_a_time'],
    [4, 'lineItem/CurrencyCode', 'not_a_currency'],
    [4, 'lineItem/UnblendedCost', 'value_missing'],
    [5, 'lineItem/UsageAmount', 'not_a_number'],
  ])
  expect(await unequal(at)).toEqual([])
})

const azure = (rows: Record<string, string>[]) =>
  csv(rows, {
    BillingAccountId: '8611537',
    SubscriptionId: 'sub',
    Date: '11/05/2026',
    BillingPeriodStartDate: '11/01/2026',
    BillingPeriodEndDate: '11/30/2026',
    MeterCategory: 'Virtual Machines',
    MeterId: 'm',
    Quantity: '10',
    UnitOfMeasure: '100 Hours',
    ChargeType: 'Usage',
    PricingModel: 'OnDemand',
    BillingCurrencyCode: 'EUR',
    CostInBillingCurrency: '0',
    Tags: '"team": "search","n": "1"',
  })

test('Azure: an amortised file is told by its rows; billed and effective cost are kept apart', async () => {
  const covered = { PricingModel: 'Reservation', benefitId: '/providers/Microsoft.Capacity/reservationOrders/x' }
  const amortised = fresh()
  const one = await bring(
    azure([
      { CostInBillingCurrency: '5' },
      { ...covered, CostInBillingCurrency: '2.5' },
      { ...covered, CostInBillingCurrency: '0.5', ChargeType: 'UnusedReservation' },
      { CostInBillingCurrency: '-1', ChargeType: 'Refund' },
    ]),
    amortised,
  )
  expect([one.billFormat, one.sums[0]?.BilledCost, one.sums[0]?.EffectiveCost]).toEqual(['azure-amortized', '4', '7'])
  expect(await unequal(amortised)).toEqual([])
  const actual = fresh()
  const two = await bring(
    azure([
      { CostInBillingCurrency: '5' },
      { ...covered, CostInBillingCurrency: '0' },
      { ...covered, CostInBillingCurrency: '30', ChargeType: 'Purchase', Frequency: 'Recurring' },
    ]),
    actual,
  )
  expect([two.billFormat, two.sums[0]?.BilledCost, two.sums[0]?.EffectiveCost]).toEqual(['azure-actual', '35', '5'])
  expect(
    await rowsOf(
      actual,
      'ChargeCategory, toString(EffectiveCost) AS effective, CommitmentDiscountStatus AS status, toString(ConsumedQuantity) AS consumed, ConsumedUnit, x_Tags, BillingPeriodEnd',
    ),
  ).toEqual([
    {
      ChargeCategory: 'Usage',
      effective: '5',
      status: '',
      consumed: '1000',
      ConsumedUnit: 'Hours',
      x_Tags: { team: 'search', n: '1' },
      BillingPeriodEnd: '2026-12-01T00:00:00Z',
    },
    {
      ChargeCategory: 'Usage',
      effective: null,
      status: 'Used',
      consumed: '1000',
      ConsumedUnit: 'Hours',
      x_Tags: { team: 'search', n: '1' },
      BillingPeriodEnd: '2026-12-01T00:00:00Z',
    },
    {
      ChargeCategory: 'Purchase',
      effective: '0',
      status: '',
      consumed: null,
      ConsumedUnit: '',
      x_Tags: { team: 'search', n: '1' },
      BillingPeriodEnd: '2026-12-01T00:00:00Z',
    },
  ])
})

test('Google Cloud: credits come off the cost of their row, labels become tags, records of Parquet are taken apart', async () => {
  const row = (cost: string, credits: string) => ({
    billing_account_id: '01-02-03',
    'service.description': 'Compute Engine',
    'service.id': '6F81',
    'sku.id': 'S1',
    'sku.description': 'N1 core',
    usage_start_time: '2026-11-05 00:00:00 UTC',
    usage_end_time: '2026-11-05 01:00:00 UTC',
    'project.id': 'p-1',
    labels: '[{"key":"team","value":"search"}]',
    'project.labels': '[]',
    cost,
    currency: 'USD',
    credits,
    'invoice.month': '202611',
    cost_type: 'regular',
    'usage.amount': '3600',
    'usage.unit': 'seconds',
    cost_at_list: '1.2',
  })
  const rows = [
    row('1.1', '[{"name":"Sustained use","amount":-0.25},{"name":"Free","amount":-1e-7}]'),
    row('-0.3', '[]'),
  ]
  const text = csv(rows, {})
  const at = fresh()
  const outcome = await bring(text, at)
  expect([outcome.billFormat, outcome.sums[0]?.BilledCost, outcome.sums[0]?.ListCost]).toEqual([
    'gcp-billing',
    '0.5499999',
    '2.4',
  ])
  expect(await unequal(at)).toEqual([])
  expect((await rowsOf(at, 'x_Tags, SubAccountId, ServiceCategory, BillingPeriodStart'))[0]).toEqual({
    x_Tags: { team: 'search' },
    SubAccountId: 'p-1',
    ServiceCategory: 'Compute',
    BillingPeriodStart: '2026-11-01T00:00:00Z',
  })
  // As BigQuery writes newline-delimited JSON: records nested, numbers as numbers.
  const line = (cost: string, credits: string) =>
    `{"billing_account_id":"01-02-03","service":{"id":"6F81","description":"Compute Engine"},"sku":{"id":"S1","description":"N1 core"},"usage_start_time":"2026-11-05 00:00:00 UTC","usage_end_time":"2026-11-05 01:00:00 UTC","project":{"id":"p-1"},"labels":[{"key":"team","value":"search"}],"cost":${cost},"currency":"USD","credits":${credits},"invoice":{"month":"202611"},"cost_type":"regular"}`
  const lines = fresh()
  const json = await bring(
    gzipSync(`${line('1.1000000000000000001', '[{"name":"a","amount":-0.25}]')}\n${line('2E-7', '[]')}\n`),
    lines,
  )
  expect([json.format, json.billFormat, json.sums[0]?.BilledCost]).toEqual([
    'json+gzip',
    'gcp-billing',
    '0.8500002000000000001',
  ])
  expect((await rowsOf(lines, 'x_Tags, ServiceName'))[0]).toEqual({
    x_Tags: { team: 'search' },
    ServiceName: 'Compute Engine',
  })
  await expect(bring(`${line('1', '[]')}\nnot json\n`, fresh())).rejects.toMatchObject({ code: 'json_line' })
  const parquet = join(folder, 'gcp.parquet')
  await clickhouse.command({
    name: 'test',
    sql: `INSERT INTO FUNCTION file('${parquet}', 'Parquet') SELECT '01-02-03' AS billing_account_id,
      CAST(('6F81', 'Compute Engine'), 'Tuple(id String, description String)') AS service, CAST(('S1', 'N1 core'), 'Tuple(id String, description String)') AS sku,
      toDateTime64('2026-11-05 00:00:00', 6, 'UTC') AS usage_start_time, toDateTime64('2026-11-05 01:00:00', 6, 'UTC') AS usage_end_time,
      CAST(('p-1', '17'), 'Tuple(id String, number String)') AS project, CAST([('team', 'search')], 'Array(Tuple(key String, value String))') AS labels,
      toFloat64(1.1) AS cost, 'USD' AS currency, CAST([('Sustained use', -0.25), ('Free', -1e-7)], 'Array(Tuple(name String, amount Float64))') AS credits,
      CAST(tuple('202611'), 'Tuple(month String)') AS invoice, 'regular' AS cost_type, CAST((3600, 'seconds'), 'Tuple(amount Float64, unit String)') AS usage`,
  })
  const records = fresh()
  const again = await bring(readFileSync(parquet), records)
  expect([again.billFormat, again.sums[0]?.BilledCost]).toEqual(['gcp-billing', '0.8499999'])
  expect(await rowsOf(records, 'x_Tags, ServiceName, SkuId, SubAccountId, toString(ConsumedQuantity) AS used')).toEqual(
    [{ x_Tags: { team: 'search' }, ServiceName: 'Compute Engine', SkuId: 'S1', SubAccountId: 'p-1', used: '3600' }],
  )
})
