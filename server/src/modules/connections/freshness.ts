import { dayOf, type Manifest } from '@infrazen/connector-kit'
import type { Postgres } from '../../storage/postgres'
import type { Freshness } from './contract'

type DayRow = { day: string; rows: string; firstSeenAt: Date; changedAt: Date; readAt: Date }
const hourMs = 3_600_000
const dayMs = 86_400_000
// Fewer days than this say little; until then the provider's usual time counts.
const enough = 7

/**
 * How late a source's days become complete, learned from when their content last changed, and how much of each day of the month
 * is expected to be in by now. A day counts as evidence when it was watched from its beginning and has since been quiet for the
 * restatement window; a back-fill saw nothing arrive.
 */
export function freshnessOf(manifest: Manifest, days: readonly DayRow[], now: Date): Freshness {
  const charges = manifest.reads.find((read) => read.kind === 'charges') ?? manifest.reads[0]!
  const endOf = (day: string) => Date.parse(`${day}T00:00:00Z`) + dayMs
  const watched = days.filter(
    (day) =>
      Number(day.rows) > 0 &&
      day.firstSeenAt.getTime() <= endOf(day.day) + 2 * hourMs &&
      day.readAt.getTime() >= endOf(day.day) + charges.restatementDays * dayMs,
  )
  const lateness = watched
    .map((day) => Math.max(0, (day.changedAt.getTime() - endOf(day.day)) / hourMs))
    .sort((a, b) => a - b)
  const learned = lateness.length >= enough
  const usual = learned ? lateness[Math.ceil(lateness.length * 0.9) - 1]! : charges.usualLatenessHours
  const shareAt = (hours: number) => {
    if (hours < 0) return null
    if (!learned) return Math.min(1, hours / Math.max(1, usual))
    return lateness.filter((late) => late <= hours).length / lateness.length
  }
  const byDay = new Map(days.map((day) => [day.day, day]))
  const first = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)
  const month: Freshness['days'] = []
  for (let at = first; at <= dayOf(now).getTime(); at += dayMs) {
    const day = new Date(at).toISOString().slice(0, 10)
    const row = byDay.get(day)
    const read = row?.readAt.getTime() ?? 0
    // What was not read since cannot have become more complete.
    const share = row ? (shareAt((read - endOf(day)) / hourMs) ?? Math.max(0, (read - at) / dayMs) * 0.5) : 0
    month.push({ day, rows: Number(row?.rows ?? 0), share: Math.min(1, Math.round(share * 100) / 100) })
  }
  const sorted = [...days].sort((a, b) => a.day.localeCompare(b.day))
  let completeThrough: string | null = null
  for (const day of sorted) {
    if ((day.readAt.getTime() - endOf(day.day)) / hourMs < usual) break
    completeThrough = day.day
  }
  return {
    completeThrough,
    usualLatenessHours: Math.round(usual * 10) / 10,
    learnedFrom: learned ? lateness.length : 0,
    days: month,
  }
}

/** The days of charges (else of usage) of some connections over the last 90 days. */
export async function readDays(postgres: Postgres, connectionIds: string[]): Promise<Map<string, DayRow[]>> {
  const { rows } = await postgres.pool.query<DayRow & { connectionId: string; part: string }>(
    `SELECT connection_id AS "connectionId", day::text AS day, sum(rows_read)::text AS rows, min(first_seen_at) AS "firstSeenAt",
       max(changed_at) AS "changedAt", max(read_at) AS "readAt"
     FROM connection_days d
     WHERE connection_id = ANY($1::uuid[]) AND day >= now() - interval '90 days'
       AND (part = 'charges' OR NOT EXISTS (SELECT 1 FROM connection_days c WHERE c.connection_id = d.connection_id AND c.part = 'charges'))
     GROUP BY connection_id, day ORDER BY day`,
    [connectionIds],
  )
  const found = new Map<string, DayRow[]>()
  for (const row of rows) found.set(row.connectionId, [...(found.get(row.connectionId) ?? []), row])
  return found
}
