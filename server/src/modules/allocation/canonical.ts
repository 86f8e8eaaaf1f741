import { createHash } from 'node:crypto'

/** JSON with sorted keys: the same content is the same text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value !== null && typeof value === 'object')
    return `{${Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
      .join(',')}}`
  return JSON.stringify(value)
}

/** SHA-256 of the canonical JSON, hex. */
export const hashOf = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex')
