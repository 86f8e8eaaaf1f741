import { toNumber } from '../format'
import './chart.css'

type SparklineProps = {
  /** decimal strings, null where unknown: the line breaks there */
  values: (string | null)[]
  width?: number
  height?: number
  color?: string
  /** fills below the line */
  area?: boolean
  /** a second, dashed line of the period before; may be longer than `values` */
  comparable?: (string | null)[]
  /** one sentence for those who do not see it; without it the picture is decoration beside its numbers */
  label?: string
}

/** A tiny line in plain SVG: it costs nothing to load and stands in any table row. */
export function Sparkline({
  values,
  width = 88,
  height = 24,
  color = 'var(--text-3)',
  area = false,
  comparable,
  label,
}: SparklineProps) {
  const length = Math.max(values.length, comparable?.length ?? 0)
  const numbers = [...values, ...(comparable ?? [])].filter((value): value is string => value !== null).map(toNumber)
  if (numbers.length === 0 || length === 0)
    return <span className="sparkline" style={{ width, height }} aria-hidden="true" />
  const low = Math.min(0, ...numbers)
  const high = Math.max(...numbers, low + Number.MIN_VALUE)
  const x = (index: number) => (length === 1 ? width / 2 : 2 + (index * (width - 4)) / (length - 1))
  const y = (value: number) => height - 2.5 - ((value - low) / (high - low || 1)) * (height - 5)
  const path = (line: (string | null)[]) =>
    line.reduce<string>(
      (text, value, index) =>
        value === null
          ? text
          : `${text}${index > 0 && line[index - 1] !== null ? 'L' : 'M'}${x(index).toFixed(1)} ${y(toNumber(value)).toFixed(1)}`,
      '',
    )
  const lastIndex = values.findLastIndex((value) => value !== null)
  const last = values[lastIndex]
  const fill =
    area && lastIndex > 0
      ? `${path(values)}L${x(lastIndex).toFixed(1)} ${y(low).toFixed(1)}L${x(0).toFixed(1)} ${y(low).toFixed(1)}Z`
      : ''
  return (
    <svg
      className="sparkline"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role={label ? 'img' : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : 'true'}
    >
      {fill && <path d={fill} fill={color} opacity={0.12} stroke="none" />}
      {comparable && (
        <path
          d={path(comparable)}
          fill="none"
          stroke="var(--line-strong)"
          strokeWidth={1.25}
          strokeDasharray="2.5 2.5"
        />
      )}
      <path
        d={path(values)}
        fill="none"
        stroke={color}
        strokeWidth={1.5}
        strokeLinejoin="round"
        strokeLinecap="round"
      />
      {last != null && <circle cx={x(lastIndex)} cy={y(toNumber(last))} r={2} fill={color} />}
    </svg>
  )
}

type ShareBarProps = {
  /** 0 to 1; null is unknown and stays empty */
  share: number | null
  color?: string
  width?: number | string
  /** the part of the bar that is an estimate, 0 to 1 of the whole; drawn hatched */
  estimate?: number
}

/** A share as the filled part of a track. The number stands beside it, so the bar itself is silent. */
export function ShareBar({ share, color = 'var(--bar)', width = 36, estimate = 0 }: ShareBarProps) {
  const filled = Math.max(0, Math.min(1, share ?? 0)) * 100
  const hatched = Math.max(0, Math.min(1 - filled / 100, estimate)) * 100
  return (
    <span className="share-bar" style={{ width, '--swatch': color } as React.CSSProperties} aria-hidden="true">
      {filled > 0 && <span className="share-bar-fill" style={{ width: `max(2px, ${filled}%)` }} />}
      {hatched > 0 && <span className="share-bar-fill share-bar-hatch" style={{ width: `max(2px, ${hatched}%)` }} />}
    </span>
  )
}

export type DivergingPart = { id: string; value: string; color: string }

type DivergingBarProps = {
  /** parts that add up to the change, decimal strings of one unit */
  parts: DivergingPart[]
  /** largest reach to the left and to the right over all rows that stand under one another, decimal strings not below zero */
  reach: { left: string; right: string }
  width?: number | string
}

/** A change around one zero line: what pulled down to the left, what pushed up to the right. */
export function DivergingBar({ parts, reach, width = '100%' }: DivergingBarProps) {
  const left = toNumber(reach.left)
  const right = toNumber(reach.right)
  const whole = left + right || 1
  const zero = (left / whole) * 100
  let down = 0
  let up = 0
  return (
    <span className="diverging-bar" style={{ width }} aria-hidden="true">
      {parts.map((part) => {
        const size = toNumber(part.value)
        const share = (Math.abs(size) / whole) * 100
        const style = size < 0 ? { right: `${100 - zero + down}%` } : { left: `${zero + up}%` }
        if (size < 0) down += share
        else up += share
        return share > 0 ? (
          <span
            key={part.id}
            className="diverging-part"
            style={{ ...style, width: `max(1px, ${share}%)`, background: part.color }}
          />
        ) : null
      })}
      <span className="diverging-zero" style={{ left: `${zero}%` }} />
    </span>
  )
}
