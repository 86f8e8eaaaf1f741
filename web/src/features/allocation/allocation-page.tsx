import type { Run } from '@server/modules/allocation/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { CalendarClock, FileText, ListTree, RefreshCw, Waypoints } from 'lucide-react'
import { useState } from 'react'
import { ApiError, api } from '../../api'
import { fill, problemText, Rich, useLocale } from '../../i18n'
import {
  Button,
  Card,
  EmptyState,
  ErrorPanel,
  GuideLink,
  Notice,
  type NoticeContent,
  SentenceHeader,
  Skeleton,
} from '../../ui'
import { compare, date, isZero, money, percent, ratio, sum } from '../../ui/format'
import { CoverageCard } from './coverage-card'
import { Flow } from './flow'
import { useAllocationMessages } from './messages'
import { ProofCard } from './proof-card'
import { RulesCard } from './rules-card'
import { StatementsView } from './statements-view'
import { UnitsView } from './units-view'
import { allocationPath, useAllocationMonth, useDraft, useMonths, useRun, useUnits } from './use-allocation'
import { sumBy } from './ways'
import './allocation.css'

export type View = 'flow' | 'units' | 'statements'

/** Where the page stands in the address. */
export function useAllocationPlace() {
  const search: Record<string, unknown> = useSearch({ strict: false })
  const navigate = useNavigate()
  const view: View = search.view === 'units' || search.view === 'statements' ? search.view : 'flow'
  const unit = typeof search.statement === 'string' && search.statement !== '' ? search.statement : null
  const go = (place: { view?: View; unit?: string | null }) =>
    void navigate({
      to: '.',
      search: ((before: Record<string, unknown>) => ({
        ...before,
        view: (place.view ?? view) === 'flow' ? undefined : (place.view ?? view),
        statement: place.unit ?? undefined,
      })) as never,
    })
  return { view, unit, go }
}

/** Who owes what: coverage, the way from providers to units, rules with their effect, and the proof. */
export function AllocationPage() {
  const { view } = useAllocationPlace()
  const [notice, setNotice] = useState<NoticeContent | null>(null)
  return (
    <div className="allocation">
      {view === 'units' ? (
        <UnitsView onNotice={setNotice} />
      ) : view === 'statements' ? (
        <StatementsView onNotice={setNotice} />
      ) : (
        <FlowView onNotice={setNotice} />
      )}
      <Notice notice={notice} onClose={() => setNotice(null)} />
    </div>
  )
}

