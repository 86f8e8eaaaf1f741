import { add, compare, sum } from '../format'

/** One entity over time. `values` and `estimates` are decimal strings, one a bucket, null where nothing is known; their sum is the bar. */
export type Series = {
  id: string
  name: string
  /** a CSS colour, as `colorsFor` gives it */
  color: string
  values: (string | null)[]
  /** the part of the bucket that no bill covers yet */
  estimates?: (string | null)[]
  /** of a line, in pixels; 2 where absent */
  width?: number
}

export const otherId = '\u0000other'
export const otherColor = 'var(--c-other)'

/** The sum of a series, exactly; null where nothing is known. */
export function totalOf(series: Pick<Series, 'values' | 'estimates'>): string | null {
  return sum([...series.values, ...(series.estimates ?? [])])
}

/** Value and estimate of one bucket together. */
export function valueAt(series: Pick<Series, 'values' | 'estimates'>, index: number): string | null {
  return sum([series.values[index], series.estimates?.[index]])
}

/** The largest `limit` series, smallest first so that the largest ends on top, and one that holds the exact sum of the rest. */
export function topSeries(series: Series[], limit: number, otherName: (count: number) => string): Series[] {
  const sorted = [...series].sort((a, b) => compare(totalOf(b) ?? '0', totalOf(a) ?? '0') || (a.id < b.id ? -1 : 1))
  // One series more than fits is shown as itself: "1 other" would hide a name and save nothing.
  if (sorted.length <= limit + 1 && sorted.length <= 8) return sorted
  const rest = sorted.slice(limit)
  if (rest.length === 0) return sorted
  const merged: Series = { id: otherId, name: otherName(rest.length), color: otherColor, values: [], estimates: [] }
  const buckets = Math.max(...series.map((s) => s.values.length))
  for (let i = 0; i < buckets; i++) {
    merged.values.push(sum(rest.map((s) => s.values[i])))
    merged.estimates?.push(sum(rest.map((s) => s.estimates?.[i])))
  }
  return [...sorted.slice(0, limit), merged]
}

/** Sums per bucket over all series, exactly. */
export function bucketTotals(series: Series[], buckets: number): (string | null)[] {
  return Array.from({ length: buckets }, (_, i) => sum(series.map((s) => valueAt(s, i))))
}

/** Values added up along the time; null stays null until something is known. */
export function cumulative(values: (string | null)[]): (string | null)[] {
  let total: string | null = null
  return values.map((value) => {
    if (value !== null) total = total === null ? value : add(total, value)
    return total
  })
}
