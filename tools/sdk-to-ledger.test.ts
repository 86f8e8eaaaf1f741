import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { InfraZen } from '../packages/sdk/src'
import { provider } from '../packages/sdk/src/wire-servers.fixture'
import { type App, createApp } from '../server/src/app'
import { readSettings } from '../server/src/config'

const folder = mkdtempSync(join(tmpdir(), 'infrazen-sdk-ledger-'))
const apiKey = 'izk_test_0123456789abcdef0123456789abcdef'
let app: App
let api: Awaited<ReturnType<typeof provider>>
let url = ''
const problems: string[] = []

beforeAll(async () => {
  api = await provider()
  app = await createApp(
    readSettings({
      INFRAZEN_DATA_DIR: folder,
      INFRAZEN_LOG_LEVEL: 'silent',
      INFRAZEN_BOOTSTRAP_EMAIL: 'mina@nordwind.example',
      INFRAZEN_BOOTSTRAP_PASSWORD: 'correct horse battery',
      INFRAZEN_BOOTSTRAP_API_KEY: apiKey,
    }),
  )
  await app.http.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(app.http.server.address() as AddressInfo).port}`
})
afterAll(async () => {
  await app?.close()
  await api.close()
  rmSync(folder, { recursive: true, force: true })
})

// biome-ignore lint/suspicious/noExplicitAny: answers of several routes, compared below
const ask = async (path: string, body?: object): Promise<any> => {
  const response = await fetch(`${url}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  return response.json()
}

test('calls of the official clients reach the ledger once, exactly priced, with what they belong to', async () => {
  const infrazen = new InfraZen({ url, apiKey, team: 'search', onProblem: (problem) => problems.push(problem) })
  const openai = infrazen.openai(new OpenAI({ apiKey: 'k', baseURL: `${api.url}/v1` }), { provider: 'openai' })
  const anthropic = infrazen.anthropic(new Anthropic({ apiKey: 'k', baseURL: api.url }), { provider: 'anthropic' })
  const hello = [{ role: 'user' as const, content: 'Hello' }]

  const live = await infrazen.run({ experiment: 'prompt-7', run: 'night-1' }, async (run) => {
    for await (const _ of await openai.chat.completions.create({ model: 'gpt-4o', stream: true, messages: hello }));
    await openai.chat.completions.create({ model: 'gpt-4o-limited', messages: hello })
    await anthropic.messages.stream({ model: 'claude-sonnet-4-5', max_tokens: 9, messages: hello }).finalMessage()
    await run.report('accuracy', 0.91)
    await new Promise((go) => setTimeout(go, 50))
    return run.cost()
  })
  expect(problems).toEqual([])
  // Two calls of 0.005615 and one of 0.00939; two refused attempts cost nothing.
  expect(live.amounts).toEqual([{ currency: 'USD', amount: '0.02062' }])

  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
  const period = { from: day(-1), to: day(2) }
  const answer = await ask('/api/v1/query', {
    metrics: ['estimated_cost', 'calls', 'errors'],
    dimensions: ['team', 'provider'],
    period,
    timeZone: 'UTC',
  })
  expect(answer.totals).toEqual([[null, null, '0.02062', '5', '2']])
  expect(new Set(answer.rows.map((row: string[]) => row[0]))).toEqual(new Set(['search']))

  const { runs } = await ask(`/api/v1/runs?from=${period.from}T00:00:00Z&to=${period.to}T00:00:00Z`)
  expect(runs).toMatchObject([
    { experiment: 'prompt-7', run: 'night-1', state: 'ended', calls: '5', values: { accuracy: '0.91' } },
  ])
  expect(runs[0].costs).toEqual([{ currency: 'USD', amount: '0.02062' }])
})

test('a call that was cut off is estimated and flagged, never nothing', async () => {
  const infrazen = new InfraZen({ url, apiKey, team: 'cut-off' })
  const openai = infrazen.openai(new OpenAI({ apiKey: 'k', baseURL: `${api.url}/v1` }), { provider: 'openai' })
  const stream = await openai.chat.completions.create({
    model: 'gpt-4o-endless',
    stream: true,
    messages: [{ role: 'user', content: 'Write a long text about the sea.' }],
  })
  let pieces = 0
  for await (const _ of stream) if (++pieces === 20) break
  await new Promise((go) => setTimeout(go, 50))
  expect(await infrazen.flush()).toBe(true)
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
  const { rows } = await ask('/api/v1/query', {
    metrics: ['tokens_input', 'tokens_output', 'calls'],
    dimensions: ['usage_status'],
    period: { from: day(-1), to: day(2) },
    timeZone: 'UTC',
    filters: [{ dimension: 'team', in: ['cut-off'] }],
  })
  expect(rows).toHaveLength(1)
  expect(rows[0][0]).toBe('estimated')
  expect(Number(rows[0][1])).toBeGreaterThan(0)
  expect(Number(rows[0][2])).toBeGreaterThan(0)
})

test('an estimate before the run comes from the prices of the server', async () => {
  const infrazen = new InfraZen({ url, apiKey })
  const { estimates } = await infrazen.estimate({
    models: [{ provider: 'openai', model: 'gpt-4o' }],
    prompt: { tokens: 1000 },
    output: { low: 100, likely: 200, high: 400 },
    calls: 10,
  })
  expect(estimates[0]).toMatchObject({
    currency: 'USD',
    low: { cost: '0.035' },
    likely: { cost: '0.045' },
    high: { cost: '0.065' },
  })
})
