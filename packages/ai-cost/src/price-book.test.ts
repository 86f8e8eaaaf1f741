import { describe, expect, test } from 'vitest'
import { openPriceBook, type Price, quote, quoteUsage } from './index'

const at = new Date('2026-08-21T10:00:00Z')
const leaves = [
  { unit: 'input.text.plain', quantity: 1000 },
  { unit: 'output.text.visible', quantity: 100 },
]
const book = openPriceBook()
const ask = (provider: string, model: string, more: object = {}) =>
  quote(book, { provider, model, at, leaves, ...more })
const codes = (answer: { findings: { code: string }[] }) => answer.findings.map((each) => each.code)

describe('a look-up says how it found the price, and never guesses', () => {
  test('exact, by pattern, derived, none', () => {
    expect(ask('openai', 'gpt-5')).toMatchObject({ path: 'exact', status: 'priced' })
    const pattern = ask('anthropic', 'claude-sonnet-4-6-20991231')
    expect(pattern.path).toBe('pattern')
    expect(codes(pattern)).toContain('matched_by_pattern')
    expect(ask('openai', 'ft:gpt-4o-2024-08-06:acme::abc')).toMatchObject({ path: 'derived', cost: '0.00525' })
    expect(ask('openai', 'gpt-99')).toMatchObject({ path: 'none', cost: null, status: 'unpriced', priceVersion: null })
  })
  test('a later version is not caught by the name of an earlier one', () => {
    const answer = quote(book, {
      provider: 'anthropic',
      model: 'claude-fable-5-1',
      at: new Date('2026-10-01T00:00:00Z'),
      leaves: [...leaves, { unit: 'input.text.cache_read', quantity: 1_000_000 }],
    })
    // 1000 × 10 + 100 × 50 + 1,000,000 × 0.25, where Claude Fable 5 would read its cache at 1.00
    expect(answer).toMatchObject({ status: 'priced', cost: '0.265' })
    expect(ask('anthropic', 'claude-fable-5-2').cost).toBeNull()
    expect(ask('anthropic', 'claude-sonnet-4-5-20250929').priceVersion).toContain('claude-sonnet-4-5')
  })
  test('an unknown tier is null, not the standard price', () => {
    const answer = ask('openai', 'gpt-5', { serviceTier: 'scale' })
    expect(answer.cost).toBeNull()
    expect(codes(answer)).toEqual(['terms_unpriced'])
  })
  test('batch of Anthropic is a declared half, fees excepted', () => {
    const answer = quote(book, {
      provider: 'anthropic',
      model: 'claude-sonnet-4-6',
      at,
      batch: true,
      leaves: [...leaves, { unit: 'call.web_search', quantity: 1 }],
    })
    expect(answer).toMatchObject({ path: 'derived', cost: '0.01225' })
  })
  test('region scope: US-only inference of Claude costs 1.1 times', () => {
    expect(ask('anthropic', 'claude-sonnet-5', { region: 'us' }).cost).toBe('0.0033')
    expect(ask('anthropic', 'claude-sonnet-5', { region: 'global' }).cost).toBe('0.003')
    // where the caller runs is no region scope of Anthropic
    expect(ask('anthropic', 'claude-sonnet-5', { region: 'us-east-1' })).toMatchObject({ cost: '0.003', findings: [] })
  })
  test('Bedrock: the id carries the scope, an ARN its id, an application profile nothing', () => {
    expect(ask('aws.bedrock', 'us.anthropic.claude-sonnet-4-6').cost).toBe('0.00495')
    expect(ask('aws.bedrock', 'anthropic.claude-sonnet-4-6').cost).toBe('0.00495')
    expect(
      ask('aws.bedrock', 'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-6')
        .cost,
    ).toBe('0.00495')
    expect(
      codes(ask('aws.bedrock', 'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc')),
    ).toEqual(['inference_profile_unresolved'])
  })
  test('Azure sells OpenAI models at the list; a deployment name is not a model', () => {
    expect(ask('azure', 'gpt-5')).toMatchObject({ status: 'priced', cost: '0.00225' })
    expect(ask('azure.ai.openai', 'my-deployment')).toMatchObject({ cost: null, path: 'none' })
  })
  test('audio without an audio price is partial, never at the text rate', () => {
    const answer = quote(book, {
      provider: 'openai',
      model: 'gpt-4o',
      at,
      leaves: [...leaves, { unit: 'input.audio.plain', quantity: 10 }],
    })
    expect(answer.status).toBe('partial')
    expect(codes(answer)).toContain('leaf_unpriced')
  })
  test('half-open intervals: the first instant of a new price has it', () => {
    const cost = (text: string) =>
      quote(book, { provider: 'openai', model: 'gpt-5.6-terra', at: new Date(text), leaves }).cost
    expect(cost('2026-07-29T23:59:59.999Z')).toBe('0.004')
    expect(cost('2026-07-30T00:00:00.000Z')).toBe('0.0032')
  })
  test('off-peak hours of DeepSeek in 2025 cross midnight', () => {
    const cost = (text: string) =>
      quote(book, {
        provider: 'deepseek',
        model: 'deepseek-chat',
        at: new Date(text),
        leaves: [{ unit: 'input.text.plain', quantity: 1_000_000 }],
      }).cost
    expect(cost('2025-06-03T16:29:59Z')).toBe('0.27')
    expect(cost('2025-06-03T16:30:00Z')).toBe('0.135')
    expect(cost('2025-06-04T00:29:59Z')).toBe('0.135')
    expect(cost('2025-06-04T00:30:00Z')).toBe('0.27')
    expect(cost('2026-06-04T00:30:00Z')).toBe('0.28')
  })
})

