import {
  type Authority,
  catalogueDisagreements,
  modelPattern,
  type Price,
  type PriceBook,
  providerName,
} from '@infrazen/ai-cost'
import { notFound } from '../../primitives/errors'
import type { BookAnswer, BookModel, BookQuery, ModelAnswer } from './contract'
import type { StoredRule } from './price-rule'
import { toRule } from './rule-store'

type Entry = { authority: Authority; price: Price }
type Model = { provider: string; model: string; entries: Entry[] }

const grouped = new WeakMap<PriceBook, Map<string, Model>>()

/** Prices by provider and model, highest authority first, read once a book. */
function modelsOf(book: PriceBook): Map<string, Model> {
  let models = grouped.get(book)
  if (models) return models
  models = new Map()
  for (const entry of book.entries()) {
    const model = entry.price.model.toLowerCase()
    for (const stated of entry.price.providers) {
      const provider = providerName(stated)
      const key = `${provider}\n${model}`
      const found = models.get(key)
      if (found) found.entries.push(entry)
      else models.set(key, { provider, model, entries: [entry] })
    }
  }
  grouped.set(book, models)
  return models
}

const disagreeing = (): Map<string, number> => {
  counts ??= catalogueDisagreements().reduce((all, { provider, model }) => {
    const key = `${provider}\n${model}`
    return all.set(key, (all.get(key) ?? 0) + 1)
  }, new Map<string, number>())
  return counts
}
let counts: Map<string, number> | undefined

const idsOf = ({ model, entries }: Model) =>
  new Set([model, ...entries.flatMap(({ price }) => (price.ids ?? []).map((id) => id.toLowerCase()))])

/** Units on whose price the catalogues disagree, for the model under any of its ids. */
const disagreementsOf = (model: Model) =>
  [...idsOf(model)].reduce((sum, id) => sum + (disagreeing().get(`${model.provider}\n${id}`) ?? 0), 0)

const isOwn = ({ authority }: Entry) => authority === 'contract' || authority === 'overlay'

