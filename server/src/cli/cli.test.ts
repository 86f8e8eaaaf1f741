import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type App, createApp } from '../app'
import { readSettings } from '../config'

// The command as a person types it: a process of its own against a running server, told by its exit code.
vi.setConfig({ testTimeout: 240_000 })
const folder = mkdtempSync(join(tmpdir(), 'infrazen-cli-'))
const key = 'izk_test_command_line'
let app: App
let url = ''
beforeAll(async () => {
  app = await createApp(
    readSettings({
      INFRAZEN_DATA_DIR: join(folder, 'data'),
      INFRAZEN_LOG_LEVEL: 'silent',
      INFRAZEN_BOOTSTRAP_EMAIL: 'mina@nordwind.example',
      INFRAZEN_BOOTSTRAP_PASSWORD: 'correct horse battery',
      INFRAZEN_BOOTSTRAP_API_KEY: key,
    }),
  )
  await app.http.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(app.http.server.address() as AddressInfo).port}`
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
function infrazen(args: string[], env: Record<string, string> = {}) {
  return new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: process.env.HOME, INFRAZEN_URL: url, INFRAZEN_API_KEY: key, ...env },
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (data) => (out += data))
    child.stderr.on('data', (data) => (err += data))
    child.on('close', (code) => resolve({ code, out, err }))
  })
}
function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const header = 'BilledCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd\n'
const row = (cost: string) => `${cost},USD,2026-09-01T00:00:00Z,2026-09-02T00:00:00Z\n`

test('infrazen import: taken in, the same again, bad rows and a refusal, each by output and exit code', async () => {
  const good = file('good.csv', header + row('1.25') + row('2'))
  const first = await infrazen(['import', good])
  expect([first.code, first.err]).toEqual([0, ''])
  expect(first.out).toContain(`${good}: succeeded; rows read 2, accepted 2, quarantined 0 (csv;`)
  expect(first.out).toContain('USD: billed 3.25, effective 3.25, list unknown')

  const again = await infrazen(['import', good])
  expect([again.code, again.out]).toEqual([0, expect.stringContaining('already taken in as')])

  const bad = file('bad.csv', header + row('x') + row('4'))
  const partly = await infrazen(['import', bad])
  expect([partly.code, partly.out]).toEqual([0, expect.stringContaining('problem not_a_number (row 1, BilledCost):')])

  const refused = await infrazen(['import', file('page.csv', '<html></html>'), file('other.csv', header + row('5'))])
  expect(refused.code).toBe(1)
  expect(refused.out).toContain('problem unsupported_content: This is HTML')
  expect(refused.out).toContain('other.csv: succeeded')
})

test('infrazen import says what is missing: a key, a file, a server', async () => {
  const good = file('one.csv', header + row('9'))
  expect(await infrazen(['import', good], { INFRAZEN_API_KEY: '' })).toMatchObject({
    code: 1,
    err: expect.stringContaining('INFRAZEN_API_KEY'),
  })
  expect(await infrazen(['import', good, '--key', 'izk_wrong'])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/key/i),
  })
  expect(await infrazen(['import'])).toMatchObject({ code: 1, err: expect.stringContaining('infrazen import FILE') })
  expect(await infrazen(['import', join(folder, 'absent.csv')])).toMatchObject({
    code: 1,
    err: expect.stringContaining('absent.csv'),
  })
  expect(await infrazen(['import', good, '--url', 'http://127.0.0.1:1'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('infrazen serve'),
  })
})

test('infrazen focus validate tells a file that keeps the rules from one that breaks them', async () => {
  const broken = await infrazen(['focus', 'validate', file('broken.csv', header + row('not money'))])
  expect([broken.code, broken.out]).toEqual([1, expect.stringContaining('BilledCost')])
  const json = await infrazen(['focus', 'validate', '--json', file('json.csv', header + row('1'))])
  expect(JSON.parse(json.out)).toHaveProperty('rows')
})

test('an unknown command shows the usage and ends with 2; help ends with 0', async () => {
  expect(await infrazen(['frobnicate'])).toMatchObject({ code: 2, err: expect.stringContaining('infrazen doctor') })
  expect(await infrazen(['help'])).toMatchObject({ code: 0, out: expect.stringContaining('infrazen restore SNAPSHOT') })
})
