import { and, asc, eq, isNull, ne, sql } from 'drizzle-orm'
import { conflict, notFound } from '../../primitives/errors'
import { newId } from '../../primitives/ids'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'

const { connections, audit } = tables
export type ConnectionRow = typeof connections.$inferSelect

/** How long a deleted connection can come back. After that its sealed credentials are erased. */
export const undoDays = 7

const mine = (scope: Scope, id: string) =>
  and(eq(connections.id, id), eq(connections.organizationId, scope.organizationId))

/** @throws Failure connection_not_found */
export async function getConnection(
  postgres: Postgres,
  scope: Scope,
  id: string,
  options: { deleted?: boolean } = {},
): Promise<ConnectionRow> {
  const [row] = await postgres.db.select().from(connections).where(mine(scope, id))
  if (!row || (row.deletedAt !== null && !options.deleted))
    throw notFound('connection_not_found', 'There is no such connection. It may have been deleted.')
  return row
}

export function listRows(postgres: Postgres, scope: Scope): Promise<ConnectionRow[]> {
  return postgres.db
    .select()
    .from(connections)
    .where(and(eq(connections.organizationId, scope.organizationId), isNull(connections.deletedAt)))
    .orderBy(asc(connections.name))
}

/** @throws Failure name_taken */
export async function insertConnection(
  postgres: Postgres,
  scope: Scope,
  row: Omit<typeof connections.$inferInsert, 'organizationId'>,
): Promise<void> {
  const { rowCount } = await postgres.db
    .insert(connections)
    .values({ ...row, organizationId: scope.organizationId })
    .onConflictDoNothing()
  if (rowCount === 0) throw nameTaken(row.name)
  await note(postgres, scope, 'connection.created', row.id, { connector: row.connector, name: row.name })
}

/** @throws Failure connection_not_found, name_taken */
export async function changeConnection(
  postgres: Postgres,
  scope: Scope,
  id: string,
  change: Partial<Omit<ConnectionRow, 'id' | 'organizationId'>>,
  action: string,
): Promise<void> {
  if (change.name !== undefined) await checkName(postgres, scope, change.name, id)
  const { rowCount } = await postgres.db.update(connections).set(change).where(mine(scope, id))
  if (rowCount === 0) throw notFound('connection_not_found', 'There is no such connection. It may have been deleted.')
  await note(postgres, scope, action, id, { changed: Object.keys(change).filter((name) => name !== 'sealed') })
}

/** Takes a deleted connection back; where its name was given again meanwhile, with a number behind it. */
export async function restoreConnection(postgres: Postgres, scope: Scope, id: string): Promise<void> {
  const row = await getConnection(postgres, scope, id, { deleted: true })
  if (row.deletedAt === null) return
  if (Date.now() - row.deletedAt.getTime() > undoDays * 86_400_000)
    throw conflict(
      'undo_expired',
      `A deleted connection comes back within ${undoDays} days. Its credentials are erased: connect it anew.`,
    )
  await checkAccount(postgres, scope, row.connector, row.accountId, id)
  const names = new Set((await listRows(postgres, scope)).map((other) => other.name))
  let name = row.name
  for (let number = 2; names.has(name); number++) name = `${row.name} ${number}`
  await changeConnection(
    postgres,
    scope,
    id,
    { name, deletedAt: null, nextSyncAt: row.connector === null ? null : new Date() },
    'connection.restored',
  )
}

/** Erases the credentials of connections that can no longer come back. For the server itself. */
export async function eraseDeleted(postgres: Postgres): Promise<void> {
  await postgres.db
    .update(connections)
    .set({ sealed: null })
    .where(
      sql`${connections.deletedAt} < now() - make_interval(days => ${undoDays}) and ${connections.sealed} is not null`,
    )
}

/**
 * Two connections of one account would bring every charge twice.
 * @throws Failure account_connected
 */
export async function checkAccount(
  postgres: Postgres,
  scope: Scope,
  connector: string | null,
  accountId: string | null,
  except?: string,
): Promise<void> {
  if (connector === null || accountId === null) return
  const other = (await listRows(postgres, scope)).find(
    (row) => row.connector === connector && row.accountId === accountId && row.id !== except,
  )
  if (other)
    throw conflict(
      'account_connected',
      `This account is already connected as ${other.name}; connected twice, its charges would count twice. Change that connection instead.`,
      { connection: other.name },
    )
}

async function checkName(postgres: Postgres, scope: Scope, name: string, id: string) {
  const [other] = await postgres.db
    .select({ id: connections.id })
    .from(connections)
    .where(
      and(
        eq(connections.organizationId, scope.organizationId),
        eq(connections.name, name),
        isNull(connections.deletedAt),
        ne(connections.id, id),
      ),
    )
  if (other) throw nameTaken(name)
}

const nameTaken = (name: string) =>
  conflict('name_taken', `There is already a connection named ${name}. Choose another name.`, { name })

async function note(postgres: Postgres, scope: Scope, action: string, subject: string, details: object) {
  await postgres.db.insert(audit).values({
    id: newId(),
    organizationId: scope.organizationId,
    actor: scope.actor,
    action,
    subject,
    details: { ...details },
  })
}
