import { z } from 'zod'

/** A moment or a local date: `2026-11-01` (start of that day in `timeZone`) or an RFC 3339 instant. */
const Moment = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2}))?$/,
    'a date (2026-11-01) or an instant (2026-11-01T00:00:00Z)',
  )

export const Granularity = z.enum(['15m', 'hour', 'day', 'week', 'month', 'quarter', 'year'])

export const Filter = z
  .object({
    dimension: z.string(),
    in: z.array(z.string().nullable()).min(1).optional(),
    notIn: z.array(z.string().nullable()).min(1).optional(),
    contains: z.string().min(1).optional(),
    isNull: z.boolean().optional(),
  })
  .refine(
    (f) => [f.in, f.notIn, f.contains, f.isNull].filter((x) => x !== undefined).length === 1,
    'exactly one of in, notIn, contains, isNull',
  )

/** `from` inclusive, `to` exclusive. */
export const Period = z.object({ from: Moment, to: Moment })

export const QueryRequest = z.object({
  metrics: z.array(z.string()).min(1).max(20),
  dimensions: z.array(z.string()).max(8).default([]),
  granularity: Granularity.nullish(),
  period: Period,
  timeZone: z.string().optional().describe('IANA name; the organization’s own when absent'),
  filters: z.array(Filter).max(50).default([]),
  currency: z
    .string()
    .nullish()
    .describe(
      'Only charges in this currency. When absent and the answer holds several, `currency` becomes a dimension: they are never added.',
    ),
  convertTo: z
    .string()
    .regex(/^[A-Z]{3}$/, 'an ISO 4217 code such as KRW')
    .nullish()
    .describe(
      'Convert every amount into this currency by the rate of its day, from the source the organization has chosen. Amounts without a rate stay in their own currency, apart.',
    ),
  asOf: Moment.nullish(),
  orderBy: z
    .array(z.object({ id: z.string(), direction: z.enum(['asc', 'desc']).default('desc') }))
    .max(4)
    .default([]),
  limit: z.number().int().min(1).max(100_000).default(10_000),
})

export const Column = z.object({
  id: z.string(),
  kind: z.enum(['time', 'dimension', 'metric']),
  type: z.enum(['string', 'time', 'decimal', 'integer']),
  unit: z.string().nullable(),
  currency: z.string().nullable(),
})

export const Freshness = z.object({
  source: z.string(),
  basis: z.string(),
  lastRecordedAt: z.string().nullable(),
  lastChargeAt: z.string().nullable(),
})

/** Cells are strings (amounts and 64-bit counts as decimal strings, time as RFC 3339 of the bucket's start) or null (unknown). */
export const QueryAnswer = z.object({
  columns: z.array(Column),
  rows: z.array(z.array(z.string().nullable())),
  /** One row a currency when several are in the answer; cells as in `rows`, dimensions null. */
  totals: z.array(z.array(z.string().nullable())),
  truncated: z.boolean(),
  currencies: z.array(z.string()).describe('every currency with charges in the period under these filters'),
  basis: z.array(
    z.object({
      currency: z.string(),
      basis: z.string(),
      effectiveCost: z.string(),
      billedCost: z.string(),
      counted: z.boolean(),
    }),
  ),
  freshness: z.array(Freshness),
  completeness: z.object({
    billedThrough: z
      .string()
      .nullable()
      .describe('the last day, in the time zone of the question, that bills cover to its end'),
    billedUntil: z.string().nullable().describe('the moment up to which bills reach'),
    periodIsOpen: z.boolean(),
    sources: z
      .array(
        z.object({
          source: z.string(),
          completeThrough: z.string().nullable().describe('last day for which nothing more is expected'),
          share: z.number().nullable().describe('of the period’s past days, how much is expected to be in'),
          incomplete: z.array(z.object({ day: z.string(), share: z.number() })).describe('days that are not whole yet'),
        }),
      )
      .describe('connected sources; learned from their own readings'),
  }),
  unpriced: z.object({ calls: z.string(), tokens: z.string(), models: z.array(z.string()) }),
  conversion: z
    .object({
      into: z.string(),
      source: z.string(),
      currencies: z.array(
        z.object({
          currency: z.string(),
          days: z.number().int().describe('days of the period that have a rate'),
          missing: z.number().int().describe('days without one: their amounts stay in this currency'),
          lowest: z.string().nullable(),
          highest: z.string().nullable(),
        }),
      ),
    })
    .nullable()
    .describe('how amounts were converted; the single rates are at GET /api/v1/rates'),
  asOf: z.string(),
})

