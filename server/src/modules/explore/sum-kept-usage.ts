import type { Granularity } from './contract'
import {
  type KeptBlock,
  type KeptLevel,
  type KeptUsage,
  keptAttributes,
  type Series,
  slotSeconds,
  unitsOf,
  type WantedBlock,
} from './kept-usage'
import type { Coverage } from './ledger-facts'
import { type KeptColumn, keptCounts } from './measures'
import type { RowSet } from './question'
import { planRollUps, type Stretch } from './roll-up-plan'
import { offsetSeconds } from './time-zone'

/** What to add up. `covered` says whether a bill counts in place of the calls. */
export type KeptSums = {
  set: RowSet
  covered: Coverage[]
  granularity: Granularity | null
  passes: (series: Series, covered: boolean) => boolean
  /** The values of a group's keys, but for its time. */
  keysOf: (series: Series, covered: boolean) => string[]
  parts: { columns: KeptColumn[]; takes: (series: Series, covered: boolean) => boolean }[]
}

/** A group: start of its bucket in seconds (null without granularity), keys, sums in `units / 10^30` (null: nothing known). */
export type KeptGroup = { time: number | null; keys: string[]; sums: (bigint | null)[] }

const daySeconds = 86_400
/** Days of a level that are kept for one question; longer periods are summed by the engine. */
const maxDays: Record<KeptLevel, number> = { day: 1200, hour: 140, quarter: 21 }
const maxCells = 2_000_000

/** Exact sums by group of the calls of the period, and the series found there; null where what is kept cannot tell them. */
export async function sumKeptUsage(
  kept: KeptUsage,
  sums: KeptSums,
): Promise<{ groups: KeptGroup[]; series: Series[] } | null> {
  const { set, covered, granularity, parts } = sums
  const quarter = 900_000_000n
  if (set.asOf !== null || set.from % quarter !== 0n || set.to % quarter !== 0n) return null
  const edges = [...new Set(covered.flatMap((coverage) => coverage.edges))].sort((a, b) => a - b)
  const period = { from: Number(set.from / 1_000_000n), to: Number(set.to / 1_000_000n) }
  const plan = planRollUps(period, granularity, set.timeZone, edges)
  const wanted: (WantedBlock & Stretch)[] = []
  for (const level of ['day', 'hour', 'quarter'] as const) {
    const days = plan[level].flatMap((stretch) => daysOf(level, stretch))
    if (days.length > maxDays[level]) return null
    wanted.push(...days)
  }
  // Where the clocks change nearby, the engine decides where a bucket starts.
  const starts = new Map<number, number | null>()
  const startOf = (at: number) => {
    if (granularity === null) return null
    let start = starts.get(at)
    if (start === undefined) {
      start = bucketStart(at, granularity, set.timeZone)
      starts.set(at, start)
    }
    return start
  }
  if (granularity !== null)
    for (const { level, from, to } of wanted)
      for (let at = from; at < to; at += slotSeconds[level]) if (startOf(at) === null) return null

  const found = await kept.blocksOf(set.organizationId, wanted)
  if (found === null || found.blocks.reduce((sum, { reach }) => sum + reach, 0) > Number.MAX_SAFE_INTEGER) return null
  const count = found.series.length
  const coverageOf = new Int32Array(count).fill(-1)
  const groupOf = [new Int32Array(count).fill(-1), new Int32Array(count).fill(-1)] as const
  const takes = parts.map(() => [new Uint8Array(count), new Uint8Array(count)] as const)
  const keys: string[][] = []
  const ids = new Map<string, number>()
  for (let s = 0; s < count; s++) {
    const series = found.series[s]!
    const coverage = covered.findIndex(
      ({ provider, accounts }) => provider === series[providerAt] && accounts.includes(series[accountAt]!),
    )
    coverageOf[s] = coverage
    for (const side of coverage < 0 ? ([0] as const) : ([0, 1] as const)) {
      if (!sums.passes(series, side === 1)) continue
      const own = sums.keysOf(series, side === 1)
      const key = own.length === 1 ? own[0]! : JSON.stringify(own)
      let id = ids.get(key)
      if (id === undefined) {
        id = keys.push(own) - 1
        ids.set(key, id)
      }
      groupOf[side][s] = id
      for (const [p, part] of parts.entries()) takes[p]![side][s] = part.takes(series, side === 1) ? 1 : 0
    }
  }

  const columns = parts.flatMap((part, p) => part.columns.map((column) => ({ column, p })))
  const width = columns.reduce((sum, { column }) => sum + (column === 'Cost' ? 3 : 1), 0)
  const tables = new Map<number | null, Table>()
  const tableOf = (time: number | null): Table => {
    let table = tables.get(time)
    if (!table) {
      table = {
        values: new Float64Array(keys.length * width),
        seen: new Uint8Array(keys.length),
        known: new Uint8Array(keys.length * parts.length),
      }
      tables.set(time, table)
    }
    return table
  }
  if (new Set(starts.values()).size * keys.length * width > maxCells) return null

  const present = new Uint8Array(count)
  const adding: Adding = { width, parts: parts.length, columns, coverageOf, groupOf, takes, present }
  for (const [b, { level, day, from, to }] of wanted.entries()) {
    const block: KeptBlock = found.blocks[b]!
    if (block.rows === 0) continue
    const slots = daySeconds / slotSeconds[level]
    const tableAt: (Table | undefined)[] = []
    const inside = covered.map(() => new Uint8Array(slots))
    for (let slot = 0; slot < slots; slot++) {
      const at = day + slot * slotSeconds[level]
      if (at < from || at >= to) continue
      tableAt[slot] = tableOf(startOf(at))
      for (const [c, coverage] of covered.entries()) inside[c]![slot] = isInside(coverage.edges, at) ? 1 : 0
    }
    addBlock(block, tableAt, inside, adding)
  }

  const groups: KeptGroup[] = []
  for (const [time, { values, seen, known }] of tables) {
    for (let group = 0; group < keys.length; group++) {
      if (seen[group] === 0) continue
      let cell = group * width
      const added = parts.map((part, p) => {
        let sum = 0n
        for (const column of part.columns) {
          if (column === 'Cost') sum += unitsOf(values[cell]!, values[cell + 1]!, values[cell + 2]!)
          else sum += BigInt(values[cell]!) * 10n ** 30n
          cell += column === 'Cost' ? 3 : 1
        }
        return known[group * parts.length + p] === 1 ? sum : null
      })
      groups.push({ time, keys: keys[group]!, sums: added })
    }
  }
  return { groups, series: found.series.filter((_, s) => present[s] === 1) }
}

