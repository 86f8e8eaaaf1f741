import type { Moment } from './protobuf'

/** Values of attributes after decoding: int64 beyond 2^53 as bigint, bytes left out, lists and maps as they nest. */
export type Attributes = Record<string, unknown>

/** What `ResourceSpans` and `ScopeSpans` (or their log siblings) say for all records below them. */
export type Origin = { readonly resource: Attributes; readonly scopeName: string; readonly scopeVersion: string }

export type Span = {
  /** Lower-case hex; '' when absent. */
  readonly traceId: string
  readonly spanId: string
  /** '' of a root span. */
  readonly parentId: string
  readonly name: string
  readonly start: Moment
  readonly end: Moment
  readonly isError: boolean
  readonly attributes: Attributes
  readonly text: TextSize | null
}

export type LogRecord = {
  readonly traceId: string
  readonly spanId: string
  /** The span it was emitted in is exported too. */
  readonly isSampled: boolean
  readonly eventName: string
  readonly at: Moment
  readonly attributes: Attributes
  readonly text: TextSize | null
}

/** UTF-8 bytes of what people (`input`) and models (`output`) wrote: all that is taken of it, for estimates. */
export type TextSize = { input: number; output: number }

/** A data point of a sum or a histogram. */
export type MetricPoint = {
  readonly metric: string
  readonly temporality: 'delta' | 'cumulative' | 'unspecified'
  readonly start: Moment
  readonly time: Moment
  /** Of a histogram its sum. */
  readonly value: number | bigint | null
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
  'gcp.vertex.agent.tool_',
  'langsmith.metadata',
  'gen_ai.event.content',
  'gen_ai.evaluation.explanation',
  'gen_ai.agent.description',
  'gen_ai.tool.description',
  'tool.parameters',
  'tool.description',
  'exception.',
  'prompt_text',
  'response_text',
  'tool_input',
  'tool_parameters',
  'mcp.request',
  'mcp.response',
]

const outputPrefixes = [
  'gen_ai.completion',
  'gen_ai.output.messages',
  'ai.response.',
  'output.value',
  'llm.output_messages',
  'llm.completions',
  'traceloop.entity.output',
  'langfuse.observation.output',
  'genkit:output',
  'gcp.vertex.agent.llm_response',
]
const inputPrefixes = [
  'gen_ai.prompt',
  'gen_ai.input.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
  'gen_ai.request.instructions',
  'ai.prompt',
  'input.value',
  'llm.input_messages',
  'llm.prompts',
  'traceloop.entity.input',
  'langfuse.observation.input',
  'genkit:input',
  'gcp.vertex.agent.llm_request',
]

/**
 * Adds up the text that is stepped over. Instrumentations repeat it in several forms; the names of one form share what
 * stands before the first digit, and the largest form counts.
 */
export class TextMeter {
  private readonly forms = new Map<string, number>()

  add(name: string, bytes: number): void {
    const side = outputPrefixes.some((prefix) => name.startsWith(prefix))
      ? 'o'
      : inputPrefixes.some((prefix) => name.startsWith(prefix))
        ? 'i'
        : ''
    if (side === '') return
    const form = side + name.replace(/\d[\s\S]*$/, '')
    this.forms.set(form, (this.forms.get(form) ?? 0) + bytes)
  }

  get size(): TextSize | null {
    if (this.forms.size === 0) return null
    const size = { input: 0, output: 0 }
    for (const [form, bytes] of this.forms) {
      const side = form.startsWith('o') ? 'output' : 'input'
      size[side] = Math.max(size[side], bytes)
    }
    return size
  }
}

/** Whether a name carries what people or models wrote. */
export const isContentName = (name: string) => contentPrefixes.some((prefix) => name.startsWith(prefix))

const verdicts = new Map<string, boolean>()

/** Whether an attribute is looked at at all. `__proto__` is a name only an attacker uses. */
export function isWanted(name: string): boolean {
  let wanted = verdicts.get(name)
  if (wanted === undefined) {
    wanted = name !== '__proto__' && !isContentName(name)
    if (verdicts.size < 10_000) verdicts.set(name, wanted)
  }
  return wanted
}
