import { hashPassword } from 'better-auth/crypto'
import { sql } from 'drizzle-orm'
import { conflict } from '../../primitives/errors'
import { newId } from '../../primitives/ids'
import { type Postgres, tables } from '../../storage/postgres'
import { createOrganization, type Organization } from '../organizations'
import { insertApiKey } from './api-keys'

export type FirstStart = {
  organization: Pick<Organization, 'name' | 'timeZone' | 'currency' | 'locale' | 'sample'>
  owner: { name: string; email: string; password: string }
  /** `izk_…`, stored by its hash; null for none. */
  apiKey: string | null
}

/** True once the first organization exists. */
export async function isSetUp(postgres: Postgres): Promise<boolean> {
  const rows = await postgres.db.select({ id: tables.organizations.id }).from(tables.organizations).limit(1)
  return rows.length > 0
}

/** Makes the first organization, its owner and key, all or nothing. Throws `already_set_up` for everyone but the first. */
export async function setUp(postgres: Postgres, first: FirstStart): Promise<Organization> {
  // Slow on purpose, so outside the transaction.
  const password = await hashPassword(first.owner.password)
  return postgres.db.transaction(async (tx) => {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(7246391006)`)
    const existing = await tx.select({ id: tables.organizations.id }).from(tables.organizations).limit(1)
    if (existing.length > 0) throw conflict('already_set_up', 'InfraZen is set up already. Sign in.')
    const organization = await createOrganization(tx, first.organization)
    const userId = newId()
    const scope = { organizationId: organization.id, actor: `user:${userId}` }
    await tx.insert(tables.users).values({
      id: userId,
      name: first.owner.name,
      email: first.owner.email.toLowerCase(),
      emailVerified: true,
    })
    // The shape in which better-auth keeps a password.
    await tx
      .insert(tables.accounts)
      .values({ id: newId(), accountId: userId, providerId: 'credential', userId, password })
    await tx.insert(tables.members).values({ organizationId: organization.id, userId, role: 'owner' })
    if (first.apiKey !== null) await insertApiKey(tx, scope, 'First start', first.apiKey)
    await tx.insert(tables.audit).values({
      id: newId(),
      organizationId: organization.id,
      actor: scope.actor,
      action: 'organization.created',
      subject: organization.id,
    })
    return organization
  })
}
