import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { add, decimal, decimalText } from './decimal'
import { openPriceBook, quote, quoteUsage, usageFromOtelAttributes } from './index'

/** Worked cases of cost correctness, each started from the raw usage of its provider. */
const file = fileURLToPath(new URL('../../../../shared/reference/ai-cost-golden.jsonl', import.meta.url))
type Case = { id: string; p: string; case: string; expect: string | null; wrong: Record<string, string> }

const book = openPriceBook({
  contract: [
    { providers: ['azure.ai.openai'], model: 'ptu-gpt-4o', rates: { 'hour.ptu': '2000000' }, source: 'contract' },
  ],
})
const later = new Date('2026-10-01T12:00:00Z')
type Priced = { cost: string | null }
const raw = (provider: string, model: string, usage: object, more: object = {}) =>
  quoteUsage(book, { provider, model, at: later, usage, ...more })
const chat = (input: number, output: number, cached = 0, extra: object = {}) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  prompt_tokens_details: { cached_tokens: cached },
  ...extra,
})
const responses = (input: number, output: number, details: object = { cached_tokens: 0 }) => ({
  input_tokens: input,
  input_tokens_details: details,
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: input + output,
})
const claude = (input: number, output: number, more: object = {}) => ({
  input_tokens: input,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: output,
  service_tier: 'standard',
  ...more,
})
const converse = (inputTokens: number, outputTokens: number) => ({
  inputTokens,
  outputTokens,
  totalTokens: inputTokens + outputTokens,
})
const sum = (parts: Priced[]): Priced => ({
  cost: parts.reduce((total, { cost }) => decimalText(add(decimal(total), decimal(cost!))), '0'),
})

