import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useExplainedChange } from '../../api'
import { useQuestion } from '../../app/question'
import { fill, useLocale } from '../../i18n'
import { Card, ErrorPanel, SkeletonRows } from '../../ui'
import { colorsFor, DivergingBar, TableButton } from '../../ui/chart'
import {
  abs,
  add,
  compare,
  currencyDecimals,
  dateRange,
  isNegative,
  isZero,
  money,
  ratio,
  roundParts,
  sum,
  time,
  toNumber,
} from '../../ui/format'
import { useOverviewMessages } from './messages'

const shownRows = 6
const partIds = ['quantity', 'price', 'mix', 'costOnly'] as const
type PartId = (typeof partIds)[number]
type Parts = Record<PartId | 'change', string> & { before: string | null; after: string | null }
type Row = Parts & { id: string | null; name: string; other: boolean }
const colors: Record<PartId, string> = {
  quantity: 'var(--bar)',
  price: 'var(--accent)',
  mix: 'var(--line-strong)',
  costOnly: 'var(--c-other)',
}

/** Which services made the difference to the period before, and by what: quantity, price or mix. The rest in one row, so that it adds up. */
export function Movers() {
  const t = useOverviewMessages()
  const locale = useLocale()
  const { currency, converted, costMetric, period, comparison, timeZone, filters } = useQuestion()
  const [asTable, setAsTable] = useState(false)
  const request = {
    metric: costMetric,
    dimension: 'service',
    period: { from: period.from, to: period.to },
    comparison: { from: comparison.from, to: comparison.to },
    timeZone,
    currency,
    filters,
  }
  // Quantity, price and mix are of one currency.
  const change = useExplainedChange(converted ? null : request)
  const groups = change.data?.groups
  const rows = useMemo(
    () =>
      rowsOf(
        (groups ?? []).map(({ value, ...group }) => ({
          ...group,
          id: value,
          name: value ?? t.top.unknown,
          other: false,
        })),
        t.movers.others,
      ),
    [groups, t],
  )
  const swatches = useMemo(
    () =>
      colorsFor(
        (groups ?? [])
          .toSorted((a, b) => compare(b.after ?? '0', a.after ?? '0'))
          .flatMap((group) => (group.value === null ? [] : [group.value])),
      ),
    [groups],
  )
  const range = dateRange(comparison.from, comparison.lastDay, locale, timeZone)
    .replace(/\u00a0\d{4}$/, '')
    .replace(/^\d{4}\.\u00a0/, '')
  const note =
    comparison.cut === null
      ? fill(t.versus, { range })
      : fill(t.versusUntil, { range, time: time(comparison.cut, timeZone) })
  const total = change.data?.total
  const named = (value: string) => money(value, currency, locale, { form: 'short', sign: true })
  const reach = reachOf(rows)
  const color = (row: Row) =>
    row.other || row.id === null ? 'var(--c-other)' : (swatches.get(row.id) ?? 'var(--c-other)')
  const name = (row: Row) =>
    row.other || row.id === null ? (
      <span className="muted">{row.name}</span>
    ) : (
      <Link to="/explore" search={{ by: ['service'], at: { is: [row.id] } } as never}>
        {row.name}
      </Link>
    )

  return (
    <Card
      title={t.movers.title}
      note={<span className="card-note-end">{note}</span>}
      tools={<TableButton asTable={asTable} onChange={setAsTable} />}
      className="movers-card"
      flush
    >
      {converted ? (
        <p className="movers-none">{t.movers.oneCurrency}</p>
      ) : change.error && !change.data ? (
        <ErrorPanel error={change.error} onRetry={() => void change.refetch()} />
      ) : !total ? (
        <SkeletonRows rows={7} height={46} />
      ) : total.before === null ? (
        <p className="movers-none">{t.movers.none}</p>
      ) : (
        <>
          {asTable ? (
            <MoversTable rows={rows} total={total} name={name} />
          ) : (
            <>
              <div className="movers-sums">
                {partIds
                  .filter((part) => !isZero(total[part]))
                  .map((part) => (
                    <span key={part} title={t.movers.hints[part]}>
                      <span className="swatch" style={{ background: colors[part] }} aria-hidden="true" />
                      {t.movers.parts[part]} <strong className="num">{named(total[part])}</strong>
                    </span>
                  ))}
              </div>
              <ul className="movers">
                {rows.map((row) => (
                  <li key={row.id ?? (row.other ? ':other' : ':none')}>
                    <span className="mover-name">
                      <span className="swatch" style={{ background: color(row) }} aria-hidden="true" />
                      {name(row)}
                    </span>
                    <span className="num mover-change">{money(row.change, currency, locale, { sign: true })}</span>
                    <span className="mover-from num">
                      {row.before === null
                        ? t.movers.isNew
                        : row.after === null
                          ? t.movers.gone
                          : weighty(row)
                              .map((part) => `${t.movers.inside[part]} ${named(row[part])}`)
                              .join(', ')}
                    </span>
                    <DivergingBar
                      parts={partIds.map((part) => ({ id: part, value: row[part], color: colors[part] }))}
                      reach={reach}
                      width={92}
                    />
                  </li>
                ))}
              </ul>
            </>
          )}
          <div className="movers-total">
            <span>{t.movers.all}</span>
            <span className="num">{money(total.change, currency, locale, { sign: true })}</span>
          </div>
        </>
      )}
    </Card>
  )
}

