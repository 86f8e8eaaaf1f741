import { addSizes, noText, sizeOfText, type TextSize } from './call'

type Json = Record<string, unknown>

/** What an answer, or one event of a streamed answer, tells about its call. */
export type Told = {
  usage?: Json | null
  model?: string
  responseId?: string
  serviceTier?: string
  /** Text that the model wrote in this piece; only its size is kept. */
  text?: string
}

/** One kind of model endpoint: how its request and answers are read. Paths are matched at their end, so any base address will do. */
export type Endpoint = {
  operation: string
  path: RegExp
  answer(body: Json): Told
  /** One parsed event of a stream; null where the endpoint does not stream. */
  event: ((event: Json) => Told) | null
  /** Usage that only the request states, for endpoints whose answers are bytes. */
  usageOfRequest?: (request: Json) => Json | null
  /** The streamed answer holds usage only when the request asks for it. */
  asksForUsage?: boolean
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const object = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter((one) => object(one) !== undefined) : [])

const stated = (body: Json): Told => ({
  ...(body.usage === undefined ? {} : { usage: object(body.usage) ?? null }),
  ...(text(body.model) && { model: text(body.model) }),
  ...(text(body.id) && { responseId: text(body.id) }),
  ...(text(body.service_tier) && { serviceTier: text(body.service_tier) }),
})

/** OpenAI chat completions, streamed or not; spoken by most other hosts too. */
const chat: Endpoint = {
  operation: 'chat',
  path: /\/chat\/completions$/,
  answer: stated,
  event: (event) => ({
    ...stated(event),
    text: list(event.choices)
      .map(({ delta }) => {
        const said = object(delta) ?? {}
        const calls = list(said.tool_calls).map((call) => text(object(call.function)?.arguments))
        return [text(said.content), text(said.reasoning_content), ...calls].join('')
      })
      .join(''),
  }),
  asksForUsage: true,
}

const responses: Endpoint = {
  operation: 'chat',
  path: /\/responses$/,
  answer: stated,
  event: (event) => ({
    ...(object(event.response) ? stated(object(event.response) as Json) : {}),
    ...(text(event.type).endsWith('.delta') && { text: text(event.delta) }),
  }),
}

/** Anthropic: the start carries the input, every later delta the output so far; the parts make one block. */
const messages: Endpoint = {
  operation: 'chat',
  path: /\/messages$/,
  answer: (body) => ({ ...stated(body), ...tierOfUsage(body.usage) }),
  event: (event) => {
    const message = object(event.message)
    if (message) return { ...stated(message), ...tierOfUsage(message.usage) }
    const delta = object(event.delta)
    return {
      ...(event.usage === undefined ? {} : { usage: object(event.usage) ?? null }),
      ...(delta && { text: text(delta.text) + text(delta.thinking) + text(delta.partial_json) }),
    }
  },
}

const tierOfUsage = (usage: unknown): Told => {
  const tier = text(object(usage)?.service_tier)
  return tier === '' ? {} : { serviceTier: tier }
}

const geminiTold = (body: Json): Told => ({
  ...(body.usageMetadata === undefined ? {} : { usage: object(body.usageMetadata) ?? null }),
  ...(text(body.modelVersion) && { model: text(body.modelVersion) }),
  ...(text(body.responseId) && { responseId: text(body.responseId) }),
  text: list(body.candidates)
    .flatMap((candidate) => list(object(candidate.content)?.parts).map((part) => text(part.text)))
    .join(''),
})

const characters = (value: unknown): number => Array.from(text(value)).length

/** Every endpoint that is watched; what is not here passes untouched. */
export const endpoints: readonly Endpoint[] = [
  chat,
  responses,
  messages,
  { ...chat, operation: 'text_completion', path: /\/completions$/ },
  { operation: 'embeddings', path: /\/embeddings$/, answer: stated, event: null },
  {
    operation: 'image_generation',
    path: /\/images\/(generations|edits|variations)$/,
    answer: (body) => ({
      ...stated(body),
      ...(body.usage === undefined && { usage: { images: list(body.data).length } }),
    }),
    event: (event) => stated(event),
  },
  {
    operation: 'speech',
    path: /\/audio\/speech$/,
    answer: () => ({}),
    event: (event) => stated(event),
    usageOfRequest: (request) => ({ characters: characters(request.input) }),
  },
  {
    operation: 'transcription',
    path: /\/audio\/(transcriptions|translations)$/,
    answer: stated,
    event: (event) => stated(event),
  },
  { operation: 'rerank', path: /\/rerank$/, answer: stated, event: null },
  {
    operation: 'generate_content',
    path: /:(generateContent|streamGenerateContent)$/,
    answer: geminiTold,
    event: geminiTold,
  },
]

