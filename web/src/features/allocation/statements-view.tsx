import type { AllocationRow, Statement, StatementComment } from '@server/modules/allocation/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ArrowLeft, Download, Lock, LockOpen, MessageSquare } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { ApiError, api } from '../../api'
import { useQuestion } from '../../app/question'
import { fill, problemText, Rich, useLocale } from '../../i18n'
import {
  Badge,
  Button,
  Card,
  DataTable,
  Delta,
  EmptyState,
  ErrorPanel,
  type NoticeContent,
  SegmentedControl,
  SentenceHeader,
  SkeletonRows,
  TextField,
} from '../../ui'
import { add, compare, date, dateTime, money, sum } from '../../ui/format'
import { useAllocationPlace } from './allocation-page'
import { Flow } from './flow'
import { useAllocationMessages } from './messages'
import { TextArea } from './text-area'
import {
  allocationPath,
  type Column,
  useAllocationMonth,
  useComments,
  useMonths,
  useRun,
  useStatement,
  useUnits,
} from './use-allocation'
import { sumBy } from './ways'

/** What each unit owes for a month: the list, or the statement of one of them. */
export function StatementsView({ onNotice }: { onNotice: (notice: NoticeContent) => void }) {
  const { unit } = useAllocationPlace()
  return unit === null ? <StatementList onNotice={onNotice} /> : <OneStatement unit={unit} onNotice={onNotice} />
}

