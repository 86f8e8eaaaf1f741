import { ByteWriter, fileWriter, parquetWriteRows } from 'hyparquet-writer'
import { columnById, type FocusDataset } from './columns'
import { parseDecimal } from './decimal'
import type { FocusRow } from './row'

/** The writer's own type: it brings its own copy of the reader's types. */
type SchemaElement = NonNullable<Parameters<typeof parquetWriteRows>[0]['schema']>[number]

export type ParquetOptions = {
  dataset?: FocusDataset
  /**
   * How decimal columns are stored. `decimal` (the default) keeps every digit as DECIMAL(38, scale) and refuses a value
   * that does not fit; `double` is what some exports use and loses digits beyond about 17.
   */
  decimals?: 'decimal' | 'double'
  /** Digits after the point of DECIMAL columns, 18 by default. */
  scale?: number
}

/**
 * Writes FOCUS rows as a Parquet file; date/time columns become UTC timestamps in milliseconds, JSON columns text.
 * `rows` is pulled a row group at a time, so memory is bounded by the row group.
 *
 * @throws RangeError for a cell that its column type cannot hold: nothing is rounded or nulled to make it fit
 */
export async function writeParquet(
  path: string,
  headers: readonly string[],
  rows: Iterable<FocusRow> | AsyncIterable<FocusRow>,
  options: ParquetOptions = {},
): Promise<void> {
  const writer = fileWriter(path)
  await parquetWriteRows({ writer, rows: converted(headers, rows, options), ...plan(headers, options) })
}

/** As `writeParquet`, into memory. */
export async function writeParquetBytes(
  headers: readonly string[],
  rows: Iterable<FocusRow> | AsyncIterable<FocusRow>,
  options: ParquetOptions = {},
): Promise<Uint8Array> {
  const writer = new ByteWriter()
  await parquetWriteRows({ writer, rows: converted(headers, rows, options), ...plan(headers, options) })
  return Uint8Array.from(writer.getBytes())
}

type CellWriter = { element: SchemaElement; value: (text: string) => unknown }

function plan(headers: readonly string[], options: ParquetOptions) {
  const schema: SchemaElement[] = [
    { name: 'root', num_children: headers.length },
    ...headers.map((header) => cellWriter(header, options).element),
  ]
  return { schema, columns: headers.map((name) => ({ name })), rowGroupSize: 20_000, createdBy: 'infrazen focus' }
}

async function* converted(
  headers: readonly string[],
  rows: Iterable<FocusRow> | AsyncIterable<FocusRow>,
  options: ParquetOptions,
) {
  const writers = headers.map((header) => [header, cellWriter(header, options)] as const)
  const known = new Set(headers)
  for await (const row of rows) {
    for (const column in row) {
      if (!known.has(column) && row[column] !== null)
        throw new RangeError(`the column ${column} is not among the headers`)
    }
    const values: Record<string, unknown> = {}
    for (const [header, writer] of writers) {
      const text = row[header] ?? null
      values[header] = text === null ? null : writer.value(text)
    }
    yield values
  }
}

function cellWriter(header: string, options: ParquetOptions): CellWriter {
  const column = columnById(header, options.dataset)
  const base = { name: header, repetition_type: 'OPTIONAL' as const }
  if (column?.type === 'decimal' && options.decimals === 'double') {
    return {
      element: { ...base, type: 'DOUBLE' },
      value: (text) => {
        if (!parseDecimal(text)) throw new RangeError(`${header}: ${text} is not a number`)
        return Number(text)
      },
    }
  }
  if (column?.type === 'decimal') {
    const scale = options.scale ?? 18
    return {
      element: {
        ...base,
        type: 'FIXED_LEN_BYTE_ARRAY',
        type_length: 16,
        converted_type: 'DECIMAL',
        precision: 38,
        scale,
      },
      value: (text) => unscaledDecimal(header, text, scale),
    }
  }
  if (column?.type === 'datetime') {
    return {
      element: {
        ...base,
        type: 'INT64',
        converted_type: 'TIMESTAMP_MILLIS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
      },
      value: (text) => {
        const milliseconds = /Z$/.test(text) ? Date.parse(text) : Number.NaN
        if (Number.isNaN(milliseconds)) throw new RangeError(`${header}: ${text} is not a UTC instant`)
        return new Date(milliseconds)
      },
    }
  }
  return { element: { ...base, type: 'BYTE_ARRAY', converted_type: 'UTF8' }, value: (text) => text }
}

const tenTo38 = 10n ** 38n

function unscaledDecimal(header: string, text: string, scale: number): bigint {
  const parsed = parseDecimal(text)
  if (!parsed) throw new RangeError(`${header}: ${text} is not a number`)
  let units = parsed.units
  if (parsed.scale <= scale) units *= 10n ** BigInt(scale - parsed.scale)
  else {
    const surplus = 10n ** BigInt(parsed.scale - scale)
    if (units % surplus !== 0n) throw new RangeError(`${header}: ${text} has more than ${scale} digits after the point`)
    units /= surplus
  }
  if (units >= tenTo38 || units <= -tenTo38) throw new RangeError(`${header}: ${text} has more than 38 digits`)
  return units
}
