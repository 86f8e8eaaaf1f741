import type { AnswerReader } from '@infrazen/connector-kit'

type Result = Record<string, unknown>
type Units = Record<string, string>

export type UsageKind = {
  name: string
  /** Calls are matched with telemetry by the hour; the rest is asked by the day, in a fifth of the requests. */
  width: '1h' | '1d'
  groupBy: readonly string[]
  /** The disjoint leaf units of one result. */
  unitsOf(result: Result, reader: AnswerReader): Units
  /** Which field counts the requests. */
  requests: string | null
}

const byKey = ['project_id', 'user_id', 'api_key_id', 'model'] as const
const one =
  (unit: string, field: string) =>
  (result: Result, reader: AnswerReader): Units => ({ [unit]: reader.decimal(result[field], field) })

/** Every kind of `/organization/usage/<name>`; the columns each one groups by are those of OpenAI's specification. */
export const usageKinds: readonly UsageKind[] = [
  {
    name: 'completions',
    width: '1h',
    groupBy: [...byKey, 'batch', 'service_tier'],
    unitsOf: completionUnits,
    requests: 'num_model_requests',
  },
  {
    name: 'embeddings',
    width: '1d',
    groupBy: byKey,
    unitsOf: one('embedding.text', 'input_tokens'),
    requests: 'num_model_requests',
  },
  {
    name: 'moderations',
    width: '1d',
    groupBy: byKey,
    unitsOf: one('input.text.plain', 'input_tokens'),
    requests: 'num_model_requests',
  },
  {
    name: 'images',
    width: '1d',
    groupBy: [...byKey, 'size', 'source'],
    unitsOf: one('image.generated', 'images'),
    requests: 'num_model_requests',
  },
  {
    name: 'audio_speeches',
    width: '1d',
    groupBy: byKey,
    unitsOf: one('char.tts', 'characters'),
    requests: 'num_model_requests',
  },
  {
    name: 'audio_transcriptions',
    width: '1d',
    groupBy: byKey,
    unitsOf: one('second.audio_in', 'seconds'),
    requests: 'num_model_requests',
  },
  {
    name: 'vector_stores',
    width: '1d',
    groupBy: ['project_id'],
    unitsOf: one('byte.vector_store', 'usage_bytes'),
    requests: null,
  },
  {
    name: 'code_interpreter_sessions',
    width: '1d',
    groupBy: ['project_id'],
    unitsOf: one('call.code_exec', 'num_sessions'),
    requests: null,
  },
  {
    name: 'file_search_calls',
    width: '1d',
    groupBy: ['project_id', 'user_id', 'api_key_id', 'vector_store_id'],
    unitsOf: one('call.file_search', 'num_requests'),
    requests: null,
  },
  {
    name: 'web_search_calls',
    width: '1d',
    groupBy: [...byKey, 'context_level'],
    unitsOf: one('call.web_search', 'num_requests'),
    requests: 'num_model_requests',
  },
]

/**
 * `input_tokens` and `output_tokens` are inclusive totals; the leaves add up to them. The finest split that adds up is taken,
 * because older rows lack the newer fields. `output.text` is visible text and reasoning together: OpenAI does not tell them apart here.
 */
function completionUnits(result: Result, reader: AnswerReader): Units {
  const total = BigInt(reader.decimal(result.input_tokens, 'input_tokens'))
  const output = BigInt(reader.decimal(result.output_tokens, 'output_tokens'))
  const of = (field: string) => (result[field] == null ? 0n : BigInt(reader.decimal(result[field], field)))
  const written = of('input_cache_write_tokens')
  const cached = of('input_cached_tokens')
  const fine: Record<string, bigint> = {
    'input.text.plain': of('input_text_tokens'),
    'input.audio.plain': of('input_audio_tokens'),
    'input.image.plain': of('input_image_tokens'),
    'input.text.cache_read': of('input_cached_text_tokens'),
    'input.audio.cache_read': of('input_cached_audio_tokens'),
    'input.image.cache_read': of('input_cached_image_tokens'),
    'input.text.cache_write': written,
  }
  const coarse: Record<string, bigint> = {
    'input.text.plain': total - cached - written,
    'input.text.cache_read': cached,
    'input.text.cache_write': written,
  }
  const spoken: Record<string, bigint> = {
    'output.text': of('output_text_tokens'),
    'output.audio': of('output_audio_tokens'),
    'output.image': of('output_image_tokens'),
  }
  const whole = { 'input.text.plain': total }
  const input = sum(fine) === total ? fine : coarse['input.text.plain']! >= 0n ? coarse : whole
  return nonZero({ ...input, ...(sum(spoken) === output ? spoken : { 'output.text': output }) })
}

const sum = (parts: Record<string, bigint>) => Object.values(parts).reduce((total, part) => total + part, 0n)
const nonZero = (parts: Record<string, bigint>): Units =>
  Object.fromEntries(Object.entries(parts).flatMap(([unit, count]) => (count === 0n ? [] : [[unit, count.toString()]])))