type Table = { values: Float64Array; seen: Uint8Array; known: Uint8Array }
/** For each side (calls that count, calls that a bill covers) what a series' rows go to. */
type Adding = {
  width: number
  parts: number
  columns: { column: KeptColumn; p: number }[]
  coverageOf: Int32Array
  groupOf: readonly [Int32Array, Int32Array]
  takes: (readonly [Uint8Array, Uint8Array])[]
  present: Uint8Array
}

// Used by one block after the other: a question has hundreds, and arrays of their own would be most of its cost.
const scratchOf = (rows: number) => ({
  picked: new Int32Array(rows),
  groups: new Int32Array(rows),
  sides: new Uint8Array(rows),
})
let scratch = scratchOf(4096)

/** Adds a block's rows to the tables of their slots: rows are picked once, then added a column at a time. */
function addBlock(block: KeptBlock, tableAt: (Table | undefined)[], inside: Uint8Array[], adding: Adding) {
  const { width, parts, columns, coverageOf, groupOf, takes, present } = adding
  const { rows, series, slots } = block
  if (scratch.picked.length < rows) scratch = scratchOf(rows * 2)
  const { picked, groups, sides } = scratch
  let count = 0
  for (let r = 0; r < rows; r++) {
    const table = tableAt[slots[r]!]
    if (table === undefined) continue
    const s = series[r]!
    const coverage = coverageOf[s]!
    const side = coverage < 0 ? 0 : inside[coverage]![slots[r]!]!
    const group = side === 0 ? groupOf[0][s]! : groupOf[1][s]!
    if (group < 0) continue
    table.seen[group] = 1
    present[s] = 1
    picked[count] = r
    groups[count] = group
    sides[count] = side
    count++
  }
  if (count === 0) return
  let cell = 0
  for (const { column, p } of columns) {
    const [outside, covers] = takes[p]!
    const data = column === 'Cost' ? block.cost : [block.counts[keptCounts.indexOf(column)] ?? null]
    for (let n = 0; n < data.length; n++) {
      const values = data[n]!
      for (let i = 0; i < count; i++) {
        const r = picked[i]!
        if ((sides[i] === 0 ? outside : covers)[series[r]!] === 0) continue
        const table = tableAt[slots[r]!]!
        const group = groups[i]!
        if (n === 0) table.known[group * parts + p] = 1
        if (values !== null) table.values[group * width + cell]! += values[r]!
      }
      cell++
    }
  }
}

