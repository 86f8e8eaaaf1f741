import type { Run } from '@server/modules/experiments/contract'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { BookOpenCheck, CalendarSearch, CircleAlert, Coins, FlaskConical, Radio } from 'lucide-react'
import { useQuestion } from '../../app/question'
import { usePeriodText } from '../../app/top-bar'
import { fill, Rich, useLocale, useMessages } from '../../i18n'
import {
  Amount,
  Button,
  Card,
  Drawer,
  EmptyState,
  ErrorPanel,
  GuideLink,
  KeyFigure,
  SentenceHeader,
  Skeleton,
  SkeletonRows,
} from '../../ui'
import { compare, count, isZero, money, sum, unknown } from '../../ui/format'
import { CompareCard } from './compare-card'
import { useExperimentsMessages } from './messages'
import { RunDrawer } from './run-drawer'
import { costOf, keyOf, usePeriodRuns } from './runs'
import { RunsCard } from './runs-card'
import { ScatterCard } from './scatter-card'
import { StartHelp } from './start-help'
import './experiments.css'

/** Runs of experiments: what they cost while they go on, what they achieve for it, which are worth their money. */
export function ExperimentsPage() {
  const t = useExperimentsMessages()
  const { nav } = useMessages()
  const locale = useLocale()
  const navigate = useNavigate()
  const search: Record<string, unknown> = useSearch({ strict: false })
  const { currency, change: changeQuestion, period } = useQuestion()
  const range = usePeriodText(period)
  const answer = usePeriodRuns()
  const change = (patch: Record<string, unknown>) =>
    void navigate({
      to: '.',
      search: ((before: Record<string, unknown>) => ({ ...before, ...patch })) as never,
      replace: true,
      resetScroll: false,
    })
  const text = (name: string) => (typeof search[name] === 'string' ? (search[name] as string) : undefined)
  const only = text('only') ?? ''
  const starting = search.start === true || search.start === 'true'

  if (answer.error && !answer.data) {
    return (
      <div className="card">
        <ErrorPanel error={answer.error} onRetry={() => void answer.refetch()} />
      </div>
    )
  }
  if (!answer.data) return <Waiting />
  const all = answer.data.runs
  if (all.length === 0) {
    return (
      <div className="runs-page">
        <h1 className="visually-hidden">{nav.experiments}</h1>
        <div className="card">
          <EmptyState
            icon={
              period.id === '12m' ? (
                <FlaskConical size={20} strokeWidth={1.75} />
              ) : (
                <CalendarSearch size={20} strokeWidth={1.75} />
              )
            }
            title={period.id === '12m' ? t.empty.title : fill(t.empty.quiet, { range })}
            actions={
              period.id === '12m' ? undefined : (
                <Button onClick={() => changeQuestion({ period: '12m' })}>{t.empty.year}</Button>
              )
            }
          >
            {t.empty.lead}
          </EmptyState>
        </div>
        <Card title={t.help.title}>
          <StartHelp />
        </Card>
      </div>
    )
  }

  const experiments = [...new Set(all.map((run) => run.experiment))].sort()
  const runs = only === '' ? all : all.filter((run) => run.experiment === only)
  const running = runs.filter((run) => run.state === 'running')
  const total = sum(runs.map((run) => costOf(run, currency)))
  const live = sum(running.map((run) => costOf(run, currency)))
  const dearest = [...runs].sort((a, b) => compare(costOf(b, currency) ?? '-1', costOf(a, currency) ?? '-1'))[0]
  const reporting = runs.filter((run) => Object.keys(run.values).length > 0).length
  const unpriced = runs.reduce((calls, run) => calls + BigInt(run.unpricedCalls), 0n)
  const others = [...new Set(runs.flatMap((run) => run.costs.map((cost) => cost.currency)))].filter(
    (code) => code !== currency && code !== '',
  )
  const opened =
    text('experiment') === undefined
      ? undefined
      : all.find((run) => run.experiment === text('experiment') && run.run === (text('run') ?? ''))
  const open = (run: Run) => change({ experiment: run.experiment, run: run.run, start: undefined })
  const picked = Array.isArray(search.compare)
    ? (search.compare as unknown[]).filter((key): key is string => typeof key === 'string')
    : []
  const pick = (key: string) => {
    const next = picked.includes(key) ? picked.filter((one) => one !== key) : [...picked, key].slice(-6)
    change({ compare: next.length === 0 ? undefined : next })
  }
  const amount = (value: string | null) => money(value, currency, locale)
  const start = () => change({ start: true, experiment: undefined, run: undefined })

  return (
    <div className="runs-page">
      <SentenceHeader
        tools={
          <Button
            kind="primary"
            icon={<FlaskConical size={14} strokeWidth={1.75} aria-hidden="true" />}
            onClick={start}
          >
            {t.start}
          </Button>
        }
        facts={
          <>
            <span>
              <Radio size={13} strokeWidth={1.75} aria-hidden="true" />
              {t.facts.live}
            </span>
            <span>
              <BookOpenCheck size={13} strokeWidth={1.75} aria-hidden="true" />
              {t.facts.estimate}
            </span>
            {others.length > 0 && (
              <span>
                <Coins size={13} strokeWidth={1.75} aria-hidden="true" />
                {fill(t.facts.others, { currencies: others.join(', ') })}
              </span>
            )}
            {answer.data.truncated && (
              <span className="warn">
                <CircleAlert size={13} strokeWidth={1.75} aria-hidden="true" />
                {t.facts.truncated}
              </span>
            )}
            <GuideLink page="experiments" />
          </>
        }
      >
        <Rich
          text={fill(t.sentence.cost, {
            runs: t.sentence.runs(runs.length, count(runs.length, locale)),
            experiments: t.sentence.experiments(
              only === '' ? experiments.length : 1,
              count(only === '' ? experiments.length : 1, locale),
            ),
            amount: amount(total),
            range,
          })}
        />
        <Rich
          text={
            running.length === 0
              ? t.sentence.quiet
              : fill(t.sentence.running, {
                  running: t.sentence.runs(running.length, count(running.length, locale)),
                  amount: amount(live),
                })
          }
        />
      </SentenceHeader>

      <section className="card runs-figures" aria-label={t.figures.heading}>
        <KeyFigure
          label={t.figures.cost}
          note={range}
          value={<Amount value={total} currency={currency} live />}
          line={
            unpriced === 0n ? undefined : (
              <span className="run-warn">{fill(t.figures.unpriced, { calls: count(String(unpriced), locale) })}</span>
            )
          }
        />
        <KeyFigure
          label={t.figures.running}
          value={count(running.length, locale)}
          line={running.length === 0 ? t.figures.noneRunning : fill(t.figures.runningLine, { amount: amount(live) })}
        />
        <KeyFigure
          label={t.figures.dearest}
          value={amount(dearest === undefined ? null : costOf(dearest, currency))}
          line={
            dearest === undefined ? (
              unknown
            ) : (
              <button type="button" className="run-open link" onClick={() => open(dearest)}>
                {dearest.run || t.runs.noRun}
              </button>
            )
          }
        />
        <KeyFigure
          label={t.figures.reported}
          value={count(reporting, locale)}
          line={fill(t.figures.reportedLine, { runs: t.sentence.runs(runs.length, count(runs.length, locale)) })}
        />
      </section>

      <ScatterCard
        runs={runs.filter((run) => !isZero(run.calls))}
        figure={text('figure') ?? ''}
        better={search.better === 'lower' ? 'lower' : 'higher'}
        onChange={(patch) => change({ ...patch, ...(patch.better === 'higher' ? { better: undefined } : {}) })}
        onOpen={open}
      />
      <RunsCard
        runs={runs}
        experiments={experiments}
        experiment={only}
        onExperiment={(name) => change({ only: name === '' ? undefined : name })}
        chosen={opened === undefined ? null : keyOf(opened)}
        onOpen={open}
        picked={picked}
        onPick={pick}
      />
      <CompareCard
        runs={picked.flatMap((key) => all.find((run) => keyOf(run) === key) ?? [])}
        onClear={() => change({ compare: undefined })}
      />

      {opened && !starting && (
        <RunDrawer
          key={keyOf(opened)}
          run={opened}
          onClose={() => change({ experiment: undefined, run: undefined })}
          onStart={start}
        />
      )}
      {starting && (
        <Drawer title={t.help.title} onClose={() => change({ start: undefined })}>
          <StartHelp />
        </Drawer>
      )}
    </div>
  )
}

function Waiting() {
  const t = useMessages()
  return (
    <div className="runs-page" role="status" aria-label={t.common.loading}>
      <Skeleton width="min(640px, 100%)" height={20} style={{ margin: '5px 0 24px' }} />
      <div className="card" style={{ height: 106 }} />
      <div className="card" style={{ height: 380 }} />
      <div className="card" style={{ paddingTop: 16 }}>
        <SkeletonRows rows={8} height={44} />
      </div>
    </div>
  )
}
