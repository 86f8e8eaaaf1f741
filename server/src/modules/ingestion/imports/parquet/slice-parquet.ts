import { type FileHandle, open } from 'node:fs/promises'
import { invalid } from '../../../../primitives/errors'
import { changed, fieldOf, intOf, readThrift, type ThriftStruct, type ThriftValue, writeThrift } from './thrift-compact'

/** One row group: where its columns lie in the file. */
type RowGroup = { meta: ThriftStruct; rows: number; bytes: number; columns: { from: number; bytes: number }[] }

/**
 * A Parquet file that can be cut at its row groups into smaller Parquet files. The pages are copied as they are, only
 * the footer is written anew, so a cut costs a copy and no decoding.
 */
export type ParquetFile = {
  rows: number
  /** leaves of the schema; a map counts as two */
  columns: number
  groups: RowGroup[]
  /** A whole Parquet file with the same columns and no rows. */
  empty: Buffer
  /** Writes the groups `from` to `to` (not included) as a file of their own. */
  writeSlice(from: number, to: number, path: string): Promise<void>
  close(): Promise<void>
}

const magic = Buffer.from('PAR1')
const longestFooter = 256 * 1024 * 1024
/** No bill has as many; a few bytes can claim any number of equal rows. */
const mostRows = 2_000_000_000

/** Pages, statistics and indexes that lie outside of the column's own bytes are not copied; so nothing may point there. */
const columnPointers = [4, 5, 6, 7]
const metaPointers = [14, 15]

/**
 * @throws Failure `parquet_truncated` when its end is missing, `parquet_unreadable` when the footer makes no sense,
 *   `parquet_encrypted`, `too_many_rows`
 */
export async function openParquetFile(path: string): Promise<ParquetFile> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const { footer, footerStart } = await readFooter(file, size)
    const groups = await understood(() => rowGroups(footer, footerStart))
    const rows = groups.reduce((n, group) => n + group.rows, 0)
    if (rows > mostRows)
      throw invalid('too_many_rows', `The file claims ${rows} rows; ${mostRows} are the most for one file. Split it.`)
    return {
      rows,
      columns: await understood(() => leavesOf(footer)),
      groups,
      empty: Buffer.concat([magic, tail(footer, [])]),
      writeSlice: (from, to, target) => writeSlice(file, footer, groups.slice(from, to), target),
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function readFooter(file: FileHandle, size: number): Promise<{ footer: ThriftStruct; footerStart: number }> {
  const end = await bytesAt(file, Math.max(0, size - 8), Math.min(8, size))
  const mark = end.toString('latin1', 4)
  if (mark === 'PARE')
    throw invalid('parquet_encrypted', 'The Parquet file is encrypted. Export it without encryption.')
  if (size < 12 || mark !== 'PAR1')
    throw invalid('parquet_truncated', 'The Parquet file is cut off: its end is missing. Download it again.')
  const length = end.readUInt32LE(0)
  if (length > longestFooter || length + 12 > size)
    throw invalid(
      'parquet_unreadable',
      'The Parquet file is damaged: its footer does not fit into it. Download it again.',
    )
  const footerStart = size - 8 - length
  const bytes = await bytesAt(file, footerStart, length)
  return { footer: await understood(() => readThrift(bytes)), footerStart }
}

async function understood<T>(work: () => T): Promise<T> {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw invalid(
      'parquet_unreadable',
      `The Parquet file is damaged: ${error.message}. Download or write it again; nothing of it was taken.`,
    )
  }
}

function rowGroups(footer: ThriftStruct, footerStart: number): RowGroup[] {
  return structsOf(fieldOf(footer, 4)).map((meta) => {
    const columns = structsOf(fieldOf(meta, 1)).map((chunk) => {
      const of = fieldOf(chunk, 3)
      if (of?.kind !== 'struct') throw new RangeError('a column of it has no description')
      const dictionary = Number(intOf(of, 11) ?? 0n)
      const data = Number(intOf(of, 9) ?? -1n)
      const from = dictionary > 0 ? Math.min(dictionary, data) : data
      const bytes = Number(intOf(of, 7) ?? -1n)
      if (from < 4 || bytes < 0 || from + bytes > footerStart)
        throw new RangeError('a column of it lies outside of the file')
      return { from, bytes }
    })
    const rows = Number(intOf(meta, 3) ?? -1n)
    if (!Number.isSafeInteger(rows) || rows < 0) throw new RangeError('a row group of it has no number of rows')
    return { meta, rows, bytes: columns.reduce((n, column) => n + column.bytes, 0), columns }
  })
}

