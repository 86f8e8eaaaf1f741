import { createHash, randomBytes } from 'node:crypto'
import { and, asc, eq, isNull } from 'drizzle-orm'
import { notFound } from '../../primitives/errors'
import { newId } from '../../primitives/ids'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'
import type { ApiKeyCreated, ApiKeyList } from './contract'

// Telemetry arrives many times a second with the same key. Another server learns of a revocation after this long; this one at once.
const rememberedForMs = 5_000
const lastUsedEveryMs = 60_000

const { apiKeys } = tables
type Database = Pick<Postgres['db'], 'insert'>

/** API keys: known by their SHA-256 alone. 256 random bits need no slow hash. */
export type ApiKeys = ReturnType<typeof openApiKeys>

export function openApiKeys(postgres: Postgres) {
  const remembered = new Map<string, { scope: Promise<Scope | null>; until: number }>()
  const lastUsed = new Map<string, number>()

  async function lookUp(hash: string): Promise<Scope | null> {
    const [row] = await postgres.db
      .select({ id: apiKeys.id, organizationId: apiKeys.organizationId })
      .from(apiKeys)
      .where(and(eq(apiKeys.hash, hash), isNull(apiKeys.revokedAt)))
    if (row && Date.now() - (lastUsed.get(row.id) ?? 0) > lastUsedEveryMs) {
      lastUsed.set(row.id, Date.now())
      await postgres.db.update(apiKeys).set({ lastUsedAt: new Date() }).where(eq(apiKeys.id, row.id))
    }
    return row ? { organizationId: row.organizationId, actor: `key:${row.id}` } : null
  }

  return {
    /** The scope a key stands for, or null for a key that is unknown or revoked. */
    async authenticate(key: string): Promise<Scope | null> {
      const hash = hashOf(key)
      const known = remembered.get(hash)
      if (known && known.until > Date.now()) return known.scope
      // Bounded, so that guessing keys cannot fill the memory.
      if (remembered.size > 10_000) remembered.clear()
      // Remembered before the answer is there: many requests at once wait for one look-up.
      const scope = lookUp(hash)
      const entry = { scope, until: Date.now() + rememberedForMs }
      remembered.set(hash, entry)
      scope.catch(() => remembered.get(hash) === entry && remembered.delete(hash))
      return scope
    },

    async list(scope: Scope): Promise<ApiKeyList> {
      const rows = await postgres.db
        .select()
        .from(apiKeys)
        .where(and(eq(apiKeys.organizationId, scope.organizationId), isNull(apiKeys.revokedAt)))
        .orderBy(asc(apiKeys.createdAt), asc(apiKeys.id))
      return { keys: rows.map(toApiKey) }
    },

    /** The key is in the answer and nowhere else, ever again. */
    async create(scope: Scope, name: string): Promise<ApiKeyCreated> {
      return postgres.db.transaction(async (tx) => {
        const created = await insertApiKey(tx, scope, name, `izk_${randomBytes(32).toString('base64url')}`)
        await tx
          .insert(tables.audit)
          .values({ ...auditOf(scope, created.id), action: 'api_key.created', details: { name } })
        return created
      })
    },

    /** Throws `api_key_not_found` for a key of another organization or one revoked before. */
    async revoke(scope: Scope, id: string): Promise<void> {
      await postgres.db.transaction(async (tx) => {
        const revoked = await tx
          .update(apiKeys)
          .set({ revokedAt: new Date() })
          .where(and(eq(apiKeys.id, id), eq(apiKeys.organizationId, scope.organizationId), isNull(apiKeys.revokedAt)))
          .returning({ name: apiKeys.name })
        if (!revoked[0])
          throw notFound('api_key_not_found', 'There is no such key. It may have been revoked already.', { id })
        await tx
          .insert(tables.audit)
          .values({ ...auditOf(scope, id), action: 'api_key.revoked', details: { name: revoked[0].name } })
      })
      remembered.clear()
    },
  }
}

/** Stores `key` under its hash. `database` may be a transaction. */
export async function insertApiKey(
  database: Database,
  scope: Scope,
  name: string,
  key: string,
): Promise<ApiKeyCreated> {
  const [row] = await database
    .insert(apiKeys)
    .values({
      id: newId(),
      organizationId: scope.organizationId,
      name,
      start: key.slice(0, 8),
      hash: hashOf(key),
      createdBy: scope.actor,
    })
    .returning()
  if (!row) throw new Error('the key was not stored')
  return { ...toApiKey(row), key }
}

function toApiKey(row: typeof apiKeys.$inferSelect) {
  return {
    id: row.id,
    name: row.name,
    start: row.start,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  }
}

const auditOf = (scope: Scope, subject: string) => ({
  id: newId(),
  organizationId: scope.organizationId,
  actor: scope.actor,
  subject,
})

const hashOf = (key: string) => createHash('sha256').update(key).digest('hex')
