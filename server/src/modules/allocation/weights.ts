import type { ClickHouse } from '../../storage/clickhouse'
import type { CountedRows } from '../explore'
import { unitsOf } from './amounts'
import { compileRules, repairedText, unitOfText } from './compile-rules'
import { conditionSql, dimensionsOf } from './condition-sql'
import type { Pool, RuleDocument } from './contract'
import { gpuSeconds } from './gpu-usage'
import { nobody } from './share-system'
import type { UnitTree } from './unit-tree'

/** Weights of one pot: by partition ('' holds all of them together), by unit. Whole numbers of 10⁻³⁰; never negative. */
export type Weights = { unit: string; of: Map<string, Map<string, bigint>> }

export type WeightInputs = {
  clickhouse: ClickHouse
  organizationId: string
  document: RuleDocument
  tree: UnitTree
  period: { from: string; to: string }
  counted: () => CountedRows
  /** Business values of the month: name → unit key → decimal. */
  values: Map<string, Map<string, string>>
}

const measureSql: Record<Extract<Pool['split'], { by: 'usage' }>['measure'], string> = {
  cost: "if(CostStatus = 'unpriced', NULL, Cost)",
  calls: 'Calls',
  tokens: 'InputTokens + OutputTokens',
  input_tokens: 'InputTokens',
  output_tokens: 'OutputTokens',
  gpu_seconds: 'GpuSeconds',
  errors: 'Errors',
}

/** Weights that the ledger does not give by itself. Null for pots that are split evenly, by fixed shares or by direct cost. */
export async function readWeights(pool: Pool, inputs: WeightInputs): Promise<Weights | null> {
  const { split } = pool
  switch (split.by) {
    case 'usage':
      return usageWeights(pool, split, inputs)
    case 'consumed':
      return consumedWeights(pool, split, inputs)
    case 'value': {
      const given = inputs.values.get(split.value) ?? new Map<string, string>()
      return single(
        split.value,
        [...given].map(([unit, value]) => [unit, unitsOf(value)]),
      )
    }
    case 'gpu':
      return gpuWeights(split, inputs)
    default:
      return null
  }
}

async function usageWeights(
  pool: Pool,
  split: Extract<Pool['split'], { by: 'usage' }>,
  { clickhouse, document, tree, counted }: WeightInputs,
): Promise<Weights> {
  const rows = counted()
  const dimensions = [
    ...new Set([
      ...split.dimensions,
      ...(split.when ? dimensionsOf(split.when) : []),
      ...(pool.partition ? [pool.partition] : []),
    ]),
  ]
  const text = repairedText(document, rows, (dimension) => `d${dimensions.indexOf(dimension)}`)
  const unit = `arrayFirst(u -> u != '', [${split.dimensions.map((dimension) => unitOfText(text(dimension), tree, rows.params)).join(', ')}])`
  const sql = `SELECT ${unit} AS Unit, ${pool.partition ? text(pool.partition) : "''"} AS Part, toString(sum(q)) AS Weight
    FROM (${rows.usage(dimensions, measureSql[split.measure])}) ${split.when ? `WHERE ${conditionSql(split.when, text, rows.params)}` : ''}
    GROUP BY Unit, Part`
  return gather(split.measure, await read(clickhouse, 'allocation.usageWeights', sql, rows))
}

async function consumedWeights(
  pool: Pool,
  split: Extract<Pool['split'], { by: 'consumed' }>,
  { clickhouse, document, tree, period, counted }: WeightInputs,
): Promise<Weights> {
  const rows = counted()
  const rules = compileRules(document, tree, period, rows, [
    ...(split.when ? dimensionsOf(split.when) : []),
    ...(split.unit ? ['consumed_unit'] : []),
    ...(pool.partition ? [pool.partition] : []),
  ])
  const conditions = [
    ...(split.when ? [conditionSql(split.when, rules.textOf, rows.params)] : []),
    ...(split.unit ? [`${rules.textOf('consumed_unit')} = ${rows.params.bind('String', split.unit)}`] : []),
  ]
  const sql = `SELECT toString(${rules.unitSql}) AS Unit, ${pool.partition ? rules.textOf(pool.partition) : "''"} AS Part, toString(sum(q)) AS Weight
    FROM (${rules.withRules(rows.consumed(rules.dimensions, rules.bounds))})
    ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''} GROUP BY Unit, Part`
  return gather(split.unit ?? 'consumed', await read(clickhouse, 'allocation.consumedWeights', sql, rows))
}

/** GPU-seconds used; what was reserved and not used goes to its owner, to all in proportion, or to nobody. */
async function gpuWeights(
  split: Extract<Pool['split'], { by: 'gpu' }>,
  { clickhouse, organizationId, tree, counted }: WeightInputs,
): Promise<Weights> {
  const { from, to } = counted()
  const clusters = await gpuSeconds(clickhouse, organizationId, from, to, split.cluster)
  const weights = new Map<string, bigint>()
  const give = (unit: string, amount: bigint) => weights.set(unit, (weights.get(unit) ?? 0n) + amount)
  let used = 0n
  let reservedIdle = 0n
  let capacity = 0n
  for (const owner of clusters) {
    const unit = tree.names.get(owner.owner.trim().toLowerCase()) ?? nobody
    const idle = owner.reserved > owner.used ? owner.reserved - owner.used : 0n
    used += owner.used
    capacity += owner.capacity
    give(unit, owner.used)
    if (split.idle === 'owner') give(unit, idle)
    if (split.idle === 'unallocated') give(nobody, idle)
    reservedIdle += idle
  }
  // Cards that nobody reserved and nobody used: spread when asked so, else nobody's.
  const free = capacity - used - reservedIdle
  if (free > 0n && split.idle !== 'spread') give(nobody, free)
  return { unit: 'GPU-seconds', of: new Map([['', weights]]) }
}

function gather(unit: string, rows: { Unit: string; Part: string; Weight: string | null }[]): Weights {
  const of: Weights['of'] = new Map([['', new Map()]])
  for (const { Unit, Part, Weight } of rows) {
    const amount = Weight === null ? 0n : unitsOf(Weight)
    if (Unit === '' || amount <= 0n) continue
    for (const part of new Set(['', Part])) {
      const weights = of.get(part) ?? new Map<string, bigint>()
      weights.set(Unit, (weights.get(Unit) ?? 0n) + amount)
      of.set(part, weights)
    }
  }
  return { unit, of }
}

const single = (unit: string, weights: [string, bigint][]): Weights => ({ unit, of: new Map([['', new Map(weights)]]) })

const read = (clickhouse: ClickHouse, name: string, sql: string, { params }: CountedRows) =>
  clickhouse.query<{ Unit: string; Part: string; Weight: string | null }>({ name, sql, params: params.values })
