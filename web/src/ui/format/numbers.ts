import { abs, compare, isNegative, isZero, magnitude, ratio, round, shift, subtract, trim } from './decimal'

export type Locale = 'en' | 'ko' | 'ru'

/** No-break space: a number never leaves its unit at the end of a line. */
export const nbsp = '\u00a0'
export const minus = '\u2212'
/** Unknown. Never 0. */
export const unknown = '–'

export type MoneyForm =
  /** to the currency's smallest unit */
  | 'full'
  /** about three digits with the locale's word for thousands and millions */
  | 'short'
  /** as `short`, without zeros after the separator: for axes */
  | 'axis'
  /** every digit that is stored */
  | 'exact'

export type MoneyOptions = { form?: MoneyForm; sign?: boolean }

const symbols: Record<string, string> = {
  USD: '$',
  EUR: '€',
  GBP: '£',
  KRW: '₩',
  RUB: '₽',
  JPY: '¥',
  CNY: 'CN¥',
  INR: '₹',
}

export function currencySymbol(currency: string): string {
  return symbols[currency] ?? currency
}

const decimalsKnown = new Map<string, number>()

/** Fractional digits of the currency's smallest unit; 2 for a code Intl does not know. */
export function currencyDecimals(currency: string): number {
  let known = decimalsKnown.get(currency)
  if (known === undefined) {
    try {
      known = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
    } catch {
      known = 2
    }
    decimalsKnown.set(currency, known)
  }
  return known
}

/**
 * An amount as text. `value` is a decimal string in `currency`; null gives `–`.
 * What is not zero never shows as zero: below the smallest unit three significant digits are kept.
 */
export function money(
  value: string | null | undefined,
  currency: string | null,
  locale: Locale,
  options: MoneyOptions = {},
): string {
  if (value == null) return unknown
  const size = abs(value)
  const decimals = currencyDecimals(currency ?? 'USD')
  const form = options.form ?? 'full'
  let shown: Written
  if (form === 'exact') shown = plain(pad(trim(size), decimals), locale)
  else if (form === 'full')
    shown = plain(vanishes(size, decimals) ? significant(size, 3) : round(size, decimals), locale)
  else shown = shorten(size, locale, decimals === 0 ? 'won' : 'money', form === 'axis')
  return placed(shown, signOf(value, options.sign), currency, locale)
}

/** Price of one unit: three significant digits, four where it is a key figure. */
export function unitPrice(
  value: string | null | undefined,
  currency: string | null,
  locale: Locale,
  options: { digits?: number; sign?: boolean } = {},
): string {
  if (value == null) return unknown
  const size = abs(value)
  const power = magnitude(size) ?? 0
  const shown = power >= 3 ? round(size, currencyDecimals(currency ?? 'USD')) : significant(size, options.digits ?? 3)
  return placed(plain(shown, locale), signOf(value, options.sign), currency, locale)
}

/** The amount in two parts, so that decimals can be drawn smaller: `{ lead: '$118,997', rest: '.40' }`. */
export function moneyParts(
  value: string | null | undefined,
  currency: string | null,
  locale: Locale,
): { lead: string; rest: string } {
  const whole = money(value, currency, locale)
  const separator = locale === 'ru' ? ',' : '.'
  const cut = whole.lastIndexOf(separator)
  if (cut >= 0 && /\d/.test(whole.slice(cut))) return { lead: whole.slice(0, cut), rest: whole.slice(cut) }
  const suffix = new RegExp(`${nbsp}\\D+$`).exec(whole)
  return suffix ? { lead: whole.slice(0, suffix.index), rest: suffix[0] } : { lead: whole, rest: '' }
}

/** A count (calls, rows, tokens) in full: 1,968,401. Fractional digits are kept up to `digits`. */
export function count(
  value: string | number | null | undefined,
  locale: Locale,
  options: { digits?: number; sign?: boolean } = {},
): string {
  if (value == null) return unknown
  const exact = String(value)
  const size = abs(exact)
  return (
    signOf(exact, options.sign) +
    plain(options.digits === undefined ? trim(size) : round(size, options.digits), locale).number
  )
}

