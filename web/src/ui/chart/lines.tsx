import { useCallback } from 'react'
import { toNumber } from '../format'
import { endNames, roomForNames } from './end-names'
import { noteMarks, roomForNotes } from './note-marks'
import { type Series, valueAt } from './series'
import { TimeChart, type TimeChartProps } from './time-chart'

export type LinesProps = TimeChartProps & {
  /** a logarithmic axis has no zero and says so in `note` */
  scale?: 'linear' | 'log'
  /** false for prices and shares, which do not add up */
  totals?: boolean
  /** names at the ends of the lines instead of a legend, for pictures that are wide enough */
  endLabels?: boolean
  /** false for shares close to one another: the axis then begins near the lowest, and says so in `note` */
  fromZero?: boolean
}

const pointer = { type: 'line', lineStyle: { color: 'var(--accent)', type: 'solid', width: 1 } }
const none: never[] = []

/** One line an entity. The part that is not over yet is dotted. */
export function Lines({ scale = 'linear', totals = true, endLabels = false, fromZero = true, ...props }: LinesProps) {
  const { buckets, incomplete, notes = none, format } = props
  const draw = useCallback(
    (shown: Series[]) => {
      const last = buckets.length - 1
      // The axis of a logarithmic picture counts powers of ten: its steps can then lie between them.
      const height = (value: string | null) => {
        if (value === null) return null
        const number = toNumber(value)
        if (scale === 'linear') return number
        return number > 0 ? Math.log10(number) : null
      }
      const point = (s: Series, index: number) => height(valueAt(s, index)) ?? '-'
      const topOf = (bucket: number) =>
        Math.max(...shown.map((s) => height(valueAt(s, bucket)) ?? Number.NEGATIVE_INFINITY))
      return {
        grid: { right: endLabels ? roomForNames(shown) : 8, top: notes.length > 0 ? roomForNotes : 12 },
        x: { boundaryGap: false },
        y: scale === 'log' ? logAxis(shown, buckets.length, height, format) : { scale: !fromZero },
        series: [
          ...shown.flatMap((s) => {
            const width = s.width ?? 2
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
            const whole = buckets.map((_, i) => (incomplete && i === last ? '-' : point(s, i)))
            const parts: Record<string, unknown>[] = [
              { ...common, id: s.id, data: whole, lineStyle: { width, color: s.color } },
            ]
            if (incomplete && last > 0) {
              const tail = buckets.map((_, i) => (i >= last - 1 ? point(s, i) : '-'))
              parts.push({
                ...common,
                id: `${s.id}:line`,
                data: tail,
                lineStyle: { width, color: s.color, type: [2, 3] },
              })
            }
            return parts
          }),
          ...(endLabels ? endNames(shown, buckets.length, (value) => height(value)) : []),
          ...noteMarks(notes, topOf),
        ],
      }
    },
    [buckets, incomplete, notes, scale, endLabels, fromZero, format],
  )
  return <TimeChart {...props} draw={draw} pointer={pointer} totals={totals} legend={!endLabels} />
}

/** Steps of half a power of ten, as many as the lines need: 0.0001, 0.0003, 0.001 … */
function logAxis(
  shown: readonly Series[],
  buckets: number,
  height: (value: string | null) => number | null,
  format: LinesProps['format'],
): object {
  const heights = shown
    .flatMap((s) => Array.from({ length: buckets }, (_, i) => height(valueAt(s, i))))
    .filter((value): value is number => value !== null)
  const low = Math.floor((Math.min(...heights) - 0.05) * 2) / 2
  const high = Math.ceil((Math.max(...heights) + 0.05) * 2) / 2
  if (!Number.isFinite(low) || !Number.isFinite(high)) return {}
  return {
    min: low,
    max: high,
    interval: high - low > 3 ? 1 : 0.5,
    axisLabel: { formatter: (power: number) => format((10 ** power).toFixed(12), 'axis') },
  }
}
