import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type App, createApp } from '../server/src/app'
import { readSettings } from '../server/src/config'

const browserPath = [
  process.env.INFRAZEN_TEST_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path && existsSync(path))
const absent = [
  browserPath === undefined && 'Chromium',
  !existsSync(fileURLToPath(new URL('../web/dist/index.html', import.meta.url))) && 'the built page (web/dist)',
].filter(Boolean)
if (absent.length > 0) console.warn(`The AI page is not looked at: ${absent.join(', ')} absent. \`npm test\` builds.`)

const authorization = 'Bearer izk_test_0123456789abcdef0123456789abcdef'
const owner = { email: 'mina@nordwind.example', password: 'correct horse battery' }

describe.skipIf(absent.length > 0)('the pages on AI and experiments', () => {
  const folder = mkdtempSync(join(tmpdir(), 'infrazen-ai-page-'))
  const complaints: string[] = []
  let app: App
  let base = ''
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    app = await createApp(
      readSettings({
        INFRAZEN_DATA_DIR: folder,
        INFRAZEN_LOG_LEVEL: 'silent',
        INFRAZEN_BOOTSTRAP_EMAIL: owner.email,
        INFRAZEN_BOOTSTRAP_PASSWORD: owner.password,
        INFRAZEN_BOOTSTRAP_API_KEY: authorization.slice('Bearer '.length),
      }),
    )
    await app.http.listen({ host: '127.0.0.1', port: 0 })
    base = `http://127.0.0.1:${(app.http.server.address() as AddressInfo).port}`
    browser = await chromium.launch({
      executablePath: browserPath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
    })
    const context = await browser.newContext({
      viewport: { width: 1440, height: 1000 },
      locale: 'en-US',
      colorScheme: 'light',
      reducedMotion: 'reduce',
    })
    context.setDefaultTimeout(15_000)
    const signedIn = await context.request.post(`${base}/api/v1/session`, { data: owner, headers: { origin: base } })
    expect(signedIn.ok()).toBe(true)
    page = await context.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('before the first call they say what will stand there and how to begin', async () => {
    await page.goto(`${base}/ai?lang=en`)
    await page.getByRole('heading', { name: 'What your AI work costs will stand here' }).waitFor()
    await page.goto(`${base}/experiments?lang=ko`)
    await page.getByRole('heading', { name: '실험 시작하기' }).waitFor()
    await page.getByText("infrazen.run({ experiment: 'prompt-7' }").waitFor()
    await expectAccessible(page)
  })

  test('AI cost, the price of a token and what the cache saved come out to the cent', async () => {
    const run = { experiment: 'prompt-7', run: 'night-1' }
    await send([
      ...Array.from({ length: 10 }, () => call(run)),
      ...Array.from({ length: 2 }, () => call({ ...run, run: 'night-2' })),
      call({}, { model: 'nobody-sells-this-7b' }),
      call({}, { error: '529' }),
    ])
    await page.goto(`${base}/ai?lang=en&period=7d`)
    const figure = (name: string) =>
      page.locator('.figure', { has: page.getByRole('heading', { name, exact: true }) }).locator('.figure-value')
    await figure('AI cost').waitFor()
    // Each call: 30,000 plain, 60,000 read, 10,000 written and 1,000 answered at 3, 0.30, 3.75 and 15 dollars a million: 0.1605.
    expect(await figure('AI cost').textContent()).toBe('$1.93')
    expect(await figure('Per 1k tokens').textContent()).toBe('$0.001589')
    expect(await figure('Cache share').textContent()).toBe('60.0%')
    const cache = page.getByRole('region', { name: 'What the cache saved' })
    await cache.getByRole('row', { name: 'Without cache' }).waitFor()
    const step = (name: string) => cache.getByRole('row', { name }).first().locator('td').last().textContent()
    expect([
      await step('Without cache'),
      await step('Read from cache'),
      await step('Cache writes'),
      await step('Paid'),
    ]).toEqual(['$3.78', '−$1.94', '+$0.09', '$1.93'])
    await page.getByRole('region', { name: 'Models compared' }).getByText('claude-sonnet-4-5').waitFor()
    await page.getByRole('radio', { name: 'Team' }).click()
    await page.getByRole('region', { name: 'Teams compared' }).getByText('search').waitFor()
    await expectAccessible(page)
  })

  test('usage without a price is a finding that leads to where it is solved', async () => {
    const finding = page.getByRole('region', { name: '1 model has no price' })
    await finding.getByText('nobody-sells-this-7b').waitFor()
    await finding.getByRole('link', { name: 'Add a price' }).click()
    await page.getByRole('cell', { name: 'nobody-sells-this-7b' }).first().waitFor()
    expect(new URL(page.url()).searchParams.get('view')).toBe('unpriced')
  })

  test('a run is a point by its cost and figure, and its cost moves while one watches', async () => {
    await report('night-1', { accuracy: '0.91' })
    await report('night-2', { accuracy: '0.84' })
    await page.goto(`${base}/experiments?lang=en&period=7d`)
    await page.getByRole('button', { name: 'night-2: $0.32, accuracy 0.84' }).waitFor()
    await page.getByRole('button', { name: 'night-1: $1.61, accuracy 0.91' }).press('Enter')
    const drawer = page.locator('.drawer')
    await drawer.getByRole('table', { name: 'Most expensive calls' }).getByRole('row').nth(8).waitFor()
    expect(await drawer.locator('.figure-value').textContent()).toBe('$1.61')
    await expectAccessible(page)
    await send([call({ experiment: 'prompt-7', run: 'night-1' })])
    await drawer.locator('.figure-value', { hasText: '$1.77' }).waitFor()
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'detached' })
  })

  test('runs stand side by side, and the choice is in the address', async () => {
    await page.getByLabel('Compare night-1').check()
    await page.getByLabel('Compare night-2').check()
    const compared = page.getByRole('region', { name: 'Side by side' })
    await compared
      .getByRole('row', { name: /^Cost / })
      .getByText('$0.32')
      .waitFor()
    expect(new URL(page.url()).searchParams.get('compare')).toContain('night-2')
    await page.reload()
    await compared.getByText('−81.8%').first().waitFor()
    await page.getByRole('button', { name: 'Start an experiment' }).click()
    await page.getByRole('radio', { name: 'Python' }).click()
    await page.getByText('infrazen.experiment=prompt-7').waitFor()
    await expectAccessible(page)
    expect(complaints).toEqual([])
  })

  async function send(spans: object[]) {
    const answer = await fetch(`${base}/v1/traces`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({
        resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: 'test' }, spans }] }],
      }),
    })
    expect(answer.status).toBe(200)
  }

  async function report(run: string, values: Record<string, string>) {
    const answer = await fetch(`${base}/api/v1/runs/${run}`, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ experiment: 'prompt-7', values }),
    })
    expect(answer.status).toBe(204)
  }
})

