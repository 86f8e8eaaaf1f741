import type { Price } from './types'

/**
 * Prices which the catalogues lack, fold into another model or state without their dates. Each line names its source.
 * USD per 1,000,000 units. Goes before the catalogues, after what the user gives.
 */
const rules = 'overlay@2026-09-01'

export const overlay: readonly Price[] = [
  // a snapshot that kept its launch price when the alias moved on
  {
    providers: ['openai'],
    model: 'gpt-4o-2024-05-13',
    rates: { 'input.text.plain': '5', 'output.text.visible': '15' },
    source: rules,
  },
  {
    providers: ['openai'],
    model: 'gpt-4o-2024-05-13',
    batch: true,
    rates: { 'input.text.plain': '2.5', 'output.text.visible': '7.5' },
    source: rules,
  },
  {
    providers: ['openai'],
    model: 'gpt-5',
    ids: ['gpt-5-2025-08-07'],
    batch: true,
    rates: { 'input.text.plain': '0.625', 'input.text.cache_read': '0.0625', 'output.text.visible': '5' },
    source: rules,
  },
  // published multiplier of this tier is 2.5, not the usual 2
  {
    providers: ['openai'],
    model: 'gpt-5.5',
    ids: ['gpt-5.5-2026-04-23', 'gpt-5.5-2026-04-24'],
    serviceTier: 'priority',
    rates: { 'input.text.plain': '12.5', 'input.text.cache_read': '1.25', 'output.text.visible': '75' },
    // no long-context price of this tier is published
    tiers: [{ operator: '>', value: 272_000, rates: {} }],
    source: rules,
  },
  // released on this day with a cache read price of its own (platform.claude.com, model overview)
  {
    providers: ['anthropic'],
    model: 'claude-fable-5-1',
    from: '2026-09-01T00:00:00Z',
    rates: {
      'input.text.plain': '10',
      'input.text.cache_read': '0.25',
      'input.text.cache_write_5m': '12.5',
      'input.text.cache_write_1h': '20',
      'output.text.visible': '50',
      'call.web_search': '10000',
    },
    sharedModalities: ['image'],
    source: rules,
  },
  // the schedule with off-peak hours, in force from its introduction to the price change of September 2025
  ...deepseek('deepseek-chat', ['0.27', '0.07', '1.1'], ['0.135', '0.035', '0.55']),
  ...deepseek('deepseek-reasoner', ['0.55', '0.14', '2.19'], ['0.135', '0.035', '0.55']),
  {
    providers: ['deepseek'],
    model: 'deepseek-chat',
    to: '2025-02-08T16:00:00Z',
    rates: { 'input.text.plain': '0.14', 'input.text.cache_read': '0.014', 'output.text.visible': '0.28' },
    source: 'overlay@2024-08-02',
  },
  {
    providers: ['deepseek'],
    model: 'deepseek-chat',
    from: '2025-02-08T16:00:00Z',
    to: '2025-02-26T16:30:00Z',
    rates: { 'input.text.plain': '0.27', 'input.text.cache_read': '0.07', 'output.text.visible': '1.1' },
    source: 'overlay@2025-02-08',
  },
  {
    providers: ['deepseek'],
    model: 'deepseek-reasoner',
    to: '2025-02-26T16:30:00Z',
    rates: { 'input.text.plain': '0.55', 'input.text.cache_read': '0.14', 'output.text.visible': '2.19' },
    source: 'overlay@2025-01-20',
  },
  ...['deepseek-chat', 'deepseek-reasoner'].flatMap((model): Price[] => [
    {
      providers: ['deepseek'],
      model,
      from: '2025-09-05T16:00:00Z',
      to: '2025-09-29T16:00:00Z',
      rates: { 'input.text.plain': '0.56', 'input.text.cache_read': '0.07', 'output.text.visible': '1.68' },
      source: 'overlay@2025-09-05',
    },
    {
      providers: ['deepseek'],
      model,
      from: '2025-09-29T16:00:00Z',
      rates: { 'input.text.plain': '0.28', 'input.text.cache_read': '0.028', 'output.text.visible': '0.42' },
      source: 'overlay@2025-09-29',
    },
  ]),
  // Yandex states rubles with VAT (20 % until the end of 2025); the price under the VAT of 2026 was not at hand: null from then on
  {
    providers: ['yandexgpt'],
    model: 'yandexgpt-lite',
    patterns: ['^gpt://[^/]+/yandexgpt-lite(?:/[a-z]+)?$', '^yandexgpt-lite/[a-z]+$'],
    to: '2025-12-31T21:00:00Z',
    currency: 'RUB',
    rates: { 'input.text.plain': '200', 'output.text.visible': '200' },
    source: 'yandex-cloud/docs:ru/_pricing/yandexgpt(incl.VAT20)',
  },
]

