/**
 * Dialects of usage, as data. A dialect says where each count stands and how the counts relate; one reader
 * (normalise.ts) works through all of them. A path is a list of keys from the usage object; flat telemetry
 * attributes are paths of one key. The first path that is present wins.
 */
export type Path = readonly string[]

export type Dialect = {
  id: string
  /** at least one of these paths must be present */
  when: readonly Path[]
  /** none of these may be present */
  unless?: readonly Path[]
  /** only for these providers (`gen_ai.provider.name`) */
  providers?: readonly string[]
  input: readonly Path[]
  /** do the input counts hold cached and written tokens? `inclusive` and `exclusive` are checked, never assumed over the evidence */
  inputCounts: 'inclusive' | 'exclusive'
  /** further input outside the input count, added when the total needs it (tool-use prompts) */
  inputExtra?: readonly Path[]
  cacheRead?: readonly Path[]
  cacheWrite?: readonly Path[]
  cacheWrite5m?: readonly Path[]
  cacheWrite1h?: readonly Path[]
  /** list of `{ttl: '5m' | '1h', inputTokens}` */
  cacheWriteList?: readonly Path[]
  output?: readonly Path[]
  reasoning?: readonly Path[]
  /** is reasoning part of the output count? `by_total` decides by the stated total, else takes `outside` */
  reasoningCounts: 'inside' | 'outside' | 'by_total'
  total?: readonly Path[]
  /** what the stated total leaves out: cached input is not in it for some producers */
  totalMayExcludeCache?: boolean
  /** parts of the input (cached part included) by modality */
  inputAudio?: readonly Path[]
  inputImage?: readonly Path[]
  inputVideo?: readonly Path[]
  /** parts of the cached input by modality */
  cacheReadAudio?: readonly Path[]
  cacheReadImage?: readonly Path[]
  cacheReadVideo?: readonly Path[]
  outputAudio?: readonly Path[]
  outputImage?: readonly Path[]
  /** lists of `{modality, tokenCount}` */
  inputModalities?: readonly Path[]
  cacheModalities?: readonly Path[]
  outputModalities?: readonly Path[]
  inputExtraModalities?: readonly Path[]
  /** further leaves outside the token counts */
  others?: readonly { unit: string; paths: readonly Path[] }[]
  /** a call without an output count whose input are embedding tokens */
  embeddingWithoutOutput?: boolean
  serviceTier?: readonly Path[]
  region?: readonly Path[]
  /** value at this path that means "served by a commitment" */
  committed?: { paths: readonly Path[]; value: string }
  reportedCost?: readonly Path[]
  /** what the total holds beyond the parts are thoughts that the shape has no place for */
  remainderIsReasoning?: boolean
  /** the counts stand for more than one request or are otherwise not exact */
  status?: 'estimated' | 'partial'
}

/** Dotted shorthand for nested paths. */
const at = (...paths: string[]): Path[] => paths.map((path) => path.split('.'))
/** Flat attribute names, whose dots are part of the name. */
const flat = (...names: string[]): Path[] => names.map((name) => [name])

/** Keys of a JSON text that one attribute carries. */
const details = (attribute: string, ...keys: string[]): Path[] => keys.map((key) => [attribute, key])

