// Normalises and prices typical events on one core, against reading the same events as JSON. Prints one line of JSON.
import { openPriceBook, quote, quoteUsage, usageFromOtelAttributes } from '@infrazen/ai-cost'

const events = Number(process.argv[2])
const at = new Date('2026-10-01T10:00:00Z')
const calls = [
  ['openai', 'gpt-5-2025-08-07'],
  ['anthropic', 'claude-sonnet-4-6'],
  ['gcp.gemini', 'gemini-2.5-pro'],
  ['azure.ai.openai', 'gpt-4o'],
] as const
const spans = Array.from({ length: 20_000 }, (_, i) => {
  const [provider, model] = calls[i % calls.length]!
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model,
    'gen_ai.response.model': model,
    'gen_ai.response.id': `response-${i}`,
    'gen_ai.conversation.id': `conversation-${i % 100}`,
    'gen_ai.usage.input_tokens': 1_000 + i,
    'gen_ai.usage.cache_read.input_tokens': i % 900,
    'gen_ai.usage.output_tokens': 100 + (i % 700),
    'gen_ai.usage.reasoning.output_tokens': i % 90,
    'server.address': 'api.example.com',
  }
})
const blocks = spans.map((_, i) => ({
  prompt_tokens: 1_000 + i,
  completion_tokens: 100 + (i % 700),
  total_tokens: 1_100 + i + (i % 700),
  prompt_tokens_details: { cached_tokens: i % 900 },
}))
const texts = spans.map((span) => JSON.stringify(span))
const span = { name: 'chat', scopeName: 'bench', scopeVersion: '1' }
const list = openPriceBook()
// A contract in front of the list: what an organization's own terms cost.
const contract = openPriceBook({
  contract: [
    {
      providers: ['anthropic'],
      model: 'claude-sonnet-4-6',
      rates: { 'input.text.plain': '2.7', 'output.text.visible': '13.5', 'input.text.cache_read': '0.27' },
    },
  ],
  discounts: [{ provider: 'openai', percent: '12.5', from: '2026-07-01T00:00:00Z' }],
})

let priced = 0
const priceSpans = (book: typeof list) => () => {
  for (const attributes of spans) {
    const usage = usageFromOtelAttributes(attributes, span)!
    const { provider, model, region, serviceTier, leaves } = usage
    if (quote(book, { provider, model, at, region, serviceTier, leaves }).cost !== null) priced++
  }
}
const runs = {
  spans: priceSpans(list),
  contract: priceSpans(contract),
  blocks: () => {
    for (const usage of blocks)
      if (quoteUsage(list, { provider: 'openai', model: 'gpt-5', at, usage }).cost !== null) priced++
  },
  json: () => {
    for (const text of texts) if ((JSON.parse(text) as object) !== null) priced++
  },
}

/** Events per second of processor time of this process: on a shared machine the clock on the wall tells of the neighbours. */
function measure(run: () => void): number {
  for (let i = 0; i < 5; i++) run()
  const rounds = Math.max(1, Math.round(events / spans.length))
  const before = process.cpuUsage()
  for (let i = 0; i < rounds; i++) run()
  const { user, system } = process.cpuUsage(before)
  return (spans.length * rounds) / ((user + system) / 1e6)
}

const figures = Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, measure(run)]))
const rounds = 5 + Math.max(1, Math.round(events / spans.length))
if (priced !== 4 * rounds * spans.length) throw new Error('an event of the benchmark has no price')
console.log(JSON.stringify(figures))
