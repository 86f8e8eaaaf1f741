import { parseCsv } from './import-units'

/** Rows of a CSV by the names of its first line. */
export function readCsvRows(text: string): Record<string, string>[] {
  const [header, ...records] = parseCsv(text)
  return records.map(({ cells }) => Object.fromEntries(header!.cells.map((name, i) => [name, cells[i] ?? ''])))
}
