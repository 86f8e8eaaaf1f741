/** Sora Mobility (소라 모빌리티): a made-up e-mobility company in Seoul. Nothing here is anyone's real account. */

export const teams = [
  'assistant',
  'search-ranking',
  'core-platform',
  'payments',
  'fleet-vision',
  'data-platform',
] as const
export type Team = (typeof teams)[number]

export const costCenters: Record<Team, string> = {
  assistant: 'CC-1100',
  'search-ranking': 'CC-1200',
  'core-platform': 'CC-2100',
  payments: 'CC-2200',
  'fleet-vision': 'CC-3100',
  'data-platform': 'CC-3200',
}

export const projects: Record<Team, string> = {
  assistant: 'rider-assistant',
  'search-ranking': 'discovery',
  'core-platform': 'platform',
  payments: 'checkout',
  'fleet-vision': 'guardian',
  'data-platform': 'lakehouse',
}

export const customers = [
  'seoul-metro',
  'busan-harbor',
  'jeju-rent',
  'incheon-air',
  'daejeon-campus',
  'hangang-delivery',
  'gyeonggi-transit',
] as const

export type TokenKind = 'input' | 'cacheRead' | 'cacheWrite' | 'output'

/** One model as one provider sells it. Prices are US dollars for a million tokens; null: the company hosts it, nobody sells it. */
export type SoldModel = {
  /** gen_ai.provider.name */
  provider: string
  serviceProviderName: string
  serviceName: string
  /** the id in calls */
  model: string
  /** the id on the bill */
  billedAs: string
  region: string
  prices: Record<TokenKind, string | null> | null
}

const anthropic = {
  provider: 'anthropic',
  serviceProviderName: 'Anthropic',
  serviceName: 'Claude API',
  region: 'global',
}
const openai = { provider: 'openai', serviceProviderName: 'OpenAI', serviceName: 'OpenAI API', region: 'global' }

export const soldModels = {
  sonnet: {
    ...anthropic,
    model: 'claude-sonnet-4-5',
    billedAs: 'claude-sonnet-4-5',
    prices: { input: '3', cacheRead: '0.3', cacheWrite: '3.75', output: '15' },
  },
  haiku: {
    ...anthropic,
    model: 'claude-haiku-4-5',
    billedAs: 'claude-haiku-4-5',
    prices: { input: '1', cacheRead: '0.1', cacheWrite: '1.25', output: '5' },
  },
  bedrockHaiku: {
    provider: 'aws.bedrock',
    serviceProviderName: 'Amazon Web Services',
    serviceName: 'Amazon Bedrock',
    region: 'ap-northeast-2',
    model: 'global.anthropic.claude-haiku-4-5-20251001-v1:0',
    billedAs: 'claude-haiku-4-5',
    prices: { input: '1', cacheRead: '0.1', cacheWrite: '1.25', output: '5' },
  },
  gpt51: {
    ...openai,
    model: 'gpt-5.1',
    billedAs: 'gpt-5.1',
    prices: { input: '1.25', cacheRead: '0.125', cacheWrite: null, output: '10' },
  },
  gpt5mini: {
    ...openai,
    model: 'gpt-5-mini',
    billedAs: 'gpt-5-mini',
    prices: { input: '0.25', cacheRead: '0.025', cacheWrite: null, output: '2' },
  },
  embedding: {
    ...openai,
    model: 'text-embedding-3-large',
    billedAs: 'text-embedding-3-large',
    prices: { input: '0.13', cacheRead: null, cacheWrite: null, output: null },
  },
  azureGpt41: {
    provider: 'azure.ai.openai',
    serviceProviderName: 'Microsoft',
    serviceName: 'Azure OpenAI',
    region: 'koreacentral',
    model: 'gpt-4.1',
    billedAs: 'gpt-4.1',
    prices: { input: '2', cacheRead: '0.5', cacheWrite: null, output: '8' },
  },
  gemini: {
    provider: 'gcp.vertex_ai',
    serviceProviderName: 'Google Cloud',
    serviceName: 'Vertex AI',
    region: 'asia-northeast3',
    model: 'gemini-2.5-pro',
    billedAs: 'gemini-2.5-pro',
    prices: { input: '1.25', cacheRead: '0.125', cacheWrite: null, output: '10' },
  },
  own: {
    provider: 'sora',
    serviceProviderName: 'Sora Mobility',
    serviceName: 'sora-llm',
    region: 'ap-northeast-2',
    model: 'sora-llm-7b',
    billedAs: 'sora-llm-7b',
    prices: null,
  },
} as const satisfies Record<string, SoldModel>

export type ModelKey = keyof typeof soldModels

/** What one feature of the product calls, how often and how much. */
export type Feature = {
  team: Team
  feature: string
  service: string
  model: ModelKey
  operation: 'chat' | 'embeddings' | 'generate_content'
  /** calls on an average day at the start of the history */
  callsPerDay: number
  lengths: 'code' | 'conversation' | 'chat' | 'longContext'
  /** prompts carry so many such contexts: an agent drags its earlier turns along */
  contexts: number
  /** added to the prefix that the trace shares, permille of the prompt; 0: nothing is cached */
  cachedPermille: number
  /** thinking per visible token, permille */
  reasoningPermille: number
  rhythm: 'consumer' | 'office'
  perCustomer: boolean
  experiment?: string
}

