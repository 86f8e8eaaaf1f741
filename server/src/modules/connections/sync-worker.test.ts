import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ChargeRow, type Connector, type Page, ProviderFailure } from '@infrazen/connector-kit'
import openai from '@infrazen/connector-openai'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../primitives/ids'
import type { ClickHouse } from '../../storage/clickhouse'
import { migratePostgres, openPostgres, type Postgres, tables } from '../../storage/postgres'
import type { TakeCharges } from './commit-charges'
import { createReach } from './reach'
import { rotateSecrets } from './rotate-secrets'
import { claimRun, enqueueRun, finishRun, holdRun, listRuns } from './run-store'
import { scheduleSyncs } from './schedule-syncs'
import { createSealer } from './seal'
import { SyncWorker } from './sync-worker'
import type { TakeFiles } from './take-delivery'

const serverUrl = process.env.INFRAZEN_TEST_DATABASE_URL
const secretKey = 'k'.repeat(32)

describe('PGlite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'infrazen-syncs-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  keepsItsPromises(() => openPostgres({ path: join(folder, 'postgres') }))
})

describe.skipIf(!serverUrl)('PostgreSQL server (skipped without INFRAZEN_TEST_DATABASE_URL)', () => {
  const name = `infrazen_syncs_${process.pid}`
  const asAdministrator = async (sql: string) => {
    const client = new pg.Client({ connectionString: serverUrl })
    await client.connect()
    await client.query(sql)
    await client.end()
  }
  beforeAll(() => asAdministrator(`CREATE DATABASE ${name}`))
  afterAll(() => asAdministrator(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  keepsItsPromises(() => {
    const url = new URL(serverUrl ?? '')
    url.pathname = `/${name}`
    return openPostgres({ url: url.href })
  })
})

function keepsItsPromises(open: () => Promise<Postgres>) {
  const staging = mkdtempSync(join(tmpdir(), 'infrazen-staging-'))
  const organizationId = newId()
  const scope = { organizationId, actor: 'mina' }
  const sealer = createSealer(secretKey)
  let postgres: Postgres
  let workers: SyncWorker[] = []
  /** What reached the ledger: one list of lines an import. */
  let imports: string[][] = []

  beforeAll(async () => {
    postgres = await open()
    await migratePostgres(postgres)
    await postgres.db
      .insert(tables.organizations)
      .values({ id: organizationId, name: 'Nordwind', timeZone: 'UTC', currency: 'USD', locale: 'en' })
  })
  beforeEach(() => {
    imports = []
  })
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.stop()
    await postgres.pool.query('DELETE FROM connections')
  })
  afterAll(async () => {
    await postgres?.close()
    rmSync(staging, { recursive: true, force: true })
  })

  const takeCharges: TakeCharges = async (_scope, _file, body) => {
    const pieces: Buffer[] = []
    for await (const piece of body) pieces.push(piece)
    imports.push(Buffer.concat(pieces).toString().trim().split('\n'))
    return { importId: newId(), status: 'succeeded', quarantined: 0, message: '' }
  }
  function startWorker(connector: Connector, places = 4) {
    const worker = new SyncWorker({
      postgres,
      clickhouse: null as unknown as ClickHouse,
      reach: createReach([]),
      takeCharges,
      takeFiles: null as unknown as TakeFiles,
      stagingFolder: staging,
      connectors: new Map([[connector.manifest.id, connector]]),
      sealer,
      alone: false,
      places,
      onError: () => {},
    })
    workers.push(worker)
    return worker.start().then(() => worker)
  }
  async function connect(name: string, more: Partial<typeof tables.connections.$inferInsert> = {}) {
    const id = newId()
    await postgres.db
      .insert(tables.connections)
      .values({ id, organizationId, name, connector: 'paged', sealed: sealer.seal({ key: 'the-key' }, id), ...more })
    return id
  }
  const asked = { from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z' }
  const until = async (holds: () => Promise<boolean> | boolean) => {
    for (let tries = 0; tries < 600; tries++) {
      if (await holds()) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('it did not come to that')
  }
  const runOf = async (id: string) => (await listRuns(postgres, scope, id))[0]!

  test('a run whose worker is gone is taken over and goes on behind its last page, each row once', async () => {
    const id = await connect('Killed')
    const first = paged({ hangAt: 2 })
    await enqueueRun(postgres, scope, id, 'backfill', asked)
    await startWorker(first.connector)
    await until(async () => (await runOf(id)).pages === 2)
    // kill -9 as the database sees it: the lease ends and nobody prolongs it.
    const second = paged({})
    await postgres.pool.query("UPDATE connection_runs SET owner = $1, lease_until = now() - interval '1 second'", [
      newId(),
    ])
    await startWorker(second.connector)
    await until(async () => (await runOf(id)).status === 'succeeded')
    expect(second.cursors).toEqual(['2'])
    expect(imports).toHaveLength(1)
    expect(imports[0]!.slice(1).map((line) => /row \d/.exec(line)?.[0])).toEqual(['row 0', 'row 1', 'row 2', 'row 3'])
    expect(await runOf(id)).toMatchObject({ rows: 4, sums: [{ currency: 'USD', read: '4.4', stated: '4.4' }] })
    first.release()
    await until(() => readdirSync(staging).length === 0)
  })

  test('a server that is stopped hands its run back, and the next one goes on', async () => {
    const id = await connect('Restarted')
    const first = paged({ hangAt: 1 })
    await enqueueRun(postgres, scope, id, 'backfill', asked)
    const worker = await startWorker(first.connector)
    await until(async () => (await runOf(id)).pages === 1)
    setTimeout(first.release, 50)
    await worker.stop()
    workers = []
    expect((await runOf(id)).status).toBe('queued')
    const second = paged({})
    await startWorker(second.connector)
    await until(async () => (await runOf(id)).status === 'succeeded')
    expect(imports.map((lines) => lines.length)).toEqual([5])
  })

  test('a connection is read by one worker at a time, however many ask at once', async () => {
    const id = await connect('Once')
    await enqueueRun(postgres, scope, id, 'manual')
    await enqueueRun(postgres, scope, id, 'backfill', asked)
    const claims = await Promise.all(Array.from({ length: 6 }, () => claimRun(postgres, { calm: false })))
    expect(claims.filter((claim) => claim?.run.connectionId === id)).toHaveLength(1)
  })

  test('a worker that lost its lease can change nothing any more', async () => {
    const id = await connect('Lost')
    await enqueueRun(postgres, scope, id, 'manual')
    const { run } = (await claimRun(postgres, { calm: false }))!
    await postgres.pool.query("UPDATE connection_runs SET lease_until = now() - interval '1 second' WHERE id = $1", [
      run.id,
    ])
    const { run: thief } = (await claimRun(postgres, { calm: false }))!
    expect(thief.id).toBe(run.id)
    expect(await holdRun(postgres, run, { pages: 99 })).toBe('lost')
    expect(await finishRun(postgres, run, 'failed')).toBe(false)
    expect(await holdRun(postgres, thief, { pages: 1 })).toBe('held')
    expect(await runOf(id)).toMatchObject({ pages: 1, status: 'running' })
  })

  test('a passing trouble is tried again later, a lasting one at once ends the run, and both are told', async () => {
    const passing = await connect('Passing')
    await enqueueRun(postgres, scope, passing, 'backfill', asked)
    const worker = await startWorker(
      paged({ fail: () => new ProviderFailure('rate_limited', 'wait', { retryable: true, retryAfterMs: 7_200_000 }) })
        .connector,
    )
    await until(async () => (await runOf(passing)).attempts === 1)
    const postponed = await runOf(passing)
    expect(postponed).toMatchObject({ status: 'queued', problems: [{ code: 'rate_limited' }] })
    expect(new Date(postponed.notBefore).getTime()).toBeGreaterThan(Date.now() + 7_000_000)
    await worker.stop()
    workers = []
    const lasting = await connect('Lasting')
    await enqueueRun(postgres, scope, lasting, 'backfill', asked)
    await startWorker(paged({ fail: () => new ProviderFailure('unauthorized', 'no') }).connector)
    await until(async () => (await runOf(lasting)).status === 'failed')
    const { rows } = await postgres.pool.query(
      "SELECT problem->>'code' AS code, failures FROM connections WHERE id = $1",
      [lasting],
    )
    expect(rows).toEqual([{ code: 'unauthorized', failures: 1 }])
  })

  test('connections in trouble take half of the places at most', async () => {
    const release: (() => void)[] = []
    for (let i = 0; i < 4; i++) {
      const id = await connect(`Stuck ${i}`, { failures: 3 })
      await enqueueRun(postgres, scope, id, 'manual', asked)
    }
    const stuck = paged({ hangAt: 0 })
    release.push(stuck.release)
    await startWorker(stuck.connector, 4)
    await until(
      async () => (await postgres.pool.query("SELECT 1 FROM connection_runs WHERE status = 'running'")).rowCount === 2,
    )
    const healthy = await connect('Healthy')
    await enqueueRun(postgres, scope, healthy, 'manual', asked)
    workers[0]!.notice()
    await until(async () => (await runOf(healthy)).status === 'running')
    const { rowCount } = await postgres.pool.query("SELECT 1 FROM connection_runs WHERE status = 'running'")
    expect(rowCount).toBe(3)
    for (const free of release) free()
  })

  test('a connection that is due is queued once, by however many servers, and its next time lies around its rhythm', async () => {
    const id = await connect('Due', { connector: 'openai', nextSyncAt: new Date(Date.now() - 1000) })
    const connectors = new Map([['openai', openai]])
    const queued = await Promise.all(Array.from({ length: 4 }, () => scheduleSyncs(postgres, connectors, () => 0.5)))
    expect(queued.reduce((sum, n) => sum + n, 0)).toBe(1)
    const { rows } = await postgres.pool.query<{ minutes: string }>(
      'SELECT round(extract(epoch FROM next_sync_at - now()) / 60) AS minutes FROM connections WHERE id = $1',
      [id],
    )
    expect(Number(rows[0]!.minutes)).toBe(60)
    await connect('Paused', { connector: 'openai', nextSyncAt: new Date(0), pausedAt: new Date() })
    await connect('Gone', { connector: 'openai', nextSyncAt: new Date(0), deletedAt: new Date() })
    expect(await scheduleSyncs(postgres, connectors)).toBe(0)
  })

  test('credentials move to a new key, and what no key opens is named and left alone', async () => {
    const id = await connect('Old key')
    await connect('Foreign', { sealed: createSealer('x'.repeat(32)).seal({ key: 'y' }, 'z') })
    const next = createSealer('n'.repeat(32), [secretKey])
    expect(await rotateSecrets(postgres, next)).toEqual({ resealed: 1, current: 0, unreadable: ['Foreign'] })
    expect(await rotateSecrets(postgres, next)).toMatchObject({ resealed: 0, current: 1 })
    const { rows } = await postgres.pool.query<{ sealed: string }>('SELECT sealed FROM connections WHERE id = $1', [id])
    expect(createSealer('n'.repeat(32)).open(rows[0]!.sealed, id)).toEqual({ key: 'the-key' })
    expect(() => sealer.open(rows[0]!.sealed, id)).toThrow(/INFRAZEN_PREVIOUS_SECRET_KEYS/)
  })

  test('a sealed text opens for its own connection alone, and not when a bit of it changed', () => {
    const sealed = sealer.seal({ key: 'the-key' }, 'one')
    expect(sealed).not.toContain('the-key')
    expect(sealer.open(sealed, 'one')).toEqual({ key: 'the-key' })
    expect(() => sealer.open(sealed, 'two')).toThrow()
    const last = sealed.at(-1) === 'A' ? 'B' : 'A'
    expect(() => sealer.open(`${sealed.slice(0, -1)}${last}`, 'one')).toThrow()
  })
}

/** A connector of four pages with a row each, which can be made to hang behind a page or to fail. */
function paged(options: { hangAt?: number; fail?: () => Error }) {
  let release = () => {}
  const hanging = new Promise<void>((resolve) => {
    release = resolve
  })
  const cursors: (string | null)[] = []
  const connector: Connector = {
    manifest: {
      ...openai.manifest,
      id: 'paged',
      reads: [{ kind: 'charges', grain: 'day', restatementDays: 3, historyDays: null, usualLatenessHours: 24 }],
    },
    test: async () => ({ account: null, checks: [] }),
    async *read({ cursor }): AsyncGenerator<Page> {
      cursors.push(cursor)
      if (options.fail) throw options.fail()
      for (let page = Number(cursor ?? 0); page < 4; page++) {
        if (page === options.hangAt) await hanging
        const done = page === 3
        yield {
          part: 'costs',
          partDone: done,
          cursor: done ? null : String(page + 1),
          progress: (page + 1) / 4,
          charges: [charge(page)],
          ...(done ? { stated: [{ currency: 'USD', amount: '4.4' }] } : {}),
        }
      }
    },
  }
  return { connector, cursors, release }
}

const charge = (n: number): ChargeRow => ({
  BilledCost: '1.1',
  BillingCurrency: 'USD',
  BillingAccountId: 'acme',
  BillingPeriodStart: '2026-03-01T00:00:00Z',
  BillingPeriodEnd: '2026-04-01T00:00:00Z',
  ChargePeriodStart: `2026-03-0${n + 1}T00:00:00Z`,
  ChargePeriodEnd: `2026-03-0${n + 2}T00:00:00Z`,
  ChargeCategory: 'Usage',
  ChargeDescription: `row ${n}`,
  ServiceName: 'API',
  ServiceProviderName: 'Acme',
})
