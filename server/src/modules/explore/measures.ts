/**
 * The sums that metrics are made of. `charges` and `usage` are the SQL of one row's part in that branch, null where the
 * branch has none. Row columns of the usage branch are those of `usage_per_15m_v1` (see `usageSources`).
 */
export type MeasureDefinition = {
  type: 'money' | 'quantity' | 'count'
  charges: string | null
  usage: string | null
  /** Usage counts only where no bill covers it (the counting rule for money). */
  counted?: boolean
  /** Counted once a call, however many leaf units of the call are looked at. */
  perCall?: boolean
}

export type Measure =
  | 'effective'
  | 'billed'
  | 'list'
  | 'contracted'
  | 'estimated'
  | 'savings'
  | 'charges'
  | 'consumed'
  | 'input'
  | 'cacheRead'
  | 'cacheWrite'
  | 'output'
  | 'reasoning'
  | 'calls'
  | 'errors'
  | 'gpuSeconds'
  | 'pricedCost'
  | 'pricedCalls'
  | 'pricedTokens'
  | 'unpricedTokens'
  | 'unpricedCalls'

// The roll-up holds 0 where nothing could be priced; the status tells it from a true zero.
const cost = "if(CostStatus = 'unpriced', NULL, Cost)"
const ofPriced = (sql: string) => `if(CostStatus = 'priced', ${sql}, NULL)`

// An estimate is one amount: it stands for the billed, effective, list and contracted cost alike until the bill tells them apart.
const money = (column: string): MeasureDefinition => ({ type: 'money', charges: column, usage: cost, counted: true })
const count = (usage: string, perCall = false): MeasureDefinition => ({ type: 'count', charges: null, usage, perCall })

export const measures: Record<Measure, MeasureDefinition> = {
  effective: money('EffectiveCost'),
  billed: money('BilledCost'),
  list: money('ListCost'),
  contracted: money('ContractedCost'),
  estimated: { type: 'money', charges: null, usage: cost },
  savings: { type: 'money', charges: 'ListCost - EffectiveCost', usage: null },
  charges: { type: 'count', charges: '1', usage: null },
  consumed: { type: 'quantity', charges: 'ConsumedQuantity', usage: null },
  input: count('InputTokens'),
  cacheRead: count('CacheReadTokens'),
  cacheWrite: count('CacheWriteTokens'),
  output: count('OutputTokens'),
  reasoning: count('ReasoningTokens'),
  calls: count('Calls', true),
  errors: count('Errors', true),
  gpuSeconds: count('GpuSeconds'),
  pricedCost: { type: 'money', charges: null, usage: ofPriced('Cost') },
  pricedCalls: { ...count(ofPriced('Calls'), true) },
  pricedTokens: count(ofPriced('InputTokens + OutputTokens')),
  unpricedTokens: count('UnpricedTokens'),
  unpricedCalls: count('UnpricedCalls', true),
}
