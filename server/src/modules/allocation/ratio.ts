/** An exact fraction in lowest terms; the denominator is positive. */
export type Ratio = { readonly n: bigint; readonly d: bigint }

export const zero: Ratio = { n: 0n, d: 1n }
export const one: Ratio = { n: 1n, d: 1n }

const gcd = (a: bigint, b: bigint): bigint => {
  let [x, y] = [a < 0n ? -a : a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** @throws RangeError for a denominator of zero. */
export function ratio(n: bigint, d: bigint = 1n): Ratio {
  if (d === 0n) throw new RangeError('a fraction needs a denominator')
  const g = gcd(n, d < 0n ? -d : d) || 1n
  return d < 0n ? { n: -n / g, d: -d / g } : { n: n / g, d: d / g }
}

export const add = (a: Ratio, b: Ratio): Ratio =>
  a.n === 0n ? b : b.n === 0n ? a : ratio(a.n * b.d + b.n * a.d, a.d * b.d)
export const subtract = (a: Ratio, b: Ratio): Ratio => add(a, { n: -b.n, d: b.d })
export const multiply = (a: Ratio, b: Ratio): Ratio => (a.n === 0n || b.n === 0n ? zero : ratio(a.n * b.n, a.d * b.d))
export const divide = (a: Ratio, b: Ratio): Ratio => ratio(a.n * b.d, a.d * b.n)
export const compare = (a: Ratio, b: Ratio): number => {
  const difference = a.n * b.d - b.n * a.d
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}
export const sum = (values: Iterable<Ratio>): Ratio => {
  let total = zero
  for (const value of values) total = add(total, value)
  return total
}

/** The ratio as a decimal with `digits` places, rounded half away from zero: for people, never for money. */
export function toDecimal({ n, d }: Ratio, digits = 12): string {
  const scale = 10n ** BigInt(digits)
  const doubled = (n < 0n ? -n : n) * scale * 2n
  const units = (doubled + d) / (2n * d)
  const text = units.toString().padStart(digits + 1, '0')
  const fraction = digits === 0 ? '' : text.slice(-digits).replace(/0+$/, '')
  const whole = text.slice(0, text.length - digits)
  return `${n < 0n && units !== 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

/** Solves `rows · x = right` exactly, for several right-hand sides at once. Null when the system is singular. */
export function solve(rows: Ratio[][], right: Ratio[][]): Ratio[][] | null {
  const size = rows.length
  const matrix = rows.map((row, i) => [...row, ...right[i]!])
  for (let column = 0; column < size; column++) {
    const pivot = matrix.findIndex((row, i) => i >= column && row[column]!.n !== 0n)
    if (pivot < 0) return null
    ;[matrix[column], matrix[pivot]] = [matrix[pivot]!, matrix[column]!]
    const scale = matrix[column]![column]!
    matrix[column] = matrix[column]!.map((value) => divide(value, scale))
    for (let i = 0; i < size; i++) {
      const factor = matrix[i]![column]!
      if (i === column || factor.n === 0n) continue
      matrix[i] = matrix[i]!.map((value, j) => subtract(value, multiply(factor, matrix[column]![j]!)))
    }
  }
  return matrix.map((row) => row.slice(size))
}
