import { z } from 'zod'

/** A mark that a person put on the charts: what happened, and when. */
export const Note = z.object({
  id: z.string(),
  at: z.string().describe('RFC 3339'),
  text: z.string(),
  author: z.string().nullable().describe('name of who wrote it; null when that was a program or somebody who left'),
  createdAt: z.string(),
})
export const NoteList = z.object({ notes: z.array(Note) })
export const NoteRequest = z.object({
  at: z.iso.datetime({ offset: true }).describe('the moment that the note marks'),
  text: z.string().trim().min(1).max(200),
})
/** `from` inclusive, `to` exclusive. */
export const NotesQuery = z.object({
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }),
})

export type Note = z.infer<typeof Note>
export type NoteList = z.infer<typeof NoteList>
export type NoteRequest = z.infer<typeof NoteRequest>
