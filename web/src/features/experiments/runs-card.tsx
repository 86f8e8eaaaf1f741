import type { Run } from '@server/modules/experiments/contract'
import { useQuestion } from '../../app/question'
import { useLocale } from '../../i18n'
import { Card, DataTable } from '../../ui'
import { Sparkline } from '../../ui/chart'
import { add, compare, count, dateTime, isZero, money, percent, sum, tokens, unknown } from '../../ui/format'
import { useExperimentsMessages } from './messages'
import { costOf, courseOf, errorShare, keyOf } from './runs'

const shownFigures = 2

/** Every run: its state, its cost so far, what it used, what it achieved. */
export function RunsCard({
  runs,
  experiments,
  experiment,
  onExperiment,
  chosen,
  onOpen,
  picked,
  onPick,
}: {
  runs: readonly Run[]
  experiments: readonly string[]
  experiment: string
  onExperiment: (experiment: string) => void
  chosen: string | null
  onOpen: (run: Run) => void
  picked: readonly string[]
  onPick: (key: string) => void
}) {
  const t = useExperimentsMessages()
  const locale = useLocale()
  const { currency, timeZone } = useQuestion()
  const total = (of: (run: Run) => string) => runs.reduce((all, run) => add(all, of(run)), '0')
  return (
    <Card
      title={t.runs.title}
      note={t.runs.note}
      tools={
        <label className="runs-filter">
          <span className="quiet">{t.runs.experiment}</span>
          <select className="input" value={experiment} onChange={(event) => onExperiment(event.target.value)}>
            <option value="">{t.runs.all}</option>
            {experiments.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      }
      flush
    >
      <div className="runs-table">
        <DataTable
          caption={t.runs.title}
          rows={runs}
          rowKey={keyOf}
          chosenKey={chosen}
          hasTotal
          columns={[
            {
              id: 'pick',
              header: t.runs.pick,
              width: 70,
              cell: (run) => (
                <input
                  type="checkbox"
                  className="runs-pick"
                  aria-label={t.runs.pickOne(run.run || t.runs.noRun)}
                  checked={picked.includes(keyOf(run))}
                  onChange={() => onPick(keyOf(run))}
                />
              ),
            },
            {
              id: 'run',
              header: t.runs.run,
              phone: 'title',
              compare: (a, b) => a.experiment.localeCompare(b.experiment) || a.run.localeCompare(b.run),
              total: t.runs.total,
              cell: (run) => (
                <span className="run-name">
                  <RunState state={run.state} />
                  <span className="run-two">
                    <button type="button" className="run-open" onClick={() => onOpen(run)}>
                      {run.run || t.runs.noRun}
                    </button>
                    <small>{run.experiment}</small>
                  </span>
                </span>
              ),
            },
            {
              id: 'started',
              header: t.runs.started,
              compare: (a, b) => (a.startedAt ?? '').localeCompare(b.startedAt ?? ''),
              cell: (run) => <span className="quiet">{dateTime(run.startedAt, locale, timeZone)}</span>,
            },
            {
              id: 'cost',
              header: t.runs.cost,
              align: 'right',
              phone: 'amount',
              compare: (a, b) => compare(costOf(a, currency) ?? '-1', costOf(b, currency) ?? '-1'),
              total: money(sum(runs.map((run) => costOf(run, currency))), currency, locale),
              cell: (run) => (
                <span className="run-cost">
                  <Sparkline
                    values={courseOf(run, currency)}
                    width={64}
                    height={20}
                    color={run.state === 'running' ? 'var(--accent)' : 'var(--text-3)'}
                  />
                  {costOf(run, currency) === null && !isZero(run.unpricedCalls) ? (
                    <span className="run-warn">{t.runs.unpriced}</span>
                  ) : (
                    <b>{money(costOf(run, currency), currency, locale)}</b>
                  )}
                </span>
              ),
            },
            {
              id: 'calls',
              header: t.runs.calls,
              align: 'right',
              phone: 'aside',
              compare: (a, b) => compare(a.calls, b.calls),
              total: count(
                total((run) => run.calls),
                locale,
              ),
              cell: (run) => count(run.calls, locale),
            },
            {
              id: 'tokens',
              header: t.runs.tokens,
              align: 'right',
              compare: (a, b) => compare(add(a.tokensInput, a.tokensOutput), add(b.tokensInput, b.tokensOutput)),
              total: tokens(
                total((run) => add(run.tokensInput, run.tokensOutput)),
                locale,
              ),
              cell: (run) => tokens(add(run.tokensInput, run.tokensOutput), locale),
            },
            {
              id: 'errors',
              header: t.runs.errors,
              align: 'right',
              compare: (a, b) => compare(errorShare(a) ?? '-1', errorShare(b) ?? '-1'),
              cell: (run) => percent(errorShare(run), locale),
              total: '',
            },
            {
              id: 'figures',
              header: t.runs.reported,
              phone: 'note',
              total: '',
              cell: (run) => {
                const figures = Object.entries(run.values)
                if (figures.length === 0) return <span className="quiet">{t.runs.notReported}</span>
                return (
                  <span className="run-figures">
                    {figures.slice(0, shownFigures).map(([name, value]) => (
                      <span key={name}>
                        <span className="quiet">{name}</span> {value === '' ? unknown : count(value, locale)}
                      </span>
                    ))}
                    {figures.length > shownFigures && <span className="quiet">+{figures.length - shownFigures}</span>}
                  </span>
                )
              },
            },
          ]}
        />
      </div>
    </Card>
  )
}

export function RunState({ state }: { state: Run['state'] }) {
  const t = useExperimentsMessages()
  return (
    <span
      className={`run-dot ${state}`}
      role="img"
      aria-label={t.state[state]}
      title={`${t.state[state]}: ${t.stateHint[state]}`}
    />
  )
}
