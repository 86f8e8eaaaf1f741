import { invalid } from '../../../../primitives/errors'
import { addScaled, parseDecimal, type Scaled } from '../../../../primitives/money'
import type { Malformed } from '../source-reader'

/** What a scan needs to know of the header: where the money is and what tells batches apart. */
export type ScanColumns = {
  fieldCount: number
  delimiter: number
  /** field index → money column name */
  money: Map<number, string>
  currency: number | null
  /** fields whose texts together tell one batch from another */
  scope: number[]
}

export type CsvChunk = { bytes: Buffer; firstRow: number; rows: number; malformed: Malformed[] }

/** Exact sums of one source, kept apart by currency and batch, from the text of the file alone. */
export type SourceSums = Map<string, { scope: string[]; currency: string; sums: Map<string, Scaled> }>

const quote = 34
const newline = 10
const carriageReturn = 13
const space = 32
const tab = 9
/** A record longer than this is a quote that never closes. */
const longestRecord = 16 * 1024 * 1024
/** A record that cannot be cut is kept whole for correction; one longer than this could not be, so the file is refused. */
const longestKept = 1 << 20

/**
 * Cuts a CSV stream into chunks of whole records and adds up its money columns as it goes.
 * A record that cannot be cut into `fieldCount` fields becomes a placeholder (first field `\u0001`) so that row numbers
 * stay true, and is handed out beside. Blank lines are not records. The bytes go to the engine as they came.
 */
export class CsvScanner {
  readonly sums: SourceSums = new Map()
  rows = 0
  private rest: Buffer = Buffer.alloc(0)
  private pieces: Buffer[] = []
  private pieceBytes = 0
  private chunkFirstRow = 1
  private malformed: Malformed[] = []
  private readonly wanted: Int32Array
  private readonly starts: Int32Array
  private readonly ends: Int32Array
  private readonly placeholder: Buffer

  constructor(
    private readonly columns: ScanColumns,
    private readonly chunkBytes = 64 * 1024 * 1024,
    /** Sums are wanted once; a second pass over the same file leaves them. */
    private readonly summing = true,
  ) {
    const width = columns.fieldCount
    this.wanted = new Int32Array(width).fill(-1)
    let slot = 0
    for (const index of new Set([
      ...columns.money.keys(),
      ...(columns.currency === null ? [] : [columns.currency]),
      ...columns.scope,
    ]))
      this.wanted[index] = slot++
    this.starts = new Int32Array(slot)
    this.ends = new Int32Array(slot)
    this.placeholder = Buffer.from(`\u0001${String.fromCharCode(columns.delimiter).repeat(width - 1)}\n`)
  }

