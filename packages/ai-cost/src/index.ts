export { normaliseUsage } from './normalise'
export { usageFromOtelAttributes } from './otel'
export { catalogueDisagreements, type Disagreement, openPriceBook, type PriceBook } from './price-book'
export { providerName } from './providers'
export { quote, quoteUsage } from './quote'
export type {
  BillingMode,
  ContextTier,
  CostStatus,
  Finding,
  Leaf,
  MatchPath,
  NormalisedUsage,
  Price,
  Quote,
  QuotedLeaf,
  QuoteQuestion,
  Rates,
  SpanUsage,
  UsageStatus,
} from './types'
