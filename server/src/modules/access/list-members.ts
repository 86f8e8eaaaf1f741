import { asc, eq } from 'drizzle-orm'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'
import type { MemberList } from './contract'

/** People of the caller's organization, those who came first on top. */
export async function listMembers(postgres: Postgres, scope: Scope): Promise<MemberList> {
  const rows = await postgres.db
    .select({
      id: tables.users.id,
      name: tables.users.name,
      email: tables.users.email,
      role: tables.members.role,
      since: tables.members.createdAt,
    })
    .from(tables.members)
    .innerJoin(tables.users, eq(tables.users.id, tables.members.userId))
    .where(eq(tables.members.organizationId, scope.organizationId))
    .orderBy(asc(tables.members.createdAt))
  return { members: rows.map((row) => ({ ...row, since: row.since.toISOString() })) }
}
