import { z } from 'zod'
import { LinesRequest } from '../explore/contract'

export const Leaf = z.object({
  unit: z.string().min(1).max(100),
  quantity: z.number().min(0).max(Number.MAX_SAFE_INTEGER),
})

/** What to price: the provider's own usage block, or leaf units. */
export const QuoteRequest = z.object({
  provider: z.string().min(1).max(100).describe('gen_ai.provider.name: openai, anthropic, aws.bedrock, …'),
  model: z.string().min(1).max(300),
  at: z.iso.datetime({ offset: true }).describe('the moment whose prices count'),
  region: z.string().max(100).optional(),
  serviceTier: z.string().max(100).optional(),
  batch: z.boolean().optional(),
  usage: z
    .union([z.array(Leaf).max(100), z.record(z.string(), z.unknown())])
    .describe('the provider’s own usage block, or leaves: [{ unit, quantity }]'),
})

/** One question, or up to 1,000 in one call. */
export const QuoteRequests = z.union([QuoteRequest, z.array(QuoteRequest).min(1).max(1000)])

export const Quote = z.object({
  cost: z.string().nullable().describe('decimal; null where no price is known'),
  listCost: z
    .string()
    .nullish()
    .describe('at list price, where a contract or the way of billing makes the cost another'),
  currency: z.string(),
  status: z.enum(['priced', 'partial', 'unpriced', 'not_billable']),
  leaves: z.array(
    z.object({ unit: z.string(), quantity: z.number(), unitPrice: z.string().nullable(), cost: z.string().nullable() }),
  ),
  priceVersion: z.string().nullable(),
  path: z.enum(['exact', 'pattern', 'derived', 'none']),
  findings: z.array(z.object({ code: z.string(), message: z.string() })),
  usageStatus: z
    .enum(['exact', 'estimated', 'partial', 'missing', 'inconsistent'])
    .optional()
    .describe('where a usage block was given'),
})

/** In the order of the questions. */
export const Quotes = z.union([Quote, z.array(Quote)])

const Instant = z.iso.datetime({ offset: true })
const Interval = {
  from: Instant.nullable().default(null).describe('first instant; null is since ever'),
  to: Instant.nullable().default(null).describe('first instant after it; null is open'),
}
const Name = z.string().trim().min(1).max(300)
const Rates = z
  .record(z.string(), z.string().max(60))
  .describe('decimal price of 1,000,000 units by leaf unit: { "input.text.plain": "1.25" }')

/** Hourly rate × GPUs × hours ÷ tokens: the rates of a self-hosted model are reckoned from it. */
export const GpuHours = z.object({
  hourlyRate: z.string().max(60),
  gpus: z.number().int().min(1).max(1_000_000),
  hours: z.string().max(60),
  inputTokens: z.number().int().min(0),
  outputTokens: z.number().int().min(0),
  outputWeight: z.string().max(20).default('1').describe('how many input tokens one output token weighs'),
})

export const PriceTerms = z.object({
  kind: z.enum(['contract', 'overlay', 'custom']),
  provider: Name,
  model: Name.describe('exact model id'),
  ids: z.array(Name).max(100).default([]).describe('further exact ids; `*` stands for any characters'),
  serviceTier: z.string().max(100).default(''),
  batch: z.boolean().default(false),
  region: z.string().max(100).default(''),
  ...Interval,
  daily: z
    .object({ from: z.string(), to: z.string() })
    .nullable()
    .default(null)
    .describe('window of the day in UTC, HH:MM'),
  currency: z.string().length(3),
  rates: Rates.default({}),
  tiers: z
    .array(z.object({ operator: z.enum(['>', '>=']), value: z.number().int().min(0), rates: Rates }))
    .max(10)
    .default([])
    .describe('applies to every leaf of a call whose whole prompt compares true'),
  sharedModalities: z.array(z.string().max(20)).max(5).default([]),
  gpuHours: GpuHours.nullable().default(null),
  note: z.string().max(2000).default('').describe('where the price is from; whether VAT is in it'),
})
export const DiscountTerms = z.object({
  kind: z.literal('discount'),
  provider: Name,
  model: z.string().trim().max(300).default('').describe("'' is every model; `*` stands for any characters"),
  unit: z.string().trim().max(100).default('').describe("'' is every unit; `input.` is all that begin so"),
  percent: z.string().max(20),
  currency: z.string().max(3).default(''),
  ...Interval,
  note: z.string().max(2000).default(''),
})
export const BillingTerms = z.object({
  kind: z.literal('billing'),
  provider: Name,
  model: z.string().trim().max(300).default(''),
  mode: z.enum(['subscription', 'free', 'byok', 'committed']),
  ...Interval,
  note: z.string().max(2000).default(''),
})
export const RuleTerms = z.discriminatedUnion('kind', [PriceTerms, DiscountTerms, BillingTerms])

