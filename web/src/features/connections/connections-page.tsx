import { useNavigate, useSearch } from '@tanstack/react-router'
import { CalendarCheck, Lock, Plus, Timer } from 'lucide-react'
import { useState } from 'react'
import { useQuestion } from '../../app/question'
import { Rich, useLocale } from '../../i18n'
import {
  Button,
  Card,
  ErrorPanel,
  GuideLink,
  KeyFigure,
  Notice,
  type NoticeContent,
  SentenceHeader,
  Skeleton,
  SkeletonRows,
} from '../../ui'
import { add, count, date, duration, money } from '../../ui/format'
import { ConnectionCard } from './connection-card'
import { ConnectionDrawer } from './connection-drawer'
import { Gallery } from './gallery'
import { useConnectionActions, useConnections, useConnectors } from './hooks'
import { useConnectionMessages } from './messages'
import { SetUpDrawer } from './set-up-drawer'
import './connections.css'

const order = ['attention', 'first', 'reading', 'waiting', 'healthy', 'paused', 'files']

/** Where costs come from: trouble first, then what is being read, then what is well; and what else can be connected. */
export function ConnectionsPage() {
  const t = useConnectionMessages()
  const locale = useLocale()
  const navigate = useNavigate()
  const { organization } = useQuestion()
  const search: Record<string, unknown> = useSearch({ strict: false })
  const connectors = useConnectors()
  const connections = useConnections()
  const actions = useConnectionActions()
  const [notice, setNotice] = useState<NoticeContent | null>(null)
  const say = (text: string, undo?: () => void) => setNotice({ text, undo })
  const open = (patch: { connection?: string; add?: string }) =>
    void navigate({
      to: '.',
      search: ((before: Record<string, unknown>) => ({
        ...before,
        connection: undefined,
        add: undefined,
        ...patch,
      })) as never,
      replace: true,
      resetScroll: false,
    })

  const manifests = new Map(connectors.data?.connectors.map((connector) => [connector.id, connector]))
  const all = [...(connections.data?.connections ?? [])].sort(
    (a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.name.localeCompare(b.name),
  )
  const read = all.filter((connection) => connection.connector !== null)
  const trouble = read.filter((connection) => connection.state === 'attention')
  const first = read.filter((connection) => connection.state === 'first')
  const chosen = all.find((connection) => connection.id === search.connection)
  const chosenManifest = chosen?.connector ? manifests.get(chosen.connector) : undefined
  const adding = typeof search.add === 'string' ? manifests.get(search.add) : undefined

  const throughs = read.map((connection) => connection.freshness?.completeThrough ?? null)
  const through = throughs.length > 0 && throughs.every((day) => day !== null) ? throughs.sort()[0]! : null
  const rows = read.reduce((n, c) => n + (c.freshness?.days.reduce((m, day) => m + day.rows, 0) ?? 0), 0)
  const slowest = [...read].sort(
    (a, b) => (b.freshness?.usualLatenessHours ?? 0) - (a.freshness?.usualLatenessHours ?? 0),
  )[0]
  const spend = new Map<string, string>()
  for (const { monthToDate } of read)
    for (const { currency, read: amount } of monthToDate) spend.set(currency, add(spend.get(currency) ?? '0', amount))
  const main = spend.has(organization.currency) ? organization.currency : [...spend.keys()][0]

  const names = (list: typeof read) => list.map((connection) => connection.name).join(', ')
  const sentence =
    read.length === 0
      ? t.sentence.none
      : trouble.length > 0
        ? trouble.length === 1
          ? t.sentence.troubleOne(read.length - 1, read.length, trouble[0]!.name)
          : t.sentence.trouble(read.length - trouble.length, read.length, names(trouble))
        : first.length > 0
          ? t.sentence.first(names(first))
          : t.sentence.healthy(read.length)

  const showDay = (day: string) => date(`${day}T00:00:00Z`, locale, 'UTC', 'short')
  return (
    <div className="connections-page">
      <SentenceHeader
        tools={
          read.length > 0 && (
            <Button
              kind="primary"
              icon={<Plus size={15} strokeWidth={1.75} aria-hidden="true" />}
              onClick={() => document.getElementById('connect-another')?.scrollIntoView({ block: 'start' })}
            >
              {t.add}
            </Button>
          )
        }
        facts={
          <>
            {through && (
              <span>
                <CalendarCheck size={13} strokeWidth={1.75} aria-hidden="true" />
                {t.facts.through(showDay(through))}
              </span>
            )}
            {slowest?.freshness && (
              <span>
                <Timer size={13} strokeWidth={1.75} aria-hidden="true" />
                {t.facts.slowest(slowest.name, duration(slowest.freshness.usualLatenessHours * 3_600_000, locale))}
              </span>
            )}
            <span>
              <Lock size={13} strokeWidth={1.75} aria-hidden="true" />
              {t.facts.sealed}
            </span>
            <GuideLink page="connections" />
          </>
        }
      >
        {connections.isPending ? <Skeleton width="60%" height={28} /> : <Rich text={sentence} />}
      </SentenceHeader>

      {read.length > 0 && (
        <section className="card figures" aria-label={t.figures.heading}>
          <h2 className="visually-hidden">{t.figures.heading}</h2>
          <KeyFigure label={t.figures.through} value={through ? showDay(through) : '–'} line={t.figures.throughNote} />
          <KeyFigure
            label={t.figures.rows}
            value={count(rows, locale)}
            line={t.figures.rowsNote(count(new Date().getUTCDate(), locale))}
          />
          <KeyFigure
            label={t.figures.spend}
            value={main ? money(spend.get(main), main, locale) : '–'}
            line={
              [...spend]
                .filter(([currency]) => currency !== main)
                .map(([currency, amount]) => money(amount, currency, locale))
                .join(', ') || t.figures.spendNote
            }
          />
          <KeyFigure
            label={t.figures.needs}
            value={count(trouble.length, locale)}
            line={trouble.length > 0 ? <span className="warn-text">{names(trouble)}</span> : t.figures.needsNone}
          />
        </section>
      )}

      {connections.isError && <ErrorPanel error={connections.error} onRetry={() => void connections.refetch()} />}
      {connections.isPending && (
        <Card>
          <SkeletonRows rows={6} />
        </Card>
      )}
      {all.length > 0 && (
        <section aria-labelledby="connected-sources">
          <div className="sources-head">
            <h2 id="connected-sources" className="visually-hidden">
              {t.figures.throughNote}
            </h2>
            <ul className="legend">
              {(['complete', 'partly', 'missing', 'today'] as const).map((kind) => (
                <li key={kind}>
                  <span className="day" data-state={kind} data-today={kind === 'today'} aria-hidden="true">
                    <i style={{ height: kind === 'complete' ? '100%' : kind === 'partly' ? '50%' : '0' }} />
                  </span>
                  {t.legend[kind]}
                </li>
              ))}
            </ul>
          </div>
          <div className="connection-grid">
            {all.map((connection) => (
              <ConnectionCard
                key={connection.id}
                connection={connection}
                manifest={connection.connector ? manifests.get(connection.connector) : undefined}
                chosen={connection.id === chosen?.id}
                onOpen={() => open({ connection: connection.id })}
                onCancel={() =>
                  actions.cancel.mutate(connection.id, { onSuccess: () => say(t.notice.cancelled(connection.name)) })
                }
              />
            ))}
          </div>
        </section>
      )}
      <div id="connect-another">
        {connectors.isError && <ErrorPanel error={connectors.error} onRetry={() => void connectors.refetch()} />}
        {connectors.data && (
          <Gallery connectors={connectors.data.connectors} connections={read} onChoose={(add) => open({ add })} />
        )}
      </div>

      {adding && (
        <SetUpDrawer
          key={adding.id}
          manifest={adding}
          names={all.map((connection) => connection.name)}
          actions={actions}
          onClose={() => open({})}
          onConnected={(name) => {
            say(t.notice.connected(name))
            open({})
          }}
        />
      )}
      {chosen && chosenManifest && !adding && (
        <ConnectionDrawer
          key={chosen.id}
          connection={chosen}
          manifest={chosenManifest}
          actions={actions}
          onSaid={say}
          onClose={() => open({})}
        />
      )}
      <Notice notice={notice} onClose={() => setNotice(null)} />
    </div>
  )
}
