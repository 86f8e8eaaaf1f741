import { Navigate } from '@tanstack/react-router'
import { Sparkles } from 'lucide-react'
import { useEffect, useState } from 'react'
import { ApiError, useSession, useSignIn } from '../../api'
import { problemText, useLocale } from '../../i18n'
import { Button, TextField } from '../../ui'
import { Door } from './door'
import { useAccessMessages } from './messages'

export function SignInPage() {
  const t = useAccessMessages().signIn
  const session = useSession()
  const signIn = useSignIn()
  const locale = useLocale()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const demo = session.data?.demo ?? null

  useEffect(() => {
    if (!demo) return
    setEmail(demo.email)
    setPassword(demo.password)
  }, [demo])
  useEffect(() => {
    document.title = `${t.title} · InfraZen`
  }, [t.title])

  if (session.data?.state === 'setup') return <Navigate to="/setup" replace />
  if (session.data?.state === 'signed_in') return <Navigate to="/overview" replace />

  const refused =
    signIn.error instanceof ApiError
      ? signIn.error.status === 401 || signIn.error.status === 403
        ? t.wrong
        : problemText(signIn.error, locale)
      : null
  return (
    <Door title={t.title} lead={t.lead}>
      {demo && (
        <div className="door-demo">
          <Sparkles size={16} strokeWidth={1.75} aria-hidden="true" />
          <div>
            <strong>{t.demoTitle}</strong>
            <span>{t.demoHint}</span>
          </div>
        </div>
      )}
      <form
        className="card door-form"
        onSubmit={(event) => {
          event.preventDefault()
          signIn.mutate({ email, password })
        }}
      >
        <TextField
          label={t.email}
          type="email"
          name="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <TextField
          label={t.password}
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {refused && (
          <p className="form-problem" role="alert">
            {refused}
          </p>
        )}
        <Button kind="primary" type="submit" disabled={signIn.isPending}>
          {demo && email === demo.email ? t.demoSubmit : t.submit}
        </Button>
      </form>
    </Door>
  )
}
