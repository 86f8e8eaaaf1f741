import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../primitives/ids'
import { answerQuestion } from './answer-question'
import { countedRows } from './counted-rows'
import { coverageOf } from './ledger-facts'
import { type LedgerFixture, openLedgerFixture, question } from './ledger-fixture'

let ledger: LedgerFixture
beforeAll(async () => {
  ledger = await openLedgerFixture({ now: () => Date.parse('2026-11-25T12:00:00Z') })
})
afterAll(() => ledger.close())

const openAi = { ServiceProviderName: 'OpenAI', BillingAccountId: 'acc', EffectiveCost: '100', BilledCost: '100' }

/** A call a quarter hour from 21 to 26 November UTC, each 1 dollar; returns a question about when they count. */
async function callsEachQuarter(bill: Record<string, unknown>[], account = 'acc') {
  const organizationId = newId()
  const first = Date.parse('2026-11-21T00:00:00Z')
  await ledger.calls(
    Array.from({ length: 5 * 96 }, (_, n) => ({
      OrganizationId: organizationId,
      StartedAt: new Date(first + n * 900_000 + 1).toISOString(),
      RecordedAt: '2026-11-25 00:00:00.000',
      AccountId: account,
      Cost: '1',
    })),
  )
  const batch = await ledger.bill(
    bill.map((charge) => ({ ...openAi, ...charge })),
    { organizationId, covers: true },
  )
  const ask = (
    timeZone: string,
    granularity: '15m' | 'day' | null,
    period = { from: '2026-11-21T00:00:00Z', to: '2026-11-26T00:00:00Z' },
  ) =>
    answerQuestion(
      ledger.explorer,
      { organizationId, actor: 'test' },
      question({
        metrics: ['estimated_cost', 'effective_cost'],
        period,
        timeZone,
        granularity,
        filters: [{ dimension: 'model', isNull: false }],
      }),
    )
  return { organizationId, batch, ask }
}

const day = (from: string) => ({
  ChargePeriodStart: from,
  ChargePeriodEnd: new Date(Date.parse(from) + 86_400_000).toISOString(),
})

describe.each([
  // A bill of the source's own days 22 and 23 November, and the moment it ends.
  ['Asia/Seoul', '2026-11-21T15:00:00Z', '2026-11-23T15:00:00Z'],
  ['Europe/Moscow', '2026-11-21T21:00:00Z', '2026-11-23T21:00:00Z'],
  ['America/New_York', '2026-11-22T05:00:00Z', '2026-11-24T05:00:00Z'],
])('a bill of two days of %s', (zone, from, to) => {
  test('covers exactly these: an estimate counts up to the quarter hour before and from the one after', async () => {
    const second = new Date(Date.parse(from) + 86_400_000).toISOString()
    const { ask, organizationId } = await callsEachQuarter([day(from), day(second)])
    const answer = await ask('UTC', '15m')
    const counted = answer.rows.filter((row) => row[2] !== null).map((row) => Date.parse(row[0]!))
    const uncovered = answer.rows
      .map((row) => Date.parse(row[0]!))
      .filter((at) => at < Date.parse(from) || at >= Date.parse(to))
    expect(answer.rows.length).toBe(5 * 96)
    expect(counted).toEqual(uncovered)
    expect(counted.length).toBe(3 * 96)
    // Statements that find the covered stretches themselves count the same: 200 of the bill and the estimates.
    const rows = countedRows(organizationId, { from: '2026-11-21', to: '2026-11-26' }, 'UTC', null)
    const [counts] = await ledger.clickhouse.query<{ e: string }>({
      name: 'test',
      sql: `SELECT sum(e) AS e FROM (${rows.totals()})`,
      params: rows.params.values,
    })
    expect(counts).toEqual({ e: '488' })
    for (const timeZone of ['UTC', zone]) {
      // The whole in one sum, and by days of either zone: the same money counts, whatever rows it was read from.
      expect((await ask(timeZone, null)).rows).toEqual([['480', '288']])
      const byDay = await ask(timeZone, 'day')
      expect(byDay.rows.reduce((sum, row) => sum + Number(row[2] ?? 0), 0)).toBe(288)
    }
  })

  test('reaches through its last day in its own zone, and elsewhere through the last day that is billed to its end', async () => {
    const second = new Date(Date.parse(from) + 86_400_000).toISOString()
    const { organizationId } = await callsEachQuarter([day(from), day(second)])
    const reach = async (timeZone: string) =>
      (
        await answerQuestion(
          ledger.explorer,
          { organizationId, actor: 'test' },
          question({ metrics: ['effective_cost'], period: { from: '2026-11-01', to: '2026-12-01' }, timeZone }),
        )
      ).completeness
    expect(await reach(zone)).toEqual({
      billedThrough: '2026-11-23',
      billedUntil: to.replace('.000', ''),
      periodIsOpen: true,
      sources: [],
    })
    for (const timeZone of ['UTC', 'Asia/Seoul', 'Europe/Moscow', 'America/New_York']) {
      const { billedThrough } = await reach(timeZone)
      expect(billedThrough! <= '2026-11-23').toBe(true)
      // The day after it is not billed to its end in that zone.
      expect(billedThrough! >= '2026-11-22').toBe(true)
    }
  })
})

