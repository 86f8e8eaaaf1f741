import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { invalid, notFound } from '../../../primitives/errors'
import type { Scope } from '../../../primitives/scope'
import type { ClickHouse } from '../../../storage/clickhouse'
import { recordUsage, type UsageEvent, usageEventDetail } from '../../ledger'
import type { PriceBooks } from '../../pricing'
import { UsageEventDetail, UsageEventParams, UsageEventQuery, UsageItem, UsageQuery, UsageReceipt } from '../contract'
import { type AttributionRules, repriceBy } from '../otlp'
import { shownUsage } from './event-detail'
import { itemOfLine } from './export-formats'
import { usageOfItem } from './usage-of-item'

const largestBodyBytes = 32 * 1024 * 1024
const mostItems = 20_000
/** Items read before other requests get a turn. */
const slice = 500

export type UsageRouteDeps = {
  clickhouse: ClickHouse
  books: PriceBooks
  rulesOf: (scope: Scope) => Promise<AttributionRules>
  now?: () => number
  onRefused?: (scope: Scope, source: string, reasons: ReadonlyMap<string, number>, at: Date) => Promise<void>
}

/** POST /api/v1/usage: calls as programs, gateways and exports of providers tell them. Answered when they are on disk. */
export function usageRoutes(deps: UsageRouteDeps): FastifyPluginAsyncZod {
  const now = deps.now ?? Date.now
  return async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      ['application/json', 'application/x-ndjson', 'application/jsonl', 'text/plain'],
      { parseAs: 'string', bodyLimit: largestBodyBytes },
      (_request, body, done) => done(null, body),
    )
    app.get(
      '/api/v1/usage/:id',
      {
        schema: {
          tags: ['Telemetry'],
          summary: 'How a call came to be counted',
          description:
            'What each observer said of the call that a line names by EventId and StartedAt, and what counts of it.',
          params: UsageEventParams,
          querystring: UsageEventQuery,
          response: { 200: UsageEventDetail },
        },
      },
      async (request) => {
        const detail = await usageEventDetail(
          deps.clickhouse,
          request.scope,
          Date.parse(request.query.at),
          request.params.id,
        )
        if (!detail)
          throw notFound(
            'usage_event_not_found',
            'There is no such call. It may have been corrected meanwhile: load the line again.',
          )
        const { counts, corrections, event, observations } = detail
        return {
          counts,
          corrections,
          event: shownUsage(event, observations[0]),
          observations: observations.map((one) => shownUsage(one)),
        }
      },
    )
    app.post(
      '/api/v1/usage',
      {
        schema: {
          tags: ['Telemetry'],
          summary: 'Report calls',
          description:
            'Takes `{ "calls": [ … ] }`, a list, or one call a line (application/x-ndjson). With `format`, lines of an export of that kind. Each call is priced, attributed and counted once however often and by whomever it is reported; calls that cannot be taken are named and do not hold up the others.',
          querystring: UsageQuery,
          response: { 200: UsageReceipt },
        },
      },
      async (request) => {
        const { format } = request.query
        const lines = linesOf(String(request.body ?? ''))
        const at = now()
        const book = await deps.books.of(request.scope)
        const context = { book, rules: await deps.rulesOf(request.scope), now: at }
        const events: UsageEvent[] = []
        const problems: { index: number; code: string; message: string }[] = []
        let skipped = 0
        for (const [index, line] of lines.entries()) {
          if (index > 0 && index % slice === 0) await new Promise((resolve) => setImmediate(resolve))
          if (line === malformed || line === null || typeof line !== 'object' || Array.isArray(line)) {
            problems.push({ index, code: 'malformed_call', message: 'This is not a JSON object.' })
            continue
          }
          const given = format === 'calls' ? line : itemOfLine(format, line as Record<string, unknown>)
          if (given === null) {
            skipped++
            continue
          }
          const item = UsageItem.safeParse(given)
          if (!item.success) {
            const [issue] = item.error.issues
            problems.push({
              index,
              code: 'invalid_call',
              message: `${issue?.path.join('.') || 'the call'}: ${issue?.message ?? 'is not valid'}`,
            })
            continue
          }
          const outcome = usageOfItem(item.data, context)
          if (outcome.kind === 'event') events.push(outcome.event)
          else if (outcome.kind === 'rejected')
            problems.push({ index, code: 'impossible_call', message: outcome.reason })
        }
        const { known } = await recordUsage(deps.clickhouse, request.scope, events, repriceBy(book))
        if (problems.length > 0) {
          const reasons = new Map<string, number>()
          for (const { message } of problems)
            reasons.set(message.slice(0, 200), (reasons.get(message.slice(0, 200)) ?? 0) + 1)
          await deps
            .onRefused?.(request.scope, `usage ${format}`, reasons, new Date(at))
            .catch((err: unknown) => request.log.error({ err }, 'refused calls could not be noted'))
        }
        return { accepted: events.length, known, skipped, problems }
      },
    )
  }
}

const malformed = Symbol('malformed')

/** The calls of a body: `{ calls }`, a list, one object, or one a line. @throws `malformed_body`, `too_many_calls` */
function linesOf(body: string): unknown[] {
  const parsed = parse(body)
  let lines: unknown[]
  if (Array.isArray(parsed)) lines = parsed
  else if (parsed !== malformed) {
    const { calls, data } = (parsed ?? {}) as { calls?: unknown; data?: unknown }
    lines = Array.isArray(calls) ? calls : Array.isArray(data) ? data : [data ?? parsed]
  } else {
    lines = body
      .split('\n')
      .filter((line) => /\S/.test(line))
      .map(parse)
    if (lines.length < 2 || lines.every((line) => line === malformed)) {
      throw invalid('malformed_body', 'The body is not JSON. Send { "calls": [ … ] } or one JSON object a line.')
    }
  }
  if (lines.length > mostItems)
    throw invalid('too_many_calls', `Send at most ${mostItems} calls in one request.`, { calls: lines.length })
  return lines
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return malformed
  }
}
