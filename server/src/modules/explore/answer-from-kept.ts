import { formatDecimal } from '../../primitives/money'
import {
  type CompiledColumn,
  chargesSql,
  type Key,
  layoutOf,
  ofCurrency,
  type Row,
  type RowFacts,
} from './compile-question'
import type { Explorer } from './explorer'
import type { Series } from './kept-usage'
import { type Measure, measures } from './measures'
import { sumScale } from './metrics'
import type { ParsedQuery, RowSet } from './question'
import { keptFilters, readerOf, sumKeptUsage } from './sum-kept-usage'

type Sums = (bigint | null)[]
type Group = { keys: (string | number)[]; sums: Sums }
type Answer = { rows: Row[]; columns: CompiledColumn[]; rowsAreTotals: boolean }

/** More groups of charges than these are ordered and cut by the engine. */
const maxChargeGroups = 20_000

/**
 * The rows of `compileQuestion`'s statement without asking the engine about calls: these are summed from what is kept of them, and
 * charges are asked for once until a batch opens or closes. Null where the question needs the statement.
 */
export async function answerFromKept(
  explorer: Explorer,
  set: RowSet,
  query: ParsedQuery,
  known: RowFacts,
): Promise<Answer | null> {
  if (set.asOf !== null || set.facts === null) return null
  const layout = layoutOf(set, query, known)
  const { needed, keys } = layout
  const usage = await groupsOfUsage(explorer, set, query, known, layout)
  if (usage === null) return null
  const charges = await groupsOfCharges(explorer, set, query, known, layout)
  if (charges === null) return null

  const isCount = needed.map((measure) => measures[measure].type === 'count')
  const own = added([...charges, ...usage])
  if (keys.length === 0 && own.length === 0) own.push({ keys: [], sums: needed.map(() => null) })
  const separating = keys.flatMap((key, i) => (key.separates ? [i] : []))
  const rowsAreTotals = separating.length === keys.length
  // A total stands in the place of its group: nothing in the keys that are added over.
  const empty = keys.map((key) => (key.alias === 'k_time' ? 0 : ''))
  const totals = rowsAreTotals
    ? []
    : added(
        own.map((group) => ({ ...group, keys: empty.map((e, i) => (separating.includes(i) ? group.keys[i]! : e)) })),
      )
  if (!rowsAreTotals && separating.length === 0 && totals.length === 0)
    totals.push({ keys: empty, sums: needed.map(() => null) })
  const orNothing = (sums: Sums) => sums.map((sum, m) => (sum === null && isCount[m] ? 0n : sum))
  const ordered = (groups: Group[]) => cutInOrder(groups, layout, query)
  return {
    columns: layout.columns,
    rowsAreTotals,
    rows: [
      ...ordered(rowsAreTotals ? own.map((group) => ({ ...group, sums: orNothing(group.sums) })) : own).map(toRow(0)),
      ...ordered(totals.map((group) => ({ ...group, sums: orNothing(group.sums) }))).map(toRow(1)),
    ],
  }

  function toRow(isTotal: 0 | 1) {
    return ({ group, values }: Valued): Row => {
      const row: Row = { is_total: isTotal }
      for (const [i, key] of keys.entries()) row[key.alias] = group.keys[i]!
      for (const [i, value] of values.entries()) row[`v${i}`] = value === null ? null : formatDecimal(value)
      return row
    }
  }
}

type Layout = ReturnType<typeof layoutOf>

/** The statement's branches of usage, summed here: see `branchesOf`. */
async function groupsOfUsage(
  explorer: Explorer,
  set: RowSet,
  query: ParsedQuery,
  known: RowFacts,
  { needed, keys, columns, detail }: Layout,
): Promise<Group[] | null> {
  const ofUsage = needed.filter((measure) => measures[measure].usage !== null)
  if (ofUsage.length === 0) return []
  const passesFilters = keptFilters(set)
  if (detail !== 'coarse' || passesFilters === null) return null
  const currencyOf = readerOf('Currency')!
  const statusOf = readerOf('CostStatus')!
  const readers: ((series: Series, covered: boolean) => string)[] = []
  for (const key of keys) {
    if (key.alias === 'k_time') continue
    const column = columns.find(({ alias }) => alias === key.alias)
    const implicit = column?.kind === 'dimension' && column.implicit && column.id === 'currency'
    const reader = implicit ? implicitCurrency(needed, known) : readerOf(key.usage)
    if (reader === null) return null
    readers.push(reader)
  }
  const countedOnly = ofUsage.every((measure) => measures[measure].counted)
  const currencyOnly = ofUsage.every(ofCurrency)
  const ofAsked = (series: Series) => set.currency === null || currencyOf(series) === set.currency
  const found = await sumKeptUsage(explorer.kept, {
    set,
    covered: ofUsage.some((measure) => measures[measure].counted) ? set.facts!.covered : [],
    granularity: query.granularity ?? null,
    passes: (series, covered) =>
      passesFilters(series) && !(countedOnly && covered) && !(currencyOnly && !ofAsked(series)),
    keysOf: (series, covered) => readers.map((read) => read(series, covered)),
    parts: ofUsage.map((measure) => {
      const { counted, kept } = measures[measure]
      const { columns, of } = kept!
      return {
        columns,
        takes: (series, covered) =>
          !(counted && covered) &&
          (!ofCurrency(measure) || ofAsked(series)) &&
          (of === 'all' || (of === 'priced' ? statusOf(series) === 'priced' : statusOf(series) !== 'unpriced')),
      }
    }),
  })
  if (found === null) return null
  const hasTime = keys[0]?.alias === 'k_time'
  const at = needed.map((measure) => ofUsage.indexOf(measure))
  return found.groups.map(({ time, keys: own, sums }) => ({
    keys: hasTime ? [time!, ...own] : own,
    sums: at.map((n) => (n < 0 ? null : sums[n]!)),
  }))

  function implicitCurrency(needed: Measure[], { sole }: RowFacts) {
    const money = needed.filter((measure) => ofCurrency(measure) && measures[measure].usage !== null)
    const countedOnly = money.every((measure) => measures[measure].counted)
    return (series: Series, covered: boolean) => {
      const without = money.length === 0 || statusOf(series) === 'unpriced' || (countedOnly && covered)
      return without || currencyOf(series) === '' ? (sole ?? '') : currencyOf(series)
    }
  }
}

