import { describe, expect, test } from 'vitest'
import { normaliseUsage, usageFromOtelAttributes } from './index'
import type { Leaf } from './types'

const span = { name: 'chat', scopeName: 'test', scopeVersion: '1' }
const read = (attributes: Record<string, unknown>, where: Partial<typeof span> = {}) =>
  usageFromOtelAttributes(attributes, { ...span, ...where })
const of = (leaves: Leaf[], unit: string) => leaves.find((leaf) => leaf.unit === unit)?.quantity ?? null
/** input / cacheRead / cacheWrite / output / reasoning */
const five = (leaves: Leaf[]) => [
  of(leaves, 'input.text.plain'),
  of(leaves, 'input.text.cache_read'),
  of(leaves, 'input.text.cache_write'),
  of(leaves, 'output.text.visible'),
  of(leaves, 'output.text.reasoning'),
]

describe('telemetry of every dialect becomes the same disjoint leaves', () => {
  test('current conventions, Anthropic: cached tokens are inside the input count', () => {
    const usage = read({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': 'claude-sonnet-4-5',
      'gen_ai.response.id': 'msg_1',
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.cache_read.input_tokens': 600,
      'gen_ai.usage.cache_creation.input_tokens': 300,
      'gen_ai.usage.output_tokens': 50,
    })!
    expect(five(usage.leaves)).toEqual([100, 600, 300, 50, null])
    expect(usage).toMatchObject({
      provider: 'anthropic',
      responseId: 'msg_1',
      usageStatus: 'exact',
      dialect: 'otel.gen_ai',
      isLeafCall: true,
    })
  })

  test('Claude Code api_request: four disjoint classes, numbers as text', () => {
    const usage = read(
      {
        'event.name': 'api_request',
        model: 'claude-sonnet-4-5-20250929',
        input_tokens: '100',
        cache_read_tokens: 600,
        cache_creation_tokens: 300,
        output_tokens: 50,
        cost_usd_micros: 1234,
        request_id: 'req_1',
      },
      { name: 'claude_code.api_request' },
    )!
    expect(five(usage.leaves)).toEqual([100, 600, 300, 50, null])
    expect(usage).toMatchObject({
      provider: 'anthropic',
      dialect: 'claude_code',
      responseId: 'req_1',
      reportedCost: '0.001234',
    })
  })

  test('OpenAI span: cached and reasoning are parts', () => {
    const usage = read({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.response.model': 'gpt-5-2025-08-07',
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.cache_read.input_tokens': 400,
      'gen_ai.usage.output_tokens': 500,
      'gen_ai.usage.reasoning.output_tokens': 320,
      'openai.response.service_tier': 'flex',
    })!
    expect(five(usage.leaves)).toEqual([600, 400, null, 180, 320])
    expect(usage.serviceTier).toBe('flex')
  })

  test('OpenInference', () => {
    const usage = read({
      'openinference.span.kind': 'LLM',
      'llm.provider': 'openai',
      'llm.model_name': 'gpt-5',
      'llm.token_count.prompt': 20,
      'llm.token_count.completion': 15,
      'llm.token_count.completion_details.reasoning': 10,
      'llm.token_count.prompt_details.cache_read': 5,
    })!
    expect(five(usage.leaves)).toEqual([15, 5, null, 5, 10])
    expect(usage.dialect).toBe('openinference')
  })

  test('an input count smaller than its cached part is exclusive, and says so', () => {
    const usage = read({
      'gen_ai.operation.name': 'chat',
      'gen_ai.system': 'anthropic',
      'gen_ai.response.model': 'claude-sonnet-4-5',
      'gen_ai.usage.input_tokens': 7,
      'gen_ai.usage.cache_read.input_tokens': 2089,
      'gen_ai.usage.output_tokens': 3,
    })!
    expect(five(usage.leaves)).toEqual([7, 2089, null, 3, null])
    expect(usage.dialect).toBe('otel.gen_ai/exclusive')
    expect(usage.findings.map((each) => each.code)).toContain('counts_exclusive')
  })

  test('Codex sse_event counts only at the end of a response', () => {
    const attributes = {
      'event.name': 'codex.sse_event',
      'event.kind': 'response.completed',
      model: 'gpt-5-codex',
      input_token_count: '1200',
      cached_token_count: 1000,
      output_token_count: '80',
      reasoning_token_count: 30,
    }
    const usage = read(attributes)!
    expect(five(usage.leaves)).toEqual([200, 1000, null, 50, 30])
    expect(usage.provider).toBe('openai')
    expect(read({ ...attributes, 'event.kind': 'response.output_item.done' })).toBeNull()
  })

  test('Gemini CLI: thoughts stand beside the output', () => {
    const usage = read({
      'event.name': 'gemini_cli.api_response',
      model: 'gemini-2.5-pro',
      input_token_count: 1000,
      cached_content_token_count: 200,
      output_token_count: 80,
      thoughts_token_count: 40,
    })!
    expect(five(usage.leaves)).toEqual([800, 200, null, 80, 40])
    expect(usage.provider).toBe('gcp.gemini')
  })

  test('Vercel AI SDK 7: the root repeats its chats, 30/10 in total and not 60/20', () => {
    const trace = [
      ['invoke_agent', 30, 10],
      ['chat', 10, 4],
      ['chat', 20, 6],
    ].map(
      ([operation, input, output]) =>
        read({
          'gen_ai.operation.name': operation,
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': 'gpt-5-mini',
          'gen_ai.usage.input_tokens': input,
          'gen_ai.usage.output_tokens': output,
        })!,
    )
    const counted = trace.filter((each) => each.isLeafCall)
    expect(counted.reduce((sum, each) => sum + of(each.leaves, 'input.text.plain')!, 0)).toBe(30)
    expect(counted.reduce((sum, each) => sum + of(each.leaves, 'output.text.visible')!, 0)).toBe(10)
    expect(trace[0]!.isLeafCall).toBe(false)
  })

  test('Vercel AI SDK before 7: only the do… child is a call, and its metadata splits cache writes', () => {
    const usage = {
      'ai.model.provider': 'anthropic.messages',
      'ai.model.id': 'claude-sonnet-4-6',
      'ai.usage.inputTokens': 5000,
      'ai.usage.inputTokenDetails.noCacheTokens': 1000,
      'ai.usage.inputTokenDetails.cacheReadTokens': 1000,
      'ai.usage.inputTokenDetails.cacheWriteTokens': 3000,
      'ai.usage.outputTokens': 20,
      'ai.response.providerMetadata': JSON.stringify({
        anthropic: { usage: { cache_creation: { ephemeral_5m_input_tokens: 1000, ephemeral_1h_input_tokens: 2000 } } },
      }),
    }
    const child = read(usage, { name: 'ai.streamText.doStream', scopeName: 'ai' })!
    expect(child).toMatchObject({ provider: 'anthropic', isLeafCall: true, operation: 'chat' })
    expect(of(child.leaves, 'input.text.cache_write_5m')).toBe(1000)
    expect(of(child.leaves, 'input.text.cache_write_1h')).toBe(2000)
    expect(of(child.leaves, 'input.text.plain')).toBe(1000)
    expect(read(usage, { name: 'ai.streamText', scopeName: 'ai' })!.isLeafCall).toBe(false)
    expect(read({ 'ai.toolCall.name': 'x' }, { name: 'ai.toolCall', scopeName: 'ai' })).toBeNull()
  })

  test('deprecated names of OpenLLMetry', () => {
    const usage = read({
      'llm.request.type': 'chat',
      'gen_ai.system': 'OpenAI',
      'gen_ai.response.model': 'gpt-4o',
      'gen_ai.usage.prompt_tokens': 100,
      'gen_ai.usage.completion_tokens': 10,
      'gen_ai.usage.cache_read_input_tokens': 40,
      'llm.usage.total_tokens': 110,
    })!
    expect(five(usage.leaves)).toEqual([60, 40, null, 10, null])
    expect(usage.provider).toBe('openai')
  })

  test('LangSmith and Langfuse carry their details as JSON text', () => {
    const langsmith = read({
      'gen_ai.system': 'openai',
      'langsmith.span.kind': 'llm',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 20,
      'gen_ai.usage.total_tokens': 120,
      'gen_ai.usage.input_token_details': '{"cache_read": 64}',
      'gen_ai.usage.output_token_details': '{"reasoning": 8}',
    })!
    expect(five(langsmith.leaves)).toEqual([36, 64, null, 12, 8])
    const langfuse = read({
      'langfuse.observation.type': 'generation',
      'langfuse.observation.model.name': 'gpt-4o',
      'langfuse.observation.usage_details':
        '{"input": 36, "input_cached_tokens": 64, "output": 12, "output_reasoning_tokens": 8, "total": 120}',
      'langfuse.observation.cost_details': '{"total": 0.5}',
    })!
    expect(five(langfuse.leaves)).toEqual([36, 64, null, 12, 8])
    expect(langfuse.reportedCost).toBe('0.5')
  })

  test('embeddings have leaves of their own', () => {
    const usage = read({
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'text-embedding-3-small',
      'gen_ai.usage.input_tokens': 12,
    })!
    expect(usage.leaves).toEqual([{ unit: 'embedding.text', quantity: 12 }])
    expect(usage.usageStatus).toBe('exact')
  })
})

