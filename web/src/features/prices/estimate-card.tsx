import type { EstimateAnswer, EstimateRequest } from '@server/modules/pricing/contract'
import { Calculator, Plus, X } from 'lucide-react'
import { useEffect, useId, useState } from 'react'
import { useLocale } from '../../i18n'
import { Badge, Button, Card, EmptyState, ErrorPanel, SegmentedControl, SelectField, TextField } from '../../ui'
import { count, money, toNumber, unitPrice } from '../../ui/format'
import { usePricesMessages } from './messages'
import { useBook, useEstimate } from './prices-api'

type Form = {
  models: string[]
  promptIs: 'tokens' | 'text'
  tokens: string
  text: string
  low: string
  likely: string
  high: string
  cached: string
  effort: NonNullable<EstimateRequest['reasoningEffort']>
  batch: boolean
  calls: string
}
type Estimate = EstimateAnswer['estimates'][number]

const start: Form = {
  models: ['openai/gpt-5', 'anthropic/claude-sonnet-4-6', 'gcp.gemini/gemini-2.5-pro'],
  promptIs: 'tokens',
  tokens: '4000',
  text: '',
  low: '200',
  likely: '600',
  high: '1500',
  cached: '0',
  effort: 'none',
  batch: false,
  calls: '10000',
}
const efforts = ['none', 'minimal', 'low', 'medium', 'high'] as const

/** What calls will cost before one runs: low, likely and high, models side by side, assumptions named. */
export function EstimateCard() {
  const t = usePricesMessages()
  const locale = useLocale()
  const listId = useId()
  const [form, setForm] = useState<Form>(start)
  const [adding, setAdding] = useState('')
  const [asked, setAsked] = useState<EstimateRequest | null>(requestOf(start))
  useEffect(() => {
    const timer = setTimeout(() => setAsked(requestOf(form)), 300)
    return () => clearTimeout(timer)
  }, [form])
  const found = useBook({ search: adding, provider: '', own: false, limit: 25 })
  const answer = useEstimate(asked)
  const set = (patch: Partial<Form>) => setForm((before) => ({ ...before, ...patch }))
  const field = (name: keyof Form) => ({
    value: String(form[name]),
    onChange: (event: { target: { value: string } }) => set({ [name]: event.target.value } as Partial<Form>),
  })
  const add = () => {
    const name = adding.trim()
    if (name === '' || !name.includes('/') || form.models.includes(name)) return
    set({ models: [...form.models, name] })
    setAdding('')
  }
  const estimates = answer.data?.estimates ?? []
  const largest = Math.max(...estimates.map((each) => toNumber(each.high.cost)), 0)
  return (
    <div className="estimate">
      <Card title={t.estimate.title} note={t.estimate.note}>
        <div className="price-form">
          <div className="estimate-models">
            <span className="label">{t.estimate.models}</span>
            <ul>
              {form.models.map((model) => (
                <li key={model}>
                  <span>{model}</span>
                  <Button
                    small
                    kind="ghost"
                    aria-label={t.form.without(model)}
                    icon={<X size={13} strokeWidth={1.75} aria-hidden="true" />}
                    onClick={() => set({ models: form.models.filter((each) => each !== model) })}
                  />
                </li>
              ))}
            </ul>
            <div className="price-add-model">
              <input
                className="input"
                list={listId}
                aria-label={t.estimate.addModel}
                placeholder={t.estimate.addPlaceholder}
                value={adding}
                onChange={(event) => setAdding(event.target.value)}
                onKeyDown={(event) => {
                  if (event.key === 'Enter') add()
                }}
              />
              <datalist id={listId}>
                {found.data?.models.map((each) => (
                  <option key={`${each.provider}/${each.model}`} value={`${each.provider}/${each.model}`} />
                ))}
              </datalist>
              <Button
                aria-label={t.estimate.addModel}
                icon={<Plus size={15} strokeWidth={2} aria-hidden="true" />}
                onClick={add}
              />
            </div>
          </div>
          <SegmentedControl
            label={t.estimate.prompt}
            value={form.promptIs}
            onChange={(promptIs: Form['promptIs']) => set({ promptIs })}
            options={[
              { id: 'tokens', label: t.estimate.tokens },
              { id: 'text', label: t.estimate.text },
            ]}
          />
          {form.promptIs === 'tokens' ? (
            <TextField label={t.estimate.promptTokens} type="number" min={0} {...field('tokens')} />
          ) : (
            <label className="field">
              <span className="label">{t.estimate.promptText}</span>
              <textarea className="input" rows={5} {...field('text')} />
              <span className="hint">{t.estimate.textHint}</span>
            </label>
          )}
          <fieldset className="price-fieldset">
            <legend>{t.estimate.output}</legend>
            <div className="price-three">
              <TextField label={t.low} type="number" min={0} {...field('low')} />
              <TextField label={t.likely} type="number" min={0} {...field('likely')} />
              <TextField label={t.high} type="number" min={0} {...field('high')} />
            </div>
          </fieldset>
          <div className="price-pair">
            <TextField label={t.estimate.cached} type="number" min={0} max={100} {...field('cached')} />
            <SelectField
              label={t.estimate.effort}
              value={form.effort}
              onChange={(event) => set({ effort: event.target.value as Form['effort'] })}
            >
              {efforts.map((effort) => (
                <option key={effort} value={effort}>
                  {t.efforts[effort]}
                </option>
              ))}
            </SelectField>
            <TextField label={t.estimate.calls} type="number" min={1} {...field('calls')} />
            <label className="check">
              <input type="checkbox" checked={form.batch} onChange={(event) => set({ batch: event.target.checked })} />
              {t.batch}
            </label>
          </div>
        </div>
      </Card>
      <Card title={t.estimate.result} note={t.estimate.resultNote(count(form.calls || '0', locale))}>
        {answer.isError && <ErrorPanel error={answer.error} onRetry={() => void answer.refetch()} />}
        {asked === null && (
          <EmptyState icon={<Calculator size={22} strokeWidth={1.75} />} title={t.estimate.incomplete}>
            {t.estimate.incompleteText}
          </EmptyState>
        )}
        {asked !== null && (
          <ul className="estimate-list">
            {estimates.map((each) => (
              <EstimateRow key={`${each.provider}/${each.model}`} estimate={each} largest={largest} />
            ))}
          </ul>
        )}
        {asked !== null && estimates[0] && (
          <section className="estimate-assumed">
            <h3>{t.estimate.assumed}</h3>
            <ul lang="en">
              {estimates[0].assumptions.map((each) => (
                <li key={each.code}>{each.message}</li>
              ))}
            </ul>
          </section>
        )}
      </Card>
    </div>
  )
}

