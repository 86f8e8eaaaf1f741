import { catalogueDisagreements, estimate, type PriceBook, quote, quoteUsage } from '@infrazen/ai-cost'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { invalid } from '../../primitives/errors'
import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import type { Postgres } from '../../storage/postgres'
import { usedModels } from '../ledger'
import { browseBook, describeModel } from './browse-book'
import {
  BookAnswer,
  BookQuery,
  ChangeMade,
  Disagreements,
  EffectRequest,
  EstimateAnswer,
  EstimateRequest,
  ExplainAnswer,
  ExplainRequest,
  History,
  ModelAnswer,
  ModelQuery,
  type Quote,
  type QuoteRequest,
  QuoteRequests,
  Quotes,
  Rating,
  RatingList,
  RatingPreview,
  RatingScope,
  RuleChange,
  RuleList,
  RuleTerms,
  UnpricedAnswer,
  UnpricedQuery,
} from './contract'
import { explainCost } from './explain-cost'
import { previewRating } from './preview-rating'
import { bookOf, type PriceBooks } from './price-books'
import { checkedTerms } from './price-rule'
import { Ratings, usagePeriod } from './ratings'
import { addRule, changeRule, listRules, removeRule, ruleHistory, toRule, undoChange } from './rule-store'
import { unpricedUsage } from './unpriced-usage'

export type PricingDeps = {
  clickhouse: ClickHouse
  postgres: Postgres
  books: PriceBooks
  timeZoneOf: (scope: Scope) => Promise<string>
  onError?: (error: unknown) => void
  now?: () => number
}

const Id = z.object({ id: z.guid() })
const day = 86_400_000
const usedFreshForMs = 60_000