/** Tokens in short form from a million (from ten thousand in Korean): 47.01B, 470.1억, 50,78 млрд. */
export function tokens(
  value: string | number | null | undefined,
  locale: Locale,
  options: { sign?: boolean; form?: 'short' | 'axis' } = {},
): string {
  if (value == null) return unknown
  const exact = String(value)
  const { number, word } = shorten(abs(exact), locale, 'tokens', options.form === 'axis')
  return signOf(exact, options.sign) + number + word
}

/** `ratio` is a share (0.102 is 10.2 %), as decimal string or a number made for a picture. */
export function percent(
  share: string | number | null | undefined,
  locale: Locale,
  options: { sign?: boolean; digits?: number } = {},
): string {
  if (share == null) return unknown
  const exact = typeof share === 'number' ? share.toFixed(10) : share
  const rounded = round(shift(abs(exact), -2), options.digits ?? 1)
  const sign = isZero(rounded) ? '' : signOf(exact, options.sign)
  return `${sign}${plain(rounded, locale).number}${locale === 'ru' ? nbsp : ''}%`
}

/** Difference of two shares in percentage points: +2.3 pp. */
export function points(difference: string | number | null | undefined, locale: Locale): string {
  if (difference == null) return unknown
  const exact = typeof difference === 'number' ? difference.toFixed(10) : difference
  const rounded = round(shift(abs(exact), -2), 1)
  return `${isZero(rounded) ? '' : signOf(exact, true)}${plain(rounded, locale).number}${nbsp}${{ en: 'pp', ko: '%p', ru: `п.${nbsp}п.` }[locale]}`
}

export type Delta = {
  direction: 'up' | 'down' | 'flat' | 'unknown'
  /** (current − previous) / |previous|, six fractional digits; null where there is no base */
  ratio: string | null
  /** current − previous; null where one side is unknown */
  amount: string | null
  /** `+10.2%`; `0.0%` below 0.05 %; `–` where unknown */
  text: string
}

/** Change between two decimal strings of one unit. The caller decides which way is good. */
export function delta(current: string | null | undefined, previous: string | null | undefined, locale: Locale): Delta {
  if (current == null || previous == null) return { direction: 'unknown', ratio: null, amount: null, text: unknown }
  const amount = subtract(current, previous)
  const change = ratio(amount, abs(previous), 6)
  if (change === null)
    return {
      direction: isZero(amount) ? 'flat' : isNegative(amount) ? 'down' : 'up',
      ratio: null,
      amount,
      text: unknown,
    }
  const flat = compare(abs(change), '0.0005') < 0
  return {
    direction: flat ? 'flat' : isNegative(change) ? 'down' : 'up',
    ratio: change,
    amount,
    text: percent(flat ? '0' : change, locale, { sign: true }),
  }
}

/** Bytes: 3.4 MB. */
export function bytes(value: string | number | null | undefined, locale: Locale): string {
  if (value == null) return unknown
  const exact = String(value)
  const power = Math.max(0, Math.min(4, Math.floor((magnitude(exact) ?? 0) / 3)))
  const unit = (locale === 'ru' ? ['Б', 'КБ', 'МБ', 'ГБ', 'ТБ'] : ['B', 'kB', 'MB', 'GB', 'TB'])[power]
  return plain(round(shift(exact, power * 3), power ? 1 : 0), locale).number + nbsp + unit
}

type Written = { number: string; word: string }
type Kind = 'money' | 'won' | 'tokens'
type Step = { power: number; word: string; decimals: (kind: Kind, whole: number) => number }

