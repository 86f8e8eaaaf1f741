import type { FocusRow } from './row'

/**
 * CSV lines of rows, header first, CRLF line ends: null becomes an empty cell, the empty text a quoted one, so that the
 * two stay apart when read again. Pull the lines into a stream; nothing is held.
 *
 * @throws RangeError for a row with a column that `headers` does not name: it would be lost
 */
export async function* writeCsv(
  headers: readonly string[],
  rows: Iterable<FocusRow> | AsyncIterable<FocusRow>,
): AsyncGenerator<string> {
  const known = new Set(headers)
  yield `${headers.map(quoted).join(',')}\r\n`
  for await (const row of rows) {
    for (const column in row) {
      if (!known.has(column) && row[column] !== null)
        throw new RangeError(`the column ${column} is not among the headers`)
    }
    yield `${headers.map((header) => cellText(row[header] ?? null)).join(',')}\r\n`
  }
}

function cellText(value: string | null): string {
  return value === null ? '' : quoted(value)
}

function quoted(value: string): string {
  // A leading or trailing blank and a byte order mark would not survive every reader without quotes.
  return value === '' || /[",\r\n\uFEFF]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
