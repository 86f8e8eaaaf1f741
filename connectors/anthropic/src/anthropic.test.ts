import { readFileSync } from 'node:fs'
import { certificatePage, runConformance, testContext } from '@infrazen/connector-kit/testing'
import { afterEach, describe, expect, test } from 'vitest'
import subjects from './conformance.fixture'
import anthropic from './index'
import { startAnthropic, totalDollars } from './stand-in.fixture'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
const week = { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-11-04T00:00:00Z'), cursor: null }
const now = new Date('2026-11-05T10:00:00Z')

async function start(reports: 'analytics' | 'legacy', switches: Parameters<typeof startAnthropic>[0] = {}) {
  const started = await startAnthropic({ now: () => now.getTime(), ...switches })
  closing.push(started.standIn.close)
  const context = testContext(anthropic, { ...started.credentials, reports }, { now })
  const all = async (kind: 'charges' | 'usage') => {
    const pages = []
    for await (const page of anthropic.read({ kind, ...week }, context)) pages.push(page)
    const problems = pages.flatMap((page) => page.problems ?? [])
    return {
      pages,
      problems,
      charges: pages.flatMap((p) => p.charges ?? []),
      usage: pages.flatMap((p) => p.usage ?? []),
    }
  }
  return { ...started, context, all }
}

test('it keeps every promise of the conformance pack with both reports, and its certificate says what was found', async () => {
  const certificates = await Promise.all(subjects.map(runConformance))
  const lines = certificates.flatMap((certificate) => certificate.lines)
  expect(lines.filter((line) => !line.kept)).toEqual([])
  expect(lines.length).toBeGreaterThan(28)
  const page = readFileSync(new URL('../../../docs/connectors/anthropic.md', import.meta.url), 'utf8')
  expect(page, 'run npm run certify').toBe(certificatePage(anthropic.manifest, certificates))
})

describe.each(['analytics', 'legacy'] as const)('%s', (reports) => {
  test('cents with decimals become dollars to the last digit', async () => {
    const { charges, pages } = await (await start(reports)).all('charges')
    expect(charges.every((row) => /^\d+\.\d{1,7}$/.test(row.BilledCost))).toBe(true)
    const stated = pages.flatMap((page) => page.stated ?? [])
    expect(stated.length).toBeGreaterThan(0)
    const total = charges.reduce((sum, row) => sum + BigInt(Math.round(Number(row.BilledCost) * 1e7)), 0n)
    expect(`${total / 10n ** 7n}.${(total % 10n ** 7n).toString().padStart(7, '0')}`).toBe(
      totalDollars(week.from, week.to),
    )
  })

  test('the default workspace has one id, whichever report tells it', async () => {
    const { all } = await start(reports)
    const ids = new Set((await all('charges')).charges.map((row) => `${row.SubAccountId} ${row.SubAccountName}`))
    expect(ids).toEqual(new Set(['wrkspc_default Default', 'wrkspc_bot Support bot']))
  })
})

test('the analytics reports bring keys and list prices, the older ones leave both unknown', async () => {
  const { charges } = await (await start('analytics')).all('charges')
  expect(charges[0]).toMatchObject({ ResourceId: 'apikey_main', ResourceName: 'main', BillingAccountName: 'Nordwind' })
  expect(Number(charges[0]!.ListCost)).toBeCloseTo(Number(charges[0]!.BilledCost) * 2, 6)
  const { charges: older } = await (await start('legacy')).all('charges')
  expect(older[0]).toMatchObject({ ResourceId: null, ListCost: null })
})

test('an older report that is too large is read with fewer dimensions, and says which was dropped', async () => {
  const { all } = await start('legacy', { mostDimensions: 4 })
  const { usage, problems } = await all('usage')
  expect(problems.map((problem) => problem.message).join(' ')).toMatch(/inference_geo.*context_window/)
  expect(usage.find((row) => row.tier === 'priority')).toMatchObject({ project: 'wrkspc_bot', attributes: {} })
})

test('Claude Code comes by person and day; its estimate is told beside and is no charge', async () => {
  const { all } = await start('analytics')
  const { usage } = await all('usage')
  const code = usage.filter((row) => row.attributes.customer_type === 'api')
  expect(code).toHaveLength(3)
  expect(code[0]).toMatchObject({
    user: 'jun@nordwind.example',
    units: { 'input.text.plain': '100000', 'input.text.cache_write': '5000' },
    attributes: { estimated_cost_cents: '1025', sessions: '5', commits: '2' },
  })
})

test('an organization without Claude Code is read all the same, and that is said', async () => {
  const { problems, pages } = await (await start('analytics', { claudeCode: false })).all('usage')
  expect(problems.map((problem) => problem.code)).toEqual(['part_missing'])
  expect(pages.at(-1)).toMatchObject({ cursor: null, partDone: false })
})

test('where analytics is not open the test says which right is missing', async () => {
  const { context } = await start('analytics', { analyticsOpen: false })
  expect(await anthropic.test(context)).toMatchObject({
    account: { name: 'Nordwind' },
    checks: [
      { right: 'organization', state: 'works' },
      { right: 'cost', state: 'missing', message: expect.stringContaining('Analytics is not enabled') },
      { right: 'usage', state: 'missing' },
      { right: 'directory', state: 'works' },
    ],
  })
})
