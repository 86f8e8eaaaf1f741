import type { Mapping, MappingDefinition, Preview, Proposal } from '@server/modules/ingestion/contract'
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import { type ApiError, api } from '../../../api'
import { problemText, useLocale } from '../../../i18n'
import { Badge, Button, Card, GuideLink, SelectField, SkeletonRows, TextField } from '../../../ui'
import { count, money } from '../../../ui/format'
import { type ReasonCode, useMappingMessages } from './messages'

const required = ['ChargePeriodStart', 'BilledCost'] as const
const optional = [
  'ServiceName',
  'ServiceProviderName',
  'ChargeDescription',
  'BillingAccountId',
  'SubAccountId',
  'SubAccountName',
  'ResourceId',
  'ResourceName',
  'RegionId',
  'ServiceCategory',
  'SkuId',
  'InvoiceId',
  'ConsumedQuantity',
  'ConsumedUnit',
  'EffectiveCost',
  'ListCost',
  'ChargePeriodEnd',
] as const
type Column = keyof MappingDefinition['columns']

/** What the columns of one shape of file mean, with what the first rows would become and add up to. */
export function MappingEditor({
  title,
  waiting = 0,
  mappingId,
  names,
  head,
  whole = true,
  first,
  fields,
  name: firstName,
  onSaved,
  onLeave,
}: {
  title: string
  waiting?: number
  mappingId?: string
  names: readonly string[]
  head?: string
  whole?: boolean
  first: MappingDefinition
  fields: Proposal['fields']
  name: string
  onSaved: () => void
  onLeave: () => void
}) {
  const t = useMappingMessages()
  const locale = useLocale()
  const [name, setName] = useState(firstName)
  const [definition, setDefinition] = useState(first)
  const [all, setAll] = useState(false)
  const change = (patch: Partial<MappingDefinition>) => setDefinition((before) => ({ ...before, ...patch }))
  const asked = useDeferredValue(definition)
  const called = useDeferredValue(name.trim()) || undefined
  const complete =
    Boolean(definition.columns.BilledCost && definition.columns.ChargePeriodStart) &&
    Boolean(definition.columns.BillingCurrency || /^[A-Z]{3}$/.test(definition.constants.BillingCurrency ?? ''))
  const preview = useQuery({
    queryKey: ['mapping-preview', head, asked, called],
    queryFn: ({ signal }) =>
      api<Preview>('/api/v1/mappings/preview', { body: { head, definition: asked, name: called }, signal }),
    enabled: head !== undefined && complete,
    placeholderData: keepPreviousData,
    retry: false,
  })
  const save = useMutation({
    mutationFn: () =>
      mappingId === undefined
        ? api<Mapping>('/api/v1/mappings', { body: { name: name.trim(), names, definition } })
        : api<Mapping>(`/api/v1/mappings/${mappingId}`, { method: 'PUT', body: { name: name.trim(), definition } }),
    onSuccess: onSaved,
  })
  const used = new Set([
    ...Object.values(definition.columns),
    ...definition.adjustments.map(({ column }) => column),
    ...(definition.categories ? [definition.categories.column] : []),
  ])
  const hintOf = (field: string) => {
    const found = fields.find(({ column }) => column === field)
    if (!found) return undefined
    const tone = found.confidence >= 0.8 ? 'good' : found.confidence >= 0.4 ? 'neutral' : 'warn'
    return (
      <span className="mapping-why">
        {found.confidence > 0 && <Badge tone={tone}>{t.confidence(Math.round(found.confidence * 100))}</Badge>}{' '}
        {found.reasons.map((reason) => t.reasons[reason.code as ReasonCode](reason.detail)).join('; ')}
      </span>
    )
  }
  const pick = (field: Column, must: boolean) => (
    <SelectField
      key={field}
      label={
        <>
          {t.fields[field]} <code>{field}</code>
        </>
      }
      hint={hintOf(field)}
      value={definition.columns[field] ?? ''}
      onChange={(event) => {
        const columns = { ...definition.columns }
        if (event.target.value === '') delete columns[field]
        else columns[field] = event.target.value
        change({ columns })
      }}
    >
      <option value="">{must ? t.choose : t.none}</option>
      {names.map((column) => (
        <option key={column} value={column}>
          {column}
        </option>
      ))}
    </SelectField>
  )
  const shown = preview.data
  const problem = (save.error ?? preview.error) as ApiError | null
  return (
    <Card title={title} note={waiting > 0 ? t.more(waiting) : undefined}>
      <div className="mapping">
        <p className="muted">
          {t.text} <GuideLink page="bill-formats" />
        </p>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            save.mutate()
          }}
        >
          <div className="mapping-fields">
            {required.map((field) => pick(field, true))}
            <SelectField
              label={
                <>
                  {t.fields.BillingCurrency} <code>BillingCurrency</code>
                </>
              }
              hint={hintOf('BillingCurrency')}
              value={definition.columns.BillingCurrency ?? ''}
              onChange={(event) => {
                const columns = { ...definition.columns }
                if (event.target.value === '') delete columns.BillingCurrency
                else columns.BillingCurrency = event.target.value
                change({ columns })
              }}
            >
              <option value="">{t.oneCurrency}</option>
              {names.map((column) => (
                <option key={column} value={column}>
                  {column}
                </option>
              ))}
            </SelectField>
            {!definition.columns.BillingCurrency && (
              <TextField
                label={t.currencyCode}
                hint={t.currencyHint}
                value={definition.constants.BillingCurrency ?? ''}
                maxLength={3}
                size={4}
                required
                onChange={(event) => {
                  const constants = { ...definition.constants, BillingCurrency: event.target.value.toUpperCase() }
                  if (constants.BillingCurrency === '')
                    delete (constants as { BillingCurrency?: string }).BillingCurrency
                  change({ constants })
                }}
              />
            )}
            <SelectField
              label={t.decimal}
              hint={hintOf('numbers')}
              value={definition.numbers.decimal}
              onChange={(event) => change({ numbers: { decimal: event.target.value as '.' | ',' } })}
            >
              <option value=".">{t.point}</option>
              <option value=",">{t.comma}</option>
            </SelectField>
            <SelectField
              label={t.order}
              hint={hintOf('dates')}
              value={definition.dates.order}
              onChange={(event) => change({ dates: { order: event.target.value as 'mdy' | 'dmy' } })}
            >
              <option value="mdy">{t.monthFirst}</option>
              <option value="dmy">{t.dayFirst}</option>
            </SelectField>
            {!definition.columns.ServiceProviderName && (
              <TextField
                label={t.provider}
                hint={t.providerHint}
                value={definition.constants.ServiceProviderName ?? ''}
                maxLength={100}
                onChange={(event) => {
                  const constants = { ...definition.constants, ServiceProviderName: event.target.value }
                  if (event.target.value === '')
                    delete (constants as { ServiceProviderName?: string }).ServiceProviderName
                  change({ constants })
                }}
              />
            )}
            {definition.adjustments.map(({ column, sign }) => (
              <SelectField
                key={column}
                label={t.adjustment(column)}
                hint={hintOf(column)}
                value={sign}
                onChange={(event) =>
                  change({
                    adjustments: definition.adjustments.flatMap((one) =>
                      one.column !== column
                        ? [one]
                        : event.target.value === ''
                          ? []
                          : [{ column, sign: event.target.value as '+' | '-' }],
                    ),
                  })
                }
              >
                <option value="+">{t.added}</option>
                <option value="-">{t.takenOff}</option>
                <option value="">{t.notPart}</option>
              </SelectField>
            ))}
            {optional.filter((field) => all || definition.columns[field]).map((field) => pick(field, false))}
          </div>
          {!all && (
            <Button small onClick={() => setAll(true)}>
              {t.allFields}
            </Button>
          )}
          <fieldset className="mapping-tags">
            <legend>{t.tags}</legend>
            {names
              .filter((column) => !used.has(column))
              .map((column) => (
                <label key={column} className="check">
                  <input
                    type="checkbox"
                    checked={definition.tags.includes(column)}
                    onChange={(event) =>
                      change({
                        tags: event.target.checked
                          ? [...definition.tags, column]
                          : definition.tags.filter((tag) => tag !== column),
                      })
                    }
                  />
                  {column}
                </label>
              ))}
          </fieldset>

          {head !== undefined && (
            <section className="mapping-preview" aria-label={t.preview} aria-live="polite">
              <h3>
                {t.preview} {!whole && <small className="quiet">{t.beginning}</small>}
              </h3>
              {!complete && <p className="muted">{t.incomplete}</p>}
              {complete && preview.isPending && <SkeletonRows rows={3} />}
              {complete && shown && (
                <>
                  <p className="mapping-sums num">
                    {shown.sums.map((sum) => (
                      <b key={sum.currency}>{money(sum.BilledCost, sum.currency, locale, { form: 'exact' })}</b>
                    ))}
                    <span className="quiet">{t.rows(count(shown.rows.accepted, locale))}</span>
                    {shown.rows.refused > 0 && (
                      <span className="warn-text">{t.refused(count(shown.rows.refused, locale))}</span>
                    )}
                  </p>
                  {shown.problems.length > 0 && (
                    <ul className="problems">
                      {shown.problems.slice(0, 5).map((one) => (
                        <li key={`${one.row}:${one.column}:${one.code}`}>
                          <span>{problemText(one, locale)}</span>
                          <small>
                            {t.row(one.row ?? 0)} {one.column && <code>{one.column}</code>} <code>{one.code}</code>
                          </small>
                        </li>
                      ))}
                    </ul>
                  )}
                  <BeforeAndAfter preview={shown} />
                </>
              )}
            </section>
          )}

          <div className="mapping-end">
            <TextField
              label={t.name}
              hint={t.nameHint}
              value={name}
              maxLength={100}
              required
              onChange={(event) => setName(event.target.value)}
            />
            <Button kind="primary" type="submit" disabled={!complete || name.trim() === '' || save.isPending}>
              {mappingId === undefined ? t.saveAndImport : t.save}
            </Button>
            <Button onClick={onLeave}>{t.leave}</Button>
          </div>
          {problem && (
            <p className="bad-text" role="alert">
              {problemText(problem, locale)}
            </p>
          )}
        </form>
      </div>
    </Card>
  )
}

const leading = ['ChargePeriodStart', 'BilledCost', 'BillingCurrency', 'ChargeCategory', 'ServiceName']
const implied = ['ContractedCost', 'InvoiceIssuerName']

function BeforeAndAfter({ preview }: { preview: Preview }) {
  const t = useMappingMessages()
  const found = new Set(preview.first.flatMap((row) => Object.keys(row.after)))
  const after = [
    ...leading,
    ...[...found].filter((column) => !leading.includes(column) && !implied.includes(column)),
  ].filter((column) => found.has(column))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="data-scroll" tabIndex={0} aria-label={t.after}>
      <table className="mapping-table num">
        <caption className="visually-hidden">{t.after}</caption>
        <thead>
          <tr>
            <th scope="col">{t.rowHeader}</th>
            {after.map((column) => (
              <th scope="col" key={column}>
                {column}
              </th>
            ))}
            <th scope="col">{t.before}</th>
          </tr>
        </thead>
        <tbody>
          {preview.first.slice(0, 6).map((row) => (
            <tr key={row.row}>
              <th scope="row">{row.row}</th>
              {after.map((column) => (
                <td key={column}>{row.after[column] ?? ''}</td>
              ))}
              <td className="quiet">{Object.values(row.before).join(' · ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
