import { add, decimal, decimalText, place } from './decimal'
import { normaliseUsage } from './normalise'
import { type Card, type CardRate, compile, type PriceBook } from './price-book'
import { providerName, providerOfModel } from './providers'
import type { Finding, Quote, QuotedLeaf, QuoteQuestion, Rates, UsageStatus } from './types'

/** Names of the standard tier in provider answers. */
const standardTiers = new Set([
  '',
  'default',
  'standard',
  'on_demand',
  'on-demand',
  'ondemand',
  'normal',
  'auto',
  'standard_only',
])
const notARegionScope = new Set(['', 'global', 'not_available', 'default', 'unknown'])

/** Hosts that sell by the region of the endpoint; elsewhere the name of a cloud region is only where the caller runs. */
const pricedByCloudRegion = new Set(['aws.bedrock', 'azure.ai.openai', 'azure.ai.inference', 'gcp.vertex_ai'])

function regionScope(provider: string, stated: string | undefined): string {
  if (stated === undefined || notARegionScope.has(stated)) return ''
  const region = stated.toLowerCase()
  return /[-\d]/.test(region) && !pricedByCloudRegion.has(provider) ? '' : region
}

/** Leaf units that may be priced by another rate of the same card, because the rate covers them by its definition. */
function rateOf(card: Card, rates: Map<string, CardRate>, unit: string, findings: Finding[]): CardRate | undefined {
  const own = rates.get(unit)
  if (own !== undefined) return own
  if (unit === 'output.text.reasoning') return rates.get('output.text.visible')
  if (unit === 'embedding.text') return rates.get('input.text.plain')
  if (unit === 'input.text.cache_write') {
    const short = rates.get('input.text.cache_write_5m')
    if (short)
      findings.push({
        code: 'assumed_ttl',
        message: 'Cache writes without a stated lifetime are priced at the five-minute rate.',
      })
    return short
  }
  if (unit === 'input.text.cache_write_5m') {
    return rates.has('input.text.cache_write_1h') ? undefined : rates.get('input.text.cache_write')
  }
  if (unit.startsWith('input.text.cache_') && card.price.cachePricing === 'none') return rates.get('input.text.plain')
  if (unit.startsWith('input.')) {
    const [, modality, part] = unit.split('.')
    if (modality !== 'text' && card.shared.includes(modality!)) {
      // an own rate for plain input of a modality means that its cached input has one too
      if (part !== 'plain' && rates.has(`input.${modality}.plain`)) return undefined
      return rateOf(card, rates, `input.text.${part}`, findings)
    }
  }
  if (unit === 'embedding.image') return rates.get('input.image.plain')
  return undefined
}

/**
 * Prices leaves with the price in force when the call started.
 *
 * Amounts are exact decimal text in the currency of the price. An unknown model, tier or batch price gives
 * `cost: null`, `status: 'unpriced'` and a finding, never a standard price or zero; a leaf without a rate makes the
 * quote `partial`, with the cost of the known leaves. Throws RangeError on a negative or non-finite quantity and on
 * an invalid date.
 */
