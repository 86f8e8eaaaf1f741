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
        INFRAZEN_BOOTSTRAP_EMAIL: owner.email,
        INFRAZEN_BOOTSTRAP_PASSWORD: owner.password,
        INFRAZEN_BOOTSTRAP_ORGANIZATION: 'Newcomer',
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

  test('signs in and is told how to begin', async () => {
    await page.goto(`${base}/`)
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
    const row = page.locator('.answer-table tbody tr').filter({ hasText: bill.provider })
    await row.waitFor()
    const total = await page.locator('.answer-table tfoot td').nth(1).textContent()
    expect(plain(total)).toBe(plain(toCents(bill.effective)))
    await expectAccessible(page)

    await row.getByRole('button').click()
    await drawer.locator('.source-charges tbody tr').first().waitFor()
    expect(plain(await drawer.locator('.source-exact').textContent())).toBe(bill.effectiveOfProvider)
    const lines = drawer.getByRole('region', { name: 'Lines' }).getByRole('heading')
    expect(await lines.textContent()).toContain(bill.rowsOfProvider.toLocaleString('en-US'))
    await expectAccessible(page)
  })

  test('opens Settings, and no page has complained', async () => {
    await page.locator('nav').getByRole('link', { name: 'Settings', exact: true }).click()
    await page.getByRole('heading', { name: 'API keys' }).waitFor()
    await expectAccessible(page)
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
