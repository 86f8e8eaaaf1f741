import type { Filter, LinesAnswer, LinesRequest } from '@server/modules/explore/contract'
import type { Batch } from '@server/modules/ledger/contract'
import { ShieldAlert, ShieldCheck } from 'lucide-react'
import { type ReactNode, useMemo, useState } from 'react'
import { useBatches, useLines } from '../../api'
import { useQuestion } from '../../app/question'
import { formulaText, useLocale } from '../../i18n'
import { Amount, Badge, Button, CopyButton, Drawer, ErrorPanel, SegmentedControl, SkeletonRows } from '../../ui'
import { Swatch } from '../../ui/chart'
import { abs, compare, count, date, dateTime, isZero, money, relativeTime, sum, tokens, trim } from '../../ui/format'
import { isMoney, type Metric, metricText } from './format-metric'
import { useExploreMessages } from './messages'
import { columnsOf, useTimedAnswer } from './use-answer'

type Props = {
  title: string
  color: string | null
  metric: Metric
  filters: Filter[]
  period: { from: string; to: string }
  onClose: () => void
}

const usageUnits = new Set(['tokens', 'calls'])

/** Where one number comes from: basis, freshness, completeness, formula, batches, proof, its lines and calls. */
export function SourceDrawer({ title, color, metric, filters, period, onClose }: Props) {
  const t = useExploreMessages()
  const locale = useLocale()
  const { currency, timeZone, now } = useQuestion()
  const [tab, setTab] = useState<'from' | 'calls'>('from')
  const asked = useTimedAnswer({
    metrics: [...new Set([metric.id, 'calls', 'tokens_total'])],
    period,
    timeZone,
    filters,
    currency,
  })
  const behind = useTimedAnswer({
    metrics: ['charges'],
    dimensions: ['batch'],
    period,
    timeZone,
    filters,
    currency,
    limit: 1000,
  })
  const batches = useBatches()
  const answer = asked.data?.answer
  const total = answer?.totals[0]
  const at = answer ? columnsOf(answer) : null
  const value = total && at ? (total[at.get(metric.id) ?? -1] ?? null) : null
  const calls = total && at ? (total[at.get('calls') ?? -1] ?? null) : null
  const found = useMemo(() => {
    const list = behind.data?.answer
    if (!list || !batches.data) return null
    const column = list.columns.findIndex((known) => known.id === 'batch')
    const ids = new Set(list.rows.map((row) => row[column]).filter((id): id is string => id != null))
    return batches.data.batches.filter((batch) => ids.has(batch.id))
  }, [behind.data, batches.data])

  // Of all sources only those that this number rests on.
  const sources = (answer?.freshness ?? []).filter((source) =>
    source.basis === 'estimated'
      ? answer?.basis.some((part) => part.basis === 'estimated')
      : !found || found.some((batch) => batch.connection === source.source),
  )
  // Other currencies of the same period are no part of this number.
  const parts = (answer?.basis ?? []).filter((part) => part.currency === currency)
  const showCalls = calls !== null && !isZero(calls)
  return (
    <Drawer
      onClose={onClose}
      title={
        <span className="drawer-title">
          {color && <Swatch color={color} />}
          {title}
        </span>
      }
      tools={value !== null ? <CopyButton text={trim(value)} /> : undefined}
    >
      <div className="figure-value">
        {isMoney(metric) ? <Amount value={value} currency={currency} /> : metricText(value, metric, currency, locale)}
      </div>
      <p className="muted">{metric.name[locale]}</p>
      {asked.isError && <ErrorPanel error={asked.error} onRetry={() => void asked.refetch()} />}
      {showCalls && (
        <div className="drawer-tabs">
          <SegmentedControl
            label={t.drawer.tabs}
            value={tab}
            onChange={setTab}
            options={[
              { id: 'from', label: t.drawer.from },
              { id: 'calls', label: `${t.drawer.calls} ${count(calls, locale)}` },
            ]}
          />
        </div>
      )}
      {tab === 'calls' && showCalls ? (
        <Lines request={{ period, timeZone, filters, kind: 'calls', limit: 50 }} kind="calls" />
      ) : (
        <>
          {!answer && !asked.isError && <SkeletonRows rows={6} height={44} />}
          {answer && (
            <dl className="source-facts">
              <Fact name={t.drawer.basis}>
                {parts.length === 0 && '–'}
                {parts.map((part) => (
                  <div key={`${part.currency}:${part.basis}:${part.counted}`} className="source-basis">
                    <Badge tone={part.basis === 'billed' ? 'good' : 'neutral'}>{basisName(t, part.basis)}</Badge>
                    <span className="num">
                      {money(metric.id === 'billed_cost' ? part.billedCost : part.effectiveCost, part.currency, locale)}
                    </span>
                    {!part.counted && <small>{t.drawer.beside}</small>}
                  </div>
                ))}
              </Fact>
              <Fact name={t.drawer.freshness}>
                {sources.length === 0 && t.drawer.never}
                {sources.slice(0, 6).map((source) => (
                  <div key={`${source.source}:${source.basis}`}>
                    {source.source}{' '}
                    <span className="num">
                      {source.lastRecordedAt
                        ? source.basis === 'estimated'
                          ? relativeTime(source.lastRecordedAt, locale, new Date(Math.max(now.getTime(), Date.now())))
                          : dateTime(source.lastRecordedAt, locale, timeZone)
                        : '–'}
                    </span>
                    {source.lastChargeAt && (
                      <small>{t.drawer.lastCharge(date(source.lastChargeAt, locale, timeZone))}</small>
                    )}
                  </div>
                ))}
              </Fact>
              <Fact name={t.drawer.completeness}>
                {answer.completeness.periodIsOpen ? t.drawer.open : t.drawer.complete}
                {answer.completeness.billedThrough && (
                  <small>{t.drawer.billedThrough(date(answer.completeness.billedThrough, locale, timeZone))}</small>
                )}
              </Fact>
              <Fact name={t.drawer.formula}>
                <span className="source-formula">{formulaText(metric, locale)}</span>
                <small>{t.drawer.rounding}</small>
              </Fact>
              {value !== null && (
                <Fact name={t.drawer.exact}>
                  <span className="num source-exact">{metricText(value, metric, currency, locale, 'exact')}</span>
                </Fact>
              )}
              <Fact name={t.drawer.batches}>
                {found?.length === 0 && t.drawer.noBatches}
                {found?.slice(0, 4).map((batch) => (
                  <div key={batch.id}>
                    <code className="source-batch">{batch.sourceName}</code>
                    <small>
                      {batch.serviceProviderName}, {date(batch.periodStart, locale, 'UTC', 'month')}, SHA-256{' '}
                      {batch.contentHash.slice(0, 4)}…{batch.contentHash.slice(-4)}
                    </small>
                  </div>
                ))}
                {found && found.length > 4 && <small>{t.drawer.moreBatches(found.length - 4)}</small>}
              </Fact>
            </dl>
          )}
          {found && found.length > 0 && isMoney(metric) && (
            <ProofBox
              batches={found}
              column={metric.id === 'billed_cost' ? 'BilledCost' : 'EffectiveCost'}
              currency={currency}
            />
          )}
          {!usageUnits.has(metric.unit) && (
            <Lines request={{ period, timeZone, filters, currency, kind: 'charges', limit: 50 }} kind="charges" />
          )}
        </>
      )}
    </Drawer>
  )
}