describe('what is not known is not zero', () => {
  test('a call without counts is missing', () => {
    const usage = read({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
    })!
    expect(usage).toMatchObject({ usageStatus: 'missing', leaves: [] })
  })
  test('a call with one side only is partial', () => {
    const usage = read({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.usage.input_tokens': 5,
    })!
    expect(usage.usageStatus).toBe('partial')
  })
  test.each([
    ['http span', { 'http.request.method': 'GET' }],
    ['tool', { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'x' }],
    ['retrieval', { 'gen_ai.operation.name': 'retrieval' }],
    ['chain of OpenInference', { 'openinference.span.kind': 'CHAIN' }],
  ])('%s is not a model call', (_name, attributes) => {
    expect(read(attributes)).toBeNull()
  })
  test.each([-1, 1.5, 'many', Number.MAX_SAFE_INTEGER + 2, true])(
    'a count of %s is inconsistent and has no leaves',
    (count) => {
      const usage = read({
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.usage.input_tokens': count,
        'gen_ai.usage.output_tokens': 1,
      })!
      expect(usage).toMatchObject({ usageStatus: 'inconsistent', leaves: [] })
    },
  )
  test('a total that does not add up is inconsistent, with the parts as stated', () => {
    const usage = normaliseUsage('openai', 'gpt-4o', { prompt_tokens: 10, completion_tokens: 5, total_tokens: 17 })
    expect(usage.usageStatus).toBe('inconsistent')
    expect(five(usage.leaves)).toEqual([10, null, null, 5, null])
  })
  test('cached above an inclusive input that its total proves is inconsistent, never clamped', () => {
    const usage = normaliseUsage('openai', 'gpt-4o', {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 15,
      prompt_tokens_details: { cached_tokens: 40 },
    })
    expect(usage.usageStatus).toBe('inconsistent')
    expect(usage.leaves.every((leaf) => leaf.quantity >= 0)).toBe(true)
  })
})