let spans = 0
function call(of: { experiment?: string; run?: string }, { model = '', error = '' } = {}) {
  const at = `${Date.now() - 1000}000000`
  const used = (tokens: number) => ({ intValue: String(error === '' ? tokens : 0) })
  return {
    traceId: (++spans).toString(16).padStart(32, '0'),
    spanId: spans.toString(16).padStart(16, '0'),
    name: 'chat',
    kind: 3,
    startTimeUnixNano: at,
    endTimeUnixNano: at,
    attributes: [
      ...Object.entries({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': model === '' ? 'anthropic' : 'nordwind',
        'gen_ai.request.model': model === '' ? 'claude-sonnet-4-5' : model,
        'infrazen.team': 'search',
        ...(of.experiment && { 'infrazen.experiment': of.experiment }),
        ...(of.run && { 'infrazen.run': of.run }),
        ...(error && { 'error.type': error }),
      }).map(([key, stringValue]) => ({ key, value: { stringValue } })),
      { key: 'gen_ai.usage.input_tokens', value: used(100_000) },
      { key: 'gen_ai.usage.cache_read.input_tokens', value: used(60_000) },
      { key: 'gen_ai.usage.cache_creation.input_tokens', value: used(10_000) },
      { key: 'gen_ai.usage.output_tokens', value: used(1000) },
    ],
    status: error === '' ? {} : { code: 2 },
  }
}

async function expectAccessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`)).toEqual([])
}
