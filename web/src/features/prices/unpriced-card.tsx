import type { UnpricedAnswer } from '@server/modules/pricing/contract'
import type { UseQueryResult } from '@tanstack/react-query'
import { BadgeCheck } from 'lucide-react'
import { useQuestion } from '../../app/question'
import { useLocale } from '../../i18n'
import { Badge, Button, Card, DataTable, EmptyState, ErrorPanel, SkeletonRows } from '../../ui'
import { count, date } from '../../ui/format'
import { usePricesMessages } from './messages'
import type { RatingDraft } from './rate-again'

type Item = UnpricedAnswer['items'][number]
export type UnpricedModel = Pick<Item, 'provider' | 'model' | 'serviceTier'> & { units: string[] }

/** Usage that has no price: how much, why, and the button that solves it. */
export function UnpricedCard({
  unpriced,
  onPrice,
  onRate,
}: {
  unpriced: UseQueryResult<UnpricedAnswer>
  onPrice: (model: UnpricedModel) => void
  onRate: (draft: RatingDraft) => void
}) {
  const t = usePricesMessages()
  const locale = useLocale()
  const { timeZone } = useQuestion()
  const items = unpriced.data?.items
  const unitsOf = (item: Item) =>
    (items ?? [])
      .filter(
        (each) => each.provider === item.provider && each.model === item.model && each.serviceTier === item.serviceTier,
      )
      .map((each) => each.unit)
  return (
    <Card title={t.unpriced.title} note={t.unpriced.note} flush>
      {unpriced.isError && <ErrorPanel error={unpriced.error} onRetry={() => void unpriced.refetch()} />}
      {unpriced.isPending && <SkeletonRows rows={5} height={44} />}
      {items?.length === 0 && (
        <EmptyState icon={<BadgeCheck size={22} strokeWidth={1.75} />} title={t.unpriced.empty}>
          {t.unpriced.emptyText}
        </EmptyState>
      )}
      {items && items.length > 0 && (
        <DataTable
          caption={t.unpriced.title}
          rows={items}
          rowKey={(item) => [item.provider, item.model, item.serviceTier, item.region, item.unit].join('\n')}
          columns={[
            {
              id: 'model',
              header: t.model,
              phone: 'title',
              compare: (a, b) => a.model.localeCompare(b.model),
              cell: (item) => (
                <span className="two-lines">
                  <b>{item.model || t.unpriced.noModel}</b>
                  <small>{[item.provider, item.serviceTier, item.region].filter(Boolean).join(' · ')}</small>
                </span>
              ),
            },
            {
              id: 'unit',
              header: t.unit,
              phone: 'note',
              cell: (item) => (item.unit === '' ? '–' : (t.units[item.unit as 'hour.gpu'] ?? item.unit)),
            },
            {
              id: 'quantity',
              header: t.unpriced.quantity,
              align: 'right',
              phone: 'aside',
              compare: (a, b) => Number(BigInt(a.quantity) - BigInt(b.quantity)),
              cell: (item) => count(item.quantity, locale),
            },
            {
              id: 'calls',
              header: t.unpriced.calls,
              align: 'right',
              compare: (a, b) => Number(BigInt(a.calls) - BigInt(b.calls)),
              cell: (item) => count(item.calls, locale),
            },
            {
              id: 'seen',
              header: t.unpriced.seen,
              cell: (item) => (
                <span className="quiet">
                  {date(item.firstSeen, locale, timeZone, 'short')} – {date(item.lastSeen, locale, timeZone, 'short')}
                </span>
              ),
            },
            {
              id: 'why',
              header: t.unpriced.why,
              cell: (item) =>
                item.reason === null ? (
                  <Badge tone="good">{t.unpriced.pricedNow}</Badge>
                ) : (
                  <span className="price-note" title={item.reason.message}>
                    {t.reasons[item.reason.code as 'model_unknown'] ?? item.reason.message}
                  </span>
                ),
            },
            {
              id: 'do',
              header: t.unpriced.do,
              align: 'right',
              phone: 'amount',
              cell: (item) =>
                item.remedy === 'rate_again' ? (
                  <Button
                    small
                    kind="primary"
                    onClick={() =>
                      onRate({
                        from: item.firstSeen.slice(0, 10),
                        to: '',
                        provider: item.provider,
                        model: item.model,
                      })
                    }
                  >
                    {t.unpriced.rate}
                  </Button>
                ) : item.remedy === 'add_price' ? (
                  <Button small onClick={() => onPrice({ ...item, units: unitsOf(item) })}>
                    {t.unpriced.price}
                  </Button>
                ) : (
                  <span className="quiet">{t.unpriced[item.remedy]}</span>
                ),
            },
          ]}
        />
      )}
    </Card>
  )
}