describe('terms of one request', () => {
  const long = (input: number, output: number) => [
    { unit: 'input.text.plain', quantity: input },
    { unit: 'output.text.visible', quantity: output },
  ]
  test('batch and long context combine', () => {
    expect(ask('openai', 'gpt-5.4', { batch: true, leaves: long(300_000, 1_000) }).cost).toBe('0.76125')
    expect(ask('openai', 'gpt-5.4', { batch: true, leaves: long(200_000, 1_000) }).cost).toBe('0.2575')
  })
  test('a tier without a long-context price is unpriced there, not at its base price', () => {
    expect(ask('openai', 'gpt-5.5', { serviceTier: 'priority', leaves: long(300_000, 1_000) })).toMatchObject({
      cost: null,
      status: 'unpriced',
    })
  })
  test('fast mode of Claude is a tier of its own; flex keeps its rounded published rates', () => {
    expect(ask('anthropic', 'claude-opus-4-6', { serviceTier: 'fast' }).cost).toBe('0.045')
    const cached = [{ unit: 'input.text.cache_read', quantity: 100_000 }]
    expect(ask('openai', 'gpt-5.4', { serviceTier: 'flex', leaves: cached }).cost).toBe('0.013')
  })
  test('xAI starts its tier at the threshold itself, OpenAI above it', () => {
    expect(ask('x_ai', 'grok-4.5', { leaves: long(199_999, 0) }).cost).toBe('0.399998')
    expect(ask('x_ai', 'grok-4.5', { leaves: long(200_000, 0) }).cost).toBe('0.8')
    expect(ask('openai', 'gpt-5.4', { leaves: long(272_000, 0) }).cost).toBe('0.68')
  })
  test('sums over several requests have no context tier', () => {
    const answer = ask('openai', 'gpt-5.4', { leaves: long(300_000, 0), granularity: 'aggregate' })
    expect(answer.cost).toBe('0.75')
    expect(codes(answer)).toContain('aggregate_without_context_tier')
  })
  test('Claude on regional endpoints of Vertex AI costs ten per cent more, from 4.5 on', () => {
    const cost = (model: string, region: string) => ask('gcp.vertex_ai', model, { region }).cost
    expect(cost('claude-sonnet-4-6', 'europe-west1')).toBe('0.00495')
    expect(cost('claude-sonnet-4-6', 'global')).toBe('0.0045')
    expect(cost('claude-3-7-sonnet', 'europe-west1')).toBe('0.0045')
  })
  test('an own price of Azure on standard terms does not make the tiers of OpenAI those of Azure', () => {
    expect(ask('azure.ai.openai', 'gpt-5', { serviceTier: 'flex' })).toMatchObject({ cost: null, path: 'none' })
  })
})

