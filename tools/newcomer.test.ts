import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const main = join(root, 'server/dist/main.mjs')
const sample = join(root, '../shared/data/focus/focus-1.0-sample-even.csv')
const browserPath =
  [process.env.INFRAZEN_TEST_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    (path) => path && existsSync(path),
  ) ?? null
const owner = { email: 'owner@newcomer.example', password: 'a newcomer starts here' }

const absent = [
  browserPath === null && 'Chromium',
  !existsSync(main) && 'the built server (server/dist)',
  !existsSync(join(root, 'web/dist/index.html')) && 'the built page (web/dist)',
].filter(Boolean)
if (absent.length > 0) console.warn(`The newcomer's path is skipped: ${absent.join(', ')} absent. \`npm test\` builds.`)

describe.skipIf(absent.length > 0)('a newcomer with a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'infrazen-newcomer-'))
  let server: ChildProcess
  let log = ''
  let base = ''
  let browser: Browser
  let context: BrowserContext
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    const port = await freePort()
    base = `http://127.0.0.1:${port}`
    server = spawn(process.execPath, [main], {
      env: {
        ...withoutOurs(process.env),
        NODE_ENV: 'production',
        UV_THREADPOOL_SIZE: '16',
        INFRAZEN_DATA_DIR: join(folder, 'data'),
        INFRAZEN_PORT: String(port),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const gather = (text: Buffer) => {
      log = (log + text.toString()).slice(-4000)
    }
    server.stdout?.on('data', gather)
    server.stderr?.on('data', gather)
    const starting = until(
      () => isReady(base),
      60_000,
      () => `The server did not become ready.\n${log}`,
    )
    browser = await chromium.launch({
      executablePath: browserPath ?? undefined,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
    })
    context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      locale: 'en-US',
      colorScheme: 'light',
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    context.setDefaultTimeout(20_000)
    page = await context.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
    await starting
  })

  afterAll(async () => {
    await browser?.close()
    if (server && server.exitCode === null) {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGTERM')
      const giveUp = setTimeout(() => server.kill('SIGKILL'), 15_000)
      await ended
      clearTimeout(giveUp)
    }
    rmSync(folder, { recursive: true, force: true })
  })

  test('sets the organization up, signs out and in again, and is told how to begin', async () => {
    await page.goto(`${base}/`)
    await heading(page, 'Set up InfraZen')
    await expectAccessible(page)
    await page.getByLabel('Organization', { exact: true }).fill('Newcomer')
    await page.getByLabel('Your name').fill('Nova')
    await page.getByLabel('E-mail').fill(owner.email)
    await page.getByLabel('Password', { exact: true }).fill(owner.password)
    await page.getByLabel('Time zone').selectOption('UTC')
    await page.getByLabel('Currency').selectOption('USD')
    await page.getByRole('button', { name: 'Create organization' }).click()
    await heading(page, 'Your spend will stand here')

    await page.getByRole('button', { name: `Account: ${owner.email}` }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByLabel('E-mail').fill(owner.email)
    await page.getByLabel('Password').fill(owner.password)
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await heading(page, 'Your spend will stand here')
    await page.getByRole('link', { name: 'Import a file' }).waitFor()
    await expectAccessible(page)

    const guide = page.locator('a.guide-link').first()
    const answer = await context.request.get(new URL((await guide.getAttribute('href')) ?? '', base).href)
    expect(answer.status()).toBe(200)
    expect(await answer.text()).toContain('FOCUS')
  })

  test('reads the page in Korean and in Russian', async () => {
    for (const [name, lang, title] of [
      ['한국어', 'ko', '여기에 비용이 나타나요'],
      ['Русский', 'ru', 'Здесь будут ваши расходы'],
      ['English', 'en', 'Your spend will stand here'],
    ] as const) {
      await page.locator('.language-button').click()
      await page.getByRole('menuitemradio', { name, exact: true }).click()
      await heading(page, title)
      expect(await page.locator('html').getAttribute('lang')).toBe(lang)
      await page.getByRole('menu').waitFor({ state: 'detached' })
      await expectAccessible(page)
    }
  })

  test('imports a bill whose total comes out equal to the last digit, and finds its lines', async () => {
    const bill = billFile(folder)
    await page.locator('nav').getByRole('link', { name: 'Data', exact: true }).click()
    await page.getByRole('heading', { name: 'Import a bill' }).waitFor()
    await expectAccessible(page)
    await page.locator('input[type=file][multiple]').setInputFiles(bill.path)
    const imported = page.getByRole('row').filter({ hasText: bill.name }).filter({ hasText: 'In the ledger' })
    await imported.waitFor({ timeout: 40_000 })
    expect(await imported.textContent()).toContain(bill.rows.toLocaleString('en-US'))
    await imported.click()
    const drawer = page.locator('.drawer')
    expect(bill.sums.map(([column]) => column)).toEqual(expect.arrayContaining(['EffectiveCost', 'BilledCost']))
    for (const [column, exact] of bill.sums) {
      const shown = await drawer.locator('.fact-row', { hasText: column }).locator('dd').textContent()
      expect([column, plain(shown)], 'exact sum in the drawer').toEqual([column, exact])
    }
    await expectAccessible(page)
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'detached' })
    const batches = page.getByRole('region', { name: 'Batches' })
    await batches.getByText('Equal', { exact: true }).first().waitFor()
    expect(await batches.getByText('Differs', { exact: true }).count()).toBe(0)

    await page.goto(`${base}/explore?period=2024-09-01..2024-09-30&by=provider&metrics=effective_cost&lang=en`)
    const row = page.locator('.grid-table tbody tr').filter({ hasText: bill.provider })
    await row.waitFor()
    const total = await page.locator('.grid-table tfoot td').nth(1).textContent()
    expect(plain(total)).toBe(plain(toCents(bill.effective)))
    await expectAccessible(page)

    await row.getByRole('gridcell').first().click()
    await drawer.locator('.source-charges tbody tr').first().waitFor()
    expect(plain(await drawer.locator('.source-exact').textContent())).toBe(bill.effectiveOfProvider)
    const lines = drawer.getByRole('region', { name: 'Lines' }).getByRole('heading')
    expect(await lines.textContent()).toContain(bill.rowsOfProvider.toLocaleString('en-US'))
    await expectAccessible(page)
  })

  test('asks a question by keyboard alone', async () => {
    await page.goto(`${base}/explore?period=2024-09-01..2024-09-30&by=provider&metrics=effective_cost&lang=en`)
    await page.locator('.grid-table tbody tr').first().waitFor()
    const { keyboard } = page
    await page.getByRole('button', { name: 'Metric', exact: true }).focus()
    await keyboard.press('Enter')
    await page.getByRole('combobox').waitFor()
    await keyboard.type('list cost')
    await keyboard.press('Enter')
    await page.getByRole('columnheader', { name: 'List cost' }).waitFor()

    await page.getByRole('button', { name: 'Condition', exact: true }).focus()
    await keyboard.press('Enter')
    await page.getByRole('combobox').waitFor()
    await keyboard.type('ChargeCategory')
    await keyboard.press('Enter')
    await page.getByRole('checkbox').first().waitFor()
    await pressUntil(page, 'Tab', () => isFocused(page, '[aria-label="Find a value"]'))
    await keyboard.type('usage')
    await pressUntil(page, 'Tab', () => isFocused(page, '.filter-value input'))
    await keyboard.press('Space')
    await keyboard.press('Enter')
    await page.waitForURL((url) => url.searchParams.get('where')?.includes('Usage') ?? false)
    await page.getByRole('dialog').waitFor({ state: 'detached' })

    // The cells of the answer: arrows move, Enter opens, Escape comes back to the same cell.
    await page.getByRole('gridcell').first().focus()
    await keyboard.press('ArrowRight')
    expect(await isFocused(page, '[data-cell="0:1"]')).toBe(true)
    await keyboard.press('Enter')
    await page.locator('.drawer .source-exact').waitFor()
    await keyboard.press('Escape')
    await page.locator('.drawer').waitFor({ state: 'detached' })
    expect(await isFocused(page, '[data-cell="0:1"]')).toBe(true)
  })

  test('takes the answer along as TSV and as CSV, the same rows as the API gives', async () => {
    const question = {
      metrics: ['effective_cost', 'billed_cost'],
      dimensions: ['service'],
      period: { from: '2024-09-01', to: '2024-10-01' },
      timeZone: 'UTC',
      currency: 'USD',
      orderBy: [{ id: 'effective_cost', direction: 'desc' }],
    }
    const asked = await context.request.post(`${base}/api/v1/query`, { data: question, headers: { origin: base } })
    const { rows } = (await asked.json()) as { rows: (string | null)[][] }
    expect(rows.length).toBeGreaterThan(0)
    const expected = rows.map((row) => row.map((cell) => cell ?? ''))

    await page.goto(
      `${base}/explore?period=2024-09-01..2024-09-30&by=service&metrics=effective_cost,billed_cost&lang=en`,
    )
    await page.locator('.grid-table tbody tr').first().waitFor()
    await page.getByRole('button', { name: 'Copy as TSV' }).click()
    await page.getByText('Copied', { exact: true }).waitFor()
    const copied = (await clipboard(page)).split('\n').map((line) => line.split('\t'))
    expect(copied[0]).toEqual(['Service', 'Effective cost', 'Billed cost'])
    expect(copied.slice(1)).toEqual(expected)

    await page.getByRole('gridcell').first().focus()
    await page.keyboard.press('Shift+ArrowRight')
    await page.keyboard.press('Control+C')
    await page.getByText('Copied: 1').waitFor({ state: 'attached' })
    expect(await clipboard(page)).toBe(expected[0]?.slice(0, 2).join('\t'))

    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export', exact: true }).click()
    await page.getByRole('menuitem', { name: 'This table, CSV' }).click()
    const saved = cells(readFileSync((await (await saving).path()) ?? '', 'utf8'))
    const at = ['service', 'effective_cost', 'billed_cost'].map((id) => saved[0]?.indexOf(id) ?? -1)
    expect(saved.slice(1).map((line) => at.map((index) => line[index] ?? ''))).toEqual(expected)
  })

  test('corrects the rows in quarantine and brings them back', async () => {
    const path = join(folder, 'flawed.csv')
    const [head = '', good = '', ...rest] = smallBill().split('\n')
    const flawed = good
      .replace(/^[^,]+/, '"1,234.56"')
      .replaceAll('Newcomer', 'Flawed')
      .replaceAll(',1000,', ',2000,')
    writeFileSync(path, `${[head, flawed, rest[0]?.replaceAll(',1000,', ',2000,')].join('\n')}\n`)
    await page.goto(`${base}/data?lang=en`)
    await page.locator('input[type=file][multiple]').setInputFiles(path)
    await page.getByRole('row').filter({ hasText: 'flawed.csv' }).filter({ hasText: 'With quarantine' }).click()
    const drawer = page.locator('.drawer')
    await drawer.getByText('thousands_separator').waitFor()
    await expectAccessible(page)

    const download = await context.request.get(
      new URL((await drawer.getByRole('link', { name: 'Download as CSV' }).getAttribute('href')) ?? '', base).href,
    )
    const waiting = await download.text()
    expect(waiting).toContain('"1,234.56"')
    const corrected = join(folder, 'corrected.csv')
    writeFileSync(corrected, waiting.replace('"1,234.56"', '1234.56'))
    await drawer.locator('input[type=file]').setInputFiles(corrected)
    await drawer.getByText('corrected', { exact: true }).waitFor({ timeout: 40_000 })
    await page.keyboard.press('Escape')
  })

  test('makes an API key, sees the call it brings, and revokes it', async () => {
    await page.goto(`${base}/settings?lang=en`)
    await page.getByRole('row').filter({ hasText: owner.email }).filter({ hasText: 'Owner' }).waitFor()
    await page.getByLabel('Name of the new key').fill('assistant')
    await page.getByRole('button', { name: 'Create key' }).click()
    const key = (await page.locator('.key-created code').textContent()) ?? ''
    expect(key).toMatch(/^izk_/)
    await expectAccessible(page)
    const send = () =>
      fetch(`${base}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: oneCall(Date.now() - 60_000),
      })
    expect((await send()).status).toBe(200)

    await page.goto(`${base}/explore?period=7d&by=model&metrics=tokens_total,calls&lang=en`)
    await page.locator('.grid-table tbody tr').filter({ hasText: 'gpt-5.1' }).getByRole('gridcell').first().click()
    const drawer = page.locator('.drawer')
    await drawer.getByText('Calls 1', { exact: true }).click()
    await drawer.locator('.source-table tbody tr').filter({ hasText: 'gpt-5.1' }).waitFor()
    await expectAccessible(page)

    await page.goto(`${base}/settings?lang=en`)
    const row = page.getByRole('row').filter({ hasText: 'assistant' })
    await row.getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke key' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await row.waitFor({ state: 'detached' })
    expect((await send()).status).toBe(401)
  })

  test('notes what happened on the chart, deletes the note and takes that back', async () => {
    await page.goto(`${base}/overview?period=2024-09-01..2024-09-30&lang=en`)
    await page.getByRole('button', { name: 'Add note' }).click()
    await page.getByLabel('What happened').fill('Launch of the assistant')
    await page.getByRole('dialog').getByLabel('Day').fill('2024-09-12')
    await page.getByRole('button', { name: 'Save' }).click()
    const note = page.locator('.chart-notes li').filter({ hasText: 'Launch of the assistant' })
    await note.waitFor()
    expect((await note.textContent())?.replaceAll('\u00a0', ' ')).toContain('12 Sep')
    await expectAccessible(page)
    await note.getByRole('button').click()
    await note.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Undo' }).click()
    await note.waitFor()
  })

  test('reads every page in three languages at three widths, light and dark', { timeout: 180_000 }, async () => {
    const widths = [1440, 1024, 390]
    const paths = ['/overview', '/explore', '/data', '/settings']
    for (const [row, path] of paths.entries()) {
      for (const [column, lang] of ['en', 'ko', 'ru'].entries()) {
        await page.goto(`${base}${path}?period=2024-09-01..2024-09-30&lang=${lang}`)
        await page.locator('h1').waitFor()
        await page.locator('main .skeleton').first().waitFor({ state: 'detached' })
        for (const [index, width] of widths.entries()) {
          await page.setViewportSize({ width, height: 900 })
          expect.soft(await overflow(page), `${path} ${lang} ${width}`).toBeLessThanOrEqual(0)
          // Each page is looked at in every language, width and theme, not in every combination of them.
          if ((index + column) % widths.length !== row % widths.length) continue
          await page.emulateMedia({ colorScheme: (row + column) % 2 === 0 ? 'dark' : 'light' })
          await expectAccessible(page)
        }
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 })
  })

  test('no page has complained', () => {
    expect(complaints).toEqual([])
  })
})

/** axe-core finds nothing serious or critical on the page as it stands. */
async function expectAccessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const grave = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`)
  expect(grave, `axe on ${page.url()}`).toEqual([])
}

/** Looks into the page, whose own types are not those of this test. */
const look = <T>(page: Page, expression: string) => page.evaluate(expression) as Promise<T>
const isFocused = (page: Page, selector: string) =>
  look<boolean>(page, `document.activeElement?.matches(${JSON.stringify(selector)}) ?? false`)

async function pressUntil(page: Page, key: string, done: () => Promise<boolean>) {
  for (let presses = 0; presses < 12; presses++) {
    if (await done()) return
    await page.keyboard.press(key)
  }
  throw new Error(`${key} does not lead there`)
}

const clipboard = (page: Page) => look<string>(page, 'navigator.clipboard.readText()')

/** By how many pixels the page is wider than its window. */
const overflow = (page: Page) =>
  look<number>(page, 'document.documentElement.scrollWidth - document.documentElement.clientWidth')

/** One call of a model with a price, as an exporter sends it. */
function oneCall(startedAt: number): string {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
  const whole = (key: string, value: number) => ({ key, value: { intValue: String(value) } })
  const span = {
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    name: 'chat gpt-5.1',
    kind: 3,
    startTimeUnixNano: `${startedAt}000000`,
    endTimeUnixNano: `${startedAt + 900}000000`,
    attributes: [
      text('gen_ai.operation.name', 'chat'),
      text('gen_ai.provider.name', 'openai'),
      text('gen_ai.request.model', 'gpt-5.1'),
      text('gen_ai.response.model', 'gpt-5.1'),
      whole('gen_ai.usage.input_tokens', 1200),
      whole('gen_ai.usage.output_tokens', 300),
    ],
  }
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ spans: [span] }] }] })
}

