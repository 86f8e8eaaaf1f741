import disagreements from './catalogue/disagreements'
import genaiPrices from './catalogue/genai-prices'
import langfuse from './catalogue/langfuse'
import litellm from './catalogue/litellm'
import { decimal, multiply, place, reduce, rescale, type Scaled } from './decimal'
import { derivations, overlay as ownOverlay, regionRules, withoutList } from './overlay'
import { listedAt, providerName } from './providers'
import type {
  Authority,
  BillingMode,
  BillingRule,
  ContextTier,
  Discount,
  Finding,
  MatchPath,
  Price,
  Rates,
} from './types'

/** A rate ready for multiplication: one unit costs `units / 10^scale` of its card. */
export type CardRate = {
  /** at the common scale of the card */
  units: bigint
  /** the same as a double where it is exact, else NaN */
  small: number
  /** price of one unit, decimal text */
  text: string
}

/** One price compiled for use: all its rates share a scale. */
export type Card = {
  price: Price
  version: string
  currency: string
  scale: number
  rates: Map<string, CardRate>
  tiers: { atLeast: number; rates: Map<string, CardRate> }[]
  shared: readonly string[]
  path: MatchPath
  note: { code: string; message: string } | null
  /** what a discount made of a list price, and that price */
  discount: { note: Finding; listed: Card } | null
  /** not charged per call */
  billing: BillingMode | null
}

type Candidate = { card: Card; from: number; to: number; dayFrom: number; dayTo: number; isContract: boolean }

/** All prices that can answer one (provider, model, tier, batch, region), in order of authority. */
export type Candidates = {
  list: Candidate[]
  /** the only candidate, when time does not matter */
  always: Card | null
  /** why there is none */
  reason: { code: string; message: string } | null
}

type Layer = {
  authority: number
  prices: readonly Price[]
  exact: Map<string, Price[]>
  patterns: Map<string, [RegExp, Price][]>
}

/** Looks prices up by provider, model, terms and time. Open one with {@link openPriceBook}; it does no I/O. */
export interface PriceBook {
  /** Prices that can apply, remembered per question; `serviceTier` and `region` are normalised names, '' for the standard ones. */
  candidates(provider: string, model: string, serviceTier: string, batch: boolean, region: string): Candidates
  /** The price in force at an instant, or null. */
  at(candidates: Candidates, milliseconds: number): Card | null
  /** Every price of the book, highest authority first. */
  entries(): { authority: Authority; price: Price }[]
}

let shipped: Layer[] | null = null

/** What an organization adds to the shipped prices. */
export type PriceBookOptions = {
  overlay?: Price[]
  contract?: Price[]
  /** reductions of list prices; the most specific one applies, they are never multiplied with each other */
  discounts?: Discount[]
  billing?: BillingRule[]
}

/**
 * Opens a price book over the shipped catalogue. Authority: `contract`, then `overlay`, then the shipped overlay, then
 * the shipped catalogues. Rates are decimal text per 1,000,000 units.
 *
 * @throws RangeError when a given price has a rate that is not a non-negative decimal, a pattern is not anchored, or a
 *   discount is not within 0 and 100 per cent
 */
export function openPriceBook(options: PriceBookOptions = {}): PriceBook {
  // the two catalogues have the same authority; where they name the same price, the first is read first
  shipped ??= [
    layer(ownOverlay, 2),
    layer(JSON.parse(genaiPrices) as Price[], 3),
    layer(JSON.parse(langfuse) as Price[], 3),
    layer(JSON.parse(litellm) as Price[], 3),
  ]
  const layers = [...shipped]
  if (options.overlay?.length) layers.unshift(layer(checked(options.overlay), 1))
  if (options.contract?.length) layers.unshift(layer(checked(options.contract), 0))
  return new Book(layers, (options.discounts ?? []).map(readDiscount), (options.billing ?? []).map(readTerm))
}

/** Two shipped catalogues that state different prices for the same unit on the same day. USD per 1,000,000 units. */
export type Disagreement = { provider: string; model: string; unit: string; 'genai-prices': string; litellm: string }

