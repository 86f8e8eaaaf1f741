import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core'
import { newId } from '../../primitives/ids'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'
import type { Run } from './contract'
import type { Slice } from './plan-run'

const { connectionRuns } = tables
export type RunRow = typeof connectionRuns.$inferSelect
export type RunKind = RunRow['kind']

/** Where a worker stands. Whatever it names is on disk before it is stored. */
export type RunState = {
  slices: Slice[]
  /** The slice at work; those before it are committed. */
  slice: number
  /** The connector's cursor behind the last staged page; null at the start of a slice. */
  cursor: string | null
  /** The slice was read to its end and waits to be committed. */
  read: boolean
  /** Length of the staging file that the cursor belongs to. */
  stagedBytes: number
  /** Parts of the slice that were read to their end, and the provider's own totals of it. */
  parts: string[]
  stated: Record<string, string>
  /** Of the delivery at work: the imports of its files, by file and version. */
  stored?: Record<string, string>
}

export const leaseSeconds = 60

/** Queues a run; where one of the same kind already waits, that one. Returns its id. */
export async function enqueueRun(
  postgres: Postgres,
  scope: Scope,
  connectionId: string,
  kind: RunKind,
  asked: { from?: string; to?: string } = {},
): Promise<string> {
  const id = newId()
  const { rows } = await postgres.pool.query<{ id: string }>(
    `WITH waiting AS (
       SELECT id FROM connection_runs
       WHERE connection_id = $3 AND kind = $4 AND status = 'queued' AND asked = $5::jsonb AND attempts = 0 LIMIT 1
     ), made AS (
       INSERT INTO connection_runs (id, organization_id, connection_id, kind, status, asked, created_by)
       SELECT $1, $2, $3, $4, 'queued', $5::jsonb, $6 WHERE NOT EXISTS (SELECT 1 FROM waiting) RETURNING id
     )
     SELECT id FROM made UNION ALL SELECT id FROM waiting`,
    [id, scope.organizationId, connectionId, kind, JSON.stringify(asked), scope.actor],
  )
  return rows[0]!.id
}

/**
 * Takes the run that waits longest and whose connection nobody reads, under a lease. A run whose lease ended was left behind by
 * a worker that is gone. `troubled`: it or its connection failed before; `calm` leaves those alone, so that they cannot fill every place. One statement.
 */
export async function claimRun(
  postgres: Postgres,
  options: { calm: boolean },
): Promise<{ run: RunRow; troubled: boolean } | null> {
  const owner = newId()
  const { rows } = await postgres.pool
    .query<{ id: string }>(
      `UPDATE connection_runs SET status = 'running', owner = $1, lease_until = now() + make_interval(secs => $2),
       started_at = coalesce(started_at, now())
     WHERE id = (
       SELECT r.id FROM connection_runs r JOIN connections c ON c.id = r.connection_id
       WHERE r.not_before <= now() AND c.deleted_at IS NULL
         AND (r.status = 'queued' AND NOT EXISTS (
                SELECT 1 FROM connection_runs o WHERE o.connection_id = r.connection_id AND o.status = 'running')
              OR r.status = 'running' AND r.lease_until < now())
         AND (NOT $3::boolean OR r.attempts = 0 AND c.failures = 0)
       ORDER BY r.not_before, r.created_at LIMIT 1 FOR UPDATE OF r SKIP LOCKED
     ) RETURNING id`,
      [owner, leaseSeconds, options.calm],
    )
    .catch((error: { code?: string }) => {
      // Another worker took a run of the same connection in the same moment; the index allows one.
      if (error.code === '23505') return { rows: [] }
      throw error
    })
  if (!rows[0]) return null
  const [found] = await postgres.db
    .select({ run: connectionRuns, failures: tables.connections.failures })
    .from(connectionRuns)
    .innerJoin(tables.connections, eq(tables.connections.id, connectionRuns.connectionId))
    .where(eq(connectionRuns.id, rows[0].id))
  return found ? { run: found.run, troubled: found.run.attempts > 0 || found.failures > 0 } : null
}

/** The runs of this machine's earlier process wait again at once. Only where no other worker can be at work. */
export async function releaseAbandoned(postgres: Postgres): Promise<void> {
  await postgres.pool.query(
    "UPDATE connection_runs SET lease_until = now() - interval '1 second' WHERE status = 'running'",
  )
}

/** What a worker may change while it holds the lease. */
export type Held = Partial<
  Pick<RunRow, 'state' | 'progress' | 'pages' | 'requests' | 'retries' | 'rowsRead' | 'sums' | 'problems' | 'results'>
>

