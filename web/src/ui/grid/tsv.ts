/** Cells as tab-separated text: what spreadsheets take from the clipboard. Tabs and line breaks inside a cell become spaces. */
export function tsvOf(cells: readonly (readonly string[])[]): string {
  return cells.map((row) => row.map((cell) => cell.replace(/[\t\n\r]+/g, ' ')).join('\t')).join('\n')
}
