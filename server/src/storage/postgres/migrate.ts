import { readdirSync, readFileSync } from 'node:fs'
import type { Postgres } from './postgres'

// Any constant works as long as every server of one database uses the same.
const lockKey = 7_246_391_005n
const folder = new URL('./migrations/', import.meta.url)

const knownNames = () =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()

/** Which migrations wait, and which the database has that this program does not know. Changes nothing. */
export async function migrationsOfPostgres(postgres: Postgres): Promise<{ pending: string[]; unknown: string[] }> {
  const known = knownNames()
  const { rows: tables } = await postgres.pool.query("SELECT to_regclass('schema_migrations') AS name")
  if (!tables[0]?.name) return { pending: known, unknown: [] }
  const { rows } = await postgres.pool.query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY name')
  const applied = rows.map((row) => row.name)
  return {
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  }
}

/**
 * Applies every migration that is not yet applied, in order, each in a transaction of its own.
 * Safe to call twice and from several servers at once: the others wait at the lock and then find nothing to do.
 * `beforeChange` runs once when something is pending on a database that already holds data (a snapshot, say).
 * Returns the names applied. Throws when the database is newer than this program.
 */
export async function migratePostgres(postgres: Postgres, beforeChange?: () => Promise<void>): Promise<string[]> {
  const known = knownNames()
  const client = await postgres.pool.connect()
  try {
    // The wait for another server's migration may be long; the pool's limit for statements is for questions.
    await client.query('SET statement_timeout = 0')
    await client.query('SELECT pg_advisory_lock($1)', [lockKey.toString()])
    try {
      await client.query(
        'CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
      )
      const { rows } = await client.query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY name')
      const applied = new Set(rows.map((row) => row.name))
      const unknown = [...applied].filter((name) => !known.includes(name))
      if (unknown.length > 0) {
        throw new Error(
          `the database was migrated by a newer InfraZen (${unknown.join(', ')}): start that version, or restore a backup made before it`,
        )
      }
      const pending = known.filter((name) => !applied.has(name))
      if (pending.length > 0 && applied.size > 0) await beforeChange?.()
      for (const name of pending) {
        await client.query('BEGIN')
        try {
          await client.query(readFileSync(new URL(name, folder), 'utf8'))
          await client.query('INSERT INTO schema_migrations (name) VALUES ($1)', [name])
          await client.query('COMMIT')
        } catch (cause) {
          await client.query('ROLLBACK')
          throw new Error(`migration ${name} failed and was rolled back`, { cause })
        }
      }
      return pending
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [lockKey.toString()])
      await client.query('RESET statement_timeout')
    }
  } finally {
    client.release()
  }
}
