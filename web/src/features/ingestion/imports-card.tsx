import type { Import } from '@server/modules/ingestion/contract'
import { Inbox } from 'lucide-react'
import { useQuestion } from '../../app/question'
import { problemText, useLocale } from '../../i18n'
import { Badge, Button, Card, DataTable, EmptyState, ErrorPanel, SkeletonRows } from '../../ui'
import { bytes, compare, count, duration, money, percent, relativeTime } from '../../ui/format'
import { useDataMessages } from './messages'

/** Every file that came in, the newest first, with progress, rows and sums. */
export function ImportsCard({
  imports,
  more,
  error,
  onRetry,
  onOpen,
  chosen,
}: {
  imports: Import[] | undefined
  /** earlier imports that are not listed yet */
  more: { busy: boolean; load: () => void } | null
  error: unknown
  onRetry: () => void
  onOpen: (id: string) => void
  chosen: string | null
}) {
  const t = useDataMessages()
  const locale = useLocale()
  const { organization } = useQuestion()
  return (
    <Card title={t.imports.title} flush>
      {error ? <ErrorPanel error={error} onRetry={onRetry} /> : null}
      {!imports && !error && <SkeletonRows rows={4} height={44} />}
      {imports?.length === 0 && (
        <EmptyState icon={<Inbox size={22} strokeWidth={1.75} />} title={t.imports.empty}>
          {t.imports.emptyText}
        </EmptyState>
      )}
      {imports && imports.length > 0 && (
        <div className="data-scroll">
          <DataTable
            caption={`${t.imports.title}: ${count(imports.length, locale)}`}
            rows={imports}
            rowKey={(item) => item.id}
            chosenKey={chosen}
            onRow={(item) => onOpen(item.id)}
            columns={[
              {
                id: 'file',
                header: t.imports.file,
                phone: 'title',
                compare: (a, b) => a.fileName.localeCompare(b.fileName),
                cell: (item) => (
                  <span className="two-lines">
                    <b>{item.fileName || '–'}</b>
                    <small>
                      {item.connection}, {[item.format, bytes(item.bytes, locale)].filter(Boolean).join(', ')}
                    </small>
                  </span>
                ),
              },
              {
                id: 'status',
                header: t.imports.status,
                phone: 'note',
                compare: (a, b) => a.status.localeCompare(b.status),
                cell: (item) => <Progress item={item} />,
              },
              {
                id: 'rows',
                header: t.imports.rows,
                phone: 'aside',
                align: 'right',
                compare: (a, b) => a.rows.read - b.rows.read,
                cell: (item) => (
                  <span className="two-lines">
                    {count(item.rows.accepted, locale)}
                    {item.rows.quarantined > 0 && (
                      <small className="warn-text">{t.quarantined(count(item.rows.quarantined, locale))}</small>
                    )}
                  </span>
                ),
              },
              {
                id: 'sum',
                header: t.imports.sum,
                phone: 'amount',
                align: 'right',
                compare: (a, b) => compare(a.sums[0]?.EffectiveCost ?? '0', b.sums[0]?.EffectiveCost ?? '0'),
                cell: (item) => (
                  <span className="two-lines">
                    {item.sums.length === 0 && '–'}
                    {[...item.sums]
                      .sort(
                        (a, b) =>
                          Number(b.currency === organization.currency) - Number(a.currency === organization.currency),
                      )
                      .slice(0, 3)
                      .map((line) => (
                        <span key={line.currency}>
                          {money(line.EffectiveCost ?? line.BilledCost, line.currency, locale)}
                        </span>
                      ))}
                  </span>
                ),
              },
              {
                id: 'when',
                header: t.imports.when,
                align: 'right',
                compare: (a, b) => a.createdAt.localeCompare(b.createdAt),
                cell: (item) => (
                  <span className="quiet">{relativeTime(item.finishedAt ?? item.createdAt, locale)}</span>
                ),
              },
            ]}
          />
        </div>
      )}
      {more && (
        <p className="imports-more">
          <Button small disabled={more.busy} onClick={more.load}>
            {t.imports.earlier}
          </Button>
        </p>
      )}
    </Card>
  )
}

export function StatusBadge({ item }: { item: Import }) {
  const t = useDataMessages()
  const tone =
    item.status === 'failed'
      ? 'bad'
      : item.status === 'succeeded'
        ? item.rows.quarantined > 0
          ? 'warn'
          : 'good'
        : item.status === 'duplicate'
          ? 'neutral'
          : 'accent'
  return (
    <Badge tone={tone}>
      {item.status === 'succeeded' && item.rows.quarantined > 0 ? t.status.partial : t.status[item.status]}
    </Badge>
  )
}

function Progress({ item }: { item: Import }) {
  const t = useDataMessages()
  const locale = useLocale()
  if (item.status !== 'running')
    return (
      <span className="two-lines">
        <span>
          <StatusBadge item={item} />
        </span>
        {item.status === 'failed' && item.problems[0] && (
          <small className="import-reason">{problemText(item.problems[0], locale)}</small>
        )}
      </span>
    )
  const elapsed = Date.now() - Date.parse(item.createdAt)
  const left = item.progress > 0.05 ? (elapsed / item.progress) * (1 - item.progress) : null
  return (
    <span className="two-lines import-progress">
      <small>
        {percent(item.progress, locale, { digits: 0 })}
        {left !== null && `, ${t.left(duration(Math.max(1000, left), locale))}`}
      </small>
      <progress value={item.progress} max={1} aria-label={`${t.status.running}: ${item.fileName}`} />
    </span>
  )
}