/** Where the shipped catalogues disagree; the book uses the first of the two. */
export function catalogueDisagreements(): Disagreement[] {
  return JSON.parse(disagreements) as Disagreement[]
}

function checked(prices: Price[]): Price[] {
  for (const price of prices) {
    const rates = [price.rates, ...(price.tiers ?? []).map((tier) => tier.rates)]
    for (const set of rates)
      for (const [unit, rate] of Object.entries(set))
        if (decimal(rate).units < 0n) throw new RangeError(`negative rate of ${unit}: ${rate}`)
    for (const pattern of price.patterns ?? [])
      if (!pattern.startsWith('^') || !pattern.endsWith('$'))
        throw new RangeError(`pattern is not anchored: ${pattern}`)
    for (const instant of [price.from, price.to])
      if (instant !== undefined && Number.isNaN(Date.parse(instant))) throw new RangeError(`not an instant: ${instant}`)
  }
  return prices
}

function layer(prices: readonly Price[], authority: number): Layer {
  const exact = new Map<string, Price[]>()
  const patterns = new Map<string, [RegExp, Price][]>()
  for (const price of prices) {
    for (const stated of price.providers) {
      const provider = providerName(stated)
      for (const id of new Set([price.model.toLowerCase(), ...(price.ids ?? []).map((each) => each.toLowerCase())])) {
        const key = `${provider}|${id}`
        const list = exact.get(key)
        if (list) list.push(price)
        else exact.set(key, [price])
      }
      for (const pattern of price.patterns ?? []) {
        const list = patterns.get(provider)
        const entry: [RegExp, Price] = [new RegExp(pattern), price]
        if (list) list.push(entry)
        else patterns.set(provider, [entry])
      }
    }
  }
  return { authority, prices, exact, patterns }
}

/** A rule over models and an interval of time, read once. */
type Term<Rule> = { rule: Rule; provider: string; model: RegExp | null; from: number; to: number }
type ReadDiscount = Term<Discount> & { multiplier: Scaled }

function readTerm<Rule extends { provider: string; model?: string; from?: string; to?: string }>(
  rule: Rule,
): Term<Rule> {
  const instant = (text: string | undefined, absent: number) => {
    const value = text === undefined ? absent : Date.parse(text)
    if (Number.isNaN(value)) throw new RangeError(`not an instant: ${text}`)
    return value
  }
  return {
    rule,
    provider: providerName(rule.provider),
    model: rule.model === undefined || rule.model === '*' ? null : modelPattern(rule.model),
    from: instant(rule.from, Number.NEGATIVE_INFINITY),
    to: instant(rule.to, Number.POSITIVE_INFINITY),
  }
}

/** Anchored expression of a model id in which `*` stands for any characters. */
export function modelPattern(model: string): RegExp {
  const escaped = model
    .trim()
    .toLowerCase()
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*')}$`)
}

function readDiscount(rule: Discount): ReadDiscount {
  const percent = decimal(rule.percent)
  const hundred = 100n * 10n ** BigInt(percent.scale)
  if (percent.units <= 0n || percent.units > hundred)
    throw new RangeError(`a discount is more than 0 and at most 100 per cent: ${rule.percent}`)
  return { ...readTerm(rule), multiplier: reduce({ units: hundred - percent.units, scale: percent.scale + 2 }) }
}

const authorityNames: readonly Authority[] = ['contract', 'overlay', 'shipped', 'catalogue']

const minute = 60_000
const clock = (text: string) => (Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5))) * minute

class Book implements PriceBook {
  private readonly layers: Layer[]
  private readonly cards = new Map<string, Card>()
  private readonly cardIds = new WeakMap<Price, number>()
  private cardCount = 0
  private readonly remembered = new Map<string, Map<string, Candidates>>()

  constructor(
    layers: Layer[],
    private readonly discounts: readonly ReadDiscount[],
    private readonly billing: readonly Term<BillingRule>[],
  ) {
    this.layers = layers
  }

  entries(): { authority: Authority; price: Price }[] {
    return this.layers.flatMap((each) =>
      each.prices.map((price) => ({ authority: authorityNames[each.authority]!, price })),
    )
  }

