import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { monthInside } from '../../app/month-names'
import { useQuestion } from '../../app/question'
import { fill, useLocale } from '../../i18n'
import { Card, DataTable, Delta, ErrorPanel, SegmentedControl, SkeletonRows } from '../../ui'
import { colorsFor, ShareBar, Swatch } from '../../ui/chart'
import { compare, count, isZero, money, percent, sum, tokens, toNumber, unitPrice, unknown } from '../../ui/format'
import { type CallSums, cacheShare, errorShare, perCall, perThousand } from './calls'
import { useAiMessages } from './messages'
import { aiOnly, useCalls, type View } from './use-ai'

type Row = {
  id: string | null
  name: string
  color: string
  providers: string
  cost: string | null
  costBefore: string | null
  calls: CallSums | null
  callsBefore: CallSums | null
  failed: string | null
}

/** Models, providers or teams side by side: what they cost, what they did for it, and what a piece of work costs. */
export function ModelsCard() {
  const t = useAiMessages().compared
  const locale = useLocale()
  const [view, setView] = useState<View>('model')
  const { currency, period, comparison } = useQuestion()
  const data = useCalls(view)
  const rows = rowsOf(data, view, { team: t.noTeam, provider: t.noProvider, model: useAiMessages().cost.noModel })
  const dearest = Math.max(...rows.map((row) => toNumber(perThousand(row.calls))), 0)
  const versus =
    period.id === 'month' || period.id === 'last-month'
      ? fill(t.versusMonth, { month: monthInside(comparison.from, locale) })
      : t.versus
  const number = (of: (row: Row) => string | null | undefined) => (a: Row, b: Row) =>
    compare(of(a) ?? '-1', of(b) ?? '-1')
  const price = (amount: string | null) => unitPrice(amount, currency, locale)
  const { total, totalBefore } = data
  const costTotal = sum(data.cost.values())
  const failedTotal = data.failedKnown ? (sum(data.failed.values()) ?? '0') : null
  return (
    <Card
      title={t.title[view]}
      note={t.note}
      className="ai-compared"
      tools={
        <SegmentedControl
          label={t.by}
          value={view}
          onChange={setView}
          options={(['model', 'provider', 'team'] as const).map((id) => ({ id, label: t.view[id] }))}
        />
      }
      flush
    >
      {data.error && !data.answer ? (
        <ErrorPanel error={data.error} onRetry={data.retry} />
      ) : data.pending ? (
        <SkeletonRows rows={8} />
      ) : (
        <DataTable
          caption={t.title[view]}
          rows={rows}
          rowKey={(row) => row.id ?? ':none'}
          hasTotal
          columns={[
            {
              id: 'name',
              header: t.view[view],
              phone: 'title',
              compare: (a, b) => a.name.localeCompare(b.name),
              total: t.total(view, rows.filter((row) => row.id !== null).length),
              cell: (row) => (
                <span className="ai-name">
                  <Swatch color={row.color} />
                  {row.id === null ? (
                    <span className="quiet">{row.name}</span>
                  ) : (
                    <Link
                      to="/explore"
                      search={
                        {
                          by: [view],
                          where: [aiOnly, { dimension: view, in: [...(data.ids.get(row.id) ?? [row.id])] }],
                        } as never
                      }
                    >
                      {row.name}
                    </Link>
                  )}
                </span>
              ),
            },
            ...(view === 'model'
              ? [
                  {
                    id: 'provider',
                    header: t.view.provider,
                    phone: 'note' as const,
                    compare: (a: Row, b: Row) => a.providers.localeCompare(b.providers),
                    cell: (row: Row) => (
                      <span className="ai-provider" title={row.providers}>
                        {row.providers || unknown}
                      </span>
                    ),
                  },
                ]
              : []),
            {
              id: 'cost',
              header: t.cost,
              align: 'right',
              phone: 'amount',
              compare: number((row) => row.cost),
              total: money(costTotal, currency, locale),
              cell: (row) =>
                row.cost === null && row.calls !== null && !isZero(row.calls.unpricedCalls) ? (
                  <span className="ai-warn">{t.unpriced}</span>
                ) : (
                  money(row.cost, currency, locale)
                ),
            },
            {
              id: 'versus',
              header: versus,
              align: 'right',
              phone: 'aside',
              total: (
                <Delta
                  current={costTotal}
                  previous={data.costBefore === null ? null : sum(data.costBefore.values())}
                  goodWhen="down"
                  threshold={0.1}
                />
              ),
              cell: (row) => <Delta current={row.cost} previous={row.costBefore} goodWhen="down" threshold={0.1} />,
            },
            {
              id: 'in',
              header: t.tokensIn,
              align: 'right',
              compare: number((row) => row.calls?.tokensInput),
              total: tokens(total?.tokensInput, locale),
              cell: (row) => tokens(row.calls?.tokensInput, locale),
            },
            {
              id: 'out',
              header: t.tokensOut,
              align: 'right',
              compare: number((row) => row.calls?.tokensOutput),
              total: tokens(total?.tokensOutput, locale),
              cell: (row) => tokens(row.calls?.tokensOutput, locale),
            },
            {
              id: 'cache',
              header: t.cache,
              align: 'right',
              compare: number((row) => cacheShare(row.calls)),
              total: <Share value={cacheShare(total)} />,
              cell: (row) => <Share value={cacheShare(row.calls)} />,
            },
            {
              id: 'calls',
              header: t.calls,
              align: 'right',
              compare: number((row) => row.calls?.calls),
              total: count(total?.calls, locale),
              cell: (row) => count(row.calls?.calls, locale),
            },
            {
              id: 'perCall',
              header: t.perCall,
              align: 'right',
              compare: number((row) => perCall(row.calls)),
              total: price(perCall(total)),
              cell: (row) => price(perCall(row.calls)),
            },
            {
              id: 'per1k',
              header: t.per1k,
              align: 'right',
              compare: number((row) => perThousand(row.calls)),
              total: price(perThousand(total)),
              cell: (row) => {
                const value = perThousand(row.calls)
                return (
                  <span className="ai-bar-cell">
                    <ShareBar
                      share={value === null || dearest === 0 ? null : toNumber(value) / dearest}
                      color={row.color}
                    />
                    <span>{price(value)}</span>
                  </span>
                )
              },
            },
            {
              id: 'per1kVersus',
              header: versus,
              align: 'right',
              total: (
                <Delta
                  current={perThousand(total)}
                  previous={perThousand(totalBefore)}
                  goodWhen="down"
                  threshold={0.1}
                />
              ),
              cell: (row) => (
                <Delta
                  current={perThousand(row.calls)}
                  previous={perThousand(row.callsBefore)}
                  goodWhen="down"
                  threshold={0.1}
                />
              ),
            },
            {
              id: 'errors',
              header: t.errors,
              align: 'right',
              compare: number((row) => errorShare(row.calls)),
              total: percent(errorShare(total), locale),
              cell: (row) => {
                const share = errorShare(row.calls)
                return (
                  <span className={share !== null && compare(share, '0.02') >= 0 ? 'ai-warn' : undefined}>
                    {percent(share, locale)}
                  </span>
                )
              },
            },
            {
              id: 'failed',
              header: t.failed,
              align: 'right',
              compare: number((row) => row.failed),
              total: money(failedTotal, currency, locale),
              cell: (row) => money(row.failed, currency, locale),
            },
          ]}
        />
      )}
    </Card>
  )
}

