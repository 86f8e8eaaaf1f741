import type { Batch } from '@server/modules/ledger/contract'
import { RotateCcw, Undo2 } from 'lucide-react'
import { useDifference } from '../../api'
import { useQuestion } from '../../app/question'
import { changeText, useLocale } from '../../i18n'
import { Badge, Button, CopyButton, Drawer, ErrorPanel, SkeletonRows } from '../../ui'
import { count, date, dateTime, money } from '../../ui/format'
import { useDataMessages } from './messages'
import { ProofTable } from './proof-table'

type Props = {
  batch: Batch
  onClose: () => void
  onWithdraw: (batch: Batch) => void
  onReinstate: (batch: Batch) => void
  busy: boolean
}

/** One batch: its identity, its proof with all digits, and what it changed. */
export function BatchDrawer({ batch, onClose, onWithdraw, onReinstate, busy }: Props) {
  const t = useDataMessages()
  const locale = useLocale()
  const { timeZone } = useQuestion()
  const replaced = batch.closes.length > 0 || batch.closedBy.length > 0
  const difference = useDifference(replaced ? batch.id : null)
  return (
    <Drawer
      title={`${batch.serviceProviderName || batch.connection}, ${date(batch.periodStart, locale, 'UTC', 'month')}`}
      onClose={onClose}
    >
      <div className="drawer-stack">
        <div className="drawer-status">
          <StateBadge batch={batch} />
          <span className="num">{t.rowCount(batch.rows, count(batch.rows, locale))}</span>
          <span className="drawer-action">
            {batch.open ? (
              <Button
                small
                kind="danger"
                disabled={busy}
                title={t.drawer.withdrawHint}
                icon={<Undo2 size={13} strokeWidth={1.75} aria-hidden="true" />}
                onClick={() => onWithdraw(batch)}
              >
                {t.drawer.withdraw}
              </Button>
            ) : (
              <Button
                small
                disabled={busy}
                title={t.drawer.reinstateHint}
                icon={<RotateCcw size={13} strokeWidth={1.75} aria-hidden="true" />}
                onClick={() => onReinstate(batch)}
              >
                {t.drawer.reinstate}
              </Button>
            )}
          </span>
        </div>
        <p className="quiet">{batch.open ? t.drawer.withdrawHint : t.drawer.reinstateHint}</p>
        <dl className="facts-list">
          <dt>{t.drawer.connection}</dt>
          <dd>
            {batch.connection}, {batch.sourceName}
          </dd>
          <dt>{t.drawer.scope}</dt>
          <dd>{batch.scope}</dd>
          <dt>{t.drawer.recorded}</dt>
          <dd>{dateTime(batch.recordedAt, locale, timeZone, { year: true, seconds: true })}</dd>
          {batch.closedAt && (
            <>
              <dt>{t.drawer.closed}</dt>
              <dd>{dateTime(batch.closedAt, locale, timeZone, { year: true, seconds: true })}</dd>
            </>
          )}
          <dt>{t.drawer.decision}</dt>
          <dd>{batch.decision || '–'}</dd>
          <dt>{t.drawer.hash}</dt>
          <dd className="hash-line">
            <code>
              {batch.contentHash.slice(0, 12)}…{batch.contentHash.slice(-6)}
            </code>
            <CopyButton text={batch.contentHash} />
          </dd>
        </dl>
        <section>
          <h3>{t.drawer.proof}</h3>
          <ProofTable proof={batch.proof} />
        </section>
        <section>
          <h3>{t.drawer.difference}</h3>
          {!replaced && <p className="quiet">{t.drawer.noDifference}</p>}
          {replaced && difference.isPending && <SkeletonRows rows={4} />}
          {difference.isError && <ErrorPanel error={difference.error} onRetry={() => void difference.refetch()} />}
          {difference.data && (
            <>
              <table className="table compact">
                <thead>
                  <tr>
                    <th scope="col">{t.drawer.columnName}</th>
                    <th scope="col" className="right">
                      {t.drawer.before}
                    </th>
                    <th scope="col" className="right">
                      {t.drawer.after}
                    </th>
                    <th scope="col" className="right">
                      {t.drawer.change}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {difference.data.sums.map((line) => (
                    <tr key={`${line.column}:${line.currency}`}>
                      <td>{line.column}</td>
                      <td className="right">{money(line.before, line.currency, locale)}</td>
                      <td className="right">{money(line.after, line.currency, locale)}</td>
                      <td className="right">{money(line.difference, line.currency, locale, { sign: true })}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {difference.data.rows.length === 0 ? (
                <p className="quiet">{t.drawer.sameAmounts}</p>
              ) : (
                <>
                  <h3>{t.drawer.changedLines}</h3>
                  <ul className="changed-lines">
                    {difference.data.rows.slice(0, 100).map((row, index) => (
                      // biome-ignore lint/suspicious/noArrayIndexKey: lines of a difference have no identity of their own
                      <li key={index}>
                        <span>
                          {row.chargeDescription || row.serviceName}
                          <small>
                            {[row.resourceId, date(row.chargePeriodStart, locale, timeZone)].filter(Boolean).join(', ')}
                          </small>
                        </span>
                        <span className="num">
                          {money(row.difference, row.currency, locale, { sign: true })}
                          <small>
                            {money(row.before, row.currency, locale)} → {money(row.after, row.currency, locale)}
                          </small>
                        </span>
                      </li>
                    ))}
                  </ul>
                </>
              )}
            </>
          )}
        </section>
        {batch.findings.length > 0 && (
          <section>
            <h3>{t.drawer.found}</h3>
            <ul className="problems">
              {batch.findings.map((finding) => (
                <li key={finding} title={finding}>
                  {changeText(finding, locale)}
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </Drawer>
  )
}

export function StateBadge({ batch }: { batch: Batch }) {
  const t = useDataMessages()
  if (batch.open) return <Badge tone="good">{t.batches.open}</Badge>
  return <Badge>{batch.closedBy.length > 0 ? t.batches.replaced : t.batches.withdrawn}</Badge>
}
