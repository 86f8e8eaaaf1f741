import { expect, test } from 'vitest'
import { normaliseUsage, usageFromOtelAttributes } from './index'

/*
 * One block for each dialect that has no case elsewhere in these tests, in the shape its producer documents (November 2026):
 * AWS Bedrock user guide (InvokeModel bodies and headers, invocation logging), LangChain UsageMetadata, Langfuse usage
 * details, OpenAI API reference (fine-tuning job, images), Yandex AI Studio, Sber GigaChat, NAVER CLOVA Studio, OpenRouter
 * usage accounting, LiteLLM usage object, DeepSeek, Mistral and xAI API references, OpenLLMetry semantic conventions 0.5,
 * Vercel AI SDK 4 and 5 telemetry.
 */
const blocks: [dialect: string, provider: string, block: object, leaves: Record<string, number>][] = [
  [
    'bedrock.llama',
    'aws.bedrock',
    { prompt_token_count: 25, generation_token_count: 120, stop_reason: 'stop' },
    { 'input.text.plain': 25, 'output.text.visible': 120 },
  ],
  [
    'bedrock.invoke_headers',
    'aws.bedrock',
    { 'x-amzn-bedrock-input-token-count': '30', 'x-amzn-bedrock-output-token-count': '7' },
    { 'input.text.plain': 30, 'output.text.visible': 7 },
  ],
  [
    'bedrock.titan_text',
    'aws.bedrock',
    { inputTextTokenCount: 5, results: [{ tokenCount: 32 }] },
    { 'input.text.plain': 5, 'output.text.visible': 32 },
  ],
  ['bedrock.titan_embedding', 'aws.bedrock', { inputTextTokenCount: 5 }, { 'embedding.text': 5 }],
  [
    'bedrock.converse',
    'aws.bedrock',
    { inputTokens: 10, outputTokens: 5, totalTokens: 15, cacheReadInputTokens: 100, cacheWriteInputTokens: 20 },
    { 'input.text.plain': 10, 'input.text.cache_read': 100, 'input.text.cache_write': 20, 'output.text.visible': 5 },
  ],
  [
    'bedrock.invocation_log',
    'aws.bedrock',
    { input: { inputTokenCount: 12, cacheReadInputTokenCount: 3 }, output: { outputTokenCount: 8 } },
    { 'input.text.plain': 12, 'input.text.cache_read': 3, 'output.text.visible': 8 },
  ],
  [
    'bedrock.invocation_log',
    'aws.bedrock',
    { inputTokenCount: 12, outputTokenCount: 8, invocationLatency: 900 },
    { 'input.text.plain': 12, 'output.text.visible': 8 },
  ],
  [
    'langsmith',
    'anthropic',
    {
      input_tokens: 1000,
      output_tokens: 50,
      total_tokens: 1050,
      input_token_details: { cache_read: 600, cache_creation: 300 },
    },
    { 'input.text.plain': 100, 'input.text.cache_read': 600, 'input.text.cache_write': 300, 'output.text.visible': 50 },
  ],
  [
    'langfuse',
    'openai',
    { input: 100, output: 20, input_cached_tokens: 50, output_reasoning_tokens: 5, total: 175 },
    { 'input.text.plain': 100, 'input.text.cache_read': 50, 'output.text.visible': 20, 'output.text.reasoning': 5 },
  ],
  ['openai.fine_tuning', 'openai', { trained_tokens: 5000 }, { 'training.text': 5000 }],
  ['images', 'gcp.vertex_ai', { image_count: 4 }, { 'image.generated': 4 }],
  ['hours', 'self_hosted', { gpu_seconds: 3600, container_hours: 2 }, { 'second.gpu': 3600, 'hour.container': 2 }],
  ['characters', 'openai', { characters: 420 }, { 'char.tts': 420 }],
  ['pages', 'mistral_ai', { pages_processed: 29, doc_size_bytes: 1000 }, { 'page.ocr': 29 }],
  ['openai.transcription_duration', 'openai', { type: 'duration', seconds: 14 }, { 'second.audio_in': 14 }],
  ['cohere', 'cohere', { billed_units: { search_units: 1 } }, { 'query.rerank': 1 }],
  [
    'yandexgpt',
    'yandexgpt',
    { inputTextTokens: '19', completionTokens: '6', totalTokens: '25' },
    { 'input.text.plain': 19, 'output.text.visible': 6 },
  ],
  [
    'gigachat',
    'gigachat',
    { prompt_tokens: 18, completion_tokens: 68, precached_prompt_tokens: 10, total_tokens: 76 },
    { 'input.text.plain': 8, 'input.text.cache_read': 10, 'output.text.visible': 68 },
  ],
  [
    'clova',
    'clova',
    { promptTokens: 28, completionTokens: 42, totalTokens: 70, completionTokensDetails: { thinkingTokens: 12 } },
    { 'input.text.plain': 28, 'output.text.visible': 30, 'output.text.reasoning': 12 },
  ],
  [
    'deepseek',
    'deepseek',
    {
      prompt_tokens: 100,
      completion_tokens: 40,
      total_tokens: 140,
      prompt_cache_hit_tokens: 64,
      prompt_cache_miss_tokens: 36,
    },
    { 'input.text.plain': 36, 'input.text.cache_read': 64, 'output.text.visible': 40 },
  ],
  [
    'x_ai',
    'x_ai',
    {
      prompt_tokens: 32,
      completion_tokens: 9,
      total_tokens: 135,
      completion_tokens_details: { reasoning_tokens: 94 },
      num_sources_used: 2,
    },
    { 'input.text.plain': 32, 'output.text.visible': 9, 'output.text.reasoning': 94, 'call.search_source': 2 },
  ],
  [
    'openai.chat',
    'openrouter',
    {
      prompt_tokens: 194,
      completion_tokens: 2,
      total_tokens: 196,
      cost: 0.95,
      prompt_tokens_details: { cached_tokens: 100 },
    },
    { 'input.text.plain': 94, 'input.text.cache_read': 100, 'output.text.visible': 2 },
  ],
]

