import { parseDecimal, type Scaled } from '../../../primitives/money'
import { type ImportOrder, type ImportTools, noBatch } from './import-order'
import { placedSql } from './place-rows'
import type { SourceReader, TextSums } from './source-reader'
import { type ColumnPlan, costColumns, ownPublishers } from './understand-columns'

/** Exact amounts of the source, by batch, currency and money column; `noBatch` holds those of rows that belong to none. */
export type SourceSums = { batchId: string; currency: string; sums: Map<string, Scaled> }[]

/** What the source says of itself: the scan's own sums for text, else a second reading of its columns. */
export async function sumSource(
  order: ImportOrder,
  tools: ImportTools,
  plan: ColumnPlan,
  reader: SourceReader,
): Promise<SourceSums> {
  return reader.sumsOfText ? placeTexts(order, tools, plan, reader.sumsOfText(plan)) : readSums(order, tools, plan)
}

async function readSums(order: ImportOrder, { clickhouse, scope }: ImportTools, plan: ColumnPlan): Promise<SourceSums> {
  const inSource = costColumns.filter((column) => plan.index(column) !== null)
  const rows = await clickhouse.query<{ batchId: string; currency: string } & Record<string, string>>({
    name: 'ingestion.readSourceSums',
    sql: `SELECT BatchId AS batchId, Currency AS currency, ${inSource.map((column) => `toString(sum(Amounts['${column}'])) AS ${column}`).join(', ')}
      FROM source_sums_v1 WHERE OrganizationId = {organizationId:UUID} AND ImportId = {importId:UUID} GROUP BY BatchId, Currency`,
    params: { organizationId: scope.organizationId, importId: order.id },
    lane: 'ingest',
  })
  return rows.map((row) => ({
    batchId: row.batchId,
    currency: row.currency,
    sums: new Map(inSource.map((column) => [column, parseDecimal(row[column] ?? '0')!])),
  }))
}

/** The batch of each group of texts, by the same expression that placed the rows. */
async function placeTexts(
  order: ImportOrder,
  { clickhouse }: ImportTools,
  plan: ColumnPlan,
  groups: TextSums,
): Promise<SourceSums> {
  const { provider, account, periodStart } = plan.scopeIndexes
  const wanted = new Map<number, (group: TextSums[number]) => string>()
  if (provider !== null) wanted.set(provider, (group) => group.provider)
  if (account !== null) wanted.set(account, (group) => group.account)
  if (periodStart !== null) wanted.set(periodStart, (group) => group.periodStart)
  const indexes = [...wanted.keys()]
  const step = 5000
  const placed: SourceSums = []
  for (let from = 0; from < groups.length; from += step) {
    const slice = groups.slice(from, from + step)
    const rows = await clickhouse.query<{ i: string; batchId: string }>({
      name: 'ingestion.placeSums',
      sql: `SELECT r.1 AS i, ${placedSql(order, plan)} AS batchId, ${indexes.map((index, k) => `r.${k + 2} AS c${index}`).join(', ')}
        FROM (SELECT arrayJoin(arrayZip(range(${slice.length}), ${indexes.map((_, k) => `{v${k}:Array(String)}`).join(', ')})) AS r)`,
      params: {
        ...Object.fromEntries(indexes.map((index, k) => [`v${k}`, slice.map(wanted.get(index)!)])),
        ownPublishers,
      },
      lane: 'ingest',
    })
    const batches = new Map(rows.map((row) => [Number(row.i), row.batchId]))
    for (const [i, group] of slice.entries())
      placed.push({ batchId: batches.get(i) ?? noBatch, currency: group.currency, sums: group.sums })
  }
  return placed
}