  candidates(provider: string, model: string, serviceTier: string, batch: boolean, region: string): Candidates {
    const terms = `${provider}|${serviceTier}|${batch ? 'b' : ''}|${region}`
    let byModel = this.remembered.get(terms)
    if (byModel === undefined) {
      byModel = new Map()
      if (this.remembered.size > 2_000) this.remembered.clear()
      this.remembered.set(terms, byModel)
    }
    let found = byModel.get(model)
    if (found === undefined) {
      found = this.resolve(provider, model, serviceTier, batch, region)
      if (byModel.size > 20_000) byModel.clear()
      byModel.set(model, found)
    }
    return found
  }

  at(candidates: Candidates, milliseconds: number): Card | null {
    if (candidates.always) return candidates.always
    const list = candidates.list
    for (let i = 0; i < list.length; i++) {
      const each = list[i]!
      if (milliseconds < each.from || milliseconds >= each.to) continue
      if (each.dayFrom >= 0) {
        const day = milliseconds - Math.floor(milliseconds / 86_400_000) * 86_400_000
        const inside =
          each.dayFrom <= each.dayTo ? day >= each.dayFrom && day < each.dayTo : day >= each.dayFrom || day < each.dayTo
        if (!inside) continue
      }
      return each.card
    }
    return null
  }

  private resolve(provider: string, model: string, serviceTier: string, batch: boolean, region: string): Candidates {
    const found: { price: Price; path: MatchPath; group: number; order: number; note: Card['note'] }[] = []
    let otherTerms = false
    let step = 0
    const take = (prices: readonly Price[], path: MatchPath, group: number, note: Card['note']) => {
      for (const price of prices) {
        if ((price.serviceTier ?? '') !== serviceTier || (price.batch ?? false) !== batch) otherTerms = true
        else if (price.region === undefined || price.region === region)
          found.push(
            price.declared === undefined
              ? { price, path, group, order: found.length, note }
              : { price, path: 'derived', group, order: found.length, note: price.declared },
          )
        else otherTerms = true
      }
    }
    const search = (host: string, id: string, path: MatchPath | null, note: Card['note']) => {
      step += 10
      for (const each of this.layers) {
        const exact = each.exact.get(`${host}|${id}`)
        if (exact) take(exact, path ?? 'exact', step + each.authority, note)
      }
      for (const each of this.layers) {
        const hits: Price[] = []
        for (const [pattern, price] of each.patterns.get(host) ?? [])
          if (!hits.includes(price) && pattern.test(id)) hits.push(price)
        // the same catalogue naming two models for one id is no answer
        if (new Set(hits.map((hit) => hit.model)).size === 1)
          take(
            hits,
            path ?? 'pattern',
            // what the organization says goes before any list, also where it says it by a pattern
            step + each.authority + (each.authority <= 1 ? 0.5 : 5),
            note ?? {
              code: 'matched_by_pattern',
              message: `The model id ${model} is not listed; it matches the pattern of ${hits[0]!.model}.`,
            },
          )
      }
    }

    const id = model.trim().toLowerCase()
    search(provider, id, null, null)
    if (found.length === 0 || found.every((each) => each.path !== 'exact')) {
      for (const base of baseIds(provider, id)) {
        search(provider, base.id, 'derived', { code: base.code, message: base.message })
      }
    }
    // a provider with prices of its own for this model is not read at another's list for other terms
    if (found.length === 0 && !otherTerms) {
      for (const host of listedAt[provider] ?? []) {
        const note = {
          code: 'priced_as_other_provider',
          message: `${provider} sells this model at the list of ${host}.`,
        }
        search(host, id, 'derived', note)
        for (const base of baseIds(host, id)) search(host, base.id, 'derived', note)
        if (found.length > 0) break
      }
    }

    // declared derivations of terms from the standard price (batch at half price and the like)
    if (found.length === 0 && (serviceTier !== '' || batch)) {
      for (const rule of derivations) {
        if (rule.provider !== provider || (rule.serviceTier ?? '') !== serviceTier || (rule.batch ?? false) !== batch)
          continue
        if (rule.models && !rule.models.test(id)) continue
        const standard = this.resolve(provider, model, '', false, region)
        if (standard.list.length === 0) continue
        return {
          list: standard.list.map((each) => ({
            ...each,
            card: this.scaled(
              each.card,
              rule.multiplier,
              rule.exceptPrefix,
              { code: rule.code, message: rule.message },
              'derived',
              rule.drop,
            ),
          })),
          always: null,
          reason: null,
        }
      }
    }

    if (found.length === 0) {
      const terms = [serviceTier && `tier ${serviceTier}`, batch && 'batch', region && `region ${region}`]
        .filter(Boolean)
        .join(', ')
      return {
        list: [],
        always: null,
        reason: otherTerms
          ? {
              code: 'terms_unpriced',
              message: `${model} of ${provider} is known, but not its price for ${terms || 'standard terms'}.`,
            }
          : unresolved(provider, id, model),
      }
    }

    // by authority; within one authority regional prices before list prices and windows of the day before whole days
    const rank = (price: Price) => (price.region === undefined ? 2 : 0) + (price.daily ? 0 : 1)
    const list: Candidate[] = found
      .sort((a, b) => a.group - b.group || rank(a.price) - rank(b.price) || a.order - b.order)
      .map(({ price, path, note, group }) => {
        let card = this.card(price, path, note)
        if (region !== '' && price.region === undefined) {
          const uplift =
            price.regionMultipliers?.[region] ??
            regionRules.find((rule) => rule.provider === provider && rule.models.test(id) && rule.regions.test(region))
              ?.multiplier
          if (uplift !== undefined)
            card = this.scaled(
              card,
              uplift,
              'call.',
              {
                code: 'region_uplift',
                message: `Tokens cost ${uplift} times the list price in region scope ${region}.`,
              },
              path,
            )
          else
            card = {
              ...card,
              note: card.note ?? {
                code: 'region_at_list',
                message: `No price of its own is known for region scope ${region}; the list price applies.`,
              },
            }
        }
        return {
          card,
          from: price.from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(price.from),
          to: price.to === undefined ? Number.POSITIVE_INFINITY : Date.parse(price.to),
          dayFrom: price.daily ? clock(price.daily.from) : -1,
          dayTo: price.daily ? clock(price.daily.to) : -1,
          isContract: group % 10 < 1,
        }
      })
      .flatMap((each) => this.onOwnTerms(each, provider, id))
    const head = list[0]!
    const always = head.dayFrom < 0 && head.from === Number.NEGATIVE_INFINITY && head.to === Number.POSITIVE_INFINITY
    return { list, always: always ? head.card : null, reason: null }
  }