/** The statement's branch of charges, kept until a batch opens or closes. */
async function groupsOfCharges(
  explorer: Explorer,
  set: RowSet,
  query: ParsedQuery,
  known: RowFacts,
  { needed, keys }: Layout,
): Promise<Group[] | null> {
  if (!known.charges || needed.every((measure) => measures[measure].charges === null)) return []
  const { dimensions, granularity, filters, period, currency } = query
  const key = `charges ${JSON.stringify([needed, keys.map(({ alias }) => alias), dimensions, granularity, filters, period, currency, set.timeZone])}`
  const rows = await explorer.remember(set.organizationId, key, { batches: true }, async () => {
    const sql = `${chargesSql(set, keys, needed)} LIMIT ${maxChargeGroups + 1}`
    const rows = await explorer.run<Row>({ name: 'explore.sumCharges', sql, params: set.params.values })
    return rows.length > maxChargeGroups ? null : rows
  })
  if (rows === null) return null
  return rows.map((row) => ({
    keys: keys.map(({ alias }) => (alias === 'k_time' ? Number(row[alias]) : String(row[alias]))),
    sums: needed.map((measure) => {
      const sum = row[`m_${measure}`]
      return sum === null || sum === undefined ? null : unitsOfText(String(sum))
    }),
  }))
}

function unitsOfText(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.padEnd(sumScale, '0'))
}

function added(groups: Group[]): Group[] {
  const sums = new Map<string, Group>()
  for (const group of groups) {
    const key = JSON.stringify(group.keys)
    const found = sums.get(key)
    if (!found) sums.set(key, { keys: group.keys, sums: [...group.sums] })
    else for (const [m, sum] of group.sums.entries()) if (sum !== null) found.sums[m] = (found.sums[m] ?? 0n) + sum
  }
  return [...sums.values()]
}

type Valued = { group: Group; values: ReturnType<Layout['asked'][number]['value']>[] }

/** The groups with the asked metrics, in the order of `orderSql`, as many as the statement gives. */
function cutInOrder(groups: Group[], { asked, needed, keys, columns }: Layout, query: ParsedQuery): Valued[] {
  const sumsOf = asked.map((metric) => metric.measures.map((measure) => needed.indexOf(measure)))
  const rows = groups.map((group) => ({
    group,
    values: asked.map((metric, i) => metric.value(...sumsOf[i]!.map((at) => group.sums[at]!))),
  }))
  const wanted = query.orderBy.map(({ id, direction }) => ({
    column: columns.find((candidate) => candidate.id === id)!,
    down: direction === 'desc',
  }))
  if (wanted.length === 0) {
    const time = columns.find(({ kind }) => kind === 'time')
    if (time) wanted.push({ column: time, down: false })
    wanted.push({ column: columns.find(({ kind }) => kind === 'metric')!, down: true })
  }
  const comparisons = wanted.map(({ column, down }) => {
    if (column.kind === 'metric') {
      const at = Number(column.alias.slice(1))
      return (a: Valued, b: Valued) => {
        const [x, y] = [a.values[at]!, b.values[at]!]
        if (x === null || y === null) return Number(x === null) - Number(y === null)
        const order = x.units < y.units ? -1 : x.units > y.units ? 1 : 0
        return down ? -order : order
      }
    }
    const at = keys.findIndex(({ alias }) => alias === column.alias)
    return (a: Valued, b: Valued) => {
      const [x, y] = [a.group.keys[at]!, b.group.keys[at]!]
      if (x === '' || y === '') return Number(x === '') - Number(y === '')
      return down ? -byKey(x, y) : byKey(x, y)
    }
  })
  const inTurn = keysInColumnOrder(keys, columns)
  rows.sort((a, b) => {
    for (const compare of comparisons) {
      const order = compare(a, b)
      if (order !== 0) return order
    }
    for (const at of inTurn) {
      const order = byKey(a.group.keys[at]!, b.group.keys[at]!)
      if (order !== 0) return order
    }
    return 0
  })
  return rows.slice(0, Math.max(query.limit, 1000) + 1)
}

const keysInColumnOrder = (keys: Key[], columns: CompiledColumn[]) =>
  columns.flatMap((column) => {
    const at = keys.findIndex(({ alias }) => alias === column.alias)
    return at < 0 ? [] : [at]
  })

const byKey = (a: string | number, b: string | number) =>
  typeof a === 'number' || typeof b === 'number' ? Number(a) - Number(b) : byCodePoints(a, b)

/** As the engine orders texts, by the bytes of UTF-8; JavaScript's own order differs beyond the first 65,536 characters. */
export function byCodePoints(a: string, b: string): number {
  if (a === b) return 0
  if (/[\ud800-\udfff]/.test(a + b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : 1
}

/** A sum as a decimal string. */
export const formatSum = (units: bigint | null) => (units === null ? null : formatDecimal({ units, scale: sumScale }))