const steps: Record<Locale, Step[]> = {
  en: [
    { power: 12, word: 'T', decimals: () => 2 },
    { power: 9, word: 'B', decimals: (kind) => (kind === 'tokens' ? 2 : 1) },
    { power: 6, word: 'M', decimals: () => 1 },
    { power: 3, word: 'k', decimals: () => 1 },
  ],
  ko: [
    { power: 12, word: '조', decimals: () => 2 },
    { power: 8, word: '억', decimals: (kind, whole) => (kind === 'tokens' ? 1 : whole < 1 ? 2 : whole < 2 ? 1 : 0) },
    { power: 4, word: '만', decimals: (kind, whole) => (kind === 'money' && whole < 2 ? 1 : 0) },
  ],
  ru: [
    { power: 12, word: `${nbsp}трлн`, decimals: () => 2 },
    { power: 9, word: `${nbsp}млрд`, decimals: () => 2 },
    { power: 6, word: `${nbsp}млн`, decimals: (kind, whole) => (kind === 'tokens' ? 1 : whole < 1 ? 2 : 1) },
    { power: 3, word: `${nbsp}тыс.`, decimals: () => 1 },
  ],
}

function shorten(size: string, locale: Locale, kind: Kind, axis: boolean): Written {
  // Tokens and counts stay whole below a million (below ten thousand in Korean): 759,690.
  const lowest = kind === 'tokens' && locale !== 'ko' ? (axis ? 3 : 6) : 3
  for (const step of steps[locale]) {
    if (step.power < lowest) continue
    const scaled = shift(size, step.power)
    const power = magnitude(scaled)
    if (power === null) break
    if (power < 0) {
      // 999,960 reads as 1.0M, not 1,000.0k; 999.96 likewise as 1.0k.
      const next = round(scaled, step.decimals(kind, 0))
      if (compare(next, '1') < 0) continue
    }
    const rounded = round(scaled, step.decimals(kind, Math.max(power, 0)))
    return { number: plain(axis ? trim(rounded) : rounded, locale).number, word: step.word }
  }
  if (kind === 'tokens') return plain(axis ? trim(size) : round(size, fractionOf(size)), locale)
  const power = magnitude(size)
  if (power === null) return plain('0', locale)
  if (kind === 'won' && power >= 0) return plain(round(size, 0), locale)
  if (power >= 1) return plain(round(size, axis && power < 2 ? 1 : 0).replace(/\.0$/, ''), locale)
  if (power >= -2) return plain(axis ? trim(round(size, 2)) : round(size, 2), locale)
  return plain(axis ? trim(significant(size, 2)) : significant(size, 2), locale)
}

function fractionOf(size: string): number {
  return Math.min(2, trim(size).split('.')[1]?.length ?? 0)
}

function plain(value: string, locale: Locale): Written {
  const [whole = '0', fraction] = value.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, locale === 'ru' ? nbsp : ',')
  return { number: fraction ? `${grouped}${locale === 'ru' ? ',' : '.'}${fraction}` : grouped, word: '' }
}

function placed({ number, word }: Written, sign: string, currency: string | null, locale: Locale): string {
  if (currency === null) return sign + number + word
  const symbol = currencySymbol(currency)
  if (locale === 'ru') return `${sign}${number}${word}${nbsp}${symbol}`
  return `${sign}${symbol}${symbol.length > 2 && symbol !== 'CN¥' ? nbsp : ''}${number}${word}`
}

function signOf(value: string, always: boolean | undefined): string {
  if (isZero(value)) return ''
  return isNegative(value) ? minus : always ? '+' : ''
}

function significant(size: string, digits: number): string {
  const power = magnitude(size)
  if (power === null) return '0'
  return round(size, Math.max(0, digits - 1 - power))
}

function vanishes(size: string, decimals: number): boolean {
  return !isZero(size) && isZero(round(size, decimals))
}

function pad(value: string, decimals: number): string {
  const [whole, fraction = ''] = value.split('.')
  const padded = fraction.padEnd(decimals, '0')
  return padded ? `${whole}.${padded}` : `${whole}`
}
