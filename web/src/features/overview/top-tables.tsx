import { Link } from '@tanstack/react-router'
import { ArrowRight } from 'lucide-react'
import { useState } from 'react'
import { useQuestion } from '../../app/question'
import { useLocale } from '../../i18n'
import { Card, Delta, ErrorPanel, SegmentedControl, SkeletonRows } from '../../ui'
import { colorsFor, ShareBar, Sparkline } from '../../ui/chart'
import { compare, money, percent, ratio, sum, toNumber, unknown } from '../../ui/format'
import { useOverviewMessages } from './messages'
import type { useBreakdown } from './use-overview'

type Breakdown = ReturnType<typeof useBreakdown>
type Kind = 'service' | 'model' | 'team'
const shownRows = 6

/** What the cost is made of, three ways. Each list ends in a row for the rest and a total that adds up. */
export function TopTables({ services, models, teams }: { services: Breakdown; models: Breakdown; teams: Breakdown }) {
  const t = useOverviewMessages().top
  const { lens } = useQuestion()
  const [phone, setPhone] = useState<Kind>('service')
  const order: Kind[] = lens === 'leadership' ? ['team', 'service', 'model'] : ['service', 'model', 'team']
  const of = { service: services, model: models, team: teams }
  return (
    <div className="top-tables" data-phone={phone}>
      <div className="top-switch">
        <SegmentedControl
          label={t.share}
          value={phone}
          onChange={setPhone}
          options={[
            { id: 'service', label: t.services },
            { id: 'model', label: t.models },
            { id: 'team', label: t.teams },
          ]}
        />
      </div>
      {order.map((kind) => (
        <TopTable key={kind} kind={kind} breakdown={of[kind]} />
      ))}
    </div>
  )
}

type Row = {
  id: string | null
  name: string
  other: boolean
  total: string | null
  before: string | null
  values: (string | null)[]
}

function TopTable({ kind, breakdown }: { kind: Kind; breakdown: Breakdown }) {
  const t = useOverviewMessages().top
  const locale = useLocale()
  const { currency } = useQuestion()
  const titles = { service: t.services, model: t.models, team: t.teams }
  const { rows, total, beforeTotal, totalValues } = summarise()
  const colors = colorsFor(rows.flatMap((row) => (row.id === null || row.other ? [] : [row.id])))
  const colored = kind !== 'team'
  const largest = Math.max(...rows.map((row) => toNumber(row.total)), 0)
  const days = breakdown.frame.buckets.length
  return (
    <Card
      title={titles[kind]}
      note={kind === 'model' ? t.modelsNote : undefined}
      className={`top-card top-${kind}`}
      tools={
        <Link
          to="/explore"
          search={{ by: [kind] } as never}
          className="btn ghost small icon"
          aria-label={`${titles[kind]}: ${t.open}`}
          title={t.open}
        >
          <ArrowRight size={14} strokeWidth={1.75} aria-hidden="true" />
        </Link>
      }
      flush
    >
      {breakdown.error && !breakdown.answer ? (
        <ErrorPanel error={breakdown.error} onRetry={breakdown.retry} />
      ) : breakdown.pending ? (
        <SkeletonRows rows={8} height={42} />
      ) : rows.length === 0 ? (
        <p className="movers-none">{t.none}</p>
      ) : (
        <table className="table top-table">
          <caption className="visually-hidden">{titles[kind]}</caption>
          <thead>
            <tr>
              <th scope="col">{t.share}</th>
              <th scope="col" className="top-spark">
                {breakdown.frame.grain === 'day' ? t.trend.day(days) : t.trend.other}
              </th>
              <th scope="col" className="right">
                {t.cost}
              </th>
              <th scope="col" className="right">
                {t.versus}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const color = row.other
                ? 'var(--c-other)'
                : row.id === null
                  ? 'var(--warn)'
                  : colored
                    ? (colors.get(row.id) ?? 'var(--c-other)')
                    : 'var(--bar)'
              return (
                <tr key={row.other ? ':other' : (row.id ?? ':none')}>
                  <th scope="row">
                    <span className="top-name">
                      {(colored || row.id === null) && (
                        <span
                          className={`swatch ${row.id === null && !row.other ? 'swatch-none' : ''}`}
                          style={{ background: row.id === null && !row.other ? undefined : color }}
                          aria-hidden="true"
                        />
                      )}
                      {row.other ? (
                        <span className="muted">{row.name}</span>
                      ) : (
                        <Link to="/explore" search={{ by: [kind], at: { is: [row.id] } } as never} title={row.name}>
                          {row.name}
                        </Link>
                      )}
                    </span>
                    <span className="top-share">
                      <ShareBar share={largest > 0 ? toNumber(row.total) / largest : null} color={color} width="100%" />
                      <span className="num">
                        {total === null || row.total === null
                          ? unknown
                          : percent(ratio(row.total, total), locale, { digits: 0 })}
                      </span>
                    </span>
                  </th>
                  <td className="top-spark">
                    <Sparkline values={row.values} width={46} height={18} color="var(--text-3)" />
                  </td>
                  <td className="right">{money(row.total, currency, locale)}</td>
                  <td className="right">
                    <Delta current={row.total} previous={row.before} goodWhen="down" threshold={0.1} />
                  </td>
                </tr>
              )
            })}
          </tbody>
          <tfoot>
            <tr>
              <td>{t.total}</td>
              <td className="top-spark">
                <Sparkline values={totalValues} width={46} height={18} color="var(--text-2)" />
              </td>
              <td className="right">{money(total, currency, locale)}</td>
              <td className="right">
                <Delta current={total} previous={beforeTotal} goodWhen="down" threshold={0.1} />
              </td>
            </tr>
          </tfoot>
        </table>
      )}
    </Card>
  )

  function summarise(): {
    rows: Row[]
    total: string | null
    beforeTotal: string | null
    totalValues: (string | null)[]
  } {
    const all = breakdown.groups
      .map(
        (group): Row => ({
          id: group.id,
          name: group.id ?? (kind === 'team' ? t.noTeam : t.unknown),
          other: false,
          total: group.total,
          before: breakdown.before.get(group.id) ?? null,
          values: group.values.map((value, index) => sum([value, group.estimates[index]])),
        }),
      )
      .sort((a, b) => compare(b.total ?? '0', a.total ?? '0') || a.name.localeCompare(b.name))
    const buckets = breakdown.frame.buckets.map((_, index) => index)
    const totalValues = buckets.map((index) => sum(all.map((row) => row.values[index])))
    const beforeTotal = breakdown.beforeTotal
    const total = breakdown.total
    // Cost without a team stands last, whatever its size: it is what is left to do.
    const named = kind === 'team' ? all.filter((row) => row.id !== null) : all
    const left = kind === 'team' ? all.filter((row) => row.id === null) : []
    const room = shownRows - left.length
    if (named.length <= room + 1) return { rows: [...named, ...left], total, beforeTotal, totalValues }
    const rest = named.slice(room)
    const restIds = new Set(named.slice(0, room).map((row) => row.id))
    const other: Row = {
      id: null,
      other: true,
      name: t.more(rest.length),
      total: sum(rest.map((row) => row.total)),
      before: sum(
        [...breakdown.before]
          .filter(([id]) => !restIds.has(id) && !(kind === 'team' && id === null))
          .map(([, value]) => value),
      ),
      values: buckets.map((index) => sum(rest.map((row) => row.values[index]))),
    }
    return { rows: [...named.slice(0, room), other, ...left], total, beforeTotal, totalValues }
  }
}
