import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { TextDecoder } from 'node:util'
import { createGunzip } from 'node:zlib'
import { Decompress } from 'fzstd'
import { canonicalColumn, type FocusDataset } from './columns'
import { type FocusRecord, type FocusRow, type RowSource, uniqueHeaders } from './row'

export type CsvOptions = {
  /** Found from the header line when left out: comma, semicolon, tab or bar. */
  delimiter?: string
  /** A record longer than this is taken for an unclosed quote. Characters, 16 million by default. */
  longestRecord?: number
}

export type ByteSource = string | Uint8Array | AsyncIterable<Uint8Array>

/** A CSV that cannot be read further, with the data row it happened at (0 is the header). */
export class CsvError extends Error {
  constructor(
    message: string,
    readonly rowNumber: number,
  ) {
    super(message)
    this.name = 'CsvError'
  }
}

/**
 * Reads a CSV file or stream record by record; gzip and zstd are recognised from the first bytes, UTF-8 and UTF-16 from
 * their byte order mark. Quotes, line breaks inside quotes, CRLF and blank lines (skipped) are understood.
 * An unquoted empty cell is null; a quoted empty cell is the empty text. Memory is bounded by the longest record.
 *
 * @throws CsvError when there is no header or a quote stays open for longer than `longestRecord`
 */
export async function readCsv(source: ByteSource, options: CsvOptions = {}): Promise<RowSource> {
  const { bytes, compression } = await decompressed(bytesOf(source))
  const texts = decoded(bytes)
  const parser = parseRecords(texts, options)
  const first = await parser.next()
  if (first.done) throw new CsvError('the file is empty', 0)
  const { cells, delimiter } = first.value
  const headers = cells.map((cell) => (cell ?? '').trim())
  const { names, problems } = uniqueHeaders(headers)
  return { format: 'csv', compression, headers, headerProblems: problems, delimiter, records: toRecords(parser, names) }
}

async function* toRecords(parser: AsyncGenerator<RawRecord>, names: string[]): AsyncGenerator<FocusRecord> {
  let rowNumber = 0
  for await (const { cells, problem } of parser) {
    // Blank lines separate nothing; in a file of one column a blank line is a row.
    if (cells.length === 1 && cells[0] === null && names.length > 1) continue
    rowNumber += 1
    const row: FocusRow = {}
    for (let index = 0; index < names.length; index += 1) row[names[index]!] = cells[index] ?? null
    const shape = cells.length === names.length ? null : `${cells.length} cells where the header has ${names.length}`
    yield { rowNumber, row, cells, problem: [shape, problem].filter((part) => part !== null).join('; ') || null }
  }
}

type RawRecord = { cells: (string | null)[]; problem: string | null; delimiter: string }

async function* parseRecords(texts: AsyncIterable<string>, options: CsvOptions): AsyncGenerator<RawRecord> {
  const longestRecord = options.longestRecord ?? 16_000_000
  let buffer = ''
  let at = 0
  let delimiter = options.delimiter ?? null
  let record = 0
  // A record that spans chunks is parsed again only once the text has doubled, so a long one stays linear.
  let retryLength = 0

  function* drain(final: boolean): Generator<RawRecord> {
    if (!final && buffer.length - at < retryLength) return
    while (at < buffer.length) {
      if (delimiter === null) {
        const header = headerLine(buffer, at, final)
        if (header === null) break
        delimiter = detectDelimiter(header)
      }
      const parsed = parseRecord(buffer, at, delimiter, final)
      if (parsed === null) break
      at = parsed.next
      retryLength = 0
      // Before the header blank lines are skipped here, because the header decides what a blank line is.
      if (record === 0 && parsed.cells.length === 1 && parsed.cells[0] === null) continue
      record += 1
      yield { cells: parsed.cells, problem: parsed.problem, delimiter }
    }
    buffer = buffer.slice(at)
    at = 0
    if (buffer.length > 0) retryLength = buffer.length * 2
  }

  for await (const text of texts) {
    buffer += text
    yield* drain(false)
    if (buffer.length > longestRecord) {
      throw new CsvError(
        `a record is longer than ${longestRecord} characters: is a quote left open?`,
        Math.max(0, record),
      )
    }
  }
  yield* drain(true)
}

type ParsedRecord = { cells: (string | null)[]; next: number; problem: string | null }

/** One record from `start`, or null when the text ends before the record does. */
function parseRecord(text: string, start: number, delimiter: string, final: boolean): ParsedRecord | null {
  const lineEnd = text.indexOf('\n', start)
  const end = lineEnd === -1 ? text.length : lineEnd
  if (lineEnd === -1 && !final) return null
  const line = text.slice(start, lineEnd !== -1 && text[end - 1] === '\r' && end > start ? end - 1 : end)
  if (!line.includes('"')) {
    const cells = line.split(delimiter).map((cell) => (cell === '' ? null : cell))
    return { cells, next: lineEnd === -1 ? text.length : end + 1, problem: badBytes(line) }
  }
  return parseQuoted(text, start, delimiter, final)
}

