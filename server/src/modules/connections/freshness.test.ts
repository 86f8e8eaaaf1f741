import openai from '@infrazen/connector-openai'
import { expect, test } from 'vitest'
import { freshnessOf } from './freshness'

const now = new Date('2026-11-20T12:00:00Z')
const day = (n: number) => new Date(Date.UTC(2026, 10, n)).toISOString().slice(0, 10)
const at = (n: number, hours: number) => new Date(Date.UTC(2026, 10, n) + hours * 3_600_000)
/** A day that was first seen while it ran and last changed `late` hours after its end. */
const watched = (n: number, late: number, readAt = now) => ({
  day: day(n),
  rows: '10',
  firstSeenAt: at(n, 5),
  changedAt: at(n + 1, late),
  readAt,
})

test('lateness is learned from days that were watched from beginning to end', () => {
  const days = Array.from({ length: 10 }, (_, i) => watched(i + 1, i + 1))
  expect(freshnessOf(openai.manifest, days, now)).toMatchObject({ usualLatenessHours: 9, learnedFrom: 10 })
})

test('a back-fill teaches nothing about lateness: the provider’s usual time stays', () => {
  const days = Array.from({ length: 15 }, (_, i) => ({ ...watched(i + 1, 0), firstSeenAt: now, changedAt: now }))
  expect(freshnessOf(openai.manifest, days, now)).toMatchObject({ usualLatenessHours: 24, learnedFrom: 0 })
})

test('a day is as complete as what was learned says, and no more than when it was last read', () => {
  const days = [
    ...Array.from({ length: 10 }, (_, i) => watched(i + 1, i + 1)),
    ...[11, 12, 13, 14, 15, 16, 17].map((n) => watched(n, 2)),
    watched(18, 1, at(19, 4.5)),
    watched(19, 0, now),
  ]
  const found = freshnessOf(openai.manifest, days, now)
  const share = (n: number) => found.days[n - 1]!.share
  expect(share(1)).toBe(1)
  // Read 4.5 hours after its end and never since: not all of the days learned from were whole by then.
  expect(share(18)).toBeLessThan(1)
  expect(share(18)).toBeGreaterThan(0.4)
  expect(share(20)).toBe(0)
  expect(found.completeThrough).toBe(day(17))
})

test('today is never whole, however often it was read', () => {
  const today = { ...watched(20, 0), firstSeenAt: at(20, 1), changedAt: now, readAt: now }
  const found = freshnessOf(openai.manifest, [watched(19, 0), today], now)
  expect(found.days.at(-1)).toEqual({ day: day(20), rows: 10, share: 0.25 })
})
