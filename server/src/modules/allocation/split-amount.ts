import type { Ratio } from './ratio'

export type Share = { key: string; ratio: Ratio }

/** Shares brought to one denominator, so that many amounts can be split by them. */
export type Shares = { keys: string[]; numerators: bigint[]; denominator: bigint }

/**
 * @param shares of keys that each occur once; they add up to one
 * @throws RangeError when they do not: money would be lost or made
 */
export function commonShares(shares: Share[]): Shares {
  let denominator = 1n
  for (const { ratio } of shares) denominator = lcm(denominator, ratio.d)
  const sorted = [...shares].sort((a, b) => (a.key < b.key ? -1 : 1))
  const numerators = sorted.map(({ ratio }) => ratio.n * (denominator / ratio.d))
  if (numerators.reduce((a, b) => a + b, 0n) !== denominator) throw new RangeError('the shares do not add up to one')
  return { keys: sorted.map(({ key }) => key), numerators, denominator }
}

/**
 * Splits an amount, in units of its last digit, so that the parts add up to it: each part is rounded down, and what is left goes by one
 * unit to those that lost most by it (largest remainder; among equals the first by key). Works for refunds too.
 */
export function splitAmount(amount: bigint, { numerators, denominator }: Shares): bigint[] {
  const parts: bigint[] = []
  const losses: bigint[] = []
  let left = amount
  for (const numerator of numerators) {
    const exact = amount * numerator
    let part = exact / denominator
    let loss = exact % denominator
    if (loss < 0n) {
      part -= 1n
      loss += denominator
    }
    parts.push(part)
    losses.push(loss)
    left -= part
  }
  if (left === 0n) return parts
  const order = losses
    .map((_, i) => i)
    .sort((a, b) => (losses[a] === losses[b] ? a - b : losses[a]! > losses[b]! ? -1 : 1))
  for (let i = 0; left > 0n; i++, left--) parts[order[i]!]! += 1n
  return parts
}

function lcm(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return (a / x) * b
}