function FlowView({ onNotice }: { onNotice: (notice: NoticeContent) => void }) {
  const t = useAllocationMessages()
  const locale = useLocale()
  const client = useQueryClient()
  const { go } = useAllocationPlace()
  const { month, column, currency } = useAllocationMonth()
  const months = useMonths()
  const state = months.data?.months.find((one) => one.month === month)
  const run = useRun(month, state?.run?.id)
  const units = useUnits(month)
  const draft = useDraft()
  const compute = useMutation({
    mutationFn: () => api<Run>(`${allocationPath}/runs`, { body: { month } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['allocation'] }),
    onError: (error) => onNotice({ text: error instanceof ApiError ? problemText(error, locale) : String(error) }),
  })
  const monthName = date(`${month}-01`, locale, 'UTC', 'month')

  const failed = [months, run, units, draft].find((query) => query.isError)
  if (failed) return <ErrorPanel error={failed.error} onRetry={() => void failed.refetch()} />
  if (!months.data || run.data === undefined || !units.data || !draft.data) return <AllocationSkeleton />

  const tools = (
    <>
      <Button icon={<ListTree size={14} strokeWidth={1.75} aria-hidden="true" />} onClick={() => go({ view: 'units' })}>
        {t.units}
      </Button>
      <Button
        icon={<FileText size={14} strokeWidth={1.75} aria-hidden="true" />}
        onClick={() => go({ view: 'statements' })}
      >
        {t.statements}
      </Button>
    </>
  )
  const rows = run.data?.rows ?? []
  const mine = rows.filter((row) => row.currency === currency && row.way !== 'adjustment')
  const total = sum([...sumBy(mine, (row) => row.provider, column).values()]) ?? '0'
  const open = months.data.months.filter((one) => one.state === 'open').map((one) => one.month)
  const rules = (
    <RulesCard
      draft={draft.data}
      rows={rows}
      total={total}
      units={units.data.units}
      months={[...new Set([month, ...open])].slice(0, 4)}
      month={month}
      column={column}
      currency={currency}
      onNotice={onNotice}
    />
  )

  if (run.data === null || isZero(total)) {
    return (
      <>
        <SentenceHeader tools={tools}>{run.data === null ? t.notYet : t.emptyTitle}</SentenceHeader>
        <Card>
          <EmptyState
            icon={<Waypoints size={22} strokeWidth={1.5} />}
            title={units.data.units.length === 0 ? t.emptyTitle : t.notYet}
            actions={
              <>
                {units.data.units.length === 0 && (
                  <Button kind="primary" onClick={() => go({ view: 'units' })}>
                    {t.firstUnits}
                  </Button>
                )}
                {draft.data.basedOn > 0 && (
                  <Button kind="primary" disabled={compute.isPending} onClick={() => compute.mutate()}>
                    {compute.isPending ? t.computing : t.compute}
                  </Button>
                )}
                <GuideLink page="allocation" />
              </>
            }
          >
            {units.data.units.length === 0 ? t.emptyText : t.notYetText}
          </EmptyState>
        </Card>
        {units.data.units.length > 0 && rules}
      </>
    )
  }

  const byUnit = sumBy(mine, (row) => row.unit, column)
  const unallocated = byUnit.get('') ?? '0'
  const [most] = [...byUnit].filter(([unit]) => unit !== '').sort(([, a], [, b]) => compare(b, a))
  const name = units.data.units.find((unit) => unit.key === most?.[0])?.name ?? most?.[0] ?? '–'
  const show = (amount: string) => money(amount, currency, locale)
  const share = ratio(unallocated, total, 6)
  return (
    <>
      <SentenceHeader
        tools={tools}
        facts={
          <>
            <span>
              <CalendarClock size={13} strokeWidth={1.75} aria-hidden="true" />
              {state?.state === 'closed'
                ? t.closed(monthName, (state.certificate ?? '').slice(0, 8))
                : t.open(monthName)}
            </span>
            <span>
              <RefreshCw size={13} strokeWidth={1.75} aria-hidden="true" />
              {t.reruns}
            </span>
            <GuideLink page="allocation" />
          </>
        }
      >
        <Rich
          text={fill(isZero(unallocated) ? t.sentenceAll : t.sentence, {
            share: percent(share === null ? null : String(1 - Number(share)), locale),
            total: show(total),
            month: monthName,
            unallocated: show(unallocated),
            unit: name,
            amount: show(most?.[1] ?? '0'),
          })}
        />
      </SentenceHeader>
      <CoverageCard months={months.data.months} month={month} currency={currency} />
      <div className="allocation-main">
        <Flow
          rows={rows}
          units={units.data.units}
          column={column}
          currency={currency}
          onUnit={(unit) => go({ view: 'statements', unit: unit || 'unallocated' })}
        />
        {rules}
      </div>
      <ProofCard run={run.data.run} column={column} currency={currency} />
    </>
  )
}

function AllocationSkeleton() {
  return (
    <div role="status" aria-busy="true">
      <Skeleton width="62%" height={30} />
      <div className="card" style={{ height: 118, marginTop: 40 }} />
      <div className="allocation-main" style={{ marginTop: 16 }}>
        <div className="card" style={{ height: 560 }} />
        <div className="card" style={{ height: 560 }} />
      </div>
    </div>
  )
}
