import { and, desc, eq, inArray, isNull, lt, or, sql } from 'drizzle-orm'
import { invalid, notFound } from '../../../primitives/errors'
import type { Scope } from '../../../primitives/scope'
import { type Postgres, tables } from '../../../storage/postgres'
import type { Import, ImportList } from '../contract'
import type { ImportOutcome } from './import-order'

const { imports, connections } = tables
export type ImportRow = typeof imports.$inferSelect

/** Stores an import, or says which one already holds the same bytes of the same connection. */
export async function insertImport(
  postgres: Postgres,
  row: typeof imports.$inferInsert,
): Promise<{ inserted: boolean; sameAs: string | null }> {
  const [inserted] = await postgres.db.insert(imports).values(row).onConflictDoNothing().returning({ id: imports.id })
  if (inserted) return { inserted: true, sameAs: null }
  const [same] = await postgres.db
    .select({ id: imports.id })
    .from(imports)
    .where(
      and(
        eq(imports.organizationId, row.organizationId),
        eq(imports.connectionId, row.connectionId),
        eq(imports.contentHash, row.contentHash),
        inArray(imports.status, ['queued', 'running', 'succeeded']),
        isNull(imports.replayOf),
      ),
    )
  return { inserted: false, sameAs: same?.id ?? null }
}

/** Records that the same bytes came again; it tells what the first import of them found. */
export async function insertDuplicate(
  postgres: Postgres,
  row: typeof imports.$inferInsert,
  duplicateOf: string | null,
): Promise<void> {
  const [first] =
    duplicateOf === null ? [] : await postgres.db.select().from(imports).where(eq(imports.id, duplicateOf))
  const told = first && {
    batchIds: first.batchIds,
    rowsRead: first.rowsRead,
    rowsAccepted: first.rowsAccepted,
    rowsQuarantined: first.rowsQuarantined,
    sums: first.sums,
    problems: first.problems,
    format: first.format,
    billFormat: first.billFormat,
    focusVersion: first.focusVersion,
  }
  await postgres.db.insert(imports).values({
    ...row,
    ...told,
    held: null,
    status: 'duplicate',
    duplicateOf,
    progress: 1,
    finishedAt: new Date(),
    spoolPath: null,
  })
}

/** Takes the oldest import that waits, or whose server stopped answering for a minute; null when there is none. */
export async function claimImport(postgres: Postgres, owner: string): Promise<ImportRow | null> {
  const stale = new Date(Date.now() - 60_000)
  return postgres.db.transaction(async (tx) => {
    const [row] = await tx
      .select()
      .from(imports)
      .where(
        or(
          eq(imports.status, 'queued'),
          and(eq(imports.status, 'running'), or(isNull(imports.heartbeatAt), lt(imports.heartbeatAt, stale))),
        ),
      )
      .orderBy(imports.createdAt, imports.id)
      .limit(1)
      .for('update', { skipLocked: true })
    if (!row) return null
    await tx.update(imports).set({ status: 'running', owner, heartbeatAt: new Date() }).where(eq(imports.id, row.id))
    return row
  })
}

/** At the start of the only process on these stores: what an earlier one left running waits again, without its minute. */
export async function requeueAbandoned(postgres: Postgres): Promise<void> {
  await postgres.db.update(imports).set({ status: 'queued' }).where(eq(imports.status, 'running'))
}

export async function noteProgress(postgres: Postgres, id: string, progress: number, rowsRead: number): Promise<void> {
  await postgres.db.update(imports).set({ progress, rowsRead, heartbeatAt: new Date() }).where(eq(imports.id, id))
}

export async function finishImport(postgres: Postgres, id: string, outcome: ImportOutcome): Promise<void> {
  await postgres.db
    .update(imports)
    .set({
      status: 'succeeded',
      progress: 1,
      format: outcome.format,
      billFormat: outcome.billFormat,
      focusVersion: outcome.focusVersion,
      batchIds: outcome.batchIds,
      rowsRead: outcome.rows.read,
      rowsAccepted: outcome.rows.accepted,
      rowsQuarantined: outcome.rows.quarantined,
      sums: outcome.sums,
      problems: outcome.problems,
      findings: outcome.findings,
      ...(outcome.held ? { held: sql`${imports.held} || ${JSON.stringify(outcome.held)}::jsonb` } : {}),
      spoolPath: null,
      finishedAt: new Date(),
    })
    .where(eq(imports.id, id))
}

