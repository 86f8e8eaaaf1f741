import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  type SchemaElement,
} from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { formatDecimal, shortestDecimal, shortestSingleDecimal } from './decimal'
import { type FocusRecord, type FocusRow, type RowSource, uniqueHeaders } from './row'

/** Rows decoded at once: a larger row group is read in windows of this size. */
const windowRows = 65_536

/**
 * Reads a Parquet file row group by row group into text cells. Doubles become the shortest decimal that reads back as
 * the same double, DECIMAL columns their exact digits, timestamps UTC instants, maps and lists JSON. `columns` limits
 * what is read to the named ones; the others are never decoded.
 */
export async function readParquet(
  source: string | Uint8Array,
  options: { columns?: readonly string[] } = {},
): Promise<RowSource> {
  const file = typeof source === 'string' ? await asyncBufferFromFile(source) : bufferOf(source)
  const published = await parquetMetadataAsync(file)
  const wanted = options.columns === undefined ? null : new Set(options.columns)
  const columns = topLevelColumns(published).filter((column) => wanted === null || wanted.has(column.element.name))
  const headers = columns.map((column) => column.element.name)
  const { problems } = uniqueHeaders(headers)
  return {
    format: 'parquet',
    compression: 'none',
    headers,
    headerProblems: problems,
    delimiter: null,
    records: records(file, withRawDecimals(published), columns),
  }
}

async function* records(
  file: AsyncBuffer,
  metadata: FileMetaData,
  columns: TopLevelColumn[],
): AsyncGenerator<FocusRecord> {
  let groupStart = 0
  for (const group of metadata.row_groups) {
    const groupEnd = groupStart + Number(group.num_rows)
    for (let rowStart = groupStart; rowStart < groupEnd; rowStart += windowRows) {
      const rowEnd = Math.min(rowStart + windowRows, groupEnd)
      const rows = await parquetReadObjects({
        file,
        metadata,
        rowStart,
        rowEnd,
        columns: columns.map((column) => column.element.name),
        compressors,
        utf8: false,
        parsers,
        geoparquet: false,
      })
      for (const [index, values] of rows.entries()) {
        const row: FocusRow = {}
        for (const column of columns) row[column.element.name] = column.text(values[column.element.name])
        yield { rowNumber: rowStart + index + 1, row, cells: Object.values(row), problem: null }
      }
    }
    groupStart = groupEnd
  }
}

type TopLevelColumn = { element: SchemaElement; text: (value: unknown) => string | null }

function topLevelColumns(metadata: FileMetaData): TopLevelColumn[] {
  const columns: TopLevelColumn[] = []
  let at = 1
  while (at < metadata.schema.length) {
    const element = metadata.schema[at]!
    columns.push({ element, text: textOf(element) })
    at += subtreeSize(metadata.schema, at)
  }
  return columns
}

function subtreeSize(schema: SchemaElement[], at: number): number {
  let size = 1
  for (let child = 0; child < (schema[at]?.num_children ?? 0); child += 1) size += subtreeSize(schema, at + size)
  return size
}

/**
 * The reader turns DECIMAL into a double, which loses digits. Without the annotation it hands over the unscaled
 * integer or its bytes, and the digits are put together here.
 */
function withRawDecimals(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((element) =>
    isDecimal(element) ? { ...element, converted_type: undefined, logical_type: undefined } : element,
  )
  return { ...metadata, schema }
}

function isDecimal(element: SchemaElement): boolean {
  return element.converted_type === 'DECIMAL' || element.logical_type?.type === 'DECIMAL'
}

function textOf(element: SchemaElement): (value: unknown) => string | null {
  if (isDecimal(element)) {
    const scale = element.scale ?? (element.logical_type?.type === 'DECIMAL' ? element.logical_type.scale : 0)
    return (value) => (value === null || value === undefined ? null : formatDecimal({ units: unscaled(value), scale }))
  }
  if (element.type === 'FLOAT')
    return (value) => (typeof value === 'number' ? shortestSingleDecimal(value) : plainText(value))
  return plainText
}

function unscaled(value: unknown): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return BigInt(value)
  if (value instanceof Uint8Array) {
    if (value.length === 0) return 0n
    let units = 0n
    for (const byte of value) units = (units << 8n) | BigInt(byte)
    return BigInt.asIntN(value.length * 8, units)
  }
  throw new TypeError('unexpected storage of a DECIMAL column')
}

function plainText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  if (typeof value === 'number') return shortestDecimal(value)
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (value instanceof Uint8Array) return utf8.decode(value)
  return jsonText(value)
}

function jsonText(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return plainText(value) ?? 'null'
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof Uint8Array) return JSON.stringify(utf8.decode(value))
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`
  return `{${Object.entries(value as object)
    .map(([key, entry]) => `${JSON.stringify(key)}:${jsonText(entry)}`)
    .join(',')}}`
}

const utf8 = new TextDecoder()

// Instants stay text with all their digits; a Date would cut micro- and nanoseconds off. JSON stays the text it is.
const parsers = {
  timestampFromMilliseconds: (value: bigint) => instantText(value, 1_000n),
  timestampFromMicroseconds: (value: bigint) => instantText(value, 1_000_000n),
  timestampFromNanoseconds: (value: bigint) => instantText(value, 1_000_000_000n),
  dateFromDays: (days: number) =>
    days === undefined || days === null ? days : new Date(days * 86_400_000).toISOString().slice(0, 10),
  stringFromBytes: (bytes: Uint8Array) => bytes && utf8.decode(bytes),
  jsonFromBytes: (bytes: Uint8Array) => bytes && utf8.decode(bytes),
}

function instantText(value: bigint | null | undefined, perSecond: bigint): string | null {
  if (value === null || value === undefined) return null
  const ticks = BigInt(value)
  let seconds = ticks / perSecond
  let rest = ticks % perSecond
  if (rest < 0n) {
    seconds -= 1n
    rest += perSecond
  }
  const base = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  const fraction =
    rest === 0n
      ? ''
      : `.${rest
          .toString()
          .padStart(perSecond.toString().length - 1, '0')
          .replace(/0+$/, '')}`
  return `${base}${fraction}Z`
}

function bufferOf(bytes: Uint8Array): AsyncBuffer {
  return {
    byteLength: bytes.byteLength,
    slice: (start, end) => Uint8Array.from(bytes.subarray(start, end)).buffer,
  }
}
