import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type App, createApp } from './app'
import { readSettings } from './config'
import type { Import } from './modules/ingestion/contract'
import { startStandIn } from './storage/clickhouse/testing/start-stand-in'

const databaseUrl = process.env.INFRAZEN_TEST_DATABASE_URL
const key = 'izk_test_roles'

test('roles without servers for both stores are refused with what to do; unknown ones are named', () => {
  expect(() => readSettings({ INFRAZEN_ROLES: 'api' })).toThrow(
    /INFRAZEN_ROLES: several copies need both stores on servers.*INFRAZEN_DATABASE_URL and INFRAZEN_CLICKHOUSE_URL/,
  )
  expect(() => readSettings({ INFRAZEN_ROLES: 'api,cook' })).toThrow(/INFRAZEN_ROLES/)
  expect([...readSettings({}).roles]).toEqual(['api', 'ingest', 'gateway', 'worker'])
})

describe.skipIf(!databaseUrl)('three copies over the same two servers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'infrazen-roles-'))
  const database = `roles_${Date.now()}`
  const copies: Record<string, App> = {}
  let stopStandIn = async () => {}
  const admin = async (sql: string) => {
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    await client.query(sql).finally(() => client.end())
  }
  beforeAll(async () => {
    await admin(`CREATE DATABASE ${database}`)
    const standIn = await startStandIn(join(folder, 'server'))
    stopStandIn = standIn.stop
    const url = new URL(databaseUrl!)
    url.pathname = `/${database}`
    for (const role of ['api', 'ingest', 'worker'])
      copies[role] = await createApp(
        readSettings({
          INFRAZEN_ROLES: role,
          INFRAZEN_DATA_DIR: join(folder, 'shared'),
          INFRAZEN_DATABASE_URL: url.href,
          INFRAZEN_CLICKHOUSE_URL: standIn.url,
          INFRAZEN_LOG_LEVEL: 'silent',
          INFRAZEN_BOOTSTRAP_EMAIL: 'mina@nordwind.example',
          INFRAZEN_BOOTSTRAP_PASSWORD: 'correct horse battery',
          INFRAZEN_BOOTSTRAP_API_KEY: key,
        }),
      )
  }, 240_000)
  afterAll(async () => {
    for (const app of Object.values(copies)) await app.close()
    await stopStandIn()
    await admin(`DROP DATABASE ${database} WITH (FORCE)`)
    rmSync(folder, { recursive: true, force: true })
  }, 120_000)
  const ask = (role: string, url: string, payload?: Buffer | object) =>
    copies[role]!.http.inject({
      url,
      headers: { authorization: `Bearer ${key}` },
      ...(payload ? { method: 'POST' as const, payload } : {}),
    })

  test('each answers its own part, says who has the rest, and is healthy', async () => {
    for (const role of ['api', 'ingest', 'worker']) expect((await ask(role, '/readyz')).statusCode).toBe(200)
    expect((await ask('api', '/api/v1/imports')).statusCode).toBe(200)
    const elsewhere = await ask('api', '/v1/traces', { resourceSpans: [] })
    expect([elsewhere.statusCode, elsewhere.body]).toEqual([404, expect.stringContaining('with the role ingest')])
    expect((await ask('ingest', '/v1/traces', { resourceSpans: [] })).statusCode).toBe(200)
    expect((await ask('ingest', '/api/v1/imports')).json()).toMatchObject({ code: 'not_served_here' })
    expect((await ask('worker', '/api/v1/session')).json()).toMatchObject({ code: 'not_served_here' })
  })

  test('a file sent to the api copy is imported by the worker', async () => {
    const bill = 'BilledCost,BillingCurrency,ChargePeriodStart\n1.5,USD,2026-09-01\n'
    const { id } = (await ask('api', '/api/v1/imports', Buffer.from(bill))).json<{ id: string }>()
    let state: Import
    do {
      await new Promise((resolve) => setTimeout(resolve, 200))
      state = (await ask('api', `/api/v1/imports/${id}`)).json<Import>()
    } while (state.status === 'queued' || state.status === 'running')
    expect([state.status, state.sums[0]?.BilledCost]).toEqual(['succeeded', '1.5'])
  }, 120_000)
})
