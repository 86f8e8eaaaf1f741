import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decimal } from './decimal'
import { type EstimateQuestion, estimate, openPriceBook, quote } from './index'

const book = openPriceBook()
const at = new Date('2026-10-01T00:00:00Z')
const base = { provider: 'openai', model: 'gpt-5', at }
const less = (a: string, b: string) => {
  const [x, y] = [decimal(a), decimal(b)]
  return x.units * 10n ** BigInt(y.scale) <= y.units * 10n ** BigInt(x.scale)
}

describe('an estimate before anything runs', () => {
  test('the likely case is the quote of the same leaves times the calls', () => {
    const answer = estimate(book, {
      ...base,
      prompt: { tokens: 10_000 },
      output: { low: 200, likely: 500, high: 900 },
      cachedShare: '0.25',
      calls: 1_000,
    })
    const one = quote(book, {
      ...base,
      leaves: [
        { unit: 'input.text.plain', quantity: 7_500 },
        { unit: 'input.text.cache_read', quantity: 2_500 },
        { unit: 'output.text.visible', quantity: 500 },
      ],
    })
    expect(answer.likely).toMatchObject({ perCall: one.cost, cost: '14.6875', status: 'priced' })
    expect(answer.currency).toBe('USD')
    expect(answer.assumptions.map((each) => each.code)).toEqual(['cached_share', 'price_at'])
  })

  test('text is counted by script: the same length costs more in Hangul than in Cyrillic than in Latin', () => {
    const cost = (text: string) =>
      estimate(book, { ...base, prompt: { text }, output: { low: 0, likely: 0, high: 0 } }).likely.cost!
    const [latin, cyrillic, hangul] = [cost('a'.repeat(9_000)), cost('ж'.repeat(9_000)), cost('한'.repeat(9_000))]
    expect(less(latin, cyrillic) && less(cyrillic, hangul)).toBe(true)
    const mixed = estimate(book, { ...base, prompt: { text: 'ab한ж漢' }, output: { tokens: 10 } })
    expect(mixed.assumptions.map((each) => each.code)).toEqual([
      'tokens_of_latin',
      'tokens_of_cyrillic',
      'tokens_of_hangul',
      'tokens_of_other',
      'output_spread',
      'price_at',
    ])
  })

  test('an unknown model has no cost in any case, and says why', () => {
    const answer = estimate(book, { ...base, model: 'no-such-model', prompt: { tokens: 10 }, output: { tokens: 10 } })
    expect([answer.low.cost, answer.likely.cost, answer.high.cost, answer.path]).toEqual([null, null, null, 'none'])
    expect(answer.findings.map((each) => each.code)).toEqual(['model_unknown'])
  })

  test('a batch is a batch, and effort adds reasoning', () => {
    const question: EstimateQuestion = {
      ...base,
      provider: 'anthropic',
      model: 'claude-sonnet-4-6',
      prompt: { tokens: 1_000_000 },
      output: { low: 0, likely: 0, high: 0 },
    }
    expect(estimate(book, question).likely.cost).toBe('3')
    expect(estimate(book, { ...question, batch: true }).likely.cost).toBe('1.5')
    const thinking = estimate(book, {
      ...question,
      prompt: { tokens: 0 },
      output: { low: 100, likely: 100, high: 100 },
      reasoningEffort: 'medium',
    })
    // 100 visible and 200 hidden at 15 per million
    expect(thinking.likely.cost).toBe('0.0045')
  })

  test('low ≤ likely ≤ high, and twice the calls cost twice as much', () => {
    fc.assert(
      fc.property(
        fc.record({
          model: fc.constantFrom('gpt-5', 'gpt-5.5', 'gpt-4o'),
          text: fc.string({ maxLength: 400, unit: 'grapheme' }),
          output: fc.nat(100_000),
          share: fc.integer({ min: 0, max: 100 }),
          effort: fc.constantFrom('none' as const, 'low' as const, 'high' as const),
          calls: fc.integer({ min: 1, max: 1_000_000 }),
        }),
        ({ model, text, output, share, effort, calls }) => {
          const question = {
            ...base,
            model,
            prompt: { text },
            output: { tokens: output },
            cachedShare: `${Math.floor(share / 100)}.${String(share % 100).padStart(2, '0')}`,
            reasoningEffort: effort,
          }
          const answer = estimate(book, { ...question, calls })
          expect(less(answer.low.cost!, answer.likely.cost!)).toBe(true)
          expect(less(answer.likely.cost!, answer.high.cost!)).toBe(true)
          const twice = estimate(book, { ...question, calls: calls * 2 })
          const [a, b] = [decimal(answer.likely.cost!), decimal(twice.likely.cost!)]
          expect(b.units * 10n ** BigInt(a.scale)).toBe(2n * a.units * 10n ** BigInt(b.scale))
        },
      ),
      { numRuns: 100 },
    )
  })

  test('what cannot be a call is refused by name', () => {
    const ask = (more: object) => () =>
      estimate(book, { ...base, prompt: { tokens: 1 }, output: { tokens: 1 }, ...more })
    expect(ask({ prompt: { tokens: 1.5 } })).toThrow(/prompt\.tokens/)
    expect(ask({ calls: -1 })).toThrow(/calls/)
    expect(ask({ cachedShare: '1.2' })).toThrow(/cachedShare/)
    expect(ask({ output: { low: 5, likely: 4, high: 9 } })).toThrow(/ascend/)
  })
})
