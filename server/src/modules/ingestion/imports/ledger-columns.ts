import type { ClickHouse } from '../../../storage/clickhouse'
import type { TargetColumn } from './understand-columns'

const known = new WeakMap<ClickHouse, Promise<TargetColumn[]>>()

/** The FOCUS columns of the ledger, as the engine has them. */
export function ledgerColumns(clickhouse: ClickHouse): Promise<TargetColumn[]> {
  let columns = known.get(clickhouse)
  if (!columns) {
    columns = readColumns(clickhouse)
    known.set(clickhouse, columns)
    columns.catch(() => known.delete(clickhouse))
  }
  return columns
}

async function readColumns(clickhouse: ClickHouse): Promise<TargetColumn[]> {
  const rows = await clickhouse.query<{ name: string; type: string }>({
    name: 'ingestion.ledgerColumns',
    sql: "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = 'charges_v1' AND NOT startsWith(name, 'x_') ORDER BY position",
    lane: 'ingest',
  })
  return rows.map(({ name, type }) => ({
    name,
    type: type.includes('Decimal') ? 'decimal' : type.startsWith('DateTime') ? 'time' : 'text',
    repeats: type.startsWith('LowCardinality'),
  }))
}
