import { ArrowDown, ArrowUp } from 'lucide-react'
import { type KeyboardEvent, useRef, useState } from 'react'
import { useLocale } from '../../i18n'
import { Badge, Delta } from '../../ui'
import { ShareBar, Swatch } from '../../ui/chart'
import { percent, ratio, tokens, toNumber } from '../../ui/format'
import { isAdditive, type Metric, metricText } from './format-metric'
import { useExploreMessages } from './messages'

export type TableRow = { key: string; values: (string | null)[]; metrics: (string | null)[]; previous: string | null }

type Props = {
  title: string
  dimensions: { id: string; name: string }[]
  metrics: Metric[]
  rows: TableRow[]
  totals: (string | null)[]
  previousTotal: string | null
  /** false where there is nothing to compare with */
  compared: boolean
  before: string
  currency: string
  colors: Map<string, string>
  unpriced: { tokens: string; calls: string; models: string[] } | null
  sort: { id: string; down: boolean }
  onSort: (sort: { id: string; down: boolean }) => void
  chosen: string | null
  onChoose: (row: TableRow) => void
}

const rowHeight = 32
/** Above this many rows only those in view are drawn. */
const windowedFrom = 150

/** The answer in rows: sticky head and total, share bars, the change, sorting, and a window over long answers. */
export function AnswerTable({
  title,
  dimensions,
  metrics,
  rows,
  totals,
  previousTotal,
  compared,
  before,
  currency,
  colors,
  unpriced,
  sort,
  onSort,
  chosen,
  onChoose,
}: Props) {
  const t = useExploreMessages()
  const locale = useLocale()
  const scroller = useRef<HTMLElement>(null)
  const [top, setTop] = useState(0)
  const lead = metrics[0]
  if (!lead) return null
  const windowed = rows.length > windowedFrom
  const first = windowed ? Math.max(0, Math.floor(top / rowHeight) - 12) : 0
  const last = windowed ? Math.min(rows.length, first + 50) : rows.length
  const total = totals[0] ?? null
  const additive = isAdditive(lead)

  const moveBetweenRows = (event: KeyboardEvent<HTMLElement>) => {
    const row = (event.target as HTMLElement).closest('tr')
    const next =
      event.key === 'ArrowDown' ? row?.nextElementSibling : event.key === 'ArrowUp' ? row?.previousElementSibling : null
    const button = next?.querySelector<HTMLElement>('.row-open')
    if (!button) return
    event.preventDefault()
    button.focus()
  }
  const head = (id: string, name: string, right: boolean) => (
    <th
      key={id}
      scope="col"
      className={right ? 'right' : undefined}
      aria-sort={sort.id === id ? (sort.down ? 'descending' : 'ascending') : undefined}
    >
      <button type="button" onClick={() => onSort({ id, down: sort.id === id ? !sort.down : right })}>
        {name}
        {sort.id === id &&
          (sort.down ? (
            <ArrowDown size={12} strokeWidth={1.75} aria-hidden="true" />
          ) : (
            <ArrowUp size={12} strokeWidth={1.75} aria-hidden="true" />
          ))}
      </button>
    </th>
  )

  return (
    <section
      ref={scroller}
      className="table-wrap answer-scroll"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={title}
      onScroll={(event) => windowed && setTop(event.currentTarget.scrollTop)}
      onKeyDown={moveBetweenRows}
    >
      <table className="table answer-table" aria-rowcount={rows.length + 2}>
        <caption className="visually-hidden">{title}</caption>
        <thead>
          <tr>
            {dimensions.map((dimension) => head(dimension.id, dimension.name, false))}
            {dimensions.length === 0 && <th scope="col">{t.tableTitle}</th>}
            {metrics.slice(0, 1).map((metric) => head(metric.id, metric.name[locale], true))}
            {additive && (
              <th scope="col" className="right">
                {t.share}
              </th>
            )}
            {compared && (
              <th scope="col" className="right">
                {before}
              </th>
            )}
            {metrics.slice(1).map((metric) => head(metric.id, metric.name[locale], true))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <tr style={{ height: first * rowHeight }} />}
          {rows.slice(first, last).map((row, offset) => {
            const share = additive && total !== null && row.metrics[0] != null ? ratio(row.metrics[0], total) : null
            return (
              <tr
                key={row.key}
                aria-rowindex={first + offset + 2}
                className={chosen === row.key ? 'clickable chosen' : 'clickable'}
                onClick={() => onChoose(row)}
              >
                {(dimensions.length ? dimensions : [null]).map((dimension, index) => (
                  <td key={dimension?.id ?? 'all'} className={index === 0 ? 'answer-name' : 'answer-more'}>
                    {index === 0 ? (
                      <button type="button" className="row-open" aria-expanded={chosen === row.key}>
                        {dimension && <Swatch color={colors.get(row.values[0] ?? '') ?? 'var(--c-other)'} />}
                        <span className={row.values[0] === null && dimension ? 'quiet' : ''}>
                          {dimension ? (row.values[0] ?? t.notSet) : t.allRows}
                        </span>
                      </button>
                    ) : (
                      <span className={row.values[index] == null ? 'quiet' : ''}>{row.values[index] ?? t.notSet}</span>
                    )}
                  </td>
                ))}
                <td className="right answer-lead">{metricText(row.metrics[0], lead, currency, locale)}</td>
                {additive && (
                  <td className="right answer-share">
                    <ShareBar
                      share={share === null ? null : toNumber(share)}
                      color={colors.get(row.values[0] ?? '') ?? 'var(--c-other)'}
                    />
                    <span className="muted">{share === null ? '–' : percent(share, locale)}</span>
                  </td>
                )}
                {compared && (
                  <td className="right">
                    <Delta current={row.metrics[0]} previous={row.previous} goodWhen={lead.goodWhen} threshold={0.1} />
                  </td>
                )}
                {metrics.slice(1).map((metric, index) => (
                  <td key={metric.id} className="right">
                    {metricText(row.metrics[index + 1], metric, currency, locale)}
                  </td>
                ))}
              </tr>
            )
          })}
          {last < rows.length && <tr style={{ height: (rows.length - last) * rowHeight }} />}
          {unpriced && (
            <tr>
              <td colSpan={Math.max(1, dimensions.length)} className="answer-name">
                <span className="answer-unpriced">
                  <Swatch color="var(--warn)" />
                  <span>{unpriced.models.slice(0, 3).join(', ')}</span>
                  <Badge tone="warn">{t.unpricedRow}</Badge>
                </span>
              </td>
              <td className="right quiet">–</td>
              {additive && <td className="right quiet">–</td>}
              {compared && <td className="right quiet">–</td>}
              {metrics.slice(1).map((metric) => (
                <td key={metric.id} className="right">
                  {metric.id === 'tokens_total'
                    ? tokens(unpriced.tokens, locale)
                    : metric.id === 'calls'
                      ? tokens(unpriced.calls, locale)
                      : '–'}
                </td>
              ))}
            </tr>
          )}
        </tbody>
        <tfoot>
          <tr>
            <td colSpan={Math.max(1, dimensions.length)}>{t.total}</td>
            <td className="right">{metricText(total, lead, currency, locale)}</td>
            {additive && <td className="right">{total === null ? '–' : percent('1', locale)}</td>}
            {compared && (
              <td className="right">
                <Delta current={total} previous={previousTotal} goodWhen={lead.goodWhen} />
              </td>
            )}
            {metrics.slice(1).map((metric, index) => (
              <td key={metric.id} className="right">
                {metricText(totals[index + 1], metric, currency, locale)}
              </td>
            ))}
          </tr>
        </tfoot>
      </table>
    </section>
  )
}
