import type { ReactNode } from 'react'
import { TableButton } from './table-button'

/** Title, controls and the button to the table of a chart, and its summary for those who do not see it. `id` names the parts. */
export function ChartHead({
  id,
  title,
  note,
  summary,
  controls,
  headingLevel = 2,
  asTable,
  onTable,
}: {
  id: string
  title: string
  note?: string
  summary: string
  controls?: ReactNode
  headingLevel?: 2 | 3
  asTable: boolean
  onTable: (asTable: boolean) => void
}) {
  const Heading = `h${headingLevel}` as 'h2' | 'h3'
  return (
    <>
      <div className="chart-head">
        <Heading id={`${id}-title`} className="chart-title">
          {title}
        </Heading>
        {note && <span className="chart-note">{note}</span>}
        <span className="chart-controls">
          {controls}
          <TableButton asTable={asTable} onChange={onTable} />
        </span>
      </div>
      <p id={`${id}-summary`} className="visually-hidden">
        {summary}
      </p>
    </>
  )
}
