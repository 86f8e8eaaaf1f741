import { useCallback, useMemo } from 'react'
import { useQuestion } from '../../app/question'
import { fill } from '../../i18n'
import { Card, ErrorPanel, Skeleton, useMedia } from '../../ui'
import { Lines, otherId, type Series } from '../../ui/chart'
import { compare, time, unitPrice } from '../../ui/format'
import { chartGroup, chartHeight, useCostSeries } from './cost-chart'
import { useAiMessages } from './messages'
import { type useAiCost, usePriceCourse } from './use-ai'

/** What a thousand tokens cost over time: one line a model, named at its end, and all together in black. */
export function CourseChart({ cost }: { cost: ReturnType<typeof useAiCost> }) {
  const t = useAiMessages().course
  const { currency, locale, timeZone, period, now, today } = useQuestion()
  const course = usePriceCourse()
  const shown = useCostSeries(cost)
  const wide = useMedia('(min-width: 768px)')
  const series = useMemo<Series[]>(() => {
    const colors = new Map(shown.map((one) => [one.id, one.color]))
    const models = shown
      .filter((one) => one.id !== otherId && course.lines.has(one.id))
      .map((one): Series => ({ ...one, values: course.lines.get(one.id) ?? [], estimates: undefined }))
    // Models whose bill writes another name than their calls still have a price.
    for (const [id, values] of course.lines)
      if (id !== null && !colors.has(id) && models.length < 8)
        models.push({ id, name: id, color: 'var(--c-other)', values })
    const all = course.lines.get(null)
    return [
      ...models,
      ...(all && models.length > 1 ? [{ id: ':all', name: t.all, color: 'var(--text)', values: all, width: 2.5 }] : []),
    ]
  }, [shown, course.lines, t])
  const format = useCallback(
    (value: string | null, form: 'full' | 'axis') =>
      unitPrice(value, currency, locale, { digits: form === 'axis' ? 1 : 3 }),
    [currency, locale],
  )
  const latest = series
    .filter((one) => one.id !== ':all')
    .flatMap((one) => {
      const value = one.values.findLast((each) => each !== null)
      return value == null ? [] : [{ name: one.name, value }]
    })
    .sort((a, b) => compare(a.value, b.value))
  const [low, high] = [latest[0], latest.at(-1)]
  return (
    <Card className="ai-chart">
      {course.error && course.lines.size === 0 ? (
        <ErrorPanel error={course.error} onRetry={course.retry} />
      ) : course.pending ? (
        <Skeleton width="100%" height={chartHeight} />
      ) : low === undefined || high === undefined ? (
        <>
          <h2 className="chart-title">{t.title}</h2>
          <p className="ai-none">{t.none}</p>
        </>
      ) : (
        <Lines
          title={t.title}
          note={fill(t.note, { currency })}
          summary={t.summary(
            String(latest.length),
            format(low.value, 'full'),
            low.name,
            format(high.value, 'full'),
            high.name,
          )}
          scale="log"
          totals={false}
          endLabels={wide}
          buckets={course.frame.buckets}
          grain={course.frame.grain}
          timeZone={timeZone}
          series={series}
          format={format}
          incomplete={period.isOpen && course.frame.lastDay === today ? time(now, timeZone) : undefined}
          height={wide ? chartHeight + 84 : chartHeight}
          group={chartGroup}
        />
      )}
    </Card>
  )
}
