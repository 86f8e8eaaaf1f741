import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type App, createApp } from './app'
import { readSettings } from './config'
import type { Import, ImportList } from './modules/ingestion/contract'

const folder = mkdtempSync(join(tmpdir(), 'infrazen-imports-'))
const key = 'izk_test_imports'
let app: App
beforeAll(async () => {
  app = await createApp(
    readSettings({
      INFRAZEN_DATA_DIR: folder,
      INFRAZEN_LOG_LEVEL: 'silent',
      INFRAZEN_BOOTSTRAP_EMAIL: 'mina@nordwind.example',
      INFRAZEN_BOOTSTRAP_PASSWORD: 'correct horse battery',
      INFRAZEN_BOOTSTRAP_API_KEY: key,
    }),
  )
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})

const headers = { authorization: `Bearer ${key}` }
const get = async <T>(url: string) => (await app.http.inject({ url, headers })).json<T>()
const bill = (cost: string) => `BilledCost,BillingCurrency,ChargePeriodStart\n${cost},USD,2026-09-01\n`
async function bring(content: string): Promise<Import> {
  const { id } = (
    await app.http.inject({ method: 'POST', url: '/api/v1/imports', headers, payload: Buffer.from(content) })
  ).json<{ id: string }>()
  for (;;) {
    const state = await get<Import>(`/api/v1/imports/${id}`)
    if (state.status !== 'queued' && state.status !== 'running') return state
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('the list of imports has pages: every import on exactly one of them, newest first, duplicates and refusals too', async () => {
  const made: Import[] = []
  for (const content of [bill('1'), bill('2'), bill('1'), 'no bill', bill('3')]) made.push(await bring(content))
  expect(made.map((one) => one.status)).toEqual(['succeeded', 'succeeded', 'duplicate', 'failed', 'succeeded'])
  const newestFirst = made.map((one) => one.id).reverse()

  const whole = await get<ImportList>('/api/v1/imports')
  expect([whole.imports.map((one) => one.id), whole.next]).toEqual([newestFirst, null])

  const seen: string[] = []
  let cursor: string | null = ''
  for (let pages = 0; cursor !== null && pages < 9; pages++) {
    const page: ImportList = await get(`/api/v1/imports?limit=2${cursor && `&cursor=${cursor}`}`)
    expect(page.imports.length).toBeLessThanOrEqual(2)
    seen.push(...page.imports.map((one) => one.id))
    cursor = page.next
    // An import that comes in between is on no later page, and moves nothing.
    if (pages === 0) await bring(bill('4'))
  }
  expect(seen).toEqual(newestFirst)
  expect(await get('/api/v1/imports?cursor=0190a1b2-0000-7000-8000-000000000001')).toMatchObject({
    status: 400,
    code: 'cursor_unknown',
  })
})
