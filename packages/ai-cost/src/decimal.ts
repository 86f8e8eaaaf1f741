/** Exact decimals: `units / 10^scale` with bigint units. Nothing here passes through a binary float. */
export type Scaled = { readonly units: bigint; readonly scale: number }

const pattern = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/

/** Reads plain or exponent notation. Throws RangeError on anything else. */
export function decimal(text: string): Scaled {
  const match = pattern.exec(text)
  const exponent = Number(match?.[4] ?? 0)
  if (!match || Math.abs(exponent) > 400) throw new RangeError(`not a decimal: ${text}`)
  const fraction = match[3] ?? ''
  let units = BigInt(`${match[2]}${fraction}`)
  let scale = fraction.length - exponent
  if (scale < 0) {
    units *= 10n ** BigInt(-scale)
    scale = 0
  }
  return { units: match[1] === '-' ? -units : units, scale }
}

/** Shortest plain notation; never `-0`. */
export function decimalText(value: Scaled): string {
  const negative = value.units < 0n
  const digits = (negative ? -value.units : value.units).toString()
  const text = place(digits, value.scale)
  return negative && value.units !== 0n ? `-${text}` : text
}

/** Puts the decimal point `scale` digits from the right and drops trailing zeros of the fraction. */
export function place(digits: string, scale: number): string {
  if (scale === 0) return digits
  const padded = digits.length > scale ? digits : digits.padStart(scale + 1, '0')
  const point = padded.length - scale
  let end = padded.length
  while (end > point && padded.charCodeAt(end - 1) === 48) end--
  return end === point ? padded.slice(0, point) : `${padded.slice(0, point)}.${padded.slice(point, end)}`
}

export function multiply(a: Scaled, b: Scaled): Scaled {
  return { units: a.units * b.units, scale: a.scale + b.scale }
}

export function add(a: Scaled, b: Scaled): Scaled {
  if (a.scale === b.scale) return { units: a.units + b.units, scale: a.scale }
  const scale = Math.max(a.scale, b.scale)
  return { units: a.units * 10n ** BigInt(scale - a.scale) + b.units * 10n ** BigInt(scale - b.scale), scale }
}

/** The same value with the smallest scale. */
export function reduce(value: Scaled): Scaled {
  let { units, scale } = value
  while (scale > 0 && units % 10n === 0n) {
    units /= 10n
    scale--
  }
  return { units, scale }
}

/** The same value at a scale at least as large as its own. */
export function rescale(value: Scaled, scale: number): bigint {
  return value.units * 10n ** BigInt(scale - value.scale)
}