/** The same to the currency's smallest unit; each row adds up, and so does the last one. */
function MoversTable({ rows, total, name }: { rows: Row[]; total: Parts; name: (row: Row) => React.ReactNode }) {
  const t = useOverviewMessages().movers
  const locale = useLocale()
  const { currency } = useQuestion()
  const shown = (row: Parts) =>
    roundParts(
      partIds.map((part) => row[part]),
      currencyDecimals(currency),
    ).map((part, index) => (
      <td key={partIds[index]} className="right num">
        {isZero(part) ? '–' : money(part, currency, locale, { sign: true })}
      </td>
    ))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="table-wrap movers-table" tabIndex={0} aria-label={t.title}>
      <table className="table compact">
        <caption className="visually-hidden">{t.title}</caption>
        <thead>
          <tr>
            <th scope="col">{t.service}</th>
            {partIds.map((part) => (
              <th key={part} scope="col" className="right" title={t.hints[part]}>
                {t.parts[part]}
              </th>
            ))}
            <th scope="col" className="right">
              {t.change}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id ?? (row.other ? ':other' : ':none')}>
              <th scope="row">{name(row)}</th>
              {shown(row)}
              <td className="right num">{money(row.change, currency, locale, { sign: true })}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td>{t.all}</td>
            {shown(total)}
            <td className="right num">{money(total.change, currency, locale, { sign: true })}</td>
          </tr>
        </tfoot>
      </table>
    </section>
  )
}

/** The parts worth a word: the largest two that make at least a twentieth of the row’s movement. The table has all of them. */
function weighty(row: Row): PartId[] {
  const largest = partIds.reduce((most, part) => (compare(abs(row[part]), most) > 0 ? abs(row[part]) : most), '0')
  return partIds
    .filter((part) => !isZero(row[part]) && Number(ratio(abs(row[part]), largest) ?? '0') >= 0.05)
    .sort((a, b) => compare(abs(row[b]), abs(row[a])))
    .slice(0, 2)
}

function rowsOf(all: Row[], otherName: (count: number) => string): Row[] {
  const moved = all
    .filter((row) => !isZero(row.change))
    .sort((a, b) => compare(abs(b.change), abs(a.change)) || a.name.localeCompare(b.name))
  if (moved.length <= shownRows + 1) return moved
  const rest = moved.slice(shownRows)
  const total = (of: PartId | 'change') => rest.reduce((into, row) => add(into, row[of]), '0')
  return [
    ...moved.slice(0, shownRows),
    {
      id: null,
      name: otherName(rest.length),
      other: true,
      before: sum(rest.map((row) => row.before)) ?? '0',
      after: sum(rest.map((row) => row.after)) ?? '0',
      change: total('change'),
      quantity: total('quantity'),
      price: total('price'),
      mix: total('mix'),
      costOnly: total('costOnly'),
    },
  ]
}

/** How far the bars reach to either side: what pulls down and what pushes up stand on their own sides of zero. */
function reachOf(rows: Row[]): { left: string; right: string } {
  const side = (row: Row, down: boolean) =>
    sum(partIds.filter((part) => isNegative(row[part]) === down).map((part) => abs(row[part]))) ?? '0'
  const most = (down: boolean) =>
    rows.map((row) => side(row, down)).reduce((most, size) => (toNumber(size) > toNumber(most) ? size : most), '0')
  return { left: most(true), right: most(false) }
}
