import type { ClickHouse } from '../../storage/clickhouse'
import { type CountedRows, countedRows } from '../explore'
import { addVectors, columnOf, emptyVector, textOf, toAmounts, unitsOf, type Vector } from './amounts'
import { compileRules } from './compile-rules'
import { type Coverage, costColumns, type Pool, type RuleDocument, type Run, type Way } from './contract'
import { periodOf } from './months'
import { fractionsOf } from './pool-fractions'
import { toDecimal } from './ratio'
import { nobody, type SharedNode, type SolvedShares, solveShares } from './share-system'
import { commonShares, type Shares, splitAmount } from './split-amount'
import type { PotShares } from './split-line'
import type { UnitTree } from './unit-tree'
import { readWeights, type Weights } from './weights'

export type RunInputs = {
  clickhouse: ClickHouse
  organizationId: string
  month: string
  timeZone: string
  /** Microseconds since 1970: every statement of the run sees the ledger as it was then. */
  asOf: bigint
  document: RuleDocument
  tree: UnitTree
  values: Map<string, Map<string, string>>
}

/** A part of the month's money. `unit` is '' for nobody. */
export type Part = {
  unit: string
  way: Way
  rule: string
  pool: string
  partition: string
  provider: string
  service: string
  currency: string
  /** The month itself, or the closed month that an adjustment is of. */
  ofMonth: string
  amounts: Vector
  rows: number
}

export type Computed = Pick<
  Run,
  'proof' | 'coverage' | 'flows' | 'cycles' | 'singular' | 'notes' | 'batches' | 'rows'
> & {
  parts: Part[]
  shares: PotShares[]
  /** Sums by currency as the ledger has them, read apart from the rules. */
  source: Map<string, Vector>
  /** What each rule takes; '' is no rule. */
  byRule: { rule: string; currency: string; amounts: Vector; rows: number }[]
}

type Cell = {
  RuleNo: number
  Unit: string
  Part: string
  Provider: string
  Service: string
  cur: string
  b: string | null
  e: string | null
  l: string | null
  c: string | null
  n: string
}

