import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams, CustomSeriesRenderItemReturn } from 'echarts'
import { useMemo, useState } from 'react'
import { useLocale } from '../../i18n/locale'
import { toNumber } from '../format'
import { axisLabel, bucketName, type Grain, isWeekend } from './buckets'
import { ChartCanvas, type ChartHandlers } from './canvas'
import { ChartFrame, type LegendEntry } from './chart-frame'
import { ChartTable } from './chart-table'
import { useChartMessages } from './messages'
import type { Series } from './series'
import { axisText, summarise, tooltipHtml, tooltipStyle } from './shared'

export type ChartNote = { bucket: number; text: string }

export type StackedBarsProps = {
  title: string
  note?: string
  /** starts of the buckets, RFC 3339 or bare dates, in order */
  buckets: string[]
  grain: Grain
  timeZone: string
  /** at most eight and "other" (see `topSeries`), the largest first; drawn from the last at the bottom to the first on top */
  series: Series[]
  /** `full` for tooltip, table and summary; `axis` for the axis */
  format: (value: string | null, form: 'full' | 'axis') => string
  /** the same buckets of the period before, as a tick on each bar */
  comparable?: { name: string; values: (string | null)[] }
  /** text on the last, unfinished bucket (`14:32`); absent where the last bucket is whole */
  incomplete?: string
  notes?: ChartNote[]
  selected?: { bucket: number; seriesId: string | null } | null
  onPick?: (bucket: number, seriesId: string | null) => void
  onZoom?: ChartHandlers['onZoom']
  controls?: React.ReactNode
  height?: number
  /** charts of one page that share the crosshair */
  group?: string
  headingLevel?: 2 | 3
}

