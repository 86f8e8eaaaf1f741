import { and, asc, eq, isNull } from 'drizzle-orm'
import { newId } from '../../primitives/ids'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'
import type { Certificate } from './contract'

const closings = tables.allocationClosings

export type Closing = {
  month: string
  runId: string
  ruleSetVersion: number
  certificate: Certificate
  hash: string
  actor: string
  closedAt: string
}

/** Months that are closed now, oldest first. */
export async function listClosings(postgres: Postgres, scope: Scope): Promise<Closing[]> {
  const rows = await postgres.db
    .select()
    .from(closings)
    .where(and(eq(closings.organizationId, scope.organizationId), isNull(closings.reopenedAt)))
    .orderBy(asc(closings.month))
  return rows.map(({ month, runId, ruleSetVersion, certificate, hash, actor, closedAt }) => ({
    month,
    runId,
    ruleSetVersion,
    certificate: certificate as Certificate,
    hash,
    actor,
    closedAt: closedAt.toISOString(),
  }))
}

export async function storeClosing(
  postgres: Postgres,
  scope: Scope,
  closing: { month: string; runId: string; ruleSetVersion: number; certificate: Certificate },
): Promise<boolean> {
  const rows = await postgres.db
    .insert(closings)
    .values({
      id: newId(),
      organizationId: scope.organizationId,
      ...closing,
      hash: closing.certificate.hash,
      actor: scope.actor,
      closedAt: new Date(closing.certificate.closedAt),
    })
    .onConflictDoNothing()
    .returning()
  return rows.length === 1
}

/** Opens a month again. Its certificate is kept, marked as taken back. */
export async function markReopened(postgres: Postgres, scope: Scope, month: string): Promise<boolean> {
  const rows = await postgres.db
    .update(closings)
    .set({ reopenedAt: new Date() })
    .where(
      and(eq(closings.organizationId, scope.organizationId), eq(closings.month, month), isNull(closings.reopenedAt)),
    )
    .returning()
  return rows.length === 1
}
