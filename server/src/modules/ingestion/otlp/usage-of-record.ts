import { createHash } from 'node:crypto'
import { type SpanUsage, usageFromOtelAttributes } from '@infrazen/ai-cost'
import type { UsageEvent } from '../../ledger'
import { type PriceBook, priceUsage } from '../../pricing'
import { attributionOf, keptAttributesOf, textOf } from './attribution'
import { billingPartyOf } from './providers'
import type { Attributes, LogRecord, Origin, Span } from './telemetry'

/**
 * What became of a record: an event to store; `other` when it is no model call (an HTTP span, a tool call); `wrapper` when
 * its usage is the sum of calls below it; `span_counts` when it is a log event of a span that is itself reported; `rejected` with the reason when it cannot be right.
 */
export type Outcome =
  | { kind: 'event'; event: UsageEvent }
  | { kind: 'other' | 'wrapper' | 'span_counts' }
  | { kind: 'rejected'; reason: string }

const other: Outcome = { kind: 'other' }
const wrapper: Outcome = { kind: 'wrapper' }

const clockAheadMs = 10 * 60_000
const oldestMs = 5 * 366 * 86_400_000
const longestDurationMs = 0xffffffff

/** `now` in milliseconds since 1970. */
export function usageOfSpan(span: Span, origin: Origin, book: PriceBook, now: number): Outcome {
  const usage = usageFromOtelAttributes(span.attributes, {
    name: span.name,
    scopeName: origin.scopeName,
    scopeVersion: origin.scopeVersion,
  })
  if (usage === null) return other
  if (!usage.isLeafCall) return wrapper
  if (!isId(span.traceId, 32)) return rejected('trace id is missing or not 16 bytes')
  if (!isId(span.spanId, 16)) return rejected('span id is missing or not 8 bytes')
  const { start, end } = span
  if (end.ms < start.ms || (end.ms === start.ms && end.nanos < start.nanos))
    return rejected('span ends before it starts')
  return eventOf(usage, span.attributes, origin, book, now, {
    traceId: span.traceId,
    attemptId: span.spanId,
    startedAt: start.ms,
    durationMs: Math.round(end.ms - start.ms + (end.nanos - start.nanos) / 1e6),
    isError: span.isError,
  })
}

/** Log events that each describe one model call, and the attribute that names the call where there is one. */
const callEvents: Record<string, { callKey: string; besideSpan?: true }> = {
  'gen_ai.client.inference.operation.details': { callKey: 'gen_ai.response.id', besideSpan: true },
  'claude_code.api_request': { callKey: 'request_id' },
  'codex.sse_event': { callKey: '' },
  'gemini_cli.api_response': { callKey: '' },
}

/**
 * Call events of coding agents stand for themselves. The GenAI event repeats the span it was emitted in: where that span
 * is sampled, and so exported, the span counts and the event does not.
 */
export function usageOfLogRecord(record: LogRecord, origin: Origin, book: PriceBook, now: number): Outcome {
  const { attributes } = record
  const name = record.eventName || textOf(attributes['event.name'])
  const event = callEvents[Object.hasOwn(callEvents, name) ? name : `claude_code.${name}`]
  if (!event) return other
  const usage = usageFromOtelAttributes(attributes, {
    name,
    scopeName: origin.scopeName,
    scopeVersion: origin.scopeVersion,
  })
  if (usage === null) return other
  if (!usage.isLeafCall) return wrapper
  if (event.besideSpan && record.isSampled && isId(record.spanId, 16)) return { kind: 'span_counts' }
  const durationMs = Number(attributes.duration_ms ?? 0)
  return eventOf(usage, attributes, origin, book, now, {
    ...identityOf(record, name, textOf(attributes[event.callKey]), usage),
    startedAt: record.at.ms,
    durationMs: Number.isFinite(durationMs) && durationMs >= 0 ? Math.round(durationMs) : 0,
    isError: textOf(attributes['error.type']) !== '',
  })
}

