/** A row by column name: text as it was written, null for absent. */
export type FocusRow = Record<string, string | null>

/** One record of a file. `problem` is set when its shape was odd; nothing of it is dropped: all cells are in `cells`. */
export type FocusRecord = {
  /** Data row, the first after the header is 1. */
  readonly rowNumber: number
  readonly row: FocusRow
  readonly cells: readonly (string | null)[]
  readonly problem: string | null
}

export type RowSource = {
  readonly format: 'csv' | 'parquet'
  readonly compression: 'none' | 'gzip' | 'zstd'
  /** Headers as written. A repeated or empty header is made unique in the rows (`Name#2`, `Column#7`). */
  readonly headers: readonly string[]
  readonly headerProblems: readonly string[]
  /** Of CSV. */
  readonly delimiter: string | null
  readonly records: AsyncIterable<FocusRecord>
}

/** Names for the cells of a record: repeated and empty headers get a number, so that no cell hides another. */
export function uniqueHeaders(headers: readonly string[]): { names: string[]; problems: string[] } {
  const taken = new Set<string>()
  const problems: string[] = []
  const names = headers.map((header, index) => {
    // `__proto__` as a key of a plain object would swallow the cell.
    let name = header.trim() === '' || header === '__proto__' ? `Column#${index + 1}` : header
    if (name !== header) problems.push(`column ${index + 1} has no usable name`)
    if (taken.has(name)) {
      problems.push(`the column ${header} occurs more than once`)
      let copy = 2
      while (taken.has(`${header}#${copy}`)) copy += 1
      name = `${header}#${copy}`
    }
    taken.add(name)
    return name
  })
  return { names, problems }
}