describe('usage blocks of providers', () => {
  const blocks: [string, string, object, (number | null)[]][] = [
    [
      'xAI: reasoning beside completion',
      'x_ai',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 45,
        completion_tokens_details: { reasoning_tokens: 30 },
      },
      [10, null, null, 5, 30],
    ],
    [
      'DeepSeek: hits inside prompt',
      'deepseek',
      {
        prompt_tokens: 100,
        prompt_cache_hit_tokens: 64,
        prompt_cache_miss_tokens: 36,
        completion_tokens: 5,
        total_tokens: 105,
      },
      [36, 64, null, 5, null],
    ],
    [
      'Mistral',
      'mistral_ai',
      { prompt_tokens: 70, num_cached_tokens: 69, completion_tokens: 12, total_tokens: 82 },
      [1, 69, null, 12, null],
    ],
    [
      'Bedrock Converse: cache beside input',
      'aws.bedrock',
      { inputTokens: 4, cacheReadInputTokens: 100, cacheWriteInputTokens: 20, outputTokens: 6, totalTokens: 130 },
      [4, 100, 20, 6, null],
    ],
    [
      'Bedrock invocation log',
      'aws.bedrock',
      { inputTokenCount: 4, outputTokenCount: 6, cacheReadInputTokenCount: 9 },
      [4, 9, null, 6, null],
    ],
    [
      'Cohere bills its billed units',
      'cohere',
      { billed_units: { input_tokens: 5, output_tokens: 7 }, tokens: { input_tokens: 80, output_tokens: 9 } },
      [5, null, null, 7, null],
    ],
    [
      'OpenRouter',
      'openrouter',
      {
        prompt_tokens: 9,
        completion_tokens: 4,
        total_tokens: 13,
        cost: 0.01,
        prompt_tokens_details: { cached_tokens: 2 },
      },
      [7, 2, null, 4, null],
    ],
    [
      'YandexGPT: numbers as text',
      'yandexgpt',
      { inputTextTokens: '20', completionTokens: '7', totalTokens: '27' },
      [20, null, null, 7, null],
    ],
    [
      'GigaChat',
      'gigachat',
      { prompt_tokens: 20, precached_prompt_tokens: 5, completion_tokens: 7, total_tokens: 27 },
      [15, 5, null, 7, null],
    ],
    ['CLOVA', 'clova', { promptTokens: 20, completionTokens: 7, totalTokens: 27 }, [20, null, null, 7, null]],
    [
      'Gemini with tool prompt',
      'gcp.gemini',
      {
        promptTokenCount: 10,
        toolUsePromptTokenCount: 90,
        candidatesTokenCount: 5,
        thoughtsTokenCount: 3,
        totalTokenCount: 108,
      },
      [100, null, null, 5, 3],
    ],
    [
      'Gemini whose candidates hold the thoughts',
      'gcp.gemini',
      { promptTokenCount: 10, candidatesTokenCount: 8, thoughtsTokenCount: 3, totalTokenCount: 18 },
      [10, null, null, 5, 3],
    ],
    [
      'Responses stream end',
      'openai',
      { type: 'response.completed', response: { usage: { input_tokens: 9, output_tokens: 4, total_tokens: 13 } } },
      [9, null, null, 4, null],
    ],
    [
      'Anthropic thinking inside output',
      'anthropic',
      {
        input_tokens: 9,
        output_tokens: 40,
        cache_read_input_tokens: 1,
        output_tokens_details: { thinking_tokens: 30 },
      },
      [9, 1, null, 10, 30],
    ],
  ]
  test.each(blocks)('%s', (_name, provider, usage, expected) => {
    const read = normaliseUsage(provider, 'm', usage)
    expect(five(read.leaves)).toEqual(expected)
    expect(read.usageStatus).toBe('exact')
  })
  test('cache lifetimes that do not add up are inconsistent', () => {
    const usage = {
      input_tokens: 1,
      output_tokens: 1,
      cache_creation_input_tokens: 10,
      cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 3 },
    }
    expect(normaliseUsage('anthropic', 'm', usage)).toMatchObject({ usageStatus: 'inconsistent', leaves: [] })
  })
  test('provisioned throughput is a commitment, not a charge', () => {
    const usage = {
      promptTokenCount: 1,
      candidatesTokenCount: 1,
      totalTokenCount: 2,
      trafficType: 'PROVISIONED_THROUGHPUT',
    }
    expect(normaliseUsage('gcp.vertex_ai', 'm', usage).committed).toBe(true)
  })
})
