import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../primitives/ids'
import { announceLedgerChange } from '../ledger'
import { answerQuestion } from './answer-question'
import type { Granularity, QueryRequest } from './contract'
import { type LedgerFixture, openLedgerFixture, question } from './ledger-fixture'

let ledger: LedgerFixture
beforeAll(async () => {
  ledger = await openLedgerFixture({ now: () => Date.parse('2026-06-01T00:00:00Z') })
})
afterAll(() => ledger.close())

const start = Date.parse('2026-02-20T00:00:00Z')
const days = 45
const moment = (quarters: number) => new Date(start + quarters * 900_000).toISOString().replace('.000Z', 'Z')

test('days, hours, quarter hours and single calls give the same answer, in every zone, cut by bills anywhere', async () => {
  const call = fc.record({
    at: fc.integer({ min: 0, max: days * 86_400_000 - 1 }),
    cost: fc.option(fc.bigInt({ min: 0n, max: 10n ** 12n }), { freq: 5 }),
    team: fc.constantFrom('a', 'b', ''),
    account: fc.constantFrom('', '1', '2'),
    currency: fc.constantFrom('USD', 'USD', 'KRW'),
    run: fc.constantFrom('', 'r1', 'r2'),
    tokens: fc.integer({ min: 0, max: 5000 }),
    lag: fc.integer({ min: 0, max: 86_400_000 }),
  })
  const span = fc.record({
    account: fc.constantFrom('1', '2', '3'),
    from: fc.integer({ min: 0, max: days * 96 }),
    length: fc.integer({ min: 1, max: 900 }),
  })
  const asked = fc.record({
    from: fc.integer({ min: 0, max: days * 96 * 15 }),
    length: fc.integer({ min: 1, max: days * 96 * 15 }),
    // Whole days of the zone or ragged minutes.
    whole: fc.boolean(),
    timeZone: fc.constantFrom(
      'UTC',
      'Asia/Seoul',
      'Europe/Moscow',
      'America/New_York',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
    ),
    granularity: fc.constantFrom<Granularity | null>(null, '15m', 'hour', 'day', 'week', 'month', 'quarter', 'year'),
    dimensions: fc.subarray(['team', 'model', 'currency']),
    currency: fc.constantFrom(undefined, 'USD'),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(call, { minLength: 60, maxLength: 120 }),
      fc.array(span, { maxLength: 5 }),
      fc.array(asked, { minLength: 8, maxLength: 8 }),
      async (calls, spans, questions) => {
        const organizationId = newId()
        await ledger.calls(
          calls.map((c) => ({
            OrganizationId: organizationId,
            StartedAt: new Date(start + c.at).toISOString(),
            RecordedAt: new Date(start + c.at + c.lag).toISOString(),
            AccountId: c.account,
            Team: c.team,
            Run: c.run,
            Currency: c.cost === null ? '' : c.currency,
            Cost: c.cost === null ? null : `${c.cost}e-9`,
            CostStatus: c.cost === null ? 'unpriced' : 'priced',
            Units: ['input.text.plain'],
            Quantities: [c.tokens],
            UnitCosts: [c.cost === null ? null : `${c.cost}e-9`],
          })),
        )
        if (spans.length > 0)
          await ledger.bill(
            spans.map((s) => ({
              ServiceProviderName: 'OpenAI',
              BillingAccountId: s.account,
              EffectiveCost: '1',
              ChargePeriodStart: moment(s.from),
              ChargePeriodEnd: moment(s.from + s.length),
            })),
            { organizationId, covers: true },
          )
        const ask = async (request: QueryRequest) => {
          const { columns, rows, totals, basis, currencies, unpriced } = await answerQuestion(
            ledger.explorer,
            { organizationId, actor: 'test' },
            question(request),
          )
          return { columns, rows, totals, basis, currencies, unpriced }
        }
        for (const { from, length, whole, ...rest } of questions) {
          const minute = (n: number) => new Date(start + n * 60_000).toISOString()
          const request: QueryRequest = {
            metrics: ['effective_cost', 'estimated_cost', 'calls', 'tokens_input', 'cost_per_call', 'unpriced_calls'],
            ...rest,
            period: whole
              ? { from: minute(from).slice(0, 10), to: minute(from + length + 1440).slice(0, 10) }
              : { from: minute(from), to: minute(from + length) },
          }
          // The same rows, but told in a way that only finer sources can answer.
          const byQuarters = { ...request, filters: [{ dimension: 'run', notIn: ['none'] }] }
          const byCalls = { ...request, filters: [{ dimension: 'request_model', notIn: ['none'] }] }
          const coarse = await ask(request)
          expect(await ask(byQuarters), JSON.stringify(request)).toEqual(coarse)
          expect(await ask(byCalls), JSON.stringify(request)).toEqual(coarse)
          // As of a moment after everything was recorded: quarter hours that say when.
          expect(await ask({ ...request, asOf: '2026-05-31T23:59:00Z' }), JSON.stringify(request)).toEqual(coarse)
        }
      },
    ),
    { numRuns: 2, endOnFailure: true },
  )
}, 180_000)

