/** Exact arithmetic on decimal strings as they travel on the wire. Binary floats appear only in `toNumber`, for geometry. */

type Parsed = { digits: bigint; scale: number }

const shape = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/

function parse(value: string): Parsed {
  const found = shape.exec(value.trim())
  if (!found) throw new TypeError(`not a decimal: ${value}`)
  const [, sign, whole = '', fraction = '', exponent] = found
  let digits = BigInt(whole + fraction)
  let scale = fraction.length - Number(exponent ?? 0)
  if (scale < 0) {
    digits *= 10n ** BigInt(-scale)
    scale = 0
  }
  return { digits: sign === '-' ? -digits : digits, scale }
}

function text({ digits, scale }: Parsed): string {
  const negative = digits < 0n
  const plain = (negative ? -digits : digits).toString().padStart(scale + 1, '0')
  const whole = plain.slice(0, plain.length - scale)
  const fraction = scale ? plain.slice(-scale).replace(/0+$/, '') : ''
  return `${negative ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`
}

function aligned(a: string, b: string): [bigint, bigint, number] {
  const x = parse(a)
  const y = parse(b)
  const scale = Math.max(x.scale, y.scale)
  return [x.digits * 10n ** BigInt(scale - x.scale), y.digits * 10n ** BigInt(scale - y.scale), scale]
}

/** -1, 0 or 1. Throws TypeError where a text is not a decimal, as all functions here. */
export function compare(a: string, b: string): -1 | 0 | 1 {
  const [x, y] = aligned(a, b)
  return x < y ? -1 : x > y ? 1 : 0
}

export function add(a: string, b: string): string {
  const [x, y, scale] = aligned(a, b)
  return text({ digits: x + y, scale })
}

export function subtract(a: string, b: string): string {
  const [x, y, scale] = aligned(a, b)
  return text({ digits: x - y, scale })
}

export function multiply(a: string, b: string): string {
  const [x, y] = [parse(a), parse(b)]
  return text({ digits: x.digits * y.digits, scale: x.scale + y.scale })
}

/** Sum of what is known; null when nothing is. */
export function sum(values: Iterable<string | null | undefined>): string | null {
  let total: string | null = null
  for (const value of values) if (value != null) total = total === null ? add(value, '0') : add(total, value)
  return total
}

/** a / b with `digits` fractional digits, half away from zero; null where b is zero. */
export function ratio(a: string, b: string, digits = 6): string | null {
  const [x, y] = aligned(a, b)
  if (y === 0n) return null
  return text({ digits: divide(x * 10n ** BigInt(digits), y), scale: digits })
}

export function abs(value: string): string {
  const { digits, scale } = parse(value)
  return text({ digits: digits < 0n ? -digits : digits, scale })
}

export function isZero(value: string): boolean {
  return parse(value).digits === 0n
}

export function isNegative(value: string): boolean {
  return parse(value).digits < 0n
}

/** Rounded half away from zero to exactly `digits` fractional digits, zeros kept: `round('1.005', 2)` is `1.01`. */
export function round(value: string, digits: number): string {
  const { digits: all, scale } = parse(value)
  const kept = scale > digits ? divide(all, 10n ** BigInt(scale - digits)) : all * 10n ** BigInt(digits - scale)
  const negative = kept < 0n
  const plain = (negative ? -kept : kept).toString().padStart(digits + 1, '0')
  const cut = plain.length - digits
  return `${negative ? '-' : ''}${plain.slice(0, cut)}${digits ? `.${plain.slice(cut)}` : ''}`
}

/** The power of ten of the first digit that is not zero (12.3 → 1, 0.004 → -3); null for zero. */
export function magnitude(value: string): number | null {
  const { digits, scale } = parse(value)
  if (digits === 0n) return null
  return (digits < 0n ? -digits : digits).toString().length - 1 - scale
}

/** value / 10^power, exactly. */
export function shift(value: string, power: number): string {
  const { digits, scale } = parse(value)
  const moved = scale + power
  return moved < 0 ? text({ digits: digits * 10n ** BigInt(-moved), scale: 0 }) : text({ digits, scale: moved })
}

/** Digits as stored, without trailing zeros. */
export function trim(value: string): string {
  return text(parse(value))
}

/** For lengths and positions of a picture only; never for an amount that is shown or added. */
export function toNumber(value: string | null | undefined): number {
  return value == null ? 0 : Number(value)
}

function divide(a: bigint, b: bigint): bigint {
  const negative = a < 0n !== b < 0n
  const x = a < 0n ? -a : a
  const y = b < 0n ? -b : b
  const quotient = (x * 2n + y) / (y * 2n)
  return negative ? -quotient : quotient
}