/** Usage blocks as providers return them; the order is the order of trial. */
export const usageDialects: readonly Dialect[] = [
  {
    id: 'gemini',
    when: at('promptTokenCount', 'candidatesTokenCount', 'totalTokenCount', 'thoughtsTokenCount'),
    input: at('promptTokenCount'),
    inputCounts: 'inclusive',
    inputExtra: at('toolUsePromptTokenCount'),
    inputExtraModalities: at('toolUsePromptTokensDetails'),
    cacheRead: at('cachedContentTokenCount'),
    output: at('candidatesTokenCount', 'responseTokenCount'),
    reasoning: at('thoughtsTokenCount'),
    reasoningCounts: 'by_total',
    total: at('totalTokenCount'),
    inputModalities: at('promptTokensDetails'),
    cacheModalities: at('cacheTokensDetails'),
    outputModalities: at('candidatesTokensDetails', 'responseTokensDetails'),
    serviceTier: at('serviceTier', 'trafficType'),
    committed: { paths: at('trafficType'), value: 'PROVISIONED_THROUGHPUT' },
  },
  {
    // Llama models through Bedrock's InvokeModel
    id: 'bedrock.llama',
    when: at('generation_token_count'),
    input: at('prompt_token_count'),
    inputCounts: 'inclusive',
    output: at('generation_token_count'),
    reasoningCounts: 'inside',
  },
  {
    // the headers of Bedrock's InvokeModel, for models whose body has no usage
    id: 'bedrock.invoke_headers',
    when: at('x-amzn-bedrock-input-token-count', 'x-amzn-bedrock-output-token-count'),
    input: at('x-amzn-bedrock-input-token-count'),
    inputCounts: 'exclusive',
    cacheRead: at('x-amzn-bedrock-cache-read-input-token-count'),
    cacheWrite: at('x-amzn-bedrock-cache-write-input-token-count'),
    output: at('x-amzn-bedrock-output-token-count'),
    reasoningCounts: 'inside',
  },
  {
    id: 'gemini.snake',
    when: at('prompt_token_count', 'candidates_token_count', 'total_token_count'),
    input: at('prompt_token_count'),
    inputCounts: 'inclusive',
    inputExtra: at('tool_use_prompt_token_count'),
    cacheRead: at('cached_content_token_count'),
    output: at('candidates_token_count'),
    reasoning: at('thoughts_token_count'),
    reasoningCounts: 'by_total',
    total: at('total_token_count'),
    inputModalities: at('prompt_tokens_details'),
    cacheModalities: at('cache_tokens_details'),
    outputModalities: at('candidates_tokens_details'),
    serviceTier: at('service_tier', 'traffic_type'),
    committed: { paths: at('traffic_type'), value: 'PROVISIONED_THROUGHPUT' },
  },
  {
    id: 'yandexgpt',
    when: at('inputTextTokens'),
    input: at('inputTextTokens'),
    inputCounts: 'inclusive',
    output: at('completionTokens'),
    reasoning: at('completionTokensDetails.reasoningTokens'),
    reasoningCounts: 'inside',
    total: at('totalTokens'),
  },
  {
    id: 'clova',
    when: at('promptTokens'),
    input: at('promptTokens'),
    inputCounts: 'inclusive',
    output: at('completionTokens'),
    reasoning: at('completionTokensDetails.thinkingTokens'),
    reasoningCounts: 'inside',
    total: at('totalTokens'),
  },
  {
    id: 'bedrock.converse',
    when: at('inputTokens', 'outputTokens'),
    input: at('inputTokens'),
    inputCounts: 'exclusive',
    cacheRead: at('cacheReadInputTokens', 'cacheReadInputTokenCount'),
    cacheWrite: at('cacheWriteInputTokens', 'cacheWriteInputTokenCount'),
    cacheWriteList: at('cacheDetails'),
    output: at('outputTokens'),
    reasoningCounts: 'inside',
    total: at('totalTokens'),
    totalMayExcludeCache: true,
  },
  {
    id: 'bedrock.invocation_log',
    when: at('inputTokenCount', 'input.inputTokenCount'),
    input: at('inputTokenCount', 'input.inputTokenCount'),
    inputCounts: 'exclusive',
    cacheRead: at('cacheReadInputTokenCount', 'input.cacheReadInputTokenCount'),
    cacheWrite: at('cacheWriteInputTokenCount', 'input.cacheWriteInputTokenCount'),
    output: at('outputTokenCount', 'output.outputTokenCount'),
    reasoningCounts: 'inside',
    total: at('totalTokenCount'),
    totalMayExcludeCache: true,
  },
  {
    id: 'bedrock.titan_text',
    when: at('results.0.tokenCount'),
    input: at('inputTextTokenCount'),
    inputCounts: 'inclusive',
    output: at('results.0.tokenCount'),
    reasoningCounts: 'inside',
  },
  {
    id: 'bedrock.titan_embedding',
    when: at('inputTextTokenCount'),
    input: at('inputTextTokenCount'),
    inputCounts: 'inclusive',
    reasoningCounts: 'inside',
    embeddingWithoutOutput: true,
  },
  {
    // LangChain's usage_metadata, as LangSmith exports it: details are parts of the sums
    id: 'langsmith',
    when: at(
      'input_token_details.cache_read',
      'input_token_details.cache_creation',
      'input_token_details.ephemeral_5m_input_tokens',
      'output_token_details.reasoning',
    ),
    input: at('input_tokens'),
    inputCounts: 'inclusive',
    cacheRead: at('input_token_details.cache_read'),
    cacheWrite: at('input_token_details.cache_creation'),
    cacheWrite5m: at('input_token_details.ephemeral_5m_input_tokens'),
    cacheWrite1h: at('input_token_details.ephemeral_1h_input_tokens'),
    inputAudio: at('input_token_details.audio'),
    output: at('output_tokens'),
    outputAudio: at('output_token_details.audio'),
    reasoning: at('output_token_details.reasoning'),
    reasoningCounts: 'inside',
    total: at('total_tokens'),
  },
  {
    // Langfuse's usage details: disjoint kinds beside one another
    id: 'langfuse',
    when: at('input', 'output'),
    unless: at('input_tokens', 'prompt_tokens', 'input.inputTokenCount', 'output.outputTokenCount'),
    input: at('input'),
    inputCounts: 'exclusive',
    cacheRead: at('cache_read_input_tokens', 'input_cached_tokens', 'input_cache_read'),
    cacheWrite: at('cache_creation_input_tokens', 'input_cache_creation'),
    output: at('output'),
    reasoning: at('output_reasoning_tokens', 'output_reasoning'),
    reasoningCounts: 'outside',
    total: at('total'),
  },
  {
    id: 'openai.realtime',
    when: at('input_token_details', 'output_token_details'),
    input: at('input_tokens'),
    inputCounts: 'inclusive',
    cacheRead: at('input_token_details.cached_tokens'),
    inputAudio: at('input_token_details.audio_tokens'),
    inputImage: at('input_token_details.image_tokens'),
    cacheReadAudio: at('input_token_details.cached_tokens_details.audio_tokens'),
    cacheReadImage: at('input_token_details.cached_tokens_details.image_tokens'),
    output: at('output_tokens'),
    outputAudio: at('output_token_details.audio_tokens'),
    reasoning: at('output_token_details.reasoning_tokens'),
    reasoningCounts: 'inside',
    total: at('total_tokens'),
  },
  {
    id: 'openai.transcription_duration',
    when: at('seconds'),
    unless: at('input_tokens', 'prompt_tokens'),
    input: [],
    inputCounts: 'inclusive',
    reasoningCounts: 'inside',
    others: [{ unit: 'second.audio_in', paths: at('seconds') }],
  },
  {
    id: 'cohere',
    when: at('billed_units', 'meta.billed_units'),
    input: at('billed_units.input_tokens', 'meta.billed_units.input_tokens'),
    inputCounts: 'inclusive',
    // billed units leave cached tokens out already
    inputImage: at('billed_units.image_tokens', 'meta.billed_units.image_tokens'),
    output: at('billed_units.output_tokens', 'meta.billed_units.output_tokens'),
    reasoningCounts: 'inside',
    embeddingWithoutOutput: true,
    others: [{ unit: 'query.rerank', paths: at('billed_units.search_units', 'meta.billed_units.search_units') }],
  },
  {
    id: 'cohere.tokens',
    when: at('tokens.input_tokens', 'meta.tokens.input_tokens'),
    input: at('tokens.input_tokens', 'meta.tokens.input_tokens'),
    inputCounts: 'inclusive',
    cacheRead: at('cached_tokens', 'meta.cached_tokens'),
    output: at('tokens.output_tokens', 'meta.tokens.output_tokens'),
    reasoningCounts: 'inside',
    embeddingWithoutOutput: true,
  },
  {
    id: 'anthropic',
    when: at('cache_creation_input_tokens', 'cache_read_input_tokens', 'cache_creation', 'server_tool_use'),
    unless: at('prompt_tokens', 'input_tokens_details'),
    ...anthropic(),
  },
  {
    id: 'anthropic',
    when: at('input_tokens', 'output_tokens'),
    unless: at('total_tokens', 'input_tokens_details', 'prompt_tokens'),
    providers: ['anthropic', 'aws.bedrock', 'gcp.vertex_ai'],
    ...anthropic(),
  },
  {
    id: 'openai.responses',
    when: at('input_tokens', 'output_tokens'),
    unless: at('prompt_tokens'),
    input: at('input_tokens'),
    inputCounts: 'inclusive',
    cacheRead: at('input_tokens_details.cached_tokens'),
    cacheWrite: at('input_tokens_details.cache_write_tokens'),
    inputAudio: at('input_tokens_details.audio_tokens'),
    inputImage: at('input_tokens_details.image_tokens'),
    output: at('output_tokens'),
    outputAudio: at('output_tokens_details.audio_tokens'),
    outputImage: at('output_tokens_details.image_tokens'),
    reasoning: at('output_tokens_details.reasoning_tokens'),
    reasoningCounts: 'inside',
    total: at('total_tokens'),
    serviceTier: at('service_tier'),
    reportedCost: at('cost'),
  },
  {
    id: 'deepseek',
    when: at('prompt_cache_hit_tokens'),
    input: at('prompt_tokens'),
    inputCounts: 'inclusive',
    cacheRead: at('prompt_cache_hit_tokens'),
    output: at('completion_tokens'),
    reasoning: at('completion_tokens_details.reasoning_tokens'),
    reasoningCounts: 'inside',
    total: at('total_tokens'),
  },
  {
    id: 'gigachat',
    when: at('precached_prompt_tokens'),
    input: at('prompt_tokens'),
    inputCounts: 'inclusive',
    cacheRead: at('precached_prompt_tokens'),
    output: at('completion_tokens'),
    reasoningCounts: 'inside',
    total: at('total_tokens'),
    totalMayExcludeCache: true,
  },
  {
    id: 'x_ai',
    when: at('prompt_tokens'),
    providers: ['x_ai'],
    ...openaiChat(),
    reasoningCounts: 'by_total',
    others: [{ unit: 'call.search_source', paths: at('num_sources_used') }],
  },
  {
    id: 'perplexity',
    when: at('num_search_queries', 'search_context_size', 'citation_tokens'),
    ...openaiChat(),
    reasoning: at('reasoning_tokens'),
    reasoningCounts: 'by_total',
    others: [
      { unit: 'call.search_query', paths: at('num_search_queries') },
      { unit: 'output.text.citation', paths: at('citation_tokens') },
    ],
  },
  {
    // the OpenAI-shaped endpoint of Gemini counts thoughts in the total only
    id: 'gemini.openai_shape',
    when: at('prompt_tokens'),
    providers: ['gcp.gemini', 'gcp.vertex_ai', 'gcp.gen_ai'],
    ...openaiChat(),
    remainderIsReasoning: true,
  },
  { id: 'openai.chat', when: at('prompt_tokens', 'completion_tokens'), ...openaiChat() },
  {
    id: 'total_only_embedding',
    when: at('total_tokens'),
    input: at('total_tokens'),
    inputCounts: 'inclusive',
    reasoningCounts: 'inside',
    embeddingWithoutOutput: true,
  },
  {
    id: 'openai.fine_tuning',
    when: at('trained_tokens'),
    input: [],
    inputCounts: 'inclusive',
    reasoningCounts: 'inside',
    others: [{ unit: 'training.text', paths: at('trained_tokens') }],
  },
  {
    id: 'images',
    when: at('image_count', 'images_generated', 'generated_images'),
    input: [],
    inputCounts: 'inclusive',
    reasoningCounts: 'inside',
    others: [{ unit: 'image.generated', paths: at('image_count', 'images_generated', 'generated_images') }],
  },
  {
    id: 'hours',
    when: at('gpu_seconds', 'container_hours', 'ptu_hours'),
    input: [],
    inputCounts: 'inclusive',
    reasoningCounts: 'inside',
    others: [
      { unit: 'second.gpu', paths: at('gpu_seconds') },
      { unit: 'hour.container', paths: at('container_hours') },
      { unit: 'hour.ptu', paths: at('ptu_hours') },
    ],
  },
  {
    id: 'characters',
    when: at('characters', 'input_characters'),
    input: [],
    inputCounts: 'inclusive',
    reasoningCounts: 'inside',
    others: [{ unit: 'char.tts', paths: at('characters', 'input_characters') }],
  },
  {
    id: 'pages',
    when: at('pages_processed'),
    input: [],
    inputCounts: 'inclusive',
    reasoningCounts: 'inside',
    others: [{ unit: 'page.ocr', paths: at('pages_processed') }],
  },
]