  /** A candidate cut at the instants where discounts and ways of billing begin and end, each part on its terms. */
  private onOwnTerms(candidate: Candidate, provider: string, id: string): Candidate[] {
    const ids = [id, candidate.card.price.model.toLowerCase()]
    const matches = (term: Term<unknown>) =>
      term.provider === provider && (term.model === null || ids.some((each) => term.model!.test(each)))
    const discounts = candidate.isContract ? [] : this.discounts.filter(matches)
    const billing = this.billing.filter(matches)
    if (discounts.length + billing.length === 0) return [candidate]
    const cuts = [...discounts, ...billing]
      .flatMap((term) => [term.from, term.to])
      .filter((instant) => instant > candidate.from && instant < candidate.to)
    const bounds = [candidate.from, ...new Set(cuts.sort((a, b) => a - b)), candidate.to]
    return bounds.slice(1).map((to, i) => {
      const from = bounds[i]!
      const inForce = (term: Term<unknown>) => term.from <= from && to <= term.to
      const reduced = this.discounted(candidate.card, discounts.filter(inForce))
      const mode = billing.find(inForce)?.rule.mode
      return { ...candidate, from, to, card: mode === undefined ? reduced : { ...reduced, billing: mode } }
    })
  }

  private discounted(card: Card, discounts: readonly ReadDiscount[]): Card {
    const used = new Set<ReadDiscount>()
    const best = (unit: string): ReadDiscount | null => {
      let found: ReadDiscount | null = null
      const weight = (each: ReadDiscount) => (each.model === null ? 0 : 1_000) + (each.rule.unit?.length ?? 0)
      for (const each of discounts) {
        const { unit: of, currency } = each.rule
        if (currency !== undefined && currency !== card.currency) continue
        if (of !== undefined && of !== unit && !(of.endsWith('.') && unit.startsWith(of))) continue
        if (found === null || weight(each) > weight(found)) found = each
      }
      return found
    }
    const apply = (rates: Rates): Rates =>
      Object.fromEntries(
        Object.entries(rates).map(([unit, rate]) => {
          const discount = best(unit)
          if (discount === null) return [unit, rate]
          used.add(discount)
          const value = reduce(multiply(decimal(rate), discount.multiplier))
          return [unit, place(value.units.toString(), value.scale)]
        }),
      )
    // reasoning and other units that share a rate may have a discount of their own
    const own = discounts.flatMap(({ rule }) => (rule.unit === undefined || rule.unit.endsWith('.') ? [] : [rule.unit]))
    const price: Price = {
      ...card.price,
      rates: apply(withShared(card.price.rates, own)),
      tiers: card.price.tiers?.map((tier) => ({ ...tier, rates: apply(withShared(tier.rates, own)) })),
    }
    if (used.size === 0) return card
    const percents = [...used].map(({ rule }) => `${rule.percent} %${rule.unit ? ` on ${rule.unit}` : ''}`).join(', ')
    const source = [...used].map(({ rule }) => rule.source ?? 'discount').join('+')
    const listed = compile(price, card.path, card.note)
    return {
      ...listed,
      version: `${card.version}−${source}`,
      discount: {
        listed: card,
        note: { code: 'contract_discount', message: `The contract takes ${percents} off the list price.` },
      },
    }
  }

