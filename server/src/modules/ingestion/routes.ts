import { Readable } from 'node:stream'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { invalid } from '../../primitives/errors'
import type { ClickHouse } from '../../storage/clickhouse'
import type { Postgres } from '../../storage/postgres'
import { findOrCreateConnection } from '../connections'
import { Import, ImportAccepted, ImportList, ImportListQuery, ImportQuery, QuarantinePage } from './contract'
import type { ImportQueue } from './imports/import-queue'
import { getImport, listImports } from './imports/import-store'
import { quarantineCsv, readQuarantine } from './imports/quarantine'
import { takeFile } from './imports/take-file'

type Deps = {
  clickhouse: ClickHouse
  postgres: Postgres
  queue: ImportQueue
  spoolFolder: string
  mostUploadBytes?: number
}
const Id = z.object({ id: z.guid() })

/** `POST /api/v1/imports` takes the raw bytes of one file; the rest reads what became of it. */
export function ingestionRoutes({
  clickhouse,
  postgres,
  queue,
  spoolFolder,
  mostUploadBytes = 64 * 2 ** 30,
}: Deps): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/api/v1/imports',
      {
        schema: {
          tags: ['Imports'],
          summary: 'Imports, newest first',
          querystring: ImportListQuery,
          response: { 200: ImportList },
        },
      },
      async (request) => listImports(postgres, request.scope, request.query),
    )

    app.get(
      '/api/v1/imports/:id',
      {
        schema: {
          tags: ['Imports'],
          summary: 'One import: progress, sums, problems',
          params: Id,
          response: { 200: Import },
        },
      },
      async (request) => (await getImport(postgres, request.scope, request.params.id)).answer,
    )

    app.get(
      '/api/v1/imports/:id/quarantine',
      {
        schema: {
          tags: ['Imports'],
          summary: 'Rows that could not enter the ledger',
          params: Id,
          querystring: z.object({
            offset: z.coerce.number().int().min(0).default(0),
            limit: z.coerce.number().int().min(1).max(1000).default(100),
          }),
          response: { 200: QuarantinePage },
        },
      },
      async (request) => {
        await getImport(postgres, request.scope, request.params.id)
        return readQuarantine(clickhouse, request.scope, request.params.id, request.query.offset, request.query.limit)
      },
    )

    app.get(
      '/api/v1/imports/:id/quarantine.csv',
      {
        schema: {
          tags: ['Imports'],
          summary: 'The same as CSV, to be corrected and imported with replayOf',
          params: Id,
        },
      },
      async (request, reply) => {
        const { answer } = await getImport(postgres, request.scope, request.params.id)
        return reply
          .header('content-type', 'text/csv; charset=utf-8')
          .header('content-disposition', `attachment; filename="quarantine-${answer.id}.csv"`)
          .send(Readable.from(quarantineCsv(clickhouse, request.scope, answer.id)))
      },
    )

    await app.register(async (uploads) => {
      // A file is taken as it comes, whatever its content type says.
      uploads.removeAllContentTypeParsers()
      uploads.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
      uploads.post(
        '/api/v1/imports',
        {
          schema: {
            tags: ['Imports'],
            summary: 'Import one file (CSV or Parquet; gzip and zstd are understood)',
            querystring: ImportQuery,
            response: { 202: ImportAccepted },
          },
        } as never,
        async (request, reply) => {
          const query = ImportQuery.parse(request.query)
          const body = request.body as AsyncIterable<Buffer> | null | undefined
          if (!body) throw invalid('file_empty', 'Send the bytes of the file as the body of the request.')
          if (query.replayOf) await getImport(postgres, request.scope, query.replayOf)
          const { id } = await takeFile(
            { clickhouse, postgres, queue, spoolFolder, mostUploadBytes },
            request.scope,
            {
              connectionId: async () =>
                query.replayOf
                  ? (await getImport(postgres, request.scope, query.replayOf)).row.connectionId
                  : (await findOrCreateConnection(postgres, request.scope, query.connection)).id,
              fileName: query.fileName ?? fileNameOf(request.headers['content-disposition']) ?? 'upload',
              delivery: query.delivery,
              format: query.format,
              currency: query.currency,
              replayOf: query.replayOf,
            },
            body,
          )
          return reply.code(202).send({ id })
        },
      )
    })
  }
}

function fileNameOf(disposition: string | undefined): string | undefined {
  return disposition === undefined ? undefined : /filename="?([^";]+)"?/.exec(disposition)?.[1]
}
