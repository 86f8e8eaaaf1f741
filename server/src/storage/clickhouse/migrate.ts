import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ClickHouse } from './clickhouse'

/** Where the numbered statements live: beside the source, or beside the bundle. */
const folders = [
  join(dirname(fileURLToPath(import.meta.url)), 'migrations'),
  join(dirname(fileURLToPath(import.meta.url)), 'clickhouse-migrations'),
]

/** Brings the ledger's tables up to date. Forward only; every statement may run twice, so two servers may start at once. */
export async function migrateClickHouse(clickhouse: ClickHouse): Promise<void> {
  await clickhouse.command({
    name: 'storage.migrations',
    sql: "CREATE TABLE IF NOT EXISTS schema_migrations_v1 (Name String, AppliedAt DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY Name",
  })
  const done = new Set(
    (
      await clickhouse.query<{ Name: string }>({
        name: 'storage.applied',
        sql: 'SELECT DISTINCT Name FROM schema_migrations_v1',
      })
    ).map((row) => row.Name),
  )
  for (const [name, text] of await migrations()) {
    if (done.has(name)) continue
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
