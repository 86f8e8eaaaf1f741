import { useQuestion } from '../../app/question'
import { useLocale } from '../../i18n'
import { Card, DataTable, ErrorPanel, SkeletonRows } from '../../ui'
import { ShareBar } from '../../ui/chart'
import { compare, money, percent, ratio, shift, sum, tokens, toNumber, unitPrice } from '../../ui/format'
import { useAiMessages } from './messages'
import type { useLeaves } from './use-ai'

/** Every token once, by what it was: read afresh, from the cache, written into it, answered, thought. */
export function KindsCard({ leaves }: { leaves: ReturnType<typeof useLeaves> }) {
  const t = useAiMessages().kinds
  const locale = useLocale()
  const { currency } = useQuestion()
  const { kinds } = leaves
  const total = sum(kinds.map((one) => one.quantity)) ?? '0'
  const cost = sum(kinds.map((one) => one.cost))
  const price = (amount: string | null, quantity: string) =>
    amount === null ? null : ratio(shift(amount, -3), quantity, 12)
  return (
    <Card title={t.title} note={t.note} flush>
      {leaves.error && kinds.length === 0 ? (
        <ErrorPanel error={leaves.error} onRetry={leaves.retry} />
      ) : leaves.pending ? (
        <SkeletonRows rows={5} />
      ) : kinds.length === 0 ? (
        <p className="ai-none">{t.none}</p>
      ) : (
        <DataTable
          caption={t.title}
          rows={kinds}
          rowKey={(row) => row.kind}
          hasTotal
          columns={[
            { id: 'kind', header: t.kind, phone: 'title', cell: (row) => t[row.kind], total: t.total },
            {
              id: 'tokens',
              header: t.tokens,
              align: 'right',
              phone: 'note',
              compare: (a, b) => compare(a.quantity, b.quantity),
              cell: (row) => tokens(row.quantity, locale),
              total: tokens(total, locale),
            },
            {
              id: 'share',
              header: t.share,
              align: 'right',
              phone: 'aside',
              cell: (row) => {
                const share = ratio(row.quantity, total)
                return (
                  <span className="ai-bar-cell">
                    <ShareBar share={share === null ? null : toNumber(share)} />
                    <span>{percent(share, locale)}</span>
                  </span>
                )
              },
              total: '',
            },
            {
              id: 'cost',
              header: t.cost,
              align: 'right',
              phone: 'amount',
              compare: (a, b) => compare(a.cost ?? '-1', b.cost ?? '-1'),
              cell: (row) => money(row.cost, currency, locale),
              total: money(cost, currency, locale),
            },
            {
              id: 'per1k',
              header: t.per1k,
              align: 'right',
              cell: (row) => unitPrice(price(row.cost, row.quantity), currency, locale),
              total: '',
            },
          ]}
        />
      )}
    </Card>
  )
}
