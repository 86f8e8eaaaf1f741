import type { Run } from '@server/modules/experiments/contract'
import { Link } from '@tanstack/react-router'
import { ArrowRight } from 'lucide-react'
import { useRuns } from '../../api'
import { instantOf } from '../../app/period'
import { useQuestion } from '../../app/question'
import { useLocale } from '../../i18n'
import { Card, DataTable, ErrorPanel, SkeletonRows } from '../../ui'
import { Sparkline } from '../../ui/chart'
import { add, count, money } from '../../ui/format'
import { useAiMessages } from './messages'

const shownRuns = 5

/** Runs of experiments, those that go on first: what they cost so far and what they report. */
export function RunningCard() {
  const t = useAiMessages().running
  const locale = useLocale()
  const { period, currency, timeZone, units } = useQuestion()
  const runs = useRuns({
    from: instantOf(period.from, 0, 0, timeZone).toISOString(),
    to: instantOf(period.to, 0, 0, timeZone).toISOString(),
    teams: units,
  })
  const all = runs.data?.runs ?? []
  const running = all.filter((run) => run.state === 'running')
  const rows = [...running, ...all.filter((run) => run.state !== 'running')].slice(0, shownRuns)
  return (
    <Card
      title={t.title}
      note={
        running.length > 0 ? (
          <span className="ai-live">
            <span className="ai-dot running" aria-hidden="true" />
            {t.now(running.length, count(running.length, locale))}
          </span>
        ) : (
          t.noneNow
        )
      }
      tools={
        <Link to="/experiments" className="card-link">
          {t.all}
          <ArrowRight size={14} strokeWidth={1.75} aria-hidden="true" />
        </Link>
      }
      flush
    >
      {runs.error && !runs.data ? (
        <ErrorPanel error={runs.error} onRetry={() => void runs.refetch()} />
      ) : runs.isPending ? (
        <SkeletonRows rows={4} height={44} />
      ) : rows.length === 0 ? (
        <p className="ai-none">
          {t.none}{' '}
          <Link to="/experiments" search={{ start: true } as never}>
            {t.how}
          </Link>
        </p>
      ) : (
        <DataTable
          caption={t.title}
          rows={rows}
          rowKey={(run) => `${run.experiment}\n${run.run}`}
          columns={[
            {
              id: 'run',
              header: t.run,
              phone: 'title',
              cell: (run) => (
                <span className="ai-run">
                  <span className={`ai-dot ${run.state}`} role="img" aria-label={t.state[run.state]} />
                  <span className="ai-two">
                    <Link to="/experiments" search={{ experiment: run.experiment, run: run.run } as never}>
                      {run.run || t.noRun}
                    </Link>
                    <small>{run.experiment}</small>
                  </span>
                </span>
              ),
            },
            {
              id: 'cost',
              header: t.cost,
              align: 'right',
              phone: 'amount',
              cell: (run) => (
                <span className="ai-bar-cell">
                  <Sparkline values={courseOf(run, currency)} width={64} height={20} />
                  <b>{money(costOf(run, currency), currency, locale)}</b>
                </span>
              ),
            },
            {
              id: 'calls',
              header: t.calls,
              align: 'right',
              phone: 'aside',
              cell: (run) => count(run.calls, locale),
            },
            {
              id: 'figure',
              header: t.figure,
              align: 'right',
              phone: 'note',
              cell: (run) => {
                const [name, value] = tellingFigure(run) ?? []
                return name === undefined || value === undefined ? (
                  <span className="quiet">{t.notReported}</span>
                ) : (
                  <span className="ai-two">
                    <span>{count(value, locale)}</span>
                    <small>{name}</small>
                  </span>
                )
              },
            },
          ]}
        />
      )}
    </Card>
  )
}

/** A share such as accuracy says more in one cell than a count; without one the first figure stands for all. */
function tellingFigure(run: Run): [string, string] | undefined {
  const figures = Object.entries(run.values)
  return figures.find(([, value]) => value.includes('.')) ?? figures[0]
}

const costOf = (run: Run, currency: string) => run.costs.find((cost) => cost.currency === currency)?.amount ?? null

function courseOf(run: Run, currency: string): (string | null)[] {
  let total = '0'
  return run.hours.map(({ costs }) => {
    total = add(total, costs.find((cost) => cost.currency === currency)?.amount ?? '0')
    return total
  })
}
