import type { ImportOrder, ImportTools } from './import-order'
import { replayColumns } from './place-rows'

/**
 * Marks the quarantined rows of an earlier import that came in with this one, by the row numbers that the download of
 * the quarantine carries. Run again, it marks the same rows: readers ask whether a row is marked, not how often.
 */
export async function noteReplayed(
  order: ImportOrder,
  { clickhouse, scope }: ImportTools,
  replayOf: string,
): Promise<void> {
  await clickhouse.command({
    name: 'ingestion.noteReplayed',
    sql: `INSERT INTO replayed_rows_v1 (OrganizationId, ImportId, RowNumber, ReplayImportId, RecordedAt)
      SELECT DISTINCT {organizationId:UUID}, {replayOf:UUID}, toUInt64OrZero(x_Extra['${replayColumns.row}']), {importId:UUID}, now64(6)
      FROM charges_v1 WHERE x_OrganizationId = {organizationId:UUID} AND x_ImportId = {importId:UUID} AND toUInt64OrZero(x_Extra['${replayColumns.row}']) > 0`,
    params: { organizationId: scope.organizationId, replayOf, importId: order.id },
    lane: 'ingest',
  })
}
