import type { EChartsCoreOption } from 'echarts/core'
import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react'
import { useLocale } from '../../i18n/locale'
import { ChartHead } from './chart-head'
import type { Chart } from './echarts'
import './chart.css'

/** `depth` is the column, from the left. `text` stands under the name. */
export type SankeyNode = { id: string; name: string; text: string; color: string; depth: number }
/** `value` draws the width; `text` is the amount to the last digit that is shown. */
export type SankeyLink = { from: string; to: string; value: number; text: string; color: string }

type Props = {
  title: string
  note?: string
  /** for those who do not see the picture */
  summary: string
  columns: string[]
  nodes: SankeyNode[]
  links: SankeyLink[]
  height: number
  table: ReactNode
  below?: ReactNode
  onPick?: (nodeId: string) => void
}

/** Amounts that flow from the left to the right, with their table behind a button. */
export function Sankey({ title, note, summary, columns, nodes, links, height, table, below, onPick }: Props) {
  const locale = useLocale()
  const id = useId()
  const [asTable, setAsTable] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const [chart, setChart] = useState<Chart | null>(null)
  const [width, setWidth] = useState(700)
  const pick = useRef(onPick)
  pick.current = onPick

  useEffect(() => {
    const element = box.current
    if (!element || asTable) return
    let disposed = false
    let made: Chart | null = null
    const observer = new ResizeObserver(() => {
      made?.resize()
      setWidth(element.clientWidth)
    })
    void import('./echarts').then(({ draw }) => {
      if (disposed) return
      made = draw(element, locale)
      observer.observe(element)
      made.on('click', (event) => {
        const { dataType, name } = event as { dataType?: string; name?: string }
        if (dataType === 'node' && name) pick.current?.(name)
      })
      setChart(made)
    })
    return () => {
      disposed = true
      observer.disconnect()
      made?.dispose()
      setChart(null)
    }
  }, [locale, asTable])

  const option = useMemo(() => optionOf(nodes, links, width), [nodes, links, width])
  useEffect(() => {
    chart?.setOption(option, { notMerge: true })
  }, [chart, option])

  return (
    <figure className="chart-frame" aria-labelledby={`${id}-title`} aria-describedby={`${id}-summary`}>
      <ChartHead {...{ id, title, note, summary, asTable }} onTable={setAsTable} />
      {asTable ? (
        table
      ) : (
        <>
          <div className="sankey-columns" aria-hidden="true">
            {columns.map((column) => (
              <span key={column}>{column}</span>
            ))}
          </div>
          <div className="chart-canvas" style={{ height }}>
            <div ref={box} className="chart-canvas-box" aria-hidden="true" />
            {chart === null && <div className="chart-skeleton" aria-hidden="true" />}
          </div>
        </>
      )}
      {below}
    </figure>
  )
}

// Widths are measured on a canvas, which knows no variables of the style sheet.
const sans = '"Inter Variable", "Pretendard Variable", system-ui, sans-serif'

function optionOf(nodes: SankeyNode[], links: SankeyLink[], width: number): EChartsCoreOption {
  const last = Math.max(...nodes.map((node) => node.depth), 0)
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const side = width < 560 ? 92 : 150
  const sizes = new Map<string, number>()
  for (const { from, to, value } of links) {
    sizes.set(`out ${from}`, (sizes.get(`out ${from}`) ?? 0) + value)
    sizes.set(`in ${to}`, (sizes.get(`in ${to}`) ?? 0) + value)
  }
  const sizeOf = (node: SankeyNode) => Math.max(sizes.get(`out ${node.id}`) ?? 0, sizes.get(`in ${node.id}`) ?? 0)
  const whole = nodes.filter((node) => node.depth === 0).reduce((sum, node) => sum + sizeOf(node), 0)
  // Two lines find no room beside a thin node.
  const isThin = (node: SankeyNode) => sizeOf(node) < whole * 0.03
  return {
    aria: { enabled: false },
    animation: false,
    tooltip: {
      trigger: 'item',
      className: 'chart-tooltip',
      backgroundColor: 'var(--card)',
      borderColor: 'var(--border)',
      textStyle: { color: 'var(--text)', fontSize: 12 },
      formatter: (params: {
        dataType?: string
        name: string
        data: { source?: string; target?: string; text?: string }
      }) => {
        if (params.dataType === 'edge') {
          const name = (key: string | undefined) => escaped(byId.get(key ?? '')?.name ?? '')
          return `${name(params.data.source)} → ${name(params.data.target)}<br><b>${escaped(params.data.text ?? '')}</b>`
        }
        const node = byId.get(params.name)
        return node ? `${escaped(node.name)}<br><b>${escaped(node.text)}</b>` : ''
      },
    },
    series: [
      {
        type: 'sankey',
        left: side,
        right: side,
        top: 26,
        bottom: 14,
        nodeWidth: 9,
        nodeGap: 24,
        nodeAlign: 'left',
        layoutIterations: 0,
        draggable: false,
        emphasis: { focus: 'adjacency' },
        lineStyle: { curveness: 0.5, opacity: 0.34 },
        data: nodes.map((node) => ({
          name: node.id,
          depth: node.depth,
          itemStyle: { color: node.color, borderWidth: 0 },
          label: {
            position: node.depth === 0 ? 'left' : node.depth === last ? 'right' : 'top',
            distance: node.depth === 0 || node.depth === last ? 9 : 2,
            align: node.depth === 0 ? 'right' : node.depth === last ? 'left' : 'center',
            color: 'var(--text)',
            fontFamily: sans,
            textBorderColor: 'var(--card)',
            textBorderWidth: 3,
            formatter: `{name|${shorten(node.name, width < 560 ? 12 : 20)}}${(node.depth === 0 || node.depth === last) && !isThin(node) ? '\n' : ' '}{text|${node.text}}`,
            rich: {
              name: { fontFamily: sans, fontWeight: 600, fontSize: 12, lineHeight: 16, color: 'var(--text)' },
              text: { fontFamily: sans, fontSize: 12, lineHeight: 16, color: 'var(--text-2)' },
            },
          },
        })),
        links: links.map((link) => ({
          source: link.from,
          target: link.to,
          value: link.value,
          text: link.text,
          lineStyle: { color: link.color },
        })),
      },
    ],
  }
}

const shorten = (text: string, length: number) =>
  (text.length > length ? `${text.slice(0, length - 1)}…` : text).replace(/[{}|]/g, ' ')
const escaped = (text: string) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)
