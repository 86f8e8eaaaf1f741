/**
 * One import of a FOCUS file by the product, or the same file read and written by the engine alone; or the making of the
 * file. One process each, so that peak memory is that of one of them.
 * Arguments: `make|product|engine` `csv|parquet` path [rows]. Prints one line of JSON.
 */
import { detectVersion } from '@infrazen/focus'
import { runImport } from '../../server/src/modules/ingestion/imports/run-import'
import { newId } from '../../server/src/primitives/ids'
import type { ClickHouse } from '../../server/src/storage/clickhouse'
import { literal } from '../../server/src/storage/clickhouse/clickhouse'
import { countOf, makeFile, printFigures, startTimer } from './measure-import'

const [action, format, path, rowsText] = process.argv.slice(2) as [string, 'csv' | 'parquet', string, string?]
const engineFormat = format === 'csv' ? 'CSVWithNames' : 'Parquet'

/** The 43 columns of FOCUS 1.0 and one of the provider's own, shaped like a cloud's bill of four months. */
const focusColumns: [name: string, sql: string, typeInParquet: 'text' | 'decimal' | 'time'][] = [
  ['AvailabilityZone', "concat('eu-west-1', substring('abc', 1 + number % 3, 1))", 'text'],
  ['BilledCost', 'cost', 'decimal'],
  ['BillingAccountId', 'toString(100000000000 + intDiv(number, 7) % 3)', 'text'],
  ['BillingAccountName', "concat('payer ', toString(intDiv(number, 7) % 3))", 'text'],
  ['BillingCurrency', "'USD'", 'text'],
  ['BillingPeriodEnd', 'addMonths(month, 1)', 'time'],
  ['BillingPeriodStart', 'month', 'time'],
  ['ChargeCategory', "if(number % 50 = 0, 'Tax', 'Usage')", 'text'],
  ['ChargeClass', "''", 'text'],
  [
    'ChargeDescription',
    "concat('$', toString(1 + h % 97), ' per ', unit, ' of ', service, ' in EU (Ireland), tier ', toString(h % 40))",
    'text',
  ],
  ['ChargeFrequency', "'Usage-Based'", 'text'],
  ['ChargePeriodEnd', 'start + 3600', 'time'],
  ['ChargePeriodStart', 'start', 'time'],
  ['CommitmentDiscountCategory', "if(h % 9 = 0, 'Spend', '')", 'text'],
  ['CommitmentDiscountId', "if(h % 9 = 0, concat('arn:aws:savingsplans::', toString(h % 12)), '')", 'text'],
  ['CommitmentDiscountName', "''", 'text'],
  ['CommitmentDiscountStatus', "if(h % 9 = 0, 'Used', '')", 'text'],
  ['CommitmentDiscountType', "if(h % 9 = 0, 'ComputeSavingsPlans', '')", 'text'],
  ['ConsumedQuantity', 'quantity', 'decimal'],
  ['ConsumedUnit', 'unit', 'text'],
  ['ContractedCost', 'cost', 'decimal'],
  ['ContractedUnitPrice', 'price', 'decimal'],
  ['EffectiveCost', 'cost', 'decimal'],
  ['InvoiceIssuerName', "'AWS'", 'text'],
  ['ListCost', 'cost', 'decimal'],
  ['ListUnitPrice', 'price', 'decimal'],
  ['PricingCategory', "'Standard'", 'text'],
  ['PricingQuantity', 'quantity', 'decimal'],
  ['PricingUnit', 'unit', 'text'],
  ['ProviderName', "'AWS'", 'text'],
  ['PublisherName', "'AWS'", 'text'],
  ['RegionId', "'eu-west-1'", 'text'],
  ['RegionName', "'EU (Ireland)'", 'text'],
  [
    'ResourceId',
    "concat('arn:aws:ec2:eu-west-1:', toString(h % 40), ':instance/i-', lower(hex(toUInt64(h % 200000))))",
    'text',
  ],
  ['ResourceName', "''", 'text'],
  ['ResourceType', "'instance'", 'text'],
  ['ServiceCategory', "'Compute'", 'text'],
  ['ServiceName', 'service', 'text'],
  ['SkuId', "concat('SKU', toString(h % 900))", 'text'],
  ['SkuPriceId', "concat('SKU', toString(h % 900), '.JRTCKXETXF.', toString(h % 7))", 'text'],
  ['SubAccountId', 'toString(200000000000 + h % 40)', 'text'],
  ['SubAccountName', "concat('team ', toString(h % 40))", 'text'],
  [
    'Tags',
    `concat('{"team":"team-', toString(h % 20), '","env":"', if(h % 3 = 0, 'dev', 'prod'), '","app":"app-', toString(h % 150), '"}')`,
    'text',
  ],
  ['x_UsageType', "concat('EUW1-BoxUsage:', toString(h % 60))", 'text'],
]