export const features: readonly Feature[] = [
  {
    team: 'assistant',
    feature: 'rider-chat',
    service: 'assistant-api',
    model: 'sonnet',
    operation: 'chat',
    callsPerDay: 330,
    lengths: 'longContext',
    contexts: 4,
    cachedPermille: 300,
    reasoningPermille: 0,
    rhythm: 'consumer',
    perCustomer: true,
  },
  {
    team: 'assistant',
    feature: 'trip-planner',
    service: 'assistant-agent',
    model: 'sonnet',
    operation: 'chat',
    callsPerDay: 170,
    lengths: 'longContext',
    contexts: 9,
    cachedPermille: 520,
    reasoningPermille: 700,
    rhythm: 'consumer',
    perCustomer: true,
  },
  {
    team: 'assistant',
    feature: 'intent-routing',
    service: 'assistant-api',
    model: 'gpt5mini',
    operation: 'chat',
    callsPerDay: 150,
    lengths: 'conversation',
    contexts: 1,
    cachedPermille: 150,
    reasoningPermille: 900,
    rhythm: 'consumer',
    perCustomer: true,
  },
  {
    team: 'assistant',
    feature: 'ticket-triage',
    service: 'support-desk',
    model: 'haiku',
    operation: 'chat',
    callsPerDay: 60,
    lengths: 'conversation',
    contexts: 3,
    cachedPermille: 250,
    reasoningPermille: 0,
    rhythm: 'office',
    perCustomer: true,
  },
  {
    team: 'search-ranking',
    feature: 'query-rewrite',
    service: 'search-api',
    model: 'gpt5mini',
    operation: 'chat',
    callsPerDay: 90,
    lengths: 'chat',
    contexts: 1,
    cachedPermille: 100,
    reasoningPermille: 400,
    rhythm: 'consumer',
    perCustomer: false,
  },
  {
    team: 'search-ranking',
    feature: 'place-embeddings',
    service: 'search-indexer',
    model: 'embedding',
    operation: 'embeddings',
    callsPerDay: 80,
    lengths: 'longContext',
    contexts: 3,
    cachedPermille: 0,
    reasoningPermille: 0,
    rhythm: 'consumer',
    perCustomer: false,
  },
  {
    team: 'search-ranking',
    feature: 'relevance-judge',
    service: 'search-lab',
    model: 'gpt51',
    operation: 'chat',
    callsPerDay: 85,
    lengths: 'longContext',
    contexts: 5,
    cachedPermille: 200,
    reasoningPermille: 4200,
    rhythm: 'office',
    perCustomer: false,
    experiment: 'ranker-judge',
  },
  {
    team: 'core-platform',
    feature: 'code-review',
    service: 'dev-tools',
    model: 'sonnet',
    operation: 'chat',
    callsPerDay: 80,
    lengths: 'code',
    contexts: 26,
    cachedPermille: 450,
    reasoningPermille: 9000,
    rhythm: 'office',
    perCustomer: false,
  },
  {
    team: 'core-platform',
    feature: 'incident-summary',
    service: 'ops-bot',
    model: 'gpt51',
    operation: 'chat',
    callsPerDay: 75,
    lengths: 'longContext',
    contexts: 8,
    cachedPermille: 150,
    reasoningPermille: 3100,
    rhythm: 'consumer',
    perCustomer: false,
  },
  {
    team: 'payments',
    feature: 'receipt-extraction',
    service: 'receipts',
    model: 'bedrockHaiku',
    operation: 'chat',
    callsPerDay: 140,
    lengths: 'conversation',
    contexts: 14,
    cachedPermille: 300,
    reasoningPermille: 0,
    rhythm: 'consumer',
    perCustomer: true,
  },
  {
    team: 'payments',
    feature: 'fraud-explain',
    service: 'risk-engine',
    model: 'azureGpt41',
    operation: 'chat',
    callsPerDay: 100,
    lengths: 'longContext',
    contexts: 5,
    cachedPermille: 200,
    reasoningPermille: 0,
    rhythm: 'consumer',
    perCustomer: false,
  },
  {
    team: 'payments',
    feature: 'dispute-letters',
    service: 'disputes',
    model: 'azureGpt41',
    operation: 'chat',
    callsPerDay: 40,
    lengths: 'longContext',
    contexts: 6,
    cachedPermille: 100,
    reasoningPermille: 0,
    rhythm: 'office',
    perCustomer: true,
  },
  {
    team: 'fleet-vision',
    feature: 'damage-report',
    service: 'vision-pipeline',
    model: 'gemini',
    operation: 'generate_content',
    callsPerDay: 110,
    lengths: 'longContext',
    contexts: 8,
    cachedPermille: 100,
    reasoningPermille: 2300,
    rhythm: 'consumer',
    perCustomer: true,
  },
  {
    team: 'fleet-vision',
    feature: 'sensor-notes',
    service: 'edge-inference',
    model: 'own',
    operation: 'chat',
    callsPerDay: 60,
    lengths: 'conversation',
    contexts: 1,
    cachedPermille: 0,
    reasoningPermille: 0,
    rhythm: 'consumer',
    perCustomer: false,
  },
  {
    team: 'data-platform',
    feature: 'sql-copilot',
    service: 'warehouse-ui',
    model: 'gpt51',
    operation: 'chat',
    callsPerDay: 75,
    lengths: 'longContext',
    contexts: 7,
    cachedPermille: 350,
    reasoningPermille: 2600,
    rhythm: 'office',
    perCustomer: false,
  },
  {
    team: 'data-platform',
    feature: 'document-index',
    service: 'doc-indexer',
    model: 'embedding',
    operation: 'embeddings',
    callsPerDay: 45,
    lengths: 'longContext',
    contexts: 8,
    cachedPermille: 0,
    reasoningPermille: 0,
    rhythm: 'office',
    perCustomer: false,
  },
]