function basisName(t: ReturnType<typeof useExploreMessages>, basis: string): string {
  const known: Record<string, string> = {
    billed: t.drawer.billed,
    estimated: t.drawer.estimated,
    reported: t.drawer.reported,
    manual: t.drawer.manual,
  }
  return known[basis] ?? basis
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** Source = ledger + quarantined over the batches behind a number, computed here from their exact sums. */
function ProofBox({ batches, column, currency }: { batches: Batch[]; column: string; currency: string }) {
  const t = useExploreMessages()
  const locale = useLocale()
  const proofs = batches
    .flatMap((batch) => batch.proof)
    .filter((proof) => proof.column === column && proof.currency === currency)
  if (proofs.length === 0) return null
  const source = sum(proofs.map((proof) => proof.source)) ?? '0'
  const ledger = sum(proofs.map((proof) => proof.ledger)) ?? '0'
  const quarantined = sum(proofs.map((proof) => proof.quarantined)) ?? '0'
  const equal = proofs.every((proof) => proof.equal) && compare(source, sum([ledger, quarantined]) ?? '0') === 0
  return (
    <section className="proof" aria-label={equal ? t.drawer.proof : t.drawer.proofOpen}>
      <h3 className={equal ? 'proof-head good' : 'proof-head bad'}>
        {equal ? (
          <ShieldCheck size={15} strokeWidth={1.75} aria-hidden="true" />
        ) : (
          <ShieldAlert size={15} strokeWidth={1.75} aria-hidden="true" />
        )}
        {equal ? t.drawer.proof : t.drawer.proofOpen}
      </h3>
      <div className="proof-sums">
        <div>
          <small>{t.drawer.source}</small>
          <b title={money(source, currency, locale, { form: 'exact' })}>{money(source, currency, locale)}</b>
        </div>
        <span aria-hidden="true">=</span>
        <div>
          <small>{t.drawer.ledger}</small>
          <b title={money(ledger, currency, locale, { form: 'exact' })}>{money(ledger, currency, locale)}</b>
        </div>
        {!isZero(abs(quarantined)) && (
          <>
            <span aria-hidden="true">+</span>
            <div>
              <small>{t.drawer.quarantined}</small>
              <b>{money(quarantined, currency, locale)}</b>
            </div>
          </>
        )}
      </div>
      <p className="quiet">{t.drawer.proofHint(batches.length)}</p>
    </section>
  )
}

function Lines({ request, kind }: { request: LinesRequest; kind: 'charges' | 'calls' }) {
  const t = useExploreMessages()
  const locale = useLocale()
  const [all, setAll] = useState(false)
  const pages = useLines(request)
  const first = pages.data?.pages[0]
  const rows = pages.data?.pages.flatMap((page) => page.rows) ?? []
  return (
    <section className="source-lines" aria-label={kind === 'calls' ? t.drawer.calls : t.drawer.lines}>
      <header>
        <h3>
          {kind === 'calls' ? t.drawer.calls : t.drawer.lines}{' '}
          {first && <span className="quiet num">{count(first.totalRows, locale)}</span>}
        </h3>
        {kind === 'charges' && rows.length > 0 && (
          <button type="button" className="link-button" aria-pressed={all} onClick={() => setAll(!all)}>
            {all ? t.drawer.fewColumns : t.drawer.allColumns}
          </button>
        )}
      </header>
      {pages.isPending && <SkeletonRows rows={5} />}
      {pages.isError && <ErrorPanel error={pages.error} onRetry={() => void pages.refetch()} />}
      {first && rows.length === 0 && <p className="quiet">{kind === 'calls' ? t.drawer.noCalls : t.drawer.noLines}</p>}
      {first && rows.length > 0 && (
        <section
          className="source-table"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          aria-label={kind === 'calls' ? t.drawer.calls : t.drawer.lines}
        >
          {all ? (
            <WideTable columns={first.columns} rows={rows} />
          ) : kind === 'calls' ? (
            <CallTable columns={first.columns} rows={rows} />
          ) : (
            <ChargeTable answer={first} rows={rows} />
          )}
        </section>
      )}
      {pages.hasNextPage && (
        <Button small disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {t.drawer.more}
        </Button>
      )}
    </section>
  )
}

type Cells = (string | null)[]
const cellOf =
  (columns: string[]) =>
  (row: Cells, ...names: string[]) => {
    for (const name of names) {
      const value = row[columns.indexOf(name)]
      if (value != null && value !== '') return value
    }
    return null
  }

function ChargeTable({ answer, rows }: { answer: LinesAnswer; rows: Cells[] }) {
  const t = useExploreMessages()
  const locale = useLocale()
  const { timeZone, costBasis } = useQuestion()
  const cell = cellOf(answer.columns)
  const amount = { effective: 'EffectiveCost', billed: 'BilledCost', list: 'ListCost' }[costBasis]
  return (
    <table className="table source-charges">
      <thead>
        <tr>
          <th scope="col">{t.drawer.line}</th>
          <th scope="col" className="right">
            {t.drawer.quantity}
          </th>
          <th scope="col" className="right">
            {t.drawer.amount}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => {
          const quantity = cell(row, 'ConsumedQuantity', 'PricingQuantity')
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines come in a fixed order and are only added to
            <tr key={index}>
              <td>
                {cell(row, 'ChargeDescription', 'SkuMeter', 'ServiceName', 'x_Basis') ?? '–'}
                <small>
                  {[
                    cell(row, 'ResourceName', 'ResourceId', 'SubAccountName'),
                    date(cell(row, 'ChargePeriodStart'), locale, timeZone),
                  ]
                    .filter(Boolean)
                    .join(', ')}
                </small>
              </td>
              <td className="right">
                {quantity === null ? '–' : count(quantity, locale, { digits: quantity.includes('.') ? 2 : undefined })}
                <small>{cell(row, 'ConsumedUnit', 'PricingUnit')}</small>
              </td>
              <td className="right">{money(cell(row, amount, 'BilledCost'), cell(row, 'BillingCurrency'), locale)}</td>
            </tr>
          )
        })}
      </tbody>
      <tfoot>
        {answer.sums.map((line) => (
          <tr key={line.currency}>
            <td colSpan={2}>
              {t.total}, {t.drawer.count(count(answer.totalRows, locale))}
            </td>
            <td className="right">
              {money(costBasis === 'billed' ? line.BilledCost : line.EffectiveCost, line.currency, locale)}
            </td>
          </tr>
        ))}
      </tfoot>
    </table>
  )
}

