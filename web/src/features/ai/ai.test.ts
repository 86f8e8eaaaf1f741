import fc from 'fast-check'
import { expect, test } from 'vitest'
import { add, compare, isNegative, multiply, ratio, subtract, sum } from '../../ui/format'
import { cacheSaving, type Leaf, tokenKinds } from './cache-saving'
import { callGroups, callTotals, modelName, movedTo, perCall, perThousand, pricePerThousandOverTime } from './calls'

const leaf = (
  unit: string,
  quantity: string,
  cost: string | null,
  model = 'claude-sonnet-4-5',
  group = model,
): Leaf => ({
  group,
  model,
  unit,
  quantity,
  cost,
})

// Claude Sonnet 4.5: 3, 0.30, 3.75 and 15 US dollars for a million tokens.
const month = [
  leaf('input.text.plain', '1000000', '3'),
  leaf('input.text.cache_read', '2000000', '0.6'),
  leaf('input.text.cache_write', '100000', '0.375'),
  leaf('output.text.visible', '50000', '0.75'),
]

test('what the cache saved is what the cached tokens would have cost as plain input, less what they cost, writes included', () => {
  expect(cacheSaving(month)).toEqual({
    withoutCache: '10.05', // 3.1 million tokens at 3 dollars, and the output
    read: '-5.4',
    writes: '0.075',
    paid: '4.725',
    saved: '5.325',
    models: [{ model: 'claude-sonnet-4-5', saved: '5.325', share: '0.645161' }],
    unknown: [],
  })
})

test('a cache that is written and hardly read costs more than it saves, and says so', () => {
  const saving = cacheSaving([
    leaf('input.text.plain', '1000000', '3'),
    leaf('input.text.cache_write_1h', '1000000', '6'),
    leaf('input.text.cache_read', '1000', '0.0003'),
  ])
  expect(saving).toMatchObject({ read: '-0.0027', writes: '3', saved: '-2.9973', withoutCache: '6.003' })
})

test('without any plain input there is no price to compare with: the model is named and nothing is guessed', () => {
  const saving = cacheSaving([
    leaf('input.text.cache_read', '1000', '1', 'a'),
    leaf('input.text.plain', '1000', '10', 'b'),
    // Audio is dearer than text: plain text says nothing about it.
    leaf('input.audio.cache_read', '1000', '5', 'b'),
  ])
  expect(saving).toMatchObject({ unknown: ['a', 'b'], saved: '0', paid: '16', withoutCache: '16' })
})

test('hosts with other prices are not mixed, though they share a name', () => {
  const saving = cacheSaving([
    leaf('input.text.plain', '1000', '1', 'm', 'cheap'),
    leaf('input.text.cache_read', '1000', '0.5', 'm', 'cheap'),
    leaf('input.text.plain', '1000', '3', 'm', 'dear'),
    leaf('input.text.cache_read', '1000', '0.5', 'm', 'dear'),
  ])
  expect(saving?.models).toEqual([{ model: 'm', saved: '3', share: '0.5' }])
})

test('nothing priced is unknown, not nothing', () => {
  expect(cacheSaving([leaf('input.text.plain', '1000', null)])).toBeNull()
  expect(cacheSaving([])).toBeNull()
})

test('the four steps add up to the last digit, and the models to the whole, for any usage', () => {
  const amount = fc.bigInt({ min: 1n, max: 10n ** 12n }).map((units) => ratio(String(units), '1000000000', 9) ?? '0')
  const leaves = fc.array(
    fc
      .tuple(
        fc.constantFrom(
          'input.text.plain',
          'input.text.cache_read',
          'input.text.cache_write_5m',
          'output.text.visible',
        ),
        fc.integer({ min: 0, max: 1_000_000_000 }),
        fc.option(amount),
        fc.constantFrom('a', 'b', 'c'),
      )
      .map(([unit, quantity, cost, model]) => leaf(unit, String(quantity), cost, model)),
    { maxLength: 24 },
  )
  fc.assert(
    fc.property(leaves, (all) => {
      const saving = cacheSaving(all)
      if (saving === null) return all.every(({ cost }) => cost === null)
      const { withoutCache, read, writes, paid, saved, models } = saving
      expect(add(add(withoutCache, read), writes)).toBe(paid)
      expect(subtract(withoutCache, paid)).toBe(saved)
      expect(sum(models.map((one) => one.saved)) ?? '0').toBe(saved)
      expect(paid).toBe(sum(all.map(({ cost }) => cost)))
      return true
    }),
  )
})

test('each token is of one kind, and what is no token is of none', () => {
  const kinds = tokenKinds([...month, leaf('second.gpu', '60', '1'), leaf('output.text.reasoning', '5', null)])
  expect(kinds.map(({ kind, quantity, cost }) => [kind, quantity, cost])).toEqual([
    ['plain', '1000000', '3'],
    ['cacheRead', '2000000', '0.6'],
    ['cacheWrite', '100000', '0.375'],
    ['output', '50000', '0.75'],
    ['reasoning', '5', null],
  ])
})