function anthropic(): Omit<Dialect, 'id' | 'when'> {
  return {
    input: at('input_tokens'),
    inputCounts: 'exclusive',
    cacheRead: at('cache_read_input_tokens'),
    cacheWrite: at('cache_creation_input_tokens'),
    cacheWrite5m: at('cache_creation.ephemeral_5m_input_tokens'),
    cacheWrite1h: at('cache_creation.ephemeral_1h_input_tokens'),
    output: at('output_tokens'),
    reasoning: at('output_tokens_details.thinking_tokens'),
    reasoningCounts: 'inside',
    total: at('total_tokens'),
    others: [{ unit: 'call.web_search', paths: at('server_tool_use.web_search_requests') }],
    serviceTier: at('speed', 'service_tier'),
    region: at('inference_geo'),
    reportedCost: at('cost'),
  }
}

function openaiChat(): Omit<Dialect, 'id' | 'when'> {
  return {
    input: at('prompt_tokens'),
    inputCounts: 'inclusive',
    cacheRead: at(
      'prompt_tokens_details.cached_tokens',
      'prompt_cache_hit_tokens',
      'cached_tokens',
      'num_cached_tokens',
    ),
    cacheWrite: at(
      'prompt_tokens_details.cache_write_tokens',
      'prompt_tokens_details.cache_creation_tokens',
      'cache_creation_input_tokens',
    ),
    inputAudio: at('prompt_tokens_details.audio_tokens'),
    inputImage: at('prompt_tokens_details.image_tokens'),
    inputVideo: at('prompt_tokens_details.video_tokens'),
    output: at('completion_tokens'),
    outputAudio: at('completion_tokens_details.audio_tokens'),
    outputImage: at('completion_tokens_details.image_tokens'),
    reasoning: at('completion_tokens_details.reasoning_tokens', 'reasoning_tokens'),
    reasoningCounts: 'inside',
    total: at('total_tokens'),
    embeddingWithoutOutput: true,
    serviceTier: at('service_tier'),
    reportedCost: at('cost'),
  }
}

