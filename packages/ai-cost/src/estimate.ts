import { decimal, decimalText, multiply } from './decimal'
import type { PriceBook } from './price-book'
import { quote } from './quote'
import type { Finding, Leaf, MatchPath, QuotedLeaf } from './types'

type Range = { low: number; likely: number; high: number }

export type EstimateQuestion = {
  provider: string
  model: string
  /** whose prices count; default now */
  at?: Date
  region?: string
  serviceTier?: string
  batch?: boolean
  /** tokens, or the text itself, of which only the counts of its scripts are used */
  prompt: { tokens: number } | { text: string }
  /** visible tokens of the answer, or how they are spread */
  output: { tokens: number } | Range
  /** share of the prompt read from the cache, decimal text from 0 to 1 */
  cachedShare?: string
  reasoningEffort?: 'none' | 'minimal' | 'low' | 'medium' | 'high'
  /** how many such calls; default 1 */
  calls?: number
}

type Case = {
  /** of all calls, exact decimal text; null when nothing could be priced */
  cost: string | null
  perCall: string | null
  status: 'priced' | 'partial' | 'unpriced' | 'not_billable'
  /** of one call */
  leaves: QuotedLeaf[]
}

/** What calls are likely to cost before one runs. Costs are of all `calls`, in `currency`, unrounded. */
export type Estimate = {
  provider: string
  model: string
  calls: number
  currency: string
  low: Case
  likely: Case
  high: Case
  priceVersion: string | null
  path: MatchPath
  /** everything that was taken for granted, with its figures */
  assumptions: Finding[]
  findings: Finding[]
}

/**
 * Tokens per 1,000 characters by script: low, likely, high over the tokenizers in use (the same text differs by a third
 * between providers, and far more outside Latin). Digits, spaces and punctuation count as Latin.
 */
const tokensPer1000Characters: Record<'latin' | 'cyrillic' | 'hangul' | 'other', Range> = {
  latin: { low: 210, likely: 250, high: 340 },
  cyrillic: { low: 270, likely: 350, high: 560 },
  hangul: { low: 520, likely: 680, high: 1_150 },
  other: { low: 650, likely: 900, high: 1_500 },
}

/** Hidden reasoning as per cent of the visible answer, by the effort asked for. */
const reasoningPercent: Record<NonNullable<EstimateQuestion['reasoningEffort']>, Range> = {
  none: { low: 0, likely: 0, high: 0 },
  minimal: { low: 0, likely: 10, high: 40 },
  low: { low: 20, likely: 60, high: 150 },
  medium: { low: 50, likely: 200, high: 500 },
  high: { low: 150, likely: 500, high: 1_500 },
}

const cases = ['low', 'likely', 'high'] as const

/**
 * Low, likely and high cost of calls before they run, priced as {@link quote} prices. Pure; no usage is recorded.
 *
 * @throws RangeError on a negative or fractional count, a share outside 0 and 1, or a range that is not ascending
 */
