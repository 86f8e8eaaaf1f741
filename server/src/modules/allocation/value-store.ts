import { and, asc, eq, gte } from 'drizzle-orm'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'

const values = tables.allocationValues

/** Business values of one month: name → unit key → decimal. */
export async function valuesOf(
  postgres: Postgres,
  scope: Scope,
  month: string,
): Promise<Map<string, Map<string, string>>> {
  const rows = await postgres.db
    .select()
    .from(values)
    .where(and(eq(values.organizationId, scope.organizationId), eq(values.month, month)))
  const byName = new Map<string, Map<string, string>>()
  for (const { name, unit, value } of rows) byName.set(name, (byName.get(name) ?? new Map()).set(unit, value))
  return byName
}

/** Values from `since` on. */
export async function listValues(postgres: Postgres, scope: Scope, since: string) {
  const rows = await postgres.db
    .select({ month: values.month, name: values.name, unit: values.unit, value: values.value })
    .from(values)
    .where(and(eq(values.organizationId, scope.organizationId), gte(values.month, since)))
    .orderBy(asc(values.month), asc(values.name), asc(values.unit))
    .limit(10_000)
  return rows
}

/** Replaces all values of one name in one month. */
export async function writeValues(
  postgres: Postgres,
  scope: Scope,
  write: { month: string; name: string; values: Record<string, string> },
): Promise<void> {
  const { organizationId, actor } = scope
  const { month, name } = write
  await postgres.db.transaction(async (tx) => {
    await tx
      .delete(values)
      .where(and(eq(values.organizationId, organizationId), eq(values.month, month), eq(values.name, name)))
    const rows = Object.entries(write.values).map(([unit, value]) => ({
      organizationId,
      month,
      name,
      unit,
      value,
      actor,
    }))
    if (rows.length > 0) await tx.insert(values).values(rows)
  })
}
