/**
 * Cells of the first records of CSV text. For looks, not for money: a record that the text cuts off is left out.
 * @param most records at most
 */
export function sampleCsv(bytes: Buffer, delimiter: string, most: number): string[][] {
  const text = bytes.subarray(0, 4 * 1024 * 1024).toString('utf8')
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  for (let i = 0; i < text.length && rows.length < most; i++) {
    const sign = text[i]!
    if (quoted) {
      if (sign !== '"') cell += sign
      else if (text[i + 1] === '"') {
        cell += '"'
        i++
      } else quoted = false
    } else if (sign === '"' && cell === '') quoted = true
    else if (sign === delimiter || sign === '\n') {
      row.push(sign === '\n' ? cell.replace(/\r$/, '') : cell)
      cell = ''
      if (sign === '\n') {
        if (row.some((one) => one !== '')) rows.push(row)
        row = []
      }
    } else cell += sign
  }
  if (rows.length < most && !quoted && (row.length > 0 || cell !== '')) rows.push([...row, cell])
  return rows
}