test.each(blocks)('%s of %s is read into disjoint leaves', (dialect, provider, block, leaves) => {
  const usage = normaliseUsage(provider, 'a-model', block)
  expect(Object.fromEntries(usage.leaves.map(({ unit, quantity }) => [unit, quantity]))).toEqual(leaves)
  expect(usage).toMatchObject({ dialect, usageStatus: 'exact' })
})

const spans: [name: string, dialect: string, attributes: Record<string, unknown>, leaves: Record<string, number>][] = [
  [
    'OpenLLMetry 0.5',
    'otel.gen_ai',
    {
      'gen_ai.system': 'openai',
      'llm.request.type': 'chat',
      'gen_ai.response.model': 'gpt-5',
      'gen_ai.usage.input_tokens': 20,
      'gen_ai.usage.output_tokens': 9,
      'gen_ai.usage.total_tokens': 29,
      'gen_ai.usage.cache_read.input_tokens': 8,
      'gen_ai.usage.reasoning_tokens': 4,
    },
    { 'input.text.plain': 12, 'input.text.cache_read': 8, 'output.text.visible': 5, 'output.text.reasoning': 4 },
  ],
  [
    'OpenLLMetry before 0.5',
    'otel.gen_ai.before_1_27',
    {
      'gen_ai.system': 'Anthropic',
      'llm.request.type': 'chat',
      'gen_ai.response.model': 'claude-sonnet-4-5',
      'gen_ai.usage.prompt_tokens': 20,
      'gen_ai.usage.completion_tokens': 9,
      'llm.usage.total_tokens': 29,
      'gen_ai.usage.cache_read_input_tokens': 8,
    },
    { 'input.text.plain': 12, 'input.text.cache_read': 8, 'output.text.visible': 9 },
  ],
  [
    'Vercel AI SDK 4',
    'vercel_ai',
    {
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.model.id': 'gpt-4o',
      'ai.model.provider': 'openai.chat',
      'ai.usage.promptTokens': 20,
      'ai.usage.completionTokens': 9,
    },
    { 'input.text.plain': 20, 'output.text.visible': 9 },
  ],
  [
    'Vercel AI SDK 5',
    'vercel_ai',
    {
      'ai.operationId': 'ai.streamText.doStream',
      'ai.model.id': 'gpt-5',
      'ai.model.provider': 'openai.responses',
      'ai.usage.inputTokens': 20,
      'ai.usage.cachedInputTokens': 8,
      'ai.usage.outputTokens': 9,
      'ai.usage.reasoningTokens': 4,
      'ai.usage.totalTokens': 29,
    },
    { 'input.text.plain': 12, 'input.text.cache_read': 8, 'output.text.visible': 5, 'output.text.reasoning': 4 },
  ],
  [
    'LiteLLM',
    'otel.gen_ai.before_1_27',
    {
      'gen_ai.system': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'llm.request.type': 'completion',
      'gen_ai.usage.prompt_tokens': 20,
      'gen_ai.usage.completion_tokens': 9,
      'gen_ai.usage.total_tokens': 29,
      'gen_ai.cost.total_cost': 0.01,
    },
    { 'input.text.plain': 20, 'output.text.visible': 9 },
  ],
]

test.each(spans)('telemetry of %s', (_name, dialect, attributes, leaves) => {
  const usage = usageFromOtelAttributes(attributes, { name: 'call', scopeName: 'test', scopeVersion: '1' })!
  expect(Object.fromEntries(usage.leaves.map(({ unit, quantity }) => [unit, quantity]))).toEqual(leaves)
  expect(usage).toMatchObject({ dialect, usageStatus: 'exact', isLeafCall: true })
})
