import type { Connection, ConnectorManifest, Run } from '@server/modules/connections/contract'
import { CircleCheck, Pause, Play, RefreshCw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useQuestion } from '../../app/question'
import { useLocale } from '../../i18n'
import { Button, Drawer, ErrorPanel, SkeletonRows, TextField } from '../../ui'
import { compare, count, date, dateTime, duration, money } from '../../ui/format'
import { Checks } from './checks'
import { Completeness } from './completeness'
import { CredentialForm, type FieldProblems, problemsOf } from './credential-form'
import { type ConnectionActions, useRuns } from './hooks'
import { useConnectionMessages } from './messages'
import { nameOf } from './name-of'
import { ProblemNote } from './problem-note'
import { RunProgress } from './run-progress'
import { SaidError } from './said-error'
import { StateBadge } from './state-badge'

type Said = (text: string, undo?: () => void) => void

/** One connection: health, what can be done, credentials, the past, and its runs. */
export function ConnectionDrawer({
  connection,
  manifest,
  actions,
  onSaid,
  onClose,
}: {
  connection: Connection
  manifest: ConnectorManifest
  actions: ConnectionActions
  onSaid: Said
  onClose: () => void
}) {
  const t = useConnectionMessages()
  const locale = useLocale()
  const { timeZone } = useQuestion()
  const busy = connection.run?.status === 'running' || connection.run?.status === 'queued'
  const runs = useRuns(connection.id, busy)
  const { id, name } = connection
  const failed = (error: Error) => onSaid(`${t.notice.failed} ${error.message}`)
  const restatement = Math.max(...manifest.reads.map((read) => read.restatementDays))
  const remove = () =>
    actions.remove.mutate(id, {
      onError: failed,
      onSuccess: () => {
        onSaid(t.notice.deleted(name), () =>
          actions.restore.mutate(id, { onError: failed, onSuccess: (back) => onSaid(t.notice.restored(back.name)) }),
        )
        onClose()
      },
    })
  const pause = (paused: boolean) =>
    actions.change.mutate(
      { id, paused },
      {
        onError: failed,
        onSuccess: () =>
          onSaid(paused ? t.notice.paused(name) : t.notice.resumed(name), paused ? () => pause(false) : undefined),
      },
    )
  return (
    <Drawer title={name} onClose={onClose}>
      <div className="connection-details">
        <div className="details-status">
          <StateBadge state={connection.state} />
          <span className="quiet">
            {[nameOf(manifest, locale), connection.account?.name].filter(Boolean).join(', ')}
          </span>
        </div>
        {connection.problem && <ProblemNote problem={connection.problem} safe />}
        <div className="details-actions">
          <Button
            kind="primary"
            small
            icon={<RefreshCw size={14} strokeWidth={1.75} aria-hidden="true" />}
            disabled={busy || actions.sync.isPending}
            onClick={() =>
              actions.sync.mutate(id, { onError: failed, onSuccess: () => onSaid(t.notice.syncing(name)) })
            }
          >
            {t.drawer.sync}
          </Button>
          <Button small disabled={actions.test.isPending} onClick={() => actions.test.mutate(id, { onError: failed })}>
            {actions.test.isPending ? t.setUp.testing : t.drawer.test}
          </Button>
          <Button
            small
            icon={
              connection.pausedAt ? (
                <Play size={14} strokeWidth={1.75} aria-hidden="true" />
              ) : (
                <Pause size={14} strokeWidth={1.75} aria-hidden="true" />
              )
            }
            onClick={() => pause(connection.pausedAt === null)}
          >
            {connection.pausedAt ? t.drawer.resume : t.drawer.pause}
          </Button>
          <Button
            small
            kind="danger"
            icon={<Trash2 size={14} strokeWidth={1.75} aria-hidden="true" />}
            onClick={remove}
          >
            {t.drawer.delete}
          </Button>
        </div>
        {busy && connection.run && (
          <section>
            <h3>{t.run.kinds[connection.run.kind]}</h3>
            <RunProgress run={connection.run} />
            <p className="quiet">{t.run.newest}</p>
            <Button
              small
              onClick={() =>
                actions.cancel.mutate(id, { onError: failed, onSuccess: () => onSaid(t.notice.cancelled(name)) })
              }
            >
              {t.run.cancel}
            </Button>
          </section>
        )}
        <section>
          <h3>{t.drawer.health}</h3>
          {connection.freshness && <Completeness freshness={connection.freshness} />}
          <p className="quiet">
            {connection.lastTest ? t.test.last(dateTime(connection.lastTest.at, locale, timeZone)) : t.test.never}
          </p>
          <Checks manifest={manifest} checks={connection.lastTest?.checks ?? null} />
          <p className="quiet">
            {t.drawer.window(count(restatement, locale))}{' '}
            {t.setUp.asks(duration(manifest.everyMinutes * 60_000, locale))}
          </p>
        </section>
        <Credentials key={id} connection={connection} manifest={manifest} actions={actions} />
        <BackfillForm key={`${id}-past`} id={id} actions={actions} onSaid={onSaid} name={name} />
        <section>
          <h3>{t.drawer.runs}</h3>
          {runs.isPending && <SkeletonRows rows={4} />}
          {runs.isError && <ErrorPanel error={runs.error} onRetry={() => void runs.refetch()} />}
          {runs.data?.runs.length === 0 && <p className="quiet">{t.drawer.noRuns}</p>}
          <ul className="runs">
            {runs.data?.runs.map((run) => (
              <li key={run.id}>
                <RunRecord run={run} />
              </li>
            ))}
          </ul>
        </section>
      </div>
    </Drawer>
  )
}