async function heading(page: Page, name: string) {
  await page.getByRole('heading', { level: 1, name }).waitFor()
}

type Bill = {
  path: string
  name: string
  provider: string
  rows: number
  /** column and its exact sum, as plain decimal text */
  sums: [string, string][]
  /** exact sum of EffectiveCost */
  effective: string
  /** the same of the lines of `provider` alone, and how many they are */
  effectiveOfProvider: string
  rowsOfProvider: number
}

/** The FOCUS sample beside the repository, or one written here, with its sums taken from the text itself. */
function billFile(folder: string): Bill {
  let path = sample
  if (!existsSync(sample)) {
    console.warn('The FOCUS sample is absent: the newcomer imports a bill written by the test.')
    path = join(folder, 'small-bill.csv')
    writeFileSync(path, smallBill())
  }
  const [head = [], ...lines] = cells(readFileSync(path, 'utf8'))
  const digits = 20
  const column = (name: string) => lines.map((line) => line[head.indexOf(name)] ?? '')
  const total = (name: string) => column(name).reduce((sum, text) => sum + scaled(text, digits), 0n)
  const provider = column('ProviderName')[0] ?? ''
  const own = lines.filter((line) => line[head.indexOf('ProviderName')] === provider)
  return {
    path,
    name: path.split('/').at(-1) ?? '',
    provider,
    rows: lines.length,
    // A column in which a row says nothing has no sum to compare.
    sums: ['EffectiveCost', 'BilledCost', 'ListCost', 'ContractedCost']
      .filter((name) => !column(name).includes('NULL'))
      .map((name) => [name, plain(unscaled(total(name), digits))]),
    effective: plain(unscaled(total('EffectiveCost'), digits)),
    effectiveOfProvider: plain(
      unscaled(
        own.reduce((sum, line) => sum + scaled(line[head.indexOf('EffectiveCost')] ?? '', digits), 0n),
        digits,
      ),
    ),
    rowsOfProvider: own.length,
  }
}

