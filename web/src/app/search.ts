import { isLocale, type LocaleId } from '../i18n/locale'
import { defaultPeriod, resolvePeriod } from './period'

export const costBases = ['effective', 'billed', 'list'] as const
export type CostBasis = (typeof costBases)[number]
export const lenses = ['finops', 'engineering', 'finance', 'product', 'leadership'] as const
export type Lens = (typeof lenses)[number]

/** What stands in the address on every page; absent means the default, so that short links stay short. */
export type SharedSearch = {
  period?: string
  currency?: string
  /** every amount in `currency`, by the rate of its day */
  converted?: true
  cost?: CostBasis
  lens?: Lens
  lang?: LocaleId
  /** teams; '' is what bears none */
  unit?: string[]
}

export const sharedSearchKeys = ['period', 'currency', 'converted', 'cost', 'lens', 'lang', 'unit'] as const

/** Drops whatever is not understood instead of failing: an old link still opens. */
export function validateSharedSearch(raw: Record<string, unknown>): SharedSearch {
  const search: SharedSearch = {}
  if (typeof raw.period === 'string' && raw.period !== defaultPeriod && resolvePeriod(raw.period, new Date(), 'UTC')) {
    search.period = raw.period
  }
  if (typeof raw.currency === 'string' && /^[A-Z]{3}$/.test(raw.currency)) search.currency = raw.currency
  if (raw.converted === true || raw.converted === 'true' || raw.converted === 1) search.converted = true
  const cost = costBases.find((known) => known === raw.cost)
  if (cost !== undefined && cost !== 'effective') search.cost = cost
  const lens = lenses.find((known) => known === raw.lens)
  if (lens !== undefined && lens !== 'finops') search.lens = lens
  const unit = (Array.isArray(raw.unit) ? raw.unit : [raw.unit]).filter((one) => typeof one === 'string')
  if (unit.length > 0) search.unit = [...new Set(unit)].slice(0, 50)
  if (isLocale(raw.lang)) search.lang = raw.lang
  return search
}
