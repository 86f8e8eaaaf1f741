import { type ImportOrder, type ImportTools, noBatch } from './import-order'
import type { Malformed } from './source-reader'

/** Records that could not be cut into fields wait whole, with what is wrong and what to do. */
export async function quarantineMalformed(
  order: ImportOrder,
  { clickhouse, scope }: ImportTools,
  rows: Malformed[],
  width: number,
) {
  const remedies = {
    too_few_fields:
      'The row has fewer fields than the header. Look for a missing delimiter or a line break inside a text that is not quoted.',
    too_many_fields: 'The row has more fields than the header. Quote texts that hold the delimiter.',
    quote_unbalanced: 'A quote opens here and never closes. Close it or double quotes inside texts.',
    nul_byte:
      'The row holds a NUL byte, which no text has: the file was damaged or is not text here. Export it again, or take the byte out.',
    quote_misplaced: 'A quote ends in the middle of a field. Double quotes inside a quoted text.',
  }
  const lines = rows.map((row) =>
    JSON.stringify({
      OrganizationId: scope.organizationId,
      ImportId: order.id,
      BatchId: noBatch,
      RowNumber: row.row,
      Raw: row.raw,
      Cells: {},
      Problems: [
        { Column: '', Code: row.code, Message: `${remedies[row.code]} (${row.fields} fields, ${width} expected)` },
      ],
      Currency: '',
      Amounts: {},
      RecordedAt: new Date().toISOString(),
    }),
  )
  await clickhouse.insertNdjson({
    name: 'ingestion.quarantineMalformed',
    table: 'quarantined_rows_v1',
    rows: Buffer.from(`${lines.join('\n')}\n`),
  })
}
