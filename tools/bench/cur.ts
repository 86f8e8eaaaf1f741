/**
 * A month of an AWS Cost and Usage Report brought into the ledger by the product, or the same rows read and written by
 * the engine alone; or the making of the report. One process each, so that peak memory is that of one of them.
 * Arguments: `make|product|engine|copy` `csv|parquet` path [rows]. Prints one line of JSON.
 */
import { costAndUsageReport } from '@infrazen/connector-aws'
import { runImport } from '../../server/src/modules/ingestion/imports/run-import'
import { newId } from '../../server/src/primitives/ids'
import type { ClickHouse } from '../../server/src/storage/clickhouse'
import { literal } from '../../server/src/storage/clickhouse/clickhouse'
import { countOf, makeFile, printFigures, startTimer } from './measure-import'

const [action, format, path, rowsText] = process.argv.slice(2) as [string, 'csv' | 'parquet', string, string?]
const engineFormat = format === 'csv' ? 'CSVWithNames' : 'Parquet'

const kind =
  "multiIf(number % 5000 = 0, 'RIFee', number % 5000 = 1, 'SavingsPlanRecurringFee', number % 700 = 0, 'Tax', number % 900 = 0, 'Credit', h % 20 = 0, 'SavingsPlanCoveredUsage', h % 20 = 1, 'SavingsPlanNegation', h % 20 = 2, 'DiscountedUsage', 'Usage')"