/** Providers whose models have no list price that could be verified: what stands in its place. */
export const withoutList: Readonly<Record<string, string>> = {
  gigachat:
    'GigaChat is sold in prepaid packages and by contract: what a token costs is what your package cost. Add it as a contract price in RUB.',
  clova:
    'NAVER Cloud publishes CLOVA Studio prices per model in KRW on its price page alone; none could be verified with its date. Add yours as a contract price in KRW.',
  upstage: 'No price of Upstage could be verified with its date. Add yours as a contract price.',
  yandexgpt:
    'Yandex AI Studio charges units in RUB including VAT; for this model and time none could be verified. Add yours as a contract price.',
}

function deepseek(model: string, peak: [string, string, string], off: [string, string, string]): Price[] {
  const rates = ([input, read, output]: [string, string, string]) => ({
    'input.text.plain': input,
    'input.text.cache_read': read,
    'output.text.visible': output,
  })
  const interval = { from: '2025-02-26T16:30:00Z', to: '2025-09-05T16:00:00Z', source: 'overlay@2025-02-26' }
  return [
    { providers: ['deepseek'], model, ...interval, daily: { from: '16:30', to: '00:30' }, rates: rates(off) },
    { providers: ['deepseek'], model, ...interval, rates: rates(peak) },
  ]
}

/** A price on other terms that its provider declares as a share of the standard price. */
export type Derivation = {
  provider: string
  models?: RegExp
  serviceTier?: string
  batch?: boolean
  /** decimal text */
  multiplier: string
  /** units that keep their price: fees per call are not discounted */
  exceptPrefix: string
  /** units for which the provider declares nothing on these terms: they stay unpriced */
  drop?: RegExp
  code: string
  message: string
}

export const derivations: readonly Derivation[] = [
  {
    provider: 'anthropic',
    batch: true,
    multiplier: '0.5',
    exceptPrefix: 'call.',
    code: 'batch_half_price',
    message: 'Anthropic charges batch tokens at half of the standard price; fees per call stay.',
  },
  {
    provider: 'openai',
    batch: true,
    multiplier: '0.5',
    exceptPrefix: 'call.',
    drop: /cache/,
    code: 'batch_half_price',
    message: 'OpenAI charges batch input and output at half of the standard price; fees per call stay.',
  },
  {
    provider: 'gcp.gemini',
    models: /^(models\/)?gemini/,
    batch: true,
    multiplier: '0.5',
    exceptPrefix: 'call.',
    drop: /cache/,
    code: 'batch_half_price',
    message: 'Google charges batch input and output at half of the standard price; fees per call stay.',
  },
]

/** Uplifts of regional endpoints that are a rule of the provider for a family of models. */
export const regionRules: readonly { provider: string; models: RegExp; regions: RegExp; multiplier: string }[] = [
  // Claude from 4.5 on: ten per cent above the global endpoint
  {
    provider: 'gcp.vertex_ai',
    models: /claude-(?:(?:sonnet|haiku|opus)-4-[5-9]|(?:sonnet|haiku|opus|fable|mythos)-[5-9])/,
    regions: /^(?!global$)/,
    multiplier: '1.1',
  },
]
