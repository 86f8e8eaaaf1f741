import type { z } from 'zod'
import type { Scope } from '../../primitives/scope'
import { answerQuestion } from './answer-question'
import { callAttributes } from './call-attributes'
import { chargeColumns } from './charge-columns'
import { compileQuestion, nothingKnown } from './compile-question'
import type { ExportRequest as ExportRequestSchema, QueryAnswer } from './contract'
import type { Explorer } from './explorer'
import { ledgerFacts } from './ledger-facts'
import { rowSetOf } from './question'
import { chargesSource, coveredSql, usageSources } from './row-sources'

type ParsedExport = z.output<typeof ExportRequestSchema>
type Export = { fileName: string; truncated: boolean; rows: AsyncIterable<Buffer | string> }

/**
 * A question's answer as a CSV table, or (`focus-csv`) the FOCUS rows whose money counts in it.
 * @throws Failure as for questions, before the first byte.
 */
export async function exportAnswer(explorer: Explorer, scope: Scope, request: ParsedExport): Promise<Export> {
  const { format, ...query } = request
  const fileName = `infrazen-${query.period.from.slice(0, 10)}-${query.period.to.slice(0, 10)}`
  if (format === 'focus-csv')
    return { fileName: `${fileName}.focus.csv`, truncated: false, rows: await focusCsv(explorer, scope, query) }
  const answer = await answerQuestion(explorer, scope, query)
  return { fileName: `${fileName}.csv`, truncated: answer.truncated, rows: answerCsv(answer) }
}

/** RFC 4180, CRLF. Amounts are written as they are; texts that a spreadsheet would run as a formula get a quote in front. */
async function* answerCsv(answer: QueryAnswer): AsyncIterable<string> {
  const isNumber = answer.columns.map((column) => column.kind === 'metric')
  const sole = answer.columns.find((column) => column.kind === 'metric' && column.currency !== null)?.currency
  const extra = sole ? [sole] : []
  // A sum without its currency is not an amount: a table of one currency says which.
  let piece = `${[...answer.columns.map((column) => textCell(column.id)), ...extra.map(() => 'currency')].join(',')}\r\n`
  for (const row of answer.rows) {
    piece += `${[...row.map((cell, i) => (cell === null ? '' : isNumber[i] ? cell : textCell(cell))), ...extra].join(',')}\r\n`
    if (piece.length > 64 * 1024) {
      yield piece
      piece = ''
    }
  }
  yield piece
}

