import { openPriceBook } from '@infrazen/ai-cost'
import { describe, expect, test } from 'vitest'
import { priceUsage } from './price-usage'

// Prices of our own, so that the amounts below do not move with the catalogue.
const book = openPriceBook({
  overlay: [
    {
      providers: ['openai'],
      model: 'test-model',
      rates: { 'input.text.plain': '1.25', 'input.text.cache_read': '0.125', 'output.text.visible': '10' },
    },
    { providers: ['openai'], model: 'fine-model', rates: { 'input.text.plain': '0.0000000000001234567' } },
    { providers: ['openai'], model: 'ruble-model', currency: 'RUB', rates: { 'input.text.plain': '300' } },
  ],
  billing: [{ provider: 'openai', model: 'test-model', mode: 'subscription', from: '2026-11-21T00:00:00Z' }],
})
const at = new Date('2026-11-20T10:00:00Z')
const usage = (model: string, leaves: { unit: string; quantity: number }[]) => ({
  provider: 'openai',
  model,
  requestModel: model,
  serviceTier: '',
  leaves,
})

describe('pricing a call for the ledger', () => {
  test('every leaf has its cost and they add up to the call, exactly', () => {
    const priced = priceUsage(
      book,
      usage('test-model', [
        { unit: 'input.text.plain', quantity: 3 },
        { unit: 'output.text.visible', quantity: 7 },
      ]),
      '',
      at,
    )
    expect(priced).toMatchObject({ cost: '0.00007375', currency: 'USD', costStatus: 'priced' })
    expect(priced.leaves.map((leaf) => leaf.cost)).toEqual(['0.00000375', '0.00007'])
  })

  test('a leaf without a price makes the call partial, and null is not zero', () => {
    const priced = priceUsage(
      book,
      usage('test-model', [
        { unit: 'input.text.plain', quantity: 1_000_000 },
        { unit: 'call.web_search', quantity: 2 },
      ]),
      '',
      at,
    )
    expect(priced).toMatchObject({ cost: '1.25', costStatus: 'partial' })
    expect(priced.leaves[1]).toEqual({ unit: 'call.web_search', quantity: 2, cost: null })
  })

  test('an unknown model has no cost and says so', () => {
    const priced = priceUsage(
      book,
      usage('no-such-model-anywhere', [{ unit: 'input.text.plain', quantity: 5 }]),
      '',
      at,
    )
    expect(priced).toMatchObject({ cost: null, costStatus: 'unpriced', pricePath: 'none' })
    expect(priced.findings.length).toBeGreaterThan(0)
  })

  test('an amount with more digits than the ledger keeps is not rounded but named', () => {
    const priced = priceUsage(book, usage('fine-model', [{ unit: 'input.text.plain', quantity: 1 }]), '', at)
    expect(priced).toMatchObject({ cost: null, costStatus: 'unpriced' })
    expect(priced.findings).toContain('cost_does_not_fit')
  })

  test('a price in another currency stays in it', () => {
    expect(
      priceUsage(book, usage('ruble-model', [{ unit: 'input.text.plain', quantity: 10_000 }]), '', at),
    ).toMatchObject({ cost: '3', currency: 'RUB' })
  })

  test('a subscription costs nothing, in every leaf and in sum, and the list cost is kept', () => {
    const priced = priceUsage(
      book,
      usage('test-model', [{ unit: 'input.text.plain', quantity: 1_000_000 }]),
      '',
      new Date('2026-11-21T00:00:00Z'),
    )
    expect(priced).toMatchObject({ cost: '0', listCost: '1.25', costStatus: 'not_billable' })
    expect(priced.leaves).toEqual([{ unit: 'input.text.plain', quantity: 1_000_000, cost: '0' }])
  })
})
