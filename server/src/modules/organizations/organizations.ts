import { eq } from 'drizzle-orm'
import { invalid, notFound } from '../../primitives/errors'
import { newId } from '../../primitives/ids'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'
import type { Organization, OrganizationChange } from './contract'

type Row = typeof tables.organizations.$inferSelect
/** The database, or a transaction on it. */
type Database = Pick<Postgres['db'], 'select' | 'insert' | 'update'>

/** The caller's organization. Throws `organization_not_found` when it no longer exists. */
export async function getOrganization(postgres: Postgres, scope: Scope): Promise<Organization> {
  const [row] = await postgres.db
    .select()
    .from(tables.organizations)
    .where(eq(tables.organizations.id, scope.organizationId))
  if (!row) throw organizationNotFound()
  return toOrganization(row)
}

// Every question asks for it. Another server learns of a change after this long; this one at once.
const zoneRememberedForMs = 5_000
const zones = new WeakMap<Postgres, Map<string, { timeZone: Promise<string>; until: number }>>()

/** The time zone of the caller's organization. Throws `organization_not_found` when it no longer exists. */
export function timeZoneOfOrganization(postgres: Postgres, scope: Scope): Promise<string> {
  let known = zones.get(postgres)
  if (!known) {
    known = new Map()
    zones.set(postgres, known)
  }
  const found = known.get(scope.organizationId)
  if (found && found.until > Date.now()) return found.timeZone
  const timeZone = getOrganization(postgres, scope).then((organization) => organization.timeZone)
  const entry = { timeZone, until: Date.now() + zoneRememberedForMs }
  known.set(scope.organizationId, entry)
  const kept = known
  timeZone.catch(() => kept.get(scope.organizationId) === entry && kept.delete(scope.organizationId))
  return timeZone
}

/** The made-up company of a demo, or null. For the server itself: there is no caller whose scope could be asked. */
export async function findSampleOrganization(postgres: Postgres): Promise<Organization | null> {
  const [row] = await postgres.db
    .select()
    .from(tables.organizations)
    .where(eq(tables.organizations.sample, true))
    .limit(1)
  return row ? toOrganization(row) : null
}

/** Sources of exchange rates that some organization has chosen. For the server itself: they are fetched once for all. */
export async function listRateSources(postgres: Postgres): Promise<NonNullable<Row['rateSource']>[]> {
  const rows = await postgres.db.selectDistinct({ source: tables.organizations.rateSource }).from(tables.organizations)
  return rows.flatMap(({ source }) => (source === null ? [] : [source]))
}

/** Makes an organization. Throws `unknown_time_zone` or `unknown_currency`. */
export async function createOrganization(
  database: Database,
  organization: Pick<Organization, 'name' | 'timeZone' | 'currency' | 'locale' | 'sample'>,
): Promise<Organization> {
  checkTimeZone(organization.timeZone)
  checkCurrency(organization.currency)
  const [row] = await database
    .insert(tables.organizations)
    .values({ id: newId(), ...organization })
    .returning()
  if (!row) throw new Error('the organization was not stored')
  return toOrganization(row)
}

/** Changes what is given and leaves the rest. Throws `unknown_time_zone`, `unknown_currency` or `organization_not_found`. */
export async function changeOrganization(
  postgres: Postgres,
  scope: Scope,
  change: OrganizationChange,
): Promise<Organization> {
  if (change.timeZone !== undefined) checkTimeZone(change.timeZone)
  if (change.currency !== undefined) checkCurrency(change.currency)
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  if (Object.keys(given).length === 0) return getOrganization(postgres, scope)
  const changed = await postgres.db.transaction(async (tx) => {
    const [row] = await tx
      .update(tables.organizations)
      .set(given)
      .where(eq(tables.organizations.id, scope.organizationId))
      .returning()
    if (!row) throw organizationNotFound()
    await tx.insert(tables.audit).values({
      id: newId(),
      organizationId: scope.organizationId,
      actor: scope.actor,
      action: 'organization.changed',
      subject: scope.organizationId,
      details: given,
    })
    return toOrganization(row)
  })
  zones.get(postgres)?.delete(scope.organizationId)
  return changed
}

/** The organization of a row that was already found (sign-in joins it). */
export function toOrganization(row: Row): Organization {
  const { id, name, timeZone, currency, locale, sample, rateSource } = row
  return { id, name, timeZone, currency, locale, sample, rateSource }
}

const organizationNotFound = () =>
  notFound('organization_not_found', 'This organization does not exist any more. Sign in again.')

function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
  } catch {
    throw invalid('unknown_time_zone', `"${timeZone}" is not a time zone. Use an IANA name such as Europe/Berlin.`, {
      timeZone,
    })
  }
}

function checkCurrency(currency: string): void {
  if (!Intl.supportedValuesOf('currency').includes(currency)) {
    throw invalid('unknown_currency', `"${currency}" is not a currency. Use an ISO 4217 code such as EUR.`, {
      currency,
    })
  }
}
