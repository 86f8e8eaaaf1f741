import type { RuleTerms } from '@server/modules/pricing/contract'
import type { usePricesMessages } from './messages'

type Messages = ReturnType<typeof usePricesMessages>
export const kinds = ['discount', 'contract', 'custom', 'overlay', 'billing'] as const
export type Kind = (typeof kinds)[number]

/** A rule of a kind with nothing filled in. */
export function emptyTerms(kind: Kind): RuleTerms {
  const shared = { provider: '', model: '', from: null, to: null, note: '' }
  if (kind === 'discount') return { kind, ...shared, unit: '', percent: '', currency: '' }
  if (kind === 'billing') return { kind, ...shared, mode: 'subscription' }
  return {
    kind,
    ...shared,
    ids: [],
    serviceTier: '',
    batch: false,
    region: '',
    daily: null,
    currency: 'USD',
    rates: { 'input.text.plain': '', 'output.text.visible': '' },
    tiers: [],
    sharedModalities: [],
    gpuHours: null,
  }
}

/** Keeps what both kinds know. */
export function ofKind(terms: RuleTerms, kind: Kind): RuleTerms {
  const { provider, model, from, to, note } = terms
  return { ...emptyTerms(kind), provider, model, from, to, note } as RuleTerms
}

/** Units left empty in the form are not part of the price. */
export function filledIn(terms: RuleTerms): RuleTerms {
  if (terms.kind === 'discount' || terms.kind === 'billing') return terms
  const filled = (rates: Record<string, string>) =>
    Object.fromEntries(Object.entries(rates).filter(([, rate]) => rate.trim() !== ''))
  return {
    ...terms,
    rates: filled(terms.rates),
    tiers: terms.tiers.map((tier) => ({ ...tier, rates: filled(tier.rates) })),
  }
}

/** Whether there is enough to ask for the effect; whether it is right the server says. */
export function isComplete(terms: RuleTerms): boolean {
  if (terms.provider.trim() === '') return false
  if (terms.kind === 'discount') return /^\d+(\.\d+)?$/.test(terms.percent)
  if (terms.kind === 'billing') return true
  if (terms.model.trim() === '') return false
  return terms.gpuHours !== null || Object.values(terms.rates).some((rate) => rate.trim() !== '')
}

/** A rule in one line. */
export function ruleTitle(terms: RuleTerms, t: Messages): string {
  const of = terms.model === '' ? terms.provider : terms.model
  if (terms.kind === 'discount')
    return t.title.discount(
      terms.percent,
      of,
      terms.unit === '' ? '' : (t.units[terms.unit as 'hour.gpu'] ?? terms.unit),
    )
  if (terms.kind === 'billing') return t.title.billing(of, t.modes[terms.mode])
  return t.title[terms.kind](of)
}