function parseQuoted(text: string, start: number, delimiter: string, final: boolean): ParsedRecord | null {
  const cells: (string | null)[] = []
  let at = start
  let problem: string | null = null
  for (;;) {
    let cell: string | null
    if (text[at] === '"') {
      let value = ''
      at += 1
      for (;;) {
        const quote = text.indexOf('"', at)
        if (quote === -1) {
          if (!final) return null
          value += text.slice(at)
          at = text.length
          problem = 'a quote is not closed'
          break
        }
        value += text.slice(at, quote)
        at = quote + 1
        if (text[at] === '"') {
          value += '"'
          at += 1
          continue
        }
        // The chunk may end between the two halves of a doubled quote, or before the rest of the line.
        if (at >= text.length && !final) return null
        break
      }
      const rest = cellEnd(text, at, delimiter)
      if (rest === -1 && !final) return null
      const tail = withoutCarriageReturn(text, at, rest === -1 ? text.length : rest)
      if (tail !== '') {
        value += tail
        problem ??= 'text after a closing quote'
      }
      at = rest === -1 ? text.length : rest
      cell = value
    } else {
      const rest = cellEnd(text, at, delimiter)
      if (rest === -1 && !final) return null
      const value = withoutCarriageReturn(text, at, rest === -1 ? text.length : rest)
      at = rest === -1 ? text.length : rest
      cell = value === '' ? null : value
    }
    cells.push(cell)
    if (cell !== null) problem ??= badBytes(cell)
    if (at >= text.length) return { cells, next: text.length, problem }
    if (text[at] === '\n') return { cells, next: at + 1, problem }
    at += delimiter.length
  }
}

/** Where the cell ends: the next delimiter or line feed, or -1 when the text ends first. */
function cellEnd(text: string, from: number, delimiter: string): number {
  const separator = text.indexOf(delimiter, from)
  const feed = text.indexOf('\n', from)
  if (separator === -1) return feed
  return feed === -1 ? separator : Math.min(separator, feed)
}

/** The text from `from` to `to`, without the carriage return of a CRLF line end. */
function withoutCarriageReturn(text: string, from: number, to: number): string {
  const atLineEnd = text[to] === '\n' && to > from && text[to - 1] === '\r'
  return text.slice(from, atLineEnd ? to - 1 : to)
}

function badBytes(text: string): string | null {
  return text.includes('\uFFFD') ? 'holds bytes that are not valid text' : null
}

/** The first line that is not blank, or null when it is not there yet. */
function headerLine(text: string, from: number, final: boolean): string | null {
  let at = from
  while (text[at] === '\n' || text[at] === '\r') at += 1
  const end = text.indexOf('\n', at)
  if (end === -1) return final ? text.slice(at) : null
  return text.slice(at, end)
}

const datasets: FocusDataset[] = ['CostAndUsage', 'ContractCommitment', 'InvoiceDetail', 'BillingPeriod']

/** The delimiter under which most of the header are FOCUS columns; the most frequent one where none is. */
export function detectDelimiter(header: string): string {
  const unquoted = header.replace(/"(?:[^"]|"")*"/g, (quoted) => quoted.replace(/[,;\t|]/g, '_'))
  const scored = [',', ';', '\t', '|'].map((delimiter) => {
    const parts = unquoted.split(delimiter)
    const known = Math.max(
      ...datasets.map((dataset) => parts.filter((part) => canonicalColumn(part, dataset) !== null).length),
    )
    return { delimiter, known, parts: parts.length }
  })
  scored.sort((a, b) => b.known - a.known || b.parts - a.parts)
  return scored[0]!.delimiter
}

function bytesOf(source: ByteSource): AsyncIterable<Uint8Array> {
  if (typeof source === 'string') return createReadStream(source, { highWaterMark: 1 << 18 })
  if (source instanceof Uint8Array) return Readable.from([source])
  return source
}

/** Undoes gzip and zstd, recognised from their magic bytes. */
async function decompressed(
  source: AsyncIterable<Uint8Array>,
): Promise<{ bytes: AsyncIterable<Uint8Array>; compression: RowSource['compression'] }> {
  const iterator = source[Symbol.asyncIterator]()
  let head: Uint8Array = new Uint8Array(0)
  while (head.length < 4) {
    const next = await iterator.next()
    if (next.done) break
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value])
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      if (head.length > 0) yield head
      for (;;) {
        const next = await iterator.next()
        if (next.done) return
        yield next.value
      }
    } finally {
      await iterator.return?.()
    }
  }
  if (head[0] === 0x1f && head[1] === 0x8b) {
    const input = Readable.from(whole())
    const gunzip = createGunzip()
    input.on('error', (error) => gunzip.destroy(error))
    return { bytes: input.pipe(gunzip), compression: 'gzip' }
  }
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) {
    return { bytes: unzstd(whole()), compression: 'zstd' }
  }
  return { bytes: whole(), compression: 'none' }
}

async function* unzstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = []
  const decompress = new Decompress((data) => {
    // The decoder reuses its window, so what leaves it must be a copy.
    if (data.length > 0) ready.push(Uint8Array.from(data))
  })
  for await (const chunk of source) {
    decompress.push(chunk)
    yield* ready
    ready = []
  }
  decompress.push(new Uint8Array(0), true)
  yield* ready
}

async function* decoded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null
  for await (const chunk of bytes) {
    if (chunk.length === 0) continue
    if (decoder === null) {
      const label =
        chunk[0] === 0xff && chunk[1] === 0xfe
          ? 'utf-16le'
          : chunk[0] === 0xfe && chunk[1] === 0xff
            ? 'utf-16be'
            : 'utf-8'
      decoder = new TextDecoder(label)
    }
    yield decoder.decode(chunk, { stream: true })
  }
  if (decoder !== null) yield decoder.decode()
}
