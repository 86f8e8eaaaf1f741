import type { HistoryEntry, Rule, RuleList } from '@server/modules/pricing/contract'
import type { UseQueryResult } from '@tanstack/react-query'
import { FileSignature, Plus } from 'lucide-react'
import { useQuestion } from '../../app/question'
import { useLocale } from '../../i18n'
import { Badge, Button, Card, DataTable, EmptyState, ErrorPanel, SkeletonRows } from '../../ui'
import { count, date, dateTime } from '../../ui/format'
import { usePricesMessages } from './messages'
import { useHistory } from './prices-api'
import { byUnit, rateText } from './rates'
import { type Kind, kinds, ruleTitle } from './rule-form'

/** What the organization says about prices, and who changed it when. */
export function RulesView({
  rules,
  chosen,
  onAdd,
  onEdit,
  onUndo,
}: {
  rules: UseQueryResult<RuleList>
  chosen: string | null
  onAdd: (kind: Kind) => void
  onEdit: (rule: Rule) => void
  onUndo: (changeId: string) => void
}) {
  const t = usePricesMessages()
  const locale = useLocale()
  const { timeZone } = useQuestion()
  const history = useHistory()
  const list = rules.data?.rules
  const entries = history.data?.entries
  const day = (at: string | null) => (at === null ? null : date(at, locale, 'UTC'))
  return (
    <>
      <Card
        title={t.rules.title}
        note={t.rules.note}
        flush
        tools={
          <div className="price-actions">
            {kinds.slice(0, 3).map((kind) => (
              <Button
                key={kind}
                small
                icon={<Plus size={13} strokeWidth={2} aria-hidden="true" />}
                onClick={() => onAdd(kind)}
              >
                {t.kinds[kind]}
              </Button>
            ))}
          </div>
        }
      >
        {rules.isError && <ErrorPanel error={rules.error} onRetry={() => void rules.refetch()} />}
        {rules.isPending && <SkeletonRows rows={4} height={44} />}
        {list?.length === 0 && (
          <EmptyState
            icon={<FileSignature size={22} strokeWidth={1.75} />}
            title={t.rules.empty}
            actions={
              <Button kind="primary" onClick={() => onAdd('discount')}>
                {t.add}
              </Button>
            }
          >
            {t.rules.emptyText}
          </EmptyState>
        )}
        {list && list.length > 0 && (
          <DataTable
            caption={t.rules.title}
            rows={list}
            rowKey={(rule) => rule.id}
            chosenKey={chosen}
            onRow={onEdit}
            columns={[
              {
                id: 'rule',
                header: t.rules.rule,
                phone: 'title',
                cell: (rule) => (
                  <span className="two-lines">
                    <b>{ruleTitle(rule.terms, t)}</b>
                    <small>{rule.terms.provider}</small>
                  </span>
                ),
              },
              {
                id: 'kind',
                header: t.kind,
                phone: 'note',
                cell: (rule) => <Badge tone="accent">{t.kinds[rule.terms.kind]}</Badge>,
              },
              {
                id: 'prices',
                header: t.price,
                align: 'right',
                phone: 'amount',
                cell: (rule) => <Figures rule={rule} />,
              },
              {
                id: 'interval',
                header: t.holds,
                phone: 'aside',
                cell: (rule) => t.interval(day(rule.terms.from), day(rule.terms.to)),
              },
              {
                id: 'note',
                header: t.form.note,
                cell: (rule) => <span className="price-note">{rule.terms.note || '–'}</span>,
              },
              {
                id: 'version',
                header: t.rules.version,
                align: 'right',
                cell: (rule) => count(rule.version, locale),
              },
            ]}
          />
        )}
      </Card>
      <Card title={t.history.title} note={t.history.note} flush>
        {history.isError && <ErrorPanel error={history.error} onRetry={() => void history.refetch()} />}
        {history.isPending && <SkeletonRows rows={3} />}
        {entries?.length === 0 && <p className="card-empty quiet">{t.history.empty}</p>}
        {entries && entries.length > 0 && (
          <DataTable
            caption={t.history.title}
            rows={entries.slice(0, 100)}
            rowKey={(entry) => `${entry.ruleId} ${entry.version}`}
            columns={[
              {
                id: 'when',
                header: t.history.when,
                phone: 'aside',
                cell: (entry) => <span className="quiet num">{dateTime(entry.recordedAt, locale, timeZone)}</span>,
              },
              {
                id: 'what',
                header: t.history.what,
                phone: 'title',
                cell: (entry) => (
                  <span className="two-lines">
                    <b>{entry.after || entry.before ? ruleTitle((entry.after ?? entry.before)!, t) : '–'}</b>
                    <small>
                      {t.actions[entry.action]}
                      {changes(entry, t) !== '' && `: ${changes(entry, t)}`}
                    </small>
                  </span>
                ),
              },
              {
                id: 'who',
                header: t.history.who,
                phone: 'note',
                cell: (entry) => <span className="quiet">{actor(entry.recordedBy, t)}</span>,
              },
              {
                id: 'undo',
                header: <span className="visually-hidden">{t.undo}</span>,
                align: 'right',
                phone: 'amount',
                cell: (entry) =>
                  entry.undoable ? (
                    <Button small kind="ghost" onClick={() => onUndo(entry.changeId)}>
                      {t.undo}
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

function Figures({ rule: { terms } }: { rule: Rule }) {
  const t = usePricesMessages()
  const locale = useLocale()
  if (terms.kind === 'discount') return <>−{terms.percent} %</>
  if (terms.kind === 'billing') return <>{t.modes[terms.mode]}</>
  const units = Object.keys(terms.rates).sort(byUnit)
  if (units.length === 0) return <>{t.form.gpuHours}</>
  return (
    <>
      {units
        .slice(0, 3)
        .map((unit) => rateText(terms.rates[unit], terms.currency, locale))
        .join(' / ')}
      {units.length > 3 && ' …'}
    </>
  )
}

type Messages = ReturnType<typeof usePricesMessages>

export const actor = (who: string, t: Messages) =>
  who.startsWith('user:') ? t.history.person : who.startsWith('key:') ? t.history.key : who

/** The figures that a change moved, before → after. */
function changes({ before, after }: HistoryEntry, t: Messages): string {
  if (before === null || after === null || before.kind !== after.kind) return ''
  const out: string[] = []
  const day = (at: string | null) => at?.slice(0, 10) ?? t.open
  for (const end of ['from', 'to'] as const)
    if (before[end] !== after[end]) out.push(`${t.form[end]} ${day(before[end])} → ${day(after[end])}`)
  if (before.kind === 'discount' && after.kind === 'discount' && before.percent !== after.percent)
    out.push(`${before.percent} % → ${after.percent} %`)
  if ('rates' in before && 'rates' in after)
    for (const unit of [...new Set([...Object.keys(before.rates), ...Object.keys(after.rates)])].sort(byUnit))
      if (before.rates[unit] !== after.rates[unit])
        out.push(`${unit} ${before.rates[unit] ?? '–'} → ${after.rates[unit] ?? '–'}`)
  return out.join('; ')
}
