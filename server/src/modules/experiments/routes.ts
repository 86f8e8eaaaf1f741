import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Postgres } from '../../storage/postgres'
import { RunList, RunName, RunReport, RunsRequest } from './contract'
import { type Ask, listRuns } from './list-runs'
import { reportRun } from './report-run'

/** `PUT /api/v1/runs/{run}` and `GET /api/v1/runs`. `ask` answers questions about the ledger. */
export function experimentRoutes(deps: { postgres: Postgres; ask: Ask; now?: () => number }): FastifyPluginAsyncZod {
  return async (app) => {
    app.put(
      '/api/v1/runs/:run',
      {
        schema: {
          tags: ['Experiments'],
          summary:
            'What a run of an experiment says of itself: when it began and ended, and the figures it is judged by',
          params: RunName,
          body: RunReport,
        },
      },
      async (request, reply) => {
        await reportRun(deps.postgres, request.scope, request.params.run, request.body)
        return reply.code(204).send()
      },
    )
    app.get(
      '/api/v1/runs',
      {
        schema: {
          tags: ['Experiments'],
          summary: 'Runs of experiments in a period, with their cost and figures',
          querystring: RunsRequest,
          response: { 200: RunList },
        },
      },
      (request) => listRuns({ ...deps, now: deps.now ?? Date.now }, request.scope, request.query),
    )
  }
}
