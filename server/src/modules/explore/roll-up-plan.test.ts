import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Granularity } from './contract'
import { planRollUps } from './roll-up-plan'
import { localDate, localTime } from './time-zone'

const zones = [
  'UTC',
  'Asia/Seoul',
  'Europe/Moscow',
  'America/New_York',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/Santiago',
]
const granularities: (Granularity | null)[] = [null, '15m', 'hour', 'day', 'week', 'month', 'quarter', 'year']

/** Which bucket of the zone a moment is in, told by the clock on the wall alone. */
function bucketOf(seconds: number, granularity: Granularity | null, timeZone: string): string {
  if (granularity === null) return ''
  if (granularity === '15m') return String(Math.floor(seconds / 900))
  if (granularity === 'hour') return localTime(seconds * 1000, timeZone).replace(/:\d\d:\d\d/, '')
  const date = localDate(seconds * 1000, timeZone)
  if (granularity === 'day') return date
  if (granularity === 'week') return String(Math.floor((Date.parse(date) / 86_400_000 + 3) / 7))
  if (granularity === 'month') return date.slice(0, 7)
  return granularity === 'year'
    ? date.slice(0, 4)
    : `${date.slice(0, 4)} ${Math.floor((Number(date.slice(5, 7)) - 1) / 3)}`
}

test('the parts of a period are disjoint, are all of it, and no row of them lies across a bucket or a change of coverage', () => {
  const start = Date.parse('2025-10-01T00:00:00Z') / 1000
  fc.assert(
    fc.property(
      fc.record({
        from: fc.integer({ min: 0, max: 40 * 96 }),
        length: fc.integer({ min: 1, max: 45 * 96 }),
        granularity: fc.constantFrom(...granularities),
        timeZone: fc.constantFrom(...zones),
        edges: fc.uniqueArray(fc.integer({ min: 0, max: 85 * 96 }), { maxLength: 6 }),
      }),
      ({ from, length, granularity, timeZone, edges: quarters }) => {
        const period = { from: start + from * 900, to: start + (from + length) * 900 }
        const edges = quarters.map((n) => start + n * 900).sort((a, b) => a - b)
        const plan = planRollUps(period, granularity, timeZone, edges)
        const covered = new Set<number>()
        const wrong: string[] = []
        for (const [level, size] of [
          ['day', 86_400],
          ['hour', 3600],
          ['quarter', 900],
        ] as const)
          for (const stretch of plan[level]) {
            expect([stretch.from % size, stretch.to % size]).toEqual([0, 0])
            for (let row = stretch.from; row < stretch.to; row += size) {
              const first = bucketOf(row, granularity, timeZone)
              for (let at = row; at < row + size; at += 900) {
                if (covered.has(at)) wrong.push(`${level} ${row} overlaps at ${at}`)
                covered.add(at)
                if (bucketOf(at, granularity, timeZone) !== first)
                  wrong.push(`${level} ${row} lies across buckets at ${at}`)
                if (at > row && edges.includes(at)) wrong.push(`${level} ${row} lies across the edge ${at}`)
              }
            }
          }
        expect(wrong).toEqual([])
        expect([covered.size, Math.min(...covered), Math.max(...covered) + 900]).toEqual([
          length,
          period.from,
          period.to,
        ])
      },
    ),
    { numRuns: 30 },
  )
})

test('most of a long period is read by days, in Seoul by hours where days are asked for', () => {
  const period = { from: Date.parse('2026-07-01T15:00:00Z') / 1000, to: Date.parse('2026-09-29T15:00:00Z') / 1000 }
  const hours = (stretches: { from: number; to: number }[]) =>
    stretches.reduce((sum, { from, to }) => sum + (to - from) / 3600, 0)
  const whole = planRollUps(period, null, 'Asia/Seoul', [])
  expect([hours(whole.day), hours(whole.hour), hours(whole.quarter)]).toEqual([89 * 24, 24, 0])
  const months = planRollUps(period, 'month', 'Asia/Seoul', [])
  expect([hours(months.day), hours(months.hour), hours(months.quarter)]).toEqual([87 * 24, 72, 0])
  const days = planRollUps(period, 'day', 'Asia/Seoul', [])
  expect([hours(days.day), hours(days.hour), hours(days.quarter)]).toEqual([0, 90 * 24, 0])
  const halfHours = planRollUps(period, 'day', 'Asia/Kolkata', [])
  expect([hours(halfHours.day), hours(halfHours.hour), hours(halfHours.quarter)]).toEqual([0, 90 * 23, 90])
})