/** One computation of a month. Changes nothing. */
export async function computeRun(inputs: RunInputs): Promise<Computed> {
  const { clickhouse, document, tree, month } = inputs
  const period = periodOf(month)
  const counted = () => countedRows(inputs.organizationId, period, inputs.timeZone, inputs.asOf)
  const [cells, { source, batches }, weights] = await Promise.all([
    readCells(clickhouse, document, tree, period, counted()),
    readTotals(clickhouse, counted()),
    Promise.all(
      document.pools.map(async (pool) => [pool.key, await readWeights(pool, { ...inputs, period, counted })] as const),
    ),
  ])
  const { rules } = cells
  const weightsOf = new Map(weights)
  const collectedBy = new Map<string, string>()
  for (const pool of document.pools)
    for (const key of pool.collects) {
      const unit = tree.resolve(key)
      if (unit !== null && !collectedBy.has(unit)) collectedBy.set(unit, pool.key)
    }

  const parts = new PartList()
  const pots: { cell: Cell; pool: string; partition: string; rule: string; amounts: Vector }[] = []
  const byRule = new Map<string, Computed['byRule'][number]>()
  let rowCount = 0
  for (const cell of cells.cells) {
    const amounts: Vector = [cell.b, cell.e, cell.l, cell.c].map((v) => (v === null ? null : unitsOf(v))) as never
    const rule = cell.RuleNo === 0 ? null : rules[cell.RuleNo - 1]!
    const rows = Number(cell.n)
    rowCount += rows
    const ruleKey = JSON.stringify([rule?.id ?? '', cell.cur])
    const taken = byRule.get(ruleKey) ?? { rule: rule?.id ?? '', currency: cell.cur, amounts: emptyVector, rows: 0 }
    byRule.set(ruleKey, { ...taken, amounts: addVectors(taken.amounts, amounts), rows: taken.rows + rows })
    const pool = rule && 'pool' in rule.assign ? rule.assign.pool : collectedBy.get(cell.Unit)
    const base = { provider: cell.Provider, service: cell.Service, currency: cell.cur, ofMonth: month, amounts, rows }
    if (pool !== undefined) pots.push({ cell, pool, partition: cell.Part, rule: rule?.id ?? '', amounts })
    else if (cell.Unit !== '')
      parts.add({ ...base, unit: cell.Unit, way: 'direct', rule: rule!.id, pool: '', partition: '' })
    else parts.add({ ...base, unit: nobody, way: 'unallocated', rule: rule?.id ?? '', pool: '', partition: '' })
  }

  const flows: Run['flows'] = []
  const shareList: PotShares[] = []
  const cycles = new Map<string, string[]>()
  const singular = new Map<string, string[]>()
  const notes = new Map<string, Run['notes'][number]>()
  const poolOf = new Map(document.pools.map((pool) => [pool.key, pool]))
  for (const currency of [...new Set(pots.map(({ cell }) => cell.cur))].sort()) {
    const mine = pots.filter(({ cell }) => cell.cur === currency)
    const direct = new Map<string, bigint>()
    for (const part of parts.list())
      if (part.way === 'direct' && part.currency === currency)
        for (const [i] of costColumns.entries())
          direct.set(`${i} ${part.unit}`, (direct.get(`${i} ${part.unit}`) ?? 0n) + (part.amounts[i] ?? 0n))
    const own = new Map<string, bigint>()
    const ownByColumn = new Map<string, bigint>()
    for (const { pool, partition, amounts } of mine) {
      const id = nodeId(pool, partition)
      own.set(id, (own.get(id) ?? 0n) + (columnOf(amounts, document.base) ?? 0n))
      for (const [i] of costColumns.entries())
        ownByColumn.set(`${i} ${pool}`, (ownByColumn.get(`${i} ${pool}`) ?? 0n) + (amounts[i] ?? 0n))
    }
    for (const pool of document.pools) if (!own.has(nodeId(pool.key, ''))) own.set(nodeId(pool.key, ''), 0n)

    const used = new Map<string, Map<string, bigint>>()
    const nodes = [...own].map(([id, amount]): SharedNode => {
      const { pool: key, partition } = nodeOf(id)
      const pool = poolOf.get(key)!
      const weight = weightsFor(pool, partition, {
        tree,
        weights: weightsOf.get(key) ?? null,
        collectedBy,
        direct: (unit, column) => direct.get(`${costColumns.indexOf(column)} ${unit}`) ?? 0n,
        ownOf: (other, column) => ownByColumn.get(`${costColumns.indexOf(column)} ${other}`) ?? 0n,
        units: tree.units.map((unit) => unit.key),
        base: document.base,
      })
      used.set(id, weight.weights)
      const toNode = (target: string) => (target.startsWith('pool:') ? nodeId(target.slice(5), '') : target)
      const candidates = weight.candidates.map(toNode)
      const ofTarget = new Map([...weight.weights].map(([target, value]) => [toNode(target), value]))
      return {
        id,
        own: amount,
        feeds: [...new Set([...ofTarget.keys(), ...candidates])].filter(isNode),
        fractions: (total) =>
          fractionsOf(pool, ofTarget, candidates, total, currency, tree, (code, message) =>
            notes.set(`${code} ${key} ${currency}`, { code, message }),
          ),
      }
    })
    const solved = solveShares(nodes)
    for (const cycle of solved.cycles) cycles.set(cycle.join(' '), cycle.map(labelOf))
    for (const stuck of solved.singular) {
      singular.set(stuck.join(' '), stuck.map(labelOf))
      notes.set(`singular ${stuck.join(' ')}`, {
        code: 'singular_cycle',
        message: `The pools ${stuck.map(labelOf).join(', ')} pour into one another alone, so their cost reaches no unit. Give one of them a unit as a target.`,
      })
    }
    flows.push(...flowsOf(solved, used, currency, weightsOf, poolOf))

    const common = new Map<string, Shares>()
    for (const { cell, pool, partition, rule, amounts } of mine) {
      const id = nodeId(pool, partition)
      let shares = common.get(id)
      if (!shares) {
        shares = commonShares([...solved.shares.get(id)!].map(([key, ratio]) => ({ key, ratio })))
        common.set(id, shares)
        shareList.push({
          currency,
          pool,
          partition,
          denominator: shares.denominator.toString(),
          units: shares.keys.map((unit, i) => ({ unit, numerator: shares!.numerators[i]!.toString() })),
        })
      }
      const split = amounts.map((amount) => (amount === null ? null : splitAmount(amount, shares))) as (
        | bigint[]
        | null
      )[]
      const way: Way = ['usage', 'gpu'].includes(poolOf.get(pool)!.split.by) ? 'usage' : 'shared'
      for (const [i, unit] of shares.keys.entries())
        parts.add({
          unit,
          way: unit === nobody ? 'residual' : way,
          rule,
          pool,
          partition,
          provider: cell.Provider,
          service: cell.Service,
          currency,
          ofMonth: month,
          amounts: split.map((column) => column?.[i] ?? null) as unknown as Vector,
          rows: Number(cell.n),
        })
    }
  }
  const list = parts.list()
  return {
    parts: list,
    shares: shareList,
    source,
    byRule: [...byRule.values()],
    batches,
    rows: rowCount,
    proof: proofOf(source, list),
    coverage: coverageOf(list, document.base),
    flows,
    cycles: [...cycles.values()],
    singular: [...singular.values()],
    notes: [...notes.values()],
  }
}

