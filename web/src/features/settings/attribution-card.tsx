import type { AttributionMapping, AttributionMappingChange } from '@server/modules/ingestion/contract'
import { useEffect, useState } from 'react'
import { useAttribution, useAttributionHistory, useChangeAttribution, useUndoAttribution } from '../../api'
import { useQuestion } from '../../app/question'
import { fill, useLocale, useMessages } from '../../i18n'
import { Button, Card, DataTable, ErrorPanel, GuideLink, SelectField, SkeletonRows, TextField } from '../../ui'
import { dateTime } from '../../ui/format'
import { useAttributionMessages } from './attribution-messages'

type Dimension = keyof AttributionMapping['mapping']
type Form = {
  mapping: Record<string, string>
  promoted: string
  personalIdentifiers: AttributionMapping['personalIdentifiers']
}

const namesIn = (text: string) => text.split(/[\s,]+/).filter((name) => name !== '')
const formOf = (settings: AttributionMapping): Form => ({
  mapping: Object.fromEntries(
    Object.entries(settings.mapping).map(([dimension, { attributes }]) => [dimension, attributes.join(', ')]),
  ),
  promoted: settings.promoted.join(', '),
  personalIdentifiers: settings.personalIdentifiers,
})

/** Which attributes of telemetry say to whom a call belongs, which become dimensions, and what happens to personal ids. */
export function AttributionCard() {
  const t = useAttributionMessages()
  const { common } = useMessages()
  const locale = useLocale()
  const { timeZone } = useQuestion()
  const settings = useAttribution()
  const history = useAttributionHistory()
  const change = useChangeAttribution()
  const undo = useUndoAttribution()
  const [form, setForm] = useState<Form | null>(null)
  useEffect(() => {
    if (settings.data) setForm(formOf(settings.data))
  }, [settings.data])
  if (settings.error) return <ErrorPanel error={settings.error} onRetry={() => void settings.refetch()} />
  if (!settings.data || !form) {
    return (
      <Card title={t.title} note={t.note} flush>
        <SkeletonRows rows={8} height={44} />
      </Card>
    )
  }
  const known = settings.data
  const before = formOf(known)
  const changed = JSON.stringify(form) !== JSON.stringify(before)
  const save = () => {
    const mapping: NonNullable<AttributionMappingChange['mapping']> = {}
    for (const dimension of Object.keys(known.mapping) as Dimension[]) {
      if (form.mapping[dimension] === before.mapping[dimension]) continue
      const names = namesIn(form.mapping[dimension] ?? '')
      // Emptied: the common spellings again.
      mapping[dimension] = names.length === 0 ? null : names
    }
    change.mutate({
      version: known.version,
      mapping,
      promoted: namesIn(form.promoted),
      personalIdentifiers: form.personalIdentifiers,
    })
  }
  const versions = history.data?.versions ?? []
  return (
    <Card title={t.title} note={t.note}>
      <form
        className="settings-form"
        onSubmit={(event) => {
          event.preventDefault()
          save()
        }}
      >
        <p className="quiet">
          {t.lead} <GuideLink page="telemetry" />
        </p>
        {(Object.keys(known.mapping) as Dimension[]).map((dimension) => (
          <TextField
            key={dimension}
            label={t.dimensions[dimension]}
            hint={known.mapping[dimension]?.isDefault ? t.common : t.own}
            value={form.mapping[dimension] ?? ''}
            spellCheck={false}
            onChange={(event) => setForm({ ...form, mapping: { ...form.mapping, [dimension]: event.target.value } })}
          />
        ))}
        <TextField
          label={t.promoted}
          hint={t.promotedHint}
          value={form.promoted}
          spellCheck={false}
          onChange={(event) => setForm({ ...form, promoted: event.target.value })}
        />
        <SelectField
          label={t.personal}
          hint={t.personalHint}
          value={form.personalIdentifiers}
          onChange={(event) =>
            setForm({ ...form, personalIdentifiers: event.target.value as Form['personalIdentifiers'] })
          }
        >
          {(['keep', 'hash', 'drop'] as const).map((way) => (
            <option key={way} value={way}>
              {t.ways[way]}
            </option>
          ))}
        </SelectField>
        {(change.error ?? undo.error) && <ErrorPanel error={change.error ?? undo.error} />}
        <div className="form-end">
          <Button kind="primary" type="submit" disabled={!changed || change.isPending}>
            {common.save}
          </Button>
          {known.version !== null && (
            <Button type="button" disabled={undo.isPending} onClick={() => undo.mutate(known.version ?? '')}>
              {t.undo}
            </Button>
          )}
          <span className="quiet" role="status">
            {!changed && (undo.isSuccess ? t.undone : change.isSuccess ? common.saved : '')}
          </span>
        </div>
      </form>
      {versions.length > 0 && (
        <details className="attribution-history">
          <summary>{fill(t.history, { count: String(versions.length) })}</summary>
          <DataTable
            caption={t.title}
            rows={versions}
            rowKey={(version) => version.version}
            columns={[
              {
                id: 'when',
                phone: 'title',
                header: t.when,
                cell: (version) => dateTime(version.changedAt, locale, timeZone),
              },
              {
                id: 'what',
                phone: 'note',
                header: t.what,
                cell: (version) =>
                  version.undoes
                    ? t.undone
                    : [
                        ...Object.entries(version.settings.mapping).map(
                          ([dimension, names]) => `${t.dimensions[dimension as Dimension]}: ${names?.join(', ')}`,
                        ),
                        ...(version.settings.promoted.length > 0
                          ? [`${t.promoted}: ${version.settings.promoted.join(', ')}`]
                          : []),
                        t.ways[version.settings.personalIdentifiers],
                      ].join(' · '),
              },
            ]}
          />
        </details>
      )}
    </Card>
  )
}
