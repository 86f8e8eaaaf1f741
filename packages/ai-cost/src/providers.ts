/** Spellings seen in telemetry, clients and gateways → OpenTelemetry `gen_ai.provider.name` (or a stable name where it has none). */
const spellings: Record<string, string> = {
  'openai.chat': 'openai',
  'openai.responses': 'openai',
  'openai.completion': 'openai',
  'openai.embedding': 'openai',
  'anthropic.messages': 'anthropic',
  claude: 'anthropic',
  azure: 'azure.ai.openai',
  azure_openai: 'azure.ai.openai',
  'azure-openai': 'azure.ai.openai',
  'azure_openai.chat': 'azure.ai.openai',
  'azure-openai.chat': 'azure.ai.openai',
  'azure-openai.responses': 'azure.ai.openai',
  'az.ai.openai': 'azure.ai.openai',
  'az.ai.inference': 'azure.ai.inference',
  azure_ai: 'azure.ai.inference',
  bedrock: 'aws.bedrock',
  'amazon-bedrock': 'aws.bedrock',
  amazon_bedrock: 'aws.bedrock',
  aws: 'aws.bedrock',
  aws_bedrock: 'aws.bedrock',
  bedrock_converse: 'aws.bedrock',
  'aws bedrock': 'aws.bedrock',
  google: 'gcp.gemini',
  gemini: 'gcp.gemini',
  'google.generative-ai': 'gcp.gemini',
  'google-gla': 'gcp.gemini',
  google_genai: 'gcp.gemini',
  google_generativeai: 'gcp.gemini',
  vertex_ai: 'gcp.vertex_ai',
  vertexai: 'gcp.vertex_ai',
  'google-vertex': 'gcp.vertex_ai',
  'google.vertex': 'gcp.vertex_ai',
  'google.vertex.chat': 'gcp.vertex_ai',
  google_vertexai: 'gcp.vertex_ai',
  'gcp.gen_ai': 'gcp.gen_ai',
  mistral: 'mistral_ai',
  mistralai: 'mistral_ai',
  'mistral.chat': 'mistral_ai',
  xai: 'x_ai',
  'x-ai': 'x_ai',
  'xai.chat': 'x_ai',
  grok: 'x_ai',
  moonshot: 'moonshot_ai',
  moonshotai: 'moonshot_ai',
  together: 'together_ai',
  'together-ai': 'together_ai',
  fireworks: 'fireworks_ai',
  'fireworks-ai': 'fireworks_ai',
  watsonx: 'ibm.watsonx.ai',
  'deepseek.chat': 'deepseek',
  'groq.chat': 'groq',
  'cohere.chat': 'cohere',
  'perplexity.chat': 'perplexity',
  voyage: 'voyageai',
  dashscope: 'alibaba_cloud',
  qwen: 'alibaba_cloud',
  yandex: 'yandexgpt',
  'yandex.cloud': 'yandexgpt',
  sber: 'gigachat',
  naver: 'clova',
  'clova-studio': 'clova',
}

const known = new Map<string, string>()

/** The provider's OpenTelemetry name. Unknown names come back in lower case, unchanged otherwise. */
export function providerName(name: string): string {
  const cached = known.get(name)
  if (cached !== undefined) return cached
  const lower = name.trim().toLowerCase()
  let found = spellings[lower]
  if (found === undefined && /^google[._-]vertex/.test(lower)) found = 'gcp.vertex_ai'
  if (found === undefined && /^google[._-]/.test(lower)) found = 'gcp.gemini'
  if (found === undefined) {
    const bare = lower.replace(/\.(chat|responses|completion|embedding|image|messages|speech|transcription)$/, '')
    found = spellings[bare] ?? bare
  }
  const result = found
  if (known.size < 10_000) known.set(name, result)
  return result
}

/** Who else's list a provider sells at, as the provider or its catalogue entry declares it. */
export const listedAt: Record<string, readonly string[]> = {
  'azure.ai.openai': ['openai', 'anthropic'],
  'azure.ai.inference': ['azure.ai.openai', 'openai', 'anthropic'],
  'gcp.vertex_ai': ['anthropic'],
  'gcp.gen_ai': ['gcp.gemini', 'gcp.vertex_ai', 'anthropic'],
}

/** The lab of a model id, for telemetry that does not name its provider. */
export function providerOfModel(model: string): string {
  const id = model.toLowerCase()
  for (const [pattern, provider] of labs) if (pattern.test(id)) return provider
  return ''
}

const labs: readonly [RegExp, string][] = [
  [/^(us|eu|apac|au|jp|ca|global|us-gov)\.[a-z]+\./, 'aws.bedrock'],
  [/^(anthropic|amazon|meta|cohere|mistral|ai21)\.[a-z]/, 'aws.bedrock'],
  [/^arn:aws[a-z-]*:bedrock:/, 'aws.bedrock'],
  [/^claude/, 'anthropic'],
  [/^(ft:)?(gpt-|chatgpt-|o[1345](-|$)|text-embedding-|tts-|whisper-|dall-e|davinci|babbage)/, 'openai'],
  [/^(models\/)?gemini/, 'gcp.gemini'],
  [/^grok/, 'x_ai'],
  [/^deepseek-(chat|reasoner|v4)/, 'deepseek'],
  [/^(command|embed-|rerank-)/, 'cohere'],
  [/^(mistral|codestral|magistral|devstral|ministral|pixtral)/, 'mistral_ai'],
]