/** Amounts stacked per bucket. Solid is billed, hatched is estimated, a dashed frame is not over yet, a short tick is the comparable bucket. */
export function StackedBars(props: StackedBarsProps) {
  const {
    title,
    note,
    buckets,
    grain,
    timeZone,
    series,
    format,
    comparable,
    incomplete,
    notes = [],
    selected,
    onPick,
    onZoom,
    controls,
    group,
    headingLevel,
  } = props
  const height = props.height ?? 300
  const locale = useLocale()
  const t = useChartMessages()
  const [isolated, setIsolated] = useState<string | null>(null)
  const shown = useMemo(
    () =>
      isolated !== null && series.some((s) => s.id === isolated) ? series.filter((s) => s.id === isolated) : series,
    [series, isolated],
  )
  const hasEstimate = series.some((s) => s.estimates?.some((value) => value !== null && toNumber(value) !== 0))

  const option = useMemo(() => {
    const stack = [...shown].reverse()
    const tops = buckets.map((_, i) =>
      stack.reduce(
        (height, s) => height + Math.max(0, toNumber(s.values[i])) + Math.max(0, toNumber(s.estimates?.[i])),
        0,
      ),
    )
    const last = buckets.length - 1
    const weekends = grain === 'day'
    return {
      animationDuration: 160,
      animationDurationUpdate: 160,
      aria: { enabled: false },
      textStyle: { fontFamily: axisText.fontFamily },
      grid: {
        left: 0,
        right: 4,
        top: notes.length || incomplete ? 26 : 12,
        bottom: 9,
        outerBoundsMode: 'same',
        outerBoundsContain: 'axisLabel',
      },
      tooltip: {
        trigger: 'axis',
        axisPointer: { type: 'shadow', shadowStyle: { color: 'var(--accent)', opacity: 0.1 } },
        confine: true,
        transitionDuration: 0.1,
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
            total: t.total,
            estimate: t.estimate,
            comparable: comparable ? { name: comparable.name, value: comparable.values[index] ?? null } : undefined,
          })
        },
      },
      xAxis: {
        type: 'category',
        data: buckets,
        axisTick: { show: false },
        axisLine: { lineStyle: { color: 'var(--line-strong)' } },
        axisLabel: {
          ...axisText,
          hideOverlap: true,
          formatter: (value: string, index: number) =>
            index === last && incomplete
              ? `{last|${axisLabel(value, grain, locale, timeZone, index === 0)}}`
              : axisLabel(value, grain, locale, timeZone, index === 0),
          rich: { last: { fontWeight: 700, color: 'var(--text)', fontSize: 11 } },
        },
      },
      yAxis: {
        type: 'value',
        splitNumber: 4,
        axisLabel: { ...axisText, formatter: (value: number) => format(plainNumber(value), 'axis') },
        splitLine: { lineStyle: { color: 'var(--line)' } },
      },
      series: [
        {
          id: ':under',
          type: 'custom',
          silent: true,
          z: 0,
          data: buckets.map((_, i) => [i, 0]),
          tooltip: { show: false },
          renderItem: (
            params: CustomSeriesRenderItemParams,
            api: CustomSeriesRenderItemAPI,
          ): CustomSeriesRenderItemReturn => {
            const index = params.dataIndex
            if (!weekends || !isWeekend(buckets[index] ?? '', timeZone)) return null
            const { x, width, area } = place(params, api, index)
            return {
              type: 'rect',
              silent: true,
              shape: { x: x - width / 2, y: area.y, width, height: area.height },
              style: { fill: 'var(--weekend)' },
            }
          },
        },
        ...stack.flatMap((s) => bars(s, selected ?? null)),
        {
          id: ':over',
          type: 'custom',
          silent: true,
          z: 10,
          data: buckets.map((_, i) => [i, Math.max(tops[i] ?? 0, toNumber(comparable?.values[i]))]),
          tooltip: { show: false },
          renderItem: (
            params: CustomSeriesRenderItemParams,
            api: CustomSeriesRenderItemAPI,
          ): CustomSeriesRenderItemReturn => {
            const index = params.dataIndex
            const { x, width, area } = place(params, api, index)
            const children: NonNullable<CustomSeriesRenderItemReturn>[] = []
            const compared = comparable?.values[index]
            if (compared != null) {
              const y = api.coord([index, toNumber(compared)])[1] ?? 0
              const half = width * 0.44
              children.push({
                type: 'rect',
                shape: { x: x - half, y: y - 2, width: half * 2, height: 4 },
                style: { fill: 'var(--card)' },
              })
              children.push({
                type: 'rect',
                shape: { x: x - half, y: y - 1, width: half * 2, height: 2 },
                style: { fill: 'var(--ink)' },
              })
            }
            if (incomplete && index === last) {
              const top = api.coord([index, tops[index] ?? 0])[1] ?? 0
              const half = Math.min(width * 0.5 - 1, width * 0.38 + 3)
              children.push({
                type: 'rect',
                shape: { x: x - half, y: top - 2, width: half * 2, height: area.y + area.height - top + 2 },
                style: { fill: 'none', stroke: 'var(--text)', lineWidth: 1, lineDash: [3, 3] },
              })
              children.push({
                type: 'text',
                style: {
                  text: incomplete,
                  x: Math.min(x, area.x + area.width - 16),
                  y: top - 6,
                  align: 'center',
                  verticalAlign: 'bottom',
                  fill: 'var(--text)',
                  fontSize: 11,
                  fontWeight: 600,
                },
              })
            }
            for (const [number, entry] of notes.entries()) {
              if (entry.bucket !== index) continue
              const top = api.coord([index, tops[index] ?? 0])[1] ?? 0
              children.push({
                type: 'line',
                shape: { x1: x, y1: area.y - 8, x2: x, y2: Math.max(area.y, top - 4) },
                style: { stroke: 'var(--accent)', lineWidth: 1.5, lineDash: [2, 2] },
              })
              children.push({
                type: 'circle',
                shape: { cx: x, cy: area.y - 14, r: 8 },
                style: { fill: 'var(--accent-tint)', stroke: 'var(--accent)', lineWidth: 1 },
              })
              children.push({
                type: 'text',
                style: {
                  text: String(number + 1),
                  x,
                  y: area.y - 14,
                  align: 'center',
                  verticalAlign: 'middle',
                  fill: 'var(--accent)',
                  fontSize: 10,
                  fontWeight: 700,
                },
              })
            }
            return children.length ? { type: 'group', silent: true, children: children as never } : null
          },
        },
      ],
    }
  }, [shown, buckets, grain, timeZone, format, comparable, incomplete, notes, selected, locale, t])

  const legend: LegendEntry[] = series.map((s) => ({ id: s.id, name: s.name, color: s.color }))
  const marks: LegendEntry[] = []
  if (comparable) marks.push({ id: ':comparable', name: comparable.name, color: 'var(--ink)', mark: 'line' })
  if (hasEstimate) marks.push({ id: ':estimate', name: t.estimate, color: 'var(--text-2)', mark: 'hatch' })
  if (incomplete) marks.push({ id: ':incomplete', name: t.incomplete, color: 'var(--text)', mark: 'dashed' })

  return (
    <ChartFrame
      title={title}
      note={note}
      summary={summarise(t, title, series, buckets, format, locale, (bucket) =>
        bucketName(bucket, grain, locale, timeZone),
      )}
      controls={controls}
      legend={legend}
      marks={marks}
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
          comparable={comparable}
        />
      }
      below={
        notes.length > 0 ? (
          <ol className="chart-notes">
            {notes.map((entry, index) => (
              <li key={`${entry.bucket}:${entry.text}`}>
                <span className="chart-notes-number">{index + 1}</span>
                {axisLabel(buckets[entry.bucket] ?? '', grain, locale, timeZone, true)} {entry.text}
              </li>
            ))}
          </ol>
        ) : undefined
      }
    >
      <ChartCanvas
        option={option}
        height={height}
        buckets={buckets.length}
        group={group}
        onPick={onPick}
        onZoom={onZoom}
      />
    </ChartFrame>
  )
}

