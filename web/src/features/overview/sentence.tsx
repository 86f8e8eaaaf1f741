import type { ReactNode } from 'react'
import { monthName, monthOf } from '../../app/month-names'
import { addDays, earlier } from '../../app/period'
import { useQuestion } from '../../app/question'
import { fill, Rich, useLocale } from '../../i18n'
import { abs, compare, dateRange, delta, isNegative, isZero, money, percent, ratio, subtract } from '../../ui/format'
import { useOverviewMessages } from './messages'
import type { useBreakdown } from './use-overview'

type Breakdown = ReturnType<typeof useBreakdown>

/** The page in one sentence. It is made of the numbers below it and says nothing they do not. */
export function Sentence({
  trend,
  services,
  teams,
  onSource,
}: {
  trend: Breakdown
  services: Breakdown
  teams: Breakdown
  onSource: () => void
}) {
  const t = useOverviewMessages().sentence
  const locale = useLocale()
  const { period, comparison, currency, timeZone } = useQuestion()
  const { lastDay } = trend.frame
  const month = monthOf(period, locale)
  const change = delta(trend.total, trend.beforeTotal, locale)
  const amount: ReactNode = (
    <strong>
      <button type="button" className="source-number bare" onClick={onSource}>
        {money(trend.total, currency, locale)}
      </button>
    </strong>
  )
  const opening = month === null ? t.range : period.isOpen ? t.monthOpen : t.monthClosed
  const before =
    month === null
      ? fill(t.rangeBefore, { range: dateRange(comparison.from, comparison.lastDay, locale, timeZone) })
      : fill(comparison.cut ? t.sameOf : t.monthBefore, { month: monthName(comparison.from, locale) })
  const known = change.ratio !== null
  const rest = !known
    ? t.alone
    : change.direction === 'flat'
      ? t.same
      : isNegative(change.amount ?? '0')
        ? t.less
        : t.more
  const why = known && change.direction !== 'flat' ? reason() : null

  return (
    <>
      <Rich
        text={opening}
        values={{
          amount,
          month: month ?? '',
          range: dateRange(period.from, earlier(lastDay, addDays(period.to, -1)), locale, timeZone),
        }}
      />
      <Rich text={rest} values={{ before, percent: percent(abs(change.ratio ?? '0'), locale) }} />
      {why}
    </>
  )

  function reason(): ReactNode {
    if (services.pending || services.stale || change.amount === null) return null
    const down = isNegative(change.amount)
    const service = largestMove(services, down)
    if (!service?.id) return null
    const share = ratio(service.change, change.amount)
    const within = share !== null && compare(share, '1') <= 0
    const team = largestMove(teams, down)
    return (
      <>
        <Rich
          text={within ? (down ? t.shareDown : t.shareUp) : down ? t.loneDown : t.loneUp}
          values={{
            share: percent(share, locale, { digits: 0 }),
            service: service.id,
            amount: money(abs(service.change), currency, locale, { form: 'short' }),
          }}
        />
        {team?.id ? (
          <Rich
            text={t.team}
            values={{ team: team.id, amount: money(team.change, currency, locale, { form: 'short', sign: true }) }}
          />
        ) : (
          t.end
        )}
      </>
    )
  }
}

function largestMove(breakdown: Breakdown, down: boolean): { id: string | null; change: string } | null {
  let found: { id: string | null; change: string } | null = null
  const ids = new Set([...breakdown.groups.map((group) => group.id), ...breakdown.before.keys()])
  for (const id of ids) {
    const now = breakdown.groups.find((group) => group.id === id)?.total ?? '0'
    const change = subtract(now, breakdown.before.get(id) ?? '0')
    if (isZero(change) || isNegative(change) !== down) continue
    if (found === null || compare(abs(change), abs(found.change)) > 0) found = { id, change }
  }
  return found
}
