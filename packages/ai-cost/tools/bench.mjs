#!/usr/bin/env node
/** Events per second, normalised and priced, on one core. `node tools/bench.mjs`; needs the development dependencies. */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const bundle = await build({
  entryPoints: [fileURLToPath(new URL('../src/index.ts', import.meta.url))],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'neutral',
})
const library = await import(
  `data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0].contents).toString('base64')}`
)
const { openPriceBook, quote, quoteUsage, usageFromOtelAttributes } = library

const opened = performance.now()
const book = openPriceBook()
console.log(`open the price book: ${(performance.now() - opened).toFixed(0)} ms`)

const at = new Date('2026-08-21T10:00:00Z')
const calls = [
  ['openai', 'gpt-5-2025-08-07'],
  ['anthropic', 'claude-sonnet-4-6'],
  ['gcp.gemini', 'gemini-2.5-pro'],
  ['azure.ai.openai', 'gpt-4o'],
]
const spans = Array.from({ length: 20_000 }, (_, i) => {
  const [provider, model] = calls[i % calls.length]
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
const span = { name: 'chat', scopeName: 'bench', scopeVersion: '1' }
const body = {
  prompt_tokens: 10_000,
  completion_tokens: 1_000,
  total_tokens: 11_000,
  prompt_tokens_details: { cached_tokens: 8_000 },
}

const runs = {
  'span attributes → leaves → cost': () => {
    for (const attributes of spans) {
      const usage = usageFromOtelAttributes(attributes, span)
      quote(book, {
        provider: usage.provider,
        model: usage.model,
        at,
        region: usage.region,
        serviceTier: usage.serviceTier,
        leaves: usage.leaves,
      })
    }
  },
  'provider usage block → leaves → cost': () => {
    for (let i = 0; i < spans.length; i++) quoteUsage(book, { provider: 'openai', model: 'gpt-5', at, usage: body })
  },
}
for (const [name, run] of Object.entries(runs)) {
  for (let i = 0; i < 5; i++) run()
  const wall = performance.now()
  const cpu = process.cpuUsage()
  for (let i = 0; i < 20; i++) run()
  const events = spans.length * 20
  const used = process.cpuUsage(cpu)
  const perSecond = (seconds) => Math.round(events / seconds).toLocaleString('en')
  console.log(
    `${name}: ${perSecond((performance.now() - wall) / 1_000)}/s, ${perSecond((used.user + used.system) / 1e6)} per CPU second`,
  )
}