export function estimate(book: PriceBook, question: EstimateQuestion): Estimate {
  const at = question.at ?? new Date()
  const calls = question.calls ?? 1
  const assumptions: Finding[] = []
  const prompt = promptRange(question.prompt, assumptions)
  const output = outputRange(question.output, assumptions)
  whole('calls', calls)

  const share = decimal(question.cachedShare ?? '0')
  const one = 10n ** BigInt(share.scale)
  if (share.units < 0n || share.units > one) throw new RangeError('cachedShare lies between 0 and 1')
  if (share.units > 0n)
    assumptions.push({
      code: 'cached_share',
      message: `${question.cachedShare} of the prompt is read from the cache in every case.`,
    })
  const effort = question.reasoningEffort ?? 'none'
  const reasoning = reasoningPercent[effort]
  if (effort !== 'none')
    assumptions.push({
      code: 'reasoning_effort',
      message: `Effort ${effort}: hidden reasoning of ${reasoning.low}, ${reasoning.likely} and ${reasoning.high} % of the visible answer.`,
    })
  if (question.batch) assumptions.push({ code: 'batch', message: 'Sent as a batch.' })

  const results = cases.map((name) => {
    const cached = Number((BigInt(prompt[name]) * share.units) / one)
    const hidden = Math.ceil((output[name] * reasoning[name]) / 100)
    const leaves: Leaf[] = [{ unit: 'input.text.plain', quantity: prompt[name] - cached }]
    if (cached > 0) leaves.push({ unit: 'input.text.cache_read', quantity: cached })
    leaves.push({ unit: 'output.text.visible', quantity: output[name] })
    if (hidden > 0) leaves.push({ unit: 'output.text.reasoning', quantity: hidden })
    const { provider, model, region, serviceTier, batch } = question
    return quote(book, { provider, model, at, region, serviceTier, batch, leaves })
  })
  const of = (index: number): Case => {
    const answer = results[index]!
    return {
      cost:
        answer.cost === null ? null : decimalText(multiply(decimal(answer.cost), { units: BigInt(calls), scale: 0 })),
      perCall: answer.cost,
      status: answer.status,
      leaves: answer.leaves,
    }
  }
  const likely = results[1]!
  return {
    provider: question.provider,
    model: question.model,
    calls,
    currency: likely.currency,
    low: of(0),
    likely: of(1),
    high: of(2),
    priceVersion: likely.priceVersion,
    path: likely.path,
    assumptions: [
      ...assumptions,
      {
        code: 'price_at',
        message: `Prices in force at ${at.toISOString()}; every call succeeds at the first attempt.`,
      },
    ],
    findings: unique(results.flatMap((answer) => answer.findings)),
  }
}

function promptRange(prompt: EstimateQuestion['prompt'], assumptions: Finding[]): Range {
  if ('tokens' in prompt) {
    whole('prompt.tokens', prompt.tokens)
    return { low: prompt.tokens, likely: prompt.tokens, high: prompt.tokens }
  }
  const counts = scriptsOf(prompt.text)
  const range = { low: 0, likely: 0, high: 0 }
  for (const [script, count] of Object.entries(counts) as [keyof typeof counts, number][]) {
    if (count === 0) continue
    const per = tokensPer1000Characters[script]
    for (const name of cases) range[name] += Math.ceil((count * per[name]) / 1000)
    assumptions.push({
      code: `tokens_of_${script}`,
      message: `${count} characters of ${script === 'other' ? 'other scripts' : script} at ${per.low}, ${per.likely} and ${per.high} tokens per 1,000 characters.`,
    })
  }
  return range
}

/** Characters (code points) of a text by script. */
function scriptsOf(text: string): Record<keyof typeof tokensPer1000Characters, number> {
  const counts = { latin: 0, cyrillic: 0, hangul: 0, other: 0 }
  for (const character of text) {
    const code = character.codePointAt(0)!
    if (code < 0x370) counts.latin++
    else if (code >= 0x400 && code <= 0x52f) counts.cyrillic++
    else if (
      (code >= 0xac00 && code <= 0xd7a3) ||
      (code >= 0x1100 && code <= 0x11ff) ||
      (code >= 0x3130 && code <= 0x318f)
    )
      counts.hangul++
    else if (code >= 0x2000 && code <= 0x206f) counts.latin++
    else counts.other++
  }
  return counts
}

function outputRange(output: EstimateQuestion['output'], assumptions: Finding[]): Range {
  if ('tokens' in output) {
    whole('output.tokens', output.tokens)
    const range = { low: Math.floor(output.tokens / 2), likely: output.tokens, high: output.tokens * 2 }
    assumptions.push({
      code: 'output_spread',
      message: `The answer is expected at ${range.likely} tokens, between ${range.low} (half) and ${range.high} (double).`,
    })
    return range
  }
  for (const name of cases) whole(`output.${name}`, output[name])
  if (output.low > output.likely || output.likely > output.high)
    throw new RangeError('output: low, likely and high ascend')
  return output
}

function whole(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} is a whole number, not negative`)
}

function unique(findings: Finding[]): Finding[] {
  return [...new Map(findings.map((each) => [`${each.code} ${each.message}`, each])).values()]
}
