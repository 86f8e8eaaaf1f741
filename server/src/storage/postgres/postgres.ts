import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { type EmbeddedPostgres, openEmbeddedPostgres } from './pglite'

/**
 * People, rules and jobs. `pool` and `db` reach the same database through the same driver, embedded or not.
 * Embedded there is one connection: never query `pool` or `db` while holding a client, it would wait for itself.
 */
export interface Postgres {
  readonly pool: pg.Pool
  readonly db: NodePgDatabase
  readonly embedded: boolean
  /** Embedded alone: a copy of the whole database in one file. A server has backups of its own. */
  snapshot(file: string): Promise<void>
  close(): Promise<void>
}

/** Opens the server at `url`, or else the embedded database in the folder `path`. Throws when it cannot be reached. */
export async function openPostgres(settings: { url?: string; path?: string }): Promise<Postgres> {
  if (settings.url) return openServer(settings.url)
  if (settings.path) return openEmbedded(settings.path)
  throw new TypeError('openPostgres needs a url or a path')
}

async function openServer(url: string): Promise<Postgres> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 10_000,
    application_name: 'infrazen',
    statement_timeout: 60_000,
  })
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => {})
  try {
    await pool.query('SELECT 1')
  } catch (error) {
    await pool.end()
    throw error
  }
  return {
    pool,
    db: drizzle({ client: pool }),
    embedded: false,
    snapshot: () => Promise.reject(new Error('a PostgreSQL server is backed up with its own tools, e.g. pg_dump')),
    close: () => pool.end(),
  }
}

async function openEmbedded(path: string): Promise<Postgres> {
  const embedded: EmbeddedPostgres = await openEmbeddedPostgres(path)
  const pool = new pg.Pool({
    user: 'postgres',
    database: 'postgres',
    max: 1,
    idleTimeoutMillis: 0,
    stream: () => embedded.connect() as never,
  })
  pool.on('error', () => {})
  return {
    pool,
    db: drizzle({ client: pool }),
    embedded: true,
    snapshot: (file) => embedded.snapshot(file),
    async close() {
      await pool.end()
      await embedded.close()
    },
  }
}
