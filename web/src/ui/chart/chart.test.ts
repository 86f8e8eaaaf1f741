import { expect, test } from 'vitest'
import { colorsFor } from './colors'
import { bucketTotals, cumulative, otherId, type Series, topSeries, totalOf } from './series'

const series = (id: string, ...values: (string | null)[]): Series => ({ id, name: id, color: '', values })

test('series beyond the limit are kept in "other", to the last digit', () => {
  const all = Array.from({ length: 20 }, (_, i) =>
    series(`s${i}`, `${i}.000000000000000000000000000001`, i % 2 ? '1' : null),
  )
  const shown = topSeries(all, 8, (n) => `${n} more`)
  expect(shown).toHaveLength(9)
  expect(shown.at(-1)).toMatchObject({ id: otherId, name: '12 more' })
  expect(bucketTotals(shown, 2)).toEqual(bucketTotals(all, 2))
  expect(totalOf(shown[0] as Series)).toBe('20.000000000000000000000000000001')
})

test('what nobody knows stays unknown in a sum', () => {
  expect(bucketTotals([series('a', null), series('b', null)], 1)).toEqual([null])
  expect(cumulative([null, '1', null, '0.5'])).toEqual([null, '1', '1', '1.5'])
})

test('a provider keeps its colour, and no two entities of one picture share one', () => {
  const first = colorsFor(['Anthropic', 'OpenAI', 'team-a', 'team-b'])
  expect(first.get('Anthropic')).toBe('var(--c6)')
  expect(first.get('OpenAI')).toBe('var(--c5)')
  expect(new Set(first.values()).size).toBe(4)
  const again = colorsFor(['team-b', 'team-a', 'x', 'y'])
  expect(again.get('team-a')).toBe(first.get('team-a'))
  expect(again.get('team-b')).toBe(first.get('team-b'))
  const many = colorsFor(Array.from({ length: 12 }, (_, i) => `e${i}`))
  expect([...many.values()].filter((color) => color === 'var(--c-other)')).toHaveLength(4)
})
