import { createOpenAI } from '@ai-sdk/openai'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import { openPriceBook, quoteUsage } from '@infrazen/ai-cost'
import { generateText, streamText, wrapLanguageModel } from 'ai'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { InfraZen } from './index'
import { collector, provider } from './wire-servers.fixture'

type Json = Record<string, unknown>

let api: Awaited<ReturnType<typeof provider>>
let server: Awaited<ReturnType<typeof collector>>
let infrazen: InfraZen

beforeAll(async () => {
  api = await provider()
  server = await collector()
})
afterAll(async () => {
  await api.close()
  await server.close()
})
beforeEach(() => {
  server.calls.length = 0
  server.runs.length = 0
  server.state.away = false
  infrazen = new InfraZen({ url: server.url, apiKey: 'izk_test', team: 'search', environment: 'test' })
})

const openai = () =>
  infrazen.openai(new OpenAI({ apiKey: 'k', baseURL: `${api.url}/v1` }), { provider: 'openai', feature: 'answers' })
const anthropic = () => infrazen.anthropic(new Anthropic({ apiKey: 'k', baseURL: api.url }), { provider: 'anthropic' })

async function reported(): Promise<Json[]> {
  // Reports of whole answers are written after the caller has its answer.
  await new Promise((go) => setTimeout(go, 20))
  expect(await infrazen.flush()).toBe(true)
  return server.calls
}

const book = openPriceBook()
const costOf = (call: Json) =>
  quoteUsage(book, {
    provider: String(call.provider),
    model: String(call.model),
    at: new Date('2026-01-05T00:00:00Z'),
    usage: call.usage as object,
  }).cost

describe('openai', () => {
  test('a whole answer is reported with its usage block and the attribution of client and wrapper', async () => {
    const answer = await openai().chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'Say hello' }],
    })
    expect(answer.choices[0]?.message.content).toBe('안녕하세요')
    const [call, ...others] = await reported()
    expect(others).toEqual([])
    expect(call).toMatchObject({
      provider: 'openai',
      requestModel: 'gpt-4o',
      model: 'gpt-4o-2024-08-06',
      operation: 'chat',
      responseId: expect.stringMatching(/^chatcmpl-\d+$/),
      outcome: 'ok',
      attempt: 0,
      attribution: { team: 'search', environment: 'test', feature: 'answers' },
    })
    // (86 × 2.50 + 1,920 × 1.25 + 300 × 10) / 1,000,000
    expect(costOf(call as Json)).toBe('0.005615')
    expect(JSON.stringify(call)).not.toContain('Say hello')
    expect(JSON.stringify(call)).not.toContain('안녕하세요')
  })

  test('a stream gives its usage without the caller asking, and the caller sees what it would have seen', async () => {
    const stream = await openai().chat.completions.create({
      model: 'gpt-4o',
      stream: true,
      messages: [{ role: 'user', content: 'Say hello' }],
    })
    const chunks = []
    for await (const chunk of stream) chunks.push(chunk)
    expect(chunks).toHaveLength(4)
    expect(chunks.every((chunk) => chunk.choices.length === 1)).toBe(true)
    const [call] = await reported()
    expect(costOf(call as Json)).toBe('0.005615')
    expect(call).toMatchObject({ outcome: 'ok', seen: { output: { hangul: 15 } } })
  })

  test('a caller that asks for usage gets its usage event', async () => {
    const stream = await openai().chat.completions.create({
      model: 'gpt-4o',
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: 'user', content: 'Say hello' }],
    })
    const chunks = []
    for await (const chunk of stream) chunks.push(chunk)
    expect(chunks.at(-1)?.usage?.prompt_tokens).toBe(2006)
    expect(await reported()).toHaveLength(1)
  })

  test('a stream that is left is one aborted call with the sizes seen, never nothing', async () => {
    const stream = await openai().chat.completions.create({
      model: 'gpt-4o-endless',
      stream: true,
      messages: [{ role: 'user', content: 'Расскажи длинную историю' }],
    })
    let seen = 0
    for await (const _ of stream) if (++seen === 10) break
    const [call, ...others] = await reported()
    expect(others).toEqual([])
    expect(call).toMatchObject({ outcome: 'aborted', usage: null })
    const sizes = (call as { seen: { input: { cyrillic: number }; output: { hangul: number } } }).seen
    expect(sizes.input.cyrillic).toBe(22)
    expect(sizes.output.hangul).toBeGreaterThanOrEqual(45)
  })

  test('every attempt of a retried call is reported, as attempts of one logical call', async () => {
    await openai().chat.completions.create({ model: 'gpt-4o-limited', messages: [{ role: 'user', content: 'x' }] })
    const calls = await reported()
    expect(calls.map(({ attempt, outcome, error }) => [attempt, outcome, error])).toEqual([
      [0, 'error', '429'],
      [1, 'error', '429'],
      [2, 'ok', ''],
    ])
    expect(new Set(calls.map(({ logicalCallId }) => logicalCallId)).size).toBe(1)
    expect(new Set(calls.map(({ id }) => id)).size).toBe(3)
    expect(calls.filter(({ usage }) => usage !== null)).toHaveLength(1)
  })

  test('responses, streamed and whole, and embeddings are reported', async () => {
    const client = openai()
    await client.responses.create({ model: 'gpt-4o', input: 'hello' })
    for await (const _ of await client.responses.create({ model: 'gpt-4o', input: 'hello', stream: true }));
    await client.embeddings.create({ model: 'text-embedding-3-small', input: 'hello' })
    const calls = await reported()
    // (200 × 2.50 + 128 × 1.25 + 52 × 10) / 1,000,000
    expect(calls.map((call) => [call.operation, costOf(call)])).toEqual([
      ['chat', '0.00118'],
      ['chat', '0.00118'],
      ['embeddings', '0.00002'],
    ])
  })

  test('an unknown host is its own provider: no list price is taken for it', async () => {
    const client = infrazen.openai(new OpenAI({ apiKey: 'k', baseURL: `${api.url}/v1` }))
    await client.chat.completions.create({ model: 'gpt-4o', messages: [] })
    const [call] = await reported()
    expect(call?.provider).toBe('127.0.0.1')
    expect(costOf(call as Json)).toBeNull()
  })
})

