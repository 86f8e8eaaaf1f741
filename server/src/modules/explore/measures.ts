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
  /** What `usage` adds up, for sums made outside the engine: columns of the roll-ups, of calls with these cost statuses alone. */
  kept?: { columns: KeptColumn[]; of: 'all' | 'costed' | 'priced' }
}

export const keptCounts = [
  'Calls',
  'Errors',
  'UnpricedCalls',
  'InputTokens',
  'CacheReadTokens',
  'CacheWriteTokens',
  'OutputTokens',
  'ReasoningTokens',
  'UnpricedTokens',
  'GpuSeconds',
] as const
export type KeptColumn = 'Cost' | (typeof keptCounts)[number]

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

const usageOf = (of: 'all' | 'costed' | 'priced', ...columns: KeptColumn[]) => {
  const sum = columns.join(' + ')
  // The roll-up holds 0 where nothing could be priced; the status tells it from a true zero.
  const usage = {
    all: sum,
    costed: `if(CostStatus = 'unpriced', NULL, ${sum})`,
    priced: `if(CostStatus = 'priced', ${sum}, NULL)`,
  }
  return { usage: usage[of], kept: { columns, of } }
}

// An estimate is one amount: it stands for the billed, effective, list and contracted cost alike until the bill tells them apart.
const money = (column: string): MeasureDefinition => ({
  type: 'money',
  charges: column,
  counted: true,
  ...usageOf('costed', 'Cost'),
})
const count = (...columns: KeptColumn[]): MeasureDefinition => ({
  type: 'count',
  charges: null,
  ...usageOf('all', ...columns),
})
const countOfPriced = (...columns: KeptColumn[]): MeasureDefinition => ({
  type: 'count',
  charges: null,
  ...usageOf('priced', ...columns),
})

export const measures: Record<Measure, MeasureDefinition> = {
  effective: money('EffectiveCost'),
  billed: money('BilledCost'),
  list: money('ListCost'),
  contracted: money('ContractedCost'),
  estimated: { type: 'money', charges: null, ...usageOf('costed', 'Cost') },
  savings: { type: 'money', charges: 'ListCost - EffectiveCost', usage: null },
  charges: { type: 'count', charges: '1', usage: null },
  consumed: { type: 'quantity', charges: 'ConsumedQuantity', usage: null },
  input: count('InputTokens'),
  cacheRead: count('CacheReadTokens'),
  cacheWrite: count('CacheWriteTokens'),
  output: count('OutputTokens'),
  reasoning: count('ReasoningTokens'),
  calls: { ...count('Calls'), perCall: true },
  errors: { ...count('Errors'), perCall: true },
  gpuSeconds: count('GpuSeconds'),
  pricedCost: { type: 'money', charges: null, ...usageOf('priced', 'Cost') },
  pricedCalls: { ...countOfPriced('Calls'), perCall: true },
  pricedTokens: countOfPriced('InputTokens', 'OutputTokens'),
  unpricedTokens: count('UnpricedTokens'),
  unpricedCalls: { ...count('UnpricedCalls'), perCall: true },
}
