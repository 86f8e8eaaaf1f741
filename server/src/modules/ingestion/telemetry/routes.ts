import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { ClickHouse } from '../../../storage/clickhouse'
import type { Postgres } from '../../../storage/postgres'
import {
  AttributionMapping,
  AttributionMappingChange,
  AttributionUndo,
  AttributionVersions,
  TelemetryFindings,
  TelemetryFindingsQuery,
} from '../contract'
import type { AttributionStore } from './attribution-store'
import { telemetryFindings } from './findings'

/** /api/v1/attribution-mapping with its history and undo, /api/v1/telemetry/findings. */
export function telemetryRoutes(deps: {
  clickhouse: ClickHouse
  postgres: Postgres
  attribution: AttributionStore
  now?: () => number
}): FastifyPluginAsyncZod {
  const { attribution } = deps
  return async (app) => {
    app.get(
      '/api/v1/attribution-mapping',
      {
        schema: {
          tags: ['Telemetry'],
          summary: 'Which telemetry attributes say who a call was for',
          response: { 200: AttributionMapping },
        },
      },
      (request) => attribution.get(request.scope),
    )
    app.put(
      '/api/v1/attribution-mapping',
      {
        schema: {
          tags: ['Telemetry'],
          summary: 'Change the mapping, promoted attributes or the handling of personal identifiers',
          description: 'Holds for telemetry that comes in afterwards. What is not given stays as it is.',
          body: AttributionMappingChange,
          response: { 200: AttributionMapping },
        },
      },
      async (request) => {
        await attribution.change(request.scope, request.body)
        return attribution.get(request.scope)
      },
    )
    app.get(
      '/api/v1/attribution-mapping/history',
      {
        schema: {
          tags: ['Telemetry'],
          summary: 'Versions of the mapping, newest first',
          response: { 200: AttributionVersions },
        },
      },
      async (request) => ({ versions: await attribution.history(request.scope) }),
    )
    app.post(
      '/api/v1/attribution-mapping/undo',
      {
        schema: {
          tags: ['Telemetry'],
          summary: 'Take the newest change of the mapping back',
          body: AttributionUndo,
          response: { 200: AttributionMapping },
        },
      },
      async (request) => {
        await attribution.undo(request.scope, request.body.version)
        return attribution.get(request.scope)
      },
    )
    app.get(
      '/api/v1/telemetry/findings',
      {
        schema: {
          tags: ['Telemetry'],
          summary: 'What was guessed, cut, estimated or refused, by source',
          querystring: TelemetryFindingsQuery,
          response: { 200: TelemetryFindings },
        },
      },
      (request) => telemetryFindings(deps, request.scope, request.query.days, (deps.now ?? Date.now)()),
    )
  }
}