  /** Takes more bytes, yields the chunks that became full. */
  *push(bytes: Buffer): Generator<CsvChunk> {
    const buffer = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes])
    const used = this.scan(buffer, false)
    this.rest = buffer.subarray(used)
    if (this.rest.length > longestRecord) throw this.tooLong('is longer than 16 MiB')
    if (this.pieceBytes >= this.chunkBytes) yield this.take()
  }

  *finish(): Generator<CsvChunk> {
    if (this.rest.length > 0) {
      const closed =
        this.rest[this.rest.length - 1] === newline ? this.rest : Buffer.concat([this.rest, Buffer.from('\n')])
      this.scan(closed, true)
      this.rest = Buffer.alloc(0)
    }
    if (this.pieceBytes > 0) yield this.take()
  }

  private take(): CsvChunk {
    const chunk = {
      bytes: Buffer.concat(this.pieces),
      firstRow: this.chunkFirstRow,
      rows: this.rows + 1 - this.chunkFirstRow,
      malformed: this.malformed,
    }
    this.pieces = []
    this.pieceBytes = 0
    this.malformed = []
    this.chunkFirstRow = this.rows + 1
    return chunk
  }

  private keep(bytes: Buffer) {
    if (bytes.length === 0) return
    this.pieces.push(bytes)
    this.pieceBytes += bytes.length
  }

  private tooLong(what: string) {
    const row = this.rows + 1
    return invalid(
      'record_too_long',
      `Row ${row} ${what}: a quote opens there and never closes, or the line ends are missing. Close the quote, or double quotes inside of texts, and import the file again; nothing of it was taken.`,
      { row },
    )
  }

  private reject(raw: Buffer, code: Malformed['code'], fields: number) {
    if (raw.length > longestKept) throw this.tooLong(`cannot be cut into fields and is ${raw.length} bytes long`)
    this.rows++
    this.malformed.push({
      row: this.rows,
      raw: raw.toString('utf8').replace(/\r?\n$/, ''),
      code,
      fields,
    })
    this.keep(this.placeholder)
  }

  /** Scans whole records; returns how many bytes were used. */
  private scan(buffer: Buffer, last: boolean): number {
    const { fieldCount, delimiter } = this.columns
    const { wanted, starts, ends } = this
    const length = buffer.length
    const holdsNul = buffer.includes(0)
    let keptFrom = 0
    let recordStart = 0
    let position = 0
    while (position < length) {
      recordStart = position
      let field = 0
      let broken: Malformed['code'] | null = null
      let done = false
      while (!done) {
        // One field a turn.
        let from = position
        while (position < length && (buffer[position] === space || buffer[position] === tab)) position++
        if (position >= length) return this.stopAt(buffer, keptFrom, recordStart)
        let to: number
        if (buffer[position] === quote) {
          from = ++position
          for (;;) {
            const close = buffer.indexOf(quote, position)
            if (close === -1) {
              if (!last) return this.stopAt(buffer, keptFrom, recordStart)
              this.keep(buffer.subarray(keptFrom, recordStart))
              this.reject(buffer.subarray(recordStart), 'quote_unbalanced', field + 1)
              return length
            }
            position = close + 1
            if (position >= length) return this.stopAt(buffer, keptFrom, recordStart)
            if (buffer[position] !== quote) {
              to = close
              break
            }
            position++
          }
          while (position < length && (buffer[position] === space || buffer[position] === tab)) position++
          if (position >= length) return this.stopAt(buffer, keptFrom, recordStart)
          let byte = buffer[position]!
          if (byte === carriageReturn && buffer[position + 1] === newline) byte = buffer[++position]!
          if (byte !== delimiter && byte !== newline) {
            broken = 'quote_misplaced'
            // Nothing after this can be trusted to be a field; the record ends at the next line end.
            const end = buffer.indexOf(newline, position)
            if (end === -1) return this.stopAt(buffer, keptFrom, recordStart)
            position = end
          }
        } else {
          let byte = buffer[position]!
          while (byte !== delimiter && byte !== newline) {
            if (++position >= length) return this.stopAt(buffer, keptFrom, recordStart)
            byte = buffer[position]!
          }
          to = byte === newline && buffer[position - 1] === carriageReturn && position > from ? position - 1 : position
        }
        if (field < fieldCount) {
          const slot = wanted[field]!
          if (slot !== -1) {
            starts[slot] = from
            ends[slot] = to!
          }
        }
        field++
        done = buffer[position] === newline
        position++
      }
      if (
        field === 1 &&
        broken === null &&
        (position - recordStart <= 2 || buffer.subarray(recordStart, position).toString('latin1').trim() === '')
      ) {
        // A blank line.
        this.keep(buffer.subarray(keptFrom, recordStart))
        keptFrom = position
        continue
      }
      if (broken === null && field !== fieldCount) broken = field < fieldCount ? 'too_few_fields' : 'too_many_fields'
      if (broken === null && holdsNul && buffer.subarray(recordStart, position).includes(0)) broken = 'nul_byte'
      if (broken !== null) {
        this.keep(buffer.subarray(keptFrom, recordStart))
        this.reject(buffer.subarray(recordStart, position), broken, field)
        keptFrom = position
        continue
      }
      this.rows++
      if (this.summing) this.add(buffer)
    }
    this.keep(buffer.subarray(keptFrom, length))
    return length
  }

  private stopAt(buffer: Buffer, keptFrom: number, recordStart: number): number {
    this.keep(buffer.subarray(keptFrom, recordStart))
    return recordStart
  }

  private lastKey = ''
  private lastEntry: { scope: string[]; currency: string; sums: Map<string, Scaled> } | undefined
  private small = new Map<object, Map<string, { units: number; scale: number }[]>>()

  private add(buffer: Buffer) {
    const { columns, wanted, starts, ends } = this
    let key = ''
    const text = (index: number) => {
      const slot = wanted[index]!
      return buffer.toString('latin1', starts[slot]!, ends[slot]!)
    }
    for (const index of columns.scope) key += `${text(index)}\u0000`
    if (columns.currency !== null) key += text(columns.currency)
    let entry = this.lastEntry
    if (key !== this.lastKey || !entry) {
      entry = this.sums.get(key)
      if (!entry) {
        const exact = (index: number) =>
          unquote(buffer.toString('utf8', starts[wanted[index]!]!, ends[wanted[index]!]!))
        entry = {
          scope: columns.scope.map(exact),
          currency: columns.currency === null ? '' : exact(columns.currency),
          sums: new Map(),
        }
        this.sums.set(key, entry)
      }
      this.lastKey = key
      this.lastEntry = entry
    }
    for (const [index, name] of columns.money) {
      const slot = wanted[index]!
      this.addAmount(entry, name, buffer, starts[slot]!, ends[slot]!)
    }
  }

  private addAmount(entry: { sums: Map<string, Scaled> }, name: string, buffer: Buffer, from: number, to: number) {
    // The short plain decimals of nearly all bills are added as safe integers by scale; all others exactly by bigint.
    let units = 0
    let scale = -1
    let position = from
    const negative = buffer[position] === 45
    if (negative) position++
    if (to - position <= 16 && to > position) {
      for (; position < to; position++) {
        const byte = buffer[position]!
        if (byte >= 48 && byte <= 57) {
          units = units * 10 + (byte - 48)
          if (scale >= 0) scale++
        } else if (byte === 46 && scale < 0) scale = 0
        else break
      }
      if (position === to && units <= 9e15) {
        if (units !== 0 || !entry.sums.has(name))
          this.addSmall(entry, name, negative ? -units : units, Math.max(scale, 0))
        return
      }
    }
    const parsed = parseDecimal(unquote(buffer.toString('latin1', from, to)).trim())
    if (parsed) entry.sums.set(name, addScaled(entry.sums.get(name) ?? { units: 0n, scale: 0 }, parsed))
  }

  private addSmall(entry: { sums: Map<string, Scaled> }, name: string, units: number, scale: number) {
    let columns = this.small.get(entry)
    if (!columns) {
      columns = new Map()
      this.small.set(entry, columns)
    }
    let scales = columns.get(name)
    if (!scales) {
      scales = []
      columns.set(name, scales)
    }
    const held = scales[scale]
    if (!held) {
      scales[scale] = { units, scale }
      if (!entry.sums.has(name)) entry.sums.set(name, { units: 0n, scale: 0 })
      return
    }
    const next = held.units + units
    if (Number.isSafeInteger(next)) held.units = next
    else {
      entry.sums.set(
        name,
        addScaled(addScaled(entry.sums.get(name)!, { units: BigInt(held.units), scale }), {
          units: BigInt(units),
          scale,
        }),
      )
      held.units = 0
    }
  }

  /** Call after the last chunk: folds what was added as small integers into the exact sums. */
  settle(): SourceSums {
    for (const [entry, columns] of this.small as Map<
      { sums: Map<string, Scaled> },
      Map<string, { units: number; scale: number }[]>
    >) {
      for (const [name, scales] of columns)
        for (const held of scales)
          if (held)
            entry.sums.set(name, addScaled(entry.sums.get(name)!, { units: BigInt(held.units), scale: held.scale }))
    }
    this.small.clear()
    return this.sums
  }
}

const unquote = (text: string) => text.replaceAll('""', '"')

/** Reads the header record. Null when there is no whole line yet. */
export function readHeader(bytes: Buffer): { names: string[]; delimiter: number; length: number } | null {
  const end = bytes.indexOf(newline)
  if (end === -1) return null
  const line = bytes
    .toString('utf8', 0, end)
    .replace(/\r$/, '')
    .replace(/^\uFEFF/, '')
  const delimiter = [',', ';', '\t', '|'].reduce(
    (best, candidate) => (line.split(candidate).length > line.split(best).length ? candidate : best),
    ',',
  )
  const names: string[] = []
  for (const match of line.matchAll(new RegExp(`(?:^|\\${delimiter})(?:"((?:[^"]|"")*)"|([^\\${delimiter}]*))`, 'g')))
    names.push((match[1] !== undefined ? unquote(match[1]) : match[2]!).trim())
  return { names, delimiter: delimiter.charCodeAt(0), length: end + 1 }
}
