import type { RatingList, RatingScope } from '@server/modules/pricing/contract'
import type { UseQueryResult } from '@tanstack/react-query'
import { History, Scale } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useQuestion } from '../../app/question'
import { useLocale } from '../../i18n'
import { Badge, Button, Card, DataTable, EmptyState, ErrorPanel, KeyFigure, SkeletonRows, TextField } from '../../ui'
import { compare, count, date, dateTime, money, subtract } from '../../ui/format'
import { Change } from './effect-panel'
import { usePricesMessages } from './messages'
import { usePreview, useRate } from './prices-api'
import { actor } from './rules-view'

/** Days in UTC, `to` exclusive; '' is open. */
export type RatingDraft = { from: string; to: string; provider: string; model: string }

const day = 86_400_000
const isoDay = (time: number) => new Date(time).toISOString().slice(0, 10)

/** Prices the past again: first what would change, then a new computation beside the old one that can be taken back. */
export function RateAgain({
  draft,
  ratings,
  onNotice,
}: {
  draft: RatingDraft | null
  ratings: UseQueryResult<RatingList>
  onNotice: (text: string) => void
}) {
  const t = usePricesMessages()
  const locale = useLocale()
  const { timeZone } = useQuestion()
  const [form, setForm] = useState<RatingDraft>(filled(draft))
  const [asked, setAsked] = useState<RatingScope | null>(draft === null ? null : scopeOf(filled(draft)))
  useEffect(() => {
    if (draft === null) return
    setForm(filled(draft))
    setAsked(scopeOf(filled(draft)))
  }, [draft])
  const preview = usePreview(asked)
  const rate = useRate()
  const field = (name: keyof RatingDraft) => (event: { target: { value: string } }) =>
    setForm((before) => ({ ...before, [name]: event.target.value }))
  const running = ratings.data?.ratings.some(({ status }) => status === 'running' || status === 'undoing') ?? false
  return (
    <>
      <Card title={t.rate.title} note={t.rate.note}>
        <form
          className="rate-form"
          onSubmit={(event) => {
            event.preventDefault()
            setAsked(scopeOf(form))
          }}
        >
          <TextField label={t.form.from} type="date" required value={form.from} onChange={field('from')} />
          <TextField label={t.form.to} type="date" required value={form.to} onChange={field('to')} />
          <TextField label={t.provider} placeholder={t.rate.all} value={form.provider} onChange={field('provider')} />
          <TextField label={t.model} placeholder={t.rate.all} value={form.model} onChange={field('model')} />
          <Button type="submit" kind={preview.data ? 'plain' : 'primary'}>
            {t.rate.preview}
          </Button>
        </form>
      </Card>
      {asked && (
        <Card
          title={t.rate.changes}
          note={preview.data && t.rate.read(count(preview.data.read, locale))}
          flush
          tools={
            preview.data &&
            preview.data.events !== '0' && (
              <Button
                kind="primary"
                disabled={rate.isPending || running}
                onClick={() =>
                  rate.mutate(
                    { scope: asked },
                    {
                      onSuccess: () => {
                        setAsked(null)
                        onNotice(t.rate.started)
                      },
                    },
                  )
                }
              >
                {t.rate.apply(count(preview.data.events, locale))}
              </Button>
            )
          }
        >
          {preview.isPending && <SkeletonRows rows={5} />}
          {preview.isError && <ErrorPanel error={preview.error} onRetry={() => void preview.refetch()} />}
          {rate.error && <ErrorPanel error={rate.error} title={t.rate.notStarted} />}
          {preview.data?.events === '0' && (
            <EmptyState icon={<Scale size={22} strokeWidth={1.75} />} title={t.rate.nothing}>
              {t.rate.nothingText}
            </EmptyState>
          )}
          {preview.data && preview.data.events !== '0' && (
            <>
              <div className="figures rate-figures">
                {preview.data.sums.map((sum) => (
                  <KeyFigure
                    key={sum.currency}
                    label={t.rate.difference}
                    note={sum.currency}
                    value={money(subtract(sum.after, sum.before), sum.currency, locale, { sign: true })}
                    line={
                      <>
                        <span className="num">
                          {money(sum.before, sum.currency, locale)} → {money(sum.after, sum.currency, locale)}
                        </span>
                        <Change before={sum.before} after={sum.after} />
                      </>
                    }
                  />
                ))}
                <KeyFigure
                  label={t.rate.unpriced}
                  value={`${count(preview.data.unpricedBefore, locale)} → ${count(preview.data.unpricedAfter, locale)}`}
                />
              </div>
              <DataTable
                caption={t.rate.changes}
                rows={preview.data.differences}
                rowKey={(each) => `${each.team}\n${each.month}\n${each.currency}`}
                columns={[
                  {
                    id: 'team',
                    header: t.rate.team,
                    phone: 'title',
                    compare: (a, b) => a.team.localeCompare(b.team),
                    cell: (each) => each.team || <span className="quiet">{t.noTeam}</span>,
                  },
                  {
                    id: 'month',
                    header: t.rate.month,
                    phone: 'note',
                    compare: (a, b) => a.month.localeCompare(b.month),
                    cell: (each) => date(`${each.month}-01`, locale, timeZone, 'month'),
                  },
                  {
                    id: 'events',
                    header: t.unpriced.calls,
                    align: 'right',
                    compare: (a, b) => Number(a.events) - Number(b.events),
                    cell: (each) => count(each.events, locale),
                  },
                  {
                    id: 'before',
                    header: t.rate.before,
                    align: 'right',
                    compare: (a, b) => compare(a.before, b.before),
                    cell: (each) => money(each.before, each.currency, locale),
                  },
                  {
                    id: 'after',
                    header: t.rate.after,
                    align: 'right',
                    phone: 'aside',
                    compare: (a, b) => compare(a.after, b.after),
                    cell: (each) => money(each.after, each.currency, locale),
                  },
                  {
                    id: 'change',
                    header: t.rate.difference,
                    align: 'right',
                    phone: 'amount',
                    compare: (a, b) => compare(subtract(a.after, a.before), subtract(b.after, b.before)),
                    cell: (each) => money(subtract(each.after, each.before), each.currency, locale, { sign: true }),
                  },
                ]}
              />
            </>
          )}
        </Card>
      )}
      <Card title={t.rate.past} note={t.rate.pastNote} flush>
        {ratings.isError && <ErrorPanel error={ratings.error} onRetry={() => void ratings.refetch()} />}
        {ratings.isPending && <SkeletonRows rows={3} />}
        {ratings.data?.ratings.length === 0 && (
          <EmptyState icon={<History size={22} strokeWidth={1.75} />} title={t.rate.empty}>
            {t.rate.emptyText}
          </EmptyState>
        )}
        {ratings.data && ratings.data.ratings.length > 0 && (
          <DataTable
            caption={t.rate.past}
            rows={ratings.data.ratings}
            rowKey={(rating) => rating.id}
            columns={[
              {
                id: 'when',
                header: t.history.when,
                phone: 'title',
                cell: (rating) => (
                  <span className="two-lines">
                    <b className="num">{dateTime(rating.recordedAt, locale, timeZone, { seconds: true })}</b>
                    <small>{actor(rating.actor, t)}</small>
                  </span>
                ),
              },
              {
                id: 'scope',
                header: t.rate.scope,
                cell: (rating) => (
                  <span className="two-lines">
                    {t.interval(date(rating.from, locale, 'UTC'), date(rating.to, locale, 'UTC'))}
                    <small>{[rating.provider, rating.model].filter(Boolean).join(' · ')}</small>
                  </span>
                ),
              },
              {
                id: 'events',
                header: t.unpriced.calls,
                align: 'right',
                cell: (rating) => count(rating.events, locale),
              },
              {
                id: 'sums',
                header: t.rate.difference,
                align: 'right',
                phone: 'amount',
                cell: (rating) => (
                  <span className="two-lines">
                    {rating.sums.map((sum) => (
                      <span key={sum.currency}>
                        {money(subtract(sum.after, sum.before), sum.currency, locale, { sign: true })}
                      </span>
                    ))}
                  </span>
                ),
              },
              {
                id: 'status',
                header: t.rate.status,
                phone: 'note',
                cell: (rating) => (
                  <span className="two-lines">
                    <span>
                      <Badge
                        tone={
                          rating.status === 'applied'
                            ? 'good'
                            : rating.status === 'failed'
                              ? 'bad'
                              : rating.status === 'undone'
                                ? 'neutral'
                                : 'accent'
                        }
                      >
                        {t.statuses[rating.status]}
                      </Badge>
                    </span>
                    {rating.problem && <small>{t.rate.failed}</small>}
                  </span>
                ),
              },
              {
                id: 'undo',
                header: <span className="visually-hidden">{t.rate.takeBack}</span>,
                align: 'right',
                phone: 'aside',
                cell: (rating) =>
                  rating.undoable ? (
                    <Button
                      small
                      disabled={rate.isPending}
                      onClick={() => rate.mutate({ undo: rating.id }, { onSuccess: () => onNotice(t.rate.undone) })}
                    >
                      {t.rate.takeBack}
                    </Button>
                  ) : null,
              },
            ]}
          />
        )}
      </Card>
    </>
  )
}

function filled(draft: RatingDraft | null): RatingDraft {
  const now = Date.now()
  const { from = '', to = '', provider = '', model = '' } = draft ?? {}
  return { from: from || isoDay(now - 30 * day), to: to || isoDay(now + day), provider, model }
}

const scopeOf = (form: RatingDraft): RatingScope => ({
  from: `${form.from}T00:00:00Z`,
  to: `${form.to}T00:00:00Z`,
  provider: form.provider.trim(),
  model: form.model.trim(),
})
