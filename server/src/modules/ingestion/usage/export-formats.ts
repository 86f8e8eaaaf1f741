import type { UsageQuery } from '../contract'

type Line = Record<string, unknown>
type Format = Exclude<(typeof UsageQuery)['_output']['format'], 'calls'>

/** Paths in a line of an export, the first that has a value wins. */
type ExportFormat = {
  /** Lines that are a model call; others are skipped. */
  isCall(line: Line): boolean
  observer: 'gateway' | 'provider' | 'sdk'
  /** Where the provider is not in the line. */
  provider?: string
  at: Partial<
    Record<
      'id' | 'startedAt' | 'endedAt' | 'durationMs' | 'provider' | 'requestModel' | 'model' | 'operation',
      string[]
    >
  > & {
    responseId?: string[]
    traceId?: string[]
    logicalCallId?: string[]
    region?: string[]
    serviceTier?: string[]
    error?: string[]
  }
  attribution: Record<string, string[]>
  /** The usage block, in a shape that a dialect reads. Holds counts alone: the text of a line is never looked at. */
  usage(line: Line): Line | null
}

/** What these exports look like: AWS and vendor documentation as of November 2026. */
export const exportFormats: Record<Format, ExportFormat> = {
  'bedrock.invocation_log': {
    isCall: (line) => line.schemaType === 'ModelInvocationLog' || line.modelId !== undefined,
    observer: 'provider',
    provider: 'aws.bedrock',
    at: {
      id: ['requestId'],
      responseId: ['requestId'],
      startedAt: ['timestamp'],
      requestModel: ['modelId'],
      operation: ['operation'],
      region: ['inferenceRegion', 'region'],
      error: ['errorCode'],
    },
    attribution: {
      'infrazen.account': ['accountId'],
      'user.id': ['identity.arn'],
      'infrazen.team': ['requestMetadata.team'],
      'infrazen.project': ['requestMetadata.project'],
      'infrazen.customer': ['requestMetadata.customer'],
      'infrazen.environment': ['requestMetadata.environment'],
    },
    usage: (line) =>
      pick(line, { input: ['input'], output: ['output'] }, [
        'inputTokenCount',
        'outputTokenCount',
        'cacheReadInputTokenCount',
        'cacheWriteInputTokenCount',
      ]),
  },
  'litellm.spend_log': {
    isCall: () => true,
    observer: 'gateway',
    at: {
      id: ['request_id'],
      responseId: ['request_id'],
      startedAt: ['startTime', 'start_time'],
      endedAt: ['endTime', 'end_time'],
      provider: ['custom_llm_provider'],
      requestModel: ['model'],
      operation: ['call_type'],
      logicalCallId: ['session_id'],
    },
    attribution: {
      'infrazen.team': ['metadata.user_api_key_team_alias', 'team_id', 'metadata.user_api_key_team_id'],
      'user.id': ['user', 'metadata.user_api_key_user_id'],
      'infrazen.customer': ['end_user'],
    },
    usage: (line) =>
      (object(at(line, 'metadata.usage_object')) as Line | null) ??
      pick(line, {}, ['prompt_tokens', 'completion_tokens', 'total_tokens']),
  },
  'openrouter.generation': {
    isCall: () => true,
    observer: 'gateway',
    provider: 'openrouter',
    at: {
      id: ['id'],
      responseId: ['id'],
      startedAt: ['created_at'],
      durationMs: ['latency', 'generation_time'],
      requestModel: ['model'],
      operation: ['api_type'],
      serviceTier: ['service_tier'],
    },
    attribution: { 'service.name': ['app_name'], 'user.id': ['external_user'] },
    usage: (line) => {
      const prompt = at(line, 'native_tokens_prompt') ?? at(line, 'tokens_prompt')
      const completion = at(line, 'native_tokens_completion') ?? at(line, 'tokens_completion')
      if (prompt === undefined && completion === undefined) return null
      return {
        prompt_tokens: prompt,
        completion_tokens: completion,
        prompt_tokens_details: { cached_tokens: at(line, 'native_tokens_cached') ?? 0 },
        completion_tokens_details: { reasoning_tokens: at(line, 'native_tokens_reasoning') ?? 0 },
        cost: at(line, 'total_cost'),
      }
    },
  },
  'langfuse.observation': {
    isCall: (line) => ['GENERATION', 'EMBEDDING'].includes(String(line.type)),
    observer: 'sdk',
    at: {
      id: ['id'],
      traceId: ['traceId'],
      startedAt: ['startTime'],
      endedAt: ['endTime'],
      provider: ['metadata.attributes.gen_ai.provider.name', 'metadata.ls_provider'],
      requestModel: ['model', 'providedModelName'],
      operation: ['type'],
    },
    attribution: {
      'infrazen.environment': ['environment'],
      'infrazen.feature': ['traceName'],
      'user.id': ['userId'],
      'session.id': ['sessionId'],
    },
    usage: (line) => object(line.usageDetails) ?? object(line.usage),
  },
  'langsmith.run': {
    isCall: (line) => ['llm', 'embedding'].includes(String(line.run_type)),
    observer: 'sdk',
    at: {
      id: ['id'],
      traceId: ['trace_id'],
      startedAt: ['start_time'],
      endedAt: ['end_time'],
      provider: ['extra.metadata.ls_provider'],
      requestModel: ['extra.metadata.ls_model_name'],
      error: ['error_type'],
    },
    attribution: { 'infrazen.project': ['session_name'], 'infrazen.environment': ['extra.metadata.environment'] },
    usage: (line) => object(at(line, 'usage_metadata')) ?? object(at(line, 'extra.metadata.usage_metadata')),
  },
}

