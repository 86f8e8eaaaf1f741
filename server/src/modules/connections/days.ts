import type { Postgres } from '../../storage/postgres'

export type DayRead = { part: string; day: string; contentHash: string; rows: number }

/**
 * Records what a reading found for each day. `changed_at` moves only where the content did, so the table tells how late rows
 * arrive. `atMoment` is when the reading was made.
 */
export async function recordDays(
  postgres: Postgres,
  connectionId: string,
  days: readonly DayRead[],
  atMoment: Date,
): Promise<void> {
  if (days.length === 0) return
  await postgres.pool.query(
    `INSERT INTO connection_days (connection_id, part, day, content_hash, rows_read, first_seen_at, changed_at, read_at)
     SELECT $1, part, day, hash, n, $2, $2, $2 FROM unnest($3::text[], $4::date[], $5::text[], $6::bigint[]) AS d (part, day, hash, n)
     ON CONFLICT (connection_id, part, day) DO UPDATE SET
       changed_at = CASE WHEN connection_days.content_hash = excluded.content_hash THEN connection_days.changed_at ELSE excluded.changed_at END,
       content_hash = excluded.content_hash, rows_read = excluded.rows_read, read_at = excluded.read_at`,
    [
      connectionId,
      atMoment,
      days.map((day) => day.part),
      days.map((day) => day.day),
      days.map((day) => day.contentHash),
      days.map((day) => day.rows),
    ],
  )
}

/** What the last reading found for the days of some parts: `part day` → hash. */
export async function knownDays(
  postgres: Postgres,
  connectionId: string,
  from: string,
  to: string,
): Promise<Map<string, string>> {
  const { rows } = await postgres.pool.query<{ part: string; day: string; content_hash: string }>(
    'SELECT part, day::text AS day, content_hash FROM connection_days WHERE connection_id = $1 AND day >= $2::date AND day < $3::date',
    [connectionId, from.slice(0, 10), dayAfter(to)],
  )
  return new Map(rows.map((row) => [`${row.part} ${row.day}`, row.content_hash]))
}

/** The days of `[from, to)` as YYYY-MM-DD in UTC. */
export function daysBetween(from: string, to: string): string[] {
  const days: string[] = []
  for (let day = Date.parse(`${from.slice(0, 10)}T00:00:00Z`); day < Date.parse(to); day += 86_400_000)
    days.push(new Date(day).toISOString().slice(0, 10))
  return days
}

const dayAfter = (moment: string) => new Date(Date.parse(moment) + 86_400_000).toISOString().slice(0, 10)
