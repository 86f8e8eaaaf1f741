import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { type ExactJson, parseExactJson } from '@infrazen/connector-kit'
import { invalid } from '../../../primitives/errors'
import { readBytes } from './csv/read-bytes'
import type { Compression } from './recognise-content'

const longestLine = 16 * 1024 * 1024
type Row = Map<string, string>

/**
 * Newline-delimited JSON, as BigQuery exports tables, written as CSV: one object a line, records flattened with dots, lists
 * as the JSON they are, numbers with the digits that stand there.
 * @returns false, and writes nothing, when the file is something else
 * @throws Failure `json_line` for a line that is no object
 */
export async function jsonLinesToCsv(path: string, compression: Compression, target: string): Promise<boolean> {
  const names = new Map<string, number>()
  let number = 0
  for await (const line of linesOf(path, compression)) {
    if (number === 0 && !/^\uFEFF?\s*\{/.test(line)) return false
    const row = rowOf(line, ++number)
    if (row === null) {
      if (number === 1) return false
      throw invalid(
        'json_line',
        `Line ${number} is no JSON object. Export the table as newline-delimited JSON, CSV or Parquet; nothing of the file was taken.`,
      )
    }
    // One object alone, or without a scalar, is a document rather than a row.
    if (number === 1 && row.size < 2) return false
    for (const name of row.keys()) if (!names.has(name)) names.set(name, names.size)
  }
  if (number === 0) return false
  const out = createWriteStream(target, { mode: 0o600 })
  const write = async (cells: string[]) => {
    if (!out.write(`${cells.map(cellOf).join(',')}\n`)) await once(out, 'drain')
  }
  await write([...names.keys()])
  number = 0
  for await (const line of linesOf(path, compression)) {
    const row = rowOf(line, ++number)!
    await write([...names.keys()].map((name) => row.get(name) ?? ''))
  }
  out.end()
  await once(out, 'close')
  return true
}

const cellOf = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

function rowOf(line: string, number: number): Row | null {
  let parsed: ExactJson
  try {
    parsed = parseExactJson(number === 1 ? line.replace(/^\uFEFF/, '') : line)
  } catch {
    return null
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null
  const row: Row = new Map()
  const add = (prefix: string, of: { [name: string]: ExactJson }) => {
    for (const [key, value] of Object.entries(of)) {
      const name = `${prefix}${key}`
      if (value === null) row.set(name, '')
      else if (Array.isArray(value)) row.set(name, JSON.stringify(value))
      else if (typeof value === 'object') add(`${name}.`, value)
      else row.set(name, String(value))
    }
  }
  add('', parsed)
  return row
}

async function* linesOf(path: string, compression: Compression): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const piece of readBytes(path, compression, () => {})) {
    rest += decoder.write(piece)
    const lines = rest.split('\n')
    rest = lines.pop()!
    if (rest.length > longestLine) throw invalid('json_line', 'A line of the file is longer than 16 MiB.')
    for (const line of lines) if (line.trim() !== '') yield line
  }
  rest += decoder.end()
  if (rest.trim() !== '') yield rest
}