export function quote(book: PriceBook, question: QuoteQuestion): Quote {
  const milliseconds = question.at.getTime()
  if (Number.isNaN(milliseconds)) throw new RangeError('the time of the call is not a date')
  const provider = question.provider === '' ? providerOfModel(question.model) : providerName(question.provider)
  let tier = question.serviceTier === undefined ? '' : question.serviceTier.toLowerCase()
  let batch = question.batch === true
  if (tier === 'batch') {
    tier = ''
    batch = true
  } else if (standardTiers.has(tier)) tier = ''
  else if (tier === 'fast' && (provider === 'openai' || provider === 'azure.ai.openai')) tier = 'priority'
  const region = regionScope(provider, question.region)

  const leaves = question.leaves
  const candidates = book.candidates(provider, question.model, tier, batch, region)
  const found = book.at(candidates, milliseconds)
  const card = found ?? (question.fallback ? fallbackCard(question.model, question.fallback) : null)
  if (card === null) {
    const reason = candidates.reason ?? {
      code: 'no_price_at_time',
      message: `No price of ${question.model} is known for ${question.at.toISOString()}.`,
    }
    return unpriced(leaves, reason)
  }

  const findings: Finding[] = card.note === null ? [] : [card.note]
  if (card.discount !== null) findings.push(card.discount.note)
  let rates = card.rates
  if (card.tiers.length > 0 && question.granularity === 'aggregate') {
    findings.push({
      code: 'aggregate_without_context_tier',
      message: 'A sum over several requests cannot be put into a context tier; the base price is used.',
    })
  } else if (card.tiers.length > 0) {
    let prompt = 0
    for (let i = 0; i < leaves.length; i++) {
      const leaf = leaves[i]!
      if (leaf.unit.startsWith('input.') || leaf.unit.startsWith('embedding.')) prompt += leaf.quantity
    }
    for (const step of card.tiers) {
      if (prompt >= step.atLeast) {
        rates = step.rates
        findings.push({
          code: 'context_tier',
          message: `The whole prompt of ${prompt} tokens is priced in the tier that starts at ${step.atLeast}.`,
        })
        break
      }
    }
  }

  const scale = card.scale
  const quoted: QuotedLeaf[] = new Array(leaves.length)
  let small = 0
  let large = 0n
  let extraScale = 0
  let priced = 0
  let unknown = 0
  for (let i = 0; i < leaves.length; i++) {
    const { unit, quantity } = leaves[i]!
    if (!(quantity >= 0) || quantity === Number.POSITIVE_INFINITY)
      throw new RangeError(`quantity of ${unit} is not a non-negative number`)
    const rate = rateOf(card, rates, unit, findings)
    if (rate === undefined) {
      if (quantity === 0) {
        quoted[i] = { unit, quantity, unitPrice: null, cost: '0' }
        priced++
        continue
      }
      unknown++
      findings.push({ code: 'leaf_unpriced', message: `${card.price.model} has no price for ${unit}.` })
      quoted[i] = { unit, quantity, unitPrice: null, cost: null }
      continue
    }
    priced++
    const product = rate.small * quantity
    if (Number.isSafeInteger(quantity) && product <= 9007199254740991) {
      quoted[i] = { unit, quantity, unitPrice: rate.text, cost: place(String(product), scale) }
      small += product
      if (small > 4503599627370495) {
        large += BigInt(small) * 10n ** BigInt(extraScale)
        small = 0
      }
    } else {
      // fractional quantities (seconds, hours) and very large products
      const exact = decimal(String(quantity))
      const units = rate.units * exact.units
      quoted[i] = { unit, quantity, unitPrice: rate.text, cost: place(units.toString(), scale + exact.scale) }
      if (exact.scale > extraScale) {
        large *= 10n ** BigInt(exact.scale - extraScale)
        extraScale = exact.scale
      }
      large += units * 10n ** BigInt(extraScale - exact.scale)
    }
  }
  const total =
    large === 0n && extraScale === 0
      ? place(String(small), scale)
      : place((large + BigInt(small) * 10n ** BigInt(extraScale)).toString(), scale + extraScale)
  const known = priced > 0
  const mode = question.billingMode ?? card.billing ?? undefined
  const free = mode !== undefined && mode !== 'payg'
  if (free)
    findings.push({
      code: 'not_billed_per_call',
      message: `Billed as ${mode}: no charge of its own; the list cost is kept beside it.`,
    })
  const result: Quote = {
    cost: free ? '0' : known ? total : null,
    currency: card.currency,
    status: free ? 'not_billable' : unknown === 0 && known ? 'priced' : known ? 'partial' : 'unpriced',
    leaves: quoted,
    priceVersion: card.version,
    path: card.path,
    findings,
  }
  if (found === null) result.estimated = true
  if (card.discount !== null) result.listCost = known ? listCostOf(card.discount.listed, card, rates, leaves) : null
  else if (free) result.listCost = known ? total : null
  if (leaves.length === 0)
    findings.push({ code: 'no_leaves', message: 'There is no usage to price; the cost is unknown, not zero.' })
  return result
}

/** What leaves cost before a discount, in the same context tier; leaves without a price are left out. */
function listCostOf(listed: Card, card: Card, rates: Map<string, CardRate>, leaves: QuoteQuestion['leaves']): string {
  const tier = card.tiers.findIndex((step) => step.rates === rates)
  const listRates = tier === -1 ? listed.rates : listed.tiers[tier]!.rates
  let sum = decimal('0')
  for (const { unit, quantity } of leaves) {
    const rate = rateOf(listed, listRates, unit, [])
    if (rate === undefined) continue
    const exact = decimal(String(quantity))
    sum = add(sum, { units: rate.units * exact.units, scale: listed.scale + exact.scale })
  }
  return decimalText(sum)
}