async function readCells(
  clickhouse: ClickHouse,
  document: RuleDocument,
  tree: UnitTree,
  period: { from: string; to: string },
  rows: CountedRows,
) {
  const rules = compileRules(document, tree, period, rows, ['provider', 'service'])
  const column = (dimension: string) => `d${rules.dimensions.indexOf(dimension)}`
  const sql = `SELECT RuleNo, toString(${rules.unitSql}) AS Unit, toString(${rules.partitionSql}) AS Part,
      toString(${column('provider')}) AS Provider, toString(${column('service')}) AS Service, toString(cur) AS cur, sum(b) AS b, sum(e) AS e, sum(l) AS l, sum(c) AS c, sum(n) AS n
    FROM (${rules.withRules(rows.groups(rules.dimensions, rules.bounds))})
    GROUP BY RuleNo, Unit, Part, Provider, Service, cur
    ORDER BY RuleNo, Unit, Part, Provider, Service, cur`
  const cells = await clickhouse.query<Cell>({
    name: 'allocation.cells',
    sql,
    params: rows.params.values,
    settings: { max_bytes_before_external_group_by: 800 * 1024 * 1024 },
  })
  return { rules: rules.rules, cells: cells.map((cell) => ({ ...cell, RuleNo: Number(cell.RuleNo) })) }
}

/** Sums by currency, read from the rows without rules: the other side of the proof; and the batches they are of. */
export async function readTotals(
  clickhouse: ClickHouse,
  rows: CountedRows,
): Promise<{ source: Map<string, Vector>; batches: string[] }> {
  const found = await clickhouse.query<Pick<Cell, 'cur' | 'b' | 'e' | 'l' | 'c'> & { batches: string[] }>({
    name: 'allocation.totals',
    sql: `SELECT toString(cur) AS cur, sum(b) AS b, sum(e) AS e, sum(l) AS l, sum(c) AS c, arraySort(groupUniqArrayIf(batch, batch != '')) AS batches
      FROM (${rows.totals()}) GROUP BY cur ORDER BY cur`,
    params: rows.params.values,
  })
  return {
    source: new Map(
      found.map(({ cur, b, e, l, c }) => [cur, [b, e, l, c].map((v) => (v === null ? null : unitsOf(v))) as never]),
    ),
    batches: [...new Set(found.flatMap((row) => row.batches))].sort(),
  }
}