describe('anthropic', () => {
  test('whole and streamed answers report the same complete usage', async () => {
    const client = anthropic()
    const question = {
      model: 'claude-sonnet-4-5',
      max_tokens: 1000,
      messages: [{ role: 'user' as const, content: 'hello' }],
    }
    await client.messages.create(question)
    for await (const _ of await client.messages.create({ ...question, stream: true }));
    const final = await client.messages.stream(question).finalMessage()
    expect(final.usage.output_tokens).toBe(503)
    const calls = await reported()
    expect(calls).toHaveLength(3)
    // (50 × 3 + 148 × 3.75 + 100 × 6 + 1,800 × 0.30 + 503 × 15) / 1,000,000
    for (const call of calls) expect(costOf(call)).toBe('0.00939')
    expect(calls.map(({ serviceTier }) => serviceTier)).toEqual(['standard', 'standard', 'standard'])
  })

  test('an aborted stream keeps the input that was already stated', async () => {
    const stream = anthropic().messages.stream({
      model: 'claude-sonnet-4-5',
      max_tokens: 9999,
      messages: [{ role: 'user', content: 'hello' }],
    })
    let pieces = 0
    try {
      for await (const event of stream)
        if (event.type === 'content_block_delta' && ++pieces === 5) stream.controller.abort()
    } catch (error) {
      expect((error as Error).constructor.name).toBe('APIUserAbortError')
    }
    const [call] = await reported()
    expect(call).toMatchObject({ outcome: 'aborted', usage: { cache_read_input_tokens: 1800, output_tokens: 1 } })
    expect((call as { seen: { output: { cyrillic: number } } }).seen.output.cyrillic).toBeGreaterThanOrEqual(45)
  })
})

test('google: whole, streamed and chat answers are reported, thoughts included', async () => {
  const client = infrazen.google(new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: api.url } }))
  await client.models.generateContent({ model: 'gemini-2.5-flash', contents: 'hello' })
  for await (const _ of await client.models.generateContentStream({ model: 'gemini-2.5-flash', contents: 'hello' }));
  await client.chats.create({ model: 'gemini-2.5-flash' }).sendMessage({ message: 'hello' })
  const calls = await reported()
  expect(calls).toHaveLength(3)
  // (100 × 0.30 + 20 × 0.03 + 80 × 2.50) / 1,000,000
  for (const call of calls)
    expect([call.provider, call.model, call.outcome, costOf(call)]).toEqual([
      'gcp.gemini',
      'gemini-2.5-flash',
      'ok',
      '0.0002306',
    ])
})