const answers: Record<string, () => Priced> = {
  G01: () => raw('openai', 'gpt-5', chat(10_000, 1_000, 8_000)),
  G03: () => raw('openai', 'gpt-5.6-terra', responses(2_600, 0, { cached_tokens: 2_000, cache_write_tokens: 400 })),
  G04: () => raw('anthropic', 'claude-3-7-sonnet-20250219', claude(3, 550, { cache_creation_input_tokens: 12_304 })),
  G05: () =>
    raw(
      'anthropic',
      'claude-sonnet-4-6',
      claude(1_000, 500, {
        cache_read_input_tokens: 4_000,
        cache_creation_input_tokens: 5_000,
        cache_creation: { ephemeral_5m_input_tokens: 2_000, ephemeral_1h_input_tokens: 3_000 },
      }),
    ),
  G07: () => {
    const usage = usageFromOtelAttributes(
      {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'anthropic',
        'gen_ai.response.model': 'claude-sonnet-4-6',
        'gen_ai.usage.input_tokens': 130_213,
        'gen_ai.usage.cache_read.input_tokens': 128_955,
        'gen_ai.usage.cache_creation.input_tokens': 1_253,
      },
      { name: 'chat claude-sonnet-4-6', scopeName: '', scopeVersion: '' },
    )
    return quote(book, { ...usage!, at: later })
  },
  G10: () => raw('openai', 'gpt-5', chat(22_118, 1_970, 0, { completion_tokens_details: { reasoning_tokens: 956 } })),
  G11: () =>
    raw('gcp.gemini', 'gemini-2.5-pro', {
      promptTokenCount: 10,
      candidatesTokenCount: 20,
      thoughtsTokenCount: 100,
      totalTokenCount: 130,
    }),
  G13: () =>
    raw('gcp.gemini', 'gemini-2.5-pro', {
      candidatesTokenCount: 150,
      thoughtsTokenCount: 8_000,
      totalTokenCount: 8_150,
    }),
  G14: () =>
    raw('openai', 'gpt-4o-realtime-preview', {
      total_tokens: 4_500,
      input_tokens: 4_000,
      output_tokens: 500,
      input_token_details: {
        text_tokens: 1_000,
        audio_tokens: 3_000,
        cached_tokens: 1_200,
        cached_tokens_details: { text_tokens: 200, audio_tokens: 1_000 },
      },
      output_token_details: { text_tokens: 100, audio_tokens: 400 },
    }),
  G16: () => sum([3_000, 4_000, 5_000].map((characters) => raw('openai', 'tts-1', { characters }))),
  G17: () => raw('anthropic', 'claude-sonnet-4-5', claude(200_000, 0)),
  G18: () => raw('anthropic', 'claude-sonnet-4-5', claude(200_001, 0)),
  G21: () => raw('openai', 'gpt-5.5', chat(278_476, 630, 7_936)),
  G23: () => raw('anthropic', 'claude-sonnet-4-5', claude(150_000, 0, { cache_read_input_tokens: 100_000 })),
  G25: () => raw('anthropic', 'claude-sonnet-4-6', claude(300_000, 10_000), { at: new Date('2026-03-12T12:00:00Z') }),
  G26: () => raw('anthropic', 'claude-sonnet-4-6', claude(300_000, 10_000), { at: new Date('2026-03-14T12:00:00Z') }),
  G27: () => raw('openai', 'gpt-5', chat(1_000_000, 100_000), { batch: true }),
  G29: () => raw('openai', 'gpt-5', { ...chat(1_000, 1_000), service_tier: 'default' }, { serviceTier: 'priority' }),
  G30: () => raw('openai', 'gpt-5', { ...chat(1_000, 1_000), service_tier: 'priority' }),
  G31: () => raw('openai', 'gpt-5', { ...chat(1_000, 1_000), service_tier: 'flex' }),
  G33: () => raw('openai', 'gpt-5.5', chat(1_000, 1_000), { serviceTier: 'priority' }),
  G35: () => raw('openai', 'ft:gpt-4o-2024-08-06:acme::abc123', chat(1_000_000, 100_000)),
  G36: () => raw('aws.bedrock', 'eu.anthropic.claude-sonnet-4-6', converse(1_000_000, 100_000)),
  G37: () => raw('aws.bedrock', 'global.anthropic.claude-sonnet-4-6', converse(1_000_000, 100_000)),
  G39: () => raw('openai', 'gpt-4o-2024-05-13', chat(1_000_000, 100_000)),
  G40: () => raw('openai', 'text-embedding-3-small', { prompt_tokens: 1_000_000, total_tokens: 1_000_000 }),
  G41: () =>
    raw('openai', 'text-embedding-3-small', { prompt_tokens: 1_000_000, total_tokens: 1_000_000 }, { batch: true }),
  G42: () => {
    const one = decimal(raw('openai', 'text-embedding-3-small', { prompt_tokens: 27, total_tokens: 27 }).cost!)
    return { cost: decimalText({ units: one.units * 1_000_000n, scale: one.scale }) }
  },
  G44: () => raw('openai', 'gpt-5.6-terra', responses(200_000, 10_000), { at: new Date('2026-07-29T23:59:59Z') }),
  G45: () => raw('openai', 'gpt-5.6-terra', responses(200_000, 10_000), { at: new Date('2026-07-30T00:00:00Z') }),
  G47: () => raw('anthropic', 'claude-sonnet-5', claude(100_000, 10_000), { at: new Date('2026-09-01T00:00:00Z') }),
  G48: () =>
    raw(
      'deepseek',
      'deepseek-chat',
      { ...chat(1_000_000, 100_000), prompt_cache_hit_tokens: 0, prompt_cache_miss_tokens: 1_000_000 },
      { at: new Date('2025-06-03T12:00:00Z') },
    ),
  G50: () => {
    const commitment = quote(book, {
      provider: 'azure',
      model: 'ptu-gpt-4o',
      at: later,
      leaves: [{ unit: 'hour.ptu', quantity: 15 * 24 }],
    })
    const served = raw('azure', 'gpt-4o', chat(1_000_000, 100_000), { billingMode: 'committed' })
    expect(served.status).toBe('not_billable')
    return sum([commitment, served])
  },
  G51: () => raw('openai', 'gpt-unheard-of', chat(1_000, 1_000)),
  G52: () => {
    const answer = raw('openai', 'gpt-unheard-of', chat(1_000, 1_000), {
      fallback: { 'input.text.plain': '5', 'output.text.visible': '25' },
    })
    expect(answer.estimated).toBe(true)
    expect(answer.findings.map((each) => each.code)).toContain('fallback_price')
    return answer
  },
  G54: () => {
    const answer = raw('anthropic', 'claude-sonnet-4-6', claude(1_000, 1_000), { billingMode: 'subscription' })
    expect(answer.cost).toBe('0')
    expect(answer.status).toBe('not_billable')
    return { cost: answer.listCost! }
  },
}

describe.skipIf(!existsSync(file))('the worked cases come out to the last digit', () => {
  const cases = existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Case)
    : []
  test('every case of the file has its raw usage here', () => {
    expect(cases.map((each) => each.id).sort()).toEqual(Object.keys(answers).sort())
  })
  test.each(cases.map((each) => [each.id, each.case, each] as const))('%s %s', (id, _text, each) => {
    const { cost } = answers[id]!()
    expect(cost).toBe(each.expect)
    for (const wrong of Object.values(each.wrong))
      if (/^[\d.]+$/.test(wrong))
        expect(cost === null ? null : decimalText(decimal(cost))).not.toBe(decimalText(decimal(wrong)))
  })
})
