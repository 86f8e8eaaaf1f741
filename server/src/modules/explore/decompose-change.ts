import { formatDecimal, parseDecimal } from '../../primitives/money'

/**
 * What one item (a SKU, or a unit of a model) cost and how much of it was used, before and after. Decimal strings of one
 * currency; `unit` keeps quantities apart that must not be added, and is null where the quantity is not known.
 */
export type ChangedItem = {
  unit: string | null
  quantityBefore: string
  quantityAfter: string
  costBefore: string
  costAfter: string
}

/** Decimal strings of one currency. `quantity + price + mix + costOnly = change`, to the last digit. */
export type ChangeParts = {
  change: string
  quantity: string
  price: string
  mix: string
  /** the change of what states no quantity */
  costOnly: string
}

// As fine as the ledger's own amounts; what rounding leaves over goes to the mix, so that the parts always add up.
const scale = 30
const one = 10n ** BigInt(scale)

/**
 * Splits the change of a cost into quantity, price and mix, as price-volume-mix analysis does within each unit:
 * quantity is how much more was used, at the average price before; price is what the same items cost more each, at today's
 * quantities; mix is the rest, dearer or cheaper items taking a larger share. A unit that was not there before, or is not
 * any more, is all quantity.
 */
export function decomposeChange(items: readonly ChangedItem[]): ChangeParts {
  const pools = new Map<string | null, ChangedItem[]>()
  for (const item of items) {
    const pool = pools.get(item.unit)
    if (pool) pool.push(item)
    else pools.set(item.unit, [item])
  }
  let change = 0n
  let quantity = 0n
  let price = 0n
  let mix = 0n
  let costOnly = 0n
  for (const [unit, pool] of pools) {
    const rows = pool.map((item) => ({
      q0: fixed(item.quantityBefore),
      q1: fixed(item.quantityAfter),
      c0: fixed(item.costBefore),
      c1: fixed(item.costAfter),
    }))
    const total = (of: 'q0' | 'q1' | 'c0' | 'c1') => rows.reduce((sum, row) => sum + row[of], 0n)
    const [q0, q1, c0, c1] = [total('q0'), total('q1'), total('c0'), total('c1')]
    const moved = c1 - c0
    change += moved
    if (unit === null || q0 < 0n || q1 < 0n || (q0 === 0n && q1 === 0n)) {
      costOnly += moved
      continue
    }
    if (q0 === 0n || q1 === 0n) {
      quantity += moved
      continue
    }
    const byQuantity = divided(c0 * (q1 - q0), q0)
    let byPrice = 0n
    for (const row of rows) if (row.q0 > 0n && row.q1 > 0n) byPrice += row.c1 - divided(row.c0 * row.q1, row.q0)
    quantity += byQuantity
    price += byPrice
    // One item has no mix; a last digit of rounding would else say that it has.
    if (rows.length === 1) price += moved - byQuantity - byPrice
    else mix += moved - byQuantity - byPrice
  }
  return {
    change: text(change),
    quantity: text(quantity),
    price: text(price),
    mix: text(mix),
    costOnly: text(costOnly),
  }
}

function fixed(decimal: string): bigint {
  const parsed = parseDecimal(decimal)
  if (!parsed) throw new RangeError(`not a decimal: ${decimal}`)
  return parsed.scale <= scale
    ? parsed.units * 10n ** BigInt(scale - parsed.scale)
    : divided(parsed.units * one, 10n ** BigInt(parsed.scale))
}

const text = (units: bigint) => formatDecimal({ units, scale })

/** Half away from zero. */
function divided(a: bigint, b: bigint): bigint {
  const negative = a < 0n !== b < 0n
  const x = a < 0n ? -a : a
  const y = b < 0n ? -b : b
  const quotient = (x * 2n + y) / (y * 2n)
  return negative ? -quotient : quotient
}
