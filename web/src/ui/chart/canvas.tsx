import type { EChartsCoreOption } from 'echarts/core'
import { useEffect, useRef, useState } from 'react'
import { useLocale } from '../../i18n/locale'
import type { Chart } from './echarts'
import './chart.css'

export type ChartHandlers = {
  /** A place of the picture was pressed: index of the bucket, and the series where one was hit. */
  onPick?: (bucket: number, seriesId: string | null) => void
  /** A range of buckets was dragged over, both inclusive. */
  onZoom?: (first: number, last: number) => void
}

type Props = ChartHandlers & {
  option: EChartsCoreOption
  height: number
  buckets: number
  group?: string
}

/** ECharts as a component: loads it when first needed, draws, follows the size, and turns presses and drags into buckets. */
export function ChartCanvas({ option, height, buckets, group, onPick, onZoom }: Props) {
  const locale = useLocale()
  const box = useRef<HTMLDivElement>(null)
  const [chart, setChart] = useState<Chart | null>(null)
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null)
  const handlers = useRef({ onPick, onZoom, buckets })
  handlers.current = { onPick, onZoom, buckets }

  useEffect(() => {
    const element = box.current
    if (!element) return
    let disposed = false
    let made: Chart | null = null
    const observer = new ResizeObserver(() => made?.resize())
    void import('./echarts').then(({ draw }) => {
      if (disposed) return
      made = draw(element, locale, group)
      observer.observe(element)
      listen(made)
      setChart(made)
    })
    return () => {
      disposed = true
      observer.disconnect()
      made?.dispose()
      setChart(null)
    }

    function listen(target: Chart) {
      const zr = target.getZr()
      let start: { x: number; bucket: number } | null = null
      const bucketAt = (x: number) => {
        const found = target.convertFromPixel({ xAxisIndex: 0 }, x) as unknown as number
        return Math.max(0, Math.min(handlers.current.buckets - 1, Math.round(found)))
      }
      let pressed: string | null = null
      target.on('mousedown', (params) => {
        const id = params.seriesId
        pressed = typeof id === 'string' ? id.replace(/:(estimate|line)$/, '') : null
      })
      zr.on('mousedown', (event) => {
        const point = [event.offsetX, event.offsetY]
        if (!target.containPixel({ gridIndex: 0 }, point)) return
        // The chart's own event, which knows the series, comes after this one within the same press.
        pressed = null
        start = { x: event.offsetX, bucket: bucketAt(event.offsetX) }
      })
      zr.on('mousemove', (event) => {
        if (!start || !handlers.current.onZoom) return
        if (Math.abs(event.offsetX - start.x) > 6)
          setDrag({ from: Math.min(start.x, event.offsetX), to: Math.max(start.x, event.offsetX) })
      })
      zr.on('mouseup', (event) => {
        if (!start) return
        const moved = Math.abs(event.offsetX - start.x) > 6
        const end = bucketAt(event.offsetX)
        if (moved && handlers.current.onZoom)
          handlers.current.onZoom(Math.min(start.bucket, end), Math.max(start.bucket, end))
        else if (!moved) handlers.current.onPick?.(start.bucket, pressed)
        start = null
        pressed = null
        setDrag(null)
      })
      zr.on('globalout', () => {
        start = null
        pressed = null
        setDrag(null)
      })
    }
  }, [locale, group])

  useEffect(() => {
    chart?.setOption(option, { notMerge: true })
  }, [chart, option])

  return (
    <div className="chart-canvas" style={{ height }}>
      <div ref={box} className={onPick ? 'chart-canvas-box chart-pick' : 'chart-canvas-box'} aria-hidden="true" />
      {chart === null && <div className="chart-skeleton" aria-hidden="true" />}
      {drag && <div className="chart-drag" style={{ left: drag.from, width: drag.to - drag.from }} />}
    </div>
  )
}
