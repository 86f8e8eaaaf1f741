export { type Estimate, type EstimateQuestion, estimate } from './estimate'
export { isLeafUnit, leafUnits } from './leaf-units'
export { normaliseUsage } from './normalise'
export { usageFromOtelAttributes } from './otel'
export {
  catalogueDisagreements,
  type Disagreement,
  modelPattern,
  openPriceBook,
  type PriceBook,
  type PriceBookOptions,
} from './price-book'
export { providerName } from './providers'
export { quote, quoteUsage } from './quote'
export { ratePerMillionFromGpuHours } from './self-hosted'
export type {
  Authority,
  BillingMode,
  BillingRule,
  ContextTier,
  CostStatus,
  Discount,
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
