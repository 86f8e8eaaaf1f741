import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { unavailable } from '../../primitives/errors'

/** Encrypts credentials for the database. `subject` (the connection) is bound in: a sealed text copied elsewhere does not open. */
export type Sealer = {
  seal(values: Record<string, string>, subject: string): string
  /** @throws Failure credentials_unreadable when no known key sealed it */
  open(sealed: string, subject: string): Record<string, string>
  /** False for what an earlier key sealed. */
  isCurrent(sealed: string): boolean
}

/** AES-256-GCM under a key derived from the secret key; earlier secret keys still open what they sealed. */
export function createSealer(secretKey: string, previous: readonly string[] = []): Sealer {
  const current = keyOf(secretKey)
  const keys = new Map([...previous.map(keyOf), current].map((key) => [key.id, key]))
  return {
    seal(values, subject) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', current.key, iv).setAAD(Buffer.from(`${current.id}:${subject}`))
      const text = Buffer.concat([cipher.update(JSON.stringify(values), 'utf8'), cipher.final(), cipher.getAuthTag()])
      return ['v1', current.id, iv.toString('base64url'), text.toString('base64url')].join('.')
    },
    open(sealed, subject) {
      const [version, id = '', iv = '', text = ''] = sealed.split('.')
      const known = keys.get(id)
      const bytes = Buffer.from(text, 'base64url')
      try {
        if (version !== 'v1' || !known) throw new Error(`sealed with key ${id}`)
        const decipher = createDecipheriv('aes-256-gcm', known.key, Buffer.from(iv, 'base64url'))
          .setAAD(Buffer.from(`${id}:${subject}`))
          .setAuthTag(bytes.subarray(-16))
        const plain = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()])
        return JSON.parse(plain.toString('utf8')) as Record<string, string>
      } catch (cause) {
        throw unavailable(
          'credentials_unreadable',
          'The sealed credentials cannot be opened with INFRAZEN_SECRET_KEY. Set the key that sealed them in INFRAZEN_PREVIOUS_SECRET_KEYS, or enter the credentials again.',
          {},
          { cause },
        )
      }
    },
    isCurrent: (sealed) => sealed.split('.')[1] === current.id,
  }
}

function keyOf(secret: string) {
  const key = Buffer.from(hkdfSync('sha256', secret, 'infrazen', 'connection credentials', 32))
  return { key, id: createHash('sha256').update(key).digest('hex').slice(0, 8) }
}
