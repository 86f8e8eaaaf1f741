import { readFileSync } from 'node:fs'
import { ProviderFailure } from '@infrazen/connector-kit'
import { certificatePage, runConformance, testContext } from '@infrazen/connector-kit/testing'
import { afterEach, expect, test } from 'vitest'
import subjects from './conformance.fixture'
import openai from './index'
import { startOpenAi, totalDollars } from './stand-in.fixture'
import { usageKinds } from './usage-kinds'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function start(switches: Parameters<typeof startOpenAi>[0] = {}) {
  const started = await startOpenAi(switches)
  closing.push(started.standIn.close)
  return { ...started, context: testContext(openai, started.credentials) }
}
const october = { from: new Date('2026-10-01T00:00:00Z'), to: new Date('2026-11-01T00:00:00Z'), cursor: null }
async function all(kind: 'charges' | 'usage', context: ReturnType<typeof testContext>, range = october) {
  const pages = []
  for await (const page of openai.read({ kind, ...range }, context)) pages.push(page)
  return {
    pages,
    charges: pages.flatMap((page) => page.charges ?? []),
    usage: pages.flatMap((page) => page.usage ?? []),
  }
}

test('it keeps every promise of the conformance pack, and its certificate says what was found', async () => {
  const certificates = await Promise.all(subjects.map(runConformance))
  const lines = certificates.flatMap((certificate) => certificate.lines)
  expect(lines.filter((line) => !line.kept)).toEqual([])
  expect(lines.length).toBeGreaterThan(14)
  const page = readFileSync(new URL('../../../docs/connectors/openai.md', import.meta.url), 'utf8')
  expect(page, 'run npm run certify').toBe(certificatePage(openai.manifest, certificates))
})

test('amounts that come as a text and as a number keep every digit', async () => {
  const { context } = await start()
  const { charges } = await all('charges', context)
  expect(charges.map((row) => row.BilledCost).some((amount) => amount.length > 11)).toBe(true)
  const total = charges.reduce((sum, row) => sum + BigInt(Math.round(Number(row.BilledCost) * 1e10)), 0n)
  expect(`${total / 10n ** 10n}.${(total % 10n ** 10n).toString().padStart(10, '0')}`).toBe(
    totalDollars(october.from, october.to),
  )
})

test('a charge names its project and its key, archived projects too, and carries the model', async () => {
  const { context } = await start()
  const { charges } = await all('charges', context)
  expect(charges.find((row) => row.SubAccountId === 'proj_search')).toMatchObject({
    SubAccountName: 'Search',
    ResourceId: 'key_prod',
    ResourceName: 'search-prod',
    BillingAccountId: 'org-nordwind',
    BillingPeriodStart: '2026-10-01T00:00:00Z',
    SkuPriceDetails: '{"x_ModelId":"gpt-5.1-2025-11-13"}',
    ListCost: null,
  })
  expect(charges.find((row) => row.SubAccountId === 'proj_old')).toMatchObject({
    SubAccountName: 'Prototype',
    ResourceId: null,
  })
})

test('an organization whose API refuses to split costs by key is read without keys, and that is said', async () => {
  const { context } = await start({ keysOnCosts: false })
  const { pages, charges } = await all('charges', context)
  expect(charges.every((row) => row.ResourceId === null)).toBe(true)
  expect(pages.flatMap((page) => page.problems ?? []).map((problem) => problem.code)).toContain('keys_not_told')
})

test('without the right to names ids stand in their place and no money is missing', async () => {
  const { context } = await start({ missingScopes: ['api.management.read'] })
  const { charges, pages } = await all('charges', context)
  expect(charges[0]).toMatchObject({ SubAccountName: 'proj_search' })
  expect(pages.flatMap((page) => page.problems ?? [])[0]).toMatchObject({ code: 'names_missing' })
  expect(pages.at(-1)?.stated).toEqual([
    { currency: 'USD', amount: totalDollars(october.from, october.to).replace(/0+$/, '') },
  ])
})

test('a kind of usage that the API does not have is left out and said; what was known of it is not emptied', async () => {
  const { context } = await start({ missingKind: 'vector_stores' })
  const { pages } = await all('usage', context, { ...october, to: new Date('2026-10-02T00:00:00Z') })
  const page = pages.find((candidate) => candidate.part === 'usage/vector_stores')
  expect(page).toMatchObject({ partDone: false, usage: [] })
  expect(page?.problems?.[0]?.code).toBe('part_missing')
  expect(pages.filter((candidate) => candidate.partDone)).toHaveLength(usageKinds.length - 1)
})

test('the leaves of a completion add up to its inclusive totals, with and without the newer fields', async () => {
  const { context } = await start()
  const { usage } = await all('usage', context, { ...october, to: new Date('2026-10-03T00:00:00Z') })
  const rows = usage.filter((row) => 'output.text' in row.units)
  expect(rows).toHaveLength(16)
  for (const row of rows) {
    const hour = Date.parse(row.bucketStart) / 3_600_000
    const input = Object.entries(row.units).reduce(
      (sum, [unit, n]) => (unit.startsWith('input.') ? sum + Number(n) : sum),
      0,
    )
    const p = row.project === 'proj_search' ? 0 : 1
    expect(input).toBe((hour % 11) * 100 + (hour % 5) * 10 + 900 + p + (p === 1 ? 77 : 0))
    expect(row.tier).toBe(p === 1 ? 'batch' : 'default')
  }
})

test('a project key is told apart from an admin key that lacks a scope', async () => {
  const { context, credentials, standIn } = await start({ missingScopes: ['api.usage.read'] })
  expect((await openai.test(context)).checks).toMatchObject([
    {
      right: 'costs',
      state: 'missing',
      code: 'forbidden',
      message: expect.stringContaining('Missing scopes: api.usage.read'),
    },
    { right: 'usage', state: 'missing', code: 'forbidden' },
    { right: 'directory', state: 'works' },
  ])
  const wrong = testContext(openai, { ...credentials, adminKey: 'sk-proj-something', baseUrl: standIn.url })
  expect((await openai.test(wrong)).checks.map((check) => check.code)).toEqual([
    'unauthorized',
    'unauthorized',
    'unauthorized',
  ])
})

test('an answer without the field that holds the money is refused as a changed format', async () => {
  const { standIn, context } = await start()
  standIn.faults = (request) => (request.path.endsWith('/costs') ? { rename: ['amount', 'price'] } : null)
  const failed = await all('charges', context).catch((error: unknown) => error)
  expect(failed).toBeInstanceOf(ProviderFailure)
  expect(failed).toMatchObject({ code: 'changed_format', message: expect.stringContaining('amount') })
})