const providerAt = keptAttributes.indexOf('ServiceProviderName')
const accountAt = keptAttributes.indexOf('AccountId')

/** Between an even edge and the next: rising edges, seconds. */
function isInside(edges: number[], at: number): boolean {
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (edges[middle]! <= at) low = middle + 1
    else high = middle
  }
  return low % 2 === 1
}

function daysOf(level: KeptLevel, { from, to }: Stretch): (WantedBlock & Stretch)[] {
  const days: (WantedBlock & Stretch)[] = []
  for (let day = Math.floor(from / daySeconds) * daySeconds; day < to; day += daySeconds)
    days.push({ level, day, from: Math.max(from, day), to: Math.min(to, day + daySeconds) })
  return days
}

/** Where the zone's bucket of a moment starts, in seconds since 1970; null where its clocks change nearby. */
function bucketStart(at: number, granularity: Granularity, timeZone: string): number | null {
  if (granularity === '15m') return at - (at % 900)
  const offset = offsetSeconds(at, timeZone)
  const local = at + offset
  const hour = 3600
  if (granularity === 'hour') {
    const steady = offsetSeconds(at - hour, timeZone) === offset && offsetSeconds(at + hour, timeZone) === offset
    return steady ? Math.floor(local / hour) * hour - offset : null
  }
  const midnight = Math.floor(local / daySeconds) * daySeconds
  const date = new Date(midnight * 1000)
  const month = date.getUTCMonth()
  const monthStart = (first: number) => Date.UTC(date.getUTCFullYear(), first, 1) / 1000
  const start = {
    day: () => midnight,
    week: () => midnight - ((date.getUTCDay() + 6) % 7) * daySeconds,
    month: () => monthStart(month),
    quarter: () => monthStart(month - (month % 3)),
    year: () => monthStart(0),
  }[granularity]()
  const offsetThere = offsetSeconds(start - offset, timeZone)
  const steady = [-daySeconds, daySeconds].every((by) => offsetSeconds(start - offset + by, timeZone) === offsetThere)
  return steady ? start - offsetThere : null
}

const positionOf = new Map<string, number>(keptAttributes.map((name, i) => [name, i]))

/** How to read the SQL of a dimension of usage from a series: a column or a constant; null for anything else. */
export function readerOf(sql: string): ((series: Series) => string) | null {
  const at = positionOf.get(sql)
  if (at !== undefined) return (series) => series[at]!
  const constant = /^'([A-Za-z]*)'$/.exec(sql)?.[1]
  return constant === undefined ? null : () => constant
}

/** The question's filters over series; null where only the engine can tell (its own rules of letters, what single calls say). */
export function keptFilters(set: RowSet): ((series: Series) => boolean) | null {
  const tests: ((series: Series) => boolean)[] = []
  for (const { dimension, filter } of set.filters) {
    const read = readerOf(dimension.usage)
    if (read === null || filter.contains !== undefined) return null
    const list = filter.in ?? filter.notIn
    if (list) {
      const values = new Set(list.map((value) => value ?? ''))
      const isIn = filter.in !== undefined
      tests.push((series) => values.has(read(series)) === isIn)
    } else tests.push((series) => (read(series) === '') === (filter.isNull === true))
  }
  return (series) => tests.every((test) => test(series))
}
