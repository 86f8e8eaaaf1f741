import type { ChangeMade, PriceTerms, RuleTerms } from '@server/modules/pricing/contract'
import { Plus, Trash2, X } from 'lucide-react'
import { type FormEvent, useDeferredValue, useEffect, useId, useState } from 'react'
import { ApiError } from '../../api'
import { useLocale } from '../../i18n'
import { Button, currencyChoices, Drawer, ErrorPanel, SegmentedControl, SelectField, TextField } from '../../ui'
import { EffectPanel } from './effect-panel'
import { usePricesMessages } from './messages'
import { useBook, useEffectOf, useModel, useWriteRule } from './prices-api'
import { byUnit, unitOrder } from './rates'
import { emptyTerms, filledIn, isComplete, type Kind, kinds, ofKind } from './rule-form'

/** Writes a discount, price, own model or way of billing, and shows what it does to real money before it is saved. */
export function RuleDrawer({
  editing,
  onClose,
  onDone,
}: {
  editing: { id: string | null; version: number; terms: RuleTerms }
  onClose: () => void
  onDone: (made: ChangeMade, what: 'save' | 'remove', terms: RuleTerms) => void
}) {
  const t = usePricesMessages()
  const locale = useLocale()
  const listId = useId()
  const [terms, setTerms] = useState<RuleTerms>(editing.terms)
  const [follow, setFollow] = useState<'correct' | 'follow'>('correct')
  const [effectiveFrom, setEffectiveFrom] = useState('')
  const write = useWriteRule()
  const book = useBook({ search: '', provider: '', own: false, limit: 1 })
  const models = useBook({ search: terms.model, provider: terms.provider, own: false, limit: 20 })
  const settled = useSettled(terms, 500)
  const draft = useDeferredValue(settled)
  const asked = filledIn(
    follow === 'follow' && effectiveFrom !== ''
      ? ({ ...draft, from: `${effectiveFrom}T00:00:00Z` } as RuleTerms)
      : draft,
  )
  const effect = useEffectOf(isComplete(draft) ? { terms: asked, ruleId: editing.id } : null)
  const change = (patch: Partial<RuleTerms>) => setTerms((before) => ({ ...before, ...patch }) as RuleTerms)
  const problems = problemsOf(write.error) ?? problemsOf(effect.error) ?? {}
  const isPrice = terms.kind === 'contract' || terms.kind === 'custom' || terms.kind === 'overlay'

  const save = (event: FormEvent) => {
    event.preventDefault()
    const next = filledIn(terms)
    write.mutate(
      editing.id === null
        ? { what: 'add', terms: next }
        : {
            what: 'change',
            id: editing.id,
            version: editing.version,
            terms: next,
            effectiveFrom: follow === 'follow' && effectiveFrom !== '' ? `${effectiveFrom}T00:00:00Z` : null,
          },
      { onSuccess: (made) => onDone(made, 'save', next) },
    )
  }
  return (
    <Drawer title={editing.id === null ? t.form.new : t.form.change} onClose={onClose}>
      <form className="price-form" onSubmit={save}>
        {editing.id === null && (
          <SelectField
            label={t.kind}
            hint={t.kindHints[terms.kind]}
            value={terms.kind}
            onChange={(event) => setTerms(ofKind(terms, event.target.value as Kind))}
          >
            {kinds.map((kind) => (
              <option key={kind} value={kind}>
                {t.kinds[kind]}
              </option>
            ))}
          </SelectField>
        )}
        <TextField
          label={t.provider}
          list={`${listId}-providers`}
          required
          value={terms.provider}
          problem={problems.provider}
          hint={t.form.providerHint}
          onChange={(event) => change({ provider: event.target.value })}
        />
        <datalist id={`${listId}-providers`}>
          {book.data?.providers.map((each) => (
            <option key={each.id} value={each.id} />
          ))}
        </datalist>
        <TextField
          label={t.model}
          list={`${listId}-models`}
          required={isPrice}
          placeholder={isPrice ? undefined : t.form.everyModel}
          value={terms.model}
          problem={problems.model}
          hint={isPrice ? t.form.modelHint : t.form.patternHint}
          onChange={(event) => change({ model: event.target.value })}
        />
        <datalist id={`${listId}-models`}>
          {models.data?.models.map((each) => (
            <option key={`${each.provider} ${each.model}`} value={each.model} />
          ))}
        </datalist>

        {terms.kind === 'discount' && (
          <>
            <div className="price-pair">
              <TextField
                label={t.form.percent}
                inputMode="decimal"
                required
                value={terms.percent}
                problem={problems.percent}
                onChange={(event) => change({ percent: event.target.value })}
              />
              <SelectField
                label={t.currency}
                value={terms.currency}
                problem={problems.currency}
                onChange={(event) => change({ currency: event.target.value })}
              >
                <option value="">{t.form.anyCurrency}</option>
                {currencyChoices(terms.currency || 'USD', locale)}
              </SelectField>
            </div>
            <SelectField
              label={t.form.onUnit}
              value={terms.unit}
              problem={problems.unit}
              onChange={(event) => change({ unit: event.target.value })}
            >
              <option value="">{t.form.everyUnit}</option>
              <option value="input.">{t.form.allInput}</option>
              <option value="output.">{t.form.allOutput}</option>
              {unitOrder.map((unit) => (
                <option key={unit} value={unit}>
                  {t.units[unit as 'hour.gpu'] ?? unit}
                </option>
              ))}
            </SelectField>
          </>
        )}
        {terms.kind === 'billing' && (
          <SelectField
            label={t.form.mode}
            hint={t.form.modeHint}
            value={terms.mode}
            onChange={(event) => change({ mode: event.target.value as 'free' })}
          >
            {(['subscription', 'free', 'byok', 'committed'] as const).map((mode) => (
              <option key={mode} value={mode}>
                {t.modes[mode]}
              </option>
            ))}
          </SelectField>
        )}
        {isPrice && <PriceFields terms={terms as PriceTerms} change={change} problems={problems} />}

        {editing.id !== null && (
          <SegmentedControl
            label={t.form.when}
            value={follow}
            onChange={setFollow}
            options={[
              { id: 'correct', label: t.form.correct },
              { id: 'follow', label: t.form.follow },
            ]}
          />
        )}
        {follow === 'follow' && editing.id !== null ? (
          <TextField
            label={t.form.effectiveFrom}
            type="date"
            required
            hint={t.form.followHint}
            value={effectiveFrom}
            problem={problems.to}
            onChange={(event) => setEffectiveFrom(event.target.value)}
          />
        ) : (
          <div className="price-pair">
            <TextField
              label={t.form.from}
              type="date"
              hint={t.form.fromHint}
              value={terms.from?.slice(0, 10) ?? ''}
              problem={problems.from}
              onChange={(event) => change({ from: instant(event.target.value) })}
            />
            <TextField
              label={t.form.to}
              type="date"
              hint={t.form.toHint}
              value={terms.to?.slice(0, 10) ?? ''}
              problem={problems.to}
              onChange={(event) => change({ to: instant(event.target.value) })}
            />
          </div>
        )}
        <TextField
          label={t.form.note}
          hint={t.form.noteHint}
          value={terms.note}
          maxLength={2000}
          onChange={(event) => change({ note: event.target.value })}
        />

        <EffectPanel effect={effect} ready={isComplete(draft)} />
        {write.error && Object.keys(problemsOf(write.error) ?? {}).length === 0 && <ErrorPanel error={write.error} />}
        <div className="form-end">
          <Button kind="primary" type="submit" disabled={write.isPending}>
            {t.save}
          </Button>
          <Button onClick={onClose}>{t.cancel}</Button>
          {editing.id !== null && (
            <Button
              kind="danger"
              className="push"
              disabled={write.isPending}
              icon={<Trash2 size={14} strokeWidth={1.75} aria-hidden="true" />}
              onClick={() =>
                write.mutate(
                  { what: 'remove', id: editing.id! },
                  { onSuccess: (made) => onDone(made, 'remove', editing.terms) },
                )
              }
            >
              {t.remove}
            </Button>
          )}
        </div>
      </form>
    </Drawer>
  )
}

