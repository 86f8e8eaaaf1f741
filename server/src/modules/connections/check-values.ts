import type { Manifest } from '@infrazen/connector-kit'
import { invalid } from '../../primitives/errors'

export type CheckedValues = { secrets: Record<string, string>; options: Record<string, string> }

/**
 * What was typed into a connector's form, judged by its manifest and parted into secrets and the rest.
 * @throws Failure `invalid_credentials` with `problems: [{ field, code }]`
 */
export function checkValues(manifest: Manifest, given: Record<string, string>): CheckedValues {
  const problems: { field: string; code: 'missing' | 'pattern' | 'choice' | 'address' | 'unknown' }[] = []
  const checked: CheckedValues = { secrets: {}, options: {} }
  for (const field of manifest.credentials) {
    const value = (given[field.id] ?? '').trim() || field.initial || ''
    if (value === '') {
      if (field.required) problems.push({ field: field.id, code: 'missing' })
      continue
    }
    if (field.pattern && !new RegExp(`^(?:${field.pattern})$`, 'u').test(value))
      problems.push({ field: field.id, code: 'pattern' })
    else if (field.kind === 'choice' && !field.choices?.some((choice) => choice.value === value))
      problems.push({ field: field.id, code: 'choice' })
    else if (field.kind === 'url' && !isAddress(value)) problems.push({ field: field.id, code: 'address' })
    if (field.kind === 'secret') checked.secrets[field.id] = value
    else checked.options[field.id] = value
  }
  for (const id of Object.keys(given))
    if (!manifest.credentials.some((field) => field.id === id)) problems.push({ field: id, code: 'unknown' })
  if (problems.length > 0)
    throw invalid(
      'invalid_credentials',
      `These fields cannot be used: ${problems.map(({ field, code }) => `${field} (${code})`).join(', ')}.`,
      { problems },
    )
  return checked
}

function isAddress(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, username, password } = new URL(value)
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === ''
}