type WeightContext = {
  tree: UnitTree
  weights: Weights | null
  collectedBy: Map<string, string>
  direct: (unit: string, column: (typeof costColumns)[number]) => bigint
  ownOf: (pool: string, column: (typeof costColumns)[number]) => bigint
  units: string[]
  base: (typeof costColumns)[number]
}

/**
 * Weights of one pot by target: unit keys, `pool:<key>` or nobody. A unit whose cost a pool collects takes as that pool, so that
 * departments serving one another come out as a system. A pot never takes from itself.
 */
function weightsFor(
  pool: Pool,
  partition: string,
  { tree, weights, collectedBy, direct, ownOf, units, base }: WeightContext,
): { weights: Map<string, bigint>; candidates: string[] } {
  const self = `pool:${pool.key}`
  const seat = (target: string): string | null => {
    if (target === nobody || target.startsWith('pool:')) return target
    const unit = tree.resolve(target)
    if (unit === null) return null
    const collector = collectedBy.get(unit)
    return collector === undefined ? unit : `pool:${collector}`
  }
  const wanted = pool.targets
    ?.flatMap((target) => {
      if (target.startsWith('pool:')) return [target]
      const unit = tree.resolve(target)
      return unit === null ? [] : [unit]
    })
    .filter((target) => target !== self)
  const candidates = [...new Set((wanted ?? tree.leaves).map(seat))].filter(
    (target): target is string => target !== null && target !== self,
  )
  const allowed = (target: string) => {
    if (!wanted || target === nobody) return true
    if (wanted.includes(target) || candidates.includes(target)) return true
    return !target.startsWith('pool:') && tree.byKey.get(target)!.path.some((above) => wanted.includes(above))
  }
  const found = new Map<string, bigint>()
  const give = (target: string, weight: bigint) => {
    const place = seat(target)
    if (place === null || place === self || weight <= 0n || !allowed(place)) return
    found.set(place, (found.get(place) ?? 0n) + weight)
  }
  const { split } = pool
  if (split.by === 'even') for (const target of candidates) give(target, 1n)
  else if (split.by === 'fixed') {
    for (const [target, percent] of Object.entries(split.shares)) give(target, unitsOf(percent))
  } else if (split.by === 'direct') {
    const column = split.column ?? base
    for (const unit of units) give(unit, direct(unit, column))
    for (const target of candidates) if (target.startsWith('pool:')) give(target, ownOf(target.slice(5), column))
  } else for (const [target, weight] of weights?.of.get(partition) ?? []) give(target, weight)
  return { weights: found, candidates }
}

const separator = '\u0001'
const nodeId = (pool: string, partition: string) => `pool:${pool}${separator}${partition}`
const isNode = (id: string) => id.includes(separator)
const nodeOf = (id: string) => {
  const at = id.indexOf(separator)
  return { pool: id.slice(5, at), partition: id.slice(at + 1) }
}
const labelOf = (id: string) => {
  const { pool, partition } = nodeOf(id)
  return partition === '' ? pool : `${pool} (${partition})`
}

function flowsOf(
  solved: SolvedShares,
  used: Map<string, Map<string, bigint>>,
  currency: string,
  weightsOf: Map<string, Weights | null>,
  poolOf: Map<string, Pool>,
): Run['flows'] {
  const flows: Run['flows'] = []
  for (const [id, targets] of solved.edges) {
    if (solved.totals.get(id)!.n === 0n) continue
    const { pool, partition } = nodeOf(id)
    for (const [target, fraction] of [...targets].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const name = isNode(target) ? `pool:${nodeOf(target).pool}` : target
      const weight = used.get(id)!.get(name)
      flows.push({
        currency,
        pool,
        partition,
        target: name,
        fraction: toDecimal(fraction, 15),
        weight: weight === undefined ? null : poolOf.get(pool)!.split.by === 'even' ? '1' : textOf(weight),
        weightUnit: weightsOf.get(pool)?.unit ?? poolOf.get(pool)!.split.by,
      })
    }
  }
  return flows
}

