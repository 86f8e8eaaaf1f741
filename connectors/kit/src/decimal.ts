const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/

type Scaled = { units: bigint; scale: number }

function parse(text: string): Scaled {
  const match = pattern.exec(text)
  if (!match || (match[2] === '' && (match[3] ?? '') === '')) throw new RangeError(`not a decimal: ${text}`)
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  let units = BigInt(`${whole}${fraction}`)
  let scale = fraction.length - Number(exponent)
  if (scale < 0) {
    units *= 10n ** BigInt(-scale)
    scale = 0
  }
  return { units: sign === '-' ? -units : units, scale }
}

function format({ units, scale }: Scaled): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const fraction = scale === 0 ? '' : digits.slice(-scale).replace(/0+$/, '')
  const text = digits.slice(0, digits.length - scale) + (fraction === '' ? '' : `.${fraction}`)
  return units < 0n ? `-${text}` : text
}

/** True for what the functions of this file read: a plain or exponent decimal. */
export const isDecimal = (text: string): boolean => {
  const match = pattern.exec(text)
  return match !== null && (match[2] !== '' || (match[3] ?? '') !== '')
}

/** The shortest plain form: no exponent, no trailing zeros, no `-0`. Throws RangeError on anything else than a decimal. */
export const plainDecimal = (text: string): string => format(parse(text))

/** `amount / 10^places`, exact: cents to whole units with 2. */
export function movePoint(text: string, places: number): string {
  const { units, scale } = parse(text)
  return format({ units, scale: scale + places })
}

/** Exact sum of amounts of one currency. */
export function addDecimals(values: Iterable<string>): string {
  let total: Scaled = { units: 0n, scale: 0 }
  for (const value of values) {
    const next = parse(value)
    const scale = Math.max(total.scale, next.scale)
    total = {
      units: total.units * 10n ** BigInt(scale - total.scale) + next.units * 10n ** BigInt(scale - next.scale),
      scale,
    }
  }
  return format(total)
}

/** `a - b`, exact. */
export const subtractDecimals = (a: string, b: string): string => {
  const { units, scale } = parse(b)
  return addDecimals([a, format({ units: -units, scale })])
}