export const LinesRequest = z.object({
  period: Period,
  timeZone: z.string().optional(),
  filters: z.array(Filter).max(50).default([]),
  currency: z.string().nullish(),
  asOf: Moment.nullish(),
  kind: z.enum(['charges', 'calls']).default('charges'),
  order: z
    .enum(['time', 'cost'])
    .default('time')
    .describe('cost: the dearest calls first, those without a price last; one page of calls, without a cursor'),
  cursor: z.string().nullish(),
  limit: z.number().int().min(1).max(1000).default(100),
})

export const LinesAnswer = z.object({
  columns: z.array(z.string()),
  rows: z.array(z.array(z.string().nullable())),
  totalRows: z.string(),
  sums: z.array(z.object({ currency: z.string(), BilledCost: z.string(), EffectiveCost: z.string().nullable() })),
  nextCursor: z.string().nullable(),
  asOf: z.string(),
})

const Words = z.object({ en: z.string(), ko: z.string(), ru: z.string() })
export const RegistryAnswer = z.object({
  metrics: z.array(
    z.object({
      id: z.string(),
      name: Words,
      explanation: Words,
      formula: z.string(),
      unit: z.string(),
      type: z.enum(['decimal', 'integer']),
      goodWhen: z.enum(['up', 'down', 'neither']),
      group: z.string(),
      lenses: z
        .record(z.string(), Words)
        .optional()
        .describe('names that people of other roles use: engineering, finance, product, leadership'),
    }),
  ),
  dimensions: z.array(
    z.object({
      id: z.string(),
      name: Words,
      explanation: Words,
      focusColumn: z.string().nullable(),
      group: z.string(),
    }),
  ),
  granularities: z.array(z.string()),
  tagKeys: z.array(z.string()).describe('each is a dimension `tag:<key>`'),
  extraColumns: z
    .array(z.string())
    .describe('columns of imported files that FOCUS does not know; each is a dimension `extra:<name>`'),
})

export const ExportRequest = QueryRequest.extend({
  format: z
    .enum(['csv', 'focus-csv'])
    .default('csv')
    .describe('csv: the table of the answer; focus-csv: the FOCUS 1.4 rows whose money counts in it'),
  limit: z.number().int().min(1).max(100_000).default(100_000),
})

export const ExplainChangeRequest = z.object({
  metric: z.string().default('effective_cost').describe('effective_cost, billed_cost, list_cost or contracted_cost'),
  dimension: z.string(),
  period: Period,
  comparison: Period.describe('the period before, or the part of it that can be compared'),
  timeZone: z.string().optional(),
  filters: z.array(Filter).max(50).default([]),
  currency: z.string().regex(/^[A-Z]{3}$/),
})

/** Decimal strings of `currency`; `quantity + price + mix + costOnly = change` to the last digit. */
const ChangeParts = z.object({
  before: z.string().nullable(),
  after: z.string().nullable(),
  change: z.string(),
  quantity: z.string().describe('more or less used, at the average price before'),
  price: z.string().describe('the same items at another price'),
  mix: z.string().describe('dearer or cheaper items taking a larger share'),
  costOnly: z.string().describe('the change of what states no quantity'),
})
export const ExplainChangeAnswer = z.object({
  currency: z.string(),
  groups: z.array(ChangeParts.extend({ value: z.string().nullable() })),
  total: ChangeParts,
})

export const PriceChangesRequest = z.object({
  period: Period,
  timeZone: z.string().optional(),
  currency: z.string().regex(/^[A-Z]{3}$/),
})
export const PriceChangesAnswer = z.object({
  currency: z.string(),
  changes: z.array(
    z.object({
      provider: z.string(),
      service: z.string(),
      name: z.string().describe('the SKU’s meter'),
      at: z.string().describe('start of the first day with the new price, RFC 3339'),
      unit: z.string(),
      before: z.string().describe('list price of one pricing unit, decimal'),
      after: z.string(),
    }),
  ),
})

export type PriceChangesAnswer = z.infer<typeof PriceChangesAnswer>
export type ExplainChangeRequest = z.input<typeof ExplainChangeRequest>
export type ExplainChangeAnswer = z.infer<typeof ExplainChangeAnswer>
export type QueryRequest = z.input<typeof QueryRequest>
export type QueryAnswer = z.infer<typeof QueryAnswer>
export type LinesRequest = z.input<typeof LinesRequest>
export type LinesAnswer = z.infer<typeof LinesAnswer>
export type RegistryAnswer = z.infer<typeof RegistryAnswer>
export type Filter = z.input<typeof Filter>
export type Granularity = z.infer<typeof Granularity>
