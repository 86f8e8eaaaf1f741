import type { Call } from './calls'
import { projects, soldModels } from './company'

type Value = { stringValue: string } | { intValue: string } | { boolValue: boolean }
type Attribute = { key: string; value: Value }

const string = (key: string, value: string): Attribute => ({ key, value: { stringValue: value } })
/** OTLP's JSON writes 64-bit integers as text. */
const integer = (key: string, value: number): Attribute => ({ key, value: { intValue: String(value) } })
const nanos = (milliseconds: number) => `${Math.floor(milliseconds)}000000`

function spanOf(call: Call): unknown {
  const sold = soldModels[call.model]
  const attributes = [
    string('gen_ai.operation.name', call.operation),
    string('gen_ai.provider.name', sold.provider),
    string('gen_ai.request.model', sold.model),
    string('infrazen.team', call.team),
    string('infrazen.project', projects[call.team]),
    string('infrazen.feature', call.feature),
  ]
  if (sold.region !== 'global') attributes.push(string('cloud.region', sold.region))
  if (call.customer !== '') attributes.push(string('infrazen.customer', call.customer))
  if (call.experiment !== '') attributes.push(string('infrazen.experiment', call.experiment))
  if (call.run !== '') attributes.push(string('infrazen.run', call.run))
  // A refused call reports that it used nothing: that is known, and not the same as unknown.
  attributes.push(integer('gen_ai.usage.input_tokens', call.inputTokens))
  if (call.operation !== 'embeddings') attributes.push(integer('gen_ai.usage.output_tokens', call.outputTokens))
  if (call.cacheReadTokens > 0) attributes.push(integer('gen_ai.usage.cache_read.input_tokens', call.cacheReadTokens))
  if (call.cacheWriteTokens > 0)
    attributes.push(integer('gen_ai.usage.cache_creation.input_tokens', call.cacheWriteTokens))
  if (call.reasoningTokens > 0) attributes.push(integer('gen_ai.usage.reasoning.output_tokens', call.reasoningTokens))
  attributes.push(call.error === '' ? string('gen_ai.response.model', sold.model) : string('error.type', call.error))
  return {
    traceId: call.traceId,
    spanId: call.spanId,
    name: `${call.operation} ${sold.model}`,
    kind: 3,
    startTimeUnixNano: nanos(call.startedAt),
    endTimeUnixNano: nanos(call.startedAt + call.durationMs),
    attributes,
    status: call.error === '' ? {} : { code: 2, message: call.error },
  }
}

/** An ExportTraceServiceRequest in OTLP's JSON, one resource a service and environment, as real exporters send it. */
export function exportRequest(calls: readonly Call[]): string {
  const resources = new Map<string, { service: string; environment: string; spans: unknown[] }>()
  for (const call of calls) {
    const key = `${call.service}|${call.environment}`
    let resource = resources.get(key)
    if (!resource) {
      resource = { service: call.service, environment: call.environment, spans: [] }
      resources.set(key, resource)
    }
    resource.spans.push(spanOf(call))
  }
  return JSON.stringify({
    resourceSpans: [...resources.values()].map(({ service, environment, spans }) => ({
      resource: {
        attributes: [
          string('service.name', service),
          string('deployment.environment.name', environment),
          string('telemetry.sdk.name', 'opentelemetry'),
        ],
      },
      scopeSpans: [{ scope: { name: 'sora.genai', version: '1.0.0' }, spans }],
    })),
  })
}