function leavesOf(footer: ThriftStruct): number {
  return structsOf(fieldOf(footer, 2)).filter((element) => (intOf(element, 5) ?? 0n) === 0n).length
}

function structsOf(value: ThriftValue | undefined): ThriftStruct[] {
  if (value?.kind !== 'list') throw new RangeError('its footer lacks a list')
  return value.items.map((item) => {
    if (item.kind !== 'struct') throw new RangeError('its footer lists something unknown')
    return item
  })
}

async function writeSlice(file: FileHandle, footer: ThriftStruct, groups: RowGroup[], path: string): Promise<void> {
  const target = await open(path, 'w', 0o600)
  try {
    await target.write(magic)
    let at = magic.length
    const moved: ThriftStruct[] = []
    for (const group of groups) {
      const groupStart = at
      const chunks: ThriftStruct[] = []
      for (const [i, chunk] of structsOf(fieldOf(group.meta, 1)).entries()) {
        const { from, bytes } = group.columns[i]!
        await copy(file, from, bytes, target)
        chunks.push(movedColumn(chunk, at - from))
        at += bytes
      }
      const list = fieldOf(group.meta, 1) as Extract<ThriftValue, { kind: 'list' }>
      moved.push({
        kind: 'struct',
        fields: changed(group.meta, { 5: BigInt(groupStart) }, [7]).fields.map((field) =>
          field.id === 1 ? { id: 1, value: { ...list, items: chunks } } : field,
        ),
      })
    }
    await target.write(tail(footer, moved))
  } finally {
    await target.close()
  }
}

function movedColumn(chunk: ThriftStruct, by: number): ThriftStruct {
  const meta = fieldOf(chunk, 3) as ThriftStruct
  const shifted = Object.fromEntries(
    [9, 10, 11].flatMap((id) => {
      const value = intOf(meta, id)
      return value === undefined || value <= 0n ? [] : [[id, value + BigInt(by)]]
    }),
  )
  return {
    kind: 'struct',
    fields: changed(chunk, { 2: 0n }, columnPointers).fields.map((field) =>
      field.id === 3 ? { id: 3, value: changed(meta, shifted, metaPointers) } : field,
    ),
  }
}

function tail(footer: ThriftStruct, groups: ThriftStruct[]): Buffer {
  const rows = groups.reduce((n, group) => n + (intOf(group, 3) ?? 0n), 0n)
  const list = fieldOf(footer, 4) as Extract<ThriftValue, { kind: 'list' }>
  const bytes = writeThrift({
    kind: 'struct',
    // Key-value metadata (5) describes the file to other programs and can be large.
    fields: changed(footer, { 3: rows }, [5]).fields.map((field) =>
      field.id === 4 ? { id: 4, value: { ...list, items: groups } } : field,
    ),
  })
  const end = Buffer.alloc(8)
  end.writeUInt32LE(bytes.length, 0)
  magic.copy(end, 4)
  return Buffer.concat([bytes, end])
}

const piece = 4 * 1024 * 1024

async function copy(from: FileHandle, start: number, bytes: number, to: FileHandle): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(bytes, piece))
  for (let done = 0; done < bytes; ) {
    const { bytesRead } = await from.read(buffer, 0, Math.min(buffer.length, bytes - done), start + done)
    if (bytesRead === 0) throw invalid('parquet_truncated', 'The Parquet file is cut off. Download it again.')
    await to.write(buffer, 0, bytesRead)
    done += bytesRead
  }
}

async function bytesAt(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  await file.read(buffer, 0, length, start)
  return buffer
}
