import type { Run } from '@server/modules/experiments/contract'
import type { ReactNode } from 'react'
import { useQuestion } from '../../app/question'
import { fill, useLocale } from '../../i18n'
import { Button, Card, Delta } from '../../ui'
import { count, duration, isZero, money, percent, ratio, tokens, unitPrice } from '../../ui/format'
import { useExperimentsMessages } from './messages'
import { costOf, durationOf, errorShare, figuresOf, keyOf, perCall } from './runs'
import { RunState } from './runs-card'

type Line = {
  id: string
  name: string
  good: 'up' | 'down' | 'neither'
  value: (run: Run) => string | null
  show: (value: string | null) => ReactNode
}

/** Several runs beside one another; every change is against the first of them. */
export function CompareCard({ runs, onClear }: { runs: readonly Run[]; onClear: () => void }) {
  const t = useExperimentsMessages()
  const locale = useLocale()
  const { currency, now } = useQuestion()
  const [first] = runs
  if (runs.length < 2 || first === undefined) return <p className="runs-hint">{t.compare.hint}</p>
  const number = (value: string | null) => count(value, locale)
  const figures = figuresOf(runs)
  // Only things that are counted have a price each; a share such as accuracy has none.
  const counted = figures.filter((name) =>
    runs.every((run) => run.values[name] === undefined || /^[1-9]\d*$/.test(run.values[name])),
  )
  const lines: Line[] = [
    {
      id: 'cost',
      name: t.compare.cost,
      good: 'down',
      value: (run) => costOf(run, currency),
      show: (value) => money(value, currency, locale),
    },
    ...figures.map(
      (name): Line => ({
        id: `figure ${name}`,
        name,
        good: 'neither',
        value: (run) => run.values[name] ?? null,
        show: number,
      }),
    ),
    ...counted.map(
      (name): Line => ({
        id: `per ${name}`,
        name: fill(t.compare.per, { figure: name }),
        good: 'down',
        value: (run) => {
          const [cost, figure] = [costOf(run, currency), run.values[name]]
          return cost === null || figure === undefined || isZero(figure) ? null : ratio(cost, figure, 12)
        },
        show: (value) => unitPrice(value, currency, locale),
      }),
    ),
    { id: 'calls', name: t.compare.calls, good: 'neither', value: (run) => run.calls, show: number },
    {
      id: 'perCall',
      name: t.compare.perCall,
      good: 'down',
      value: (run) => perCall(run, currency),
      show: (value) => unitPrice(value, currency, locale),
    },
    {
      id: 'in',
      name: t.compare.tokensIn,
      good: 'neither',
      value: (run) => run.tokensInput,
      show: (value) => tokens(value, locale),
    },
    {
      id: 'out',
      name: t.compare.tokensOut,
      good: 'neither',
      value: (run) => run.tokensOutput,
      show: (value) => tokens(value, locale),
    },
    {
      id: 'errors',
      name: t.compare.errors,
      good: 'down',
      value: errorShare,
      show: (value) => percent(value, locale),
    },
    {
      id: 'took',
      name: t.compare.took,
      good: 'down',
      value: (run) => durationOf(run, now)?.toFixed(0) ?? null,
      show: (value) => duration(value === null ? null : Number(value), locale),
    },
  ]
  return (
    <Card
      title={t.compare.title}
      note={t.compare.note}
      tools={
        <Button small onClick={onClear}>
          {t.compare.clear}
        </Button>
      }
      flush
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div className="table-wrap" tabIndex={0}>
        <table className="table compare-table">
          <caption className="visually-hidden">{t.compare.title}</caption>
          <thead>
            <tr>
              <th scope="col">{t.compare.measure}</th>
              {runs.map((run) => (
                <th key={keyOf(run)} scope="col" className="right">
                  <span className="run-name">
                    <RunState state={run.state} />
                    <span className="run-two">
                      <b>{run.run || t.runs.noRun}</b>
                      <small>{run.experiment}</small>
                    </span>
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.id}>
                <th scope="row">{line.name}</th>
                {runs.map((run) => (
                  <td key={keyOf(run)} className="right">
                    {line.show(line.value(run))}
                    {run !== first && (
                      <Delta
                        current={line.value(run)}
                        previous={line.value(first)}
                        goodWhen={line.good}
                        threshold={0.1}
                      />
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}
