import type { Scope } from '../../primitives/scope'
import type { Postgres } from '../../storage/postgres'
import { type ConnectionRow, listRows } from './connection-store'
import type { Connectors } from './connectors'
import type { Connection, Run } from './contract'
import { freshnessOf, readDays } from './freshness'
import { currentRuns } from './run-store'

/** The organization's connections as the page shows them: state, run, freshness, month to date. */
export async function describeConnections(
  postgres: Postgres,
  scope: Scope,
  connectors: Connectors,
  only?: ConnectionRow,
): Promise<Connection[]> {
  const rows = only ? [only] : await listRows(postgres, scope)
  const ids = rows.filter((row) => row.connector !== null).map((row) => row.id)
  const runs = await currentRuns(postgres, ids)
  const days = await readDays(postgres, ids)
  const months = await monthsToDate(postgres, ids)
  const now = new Date()
  return rows.map((row) => {
    const manifest = row.connector === null ? null : connectors.get(row.connector)?.manifest
    const run = runs.get(row.id) ?? null
    return {
      id: row.id,
      name: row.name,
      connector: row.connector,
      state: stateOf(row, run),
      account: row.accountId === null ? null : { id: row.accountId, name: row.accountName ?? row.accountId },
      options: row.options,
      sealed:
        row.sealed === null
          ? []
          : (manifest?.credentials.filter((field) => field.kind === 'secret') ?? []).map((field) => field.id),
      problem:
        row.problem === null ? null : { ...row.problem, since: (row.problemSince ?? row.createdAt).toISOString() },
      lastTest:
        row.lastTest === null || row.lastTestAt === null
          ? null
          : { at: row.lastTestAt.toISOString(), checks: row.lastTest },
      run,
      lastSyncAt: row.lastSyncAt?.toISOString() ?? null,
      nextSyncAt: row.pausedAt === null ? (row.nextSyncAt?.toISOString() ?? null) : null,
      pausedAt: row.pausedAt?.toISOString() ?? null,
      deletedAt: row.deletedAt?.toISOString() ?? null,
      createdAt: row.createdAt.toISOString(),
      freshness: manifest ? freshnessOf(manifest, days.get(row.id) ?? [], now) : null,
      monthToDate: months.get(row.id) ?? [],
    }
  })
}

function stateOf(row: ConnectionRow, run: Run | null): Connection['state'] {
  if (row.connector === null) return 'files'
  if (row.problem !== null) return 'attention'
  if (row.pausedAt !== null) return 'paused'
  const active = run !== null && (run.status === 'running' || run.status === 'queued')
  if (active && (run.kind === 'first' || row.lastSyncAt === null)) return 'first'
  if (active && run.status === 'running') return 'reading'
  return row.lastSyncAt === null ? 'waiting' : 'healthy'
}

async function monthsToDate(postgres: Postgres, ids: string[]) {
  const { rows } = await postgres.pool.query<{ id: string; currency: string; read: string }>(
    `SELECT connection_id AS id, s->>'currency' AS currency, sum((s->>'read')::numeric)::text AS read
     FROM connection_periods, jsonb_array_elements(sums) AS s
     WHERE connection_id = ANY($1::uuid[]) AND subject LIKE '% ' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM')
     GROUP BY 1, 2 ORDER BY 1, 2`,
    [ids],
  )
  const months = new Map<string, { currency: string; read: string }[]>()
  for (const { id, currency, read } of rows) months.set(id, [...(months.get(id) ?? []), { currency, read }])
  return months
}
