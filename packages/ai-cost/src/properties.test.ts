import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { add, decimal, decimalText } from './decimal'
import { normaliseUsage, openPriceBook, quote, usageFromOtelAttributes } from './index'
import type { Leaf } from './types'

const book = openPriceBook()
const at = new Date('2026-08-21T10:00:00Z')
const count = fc.integer({ min: 0, max: 5_000_000 })
const total = (leaves: Leaf[], prefix = '') =>
  leaves.filter((leaf) => leaf.unit.startsWith(prefix)).reduce((sum, leaf) => sum + leaf.quantity, 0)
const units = [
  'input.text.plain',
  'input.text.cache_read',
  'input.text.cache_write_5m',
  'input.text.cache_write_1h',
  'output.text.visible',
  'output.text.reasoning',
  'call.web_search',
]
const leavesOf = fc.array(fc.record({ unit: fc.constantFrom(...units), quantity: count }), { maxLength: 8 })
const models: [string, string][] = [
  ['anthropic', 'claude-sonnet-4-6'],
  ['anthropic', 'claude-sonnet-4-5'],
  ['openai', 'gpt-5.6-terra'],
  ['openai', 'gpt-5'],
  ['gcp.gemini', 'gemini-2.5-pro'],
  ['nobody', 'nothing'],
]

describe('leaves are a partition', () => {
  test('inclusive counts: parts add up to the stated totals', () => {
    fc.assert(
      fc.property(count, count, count, count, count, (plain, read, write, visible, reasoning) => {
        const input = plain + read + write
        const output = visible + reasoning
        const usage = normaliseUsage('openai', 'm', {
          input_tokens: input,
          input_tokens_details: { cached_tokens: read, cache_write_tokens: write },
          output_tokens: output,
          output_tokens_details: { reasoning_tokens: reasoning },
          total_tokens: input + output,
        })
        expect(usage.usageStatus).toBe('exact')
        expect(total(usage.leaves, 'input.')).toBe(input)
        expect(total(usage.leaves, 'output.')).toBe(output)
      }),
    )
  })
  test('the same call in the shapes of OpenAI, Anthropic, Bedrock and OpenTelemetry has the same leaves', () => {
    fc.assert(
      fc.property(count, count, count, count, (plain, read, write, output) => {
        const shapes = [
          normaliseUsage('openai', 'm', {
            prompt_tokens: plain + read + write,
            completion_tokens: output,
            total_tokens: plain + read + write + output,
            prompt_tokens_details: { cached_tokens: read, cache_write_tokens: write },
          }),
          normaliseUsage('anthropic', 'm', {
            input_tokens: plain,
            cache_read_input_tokens: read,
            cache_creation_input_tokens: write,
            output_tokens: output,
          }),
          normaliseUsage('aws.bedrock', 'm', {
            inputTokens: plain,
            cacheReadInputTokens: read,
            cacheWriteInputTokens: write,
            outputTokens: output,
            totalTokens: plain + read + write + output,
          }),
          usageFromOtelAttributes(
            {
              'gen_ai.operation.name': 'chat',
              'gen_ai.request.model': 'm',
              'gen_ai.usage.input_tokens': plain + read + write,
              'gen_ai.usage.cache_read.input_tokens': read,
              'gen_ai.usage.cache_creation.input_tokens': write,
              'gen_ai.usage.output_tokens': output,
            },
            { name: 'chat', scopeName: '', scopeVersion: '' },
          )!,
        ]
        for (const shape of shapes) expect(shape.leaves).toEqual(shapes[0]!.leaves)
      }),
    )
  })
  test('whatever an object holds, reading it neither throws nor yields a negative or fractional token count', () => {
    const junk = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.string(),
      fc.constant(null),
      fc.boolean(),
      fc.bigInt(),
      fc.object(),
    )
    const keys = fc.constantFrom(
      'prompt_tokens',
      'completion_tokens',
      'total_tokens',
      'input_tokens',
      'output_tokens',
      'cache_read_input_tokens',
      'cache_creation_input_tokens',
      'promptTokenCount',
      'candidatesTokenCount',
      'thoughtsTokenCount',
      'cachedContentTokenCount',
      'totalTokenCount',
      'inputTokens',
      'outputTokens',
      'prompt_tokens_details',
      'iterations',
      'promptTokensDetails',
      'usage',
    )
    fc.assert(
      fc.property(
        fc.dictionary(keys, fc.oneof(junk, fc.dictionary(fc.constantFrom('cached_tokens', 'audio_tokens'), junk))),
        (usage) => {
          for (const leaf of normaliseUsage('openai', 'm', usage).leaves) {
            expect(leaf.quantity).toBeGreaterThanOrEqual(0)
            expect(Number.isSafeInteger(leaf.quantity)).toBe(true)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('prices are linear, exact and independent of order', () => {
  test('the cost is the sum of the costs of the leaves, and never negative', () => {
    fc.assert(
      fc.property(fc.constantFrom(...models), leavesOf, ([provider, model], leaves) => {
        const answer = quote(book, { provider, model, at, leaves })
        const known = answer.leaves.filter((leaf) => leaf.cost !== null)
        if (answer.cost === null) expect(known).toHaveLength(0)
        else {
          expect(answer.cost.startsWith('-')).toBe(false)
          expect(answer.cost).toBe(
            decimalText(known.reduce((sum, leaf) => add(sum, decimal(leaf.cost!)), decimal('0'))),
          )
        }
        expect(answer.status === 'priced').toBe(leaves.length > 0 && known.length === leaves.length)
      }),
    )
  })
  test('order does not matter', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...models),
        leavesOf.chain((leaves) =>
          fc.tuple(fc.constant(leaves), fc.shuffledSubarray(leaves, { minLength: leaves.length })),
        ),
        ([provider, model], [a, b]) => {
          expect(quote(book, { provider, model, at, leaves: a }).cost).toBe(
            quote(book, { provider, model, at, leaves: b }).cost,
          )
        },
      ),
    )
  })
  test('twice the usage costs twice as much where no context tier is crossed', () => {
    fc.assert(
      fc.property(leavesOf, fc.integer({ min: 1, max: 1000 }), (leaves, factor) => {
        const question = { provider: 'anthropic', model: 'claude-sonnet-4-6', at }
        const one = quote(book, { ...question, leaves })
        const many = quote(book, {
          ...question,
          leaves: leaves.map((leaf) => ({ ...leaf, quantity: leaf.quantity * factor })),
        })
        if (one.cost === null) expect(many.cost).toBeNull()
        else {
          const single = decimal(one.cost)
          expect(many.cost).toBe(decimalText({ units: single.units * BigInt(factor), scale: single.scale }))
        }
      }),
    )
  })
  test('quantities at the limit of doubles stay exact', () => {
    const answer = quote(book, {
      provider: 'openai',
      model: 'gpt-5',
      at,
      leaves: [
        { unit: 'input.text.cache_read', quantity: Number.MAX_SAFE_INTEGER },
        { unit: 'output.text.visible', quantity: 1 },
      ],
    })
    expect(answer.cost).toBe('1125899906.842633875')
  })
})
