import { useMemo, useState } from 'react'
import { useLocale } from '../../i18n/locale'
import { toNumber } from '../format'
import { axisLabel, bucketName, type Grain } from './buckets'
import { ChartCanvas } from './canvas'
import { ChartFrame } from './chart-frame'
import { ChartTable } from './chart-table'
import { useChartMessages } from './messages'
import { type Series, valueAt } from './series'
import { axisText, summarise, tooltipHtml, tooltipStyle } from './shared'
import { plainNumber } from './stacked-bars'

export type LinesProps = {
  title: string
  note?: string
  buckets: string[]
  grain: Grain
  timeZone: string
  series: Series[]
  format: (value: string | null, form: 'full' | 'axis') => string
  /** a logarithmic axis has no zero and says so in `note` */
  scale?: 'linear' | 'log'
  /** text on the last, unfinished bucket; its part of the line is dotted */
  incomplete?: string
  /** false for prices and shares, which do not add up */
  totals?: boolean
  onPick?: (bucket: number, seriesId: string | null) => void
  onZoom?: (first: number, last: number) => void
  controls?: React.ReactNode
  height?: number
  group?: string
  headingLevel?: 2 | 3
}

/** One line an entity, named at its end. */
export function Lines(props: LinesProps) {
  const {
    title,
    note,
    buckets,
    grain,
    timeZone,
    series,
    format,
    scale = 'linear',
    incomplete,
    totals = true,
    onPick,
    onZoom,
    controls,
    group,
    headingLevel,
  } = props
  const locale = useLocale()
  const t = useChartMessages()
  const [isolated, setIsolated] = useState<string | null>(null)
  const shown = useMemo(
    () =>
      isolated !== null && series.some((s) => s.id === isolated) ? series.filter((s) => s.id === isolated) : series,
    [series, isolated],
  )

  const option = useMemo(() => {
    const last = buckets.length - 1
    const point = (s: Series, index: number) => {
      const value = valueAt(s, index)
      return value === null || (scale === 'log' && toNumber(value) <= 0) ? '-' : toNumber(value)
    }
    return {
      animationDuration: 160,
      animationDurationUpdate: 160,
      aria: { enabled: false },
      grid: { left: 0, right: 8, top: 12, bottom: 9, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
      tooltip: {
        trigger: 'axis',
        axisPointer: { type: 'line', lineStyle: { color: 'var(--accent)', type: 'solid', width: 1 } },
        confine: true,
        ...tooltipStyle,
        formatter: (items: { dataIndex: number }[]) => {
          const index = items[0]?.dataIndex ?? 0
          return tooltipHtml({
            heading: bucketName(buckets[index] ?? '', grain, locale, timeZone),
            aside: incomplete && index === last ? incomplete : '',
            series: shown,
            index,
            format,
            locale,
            total: totals ? t.total : null,
            estimate: t.estimate,
          })
        },
      },
      xAxis: {
        type: 'category',
        data: buckets,
        boundaryGap: false,
        axisTick: { show: false },
        axisLine: { lineStyle: { color: 'var(--line-strong)' } },
        axisLabel: {
          ...axisText,
          hideOverlap: true,
          formatter: (value: string, index: number) => axisLabel(value, grain, locale, timeZone, index === 0),
        },
      },
      yAxis: {
        type: scale === 'log' ? 'log' : 'value',
        splitNumber: 4,
        axisLabel: { ...axisText, formatter: (value: number) => format(plainNumber(value), 'axis') },
        splitLine: { lineStyle: { color: 'var(--line)' } },
      },
      series: shown.flatMap((s) => {
        const whole = buckets.map((_, i) => (incomplete && i === last ? '-' : point(s, i)))
        const common = {
          type: 'line',
          name: s.name,
          symbol: 'circle',
          symbolSize: 5,
          showSymbol: buckets.length === 1,
          emphasis: { disabled: true },
          itemStyle: { color: s.color },
          triggerEvent: true,
        }
        const parts = [{ ...common, id: s.id, data: whole, lineStyle: { width: 2, color: s.color } }] as Record<
          string,
          unknown
        >[]
        if (incomplete && last > 0) {
          const tail = buckets.map((_, i) => (i >= last - 1 ? point(s, i) : '-'))
          parts.push({
            ...common,
            id: `${s.id}:line`,
            data: tail,
            lineStyle: { width: 2, color: s.color, type: [2, 3] },
          })
        }
        return parts
      }),
    }
  }, [shown, buckets, grain, timeZone, format, scale, incomplete, totals, locale, t])

  return (
    <ChartFrame
      title={title}
      note={note}
      summary={summarise(t, title, series, buckets, format, locale, (bucket) =>
        bucketName(bucket, grain, locale, timeZone),
      )}
      controls={controls}
      legend={series.map((s) => ({ id: s.id, name: s.name, color: s.color }))}
      isolated={isolated}
      onIsolate={setIsolated}
      headingLevel={headingLevel}
      table={
        <ChartTable
          buckets={buckets}
          name={(bucket) => bucketName(bucket, grain, locale, timeZone)}
          series={shown}
          format={format}
          onPick={onPick}
          totals={totals}
        />
      }
    >
      <ChartCanvas
        option={option}
        height={props.height ?? 300}
        buckets={buckets.length}
        group={group}
        onPick={onPick}
        onZoom={onZoom}
      />
    </ChartFrame>
  )
}
