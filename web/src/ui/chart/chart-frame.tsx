import { type ReactNode, useId, useState } from 'react'
import { ChartHead } from './chart-head'
import { useChartMessages } from './messages'
import './chart.css'

export type Mark = 'square' | 'line' | 'hatch' | 'dashed'
export type LegendEntry = { id: string; name: string; color: string; mark?: Mark }

type Props = {
  title: string
  /** what is drawn and in which unit, beside the title */
  note?: string
  /** one or two sentences with the main numbers, for those who do not see the picture */
  summary: string
  controls?: ReactNode
  legend: LegendEntry[]
  /** marks that explain the drawing and cannot be isolated */
  marks?: LegendEntry[]
  isolated: string | null
  onIsolate: (id: string | null) => void
  table: ReactNode
  children: ReactNode
  below?: ReactNode
  headingLevel?: 2 | 3
}

/** Title, legend, the picture and the table behind a button: the same for every chart. */
export function ChartFrame({
  title,
  note,
  summary,
  controls,
  legend,
  marks = [],
  isolated,
  onIsolate,
  table,
  children,
  below,
  headingLevel,
}: Props) {
  const t = useChartMessages()
  const [asTable, setAsTable] = useState(false)
  const id = useId()
  return (
    <figure className="chart-frame" aria-labelledby={`${id}-title`} aria-describedby={`${id}-summary`}>
      <ChartHead {...{ id, title, note, summary, controls, headingLevel, asTable }} onTable={setAsTable} />
      {asTable ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard.
        <section className="chart-table-scroll" tabIndex={0} aria-label={title}>
          {table}
        </section>
      ) : (
        <>
          {(legend.length > 1 || marks.length > 0) && (
            <ul className="chart-legend">
              {(legend.length > 1 ? legend : []).map((entry) => (
                <li key={entry.id}>
                  <button
                    type="button"
                    aria-pressed={isolated === entry.id}
                    title={isolated === entry.id ? t.showAll : t.isolate(entry.name)}
                    className={
                      isolated !== null && isolated !== entry.id
                        ? 'chart-legend-entry chart-faded'
                        : 'chart-legend-entry'
                    }
                    onClick={() => onIsolate(isolated === entry.id ? null : entry.id)}
                  >
                    <Swatch color={entry.color} mark={entry.mark} />
                    {entry.name}
                  </button>
                </li>
              ))}
              {marks.map((entry) => (
                <li key={entry.id} className="chart-legend-entry chart-legend-mark">
                  <Swatch color={entry.color} mark={entry.mark} />
                  {entry.name}
                </li>
              ))}
            </ul>
          )}
          {children}
          {below}
        </>
      )}
    </figure>
  )
}

/** The mark of an entity: the same square in legends, tables and tooltips. */
export function Swatch({ color, mark = 'square' }: { color: string; mark?: Mark }) {
  return (
    <span className={`swatch swatch-${mark}`} style={{ '--swatch': color } as React.CSSProperties} aria-hidden="true" />
  )
}