/** Parts of a streamed answer become one: later usage completes the earlier, key by key. */
export function merge<T extends Told & { size: TextSize }>(before: T, told: Told): T {
  const usage =
    told.usage === undefined || told.usage === null ? before.usage : { ...before.usage, ...present(told.usage) }
  return {
    ...before,
    ...(told.model && { model: told.model }),
    ...(told.responseId && { responseId: told.responseId }),
    ...(told.serviceTier && { serviceTier: told.serviceTier }),
    ...(usage !== undefined && { usage }),
    size: told.text ? addSizes(before.size, sizeOfText(told.text)) : before.size,
  }
}

const present = (usage: Json): Json =>
  Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null && value !== undefined))

/** Size of everything in a request that the model reads: its texts, without the names around them. */
export function sizeOfRequest(body: Json): TextSize {
  let size = noText
  const read = (value: unknown, key: string) => {
    if (typeof value === 'string') {
      // Images and files travel as data addresses or base64; their characters are no text.
      if (!/^(data|url|image_url|file_data|b64_json|id|type|role|model|mimeType|mime_type)$/.test(key))
        size = addSizes(size, sizeOfText(value))
    } else if (Array.isArray(value)) for (const one of value) read(one, key)
    else if (typeof value === 'object' && value !== null)
      for (const [name, one] of Object.entries(value)) read(one, name)
  }
  for (const key of ['messages', 'input', 'instructions', 'system', 'prompt', 'tools', 'contents', 'systemInstruction'])
    read(body[key], key)
  return size
}

/** Hosts of known providers → `gen_ai.provider.name`. */
const hosts: readonly [RegExp, string][] = [
  [/(^|\.)openai\.azure\.com$|\.services\.ai\.azure\.com$|\.cognitiveservices\.azure\.com$/, 'azure.ai.openai'],
  [/(^|\.)openai\.com$/, 'openai'],
  [/(^|\.)anthropic\.com$/, 'anthropic'],
  [/^bedrock[a-z-]*\.[a-z0-9-]+\.amazonaws\.com/, 'aws.bedrock'],
  [/(^|-)aiplatform\.googleapis\.com$/, 'gcp.vertex_ai'],
  [/^generativelanguage\.googleapis\.com$/, 'gcp.gemini'],
  [/(^|\.)x\.ai$/, 'x_ai'],
  [/(^|\.)deepseek\.com$/, 'deepseek'],
  [/(^|\.)mistral\.ai$/, 'mistral_ai'],
  [/(^|\.)cohere\.(com|ai)$/, 'cohere'],
  [/(^|\.)groq\.com$/, 'groq'],
  [/(^|\.)perplexity\.ai$/, 'perplexity'],
  [/(^|\.)openrouter\.ai$/, 'openrouter'],
  [/(^|\.)together\.(xyz|ai)$/, 'together_ai'],
  [/(^|\.)fireworks\.ai$/, 'fireworks_ai'],
  [/(^|\.)moonshot\.(cn|ai)$/, 'moonshot_ai'],
  [/^dashscope[a-z-]*\.aliyuncs\.com$/, 'alibaba_cloud'],
  [/^llm\.api\.cloud\.yandex\.net$|^ai\.api\.cloud\.yandex\.net$/, 'yandexgpt'],
  [/(^|\.)sberbank\.ru$/, 'gigachat'],
  [/^clovastudio\./, 'clova'],
]

/** The provider behind an address. An unknown host is its own name: nobody else's prices are taken for it. */
export function providerOfHost(host: string): string {
  return hosts.find(([pattern]) => pattern.test(host))?.[1] ?? host
}
