export type BillingParty = { readonly serviceProviderName: string; readonly serviceName: string }

/** `gen_ai.provider.name` → FOCUS ServiceProviderName and ServiceName, as that provider's bill calls them. */
const parties: Record<string, readonly [serviceProviderName: string, serviceName: string]> = {
  openai: ['OpenAI', 'OpenAI API'],
  anthropic: ['Anthropic', 'Claude API'],
  'aws.bedrock': ['Amazon Web Services', 'Amazon Bedrock'],
  'azure.ai.openai': ['Microsoft', 'Azure OpenAI'],
  'azure.ai.inference': ['Microsoft', 'Azure AI Inference'],
  'gcp.vertex_ai': ['Google Cloud', 'Vertex AI'],
  'gcp.gemini': ['Google Cloud', 'Gemini API'],
  'gcp.gen_ai': ['Google Cloud', 'Gemini API'],
  cohere: ['Cohere', 'Cohere API'],
  deepseek: ['DeepSeek', 'DeepSeek API'],
  groq: ['Groq', 'Groq API'],
  'ibm.watsonx.ai': ['IBM', 'watsonx.ai'],
  mistral_ai: ['Mistral AI', 'Mistral API'],
  moonshot_ai: ['Moonshot AI', 'Moonshot API'],
  openrouter: ['OpenRouter', 'OpenRouter API'],
  perplexity: ['Perplexity', 'Perplexity API'],
  x_ai: ['xAI', 'xAI API'],
  yandex: ['Yandex Cloud', 'Yandex AI Studio'],
  yandex_cloud: ['Yandex Cloud', 'Yandex AI Studio'],
  yandexgpt: ['Yandex Cloud', 'Yandex AI Studio'],
  gigachat: ['Sber', 'GigaChat API'],
  naver_clova: ['NAVER Cloud', 'CLOVA Studio'],
}

/** Who bills the calls of a provider. An unknown provider bills under its own name. */
export function billingPartyOf(provider: string): BillingParty {
  const known = Object.hasOwn(parties, provider) ? parties[provider] : undefined
  return { serviceProviderName: known?.[0] ?? provider, serviceName: known?.[1] ?? provider }
}