  private card(price: Price, path: MatchPath, note: Card['note']): Card {
    let serial = this.cardIds.get(price)
    if (serial === undefined) {
      serial = this.cardCount++
      this.cardIds.set(price, serial)
    }
    const key = `${serial}|${path}|${note?.message ?? ''}`
    let card = this.cards.get(key)
    if (card === undefined) {
      card = compile(price, path, note)
      if (this.cards.size > 50_000) this.cards.clear()
      this.cards.set(key, card)
    }
    return card
  }

  private scaled(
    card: Card,
    multiplier: string,
    exceptPrefix: string,
    note: Card['note'],
    path: MatchPath = 'derived',
    drop?: RegExp,
  ): Card {
    const factor = decimal(multiplier)
    const apply = (rates: Rates): Rates =>
      Object.fromEntries(
        Object.entries(rates)
          .filter(([unit]) => !drop?.test(unit))
          .map(([unit, rate]) => {
            if (unit.startsWith(exceptPrefix)) return [unit, rate]
            const value = reduce(multiply(decimal(rate), factor))
            return [unit, place(value.units.toString(), value.scale)]
          }),
      )
    const price: Price = {
      ...card.price,
      rates: apply(card.price.rates),
      tiers: card.price.tiers?.map((tier) => ({ ...tier, rates: apply(tier.rates) })),
    }
    const made = compile(price, path, note)
    return {
      ...made,
      version: `${card.version}×${multiplier}`,
      billing: card.billing,
      discount: card.discount && {
        note: card.discount.note,
        listed: this.scaled(card.discount.listed, multiplier, exceptPrefix, note, path, drop),
      },
    }
  }
}

function unresolved(provider: string, id: string, model: string): { code: string; message: string } {
  if (/application-inference-profile/.test(id))
    return {
      code: 'inference_profile_unresolved',
      message: `${model} names an application inference profile; its model is not known.`,
    }
  if (provider.startsWith('azure.'))
    return {
      code: 'model_unknown',
      message: `${model} has no price at ${provider}; it may be the name of a deployment, not of a model.`,
    }
  const instead = withoutList[provider]
  if (instead !== undefined) return { code: 'no_public_price', message: instead }
  return { code: 'model_unknown', message: `No price is known for ${model} of ${provider || 'an unnamed provider'}.` }
}

