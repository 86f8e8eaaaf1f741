import { formatDecimal, parseDecimal, type Scaled } from '../../primitives/money'

/** Who publishes a rate. `own`: the organization's internal rates. */
export type RateSource = 'ecb' | 'cbr' | 'bok' | 'own'

/** A rate as published: `nominal` units of `currency` on `day` against the source's own currency (see `sources`). */
export type PublishedRate = { currency: string; day: string; nominal: string; value: string }

/** What a source's numbers mean. */
export type SourceRule = {
  /** The currency every rate of the source is against. */
  own: string
  /** `per_currency`: value is own currency for `nominal` units; `per_own`: units of the currency for one of own. */
  direction: 'per_currency' | 'per_own'
  /** A rate serves days without one of their own for at most this many days: weekends and the longest holidays. */
  servesDays: number
}

/**
 * European Central Bank: units for one euro, published on working days; other days take the last one before.
 * Bank of Russia: roubles for the nominal, in force on the day it names and until the next.
 * Bank of Korea: won for the nominal (100 for the yen), basic rate of working days; other days take the last one before.
 */
export const sources: Record<RateSource, SourceRule> = {
  ecb: { own: 'EUR', direction: 'per_own', servesDays: 10 },
  cbr: { own: 'RUB', direction: 'per_currency', servesDays: 14 },
  bok: { own: 'KRW', direction: 'per_currency', servesDays: 14 },
  own: { own: 'USD', direction: 'per_own', servesDays: 366 },
}

/** Digits after the point of a derived rate; amounts with 30 digits times it still fit the ledger's Decimal(76) exactly. */
export const rateScale = 15

/** A rate that can be multiplied with, and where it is from. */
export type Rate = {
  from: string
  to: string
  /** the day it is for */
  day: string
  /** units of `to` for one `from`, at most 15 digits after the point, rounded half away from zero where it does not end */
  rate: string
  source: RateSource
  /** the published rates it is made of, with their own days */
  published: PublishedRate[]
}

type Fraction = { numerator: bigint; denominator: bigint }

/** Value of one unit of the currency in the source's own currency, as an exact fraction. */
function worth(rule: SourceRule, published: PublishedRate): Fraction {
  const value = scaled(published.value)
  const nominal = scaled(published.nominal)
  // value / nominal, brought to whole numbers
  const perUnit = {
    numerator: value.units * 10n ** BigInt(nominal.scale),
    denominator: nominal.units * 10n ** BigInt(value.scale),
  }
  return rule.direction === 'per_currency'
    ? perUnit
    : { numerator: perUnit.denominator, denominator: perUnit.numerator }
}

function scaled(text: string): Scaled {
  const parsed = parseDecimal(text)
  if (!parsed || parsed.units <= 0n) throw new RangeError(`not a positive rate: ${text}`)
  return parsed
}

const one: Fraction = { numerator: 1n, denominator: 1n }

/**
 * The rate of a day out of published ones: directly against the source's own currency, or across it. Null when a part is
 * missing or older than the source's rule allows.
 */
export function rateOf(
  source: RateSource,
  from: string,
  to: string,
  day: string,
  latestOn: (currency: string, day: string) => PublishedRate | null,
): Rate | null {
  if (from === to) return { from, to, day, rate: '1', source, published: [] }
  const rule = sources[source]
  const published: PublishedRate[] = []
  const part = (currency: string): Fraction | null => {
    if (currency === rule.own) return one
    const found = latestOn(currency, day)
    if (!found || daysBetween(found.day, day) > rule.servesDays) return null
    published.push(found)
    return worth(rule, found)
  }
  const a = part(from)
  const b = part(to)
  if (!a || !b) return null
  return { from, to, day, source, published, rate: divide(a.numerator * b.denominator, a.denominator * b.numerator) }
}

function divide(numerator: bigint, denominator: bigint): string {
  const scaledUp = numerator * 10n ** BigInt(rateScale)
  const units = (scaledUp * 2n + denominator) / (denominator * 2n)
  return formatDecimal({ units, scale: rateScale })
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000)
}
