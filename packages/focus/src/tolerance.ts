import { subunitDecimals } from './currency'
import {
  absoluteDecimal,
  compareDecimals,
  type Decimal,
  formatDecimal,
  integerSquareRoot,
  multiplyDecimals,
  subtractDecimals,
} from './decimal'

/**
 * How far Σ BilledCost of `rows` rows may be from the payable amount of an issued invoice:
 * max(100 × s, 0.5 × √rows × s), s the smallest subunit of the currency. A decimal text in that currency.
 */
export function invoiceTolerance(rows: number, currency: string): string {
  return formatDecimal(toleranceOf(rows, currency))
}

export function toleranceOf(rows: number, currency: string): Decimal {
  const decimals = subunitDecimals(currency)
  const flat = { units: 100n, scale: decimals }
  // 0.5 × √rows with six more digits, rounded down: √(rows × 10^12) / (2 × 10^6).
  const grown = { units: integerSquareRoot(BigInt(rows) * 10n ** 12n) * 5n, scale: decimals + 7 }
  return compareDecimals(flat, grown) >= 0 ? flat : grown
}

/** `cost − price × quantity` and whether it is explained by rounding. */
export function productDifference(
  cost: Decimal,
  price: Decimal,
  quantity: Decimal,
): { delta: Decimal; isRounding: boolean } {
  const product = multiplyDecimals(price, quantity)
  const delta = subtractDecimals(cost, product)
  const size = absoluteDecimal(delta)
  // One unit in the last printed place, but no more than a cent; or one part in a million where prices were rounded.
  const lastPlace = { units: 1n, scale: Math.max(2, cost.scale) }
  const relative = { units: absoluteDecimal(product).units, scale: product.scale + 6 }
  // Exports pad costs with zeros they did not compute: a billionth is below what any of them keeps.
  const smallest = { units: 1n, scale: 9 }
  return { delta, isRounding: [lastPlace, relative, smallest].some((limit) => compareDecimals(size, limit) <= 0) }
}
