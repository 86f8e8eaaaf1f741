import type { QueryAnswer } from '@server/modules/explore/contract'
import { expect, test } from 'vitest'
import { sum } from '../ui/format'
import { bucketsOf, groupsOf, totalOfMetric, valuesOf } from './answer'

const column = (id: string, kind: 'time' | 'dimension' | 'metric') => ({
  id,
  kind,
  type: 'string' as const,
  unit: null,
  currency: null,
})
const answer = {
  columns: [
    column('time', 'time'),
    column('provider', 'dimension'),
    column('basis', 'dimension'),
    column('effective_cost', 'metric'),
  ],
  rows: [
    ['2026-11-01T00:00:00+09:00', 'AWS', 'billed', '0.1'],
    ['2026-11-02T00:00:00+09:00', 'AWS', 'billed', '0.2'],
    ['2026-11-02T00:00:00+09:00', 'AWS', 'estimated', '0.3'],
    ['2026-11-02T00:00:00+09:00', null, 'estimated', null],
  ],
  totals: [[null, null, null, '0.6']],
} as unknown as QueryAnswer
const days = bucketsOf('2026-11-01', '2026-11-03', 'day', new Date(), () => new Date(0))

test('bill and estimate of one entity stay apart and add up to its total exactly', () => {
  const groups = groupsOf(answer, 'provider', 'effective_cost', days, 'day', 'Asia/Seoul')
  const aws = groups.find((group) => group.id === 'AWS')!
  expect(aws.values).toEqual(['0.1', '0.2', null])
  expect(aws.estimates).toEqual([null, '0.3', null])
  expect(aws.total).toBe('0.6')
  expect(sum([...aws.values, ...aws.estimates])).toBe(totalOfMetric(answer, 'effective_cost'))
})

test('what is unknown stays unknown and does not become zero', () => {
  const groups = groupsOf(answer, 'provider', 'effective_cost', days, 'day', 'Asia/Seoul')
  expect(groups.find((group) => group.id === null)?.total).toBeNull()
  expect(valuesOf(answer, 'effective_cost', days, 'day', 'Asia/Seoul')).toEqual(['0.1', '0.5', null])
})

test('a day without a charge still has its place in the picture', () => {
  expect(days).toEqual(['2026-11-01', '2026-11-02', '2026-11-03'])
  expect(bucketsOf('2026-11-30', '2026-12-31', 'month', new Date(), () => new Date(0))).toEqual([
    '2026-11-01',
    '2026-12-01',
  ])
})
