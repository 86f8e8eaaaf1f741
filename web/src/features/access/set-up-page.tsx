import { Navigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { ApiError, useSession, useSetUp } from '../../api'
import { type LocaleId, problemText, useLocale } from '../../i18n'
import { Button, currencyChoices, languageChoices, SelectField, TextField, timeZoneChoices } from '../../ui'
import { Door } from './door'
import { useAccessMessages } from './messages'

const currencyOf: Record<LocaleId, string> = { en: 'USD', ko: 'KRW', ru: 'RUB' }

export function SetUpPage() {
  const t = useAccessMessages().setup
  const session = useSession()
  const setUp = useSetUp()
  const locale = useLocale()
  const [form, setForm] = useState(() => ({
    organization: '',
    name: '',
    email: '',
    password: '',
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC',
    currency: currencyOf[locale],
    locale,
    code: '',
  }))
  useEffect(() => {
    document.title = `${t.title} · InfraZen`
  }, [t.title])
  if (session.data && session.data.state !== 'setup') return <Navigate to="/overview" replace />

  const bind = <K extends keyof typeof form>(key: K) => ({
    name: key,
    value: form[key],
    onChange: (event: { target: { value: string } }) => setForm((before) => ({ ...before, [key]: event.target.value })),
  })
  const problem = setUp.error instanceof ApiError ? setUp.error : null
  return (
    <Door title={t.title} lead={t.lead} wide>
      <form
        className="card door-form"
        onSubmit={(event) => {
          event.preventDefault()
          setUp.mutate({ ...form, code: form.code === '' ? undefined : form.code.trim() })
        }}
      >
        <TextField
          label={t.organization}
          hint={t.organizationHint}
          required
          maxLength={100}
          autoComplete="organization"
          {...bind('organization')}
        />
        <div className="two">
          <TextField label={t.name} required maxLength={100} autoComplete="name" {...bind('name')} />
          <TextField label={t.email} type="email" required autoComplete="email" {...bind('email')} />
        </div>
        <TextField
          label={t.password}
          hint={t.passwordHint}
          type="password"
          required
          minLength={12}
          maxLength={128}
          autoComplete="new-password"
          {...bind('password')}
        />
        <div className="two">
          <SelectField label={t.timeZone} hint={t.timeZoneHint} {...bind('timeZone')}>
            {timeZoneChoices(form.timeZone)}
          </SelectField>
          <SelectField label={t.currency} hint={t.currencyHint} {...bind('currency')}>
            {currencyChoices(form.currency, locale)}
          </SelectField>
        </div>
        <div className="two">
          <SelectField label={t.language} {...bind('locale')}>
            {languageChoices()}
          </SelectField>
          <TextField label={t.code} hint={t.codeHint} autoComplete="off" {...bind('code')} />
        </div>
        {problem && (
          <p className="form-problem" role="alert">
            {problemText(problem, locale)}
          </p>
        )}
        <Button kind="primary" type="submit" disabled={setUp.isPending}>
          {t.submit}
        </Button>
      </form>
    </Door>
  )
}
