import type { Filter, RegistryAnswer } from '@server/modules/explore/contract'
import { useMemo, useState } from 'react'
import { useQueryAnswer } from '../../api'
import { useQuestion } from '../../app/question'
import { Button, SelectField } from '../../ui'
import { metricText } from './format-metric'
import { useExploreMessages } from './messages'
import { Adder, PickList, type PickOption } from './picker'

type Operator = 'is' | 'isNot' | 'contains' | 'isNull' | 'notNull'

type Props = {
  label: string
  options: PickOption[]
  filters: Filter[]
  metric: RegistryAnswer['metrics'][number]
  onAdd: (filter: Filter) => void
}

/** Adds a condition: first the dimension, then how it has to be and its values, the largest first. */
export function FilterAdder(props: Props) {
  return <Adder label={props.label}>{(close) => <NewFilter {...props} close={close} />}</Adder>
}

function NewFilter({ label, options, filters, metric, onAdd, close }: Props & { close: () => void }) {
  const [dimension, setDimension] = useState<string | null>(null)
  if (dimension === null) return <PickList label={label} options={options} onPick={setDimension} />
  return (
    <FilterEditor
      dimension={dimension}
      name={options.find((option) => option.id === dimension)?.name ?? dimension}
      filters={filters}
      metric={metric}
      onBack={() => setDimension(null)}
      onApply={(filter) => {
        close()
        onAdd(filter)
      }}
    />
  )
}

type EditorProps = {
  dimension: string
  name: string
  filters: Filter[]
  metric: RegistryAnswer['metrics'][number]
  initial?: Filter
  onBack?: () => void
  onApply: (filter: Filter) => void
}

export function FilterEditor({ dimension, name, filters, metric, initial, onBack, onApply }: EditorProps) {
  const t = useExploreMessages()
  const { period, currency, timeZone, locale } = useQuestion()
  const [operator, setOperator] = useState<Operator>(
    initial?.notIn
      ? 'isNot'
      : initial?.contains
        ? 'contains'
        : initial?.isNull === true
          ? 'isNull'
          : initial?.isNull === false
            ? 'notNull'
            : 'is',
  )
  const [chosen, setChosen] = useState<Set<string | null>>(new Set(initial?.in ?? initial?.notIn ?? []))
  const [text, setText] = useState(initial?.contains ?? '')
  const [wanted, setWanted] = useState('')
  const values = useQueryAnswer({
    metrics: [metric.id],
    dimensions: [dimension],
    period: { from: period.from, to: period.to },
    timeZone,
    currency,
    filters: filters.filter((filter) => filter.dimension !== dimension),
    orderBy: [{ id: metric.id, direction: 'desc' }],
    limit: 500,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: values chosen later are in the list already
  const rows = useMemo(() => {
    const answer = values.data
    if (!answer || values.isPlaceholderData) return null
    const at = answer.columns.findIndex((column) => column.id === dimension)
    const amount = answer.columns.findIndex((column) => column.id === metric.id)
    const listed = answer.rows.map((row) => ({ value: row[at] ?? null, amount: row[amount] ?? null }))
    // What is chosen stays to be taken out, even where this period does not have it.
    for (const value of chosen) if (!listed.some((row) => row.value === value)) listed.push({ value, amount: null })
    return listed
  }, [values.data, values.isPlaceholderData, dimension, metric.id])

  const shown = rows?.filter(
    (row) => wanted === '' || (row.value ?? t.notSet).toLowerCase().includes(wanted.toLowerCase()),
  )
  const ready =
    operator === 'isNull' || operator === 'notNull' || (operator === 'contains' ? text.trim() !== '' : chosen.size > 0)
  const apply = () => {
    if (!ready) return
    if (operator === 'isNull' || operator === 'notNull') onApply({ dimension, isNull: operator === 'isNull' })
    else if (operator === 'contains') onApply({ dimension, contains: text.trim() })
    else onApply(operator === 'is' ? { dimension, in: [...chosen] } : { dimension, notIn: [...chosen] })
  }
  return (
    <form
      className="filter-editor"
      onSubmit={(event) => {
        event.preventDefault()
        apply()
      }}
    >
      <SelectField label={name} value={operator} onChange={(event) => setOperator(event.target.value as Operator)}>
        {(['is', 'isNot', 'contains', 'isNull', 'notNull'] as const).map((id) => (
          <option key={id} value={id}>
            {t.filter[id]}
          </option>
        ))}
      </SelectField>
      {operator === 'contains' && (
        <input
          className="input"
          aria-label={t.filter.text}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      )}
      {(operator === 'is' || operator === 'isNot') && (
        <>
          <input
            className="input"
            aria-label={t.filter.valueFilter}
            placeholder={t.filter.valueFilter}
            value={wanted}
            onChange={(event) => setWanted(event.target.value)}
          />
          <fieldset className="filter-values" aria-label={t.filter.values}>
            {!shown && <p className="popup-empty">{t.filter.loading}</p>}
            {shown?.length === 0 && <p className="popup-empty">{t.filter.noValues}</p>}
            {shown?.slice(0, 200).map((row) => (
              <label key={row.value ?? '\u0000'} className="filter-value">
                <input
                  type="checkbox"
                  checked={chosen.has(row.value)}
                  onChange={() => {
                    const next = new Set(chosen)
                    if (!next.delete(row.value)) next.add(row.value)
                    setChosen(next)
                  }}
                />
                <span className={row.value === null ? 'quiet' : ''}>{row.value ?? t.notSet}</span>
                <span className="num quiet">{metricText(row.amount, metric, currency, locale, 'short')}</span>
              </label>
            ))}
          </fieldset>
        </>
      )}
      <div className="filter-actions">
        {onBack && (
          <Button small onClick={onBack}>
            {t.filter.back}
          </Button>
        )}
        <Button small kind="primary" type="submit" disabled={!ready}>
          {t.filter.apply}
        </Button>
      </div>
    </form>
  )
}