function Share({ value }: { value: string | null }) {
  const locale = useLocale()
  return (
    <span className="ai-bar-cell">
      <ShareBar share={value === null ? null : toNumber(value)} width={28} />
      <span>{percent(value, locale, { digits: 0 })}</span>
    </span>
  )
}

function rowsOf(data: ReturnType<typeof useCalls>, view: View, unnamed: Record<View, string>): Row[] {
  const ids = new Set([...data.cost.keys(), ...data.calls.keys()])
  const rows = [...ids].map((id): Row => {
    const calls = data.calls.get(id) ?? null
    // What failed and reported that it used nothing cost nothing: a known zero, where there were failures at all.
    const failed =
      data.failedKnown && calls !== null ? (data.failed.get(id) ?? (isZero(calls.errors) ? '0' : null)) : null
    return {
      id,
      name: id ?? unnamed[view],
      color: 'var(--c-other)',
      providers: [...(data.providers.get(id) ?? [])].sort().join(', '),
      cost: data.cost.get(id) ?? null,
      costBefore: data.costBefore?.get(id) ?? null,
      calls,
      callsBefore: data.callsBefore.get(id) ?? null,
      failed,
    }
  })
  rows.sort(
    (a, b) =>
      Number(a.id === null) - Number(b.id === null) ||
      compare(b.cost ?? '-1', a.cost ?? '-1') ||
      a.name.localeCompare(b.name),
  )
  const colors = colorsFor(rows.flatMap((row) => (row.id === null || view === 'team' ? [] : [row.id])))
  return rows.map((row) => ({
    ...row,
    color: view === 'team' ? 'var(--bar)' : (colors.get(row.id ?? '') ?? 'var(--c-other)'),
  }))
}