/** A text as a CSV cell that no spreadsheet takes for a formula. */
export function textCell(text: string): string {
  const safe = /^(\s*[=+\-@＝＋－＠]|[\t\r\n])/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/**
 * FOCUS 1.4 CostAndUsage rows: charges as they stand in the ledger, then estimates that no bill covers, one row a quarter
 * hour, set of attributes and leaf unit. Cells are exact, for machines: nothing is put in front of a text.
 */
async function focusCsv(
  explorer: Explorer,
  scope: Scope,
  query: Omit<ParsedExport, 'format'>,
): Promise<AsyncIterable<Buffer>> {
  const rowSet = rowSetOf(scope.organizationId, query, query.timeZone ?? (await explorer.timeZoneOf(scope)))
  compileQuestion(rowSetOf(scope.organizationId, query, rowSet.timeZone), query, nothingKnown)
  const set = { ...rowSet, facts: await ledgerFacts(explorer, scope, rowSet) }
  const covered = coveredSql(set)
  const charges = chargesSource(set)
  const columns = [...chargeColumns.map((column) => column.name), 'x_CostStatus']
  const branches = [
    `SELECT ${[...chargeColumns.map((column) => `${column.amount ? `CAST(${column.sql} AS Nullable(Decimal(76, 30)))` : `CAST(${column.sql} AS Nullable(String))`} AS \`${column.name}\``), 'CAST(NULL AS Nullable(String)) AS x_CostStatus'].join(', ')} FROM (SELECT * FROM ${charges.sql} WHERE ${charges.where.join(' AND ')})`,
  ]
  for (const source of usageSources(set, 'leaf', null)) {
    const where = [
      ...source.where,
      ...(set.currency === null ? [] : [`Currency = ${set.params.bind('String', set.currency)}`]),
      ...(covered === null ? [] : [`NOT ${covered}`]),
    ]
    const cell = (column: (typeof chargeColumns)[number]) => {
      const sql = estimateCells[column.name]
      return `CAST(${sql ?? 'NULL'} AS Nullable(${column.amount ? 'Decimal(76, 30)' : 'String'})) AS \`${column.name}\``
    }
    branches.push(`SELECT ${[...chargeColumns.map(cell), 'CAST(Status AS Nullable(String)) AS x_CostStatus'].join(', ')} FROM (
      SELECT Bucket, ${estimateAttributes.join(', ')}, Unit, if(isNull(Cost), 'unpriced', 'priced') AS Status, sum(Cost) AS SumCost, sum(Quantity) AS SumQuantity FROM ${source.sql}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`}
      GROUP BY Bucket, ${estimateAttributes.join(', ')}, Unit, Status)`)
  }
  return explorer.clickhouse.stream({
    name: 'explore.exportFocus',
    sql: `SELECT ${columns.map((name) => `\`${name}\``).join(', ')} FROM (${branches.join('\nUNION ALL\n')}) ORDER BY ChargePeriodStart, x_Basis, x_BatchId, toUInt64OrZero(x_RowNumber), ServiceProviderName, SkuMeter, Tags, BilledCost
      SETTINGS format_csv_null_representation = '', max_execution_time = 300`,
    params: set.params.values,
    format: 'CSVWithNames',
    lane: 'background',
  })
}

const estimateAttributes = [...callAttributes, 'Currency']
const iso = (sql: string) => `formatDateTime(${sql}, '%FT%TZ', 'UTC')`
const ownTags = ['Team', 'Project', 'Feature', 'Experiment', 'Run', 'Customer', 'Environment'].map(
  (column) => `'${column.toLowerCase()}', toString(${column})`,
)
const consumedUnit =
  "multiIf(Unit = '', '', startsWith(Unit, 'second.'), 'Seconds', startsWith(Unit, 'hour.'), 'Hours', startsWith(Unit, 'char.'), 'Characters', startsWith(Unit, 'input.') OR startsWith(Unit, 'output.') OR startsWith(Unit, 'embedding.'), 'Tokens', 'Count')"

/** What a FOCUS column of an estimate holds; a column without an entry is null. The three unpriced costs are null, not zero. */
const estimateCells: Record<string, string> = {
  BilledCost: 'SumCost',
  EffectiveCost: 'SumCost',
  ListCost: 'SumCost',
  ContractedCost: 'SumCost',
  BillingAccountId: "nullIf(toString(AccountId), '')",
  BillingCurrency: "nullIf(toString(Currency), '')",
  BillingPeriodStart: iso("toDateTime(toStartOfMonth(Bucket, 'UTC'), 'UTC')"),
  BillingPeriodEnd: iso("toDateTime(toStartOfMonth(Bucket, 'UTC') + INTERVAL 1 MONTH, 'UTC')"),
  ChargePeriodStart: iso('Bucket'),
  ChargePeriodEnd: iso('Bucket + INTERVAL 15 MINUTE'),
  ChargeCategory: "'Usage'",
  ChargeFrequency: "'Usage-Based'",
  ChargeDescription: "concat(toString(Model), ' ', Unit)",
  ServiceCategory: "'AI and Machine Learning'",
  ServiceName: "nullIf(toString(ServiceName), '')",
  ServiceProviderName: "nullIf(toString(ServiceProviderName), '')",
  RegionId: "nullIf(toString(Region), '')",
  SkuMeter: "nullIf(Unit, '')",
  SkuPriceDetails: "if(Model = '', NULL, toJSONString(map('x_ModelId', toString(Model))))",
  ConsumedQuantity: "if(Unit = '', NULL, SumQuantity)",
  ConsumedUnit: `nullIf(${consumedUnit}, '')`,
  Tags: `toJSONString(mapFilter((k, v) -> v != '', map(${ownTags.join(', ')})))`,
  x_Basis: "'estimated'",
}