test('vercel ai sdk: generated and streamed text are reported with the provider block', async () => {
  const model = wrapLanguageModel({
    model: createOpenAI({ apiKey: 'k', baseURL: `${api.url}/v1` }).chat('gpt-4o'),
    middleware: infrazen.middleware(),
  })
  expect((await generateText({ model, prompt: 'hello' })).text).toBe('안녕하세요')
  for await (const _ of streamText({ model, prompt: 'hello' }).textStream);
  const calls = await reported()
  expect(calls.map((call) => [call.outcome, call.model, costOf({ ...call, provider: 'openai' })])).toEqual([
    ['ok', 'gpt-4o-2024-08-06', '0.005615'],
    ['ok', 'gpt-4o-2024-08-06', '0.005615'],
  ])
})

describe('run', () => {
  test('calls of a run carry it, its cost is known while it goes on, and its figures are reported', async () => {
    const client = openai()
    const costs: string[] = []
    await infrazen.run({ experiment: 'prompt-7', run: 'night-1' }, async (run) => {
      run.onCost(({ amounts }) => costs.push(amounts[0]?.amount ?? ''))
      await client.chat.completions.create({ model: 'gpt-4o', messages: [] })
      await Promise.all([1, 2].map(() => client.chat.completions.create({ model: 'gpt-4o', messages: [] })))
      await new Promise((go) => setTimeout(go, 20))
      expect(await run.cost()).toEqual({
        amounts: [{ currency: 'USD', amount: '0.016845' }],
        calls: 3,
        unpricedCalls: 0,
      })
      await run.report('accuracy', 0.91)
    })
    await client.chat.completions.create({ model: 'gpt-4o', messages: [] })
    const calls = await reported()
    expect(costs).toEqual(['0.005615', '0.01123', '0.016845'])
    expect(calls.map(({ attribution }) => (attribution as Json).run)).toEqual([
      'night-1',
      'night-1',
      'night-1',
      undefined,
    ])
    expect(server.runs.at(-1)).toMatchObject({
      path: '/api/v1/runs/night-1',
      body: { experiment: 'prompt-7', values: { accuracy: '0.91' }, endedAt: expect.any(String) },
    })
  })

  test('what a call belongs to is decided when it starts, not when its stream is read', async () => {
    const client = openai()
    const stream = await infrazen.with({ customer: 'acme' }, () =>
      client.chat.completions.create({ model: 'gpt-4o', stream: true, messages: [] }),
    )
    for await (const _ of stream);
    expect((await reported())[0]).toMatchObject({ attribution: { customer: 'acme', team: 'search' } })
  })

  test('a run that fails still reports its calls and lets its error through', async () => {
    const client = openai()
    await expect(
      infrazen.run({ experiment: 'e' }, async () => {
        await client.chat.completions.create({ model: 'gpt-4o', messages: [] })
        throw new Error('the application failed')
      }),
    ).rejects.toThrow('the application failed')
    expect(server.runs.at(-1)?.body.endedAt).toEqual(expect.any(String))
  })
})

describe('a server that is away', () => {
  test('never slows or fails a call, and gets every call once it is back', async () => {
    server.state.away = true
    const problems: string[] = []
    infrazen = new InfraZen({
      url: server.url,
      apiKey: 'izk_test',
      flushEveryMs: 5,
      onProblem: (problem) => problems.push(problem),
    })
    const client = openai()
    for (let i = 0; i < 5; i++) await client.chat.completions.create({ model: 'gpt-4o', messages: [] })
    await new Promise((go) => setTimeout(go, 30))
    expect(await infrazen.flush()).toBe(false)
    expect(problems).toEqual(['InfraZen answered 503.'])
    expect(infrazen.queued).toBe(5)
    server.state.away = false
    await expect.poll(() => server.calls.length, { timeout: 5000 }).toBe(5)
    expect(new Set(server.calls.map(({ id }) => id)).size).toBe(5)
  })

  test('calls beyond the bound are dropped oldest first, counted, and told', async () => {
    const problems: string[] = []
    server.state.away = true
    infrazen = new InfraZen({
      url: server.url,
      apiKey: 'izk_test',
      maxQueued: 3,
      flushEveryMs: 60_000,
      onProblem: (problem) => problems.push(problem),
    })
    const client = openai()
    for (let i = 0; i < 5; i++) await client.embeddings.create({ model: `m-${i}`, input: 'x' })
    await new Promise((go) => setTimeout(go, 20))
    server.state.away = false
    await infrazen.flush()
    expect(server.calls.map(({ requestModel }) => requestModel)).toEqual(['m-2', 'm-3', 'm-4'])
    expect(problems).toEqual(['2 calls were dropped while InfraZen was away: more than 3 were waiting.'])
  })
})