const covered = "kind IN ('SavingsPlanCoveredUsage', 'SavingsPlanNegation')"
/** Column of the legacy report → SQL of its value; numbers are `n`, moments `t`, the rest is text. */
const columns: [name: string, sql: string, type?: 'n' | 't'][] = [
  ['identity/LineItemId', 'lower(hex(sipHash128(number)))'],
  [
    'identity/TimeInterval',
    "concat(formatDateTime(start, '%Y-%m-%dT%H:%i:%SZ'), '/', formatDateTime(start + 3600, '%Y-%m-%dT%H:%i:%SZ'))",
  ],
  ['bill/InvoiceId', "''"],
  ['bill/InvoicingEntity', "'Amazon Web Services, Inc.'"],
  ['bill/BillingEntity', "'AWS'"],
  ['bill/BillType', "'Anniversary'"],
  ['bill/PayerAccountId', "'100000000000'"],
  ['bill/BillingPeriodStartDate', "toDateTime('2026-11-01 00:00:00', 'UTC')", 't'],
  ['bill/BillingPeriodEndDate', "toDateTime('2026-12-01 00:00:00', 'UTC')", 't'],
  ['lineItem/UsageAccountId', 'toString(200000000000 + h % 40)'],
  ['lineItem/LineItemType', 'kind'],
  ['lineItem/UsageStartDate', 'start', 't'],
  ['lineItem/UsageEndDate', 'start + 3600', 't'],
  [
    'lineItem/ProductCode',
    "['AmazonEC2', 'AmazonS3', 'AWSLambda', 'AmazonRDS', 'AmazonCloudFront', 'AmazonDynamoDB'][1 + h % 6]",
  ],
  ['lineItem/UsageType', "concat('EUW1-BoxUsage:', toString(h % 60))"],
  ['lineItem/Operation', "concat('RunInstances:', toString(h % 9))"],
  ['lineItem/AvailabilityZone', "concat('eu-west-1', substring('abc', 1 + number % 3, 1))"],
  [
    'lineItem/ResourceId',
    "concat('arn:aws:ec2:eu-west-1:', toString(h % 40), ':instance/i-', lower(hex(toUInt64(h % 200000))))",
  ],
  ['lineItem/UsageAmount', 'quantity', 'n'],
  ['lineItem/NormalizationFactor', "if(h % 6 = 0, '4.0', '')"],
  ['lineItem/NormalizedUsageAmount', "if(h % 6 = 0, toString(quantity * 4), '')"],
  ['lineItem/CurrencyCode', "'USD'"],
  ['lineItem/UnblendedRate', 'toString(price)'],
  [
    'lineItem/UnblendedCost',
    "multiIf(kind = 'DiscountedUsage', 0, kind IN ('SavingsPlanNegation', 'Credit'), -cost, cost)",
    'n',
  ],
  ['lineItem/BlendedRate', 'toString(price)'],
  ['lineItem/BlendedCost', 'cost', 'n'],
  [
    'lineItem/LineItemDescription',
    "concat('$', toString(price), ' per unit in EU (Ireland), tier ', toString(h % 40))",
  ],
  ['lineItem/TaxType', "''"],
  ['lineItem/LegalEntity', "'Amazon Web Services, Inc.'"],
  [
    'product/ProductName',
    "['Amazon Elastic Compute Cloud', 'Amazon Simple Storage Service', 'AWS Lambda', 'Amazon Relational Database Service', 'Amazon CloudFront', 'Amazon DynamoDB'][1 + h % 6]",
  ],
  ['product/instanceType', "if(h % 6 = 0, ['c5.large', 'm5.xlarge', 'r6g.2xlarge'][1 + h % 3], '')"],
  ['product/instanceFamily', "if(h % 6 = 0, 'Compute optimized', '')"],
  ['product/operatingSystem', "if(h % 6 = 0, 'Linux', '')"],
  ['product/vcpu', "if(h % 6 = 0, '4', '')"],
  ['product/memory', "if(h % 6 = 0, '8 GiB', '')"],
  ['product/productFamily', "if(h % 6 = 0, 'Compute Instance', 'API Request')"],
  ['product/region', "'eu-west-1'"],
  ['product/regionCode', "'eu-west-1'"],
  ['product/location', "'EU (Ireland)'"],
  ['product/locationType', "'AWS Region'"],
  ['product/servicecode', "'AmazonEC2'"],
  ['product/sku', "concat('SKU', toString(h % 900))"],
  ['product/tenancy', "if(h % 6 = 0, 'Shared', '')"],
  ['product/usagetype', "concat('EUW1-BoxUsage:', toString(h % 60))"],
  ...[
    'availability',
    'clockSpeed',
    'currentGeneration',
    'databaseEngine',
    'durability',
    'ecu',
    'engineCode',
    'eventType',
    'fromLocation',
    'group',
    'groupDescription',
    'licenseModel',
    'maxIopsvolume',
    'messageDeliveryOrder',
    'networkPerformance',
    'operation',
    'physicalProcessor',
    'preInstalledSw',
    'processorFeatures',
    'queueType',
    'storage',
    'storageClass',
    'storageMedia',
    'toLocation',
    'transferType',
    'version',
    'volumeType',
  ].map((name): [string, string] => [`product/${name}`, "''"]),
  ['pricing/RateCode', "concat('SKU', toString(h % 900), '.JRTCKXETXF.', toString(h % 7))"],
  ['pricing/RateId', 'toString(h % 6300)'],
  ['pricing/currency', "'USD'"],
  ['pricing/publicOnDemandCost', 'cost', 'n'],
  ['pricing/publicOnDemandRate', 'toString(price)'],
  ['pricing/term', "'OnDemand'"],
  ['pricing/unit', "['Hrs', 'GB-Mo', 'Requests'][1 + h % 3]"],
  ['reservation/AmortizedUpfrontCostForUsage', "if(kind = 'DiscountedUsage', toString(cost / 4), '')"],
  ['reservation/EffectiveCost', "if(kind = 'DiscountedUsage', toString(cost / 2), '')"],
  ['reservation/EndTime', "''"],
  ['reservation/RecurringFeeForUsage', "if(kind = 'DiscountedUsage', toString(cost / 4), '')"],
  [
    'reservation/ReservationARN',
    "if(kind IN ('DiscountedUsage', 'RIFee'), concat('arn:aws:ec2:eu-west-1:100000000000:reserved-instances/', toString(h % 12)), '')",
  ],
  ['reservation/StartTime', "''"],
  ['reservation/UnusedAmortizedUpfrontFeeForBillingPeriod', "if(kind = 'RIFee', toString(cost / 8), '')"],
  ['reservation/UnusedQuantity', "if(kind = 'RIFee', '1.5', '')"],
  ['reservation/UnusedRecurringFee', "if(kind = 'RIFee', toString(cost / 8), '')"],
  ['reservation/UpfrontValue', "''"],
  ['savingsPlan/TotalCommitmentToDate', "if(kind = 'SavingsPlanRecurringFee', toString(cost), '')"],
  [
    'savingsPlan/SavingsPlanARN',
    `if(${covered} OR kind = 'SavingsPlanRecurringFee', concat('arn:aws:savingsplans::100000000000:savingsplan/', toString(h % 12)), '')`,
  ],
  ['savingsPlan/SavingsPlanRate', `if(${covered}, toString(price / 2), '')`],
  ['savingsPlan/UsedCommitment', "if(kind = 'SavingsPlanRecurringFee', toString(cost / 2), '')"],
  ['savingsPlan/SavingsPlanEffectiveCost', `if(${covered}, toString(cost / 2), '')`],
  ['savingsPlan/OfferingType', `if(${covered}, 'ComputeSavingsPlans', '')`],
  ['resourceTags/aws:createdBy', "if(h % 5 = 0, concat('Root:', toString(h % 9)), '')"],
  ['resourceTags/user:Team', "if(h % 4 != 0, concat('team-', toString(h % 20)), '')"],
  ['resourceTags/user:Environment', "if(h % 4 != 0, if(h % 3 = 0, 'dev', 'prod'), '')"],
  ['resourceTags/user:Application', "if(h % 3 != 0, concat('app-', toString(h % 150)), '')"],
]

