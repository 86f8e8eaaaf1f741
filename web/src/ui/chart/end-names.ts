import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams, CustomSeriesRenderItemReturn } from 'echarts'
import { type Series, valueAt } from './series'
import { axisText } from './shared'

const longest = 22
const lineHeight = 14
const glyph = 6.1
const shortened = (name: string) => (name.length > longest ? `${name.slice(0, longest - 1)}…` : name)

/** Pixels at the right that the names need. */
export const roomForNames = (shown: readonly Series[]) =>
  34 + Math.max(0, ...shown.map((s) => shortened(s.name).length)) * glyph

/** The name of each line at its end, with its colour; pushed apart where lines end close together. */
export function endNames(
  shown: readonly Series[],
  buckets: number,
  height: (value: string | null) => number | null,
): Record<string, unknown>[] {
  const ends = shown.flatMap((s) => {
    for (let index = buckets - 1; index >= 0; index--) {
      const at = height(valueAt(s, index))
      if (at !== null) return [{ s, index, at }]
    }
    return []
  })
  if (ends.length === 0) return []
  return [
    {
      id: ':names',
      type: 'custom',
      silent: true,
      z: 11,
      clip: false,
      data: [[ends[0]!.index, ends[0]!.at]],
      tooltip: { show: false },
      renderItem: (
        params: CustomSeriesRenderItemParams,
        api: CustomSeriesRenderItemAPI,
      ): CustomSeriesRenderItemReturn => {
        const area = params.coordSys as unknown as { x: number; y: number; width: number; height: number }
        const places = ends
          .map(({ s, index, at }) => {
            const [x = 0, y = 0] = api.coord([index, at])
            return { s, x, from: y, y }
          })
          .sort((a, b) => a.from - b.from)
        spread(places, area.y + lineHeight / 2, Math.max(area.y + area.height - 4, area.y + places.length * lineHeight))
        const left = area.x + area.width + 8
        return {
          type: 'group',
          silent: true,
          children: places.flatMap(({ s, x, from, y }) => [
            {
              type: 'polyline' as const,
              shape: {
                points: [
                  [x + 3, from],
                  [left + 2, from],
                  [left + 10, y],
                ],
              },
              style: { stroke: 'var(--line-strong)', lineWidth: 1, fill: 'none' },
            },
            {
              type: 'rect' as const,
              shape: { x: left + 13, y: y - 4, width: 8, height: 8, r: 2 },
              style: { fill: s.color },
            },
            {
              type: 'text' as const,
              style: {
                text: shortened(s.name),
                x: left + 25,
                y,
                verticalAlign: 'middle' as const,
                fill: 'var(--text-2)',
                fontSize: 11,
                fontFamily: axisText.fontFamily,
                fontWeight: s.width === undefined ? 400 : 600,
              },
            },
          ]),
        } as CustomSeriesRenderItemReturn
      },
    },
  ]
}

/** Moves places, which are in order, just so far apart that no two names lie on one another, and keeps them within the plot. */
export function spread(places: { y: number }[], top: number, bottom: number): void {
  let below = top - lineHeight
  for (const place of places) {
    place.y = Math.max(place.y, below + lineHeight)
    below = place.y
  }
  let above = bottom + lineHeight
  for (const place of [...places].reverse()) {
    place.y = Math.min(place.y, above - lineHeight)
    above = place.y
  }
}
