import type { ConnectorManifest } from '@server/modules/connections/contract'
import { ExternalLink, LoaderCircle, Lock, Plug } from 'lucide-react'
import { useState } from 'react'
import { ApiError } from '../../api'
import { useLocale } from '../../i18n'
import { Button, CopyButton, Drawer, SelectField, TextField } from '../../ui'
import { duration } from '../../ui/format'
import { Checks } from './checks'
import { CredentialForm, type FieldProblems, initialValues, problemsOf } from './credential-form'
import type { ConnectionActions } from './hooks'
import { useConnectionMessages } from './messages'
import { nameOf } from './name-of'
import { SaidError } from './said-error'

/** Guided set-up, drawn from the manifest: what to do at the provider, credentials, test, and the first sync. */
export function SetUpDrawer({
  manifest,
  names,
  actions,
  onConnected,
  onClose,
}: {
  manifest: ConnectorManifest
  names: readonly string[]
  actions: ConnectionActions
  onConnected: (name: string) => void
  onClose: () => void
}) {
  const t = useConnectionMessages()
  const locale = useLocale()
  const [values, setValues] = useState(() => initialValues(manifest))
  const [name, setName] = useState(() => freeName(nameOf(manifest, locale), names))
  const [months, setMonths] = useState(13)
  const [problems, setProblems] = useState<FieldProblems>({})
  const { tryOut, create } = actions
  const change = (id: string, value: string) => {
    setValues((before) => ({ ...before, [id]: value }))
    setProblems(({ [id]: _, ...rest }) => rest)
    tryOut.reset()
  }
  const sound = () => {
    const found = problemsOf(manifest, values)
    setProblems(found)
    return Object.keys(found).length === 0
  }
  const test = () => {
    if (sound()) tryOut.mutate({ connector: manifest.id, values })
  }
  const connect = () => {
    if (!sound() || name.trim() === '') return
    create.mutate(
      { connector: manifest.id, name: name.trim(), values, historyMonths: months },
      { onSuccess: (made) => onConnected(made.name) },
    )
  }
  const nameTaken = create.error instanceof ApiError && create.error.code === 'name_taken'
  return (
    <Drawer title={t.setUp.title(nameOf(manifest, locale))} onClose={onClose}>
      <form
        className="set-up"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (tryOut.data?.ok) connect()
          else test()
        }}
      >
        <p className="quiet">{manifest.summary[locale]}</p>
        <section>
          <h3>{t.setUp.steps}</h3>
          <ol className="steps">
            {manifest.setUp.map((step) => (
              <li key={step.title.en}>
                <strong>{step.title[locale]}</strong>
                <p>{step.text[locale]}</p>
                {step.copy && (
                  <div className="paste">
                    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
                    <pre tabIndex={0}>{step.copy}</pre>
                    <CopyButton text={step.copy} />
                  </div>
                )}
                {step.link && (
                  <a href={step.link} target="_blank" rel="noreferrer" className="step-link">
                    <ExternalLink size={13} strokeWidth={1.75} aria-hidden="true" />
                    {t.setUp.open}
                  </a>
                )}
              </li>
            ))}
          </ol>
        </section>
        <section className="fields">
          <h3>{t.setUp.credentials}</h3>
          <CredentialForm manifest={manifest} values={values} problems={problems} onChange={change} />
          <p className="quiet with-icon">
            <Lock size={13} strokeWidth={1.75} aria-hidden="true" />
            {t.setUp.sealed}
          </p>
        </section>
        <section>
          <h3>{t.setUp.rights}</h3>
          <div aria-live="polite">
            {tryOut.data && (
              <p className={tryOut.data.ok ? 'good-text' : 'warn-text'}>
                {tryOut.data.ok ? t.test.ok : t.test.missing}
                {tryOut.data.account && ` ${t.test.account(tryOut.data.account.name)}`}
              </p>
            )}
          </div>
          <Checks manifest={manifest} checks={tryOut.data?.checks ?? null} />
          {tryOut.isError && <SaidError error={tryOut.error} />}
        </section>
        <section className="fields">
          <TextField
            label={t.setUp.name}
            hint={t.setUp.nameHint}
            value={name}
            maxLength={100}
            problem={name.trim() === '' ? t.setUp.required : nameTaken ? create.error?.message : undefined}
            onChange={(event) => {
              setName(event.target.value)
              create.reset()
            }}
          />
          <SelectField
            label={t.setUp.history}
            hint={t.setUp.historyHint}
            value={String(months)}
            onChange={(event) => setMonths(Number(event.target.value))}
          >
            {[1, 3, 6, 13, 25, 37].map((n) => (
              <option key={n} value={n}>
                {t.setUp.months(n)}
              </option>
            ))}
          </SelectField>
          <p className="quiet">{t.setUp.asks(duration(manifest.everyMinutes * 60_000, locale))}</p>
        </section>
        {create.isError && !nameTaken && <SaidError error={create.error} />}
        <div className="set-up-actions">
          <Button
            onClick={test}
            disabled={tryOut.isPending}
            icon={tryOut.isPending ? <LoaderCircle size={14} className="spin" aria-hidden="true" /> : undefined}
          >
            {tryOut.isPending ? t.setUp.testing : t.setUp.test}
          </Button>
          <Button
            kind="primary"
            type="submit"
            onClick={(event) => {
              event.preventDefault()
              connect()
            }}
            disabled={create.isPending || tryOut.data?.ok !== true}
            icon={<Plug size={14} strokeWidth={1.75} aria-hidden="true" />}
          >
            {create.isPending ? t.setUp.connecting : t.setUp.connect}
          </Button>
        </div>
      </form>
    </Drawer>
  )
}

function freeName(name: string, names: readonly string[]): string {
  if (!names.includes(name)) return name
  for (let number = 2; ; number++) if (!names.includes(`${name} ${number}`)) return `${name} ${number}`
}
