import { createHash } from 'node:crypto'
import { type PriceBook, type SpanUsage, usageFromOtelAttributes } from '@infrazen/ai-cost'
import type { RepriceUsage, UsageEvent } from '../../ledger'
import { priceUsage } from '../../pricing'
import { type AttributionRules, textOf } from './attribution'
import { type CallUsage, estimatedUsage, type TextTokens, tokensOfBytes } from './estimated-usage'
import { billingPartyOf } from './providers'
import { foldRawUsage, type RawUsage, rawUsageOfAttributes } from './raw-usage'
import type { Attributes, LogRecord, Origin, Span, TextSize } from './telemetry'

/**
 * What became of a record: an event to store; `other` when it is no model call (an HTTP span, a tool call); `rejected` with
 * the reason when it cannot be right.
 */
export type Outcome = { kind: 'event'; event: UsageEvent } | { kind: 'other' } | { kind: 'rejected'; reason: string }

export type UsageContext = {
  readonly book: PriceBook
  readonly rules: AttributionRules
  /** Milliseconds since 1970. */
  readonly now: number
}

const other: Outcome = { kind: 'other' }

const clockAheadMs = 10 * 60_000
const oldestMs = 5 * 366 * 86_400_000
const longestDurationMs = 0xffffffff

export function usageOfSpan(span: Span, origin: Origin, context: UsageContext): Outcome {
  const usage = usageFromOtelAttributes(span.attributes, {
    name: span.name,
    scopeName: origin.scopeName,
    scopeVersion: origin.scopeVersion,
  })
  if (usage === null) return other
  if (!isId(span.traceId, 32)) return rejected('trace id is missing or not 16 bytes')
  if (!isId(span.spanId, 16)) return rejected('span id is missing or not 8 bytes')
  const { start, end } = span
  if (end.ms < start.ms || (end.ms === start.ms && end.nanos < start.nanos))
    return rejected('span ends before it starts')
  return eventOf(usage, span.attributes, origin, context, tokensOf(span.text), {
    traceId: span.traceId,
    attemptId: span.spanId,
    parentId: isId(span.parentId, 16) ? span.parentId : '',
    source: observerOf(span.attributes, origin),
    startedAt: start.ms,
    durationMs: Math.round(end.ms - start.ms + (end.nanos - start.nanos) / 1e6),
    isError: span.isError,
  })
}

const observers: readonly [RegExp, UsageEvent['source']][] = [
  [/^(?:infrazen\.gateway|litellm|portkey|bifrost|kong|envoy|helicone|openrouter|tensorzero)/i, 'gateway'],
  [/^@?infrazen/i, 'sdk'],
]
const observerOfScope = new Map<string, UsageEvent['source']>()

/** Who reports the span: it may say so itself (`infrazen.observer`), else the name of its instrumentation tells. */
function observerOf(attributes: Attributes, { scopeName }: Origin): UsageEvent['source'] {
  const stated = attributes['infrazen.observer']
  if (stated === 'gateway' || stated === 'sdk' || stated === 'provider') return stated
  let observer = observerOfScope.get(scopeName)
  if (!observer) {
    observer = observers.find(([pattern]) => pattern.test(scopeName))?.[1] ?? 'span'
    if (observerOfScope.size < 1000) observerOfScope.set(scopeName, observer)
  }
  return observer
}

/** Log events that each describe one model call, and the attribute that names the call where there is one. */
const callEvents: Record<string, { callKey: string; besideSpan?: true }> = {
  'gen_ai.client.inference.operation.details': { callKey: 'gen_ai.response.id', besideSpan: true },
  'claude_code.api_request': { callKey: 'request_id' },
  'codex.sse_event': { callKey: '' },
  'gemini_cli.api_response': { callKey: '' },
}

/**
 * Call events of coding agents stand for themselves. The GenAI event is another observation of the span it was emitted in:
 * by the response id, or the trace and span, the ledger counts the two once.
 */
