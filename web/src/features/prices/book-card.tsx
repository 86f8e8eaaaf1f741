import type { BookModel } from '@server/modules/pricing/contract'
import { BookX, Scale } from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import { useLocale } from '../../i18n'
import { Badge, Button, Card, DataTable, EmptyState, ErrorPanel, SelectField, SkeletonRows, TextField } from '../../ui'
import { compare, count } from '../../ui/format'
import { usePricesMessages } from './messages'
import { useBook } from './prices-api'
import { rateText } from './rates'

const pageSize = 60

/** Search the book; a row opens the model. */
export function BookCard({
  search,
  provider,
  own,
  disputed,
  chosen,
  onChange,
  onOpen,
}: {
  search: string
  provider: string
  own: boolean
  disputed: boolean
  chosen: { provider: string; model: string } | null
  onChange: (patch: Record<string, unknown>) => void
  onOpen: (model: BookModel) => void
}) {
  const t = usePricesMessages()
  const locale = useLocale()
  const [limit, setLimit] = useState(pageSize)
  const book = useBook({ search: useDeferredValue(search), provider, own, disputed, limit })
  const by = (pick: (model: BookModel) => string | null) => (a: BookModel, b: BookModel) =>
    compare(pick(a) ?? '-1', pick(b) ?? '-1')
  return (
    <Card
      title={t.book.title}
      note={t.book.note}
      flush
      tools={
        book.data && <span className="quiet num">{t.modelCount(book.data.total, count(book.data.total, locale))}</span>
      }
    >
      <div className="prices-filters">
        <TextField
          label={t.book.search}
          type="search"
          placeholder={t.book.placeholder}
          value={search}
          onChange={(event) => onChange({ q: event.target.value || undefined })}
        />
        <SelectField
          label={t.provider}
          value={provider}
          onChange={(event) => onChange({ provider: event.target.value || undefined })}
        >
          <option value="">{t.book.all}</option>
          {[...(book.data?.providers ?? [])]
            .sort((a, b) => a.id.localeCompare(b.id))
            .map((each) => (
              <option key={each.id} value={each.id}>
                {each.id} ({count(each.models, locale)})
              </option>
            ))}
          {provider !== '' && !book.data?.providers.some((each) => each.id === provider) && (
            <option value={provider}>{provider}</option>
          )}
        </SelectField>
        <div className="price-checks">
          <label className="check">
            <input
              type="checkbox"
              checked={own}
              onChange={(event) => onChange({ own: event.target.checked || undefined })}
            />
            {t.book.own}
          </label>
          <label className="check">
            <input
              type="checkbox"
              checked={disputed}
              onChange={(event) => onChange({ disputed: event.target.checked || undefined })}
            />
            {t.book.disputed}
          </label>
        </div>
      </div>
      {book.isError && <ErrorPanel error={book.error} onRetry={() => void book.refetch()} />}
      {book.isPending && <SkeletonRows rows={12} />}
      {book.data?.total === 0 && (
        <EmptyState icon={<BookX size={22} strokeWidth={1.75} />} title={t.book.empty}>
          {t.book.emptyText}
        </EmptyState>
      )}
      {book.data && book.data.total > 0 && (
        <>
          <DataTable
            caption={t.book.title}
            rows={book.data.models}
            rowKey={(model) => `${model.provider}\n${model.model}`}
            chosenKey={chosen && `${chosen.provider}\n${chosen.model}`}
            onRow={onOpen}
            columns={[
              {
                id: 'model',
                header: t.model,
                phone: 'title',
                compare: (a, b) => a.model.localeCompare(b.model),
                cell: (model) => (
                  <span className="two-lines">
                    <b>{model.model}</b>
                    <small>{model.provider}</small>
                  </span>
                ),
              },
              {
                id: 'input',
                header: t.book.input,
                align: 'right',
                phone: 'amount',
                compare: by((model) => model.input),
                cell: (model) =>
                  model.other === null ? (
                    rateText(model.input, model.currency, locale)
                  ) : (
                    <span className="two-lines">
                      {rateText(model.other.rate, model.currency, locale)}
                      <small>{t.units[model.other.unit as 'hour.gpu'] ?? model.other.unit}</small>
                    </span>
                  ),
              },
              {
                id: 'cache',
                header: t.book.cacheRead,
                align: 'right',
                compare: by((model) => model.cacheRead),
                cell: (model) => rateText(model.cacheRead, model.currency, locale),
              },
              {
                id: 'output',
                header: t.book.output,
                align: 'right',
                phone: 'aside',
                compare: by((model) => model.output),
                cell: (model) => rateText(model.output, model.currency, locale),
              },
              {
                id: 'source',
                header: t.source,
                phone: 'note',
                cell: (model) => (
                  <span className="price-marks">
                    {model.authority === null ? (
                      <span className="quiet">{t.book.otherUnits}</span>
                    ) : model.authority === 'contract' || model.authority === 'overlay' ? (
                      <Badge tone="accent">{t.kinds[model.source as 'contract'] ?? t.kinds.contract}</Badge>
                    ) : (
                      <span className="quiet">{model.source}</span>
                    )}
                    {model.used && <Badge tone="good">{t.book.used}</Badge>}
                    {model.discounted && <Badge tone="accent">{t.kinds.discount}</Badge>}
                    {model.disagreements > 0 && (
                      <Badge tone="warn" icon={<Scale size={12} strokeWidth={1.75} aria-hidden="true" />}>
                        {t.book.disagree(model.disagreements)}
                      </Badge>
                    )}
                  </span>
                ),
              },
              {
                id: 'terms',
                header: t.book.terms,
                align: 'right',
                compare: (a, b) => a.terms - b.terms,
                cell: (model) => count(model.terms, locale),
              },
            ]}
          />
          {book.data.total > book.data.models.length && (
            <div className="prices-more">
              <Button
                small
                onClick={() => setLimit((before) => Math.min(500, before + pageSize * 2))}
                disabled={limit >= 500}
              >
                {limit >= 500 ? t.book.narrow : t.book.more(count(book.data.total - book.data.models.length, locale))}
              </Button>
            </div>
          )}
        </>
      )}
    </Card>
  )
}
