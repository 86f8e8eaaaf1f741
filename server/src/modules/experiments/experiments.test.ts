import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type App, createApp } from '../../app'
import { readSettings } from '../../config'

const folder = mkdtempSync(join(tmpdir(), 'infrazen-runs-'))
const authorization = 'Bearer izk_test_0123456789abcdef0123456789abcdef'
let app: App

beforeAll(async () => {
  app = await createApp(
    readSettings({
      INFRAZEN_DATA_DIR: folder,
      INFRAZEN_LOG_LEVEL: 'silent',
      INFRAZEN_BOOTSTRAP_EMAIL: 'mina@nordwind.example',
      INFRAZEN_BOOTSTRAP_PASSWORD: 'correct horse battery',
      INFRAZEN_BOOTSTRAP_API_KEY: authorization.slice(7),
    }),
  )
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})

const report = (run: string, payload: object) =>
  app.http.inject({ method: 'PUT', url: `/api/v1/runs/${run}`, headers: { authorization }, payload })
const list = async (query = '') =>
  (
    await app.http.inject({
      url: `/api/v1/runs?from=2026-10-01T00:00:00Z&to=2026-10-03T00:00:00Z${query}`,
      headers: { authorization },
    })
  ).json()

let spans = 0
function call(
  at: string,
  attributes: Record<string, string>,
  usage: { input: number; output: number; model?: string },
) {
  const start = `${BigInt(Date.parse(at)) * 1_000_000n}`
  return {
    traceId: (++spans).toString(16).padStart(32, '0'),
    spanId: spans.toString(16).padStart(16, '0'),
    name: 'chat',
    kind: 3,
    startTimeUnixNano: start,
    endTimeUnixNano: start,
    attributes: [
      ...Object.entries({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': usage.model ?? 'gpt-4o',
        ...attributes,
      }).map(([key, stringValue]) => ({ key, value: { stringValue } })),
      { key: 'gen_ai.usage.input_tokens', value: { intValue: String(usage.input) } },
      { key: 'gen_ai.usage.output_tokens', value: { intValue: String(usage.output) } },
    ],
  }
}
const send = (list: object[]) =>
  app.http.inject({
    method: 'POST',
    url: '/v1/traces',
    headers: { authorization, 'content-type': 'application/json' },
    payload: { resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: 't' }, spans: list }] }] },
  })

test('a run has the exact cost of its calls and the figures it reported, beside runs that reported nothing', async () => {
  const night = { 'infrazen.experiment': 'prompt-7', 'infrazen.run': 'night-1' }
  const sent = await send([
    call('2026-10-01T01:05:00Z', night, { input: 1000, output: 100 }),
    call('2026-10-01T02:05:00Z', night, { input: 2000, output: 100 }),
    call('2026-10-01T02:06:00Z', night, { input: 10, output: 1, model: 'nobody-knows-this-model' }),
    call('2026-10-02T09:00:00Z', { ...night, 'infrazen.run': 'night-2' }, { input: 1000, output: 100 }),
    call('2026-10-02T09:00:00Z', { 'infrazen.team': 'search' }, { input: 1000, output: 100 }),
  ])
  expect(sent.statusCode).toBe(200)
  expect((await report('night-1', { experiment: 'prompt-7', startedAt: '2026-10-01T01:00:00Z' })).statusCode).toBe(204)
  await report('night-1', { experiment: 'prompt-7', values: { accuracy: '0.90' } })
  await report('night-1', {
    experiment: 'prompt-7',
    endedAt: '2026-10-01T02:30:00Z',
    values: { accuracy: '0.91', f1: '0.5' },
  })
  const { runs, truncated } = await list()
  expect(truncated).toBe(false)
  expect(runs).toMatchObject([
    { experiment: 'prompt-7', run: 'night-2', state: 'quiet', calls: '1', values: {} },
    {
      experiment: 'prompt-7',
      run: 'night-1',
      startedAt: '2026-10-01T01:00:00.000Z',
      endedAt: '2026-10-01T02:30:00.000Z',
      state: 'ended',
      // 3,000 × 2.50 and 200 × 10.00 a million
      costs: [{ currency: 'USD', amount: '0.0095' }],
      calls: '3',
      unpricedCalls: '1',
      tokensInput: '3010',
      tokensOutput: '201',
      values: { accuracy: '0.91', f1: '0.5' },
      hours: [
        { hour: '2026-10-01T01:00:00.000Z', costs: [{ currency: 'USD', amount: '0.0035' }] },
        { hour: '2026-10-01T02:00:00.000Z', costs: [{ currency: 'USD', amount: '0.006' }] },
      ],
    },
  ])
})

test('narrowed to teams, a run has the calls of those teams alone', async () => {
  const shared = { 'infrazen.experiment': 'shared', 'infrazen.run': 'r' }
  await send([
    call('2026-10-01T05:00:00Z', { ...shared, 'infrazen.team': 'search' }, { input: 1000, output: 0 }),
    call('2026-10-01T05:00:00Z', { ...shared, 'infrazen.team': 'ads' }, { input: 2000, output: 0 }),
    call('2026-10-01T05:00:00Z', shared, { input: 4000, output: 0 }),
  ])
  const tokens = async (query: string) => {
    const { runs } = await list(`&experiment=shared${query}`)
    return runs.map((run: { tokensInput: string }) => run.tokensInput)
  }
  expect(await tokens('')).toEqual(['7000'])
  expect(await tokens('&team=search')).toEqual(['1000'])
  expect(await tokens('&team=search&team=')).toEqual(['5000'])
  expect(await tokens('&team=nobody')).toEqual([])
})

test('a run that has just begun is shown before its first call', async () => {
  await report('first', { experiment: 'other', startedAt: '2026-10-02T10:00:00Z' })
  const { runs } = await list('&experiment=other')
  expect(runs).toMatchObject([{ run: 'first', calls: '0', costs: [], hours: [] }])
})

test('a figure that is no decimal number is refused with the reason', async () => {
  const refused = await report('bad', { experiment: 'e', values: { accuracy: 'good' } })
  expect(refused.statusCode).toBe(400)
  expect(refused.body).toContain('a decimal number as text')
})
