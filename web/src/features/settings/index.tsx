import Dialog from '@mui/material/Dialog'
import type { ApiKeyCreated, ApiKeyList } from '@server/modules/access/contract'
import { KeyRound, Plus } from 'lucide-react'
import { useEffect, useState } from 'react'
import {
  ApiError,
  useApiKeys,
  useChangeOrganization,
  useCreateApiKey,
  useMembers,
  useRevokeApiKey,
  useSession,
} from '../../api'
import { useQuestion } from '../../app/question'
import { fill, type LocaleId, Rich, useLocale, useMessages } from '../../i18n'
import {
  Button,
  Card,
  CopyButton,
  currencyChoices,
  DataTable,
  EmptyState,
  ErrorPanel,
  GuideLink,
  languageChoices,
  SelectField,
  SentenceHeader,
  SkeletonRows,
  TextField,
  timeZoneChoices,
} from '../../ui'
import { date, relativeTime } from '../../ui/format'
import { AttributionCard } from './attribution-card'
import { useSettingsMessages } from './messages'
import './settings.css'

export function SettingsPage() {
  const t = useSettingsMessages()
  const { organization } = useQuestion()
  const session = useSession()
  return (
    <>
      <SentenceHeader
        facts={
          <>
            {session.data && <span>{fill(t.version, { version: session.data.version })}</span>}
            <GuideLink page="index" />
          </>
        }
      >
        <Rich text={t.lead} values={{ name: organization.name }} />
      </SentenceHeader>
      <div className="settings-grid">
        <div style={{ display: 'grid', gap: 'var(--gap)', alignContent: 'start' }}>
          <OrganizationCard />
          <PeopleCard />
        </div>
        <div style={{ display: 'grid', gap: 'var(--gap)' }}>
          <KeysCard />
          <SendCard />
          <AttributionCard />
        </div>
      </div>
    </>
  )
}

function OrganizationCard() {
  const t = useSettingsMessages()
  const { common, rateSources } = useMessages()
  const locale = useLocale()
  const { organization } = useQuestion()
  const change = useChangeOrganization()
  const [form, setForm] = useState({
    name: organization.name,
    timeZone: organization.timeZone,
    currency: organization.currency,
    locale: organization.locale,
    rateSource: organization.rateSource,
  })
  useEffect(() => {
    setForm({
      name: organization.name,
      timeZone: organization.timeZone,
      currency: organization.currency,
      locale: organization.locale,
      rateSource: organization.rateSource,
    })
  }, [organization])
  const changed = (Object.keys(form) as (keyof typeof form)[]).some((key) => form[key] !== organization[key])
  const set = (key: keyof typeof form) => (event: { target: { value: string } }) =>
    setForm((before) => ({
      ...before,
      [key]: (key === 'rateSource' && event.target.value === '' ? null : event.target.value) as LocaleId,
    }))
  return (
    <Card title={t.organization}>
      <form
        className="settings-form"
        onSubmit={(event) => {
          event.preventDefault()
          change.mutate(form)
        }}
      >
        <TextField label={t.name} required maxLength={100} value={form.name} onChange={set('name')} />
        <SelectField label={t.timeZone} hint={t.timeZoneHint} value={form.timeZone} onChange={set('timeZone')}>
          {timeZoneChoices(form.timeZone)}
        </SelectField>
        <SelectField label={t.currency} hint={t.currencyHint} value={form.currency} onChange={set('currency')}>
          {currencyChoices(form.currency, locale)}
        </SelectField>
        <SelectField label={t.rates} hint={t.ratesHint} value={form.rateSource ?? ''} onChange={set('rateSource')}>
          <option value="">{t.noRates}</option>
          {(Object.keys(rateSources) as (keyof typeof rateSources)[]).map((source) => (
            <option key={source} value={source}>
              {rateSources[source]}
            </option>
          ))}
        </SelectField>
        <SelectField label={t.language} hint={t.languageHint} value={form.locale} onChange={set('locale')}>
          {languageChoices()}
        </SelectField>
        {change.error instanceof ApiError && <ErrorPanel error={change.error} />}
        <div className="form-end">
          <Button kind="primary" type="submit" disabled={!changed || change.isPending}>
            {common.save}
          </Button>
          <span className="quiet" role="status">
            {change.isSuccess && !changed ? common.saved : ''}
          </span>
        </div>
      </form>
    </Card>
  )
}