function makeSql(rows: number) {
  const cell = ([name, sql, type]: (typeof focusColumns)[number]) =>
    type === 'time'
      ? format === 'csv'
        ? `formatDateTime(${sql}, '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS ${name}`
        : `toDateTime64(${sql}, 3, 'UTC') AS ${name}`
      : type === 'decimal' && format === 'csv'
        ? `toString(${sql}) AS ${name}`
        : `${sql} AS ${name}`
  return `INSERT INTO FUNCTION file(${literal(path)}, '${engineFormat}') SELECT ${focusColumns.map(cell).join(', ')} FROM (
    SELECT number, sipHash64(number) AS h, addMonths(toDateTime('2026-01-01 00:00:00', 'UTC'), intDiv(number * 4, ${rows})) AS month,
      month + toIntervalHour(number % 672) AS start, ['Amazon EC2', 'Amazon S3', 'AWS Lambda', 'Amazon RDS', 'Amazon CloudFront', 'Amazon DynamoDB'][1 + h % 6] AS service,
      ['Hrs', 'GB-Mo', 'Requests'][1 + h % 3] AS unit, CAST(1 + h % 9973 AS Decimal(38, 10)) / 100 AS quantity, CAST(1 + h % 89 AS Decimal(38, 10)) / 10000 AS price,
      CAST(quantity * price AS Decimal(38, 10)) AS cost FROM numbers(${rows}))`
}

/** The engine's own reading and writing: the types of the ledger's columns, none of its checks. */
async function engineImport(clickhouse: ClickHouse) {
  await clickhouse.command({ name: 'bench.table', sql: 'CREATE TABLE equal_charges AS charges_v1' })
  const types = new Map(
    (
      await clickhouse.query<{ name: string; type: string }>({
        name: 'bench.types',
        sql: "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = 'charges_v1'",
      })
    ).map((column) => [column.name, column.type]),
  )
  await clickhouse.command({
    name: 'bench.columns',
    sql: `ALTER TABLE equal_charges ${focusColumns
      .filter(([name]) => !types.has(name))
      .map(([name]) => `ADD COLUMN ${name} LowCardinality(String)`)
      .join(', ')}`,
  })
  const structure = focusColumns.map(([name]) => `${name} ${types.get(name) ?? 'LowCardinality(String)'}`).join(', ')
  const names = focusColumns.map(([name]) => name).join(', ')
  const timer = startTimer()
  await clickhouse.command({
    name: 'bench.engine',
    sql: `INSERT INTO equal_charges (${names}) SELECT ${names} FROM file(${literal(path)}, '${engineFormat}', ${literal(structure)})`,
    settings: { date_time_input_format: 'best_effort' },
  })
  return { ...timer(), rows: await countOf(clickhouse, 'equal_charges') }
}

async function productImport(clickhouse: ClickHouse) {
  const scope = { organizationId: newId(), actor: 'bench' }
  const id = newId()
  const timer = startTimer()
  const outcome = await runImport(
    { id, path, fileName: `bench.${format}`, contentHash: '0'.repeat(64), connectionId: newId(), delivery: 'auto' },
    { clickhouse, scope, detectVersion: (names) => detectVersion(names), onProgress: () => {} },
  )
  const time = timer()
  const rows = await countOf(clickhouse, 'charges_v1')
  if (outcome.rows.accepted !== rows) throw new Error(`${outcome.rows.accepted} rows accepted, ${rows} in the ledger`)
  return { ...time, rows }
}

await printFigures((clickhouse) =>
  action === 'make'
    ? makeFile(clickhouse, path, makeSql(Number(rowsText)))
    : action === 'engine'
      ? engineImport(clickhouse)
      : productImport(clickhouse),
)
