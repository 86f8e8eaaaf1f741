import type { ConformanceSubject } from '@infrazen/connector-kit/testing'
import openai from './index'
import { startOpenAi, tokensOf, totalDollars } from './stand-in.fixture'

const from = new Date('2026-10-01T00:00:00Z')
const to = new Date('2026-11-03T00:00:00Z')

let requests = 0n
let input = 0n
for (let hour = from.getTime() / 3_600_000; hour < to.getTime() / 3_600_000; hour++)
  if (hour % 6 === 3)
    for (const p of [0, 1]) {
      input += BigInt(tokensOf(hour, p).cached)
      requests += 1n
    }

/** OpenAI beside its stand-in. */
const subject: ConformanceSubject = {
  connector: openai,
  start: () => startOpenAi(),
  from,
  to,
  now: new Date('2026-11-03T10:00:00Z'),
  billed: { USD: totalDollars(from, to) },
  units: { 'input.text.cache_read': input.toString(), 'embedding.text': ((requests / 2n) * 5000n).toString() },
  field: 'results',
  fixtureSource:
    'shapes of the OpenAPI document of github.com/openai/openai-openapi (2.3.0) and of the cookbook notebook completions_usage_api; ids, names and amounts are made up.',
}

export default [subject]