/** Adds up parts that differ in nothing but their amounts. */
class PartList {
  private readonly parts = new Map<string, Part>()

  add(part: Part): void {
    const key = [
      part.unit,
      part.way,
      part.rule,
      part.pool,
      part.partition,
      part.provider,
      part.service,
      part.currency,
    ].join('\u0000')
    const known = this.parts.get(key)
    if (!known) this.parts.set(key, part)
    else {
      known.amounts = addVectors(known.amounts, part.amounts)
      known.rows += part.rows
    }
  }

  list(): Part[] {
    return [...this.parts.values()]
  }
}

/** Ledger against parts, per currency and cost column, to the last digit. */
export function proofOf(source: Map<string, Vector>, parts: Part[]): Run['proof'] {
  const currencies = [...new Set([...source.keys(), ...parts.map((part) => part.currency)])].sort()
  return currencies.flatMap((currency) => {
    const mine = parts.filter((part) => part.currency === currency)
    return costColumns.map((column, i) => {
      const add = (ways: Way[]) =>
        mine
          .filter((part) => ways.includes(part.way))
          .reduce<bigint | null>((total, { amounts }) => {
            const value = amounts[i]!
            return total === null ? value : value === null ? total : total + value
          }, null)
      const from = source.get(currency)?.[i] ?? null
      const allocated = add(['direct', 'usage', 'shared'])
      const unallocated = add(['unallocated'])
      const residual = add(['residual'])
      const whole = add(['direct', 'usage', 'shared', 'unallocated', 'residual'])
      const difference = (from ?? 0n) - (whole ?? 0n)
      const text = (value: bigint | null) => (value === null ? null : textOf(value))
      return {
        currency,
        column,
        source: text(from),
        allocated: text(allocated),
        unallocated: text(unallocated),
        residual: text(residual),
        adjustments: text(add(['adjustment'])),
        difference: textOf(difference),
        equal: difference === 0n && (from === null) === (whole === null),
      }
    })
  })
}

export function coverageOf(parts: Part[], base: (typeof costColumns)[number]): Coverage[] {
  const currencies = [...new Set(parts.map((part) => part.currency))].filter((currency) => currency !== '').sort()
  return currencies.map((currency) => {
    const add = (ways: Way[]) =>
      parts
        .filter((part) => part.currency === currency && ways.includes(part.way))
        .reduce((total, part) => total + (columnOf(part.amounts, base) ?? 0n), 0n)
    const [direct, usage, shared, unallocated] = [
      add(['direct']),
      add(['usage']),
      add(['shared']),
      add(['unallocated', 'residual']),
    ] as [bigint, bigint, bigint, bigint]
    const total = direct + usage + shared + unallocated
    const units = new Map<string, bigint>()
    for (const part of parts)
      if (part.currency === currency && part.way !== 'adjustment')
        units.set(part.unit, (units.get(part.unit) ?? 0n) + (columnOf(part.amounts, base) ?? 0n))
    return {
      currency,
      total: textOf(total),
      direct: textOf(direct),
      usage: textOf(usage),
      shared: textOf(shared),
      unallocated: textOf(unallocated),
      share:
        total === 0n
          ? null
          : toDecimal({ n: (total - unallocated) * 100n * (total < 0n ? -1n : 1n), d: total < 0n ? -total : total }, 3),
      units: [...units].sort().map(([unit, amount]) => ({ unit, amount: textOf(amount) })),
    }
  })
}

/** A part as the wire and the store have it. */
export const toRow = (part: Part) => {
  const { amounts, ...rest } = part
  return { ...rest, ...toAmounts(amounts) }
}
