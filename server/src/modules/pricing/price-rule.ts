import {
  type BillingRule,
  type Discount,
  isLeafUnit,
  leafUnits,
  type Price,
  type PriceBookOptions,
  providerName,
  ratePerMillionFromGpuHours,
} from '@infrazen/ai-cost'
import { invalid } from '../../primitives/errors'
import { parseDecimal } from '../../primitives/money'
import type { PriceTerms, RuleTerms } from './contract'

/** A rule as it stands: the newest version of it that is not a removal. */
export type StoredRule = {
  readonly id: string
  readonly version: number
  readonly terms: RuleTerms
  readonly recordedAt: Date
  readonly recordedBy: string
}

type Problem = { field: string; message: string }

// The ledger keeps 18 fractional digits of an event's cost, and a rate is the price of a million units.
const fractionDigits = 12

/**
 * Terms in their normal form: provider by its OpenTelemetry name, ids in lower case, instants in UTC.
 * @throws Failure `invalid_price` whose `problems` name each field and what to do about it.
 */
export function checkedTerms(given: RuleTerms, others: readonly StoredRule[]): RuleTerms {
  const problems: Problem[] = []
  const terms: RuleTerms = {
    ...given,
    provider: providerName(given.provider),
    model: given.model.trim().toLowerCase(),
    from: given.from === null ? null : new Date(given.from).toISOString(),
    to: given.to === null ? null : new Date(given.to).toISOString(),
  }
  if (terms.from !== null && terms.to !== null && terms.from >= terms.to)
    problems.push({
      field: 'to',
      message: 'The end must lie after the start; it is the first instant that no longer counts.',
    })
  if (terms.kind === 'discount') {
    checkPercent(terms.percent, problems)
    if (terms.currency !== '') checkCurrency(terms.currency, problems)
    const group = terms.unit.endsWith('.') && leafUnits.some((unit) => unit.startsWith(terms.unit))
    if (terms.unit !== '' && !group && !isLeafUnit(terms.unit)) problems.push(unknownUnit('unit', terms.unit))
  } else if (terms.kind !== 'billing') checkPrice(terms, problems)
  if (problems.length === 0) checkOverlap(terms, others, problems)
  if (problems.length > 0)
    throw invalid('invalid_price', problems.map((each) => `${each.field}: ${each.message}`).join(' '), { problems })
  return terms
}

function checkPrice(terms: PriceTerms, problems: Problem[]): void {
  terms.ids = [...new Set(terms.ids.map((id) => id.toLowerCase()))].filter((id) => id !== terms.model)
  if (terms.model.includes('*'))
    problems.push({ field: 'model', message: 'Name one model exactly; put names with `*` into the further ids.' })
  checkCurrency(terms.currency, problems)
  if (terms.gpuHours !== null) {
    if (terms.kind !== 'custom')
      problems.push({ field: 'gpuHours', message: 'Only a model of your own can be priced from GPU hours.' })
    if (terms.gpuHours.inputTokens + terms.gpuHours.outputTokens === 0)
      problems.push({
        field: 'gpuHours.outputTokens',
        message: 'Give the tokens served in these hours; without any there is no price per token.',
      })
    for (const field of ['hourlyRate', 'hours', 'outputWeight'] as const)
      checkDecimal(`gpuHours.${field}`, terms.gpuHours[field], problems)
  } else if (Object.keys(terms.rates).length === 0) {
    problems.push({ field: 'rates', message: 'Give the price of at least one unit, per 1,000,000 units.' })
  }
  checkRates('rates', terms.rates, problems)
  terms.tiers.forEach((tier, i) => {
    checkRates(`tiers.${i}.rates`, tier.rates, problems)
  })
  if (new Set(terms.tiers.map((tier) => tier.value)).size !== terms.tiers.length)
    problems.push({ field: 'tiers', message: 'Two context tiers start at the same prompt length. Remove one.' })
  if (terms.daily !== null)
    for (const field of ['from', 'to'] as const)
      if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(terms.daily[field]))
        problems.push({ field: `daily.${field}`, message: 'Give the time of day in UTC as HH:MM, e.g. 16:30.' })
}

function checkRates(field: string, rates: Record<string, string>, problems: Problem[]): void {
  for (const [unit, rate] of Object.entries(rates)) {
    if (!isLeafUnit(unit)) problems.push(unknownUnit(`${field}.${unit}`, unit))
    checkDecimal(`${field}.${unit}`, rate, problems)
  }
}

function checkDecimal(field: string, text: string, problems: Problem[]): void {
  const value = parseDecimal(text.trim())
  if (value === null || value.units < 0n)
    problems.push({ field, message: `“${text}” is not a price. Write digits and a point, e.g. 1.25; 0 means free.` })
  else if (value.scale > fractionDigits && value.units % 10n ** BigInt(value.scale - fractionDigits) !== 0n)
    problems.push({ field, message: `At most ${fractionDigits} digits after the point can be kept exactly.` })
}