describe('authority: contract, overlay, catalogue', () => {
  const price = (rate: string, more: Partial<Price> = {}): Price => ({
    providers: ['openai'],
    model: 'gpt-5',
    rates: { 'input.text.plain': rate, 'output.text.visible': rate },
    ...more,
  })
  test('a contract goes before an overlay, each only in its interval', () => {
    const own = openPriceBook({
      overlay: [price('2', { source: 'overlay' })],
      contract: [price('1', { source: 'contract', from: '2026-08-01T00:00:00Z', to: '2026-09-01T00:00:00Z' })],
    })
    const version = (text: string) =>
      quote(own, { provider: 'openai', model: 'gpt-5', at: new Date(text), leaves }).priceVersion
    expect(version('2026-08-15T00:00:00Z')).toContain('contract:')
    expect(version('2026-09-01T00:00:00Z')).toContain('overlay:')
  })
  test('own models, own currency, thresholds that include their value', () => {
    const own = openPriceBook({
      contract: [
        price('1', {
          providers: ['self-hosted'],
          model: 'llama',
          patterns: ['^llama-\\d+b$'],
          currency: 'EUR',
          tiers: [{ operator: '>=', value: 2000, rates: { 'input.text.plain': '2', 'output.text.visible': '2' } }],
        }),
      ],
    })
    const cost = (quantity: number) =>
      quote(own, { provider: 'self-hosted', model: 'llama-70b', at, leaves: [{ unit: 'input.text.plain', quantity }] })
    expect(cost(1999)).toMatchObject({ cost: '0.001999', currency: 'EUR', path: 'pattern' })
    expect(cost(2000).cost).toBe('0.004')
  })
  test('prices that cannot be right are refused', () => {
    expect(() => openPriceBook({ contract: [price('-1')] })).toThrow(RangeError)
    expect(() => openPriceBook({ contract: [price('1,5')] })).toThrow(RangeError)
    expect(() => openPriceBook({ contract: [price('1', { patterns: ['gpt'] })] })).toThrow(RangeError)
  })
})

describe('one call, several models', () => {
  test('an advisor of another model is priced on its own', () => {
    const answer = quoteUsage(book, {
      provider: 'anthropic',
      model: 'claude-sonnet-5',
      at,
      usage: {
        input_tokens: 2000,
        cache_read_input_tokens: 0,
        output_tokens: 100,
        iterations: [
          { type: 'message', input_tokens: 1000, output_tokens: 60 },
          { type: 'advisor_message', model: 'claude-opus-4-8', input_tokens: 1000, output_tokens: 10 },
          { type: 'message', input_tokens: 1000, output_tokens: 40 },
        ],
      },
    })
    // 2000 × 2 + 100 × 10 of Sonnet 5, and 1000 × 5 + 10 × 25 of Opus 4.8, per million
    expect(answer.cost).toBe('0.01025')
    expect(answer.status).toBe('priced')
  })
})

describe('where no list price could be verified', () => {
  test('the answer is null and says what to do, in place of a guess in another currency', () => {
    for (const [provider, model] of [
      ['gigachat', 'GigaChat-2-Max'],
      ['clova', 'HCX-005'],
      ['upstage', 'solar-pro2'],
      ['yandexgpt', 'yandexgpt/latest'],
    ] as const) {
      const answer = ask(provider, model)
      expect(answer).toMatchObject({ cost: null, path: 'none' })
      expect(codes(answer)).toEqual(['no_public_price'])
      expect(answer.findings[0]!.message).toContain('contract price')
    }
  })
  test('YandexGPT Lite costs 0.20 RUB a thousand tokens with the VAT of 2025, and nothing that is known after it', () => {
    const question = { provider: 'yandexgpt', model: 'gpt://b1gfolder/yandexgpt-lite/latest', leaves }
    // 1,000 + 100 tokens at 200 RUB a million
    expect(quote(book, { ...question, at: new Date('2025-12-31T20:59:59Z') })).toMatchObject({
      cost: '0.22',
      currency: 'RUB',
    })
    const after = quote(book, { ...question, at: new Date('2025-12-31T21:00:00Z') })
    expect(after.cost).toBeNull()
    expect(codes(after)).toEqual(['no_price_at_time'])
  })
})

describe('hours', () => {
  test('provisioned throughput with its unused part, GPU and container hours are priced like any unit', () => {
    const own = openPriceBook({
      contract: [
        {
          providers: ['azure.ai.openai'],
          model: 'gpt-5-ptu',
          rates: {
            'hour.ptu': '1000000',
            'hour.ptu_unused': '1000000',
            'hour.gpu': '2500000',
            'hour.container': '30000',
          },
        },
      ],
    })
    const answer = quote(own, {
      provider: 'azure.ai.openai',
      model: 'gpt-5-ptu',
      at,
      leaves: [
        { unit: 'hour.ptu', quantity: 12 },
        { unit: 'hour.ptu_unused', quantity: 18 },
        { unit: 'hour.gpu', quantity: 0.25 },
        { unit: 'hour.container', quantity: 1 },
      ],
    })
    expect(answer.leaves.map((leaf) => leaf.cost)).toEqual(['12', '18', '0.625', '0.03'])
    expect(answer.cost).toBe('30.655')
  })
})
