import { add, compare, isNegative, round, shift, subtract } from './decimal'

/**
 * Rounds amounts so that the rounded ones add up to the rounded sum: each is cut towards the number below, and the units
 * that are then missing go to those with the largest remainders. `digits` are fractional digits; decimal strings throughout.
 */
export function roundParts(parts: readonly string[], digits: number): string[] {
  const total = round(
    parts.reduce((sum, part) => add(sum, part), '0'),
    digits,
  )
  const floors = parts.map((part) => floor(part, digits))
  const remainders = parts.map((part, index) => subtract(part, floors[index] ?? '0'))
  const unit = shift('1', digits)
  let missing = subtract(
    total,
    floors.reduce((sum, part) => add(sum, part), '0'),
  )
  const order = parts.map((_, index) => index)
  order.sort((a, b) => compare(remainders[b] ?? '0', remainders[a] ?? '0') || a - b)
  const rounded = [...floors]
  for (const index of order) {
    if (compare(missing, unit) < 0) break
    rounded[index] = add(rounded[index] ?? '0', unit)
    missing = subtract(missing, unit)
  }
  return rounded.map((part) => round(part, digits))
}

function floor(value: string, digits: number): string {
  const nearest = round(value, digits)
  return isNegative(subtract(value, nearest)) ? subtract(nearest, shift('1', digits)) : nearest
}
