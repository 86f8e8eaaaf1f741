import { newId } from '../../primitives/ids'
import type { Postgres } from '../../storage/postgres'
import { eraseDeleted } from './connection-store'
import type { Connectors } from './connectors'

/**
 * Queues a run for every connection whose time has come and sets its next time. Safe to call from several servers at once: a
 * connection is moved on and queued by one statement. Returns how many were queued.
 */
export async function scheduleSyncs(
  postgres: Postgres,
  connectors: Connectors,
  random: () => number = Math.random,
): Promise<number> {
  const { rows } = await postgres.pool.query<{ id: string; connector: string; failures: number; due: Date }>(
    `SELECT id, connector, failures, next_sync_at AS due FROM connections
     WHERE next_sync_at <= now() AND connector IS NOT NULL AND paused_at IS NULL AND deleted_at IS NULL
     ORDER BY next_sync_at LIMIT 200`,
  )
  let queued = 0
  for (const { id, connector, failures, due } of rows) {
    const minutes = connectors.get(connector)?.manifest.everyMinutes ?? 60
    // One that fails is asked ever more rarely, but at least once a day: somebody may have given the right back.
    const rhythm = Math.min(Math.max(minutes, 1440), minutes * 2 ** Math.min(failures, 6))
    const { rowCount } = await postgres.pool.query(
      `WITH moved AS (
         UPDATE connections SET next_sync_at = now() + make_interval(secs => $2)
         WHERE id = $1 AND next_sync_at = $3 RETURNING id, organization_id
       )
       INSERT INTO connection_runs (id, organization_id, connection_id, kind, status)
       SELECT $4, organization_id, id, 'schedule', 'queued' FROM moved
       WHERE NOT EXISTS (SELECT 1 FROM connection_runs r WHERE r.connection_id = moved.id AND r.status = 'queued')`,
      [id, jittered(rhythm * 60, random), due, newId()],
    )
    queued += rowCount ?? 0
  }
  await eraseDeleted(postgres)
  return queued
}

/** Within a tenth around the rhythm, so that connections of one hour do not all ask in the same minute. */
export const jittered = (seconds: number, random: () => number) => Math.round(seconds * (0.9 + random() * 0.2))