/** A line of an export as an item of `POST /api/v1/usage`; null where it is no model call. */
export function itemOfLine(format: Format, line: Line): Line | null {
  const source = exportFormats[format]
  if (!source.isCall(line)) return null
  const text = (name: keyof ExportFormat['at']) => {
    for (const path of source.at[name] ?? []) {
      const value = at(line, path)
      if (typeof value === 'string' && value !== '') return value
      if (typeof value === 'number') return String(value)
    }
    return ''
  }
  const startedAt = momentOf(text('startedAt'))
  const ended = Date.parse(momentOf(text('endedAt')))
  const duration = Number.isNaN(ended) ? Number(text('durationMs') || 0) : ended - Date.parse(startedAt)
  const trace = text('traceId').replaceAll('-', '').toLowerCase()
  const attribution: Record<string, string> = {}
  for (const [name, paths] of Object.entries(source.attribution)) {
    const value = paths.map((path) => at(line, path)).find((found) => typeof found === 'string' && found !== '')
    if (value !== undefined) attribution[name] = String(value)
  }
  const error = text('error')
  return {
    id: text('id') || undefined,
    observer: source.observer,
    startedAt,
    durationMs: duration > 0 ? Math.round(duration) : 0,
    provider: text('provider') || source.provider || 'unknown',
    requestModel: text('requestModel'),
    model: text('model'),
    operation: operationOf(text('operation')),
    responseId: text('responseId'),
    logicalCallId: text('logicalCallId'),
    region: text('region'),
    serviceTier: text('serviceTier'),
    ...(/^[0-9a-f]{32}$/.test(trace) ? { traceId: trace } : {}),
    usage: source.usage(line),
    outcome: error === '' ? 'ok' : 'error',
    error: error.slice(0, 100),
    attribution,
  }
}

const operationOf = (text: string) => (/embed/i.test(text) ? 'embeddings' : /rerank/i.test(text) ? 'rerank' : 'chat')

/** Exports write a moment with a space, without a zone (UTC) or as seconds. */
function momentOf(text: string): string {
  if (/^\d{10}(\.\d+)?$/.test(text)) return new Date(Number(text) * 1000).toISOString()
  const iso = text.replace(/^(\d{4}-\d\d-\d\d) /, '$1T')
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso.replace(/([+-]\d\d)(\d\d)$/, '$1:$2') : `${iso}Z`
  const moment = Date.parse(zoned)
  return Number.isNaN(moment) ? text : new Date(moment).toISOString()
}

/** A value at a dotted path; a key may hold dots itself. */
function at(line: unknown, path: string): unknown {
  if (line === null || typeof line !== 'object') return undefined
  const held = line as Line
  if (Object.hasOwn(held, path)) return held[path] ?? undefined
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    const head = path.slice(0, dot)
    if (Object.hasOwn(held, head)) return at(held[head], path.slice(dot + 1))
  }
  return undefined
}

const object = (value: unknown): Line | null =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Line) : null

function pick(line: Line, parts: Record<string, string[]>, counts: string[]): Line | null {
  const block: Line = {}
  const take = (from: Line, into: Line) => {
    for (const name of counts) if (from[name] !== undefined) into[name] = from[name]
  }
  take(line, block)
  for (const [part, [name]] of Object.entries(parts)) {
    const inner = object(line[name!])
    if (!inner) continue
    const held: Line = {}
    take(inner, held)
    if (Object.keys(held).length > 0) block[part] = held
  }
  return Object.keys(block).length > 0 ? block : null
}