const reported = flat('gen_ai.usage.cost', 'gen_ai.cost.total_cost', 'llm.cost.total', 'cost_usd')
const genAiTier = flat(
  'openai.response.service_tier',
  'gen_ai.openai.response.service_tier',
  'gen_ai.response.service_tier',
)

/** Telemetry attributes; the order is the order of trial. */
export const attributeDialects: readonly Dialect[] = [
  {
    id: 'claude_code',
    when: flat('cache_creation_tokens', 'cache_read_tokens'),
    unless: flat('gen_ai.usage.input_tokens'),
    input: flat('input_tokens'),
    inputCounts: 'exclusive',
    cacheRead: flat('cache_read_tokens'),
    cacheWrite: flat('cache_creation_tokens'),
    output: flat('output_tokens'),
    reasoningCounts: 'inside',
    serviceTier: flat('speed'),
    reportedCost: flat('cost_usd'),
  },
  {
    id: 'gemini_cli',
    when: flat('thoughts_token_count', 'cached_content_token_count'),
    input: flat('input_token_count'),
    inputCounts: 'inclusive',
    inputExtra: flat('tool_token_count'),
    cacheRead: flat('cached_content_token_count'),
    output: flat('output_token_count'),
    reasoning: flat('thoughts_token_count'),
    reasoningCounts: 'by_total',
    total: flat('total_token_count'),
  },
  {
    id: 'codex',
    when: flat('input_token_count', 'cached_token_count'),
    input: flat('input_token_count'),
    inputCounts: 'inclusive',
    cacheRead: flat('cached_token_count'),
    output: flat('output_token_count'),
    reasoning: flat('reasoning_token_count'),
    reasoningCounts: 'inside',
  },
  {
    id: 'openinference',
    when: flat('llm.token_count.prompt', 'llm.token_count.completion', 'llm.token_count.total'),
    input: flat('llm.token_count.prompt'),
    inputCounts: 'inclusive',
    cacheRead: flat('llm.token_count.prompt_details.cache_read'),
    cacheWrite: flat('llm.token_count.prompt_details.cache_write'),
    inputAudio: flat('llm.token_count.prompt_details.audio'),
    output: flat('llm.token_count.completion'),
    outputAudio: flat('llm.token_count.completion_details.audio'),
    reasoning: flat('llm.token_count.completion_details.reasoning'),
    reasoningCounts: 'inside',
    total: flat('llm.token_count.total'),
    serviceTier: genAiTier,
    reportedCost: reported,
  },
  {
    id: 'langfuse',
    when: flat('langfuse.observation.usage_details'),
    input: details('langfuse.observation.usage_details', 'input', 'input_tokens', 'prompt_tokens'),
    inputCounts: 'exclusive',
    cacheRead: details(
      'langfuse.observation.usage_details',
      'cache_read_input_tokens',
      'input_cached_tokens',
      'input_cache_read',
    ),
    cacheWrite: details('langfuse.observation.usage_details', 'cache_creation_input_tokens', 'input_cache_creation'),
    output: details('langfuse.observation.usage_details', 'output', 'output_tokens', 'completion_tokens'),
    reasoning: details('langfuse.observation.usage_details', 'output_reasoning_tokens', 'output_reasoning'),
    reasoningCounts: 'outside',
    total: details('langfuse.observation.usage_details', 'total', 'total_tokens'),
    serviceTier: genAiTier,
    reportedCost: [['langfuse.observation.cost_details', 'total']],
  },
  {
    id: 'langsmith',
    when: flat('gen_ai.usage.input_token_details', 'gen_ai.usage.output_token_details'),
    input: flat('gen_ai.usage.input_tokens'),
    inputCounts: 'inclusive',
    cacheRead: details('gen_ai.usage.input_token_details', 'cache_read'),
    cacheWrite: details('gen_ai.usage.input_token_details', 'cache_creation'),
    cacheWrite5m: details('gen_ai.usage.input_token_details', 'ephemeral_5m_input_tokens'),
    cacheWrite1h: details('gen_ai.usage.input_token_details', 'ephemeral_1h_input_tokens'),
    inputAudio: details('gen_ai.usage.input_token_details', 'audio'),
    output: flat('gen_ai.usage.output_tokens'),
    outputAudio: details('gen_ai.usage.output_token_details', 'audio'),
    reasoning: details('gen_ai.usage.output_token_details', 'reasoning'),
    reasoningCounts: 'inside',
    total: flat('gen_ai.usage.total_tokens'),
    serviceTier: genAiTier,
    reportedCost: reported,
  },
  {
    id: 'vercel_ai.details',
    when: flat('ai.usage.inputTokenDetails.noCacheTokens'),
    input: flat('ai.usage.inputTokenDetails.noCacheTokens'),
    inputCounts: 'exclusive',
    cacheRead: flat('ai.usage.inputTokenDetails.cacheReadTokens', 'ai.usage.cachedInputTokens'),
    cacheWrite: flat('ai.usage.inputTokenDetails.cacheWriteTokens'),
    output: flat('ai.usage.outputTokens', 'gen_ai.usage.output_tokens'),
    reasoning: flat('ai.usage.outputTokenDetails.reasoningTokens', 'ai.usage.reasoningTokens'),
    reasoningCounts: 'inside',
    total: flat('ai.usage.totalTokens'),
    serviceTier: genAiTier,
  },
  {
    id: 'vercel_ai',
    when: flat('ai.usage.inputTokens', 'ai.usage.promptTokens', 'ai.usage.tokens'),
    input: flat('ai.usage.inputTokens', 'ai.usage.promptTokens', 'ai.usage.tokens'),
    inputCounts: 'inclusive',
    cacheRead: flat('ai.usage.cachedInputTokens'),
    output: flat('ai.usage.outputTokens', 'ai.usage.completionTokens'),
    reasoning: flat('ai.usage.reasoningTokens'),
    reasoningCounts: 'inside',
    total: flat('ai.usage.totalTokens'),
    embeddingWithoutOutput: true,
    serviceTier: genAiTier,
  },
  {
    id: 'otel.gen_ai',
    when: flat('gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens'),
    input: flat('gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens'),
    inputCounts: 'inclusive',
    cacheRead: flat(
      'gen_ai.usage.cache_read.input_tokens',
      'gen_ai.usage.cache_read_input_tokens',
      'gen_ai.usage.cache_read_tokens',
      'gen_ai.usage.details.cache_read_tokens',
      'gen_ai.usage.details.cache_read_input_tokens',
    ),
    cacheWrite: flat(
      'gen_ai.usage.cache_creation.input_tokens',
      'gen_ai.usage.cache_write.input_tokens',
      'gen_ai.usage.cache_creation_input_tokens',
      'gen_ai.usage.cache_write_tokens',
      'gen_ai.usage.details.cache_write_tokens',
      'gen_ai.usage.details.cache_creation_input_tokens',
    ),
    inputAudio: flat('gen_ai.usage.audio.input_tokens'),
    inputImage: flat('gen_ai.usage.image.input_tokens'),
    inputVideo: flat('gen_ai.usage.video.input_tokens'),
    output: flat('gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens'),
    outputAudio: flat('gen_ai.usage.audio.output_tokens'),
    outputImage: flat('gen_ai.usage.image.output_tokens'),
    reasoning: flat(
      'gen_ai.usage.reasoning.output_tokens',
      'gen_ai.usage.reasoning_tokens',
      'gen_ai.usage.details.reasoning_tokens',
      'ai.usage.outputTokenDetails.reasoningTokens',
    ),
    reasoningCounts: 'inside',
    total: flat('gen_ai.usage.total_tokens', 'llm.usage.total_tokens'),
    serviceTier: genAiTier,
    reportedCost: reported,
  },
  {
    id: 'otel.gen_ai.before_1_27',
    when: flat('gen_ai.usage.prompt_tokens', 'gen_ai.usage.completion_tokens'),
    input: flat('gen_ai.usage.prompt_tokens'),
    inputCounts: 'inclusive',
    cacheRead: flat('gen_ai.usage.cache_read_input_tokens', 'gen_ai.usage.cache_read.input_tokens'),
    cacheWrite: flat('gen_ai.usage.cache_creation_input_tokens', 'gen_ai.usage.cache_creation.input_tokens'),
    output: flat('gen_ai.usage.completion_tokens'),
    reasoning: flat('llm.usage.reasoning_tokens', 'gen_ai.usage.reasoning_tokens'),
    reasoningCounts: 'inside',
    total: flat('llm.usage.total_tokens', 'gen_ai.usage.total_tokens'),
    serviceTier: genAiTier,
    reportedCost: reported,
  },
]