export function usageOfLogRecord(record: LogRecord, origin: Origin, context: UsageContext): Outcome {
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
  const durationMs = Number(attributes.duration_ms ?? 0)
  return eventOf(usage, attributes, origin, context, tokensOf(record.text), {
    ...(event.besideSpan && isId(record.traceId, 32) && isId(record.spanId, 16)
      ? { traceId: record.traceId, attemptId: record.spanId }
      : identityOf(record, name, textOf(attributes[event.callKey]), usage)),
    parentId: '',
    source: 'log',
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

const tokensOf = (text: TextSize | null): TextTokens | null =>
  text && { input: tokensOfBytes(text.input), output: tokensOfBytes(text.output) }

type Attempt = Pick<
  UsageEvent,
  'traceId' | 'attemptId' | 'parentId' | 'source' | 'startedAt' | 'durationMs' | 'isError'
>

/**
 * Prices and attributes the usage of one attempt. `text` is for calls whose usage never came; `block` is the producer's
 * own block where it is not among the attributes; `named` are further attributes that the caller gave by name, to be kept.
 */
export function eventOf(
  stated: SpanUsage,
  attributes: Attributes,
  origin: Origin,
  { book, rules, now }: UsageContext,
  text: TextTokens | null,
  attempt: Attempt,
  block: RawUsage = rawUsageOfAttributes(attributes),
  named: readonly string[] = [],
): Outcome {
  if (attempt.startedAt > now + clockAheadMs) return rejected('start lies more than 10 minutes in the future')
  if (attempt.startedAt < now - oldestMs) return rejected('start is missing or lies more than 5 years back')
  if (attempt.durationMs > longestDurationMs) return rejected('span lasts longer than 49 days')
  const usage: CallUsage = stated.isLeafCall ? estimatedUsage(stated, text, attempt.isError, attributes) : stated
  if (usage.findings.some((finding) => finding.code === 'count_not_whole'))
    return rejected('a token count is negative, fractional or not a number')
  for (const leaf of usage.leaves) {
    if (!Number.isSafeInteger(leaf.quantity)) return rejected(`quantity of ${leaf.unit} is not a whole number`)
    if (leaf.quantity < 0) return rejected(`quantity of ${leaf.unit} is negative`)
  }
  const attribution = rules.attributionOf(attributes, origin)
  // The caller's region prices a call only where the model runs in the caller's own cloud.
  const region = usage.region || (usage.provider === 'aws.bedrock' ? attribution.cloudRegion : '')
  const priced = priceUsage(book, usage, region, new Date(attempt.startedAt))
  const findings = usage.findings.map((finding) => finding.code)
  findings.push(...priced.findings, ...attribution.findings)
  const kept = rules.keptAttributesOf(attributes, origin, findings, named)
  if (findings.length > 0) kept['infrazen.findings'] = [...new Set(findings)].join(' ')
  if (usage.reportedCost !== null) kept['infrazen.reported_cost'] = textOf(usage.reportedCost)
  if (priced.listCost !== null) kept['infrazen.list_cost'] = priced.listCost
  // The value of a metric is kept as reported: what it adds depends on the points before it.
  const raw = attempt.source === 'metric' ? block : foldRawUsage(block, priced.leaves)
  const party = billingPartyOf(usage.provider)
  return {
    kind: 'event',
    // Every field by name: an object made by spreading is several times slower to make and to read.
    event: {
      traceId: attempt.traceId,
      attemptId: attempt.attemptId,
      parentId: attempt.parentId,
      responseId: usage.responseId.length < 6 ? '' : usage.responseId,
      source: attempt.source,
      kind: usage.isLeafCall ? 'call' : 'aggregate',
      callId: attribution.callId,
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
      costStatus: usage.isFree ? 'not_billable' : priced.costStatus,
      priceVersion: priced.priceVersion,
      pricePath: priced.pricePath,
      dialect: usage.dialect,
      rawShape: raw.shape,
      rawCounts: raw.counts,
      attributes: kept,
    },
  }
}

/** Prices what remains of a wrapper's usage, by the prices in force when the wrapper started. */
export const repriceBy =
  (book: PriceBook): RepriceUsage =>
  (event, leaves) => {
    const {
      findings: _,
      listCost: __,
      ...priced
    } = priceUsage(book, { ...event, leaves: [...leaves] }, event.region, new Date(event.startedAt))
    return priced
  }

const rejected = (reason: string): Outcome => ({ kind: 'rejected', reason })

/** All zeros is OpenTelemetry's way of saying "no id". */
const isId = (hex: string, length: number) => hex.length === length && !/^0*$/.test(hex)