function StatementList({ onNotice }: { onNotice: (notice: NoticeContent) => void }) {
  const t = useAllocationMessages()
  const locale = useLocale()
  const client = useQueryClient()
  const { go } = useAllocationPlace()
  const { month, isOpen, column, currency } = useAllocationMonth()
  const months = useMonths()
  const index = months.data?.months.findIndex((one) => one.month === month) ?? -1
  const state = months.data?.months[index]
  const before = months.data?.months[index + 1]
  const run = useRun(month, state?.run?.id)
  const earlier = useRun(before?.month ?? month, before?.run?.id)
  const units = useUnits(month)
  const comments = useComments(month)
  const monthName = date(`${month}-01`, locale, 'UTC', 'month')
  const refresh = () => void client.invalidateQueries({ queryKey: ['allocation'] })
  const reopen = useMutation({
    mutationFn: () => api<unknown>(`${allocationPath}/months/${month}/reopen`, { method: 'POST' }),
    onSuccess: () => {
      onNotice({ text: t.statement.reopened(monthName) })
      refresh()
    },
    onError: (error) => onNotice({ text: error instanceof ApiError ? problemText(error, locale) : String(error) }),
  })
  const close = useMutation({
    mutationFn: () => api<unknown>(`${allocationPath}/months/${month}/close`, { method: 'POST' }),
    onSuccess: () => {
      onNotice({ text: t.statement.closedNotice(monthName), undo: () => reopen.mutate() })
      refresh()
    },
    onError: (error) => onNotice({ text: error instanceof ApiError ? problemText(error, locale) : String(error) }),
  })
  if (run.isError) return <ErrorPanel error={run.error} onRetry={() => void run.refetch()} />

  const ofCurrency = (rows: AllocationRow[]) => rows.filter((row) => row.currency === currency)
  const owed = sumBy(ofCurrency(run.data?.rows ?? []), (row) => row.unit, column)
  const was = sumBy(ofCurrency(earlier.data?.rows ?? []), (row) => row.unit, column)
  // A unit's statement holds what stands below it too.
  const rows = [
    ...(units.data?.units ?? []).map((unit) => {
      const under = (units.data?.units ?? []).filter((other) => other.path.includes(unit.key)).map((other) => other.key)
      return {
        key: unit.key,
        name: unit.name,
        depth: unit.path.length - 1,
        owner: unit.owner,
        costCenter: unit.costCenter,
        amount: sum(under.map((key) => owed.get(key) ?? null)),
        before: sum(under.map((key) => was.get(key) ?? null)),
      }
    }),
    ...(owed.has('')
      ? [
          {
            key: 'unallocated',
            name: t.statement.unallocatedName,
            depth: 0,
            owner: '',
            costCenter: '',
            amount: owed.get('')!,
            before: was.get('') ?? null,
          },
        ]
      : []),
  ].filter((row) => row.amount !== null)
  const total = sum([...owed.values()]) ?? '0'
  const disputes = (key: string) =>
    comments.data?.comments.filter((one) => one.unit === key && one.kind === 'dispute' && one.status === 'open')
      .length ?? 0

  return (
    <>
      <SentenceHeader
        facts={
          <span title={t.statement.closeHint}>
            {state?.state === 'closed' ? t.closed(monthName, (state.certificate ?? '').slice(0, 8)) : t.open(monthName)}
          </span>
        }
        tools={
          <>
            <Button
              icon={<ArrowLeft size={14} strokeWidth={1.75} aria-hidden="true" />}
              onClick={() => go({ view: 'flow' })}
            >
              {t.unitPage.back}
            </Button>
            <a
              className="btn"
              href={`${allocationPath}/months/${month}/journal.csv?column=${column === 'ListCost' ? 'BilledCost' : column}`}
              download
            >
              <Download size={14} strokeWidth={1.75} aria-hidden="true" />
              {t.statement.journal}
            </a>
            {state?.state === 'closed' ? (
              <>
                <a
                  className="btn"
                  href={`${allocationPath}/months/${month}/certificate`}
                  download={`certificate-${month}.json`}
                >
                  <Download size={14} strokeWidth={1.75} aria-hidden="true" />
                  {t.statement.certificate}
                </a>
                <Button
                  icon={<LockOpen size={14} strokeWidth={1.75} aria-hidden="true" />}
                  disabled={reopen.isPending}
                  onClick={() => reopen.mutate()}
                >
                  {t.statement.reopen}
                </Button>
              </>
            ) : (
              !isOpen && (
                <Button
                  icon={<Lock size={14} strokeWidth={1.75} aria-hidden="true" />}
                  title={t.statement.closeHint}
                  disabled={close.isPending}
                  onClick={() => close.mutate()}
                >
                  {t.statement.close}
                </Button>
              )
            )}
          </>
        }
      >
        <Rich
          text={fill(t.statement.list, {
            units: t.unitPage.count([...owed.keys()].filter((key) => key !== '').length),
            total: money(
              sum([...owed].filter(([key]) => key !== '').map(([, amount]) => amount)) ?? '0',
              currency,
              locale,
            ),
            month: monthName,
          })}
        />
      </SentenceHeader>
      <Card title={t.statement.title} flush>
        {run.isPending && <SkeletonRows rows={8} />}
        {run.data === null && <EmptyState title={t.notYet}>{t.notYetText}</EmptyState>}
        {run.data && (
          <DataTable
            caption={t.statement.title}
            rows={rows}
            rowKey={(row) => row.key}
            onRow={(row) => go({ view: 'statements', unit: row.key })}
            hasTotal
            columns={[
              {
                id: 'unit',
                header: t.statement.unit,
                phone: 'title',
                total: t.statement.total,
                cell: (row) => (
                  <span className="tree-cell" style={{ paddingLeft: row.depth * 20 }}>
                    <strong>{row.name}</strong>
                  </span>
                ),
              },
              {
                id: 'center',
                header: t.statement.costCenter,
                phone: 'note',
                cell: (row) => <span className="muted">{row.costCenter || '–'}</span>,
              },
              {
                id: 'owner',
                header: t.statement.owner,
                cell: (row) => <span className="muted">{row.owner || '–'}</span>,
              },
              {
                id: 'disputes',
                header: t.statement.disputes,
                cell: (row) =>
                  disputes(row.key) > 0 ? <Badge tone="warn">{t.statement.openDisputes(disputes(row.key))}</Badge> : '',
              },
              {
                id: 'before',
                header: t.statement.before,
                align: 'right',
                cell: (row) => money(row.before, currency, locale),
              },
              {
                id: 'change',
                header: t.statement.change,
                phone: 'aside',
                align: 'right',
                cell: (row) => <Delta current={row.amount} previous={row.before} goodWhen="down" threshold={0.1} />,
              },
              {
                id: 'amount',
                header: t.statement.amount,
                phone: 'amount',
                align: 'right',
                cell: (row) => money(row.amount, currency, locale),
                total: money(total, currency, locale),
              },
            ]}
          />
        )}
      </Card>
    </>
  )
}

