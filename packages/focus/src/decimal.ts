/**
 * Exact decimal arithmetic on strings. The package carries its own few lines so that it stays usable alone.
 * A value is `units / 10^scale`; binary floats never touch an amount.
 */
export type Decimal = { readonly units: bigint; readonly scale: number }

const lenientNumber = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/

/** FOCUS NumericFormat: `-` the only sign, `E` for exponents, no separators, symbols or units. */
export const focusNumber = /^-?\d+(\.\d+)?(E-?\d+)?$/

/** Exponents beyond this would only serve to exhaust memory: 10^400 is no price. */
const largestExponent = 400

/** Reads plain and exponent notation, also the spellings FOCUS forbids (`+5`, `.5`, `1e+3`); null for anything else. */
export function parseDecimal(text: string): Decimal | null {
  const match = lenientNumber.exec(text)
  if (!match) return null
  const [, sign, whole = '', fraction = '', exponentText] = match
  if (whole === '' && fraction === '') return null
  const exponent = exponentText === undefined ? 0 : Number(exponentText)
  if (Math.abs(exponent) > largestExponent) return null
  let units = BigInt(whole + fraction)
  let scale = fraction.length - exponent
  if (scale < 0) {
    units *= 10n ** BigInt(-scale)
    scale = 0
  }
  return { units: sign === '-' ? -units : units, scale }
}

/** Shortest plain decimal text: no exponent, no trailing zeros, never `-0`. */
export function formatDecimal({ units, scale }: Decimal): string {
  const negative = units < 0n
  const digits = (negative ? -units : units).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const fraction = scale === 0 ? '' : digits.slice(digits.length - scale).replace(/0+$/, '')
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale)
  return { units: rescale(a, scale) + rescale(b, scale), scale }
}

export function subtractDecimals(a: Decimal, b: Decimal): Decimal {
  return addDecimals(a, { units: -b.units, scale: b.scale })
}

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  return { units: a.units * b.units, scale: a.scale + b.scale }
}

export function absoluteDecimal(a: Decimal): Decimal {
  return a.units < 0n ? { units: -a.units, scale: a.scale } : a
}

/** Negative, zero or positive as `a` is below, equal to or above `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale)
  const difference = rescale(a, scale) - rescale(b, scale)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

export const zero: Decimal = { units: 0n, scale: 0 }

/** The shortest decimal text that reads back as the same double; no exponent. `NaN` and infinities keep their names. */
export function shortestDecimal(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const parsed = parseDecimal(String(value))
  return parsed ? formatDecimal(parsed) : String(value)
}

/** As `shortestDecimal` for a 32-bit float, which needs fewer digits than the double it is widened to. */
export function shortestSingleDecimal(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  for (let digits = 1; digits <= 9; digits += 1) {
    const candidate = Number(value.toPrecision(digits))
    if (Math.fround(candidate) === value) return shortestDecimal(candidate)
  }
  return shortestDecimal(value)
}

/** Integer square root, rounded down. */
export function integerSquareRoot(value: bigint): bigint {
  if (value < 0n) throw new RangeError('square root of a negative number')
  if (value < 2n) return value
  let guess = 1n << BigInt(Math.ceil(value.toString(2).length / 2))
  for (;;) {
    const next = (guess + value / guess) >> 1n
    if (next >= guess) return guess
    guess = next
  }
}

function rescale(value: Decimal, scale: number): bigint {
  return value.scale === scale ? value.units : value.units * 10n ** BigInt(scale - value.scale)
}
