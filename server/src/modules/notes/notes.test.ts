import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../primitives/ids'
import { migratePostgres, openPostgres, type Postgres, tables } from '../../storage/postgres'
import { addNote, listNotes, setNoteDeleted } from './notes'

const folder = mkdtempSync(join(tmpdir(), 'infrazen-notes-'))
let postgres: Postgres
const organizations = [newId(), newId()] as const
const mine = { organizationId: organizations[0], actor: 'user:u1' }
const theirs = { organizationId: organizations[1], actor: 'user:u2' }

beforeAll(async () => {
  postgres = await openPostgres({ path: join(folder, 'postgres') })
  await migratePostgres(postgres)
  for (const id of organizations)
    await postgres.db
      .insert(tables.organizations)
      .values({ id, name: id, timeZone: 'UTC', currency: 'USD', locale: 'en' })
  await postgres.db.insert(tables.users).values({ id: 'u1', name: 'Ada', email: 'ada@example.com' })
})
afterAll(async () => {
  await postgres.close()
  rmSync(folder, { recursive: true, force: true })
})

const november = { from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' }

test('a note stands in its period with who wrote it, for its own organization alone', async () => {
  const note = await addNote(postgres, mine, { at: '2026-11-09T09:00:00+09:00', text: 'Assistant v3' })
  expect(note).toMatchObject({ at: '2026-11-09T00:00:00.000Z', text: 'Assistant v3', author: 'Ada' })
  expect(await listNotes(postgres, mine, november)).toEqual([note])
  expect(await listNotes(postgres, mine, { ...november, from: '2026-11-10T00:00:00Z' })).toEqual([])
  expect(await listNotes(postgres, mine, { ...november, to: note.at })).toEqual([])
  expect(await listNotes(postgres, theirs, november)).toEqual([])
  await setNoteDeleted(postgres, mine, note.id, true)
})

test('a deleted note comes back as it was, and another organization can neither delete nor restore it', async () => {
  const note = await addNote(postgres, mine, { at: '2026-11-12T00:00:00Z', text: 'run-482 stopped' })
  await expect(setNoteDeleted(postgres, theirs, note.id, true)).rejects.toMatchObject({ code: 'note_not_found' })
  await setNoteDeleted(postgres, mine, note.id, true)
  expect(await listNotes(postgres, mine, november)).toEqual([])
  await setNoteDeleted(postgres, mine, note.id, false)
  expect(await listNotes(postgres, mine, november)).toEqual([note])
})
