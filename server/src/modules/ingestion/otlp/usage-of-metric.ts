import { createHash } from 'node:crypto'
import { providerName } from '@infrazen/ai-cost'
import { textOf } from './attribution'
import type { MetricPoint, Origin } from './telemetry'
import { eventOf, type Outcome, type UsageContext } from './usage-of-record'

/** Counters of tokens, and what each kind of token is. A kind that is missing here is a sum of others, or unknown. */
const metrics: Record<string, { kind: string; provider?: string; units: Record<string, string> }> = {
  'gen_ai.client.token.usage': {
    kind: 'gen_ai.token.type',
    units: { input: 'input.text.plain', output: 'output.text.visible', completion: 'output.text.visible' },
  },
  'claude_code.token.usage': {
    kind: 'type',
    provider: 'anthropic',
    units: {
      input: 'input.text.plain',
      output: 'output.text.visible',
      cacheRead: 'input.text.cache_read',
      cacheCreation: 'input.text.cache_write',
    },
  },
}

const other: Outcome = { kind: 'other' }

/**
 * A point of a token counter as usage of an interval: an upper bound where the metric does not tell cached tokens apart.
 * It is dated at the end of its interval. The ledger counts it only where no call of the service is known one by one.
 */
export function usageOfMetricPoint(point: MetricPoint, origin: Origin, context: UsageContext): Outcome {
  const known = Object.hasOwn(metrics, point.metric) ? metrics[point.metric] : undefined
  if (!known || point.value === null) return other
  const { attributes, start, time, temporality } = point
  const unit = known.units[textOf(attributes[known.kind])]
  if (!unit) return other
  if (temporality === 'unspecified') return { kind: 'rejected', reason: 'aggregation temporality is not stated' }
  const quantity = Number(point.value)
  if (!Number.isSafeInteger(quantity) || quantity < 0)
    return { kind: 'rejected', reason: 'a token counter is negative, fractional or too large' }
  if (quantity === 0 && temporality === 'delta') return other
  if (time.ms === 0) return { kind: 'rejected', reason: 'a data point has no time' }
  const model = textOf(attributes['gen_ai.response.model'] ?? attributes['gen_ai.request.model'] ?? attributes.model)
  const provider = textOf(attributes['gen_ai.provider.name'] ?? attributes['gen_ai.system']) || known.provider || ''
  // A cumulative counter that starts anew is another series.
  const series = createHash('sha256')
    .update(
      JSON.stringify([
        point.metric,
        temporality,
        temporality === 'cumulative' ? start : null,
        origin.scopeName,
        sorted(origin.resource),
        sorted(attributes),
      ]),
    )
    .digest('hex')
    .slice(0, 32)
  return eventOf(
    {
      provider: provider === '' ? '' : providerName(provider),
      requestModel: textOf(attributes['gen_ai.request.model'] ?? attributes.model) || model,
      model,
      operation: textOf(attributes['gen_ai.operation.name']) || 'chat',
      serviceTier: '',
      region: '',
      responseId: '',
      leaves: [{ unit, quantity }],
      usageStatus: 'estimated',
      dialect: `metric.${point.metric}`,
      isLeafCall: true,
      reportedCost: null,
      findings: [{ code: 'counted_by_metric', message: '' }],
    },
    attributes,
    origin,
    context,
    null,
    {
      traceId: series,
      attemptId: `metric ${time.ms} ${time.nanos}`,
      parentId: '',
      source: 'metric',
      startedAt: time.ms - 1,
      durationMs: start.ms > 0 ? Math.min(Math.max(0, time.ms - start.ms), 0xffffffff) : 0,
      isError: false,
    },
    { shape: `{"${temporality}":#}`, counts: [quantity] },
  )
}

const sorted = (attributes: Record<string, unknown>) =>
  Object.entries(attributes)
    .map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
