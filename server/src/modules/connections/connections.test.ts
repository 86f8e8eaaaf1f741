import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import openai from '@infrazen/connector-openai'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startOpenAi, totalDollars } from '../../../../connectors/openai/src/stand-in.fixture'
import { type App, createApp } from '../../app'
import { readSettings } from '../../config'
import type { Connection, Run } from './contract'

const folder = mkdtempSync(join(tmpdir(), 'infrazen-connections-'))
const key = 'izk_test_connections'
vi.setConfig({ testTimeout: 180_000 })
let openAi: Awaited<ReturnType<typeof startOpenAi>>
let app: App

beforeAll(async () => {
  openAi = await startOpenAi()
  app = await createApp(
    readSettings({
      INFRAZEN_DATA_DIR: folder,
      INFRAZEN_LOG_LEVEL: 'silent',
      INFRAZEN_BOOTSTRAP_EMAIL: 'mina@nordwind.example',
      INFRAZEN_BOOTSTRAP_PASSWORD: 'correct horse battery',
      INFRAZEN_BOOTSTRAP_API_KEY: key,
      INFRAZEN_ALLOW_PRIVATE_ADDRESSES: '127.0.0.1',
    }),
    // The stand-in has no limits to respect.
    [{ ...openai, manifest: { ...openai.manifest, rateLimit: { perMinute: 100_000, concurrent: 4 } } }],
  )
})
afterAll(async () => {
  await app?.close()
  await openAi?.standIn.close()
  rmSync(folder, { recursive: true, force: true })
})

async function ask<T = Record<string, unknown>>(method: InjectOptions['method'], url: string, payload?: object) {
  const response = await app.http.inject({ method, url, payload, headers: { authorization: `Bearer ${key}` } })
  return { status: response.statusCode, body: response.json() as T, text: response.body }
}
const connect = (name: string, more: object = {}, organization = 'org-nordwind') =>
  ask<Connection>('POST', '/api/v1/connections', {
    connector: 'openai',
    name,
    values: { ...openAi.credentials, organization },
    historyMonths: 2,
    ...more,
  })
const runsOf = async (id: string) => (await ask<{ runs: Run[] }>('GET', `/api/v1/connections/${id}/runs`)).body.runs
async function ended(id: string, runId?: string): Promise<Run> {
  for (let tries = 0; tries < 1500; tries++) {
    const run = (await runsOf(id)).find((candidate) => runId === undefined || candidate.id === runId)
    if (run && ['succeeded', 'failed', 'cancelled'].includes(run.status)) return run
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the run did not end')
}
const spend = async () =>
  (
    await ask<{ totals: unknown[]; rows: string[][] }>('POST', '/api/v1/query', {
      metrics: ['billed_cost'],
      dimensions: ['provider'],
      granularity: null,
      period: { from: monthsAgo(2), to: monthsAgo(-1) },
      filters: [{ dimension: 'provider', in: ['OpenAI'] }],
      timeZone: 'UTC',
    })
  ).body
const monthStart = (back: number) => {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1))
}
const monthsAgo = (back: number) => monthStart(back).toISOString().slice(0, 10)
const tomorrow = () => new Date(Math.floor(Date.now() / 86_400_000 + 1) * 86_400_000)
const plain = (amount: string) => amount.replace(/\.?0+$/, '')

let connection: Connection

test('the gallery is drawn from the manifests', async () => {
  const { body } = await ask<{ connectors: { id: string; credentials: unknown[] }[] }>('GET', '/api/v1/connectors')
  expect(body.connectors.map((connector) => connector.id)).toContain('openai')
})

test('credentials are tried before they are stored, and the missing right is named', async () => {
  openAi.switches.missingScopes = ['api.usage.read']
  const { body } = await ask('POST', '/api/v1/connections/test', { connector: 'openai', values: openAi.credentials })
  openAi.switches.missingScopes = []
  expect(body).toMatchObject({
    ok: false,
    checks: [
      { right: 'costs', state: 'missing', message: expect.stringContaining('api.usage.read') },
      { right: 'usage', state: 'missing' },
      { right: 'directory', state: 'works' },
    ],
  })
  expect((await ask('GET', '/api/v1/connections')).body).toMatchObject({ connections: [] })
})