function smallBill(): string {
  const head =
    'BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargeCategory,ChargeDescription,ChargeFrequency,ChargePeriodStart,ChargePeriodEnd,ConsumedQuantity,ConsumedUnit,ContractedCost,EffectiveCost,InvoiceIssuerName,ListCost,PricingQuantity,PricingUnit,ProviderName,PublisherName,ServiceCategory,ServiceName,SkuId'
  const lines = Array.from({ length: 60 }, (_, index) => {
    const day = String((index % 30) + 1).padStart(2, '0')
    const cost = `${index + 1}.${String(index * 7919 + 13).padStart(11, '0')}`
    return `${cost},1000,Newcomer,USD,2024-09-01T00:00:00Z,2024-10-01T00:00:00Z,Usage,Virtual machine,Usage-Based,2024-09-${day}T00:00:00Z,2024-09-${day}T01:00:00Z,1,Hours,${cost},${cost},Example Cloud,${cost},1,Hours,Example Cloud,Example Cloud,Compute,Machines,SKU1`
  })
  return `${[head, ...lines].join('\n')}\n`
}

/** Rows of a CSV with quoted cells (RFC 4180). */
function cells(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? bare ?? '')
    if (end === ',') continue
    if (row.length > 1) rows.push(row)
    row = []
  }
  return rows
}

