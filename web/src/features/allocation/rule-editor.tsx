import type { RuleDocument, Unit } from '@server/modules/allocation/contract'
import { Plus, X } from 'lucide-react'
import { type FormEvent, useMemo, useState } from 'react'
import { useRegistry } from '../../api'
import { fill, useLocale } from '../../i18n'
import { Button, Drawer, SegmentedControl, SelectField, TextField } from '../../ui'
import { count, date, money, percent, ratio } from '../../ui/format'
import { conditionText, type Flat, keyFor, newLine, type Operator, operators, toCondition, toFlat } from './conditions'
import { useAllocationMessages } from './messages'
import { TextArea } from './text-area'
import { usePreview } from './use-allocation'
import { useSettled } from './use-settled'

export type Rule = RuleDocument['rules'][number]
type Kind = 'unit' | 'byDimension' | 'pool'

/** One rule: whose charges it takes and whose they become. What it would take is shown while it is written. */
export function RuleEditor({
  document,
  rule,
  units,
  month,
  currency,
  total,
  onKeep,
  onClose,
}: {
  document: RuleDocument
  /** null makes a new one, before all others where `document` says so */
  rule: Rule | null
  units: Unit[]
  month: string
  currency: string
  total: string
  onKeep: (rule: Rule) => void
  onClose: () => void
}) {
  const t = useAllocationMessages()
  const locale = useLocale()
  const registry = useRegistry()
  const [name, setName] = useState(rule?.name ?? '')
  const [owner, setOwner] = useState(rule?.owner ?? '')
  const [from, setFrom] = useState(rule?.from ?? '')
  const [to, setTo] = useState(rule?.to ?? '')
  const [flat, setFlat] = useState<Flat | null>(() => (rule ? toFlat(rule.when) : { mode: 'all', lines: [newLine()] }))
  const [kind, setKind] = useState<Kind>(
    rule && 'pool' in rule.assign ? 'pool' : rule && 'byDimension' in rule.assign ? 'byDimension' : 'unit',
  )
  const [unit, setUnit] = useState(rule && 'unit' in rule.assign ? rule.assign.unit : (units[0]?.key ?? ''))
  const [dimension, setDimension] = useState(rule && 'byDimension' in rule.assign ? rule.assign.byDimension : 'team')
  const [pool, setPool] = useState(rule && 'pool' in rule.assign ? rule.assign.pool : (document.pools[0]?.key ?? ''))
  const [touched, setTouched] = useState(false)

  const edited = useMemo((): Rule => {
    const taken = document.rules.map((other) => other.id).filter((id) => id !== rule?.id)
    return {
      id: rule?.id ?? keyFor(name, taken),
      name: name.trim() || '…',
      owner: owner.trim(),
      from: from || null,
      to: to || null,
      when: flat ? toCondition(flat) : rule!.when,
      assign: kind === 'unit' ? { unit } : kind === 'pool' ? { pool } : { byDimension: dimension.trim() },
    }
  }, [document, rule, name, owner, from, to, flat, kind, unit, pool, dimension])
  const withIt = useMemo(
    () => ({
      ...document,
      rules: document.rules.some((other) => other.id === edited.id)
        ? document.rules.map((other) => (other.id === edited.id ? edited : other))
        : [...document.rules, edited],
    }),
    [document, edited],
  )
  const settled = useSettled(withIt, 400)
  const ready =
    (kind !== 'unit' || unit !== '') &&
    (kind !== 'pool' || pool !== '') &&
    (kind !== 'byDimension' || dimension.trim() !== '')
  const preview = usePreview(ready ? settled : null, [month])
  const took = preview.data?.months[0]?.rules.find((taken) => taken.rule === edited.id && taken.currency === currency)
  const monthName = date(`${month}-01`, locale, 'UTC', 'month')
  const findings = preview.data?.findings.filter((finding) => finding.level === 'error') ?? []

  const keep = (event: FormEvent) => {
    event.preventDefault()
    setTouched(true)
    if (name.trim() === '' || !ready) return
    onKeep({ ...edited, name: name.trim() })
  }
  const setLine = (id: number, patch: Partial<Flat['lines'][number]>) =>
    setFlat(
      (before) =>
        before && { ...before, lines: before.lines.map((line) => (line.id === id ? { ...line, ...patch } : line)) },
    )

  return (
    <Drawer title={rule ? t.editor.rule : t.editor.newRule} onClose={onClose}>
      <form className="allocation-form" onSubmit={keep} noValidate>
        <datalist id="allocation-dimensions">
          {registry.data?.dimensions.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name[locale]}
            </option>
          ))}
        </datalist>
        <TextField
          label={t.editor.name}
          value={name}
          onChange={(event) => setName(event.target.value)}
          problem={touched && name.trim() === '' ? t.editor.needName : undefined}
        />
        <fieldset>
          <legend>{t.editor.when}</legend>
          {flat === null ? (
            <p className="quiet">
              {t.editor.complex} <code>{conditionText(rule!.when, (id) => id, t.editor.operators)}</code>
            </p>
          ) : (
            <>
              {flat.lines.length > 1 && (
                <SegmentedControl
                  label={t.editor.when}
                  value={flat.mode}
                  onChange={(mode) => setFlat({ ...flat, mode })}
                  options={[
                    { id: 'all', label: t.editor.all },
                    { id: 'any', label: t.editor.any },
                  ]}
                />
              )}
              {flat.lines.length === 0 && <p className="quiet">{t.editor.always}</p>}
              {flat.lines.map((line) => (
                <div className="condition-line" key={line.id}>
                  <label className="condition-not">
                    <input
                      type="checkbox"
                      checked={line.negate}
                      onChange={(event) => setLine(line.id, { negate: event.target.checked })}
                    />{' '}
                    {t.editor.negate}
                  </label>
                  <TextField
                    label={t.editor.dimension}
                    list="allocation-dimensions"
                    value={line.dimension}
                    onChange={(event) => setLine(line.id, { dimension: event.target.value })}
                  />
                  <SelectField
                    label={t.editor.operator}
                    value={line.operator}
                    onChange={(event) => setLine(line.id, { operator: event.target.value as Operator })}
                  >
                    {operators.map((operator) => (
                      <option key={operator} value={operator}>
                        {t.editor.operators[operator]}
                      </option>
                    ))}
                  </SelectField>
                  {line.operator === 'in' || line.operator === 'notIn' ? (
                    <TextArea
                      label={t.editor.value}
                      rows={Math.min(5, line.text.split('\n').length + 1)}
                      value={line.text}
                      onChange={(text) => setLine(line.id, { text })}
                    />
                  ) : line.operator === 'isNull' || line.operator === 'isSet' ? null : (
                    <TextField
                      label={t.editor.text}
                      value={line.text}
                      onChange={(event) => setLine(line.id, { text: event.target.value })}
                    />
                  )}
                  <Button
                    small
                    kind="ghost"
                    aria-label={t.editor.removeTest}
                    icon={<X size={14} strokeWidth={1.75} aria-hidden="true" />}
                    onClick={() => setFlat({ ...flat, lines: flat.lines.filter((other) => other.id !== line.id) })}
                  />
                </div>
              ))}
              <Button
                small
                icon={<Plus size={13} strokeWidth={1.75} aria-hidden="true" />}
                onClick={() => setFlat({ ...flat, lines: [...flat.lines, newLine()] })}
              >
                {t.editor.addTest}
              </Button>
            </>
          )}
        </fieldset>
        <fieldset>
          <legend>{t.editor.whose}</legend>
          <SegmentedControl
            label={t.editor.whose}
            value={kind}
            onChange={setKind}
            options={[
              { id: 'unit', label: t.editor.unit },
              { id: 'byDimension', label: t.editor.byDimension },
              { id: 'pool', label: t.editor.pool },
            ]}
          />
          {kind === 'unit' && (
            <SelectField label={t.sankey.unit} value={unit} onChange={(event) => setUnit(event.target.value)}>
              {units.map((one) => (
                <option key={one.key} value={one.key}>
                  {`${'\u2003'.repeat(one.path.length - 1)}${one.name}`}
                </option>
              ))}
            </SelectField>
          )}
          {kind === 'byDimension' && (
            <TextField
              label={t.editor.dimension}
              list="allocation-dimensions"
              value={dimension}
              onChange={(event) => setDimension(event.target.value)}
            />
          )}
          {kind === 'pool' && (
            <SelectField label={t.pool.pool} value={pool} onChange={(event) => setPool(event.target.value)}>
              {document.pools.map((one) => (
                <option key={one.key} value={one.key}>
                  {one.name}
                </option>
              ))}
            </SelectField>
          )}
        </fieldset>
        <div className="form-pair">
          <TextField label={t.editor.from} type="date" value={from} onChange={(event) => setFrom(event.target.value)} />
          <TextField label={t.editor.to} type="date" value={to} onChange={(event) => setTo(event.target.value)} />
        </div>
        <TextField label={t.editor.owner} value={owner} onChange={(event) => setOwner(event.target.value)} />
        <output className="live-effect" aria-live="polite">
          {preview.isFetching && !preview.data
            ? t.rules.checking
            : findings.length > 0
              ? findings[0]!.message
              : took
                ? fill(t.editor.effect, {
                    month: monthName,
                    amount: money(took.amount, currency, locale),
                    share: percent(ratio(took.amount, total, 6), locale),
                    rows: count(took.rows, locale),
                  })
                : fill(t.editor.effectNone, { month: monthName })}
        </output>
        <div className="form-buttons">
          <Button onClick={onClose}>{t.editor.cancel}</Button>
          <Button kind="primary" type="submit">
            {t.editor.keep}
          </Button>
        </div>
      </form>
    </Drawer>
  )
}
