import type { QueryAnswer } from '@server/modules/explore/contract'
import { bucketKey, type Grain, reader } from '../../app/answer'
import { add, isZero, ratio, shift, subtract, sum } from '../../ui/format'

/** Sums of recorded calls. Amounts are decimal strings of one currency, null where no call has a price; counts are whole numbers as text. */
export type CallSums = {
  cost: string | null
  calls: string
  errors: string
  tokensInput: string
  tokensOutput: string
  tokensCacheRead: string
  unpricedCalls: string
  unpricedTokens: string
  /** of calls whose every part has a price: only these have a cost per call or per token */
  priced: { cost: string; calls: string; tokens: string }
}

export const callMetrics = [
  'estimated_cost',
  'calls',
  'errors',
  'tokens_input',
  'tokens_output',
  'tokens_cache_read',
  'unpriced_calls',
  'unpriced_tokens',
]

const none: CallSums = {
  cost: null,
  calls: '0',
  errors: '0',
  tokensInput: '0',
  tokensOutput: '0',
  tokensCacheRead: '0',
  unpricedCalls: '0',
  unpricedTokens: '0',
  priced: { cost: '0', calls: '0', tokens: '0' },
}

/**
 * The name a model is compared under: without the vendor and region a host writes before it, and without the date or version of
 * the snapshot behind it. `global.anthropic.claude-haiku-4-5-20251001-v1:0` and `claude-haiku-4-5` are one model.
 */
export function modelName(id: string): string {
  const name = id
    .replace(/^(global|us|us-gov|eu|apac|ap|jp|au)\./, '')
    .replace(/^(anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen|writer)\./, '')
    .replace(/-v\d+(:\d+)?$/, '')
    .replace(/[-@](\d{8}|\d{4}-\d{2}-\d{2})$/, '')
  return name === '' ? id : name
}

/**
 * Adds up the rows of an answer that is split by `currency` and `cost_status`, one group a `keyOf`. Calls and tokens count
 * whatever their currency; money counts in `currency` alone, for several are never added.
 */
export function callGroups(
  answer: QueryAnswer | undefined,
  currency: string,
  keyOf: (cell: (id: string) => string | null) => string | null,
): Map<string | null, CallSums> {
  const groups = new Map<string | null, CallSums>()
  if (!answer) return groups
  const read = reader(answer)
  for (const row of answer.rows) {
    const cell = (id: string) => read.cell(row, id)
    const key = keyOf(cell)
    groups.set(key, plus(groups.get(key) ?? none, sumsOf(cell, currency)))
  }
  return groups
}

/** Everything together; null before there is an answer. */
export function callTotals(answer: QueryAnswer | undefined, currency: string): CallSums | null {
  if (!answer) return null
  return callGroups(answer, currency, () => '').get('') ?? none
}

function sumsOf(cell: (id: string) => string | null, currency: string): CallSums {
  const whole = (id: string) => cell(id) ?? '0'
  const own = cell('currency') === currency
  const cost = own ? cell('estimated_cost') : null
  const priced = own && cell('cost_status') === 'priced' && cost !== null
  return {
    cost,
    calls: whole('calls'),
    errors: whole('errors'),
    tokensInput: whole('tokens_input'),
    tokensOutput: whole('tokens_output'),
    tokensCacheRead: whole('tokens_cache_read'),
    unpricedCalls: whole('unpriced_calls'),
    unpricedTokens: whole('unpriced_tokens'),
    priced: priced
      ? { cost, calls: whole('calls'), tokens: add(whole('tokens_input'), whole('tokens_output')) }
      : none.priced,
  }
}

export function plus(a: CallSums, b: CallSums): CallSums {
  return {
    cost: sum([a.cost, b.cost]),
    calls: add(a.calls, b.calls),
    errors: add(a.errors, b.errors),
    tokensInput: add(a.tokensInput, b.tokensInput),
    tokensOutput: add(a.tokensOutput, b.tokensOutput),
    tokensCacheRead: add(a.tokensCacheRead, b.tokensCacheRead),
    unpricedCalls: add(a.unpricedCalls, b.unpricedCalls),
    unpricedTokens: add(a.unpricedTokens, b.unpricedTokens),
    priced: {
      cost: add(a.priced.cost, b.priced.cost),
      calls: add(a.priced.calls, b.priced.calls),
      tokens: add(a.priced.tokens, b.priced.tokens),
    },
  }
}

