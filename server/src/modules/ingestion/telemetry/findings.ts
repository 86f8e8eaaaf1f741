import { and, eq, gte, sql } from 'drizzle-orm'
import type { Scope } from '../../../primitives/scope'
import type { ClickHouse } from '../../../storage/clickhouse'
import { type Postgres, tables } from '../../../storage/postgres'
import type { TelemetryFindings } from '../contract'

const { telemetryRefusals } = tables
const sourcesShown = 500

/** Adds up what was not taken in, by source and reason, so that the sender's owner can see it long after the answer. */
export async function recordRefusals(
  postgres: Postgres,
  scope: Scope,
  source: string,
  reasons: ReadonlyMap<string, number>,
  at: Date,
): Promise<void> {
  for (const [reason, count] of reasons) {
    await postgres.db
      .insert(telemetryRefusals)
      .values({
        organizationId: scope.organizationId,
        day: at.toISOString().slice(0, 10),
        source,
        reason,
        count,
        lastSeen: at,
      })
      .onConflictDoUpdate({
        target: [
          telemetryRefusals.organizationId,
          telemetryRefusals.day,
          telemetryRefusals.source,
          telemetryRefusals.reason,
        ],
        set: { count: sql`${telemetryRefusals.count} + ${count}`, lastSeen: at },
      })
  }
}

/** What was found in the telemetry of the last `days` days, by the service that sent it and the dialect it speaks. */
export async function telemetryFindings(
  deps: { clickhouse: ClickHouse; postgres: Postgres },
  scope: Scope,
  days: number,
  now: number,
): Promise<TelemetryFindings> {
  const since = new Date(now - days * 86_400_000)
  const [rows, refused] = await Promise.all([
    deps.clickhouse.query<{
      service: string
      provider: string
      dialect: string
      code: string
      events: string
      last: string
      model: string
    }>({
      name: 'telemetry.findings',
      sql: `SELECT Service AS service, Provider AS provider, Dialect AS dialect, code, toString(sum(toInt64(Sign))) AS events,
          formatDateTime(max(StartedAt), '%FT%TZ', 'UTC') AS last, argMax(toString(Model), StartedAt) AS model
        FROM usage_events_v1 ARRAY JOIN splitByChar(' ', Attributes['infrazen.findings']) AS code
        WHERE OrganizationId = {o:UUID} AND StartedAt >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
          AND Attributes['infrazen.findings'] != ''
        GROUP BY service, provider, dialect, code HAVING sum(toInt64(Sign)) > 0
        ORDER BY sum(toInt64(Sign)) DESC, service, code LIMIT {limit:UInt64}`,
      params: { o: scope.organizationId, since: since.getTime(), limit: sourcesShown },
    }),
    deps.postgres.db
      .select()
      .from(telemetryRefusals)
      .where(
        and(
          eq(telemetryRefusals.organizationId, scope.organizationId),
          gte(telemetryRefusals.day, since.toISOString().slice(0, 10)),
        ),
      )
      .limit(sourcesShown),
  ])
  return {
    since: since.toISOString(),
    findings: rows.map(({ service, provider, dialect, code: found, events, last, model }) => {
      const [code = '', subject = ''] = found.split(/:([\s\S]*)/)
      return { service, provider, dialect, model, code, subject, events, lastSeen: last }
    }),
    refused: refused.map(({ source, reason, count, lastSeen, day }) => ({
      source,
      reason,
      day,
      count: String(count),
      lastSeen: lastSeen.toISOString(),
    })),
  }
}