test('a form that cannot be right says which field and why', async () => {
  const { status, body } = await ask('POST', '/api/v1/connections', {
    connector: 'openai',
    name: 'x',
    values: { adminKey: 'no', baseUrl: 'ftp://x', colour: 'blue' },
  })
  expect(status).toBe(400)
  expect(body).toMatchObject({
    code: 'invalid_credentials',
    problems: [
      { field: 'adminKey', code: 'pattern' },
      { field: 'organization', code: 'missing' },
      { field: 'baseUrl', code: 'address' },
      { field: 'colour', code: 'unknown' },
    ],
  })
})

test('the first sync brings two months into the ledger, to the last digit, and usage beside it', async () => {
  const made = await connect('OpenAI production')
  expect(made.status).toBe(201)
  connection = made.body
  const run = await ended(connection.id)
  expect(run).toMatchObject({ status: 'succeeded', kind: 'first', problems: [] })
  const total = totalDollars(monthStart(1), tomorrow())
  expect(run.sums).toEqual([{ currency: 'USD', read: plain(total), stated: plain(total) }])
  expect((await spend()).rows).toEqual([['OpenAI', plain(total)]])
  const batches = (await ask<{ batches: { proof: { equal: boolean }[] }[] }>('GET', '/api/v1/batches')).body.batches
  expect(batches).toHaveLength(2)
  expect(batches.every((batch) => batch.proof.length > 0 && batch.proof.every((proof) => proof.equal))).toBe(true)
  const usage = await ask<{ rows: { unit: string }[] }>(
    'GET',
    `/api/v1/connections/${connection.id}/usage?from=${monthsAgo(1)}&to=${monthsAgo(0)}`,
  )
  expect(new Set(usage.body.rows.map((row) => row.unit))).toContain('input.text.cache_read')
})

test('every answer says how complete each source is in its period', async () => {
  const answer = (await spend()) as unknown as { completeness: { sources: Record<string, unknown>[] } }
  const [source] = answer.completeness.sources
  expect(source).toMatchObject({ source: 'OpenAI production', completeThrough: expect.stringMatching(/^\d{4}-/) })
  const incomplete = source!.incomplete as { day: string; share: number }[]
  expect(incomplete.at(-1)).toMatchObject({ day: new Date().toISOString().slice(0, 10) })
  expect(incomplete.every(({ share }) => share < 1)).toBe(true)
})

test('no answer of the API holds the secret, and the database holds it sealed', async () => {
  for (const path of [
    '/api/v1/connections',
    `/api/v1/connections/${connection.id}`,
    `/api/v1/connections/${connection.id}/runs`,
  ])
    expect((await ask('GET', path)).text).not.toContain(openAi.credentials.adminKey)
  const { rows } = await app.postgres.pool.query('SELECT row_to_json(c)::text AS text FROM connections c')
  expect(rows).toHaveLength(1)
  expect(rows[0].text).not.toContain(openAi.credentials.adminKey)
  expect((await ask<Connection>('GET', `/api/v1/connections/${connection.id}`)).body.sealed).toEqual(['adminKey'])
})

test('reading again changes nothing while the provider says the same', async () => {
  const { body } = await ask<{ runId: string }>('POST', `/api/v1/connections/${connection.id}/sync`)
  const run = await ended(connection.id, body.runId)
  expect(run.status).toBe('succeeded')
  expect(new Set(run.results.map((result) => result.outcome))).toEqual(new Set(['unchanged']))
  expect((await ask<{ batches: unknown[] }>('GET', '/api/v1/batches')).body.batches).toHaveLength(2)
})

test('a restated day replaces its month once, and going back to the first word is no duplicate', async () => {
  const yesterday = Math.floor(Date.now() / 86_400_000) - 1
  const sync = async () => {
    const { body } = await ask<{ runId: string }>('POST', `/api/v1/connections/${connection.id}/sync`)
    return ended(connection.id, body.runId)
  }
  const before = (await spend()).rows
  openAi.switches.restated = (day) => (day === yesterday ? 10_000_000_000n : 0n)
  await sync()
  const raised = totalDollars(monthStart(1), tomorrow(), openAi.switches.restated)
  expect((await spend()).rows).toEqual([['OpenAI', plain(raised)]])
  openAi.switches.restated = () => 0n
  await sync()
  expect((await spend()).rows).toEqual(before)
})

