import { and, desc, eq, gte, isNull, lte, sql } from 'drizzle-orm'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'
import { type PublishedRate, type RateSource, sources } from './rate'

const table = tables.exchangeRates

let version = 0
/** Moves whenever this process has stored a new or changed rate. */
export const ratesVersion = (): number => version

/**
 * Keeps published rates. What is known already is left alone; a changed one is kept beside the earlier and counts from now.
 * Returns how many were new or changed.
 */
export async function saveRates(
  postgres: Postgres,
  source: RateSource,
  organizationId: string | null,
  rates: readonly PublishedRate[],
  actor: string,
): Promise<number> {
  if (rates.length === 0) return 0
  const days = rates.map(({ day }) => day).sort()
  const known = await ratesBetween(postgres, source, organizationId, days[0] as string, days.at(-1) as string)
  const changed = rates.filter((rate) => {
    const before = known.get(rate.currency)?.find(({ day }) => day === rate.day)
    return !before || !sameNumber(before.value, rate.value) || !sameNumber(before.nominal, rate.nominal)
  })
  for (let at = 0; at < changed.length; at += 1000) {
    await postgres.db
      .insert(table)
      .values(changed.slice(at, at + 1000).map((rate) => ({ organizationId, source, recordedBy: actor, ...rate })))
  }
  if (changed.length > 0) version++
  return changed.length
}

/** The rates in force of the days `from` to `to`, by currency, the newest day first. */
export async function ratesBetween(
  postgres: Postgres,
  source: RateSource,
  organizationId: string | null,
  from: string,
  to: string,
): Promise<Map<string, PublishedRate[]>> {
  const rows = await postgres.db
    .select({ currency: table.currency, day: table.day, nominal: table.nominal, value: table.value })
    .from(table)
    .where(
      and(
        eq(table.source, source),
        organizationId === null ? isNull(table.organizationId) : eq(table.organizationId, organizationId),
        gte(table.day, from),
        lte(table.day, to),
      ),
    )
    .orderBy(desc(table.day), desc(table.id))
  const byCurrency = new Map<string, PublishedRate[]>()
  for (const row of rows) {
    const list = byCurrency.get(row.currency) ?? []
    if (list.at(-1)?.day !== row.day) list.push({ ...row, nominal: trim(row.nominal), value: trim(row.value) })
    byCurrency.set(row.currency, list)
  }
  return byCurrency
}

/** Looks up the last rate on or before a day, for days between `from` and `to`. */
export async function rateLookup(postgres: Postgres, scope: Scope, source: RateSource, from: string, to: string) {
  const first = new Date(Date.parse(`${from}T00:00:00Z`) - sources[source].servesDays * 86_400_000)
  const organizationId = source === 'own' ? scope.organizationId : null
  const known = await ratesBetween(postgres, source, organizationId, first.toISOString().slice(0, 10), to)
  return (currency: string, day: string) => known.get(currency)?.find((rate) => rate.day <= day) ?? null
}

/** Notes when a source was asked; `problem` is null when it answered. */
export async function noteFetch(
  postgres: Postgres,
  source: RateSource,
  through: string | null,
  problem: string | null,
) {
  const fetches = tables.rateFetches
  await postgres.db
    .insert(fetches)
    .values({ source, askedAt: new Date(), through, problem })
    .onConflictDoUpdate({
      target: fetches.source,
      set: {
        askedAt: sql`excluded.asked_at`,
        through: sql`greatest(excluded.through, ${fetches.through})`,
        problem: sql`excluded.problem`,
      },
    })
}

export function listFetches(postgres: Postgres) {
  return postgres.db.select().from(tables.rateFetches)
}

/** The last day of the organization's own rates, or null. */
export async function lastOwnDay(postgres: Postgres, scope: Scope): Promise<string | null> {
  const [row] = await postgres.db
    .select({ day: table.day })
    .from(table)
    .where(and(eq(table.source, 'own'), eq(table.organizationId, scope.organizationId)))
    .orderBy(desc(table.day))
    .limit(1)
  return row?.day ?? null
}

const trim = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)
const sameNumber = (a: string, b: string) => trim(a) === trim(b)