function RunRecord({ run }: { run: Run }) {
  const t = useConnectionMessages()
  const locale = useLocale()
  const { timeZone } = useQuestion()
  const took =
    run.startedAt && run.finishedAt ? new Date(run.finishedAt).getTime() - new Date(run.startedAt).getTime() : null
  return (
    <details className="run-record" data-status={run.status}>
      <summary>
        <span>{dateTime(run.createdAt, locale, timeZone)}</span>
        <span className="quiet">{t.run.kinds[run.kind]}</span>
        <span className="num">{t.card.rows(count(run.rows, locale))}</span>
        <span className="run-status">{t.run.status[run.status]}</span>
      </summary>
      <dl className="run-facts num">
        {run.asked.from && (
          <>
            <dt>{t.drawer.asked}</dt>
            <dd>
              {date(run.asked.from, locale, 'UTC')}
              {run.asked.to && ` – ${date(new Date(new Date(run.asked.to).getTime() - 1), locale, 'UTC')}`}
            </dd>
          </>
        )}
        <dt>{t.drawer.took}</dt>
        <dd>{duration(took, locale)}</dd>
        <dt>{t.drawer.pages}</dt>
        <dd>{count(run.pages, locale)}</dd>
        <dt>{t.drawer.requests}</dt>
        <dd>{count(run.requests, locale)}</dd>
        <dt>{t.drawer.retries}</dt>
        <dd>{count(run.retries, locale)}</dd>
        {run.sums.map((sum) => (
          <div key={sum.currency} className="sum-pair">
            <dt>{t.drawer.read}</dt>
            <dd>{money(sum.read, sum.currency, locale, { form: 'exact' })}</dd>
            {sum.stated !== null && (
              <>
                <dt>{t.drawer.stated}</dt>
                <dd>
                  {compare(sum.stated, sum.read) === 0 ? (
                    <span className="good-text with-icon">
                      <CircleCheck size={13} strokeWidth={1.75} aria-hidden="true" />
                      {t.drawer.equal}
                    </span>
                  ) : (
                    money(sum.stated, sum.currency, locale, { form: 'exact' })
                  )}
                </dd>
              </>
            )}
          </div>
        ))}
      </dl>
      {run.problems.length > 0 && (
        <>
          <h4>{t.drawer.problems}</h4>
          {run.problems.map((problem) => (
            <ProblemNote key={`${problem.code} ${problem.message}`} problem={problem} />
          ))}
        </>
      )}
      {run.results.length > 0 && (
        <>
          <h4>{t.drawer.results}</h4>
          <ul className="results">
            {run.results.slice(-40).map((result) => (
              <li key={`${result.subject} ${result.outcome}`}>
                <span>{result.subject}</span>
                <span className="quiet">{t.drawer.outcome[result.outcome]}</span>
                <span className="num">{count(result.rows, locale)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </details>
  )
}

function Credentials({
  connection,
  manifest,
  actions,
}: {
  connection: Connection
  manifest: ConnectorManifest
  actions: ConnectionActions
}) {
  const t = useConnectionMessages()
  const [values, setValues] = useState<Record<string, string>>(() => ({ ...connection.options }))
  const [problems, setProblems] = useState<FieldProblems>({})
  const save = () => {
    const found = problemsOf(manifest, values, connection.sealed)
    setProblems(found)
    if (Object.keys(found).length === 0)
      actions.change.mutate({ id: connection.id, values }, { onSuccess: () => setValues({ ...connection.options }) })
  }
  return (
    <details className="fold">
      <summary>{t.drawer.credentials}</summary>
      <form
        className="fields"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          save()
        }}
      >
        <CredentialForm
          manifest={manifest}
          values={values}
          sealed={connection.sealed}
          problems={problems}
          onChange={(field, value) => setValues((before) => ({ ...before, [field]: value }))}
        />
        {actions.change.isError && <SaidError error={actions.change.error} />}
        <Button type="submit" small disabled={actions.change.isPending}>
          {actions.change.isPending ? t.setUp.testing : t.drawer.save}
        </Button>
      </form>
    </details>
  )
}

function BackfillForm({
  id,
  name,
  actions,
  onSaid,
}: {
  id: string
  name: string
  actions: ConnectionActions
  onSaid: Said
}) {
  const t = useConnectionMessages()
  const today = new Date().toISOString().slice(0, 10)
  const [from, setFrom] = useState(`${today.slice(0, 8)}01`)
  const [to, setTo] = useState(today)
  return (
    <details className="fold">
      <summary>{t.drawer.backfill}</summary>
      <form
        className="fields two"
        onSubmit={(event) => {
          event.preventDefault()
          actions.backfill.mutate({ id, from, to }, { onSuccess: () => onSaid(t.notice.syncing(name)) })
        }}
      >
        <TextField
          label={t.drawer.from}
          type="date"
          max={today}
          value={from}
          onChange={(e) => setFrom(e.target.value)}
        />
        <TextField label={t.drawer.to} type="date" max={today} value={to} onChange={(e) => setTo(e.target.value)} />
        <p className="quiet wide">{t.drawer.backfillHint}</p>
        {actions.backfill.isError && <SaidError error={actions.backfill.error} />}
        <Button type="submit" small disabled={actions.backfill.isPending || from === '' || to === ''}>
          {t.drawer.start}
        </Button>
      </form>
    </details>
  )
}