const instant = (day: string) => (day === '' ? null : `${day}T00:00:00Z`)

/** The value once it has been still for a while: a question to the ledger is not asked for every key. */
function useSettled<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds)
    return () => clearTimeout(timer)
  }, [value, milliseconds])
  return settled
}

function problemsOf(error: unknown): Record<string, string> | null {
  if (!(error instanceof ApiError) || error.code !== 'invalid_price') return null
  const list = error.details.problems as { field: string; message: string }[] | undefined
  return Object.fromEntries((list ?? []).map((problem) => [problem.field, problem.message]))
}

function PriceFields({
  terms,
  change,
  problems,
}: {
  terms: PriceTerms
  change: (patch: Partial<PriceTerms>) => void
  problems: Record<string, string>
}) {
  const t = usePricesMessages()
  const locale = useLocale()
  const listed = useModel(
    terms.kind === 'custom' || terms.model === '' ? null : { provider: terms.provider, model: terms.model },
  )
  const list = listed.data?.terms
    .find(
      (each) => each.serviceTier === terms.serviceTier && each.batch === terms.batch && each.region === terms.region,
    )
    ?.prices.find((price) => price.inForce)
  const gpu = terms.gpuHours
  return (
    <>
      <div className="price-pair">
        <SelectField
          label={t.currency}
          value={terms.currency}
          problem={problems.currency}
          onChange={(event) => change({ currency: event.target.value })}
        >
          {currencyChoices(terms.currency, locale)}
        </SelectField>
        <TextField
          label={t.form.tier}
          placeholder={t.standard}
          value={terms.serviceTier}
          onChange={(event) => change({ serviceTier: event.target.value })}
        />
      </div>
      <div className="price-checks">
        <label className="check">
          <input type="checkbox" checked={terms.batch} onChange={(event) => change({ batch: event.target.checked })} />
          {t.batch}
        </label>
        {terms.kind === 'custom' && (
          <label className="check">
            <input
              type="checkbox"
              checked={gpu !== null}
              onChange={(event) =>
                change(
                  event.target.checked
                    ? {
                        rates: {},
                        gpuHours: {
                          hourlyRate: '',
                          gpus: 1,
                          hours: '24',
                          inputTokens: 0,
                          outputTokens: 0,
                          outputWeight: '1',
                        },
                      }
                    : { gpuHours: null, rates: (emptyTerms('custom') as PriceTerms).rates },
                )
              }
            />
            {t.form.gpuHours}
          </label>
        )}
      </div>
      {gpu !== null ? (
        <fieldset className="price-fieldset">
          <legend>{t.form.gpuHours}</legend>
          <p className="quiet">{t.form.gpuHint}</p>
          <div className="price-pair">
            <TextField
              label={t.form.hourlyRate}
              inputMode="decimal"
              value={gpu.hourlyRate}
              problem={problems['gpuHours.hourlyRate']}
              onChange={(event) => change({ gpuHours: { ...gpu, hourlyRate: event.target.value } })}
            />
            <TextField
              label={t.form.gpus}
              type="number"
              min={1}
              value={gpu.gpus}
              onChange={(event) => change({ gpuHours: { ...gpu, gpus: Number(event.target.value) } })}
            />
            <TextField
              label={t.form.hours}
              inputMode="decimal"
              value={gpu.hours}
              problem={problems['gpuHours.hours']}
              onChange={(event) => change({ gpuHours: { ...gpu, hours: event.target.value } })}
            />
            <TextField
              label={t.form.outputWeight}
              inputMode="decimal"
              value={gpu.outputWeight}
              problem={problems['gpuHours.outputWeight']}
              onChange={(event) => change({ gpuHours: { ...gpu, outputWeight: event.target.value } })}
            />
            <TextField
              label={t.form.inputTokens}
              type="number"
              min={0}
              value={gpu.inputTokens}
              onChange={(event) => change({ gpuHours: { ...gpu, inputTokens: Number(event.target.value) } })}
            />
            <TextField
              label={t.form.outputTokens}
              type="number"
              min={0}
              value={gpu.outputTokens}
              problem={problems['gpuHours.outputTokens']}
              onChange={(event) => change({ gpuHours: { ...gpu, outputTokens: Number(event.target.value) } })}
            />
          </div>
        </fieldset>
      ) : (
        <RateRows
          legend={t.form.rates}
          rates={terms.rates}
          problems={problems}
          field="rates"
          list={list?.rates}
          onChange={(rates) => change({ rates })}
        />
      )}
      {terms.tiers.map((tier, index) => (
        <fieldset
          // biome-ignore lint/suspicious/noArrayIndexKey: a tier has no identity but its place
          key={index}
          className="price-fieldset"
        >
          <legend>{t.form.contextTier}</legend>
          <div className="price-pair">
            <SelectField
              label={t.form.operator}
              value={tier.operator}
              onChange={(event) =>
                change({ tiers: replaced(terms.tiers, index, { ...tier, operator: event.target.value as '>' }) })
              }
            >
              <option value=">">{t.form.above}</option>
              <option value=">=">{t.form.atLeast}</option>
            </SelectField>
            <TextField
              label={t.form.promptTokens}
              type="number"
              min={0}
              value={tier.value}
              onChange={(event) =>
                change({ tiers: replaced(terms.tiers, index, { ...tier, value: Number(event.target.value) }) })
              }
            />
          </div>
          <RateRows
            legend={t.form.rates}
            rates={tier.rates}
            problems={problems}
            field={`tiers.${index}.rates`}
            onChange={(rates) => change({ tiers: replaced(terms.tiers, index, { ...tier, rates }) })}
          />
          <Button small kind="ghost" onClick={() => change({ tiers: terms.tiers.filter((_, at) => at !== index) })}>
            {t.remove}
          </Button>
        </fieldset>
      ))}
      {problems.tiers && <span className="problem">{problems.tiers}</span>}
      <details className="price-details">
        <summary>{t.form.more}</summary>
        <div className="price-form">
          <TextField
            label={t.form.ids}
            hint={t.form.idsHint}
            value={terms.ids.join(', ')}
            onChange={(event) => change({ ids: event.target.value.split(/[,\s]+/).filter(Boolean) })}
          />
          <TextField
            label={t.form.region}
            placeholder={t.form.anyRegion}
            value={terms.region}
            onChange={(event) => change({ region: event.target.value })}
          />
          <div className="price-pair">
            {(['from', 'to'] as const).map((end) => (
              <TextField
                key={end}
                label={end === 'from' ? t.form.dailyFrom : t.form.dailyTo}
                type="time"
                value={terms.daily?.[end] ?? ''}
                problem={problems[`daily.${end}`]}
                onChange={(event) => {
                  const daily = { from: terms.daily?.from ?? '', to: terms.daily?.to ?? '', [end]: event.target.value }
                  change({ daily: daily.from === '' && daily.to === '' ? null : daily })
                }}
              />
            ))}
          </div>
          <Button
            small
            icon={<Plus size={13} strokeWidth={2} aria-hidden="true" />}
            onClick={() =>
              change({
                tiers: [
                  ...terms.tiers,
                  {
                    operator: '>',
                    value: 200_000,
                    rates: Object.fromEntries(Object.keys(terms.rates).map((unit) => [unit, ''])),
                  },
                ],
              })
            }
          >
            {t.form.addTier}
          </Button>
        </div>
      </details>
    </>
  )
}

