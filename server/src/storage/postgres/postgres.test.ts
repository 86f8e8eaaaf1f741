import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getTableName } from 'drizzle-orm'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../primitives/ids'
import { migratePostgres, openPostgres, type Postgres, tables } from './index'

const serverUrl = process.env.INFRAZEN_TEST_DATABASE_URL

describe('PGlite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'infrazen-pglite-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  keepsItsPromises(() => openPostgres({ path: join(folder, 'postgres') }))

  test('what was written is there after the database was closed and opened again', async () => {
    const first = await openPostgres({ path: join(folder, 'again') })
    await migratePostgres(first)
    const id = await anOrganization(first)
    await first.close()
    const second = await openPostgres({ path: join(folder, 'again') })
    expect((await second.db.select().from(tables.organizations)).map((row) => row.id)).toEqual([id])
    await second.close()
  })
})

describe.skipIf(!serverUrl)('PostgreSQL server (skipped without INFRAZEN_TEST_DATABASE_URL)', () => {
  const names = [`infrazen_storage_${process.pid}`, `infrazen_two_servers_${process.pid}`] as const
  const url = (name: string) => {
    const own = new URL(serverUrl ?? '')
    own.pathname = `/${name}`
    return own.href
  }
  const asAdministrator = async (sqlOf: (name: string) => string) => {
    const client = new pg.Client({ connectionString: serverUrl })
    await client.connect()
    for (const name of names) await client.query(sqlOf(name))
    await client.end()
  }
  beforeAll(() => asAdministrator((name) => `CREATE DATABASE ${name}`))
  afterAll(() => asAdministrator((name) => `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))

  test('two servers that start at once migrate once', async () => {
    const [one, two] = await Promise.all([openPostgres({ url: url(names[1]) }), openPostgres({ url: url(names[1]) })])
    const applied = await Promise.all([migratePostgres(one), migratePostgres(two)])
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1)
    await Promise.all([one.close(), two.close()])
  })

  keepsItsPromises(() => openPostgres({ url: url(names[0]) }))
})

function keepsItsPromises(open: () => Promise<Postgres>) {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await open()
    await migratePostgres(postgres)
  })
  afterAll(() => postgres?.close())

  test('migrating again changes nothing', async () => {
    expect(await migratePostgres(postgres)).toEqual([])
  })

  test('a database of a newer version is refused, not used', async () => {
    await postgres.pool.query("INSERT INTO schema_migrations (name) VALUES ('9999_from_the_future.sql')")
    await expect(migratePostgres(postgres)).rejects.toThrow(/newer InfraZen/)
    await postgres.pool.query("DELETE FROM schema_migrations WHERE name LIKE '9999%'")
  })

  test('every table can be read through its definition', async () => {
    for (const table of Object.values(tables)) {
      await expect(postgres.db.select().from(table), getTableName(table)).resolves.toBeInstanceOf(Array)
    }
  })

  test('big whole numbers and amounts in documents keep every digit', async () => {
    const organizationId = await anOrganization(postgres)
    const connectionId = newId()
    await postgres.db.insert(tables.connections).values({ id: connectionId, organizationId, name: newId() })
    const id = newId()
    const amount = '12345678901234567890123.123456789012345678901234567890'
    const sums = [{ currency: 'EUR', BilledCost: amount, EffectiveCost: null, ListCost: '0', ContractedCost: null }]
    await postgres.db.insert(tables.imports).values({
      id,
      organizationId,
      connectionId,
      fileName: 'a.csv',
      bytes: 9_007_199_254_740_993n,
      contentHash: 'x',
      status: 'running',
      batchIds: [id],
      sums,
    })
    const [row] = await postgres.db.select().from(tables.imports)
    expect(row).toMatchObject({ bytes: 9_007_199_254_740_993n, sums, batchIds: [id], progress: 0 })
  })

  test('the same content is taken in once for a connection, and again after it failed', async () => {
    const organizationId = await anOrganization(postgres)
    const connectionId = newId()
    await postgres.db.insert(tables.connections).values({ id: connectionId, organizationId, name: 'files' })
    const anImport = (status: 'failed' | 'queued') =>
      postgres.db.insert(tables.imports).values({
        id: newId(),
        organizationId,
        connectionId,
        fileName: 'a.csv',
        contentHash: 'same',
        status,
      })
    await anImport('failed')
    await anImport('queued')
    await expect(anImport('queued')).rejects.toMatchObject({ cause: { code: '23505' } })
  })

  test('a failed transaction leaves nothing behind and the next one works', async () => {
    const id = newId()
    await expect(
      postgres.db.transaction(async (tx) => {
        await tx
          .insert(tables.organizations)
          .values({ id, name: 'gone', timeZone: 'UTC', currency: 'EUR', locale: 'en' })
        throw new Error('changed my mind')
      }),
    ).rejects.toThrow('changed my mind')
    const ids = (await postgres.db.select().from(tables.organizations)).map((row) => row.id)
    expect(ids).not.toContain(id)
  })

  test('a wrong statement is an error, and the connection goes on', async () => {
    await expect(
      postgres.pool.query('SELECT no_such_column FROM organizations WHERE id = $1', [newId()]),
    ).rejects.toThrow(/no_such_column/)
    expect((await postgres.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })

  test('many questions at once are all answered', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => postgres.pool.query<{ n: number }>('SELECT $1::int AS n', [n])),
    )
    expect(answers.map((answer) => answer.rows[0]?.n)).toEqual(Array.from({ length: 50 }, (_, n) => n))
  })
}

async function anOrganization(postgres: Postgres): Promise<string> {
  const id = newId()
  await postgres.db
    .insert(tables.organizations)
    .values({ id, name: 'Nordwind', timeZone: 'Europe/Berlin', currency: 'EUR', locale: 'en' })
  return id
}