function EstimateRow({ estimate, largest }: { estimate: Estimate; largest: number }) {
  const t = usePricesMessages()
  const locale = useLocale()
  const { low, likely, high, currency } = estimate
  const share = (value: string | null) => (largest === 0 ? 0 : (toNumber(value) / largest) * 100)
  return (
    <li>
      <div className="estimate-head">
        <span className="two-lines">
          <b>{estimate.model}</b>
          <small>{estimate.provider}</small>
        </span>
        {likely.cost === null ? (
          <span className="price-note">
            <Badge tone="warn">{t.estimate.unknown}</Badge>
          </span>
        ) : (
          <strong className="num">{money(likely.cost, currency, locale)}</strong>
        )}
      </div>
      {likely.cost !== null && (
        <>
          <div className="estimate-bar" aria-hidden="true">
            <i
              style={{ left: `${share(low.cost)}%`, width: `${Math.max(0.5, share(high.cost) - share(low.cost))}%` }}
            />
            <b style={{ left: `${share(likely.cost)}%` }} />
          </div>
          <p className="quiet num">
            {t.low} {money(low.cost, currency, locale)} · {t.likely} {money(likely.cost, currency, locale)} · {t.high}{' '}
            {money(high.cost, currency, locale)} · {t.estimate.perCall(unitPrice(likely.perCall, currency, locale))}
          </p>
        </>
      )}
      {likely.status === 'partial' && <p className="warn-text">{t.estimate.partial}</p>}
      {estimate.findings.map((finding) => (
        <p key={finding.message} className="quiet" lang="en">
          {finding.message}
        </p>
      ))}
    </li>
  )
}

function requestOf(form: Form): EstimateRequest | null {
  const models = form.models.map((name) => {
    const cut = name.indexOf('/')
    return { provider: name.slice(0, cut), model: name.slice(cut + 1) }
  })
  const [low, likely, high, calls, cached] = [form.low, form.likely, form.high, form.calls, form.cached].map(Number)
  const counts = [low, likely, high, calls, cached]
  if (models.length === 0 || counts.some((value) => value === undefined || !Number.isSafeInteger(value) || value < 0))
    return null
  if (low! > likely! || likely! > high! || calls! < 1 || cached! > 100) return null
  const tokens = Number(form.tokens)
  if (form.promptIs === 'tokens' && (form.tokens === '' || !Number.isSafeInteger(tokens) || tokens < 0)) return null
  return {
    models,
    prompt: form.promptIs === 'tokens' ? { tokens } : { text: form.text },
    output: { low: low!, likely: likely!, high: high! },
    cachedShare: cached === 100 ? '1' : `0.${String(cached).padStart(2, '0')}`,
    reasoningEffort: form.effort,
    batch: form.batch,
    calls: calls!,
  }
}
