import type { Moment } from './protobuf'

/** Values of attributes after decoding: int64 beyond 2^53 as bigint, bytes left out, lists and maps as they nest. */
export type Attributes = Record<string, unknown>

/** What `ResourceSpans` and `ScopeSpans` (or their log siblings) say for all records below them. */
export type Origin = { readonly resource: Attributes; readonly scopeName: string; readonly scopeVersion: string }

export type Span = {
  /** Lower-case hex; '' when absent. */
  readonly traceId: string
  readonly spanId: string
  readonly name: string
  readonly start: Moment
  readonly end: Moment
  readonly isError: boolean
  readonly attributes: Attributes
}

export type LogRecord = {
  readonly traceId: string
  readonly spanId: string
  /** The span it was emitted in is exported too. */
  readonly isSampled: boolean
  readonly eventName: string
  readonly at: Moment
  readonly attributes: Attributes
}

/** A request cut into its records, decoded one at a time so that a large one does not hold the process. */
export type Records<T> = { readonly count: number; decode(index: number): { record: T; origin: Origin } }

export const noMoment: Moment = { ms: 0, nanos: 0 }

/*
 * Attributes that carry what people and models wrote. They are stepped over while decoding: text that never becomes a
 * value cannot be stored, logged or shown by mistake.
 */
const contentPrefixes = [
  'gen_ai.prompt',
  'gen_ai.completion',
  'gen_ai.input.',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.call.',
  'gen_ai.tool.definitions',
  'gen_ai.retrieval.',
  'gen_ai.request.instructions',
  'gen_ai.content.',
  'ai.prompt',
  'ai.response.text',
  'ai.response.object',
  'ai.response.toolCalls',
  'ai.response.reasoning',
  'ai.toolCall.',
  'ai.value',
  'ai.embedding',
  'input.value',
  'output.value',
  'llm.input_messages',
  'llm.output_messages',
  'llm.prompts',
  'llm.completions',
  'llm.prompt_template',
  'traceloop.entity.input',
  'traceloop.entity.output',
  'langfuse.observation.input',
  'langfuse.observation.output',
  'langfuse.trace.input',
  'langfuse.trace.output',
  'retrieval.documents',
  'embedding.embeddings',
  'genkit:input',
  'genkit:output',
  'gcp.vertex.agent.llm_request',
  'gcp.vertex.agent.llm_response',
]

const verdicts = new Map<string, boolean>()

/** Whether an attribute is looked at at all. `__proto__` is a name only an attacker uses. */
export function isWanted(name: string): boolean {
  let wanted = verdicts.get(name)
  if (wanted === undefined) {
    wanted = name !== '__proto__' && !contentPrefixes.some((prefix) => name.startsWith(prefix))
    if (verdicts.size < 10_000) verdicts.set(name, wanted)
  }
  return wanted
}
