import type { EChartsCoreOption } from 'echarts/core'
import { X } from 'lucide-react'
import { type ReactNode, useMemo, useState } from 'react'
import { useLocale } from '../../i18n/locale'
import { axisLabel, bucketName, type Grain } from './buckets'
import { ChartCanvas, type ChartHandlers } from './canvas'
import { ChartFrame, type LegendEntry } from './chart-frame'
import { ChartTable } from './chart-table'
import { useChartMessages } from './messages'
import type { Series } from './series'
import { axisText, summarise, tooltipHtml, tooltipStyle } from './shared'

/** Something that happened at a bucket: a mark on the picture and a line below it. */
export type ChartNote = { id: string; bucket: number; text: string; onDelete?: () => void }

export type TimeChartProps = ChartHandlers & {
  title: string
  note?: string
  /** starts of the buckets, RFC 3339 or bare dates, in order */
  buckets: string[]
  grain: Grain
  timeZone: string
  /** at most eight and "other" (see `topSeries`), the largest first */
  series: Series[]
  /** `full` for tooltip, table and summary; `axis` for the axis */
  format: (value: string | null, form: 'full' | 'axis') => string
  /** text on the last, unfinished bucket (`14:32`); absent where the last bucket is whole */
  incomplete?: string
  notes?: ChartNote[]
  controls?: ReactNode
  /** stands beside the notes: a way to add one */
  noteTools?: ReactNode
  height?: number
  /** charts of one page that share the crosshair */
  group?: string
  headingLevel?: 2 | 3
  /** for those who do not see the picture, where the sums of the usual summary would say nothing */
  summary?: string
}

type Drawing = {
  /** what a kind of chart draws of the series that are shown; merged over the shared axes */
  draw: (shown: Series[]) => {
    series: Record<string, unknown>[]
    grid: Record<string, unknown>
    x?: object
    y?: object
  }
  pointer: object
  comparable?: { name: string; values: (string | null)[] }
  marks?: LegendEntry[]
  /** false for prices and shares, which do not add up */
  totals?: boolean
  /** false where the drawing names its series itself */
  legend?: boolean
}

/** What every chart over time shares: axes, read-out, legend that isolates, notes, zoom, the table behind it. */
export function TimeChart({
  title,
  note,
  buckets,
  grain,
  timeZone,
  series,
  format,
  incomplete,
  notes = [],
  controls,
  noteTools,
  height = 300,
  group,
  headingLevel,
  summary,
  legend = true,
  onPick,
  onZoom,
  draw,
  pointer,
  comparable,
  marks = [],
  totals = true,
}: TimeChartProps & Drawing) {
  const locale = useLocale()
  const t = useChartMessages()
  const [isolated, setIsolated] = useState<string | null>(null)
  const shown = useMemo(
    () =>
      isolated !== null && series.some((s) => s.id === isolated) ? series.filter((s) => s.id === isolated) : series,
    [series, isolated],
  )
  const option = useMemo<EChartsCoreOption>(() => {
    const last = buckets.length - 1
    const drawn = draw(shown)
    return {
      animationDuration: 160,
      animationDurationUpdate: 160,
      aria: { enabled: false },
      textStyle: { fontFamily: axisText.fontFamily },
      grid: { left: 0, bottom: 9, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel', ...drawn.grid },
      tooltip: {
        trigger: 'axis',
        axisPointer: pointer,
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
            total: totals ? t.total : null,
            estimate: t.estimate,
            comparable: comparable ? { name: comparable.name, value: comparable.values[index] ?? null } : undefined,
            notes: notes.filter((entry) => entry.bucket === index).map((entry) => entry.text),
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
        ...drawn.x,
      },
      yAxis: {
        type: 'value',
        splitNumber: 4,
        splitLine: { lineStyle: { color: 'var(--line)' } },
        ...drawn.y,
        axisLabel: {
          ...axisText,
          formatter: (value: number) => format(plainNumber(value), 'axis'),
          ...(drawn.y as { axisLabel?: object } | undefined)?.axisLabel,
        },
      },
      series: drawn.series,
    }
  }, [shown, buckets, grain, timeZone, format, comparable, incomplete, notes, locale, t, draw, pointer, totals])
  const name = (bucket: string) => bucketName(bucket, grain, locale, timeZone)
  const numbers = numbersOfNotes(notes)
  return (
    <ChartFrame
      title={title}
      note={note}
      summary={summary ?? summarise(t, title, series, buckets, format, locale, name)}
      controls={controls}
      legend={legend ? series.map((s) => ({ id: s.id, name: s.name, color: s.color })) : []}
      marks={marks}
      isolated={isolated}
      onIsolate={setIsolated}
      headingLevel={headingLevel}
      table={
        <ChartTable
          buckets={buckets}
          name={name}
          series={shown}
          format={format}
          onPick={onPick}
          comparable={comparable}
          totals={totals}
        />
      }
      below={
        (notes.length > 0 || noteTools) && (
          <div className="chart-foot">
            {notes.length > 0 && (
              <ol className="chart-notes">
                {notes.map((entry) => (
                  <li key={entry.id}>
                    <span className="chart-notes-number">{numbers.get(entry.bucket)}</span>
                    <span>
                      <span className="quiet">
                        {axisLabel(buckets[entry.bucket] ?? '', grain, locale, timeZone, true)}
                      </span>{' '}
                      {entry.text}
                    </span>
                    {entry.onDelete && (
                      <button
                        type="button"
                        className="chart-notes-delete"
                        aria-label={t.deleteNote(entry.text)}
                        title={t.deleteNote(entry.text)}
                        onClick={entry.onDelete}
                      >
                        <X size={12} strokeWidth={1.75} aria-hidden="true" />
                      </button>
                    )}
                  </li>
                ))}
              </ol>
            )}
            {noteTools}
          </div>
        )
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

/** Notes of one bucket share its number. */
export function numbersOfNotes(notes: readonly ChartNote[]): Map<number, number> {
  const places = [...new Set(notes.map((entry) => entry.bucket))].sort((a, b) => a - b)
  return new Map(places.map((bucket, index) => [bucket, index + 1]))
}

/** An axis step as decimal text: the axis is the one place where ECharts makes the numbers. */
function plainNumber(value: number): string {
  return Number.isInteger(value) ? value.toString() : value.toFixed(12)
}
