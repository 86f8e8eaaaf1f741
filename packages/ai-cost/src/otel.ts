import { attributeDialects } from './dialects'
import { dialectOf, missingUsage, readUsage } from './normalise'
import { providerName, providerOfModel } from './providers'
import type { NormalisedUsage, SpanUsage } from './types'

type Attributes = Record<string, unknown>
type Span = { name: string; scopeName: string; scopeVersion: string }

/** Attribute names in the order in which they are believed. */
const names = {
  provider: ['gen_ai.provider.name', 'gen_ai.system', 'llm.provider', 'llm.system', 'ai.model.provider'],
  requestModel: [
    'gen_ai.request.model',
    'ai.model.id',
    'llm.model_name',
    'embedding.model_name',
    'langfuse.observation.model.name',
    'model',
  ],
  responseModel: [
    'gen_ai.response.model',
    'ai.response.model',
    'llm.model_name',
    'embedding.model_name',
    'langfuse.observation.model.name',
    'model',
  ],
  responseId: ['gen_ai.response.id', 'ai.response.id', 'request_id'],
  region: ['gen_ai.response.inference_geo'],
}

/** What an operation means for counting. `none` is not a model call at all. */
type Kind = 'call' | 'embedding' | 'aggregate' | 'none'
const operations: Record<string, [operation: string, kind: Kind]> = {
  chat: ['chat', 'call'],
  generate_content: ['generate_content', 'call'],
  text_completion: ['text_completion', 'call'],
  completion: ['text_completion', 'call'],
  realtime_inference: ['realtime_inference', 'call'],
  embeddings: ['embeddings', 'embedding'],
  embedding: ['embeddings', 'embedding'],
  rerank: ['rerank', 'call'],
  reranker: ['rerank', 'call'],
  llm: ['chat', 'call'],
  generation: ['chat', 'call'],
  responses: ['chat', 'call'],
  image_generation: ['image_generation', 'call'],
  transcription: ['transcription', 'call'],
  speech: ['speech', 'call'],
  invoke_agent: ['invoke_agent', 'aggregate'],
  agent_step: ['agent_step', 'aggregate'],
  agent: ['invoke_agent', 'aggregate'],
  chain: ['chain', 'aggregate'],
  span: ['span', 'aggregate'],
  invoke_workflow: ['invoke_workflow', 'aggregate'],
  workflow: ['invoke_workflow', 'aggregate'],
  task: ['task', 'aggregate'],
  execute_tool: ['execute_tool', 'none'],
  tool: ['execute_tool', 'none'],
  retrieval: ['retrieval', 'none'],
  retriever: ['retrieval', 'none'],
  create_agent: ['create_agent', 'none'],
  plan: ['plan', 'aggregate'],
  guardrail: ['guardrail', 'none'],
  evaluator: ['evaluator', 'none'],
  prompt: ['prompt', 'none'],
}
const operationNames = [
  'gen_ai.operation.name',
  'llm.request.type',
  'openinference.span.kind',
  'langsmith.span.kind',
  'langfuse.observation.type',
  'traceloop.span.kind',
]

/** Vercel AI SDK before version 7: the root repeats what its `do…` children report. */
const vercel =
  /^ai\.(?:generateText|streamText|generateObject|streamObject|embed|embedMany|toolCall|rerank)(\.do[A-Z]\w*)?/

/** Log events of coding agents that carry the usage of one call. */
const events: Record<string, { provider: string; kind?: [attribute: string, value: string] }> = {
  'claude_code.api_request': { provider: 'anthropic' },
  api_request: { provider: 'anthropic' },
  'codex.sse_event': { provider: 'openai', kind: ['event.kind', 'response.completed'] },
  'gemini_cli.api_response': { provider: 'gcp.gemini' },
}

function first(attributes: Attributes, keys: readonly string[]): string {
  for (let i = 0; i < keys.length; i++) {
    const found = attributes[keys[i]!]
    if (typeof found === 'string' && found !== '') return found
  }
  return ''
}

