import type { AllocationRow, RuleDocument, RuleSetAnswer, Suggestion, Unit } from '@server/modules/allocation/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ArrowDown, ArrowUp, FileDown, Lightbulb, Pencil, Plus, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { ApiError, api, useRegistry } from '../../api'
import { problemText, useLocale } from '../../i18n'
import { Badge, Button, Card, type NoticeContent } from '../../ui'
import { ShareBar } from '../../ui/chart'
import { abs, compare, isZero, money, percent, ratio, toNumber } from '../../ui/format'
import { conditionText, keyFor } from './conditions'
import { useAllocationMessages } from './messages'
import { type Pool, PoolEditor } from './pool-editor'
import { PreviewDrawer } from './preview-drawer'
import { type Rule, RuleEditor } from './rule-editor'
import { allocationPath, type Column, type Draft, usePreview, useSuggestions } from './use-allocation'
import { sumBy } from './ways'

type Open = { what: 'rule'; rule: Rule | null } | { what: 'pool'; pool: Pool | null } | { what: 'preview' } | null

/** Rules in order with what each takes; what is changed is kept as a draft, and its effect on real money is shown at once. */
export function RulesCard({
  draft,
  rows,
  total,
  units,
  months,
  month,
  column,
  currency,
  onNotice,
}: {
  draft: Draft
  rows: AllocationRow[]
  total: string
  units: Unit[]
  months: string[]
  month: string
  column: Column
  currency: string
  onNotice: (notice: NoticeContent) => void
}) {
  const t = useAllocationMessages()
  const locale = useLocale()
  const client = useQueryClient()
  const registry = useRegistry()
  const [open, setOpen] = useState<Open>(null)
  const { document } = draft
  const names = useMemo(() => new Map(units.map((unit) => [unit.key, unit.name])), [units])
  const dimensionName = (id: string) =>
    id.startsWith('tag:') ? id.slice(4) : (registry.data?.dimensions.find((one) => one.id === id)?.name[locale] ?? id)

  const effect = usePreview(draft.changed ? document : null, [month])
  const previewed = draft.changed ? effect.data?.months[0] : undefined
  const inForce = useMemo(() => {
    const mine = rows.filter((row) => row.currency === currency && row.way !== 'adjustment')
    return sumBy(mine, (row) => (row.way === 'unallocated' ? '' : row.rule), column)
  }, [rows, currency, column])
  const amountOf = (rule: string) =>
    previewed
      ? (previewed.rules.find((one) => one.rule === rule && one.currency === currency)?.amount ?? '0')
      : (inForce.get(rule) ?? '0')
  const suggestions = useSuggestions(document, month)
  const best = suggestions.data?.suggestions.filter((one) => one.currency === currency) ?? []
  const [largest] = [...best].sort((a, b) => compare(abs(b.amount), abs(a.amount)))
  const gains = (previewed?.units ?? [])
    .filter((one) => one.currency === currency && !isZero(one.difference))
    .sort((a, b) => compare(abs(b.difference), abs(a.difference)))

  const fail = (error: unknown) =>
    onNotice({ text: error instanceof ApiError ? problemText(error, locale) : String(error) })
  const refresh = () => void client.invalidateQueries({ queryKey: ['allocation'] })
  const keep = useMutation({
    mutationFn: (next: RuleDocument) =>
      api<Draft>(`${allocationPath}/rules/draft`, { method: 'PUT', body: { document: next, basedOn: draft.basedOn } }),
    onSuccess: (answer) => client.setQueryData(['allocation', 'draft'], answer),
    onError: fail,
  })
  const publish = useMutation({
    mutationFn: () => api<RuleSetAnswer>(`${allocationPath}/rules`, { body: { document, basedOn: draft.basedOn } }),
    onSuccess: (answer) => {
      onNotice({ text: t.rules.published(answer.version) })
      refresh()
      // The run of this month comes a few seconds behind.
      for (const delay of [4000, 8000, 15_000]) setTimeout(refresh, delay)
    },
    onError: fail,
  })
  const discard = useMutation({
    mutationFn: () => api<unknown>(`${allocationPath}/rules/draft`, { method: 'DELETE' }),
    onSuccess: () => {
      const before = document
      onNotice({ text: t.rules.discard, undo: () => keep.mutate(before) })
      refresh()
    },
    onError: fail,
  })

  const put = (rule: Rule) => {
    const known = document.rules.some((other) => other.id === rule.id)
    keep.mutate({
      ...document,
      rules: known ? document.rules.map((other) => (other.id === rule.id ? rule : other)) : [...document.rules, rule],
    })
    setOpen(null)
  }
  const move = (index: number, step: number) => {
    const rules = [...document.rules]
    const [moved] = rules.splice(index, 1)
    rules.splice(index + step, 0, moved!)
    keep.mutate({ ...document, rules })
  }
  const remove = (rule: Rule) => {
    const before = document
    keep.mutate({ ...document, rules: document.rules.filter((other) => other.id !== rule.id) })
    onNotice({ text: t.rules.removed(rule.name), undo: () => keep.mutate(before) })
  }
  const outcome = (rule: Rule) =>
    'unit' in rule.assign
      ? t.rules.takesUnit(names.get(rule.assign.unit) ?? rule.assign.unit)
      : 'pool' in rule.assign
        ? t.rules.takesPool(
            document.pools.find((pool) => 'pool' in rule.assign && pool.key === rule.assign.pool)?.name ??
              rule.assign.pool,
          )
        : t.rules.takesBy(dimensionName(rule.assign.byDimension))
  const fromSuggestion = (suggestion: Suggestion): Rule => {
    const label = `${dimensionName(suggestion.dimension)} = ${suggestion.value}`
    return {
      id: keyFor(
        label,
        document.rules.map((rule) => rule.id),
      ),
      name: label,
      owner: '',
      from: null,
      to: null,
      when: { dimension: suggestion.dimension, in: [suggestion.value] },
      assign: { unit: suggestion.unit ?? units.find((unit) => unit.path.length > 1)?.key ?? units[0]?.key ?? '' },
    }
  }
  const takes = (amount: string) => (
    <span className="rule-takes">
      <strong className="num">{money(amount, currency, locale)}</strong>
      <ShareBar share={toNumber(ratio(amount, total, 6) ?? '0')} width={84} />
    </span>
  )

  return (
    <Card
      className="rules-card"
      title={t.rules.title}
      note={t.rules.note}
      flush
      tools={
        <>
          <a
            className="btn small icon ghost"
            href={`${allocationPath}/rules/file`}
            download
            aria-label={t.rules.file}
            title={t.rules.file}
          >
            <FileDown size={14} strokeWidth={1.75} aria-hidden="true" />
          </a>
          <Button
            small
            icon={<Plus size={13} strokeWidth={1.75} aria-hidden="true" />}
            onClick={() => setOpen({ what: 'rule', rule: null })}
          >
            {t.rules.add}
          </Button>
        </>
      }
    >
      {draft.changed && (
        <section className="draft-bar" aria-label={t.rules.effect}>
          <div>
            <span className="quiet">{t.rules.effect}</span> <Badge tone="accent">{t.rules.draft}</Badge>
            <p aria-live="polite">
              {!previewed
                ? (effect.data?.findings.find((finding) => finding.level === 'error')?.message ?? t.rules.checking)
                : gains.length === 0
                  ? t.rules.noEffect
                  : gains.slice(0, 4).map((gain) => (
                      <span key={gain.unit} className="draft-gain">
                        {gain.unit === '' ? t.coverage.unallocated : (names.get(gain.unit) ?? gain.unit)}{' '}
                        <strong className="num">{money(gain.difference, currency, locale, { sign: true })}</strong>
                      </span>
                    ))}
            </p>
          </div>
          <div className="draft-buttons">
            <Button small kind="ghost" onClick={() => discard.mutate()} disabled={discard.isPending}>
              {t.rules.discard}
            </Button>
            <Button small onClick={() => setOpen({ what: 'preview' })}>
              {t.rules.preview}
            </Button>
            <Button
              small
              kind="primary"
              onClick={() => publish.mutate()}
              disabled={publish.isPending || draft.findings.some((finding) => finding.level === 'error')}
            >
              {t.rules.publish}
            </Button>
          </div>
        </section>
      )}
      <ol className="rule-list">
        {document.rules.map((rule, index) => {
          const amount = amountOf(rule.id)
          return (
            <li key={rule.id}>
              <span className="rule-number" aria-hidden="true">
                {index + 1}
              </span>
              <button
                type="button"
                className="rule-words"
                onClick={() => setOpen({ what: 'rule', rule })}
                aria-label={t.rules.edit(rule.name)}
              >
                <strong>{rule.name}</strong>
                <small>
                  {conditionText(rule.when, dimensionName, t.editor.operators)}
                  {conditionText(rule.when, dimensionName, t.editor.operators) !== '' && ' → '}
                  {outcome(rule)}
                </small>
              </button>
              {takes(amount)}
              <span className="rule-share num">{percent(ratio(amount, total, 6), locale)}</span>
              <span className="rule-tools">
                <Button
                  small
                  kind="ghost"
                  disabled={index === 0}
                  aria-label={`${t.rules.up}: ${rule.name}`}
                  icon={<ArrowUp size={13} aria-hidden="true" />}
                  onClick={() => move(index, -1)}
                />
                <Button
                  small
                  kind="ghost"
                  disabled={index === document.rules.length - 1}
                  aria-label={`${t.rules.down}: ${rule.name}`}
                  icon={<ArrowDown size={13} aria-hidden="true" />}
                  onClick={() => move(index, 1)}
                />
                <Button
                  small
                  kind="ghost"
                  aria-label={`${t.rules.remove}: ${rule.name}`}
                  icon={<Trash2 size={13} aria-hidden="true" />}
                  onClick={() => remove(rule)}
                />
              </span>
            </li>
          )
        })}
        <li className="rule-none">
          <span className="rule-number hatched" aria-hidden="true" />
          <span className="rule-words">
            <strong>{t.rules.none}</strong>
            <small>
              {largest
                ? t.rules.noneHint(
                    money(largest.amount, currency, locale),
                    `${dimensionName(largest.dimension)} = ${largest.value}`,
                  )
                : t.rules.noneShort}
            </small>
          </span>
          {takes(amountOf(''))}
          <span className="rule-share num">{percent(ratio(amountOf(''), total, 6), locale)}</span>
          <span className="rule-tools" />
        </li>
      </ol>
      {best.length > 0 && (
        <ul className="suggestions">
          {best.slice(0, 3).map((suggestion) => (
            <li key={`${suggestion.dimension} ${suggestion.value}`}>
              <Lightbulb size={14} strokeWidth={1.75} aria-hidden="true" />
              <span>
                {dimensionName(suggestion.dimension)} = <code>{suggestion.value}</code>
                {suggestion.unit && ` → ${names.get(suggestion.unit) ?? suggestion.unit}`},{' '}
                <span className="num">{money(suggestion.amount, currency, locale)}</span>
              </span>
              <Button small onClick={() => setOpen({ what: 'rule', rule: fromSuggestion(suggestion) })}>
                {t.rules.use}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <div className="pool-row">
        <span className="quiet">{t.rules.pools}</span>
        {document.pools.map((pool) => (
          <button key={pool.key} type="button" className="btn small" onClick={() => setOpen({ what: 'pool', pool })}>
            <Pencil size={12} strokeWidth={1.75} aria-hidden="true" />
            {pool.name}
          </button>
        ))}
        <Button
          small
          kind="ghost"
          icon={<Plus size={13} strokeWidth={1.75} aria-hidden="true" />}
          onClick={() => setOpen({ what: 'pool', pool: null })}
        >
          {t.rules.addPool}
        </Button>
      </div>
      <div className="rules-total">
        <span>{t.rules.total}</span>
        <strong className="num">{money(total, currency, locale)}</strong>
        <span className="num">{percent('1', locale)}</span>
      </div>
      {open?.what === 'rule' && (
        <RuleEditor
          key={open.rule?.id ?? 'new'}
          document={document}
          rule={open.rule}
          units={units}
          month={month}
          currency={currency}
          total={total}
          onKeep={put}
          onClose={() => setOpen(null)}
        />
      )}
      {open?.what === 'pool' && (
        <PoolEditor
          key={open.pool?.key ?? 'new'}
          document={document}
          pool={open.pool}
          currency={currency}
          onClose={() => setOpen(null)}
          onKeep={(pool) => {
            const known = document.pools.some((other) => other.key === pool.key)
            keep.mutate({
              ...document,
              pools: known
                ? document.pools.map((other) => (other.key === pool.key ? pool : other))
                : [...document.pools, pool],
            })
            setOpen(null)
          }}
        />
      )}
      {open?.what === 'preview' && (
        <PreviewDrawer document={document} months={months} month={month} units={units} onClose={() => setOpen(null)} />
      )}
    </Card>
  )
}
