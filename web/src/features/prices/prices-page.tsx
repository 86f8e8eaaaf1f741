import type { RuleTerms } from '@server/modules/pricing/contract'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { BookOpenCheck, CircleHelp, Plus, WifiOff, X } from 'lucide-react'
import { useState } from 'react'
import { fill, Rich, useLocale } from '../../i18n'
import { Button, GuideLink, KeyFigure, SegmentedControl, SentenceHeader, Skeleton } from '../../ui'
import { count } from '../../ui/format'
import { BookCard } from './book-card'
import { EstimateCard } from './estimate-card'
import { usePricesMessages } from './messages'
import { ModelDrawer } from './model-drawer'
import { useBook, useRatings, useRules, useUnpriced, useWriteRule } from './prices-api'
import { RateAgain, type RatingDraft } from './rate-again'
import { RuleDrawer } from './rule-drawer'
import { emptyTerms } from './rule-form'
import { RulesView } from './rules-view'
import { UnpricedCard } from './unpriced-card'
import './prices.css'

const views = ['book', 'rules', 'unpriced', 'rate', 'estimate'] as const
type View = (typeof views)[number]
type Editing = { id: string | null; version: number; terms: RuleTerms }
type Notice = { text: string; undo?: string; rate?: RatingDraft }

/** The price book: what everything costs, whose word that is, what it changes, and what still has no price. */
export function PricesPage() {
  const t = usePricesMessages()
  const locale = useLocale()
  const navigate = useNavigate()
  const search: Record<string, unknown> = useSearch({ strict: false })
  const view = views.find((known) => known === search.view) ?? 'book'
  const text = (name: string) => (typeof search[name] === 'string' ? (search[name] as string) : '')
  const change = (patch: Record<string, unknown>) =>
    void navigate({
      to: '.',
      search: ((before: Record<string, unknown>) => ({ ...before, ...patch })) as never,
      replace: true,
      resetScroll: false,
    })
  const whole = useBook({ search: '', provider: '', own: false, limit: 1 })
  const rules = useRules()
  const unpriced = useUnpriced()
  const ratings = useRatings()
  const write = useWriteRule()
  const [editing, setEditing] = useState<Editing | null>(null)
  const [notice, setNotice] = useState<Notice | null>(null)
  const [draft, setDraft] = useState<RatingDraft | null>(null)

  const chosen = text('model') === '' ? null : { provider: text('provider-of'), model: text('model') }
  const edit = (next: Editing | null) => {
    setEditing(next)
    if (next !== null) change({ model: undefined, 'provider-of': undefined })
  }
  const rate = (next: RatingDraft) => {
    setDraft(next)
    setNotice(null)
    change({ view: 'rate', model: undefined, 'provider-of': undefined })
  }

  const waiting = new Set(unpriced.data?.items.map((item) => `${item.provider}\n${item.model}`) ?? []).size
  const own = rules.data?.rules.length ?? 0
  const prices = whole.data?.sources.reduce((sum, each) => sum + each.prices, 0) ?? 0
  const sentence =
    !whole.data || !rules.data || !unpriced.data
      ? null
      : waiting > 0
        ? t.sentence.unpriced
        : own > 0
          ? t.sentence.own
          : t.sentence.list
  return (
    <div className="prices-page">
      <SentenceHeader
        facts={
          <>
            <span>
              <WifiOff size={13} strokeWidth={1.75} aria-hidden="true" />
              {t.facts.offline}
            </span>
            <span>
              <BookOpenCheck size={13} strokeWidth={1.75} aria-hidden="true" />
              {t.facts.order}
            </span>
            <span>
              <CircleHelp size={13} strokeWidth={1.75} aria-hidden="true" />
              {t.facts.unknown}
            </span>
            <GuideLink page="prices" />
          </>
        }
        tools={
          <Button
            kind="primary"
            icon={<Plus size={15} strokeWidth={2} aria-hidden="true" />}
            onClick={() => edit({ id: null, version: 0, terms: emptyTerms('discount') })}
          >
            {t.add}
          </Button>
        }
      >
        {sentence === null ? (
          <Skeleton width="70%" height={28} />
        ) : (
          <Rich
            text={fill(sentence, {
              prices: t.priceCount(prices, count(prices, locale)),
              providers: t.providerCount(whole.data?.providers.length ?? 0),
              rules: t.ruleCount(own, count(own, locale)),
              models: t.modelCount(waiting, count(waiting, locale)),
            })}
          />
        )}
      </SentenceHeader>

      <section className="card figures" aria-label={t.figures.heading}>
        <h2 className="visually-hidden">{t.figures.heading}</h2>
        <KeyFigure
          label={t.figures.models}
          value={whole.data ? count(whole.data.total, locale) : '–'}
          line={t.figures.modelsNote(count(whole.data?.providers.length ?? 0, locale))}
        />
        <KeyFigure label={t.figures.rules} value={rules.data ? count(own, locale) : '–'} line={t.figures.rulesNote} />
        <KeyFigure
          label={t.figures.unpriced}
          value={unpriced.data ? count(waiting, locale) : '–'}
          line={waiting > 0 ? <span className="warn-text">{t.figures.unpricedNote}</span> : t.figures.unpricedNone}
        />
        <KeyFigure
          label={t.figures.ratings}
          value={
            ratings.data ? count(ratings.data.ratings.filter(({ status }) => status === 'applied').length, locale) : '–'
          }
          line={t.figures.ratingsNote}
        />
      </section>

      <div className="prices-views">
        <SegmentedControl
          label={t.views.label}
          value={view}
          onChange={(next: View) => change({ view: next === 'book' ? undefined : next })}
          options={views.map((id) => ({
            id,
            label: id === 'unpriced' && waiting > 0 ? `${t.views[id]} ${count(waiting, locale)}` : t.views[id],
          }))}
        />
      </div>

      {view === 'book' && (
        <BookCard
          search={text('q')}
          provider={text('provider')}
          own={search.own === true || search.own === 'true'}
          disputed={search.disputed === true || search.disputed === 'true'}
          chosen={chosen}
          onChange={change}
          onOpen={(model) => {
            setEditing(null)
            change({ model: model.model, 'provider-of': model.provider })
          }}
        />
      )}
      {view === 'rules' && (
        <RulesView
          rules={rules}
          chosen={editing?.id ?? null}
          onAdd={(kind) => edit({ id: null, version: 0, terms: emptyTerms(kind) })}
          onEdit={(rule) => edit({ id: rule.id, version: rule.version, terms: rule.terms })}
          onUndo={(changeId) =>
            write.mutate(
              { what: 'undo', changeId },
              {
                onSuccess: (made) => setNotice({ text: t.notice.undone, undo: made.changeId }),
                onError: (error) => setNotice({ text: error.message }),
              },
            )
          }
        />
      )}
      {view === 'unpriced' && (
        <UnpricedCard
          unpriced={unpriced}
          onPrice={(item) =>
            edit({
              id: null,
              version: 0,
              terms: {
                ...emptyTerms('custom'),
                provider: item.provider,
                model: item.model,
                ...(item.serviceTier === '' ? {} : { serviceTier: item.serviceTier }),
                rates: Object.fromEntries(item.units.map((unit) => [unit, ''])),
              } as RuleTerms,
            })
          }
          onRate={rate}
        />
      )}
      {view === 'rate' && <RateAgain draft={draft} ratings={ratings} onNotice={(note) => setNotice({ text: note })} />}
      {view === 'estimate' && <EstimateCard />}

      {chosen && editing === null && (
        <ModelDrawer
          key={`${chosen.provider} ${chosen.model}`}
          chosen={chosen}
          onClose={() => change({ model: undefined, 'provider-of': undefined })}
          onNew={(terms) => edit({ id: null, version: 0, terms })}
          onEdit={(rule) => edit({ id: rule.id, version: rule.version, terms: rule.terms })}
        />
      )}
      {editing && (
        <RuleDrawer
          key={`${editing.id} ${editing.terms.kind} ${editing.terms.provider} ${editing.terms.model}`}
          editing={editing}
          onClose={() => setEditing(null)}
          onDone={(made, what, terms) => {
            setEditing(null)
            setNotice({
              text: what === 'remove' ? t.notice.removed : t.notice.saved,
              undo: made.changeId,
              rate: {
                from: terms.from?.slice(0, 10) ?? '',
                to: terms.to?.slice(0, 10) ?? '',
                provider: terms.provider,
                model: '',
              },
            })
          }}
        />
      )}
      <div className="notice-place" role="status">
        {notice && (
          <div className="notice">
            <span>{notice.text}</span>
            {notice.rate && (
              <Button small onClick={() => notice.rate && rate(notice.rate)}>
                {t.notice.rate}
              </Button>
            )}
            {notice.undo && (
              <Button
                small
                onClick={() =>
                  write.mutate(
                    { what: 'undo', changeId: notice.undo! },
                    {
                      onSuccess: () => setNotice({ text: t.notice.undone }),
                      onError: (error) => setNotice({ text: error.message }),
                    },
                  )
                }
              >
                {t.undo}
              </Button>
            )}
            <Button
              small
              kind="ghost"
              aria-label={t.close}
              icon={<X size={14} strokeWidth={1.75} aria-hidden="true" />}
              onClick={() => setNotice(null)}
            />
          </div>
        )}
      </div>
    </div>
  )
}