test('a correction that takes calls back from the quarter hours is taken back from hours and days too', async () => {
  const organizationId = newId()
  const ask = async (granularity: Granularity | null) =>
    (
      await answerQuestion(
        ledger.explorer,
        { organizationId, actor: 'test' },
        question({
          metrics: ['calls', 'tokens_input', 'estimated_cost'],
          granularity,
          period: { from: '2026-02-20', to: '2026-02-23' },
          currency: 'USD',
        }),
      )
    ).totals
  await ledger.calls(
    [1, 2, 3].map((n) => ({ OrganizationId: organizationId, StartedAt: `2026-02-21 0${n}:20:00.000`, Cost: '0.5' })),
  )
  expect([await ask(null), await ask('hour')]).toEqual([[['3', '300', '1.5']], [[null, '3', '300', '1.5']]])
  await ledger.clickhouse.command({
    name: 'test',
    sql: `INSERT INTO usage_per_15m_v1 SELECT * REPLACE (-Cost AS Cost, -Calls AS Calls, -InputTokens AS InputTokens, -OutputTokens AS OutputTokens)
      FROM usage_per_15m_v1 WHERE OrganizationId = {organizationId:UUID} AND toHour(Bucket, 'UTC') = 2`,
    params: { organizationId },
  })
  announceLedgerChange(organizationId, 'usage')
  expect([await ask(null), await ask('hour')]).toEqual([[['2', '200', '1']], [[null, '2', '200', '1']]])
})

test('a new call ends only answers about its own time', async () => {
  const organizationId = newId()
  const calls = async (day: string) => {
    const period = { from: day, to: new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10) }
    const answer = await answerQuestion(
      ledger.explorer,
      { organizationId, actor: 'test' },
      question({ metrics: ['calls'], period, timeZone: 'Asia/Seoul' }),
    )
    return answer.rows[0]?.[0] ?? null
  }
  const arrives = async (at: string, told: 'when' | 'not when') => {
    await ledger.calls([{ OrganizationId: organizationId, StartedAt: at.replace('Z', '.000').replace('T', ' ') }])
    announceLedgerChange(
      organizationId,
      'usage',
      told === 'when' ? { from: Date.parse(at), to: Date.parse(at) } : undefined,
    )
  }
  await arrives('2026-02-21T20:00:00Z', 'when')
  expect([await calls('2026-02-21'), await calls('2026-02-22'), await calls('2026-02-23')]).toEqual(['0', '1', '0'])
  // Written behind the ledger's back, so that a kept answer can be told from a new one.
  await ledger.calls([{ OrganizationId: organizationId, StartedAt: '2026-02-21 02:00:00.000' }])
  await arrives('2026-02-22T14:59:59Z', 'when')
  expect([await calls('2026-02-21'), await calls('2026-02-22'), await calls('2026-02-23')]).toEqual(['0', '2', '0'])
  await arrives('2026-02-22T15:00:00Z', 'when')
  expect([await calls('2026-02-21'), await calls('2026-02-22'), await calls('2026-02-23')]).toEqual(['0', '2', '1'])
  await arrives('2026-02-22T15:00:01Z', 'not when')
  expect([await calls('2026-02-21'), await calls('2026-02-22'), await calls('2026-02-23')]).toEqual(['1', '2', '2'])
})
