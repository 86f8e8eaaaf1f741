import { z } from 'zod'

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

export type QuoteRequest = z.infer<typeof QuoteRequest>
export type Quote = z.infer<typeof Quote>
