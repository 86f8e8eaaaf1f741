import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { monthName, monthOf } from '../../app/month-names'
import { addDays, earlier } from '../../app/period'
import { useQuestion } from '../../app/question'
import { fill, Rich, useLocale } from '../../i18n'
import { abs, dateRange, delta, isNegative, isZero, money, percent } from '../../ui/format'
import type { CacheSaving } from './cache-saving'
import { perThousand } from './calls'
import { useAiMessages } from './messages'
import { aiOnly, type useAiCost, type useCalls } from './use-ai'

/** The page in one sentence or three: what AI cost, whether its price moved, what the cache saved. */
export function AiSentence({
  cost,
  calls,
  saving,
}: {
  cost: ReturnType<typeof useAiCost>
  calls: ReturnType<typeof useCalls>
  saving: CacheSaving | null
}) {
  const t = useAiMessages().sentence
  const locale = useLocale()
  const navigate = useNavigate()
  const { period, comparison, currency, costMetric, timeZone } = useQuestion()
  const month = monthOf(period, locale)
  const change = delta(cost.total, cost.before, locale)
  const price = delta(perThousand(calls.total), perThousand(calls.totalBefore), locale)
  const before =
    month === null
      ? fill(t.rangeBefore, { range: dateRange(comparison.from, comparison.lastDay, locale, timeZone) })
      : fill(comparison.cut ? t.sameOf : t.monthBefore, { month: monthName(comparison.from, locale) })
  const amount: ReactNode = (
    <strong>
      <button
        type="button"
        className="source-number ai-bare"
        onClick={() =>
          void navigate({
            to: '/explore',
            search: { metrics: [costMetric], by: ['model'], where: [aiOnly] } as never,
          })
        }
      >
        {money(cost.total, currency, locale)}
      </button>
    </strong>
  )
  const rest =
    change.ratio === null
      ? t.alone
      : change.direction === 'flat'
        ? t.same
        : isNegative(change.amount ?? '0')
          ? t.less
          : t.more
  return (
    <>
      <Rich
        text={month === null ? t.range : period.isOpen ? t.monthOpen : t.monthClosed}
        values={{
          amount,
          month: month ?? '',
          range: dateRange(period.from, earlier(cost.frame.lastDay, addDays(period.to, -1)), locale, timeZone),
        }}
      />
      <Rich text={rest} values={{ before, percent: percent(abs(change.ratio ?? '0'), locale) }} />
      {price.ratio !== null && price.direction !== 'flat' && (
        <Rich
          text={
            price.direction === 'up'
              ? calls.movedTo === null
                ? t.dearer
                : t.dearerMoved
              : calls.movedTo === null
                ? t.cheaper
                : t.cheaperMoved
          }
          values={{ percent: percent(abs(price.ratio), locale), model: calls.movedTo }}
        />
      )}
      {saving !== null && !isZero(saving.saved) && (
        <Rich
          text={isNegative(saving.saved) ? t.cost : t.saved}
          values={{ amount: money(abs(saving.saved), currency, locale) }}
        />
      )}
    </>
  )
}
