import { expect, test } from 'vitest'
import { comparablePart, instantOf, localDate, resolvePeriod } from './period'

const seoul = 'Asia/Seoul'
const now = new Date('2026-11-19T05:32:08Z') // Thursday 14:32 in Seoul

test('a month that still runs is compared with the same days of the month before, up to the same local time', () => {
  const month = resolvePeriod('month', now, seoul)!
  expect(month).toMatchObject({ from: '2026-11-01', to: '2026-12-01', isOpen: true })
  expect(comparablePart(month, now, seoul)).toMatchObject({
    from: '2026-10-01',
    to: '2026-10-19T05:30:00Z',
    lastDay: '2026-10-19',
  })
})

test('today is compared with the same weekday a week before', () => {
  expect(comparablePart(resolvePeriod('today', now, seoul)!, now, seoul)).toMatchObject({
    from: '2026-11-12',
    to: '2026-11-12T05:30:00Z',
  })
})

test('a week begins on Monday and is compared up to the same weekday', () => {
  const week = resolvePeriod('week', now, seoul)!
  expect(week.from).toBe('2026-11-16')
  expect(comparablePart(week, now, seoul)).toMatchObject({ from: '2026-11-09', lastDay: '2026-11-12' })
})

test('the 31st of March is compared with the whole of February', () => {
  const late = new Date('2026-03-31T03:00:00Z')
  expect(comparablePart(resolvePeriod('month', late, seoul)!, late, seoul)).toMatchObject({
    from: '2026-02-01',
    to: '2026-03-01',
    cut: null,
  })
})

test('a closed month is compared with the whole month before it, however long', () => {
  expect(comparablePart(resolvePeriod('2026-03-01..2026-03-31', now, seoul)!, now, seoul)).toMatchObject({
    from: '2026-02-01',
    to: '2026-03-01',
  })
})

test('the same local time survives a clock change between the two periods', () => {
  const berlin = 'Europe/Berlin'
  const november = new Date('2026-11-10T13:00:00Z') // 14:00, winter time
  expect(comparablePart(resolvePeriod('month', november, berlin)!, november, berlin).to).toBe('2026-10-10T12:00:00Z')
})

test('local days follow the zone, and a local midnight is found in it', () => {
  expect(localDate(new Date('2026-11-18T15:00:00Z'), seoul)).toBe('2026-11-19')
  expect(instantOf('2026-11-19', 0, 0, seoul).toISOString()).toBe('2026-11-18T15:00:00.000Z')
})

test('a period that is none is refused', () => {
  expect(resolvePeriod('2026-02-30..2026-03-01', now, seoul)).toBeNull()
  expect(resolvePeriod('2026-03-02..2026-03-01', now, seoul)).toBeNull()
  expect(resolvePeriod('fortnight', now, seoul)).toBeNull()
})
