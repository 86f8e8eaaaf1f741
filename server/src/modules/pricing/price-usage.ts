import { type PriceBook, type Quote, quote, type SpanUsage } from '@infrazen/ai-cost'

export type { PriceBook }

export type PricedUsage = {
  /** Cost as a decimal string in `currency`; null is unpriced. In the order of the usage's leaves. */
  readonly leaves: readonly { readonly unit: string; readonly quantity: number; readonly cost: string | null }[]
  /** Sum of the priced leaves; null when none could be priced. */
  readonly cost: string | null
  /** The same at list price, where a contract or the way of billing makes the cost another; else null. */
  readonly listCost: string | null
  /** ISO 4217. */
  readonly currency: string
  readonly costStatus: Quote['status']
  readonly priceVersion: string
  readonly pricePath: string
  /** Codes of what was found while pricing. */
  readonly findings: readonly string[]
}

type Usage = Pick<SpanUsage, 'provider' | 'model' | 'requestModel' | 'serviceTier' | 'leaves'>

/**
 * What a call in `region` ('' where unknown) cost by the prices in force when it started. An amount that has more digits than the ledger keeps for an
 * event (20 whole, 18 fractional) is never rounded: the call stays unpriced, with the finding `cost_does_not_fit`.
 */
export function priceUsage(book: PriceBook, usage: Usage, region: string, at: Date): PricedUsage {
  const answer = quote(book, {
    provider: usage.provider,
    model: usage.model || usage.requestModel,
    at,
    region: region || undefined,
    serviceTier: usage.serviceTier || undefined,
    leaves: usage.leaves,
  })
  const findings = answer.findings.map((finding) => finding.code)
  // what is not charged per call has no cost in any of its parts
  const free = answer.status === 'not_billable'
  const leaves = answer.leaves.map(({ unit, quantity, cost }) => ({ unit, quantity, cost: free ? '0' : cost }))
  if (fits(answer.cost) && leaves.every((leaf) => fits(leaf.cost))) {
    return {
      leaves,
      findings,
      cost: answer.cost,
      listCost: answer.listCost ?? null,
      currency: answer.currency,
      costStatus: answer.status,
      priceVersion: answer.priceVersion ?? '',
      pricePath: answer.path,
    }
  }
  findings.push('cost_does_not_fit')
  return {
    leaves: leaves.map((leaf) => ({ ...leaf, cost: null })),
    findings,
    cost: null,
    listCost: answer.listCost ?? null,
    currency: answer.currency,
    costStatus: 'unpriced',
    priceVersion: answer.priceVersion ?? '',
    pricePath: answer.path,
  }
}

const fits = (amount: string | null) => amount === null || /^-?\d{1,20}(?:\.\d{1,18})?$/.test(amount)
