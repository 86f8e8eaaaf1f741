import { and, desc, eq, isNull } from 'drizzle-orm'
import { Failure, notFound } from '../../../primitives/errors'
import { newId } from '../../../primitives/ids'
import type { Scope } from '../../../primitives/scope'
import { type Postgres, tables } from '../../../storage/postgres'
import { type Mapping, MappingDefinition, type MappingHistory } from '../contract'
import { signatureOf } from './mapping-format'

const { mappings, mappingVersions } = tables
type Row = typeof mappings.$inferSelect
type Stored = { names: string[]; definition: MappingDefinition }

/** What `format=` is for a mapping. */
export const formatIdOf = (id: string): string => `mapping:${id}`

/** Mappings in use, the latest changed first. */
export async function listMappings(postgres: Postgres, scope: Scope): Promise<Mapping[]> {
  const rows = await postgres.db
    .select()
    .from(mappings)
    .where(and(eq(mappings.organizationId, scope.organizationId), isNull(mappings.removedAt)))
    .orderBy(desc(mappings.updatedAt))
  return rows.map(toMapping)
}

/** @throws Failure mapping_not_found */
export async function getMapping(postgres: Postgres, scope: Scope, id: string): Promise<Mapping> {
  const [row] = await postgres.db
    .select()
    .from(mappings)
    .where(and(eq(mappings.organizationId, scope.organizationId), eq(mappings.id, id)))
  if (!row) throw notFound('mapping_not_found', 'There is no such mapping.')
  return toMapping(row)
}

/** Saves a mapping for files of this header; one that is there for the same header becomes its next version. */
export async function saveMapping(
  postgres: Postgres,
  scope: Scope,
  given: { name: string } & Stored,
): Promise<Mapping> {
  const signature = signatureOf(given.names)
  const [same] = await postgres.db
    .select({ id: mappings.id })
    .from(mappings)
    .where(
      and(
        eq(mappings.organizationId, scope.organizationId),
        eq(mappings.signature, signature),
        isNull(mappings.removedAt),
      ),
    )
  if (same) return changeMapping(postgres, scope, same.id, given)
  const id = newId()
  await postgres.db.transaction(async (tx) => {
    await tx.insert(mappings).values({
      id,
      organizationId: scope.organizationId,
      name: given.name,
      signature,
      definition: { names: given.names, definition: given.definition },
    })
    await tx.insert(mappingVersions).values({
      mappingId: id,
      version: 1,
      name: given.name,
      definition: { names: given.names, definition: given.definition },
      actor: scope.actor,
    })
  })
  return getMapping(postgres, scope, id)
}

/** The next version. Earlier ones stay, and so do the charges that they made. @throws Failure mapping_not_found */
export async function changeMapping(
  postgres: Postgres,
  scope: Scope,
  id: string,
  change: { name: string; definition: MappingDefinition },
): Promise<Mapping> {
  const before = await getMapping(postgres, scope, id)
  const stored = { names: before.names, definition: change.definition }
  await postgres.db.transaction(async (tx) => {
    await tx
      .update(mappings)
      .set({ name: change.name, definition: stored, version: before.version + 1, updatedAt: new Date() })
      .where(and(eq(mappings.organizationId, scope.organizationId), eq(mappings.id, id)))
    await tx.insert(mappingVersions).values({
      mappingId: id,
      version: before.version + 1,
      name: change.name,
      definition: stored,
      actor: scope.actor,
    })
  })
  return getMapping(postgres, scope, id)
}

/**
 * Takes a mapping out of use, or back into it. What it imported stays.
 * @throws Failure mapping_not_found, mapping_exists where another one has taken its header meanwhile
 */
export async function removeMapping(postgres: Postgres, scope: Scope, id: string, removed: boolean): Promise<Mapping> {
  const found = await getMapping(postgres, scope, id)
  if (
    !removed &&
    (await listMappings(postgres, scope)).some(
      (other) => signatureOf(other.names) === signatureOf(found.names) && other.id !== id,
    )
  )
    throw new Failure(
      'conflict',
      'mapping_exists',
      'Another mapping for files of this header is in use. Remove it first.',
    )
  await postgres.db
    .update(mappings)
    .set({ removedAt: removed ? new Date() : null })
    .where(and(eq(mappings.organizationId, scope.organizationId), eq(mappings.id, id)))
  return getMapping(postgres, scope, id)
}

/** Every version that was ever saved, the latest first. @throws Failure mapping_not_found */
export async function historyOf(postgres: Postgres, scope: Scope, id: string): Promise<MappingHistory> {
  await getMapping(postgres, scope, id)
  const rows = await postgres.db
    .select()
    .from(mappingVersions)
    .where(eq(mappingVersions.mappingId, id))
    .orderBy(desc(mappingVersions.version))
  return {
    versions: rows.map((row) => ({
      version: row.version,
      name: row.name,
      definition: MappingDefinition.parse((row.definition as Stored).definition),
      actor: row.actor,
      at: row.at.toISOString(),
    })),
  }
}

function toMapping(row: Row): Mapping {
  const { names, definition } = row.definition as Stored
  return {
    id: row.id,
    format: formatIdOf(row.id),
    name: row.name,
    names,
    version: row.version,
    definition: MappingDefinition.parse(definition),
    updatedAt: row.updatedAt.toISOString(),
    removed: row.removedAt !== null,
  }
}
