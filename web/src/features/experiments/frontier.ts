import { compare } from '../../ui/format'

/** A run on the picture: cost and figure are decimal strings. */
export type Point = { id: string; cost: string; figure: string }

/**
 * The runs worth looking at: those for which no other run is at least as good and cheaper, or better and no dearer. In order of
 * cost. Runs that equal one another in both stay together.
 */
export function efficientFrontier<P extends Point>(points: readonly P[], better: 'higher' | 'lower'): P[] {
  const ahead = (a: string, b: string) => (better === 'higher' ? compare(a, b) : compare(b, a))
  const sorted = [...points].sort((a, b) => compare(a.cost, b.cost) || ahead(b.figure, a.figure))
  const kept: P[] = []
  for (const point of sorted) {
    const best = kept.at(-1)
    if (best === undefined || ahead(point.figure, best.figure) > 0) kept.push(point)
    else if (compare(point.cost, best.cost) === 0 && compare(point.figure, best.figure) === 0) kept.push(point)
  }
  return kept
}

/** Steps of an axis at 1, 2 or 5 times a power of ten, about `wanted` of them, that hold all values. For geometry only. */
export function axisSteps(low: number, high: number, wanted = 5): number[] {
  const span = high - low || Math.abs(high) || 1
  const raw = span / wanted
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= raw) ?? raw
  const first = Math.floor(low / step)
  const last = Math.max(Math.ceil(high / step), first + 1)
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)))
}