function operationOf(attributes: Attributes, span: Span): [operation: string, kind: Kind] | null {
  const sdk = vercel.exec(typeof attributes['ai.operationId'] === 'string' ? attributes['ai.operationId'] : span.name)
  if (sdk && attributes['gen_ai.operation.name'] === undefined) {
    if (sdk[0].startsWith('ai.toolCall')) return ['execute_tool', 'none']
    if (!sdk[1]) return ['invoke_agent', 'aggregate']
    return sdk[1].startsWith('.doEmbed')
      ? ['embeddings', 'embedding']
      : sdk[1] === '.doRerank'
        ? ['rerank', 'call']
        : ['chat', 'call']
  }
  if (sdk && !sdk[1] && span.scopeName === 'ai') return ['invoke_agent', 'aggregate']
  for (const name of operationNames) {
    const stated = attributes[name]
    if (typeof stated === 'string' && stated !== '') return operations[stated.toLowerCase()] ?? [stated, 'call']
  }
  return null
}

/**
 * Attributes of a span, log record or event → usage of one model call. Null when they are not of a GenAI model call.
 *
 * Token counts become disjoint leaves whatever the dialect; the dialect and any counting decision that went against
 * its convention are named in `dialect` and explained in `findings`. A call without counts is `missing`, not zero.
 * `isLeafCall` is false for agents and wrappers: their usage repeats that of the calls below them.
 */
export function usageFromOtelAttributes(attributes: Attributes, span: Span): SpanUsage | null {
  const eventName = typeof attributes['event.name'] === 'string' ? attributes['event.name'] : span.name
  const event = Object.hasOwn(events, eventName) ? events[eventName] : undefined
  if (event?.kind && attributes[event.kind[0]] !== event.kind[1]) return null
  const stated = event ? (['chat', 'call'] as [string, Kind]) : operationOf(attributes, span)
  if (stated?.[1] === 'none') return null

  const responseModel = first(attributes, names.responseModel)
  const requestModel = first(attributes, names.requestModel)
  const model = responseModel || requestModel
  const providerText = first(attributes, names.provider)
  let provider = providerText === '' ? '' : providerName(providerText)
  // who serves the model is part of the price; a name of the lab alone is taken only where no host is named
  if (provider === '') provider = event?.provider ?? providerOfModel(model)

  const dialect = dialectOf(attributeDialects, attributes, provider)
  if (!dialect) {
    // a usage-less span counts as a model call only if it says that it is one
    if (!stated || stated[1] === 'aggregate' || model === '') return null
  } else if (!stated && model === '' && provider === '') return null

  const operation = stated?.[0] ?? 'chat'
  const kind = stated?.[1] ?? 'call'
  let usage: NormalisedUsage = dialect
    ? readUsage(dialect, attributes, kind === 'embedding')
    : missingUsage('otel.gen_ai')
  usage = withLifetimes(usage, attributes)
  return {
    provider,
    requestModel: requestModel || model,
    model,
    operation,
    serviceTier: usage.serviceTier,
    region: usage.region || first(attributes, names.region),
    responseId: first(attributes, names.responseId),
    leaves: usage.leaves,
    usageStatus: usage.usageStatus,
    dialect: usage.dialect,
    isLeafCall: kind !== 'aggregate',
    reportedCost: usage.reportedCost ?? microCost(attributes),
    findings: usage.findings,
  }
}

function microCost(attributes: Attributes): string | null {
  const micros = attributes.cost_usd_micros
  if (micros === undefined || micros === null || !/^\d+$/.test(String(micros))) return null
  const digits = String(micros).padStart(7, '0')
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`
}

/** Splits cache writes by lifetime where the provider's own metadata beside the counts states it. */
function withLifetimes(usage: NormalisedUsage, attributes: Attributes): NormalisedUsage {
  const metadata = attributes['ai.response.providerMetadata']
  if (typeof metadata !== 'string') return usage
  const unknown = usage.leaves.find((leaf) => leaf.unit === 'input.text.cache_write')
  if (!unknown) return usage
  const five = /"ephemeral_5m_input_tokens":\s*(\d+)/.exec(metadata)
  const hour = /"ephemeral_1h_input_tokens":\s*(\d+)/.exec(metadata)
  if (!five && !hour) return usage
  const short = Number(five?.[1] ?? 0)
  const long = Number(hour?.[1] ?? 0)
  if (short + long !== unknown.quantity) return usage
  const leaves = usage.leaves.filter((leaf) => leaf !== unknown)
  if (short > 0) leaves.push({ unit: 'input.text.cache_write_5m', quantity: short })
  if (long > 0) leaves.push({ unit: 'input.text.cache_write_1h', quantity: long })
  return { ...usage, leaves }
}