function CallTable({ columns, rows }: { columns: string[]; rows: Cells[] }) {
  const t = useExploreMessages()
  const locale = useLocale()
  const { timeZone } = useQuestion()
  const cell = cellOf(columns)
  const tokensOf = (row: Cells) => {
    const direct = cell(row, 'Tokens', 'TotalTokens')
    if (direct !== null) return direct
    const parts = cell(row, 'Quantities', 'Units')
    const numbers = parts?.match(/\b\d+\b/g)
    return numbers ? (sum(numbers) ?? null) : (sum([cell(row, 'InputTokens'), cell(row, 'OutputTokens')]) ?? null)
  }
  return (
    <table className="table source-charges">
      <thead>
        <tr>
          <th scope="col">{t.drawer.model}</th>
          <th scope="col" className="right">
            {t.drawer.tokens}
          </th>
          <th scope="col" className="right">
            {t.drawer.amount}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: calls come in a fixed order and are only added to
          <tr key={index}>
            <td>
              {cell(row, 'Model', 'RequestModel') ?? '–'}
              <small>
                {[dateTime(cell(row, 'StartedAt'), locale, timeZone, { seconds: true }), cell(row, 'Team', 'Service')]
                  .filter(Boolean)
                  .join(', ')}
              </small>
            </td>
            <td className="right">{tokens(tokensOf(row), locale)}</td>
            <td className="right">
              {cell(row, 'Cost') === null ? '–' : money(cell(row, 'Cost'), cell(row, 'Currency'), locale)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function WideTable({ columns, rows }: { columns: string[]; rows: Cells[] }) {
  const filled = columns
    .map((name, index) => ({ name, index }))
    .filter(({ index }) => rows.some((row) => row[index] != null && row[index] !== ''))
  return (
    <table className="table source-wide">
      <thead>
        <tr>
          {filled.map((column) => (
            <th key={column.name} scope="col">
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines come in a fixed order and are only added to
          <tr key={index}>
            {filled.map((column) => (
              <td key={column.name} className="num" title={row[column.index] ?? undefined}>
                {row[column.index] ?? ''}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
