import { and, asc, eq, isNull } from 'drizzle-orm'
import { newId } from '../../primitives/ids'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'

/** The organization's connection of that name, made when there is none. Two callers at once get the same one. */
export async function findOrCreateConnection(
  postgres: Postgres,
  scope: Scope,
  name: string,
): Promise<{ id: string; name: string }> {
  const { connections } = tables
  await postgres.db
    .insert(connections)
    .values({ id: newId(), organizationId: scope.organizationId, name })
    .onConflictDoNothing()
  const [row] = await postgres.db
    .select({ id: connections.id, name: connections.name })
    .from(connections)
    .where(
      and(
        eq(connections.organizationId, scope.organizationId),
        eq(connections.name, name),
        isNull(connections.deletedAt),
      ),
    )
  if (!row) throw new Error(`connection ${name} was neither found nor made`)
  return row
}

/** Every connection of the organization by name, deleted ones too: their charges still carry them. */
export function listConnections(postgres: Postgres, scope: Scope): Promise<{ id: string; name: string }[]> {
  const { connections } = tables
  return postgres.db
    .select({ id: connections.id, name: connections.name })
    .from(connections)
    .where(eq(connections.organizationId, scope.organizationId))
    .orderBy(asc(connections.name))
}
