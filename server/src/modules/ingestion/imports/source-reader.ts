import type { Scaled } from '../../../primitives/money'
import type { BulkInput } from '../../../storage/clickhouse'
import type { ColumnPlan } from './understand-columns'

/**
 * What a column of a file holds once the engine has read it. `text`: a String, '' for null. `exact`: a nullable number
 * without binary fractions. `time`: a nullable date or moment.
 */
export type SourceField = {
  name: string
  kind: 'text' | 'exact' | 'time'
  /** The reader can hand its texts out as a dictionary, each once, and it costs nothing. */
  dictionary?: boolean
}

/** A record that could not be cut into the fields of the header. */
export type Malformed = {
  row: number
  raw: string
  code: 'too_few_fields' | 'too_many_fields' | 'quote_unbalanced' | 'quote_misplaced' | 'nul_byte'
  fields: number
}

/** Some rows of a file, in file order, as the engine can read them. */
export type RowChunk = {
  /** data row, the first of the file is 1 */
  firstRow: number
  rows: number
  malformed: Malformed[]
  input: BulkInput
  /** SQL from the chunk's own columns to `c0…cN` of the fields' kinds; absent where they are that already. */
  select?: string
  settings: Record<string, string | number>
  /** Throws what a person can act on where the engine could not read the chunk. */
  explain?: (error: unknown) => never
  /** share of the file that is read with this chunk, 0 to 1 */
  share: number
  release?: () => Promise<void>
}

/** Exact sums of the columns of a source, one group for the rows that agree in `texts` and in what cells hold anything. */
export type TextGroup = {
  /** field index → its text, or for a field of which only counts whether it holds something, '' or '1' */
  cell: (index: number) => string
  /** texts of the fields that place a row, by field index */
  texts: Map<number, string>
  /** the sum of the numbers of a field; null where none of its cells is one */
  total: (index: number) => Scaled | null
}

/** A file of one format, opened. Knows nothing of the ledger; what its columns mean is told by the plan. */
export type SourceReader = {
  /** what the content turned out to be, e.g. `csv+gzip` */
  format: string
  fields: SourceField[]
  /** Texts of the first rows, a few hundred at most, to tell formats of the same header apart. */
  sample(): Promise<string[][]>
  /** The rows from the first to the last; can be asked for again. */
  chunks(plan: ColumnPlan, pass: 'first' | 'again'): AsyncIterable<RowChunk>
  /**
   * After the first pass: the money of the source, added up from its text. Absent where the engine is to read the
   * columns a second time for it.
   */
  sumsOfText?: () => TextGroup[]
  close(): Promise<void>
}
