import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { add, decimal, decimalText } from './decimal'
import { openPriceBook, type PriceBookOptions, quote, ratePerMillionFromGpuHours } from './index'

const leaves = [
  { unit: 'input.text.plain', quantity: 1_000_000 },
  { unit: 'output.text.visible', quantity: 1_000_000 },
]
const ask = (options: PriceBookOptions, at: string, more: object = {}) =>
  quote(openPriceBook(options), { provider: 'openai', model: 'gpt-5', at: new Date(at), leaves, ...more })
const list = ask({}, '2026-10-01T00:00:00Z')

describe('what a contract grants', () => {
  test('a discount holds from its first instant to the one before its end, and names itself', () => {
    const discounts = [
      { provider: 'openai', percent: '15', from: '2026-07-01T00:00:00Z', to: '2026-10-01T00:00:00Z', source: 'd1' },
    ]
    expect(list.cost).toBe('11.25')
    const inside = ask({ discounts }, '2026-07-01T00:00:00Z')
    expect(inside).toMatchObject({ cost: '9.5625', listCost: '11.25', status: 'priced' })
    expect(inside.priceVersion).toMatch(/−d1$/)
    expect(inside.findings.map((each) => each.code)).toContain('contract_discount')
    expect(ask({ discounts }, '2026-09-30T23:59:59.999Z').cost).toBe('9.5625')
    for (const outside of ['2026-06-30T23:59:59.999Z', '2026-10-01T00:00:00Z'])
      expect(ask({ discounts }, outside)).toMatchObject({ cost: '11.25', findings: [] })
  })

  test('the most specific discount applies alone; discounts are never multiplied with each other', () => {
    const discounts = [
      { provider: 'openai', percent: '10' },
      { provider: 'openai', unit: 'output.', percent: '20' },
      { provider: 'openai', model: 'gpt-5*', unit: 'output.text.visible', percent: '50' },
    ]
    // 1.25 × 0.9 + 10 × 0.5
    expect(ask({ discounts }, '2026-10-01T00:00:00Z').cost).toBe('6.125')
  })

  test('a discount in another currency, of another provider or model changes nothing', () => {
    const discounts = [
      { provider: 'openai', percent: '10', currency: 'EUR' },
      { provider: 'anthropic', percent: '10' },
      { provider: 'openai', model: 'gpt-4*', percent: '10' },
      // a dot is a dot, not any character
      { provider: 'openai', model: 'gpt.5', percent: '10' },
    ]
    expect(ask({ discounts }, '2026-10-01T00:00:00Z').cost).toBe('11.25')
  })

  test('a contract price is final: no discount reduces it, and no list entry of the same id goes before it', () => {
    const contract = [
      {
        providers: ['openai'],
        model: 'gpt-5',
        patterns: ['^gpt-5.*$'],
        rates: { 'input.text.plain': '1', 'output.text.visible': '8' },
      },
    ]
    const discounts = [{ provider: 'openai', percent: '10' }]
    expect(ask({ contract, discounts }, '2026-10-01T00:00:00Z')).toMatchObject({ cost: '9', path: 'exact' })
    expect(ask({ contract }, '2026-10-01T00:00:00Z', { model: 'gpt-5-2025-08-07' })).toMatchObject({
      cost: '9',
      path: 'pattern',
    })
  })

  test('batch at half price is half of the discounted price too', () => {
    const discounts = [{ provider: 'anthropic', percent: '20' }]
    const book = openPriceBook({ discounts })
    const question = {
      provider: 'anthropic',
      model: 'claude-sonnet-4-6',
      at: new Date('2026-10-01'),
      batch: true,
      leaves,
    }
    const full = quote(openPriceBook(), question)
    expect(full.cost).toBe('9')
    expect(quote(book, question)).toMatchObject({ cost: '7.2', listCost: '9' })
  })

  test('a subscription bills nothing and keeps the list cost beside it, in its interval alone', () => {
    const billing = [
      { provider: 'openai', model: 'gpt-5', mode: 'subscription' as const, from: '2026-08-01T00:00:00Z' },
    ]
    expect(ask({ billing }, '2026-08-01T00:00:00Z')).toMatchObject({
      cost: '0',
      listCost: '11.25',
      status: 'not_billable',
    })
    expect(ask({ billing }, '2026-07-31T23:59:59Z')).toMatchObject({ cost: '11.25', status: 'priced' })
  })

  test('leaves still add up to the cost under any discount', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.array(fc.integer({ min: 0, max: 2_000_000 }), { minLength: 3, maxLength: 3 }),
        (hundredths, [a, b, c]) => {
          const percent = `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`
          const answer = quote(openPriceBook({ discounts: [{ provider: 'openai', percent }] }), {
            provider: 'openai',
            model: 'gpt-5',
            at: new Date('2026-10-01'),
            leaves: [
              { unit: 'input.text.plain', quantity: a! },
              { unit: 'input.text.cache_read', quantity: b! },
              { unit: 'output.text.visible', quantity: c! },
            ],
          })
          const parts = answer.leaves.reduce((sum, leaf) => add(sum, decimal(leaf.cost!)), decimal('0'))
          expect(answer.cost).toBe(decimalText(parts))
          const kept = 10_000n - BigInt(hundredths)
          const expected = decimal(answer.listCost!)
          expect(answer.cost).toBe(decimalText({ units: expected.units * kept, scale: expected.scale + 4 }))
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('self-hosted models', () => {
  test('the rate is GPU hours over tokens, and times the tokens it is the money spent', () => {
    const rates = ratePerMillionFromGpuHours({
      hourlyRate: '2.5',
      gpus: 8,
      hours: '24',
      inputTokens: 300_000_000,
      outputTokens: 50_000_000,
      outputWeight: '4',
    })
    // 480 / (300 M + 4 × 50 M) per token
    expect(rates).toEqual({ input: '0.96', output: '3.84' })
  })
  test('no tokens is no price, and negative figures are refused', () => {
    const measured = { hourlyRate: '2', gpus: 1, hours: '1', inputTokens: 0, outputTokens: 0 }
    expect(() => ratePerMillionFromGpuHours(measured)).toThrow(/without tokens/)
    expect(() => ratePerMillionFromGpuHours({ ...measured, inputTokens: 1, hourlyRate: '-2' })).toThrow(RangeError)
  })
  test('a derived price says so wherever it is used', () => {
    const declared = { code: 'gpu_hours', message: 'Reckoned from GPU hours.' }
    const overlay = [
      { providers: ['self_hosted'], model: 'llama-70b', rates: { 'input.text.plain': '0.96' }, declared },
    ]
    const answer = quote(openPriceBook({ overlay }), {
      provider: 'self_hosted',
      model: 'llama-70b',
      at: new Date('2026-10-01'),
      leaves: [{ unit: 'input.text.plain', quantity: 1_000_000 }],
    })
    expect(answer).toMatchObject({ cost: '0.96', path: 'derived', findings: [declared] })
  })
})