export async function failImport(
  postgres: Postgres,
  id: string,
  problem: { code: string; message: string },
): Promise<void> {
  await postgres.db
    .update(imports)
    .set({
      status: 'failed',
      problems: [{ row: null, column: null, ...problem }],
      rowsRead: 0,
      spoolPath: null,
      finishedAt: new Date(),
    })
    .where(eq(imports.id, id))
}

/** Frees the content of withdrawn batches, so that the same file can come in again. */
export async function forgetContent(postgres: Postgres, scope: Scope, importId: string): Promise<void> {
  await postgres.db
    .update(imports)
    .set({ contentHash: sql`${imports.contentHash} || ':withdrawn:' || ${imports.id}::text` })
    .where(
      and(
        eq(imports.organizationId, scope.organizationId),
        eq(imports.id, importId),
        sql`position(':' in ${imports.contentHash}) = 0`,
      ),
    )
}

/**
 * Imports, newest first, a page at a time.
 * @param page.cursor the last import of the page before
 * @throws Failure `cursor_unknown`
 */
export async function listImports(
  postgres: Postgres,
  scope: Scope,
  page: { limit: number; cursor?: string },
): Promise<ImportList> {
  const mine = eq(imports.organizationId, scope.organizationId)
  const after = page.cursor === undefined ? undefined : await placeOf(postgres, scope, page.cursor)
  const rows = await postgres.db
    .select({ row: imports, connection: connections.name })
    .from(imports)
    .innerJoin(connections, eq(connections.id, imports.connectionId))
    .where(after === undefined ? mine : and(mine, after))
    .orderBy(desc(imports.createdAt), desc(imports.id))
    .limit(page.limit + 1)
  const shown = rows.slice(0, page.limit)
  return {
    imports: shown.map(({ row, connection }) => toImport(row, connection)),
    next: rows.length > page.limit ? (shown.at(-1)?.row.id ?? null) : null,
  }
}

/** Older than the import of the cursor. Compared in the database, which knows its moments finer than JavaScript. */
async function placeOf(postgres: Postgres, scope: Scope, cursor: string) {
  const [known] = await postgres.db
    .select({ id: imports.id })
    .from(imports)
    .where(and(eq(imports.organizationId, scope.organizationId), eq(imports.id, cursor)))
  if (!known) throw invalid('cursor_unknown', 'There is no such cursor. Take it from `next` of the page before.')
  return sql`(${imports.createdAt}, ${imports.id}) < (SELECT created_at, id FROM imports WHERE id = ${cursor})`
}

/** @throws Failure import_not_found */
export async function getImport(
  postgres: Postgres,
  scope: Scope,
  id: string,
): Promise<{ answer: Import; row: ImportRow }> {
  const [found] = await postgres.db
    .select({ row: imports, connection: connections.name })
    .from(imports)
    .innerJoin(connections, eq(connections.id, imports.connectionId))
    .where(and(eq(imports.organizationId, scope.organizationId), eq(imports.id, id)))
  if (!found) throw notFound('import_not_found', 'There is no such import. The list of imports is on the Data page.')
  return { answer: toImport(found.row, found.connection), row: found.row }
}

function toImport(row: ImportRow, connection: string): Import {
  return {
    id: row.id,
    status: row.status,
    progress: row.progress,
    fileName: row.fileName,
    connection,
    bytes: row.bytes.toString(),
    format: row.format,
    billFormat: row.billFormat,
    focusVersion: row.focusVersion,
    batchIds: row.batchIds,
    duplicateOf: row.duplicateOf,
    rows: { read: row.rowsRead, accepted: row.rowsAccepted, quarantined: row.rowsQuarantined },
    sums: row.sums,
    problems: row.problems,
    findings: row.findings,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  }
}
