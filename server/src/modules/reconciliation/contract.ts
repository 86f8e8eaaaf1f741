import { z } from 'zod'

/** Why a bill and the estimate of its calls differ. Each part is named once; together they are the difference, exactly. */
export const partIds = [
  'missing_key',
  'unpriced',
  'late',
  'cache',
  'batch',
  'tier',
  'price',
  'rounding',
  'telemetry_only',
  'fees',
  'other',
] as const
export const PartId = z.enum(partIds)
export type PartId = z.infer<typeof PartId>

export const splitDimensions = ['team', 'project', 'feature', 'customer', 'user', 'model'] as const
export const SplitDimension = z.enum(splitDimensions)

const Day = z.iso.date()
export const ReconciliationQuery = z.object({
  from: Day.describe("first day, in the provider's zone"),
  to: Day.describe('exclusive'),
})
export const AccountQuery = ReconciliationQuery.extend({
  provider: z.string().min(1),
  account: z.string().describe("'' where calls name no account and several are billed"),
  currency: z.string().optional(),
})
export const MatchesQuery = AccountQuery.extend({ day: Day.optional().describe('also compares this day hour by hour') })

const Part = z.object({ id: PartId, amount: z.string() })
const Sides = {
  billed: z.string().nullable().describe('all charges of the days billed; null where there is no bill'),
  billedUsage: z.string().nullable().describe('the charges that are usage: without taxes, credits and fees'),
  invoiced: z.string().nullable().describe('the part of billed that names an invoice'),
  estimate: z.string().nullable().describe('calls at the price book, of days that are billed'),
  providerUsage: z
    .string()
    .nullable()
    .describe('usage as the provider counts it, at the price book; null where none is read'),
  difference: z.string().nullable().describe('billed minus estimate; the parts add up to it'),
  explained: z
    .string()
    .nullable()
    .describe('billed usage whose calls telemetry saw and priced: without missing_key, unpriced, late and other'),
  accuracy: z.string().nullable().describe('explained as a share of billedUsage, 0 to 1, rounded down'),
  calls: z.string(),
  parts: z.array(Part),
}

export const Status = z.enum(['matched', 'differs', 'no_telemetry', 'no_bill', 'other_currency'])

export const AccountReconciliation = z.object({
  provider: z.string(),
  account: z.string(),
  accountName: z.string(),
  currency: z.string(),
  status: Status,
  level: z.object({
    account: z.enum(['account', 'provider']).describe('provider: calls name no account'),
    day: z.enum(['day', 'period']).describe('period: lines of the bill are longer than a day'),
    key: z.boolean().describe('both sides name the API key'),
    quantity: z.enum(['bill', 'provider_usage', 'none']).describe('who says how much was used'),
    currency: z.enum(['billing', 'pricing']).describe("pricing: compared in the bill's pricing currency"),
  }),
  ...Sides,
  openEstimate: z
    .string()
    .nullable()
    .describe('calls of days that no bill covers yet, not part of the comparison; null where none of them has a price'),
  daysBilled: z.number(),
  firstBilledDay: z.string().nullable(),
  lastBilledDay: z.string().nullable(),
  zoneOffsetMinutes: z.number().describe("when the provider's day starts, in minutes after midnight UTC"),
})
export const ReconciliationAnswer = z.object({
  from: z.string(),
  to: z.string(),
  accounts: z.array(AccountReconciliation),
  totals: z.array(
    z.object({
      currency: z.string(),
      ...Sides,
      proof: z.object({ sumOfParts: z.string(), equal: z.boolean() }),
    }),
  ),
  trend: z.array(
    z.object({
      provider: z.string(),
      currency: z.string(),
      day: z.string(),
      billedUsage: z.string(),
      explained: z.string(),
      accuracy: z.string().nullable(),
    }),
  ),
})
export const DaysAnswer = z.object({
  account: AccountReconciliation.nullable(),
  days: z.array(z.object({ day: z.string(), state: z.enum(['billed', 'open']), ...Sides })),
})

const MatchSide = {
  billed: z.string().nullable(),
  billedQuantity: z.string().nullable(),
  providerQuantity: z.string().nullable(),
  estimate: z.string().nullable(),
  quantity: z.string(),
  unpricedQuantity: z.string(),
}
export const MatchesAnswer = z.object({
  matches: z.array(
    z.object({
      model: z.string().describe("'' where the bill names none"),
      key: z.string(),
      difference: z.string(),
      billed: z.string(),
      estimate: z.string(),
      calls: z.string(),
      parts: z.array(Part),
      leaves: z.array(
        z.object({
          leaf: z.string().describe('input, cache_read, cache_write, output, other'),
          term: z.string().describe('standard, batch or another service tier'),
          ...MatchSide,
        }),
      ),
    }),
  ),
  keys: z.array(
    z.object({
      key: z.string(),
      name: z.string(),
      providerQuantity: z.string(),
      billed: z.string().nullable(),
      quantity: z.string().nullable().describe('null where calls name no key'),
    }),
  ),
  hours: z.array(
    z.object({
      hour: z.string(),
      providerQuantity: z.string().nullable().describe('null where the provider does not count by the hour'),
      quantity: z.string(),
      estimate: z.string(),
      calls: z.string(),
    }),
  ),
})

export const SplitRequest = AccountQuery.extend({ by: z.array(SplitDimension).min(1).max(3) })
export const SplitAnswer = z.object({
  currency: z.string(),
  by: z.array(SplitDimension),
  billed: z.string(),
  rows: z.array(
    z.object({
      way: z
        .enum(['telemetry', 'not_seen', 'fees'])
        .describe('not_seen: calls behind this money were not seen; fees: taxes, credits and fees'),
      values: z.array(z.string()).describe("in the order of `by`; '' where calls do not say"),
      billed: z.string(),
      estimate: z.string(),
      calls: z.string(),
    }),
  ),
  proof: z.object({ sumOfRows: z.string(), equal: z.boolean() }),
})

export type AccountReconciliation = z.infer<typeof AccountReconciliation>
export type ReconciliationAnswer = z.infer<typeof ReconciliationAnswer>
export type DaysAnswer = z.infer<typeof DaysAnswer>
export type MatchesAnswer = z.infer<typeof MatchesAnswer>
export type SplitAnswer = z.infer<typeof SplitAnswer>
export type SplitRequest = z.infer<typeof SplitRequest>
export type SplitDimension = z.infer<typeof SplitDimension>
