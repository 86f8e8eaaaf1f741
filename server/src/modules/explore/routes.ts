import { Readable } from 'node:stream'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { answerQuestion } from './answer-question'
import {
  ExplainChangeAnswer,
  ExplainChangeRequest,
  ExportRequest,
  LinesAnswer,
  LinesRequest,
  PriceChangesAnswer,
  PriceChangesRequest,
  QueryAnswer,
  QueryRequest,
  RegistryAnswer,
} from './contract'
import { describeRegistry } from './describe-registry'
import { explainChange } from './explain-change'
import type { Explorer } from './explorer'
import { exportAnswer } from './export-answer'
import { listLines } from './list-lines'
import { listPriceChanges } from './list-price-changes'

/** `POST /api/v1/query`, `/lines`, `/export` and `GET /api/v1/registry`. Reads only: a POST here changes nothing. */
export function exploreRoutes({ explorer }: { explorer: Explorer }): FastifyPluginAsyncZod {
  return async (app) => {
    app.addHook('onClose', async () => explorer.close())

    app.post(
      '/api/v1/query',
      {
        schema: {
          tags: ['Explore'],
          summary: 'Ask for metrics by dimensions over a period',
          body: QueryRequest,
          response: { 200: QueryAnswer },
        },
      },
      (request) => answerQuestion(explorer, request.scope, request.body),
    )
    app.post(
      '/api/v1/explain-change',
      {
        schema: {
          tags: ['Explore'],
          summary: 'A change of cost as quantity, price and mix',
          body: ExplainChangeRequest,
          response: { 200: ExplainChangeAnswer },
        },
      },
      (request) => explainChange(explorer, request.scope, request.body),
    )
    app.post(
      '/api/v1/price-changes',
      {
        schema: {
          tags: ['Explore'],
          summary: 'List prices that changed inside a period, as the bills state them',
          body: PriceChangesRequest,
          response: { 200: PriceChangesAnswer },
        },
      },
      (request) => listPriceChanges(explorer, request.scope, request.body),
    )
    app.get(
      '/api/v1/registry',
      {
        schema: {
          tags: ['Explore'],
          summary: 'All metrics and dimensions, with names and explanations',
          response: { 200: RegistryAnswer },
        },
      },
      (request) => describeRegistry(explorer, request.scope),
    )
    app.post(
      '/api/v1/lines',
      {
        schema: {
          tags: ['Explore'],
          summary: 'The charges or calls behind a number, paged',
          body: LinesRequest,
          response: { 200: LinesAnswer },
        },
      },
      (request) => listLines(explorer, request.scope, request.body),
    )
    app.post(
      '/api/v1/export',
      { schema: { tags: ['Explore'], summary: 'An answer as CSV, or the FOCUS rows behind it', body: ExportRequest } },
      async (request, reply) => {
        const { fileName, truncated, rows } = await exportAnswer(explorer, request.scope, request.body)
        return reply
          .header('content-type', 'text/csv; charset=utf-8')
          .header('content-disposition', `attachment; filename="${fileName}"`)
          .header('x-infrazen-truncated', String(truncated))
          .send(Readable.from(rows))
      },
    )
  }
}
