import type { Filter, Granularity } from '@server/modules/explore/contract'

export const grains = [
  '15m',
  'hour',
  'day',
  'week',
  'month',
  'quarter',
  'year',
] as const satisfies readonly Granularity[]
export const views = ['bars', 'lines', 'shares'] as const
export type View = (typeof views)[number]

/** What was pressed: one row of the table, one bucket of the chart, or both. `is` goes with `by`, in order. */
export type Chosen = { is?: (string | null)[]; bucket?: string }

/** The question of this page as it stands in the address; period, currency, cost basis and language are shared by all pages. */
export type ExploreSearch = {
  metrics?: string[]
  by?: string[]
  where?: Filter[]
  grain?: Granularity
  view?: View
  sort?: string
  at?: Chosen
}

/** Drops what is not understood: an old or mistyped link still opens. */
export function validateExploreSearch(raw: Record<string, unknown>): ExploreSearch {
  const search: ExploreSearch = {}
  const metrics = texts(raw.metrics)
  if (metrics && metrics.length > 0) search.metrics = metrics.slice(0, 12)
  const by = texts(raw.by)
  if (by) search.by = by.slice(0, 8)
  if (Array.isArray(raw.where)) {
    const where = raw.where.map(filterOf).filter((filter) => filter !== null)
    if (where.length > 0) search.where = where.slice(0, 50)
  }
  const grain = grains.find((known) => known === raw.grain)
  if (grain) search.grain = grain
  const view = views.find((known) => known === raw.view)
  if (view && view !== 'bars') search.view = view
  if (typeof raw.sort === 'string' && /^-?[\w:.\-/ ]+$/.test(raw.sort)) search.sort = raw.sort
  if (typeof raw.at === 'object' && raw.at !== null) {
    const { is, bucket } = raw.at as Record<string, unknown>
    const at: Chosen = {}
    if (Array.isArray(is)) at.is = is.map((value) => (typeof value === 'string' ? value : null))
    if (typeof bucket === 'string' && !Number.isNaN(Date.parse(bucket))) at.bucket = bucket
    if (at.is || at.bucket) search.at = at
  }
  return search
}

export const exploreSearchKeys = ['metrics', 'by', 'where', 'grain', 'view', 'sort', 'at'] as const

function texts(raw: unknown): string[] | null {
  if (typeof raw === 'string') return raw === '' ? [] : raw.split(',')
  if (!Array.isArray(raw)) return null
  return [...new Set(raw.filter((item): item is string => typeof item === 'string' && item !== ''))]
}

function filterOf(raw: unknown): Filter | null {
  if (typeof raw !== 'object' || raw === null) return null
  const { dimension, in: inside, notIn, contains, isNull } = raw as Record<string, unknown>
  if (typeof dimension !== 'string' || dimension === '') return null
  const values = (list: unknown) =>
    Array.isArray(list) && list.length > 0 ? list.map((value) => (value === null ? null : String(value))) : null
  const in_ = values(inside)
  if (in_) return { dimension, in: in_ }
  const not = values(notIn)
  if (not) return { dimension, notIn: not }
  if (typeof contains === 'string' && contains !== '') return { dimension, contains }
  if (typeof isNull === 'boolean') return { dimension, isNull }
  return null
}

/** Filters that hold one row of the answer. */
export function filtersOf(by: string[], chosen: Chosen | undefined): Filter[] {
  if (!chosen?.is) return []
  return by.flatMap((dimension, index) => {
    if (index >= (chosen.is?.length ?? 0)) return []
    const value = chosen.is?.[index] ?? null
    return [value === null ? { dimension, isNull: true } : { dimension, in: [value] }]
  })
}
