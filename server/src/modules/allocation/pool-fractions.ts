import { unitsOf } from './amounts'
import type { Pool } from './contract'
import { add, compare, divide, multiply, type Ratio, ratio, subtract, sum, zero } from './ratio'
import { nobody } from './share-system'
import type { UnitTree } from './unit-tree'

/**
 * What fraction of a pot each target takes. Targets are unit keys, pots or nobody.
 * Fixed shares are percentages: what they leave out of a hundred stays with nobody.
 * @param total what the pot holds, null inside a cycle: then fees and floors are left out, and said so
 */
export function fractionsOf(
  pool: Pool,
  weights: Map<string, bigint>,
  candidates: string[],
  total: Ratio | null,
  currency: string,
  tree: UnitTree,
  note: (code: string, message: string) => void,
): Map<string, Ratio> {
  if (pool.split.by === 'fixed') {
    const hundred = unitsOf('100')
    const given = [...weights.values()].reduce((a, b) => a + b, 0n)
    // A file that asks for more than a hundred percent is refused; targets merged since could not bring it there.
    let whole = hundred
    if (given > hundred) whole = given
    return new Map([...weights].map(([target, percent]) => [target, ratio(percent, whole)]))
  }
  const all = [...weights.values()].reduce((a, b) => a + b, 0n)
  if (all === 0n) {
    if (total === null || total.n !== 0n)
      note(
        'zero_weights',
        `Nothing weighs in pool ${pool.key} in ${currency}: its cost ${pool.onZero === 'even' ? 'is split evenly' : pool.onZero === 'unallocated' ? 'stays unallocated' : `goes to ${pool.onZero.unit}`}.`,
      )
    if (pool.onZero === 'even') return even(candidates)
    if (pool.onZero === 'unallocated') return new Map()
    const unit = tree.resolve(pool.onZero.unit)
    return unit === null ? new Map() : even([unit])
  }
  const proportional = new Map([...weights].map(([target, weight]) => [target, ratio(weight, all)]))
  const fee = pool.fee?.currency === currency ? ratio(unitsOf(pool.fee.amount)) : null
  const floor = pool.floor?.currency === currency ? ratio(unitsOf(pool.floor.amount)) : null
  if (fee === null && floor === null) return proportional
  if (total === null) {
    note(
      'fee_in_cycle',
      `Pool ${pool.key} is part of a cycle, where a fee or a floor cannot be charged; it is split by weights alone.`,
    )
    return proportional
  }
  // A refund has no minimum.
  if (total.n <= 0n) return proportional
  const payers = [...new Set([...(pool.targets === null ? [] : candidates), ...proportional.keys()])].filter(
    (key) => key !== nobody,
  )
  let amounts = new Map(payers.map((key) => [key, multiply(proportional.get(key) ?? zero, total)]))
  const kept = multiply(proportional.get(nobody) ?? zero, total)
  const payable = subtract(total, kept)
  if (fee !== null) {
    const fees = multiply(fee, ratio(BigInt(payers.length)))
    if (compare(fees, payable) >= 0) return withNobody(even(payers), kept, total)
    const rest = divide(subtract(payable, fees), payable)
    amounts = new Map([...amounts].map(([key, amount]) => [key, add(fee, multiply(amount, rest))]))
  }
  if (floor !== null) {
    if (compare(multiply(floor, ratio(BigInt(payers.length))), payable) >= 0)
      return withNobody(even(payers), kept, total)
    amounts = raised(amounts, floor, payable)
  }
  return withNobody(new Map([...amounts].map(([key, amount]) => [key, divide(amount, payable)])), kept, total)
}

const even = (targets: string[]) => new Map(targets.map((target) => [target, ratio(1n, BigInt(targets.length))]))

function withNobody(fractions: Map<string, Ratio>, kept: Ratio, total: Ratio): Map<string, Ratio> {
  if (kept.n === 0n) return fractions
  const part = divide(kept, total)
  const rest = subtract(ratio(1n), part)
  return new Map([
    ...[...fractions].map(([key, value]) => [key, multiply(value, rest)] as const),
    [nobody, part] as const,
  ])
}

/** Brings every amount to `floor` at least; the others give in proportion to what they have above it, until all stand. */
function raised(amounts: Map<string, Ratio>, floor: Ratio, total: Ratio): Map<string, Ratio> {
  const fixed = new Set<string>()
  for (;;) {
    const free = [...amounts].filter(([key]) => !fixed.has(key))
    const left = subtract(total, multiply(floor, ratio(BigInt(fixed.size))))
    const weight = sum(free.map(([, amount]) => amount))
    const scaled = new Map(free.map(([key, amount]) => [key, divide(multiply(amount, left), weight)]))
    const low = [...scaled].filter(([, amount]) => compare(amount, floor) < 0)
    if (low.length === 0) return new Map([...[...fixed].map((key) => [key, floor] as const), ...scaled])
    for (const [key] of low) fixed.add(key)
  }
}