function bars(series: Series, selected: { bucket: number; seriesId: string | null } | null) {
  const data = (values: (string | null)[] | undefined) =>
    (values ?? []).map((value, index) => {
      const number = value === null ? '-' : toNumber(value)
      if (selected?.bucket === index && selected.seriesId === series.id)
        return { value: number, itemStyle: { borderColor: 'var(--ink)', borderWidth: 2 } }
      return number
    })
  const common = {
    type: 'bar',
    stack: 'all',
    barWidth: '76%',
    barMaxWidth: 56,
    z: 2,
    emphasis: { disabled: true },
    name: series.name,
  }
  const parts = [
    {
      ...common,
      id: series.id,
      data: data(series.values),
      itemStyle: { color: series.color, borderColor: 'var(--card)', borderWidth: 0.5 },
    },
  ] as Record<string, unknown>[]
  if (series.estimates?.some((value) => value !== null)) {
    parts.push({
      ...common,
      id: `${series.id}:estimate`,
      data: data(series.estimates),
      itemStyle: {
        color: `color-mix(in srgb, ${series.color} 26%, var(--card))`,
        borderColor: 'var(--card)',
        borderWidth: 0.5,
        decal: {
          symbol: 'rect',
          symbolSize: 1,
          color: series.color,
          dashArrayX: [1, 0],
          dashArrayY: [1.6, 3],
          rotation: -Math.PI / 4,
        },
      },
    })
  }
  return parts
}

function place(params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI, index: number) {
  const area = params.coordSys as unknown as { x: number; y: number; width: number; height: number }
  const size = api.size?.([1, 0]) as number[]
  return { x: api.coord([index, 0])[0] ?? 0, width: size[0] ?? 0, area }
}

/** An axis step as decimal text: the axis is the one place where ECharts makes the numbers. */
export function plainNumber(value: number): string {
  return Number.isInteger(value) ? value.toString() : value.toFixed(12)
}
