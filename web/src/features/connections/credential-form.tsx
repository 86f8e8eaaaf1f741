import type { ConnectorManifest } from '@server/modules/connections/contract'
import { useLocale } from '../../i18n'
import { SelectField, TextField } from '../../ui'
import { useConnectionMessages } from './messages'

export type FieldProblems = Record<string, 'missing' | 'pattern' | 'choice' | 'address' | 'unknown'>

/** The form that the manifest describes. A sealed secret is never shown; left empty it stays. */
export function CredentialForm({
  manifest,
  values,
  sealed = [],
  problems,
  onChange,
}: {
  manifest: ConnectorManifest
  values: Record<string, string>
  sealed?: readonly string[]
  problems: FieldProblems
  onChange: (id: string, value: string) => void
}) {
  const t = useConnectionMessages()
  const locale = useLocale()
  return (
    <>
      {manifest.credentials.map((field) => {
        const wrong = problems[field.id]
        const common = {
          label: field.label[locale],
          hint: sealed.includes(field.id) ? t.setUp.keep : field.help?.[locale],
          problem:
            wrong &&
            (wrong === 'pattern' ? (field.patternHelp?.[locale] ?? t.setUp.wrong.pattern) : t.setUp.wrong[wrong]),
          value: values[field.id] ?? '',
        }
        if (field.kind === 'choice')
          return (
            <SelectField key={field.id} {...common} onChange={(event) => onChange(field.id, event.target.value)}>
              {field.choices?.map((choice) => (
                <option key={choice.value} value={choice.value}>
                  {choice.label[locale]}
                </option>
              ))}
            </SelectField>
          )
        return (
          <TextField
            key={field.id}
            {...common}
            type={field.kind === 'secret' ? 'password' : field.kind === 'url' ? 'url' : 'text'}
            autoComplete="off"
            spellCheck={false}
            placeholder={sealed.includes(field.id) ? '••••••••' : field.placeholder}
            onChange={(event) => onChange(field.id, event.target.value)}
          />
        )
      })}
    </>
  )
}

/** The values of a form that nobody has touched. */
export const initialValues = (manifest: ConnectorManifest): Record<string, string> =>
  Object.fromEntries(manifest.credentials.map((field) => [field.id, field.initial ?? '']))

/** What is wrong with the values, before they are sent. */
export function problemsOf(
  manifest: ConnectorManifest,
  values: Record<string, string>,
  sealed: readonly string[] = [],
): FieldProblems {
  const problems: FieldProblems = {}
  for (const field of manifest.credentials) {
    const value = (values[field.id] ?? '').trim()
    if (value === '') {
      if (field.required && !sealed.includes(field.id)) problems[field.id] = 'missing'
    } else if (field.pattern && !new RegExp(`^(?:${field.pattern})$`, 'u').test(value)) problems[field.id] = 'pattern'
    else if (field.kind === 'url' && !/^https?:\/\/./.test(value)) problems[field.id] = 'address'
  }
  return problems
}
