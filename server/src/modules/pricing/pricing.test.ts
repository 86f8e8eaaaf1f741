import { openPriceBook } from '@infrazen/ai-cost'
import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { priceUsage } from './price-usage'
import { pricingRoutes } from './routes'

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
})

describe('POST /api/v1/pricing/quote', () => {
  let app: FastifyInstance
  beforeAll(async () => {
    app = Fastify() as unknown as FastifyInstance
    app.setValidatorCompiler(validatorCompiler)
    app.setSerializerCompiler(serializerCompiler)
    await app.register(pricingRoutes({ book }))
  })
  afterAll(() => app.close())
  const ask = (payload: object) => app.inject({ method: 'POST', url: '/api/v1/pricing/quote', payload })

  test('the provider’s own usage block and leaves give the same cost; a list is answered in its order', async () => {
    const question = { provider: 'openai', model: 'test-model', at: at.toISOString() }
    const block = {
      prompt_tokens: 1000,
      completion_tokens: 100,
      total_tokens: 1100,
      prompt_tokens_details: { cached_tokens: 400 },
    }
    const leaves = [
      { unit: 'input.text.plain', quantity: 600 },
      { unit: 'input.text.cache_read', quantity: 400 },
      { unit: 'output.text.visible', quantity: 100 },
    ]
    const one = await ask({ ...question, usage: block })
    expect([one.statusCode, one.json().cost, one.json().usageStatus]).toEqual([200, '0.0018', 'exact'])
    const list = await ask([
      { ...question, usage: leaves },
      { ...question, model: 'no-such-model-anywhere', usage: leaves },
    ])
    expect(list.json().map((quote: { cost: string | null }) => quote.cost)).toEqual(['0.0018', null])
  })

  test('a question without a model, or with a negative quantity, is refused', async () => {
    expect((await ask({ provider: 'openai', at: at.toISOString(), usage: {} })).statusCode).toBe(400)
    expect(
      (
        await ask({
          provider: 'openai',
          model: 'test-model',
          at: at.toISOString(),
          usage: [{ unit: 'input.text.plain', quantity: -1 }],
        })
      ).statusCode,
    ).toBe(400)
  })
})