/** Models of the book with their standard price at `now`; every word of `search` must be in provider, model or an id. */
export function browseBook(book: PriceBook, query: BookQuery, now: Date, used: ReadonlySet<string>): BookAnswer {
  const words = (query.search ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const provider = query.provider === undefined || query.provider === '' ? null : providerName(query.provider)
  const matching: Model[] = []
  const perProvider = new Map<string, number>()
  const perSource = new Map<string, number>()
  for (const model of modelsOf(book).values()) {
    for (const { price } of model.entries) {
      const source = sourceName(price)
      perSource.set(source, (perSource.get(source) ?? 0) + 1)
    }
    if (query.own === 'true' && !model.entries.some(isOwn)) continue
    if (query.disputed === 'true' && disagreementsOf(model) === 0) continue
    if (words.length > 0) {
      const text = `${model.provider} ${model.model} ${model.entries.flatMap(({ price }) => price.ids ?? []).join(' ')}`
      if (!words.every((word) => text.includes(word))) continue
    }
    perProvider.set(model.provider, (perProvider.get(model.provider) ?? 0) + 1)
    if (provider === null || model.provider === provider) matching.push(model)
  }
  matching.sort(
    (a, b) =>
      Number(b.entries.some(isOwn)) - Number(a.entries.some(isOwn)) ||
      Number(isUsed(b, used)) - Number(isUsed(a, used)) ||
      prominence(a.provider) - prominence(b.provider) ||
      a.provider.localeCompare(b.provider) ||
      b.model.localeCompare(a.model),
  )
  return {
    models: matching
      .slice(query.offset, query.offset + query.limit)
      .map((model) => summaryOf(book, model, now, isUsed(model, used))),
    total: matching.length,
    providers: [...perProvider]
      .map(([id, models]) => ({ id, models }))
      .sort((a, b) => b.models - a.models || a.id.localeCompare(b.id)),
    sources: [...perSource].map(([source, prices]) => ({ source, prices })).sort((a, b) => b.prices - a.prices),
  }
}

/** `used` holds provider and model id, a line break between. */
const isUsed = ({ provider, model, entries }: Model, used: ReadonlySet<string>) =>
  used.has(`${provider}\n${model}`) ||
  entries.some(({ price }) => price.ids?.some((id) => used.has(`${provider}\n${id.toLowerCase()}`)) === true)

const leading = ['openai', 'anthropic', 'gcp.gemini', 'aws.bedrock', 'azure.ai.openai', 'gcp.vertex_ai']
const prominence = (provider: string) => {
  const at = leading.indexOf(provider)
  return at === -1 ? leading.length : at
}

/** Rules name themselves by id; to a reader they are one source. */
const sourceName = ({ source }: Price) => (source ?? 'own').replace(/^(contract|overlay|custom)-.*$/, '$1')

function summaryOf(book: PriceBook, { provider, model, entries }: Model, now: Date, used: boolean): BookModel {
  const card = book.at(book.candidates(provider, model, '', false, ''), now.getTime())
  const rates = card?.price.rates ?? {}
  const input = rates['input.text.plain'] ?? rates['embedding.text'] ?? null
  const [unit, rate] = Object.entries(rates).find(([each]) => !each.startsWith('input.text.')) ?? []
  return {
    provider,
    model,
    currency: card?.currency ?? null,
    input,
    cacheRead: rates['input.text.cache_read'] ?? null,
    output: rates['output.text.visible'] ?? null,
    other: input === null && unit !== undefined && rate !== undefined ? { unit, rate } : null,
    used,
    authority: card === null ? null : authorityOf(entries, card.price),
    source: card === null ? '' : sourceName(card.price),
    discounted: card?.discount != null,
    terms: new Set(entries.map(({ price }) => termsKey(price))).size,
    disagreements: disagreementsOf({ provider, model, entries }),
  }
}

const termsKey = (price: Price) => JSON.stringify([price.serviceTier ?? '', price.batch === true, price.region ?? ''])

/** A discounted price is a copy of the one in the book: its source tells it. */
const authorityOf = (entries: Entry[], price: Price): Authority =>
  entries.find((entry) => entry.price === price)?.authority ??
  entries.find((entry) => entry.price.source === price.source)?.authority ??
  'catalogue'

/**
 * Every price of a model on all terms, as the book answers: intervals with their discounts and ways of billing.
 * @throws Failure `model_not_found`.
 */
export function describeModel(
  book: PriceBook,
  rules: readonly StoredRule[],
  asked: { provider: string; model: string },
  now: Date,
): ModelAnswer {
  const provider = providerName(asked.provider)
  const id = asked.model.toLowerCase()
  const found = modelsOf(book).get(`${provider}\n${id}`)
  if (!found) throw notFound('model_not_found', `The price book has no ${asked.model} of ${asked.provider}.`)
  const kinds = new Map(
    [{ serviceTier: undefined, batch: undefined, region: undefined }, ...found.entries.map(({ price }) => price)].map(
      (price) => {
        const terms = {
          serviceTier: price.serviceTier ?? '',
          batch: price.batch === true,
          region: price.region ?? '',
        }
        return [JSON.stringify(terms), terms]
      },
    ),
  )
  const time = now.getTime()
  const ids = idsOf(found)
  const instant = (value: number) => (Number.isFinite(value) ? new Date(value).toISOString() : null)
  return {
    provider,
    model: found.model,
    ids: [...new Set(found.entries.flatMap(({ price }) => price.ids ?? []))].slice(0, 100),
    terms: [...kinds.values()].flatMap((terms) => {
      const candidates = book.candidates(provider, id, terms.serviceTier, terms.batch, terms.region)
      const current = book.at(candidates, time)
      const prices = candidates.list.map(({ card, from, to }) => ({
        from: instant(from),
        to: instant(to),
        daily: card.price.daily ?? null,
        currency: card.currency,
        rates: card.price.rates,
        tiers: (card.price.tiers ?? []).map(({ operator, value, rates }) => ({ operator, value, rates })),
        listRates: card.discount?.listed.price.rates ?? null,
        authority: authorityOf(found.entries, card.price),
        priceVersion: card.version,
        path: card.path,
        billing: card.billing,
        inForce: card === current,
        notes: [card.note, card.discount?.note].flatMap((note) => (note ? [note.message] : [])),
      }))
      return prices.length === 0 ? [] : [{ ...terms, prices }]
    }),
    rules: rules.filter(({ terms }) => concerns(terms, provider, found)).map(toRule),
    disagreements: catalogueDisagreements()
      .filter((each) => each.provider === provider && ids.has(each.model))
      .map((each) => ({ unit: each.unit, used: each['genai-prices'], other: each.litellm })),
  }
}

function concerns(terms: StoredRule['terms'], provider: string, { model, entries }: Model): boolean {
  if (terms.provider !== provider) return false
  if (terms.kind === 'discount' || terms.kind === 'billing')
    return terms.model === '' || matches(terms.model, [model, ...entries.flatMap(({ price }) => price.ids ?? [])])
  return terms.model === model
}

const matches = (pattern: string, ids: string[]) => {
  const expression = modelPattern(pattern)
  return ids.some((id) => expression.test(id.toLowerCase()))
}
