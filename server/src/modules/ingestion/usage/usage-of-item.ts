import { createHash } from 'node:crypto'
import { normaliseUsage, providerName, type SpanUsage } from '@infrazen/ai-cost'
import type { UsageItem } from '../contract'
import { eventOf, isContentName, type Outcome, rawUsageOfBlock, type UsageContext } from '../otlp'

const dimensionNames = new Set([
  'team',
  'project',
  'feature',
  'experiment',
  'run',
  'customer',
  'environment',
  'account',
  'region',
])
const mostNamed = 20

/** Characters of a script that make a token, about. */
const charactersPerToken = { latin: 4, cyrillic: 2.5, hangul: 1.5, other: 1.5 }

/** One reported call as an observation of a usage event. */
export function usageOfItem(item: UsageItem, context: UsageContext): Outcome {
  const provider = providerName(item.provider)
  const model = item.model || item.requestModel
  const block = item.usage ?? {}
  const normalised = normaliseUsage(provider, model, block)
  const usage: SpanUsage = {
    provider,
    requestModel: item.requestModel || item.model,
    model,
    operation: item.operation,
    serviceTier: item.batch ? 'batch' : item.serviceTier || normalised.serviceTier,
    region: item.region || normalised.region,
    responseId: item.responseId,
    leaves: item.leaves ?? normalised.leaves,
    usageStatus: item.leaves ? (item.leaves.length === 0 ? 'missing' : 'exact') : normalised.usageStatus,
    dialect: item.leaves ? 'leaves' : normalised.dialect,
    isLeafCall: true,
    reportedCost: normalised.reportedCost,
    findings: item.leaves ? [] : normalised.findings,
  }
  const attributes: Record<string, unknown> = {}
  const named: string[] = []
  for (const [name, value] of Object.entries(item.attribution)) {
    if (value === undefined || value === '') continue
    const own = dimensionNames.has(name)
      ? `infrazen.${name}`
      : name === 'user'
        ? 'user.id'
        : name === 'service'
          ? 'service.name'
          : name
    if (name === '__proto__' || isContentName(own)) continue
    attributes[own] = value
    if (own === name && !name.startsWith('infrazen.') && name !== 'service.name' && named.length < mostNamed)
      named.push(name)
  }
  if (item.error !== '') attributes['error.type'] = item.error
  if (item.logicalCallId !== '') attributes['infrazen.call'] = item.logicalCallId
  if (item.attempt > 0) {
    attributes['infrazen.attempt'] = item.attempt
    named.push('infrazen.attempt')
  }
  const key = item.id ?? item.responseId
  const digest = createHash('sha256')
    .update(JSON.stringify(key === '' ? item : [provider, key]))
    .digest('hex')
  return eventOf(
    usage,
    attributes,
    { resource: {}, scopeName: '', scopeVersion: '' },
    context,
    item.seen ? { input: tokensOf(item.seen.input), output: tokensOf(item.seen.output) } : null,
    {
      traceId: item.traceId?.toLowerCase() ?? digest.slice(0, 32),
      attemptId: item.traceId && item.spanId ? item.spanId.toLowerCase() : `item ${digest.slice(32)}`,
      parentId: item.parentSpanId?.toLowerCase() ?? '',
      source: item.observer,
      startedAt: Date.parse(item.startedAt),
      durationMs: Math.round(item.durationMs),
      isError: item.outcome !== 'ok',
    },
    item.usage ? rawUsageOfBlock(block) : { shape: '', counts: [] },
    named,
  )
}

function tokensOf(characters: NonNullable<UsageItem['seen']>['input']): number {
  let tokens = 0
  for (const [script, perToken] of Object.entries(charactersPerToken))
    tokens += characters[script as keyof typeof charactersPerToken] / perToken
  return Math.ceil(tokens)
}