/** Who can sign in. */
function PeopleCard() {
  const t = useSettingsMessages()
  const locale = useLocale()
  const { timeZone } = useQuestion()
  const session = useSession()
  const members = useMembers()
  const roles: Record<string, string> = t.roles
  return (
    <Card title={t.people} note={t.peopleNote} flush>
      {members.isPending && <SkeletonRows rows={2} height={44} />}
      {members.isError && <ErrorPanel error={members.error} onRetry={() => void members.refetch()} />}
      {members.data && (
        <DataTable
          caption={t.people}
          rows={members.data.members}
          rowKey={(member) => member.id}
          columns={[
            {
              id: 'name',
              phone: 'title',
              header: t.columns.name,
              cell: (member) => (
                <span className="two-lines">
                  <b>
                    {member.name}{' '}
                    {member.id === session.data?.user?.id && <span className="quiet person-you">{t.you}</span>}
                  </b>
                  <small>{member.email}</small>
                </span>
              ),
            },
            { id: 'role', phone: 'amount', header: t.role, cell: (member) => roles[member.role] ?? member.role },
            {
              id: 'since',
              phone: 'aside',
              header: t.since,
              align: 'right',
              cell: (member) => <span className="quiet">{date(member.since, locale, timeZone)}</span>,
            },
          ]}
        />
      )}
    </Card>
  )
}

function KeysCard() {
  const t = useSettingsMessages()
  const common = useMessages().common
  const locale = useLocale()
  const { timeZone } = useQuestion()
  const keys = useApiKeys()
  const create = useCreateApiKey()
  const revoke = useRevokeApiKey()
  const [name, setName] = useState('')
  const [created, setCreated] = useState<ApiKeyCreated | null>(null)
  const [leaving, setLeaving] = useState<ApiKeyList['keys'][number] | null>(null)
  return (
    <Card title={t.keys} note={t.keysNote} flush>
      <form
        className="key-form"
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate(name.trim(), {
            onSuccess: (key) => {
              setCreated(key)
              setName('')
            },
          })
        }}
      >
        <TextField
          label={t.keyName}
          placeholder={t.keyNamePlaceholder}
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Button
          type="submit"
          kind="primary"
          icon={<Plus size={14} strokeWidth={1.75} aria-hidden="true" />}
          disabled={create.isPending || name.trim() === ''}
        >
          {t.create}
        </Button>
      </form>
      {create.error && <ErrorPanel error={create.error} />}
      {created && (
        <div className="key-created" role="status">
          <strong>{t.created}</strong>
          <code>{created.key}</code>
          <div className="row">
            <CopyButton text={created.key} />
            <Button small onClick={() => setCreated(null)}>
              {t.done}
            </Button>
            <span className="muted">{t.createdHint}</span>
          </div>
        </div>
      )}
      {keys.isPending ? (
        <SkeletonRows rows={3} />
      ) : keys.isError ? (
        <ErrorPanel error={keys.error} onRetry={() => void keys.refetch()} />
      ) : keys.data.keys.length === 0 ? (
        <EmptyState icon={<KeyRound size={20} strokeWidth={1.75} />} title={t.noKeys}>
          {t.noKeysHint}
        </EmptyState>
      ) : (
        <DataTable
          caption={t.keys}
          rows={keys.data.keys}
          rowKey={(key) => key.id}
          columns={[
            { id: 'name', phone: 'title', header: t.columns.name, cell: (key) => key.name },
            { id: 'start', phone: 'note', header: t.columns.start, cell: (key) => <code>{key.start}…</code> },
            { id: 'created', header: t.columns.created, cell: (key) => date(key.createdAt, locale, timeZone) },
            {
              id: 'used',
              phone: 'aside',
              header: t.columns.used,
              cell: (key) => (key.lastUsedAt === null ? t.never : relativeTime(key.lastUsedAt, locale)),
            },
            {
              id: 'revoke',
              phone: 'amount',
              header: <span className="visually-hidden">{t.revoke}</span>,
              align: 'right',
              cell: (key) => (
                <Button small kind="danger" onClick={() => setLeaving(key)}>
                  {t.revoke}
                </Button>
              ),
            },
          ]}
        />
      )}
      {leaving && (
        <Dialog open onClose={() => setLeaving(null)} aria-labelledby="revoke-title">
          <div style={{ padding: 20, maxWidth: 420, display: 'grid', gap: 12 }}>
            <h2 id="revoke-title" style={{ fontSize: 16, lineHeight: '24px' }}>
              {t.revokeYes}
            </h2>
            <p className="muted">{fill(t.revokeAsk, { name: leaving.name })}</p>
            {revoke.error && <ErrorPanel error={revoke.error} />}
            <div style={{ display: 'flex', gap: 8, justifyContent: 'flex-end' }}>
              <Button onClick={() => setLeaving(null)}>{common.cancel}</Button>
              <Button
                kind="danger"
                disabled={revoke.isPending}
                onClick={() => revoke.mutate(leaving.id, { onSuccess: () => setLeaving(null) })}
              >
                {t.revokeYes}
              </Button>
            </div>
          </div>
        </Dialog>
      )}
    </Card>
  )
}

function SendCard() {
  const t = useSettingsMessages()
  const text = `OTEL_EXPORTER_OTLP_ENDPOINT=${location.origin}\nOTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nOTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20izk_…"`
  return (
    <Card title={t.send} tools={<CopyButton text={text} />}>
      <p className="muted">
        {t.sendHint} <GuideLink page="first-telemetry" />
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className="code-block" tabIndex={0}>
        {text}
      </pre>
    </Card>
  )
}
