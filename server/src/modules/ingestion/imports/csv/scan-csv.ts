import { type Amount, memberNumbers, type NumberStyle, readNumber } from '@infrazen/connector-kit'
import { invalid } from '../../../../primitives/errors'
import { addScaled, parseDecimal, type Scaled } from '../../../../primitives/money'
import type { Malformed, TextGroup } from '../source-reader'

/** What a scan needs to know of the header: where the money is and what tells batches apart. */
export type ScanColumns = {
  fieldCount: number
  delimiter: number
  /** fields of amounts, with how they are written */
  amounts: ReadonlyMap<number, Amount>
  /** fields whose texts tell groups of rows apart */
  texts: readonly number[]
  /** fields of which only counts whether they hold something (an amount: whether it is one) */
  presence: readonly number[]
}

export type CsvChunk = { bytes: Buffer; firstRow: number; rows: number; malformed: Malformed[] }

type Held = { units: number; scale: number }
/** The sums of the rows that agree in texts and presence: exact ones, and beside them small ones not yet folded in. */
type Entry = { texts: string[]; present: boolean[]; exact: (Scaled | null)[]; small: Held[][] }

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
  private readonly entries = new Map<string, Entry>()
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
  private readonly amounts: { slot: number; index: number; member?: string; style?: NumberStyle }[]
  private readonly textSlots: number[]
  private readonly presence: { slot: number; amount: number }[]
  /** The amounts of the row at hand: small ones as units of a scale; a scale of -1 is none, of -2 is in `large`. */
  private readonly units: Float64Array
  private readonly scales: Int32Array
  private readonly large: Scaled[] = []

  constructor(
    private readonly columns: ScanColumns,
    private readonly chunkBytes = 64 * 1024 * 1024,
    /** Sums are wanted once; a second pass over the same file leaves them. */
    private readonly summing = true,
  ) {
    const width = columns.fieldCount
    this.wanted = new Int32Array(width).fill(-1)
    let slot = 0
    for (const index of new Set([...columns.amounts.keys(), ...columns.texts, ...columns.presence]))
      this.wanted[index] = slot++
    this.amounts = [...columns.amounts].map(([index, amount]) => ({ slot: this.wanted[index]!, index, ...amount }))
    this.textSlots = columns.texts.map((index) => this.wanted[index]!)
    this.presence = columns.presence.map((index) => ({
      slot: this.wanted[index]!,
      amount: this.amounts.findIndex((amount) => amount.index === index),
    }))
    this.units = new Float64Array(this.amounts.length)
    this.scales = new Int32Array(this.amounts.length)
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
  private lastEntry: Entry | undefined

  private add(buffer: Buffer) {
    const { starts, ends, amounts, textSlots, presence, scales } = this
    for (let i = 0; i < amounts.length; i++) this.read(buffer, i)
    let key = ''
    for (const slot of textSlots) key += `${buffer.toString('latin1', starts[slot]!, ends[slot]!)}\u0000`
    for (const { slot, amount } of presence)
      key += (amount === -1 ? holdsText(buffer, starts[slot]!, ends[slot]!) : scales[amount] !== none) ? '1' : '0'
    let entry = this.lastEntry
    if (key !== this.lastKey || !entry) {
      entry = this.entries.get(key)
      if (!entry) {
        entry = {
          texts: textSlots.map((slot) => unquote(buffer.toString('utf8', starts[slot]!, ends[slot]!))),
          present: presence.map((_, i) => key[key.length - presence.length + i] === '1'),
          exact: amounts.map(() => null),
          small: amounts.map(() => []),
        }
        this.entries.set(key, entry)
      }
      this.lastKey = key
      this.lastEntry = entry
    }
    for (let i = 0; i < amounts.length; i++) {
      const scale = scales[i]!
      if (scale >= 0) addSmall(entry, i, this.units[i]!, scale)
      else if (scale === inLarge) entry.exact[i] = addScaled(entry.exact[i] ?? zero, this.large[i]!)
    }
  }

  private read(buffer: Buffer, i: number) {
    const { slot, member, style } = this.amounts[i]!
    const from = this.starts[slot]!
    const to = this.ends[slot]!
    this.scales[i] = none
    if (from === to) return
    if (member === undefined && style === undefined && this.readSmall(buffer, i, from, to)) return
    const text = unquote(buffer.toString('utf8', from, to))
    const parsed =
      member === undefined ? parseDecimal(readNumber(text, style) ?? '') : sumOfMembers(memberNumbers(text, member))
    if (!parsed) return
    this.large[i] = parsed
    this.scales[i] = inLarge
  }

  /** The short plain decimals of nearly all bills are read as safe integers by scale; all others exactly by bigint. */
  private readSmall(buffer: Buffer, i: number, from: number, to: number): boolean {
    let units = 0
    let scale = -1
    let position = from
    const negative = buffer[position] === 45
    if (negative) position++
    if (to - position > 16 || to === position) return false
    for (; position < to; position++) {
      const byte = buffer[position]!
      if (byte >= 48 && byte <= 57) {
        units = units * 10 + (byte - 48)
        if (scale >= 0) scale++
      } else if (byte === 46 && scale < 0) scale = 0
      else return false
    }
    if (units > 9e15 || (scale === 0 && to - from - (negative ? 1 : 0) === 1)) return false
    this.units[i] = negative ? -units : units
    this.scales[i] = Math.max(scale, 0)
    return true
  }

  /** Call after the last chunk: the exact sums of each group of rows. */
  settle(): TextGroup[] {
    const { columns, amounts } = this
    return [...this.entries.values()].map((entry) => {
      const totals = new Map<number, Scaled | null>(
        amounts.map(({ index }, i) => [
          index,
          entry.small[i]!.reduce<Scaled | null>(
            (sum, held) => (held ? addScaled(sum ?? zero, { units: BigInt(held.units), scale: held.scale }) : sum),
            entry.exact[i]!,
          ),
        ]),
      )
      const texts = new Map(columns.texts.map((index, i) => [index, entry.texts[i]!]))
      const present = new Map(columns.presence.map((index, i) => [index, entry.present[i]! ? '1' : '']))
      return {
        texts,
        cell: (index) => texts.get(index) ?? present.get(index) ?? '',
        total: (index) => totals.get(index) ?? null,
      }
    })
  }
}

const none = -1
const inLarge = -2
const zero: Scaled = { units: 0n, scale: 0 }

function addSmall(entry: Entry, i: number, units: number, scale: number) {
  const scales = entry.small[i]!
  const held = scales[scale]
  if (!held) {
    scales[scale] = { units, scale }
    return
  }
  const next = held.units + units
  if (Number.isSafeInteger(next)) held.units = next
  else {
    entry.exact[i] = addScaled(addScaled(entry.exact[i] ?? zero, { units: BigInt(held.units), scale }), {
      units: BigInt(units),
      scale,
    })
    held.units = 0
  }
}

function sumOfMembers(numbers: string[]): Scaled | null {
  let sum: Scaled | null = null
  for (const number of numbers) {
    const parsed = parseDecimal(number)
    if (parsed) sum = addScaled(sum ?? zero, parsed)
  }
  return sum
}

const emptyTexts = new Set(['', 'NULL', 'null', 'Null', '\\N'])
const holdsText = (buffer: Buffer, from: number, to: number) =>
  to > from && (to - from > 4 || !emptyTexts.has(buffer.toString('latin1', from, to)))

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