/** Cost of a call, twelve fractional digits; null where no call has a price, as for all quotients here. */
export const perCall = (sums: CallSums | null) =>
  sums === null ? null : ratio(sums.priced.cost, sums.priced.calls, 12)

/** Cost of a thousand tokens, input and output together, twelve fractional digits. */
export const perThousand = (sums: CallSums | null) =>
  sums === null ? null : ratio(thousand(sums.priced.cost), sums.priced.tokens, 12)

/** Share of input tokens that came from the cache, between 0 and 1. */
export const cacheShare = (sums: CallSums | null) =>
  sums === null ? null : ratio(sums.tokensCacheRead, sums.tokensInput)

/** Share of calls that failed, between 0 and 1. */
export const errorShare = (sums: CallSums | null) => (sums === null ? null : ratio(sums.errors, sums.calls))

const thousand = (amount: string) => shift(amount, -3)

/**
 * Cost of a thousand tokens a bucket, of rows split by time, model, currency and holding fully priced calls alone.
 * The group with key null is all models together.
 */
export function pricePerThousandOverTime(
  answer: QueryAnswer | undefined,
  currency: string,
  buckets: readonly string[],
  grain: Grain,
  timeZone: string,
): Map<string | null, (string | null)[]> {
  const sums = new Map<string | null, { cost: (string | null)[]; tokens: (string | null)[] }>()
  if (!answer) return new Map()
  const read = reader(answer)
  const index = new Map(buckets.map((bucket, at) => [bucket, at]))
  for (const row of answer.rows) {
    const at = index.get(bucketKey(read.time(row), grain, timeZone))
    const cost = read.cell(row, 'estimated_cost')
    const model = read.cell(row, 'model')
    if (at === undefined || cost === null || model === null || read.cell(row, 'currency') !== currency) continue
    for (const key of [modelName(model), null]) {
      let group = sums.get(key)
      if (!group) {
        group = { cost: buckets.map(() => null), tokens: buckets.map(() => null) }
        sums.set(key, group)
      }
      group.cost[at] = sum([group.cost[at], cost])
      group.tokens[at] = sum([group.tokens[at], read.cell(row, 'tokens_total')])
    }
  }
  return new Map(
    [...sums].map(([key, { cost, tokens }]) => [
      key,
      cost.map((amount, at) => {
        const quantity = tokens[at]
        return amount === null || quantity == null || isZero(quantity) ? null : ratio(thousand(amount), quantity, 12)
      }),
    ]),
  )
}

/**
 * Whether the price of a thousand tokens moved because work went to other models: the part of the change that comes from the
 * shares alone, at the prices before, and the model whose share grew most. Null where that part is less than half of the change.
 */
export function movedTo(
  now: ReadonlyMap<string | null, CallSums>,
  before: ReadonlyMap<string | null, CallSums>,
): string | null {
  const total = (groups: ReadonlyMap<string | null, CallSums>) =>
    [...groups.values()].reduce((all, one) => plus(all, one), none)
  const [all, earlier] = [total(now), total(before)]
  const [after, base] = [perThousand(all), perThousand(earlier)]
  if (after === null || base === null) return null
  const change = Number(subtract(after, base))
  let mix = 0
  let most: { name: string; gain: number } | null = null
  for (const [name, sums] of now) {
    const old = before.get(name)
    const share = Number(ratio(sums.priced.tokens, all.priced.tokens, 12) ?? '0')
    const oldShare = Number(ratio(old?.priced.tokens ?? '0', earlier.priced.tokens, 12) ?? '0')
    // A model that was not there before has no price before: what it costs now stands for it.
    const price = Number(perThousand(old ?? none) ?? perThousand(sums) ?? base)
    const effect = (share - oldShare) * (price - Number(base))
    mix += effect
    if (name !== null && Math.sign(effect) === Math.sign(change) && share > oldShare && effect !== 0) {
      if (most === null || Math.abs(effect) > Math.abs(most.gain)) most = { name, gain: effect }
    }
  }
  return change !== 0 && mix / change >= 0.5 ? (most?.name ?? null) : null
}
