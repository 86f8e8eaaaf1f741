import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams, CustomSeriesRenderItemReturn } from 'echarts'
import { useCallback } from 'react'
import { toNumber } from '../format'
import { isWeekend } from './buckets'
import type { LegendEntry } from './chart-frame'
import { useChartMessages } from './messages'
import { noteMarks, roomForNotes } from './note-marks'
import type { Series } from './series'
import { TimeChart, type TimeChartProps } from './time-chart'

export type StackedBarsProps = TimeChartProps & {
  /** the same buckets of the period before, as a tick on each bar */
  comparable?: { name: string; values: (string | null)[] }
  selected?: { bucket: number; seriesId: string | null } | null
}

const pointer = { type: 'shadow', shadowStyle: { color: 'var(--accent)', opacity: 0.1 } }
const none: never[] = []

/**
 * Amounts stacked per bucket, the first series on top. Solid is billed, hatched is estimated, a dashed frame is not over yet, a
 * short tick is the comparable bucket.
 */
export function StackedBars({ comparable, selected, ...props }: StackedBarsProps) {
  const { buckets, grain, timeZone, series, incomplete, notes = none } = props
  const t = useChartMessages()
  const draw = useCallback(
    (shown: Series[]) => {
      const stack = [...shown].reverse()
      const tops = buckets.map((_, i) =>
        stack.reduce(
          (height, s) => height + Math.max(0, toNumber(s.values[i])) + Math.max(0, toNumber(s.estimates?.[i])),
          0,
        ),
      )
      return {
        grid: { right: 4, top: notes.length > 0 || incomplete ? roomForNotes : 12 },
        series: [
          ...(grain === 'day' ? [weekends(buckets, timeZone)] : []),
          ...stack.flatMap((s) => bars(s, selected ?? null)),
          overlay(buckets, tops, comparable?.values, incomplete),
          ...noteMarks(notes, (bucket) => tops[bucket] ?? 0),
        ],
      }
    },
    [buckets, grain, timeZone, comparable, incomplete, notes, selected],
  )
  const marks: LegendEntry[] = []
  if (comparable) marks.push({ id: ':comparable', name: comparable.name, color: 'var(--ink)', mark: 'line' })
  if (series.some((s) => s.estimates?.some((value) => value !== null && toNumber(value) !== 0)))
    marks.push({ id: ':estimate', name: t.estimate, color: 'var(--text-2)', mark: 'hatch' })
  if (incomplete) marks.push({ id: ':incomplete', name: t.incomplete, color: 'var(--text)', mark: 'dashed' })
  return <TimeChart {...props} draw={draw} pointer={pointer} comparable={comparable} marks={marks} />
}

function weekends(buckets: string[], timeZone: string): Record<string, unknown> {
  return {
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
      if (!isWeekend(buckets[params.dataIndex] ?? '', timeZone)) return null
      const { x, width, area } = place(params, api, params.dataIndex)
      return {
        type: 'rect',
        silent: true,
        shape: { x: x - width / 2, y: area.y, width, height: area.height },
        style: { fill: 'var(--weekend)' },
      }
    },
  }
}

/** The tick of the comparable bucket, and the dashed frame around the bucket that is not over yet. */
function overlay(
  buckets: string[],
  tops: number[],
  compared: (string | null)[] | undefined,
  incomplete: string | undefined,
): Record<string, unknown> {
  const last = buckets.length - 1
  return {
    id: ':over',
    type: 'custom',
    silent: true,
    z: 10,
    data: buckets.map((_, i) => [i, Math.max(tops[i] ?? 0, toNumber(compared?.[i]))]),
    tooltip: { show: false },
    renderItem: (
      params: CustomSeriesRenderItemParams,
      api: CustomSeriesRenderItemAPI,
    ): CustomSeriesRenderItemReturn => {
      const index = params.dataIndex
      const { x, width, area } = place(params, api, index)
      const children: NonNullable<CustomSeriesRenderItemReturn>[] = []
      const before = compared?.[index]
      if (before != null) {
        const y = api.coord([index, toNumber(before)])[1] ?? 0
        const half = width * 0.44
        for (const { thick, fill } of [
          { thick: 2, fill: 'var(--card)' },
          { thick: 1, fill: 'var(--ink)' },
        ])
          children.push({
            type: 'rect',
            shape: { x: x - half, y: y - thick, width: half * 2, height: thick * 2 },
            style: { fill },
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
      return children.length ? { type: 'group', silent: true, children: children as never } : null
    },
  }
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
