import type { ImportOrder, ImportTools } from './import-order'

/** Takes back what an earlier, unfinished run of the same import stored. Its rows were never visible. */
export async function forgetAttempt(
  order: Pick<ImportOrder, 'id'>,
  { clickhouse, scope }: Pick<ImportTools, 'clickhouse' | 'scope'>,
) {
  const params = { organizationId: scope.organizationId, importId: order.id }
  for (const [table, column] of [
    ['charges_v1', 'x_'],
    ['quarantined_rows_v1', ''],
    ['source_sums_v1', ''],
  ] as const) {
    const mine = `${column}OrganizationId = {organizationId:UUID} AND ${column}ImportId = {importId:UUID}`
    const [found] = await clickhouse.query<{ n: string }>({
      name: 'ingestion.findAttempt',
      sql: `SELECT count() AS n FROM (SELECT 1 FROM ${table} WHERE ${mine} LIMIT 1)`,
      params,
      lane: 'ingest',
    })
    if (found?.n !== '0')
      await clickhouse.command({
        name: 'ingestion.forgetAttempt',
        sql: `DELETE FROM ${table} WHERE ${mine}`,
        params,
        lane: 'ingest',
      })
  }
}
