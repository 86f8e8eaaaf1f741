import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../primitives/ids'
import { sumDecimals } from '../../primitives/money'
import { answerQuestion } from './answer-question'
import type { Granularity } from './contract'
import { type LedgerFixture, openLedgerFixture, question } from './ledger-fixture'
import { checkedTimeZone, localDate, localTime, startOfLocalDay } from './time-zone'

const zones = [
  'Asia/Seoul',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'America/New_York',
  'Europe/Moscow',
  'Europe/Berlin',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'UTC',
]
const granularities: Granularity[] = ['15m', 'hour', 'day', 'week', 'month', 'quarter', 'year']
let ledger: LedgerFixture

beforeAll(async () => {
  ledger = await openLedgerFixture()
})
afterAll(() => ledger.close())

test('the sum of buckets is the whole in every zone and granularity, over both changes of the clocks', async () => {
  // Both changes of 2025 in New York and Berlin lie in here.
  const from = Date.parse('2025-03-01T00:00:00Z')
  const minutes = 260 * 24 * 60
  const charge = fc.record({
    at: fc.integer({ min: 0, max: minutes * 60 }),
    units: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
  })
  const moment = (seconds: number) => new Date(from + seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')
  await fc.assert(
    fc.asyncProperty(
      fc.array(charge, { minLength: 40, maxLength: 80 }),
      fc.array(charge, { minLength: 40, maxLength: 80 }),
      async (charges, calls) => {
        const organizationId = newId()
        const amount = ({ units }: { units: bigint }) => `${units}e-9`
        // Around the hours that clocks skip or repeat, whatever chance brings.
        const edges = [
          '2025-03-09T06:59:59Z',
          '2025-03-09T07:00:00Z',
          '2025-11-02T05:30:00Z',
          '2025-11-02T06:30:00Z',
          '2025-03-30T00:59:59Z',
          '2025-10-26T00:30:00Z',
          '2025-10-26T01:30:00Z',
        ].map((text) => ({ at: (Date.parse(text) - from) / 1000, units: 1n }))
        await ledger.bill(
          [...charges, ...edges].map((c) => ({ ChargePeriodStart: moment(c.at), EffectiveCost: amount(c) })),
          { organizationId },
        )
        await ledger.calls(
          [...calls, ...edges].map((c) => ({
            OrganizationId: organizationId,
            StartedAt: `${moment(c.at)}.000`,
            Cost: amount(c),
          })),
        )
        const whole = sumDecimals([...charges, ...edges, ...calls, ...edges].map(amount))
        for (const timeZone of zones) {
          for (const granularity of granularities) {
            const answer = await answerQuestion(
              ledger.explorer,
              { organizationId, actor: 'test' },
              question({
                metrics: ['effective_cost', 'calls'],
                granularity,
                timeZone,
                period: { from: '2025-02-01', to: '2026-02-01' },
              }),
            )
            expect(answer.totals, timeZone).toEqual([[null, whole, String(calls.length + edges.length)]])
            expect(sumDecimals(answer.rows.map((row) => row[1] ?? '0'))).toBe(whole)
            const starts = answer.rows.map((row) => row[0]!)
            expect(new Set(starts).size).toBe(starts.length)
            const pattern = {
              '15m': /:(00|15|30|45):00/,
              // Lord Howe's clocks move by half an hour: the half hour that is repeated stands alone.
              hour: timeZone === 'Australia/Lord_Howe' ? /:(00|30):00/ : /:00:00/,
              day: /T00:00:00|T01:00:00/,
              week: /T00:00:00/,
              month: /-01T00:00:00/,
              quarter: /-(01|04|07|10)-01T00:00:00/,
              year: /-01-01T00:00:00/,
            }[granularity]
            for (const start of starts) expect(start, `${timeZone} ${granularity}`).toMatch(pattern)
            if (granularity === 'week')
              for (const start of starts) expect(new Date(`${start.slice(0, 10)}T00:00:00Z`).getUTCDay()).toBe(1)
          }
        }
      },
    ),
    { numRuns: 1, endOnFailure: true },
  )
})

test('days of one zone cover its time without gap or overlap, where midnight is skipped too', () => {
  for (const timeZone of [...zones, 'America/Santiago', 'Asia/Beirut', 'America/Havana', 'Pacific/Apia']) {
    let previous = startOfLocalDay('2025-02-28', timeZone)
    for (let day = Date.parse('2025-03-01T00:00:00Z'); day < Date.parse('2025-11-30T00:00:00Z'); day += 86_400_000) {
      const date = new Date(day).toISOString().slice(0, 10)
      const start = startOfLocalDay(date, timeZone)
      expect(start - previous, `${timeZone} ${date}`).toBeGreaterThanOrEqual(82_800_000)
      expect(localDate(start, timeZone)).toBe(date)
      expect(localDate(start - 1000, timeZone)).not.toBe(date)
      previous = start
    }
  }
})

test('a bucket is written with the offset that held at its start', () => {
  expect(localTime(Date.parse('2026-11-01T00:00:00Z'), 'Asia/Kathmandu')).toBe('2026-11-01T05:45:00+05:45')
  expect(localTime(Date.parse('2025-11-02T05:30:00Z'), 'America/New_York')).toBe('2025-11-02T01:30:00-04:00')
  expect(localTime(Date.parse('2025-11-02T06:30:00Z'), 'America/New_York')).toBe('2025-11-02T01:30:00-05:00')
})

test.each([["UTC'); DROP TABLE charges_v1; --"], ['Mars/Olympus'], ['']])('%j is no time zone', (name) => {
  expect(() => checkedTimeZone(name)).toThrow('There is no time zone')
})
