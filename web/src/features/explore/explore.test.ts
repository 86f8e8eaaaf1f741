import { expect, test } from 'vitest'
import { filtersOf, validateExploreSearch } from './search'
import { bucketEnd, fittingGrain, timeBuckets } from './time-buckets'

test('a link from elsewhere opens with what is understood of it', () => {
  expect(
    validateExploreSearch({
      metrics: 'effective_cost,calls',
      by: ['service'],
      view: 'pie',
      grain: 'fortnight',
      where: [{ dimension: 'model', in: ['a', null] }, { dimension: 'x' }, 7],
    }),
  ).toEqual({
    metrics: ['effective_cost', 'calls'],
    by: ['service'],
    where: [{ dimension: 'model', in: ['a', null] }],
  })
  expect(validateExploreSearch({ at: { is: ['a', null], bucket: 'never' } })).toEqual({ at: { is: ['a', null] } })
})

test('a row without a value asks for rows without a value, not for an empty text', () => {
  expect(filtersOf(['service', 'tag:team'], { is: ['EC2', null] })).toEqual([
    { dimension: 'service', in: ['EC2'] },
    { dimension: 'tag:team', isNull: true },
  ])
})

test('days follow one another without gap or overlap where clocks change', () => {
  const days = timeBuckets('2026-03-28', '2026-03-31', 'day', 'Europe/Berlin', new Date('2027-01-01'))
  expect(days).toEqual(['2026-03-27T23:00:00.000Z', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'])
  expect(bucketEnd(days[1] as string, 'day', 'Europe/Berlin', '2026-03-29')).toBe(days[2])
})

test('days that have not begun are not drawn', () => {
  expect(timeBuckets('2026-11-01', '2026-12-01', 'day', 'Asia/Seoul', new Date('2026-11-03T01:00:00Z'))).toHaveLength(3)
  expect(fittingGrain('2026-11-01', '2026-12-01')).toBe('day')
})
