import type { Run } from '@server/modules/experiments/contract'
import { useEffect, useId, useMemo, useRef, useState } from 'react'
import { useQuestion } from '../../app/question'
import { fill, useLocale } from '../../i18n'
import { Card, DataTable, SegmentedControl } from '../../ui'
import { TableButton } from '../../ui/chart'
import { compare, count, money, toNumber } from '../../ui/format'
import { axisSteps, efficientFrontier, type Point } from './frontier'
import { useExperimentsMessages } from './messages'
import { costOf, figuresOf, keyOf } from './runs'

type RunPoint = Point & { run: Run; name: string }

const height = 300
const edge = { left: 52, right: 20, top: 14, bottom: 40 }
const radius = 5.5

/** What runs cost against what they achieved. The line joins the runs that none beats in both. */
export function ScatterCard({
  runs,
  figure: asked,
  better,
  onChange,
  onOpen,
}: {
  runs: readonly Run[]
  figure: string
  better: 'higher' | 'lower'
  onChange: (patch: { figure?: string; better?: 'higher' | 'lower' }) => void
  onOpen: (run: Run) => void
}) {
  const t = useExperimentsMessages()
  const locale = useLocale()
  const { currency } = useQuestion()
  const id = useId()
  const [asTable, setAsTable] = useState(false)
  const figures = figuresOf(runs.filter((run) => costOf(run, currency) !== null))
  const figure = figures.includes(asked) ? asked : (figures[0] ?? '')
  const points = useMemo(
    () =>
      runs.flatMap((run): RunPoint[] => {
        const [cost, value] = [costOf(run, currency), run.values[figure]]
        return cost === null || value === undefined
          ? []
          : [{ id: keyOf(run), cost, figure: value, run, name: run.run || t.runs.noRun }]
      }),
    [runs, currency, figure, t],
  )
  const frontier = useMemo(() => efficientFrontier(points, better), [points, better])
  const efficient = new Set(frontier.map((point) => point.id))
  return (
    <Card
      title={t.scatter.title}
      note={fill(t.scatter.note, { currency })}
      className="scatter-card"
      tools={
        figures.length > 0 ? (
          <>
            <label className="runs-filter">
              <span className="quiet">{t.scatter.figure}</span>
              <select className="input" value={figure} onChange={(event) => onChange({ figure: event.target.value })}>
                {figures.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
            <SegmentedControl
              label={t.scatter.better}
              value={better}
              onChange={(next) => onChange({ better: next })}
              options={(['higher', 'lower'] as const).map((one) => ({ id: one, label: t.scatter[one] }))}
            />
            <TableButton asTable={asTable} onChange={setAsTable} />
          </>
        ) : undefined
      }
      flush={asTable}
    >
      {points.length === 0 ? (
        <div className="scatter-none">
          <p>{t.scatter.none}</p>
          <p className="quiet">{t.scatter.noneHint}</p>
        </div>
      ) : asTable ? (
        <DataTable
          caption={t.scatter.title}
          rows={[...points].sort((a, b) => compare(a.cost, b.cost))}
          rowKey={(point) => point.id}
          columns={[
            { id: 'run', header: t.runs.run, phone: 'title', cell: (point) => point.name },
            { id: 'experiment', header: t.runs.experiment, phone: 'note', cell: (point) => point.run.experiment },
            {
              id: 'cost',
              header: t.scatter.cost,
              align: 'right',
              phone: 'amount',
              compare: (a, b) => compare(a.cost, b.cost),
              cell: (point) => money(point.cost, currency, locale),
            },
            {
              id: 'figure',
              header: figure,
              align: 'right',
              phone: 'aside',
              compare: (a, b) => compare(a.figure, b.figure),
              cell: (point) => count(point.figure, locale),
            },
            {
              id: 'efficient',
              header: t.scatter.efficient,
              cell: (point) => (efficient.has(point.id) ? t.scatter.yes : t.scatter.no),
            },
          ]}
        />
      ) : (
        <>
          <p id={`${id}-summary`} className="visually-hidden">
            {t.scatter.summary(count(points.length, locale), figure, frontier.map((point) => point.name).join(', '))}
          </p>
          <Picture points={points} frontier={frontier} figure={figure} describedBy={`${id}-summary`} onOpen={onOpen} />
          <ul className="scatter-legend">
            <li>
              <span className="scatter-mark efficient" aria-hidden="true" />
              {t.scatter.frontier}
            </li>
            <li>
              <span className="scatter-mark" aria-hidden="true" />
              {t.scatter.other}
            </li>
          </ul>
        </>
      )}
    </Card>
  )
}

function Picture({
  points,
  frontier,
  figure,
  describedBy,
  onOpen,
}: {
  points: readonly RunPoint[]
  frontier: readonly RunPoint[]
  figure: string
  describedBy: string
  onOpen: (run: Run) => void
}) {
  const t = useExperimentsMessages()
  const locale = useLocale()
  const { currency } = useQuestion()
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(640)
  const [shown, setShown] = useState<string | null>(null)
  useEffect(() => {
    const element = box.current
    if (!element) return
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const costs = points.map((point) => toNumber(point.cost))
  const values = points.map((point) => toNumber(point.figure))
  const xs = axisSteps(0, Math.max(...costs), width < 500 ? 3 : 6)
  const ys = axisSteps(Math.min(...values), Math.max(...values), 4)
  const scale = (steps: number[], from: number, to: number) => {
    const [low, high] = [steps[0] ?? 0, steps.at(-1) ?? 1]
    return (value: number) => from + ((value - low) / (high - low || 1)) * (to - from)
  }
  const x = scale(xs, edge.left, width - edge.right)
  const y = scale(ys, height - edge.bottom, edge.top)
  const at = (point: RunPoint) => ({ cx: x(toNumber(point.cost)), cy: y(toNumber(point.figure)) })
  const efficient = new Set(frontier.map((point) => point.id))
  const plain = (value: number) => String(Number(value.toPrecision(10)))
  // Points of the frontier are drawn last, so that none of them is hidden.
  const drawn = [...points].sort((a, b) => Number(efficient.has(a.id)) - Number(efficient.has(b.id)))
  const named = namedPoints(frontier.map((point) => ({ point, ...at(point) })))
  const active = points.find((point) => point.id === shown)
  return (
    <div ref={box} className="scatter">
      {/* biome-ignore lint/a11y/useSemanticElements: a group of buttons drawn as a picture */}
      <svg width={width} height={height} role="group" aria-label={t.scatter.title} aria-describedby={describedBy}>
        {ys.map((step) => (
          <g key={step}>
            <line className="scatter-grid" x1={edge.left} x2={width - edge.right} y1={y(step)} y2={y(step)} />
            <text className="scatter-axis" x={edge.left - 8} y={y(step)} textAnchor="end" dominantBaseline="central">
              {count(plain(step), locale)}
            </text>
          </g>
        ))}
        {xs.map((step) => (
          <text key={step} className="scatter-axis" x={x(step)} y={height - edge.bottom + 16} textAnchor="middle">
            {money(plain(step), currency, locale, { form: 'axis' })}
          </text>
        ))}
        <line
          className="scatter-base"
          x1={edge.left}
          x2={width - edge.right}
          y1={height - edge.bottom}
          y2={height - edge.bottom}
        />
        <text className="scatter-axis" x={width - edge.right} y={height - 6} textAnchor="end">
          {t.scatter.cost} →
        </text>
        <text className="scatter-axis" x={edge.left} y={height - 6}>
          ↑ {figure}
        </text>
        <path
          className="scatter-frontier"
          d={frontier.map((point, index) => `${index === 0 ? 'M' : 'L'}${at(point).cx} ${at(point).cy}`).join('')}
        />
        {named.map(({ point, cx, cy }) => (
          <text key={`name ${point.id}`} className="scatter-name" x={cx} y={cy - 11} textAnchor="middle">
            {point.name}
          </text>
        ))}
        {drawn.map((point) => {
          const { cx, cy } = at(point)
          return (
            // biome-ignore lint/a11y/useSemanticElements: a point of a drawing that can be pressed
            <g
              key={point.id}
              role="button"
              tabIndex={0}
              className={`scatter-point ${efficient.has(point.id) ? 'efficient' : ''}`}
              aria-label={t.scatter.point(
                point.name,
                money(point.cost, currency, locale),
                figure,
                count(point.figure, locale),
              )}
              onClick={() => onOpen(point.run)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' && event.key !== ' ') return
                event.preventDefault()
                onOpen(point.run)
              }}
              onMouseEnter={() => setShown(point.id)}
              onMouseLeave={() => setShown(null)}
              onFocus={() => setShown(point.id)}
              onBlur={() => setShown(null)}
            >
              <circle className="scatter-target" cx={cx} cy={cy} r={12} />
              <circle cx={cx} cy={cy} r={radius} />
            </g>
          )
        })}
      </svg>
      {active && (
        <div
          className="scatter-tip"
          style={{
            left: Math.max(8, Math.min(width - 228, at(active).cx - 110)),
            top: Math.max(0, at(active).cy - 74),
          }}
          aria-hidden="true"
        >
          <b>{active.name}</b> <span className="quiet">{active.run.experiment}</span>
          <br />
          {money(active.cost, currency, locale)} · {figure} {count(active.figure, locale)}
        </div>
      )}
    </div>
  )
}

/** Names beside the points of the frontier, as far as they do not lie on one another. */
function namedPoints<P extends { cx: number; cy: number; point: RunPoint }>(places: readonly P[]): P[] {
  const kept: P[] = []
  for (const place of places) {
    const free = kept.every((other) => Math.abs(other.cx - place.cx) > 64 || Math.abs(other.cy - place.cy) > 16)
    if (free) kept.push(place)
  }
  return kept
}
