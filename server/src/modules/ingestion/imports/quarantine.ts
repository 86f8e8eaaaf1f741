import type { Scope } from '../../../primitives/scope'
import type { ClickHouse } from '../../../storage/clickhouse'
import type { Problem, QuarantinePage } from '../contract'
import { replayColumns } from './place-rows'

type Row = {
  RowNumber: string
  Cells: Record<string, string>
  Raw: string
  Problems: { Column: string; Code: string; Message: string }[]
  replayed: number
}

/** Rows of an import that wait for correction, in file order. */
export async function readQuarantine(
  clickhouse: ClickHouse,
  scope: Scope,
  importId: string,
  offset: number,
  limit: number,
): Promise<QuarantinePage> {
  const params = { organizationId: scope.organizationId, importId, offset, limit }
  const mine = 'OrganizationId = {organizationId:UUID} AND ImportId = {importId:UUID}'
  const rows = await clickhouse.query<Row>({
    name: 'ingestion.readQuarantine',
    sql: `SELECT RowNumber, Cells, Raw, Problems, RowNumber IN (SELECT RowNumber FROM replayed_rows_v1 WHERE ${mine}) AS replayed
      FROM quarantined_rows_v1 WHERE ${mine} ORDER BY RowNumber LIMIT {limit:UInt32} OFFSET {offset:UInt64}`,
    params,
  })
  const [counts] = await clickhouse.query<{ total: string; replayed: string }>({
    name: 'ingestion.countQuarantine',
    sql: `SELECT count() AS total, countIf(RowNumber IN (SELECT RowNumber FROM replayed_rows_v1 WHERE ${mine})) AS replayed FROM quarantined_rows_v1 WHERE ${mine}`,
    params,
  })
  return {
    columns: [...new Set(rows.flatMap((row) => Object.keys(row.Cells)))],
    rows: rows.map((row) => ({
      row: Number(row.RowNumber),
      cells: row.Cells,
      raw: row.Raw,
      problems: row.Problems.map((p) => ({
        row: Number(row.RowNumber),
        column: p.Column || null,
        code: p.Code,
        message: p.Message,
      })),
      replayed: row.replayed === 1,
    })),
    total: Number(counts?.total ?? 0),
    replayed: Number(counts?.replayed ?? 0),
  }
}

const problemsShown = 100

/** The first problems of an import, in file order; all of them are in the quarantine. */
export async function firstProblems(clickhouse: ClickHouse, scope: Scope, importId: string): Promise<Problem[]> {
  const rows = await clickhouse.query<{ row: string; p: { Column: string; Code: string; Message: string } }>({
    name: 'ingestion.firstProblems',
    sql: `SELECT RowNumber AS row, arrayJoin(Problems) AS p FROM quarantined_rows_v1 WHERE OrganizationId = {organizationId:UUID} AND ImportId = {importId:UUID} ORDER BY row LIMIT ${problemsShown}`,
    params: { organizationId: scope.organizationId, importId },
    lane: 'ingest',
  })
  return rows.map(({ row, p }) => ({ row: Number(row), column: p.Column || null, code: p.Code, message: p.Message }))
}

/** The waiting rows as CSV with the file's own columns and, last, `x_InfraZenRow` and `x_InfraZenProblems`: correct it and import it with `replayOf`. */
export async function* quarantineCsv(clickhouse: ClickHouse, scope: Scope, importId: string): AsyncGenerator<string> {
  const step = 1000
  let columns: string[] | null = null
  for (let offset = 0; ; offset += step) {
    const page = await readQuarantine(clickhouse, scope, importId, offset, step)
    if (columns === null) {
      columns = page.columns
      yield `${[...columns, replayColumns.row, replayColumns.problems].map(cell).join(',')}\n`
    }
    for (const row of page.rows) {
      if (row.replayed) continue
      const problems = row.problems.map((p) => `${p.column ?? 'row'}: ${p.message}`).join(' | ')
      // A row that could not be cut into cells is given whole in its first cell, to be cut by hand.
      const cells =
        row.raw === '' ? columns.map((c) => row.cells[c] ?? '') : [row.raw, ...columns.slice(1).map(() => '')]
      yield `${[...cells, String(row.row), problems].map(cell).join(',')}\n`
    }
    if (page.rows.length < step) return
  }
}

const cell = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
