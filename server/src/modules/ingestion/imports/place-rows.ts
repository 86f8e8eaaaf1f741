import { literal } from '../../../storage/clickhouse'
import { type ImportOrder, type ImportTools, noBatch } from './import-order'
import { type ColumnPlan, costColumns } from './understand-columns'

/** The first field of a record that could not be cut; such a record keeps its place and its number, and is no row. */
const placeholder = "c0 != '\\x01'"

/** SQL of the rows of a chunk: `row`, `c0…cN`. */
export function numberedRows(source: string, firstRow: number, select: string | undefined): string {
  // Two levels: the number is taken where the rows come out of the file, in file order.
  const numbered = `(SELECT ${firstRow} + rowNumberInAllBlocks() AS row, * FROM ${source})`
  return select === undefined ? numbered : `(SELECT row, ${select} FROM ${numbered})`
}

/** The rows with what the plan's expressions refer to beside them. */
export const defined = (plan: ColumnPlan, source: string): string =>
  plan.definitions === undefined || plan.definitions.length === 0
    ? source
    : `(SELECT *, ${plan.definitions.join(', ')} FROM ${source})`

function batchIdSql(order: ImportOrder, plan: ColumnPlan): string {
  return `reinterpretAsUUID(sipHash128('${order.id}', ${plan.scopeSql.provider}, ${plan.scopeSql.account}, toString(${plan.scopeSql.periodStart})))`
}

/** The batch a row belongs to, or none. One expression for the quarantine and for the sums of the source: they must agree. */
export function placedSql(order: ImportOrder, plan: ColumnPlan): string {
  return `if(${plan.unplaced}, toUUID('${noBatch}'), ${batchIdSql(order, plan)})`
}

/** Written with a replay: which row of the first import a row corrects. They are no columns of the bill. */
export const replayColumns = { row: 'x_InfraZenRow', problems: 'x_InfraZenProblems' }

function extraSql(plan: ColumnPlan): string {
  if (plan.extra.length === 0) return "CAST(map(), 'Map(LowCardinality(String), String)')"
  const pairs = plan.extra
    .map(({ index, name }) => {
      const cell = plan.cellText(index)
      return `${literal(name)}, if(${cell} IN ('', 'NULL', 'null', 'Null', '\\\\N'), '', ${cell})`
    })
    .join(', ')
  return `CAST(mapFilter((k, v) -> v != '', map(${pairs})), 'Map(LowCardinality(String), String)')`
}

/** Rows that no rule refuses become charges. Nothing is visible before their batch is committed. */
export function insertGood(order: ImportOrder, { scope }: ImportTools, plan: ColumnPlan, source: string): string {
  const columns = [...plan.values.keys()]
  const json = plan.values.get('Tags')
  const tags =
    plan.tagsSql ??
    (json ? `CAST(JSONExtract(${json}, 'Map(String, String)'), 'Map(LowCardinality(String), String)')` : 'map()')
  return `INSERT INTO charges_v1 (x_OrganizationId, x_BatchId, x_ImportId, x_ConnectionId, x_RowNumber, x_Basis, x_SourceChanges, x_Tags, x_Extra, ${columns.join(', ')})
    SELECT toUUID('${scope.organizationId}'), ${batchIdSql(order, plan)}, toUUID('${order.id}'), toUUID('${order.connectionId}'), row, 'billed', ${plan.changesSql ?? `[${plan.changes.map(literal).join(', ')}]`},
      ${tags}, ${extraSql(plan)}, ${columns.map((column) => plan.values.get(column)).join(', ')}
    FROM ${defined(plan, source)} WHERE ${isRow(plan)} AND NOT (${plan.unfit})`
}

const isRow = (plan: ColumnPlan) => (plan.readsText(0) ? placeholder : '1')

/** The rows that `insertGood` leaves out, whole, with every reason; their readable amounts are the named residual. */
export function insertQuarantined(
  order: ImportOrder,
  { scope }: ImportTools,
  plan: ColumnPlan,
  source: string,
): string {
  const problems = plan.refusals.map(
    (r) => `if(${r.condition}, [(${literal(r.column)}, ${literal(r.code)}, ${literal(r.message)})], [])`,
  )
  const cells = plan.names.map((name, i) => `${literal(name)}, toString(${plan.cellText(i)})`).join(', ')
  const currency = plan.currencyText(order.currency ?? 'XXX')
  return `INSERT INTO quarantined_rows_v1 (OrganizationId, ImportId, BatchId, RowNumber, Cells, Raw, Problems, Currency, Amounts, RecordedAt)
    SELECT toUUID('${scope.organizationId}'), toUUID('${order.id}'), ${placedSql(order, plan)}, row,
      map(${cells}), '', arrayConcat(${problems.join(', ')}), ${currency}, ${residualSql(plan)}, now64(6)
    FROM ${defined(plan, source)} WHERE ${isRow(plan)} AND (${plan.unfit})`
}

function residualSql(plan: ColumnPlan): string {
  const amounts = costColumns.flatMap((column) => {
    const amount = plan.amount(column)
    return amount === null ? [] : [`if(isNotNull(${amount}), [('${column}', assumeNotNull(${amount}))], [])`]
  })
  return `CAST(arrayConcat(${amounts.join(', ')}), 'Map(LowCardinality(String), Decimal(76, 30))')`
}

/** A second reading of the source's money, by batch and currency, straight from its own columns. */
export function insertSourceSums(order: ImportOrder, { scope }: ImportTools, plan: ColumnPlan, source: string): string {
  const sums = costColumns.flatMap((column) => {
    const amount = plan.amount(column)
    return amount === null ? [] : [`'${column}', ifNull(sum(${amount}), 0)`]
  })
  return `INSERT INTO source_sums_v1 (OrganizationId, ImportId, BatchId, Currency, Rows, Amounts, RecordedAt)
    SELECT toUUID('${scope.organizationId}'), toUUID('${order.id}'), ${placedSql(order, plan)} AS batch, ${plan.currencyText(order.currency ?? 'XXX')} AS currency, count(),
      CAST(map(${sums.join(', ')}), 'Map(LowCardinality(String), Decimal(76, 30))'), now64(6)
    FROM ${defined(plan, source)} GROUP BY batch, currency`
}