const fallbackCards = new WeakMap<Rates, Card>()
function fallbackCard(model: string, rates: Rates): Card {
  let card = fallbackCards.get(rates)
  if (card === undefined) {
    card = compile({ providers: ['fallback'], model, rates, source: 'fallback' }, 'none', {
      code: 'fallback_price',
      message: 'No price is known for this model; the fallback price of the policy was used.',
    })
    fallbackCards.set(rates, card)
  }
  return card
}

function unpriced(leaves: QuoteQuestion['leaves'], reason: Finding): Quote {
  return {
    cost: null,
    currency: 'USD',
    status: 'unpriced',
    leaves: leaves.map(({ unit, quantity }) => ({ unit, quantity, unitPrice: null, cost: null })),
    priceVersion: null,
    path: 'none',
    findings: [reason],
  }
}

/**
 * Reads a provider's own usage block and prices it. The tier and region scope stated in the block (what was served)
 * go before those given (what was asked for). Throws as {@link quote} does; the content of `usage` never throws.
 */
export function quoteUsage(
  book: PriceBook,
  question: Omit<QuoteQuestion, 'leaves'> & { usage: object },
): Quote & { usageStatus: UsageStatus; dialect: string; reportedCost: string | null } {
  const usage = normaliseUsage(question.provider, question.model, question.usage)
  const serviceTier = usage.serviceTier || question.serviceTier
  const region = usage.region || question.region
  const billingMode = usage.committed ? 'committed' : question.billingMode
  const { provider, at, batch, fallback, granularity } = question
  // no spread of objects here: this is the path of every event
  let result = quote(book, {
    provider,
    model: question.model,
    at,
    region,
    serviceTier,
    batch,
    billingMode,
    fallback,
    granularity,
    leaves: usage.leaves,
  })
  if ('iterations' in question.usage || ('usage' in question.usage && question.usage.usage)) {
    for (const step of furtherIterations(question.usage, question.model)) {
      const leaves = normaliseUsage(provider, step.model, step.usage).leaves
      const part = quote(book, {
        provider,
        model: step.model,
        at,
        region,
        serviceTier,
        batch,
        billingMode,
        fallback,
        granularity,
        leaves,
      })
      part.findings.push({
        code: 'further_iteration',
        message: `A step of this call ran on ${step.model} outside the stated totals; it is priced on its own.`,
      })
      result = joined(result, part)
    }
  }
  const answer = result as Quote & { usageStatus: UsageStatus; dialect: string; reportedCost: string | null }
  answer.usageStatus = usage.usageStatus
  answer.dialect = usage.dialect
  answer.reportedCost = usage.reportedCost
  if (usage.findings.length > 0) answer.findings = [...usage.findings, ...result.findings]
  return answer
}

type Iteration = { type?: unknown; model?: unknown; input_tokens?: unknown; output_tokens?: unknown }

/** Steps listed under `iterations` which the totals beside them leave out: advisors of another model, compactions. */
function furtherIterations(usage: object, model: string): { model: string; usage: object }[] {
  const outer = ('usage' in usage && usage.usage ? usage.usage : usage) as Iteration & { iterations?: unknown }
  if (!Array.isArray(outer.iterations)) return []
  const steps = outer.iterations as Iteration[]
  const sum = (list: Iteration[], key: 'input_tokens' | 'output_tokens') =>
    list.reduce((total, each) => total + (Number(each[key]) || 0), 0)
  if (sum(steps, 'input_tokens') === outer.input_tokens && sum(steps, 'output_tokens') === outer.output_tokens)
    return []
  return steps
    .filter((step) => step.type !== undefined && step.type !== 'message')
    .map((step) => ({ model: typeof step.model === 'string' ? step.model : model, usage: step }))
}

/** Two quotes of one call as one: costs added, an unknown part makes the whole partial. */
function joined(a: Quote, b: Quote): Quote {
  const sum = (x: string | null | undefined, y: string | null | undefined) =>
    x == null ? (y ?? null) : y == null ? x : decimalText(add(decimal(x), decimal(y)))
  const complete =
    a.status === b.status ? a.status : a.status === 'not_billable' || b.status === 'not_billable' ? a.status : 'partial'
  return {
    ...a,
    cost: a.currency === b.currency ? sum(a.cost, b.cost) : a.cost,
    ...(a.listCost !== undefined ? { listCost: sum(a.listCost, b.listCost) } : {}),
    status: a.currency === b.currency ? complete : 'partial',
    leaves: [...a.leaves, ...b.leaves],
    findings: [...a.findings, ...b.findings],
  }
}