/** Ids under which a catalogue may list a model whose id carries a prefix or suffix with a declared meaning. */
function baseIds(provider: string, id: string): { id: string; code: string; message: string }[] {
  const out: { id: string; code: string; message: string }[] = []
  const tuned = /^ft:([^:]+):/.exec(id)
  if (tuned) out.push({ id: `ft:${tuned[1]}`, code: 'fine_tuned', message: `Priced as a fine-tune of ${tuned[1]}.` })
  const azureTuned = /^(.+)\.ft-[\w-]+$/.exec(id)
  if (azureTuned)
    out.push({ id: `ft:${azureTuned[1]}`, code: 'fine_tuned', message: `Priced as a fine-tune of ${azureTuned[1]}.` })
  const arn = /^arn:aws[a-z-]*:bedrock:[^:]*:[^:]*:(?:foundation-model|inference-profile)\/(.+)$/.exec(id)
  if (arn) out.push({ id: arn[1]!, code: 'arn', message: 'The model id was taken from its ARN.' })
  const path = /^(?:models|publishers\/[\w-]+\/models|projects\/.+\/publishers\/[\w-]+\/models)\/(.+)$/.exec(id)
  if (path && provider.startsWith('gcp.'))
    out.push({ id: path[1]!, code: 'model_path', message: 'The model id was taken from its resource path.' })
  const named =
    /^(openai|anthropic|google|gemini|vertex_ai|azure|xai|x-ai|deepseek|mistral|mistralai|groq|cohere|bedrock)\/(.+)$/.exec(
      id,
    )
  if (named && providerName(named[1]!) === provider)
    out.push({ id: named[2]!, code: 'provider_prefix', message: 'The provider prefix of the model id was taken off.' })
  return out
}

export function compile(price: Price, path: MatchPath, note: Card['note']): Card {
  // rates are per 1,000,000 units: one unit costs rate / 10^6
  const one = (rate: string): Scaled => {
    const value = decimal(rate)
    return reduce({ units: value.units, scale: value.scale + 6 })
  }
  let scale = 0
  const sets: Rates[] = [price.rates, ...(price.tiers ?? []).map((tier) => tier.rates)]
  for (const set of sets) for (const rate of Object.values(set)) scale = Math.max(scale, one(rate).scale)
  const read = (rates: Rates): Map<string, CardRate> => {
    const map = new Map<string, CardRate>()
    for (const [unit, rate] of Object.entries(rates)) {
      const value = one(rate)
      const units = rescale(value, scale)
      const small = Number(units)
      map.set(unit, {
        units,
        small: Number.isSafeInteger(small) ? small : Number.NaN,
        text: place(value.units.toString(), value.scale),
      })
    }
    return map
  }
  const base = read(price.rates)
  const tiers = (price.tiers ?? [])
    .map((tier: ContextTier) => {
      const rates = read(tier.rates)
      // fees per call do not depend on the length of the prompt
      for (const [unit, rate] of base) if (!isTokenUnit(unit) && !rates.has(unit)) rates.set(unit, rate)
      return { atLeast: tier.operator === '>' ? tier.value + 1 : tier.value, rates }
    })
    .sort((a, b) => b.atLeast - a.atLeast)
  const terms = [price.serviceTier, price.batch ? 'batch' : undefined, price.region].filter(Boolean).join('+')
  return {
    price,
    version: `${price.source ?? 'own'}:${price.providers[0]}/${price.model}${terms ? `+${terms}` : ''}${price.from ? `@${price.from.slice(0, 10)}` : ''}`,
    currency: price.currency ?? 'USD',
    scale,
    rates: base,
    tiers,
    shared: price.sharedModalities ?? [],
    path,
    note,
    discount: null,
    billing: null,
  }
}

/** The rates with `output.text.reasoning` and `embedding.text` spelled out where a rule names them. */
function withShared(rates: Rates, units: readonly string[]): Rates {
  const out = { ...rates }
  for (const [unit, base] of [
    ['output.text.reasoning', 'output.text.visible'],
    ['embedding.text', 'input.text.plain'],
  ] as const) {
    const rate = rates[base]
    if (units.includes(unit) && out[unit] === undefined && rate !== undefined) out[unit] = rate
  }
  return out
}

function isTokenUnit(unit: string): boolean {
  return unit.startsWith('input.') || unit.startsWith('output.') || unit.startsWith('embedding.')
}