function OneStatement({ unit, onNotice }: { unit: string; onNotice: (notice: NoticeContent) => void }) {
  const t = useAllocationMessages()
  const locale = useLocale()
  const { go } = useAllocationPlace()
  const { month, column, currency } = useAllocationMonth()
  const statement = useStatement(month, unit)
  const units = useUnits(month)
  const monthName = date(`${month}-01`, locale, 'UTC', 'month')
  const back = (
    <Button
      icon={<ArrowLeft size={14} strokeWidth={1.75} aria-hidden="true" />}
      onClick={() => go({ view: 'statements' })}
    >
      {t.statement.all}
    </Button>
  )
  if (statement.isError)
    return (
      <>
        {back}
        <ErrorPanel error={statement.error} onRetry={() => void statement.refetch()} />
      </>
    )
  if (!statement.data) return <SkeletonRows rows={8} />
  const { data } = statement
  const name = unit === 'unallocated' ? t.statement.unallocatedName : data.name
  const totals = data.totals
    .filter((total) => total[column] !== null)
    .sort((a, b) => Number(b.currency === currency) - Number(a.currency === currency))
  const mine = totals.find((total) => total.currency === currency) ?? totals[0]
  const previous = data.previous.find((total) => total.currency === mine?.currency)
  const base = `${allocationPath}/months/${month}/statements/${unit}/statement`
  return (
    <>
      <SentenceHeader
        tools={
          <>
            {back}
            {(['pdf', 'xlsx', 'csv'] as const).map((kind) => (
              <a
                key={kind}
                className="btn"
                href={`${base}.${kind}${kind === 'csv' ? '' : `?locale=${locale}&column=${column}`}`}
                download
              >
                <Download size={14} strokeWidth={1.75} aria-hidden="true" />
                {t.statement[kind]}
              </a>
            ))}
          </>
        }
        facts={
          <>
            <span>{data.state === 'closed' ? t.statement.final : t.statement.draft}</span>
            {data.costCenter && (
              <span>
                {t.statement.costCenter} {data.costCenter}
              </span>
            )}
            {data.owner && <span>{data.owner}</span>}
            {mine && previous && (
              <span>
                <Delta current={mine[column]} previous={previous[column]} goodWhen="down" threshold={0.1} />{' '}
                {money(previous[column], mine.currency, locale)}
              </span>
            )}
          </>
        }
      >
        <Rich
          text={fill(t.statement.sentence, {
            unit: name,
            month: monthName,
            amount:
              totals.length === 0
                ? '0'
                : totals.map((total) => money(total[column], total.currency, locale)).join(' + '),
          })}
        />
      </SentenceHeader>
      <div className="statement-main">
        <div className="statement-lines">
          {mine && (
            <Flow
              rows={data.lines}
              units={units.data?.units ?? []}
              column={column}
              currency={mine.currency}
              height={300}
              onUnit={(key) => go({ view: 'statements', unit: key || 'unallocated' })}
            />
          )}
          {totals.map((total) => (
            <StatementLines key={total.currency} statement={data} currency={total.currency} column={column} />
          ))}
        </div>
        <Comments statement={data} onNotice={onNotice} />
      </div>
    </>
  )
}

/** The lines of one currency, those of one way together. */
function StatementLines({ statement, currency, column }: { statement: Statement; currency: string; column: Column }) {
  const t = useAllocationMessages()
  const locale = useLocale()
  const groups = new Map<
    string,
    {
      key: string
      way: Statement['lines'][number]['way']
      by: string
      source: string
      unit: string
      ofMonth: string
      amount: string
    }
  >()
  for (const line of statement.lines) {
    const amount = line[column]
    if (line.currency !== currency || amount === null) continue
    const by = line.pool ? `${line.pool}${line.partition ? `: ${line.partition}` : ''}` : line.rule
    const key = JSON.stringify([line.unit, line.way, by, line.provider, line.service, line.ofMonth])
    const known = groups.get(key)
    groups.set(key, {
      key,
      way: line.way,
      by,
      source: `${line.provider}, ${line.service}`,
      unit: line.unitName,
      ofMonth: line.ofMonth,
      amount: add(known?.amount ?? '0', amount),
    })
  }
  const rows = [...groups.values()].sort((a, b) => compare(b.amount, a.amount))
  const severalUnits = new Set(rows.map((row) => row.unit)).size > 1
  return (
    <Card title={currency} note={t.columns[column]} flush>
      <DataTable
        caption={`${t.statement.title}, ${currency}`}
        rows={rows}
        rowKey={(row) => row.key}
        hasTotal
        columns={[
          {
            id: 'source',
            header: t.statement.provider,
            phone: 'title',
            compare: (a, b) => a.source.localeCompare(b.source),
            cell: (row) => row.source,
            total: t.statement.total,
          },
          ...(severalUnits
            ? [
                {
                  id: 'unit',
                  header: t.statement.unit,
                  compare: (a: (typeof rows)[number], b: (typeof rows)[number]) => a.unit.localeCompare(b.unit),
                  cell: (row: (typeof rows)[number]) => row.unit,
                },
              ]
            : []),
          {
            id: 'way',
            header: t.statement.way,
            phone: 'aside' as const,
            compare: (a, b) => a.way.localeCompare(b.way),
            cell: (row) => (
              <Badge tone={row.way === 'adjustment' ? 'warn' : 'neutral'}>
                {row.way === 'adjustment' ? t.statement.adjustmentOf(row.ofMonth) : t.coverage[row.way]}
              </Badge>
            ),
          },
          {
            id: 'by',
            header: t.statement.rule,
            phone: 'note' as const,
            cell: (row) => <span className="muted">{row.by || '–'}</span>,
          },
          {
            id: 'amount',
            header: t.statement.amount,
            phone: 'amount' as const,
            align: 'right' as const,
            compare: (a, b) => compare(a.amount, b.amount),
            cell: (row) => money(row.amount, currency, locale),
            total: money(sum(rows.map((row) => row.amount)), currency, locale),
          },
        ]}
      />
    </Card>
  )
}

