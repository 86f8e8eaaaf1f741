import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { useChartMarks } from '../../app/chart-marks'
import { addDays, instantOf, later } from '../../app/period'
import { useQuestion } from '../../app/question'
import { fill } from '../../i18n'
import { Card, ErrorPanel } from '../../ui'
import { colorsFor, otherId, type Series, StackedBars, topSeries, totalOf } from '../../ui/chart'
import { compare, money, time } from '../../ui/format'
import { useAiMessages } from './messages'
import { aiOnly, type useAiCost } from './use-ai'

export const chartHeight = 290
export const chartGroup = 'ai'

type Cost = ReturnType<typeof useAiCost>

/** The largest models of the period with their colours, the largest first: what both pictures draw. */
export function useCostSeries(cost: Cost): Series[] {
  const t = useAiMessages().cost
  return useMemo(() => {
    const all: Series[] = cost.groups.map((group) => ({
      id: group.id ?? '',
      name: group.id ?? t.noModel,
      color: '',
      values: group.values,
      estimates: group.estimates,
    }))
    const sorted = topSeries(all, 7, t.other).sort((a, b) =>
      a.id === otherId ? 1 : b.id === otherId ? -1 : compare(totalOf(b) ?? '0', totalOf(a) ?? '0'),
    )
    const colors = colorsFor(sorted.map((one) => one.id).filter((id) => id !== '' && id !== otherId))
    return sorted.map((one) => ({ ...one, color: colors.get(one.id) ?? 'var(--c-other)' }))
  }, [cost.groups, t])
}

/** AI cost over time, stacked by model; solid is billed, hatched estimated. */
export function CostChart({ cost }: { cost: Cost }) {
  const t = useAiMessages().cost
  const question = useQuestion()
  const navigate = useNavigate()
  const { currency, locale, timeZone, period, now, today } = question
  const { buckets, grain, lastDay } = cost.frame
  const series = useCostSeries(cost)
  const marks = useChartMarks(buckets)
  const format = useCallback(
    (value: string | null, form: 'full' | 'axis') => money(value, currency, locale, { form }),
    [currency, locale],
  )
  return (
    <Card className="ai-chart">
      {cost.error && !cost.answer ? (
        <ErrorPanel error={cost.error} onRetry={cost.retry} />
      ) : (
        <StackedBars
          title={t.title[grain]}
          note={fill(t.note, { currency })}
          buckets={buckets}
          grain={grain}
          timeZone={timeZone}
          series={series}
          format={format}
          incomplete={period.isOpen && lastDay === today ? time(now, timeZone) : undefined}
          notes={marks.notes}
          noteTools={marks.tools}
          height={chartHeight}
          group={chartGroup}
          onZoom={(first, last) => {
            const [from, to] = [buckets[first], buckets[last]]
            if (from === undefined || to === undefined || first === last || grain === 'hour') return
            const end = last + 1 < buckets.length ? addDays(buckets[last + 1] ?? to, -1) : lastDay
            question.change({ period: `${later(from, period.from)}..${end}` })
          }}
          onPick={(bucket) => {
            const at = buckets[bucket]
            if (at === undefined) return
            void navigate({
              to: '/explore',
              search: {
                by: ['model'],
                where: [aiOnly],
                at: { bucket: grain === 'hour' ? at : instantOf(at, 0, 0, timeZone).toISOString() },
              } as never,
            })
          }}
        />
      )}
    </Card>
  )
}