export const Rule = z.object({
  id: z.string(),
  version: z.number().int(),
  terms: RuleTerms,
  recordedAt: z.string(),
  recordedBy: z.string(),
})
export const RuleList = z.object({ rules: z.array(Rule) })
export const RuleChange = z.object({
  terms: RuleTerms,
  version: z.number().int().describe('the version that was read; a newer one in between is a conflict'),
  effectiveFrom: Instant.nullable()
    .default(null)
    .describe('null corrects the rule for all of its time; an instant ends it there and lets the new terms follow'),
})
export const ChangeMade = z.object({ changeId: z.string(), rules: z.array(Rule) })
export const HistoryEntry = z.object({
  changeId: z.string(),
  ruleId: z.string(),
  version: z.number().int(),
  action: z.enum(['added', 'changed', 'removed', 'undone']),
  before: RuleTerms.nullable(),
  after: RuleTerms.nullable(),
  recordedAt: z.string(),
  recordedBy: z.string(),
  undoable: z.boolean(),
})
export const History = z.object({ entries: z.array(HistoryEntry) })

const Authority = z.enum(['contract', 'overlay', 'shipped', 'catalogue'])
export const BookModel = z.object({
  provider: z.string(),
  model: z.string(),
  currency: z.string().nullable(),
  input: z.string().nullable().describe('per 1,000,000 tokens, in force now on standard terms'),
  cacheRead: z.string().nullable(),
  output: z.string().nullable(),
  other: z
    .object({ unit: z.string(), rate: z.string() })
    .nullable()
    .describe('where the model has no price of input text'),
  used: z.boolean().describe('called in the last 30 days'),
  authority: Authority.nullable(),
  source: z.string(),
  discounted: z.boolean(),
  terms: z.number().int().describe('terms with a price of their own: tiers, batch, regions'),
  disagreements: z.number().int(),
})
export const BookAnswer = z.object({
  models: z.array(BookModel),
  total: z.number().int(),
  providers: z.array(z.object({ id: z.string(), models: z.number().int() })),
  sources: z.array(z.object({ source: z.string(), prices: z.number().int() })),
})
export const BookQuery = z.object({
  search: z.string().max(200).optional(),
  provider: z.string().max(100).optional(),
  own: z.enum(['true', 'false']).optional().describe('only models with a price of the organization'),
  disputed: z.enum(['true', 'false']).optional().describe('only models on whose price the catalogues disagree'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  offset: z.coerce.number().int().min(0).default(0),
})

const RateSet = z.record(z.string(), z.string())
export const ModelAnswer = z.object({
  provider: z.string(),
  model: z.string(),
  ids: z.array(z.string()),
  terms: z.array(
    z.object({
      serviceTier: z.string(),
      batch: z.boolean(),
      region: z.string(),
      prices: z.array(
        z.object({
          from: z.string().nullable(),
          to: z.string().nullable(),
          daily: z.object({ from: z.string(), to: z.string() }).nullable(),
          currency: z.string(),
          rates: RateSet,
          tiers: z.array(z.object({ operator: z.string(), value: z.number(), rates: RateSet })),
          listRates: RateSet.nullable().describe('before the discount'),
          authority: Authority,
          priceVersion: z.string(),
          path: z.string(),
          billing: z.string().nullable(),
          inForce: z.boolean().describe('this price answers a call made now'),
          notes: z.array(z.string()),
        }),
      ),
    }),
  ),
  rules: z.array(Rule),
  disagreements: z.array(z.object({ unit: z.string(), used: z.string(), other: z.string() })),
})
export const ModelQuery = z.object({ provider: z.string(), model: z.string() })
export const Disagreements = z.object({
  disagreements: z.array(
    z.object({
      provider: z.string(),
      model: z.string(),
      unit: z.string(),
      used: z.string().describe('genai-prices, USD per 1,000,000 units'),
      other: z.string().describe('LiteLLM'),
    }),
  ),
})

const Tokens = z.number().int().min(0).max(1_000_000_000_000)
export const EstimateRequest = z.object({
  models: z
    .array(z.object({ provider: Name, model: Name, serviceTier: z.string().optional(), region: z.string().optional() }))
    .min(1)
    .max(20),
  at: Instant.optional(),
  prompt: z.union([
    z.object({ tokens: Tokens }),
    z.object({ text: z.string().max(2_000_000).describe('only the counts of its scripts are used; it is not kept') }),
  ]),
  output: z.union([z.object({ tokens: Tokens }), z.object({ low: Tokens, likely: Tokens, high: Tokens })]),
  cachedShare: z
    .string()
    .regex(/^(0(\.\d{1,6})?|1(\.0{1,6})?)$/, 'a decimal from 0 to 1')
    .optional(),
  reasoningEffort: z.enum(['none', 'minimal', 'low', 'medium', 'high']).optional(),
  batch: z.boolean().optional(),
  calls: z.number().int().min(1).max(1_000_000_000).optional(),
})
const Finding = z.object({ code: z.string(), message: z.string() })
const Case = z.object({
  cost: z.string().nullable(),
  perCall: z.string().nullable(),
  status: z.enum(['priced', 'partial', 'unpriced', 'not_billable']),
  leaves: z.array(
    z.object({ unit: z.string(), quantity: z.number(), unitPrice: z.string().nullable(), cost: z.string().nullable() }),
  ),
})
export const EstimateAnswer = z.object({
  estimates: z
    .array(
      z.object({
        provider: z.string(),
        model: z.string(),
        calls: z.number(),
        currency: z.string(),
        low: Case,
        likely: Case,
        high: Case,
        priceVersion: z.string().nullable(),
        path: z.enum(['exact', 'pattern', 'derived', 'none']),
        assumptions: z.array(Finding),
        findings: z.array(Finding),
      }),
    )
    .describe('in the order of the models'),
})

export const UnpricedQuery = z.object({ from: Instant.optional(), to: Instant.optional() })
export const UnpricedAnswer = z.object({
  from: z.string(),
  to: z.string(),
  items: z.array(
    z.object({
      provider: z.string(),
      model: z.string(),
      serviceTier: z.string(),
      region: z.string(),
      unit: z.string().describe("'' where the calls name no unit"),
      quantity: z.string(),
      calls: z.string(),
      firstSeen: z.string(),
      lastSeen: z.string(),
      reason: Finding.nullable().describe('why the book of now has no price; null when it has one'),
      remedy: z.enum(['rate_again', 'add_price', 'name_model', 'usage_missing']),
    }),
  ),
})

/** Microseconds do not matter here: instants in UTC, `from` inclusive and `to` exclusive. */
export const RatingScope = z.object({
  from: Instant,
  to: Instant,
  provider: z.string().max(100).default(''),
  model: z.string().max(300).default(''),
})
export const Difference = z.object({
  team: z.string(),
  month: z.string().describe('2026-11, in the organization’s time zone'),
  currency: z.string(),
  before: z.string(),
  after: z.string(),
  events: z.string().describe('calls whose cost changes'),
})
export const RatingPreview = z.object({
  from: z.string(),
  to: z.string(),
  read: z.string().describe('calls looked at'),
  events: z.string().describe('calls whose cost, currency or status changes'),
  unpricedBefore: z.string(),
  unpricedAfter: z.string(),
  sums: z.array(z.object({ currency: z.string(), before: z.string(), after: z.string() })),
  differences: z.array(Difference),
})
export const EffectRequest = z.object({
  terms: RuleTerms,
  ruleId: z.string().nullable().default(null).describe('the rule that the terms would replace'),
  days: z.number().int().min(1).max(92).default(30),
})
export const Rating = z.object({
  id: z.string(),
  status: z.enum(['running', 'applied', 'undoing', 'undone', 'failed']),
  from: z.string(),
  to: z.string(),
  provider: z.string(),
  model: z.string(),
  events: z.string(),
  sums: z.array(z.object({ currency: z.string(), before: z.string(), after: z.string() })),
  recordedAt: z.string().describe('ask with asOf before this moment for the figures without it'),
  undoneAt: z.string().nullable(),
  actor: z.string(),
  undoneBy: z.string().nullable(),
  problem: z.string().nullable(),
  undoable: z.boolean(),
})
export const RatingList = z.object({ ratings: z.array(Rating) })

export const ExplainRequest = z.union([
  z.object({
    eventId: z
      .string()
      .regex(/^\d{1,20}$/)
      .describe('the identity /lines gives'),
    startedAt: Instant.optional().describe('finds it faster'),
  }),
  LinesRequest.omit({ cursor: true, limit: true, kind: true }),
])
export const ExplainAnswer = z.object({
  lines: z.array(
    z.object({
      provider: z.string(),
      model: z.string(),
      unit: z.string(),
      quantity: z.string(),
      unitPrice: z.string().nullable().describe('of one unit'),
      cost: z.string().nullable(),
      currency: z.string(),
      counted: z.boolean().describe('false where a bill covers the day'),
      calls: z.string(),
      priceVersion: z.string(),
      path: z.string(),
      status: z.string(),
      exact: z.boolean().describe('quantity × unitPrice is the cost, to the last digit'),
    }),
  ),
  totals: z.array(
    z.object({
      currency: z.string(),
      cost: z.string().describe('sum of the lines'),
      ledger: z.string().describe('the same asked of the ledger by itself'),
      equal: z.boolean(),
    }),
  ),
  truncated: z.boolean(),
})

export type QuoteRequest = z.infer<typeof QuoteRequest>
export type Quote = z.infer<typeof Quote>
export type RuleTerms = z.infer<typeof RuleTerms>
export type PriceTerms = z.infer<typeof PriceTerms>
export type DiscountTerms = z.infer<typeof DiscountTerms>
export type BillingTerms = z.infer<typeof BillingTerms>
export type Rule = z.infer<typeof Rule>
export type RuleList = z.infer<typeof RuleList>
export type RuleChange = z.infer<typeof RuleChange>
export type ChangeMade = z.infer<typeof ChangeMade>
export type HistoryEntry = z.infer<typeof HistoryEntry>
export type History = z.infer<typeof History>
export type BookModel = z.infer<typeof BookModel>
export type BookAnswer = z.infer<typeof BookAnswer>
export type BookQuery = z.infer<typeof BookQuery>
export type ModelAnswer = z.infer<typeof ModelAnswer>
export type Disagreements = z.infer<typeof Disagreements>
export type EstimateRequest = z.infer<typeof EstimateRequest>
export type EstimateAnswer = z.infer<typeof EstimateAnswer>
export type UnpricedAnswer = z.infer<typeof UnpricedAnswer>
export type RatingScope = z.infer<typeof RatingScope>
export type RatingPreview = z.infer<typeof RatingPreview>
export type Rating = z.infer<typeof Rating>
export type RatingList = z.infer<typeof RatingList>
export type ExplainRequest = z.infer<typeof ExplainRequest>
export type ExplainAnswer = z.infer<typeof ExplainAnswer>
