import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { add, decimal, decimalText } from './decimal'
import { openPriceBook, providerName, quoteUsage } from './index'

/**
 * Recorded API replies with the prices that another list yields for them, for every provider that could have sent
 * such a reply. Ours are equal, or one of the written reasons below holds. A reading nobody sent (an Anthropic body
 * read as an OpenAI one) is compared all the same.
 */
const file = fileURLToPath(new URL('../../../../shared/data/llm/api-usage-bodies-even.json.gz', import.meta.url))
type Reading = {
  provider_id: string
  api_flavor: string
  input_price?: string
  output_price?: string
  total_price?: string
}
type Usage = Record<string, number>
type Entry = { model?: string; body: Record<string, unknown>; extracted: { usage: Usage; extractors: Reading[] }[] }

/** The list behind the records had not yet the price change of 30 July 2026. */
const at = new Date('2026-07-29T12:00:00Z')
const book = openPriceBook()
const names: Record<string, string> = {
  'x-ai': 'x_ai',
  mistral: 'mistral_ai',
  aws: 'aws.bedrock',
  azure: 'azure.ai.openai',
  together: 'together_ai',
}
const same = (a: string, b: string) => decimalText(decimal(a)) === decimalText(decimal(b))
type Answer = ReturnType<typeof quoteUsage>
const tokens = (answer: Answer, prefix: string) =>
  answer.leaves.filter((leaf) => leaf.unit.startsWith(prefix)).reduce((sum, leaf) => sum + leaf.quantity, 0)
const codes = (answer: Answer) => answer.findings.map((each) => each.code)

/** Written reasons, the first that holds is counted. Each is checked against the record, not only named. */
const reasons: [string, (answer: Answer, reading: Reading, usage: Usage) => boolean][] = [
  [
    'their reading as an embedding drops the output tokens, ours keeps them',
    (a, r, u) => r.api_flavor === 'embeddings' && u.output_tokens === undefined && tokens(a, 'output.') > 0,
  ],
  [
    'their reading in a foreign shape drops cached or written tokens, ours keeps them',
    (a, _r, u) =>
      tokens(a, 'input.text.cache') > 0 &&
      (u.cache_read_tokens ?? 0) + (u.cache_write_tokens ?? 0) < tokens(a, 'input.text.cache'),
  ],
  [
    'thoughts which the OpenAI-shaped reply of Gemini counts in its total only; theirs drops them',
    (a) => codes(a).includes('remainder_is_reasoning'),
  ],
  [
    'an advisor of another model ran inside the call; theirs leaves its tokens out',
    (a) => codes(a).includes('further_iteration'),
  ],
  [
    'the traffic was served in the flex tier, which has a price of its own or none',
    (a) => a.priceVersion?.includes('+flex') === true || codes(a).includes('terms_unpriced'),
  ],
  [
    'cached input has no price in any catalogue: partial, where theirs takes the input price',
    (a) => a.status === 'partial' && a.leaves.some((leaf) => leaf.cost === null && leaf.unit.includes('.cache_')),
  ],
  [
    'audio has a price of its own (LiteLLM); theirs takes the text price',
    (a) => a.leaves.some((leaf) => leaf.unit === 'input.audio.plain' && leaf.cost !== null),
  ],
  ['a long-context tier is stated by LiteLLM only', (a) => codes(a).includes('context_tier')],
  [
    'Azure lists a price of its own for this model (LiteLLM); theirs takes the list of OpenAI',
    (a, r) => r.provider_id === 'azure' && a.path === 'exact' && a.priceVersion?.startsWith('litellm@') === true,
  ],
  [
    'their pattern also catches a longer model name; ours is anchored and leaves it unpriced',
    (a) => codes(a).includes('model_unknown') && a.cost === null && /distill/.test(codesText(a)),
  ],
  [
    'a price of 0 stands for unknown there; ours is null',
    (a, r) => a.cost === null && same(r.input_price!, '0') && same(r.output_price!, '0'),
  ],
  [
    'amounts converted from CNY at a rate of the list; ours has no such price',
    (a, r) => a.cost === null && r.provider_id === 'zhipuai',
  ],
  [
    'the schedule of DeepSeek is undated there; ours is dated',
    (a, r) => r.provider_id === 'deepseek' && a.priceVersion?.startsWith('overlay@') === true,
  ],
]
const codesText = (a: Answer) => a.findings.map((each) => each.message).join(' ')

describe.skipIf(!existsSync(file))('recorded API replies', () => {
  const entries = existsSync(file) ? (JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as Entry[]) : []

  test('the price equals theirs, or a written reason holds', () => {
    const counts = new Map<string, number>()
    const unexplained: unknown[] = []
    for (const entry of entries) {
      const body = (entry.body.usage ?? entry.body.usageMetadata ?? entry.body.meta) as object
      for (const { usage, extractors } of entry.extracted) {
        for (const reading of extractors) {
          if (reading.input_price === undefined || reading.output_price === undefined || !entry.model) continue
          const google =
            reading.provider_id === 'google'
              ? entry.model.includes('claude')
                ? 'gcp.vertex_ai'
                : 'gcp.gemini'
              : undefined
          const provider = google ?? names[reading.provider_id] ?? providerName(reading.provider_id)
          const answer = quoteUsage(book, { provider, model: entry.model, at, usage: body })
          const expected = add(decimal(reading.input_price), decimal(reading.output_price))
          const ours = answer.leaves
            .filter((leaf) => !leaf.unit.startsWith('call.') && leaf.cost !== null)
            .reduce((sum, leaf) => add(sum, decimal(leaf.cost!)), decimal('0'))
          let reason = 'equal'
          if (answer.status !== 'priced' || decimalText(ours) !== decimalText(expected))
            reason = reasons.find(([, holds]) => holds(answer, reading, usage))?.[0] ?? 'UNEXPLAINED'
          else if (reading.total_price !== undefined && !same(answer.cost!, reading.total_price)) reason = 'UNEXPLAINED'
          counts.set(reason, (counts.get(reason) ?? 0) + 1)
          if (reason === 'UNEXPLAINED') unexplained.push({ provider, model: entry.model, reading, usage, answer })
        }
      }
    }
    console.log([...counts].map(([reason, count]) => `${count} ${reason}`).join('\n'))
    expect(unexplained).toEqual([])
    expect(counts.get('equal')!).toBeGreaterThan(1_400)
  })

  test('every reply is read: no record is missing, inconsistent or negative', () => {
    const statuses = new Map<string, number>()
    for (const entry of entries) {
      const body = (entry.body.usage ?? entry.body.usageMetadata ?? entry.body.meta) as object
      const answer = quoteUsage(book, { provider: '', model: entry.model ?? '', at, usage: body })
      statuses.set(answer.usageStatus, (statuses.get(answer.usageStatus) ?? 0) + 1)
      for (const leaf of answer.leaves) expect(leaf.quantity).toBeGreaterThanOrEqual(0)
    }
    console.log([...statuses].map(([status, count]) => `${count} ${status}`).join(', '))
    expect(statuses.get('missing') ?? 0).toBe(0)
    expect(statuses.get('inconsistent') ?? 0).toBe(0)
  })
})