function replaced<T>(list: readonly T[], index: number, value: T): T[] {
  return list.map((each, at) => (at === index ? value : each))
}

function RateRows({
  legend,
  rates,
  problems,
  field,
  list,
  onChange,
}: {
  legend: string
  rates: Record<string, string>
  problems: Record<string, string>
  field: string
  list?: Record<string, string>
  onChange: (rates: Record<string, string>) => void
}) {
  const t = usePricesMessages()
  const units = Object.keys(rates).sort(byUnit)
  const name = (unit: string) => t.units[unit as 'hour.gpu'] ?? unit
  return (
    <fieldset className="price-fieldset">
      <legend>{legend}</legend>
      {problems[field] && (
        <span className="problem" role="alert">
          {problems[field]}
        </span>
      )}
      {units.map((unit) => (
        <div key={unit} className="price-rate">
          <TextField
            label={name(unit)}
            inputMode="decimal"
            value={rates[unit]}
            hint={list?.[unit] === undefined ? undefined : t.form.listed(list[unit])}
            problem={problems[`${field}.${unit}`]}
            onChange={(event) => onChange({ ...rates, [unit]: event.target.value })}
          />
          <Button
            small
            kind="ghost"
            aria-label={t.form.without(name(unit))}
            icon={<X size={14} strokeWidth={1.75} aria-hidden="true" />}
            onClick={() => onChange(Object.fromEntries(Object.entries(rates).filter(([each]) => each !== unit)))}
          />
        </div>
      ))}
      <div className="price-actions">
        <select
          className="input"
          aria-label={t.form.addUnit}
          value=""
          onChange={(event) => event.target.value !== '' && onChange({ ...rates, [event.target.value]: '' })}
        >
          <option value="">{t.form.addUnit}</option>
          {unitOrder
            .filter((unit) => !(unit in rates))
            .map((unit) => (
              <option key={unit} value={unit}>
                {name(unit)}
              </option>
            ))}
        </select>
        {list && (
          <Button small onClick={() => onChange({ ...list })}>
            {t.form.takeList}
          </Button>
        )}
      </div>
    </fieldset>
  )
}