test('an hourly bill that ends at noon covers the morning, its silent hours too, and the afternoon is still estimated', async () => {
  const hour = (at: number) => ({
    ChargePeriodStart: `2026-11-22T${String(at).padStart(2, '0')}:00:00Z`,
    ChargePeriodEnd: `2026-11-22T${String(at + 1).padStart(2, '0')}:00:00Z`,
  })
  const { ask } = await callsEachQuarter([hour(0), hour(1), hour(7), hour(11)])
  expect((await ask('UTC', null)).rows).toEqual([['480', String(480 - 48)]])
})

test('a day without lines between two billed days is not billed', async () => {
  const { ask } = await callsEachQuarter([day('2026-11-21T00:00:00Z'), day('2026-11-23T00:00:00Z')])
  expect((await ask('UTC', null)).rows).toEqual([['480', '288']])
})

test('a withdrawn bill no longer covers, one of another account never did, and a call without account is covered by any', async () => {
  const { ask, batch, organizationId } = await callsEachQuarter([day('2026-11-22T00:00:00Z')])
  expect((await ask('UTC', null)).rows).toEqual([['480', '384']])
  await ledger.log([], [batch], '2026-11-24 00:00:00.000000', organizationId)
  expect((await ask('UTC', null)).rows).toEqual([['480', '480']])
  expect((await (await callsEachQuarter([day('2026-11-22T00:00:00Z')], 'other')).ask('UTC', null)).rows).toEqual([
    ['480', '480'],
  ])
  expect((await (await callsEachQuarter([day('2026-11-22T00:00:00Z')], '')).ask('UTC', null)).rows).toEqual([
    ['480', '384'],
  ])
})

test('taxes and fees bill no usage, and a line without length bills its quarter hour', async () => {
  const { ask } = await callsEachQuarter([
    { ...day('2026-11-22T00:00:00Z'), ChargeCategory: 'Tax' },
    { ChargePeriodStart: '2026-11-24T05:07:00Z', ChargePeriodEnd: '2026-11-24T05:07:00Z' },
  ])
  expect((await ask('UTC', null)).rows).toEqual([['480', '479']])
})

test('accounts that are covered alike stand together, and what lies outside the period is left out', () => {
  const spans = [
    { provider: 'A', account: '1', starts: [0, 200], ends: [150, 300] },
    { provider: 'A', account: '2', starts: [0, 100], ends: [150, 300] },
    { provider: 'A', account: '3', starts: [0], ends: [300] },
    { provider: 'B', account: '1', starts: [500], ends: [600] },
  ]
  const accounts: [string, string][] = [
    ['A', '1'],
    ['A', '2'],
    ['A', '3'],
    ['A', ''],
    ['B', '1'],
    ['C', ''],
  ]
  expect(coverageOf(spans, accounts, 50, 250)).toEqual([
    { provider: 'A', accounts: ['1'], edges: [50, 150, 200, 250] },
    { provider: 'A', accounts: ['2', '3', ''], edges: [50, 250] },
  ])
})
