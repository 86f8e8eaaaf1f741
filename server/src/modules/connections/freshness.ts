import { dayOf, type Manifest } from '@infrazen/connector-kit'
import type { Scope } from '../../primitives/scope'
import type { Postgres } from '../../storage/postgres'
import { listRows } from './connection-store'
import type { Connectors } from './connectors'
import type { Freshness } from './contract'

type DayRow = { day: string; rows: string; firstSeenAt: Date; changedAt: Date; readAt: Date }
const hourMs = 3_600_000
const dayMs = 86_400_000
// Fewer days than this say little; until then the provider's usual time counts.
const enough = 7
const daysKept = 90

/** What a source says of a period: how much of it is in, and which of its days are not whole yet. */
export type SourceCompleteness = {
  source: string
  /** Last day, YYYY-MM-DD, for which nothing more is expected; null before there is one. */
  completeThrough: string | null
  /** Share of the period's past days that is expected to be in; null where the period has none that were watched. */
  share: number | null
  /** The days that are not whole yet. */
  incomplete: { day: string; share: number }[]
}

/**
 * How late a source's days become complete, learned from when their content last changed. A day counts as evidence when it was
 * watched from its beginning and was read again after the restatement window; a back-fill saw nothing arrive.
 */
function latenessOf(manifest: Manifest, days: readonly DayRow[]) {
  const main = manifest.reads.find((read) => read.kind === 'charges') ?? manifest.reads[0]!
  const hours = days
    .filter(
      (day) =>
        Number(day.rows) > 0 &&
        day.firstSeenAt.getTime() <= endOf(day.day) + 2 * hourMs &&
        day.readAt.getTime() >= endOf(day.day) + main.restatementDays * dayMs,
    )
    .map((day) => Math.max(0, (day.changedAt.getTime() - endOf(day.day)) / hourMs))
    .sort((a, b) => a - b)
  const learned = hours.length >= enough
  const usual = learned ? hours[Math.ceil(hours.length * 0.9) - 1]! : main.usualLatenessHours
  return {
    usual,
    learnedFrom: learned ? hours.length : 0,
    /** How much of a day is expected to be in, given when it was last read: what was not read since cannot have become more. */
    shareOf(row: DayRow | undefined): number {
      if (!row) return 0
      const late = (row.readAt.getTime() - endOf(row.day)) / hourMs
      // Of a day that was still running when it was read, at most as much as had passed of it.
      if (late < 0) return hundredth(Math.max(0, 1 + (late * hourMs) / dayMs) * 0.5)
      if (!learned) return hundredth(Math.min(1, late / Math.max(1, usual)))
      return hundredth(hours.filter((needed) => needed <= late).length / hours.length)
    },
  }
}

/** What a connection's card shows: the month to date, and until when nothing more is expected. */
export function freshnessOf(manifest: Manifest, days: readonly DayRow[], now: Date): Freshness {
  const { usual, learnedFrom, shareOf } = latenessOf(manifest, days)
  const byDay = new Map(days.map((day) => [day.day, day]))
  const month: Freshness['days'] = []
  for (let at = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1); at <= dayOf(now).getTime(); at += dayMs) {
    const day = nameOf(at)
    month.push({ day, rows: Number(byDay.get(day)?.rows ?? 0), share: shareOf(byDay.get(day)) })
  }
  let completeThrough: string | null = null
  for (const day of [...days].sort((a, b) => a.day.localeCompare(b.day))) {
    if ((day.readAt.getTime() - endOf(day.day)) / hourMs < usual) break
    completeThrough = day.day
  }
  return { completeThrough, usualLatenessHours: Math.round(usual * 10) / 10, learnedFrom, days: month }
}

type Watched = { source: string; manifest: Manifest; days: DayRow[] }[]
// Every answer carries completeness; it moves with a reading, and those are minutes apart.
const rememberedMs = 5_000

/** How complete `[from, to)` (RFC 3339) is, by connected source; for the answers of the query API. */
export function openCompleteness(postgres: Postgres, connectors: Connectors) {
  const remembered = new Map<string, { until: number; watched: Promise<Watched> }>()
  return async (scope: Scope, from: string, to: string): Promise<SourceCompleteness[]> => {
    const known = remembered.get(scope.organizationId)
    const watched = known && known.until > Date.now() ? known.watched : watchedSources(postgres, scope, connectors)
    if (watched !== known?.watched) {
      remembered.set(scope.organizationId, { until: Date.now() + rememberedMs, watched })
      watched.catch(() => remembered.delete(scope.organizationId))
    }
    return (await watched).map((source) => completenessOf(source, from, to, new Date()))
  }
}

async function watchedSources(postgres: Postgres, scope: Scope, connectors: Connectors): Promise<Watched> {
  const rows = (await listRows(postgres, scope)).filter((row) => row.connector !== null)
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.id)
  const days = await readDays(postgres, ids)
  return rows.flatMap((row) => {
    const manifest = connectors.get(row.connector ?? '')?.manifest
    return manifest ? [{ source: row.name, manifest, days: days.get(row.id) ?? [] }] : []
  })
}

function completenessOf(
  { source, manifest, days }: Watched[number],
  from: string,
  to: string,
  now: Date,
): SourceCompleteness {
  const { shareOf } = latenessOf(manifest, days)
  const byDay = new Map(days.map((day) => [day.day, day]))
  const start = Math.max(dayOf(new Date(from)).getTime(), dayOf(now).getTime() - (daysKept - 1) * dayMs)
  const end = Math.min(new Date(to).getTime(), dayOf(now).getTime() + dayMs)
  const shares: { day: string; share: number }[] = []
  for (let at = start; at < end; at += dayMs) shares.push({ day: nameOf(at), share: shareOf(byDay.get(nameOf(at))) })
  return {
    source,
    completeThrough: freshnessOf(manifest, days, now).completeThrough,
    share: shares.length === 0 ? null : hundredth(shares.reduce((sum, { share }) => sum + share, 0) / shares.length),
    incomplete: shares.filter(({ share }) => share < 1),
  }
}

/** The days of charges (else of usage) of some connections over the last 90 days. */
export async function readDays(postgres: Postgres, connectionIds: string[]): Promise<Map<string, DayRow[]>> {
  const { rows } = await postgres.pool.query<DayRow & { connectionId: string; part: string }>(
    `SELECT connection_id AS "connectionId", day::text AS day, sum(rows_read)::text AS rows, min(first_seen_at) AS "firstSeenAt",
       max(changed_at) AS "changedAt", max(read_at) AS "readAt"
     FROM connection_days d
     WHERE connection_id = ANY($1::uuid[]) AND day >= now() - make_interval(days => $2)
       AND (part = 'charges' OR NOT EXISTS (SELECT 1 FROM connection_days c WHERE c.connection_id = d.connection_id AND c.part = 'charges'))
     GROUP BY connection_id, day ORDER BY day`,
    [connectionIds, daysKept],
  )
  const found = new Map<string, DayRow[]>()
  for (const row of rows) found.set(row.connectionId, [...(found.get(row.connectionId) ?? []), row])
  return found
}

const endOf = (day: string) => Date.parse(`${day}T00:00:00Z`) + dayMs
const nameOf = (at: number) => new Date(at).toISOString().slice(0, 10)
const hundredth = (share: number) => Math.floor(Math.min(1, share) * 100) / 100
