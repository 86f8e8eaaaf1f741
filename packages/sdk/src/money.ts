/** Sums of exact decimal text, a currency each. */
export class Sums {
  private readonly amounts = new Map<string, { units: bigint; scale: number }>()

  /** Adds `amount`, decimal text such as `0.00125` or `-3`. */
  add(currency: string, amount: string): void {
    const [whole = '0', fraction = ''] = amount.split('.')
    const units = BigInt(whole + fraction)
    const before = this.amounts.get(currency) ?? { units: 0n, scale: 0 }
    const scale = Math.max(before.scale, fraction.length)
    const at = (value: bigint, from: number) => value * 10n ** BigInt(scale - from)
    this.amounts.set(currency, { units: at(before.units, before.scale) + at(units, fraction.length), scale })
  }

  list(): { currency: string; amount: string }[] {
    return [...this.amounts].map(([currency, { units, scale }]) => ({ currency, amount: textOf(units, scale) }))
  }
}

function textOf(units: bigint, scale: number): string {
  const sign = units < 0n ? '-' : ''
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`
}
