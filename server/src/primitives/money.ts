/** Exact decimal arithmetic on strings. Amounts are decimal strings; a scaled bigint carries them inside. */

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/

/** A value as `units / 10^scale`. */
export type Scaled = { readonly units: bigint; readonly scale: number }

/** Reads a plain or exponent decimal. Returns null for anything else (separators, symbols, `NaN`, empty). */
export function parseDecimal(text: string): Scaled | null {
  const match = pattern.exec(text)
  if (!match) return null
  const [, sign, whole = '', fraction = '', exponentText] = match
  if (whole === '' && fraction === '') return null
  const exponent = exponentText === undefined ? 0 : Number(exponentText)
  if (Math.abs(exponent) > 400) return null
  let units = BigInt(whole + fraction || '0')
  let scale = fraction.length - exponent
  if (scale < 0) {
    units *= 10n ** BigInt(-scale)
    scale = 0
  }
  return { units: sign === '-' ? -units : units, scale }
}

/** `units / 10^scale` as the shortest plain decimal string, `-0` never. */
export function formatDecimal({ units, scale }: Scaled): string {
  const negative = units < 0n
  const digits = (negative ? -units : units).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const fraction = scale === 0 ? '' : digits.slice(digits.length - scale).replace(/0+$/, '')
  const text = fraction === '' ? whole : `${whole}.${fraction}`
  return negative && units !== 0n ? `-${text}` : text
}

/** Exact sum of two amounts of the same currency. The caller guarantees the currency. */
export function addScaled(a: Scaled, b: Scaled): Scaled {
  if (a.scale === b.scale) return { units: a.units + b.units, scale: a.scale }
  const scale = Math.max(a.scale, b.scale)
  return { units: a.units * 10n ** BigInt(scale - a.scale) + b.units * 10n ** BigInt(scale - b.scale), scale }
}

/** Sum of decimal strings, exact. Throws on a string that is not a number: call it behind a parser. */
export function sumDecimals(values: Iterable<string>): string {
  let total: Scaled = { units: 0n, scale: 0 }
  for (const value of values) {
    const parsed = parseDecimal(value)
    if (!parsed) throw new RangeError(`not a decimal: ${value}`)
    total = addScaled(total, parsed)
  }
  return formatDecimal(total)
}

/** `a - b`, exact. */
export function subtractDecimals(a: string, b: string): string {
  const left = parseDecimal(a)
  const right = parseDecimal(b)
  if (!left || !right) throw new RangeError(`not a decimal: ${left ? b : a}`)
  return formatDecimal(addScaled(left, { units: -right.units, scale: right.scale }))
}
