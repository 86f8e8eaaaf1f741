import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { useQueryAnswer } from '../../api'
import { bucketsOf, valuesOf } from '../../app/answer'
import { useChartMarks } from '../../app/chart-marks'
import { useCostName } from '../../app/lens'
import { monthInside } from '../../app/month-names'
import { addDays, instantOf, later } from '../../app/period'
import { useQuestion } from '../../app/question'
import { fill, useMessages } from '../../i18n'
import { Card, ErrorPanel, SegmentedControl } from '../../ui'
import { colorsFor, otherId, type Series, StackedBars, topSeries, totalOf } from '../../ui/chart'
import { money, time } from '../../ui/format'
import { useOverviewMessages } from './messages'
import type { useBreakdown } from './use-overview'

export type TrendDimension = 'provider' | 'service' | 'team'

/** Cost over time, stacked. Solid is billed, hatched estimated, the unfinished day dashed, the comparable day a tick. */
export function Trend({
  trend,
  dimension,
  onDimension,
}: {
  trend: ReturnType<typeof useBreakdown>
  dimension: TrendDimension
  onDimension: (dimension: TrendDimension) => void
}) {
  const t = useOverviewMessages()
  const common = useMessages()
  const question = useQuestion()
  const navigate = useNavigate()
  const { currency, costMetric, costBasis, locale, timeZone, period, comparison, now, today } = question
  const { frame } = trend
  const { grain, buckets } = frame
  const costName = useCostName(costMetric, common.cost[costBasis])

  const beforeTo = period.id === 'today' ? addDays(comparison.from, 1) : addDays(comparison.lastDay, 1)
  const before = useQueryAnswer(
    {
      metrics: [costMetric],
      currency,
      timeZone,
      granularity: grain,
      period: { from: comparison.from, to: beforeTo },
      filters: question.filters,
    },
    { pace: 'settled' },
  )
  const comparable = useMemo(() => {
    const beforeBuckets = bucketsOf(comparison.from, addDays(beforeTo, -1), grain, new Date(8.64e15), (date) =>
      instantOf(date, 0, 0, timeZone),
    )
    const values = valuesOf(before.data, costMetric, beforeBuckets, grain, timeZone)
    if (!values.some((value) => value !== null)) return undefined
    const name =
      grain === 'hour'
        ? t.trend.sameHour
        : period.id === 'month' || period.id === 'last-month'
          ? fill(t.trend.sameDayOf, { month: monthInside(comparison.from, locale) })
          : t.trend.before
    return { name, values: buckets.map((_, index) => values[index] ?? null) }
  }, [before.data, comparison, beforeTo, grain, timeZone, costMetric, buckets, locale, period.id, t])

  const series = useMemo<Series[]>(() => {
    const unnamed = dimension === 'team' ? t.top.noTeam : t.top.unknown
    const all: Series[] = trend.groups.map((group) => ({
      id: group.id ?? '',
      name: group.id ?? unnamed,
      color: '',
      values: group.values,
      estimates: group.estimates,
    }))
    const shown = topSeries(all, 7, (count) => t.others(count))
    const largestFirst = [...shown].sort((a, b) =>
      a.id === otherId ? 1 : b.id === otherId ? -1 : Number(totalOf(b) ?? 0) - Number(totalOf(a) ?? 0),
    )
    const colors = colorsFor(largestFirst.map((one) => one.id))
    return largestFirst.map((one) => ({
      ...one,
      color: one.id === '' ? 'var(--c-other)' : (colors.get(one.id) ?? 'var(--c-other)'),
    }))
  }, [trend.groups, dimension, t])

  const format = useCallback(
    (value: string | null, form: 'full' | 'axis') => money(value, currency, locale, { form }),
    [currency, locale],
  )
  const marks = useChartMarks(buckets)
  const isLastOpen = period.isOpen && frame.lastDay === today
  const controls = (
    <SegmentedControl
      label={t.trend.by}
      value={dimension}
      onChange={onDimension}
      options={[
        { id: 'provider', label: t.trend.provider },
        { id: 'service', label: t.trend.service },
        { id: 'team', label: t.trend.team },
      ]}
    />
  )
  return (
    <Card className="trend-card">
      {trend.error && !trend.answer ? (
        <ErrorPanel error={trend.error} onRetry={trend.retry} />
      ) : (
        <StackedBars
          title={t.trend.title[grain]}
          note={`${costName.toLocaleLowerCase(locale)}, ${currency}`}
          buckets={buckets}
          grain={grain}
          timeZone={timeZone}
          series={series}
          format={format}
          comparable={comparable}
          incomplete={isLastOpen ? time(now, timeZone) : undefined}
          controls={controls}
          notes={marks.notes}
          noteTools={marks.tools}
          height={344}
          onZoom={(first, last) => {
            const [from, to] = [buckets[first], buckets[last]]
            if (from === undefined || to === undefined || first === last || grain === 'hour') return
            const end = last + 1 < buckets.length ? addDays(buckets[last + 1] ?? to, -1) : frame.lastDay
            question.change({ period: `${later(from, period.from)}..${end}` })
          }}
          onPick={(bucket, seriesId) => {
            const at = buckets[bucket]
            if (at === undefined) return
            void navigate({
              to: '/explore',
              search: {
                by: [dimension],
                at: {
                  bucket: grain === 'hour' ? at : instantOf(at, 0, 0, timeZone).toISOString(),
                  ...(seriesId !== null && seriesId !== otherId ? { is: [seriesId === '' ? null : seriesId] } : {}),
                },
              } as never,
            })
          }}
        />
      )}
    </Card>
  )
}
