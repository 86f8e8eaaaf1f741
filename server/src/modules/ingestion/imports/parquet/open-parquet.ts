import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure, invalid } from '../../../../primitives/errors'
import { newId } from '../../../../primitives/ids'
import { type ClickHouse, literal } from '../../../../storage/clickhouse'
import type { SourceReader } from '../source-reader'
import { describeParquet, structureOf } from './parquet-fields'
import { openParquetFile, type ParquetFile } from './slice-parquet'

/** Small row groups are read together up to this many rows, and this many bytes. */
const rowsAtOnce = 262_144
const bytesAtOnce = 96 * 1024 * 1024
const mostColumns = 2000
const sampledRows = 500

/**
 * Opens a Parquet file. Its columns reach the engine with their own types: decimals and integers exactly, doubles as
 * their shortest decimal, moments of any unit in UTC. Row groups are read one after another.
 * @param scratch folder for the cut that the engine reads
 * @throws Failure `parquet_…`, `too_many_columns`
 */
export async function openParquet(
  path: string,
  { clickhouse, scratch }: { clickhouse: ClickHouse; scratch: string },
): Promise<SourceReader> {
  const file = await openParquetFile(path)
  try {
    if (file.columns > mostColumns)
      throw invalid(
        'too_many_columns',
        `The file has ${file.columns} columns; ${mostColumns} are the most. Leave columns out of the export.`,
      )
    const fields = await describeParquet(clickhouse, file.empty).catch((error: unknown) => explain(error, 'The schema'))
    return {
      format: 'parquet',
      fields,
      async sample() {
        const cut = cuts(file).next().value
        if (cut === undefined) return []
        const target = join(scratch, `${newId()}.parquet`)
        try {
          await file.writeSlice(cut[0], cut[1], target)
          const rows = await clickhouse.query<{ cells: string[] }>({
            name: 'ingestion.sampleParquet',
            sql: `SELECT [${fields.map((field) => (field.kind === 'text' ? field.sql : `ifNull(toString(${field.sql}), '')`)).join(', ')}] AS cells
              FROM file(${literal(target)}, 'Parquet', ${literal(structureOf(fields, () => false))}) LIMIT ${sampledRows}`,
            lane: 'ingest',
            settings: { max_threads: 1, input_format_parquet_enable_json_parsing: 0, max_query_size: 4_000_000 },
          })
          return rows.map((row) => row.cells)
        } finally {
          await rm(target, { force: true })
        }
      },
      async *chunks(plan) {
        let firstRow = 1
        for (const [from, to] of cuts(file)) {
          const rows = file.groups.slice(from, to).reduce((n, group) => n + group.rows, 0)
          if (rows === 0) continue
          const target = join(scratch, `${newId()}.parquet`)
          await file.writeSlice(from, to, target)
          const what = `Row group ${from + 1}${to > from + 1 ? ` to ${to}` : ''} (rows ${firstRow} to ${firstRow + rows - 1})`
          yield {
            firstRow,
            rows,
            malformed: [],
            input: {
              format: 'Parquet',
              structure: structureOf(fields, plan.repeats),
              content: { path: target },
            },
            select: fields.map((field, i) => `${field.sql} AS c${i}`).join(', '),
            settings: {
              input_format_parquet_preserve_order: 1,
              // A row that the reader leaves out by itself would shift the numbers of those behind it.
              optimize_move_to_prewhere: 0,
              query_plan_optimize_prewhere: 0,
              input_format_parquet_filter_push_down: 0,
              input_format_parquet_page_filter_push_down: 0,
              input_format_parquet_bloom_filter_push_down: 0,
              input_format_parquet_memory_high_watermark: 128_000_000,
              input_format_parquet_enable_json_parsing: 0,
            },
            explain: (error) => explain(error, what),
            share: (firstRow + rows - 1) / file.rows,
            release: () => rm(target, { force: true }),
          }
          firstRow += rows
        }
      },
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

function* cuts(file: ParquetFile): Generator<[from: number, to: number]> {
  let from = 0
  let rows = 0
  let bytes = 0
  for (const [i, group] of file.groups.entries()) {
    if (i > from && (rows + group.rows > rowsAtOnce || bytes + group.bytes > bytesAtOnce)) {
      yield [from, i]
      from = i
      rows = 0
      bytes = 0
    }
    rows += group.rows
    bytes += group.bytes
  }
  if (file.groups.length > from) yield [from, file.groups.length]
}

const memoryLimit = 241
/** What the engine answers to pages, types and encodings that it cannot read, by its error codes. */
const dataErrors = new Set([
  6, 19, 23, 26, 27, 32, 33, 34, 36, 38, 40, 41, 44, 48, 50, 53, 69, 70, 72, 117, 128, 131, 190, 261, 271, 321, 349,
  354, 407, 432, 561, 636, 1001,
])

function explain(error: unknown, what: string): never {
  if (error instanceof Failure) throw error
  const text = (error as Error).message
  const code = Number(/Code: (\d+)/.exec(text)?.[1] ?? (error as { code?: string }).code ?? 0)
  if (code === memoryLimit)
    throw invalid(
      'row_group_too_large',
      `${what} of the Parquet file needs more memory than an import may take. Write the file with smaller row groups (100,000 rows are usual), or import it as CSV.`,
      { reason: text.slice(0, 300) },
    )
  if (dataErrors.has(code))
    throw invalid(
      'parquet_unreadable',
      `${what} of the Parquet file cannot be read: it is damaged or uses an encoding that is not known. Download or write it again; nothing of it was taken.`,
      { reason: text.slice(0, 300) },
    )
  throw error
}
