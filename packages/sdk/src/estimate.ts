/** What is asked before anything runs: `POST /api/v1/pricing/estimate`. */
export type EstimateQuestion = {
  /** Compared with one another; providers by their `gen_ai.provider.name`. */
  models: { provider: string; model: string; serviceTier?: string; region?: string }[]
  /** Tokens, or a text whose characters are counted by the server and not kept. */
  prompt: { tokens: number } | { text: string }
  output: { tokens: number } | { low: number; likely: number; high: number }
  /** Part of the prompt that is read from cache: a decimal from 0 to 1 as text. */
  cachedShare?: string
  reasoningEffort?: 'none' | 'minimal' | 'low' | 'medium' | 'high'
  batch?: boolean
  /** How many such calls. */
  calls?: number
}

type EstimatedCase = { cost: string | null; perCall: string | null; status: string }

/** One answer a model, in the order asked. Amounts are exact decimal text in `currency`; null is not known. */
export type Estimate = {
  estimates: {
    provider: string
    model: string
    calls: number
    currency: string
    low: EstimatedCase
    likely: EstimatedCase
    high: EstimatedCase
    priceVersion: string | null
    assumptions: { code: string; message: string }[]
    findings: { code: string; message: string }[]
  }[]
}
