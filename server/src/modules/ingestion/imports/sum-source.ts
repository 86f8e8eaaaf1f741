import { parseDecimal, type Scaled } from '../../../primitives/money'
import { type ImportOrder, type ImportTools, noBatch } from './import-order'
import { defined, placedSql } from './place-rows'
import type { SourceReader, TextGroup } from './source-reader'
import { type ColumnPlan, costColumns, type MoneyColumn, ownPublishers } from './understand-columns'

/** Exact amounts of the source, by batch, currency and money column; `noBatch` holds those of rows that belong to none. */
export type SourceSums = { batchId: string; currency: string; sums: Map<string, Scaled> }[]

/** What the source says of itself: the scan's own sums for text, else a second reading of its columns. */
export async function sumSource(
  order: ImportOrder,
  tools: ImportTools,
  plan: ColumnPlan,
  reader: SourceReader,
): Promise<SourceSums> {
  return reader.sumsOfText ? placeTexts(order, tools, plan, reader.sumsOfText()) : readSums(order, tools, plan)
}

async function readSums(order: ImportOrder, { clickhouse, scope }: ImportTools, plan: ColumnPlan): Promise<SourceSums> {
  const inSource = costColumns.filter((column) => plan.amount(column) !== null)
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

/** The batch and currency of each group of texts, by the same expressions that placed the rows. */
async function placeTexts(
  order: ImportOrder,
  { clickhouse }: ImportTools,
  plan: ColumnPlan,
  groups: TextGroup[],
): Promise<SourceSums> {
  const indexes = plan.source.texts
  const cells = plan.names.map((_, i) => {
    const k = indexes.indexOf(i)
    return `${k === -1 ? "''" : `r.${k + 2}`} AS c${i}`
  })
  const step = 5000
  const placed: SourceSums = []
  for (let from = 0; from < groups.length; from += step) {
    const slice = groups.slice(from, from + step)
    const rows = await clickhouse.query<{ i: string; batchId: string; currency: string }>({
      name: 'ingestion.placeSums',
      sql: `SELECT i, ${placedSql(order, plan)} AS batchId, ${plan.currencyText(order.currency ?? 'XXX')} AS currency
        FROM ${defined(
          plan,
          `(SELECT r.1 AS i, ${cells.join(', ')} FROM (SELECT arrayJoin(arrayZip(range(${slice.length}), ${indexes.length === 0 ? `range(${slice.length})` : indexes.map((_, k) => `{v${k}:Array(String)}`).join(', ')})) AS r))`,
        )}`,
      params: {
        ...Object.fromEntries(indexes.map((index, k) => [`v${k}`, slice.map((group) => group.texts.get(index) ?? '')])),
        ownPublishers,
      },
      lane: 'ingest',
    })
    const places = new Map(rows.map((row) => [Number(row.i), row]))
    slice.forEach((group, i) => {
      const place = places.get(i)
      const sums = new Map<MoneyColumn, Scaled>()
      for (const [column, sum] of plan.source.sums) {
        const total = sum(group)
        if (total !== null) sums.set(column, total)
      }
      placed.push({ batchId: place?.batchId ?? noBatch, currency: place?.currency ?? '', sums })
    })
  }
  return placed
}
