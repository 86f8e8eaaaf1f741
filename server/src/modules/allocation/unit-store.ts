import { and, asc, eq } from 'drizzle-orm'
import { invalid, notFound } from '../../primitives/errors'
import { newId } from '../../primitives/ids'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'
import type { UnitChange, UnitState } from './contract'
import { everSince, type StoredUnit, treeAt } from './unit-tree'

const units = tables.allocationUnits

/** Every state of every unit of the organization. */
export async function readUnits(postgres: Postgres, scope: Scope): Promise<StoredUnit[]> {
  const rows = await postgres.db
    .select()
    .from(units)
    .where(eq(units.organizationId, scope.organizationId))
    .orderBy(asc(units.key), asc(units.fromMonth))
  return rows.map(({ organizationId: _, actor: __, at: ___, ...state }) => state)
}

/** The states of one unit, oldest month first. @throws Failure `unit_not_found` */
export async function unitHistory(postgres: Postgres, scope: Scope, key: string): Promise<UnitChange[]> {
  const rows = await postgres.db
    .select()
    .from(units)
    .where(and(eq(units.organizationId, scope.organizationId), eq(units.key, key)))
    .orderBy(asc(units.fromMonth))
  if (rows.length === 0) throw unitNotFound(key)
  return rows.map(({ organizationId: _, key: __, fromMonth, at, ...state }) => ({
    ...state,
    from: fromMonth === everSince ? null : fromMonth,
    at: at.toISOString(),
  }))
}

/**
 * Says what is true of a unit from a month on (null: since ever), replacing what was said of that very month.
 * @throws Failure `unknown_parent`, `unit_in_itself`
 */
export async function writeUnit(
  postgres: Postgres,
  scope: Scope,
  key: string,
  state: UnitState & { ended?: boolean; mergedInto?: string | null },
  from: string | null,
): Promise<void> {
  await writeUnits(postgres, scope, [{ key, state, from }])
}

/** Many at once, whole or not at all. */
export async function writeUnits(
  postgres: Postgres,
  scope: Scope,
  writes: { key: string; state: UnitState & { ended?: boolean; mergedInto?: string | null }; from: string | null }[],
): Promise<void> {
  if (writes.length === 0) return
  const stored: StoredUnit[] = writes.map(({ key, state, from }) => ({
    key,
    fromMonth: from ?? everSince,
    name: state.name,
    kind: state.kind,
    parent: state.parent,
    owner: state.owner,
    costCenter: state.costCenter,
    aliases: state.aliases,
    ended: state.ended ?? false,
    mergedInto: state.mergedInto ?? null,
  }))
  const replaced = new Set(stored.map((unit) => `${unit.key} ${unit.fromMonth}`))
  const all = [
    ...(await readUnits(postgres, scope)).filter((unit) => !replaced.has(`${unit.key} ${unit.fromMonth}`)),
    ...stored,
  ]
  for (const unit of stored) {
    if (unit.parent !== null && !all.some((other) => other.key === unit.parent))
      throw invalid('unknown_parent', `There is no unit “${unit.parent}” to put “${unit.key}” under. Make it first.`, {
        key: unit.key,
      })
    const months = [unit.fromMonth, ...all.map((other) => other.fromMonth).filter((month) => month > unit.fromMonth)]
    if ([...new Set(months)].some((month) => treeAt(all, month).cut.length > 0))
      throw invalid(
        'unit_in_itself',
        `“${unit.key}” cannot stand under “${unit.parent}”: that is itself or stands below it.`,
        {
          key: unit.key,
        },
      )
  }
  await postgres.db.transaction(async (tx) => {
    for (const unit of stored) {
      const row = { ...unit, organizationId: scope.organizationId, actor: scope.actor, at: new Date() }
      await tx
        .insert(units)
        .values(row)
        .onConflictDoUpdate({ target: [units.organizationId, units.key, units.fromMonth], set: row })
    }
    await tx.insert(tables.audit).values({
      id: newId(),
      organizationId: scope.organizationId,
      actor: scope.actor,
      action: 'allocation.units_changed',
      subject: stored.length === 1 ? stored[0]!.key : '',
      details: { units: stored.slice(0, 200) },
    })
  })
}

/** Takes one state back, so that the one before it holds again: the undo of a change. @throws Failure `unit_not_found` */
export async function forgetUnitState(
  postgres: Postgres,
  scope: Scope,
  key: string,
  from: string | null,
): Promise<void> {
  const deleted = await postgres.db
    .delete(units)
    .where(
      and(eq(units.organizationId, scope.organizationId), eq(units.key, key), eq(units.fromMonth, from ?? everSince)),
    )
    .returning()
  if (deleted.length === 0) throw unitNotFound(key)
  await postgres.db.insert(tables.audit).values({
    id: newId(),
    organizationId: scope.organizationId,
    actor: scope.actor,
    action: 'allocation.unit_state_removed',
    subject: key,
    details: { state: deleted[0] },
  })
}

export const unitNotFound = (key: string) =>
  notFound('unit_not_found', `There is no unit “${key}”. GET /api/v1/allocation/units lists them.`, { key })
