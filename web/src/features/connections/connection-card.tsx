import type { Connection, ConnectorManifest } from '@server/modules/connections/contract'
import { useQuestion } from '../../app/question'
import { useLocale } from '../../i18n'
import { Button } from '../../ui'
import { count, date, dateTime, duration, money } from '../../ui/format'
import { Completeness } from './completeness'
import { Mark } from './mark'
import { useConnectionMessages } from './messages'
import { nameOf } from './name-of'
import { ProblemNote } from './problem-note'
import { RunProgress } from './run-progress'
import { StateBadge } from './state-badge'

/** One source: state, completeness, what it needs. Pressing it opens the drawer. */
export function ConnectionCard({
  connection,
  manifest,
  chosen,
  onOpen,
  onCancel,
}: {
  connection: Connection
  manifest: ConnectorManifest | undefined
  chosen: boolean
  onOpen: () => void
  onCancel: () => void
}) {
  const t = useConnectionMessages()
  const locale = useLocale()
  const { timeZone } = useQuestion()
  const { state, run, freshness, problem } = connection
  const busy = run !== null && (run.status === 'running' || run.status === 'queued')
  const showRun = busy && (state === 'first' || run.kind === 'backfill')
  return (
    <article className="card connection" data-state={state} data-chosen={chosen} aria-label={connection.name}>
      <header className="connection-head">
        <Mark id={connection.connector ?? 'files'} name={manifest ? nameOf(manifest, locale) : connection.name} />
        <div>
          <h3>{connection.name}</h3>
          <p>
            {[manifest && nameOf(manifest, locale), connection.account?.name].filter(Boolean).join(', ') ||
              t.state.files}
          </p>
        </div>
        <StateBadge state={state} />
      </header>
      <div className="connection-body">
        {problem && (
          <ProblemNote problem={problem} safe>
            <Button small onClick={onOpen}>
              {t.card.fix}
            </Button>
          </ProblemNote>
        )}
        {showRun && <RunProgress run={run} />}
        {freshness && <Completeness freshness={freshness} />}
        {state === 'files' && <p className="quiet">{t.card.filesText}</p>}
        {state === 'paused' && <p className="quiet">{t.card.pausedText}</p>}
        {freshness && !problem && !showRun && (
          <dl className="pairs">
            <div>
              <dt>{t.card.through}</dt>
              <dd>
                {freshness.completeThrough
                  ? date(`${freshness.completeThrough}T00:00:00Z`, locale, 'UTC', 'short')
                  : t.card.never}
              </dd>
            </div>
            <div>
              <dt>{t.card.arrives}</dt>
              <dd
                title={freshness.learnedFrom > 0 ? t.card.learned(count(freshness.learnedFrom, locale)) : t.card.usual}
              >
                {duration(freshness.usualLatenessHours * 3_600_000, locale)}
              </dd>
            </div>
            <div>
              <dt>{t.card.last}</dt>
              <dd>{connection.lastSyncAt ? dateTime(connection.lastSyncAt, locale, timeZone) : t.card.never}</dd>
            </div>
            <div>
              <dt>{t.card.next}</dt>
              <dd>{connection.nextSyncAt ? dateTime(connection.nextSyncAt, locale, timeZone) : '–'}</dd>
            </div>
          </dl>
        )}
      </div>
      <footer className="connection-foot">
        <span>
          {connection.monthToDate.length > 0 && (
            <>
              {t.card.month}{' '}
              {connection.monthToDate.map((sum) => (
                <strong className="num" key={sum.currency}>
                  {money(sum.read, sum.currency, locale)}
                </strong>
              ))}
            </>
          )}
        </span>
        {showRun && (
          <Button small onClick={onCancel}>
            {t.run.cancel}
          </Button>
        )}
        {connection.connector !== null && (
          <Button small kind="ghost" onClick={onOpen} aria-label={`${t.card.open}: ${connection.name}`}>
            {t.card.open}
          </Button>
        )}
      </footer>
    </article>
  )
}
