import type { ReactNode } from 'react'
import { useLocale } from '../i18n'
import { moneyParts, unknown } from './format'
import { useCountUp } from './use-count-up'

/** A figure with its name, what it covers, and the line that compares it. */
export function KeyFigure({
  label,
  note,
  value,
  line,
  children,
}: {
  label: ReactNode
  note?: ReactNode
  value: ReactNode
  line?: ReactNode
  children?: ReactNode
}) {
  return (
    <div className="figure">
      <div className="figure-head">
        <h2>{label}</h2>
        {note !== undefined && <span className="figure-note">{note}</span>}
      </div>
      <div className="figure-value">{value}</div>
      {line !== undefined && <div className="figure-line">{line}</div>}
      {children}
    </div>
  )
}

/** An amount with quiet decimals. `live` figures count to a new value instead of jumping. */
export function Amount({
  value,
  currency,
  live = false,
}: {
  value: string | null | undefined
  currency: string
  live?: boolean
}) {
  const locale = useLocale()
  const shown = useCountUp(value ?? null, live)
  if (shown === null) return <span>{unknown}</span>
  const { lead, rest } = moneyParts(shown, currency, locale)
  return (
    <span>
      {lead}
      {rest !== '' && <span className="rest">{rest}</span>}
    </span>
  )
}
