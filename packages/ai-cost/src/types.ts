/** A quantity of one disjoint unit of one call. Quantities are non-negative; token quantities are whole numbers. */
export type Leaf = { unit: string; quantity: number }

/** Something a reader should know about a number; `code` is stable, `message` is for people. */
export type Finding = { code: string; message: string }

export type UsageStatus = 'exact' | 'estimated' | 'partial' | 'missing' | 'inconsistent'
export type CostStatus = 'priced' | 'partial' | 'unpriced' | 'not_billable'
/** How the price was found: the id itself, an anchored pattern, a declared derivation, or not at all. */
export type MatchPath = 'exact' | 'pattern' | 'derived' | 'none'

/** Rates by leaf unit: decimal text, price of 1,000,000 units in the currency of the price. */
export type Rates = Record<string, string>

/** Applies to every leaf of a request whose whole prompt compares true; there is no marginal pricing. */
export type ContextTier = { operator: '>' | '>='; value: number; rates: Rates }

/** One price: what, where, on which terms, and in which half-open interval of UTC time it holds. */
export type Price = {
  /** `gen_ai.provider.name` values of who serves the model */
  providers: string[]
  /** model id, lower case */
  model: string
  /** further exact ids, lower case */
  ids?: string[]
  /** anchored regular expressions over the lower-case id (`^…$`) */
  patterns?: string[]
  /** served tier; absent means the standard tier */
  serviceTier?: string
  batch?: boolean
  /** region scope; absent means the list price */
  region?: string
  /** ISO 8601 instants, `[from, to)`; absent is unbounded */
  from?: string
  to?: string
  /** time-of-day window in UTC, `HH:MM`, `[from, to)`; may cross midnight */
  daily?: { from: string; to: string }
  /** ISO 4217; absent means USD */
  currency?: string
  rates: Rates
  tiers?: ContextTier[]
  /** declared uplifts by region scope, decimal text */
  regionMultipliers?: Record<string, string>
  /** modalities whose input tokens cost what text tokens cost unless they have their own rate */
  sharedModalities?: string[]
  /** `none`: cached input is declared to cost what plain input costs */
  cachePricing?: 'none'
  /** how the rates were reckoned, where nobody publishes them (GPU hours over tokens): the path of such a price is `derived` */
  declared?: Finding
  /** where the price is from, with its date */
  source?: string
}

/** A reduction of list prices that a contract grants; contract prices themselves are final and are not reduced. */
export type Discount = {
  provider: string
  /** model id, `*` stands for any characters; absent is every model of the provider */
  model?: string
  /** a leaf unit, or the beginning of one that ends in a dot (`input.`); absent is every unit */
  unit?: string
  /** decimal text, more than 0 and at most 100 */
  percent: string
  /** ISO 8601 instants, `[from, to)`; absent is unbounded */
  from?: string
  to?: string
  /** only prices in this currency; absent is any */
  currency?: string
  source?: string
}

/** Usage that is not charged per call: billed 0 while the list cost is kept beside it. */
export type BillingRule = {
  provider: string
  /** as in {@link Discount} */
  model?: string
  mode: Exclude<BillingMode, 'payg'>
  from?: string
  to?: string
  source?: string
}

/** Whose word a price is, highest first. */
export type Authority = 'contract' | 'overlay' | 'shipped' | 'catalogue'

export type QuotedLeaf = {
  unit: string
  quantity: number
  /** price of one unit, decimal text; null when unknown */
  unitPrice: string | null
  /** quantity × unitPrice, exact decimal text; null when unknown */
  cost: string | null
}

export type Quote = {
  /** exact decimal text; null when nothing could be priced; the known part when `status` is `partial` */
  cost: string | null
  /** what the same usage costs at list price, where a discount or the way of billing makes `cost` another */
  listCost?: string | null
  currency: string
  status: CostStatus
  /** set when a fallback price of the asker's own policy was used */
  estimated?: true
  leaves: QuotedLeaf[]
  /** names the price used, its source and its interval; null when none was found */
  priceVersion: string | null
  path: MatchPath
  findings: Finding[]
}

export type BillingMode = 'payg' | 'subscription' | 'free' | 'byok' | 'committed'

export type QuoteQuestion = {
  /** `gen_ai.provider.name`, or a common spelling of it */
  provider: string
  model: string
  /** start of the call; decides which price is in force */
  at: Date
  region?: string
  /** the tier that was served, not the one asked for */
  serviceTier?: string
  batch?: boolean
  /** how the credential is billed; other than `payg` bills 0 and keeps the list cost */
  billingMode?: BillingMode
  /** sums over several requests have no context tier; default `request` */
  granularity?: 'request' | 'aggregate'
  /** rates (per 1,000,000 units, USD) for a model without a price, by the asker's policy; flagged, never silent */
  fallback?: Rates
  leaves: readonly Leaf[]
}

/** Usage of one call in leaf units, with the decisions taken on the way. */
export type NormalisedUsage = {
  leaves: Leaf[]
  usageStatus: UsageStatus
  /** id of the dialect read, with the counting decision where one had to be taken */
  dialect: string
  /** served tier as the usage states it; empty when it does not */
  serviceTier: string
  /** region scope as the usage states it; empty when it does not */
  region: string
  /** served by a commitment (provisioned throughput): no charge of its own */
  committed: boolean
  /** cost the producer reports, decimal text in USD; kept beside ours, never added */
  reportedCost: string | null
  findings: Finding[]
}

export type SpanUsage = {
  provider: string
  requestModel: string
  model: string
  operation: string
  serviceTier: string
  region: string
  responseId: string
  leaves: Leaf[]
  usageStatus: UsageStatus
  dialect: string
  /** false for agents, steps and wrappers, whose usage repeats that of the calls below them */
  isLeafCall: boolean
  /** cost the producer reports, decimal text in USD; never summed with ours */
  reportedCost: string | null
  findings: Finding[]
}
