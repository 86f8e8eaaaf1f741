import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { Failure, type FailureKind } from '../../../primitives/errors'
import type { Scope } from '../../../primitives/scope'
import type { ClickHouse } from '../../../storage/clickhouse'
import { type PriceBooks, shippedBooks } from '../../pricing'
import { AttributionRules, defaultAttribution } from './attribution'
import { logsOfJson, metricsOfJson, spansOfJson } from './decode-json'
import { logsOfProtobuf, metricsOfProtobuf, spansOfProtobuf } from './decode-protobuf'
import { MalformedTelemetry } from './protobuf'
import { type Receipt, receiveUsage } from './receive-usage'
import { largestBodyBytes, unpackBody } from './request-body'
import { contentTypeOf, type Encoding, exportResponse, type Signal, statusResponse } from './responses'
import { usageOfMetricPoint } from './usage-of-metric'
import { usageOfLogRecord, usageOfSpan } from './usage-of-record'

export type OtlpDeps = {
  clickhouse: ClickHouse
  books?: PriceBooks
  now?: () => number
  /** How the organization wants attribution worked out; the common spellings where absent. */
  rulesOf?: (scope: Scope) => Promise<AttributionRules>
  /** Told of records that were not taken. */
  onRefused?: (scope: Scope, source: string, reasons: ReadonlyMap<string, number>, at: Date) => Promise<void>
}

const plainRules = new AttributionRules(defaultAttribution, '')

const descriptions: Record<Signal, string> = {
  traces: 'Spans of GenAI model calls become priced usage events; other spans are acknowledged and not kept.',
  logs: 'GenAI call events become priced usage events; other log records are acknowledged and not kept.',
  metrics:
    'Token counters count where no span or log event of the same service tells of the calls one by one; other data points are acknowledged and not kept.',
}

/** OTLP over HTTP: POST /v1/traces, /v1/logs, /v1/metrics, protobuf and JSON. Answered when the usage is on disk. */
export function otlpRoutes(deps: OtlpDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const now = deps.now ?? Date.now
    const books = deps.books ?? shippedBooks
    const rulesOf = deps.rulesOf ?? (async () => plainRules)
    const context = async (scope: Scope) => ({ book: await books.of(scope), rules: await rulesOf(scope), now: now() })

    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      ['application/x-protobuf', 'application/json'],
      { parseAs: 'buffer', bodyLimit: largestBodyBytes },
      (_request, body, done) => done(null, body),
    )
    app.setErrorHandler((error, request, reply) => answerFailure(error, request, reply))

    const handlers: Record<Signal, (encoding: Encoding, body: Buffer, scope: Scope) => Promise<Receipt>> = {
      traces: async (encoding, body, scope) =>
        receiveUsage(
          deps.clickhouse,
          await context(scope),
          scope,
          'traces',
          encoding === 'json' ? spansOfJson(body) : spansOfProtobuf(body),
          usageOfSpan,
        ),
      logs: async (encoding, body, scope) =>
        receiveUsage(
          deps.clickhouse,
          await context(scope),
          scope,
          'logs',
          encoding === 'json' ? logsOfJson(body) : logsOfProtobuf(body),
          usageOfLogRecord,
        ),
      metrics: async (encoding, body, scope) =>
        receiveUsage(
          deps.clickhouse,
          await context(scope),
          scope,
          'metrics',
          encoding === 'json' ? metricsOfJson(body) : metricsOfProtobuf(body),
          (points, origin, context) => points.map((point) => usageOfMetricPoint(point, origin, context)),
        ),
    }

    for (const signal of ['traces', 'logs', 'metrics'] as const) {
      app.post(
        `/v1/${signal}`,
        {
          schema: {
            tags: ['Telemetry'],
            summary: `OTLP ${signal}`,
            description: descriptions[signal],
            consumes: Object.values(contentTypeOf),
          },
        },
        async (request, reply) => {
          const encoding = encodingOf(request)
          const body = await unpackBody(
            (request.body as Buffer | undefined) ?? Buffer.alloc(0),
            request.headers['content-encoding'],
          )
          const receipt: Receipt =
            body.length === 0 ? { rejected: 0, message: '' } : await handlers[signal](encoding, body, request.scope)
          const { rejected, message, reasons } = receipt
          if (reasons && reasons.size > 0) {
            // What was taken is on disk: a note that cannot be written must not make the client send it all again.
            await deps
              .onRefused?.(request.scope, `otlp ${signal}`, reasons, new Date(now()))
              .catch((err: unknown) => request.log.error({ err }, 'refused telemetry could not be noted'))
          }
          return reply.type(contentTypeOf[encoding]).send(exportResponse(encoding, signal, rejected, message))
        },
      )
    }
  }
}

function encodingOf(request: FastifyRequest): Encoding {
  return request.headers['content-type']?.trim().toLowerCase().startsWith('application/x-protobuf')
    ? 'protobuf'
    : 'json'
}

/** Kind of failure → HTTP status and `google.rpc.Code`. Clients repeat a request only after 429, 502, 503 and 504. */
const statusOf: Record<FailureKind, readonly [http: number, rpc: number]> = {
  invalid: [400, 3],
  unauthenticated: [401, 16],
  forbidden: [403, 7],
  not_found: [404, 5],
  conflict: [409, 6],
  too_large: [413, 3],
  unsupported: [415, 3],
  rate_limited: [429, 8],
  unavailable: [503, 14],
}
const retryAfterSeconds = 2

function answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const encoding = encodingOf(request)
  const [http, rpc, message] = describe(error)
  if (http >= 500) request.log.error({ err: error }, 'telemetry could not be taken')
  if (http === 401) reply.header('www-authenticate', 'Bearer realm="InfraZen"')
  if (http === 429 || http === 503) reply.header('retry-after', String(retryAfterSeconds))
  return reply
    .code(http)
    .type(contentTypeOf[encoding])
    .send(statusResponse(encoding, rpc, message))
}

function describe(error: unknown): [http: number, rpc: number, message: string] {
  if (error instanceof MalformedTelemetry) return [400, 3, `Not a valid OTLP request: ${error.message}.`]
  if (error instanceof Failure) {
    if (error.code === 'usage_queue_full') return [429, 8, error.message]
    return [...statusOf[error.kind], error.message]
  }
  const { statusCode, message } = error as { statusCode?: number; message?: string }
  if (statusCode === 413) return [413, 3, `The body is larger than ${largestBodyBytes} bytes. Send smaller batches.`]
  if (statusCode === 415) return [415, 3, 'Send application/x-protobuf or application/json.']
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return [statusCode, 3, message ?? 'The request cannot be read.']
  // A failure nobody foresaw may pass: 503 lets the client keep its telemetry and try again, 500 would make it drop it.
  return [503, 14, 'The telemetry could not be taken. Send it again in a moment.']
}