/**
 * Logs are delivered at least once and have no id of their own: the provider's id of the call tells repetitions apart,
 * else the whole content does.
 */
function identityOf(
  record: LogRecord,
  name: string,
  callKey: string,
  usage: SpanUsage,
): { traceId: string; attemptId: string } {
  const scalars = Object.entries(record.attributes).map(([key, value]) => [
    key,
    typeof value === 'bigint' ? String(value) : value,
  ])
  const content =
    callKey !== '' ? [callKey] : [record.at, record.traceId, record.spanId, usage.model, usage.leaves, scalars]
  const digest = createHash('sha256')
    .update(JSON.stringify([name, ...content]))
    .digest('hex')
  return {
    traceId: isId(record.traceId, 32) ? record.traceId : digest.slice(0, 32),
    attemptId: `log ${digest.slice(32)}`,
  }
}

type Attempt = Pick<UsageEvent, 'traceId' | 'attemptId' | 'startedAt' | 'durationMs' | 'isError'>

function eventOf(
  usage: SpanUsage,
  attributes: Attributes,
  origin: Origin,
  book: PriceBook,
  now: number,
  attempt: Attempt,
): Outcome {
  if (attempt.startedAt > now + clockAheadMs) return rejected('start lies more than 10 minutes in the future')
  if (attempt.startedAt < now - oldestMs) return rejected('start is missing or lies more than 5 years back')
  if (attempt.durationMs > longestDurationMs) return rejected('span lasts longer than 49 days')
  if (usage.findings.some((finding) => finding.code === 'count_not_whole'))
    return rejected('a token count is negative, fractional or not a number')
  for (const leaf of usage.leaves) {
    if (!Number.isSafeInteger(leaf.quantity)) return rejected(`quantity of ${leaf.unit} is not a whole number`)
    if (leaf.quantity < 0) return rejected(`quantity of ${leaf.unit} is negative`)
  }
  const attribution = attributionOf(attributes, origin)
  // The caller's region prices a call only where the model runs in the caller's own cloud.
  const region = usage.region || (usage.provider === 'aws.bedrock' ? attribution.cloudRegion : '')
  const priced = priceUsage(book, usage, region, new Date(attempt.startedAt))
  const kept = keptAttributesOf(attributes, origin)
  if (usage.findings.length + priced.findings.length > 0) {
    kept['infrazen.findings'] = [
      ...new Set([...usage.findings.map((finding) => finding.code), ...priced.findings]),
    ].join(' ')
  }
  if (usage.reportedCost !== null) kept['infrazen.reported_cost'] = textOf(usage.reportedCost)
  const party = billingPartyOf(usage.provider)
  return {
    kind: 'event',
    // Every field by name: an object made by spreading is several times slower to make and to read.
    event: {
      traceId: attempt.traceId,
      attemptId: attempt.attemptId,
      startedAt: attempt.startedAt,
      durationMs: attempt.durationMs,
      isError: attempt.isError,
      provider: usage.provider,
      serviceProviderName: party.serviceProviderName,
      serviceName: party.serviceName,
      accountId: attribution.accountId,
      requestModel: textOf(usage.requestModel),
      model: textOf(usage.model),
      operation: textOf(usage.operation),
      serviceTier: textOf(usage.serviceTier),
      region,
      team: attribution.team,
      project: attribution.project,
      feature: attribution.feature,
      experiment: attribution.experiment,
      run: attribution.run,
      customer: attribution.customer,
      environment: attribution.environment,
      service: attribution.service,
      leaves: priced.leaves,
      cost: priced.cost,
      currency: priced.currency,
      usageStatus: usage.usageStatus,
      costStatus: priced.costStatus,
      priceVersion: priced.priceVersion,
      pricePath: priced.pricePath,
      attributes: kept,
    },
  }
}

const rejected = (reason: string): Outcome => ({ kind: 'rejected', reason })

/** All zeros is OpenTelemetry's way of saying "no id". */
const isId = (hex: string, length: number) => hex.length === length && !/^0*$/.test(hex)
