import { useCallback } from 'react'
import { toNumber } from '../format'
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
}

const pointer = { type: 'line', lineStyle: { color: 'var(--accent)', type: 'solid', width: 1 } }
const none: never[] = []

/** One line an entity. The part that is not over yet is dotted. */
export function Lines({ scale = 'linear', totals = true, endLabels = false, ...props }: LinesProps) {
  const { buckets, incomplete, notes = none } = props
  const draw = useCallback(
    (shown: Series[]) => {
      const last = buckets.length - 1
      const point = (s: Series, index: number) => {
        const value = valueAt(s, index)
        return value === null || (scale === 'log' && toNumber(value) <= 0) ? '-' : toNumber(value)
      }
      const topOf = (bucket: number) => Math.max(0, ...shown.map((s) => toNumber(valueAt(s, bucket))))
      return {
        grid: { right: endLabels ? roomForNames(shown) : 8, top: notes.length > 0 ? roomForNotes : 12 },
        x: { boundaryGap: false },
        y: { type: scale === 'log' ? 'log' : 'value' },
        series: [
          ...shown.flatMap((s) => {
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
            const named = endLabels
              ? {
                  endLabel: {
                    show: true,
                    formatter: () => shortened(s.name),
                    color: 'var(--text-2)',
                    fontSize: 11,
                    distance: 8,
                  },
                  labelLayout: { moveOverlap: 'shiftY' },
                }
              : {}
            const hasTail = Boolean(incomplete) && last > 0
            const whole = buckets.map((_, i) => (incomplete && i === last ? '-' : point(s, i)))
            const parts: Record<string, unknown>[] = [
              {
                ...common,
                id: s.id,
                data: whole,
                lineStyle: { width: s.width ?? 2, color: s.color },
                ...(hasTail ? {} : named),
              },
            ]
            if (hasTail) {
              const tail = buckets.map((_, i) => (i >= last - 1 ? point(s, i) : '-'))
              parts.push({
                ...common,
                id: `${s.id}:line`,
                data: tail,
                lineStyle: { width: s.width ?? 2, color: s.color, type: [2, 3] },
                ...named,
              })
            }
            return parts
          }),
          ...noteMarks(notes, topOf),
        ],
      }
    },
    [buckets, incomplete, notes, scale, endLabels],
  )
  return <TimeChart {...props} draw={draw} pointer={pointer} totals={totals} legend={!endLabels} />
}

const longestName = 20
const shortened = (name: string) => (name.length > longestName ? `${name.slice(0, longestName - 1)}…` : name)
const roomForNames = (shown: readonly Series[]) => 18 + Math.max(0, ...shown.map((s) => shortened(s.name).length)) * 6.2
