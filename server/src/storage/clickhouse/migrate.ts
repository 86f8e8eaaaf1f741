import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ClickHouse } from './clickhouse'

/** Where the numbered statements live: beside the source, or beside the bundle. */
const folders = [
  join(dirname(fileURLToPath(import.meta.url)), 'migrations'),
  join(dirname(fileURLToPath(import.meta.url)), 'clickhouse-migrations'),
]

/**
 * Brings the ledger's tables up to date. Forward only; every statement may run twice, so two servers may start at once.
 * @throws Error when the ledger is newer than this program
 */
export async function migrateClickHouse(clickhouse: ClickHouse): Promise<void> {
  await clickhouse.command({
    name: 'storage.migrations',
    sql: "CREATE TABLE IF NOT EXISTS schema_migrations_v1 (Name String, AppliedAt DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY Name",
  })
  const { pending, unknown } = await migrationsOfClickHouse(clickhouse)
  if (unknown.length > 0)
    throw new Error(
      `the ledger was migrated by a newer InfraZen (${unknown.join(', ')}): start that version, or restore a backup made before it`,
    )
  for (const [name, text] of await migrations()) {
    if (!pending.includes(name)) continue
    for (const statement of text.split(/;[^\S\n]*\n/))
      if (/\S/.test(statement.replace(/--.*$/gm, '')))
        await clickhouse.command({ name: `migration ${name}`, sql: statement })
    await clickhouse.command({
      name: 'storage.migrated',
      sql: 'INSERT INTO schema_migrations_v1 SELECT {name:String}, now64(3)',
      params: { name },
    })
  }
}

/** Which migrations wait, and which the ledger has that this program does not know. Changes nothing. */
export async function migrationsOfClickHouse(
  clickhouse: ClickHouse,
): Promise<{ pending: string[]; unknown: string[] }> {
  const known = (await migrations()).map(([name]) => name)
  const [table] = await clickhouse.query<{ n: string }>({
    name: 'storage.hasMigrations',
    sql: "SELECT count() AS n FROM system.tables WHERE database = currentDatabase() AND name = 'schema_migrations_v1'",
  })
  const applied =
    table?.n === '0'
      ? []
      : (
          await clickhouse.query<{ Name: string }>({
            name: 'storage.applied',
            sql: 'SELECT DISTINCT Name FROM schema_migrations_v1 ORDER BY Name',
          })
        ).map((row) => row.Name)
  return {
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  }
}

async function migrations(): Promise<[string, string][]> {
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => null)
    if (names)
      return Promise.all(
        names
          .filter((name) => name.endsWith('.sql'))
          .sort()
          .map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as [string, string]),
      )
  }
  throw new Error(`No migrations found in ${folders.join(' or ')}. The build is incomplete: run npm run build.`)
}
