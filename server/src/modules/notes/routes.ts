import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Postgres } from '../../storage/postgres'
import { Note, NoteList, NoteRequest, NotesQuery } from './contract'
import { addNote, listNotes, readNote, setNoteDeleted } from './notes'

const byId = z.object({ id: z.uuid() })

/** Notes on the charts. */
export function noteRoutes({ postgres }: { postgres: Postgres }): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/api/v1/notes',
      {
        schema: { tags: ['Notes'], summary: 'Notes of a period', querystring: NotesQuery, response: { 200: NoteList } },
      },
      async (request) => ({ notes: await listNotes(postgres, request.scope, request.query) }),
    )
    app.post(
      '/api/v1/notes',
      { schema: { tags: ['Notes'], summary: 'Put a note on the charts', body: NoteRequest, response: { 201: Note } } },
      async (request, reply) => {
        reply.code(201)
        return addNote(postgres, request.scope, request.body)
      },
    )
    app.delete(
      '/api/v1/notes/:id',
      {
        schema: {
          tags: ['Notes'],
          summary: 'Take a note off the charts; `restore` puts it back',
          params: byId,
          response: { 204: z.null() },
        },
      },
      async (request, reply) => {
        await setNoteDeleted(postgres, request.scope, request.params.id, true)
        return reply.code(204).send(null)
      },
    )
    app.post(
      '/api/v1/notes/:id/restore',
      { schema: { tags: ['Notes'], summary: 'Put a deleted note back', params: byId, response: { 200: Note } } },
      async (request) => {
        await setNoteDeleted(postgres, request.scope, request.params.id, false)
        return readNote(postgres, request.scope, request.params.id)
      },
    )
  }
}