test('a model is one model under the names of its hosts and its snapshots', () => {
  for (const id of [
    'claude-haiku-4-5',
    'claude-haiku-4-5-20251001',
    'claude-haiku-4-5@20251001',
    'global.anthropic.claude-haiku-4-5-20251001-v1:0',
    'anthropic.claude-haiku-4-5-20251001-v1:0',
  ])
    expect(modelName(id)).toBe('claude-haiku-4-5')
  expect(modelName('gpt-4.1-2025-04-14')).toBe('gpt-4.1')
  for (const id of ['gpt-5.1', 'gpt-5-mini', 'text-embedding-3-large', 'sora-llm-7b', 'us.'])
    expect(modelName(id)).toBe(id === 'us.' ? 'us.' : id)
})

const answer = (columns: string[], rows: (string | null)[][]) => ({
  columns: columns.map((id) => ({
    id,
    kind: id === 'time' ? ('time' as const) : ('dimension' as const),
    type: 'string' as const,
    unit: null,
    currency: null,
  })),
  rows,
  totals: [],
  truncated: false,
  currencies: [],
  basis: [],
  freshness: [],
  completeness: { billedThrough: null, billedUntil: null, periodIsOpen: false, sources: [] },
  unpriced: { calls: '0', tokens: '0', models: [] },
  conversion: null,
  asOf: '2026-11-19T05:32:00Z',
})
const callColumns = [
  'model',
  'currency',
  'cost_status',
  'estimated_cost',
  'calls',
  'errors',
  'tokens_input',
  'tokens_output',
  'tokens_cache_read',
  'unpriced_calls',
  'unpriced_tokens',
]

test('only fully priced calls of one currency have a price each; calls and tokens count in any', () => {
  const calls = answer(callColumns, [
    ['gpt-5.1', 'USD', 'priced', '2', '4', '1', '900', '100', '300', '0', '0'],
    ['gpt-5.1', 'USD', 'partial', '1', '2', '0', '500', '0', '0', '2', '100'],
    ['gpt-5.1', 'EUR', 'priced', '7', '1', '0', '10', '0', '0', '0', '0'],
    ['own', null, 'unpriced', null, '3', '0', '50', '5', '0', '3', '55'],
  ])
  const byModel = callGroups(calls, 'USD', (cell) => cell('model'))
  const gpt = byModel.get('gpt-5.1') ?? null
  expect(gpt).toMatchObject({ cost: '3', calls: '7', errors: '1', tokensInput: '1410', unpricedTokens: '100' })
  expect(perCall(gpt)).toBe('0.5')
  expect(perThousand(gpt)).toBe('2')
  expect(byModel.get('own')).toMatchObject({ cost: null, calls: '3' })
  expect(perCall(byModel.get('own') ?? null)).toBeNull()
  expect(callTotals(calls, 'USD')).toMatchObject({ cost: '3', calls: '10', unpricedCalls: '5' })
})

test('the price of a thousand tokens over time is a quotient of sums, also of all models together', () => {
  const lines = pricePerThousandOverTime(
    answer(
      ['time', 'model', 'currency', 'estimated_cost', 'tokens_total'],
      [
        ['2026-11-18T15:00:00Z', 'a', 'USD', '1', '1000'],
        ['2026-11-18T15:00:00Z', 'a-20260101', 'USD', '1', '3000'],
        ['2026-11-18T15:00:00Z', 'b', 'USD', '4', '1000'],
        ['2026-11-19T15:00:00Z', 'b', 'EUR', '9', '1'],
      ],
    ),
    'USD',
    ['2026-11-19', '2026-11-20'],
    'day',
    'Asia/Seoul',
  )
  expect(lines.get('a')).toEqual(['0.5', null])
  expect(lines.get('b')).toEqual(['4', null])
  expect(lines.get(null)).toEqual(['1.2', null])
})

test('a dearer token is blamed on a model only where its larger share explains most of the rise', () => {
  const calls = (rows: [string, string, string][]) =>
    callGroups(
      answer(
        callColumns,
        rows.map(([model, cost, tokens]) => [model, 'USD', 'priced', cost, '1', '0', tokens, '0', '0', '0', '0']),
      ),
      'USD',
      (cell) => cell('model'),
    )
  const before = calls([
    ['cheap', '1', '1000'],
    ['dear', '10', '1000'],
  ])
  expect(
    movedTo(
      calls([
        ['cheap', '1', '1000'],
        ['dear', '30', '3000'],
      ]),
      before,
    ),
  ).toBe('dear')
  expect(
    movedTo(
      calls([
        ['cheap', '3', '3000'],
        ['dear', '10', '1000'],
      ]),
      before,
    ),
  ).toBe('cheap')
  // The same shares at a higher price: nothing moved.
  expect(
    movedTo(
      calls([
        ['cheap', '2', '1000'],
        ['dear', '20', '1000'],
      ]),
      before,
    ),
  ).toBeNull()
  expect(movedTo(before, before)).toBeNull()
  expect(movedTo(before, new Map())).toBeNull()
})

test('exact products', () => {
  expect(multiply('0.000003', '1085888000')).toBe('3257.664')
  expect(isNegative(multiply('-0.1', '3'))).toBe(true)
  expect(compare(multiply('1.50', '2'), '3')).toBe(0)
})