function checkPercent(percent: string, problems: Problem[]): void {
  const value = parseDecimal(percent.trim())
  if (value === null || value.units <= 0n || value.units > 100n * 10n ** BigInt(value.scale) || value.scale > 6)
    problems.push({
      field: 'percent',
      message: 'Give a percentage above 0 and up to 100 with at most 6 digits after the point, e.g. 12.5.',
    })
}

function checkCurrency(currency: string, problems: Problem[]): void {
  if (!Intl.supportedValuesOf('currency').includes(currency))
    problems.push({
      field: 'currency',
      message: `“${currency}” is not a currency. Use an ISO 4217 code such as USD, KRW or RUB.`,
    })
}

function unknownUnit(field: string, unit: string): Problem {
  const start = unit.split('.')[0]
  const near = leafUnits.filter((each) => each.startsWith(`${start}.`)).slice(0, 6)
  return {
    field,
    message: `There is no unit “${unit}”. ${near.length > 0 ? `Units that begin so: ${near.join(', ')}.` : `Units: ${leafUnits.slice(0, 8).join(', ')}, …`}`,
  }
}

/** Two rules that would both answer the same question leave open which one counts. */
function checkOverlap(terms: RuleTerms, others: readonly StoredRule[], problems: Problem[]): void {
  for (const other of others) {
    const theirs = other.terms
    if (theirs.kind !== terms.kind || theirs.provider !== terms.provider || theirs.model !== terms.model) continue
    if (sameTerms(terms, theirs) && intersect(terms, theirs))
      problems.push({
        field: 'from',
        message: `Another ${terms.kind} rule for ${terms.model || 'every model'} of ${terms.provider} holds from ${theirs.from ?? 'ever'} to ${theirs.to ?? 'open end'}. End that one first, or change it.`,
      })
  }
}

function sameTerms(a: RuleTerms, b: RuleTerms): boolean {
  if (a.kind === 'discount' && b.kind === 'discount') return a.unit === b.unit && a.currency === b.currency
  if (a.kind === 'billing' || b.kind === 'billing') return true
  if (a.kind === 'discount' || b.kind === 'discount') return false
  return (
    a.serviceTier === b.serviceTier &&
    a.batch === b.batch &&
    a.region === b.region &&
    JSON.stringify(a.daily) === JSON.stringify(b.daily)
  )
}

const intersect = (a: Pick<RuleTerms, 'from' | 'to'>, b: Pick<RuleTerms, 'from' | 'to'>) =>
  (a.to === null || b.from === null || b.from < a.to) && (b.to === null || a.from === null || a.from < b.to)

/** What the price book is opened with. A price's version names rule and version, so that a cost leads back to both. */
export function bookOptions(rules: readonly Pick<StoredRule, 'id' | 'version' | 'terms'>[]): PriceBookOptions {
  const contract: Price[] = []
  const overlay: Price[] = []
  const discounts: Discount[] = []
  const billing: BillingRule[] = []
  for (const { id, version, terms } of rules) {
    const source = `${terms.kind}-${id}.${version}`
    const shared = {
      provider: terms.provider,
      model: terms.model || undefined,
      from: terms.from ?? undefined,
      to: terms.to ?? undefined,
      source,
    }
    if (terms.kind === 'discount')
      discounts.push({
        ...shared,
        percent: terms.percent,
        unit: terms.unit || undefined,
        currency: terms.currency || undefined,
      })
    else if (terms.kind === 'billing') billing.push({ ...shared, mode: terms.mode })
    else (terms.kind === 'contract' ? contract : overlay).push(priceOf(terms, source))
  }
  return { contract, overlay, discounts, billing }
}

function priceOf(terms: PriceTerms, source: string): Price {
  const price: Price = {
    providers: [terms.provider],
    model: terms.model,
    ids: terms.ids.filter((id) => !id.includes('*')),
    patterns: terms.ids.filter((id) => id.includes('*')).map(anchored),
    serviceTier: terms.serviceTier || undefined,
    batch: terms.batch || undefined,
    region: terms.region || undefined,
    from: terms.from ?? undefined,
    to: terms.to ?? undefined,
    daily: terms.daily ?? undefined,
    currency: terms.currency,
    rates: terms.rates,
    tiers: terms.tiers.length > 0 ? terms.tiers : undefined,
    sharedModalities: terms.sharedModalities,
    source,
  }
  if (terms.gpuHours === null) return price
  const { input, output } = ratePerMillionFromGpuHours(terms.gpuHours)
  const { hourlyRate, gpus, hours, inputTokens, outputTokens, outputWeight } = terms.gpuHours
  return {
    ...price,
    rates: { 'input.text.plain': input, 'output.text.visible': output, ...terms.rates },
    cachePricing: 'none',
    declared: {
      code: 'gpu_hours',
      message: `Reckoned from GPU hours: ${hourlyRate} ${terms.currency} × ${gpus} GPUs × ${hours} h over ${inputTokens} input and ${outputTokens} output tokens, an output token weighing ${outputWeight}.`,
    },
  }
}

const anchored = (id: string) => `^${id.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`