function scaled(text: string, digits: number): bigint {
  const parts = /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text)
  if (!parts) throw new Error(`not a decimal: ${text}`)
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts
  const shift = digits - fraction.length + Number(exponent)
  if (shift < 0) throw new Error(`more than ${digits} decimal places: ${text}`)
  const value = BigInt(whole + fraction || '0') * 10n ** BigInt(shift)
  return sign === '-' ? -value : value
}

function unscaled(value: bigint, digits: number): string {
  const text = (value < 0n ? -value : value).toString().padStart(digits + 1, '0')
  return `${value < 0n ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** Half away from zero, as the page rounds for display. */
function toCents(text: string): string {
  const thousandths = scaled(text, 20) / 10n ** 17n
  return unscaled((thousandths + (thousandths < 0n ? -5n : 5n)) / 10n, 2)
}

/** An English amount as plain decimal text, without sign of currency, grouping and trailing zeros. */
function plain(text: string | null): string {
  const digits = (text ?? '').replace('−', '-').replace(/[^\d.-]/g, '')
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits
}

async function isReady(base: string): Promise<boolean> {
  try {
    return (await fetch(`${base}/readyz`)).ok
  } catch {
    return false
  }
}

async function until(done: () => Promise<boolean>, limitMs: number, problem: () => string) {
  const end = Date.now() + limitMs
  while (!(await done())) {
    if (Date.now() > end) throw new Error(problem())
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('INFRAZEN_')))
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
