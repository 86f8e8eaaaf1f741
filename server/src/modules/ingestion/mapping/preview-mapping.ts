import type { BillFormat } from '@infrazen/connector-kit'
import { invalid } from '../../../primitives/errors'
import { type ClickHouse, literal } from '../../../storage/clickhouse'
import type { MoneySums, Preview, Problem } from '../contract'
import { CsvScanner, readHeader } from '../imports/csv/scan-csv'
import { ledgerColumns } from '../imports/ledger-columns'
import { defined, numberedRows } from '../imports/place-rows'
import { understandBill } from '../imports/understand-bill'
import { costColumns, ownPublishers } from '../imports/understand-columns'

const shown = 10
const problemsShown = 50

/** The header of the beginning of a file. @throws Failure `no_header` */
export function headOf(head: string): { names: string[]; delimiter: string; rows: Buffer } {
  const bytes = Buffer.from(head)
  const header = readHeader(bytes) ?? readHeader(Buffer.concat([bytes, Buffer.from('\n')]))
  if (!header || header.names.every((name) => name === ''))
    throw invalid('no_header', 'The first line holds no column names.')
  return {
    names: header.names,
    delimiter: String.fromCharCode(header.delimiter),
    rows: bytes.subarray(header.length),
  }
}

/**
 * What a format would make of the beginning of a file: sums by currency, what would be refused and why, and the first
 * rows before and after. Nothing is stored. Amounts are decimal strings.
 */
export async function previewFormat(clickhouse: ClickHouse, format: BillFormat, head: string): Promise<Preview> {
  const { names, delimiter, rows } = headOf(head)
  const plan = understandBill(
    format,
    names.map((name) => ({ name, kind: 'text' as const })),
    await ledgerColumns(clickhouse),
    {},
  )
  const scanner = new CsvScanner(
    { fieldCount: names.length, delimiter: delimiter.charCodeAt(0), amounts: new Map(), texts: [], presence: [] },
    undefined,
    false,
  )
  const chunks = [...scanner.push(rows), ...scanner.finish()]
  const malformed = chunks.flatMap((chunk) => chunk.malformed)
  const csv = Buffer.concat(chunks.map((chunk) => chunk.bytes)).toString('utf8')
  if (scanner.rows === 0) throw invalid('no_rows', 'The file has column names but no rows.')
  const structure = names.map((_, i) => `c${i} String`).join(', ')
  const source = `(SELECT * FROM ${defined(plan, numberedRows(`format('CSV', ${literal(structure)}, ${literal(csv)})`, 1, undefined))} WHERE c0 != '\\x01')`
  const settings = {
    max_threads: 1,
    max_query_size: 40_000_000,
    max_memory_usage: 1_000_000_000,
    format_csv_delimiter: delimiter,
    format_csv_null_representation: '\u0002',
    input_format_csv_empty_as_default: 1,
    input_format_parallel_parsing: 0,
    max_block_size: 1_000_000,
  }
  const params = { ownPublishers }
  const sums = await clickhouse.query<{ currency: string; n: string } & Record<string, string | null>>({
    name: 'mapping.previewSums',
    sql: `SELECT ${plan.values.get('BillingCurrency')} AS currency, count() AS n, ${costColumns
      .map((column) =>
        plan.values.has(column)
          ? `if(count(${plan.values.get(column)}) = 0, NULL, toString(sum(${plan.values.get(column)}))) AS ${column}`
          : `CAST(NULL, 'Nullable(String)') AS ${column}`,
      )
      .join(', ')}
      FROM ${source} WHERE NOT (${plan.unfit}) GROUP BY currency ORDER BY currency`,
    params,
    settings,
  })
  const refused = await clickhouse.query<{ row: string; p: { Column: string; Code: string; Message: string } }>({
    name: 'mapping.previewProblems',
    sql: `SELECT row, arrayJoin(CAST(arrayConcat(${plan.refusals
      .map((r) => `if(${r.condition}, [(${literal(r.column)}, ${literal(r.code)}, ${literal(r.message)})], [])`)
      .join(', ')}), 'Array(Tuple(Column String, Code String, Message String))')) AS p
      FROM ${source} WHERE ${plan.unfit} ORDER BY row LIMIT ${problemsShown}`,
    params,
    settings,
  })
  const shownColumns = [...plan.values.keys()].filter((column) => !column.startsWith('BillingPeriod'))
  const first = await clickhouse.query<{ row: string; before: string[]; after: string[] }>({
    name: 'mapping.previewRows',
    sql: `SELECT row, [${names.map((_, i) => `c${i}`).join(', ')}] AS before,
        [${shownColumns.map((column) => `ifNull(toString(${plan.values.get(column)}), '')`).join(', ')}] AS after
      FROM ${source} WHERE NOT (${plan.unfit}) ORDER BY row LIMIT ${shown}`,
    params,
    settings,
  })
  const accepted = sums.reduce((n, row) => n + Number(row.n), 0)
  return {
    rows: { read: scanner.rows, accepted, refused: scanner.rows - accepted },
    sums: sums.map(({ n: _, ...sum }) => sum as MoneySums),
    problems: [
      ...malformed.map(
        (row): Problem => ({
          row: row.row,
          column: null,
          code: row.code,
          message: 'The row has not as many fields as the header.',
        }),
      ),
      ...refused.map(({ row, p }) => ({
        row: Number(row),
        column: p.Column || null,
        code: p.Code,
        message: p.Message,
      })),
    ].slice(0, problemsShown),
    first: first.map(({ row, before, after }) => ({
      row: Number(row),
      before: Object.fromEntries(plan.names.map((name, i) => [name, before[i] ?? ''])),
      after: Object.fromEntries(
        shownColumns.map((column, i) => [column, after[i] ?? '']).filter(([, text]) => text !== ''),
      ),
    })),
  }
}