/** As Athena and Parquet deliveries spell the columns. */
const snake = (name: string) =>
  name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/[/:]/g, '_')
    .toLowerCase()

function makeSql(rows: number) {
  const cell = ([name, sql, type]: (typeof columns)[number]) => {
    const alias = `\`${format === 'csv' ? name : snake(name)}\``
    if (type === 't')
      return format === 'csv'
        ? `formatDateTime(${sql}, '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS ${alias}`
        : `toDateTime64(${sql}, 3, 'UTC') AS ${alias}`
    if (type === 'n') return format === 'csv' ? `toString(${sql}) AS ${alias}` : `toFloat64(${sql}) AS ${alias}`
    return `${sql} AS ${alias}`
  }
  return `INSERT INTO FUNCTION file(${literal(path)}, '${engineFormat}') SELECT ${columns.map(cell).join(', ')} FROM (
    SELECT number, sipHash64(number) AS h, ${kind} AS kind, toDateTime('2026-11-01 00:00:00', 'UTC') + toIntervalHour(intDiv(number * 720, ${rows})) AS start,
      CAST(1 + h % 9973 AS Decimal(38, 10)) / 100 AS quantity, CAST(1 + h % 89 AS Decimal(38, 10)) / 10000 AS price,
      CAST(quantity * price AS Decimal(38, 10)) AS cost FROM numbers(${rows}))`
}

/** The engine reads the file and writes its columns as they are, without a word about what they mean. */
async function engineImport(clickhouse: ClickHouse) {
  const name = (column: string) => `\`${snake(column)}\``
  const types = columns.map(([column, , type]) => {
    const kind =
      type === 'n'
        ? 'Decimal(76, 30)'
        : type === 't'
          ? "DateTime('UTC')"
          : /Id$|ARN$/.test(column)
            ? 'String'
            : 'LowCardinality(String)'
    return `${name(column)} ${kind}`
  })
  await clickhouse.command({
    name: 'bench.table',
    sql: `CREATE TABLE report (${types.join(', ')}) ENGINE = MergeTree ORDER BY (line_item_usage_start_date, line_item_product_code) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
  })
  const structure = format === 'csv' ? `, ${literal(types.join(', '))}` : ''
  const timer = startTimer()
  await clickhouse.command({
    name: 'bench.engine',
    sql: `INSERT INTO report SELECT ${columns.map(([column]) => name(column)).join(', ')} FROM file(${literal(path)}, '${format === 'csv' ? 'CSVWithNames' : 'Parquet'}'${structure})`,
    settings: { date_time_input_format: 'best_effort', input_format_with_names_use_header: 0 },
  })
  return { ...timer(), rows: await countOf(clickhouse, 'report') }
}

async function productImport(clickhouse: ClickHouse, thenCopy: boolean) {
  const scope = { organizationId: newId(), actor: 'bench' }
  const timer = startTimer()
  const outcome = await runImport(
    {
      id: newId(),
      path,
      fileName: `bench.${format}`,
      contentHash: '0'.repeat(64),
      connectionId: newId(),
      delivery: 'auto',
      format: 'auto',
    },
    {
      clickhouse,
      scope,
      detectVersion: () => null,
      known: { formats: [costAndUsageReport], mappings: [] },
      onProgress: () => {},
    },
  )
  const time = timer()
  const rows = await countOf(clickhouse, 'charges_v1')
  if (outcome.rows.accepted !== rows) throw new Error(`${outcome.rows.accepted} rows accepted, ${rows} in the ledger`)
  if (!thenCopy) return { ...time, rows }
  await clickhouse.command({ name: 'bench.copy', sql: 'CREATE TABLE copied AS charges_v1' })
  const copying = startTimer()
  await clickhouse.command({
    name: 'bench.copy',
    sql: 'INSERT INTO copied SELECT * FROM charges_v1',
    settings: { max_memory_usage: 6_000_000_000 },
  })
  return { ...copying(), rows: await countOf(clickhouse, 'copied') }
}

await printFigures((clickhouse) =>
  action === 'make'
    ? makeFile(clickhouse, path, makeSql(Number(rowsText)))
    : action === 'engine'
      ? engineImport(clickhouse)
      : productImport(clickhouse, action === 'copy'),
)
