import type { UsageRow } from '@infrazen/connector-kit'
import { newId } from '../../primitives/ids'
import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import type { Postgres } from '../../storage/postgres'
import type { Committed } from './commit-charges'
import { type DayRead, daysBetween, knownDays, recordDays } from './days'
import { SetDigest } from './digest'
import type { Slice } from './plan-run'
import type { Staging } from './staging'

/** A staged line: the row and the report it came from. */
export type StagedUsage = { part: string; row: UsageRow }

const rowsAtOnce = 20_000

/**
 * Puts the staged usage of a slice in the place of what was known of its days. Only days that changed are written; one insert
 * of day rows then makes all of them visible at once.
 */
export async function commitUsage(
  { postgres, clickhouse }: { postgres: Postgres; clickhouse: ClickHouse },
  scope: Scope,
  target: { connectionId: string; provider: string; slice: Slice; parts: readonly string[] },
  staging: Staging,
): Promise<Committed> {
  const found = new Map<string, SetDigest>()
  for (const part of target.parts)
    for (const day of daysBetween(target.slice.from, target.slice.to)) found.set(`${part} ${day}`, new SetDigest())
  for await (const line of staging.lines()) {
    const { part, row } = JSON.parse(line) as StagedUsage
    found.get(`${part} ${row.bucketStart.slice(0, 10)}`)?.add(line)
  }
  const known = await knownDays(postgres, target.connectionId, target.slice.from, target.slice.to)
  const changed = new Set<string>()
  for (const [key, digest] of found)
    if (known.get(key) !== digest.toString() && (digest.rows > 0 || known.has(key))) changed.add(key)

  const BatchId = newId()
  const RecordedAt = new Date().toISOString()
  const common = { OrganizationId: scope.organizationId, ConnectionId: target.connectionId, BatchId, RecordedAt }
  let lines: string[] = []
  const flush = async () => {
    await clickhouse.insertNdjson({
      name: 'connections.recordUsage',
      table: 'provider_usage_v1',
      rows: Buffer.from(lines.join('\n')),
    })
    lines = []
  }
  for await (const line of staging.lines()) {
    const { part, row } = JSON.parse(line) as StagedUsage
    if (!changed.has(`${part} ${row.bucketStart.slice(0, 10)}`)) continue
    lines.push(JSON.stringify({ ...common, Provider: target.provider, Part: part, ...columnsOf(row) }))
    if (lines.length >= rowsAtOnce) await flush()
  }
  await flush()
  const days: DayRead[] = [...found].map(([key, digest]) => {
    const [part = '', day = ''] = key.split(' ')
    return { part, day, contentHash: digest.toString(), rows: digest.rows }
  })
  if (changed.size > 0)
    await clickhouse.insertNdjson({
      name: 'connections.recordUsageDays',
      table: 'provider_usage_days_v1',
      rows: Buffer.from(
        days
          .filter(({ part, day }) => changed.has(`${part} ${day}`))
          .map(({ part, day, rows }) => JSON.stringify({ ...common, Part: part, Day: day, Rows: rows }))
          .join('\n'),
      ),
    })
  await recordDays(postgres, target.connectionId, days, new Date())
  const rowsOf = (part: string) => days.reduce((sum, day) => (day.part === part ? sum + day.rows : sum), 0)
  return {
    problems: [],
    sums: new Map(),
    results: target.parts
      .filter((part) => rowsOf(part) > 0)
      .map((part) => ({
        subject: `${part} ${target.slice.from.slice(0, 7)}`,
        outcome: [...changed].some((key) => key.startsWith(`${part} `)) ? ('stored' as const) : ('unchanged' as const),
        rows: rowsOf(part),
        importId: null,
      })),
  }
}

function columnsOf(row: UsageRow) {
  return {
    BucketStart: row.bucketStart,
    BucketEnd: row.bucketEnd,
    Account: row.account,
    Project: row.project,
    ProjectName: row.projectName,
    Key: row.key,
    KeyName: row.keyName,
    User: row.user,
    UserName: row.userName,
    Model: row.model,
    Tier: row.tier,
    Region: row.region,
    Units: Object.keys(row.units),
    Quantities: Object.values(row.units),
    Requests: row.requests,
    Attributes: row.attributes,
  }
}
