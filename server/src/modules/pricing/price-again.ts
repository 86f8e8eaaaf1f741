import type { PriceBook } from '@infrazen/ai-cost'
import type { NewRating, RecordedUsage } from '../ledger'
import { priceUsage } from './price-usage'

/** The call priced by a book at its own time; null where nothing about its cost changes. */
export function priceAgain(book: PriceBook, usage: RecordedUsage): NewRating | null {
  // a call that was refused before anything was generated stays free whatever the prices are
  if (usage.Units.length === 0) return null
  const priced = priceUsage(
    book,
    {
      provider: usage.Provider,
      model: usage.Model,
      requestModel: usage.RequestModel,
      serviceTier: usage.ServiceTier,
      leaves: usage.Units.map((unit, i) => ({ unit, quantity: Number(usage.Quantities[i]) })),
    },
    usage.Region,
    new Date(Number(usage.at)),
  )
  const unitCosts = priced.leaves.map((leaf) => leaf.cost)
  const unchanged =
    same(priced.cost, usage.Cost) &&
    priced.costStatus === usage.CostStatus &&
    (priced.cost === null || priced.currency === usage.Currency) &&
    unitCosts.every((cost, i) => same(cost, usage.UnitCosts[i] ?? null))
  if (unchanged) return null
  return {
    at: usage.at,
    id: usage.id,
    unitCosts,
    cost: priced.cost,
    currency: priced.currency,
    costStatus: priced.costStatus,
    priceVersion: priced.priceVersion,
    pricePath: priced.pricePath,
  }
}

const same = (a: string | null, b: string | null) =>
  a === null || b === null ? a === b : a === b || withoutZeros(a) === withoutZeros(b)
const withoutZeros = (amount: string) => (amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount)
