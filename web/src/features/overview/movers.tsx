import { Link } from '@tanstack/react-router'
import { useQuestion } from '../../app/question'
import { fill, useLocale } from '../../i18n'
import { Card, ErrorPanel, SkeletonRows } from '../../ui'
import { colorsFor, DivergingBar } from '../../ui/chart'
import { abs, add, compare, dateRange, isNegative, isZero, money, subtract, sum, time } from '../../ui/format'
import { useOverviewMessages } from './messages'
import type { useBreakdown } from './use-overview'

const shownRows = 6
type Row = {
  id: string | null
  name: string
  now: string | null
  before: string | null
  change: string
  other: boolean
}

/** Which services made the difference to the period before; the rest in one row, so that it adds up. */
export function Movers({ services }: { services: ReturnType<typeof useBreakdown> }) {
  const t = useOverviewMessages()
  const locale = useLocale()
  const { currency, comparison, timeZone } = useQuestion()
  const range = dateRange(comparison.from, comparison.lastDay, locale, timeZone)
    .replace(/\u00a0\d{4}$/, '')
    .replace(/^\d{4}\.\u00a0/, '')
  const note =
    comparison.cut === null
      ? fill(t.versus, { range })
      : fill(t.versusUntil, { range, time: time(comparison.cut, timeZone) })
  const rows = rowsOf()
  const all = sum(rows.map((row) => row.change)) ?? '0'
  const reach = { left: '0', right: '0' }
  for (const { change } of rows) {
    if (isNegative(change)) reach.left = larger(reach.left, abs(change))
    else reach.right = larger(reach.right, change)
  }
  const colors = colorsFor(
    services.groups
      .slice()
      .sort((a, b) => compare(b.total ?? '0', a.total ?? '0'))
      .flatMap((group) => (group.id === null ? [] : [group.id])),
  )
  const short = (value: string) => money(value, currency, locale, { form: 'short' })

  return (
    <Card title={t.movers.title} note={<span className="card-note-end">{note}</span>} className="movers-card" flush>
      {services.error && !services.answer ? (
        <ErrorPanel error={services.error} onRetry={services.retry} />
      ) : services.pending ? (
        <SkeletonRows rows={7} height={46} />
      ) : services.beforeTotal === null ? (
        <p className="movers-none">{t.movers.none}</p>
      ) : (
        <>
          <div className="movers-sums">
            <span>
              <span className="swatch" style={{ background: 'var(--bar)' }} aria-hidden="true" />
              {t.movers.more}{' '}
              <strong className="num">
                {money(
                  sum(rows.filter((row) => !isNegative(row.change)).map((row) => row.change)) ?? '0',
                  currency,
                  locale,
                  { form: 'short', sign: true },
                )}
              </strong>
            </span>
            <span>
              <span className="swatch" style={{ background: 'var(--c-other)' }} aria-hidden="true" />
              {t.movers.less}{' '}
              <strong className="num">
                {money(
                  sum(rows.filter((row) => isNegative(row.change)).map((row) => row.change)) ?? '0',
                  currency,
                  locale,
                  { form: 'short', sign: true },
                )}
              </strong>
            </span>
          </div>
          <ul className="movers">
            {rows.map((row) => (
              <li key={row.id ?? (row.other ? ':other' : ':none')}>
                <span className="mover-name">
                  <span
                    className="swatch"
                    style={{
                      background:
                        row.other || row.id === null ? 'var(--c-other)' : (colors.get(row.id) ?? 'var(--c-other)'),
                    }}
                    aria-hidden="true"
                  />
                  {row.other || row.id === null ? (
                    <span className="muted">{row.name}</span>
                  ) : (
                    <Link to="/explore" search={{ by: ['service'], at: { is: [row.id] } } as never}>
                      {row.name}
                    </Link>
                  )}
                </span>
                <span className="num mover-change">{money(row.change, currency, locale, { sign: true })}</span>
                <span className="mover-from num">
                  {row.before === null
                    ? t.movers.isNew
                    : row.now === null
                      ? t.movers.gone
                      : fill(t.movers.from, { before: short(row.before), after: short(row.now) })}
                </span>
                <DivergingBar
                  parts={[
                    {
                      id: 'change',
                      value: row.change,
                      color: isNegative(row.change) ? 'var(--c-other)' : 'var(--bar)',
                    },
                  ]}
                  reach={reach}
                  width={92}
                />
              </li>
            ))}
          </ul>
          <div className="movers-total">
            <span>{t.movers.all}</span>
            <span className="num">{money(all, currency, locale, { sign: true })}</span>
          </div>
        </>
      )}
    </Card>
  )

  function rowsOf(): Row[] {
    const ids = new Set<string | null>([...services.groups.map((group) => group.id), ...services.before.keys()])
    const moved = [...ids].map((id): Row => {
      const now = services.groups.find((group) => group.id === id)?.total ?? null
      const before = services.before.get(id) ?? null
      return { id, name: id ?? t.top.unknown, now, before, change: subtract(now ?? '0', before ?? '0'), other: false }
    })
    moved.sort((a, b) => compare(abs(b.change), abs(a.change)) || a.name.localeCompare(b.name))
    if (moved.length <= shownRows + 1) return moved.filter((row) => !isZero(row.change))
    const rest = moved.slice(shownRows)
    const other: Row = {
      id: null,
      name: t.movers.others(rest.length),
      now: sum(rest.map((row) => row.now)),
      before: sum(rest.map((row) => row.before)),
      change: rest.reduce((total, row) => add(total, row.change), '0'),
      other: true,
    }
    return [...moved.slice(0, shownRows), other]
  }
}

function larger(a: string, b: string): string {
  return compare(a, b) >= 0 ? a : b
}