/** `/api/v1/pricing/…`: the price book, quotes and estimates, unpriced usage, re-rating and explanations. */
export function pricingRoutes(deps: PricingDeps): FastifyPluginAsyncZod {
  const { clickhouse, postgres, books, timeZoneOf } = deps
  const now = deps.now ?? Date.now
  return async (app) => {
    const ratings = new Ratings(deps)
    app.addHook('onReady', () => ratings.recover())
    app.addHook('onClose', () => ratings.stop())
    const tags = ['Pricing']
    // Asked at every key of a search; which models are in use changes by the day.
    const used = new Map<string, { at: number; models: Promise<ReadonlySet<string>> }>()
    const usedOf = (scope: Scope): Promise<ReadonlySet<string>> => {
      const kept = used.get(scope.organizationId)
      const at = now()
      if (kept && at - kept.at < usedFreshForMs) return kept.models
      const models = usedModels(clickhouse, scope, { from: at - 30 * day, to: at, timeZone: 'UTC' }).then(
        (rows) => new Set(rows.map((row) => `${row.Provider}\n${(row.Model || row.RequestModel).toLowerCase()}`)),
      )
      models.catch(() => used.delete(scope.organizationId))
      used.set(scope.organizationId, { at, models })
      return models
    }
    const changed = async (scope: Scope, change: Promise<ChangeMade>) => {
      const made = await change
      books.forget(scope.organizationId)
      return made
    }

    app.post(
      '/api/v1/pricing/quote',
      {
        schema: {
          tags,
          summary: 'What a call costs',
          description: 'Prices one call or a list of calls with the prices of the organization and records nothing.',
          body: QuoteRequests,
          response: { 200: Quotes },
        },
      },
      async (request) => {
        const book = await books.of(request.scope)
        return Array.isArray(request.body) ? request.body.map((one) => answer(book, one)) : answer(book, request.body)
      },
    )
    app.post(
      '/api/v1/pricing/estimate',
      {
        schema: {
          tags,
          summary: 'What calls will cost: low, likely and high',
          description: 'Prompt size and expected output in, cost before anything runs out, with what was assumed.',
          body: EstimateRequest,
          response: { 200: EstimateAnswer },
        },
      },
      async (request) => {
        const book = await books.of(request.scope)
        const { models, at, ...question } = request.body
        try {
          const moment = at === undefined ? new Date(now()) : new Date(at)
          return { estimates: models.map((model) => estimate(book, { ...question, ...model, at: moment })) }
        } catch (error) {
          if (error instanceof RangeError) throw invalid('invalid_estimate', `${error.message}.`)
          throw error
        }
      },
    )

    app.get(
      '/api/v1/pricing/book',
      {
        schema: {
          tags,
          summary: 'Models with their prices in force',
          querystring: BookQuery,
          response: { 200: BookAnswer },
        },
      },
      async (request) => {
        const used = await usedOf(request.scope)
        return browseBook(await books.of(request.scope), request.query, new Date(now()), used)
      },
    )
    app.get(
      '/api/v1/pricing/model',
      {
        schema: {
          tags,
          summary: 'All prices of a model, on all terms',
          querystring: ModelQuery,
          response: { 200: ModelAnswer },
        },
      },
      async (request) =>
        describeModel(
          await books.of(request.scope),
          await listRules(postgres.db, request.scope),
          request.query,
          new Date(now()),
        ),
    )
    app.get(
      '/api/v1/pricing/disagreements',
      {
        schema: { tags, summary: 'Where the shipped catalogues disagree', response: { 200: Disagreements } },
      },
      async () => ({
        disagreements: catalogueDisagreements().map((each) => ({
          provider: each.provider,
          model: each.model,
          unit: each.unit,
          used: each['genai-prices'],
          other: each.litellm,
        })),
      }),
    )

    app.get(
      '/api/v1/pricing/rules',
      { schema: { tags, summary: 'Contract prices, discounts, own models', response: { 200: RuleList } } },
      async (request) => ({ rules: (await listRules(postgres.db, request.scope)).map(toRule) }),
    )
    app.post(
      '/api/v1/pricing/rules',
      {
        schema: {
          tags,
          summary: 'Add a price, discount or way of billing',
          body: RuleTerms,
          response: { 200: ChangeMade },
        },
      },
      (request) => changed(request.scope, addRule(postgres, request.scope, request.body)),
    )
    app.put(
      '/api/v1/pricing/rules/:id',
      {
        schema: {
          tags,
          summary: 'Correct a rule, or let new terms follow from an instant on',
          params: Id,
          body: RuleChange,
          response: { 200: ChangeMade },
        },
      },
      (request) => changed(request.scope, changeRule(postgres, request.scope, request.params.id, request.body)),
    )
    app.delete(
      '/api/v1/pricing/rules/:id',
      { schema: { tags, summary: 'Remove a rule; its history stays', params: Id, response: { 200: ChangeMade } } },
      (request) => changed(request.scope, removeRule(postgres, request.scope, request.params.id)),
    )
    app.get(
      '/api/v1/pricing/history',
      {
        schema: {
          tags,
          summary: 'Who changed which price when',
          querystring: z.object({ ruleId: z.guid().optional() }),
          response: { 200: History },
        },
      },
      async (request) => ({ entries: await ruleHistory(postgres, request.scope, request.query.ruleId) }),
    )
    app.post(
      '/api/v1/pricing/changes/:id/undo',
      { schema: { tags, summary: 'Undo a change of prices', params: Id, response: { 200: ChangeMade } } },
      (request) => changed(request.scope, undoChange(postgres, request.scope, request.params.id)),
    )
    app.post(
      '/api/v1/pricing/effect',
      {
        schema: {
          tags,
          summary: 'What a rule would do to the money of the last days',
          description: 'Prices the calls of the last days with the rule and without it. Saves nothing.',
          body: EffectRequest,
          response: { 200: RatingPreview },
        },
      },
      async (request) => {
        const { terms: given, ruleId, days } = request.body
        const rules = await listRules(postgres.db, request.scope)
        const others = rules.filter((rule) => rule.id !== ruleId)
        const terms = checkedTerms(given, others)
        const draft = bookOf([...others, { id: 'draft', version: 0, terms }])
        const to = now()
        const period = { from: to - days * day, to, timeZone: await timeZoneOf(request.scope) }
        return previewRating(clickhouse, request.scope, draft, period, await books.of(request.scope))
      },
    )

    app.get(
      '/api/v1/pricing/unpriced',
      {
        schema: {
          tags,
          summary: 'Usage without a price, and what to do',
          description: 'The last 90 days where no period is given.',
          querystring: UnpricedQuery,
          response: { 200: UnpricedAnswer },
        },
      },
      async (request) => {
        const to = request.query.to === undefined ? new Date(now()) : new Date(request.query.to)
        const from = request.query.from === undefined ? new Date(to.getTime() - 90 * day) : new Date(request.query.from)
        return unpricedUsage(clickhouse, request.scope, await books.of(request.scope), { from, to })
      },
    )

    app.post(
      '/api/v1/pricing/ratings/preview',
      {
        schema: {
          tags,
          summary: 'What a re-rating would change, by team and month',
          body: RatingScope,
          response: { 200: RatingPreview },
        },
      },
      async (request) => {
        const period = { ...usagePeriod(request.body), timeZone: await timeZoneOf(request.scope) }
        return previewRating(clickhouse, request.scope, await books.of(request.scope), period)
      },
    )
    app.post(
      '/api/v1/pricing/ratings',
      {
        schema: {
          tags,
          summary: 'Rate the calls of a period again with the prices of now',
          description: 'The old figures stay: ask with asOf before `recordedAt` for them.',
          body: RatingScope,
          response: { 202: Rating },
        },
      },
      async (request, reply) => reply.code(202).send(await ratings.start(request.scope, request.body)),
    )
    app.get(
      '/api/v1/pricing/ratings',
      { schema: { tags, summary: 'Re-ratings, newest first', response: { 200: RatingList } } },
      async (request) => ({ ratings: await ratings.list(request.scope) }),
    )
    app.post(
      '/api/v1/pricing/ratings/:id/undo',
      { schema: { tags, summary: 'Take a re-rating back', params: Id, response: { 200: Rating } } },
      (request) => ratings.undo(request.scope, request.params.id),
    )
    app.post(
      '/api/v1/pricing/explain',
      {
        schema: {
          tags,
          summary: 'Leaves × prices behind a call or a total',
          body: ExplainRequest,
          response: { 200: ExplainAnswer },
        },
      },
      (request) => explainCost({ clickhouse, timeZoneOf }, request.scope, request.body),
    )
  }
}

function answer(book: PriceBook, { usage, at, ...call }: QuoteRequest): Quote {
  const moment = new Date(at)
  return Array.isArray(usage)
    ? quote(book, { ...call, at: moment, leaves: usage })
    : quoteUsage(book, { ...call, at: moment, usage })
}