test('a back-fill reads whole months of the past and says how far it is', async () => {
  const { body, status } = await ask<{ runId: string }>('POST', `/api/v1/connections/${connection.id}/backfill`, {
    from: monthsAgo(4),
    to: monthsAgo(3),
  })
  expect(status).toBe(202)
  const run = await ended(connection.id, body.runId)
  expect(run).toMatchObject({ status: 'succeeded', progress: 1 })
  expect(run.results.filter((result) => result.outcome === 'imported').map((result) => result.subject)).toEqual([
    `org-nordwind ${monthsAgo(3).slice(0, 7)}`,
    `org-nordwind ${monthsAgo(4).slice(0, 7)}`,
  ])
})

test('a lost right is told in words, stays told, and new credentials heal it', async () => {
  openAi.standIn.faults = () => ({ status: 403 })
  const { body } = await ask<{ runId: string }>('POST', `/api/v1/connections/${connection.id}/sync`)
  expect(await ended(connection.id, body.runId)).toMatchObject({ status: 'failed', problems: [{ code: 'forbidden' }] })
  expect((await ask('GET', `/api/v1/connections/${connection.id}`)).body).toMatchObject({
    state: 'attention',
    problem: { code: 'forbidden', message: expect.not.stringContaining(openAi.credentials.adminKey) },
  })
  openAi.standIn.faults = null
  await ask('PATCH', `/api/v1/connections/${connection.id}`, { values: { adminKey: openAi.credentials.adminKey } })
  expect((await ask('GET', `/api/v1/connections/${connection.id}`)).body).toMatchObject({ problem: null })
})

test('one connection that hangs does not keep another one waiting, and can be cancelled', async () => {
  openAi.standIn.faults = (request) =>
    request.path.includes('/usage/') ? { status: 429, headers: { 'retry-after': '30' } } : null
  const slow = (await connect('Throttled', {}, 'org-slow')).body
  await new Promise((resolve) => setTimeout(resolve, 1500))
  const other = await startOpenAi()
  try {
    const quick = (
      await connect('Quick', { values: { ...other.credentials, organization: 'org-quick' }, historyMonths: 1 })
    ).body
    expect(await ended(quick.id)).toMatchObject({ status: 'succeeded' })
    expect((await runsOf(slow.id))[0]!.status).toBe('running')
    expect((await ask('POST', `/api/v1/connections/${slow.id}/cancel`)).status).toBe(200)
    expect(await ended(slow.id)).toMatchObject({ status: 'cancelled' })
  } finally {
    openAi.standIn.faults = null
    await other.standIn.close()
  }
})

test('a deleted connection comes back whole; its charges never left', async () => {
  const before = (await spend()).rows
  expect((await ask('DELETE', `/api/v1/connections/${connection.id}`)).status).toBe(200)
  expect((await ask('GET', `/api/v1/connections/${connection.id}`)).status).toBe(404)
  expect((await spend()).rows).toEqual(before)
  expect((await connect('OpenAI production', { sync: false }, 'org-third')).status).toBe(201)
  const back = await ask<Connection>('POST', `/api/v1/connections/${connection.id}/restore`)
  expect(back.body).toMatchObject({ name: 'OpenAI production 2', sealed: ['adminKey'], deletedAt: null })
})

test('an account is connected once: twice, its charges would count twice', async () => {
  const again = await connect('Again')
  expect(again).toMatchObject({ status: 409, body: { code: 'account_connected', connection: 'OpenAI production 2' } })
  const values = { organization: 'org-other' }
  expect(await ask('PATCH', `/api/v1/connections/${connection.id}`, { values })).toMatchObject({
    status: 409,
    body: { code: 'other_account' },
  })
})

test('an address of a private network is refused in words', async () => {
  const values = { ...openAi.credentials, baseUrl: 'https://169.254.169.254' }
  expect((await ask('POST', '/api/v1/connections/test', { connector: 'openai', values })).body).toMatchObject({
    ok: false,
    checks: [{ code: 'address_refused', message: expect.stringContaining('INFRAZEN_ALLOW_PRIVATE_ADDRESSES') }, {}, {}],
  })
})
