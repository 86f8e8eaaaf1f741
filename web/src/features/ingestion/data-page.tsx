import type { Batch } from '@server/modules/ledger/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Fingerprint, Layers, LoaderCircle, ReceiptText, ShieldAlert, ShieldCheck } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { ApiError, api, useBatches, useImports, useQueryAnswer } from '../../api'
import { useQuestion } from '../../app/question'
import { fill, problemText, Rich, useLocale } from '../../i18n'
import {
  Badge,
  Card,
  DataTable,
  EmptyState,
  ErrorPanel,
  GuideLink,
  KeyFigure,
  Notice,
  type NoticeContent,
  SentenceHeader,
  Skeleton,
  SkeletonRows,
} from '../../ui'
import { compare, count, date, dateTime, money, relativeTime } from '../../ui/format'
import { BatchDrawer, StateBadge } from './batch-drawer'
import { DropZone } from './drop-zone'
import { ImportDrawer } from './import-drawer'
import { ImportsCard } from './imports-card'
import { UnknownFiles } from './mapping'
import { useDataMessages } from './messages'
import { OtlpHelp } from './otlp-help'
import { onUploaded } from './uploads'
import './ingestion.css'

/** What came in, from where, and the proof that nothing was lost on the way. */
export function DataPage() {
  const t = useDataMessages()
  const locale = useLocale()
  const client = useQueryClient()
  const navigate = useNavigate()
  const question = useQuestion()
  const search: Record<string, unknown> = useSearch({ strict: false })
  const imports = useImports()
  const batches = useBatches()
  const fresh = useQueryAnswer(
    {
      metrics: [question.costMetric],
      period: { from: question.period.from, to: question.period.to },
      timeZone: question.timeZone,
    },
    { pace: 'calm' },
  )
  const [showClosed, setShowClosed] = useState(false)
  const [notice, setNotice] = useState<NoticeContent | null>(null)

  const importId = typeof search.import === 'string' ? search.import : null
  const batchId = typeof search.batch === 'string' ? search.batch : null
  const open = (patch: { import?: string; batch?: string }) =>
    void navigate({
      to: '.',
      search: ((before: Record<string, unknown>) => ({
        ...before,
        import: undefined,
        batch: undefined,
        ...patch,
      })) as never,
      replace: true,
      resetScroll: false,
    })

  useEffect(() => onUploaded(() => void client.invalidateQueries({ queryKey: ['imports'] })), [client])

  const act = useMutation({
    mutationFn: ({ batch, what }: { batch: Batch; what: 'withdraw' | 'reinstate' }) =>
      api<Batch>(`/api/v1/batches/${batch.id}/${what}`, { method: 'POST' }),
    onSuccess: (_, { batch, what }) => {
      void client.invalidateQueries({ queryKey: ['batches'] })
      void client.invalidateQueries({ queryKey: ['answer'] })
      const name = nameOf(batch, locale)
      setNotice({
        text: what === 'withdraw' ? t.withdrawn(name) : t.reinstated(name),
        undo: what === 'withdraw' ? () => act.mutate({ batch, what: 'reinstate' }) : undefined,
      })
    },
    onError: (error) =>
      setNotice({ text: `${t.actionFailed} ${error instanceof ApiError ? problemText(error, locale) : ''}` }),
  })

  const all = batches.data?.batches
  const openBatches = useMemo(() => all?.filter((batch) => batch.open) ?? [], [all])
  const listed = useMemo(
    () =>
      (all ?? [])
        .filter((batch) => showClosed || batch.open)
        .sort((a, b) => b.periodStart.localeCompare(a.periodStart) || b.recordedAt.localeCompare(a.recordedAt)),
    [all, showClosed],
  )
  const rows = openBatches.reduce((n, batch) => n + batch.rows, 0)
  const quarantined = openBatches.reduce((n, batch) => n + batch.rowsQuarantined, 0)
  const proofs = openBatches.flatMap((batch) => batch.proof)
  const equal = proofs.filter((proof) => proof.equal).length
  const broken = openBatches.filter((batch) => batch.proof.some((proof) => !proof.equal)).length
  const closed = (all?.length ?? 0) - openBatches.length
  const received = imports.data?.pages.flatMap((page) => page.imports)
  const running = received?.filter((item) => item.status === 'running' || item.status === 'queued').length ?? 0
  const chosenBatch = all?.find((batch) => batch.id === batchId) ?? null

  const sentence = !all
    ? null
    : openBatches.length === 0
      ? t.sentence.none
      : broken > 0
        ? t.sentence.broken
        : quarantined > 0
          ? t.sentence.quarantine
          : t.sentence.proven
  return (
    <div className="data-page">
      <SentenceHeader
        facts={
          <>
            {fresh.data?.completeness.billedThrough && (
              <span>
                <ReceiptText size={13} strokeWidth={1.75} aria-hidden="true" />
                {t.facts.through(date(fresh.data.completeness.billedThrough, locale, question.timeZone, 'short'))}
              </span>
            )}
            {running > 0 && (
              <span>
                <LoaderCircle size={13} strokeWidth={1.75} aria-hidden="true" className="spin" />
                {t.facts.running(running)}
              </span>
            )}
            <span>
              <Fingerprint size={13} strokeWidth={1.75} aria-hidden="true" />
              {t.facts.hash}
            </span>
            <GuideLink page="data" />
          </>
        }
      >
        {sentence === null ? (
          <Skeleton width="70%" height={28} />
        ) : (
          <Rich
            text={fill(sentence, {
              batches: t.batchCount(openBatches.length, count(openBatches.length, locale)),
              rows: t.rowCount(quarantined, count(quarantined, locale)),
              broken: count(broken, locale),
            })}
          />
        )}
      </SentenceHeader>

      <section className="card figures" aria-label={t.figures.heading}>
        <h2 className="visually-hidden">{t.figures.heading}</h2>
        <KeyFigure label={t.figures.rows} note={t.figures.rowsNote} value={all ? count(rows, locale) : '–'} />
        <KeyFigure
          label={t.figures.batches}
          value={all ? count(openBatches.length, locale) : '–'}
          line={
            all &&
            (closed > 0 ? t.figures.closed(count(closed, locale)) : t.figures.open(count(openBatches.length, locale)))
          }
        />
        <KeyFigure
          label={t.figures.proof}
          value={all ? count(equal, locale) : '–'}
          line={t.figures.proofNote(count(proofs.length, locale))}
        />
        <KeyFigure
          label={t.figures.quarantine}
          value={all ? count(quarantined, locale) : '–'}
          line={
            quarantined > 0 ? <span className="warn-text">{t.figures.quarantineNote}</span> : t.figures.quarantineNone
          }
        />
      </section>

      <div className="data-in">
        <DropZone />
        <OtlpHelp />
      </div>
      <UnknownFiles />

      <ImportsCard
        imports={received}
        more={
          imports.hasNextPage ? { busy: imports.isFetchingNextPage, load: () => void imports.fetchNextPage() } : null
        }
        error={imports.isError ? imports.error : null}
        onRetry={() => void imports.refetch()}
        onOpen={(id) => open({ import: id })}
        chosen={importId}
      />

      <Card
        title={t.batches.title}
        note={t.batches.note}
        flush
        tools={
          closed > 0 ? (
            <label className="check">
              <input type="checkbox" checked={showClosed} onChange={(event) => setShowClosed(event.target.checked)} />
              {t.batches.showClosed} <span className="quiet num">{count(closed, locale)}</span>
            </label>
          ) : undefined
        }
      >
        {batches.isError && <ErrorPanel error={batches.error} onRetry={() => void batches.refetch()} />}
        {batches.isPending && <SkeletonRows rows={5} height={44} />}
        {all?.length === 0 && (
          <EmptyState icon={<Layers size={22} strokeWidth={1.75} />} title={t.batches.empty}>
            {t.batches.emptyText}
          </EmptyState>
        )}
        {listed.length > 0 && (
          <div className="data-scroll">
            <DataTable
              caption={`${t.batches.title}: ${count(listed.length, locale)}`}
              rows={listed}
              rowKey={(batch) => batch.id}
              chosenKey={batchId}
              onRow={(batch) => open({ batch: batch.id })}
              columns={[
                {
                  id: 'source',
                  header: t.batches.source,
                  phone: 'title',
                  compare: (a, b) => a.serviceProviderName.localeCompare(b.serviceProviderName),
                  cell: (batch) => (
                    <span className="two-lines">
                      <b>{batch.serviceProviderName || batch.connection}</b>
                      <small>{[batch.billingAccountId, batch.sourceName].filter(Boolean).join(', ')}</small>
                    </span>
                  ),
                },
                {
                  id: 'period',
                  header: t.batches.period,
                  phone: 'aside',
                  compare: (a, b) => a.periodStart.localeCompare(b.periodStart),
                  cell: (batch) => date(batch.periodStart, locale, 'UTC', 'month'),
                },
                {
                  id: 'rows',
                  header: t.batches.rows,
                  align: 'right',
                  compare: (a, b) => a.rows - b.rows,
                  cell: (batch) => (
                    <span className="two-lines">
                      {count(batch.rows, locale)}
                      {batch.rowsQuarantined > 0 && (
                        <small className="warn-text">{t.quarantined(count(batch.rowsQuarantined, locale))}</small>
                      )}
                    </span>
                  ),
                },
                {
                  id: 'cost',
                  header: t.batches.cost,
                  phone: 'amount',
                  align: 'right',
                  compare: (a, b) => compare(billed(a)[0]?.ledger ?? '0', billed(b)[0]?.ledger ?? '0'),
                  cell: (batch) => (
                    <span className="two-lines">
                      {billed(batch).map((proof) => (
                        <span key={proof.currency}>{money(proof.ledger, proof.currency, locale)}</span>
                      ))}
                    </span>
                  ),
                },
                {
                  id: 'proof',
                  header: t.batches.proof,
                  phone: 'note',
                  cell: (batch) =>
                    batch.proof.every((proof) => proof.equal) ? (
                      <span className="proof-mark good">
                        <ShieldCheck size={14} strokeWidth={1.75} aria-hidden="true" />
                        {t.batches.equal}
                      </span>
                    ) : (
                      <span className="proof-mark bad">
                        <ShieldAlert size={14} strokeWidth={1.75} aria-hidden="true" />
                        {t.batches.unequal}
                      </span>
                    ),
                },
                { id: 'state', header: t.batches.state, cell: (batch) => <StateBadge batch={batch} /> },
                {
                  id: 'recorded',
                  header: t.batches.recorded,
                  align: 'right',
                  compare: (a, b) => a.recordedAt.localeCompare(b.recordedAt),
                  cell: (batch) => (
                    <span className="quiet">{dateTime(batch.recordedAt, locale, question.timeZone)}</span>
                  ),
                },
              ]}
            />
          </div>
        )}
      </Card>

      <Card title={t.freshness.title} flush>
        {fresh.data && fresh.data.freshness.length === 0 && <p className="card-empty quiet">{t.freshness.empty}</p>}
        {!fresh.data && <SkeletonRows rows={3} />}
        {fresh.data && fresh.data.freshness.length > 0 && (
          <DataTable
            caption={`${t.freshness.title}: ${count(fresh.data.freshness.length, locale)}`}
            rows={fresh.data.freshness}
            rowKey={(source) => `${source.source}:${source.basis}`}
            columns={[
              {
                id: 'source',
                header: t.freshness.source,
                compare: (a, b) => a.source.localeCompare(b.source),
                cell: (source) => source.source,
              },
              {
                id: 'basis',
                header: t.freshness.basis,
                cell: (source) => (
                  <Badge tone={source.basis === 'billed' ? 'good' : 'neutral'}>
                    {source.basis === 'billed'
                      ? t.freshness.billed
                      : source.basis === 'estimated'
                        ? t.freshness.estimated
                        : source.basis}
                  </Badge>
                ),
              },
              {
                id: 'charge',
                header: t.freshness.charge,
                align: 'right',
                compare: (a, b) => (a.lastChargeAt ?? '').localeCompare(b.lastChargeAt ?? ''),
                cell: (source) => date(source.lastChargeAt, locale, question.timeZone),
              },
              {
                id: 'last',
                header: t.freshness.last,
                align: 'right',
                compare: (a, b) => (a.lastRecordedAt ?? '').localeCompare(b.lastRecordedAt ?? ''),
                cell: (source) => <span className="quiet">{relativeTime(source.lastRecordedAt, locale)}</span>,
              },
            ]}
          />
        )}
      </Card>

      {importId && (
        <ImportDrawer
          key={importId}
          id={importId}
          onClose={() => open({})}
          onOpenImport={(id) => open({ import: id })}
          onOpenBatch={(id) => open({ batch: id })}
        />
      )}
      {chosenBatch && (
        <BatchDrawer
          key={chosenBatch.id}
          batch={chosenBatch}
          onClose={() => open({})}
          busy={act.isPending}
          onWithdraw={(batch) => act.mutate({ batch, what: 'withdraw' })}
          onReinstate={(batch) => act.mutate({ batch, what: 'reinstate' })}
        />
      )}
      <Notice notice={notice} onClose={() => setNotice(null)} />
    </div>
  )
}

function billed(batch: Batch) {
  return batch.proof.filter((proof) => proof.column === 'BilledCost')
}

function nameOf(batch: Batch, locale: 'en' | 'ko' | 'ru'): string {
  return `${batch.serviceProviderName || batch.connection}, ${date(batch.periodStart, locale, 'UTC', 'month')}`
}
