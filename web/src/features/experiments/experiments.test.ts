import type { Run } from '@server/modules/experiments/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compare } from '../../ui/format'
import { axisSteps, efficientFrontier } from './frontier'
import { costOf, courseOf, durationOf, figuresOf, perCall } from './runs'

const point = (id: string, cost: string, figure: string) => ({ id, cost, figure })

test('the efficient runs are those that no other beats in both', () => {
  const points = [
    point('dear and good', '10', '0.95'),
    point('cheap', '1', '0.70'),
    point('beaten', '5', '0.70'),
    point('middle', '4', '0.9'),
    point('same as middle', '4.00', '0.90'),
    point('dearer than middle', '4.01', '0.9'),
  ]
  expect(efficientFrontier(points, 'higher').map(({ id }) => id)).toEqual([
    'cheap',
    'middle',
    'same as middle',
    'dear and good',
  ])
  // Where less is better, such as minutes or mistakes, the same runs look otherwise.
  expect(efficientFrontier(points, 'lower').map(({ id }) => id)).toEqual(['cheap'])
  expect(efficientFrontier([], 'higher')).toEqual([])
})

test('for any runs: nobody on the frontier is beaten, everybody off it is', () => {
  const runs = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: -5, max: 5 })), { maxLength: 30 })
  fc.assert(
    fc.property(runs, fc.constantFrom('higher' as const, 'lower' as const), (all, better) => {
      const points = all.map(([cost, figure], index) => point(String(index), String(cost), String(figure)))
      const kept = new Set(efficientFrontier(points, better).map(({ id }) => id))
      for (const one of points) {
        const beaten = points.some((other) => {
          const cheaper = compare(other.cost, one.cost)
          const good = compare(other.figure, one.figure) * (better === 'higher' ? 1 : -1)
          return cheaper <= 0 && good >= 0 && (cheaper < 0 || good > 0)
        })
        expect(kept.has(one.id)).toBe(!beaten)
      }
    }),
  )
})

test('an axis holds all values in even steps', () => {
  expect(axisSteps(0, 9.3, 5)).toEqual([0, 2, 4, 6, 8, 10])
  expect(axisSteps(0.8375, 0.9375, 4)).toEqual([0.8, 0.85, 0.9, 0.95])
  expect(axisSteps(3, 3, 4).length).toBeGreaterThan(1)
})

const run: Run = {
  experiment: 'prompt-7',
  run: 'night-1',
  startedAt: '2026-11-19T01:30:00.000Z',
  endedAt: null,
  state: 'quiet',
  costs: [{ currency: 'USD', amount: '3' }],
  calls: '5',
  errors: '1',
  unpricedCalls: '2',
  tokensInput: '10',
  tokensOutput: '5',
  hours: [
    { hour: '2026-11-19T01:00:00.000Z', costs: [{ currency: 'USD', amount: '1.25' }] },
    {
      hour: '2026-11-19T03:00:00.000Z',
      costs: [
        { currency: 'EUR', amount: '9' },
        { currency: 'USD', amount: '1.75' },
      ],
    },
  ],
  values: { accuracy: '0.9' },
}

test('a run’s cost is read in one currency, its course adds up to it, and its price of a call leaves out calls without one', () => {
  expect(costOf(run, 'USD')).toBe('3')
  expect(costOf(run, 'KRW')).toBeNull()
  expect(courseOf(run, 'USD')).toEqual(['1.25', '3'])
  expect(perCall(run, 'USD')).toBe('1')
  expect(perCall(run, 'KRW')).toBeNull()
})

test('a run lasts until it ended, until now while it goes on, else until its last hour with calls', () => {
  const now = new Date('2026-11-19T05:00:00Z')
  expect(durationOf(run, now)).toBe(2.5 * 3_600_000)
  expect(durationOf({ ...run, state: 'running' }, now)).toBe(3.5 * 3_600_000)
  expect(durationOf({ ...run, endedAt: '2026-11-19T02:00:00.000Z' }, now)).toBe(0.5 * 3_600_000)
  expect(durationOf({ ...run, startedAt: null }, now)).toBeNull()
})

test('figures are offered by how many runs report them', () => {
  expect(figuresOf([run, { ...run, values: { f1: '1', accuracy: '0' } }, { ...run, values: {} }])).toEqual([
    'accuracy',
    'f1',
  ])
})
