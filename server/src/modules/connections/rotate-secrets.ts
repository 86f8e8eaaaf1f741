import { and, eq, isNotNull } from 'drizzle-orm'
import { type Postgres, tables } from '../../storage/postgres'
import type { Sealer } from './seal'

const { connections } = tables

/**
 * Seals every connection's credentials with the current key. Each is changed only while it still is what was read, so the server
 * may run meanwhile and the command may be repeated. Returns how many were sealed anew, and which could not be opened.
 */
export async function rotateSecrets(
  postgres: Postgres,
  sealer: Sealer,
): Promise<{ resealed: number; current: number; unreadable: string[] }> {
  const rows = await postgres.db
    .select({ id: connections.id, name: connections.name, sealed: connections.sealed })
    .from(connections)
    .where(isNotNull(connections.sealed))
  const result = { resealed: 0, current: 0, unreadable: [] as string[] }
  for (const { id, name, sealed } of rows) {
    if (sealed === null) continue
    if (sealer.isCurrent(sealed)) {
      result.current++
      continue
    }
    try {
      const fresh = sealer.seal(sealer.open(sealed, id), id)
      await postgres.db
        .update(connections)
        .set({ sealed: fresh })
        .where(and(eq(connections.id, id), eq(connections.sealed, sealed)))
      result.resealed++
    } catch {
      result.unreadable.push(name)
    }
  }
  return result
}