const next = {
  open: ['accepted', 'rejected', 'withdrawn'],
  accepted: ['open'],
  rejected: ['open'],
  withdrawn: ['open'],
  none: [],
} as const

function Comments({ statement, onNotice }: { statement: Statement; onNotice: (notice: NoticeContent) => void }) {
  const t = useAllocationMessages()
  const locale = useLocale()
  const client = useQueryClient()
  const { timeZone } = useQuestion()
  const [kind, setKind] = useState<'comment' | 'dispute'>('comment')
  const [text, setText] = useState('')
  const [owner, setOwner] = useState(statement.owner)
  const fail = (error: unknown) =>
    onNotice({ text: error instanceof ApiError ? problemText(error, locale) : String(error) })
  const refresh = () => void client.invalidateQueries({ queryKey: ['allocation'] })
  const send = useMutation({
    mutationFn: () =>
      api<StatementComment>(`${allocationPath}/months/${statement.month}/statements/${statement.unit}/comments`, {
        body: { kind, text: text.trim(), owner: kind === 'dispute' ? owner.trim() : '' },
      }),
    onSuccess: () => {
      setText('')
      refresh()
    },
    onError: fail,
  })
  const change = useMutation({
    mutationFn: ({ id, status }: { id: string; status: string }) =>
      api<StatementComment>(`${allocationPath}/comments/${id}`, { method: 'PATCH', body: { status } }),
    onSuccess: refresh,
    onError: fail,
  })
  const label = {
    accepted: t.statement.accept,
    rejected: t.statement.reject,
    withdrawn: t.statement.withdraw,
    open: t.statement.reopenDispute,
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() !== '') send.mutate()
  }
  return (
    <Card title={t.statement.comments}>
      {statement.comments.length === 0 && <p className="quiet">{t.statement.noComments}</p>}
      <ul className="comment-list">
        {statement.comments.map((comment) => (
          <li key={comment.id}>
            <p>
              <MessageSquare size={13} strokeWidth={1.75} aria-hidden="true" /> {comment.text}
            </p>
            <p className="quiet">
              {comment.kind === 'dispute' && (
                <Badge tone={comment.status === 'open' ? 'warn' : comment.status === 'accepted' ? 'good' : 'neutral'}>
                  {t.statement.dispute}: {t.statement.status[comment.status]}
                </Badge>
              )}{' '}
              {comment.owner && `${comment.owner}, `}
              {dateTime(comment.at, locale, timeZone)}
            </p>
            {comment.kind === 'dispute' && (
              <div className="comment-acts">
                {next[comment.status].map((status) => (
                  <Button
                    key={status}
                    small
                    disabled={change.isPending}
                    onClick={() => change.mutate({ id: comment.id, status })}
                  >
                    {label[status]}
                  </Button>
                ))}
              </div>
            )}
          </li>
        ))}
      </ul>
      <form className="allocation-form" onSubmit={submit}>
        <SegmentedControl
          label={t.statement.comments}
          value={kind}
          onChange={setKind}
          options={[
            { id: 'comment', label: t.statement.comment },
            { id: 'dispute', label: t.statement.dispute },
          ]}
        />
        <TextArea label={t.statement.text} rows={3} value={text} onChange={setText} />
        {kind === 'dispute' && (
          <TextField
            label={t.statement.disputeOwner}
            value={owner}
            onChange={(event) => setOwner(event.target.value)}
          />
        )}
        <div className="form-buttons">
          <Button kind="primary" type="submit" disabled={send.isPending || text.trim() === ''}>
            {t.statement.send}
          </Button>
        </div>
      </form>
    </Card>
  )
}
