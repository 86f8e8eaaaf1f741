import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams, CustomSeriesRenderItemReturn } from 'echarts'
import { type ChartNote, numbersOfNotes } from './time-chart'

type Shape = NonNullable<CustomSeriesRenderItemReturn>
type Place = { x: number; top: number }

// Room for a mark above the plot.
export const roomForNotes = 26
const radius = 8
const glyph = 6.1

/**
 * Numbered circles on dotted lines above the buckets at which something happened; the text beside them where there is room.
 * `topOf` is the height of a bucket, in the unit of the axis.
 */
export function noteMarks(notes: readonly ChartNote[], topOf: (bucket: number) => number): Record<string, unknown>[] {
  if (notes.length === 0) return []
  return [
    {
      id: ':notes',
      type: 'custom',
      silent: true,
      z: 11,
      data: [[0, 0]],
      tooltip: { show: false },
      renderItem: (params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) => {
        const area = params.coordSys as unknown as { x: number; y: number; width: number; height: number }
        const marks = [...numbersOfNotes(notes)].map(([bucket, number]) => ({
          number,
          texts: notes.filter((entry) => entry.bucket === bucket).map((entry) => entry.text),
          place: {
            x: api.coord([bucket, 0])[0] ?? 0,
            top: api.coord([bucket, topOf(bucket)])[1] ?? area.y,
          },
        }))
        const labels = area.width > 520 ? placeLabels(marks, area) : []
        const children = marks.flatMap(({ number, place }, index) => markOf(number, place, area.y, labels[index]))
        return { type: 'group', silent: true, children: children as never }
      },
    },
  ]
}

type Label = { text: string; x: number; align: 'left' | 'right' } | null

/** Each text stands to the right of its mark, else to the left, else nowhere: the list below has them all. */
function placeLabels(
  marks: { place: Place; texts: string[] }[],
  area: { x: number; width: number },
): (Label | undefined)[] {
  let taken = area.x
  return marks.map(({ place, texts }, index) => {
    const text = texts.length > 1 ? `${texts[0]} +${texts.length - 1}` : (texts[0] ?? '')
    const width = text.length * glyph
    const next = marks[index + 1]?.place.x ?? area.x + area.width + radius
    const left = place.x - radius - 4 - width
    if (place.x + radius + 4 + width < next - radius - 6) {
      taken = place.x + radius + 4 + width + 6
      return { text, x: place.x + radius + 4, align: 'left' }
    }
    if (left > taken) {
      taken = place.x + radius + 6
      return { text, x: place.x - radius - 4, align: 'right' }
    }
    taken = place.x + radius + 6
    return undefined
  })
}

function markOf(number: number, { x, top }: Place, plotTop: number, label: Label | undefined): Shape[] {
  const y = plotTop - 14
  return [
    {
      type: 'line',
      shape: { x1: x, y1: y + radius, x2: x, y2: Math.max(plotTop, top - 4) },
      style: { stroke: 'var(--accent)', lineWidth: 1.5, lineDash: [2, 2] },
    },
    {
      type: 'circle',
      shape: { cx: x, cy: y, r: radius },
      style: { fill: 'var(--accent-tint)', stroke: 'var(--accent)', lineWidth: 1 },
    },
    {
      type: 'text',
      style: {
        text: String(number),
        x,
        y,
        align: 'center',
        verticalAlign: 'middle',
        fill: 'var(--accent)',
        fontSize: 10,
        fontWeight: 700,
      },
    },
    ...(label
      ? [
          {
            type: 'text' as const,
            style: {
              text: label.text,
              x: label.x,
              y,
              align: label.align,
              verticalAlign: 'middle' as const,
              fill: 'var(--text-2)',
              fontSize: 11,
            },
          },
        ]
      : []),
  ]
}
