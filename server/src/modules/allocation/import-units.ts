import { Month, type UnitState, unitKinds } from './contract'
import type { UnitTree } from './unit-tree'

export type UnitRow = { line: number; key: string; state: UnitState; from: string | null }

/**
 * Reads units from CSV: columns key, name, kind, parent, owner, cost_center, aliases (separated by |), from; only name is needed.
 * A row that cannot be read is named and left out.
 */
export function readUnitCsv(text: string): { rows: UnitRow[]; problems: { line: number; message: string }[] } {
  const records = parseCsv(text.replace(/^\uFEFF/, ''))
  const header = (records.shift()?.cells ?? []).map((name) => name.trim().toLowerCase().replaceAll(' ', '_'))
  const problems: { line: number; message: string }[] = []
  if (!header.includes('name') && !header.includes('key'))
    return {
      rows: [],
      problems: [{ line: 1, message: 'The first line must name the columns; “name” or “key” is needed.' }],
    }
  const rows: UnitRow[] = []
  for (const { line, cells } of records) {
    if (cells.every((cell) => cell.trim() === '')) continue
    const cell = (name: string) => (header.includes(name) ? (cells[header.indexOf(name)] ?? '').trim() : '')
    const name = cell('name') || cell('key')
    const key = cell('key') ? cell('key').toLowerCase() : keyOf(name)
    const kind = (cell('kind') || 'team').toLowerCase().replace(/[ -]/g, '_').replace('centre', 'center')
    const from = cell('from').slice(0, 7)
    const say = (message: string) => problems.push({ line, message })
    if (!/^[a-z0-9][a-z0-9._-]{0,79}$/.test(key))
      say(`“${key}” is no key: use small letters, digits, dots, dashes and underscores.`)
    else if (!(unitKinds as readonly string[]).includes(kind)) say(`“${kind}” is no kind: use ${unitKinds.join(', ')}.`)
    else if (from !== '' && !Month.safeParse(from).success) say(`“${cell('from')}” is no month: write 2026-11.`)
    else if (rows.some((row) => row.key === key && row.from === (from || null)))
      say(`The unit “${key}” stands in the file twice.`)
    else
      rows.push({
        line,
        key,
        from: from || null,
        state: {
          name,
          kind: kind as UnitState['kind'],
          parent: cell('parent') ? cell('parent').toLowerCase() : null,
          owner: cell('owner'),
          costCenter: cell('cost_center'),
          aliases: cell('aliases')
            .split('|')
            .map((alias) => alias.trim())
            .filter(Boolean),
        },
      })
  }
  // A parent that stands in the file under its name is meant by it.
  const byName = new Map(rows.map((row) => [row.state.name.toLowerCase(), row.key]))
  const keys = new Set(rows.map((row) => row.key))
  for (const { state } of rows)
    if (state.parent !== null && !keys.has(state.parent)) state.parent = byName.get(state.parent) ?? state.parent
  return { rows, problems }
}

/** Parents before their children, so that each can be checked when it is written. */
export function inTreeOrder<T extends { key: string; state: UnitState }>(rows: T[]): T[] {
  const ofKey = new Map(rows.map((row) => [row.key, row]))
  const depth = (row: T, seen = new Set<string>()): number => {
    const parent = row.state.parent === null ? undefined : ofKey.get(row.state.parent)
    if (!parent || seen.has(row.key)) return 0
    return 1 + depth(parent, seen.add(row.key))
  }
  return [...rows].sort((a, b) => depth(a) - depth(b))
}

/** A key for a name: `Search & ranking` → `search-ranking`. Names without Latin letters or digits get one by position. */
export function keyOf(name: string): string {
  const key = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, '-')
    .replace(/^[^a-z0-9]+|[-._]+$/g, '')
    .slice(0, 80)
  if (key !== '') return key
  let hash = 0
  for (const c of name) hash = (hash * 31 + c.codePointAt(0)!) >>> 0
  return `unit-${hash.toString(36)}`
}

/** Which values of the data have no unit yet, and what unit each would become. */
export function unitsForValues(
  values: string[],
  tree: UnitTree,
  kind: UnitState['kind'],
  parent: string | null,
): { key: string; state: UnitState }[] {
  const made = new Map<string, { key: string; state: UnitState }>()
  for (const value of values) {
    const text = value.trim()
    if (text === '' || tree.names.has(text.toLowerCase())) continue
    const key = keyOf(text)
    if (tree.byKey.has(key)) continue
    const known = made.get(key)
    if (known) known.state.aliases.push(text)
    else
      made.set(key, {
        key,
        state: {
          name: text.slice(0, 200),
          kind,
          parent,
          owner: '',
          costCenter: '',
          aliases: key === text.toLowerCase() ? [] : [text],
        },
      })
  }
  return [...made.values()]
}

/** Records of RFC 4180 CSV with the line each begins on. */
export function parseCsv(text: string): { line: number; cells: string[] }[] {
  const records: { line: number; cells: string[] }[] = []
  let cells: string[] = []
  let cell = ''
  let quoted = false
  let line = 1
  let start = 1
  const endRecord = () => {
    records.push({ line: start, cells: [...cells, cell] })
    cells = []
    cell = ''
    start = line
  }
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (c === '\n') line++
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') {
        cell += '"'
        i++
      } else if (c === '"') quoted = false
      else cell += c
    } else if (c === '"' && cell === '') quoted = true
    else if (c === ',') {
      cells.push(cell)
      cell = ''
    } else if (c === '\n') endRecord()
    else if (c !== '\r' || text[i + 1] !== '\n') cell += c
  }
  if (cell !== '' || cells.length > 0) endRecord()
  return records
}