/** Stores progress and prolongs the lease. `lost`: another worker has the run. */
export async function holdRun(
  postgres: Postgres,
  run: Pick<RunRow, 'id' | 'owner'>,
  change: Held = {},
): Promise<'held' | 'lost' | 'cancelled'> {
  const [row] = await postgres.db
    .update(connectionRuns)
    .set({ ...change, leaseUntil: sql`now() + make_interval(secs => ${leaseSeconds})` })
    .where(held(run))
    .returning({ cancel: connectionRuns.cancelRequested })
  return row === undefined ? 'lost' : row.cancel ? 'cancelled' : 'held'
}

/** What the end of a run says about its connection; written in the same step, so that nobody sees one without the other. */
export type ConnectionNews = PgUpdateSetSource<typeof tables.connections>

/** Ends a run. False: another worker has it, and nothing was changed. */
export function finishRun(
  postgres: Postgres,
  run: Pick<RunRow, 'id' | 'owner' | 'connectionId'>,
  status: 'succeeded' | 'failed' | 'cancelled',
  change: Held = {},
  news: ConnectionNews | null = null,
): Promise<boolean> {
  return settle(postgres, run, { ...change, status, state: {}, finishedAt: new Date() }, news)
}

/** Puts a run back that a passing trouble stopped; it goes on where it stood. */
export function postponeRun(
  postgres: Postgres,
  run: Pick<RunRow, 'id' | 'owner' | 'connectionId'>,
  notBefore: Date,
  attempts: number,
  change: Held = {},
  news: ConnectionNews | null = null,
): Promise<boolean> {
  return settle(postgres, run, { ...change, status: 'queued', attempts, notBefore }, news)
}

function settle(
  postgres: Postgres,
  run: Pick<RunRow, 'id' | 'owner' | 'connectionId'>,
  change: Partial<RunRow>,
  news: ConnectionNews | null,
): Promise<boolean> {
  return postgres.db.transaction(async (tx) => {
    const { rowCount } = await tx
      .update(connectionRuns)
      .set({ ...change, owner: null, leaseUntil: null })
      .where(held(run))
    if (rowCount === 1 && news !== null)
      await tx.update(tables.connections).set(news).where(eq(tables.connections.id, run.connectionId))
    return rowCount === 1
  })
}

const held = (run: Pick<RunRow, 'id' | 'owner'>) =>
  and(eq(connectionRuns.id, run.id), eq(connectionRuns.status, 'running'), eq(connectionRuns.owner, run.owner ?? ''))

/** Cancels what waits at once; a worker at work stops before its next page. Returns how many runs were told. */
export async function cancelRuns(postgres: Postgres, scope: Scope, connectionId: string): Promise<number> {
  const mine = and(
    eq(connectionRuns.connectionId, connectionId),
    eq(connectionRuns.organizationId, scope.organizationId),
  )
  const queued = await postgres.db
    .update(connectionRuns)
    .set({ status: 'cancelled', state: {}, finishedAt: new Date() })
    .where(and(mine, eq(connectionRuns.status, 'queued')))
  const running = await postgres.db
    .update(connectionRuns)
    .set({ cancelRequested: true })
    .where(and(mine, eq(connectionRuns.status, 'running')))
  return (queued.rowCount ?? 0) + (running.rowCount ?? 0)
}

/** Runs of a connection, newest first. */
export async function listRuns(postgres: Postgres, scope: Scope, connectionId: string, limit = 100): Promise<Run[]> {
  const rows = await postgres.db
    .select()
    .from(connectionRuns)
    .where(and(eq(connectionRuns.connectionId, connectionId), eq(connectionRuns.organizationId, scope.organizationId)))
    .orderBy(desc(connectionRuns.createdAt), desc(connectionRuns.id))
    .limit(limit)
  return rows.map(toRun)
}

/** For each connection the run at work, else the one that waits, else the last. */
export async function currentRuns(postgres: Postgres, connectionIds: string[]): Promise<Map<string, Run>> {
  if (connectionIds.length === 0) return new Map()
  const rows = await postgres.db
    .selectDistinctOn([connectionRuns.connectionId])
    .from(connectionRuns)
    .where(inArray(connectionRuns.connectionId, connectionIds))
    .orderBy(
      connectionRuns.connectionId,
      sql`CASE ${connectionRuns.status} WHEN 'running' THEN 0 WHEN 'queued' THEN 1 ELSE 2 END`,
      desc(connectionRuns.createdAt),
    )
  return new Map(rows.map((row) => [row.connectionId, toRun(row)]))
}

function toRun(row: RunRow): Run {
  const state = row.state as Partial<RunState>
  const slice = state.slices?.[state.slice ?? 0]
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    asked: row.asked,
    progress: row.progress,
    step: slice ? { ...slice, number: (state.slice ?? 0) + 1, of: state.slices?.length ?? 0 } : null,
    pages: row.pages,
    requests: row.requests,
    retries: row.retries,
    rows: row.rowsRead,
    sums: row.sums,
    problems: row.problems,
    results: row.results,
    attempts: row.attempts,
    notBefore: row.notBefore.toISOString(),
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  }
}
