import { and, asc, eq } from 'drizzle-orm'
import { newId } from '../../primitives/ids'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'

/** One configured source of charges. */
export type Connection = { id: string; name: string }

/** The organization's connection of that name, made when there is none. Two callers at once get the same one. */
export async function findOrCreateConnection(postgres: Postgres, scope: Scope, name: string): Promise<Connection> {
  const { connections } = tables
  await postgres.db
    .insert(connections)
    .values({ id: newId(), organizationId: scope.organizationId, name })
    .onConflictDoNothing()
  const [row] = await postgres.db
    .select({ id: connections.id, name: connections.name })
    .from(connections)
    .where(and(eq(connections.organizationId, scope.organizationId), eq(connections.name, name)))
  if (!row) throw new Error(`connection ${name} was neither found nor made`)
  return row
}

/** Every connection of the organization, by name. */
export function listConnections(postgres: Postgres, scope: Scope): Promise<Connection[]> {
  const { connections } = tables
  return postgres.db
    .select({ id: connections.id, name: connections.name })
    .from(connections)
    .where(eq(connections.organizationId, scope.organizationId))
    .orderBy(asc(connections.name))
}
