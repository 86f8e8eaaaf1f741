import { compare, type Locale, percent, ratio, sum } from '../format'
import type { useChartMessages } from './messages'
import { bucketTotals, type Series, totalOf, valueAt } from './series'

// Named, not var(--sans): labels are measured on a canvas, which does not resolve custom properties.
const measuredFont = "'Inter Variable', 'Pretendard Variable', system-ui, sans-serif"
export const axisText = { color: 'var(--text-3)', fontSize: 11, fontFamily: measuredFont }

export const tooltipStyle = {
  backgroundColor: 'var(--card)',
  borderColor: 'var(--border)',
  borderWidth: 1,
  padding: 0,
  textStyle: { color: 'var(--text)', fontSize: 12, fontFamily: 'var(--sans)' },
  extraCssText: 'box-shadow: var(--shadow); border-radius: 8px;',
}

type Format = (value: string | null, form: 'full' | 'axis') => string

/** The read-out of one bucket: the largest first, with share and total. */
export function tooltipHtml(read: {
  heading: string
  aside: string
  series: Series[]
  index: number
  format: Format
  locale: Locale
  /** null where the values of a bucket cannot be added (prices, shares) */
  total: string | null
  estimate: string
  comparable?: { name: string; value: string | null }
  notes?: string[]
}): string {
  const rows = read.series
    .map((s) => ({ s, value: valueAt(s, read.index) }))
    .filter((row): row is { s: Series; value: string } => row.value !== null)
    .sort((a, b) => compare(b.value, a.value))
  const total = sum(rows.map((row) => row.value))
  const estimated = sum(read.series.map((s) => s.estimates?.[read.index]))
  const shareOf = (value: string) =>
    read.total !== null && total !== null ? percent(ratio(value, total), read.locale) : ''
  const line = (mark: string, name: string, value: string, share: string, className = '') =>
    `<tr class="${className}"><td>${mark}<span>${escapeHtml(name)}</span></td><td>${escapeHtml(value)}</td><td>${share}</td></tr>`
  return `<div class="chart-tip"><div class="chart-tip-head"><b>${escapeHtml(read.heading)}</b><span>${escapeHtml(read.aside)}</span></div><table>${rows
    .map(({ s, value }) =>
      line(`<i class="swatch" style="--swatch:${s.color}"></i>`, s.name, read.format(value, 'full'), shareOf(value)),
    )
    .join(
      '',
    )}${read.total !== null && rows.length > 1 ? line('', read.total, read.format(total, 'full'), '', 'chart-tip-total') : ''}${
    estimated !== null && read.total !== null
      ? line('', read.estimate, read.format(estimated, 'full'), shareOf(estimated), 'chart-tip-quiet')
      : ''
  }${read.comparable ? line('', read.comparable.name, read.format(read.comparable.value, 'full'), '', 'chart-tip-quiet') : ''}</table>${(read.notes ?? []).map((text) => `<p class="chart-tip-note">${escapeHtml(text)}</p>`).join('')}</div>`
}

export function summarise(
  t: ReturnType<typeof useChartMessages>,
  title: string,
  series: Series[],
  buckets: string[],
  format: Format,
  locale: Locale,
  name: (bucket: string) => string,
): string {
  const totals = bucketTotals(series, buckets.length)
  const total = sum(totals)
  if (total === null) return `${title}. ${t.nothing}`
  let largest = series[0]
  for (const s of series) if (largest && compare(totalOf(s) ?? '0', totalOf(largest) ?? '0') > 0) largest = s
  let peak = 0
  totals.forEach((value, index) => {
    if (value !== null && compare(value, totals[peak] ?? value) > 0) peak = index
  })
  const share = largest ? percent(ratio(totalOf(largest) ?? '0', total), locale) : ''
  return t.summary(
    title,
    format(total, 'full'),
    buckets.length,
    largest?.name ?? '',
    share,
    name(buckets[peak] ?? ''),
    format(totals[peak] ?? null, 'full'),
  )
}

function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"]/g,
    (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character] ?? character,
  )
}
