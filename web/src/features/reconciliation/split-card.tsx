import type { SplitAnswer, SplitDimension } from '@server/modules/reconciliation/contract'
import { ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { useLocale } from '../../i18n'
import { Card, DataTable, ErrorPanel, SegmentedControl, SkeletonRows } from '../../ui'
import { ShareBar } from '../../ui/chart'
import { compare, count, money, percent, ratio, toNumber } from '../../ui/format'
import { useReconciliationMessages } from './messages'
import { type Account, type Days, useSplit } from './use-reconciliation'

const dimensions: readonly SplitDimension[] = ['team', 'feature', 'project', 'customer', 'user', 'model']
type Row = SplitAnswer['rows'][number]
const shownRows = 60

/** Billed money by what its calls say of themselves; money without calls is a line of its own. */
export function SplitCard({ days, account }: { days: Days; account: Account }) {
  const t = useReconciliationMessages()
  const locale = useLocale()
  const [by, setBy] = useState<SplitDimension>('team')
  const asked = useSplit(days, account, by)
  const answer = asked.data
  const name = (row: Row) =>
    row.way === 'fees'
      ? t.split.fees
      : row.way === 'not_seen'
        ? row.values[0]
          ? `${t.split.notSeen}: ${row.values[0]}`
          : t.split.notSeen
        : row.values[0] || t.split.unnamed
  const share = (row: Row) => (answer ? ratio(row.billed, answer.billed, 6) : null)
  return (
    <Card title={t.split.title} note={t.split.note} flush>
      <div className="split-by">
        <SegmentedControl
          label={t.split.by}
          value={by}
          onChange={setBy}
          options={dimensions.map((id) => ({ id, label: t.split.dimension[id] }))}
        />
      </div>
      {asked.isError && <ErrorPanel error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.isPending && <SkeletonRows rows={6} height={36} />}
      {answer && (
        <>
          <DataTable
            caption={t.split.title}
            rows={answer.rows.slice(0, shownRows)}
            rowKey={(row) => `${row.way} ${row.values.join(' ')}`}
            columns={[
              {
                id: 'name',
                header: t.split.dimension[by],
                phone: 'title',
                cell: (row) => <span className={row.way === 'telemetry' ? undefined : 'quiet'}>{name(row)}</span>,
              },
              {
                id: 'share',
                header: t.split.share,
                phone: 'note',
                cell: (row) => (
                  <span className="accuracy-cell">
                    <ShareBar
                      share={toNumber(share(row))}
                      width={64}
                      color={row.way === 'telemetry' ? 'var(--bar)' : 'var(--warn)'}
                    />
                    {percent(share(row), locale)}
                  </span>
                ),
              },
              {
                id: 'calls',
                header: t.split.calls,
                align: 'right',
                phone: 'aside',
                cell: (row) => (row.way === 'telemetry' ? count(row.calls, locale) : '–'),
              },
              {
                id: 'billed',
                header: t.split.billed,
                align: 'right',
                phone: 'amount',
                compare: (a, b) => compare(a.billed, b.billed),
                cell: (row) => money(row.billed, answer.currency, locale),
              },
            ]}
          />
          {answer.proof.equal && (
            <p className="quiet recon-proof">
              <ShieldCheck size={13} strokeWidth={1.75} aria-hidden="true" />
              {t.split.proof}: {money(answer.proof.sumOfRows, answer.currency, locale, { form: 'exact' })}
            </p>
          )}
        </>
      )}
    </Card>
  )
}
