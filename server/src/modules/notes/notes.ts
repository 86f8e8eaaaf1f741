import { and, asc, eq, gte, isNull, lt, sql } from 'drizzle-orm'
import { notFound } from '../../primitives/errors'
import { newId } from '../../primitives/ids'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'
import type { Note, NoteRequest } from './contract'

const { notes, users, audit } = tables
const atMost = 200

/** Notes of the organization that mark a moment in the period, the earliest first; at most 200. */
export async function listNotes(
  postgres: Postgres,
  scope: Scope,
  period: { from: string; to: string },
): Promise<Note[]> {
  const rows = await postgres.db
    .select({ note: notes, author: users.name })
    .from(notes)
    .leftJoin(users, eq(sql`'user:' || ${users.id}`, notes.createdBy))
    .where(
      and(
        eq(notes.organizationId, scope.organizationId),
        isNull(notes.deletedAt),
        gte(notes.at, new Date(period.from)),
        lt(notes.at, new Date(period.to)),
      ),
    )
    .orderBy(asc(notes.at), asc(notes.createdAt))
    .limit(atMost)
  return rows.map(({ note, author }) => toNote(note, author))
}

export async function addNote(postgres: Postgres, scope: Scope, request: NoteRequest): Promise<Note> {
  const id = newId()
  await postgres.db.transaction(async (tx) => {
    await tx.insert(notes).values({
      id,
      organizationId: scope.organizationId,
      at: new Date(request.at),
      text: request.text,
      createdBy: scope.actor,
    })
    await tx.insert(audit).values(auditRow(scope, 'note.added', id))
  })
  return readNote(postgres, scope, id)
}

/** Takes a note off the charts, or puts it back. Doing it twice changes nothing. Throws `note_not_found`. */
export async function setNoteDeleted(postgres: Postgres, scope: Scope, id: string, deleted: boolean): Promise<void> {
  await postgres.db.transaction(async (tx) => {
    const [row] = await tx
      .update(notes)
      .set({ deletedAt: deleted ? new Date() : null })
      .where(and(eq(notes.organizationId, scope.organizationId), eq(notes.id, id)))
      .returning({ id: notes.id })
    if (!row) throw noteNotFound()
    await tx.insert(audit).values(auditRow(scope, deleted ? 'note.deleted' : 'note.restored', id))
  })
}

export async function readNote(postgres: Postgres, scope: Scope, id: string): Promise<Note> {
  const [row] = await postgres.db
    .select({ note: notes, author: users.name })
    .from(notes)
    .leftJoin(users, eq(sql`'user:' || ${users.id}`, notes.createdBy))
    .where(and(eq(notes.organizationId, scope.organizationId), eq(notes.id, id)))
  if (!row) throw noteNotFound()
  return toNote(row.note, row.author)
}

const toNote = (row: typeof notes.$inferSelect, author: string | null): Note => ({
  id: row.id,
  at: row.at.toISOString(),
  text: row.text,
  author,
  createdAt: row.createdAt.toISOString(),
})

const auditRow = (scope: Scope, action: string, subject: string) => ({
  id: newId(),
  organizationId: scope.organizationId,
  actor: scope.actor,
  action,
  subject,
})

const noteNotFound = () => notFound('note_not_found', 'There is no such note in this organization.')
