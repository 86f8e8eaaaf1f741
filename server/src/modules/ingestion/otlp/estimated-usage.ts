import type { Finding, Leaf, SpanUsage } from '@infrazen/ai-cost'
import type { Attributes } from './telemetry'

/** Tokens that the text sent and received has, about. */
export type TextTokens = { readonly input: number; readonly output: number }

/** A token takes about 3.5 bytes of UTF-8 in most languages. */
export const tokensOfBytes = (bytes: number) => Math.ceil(bytes / 3.5)

export type CallUsage = SpanUsage & {
  /** Nothing was generated, and so nothing is charged. */
  readonly isFree?: true
}

/** Refusals before anything is generated; what comes later may have cost something. */
const refused =
  /^(?:400|401|403|404|405|409|413|415|422|429|.*(?:rate_?limit|authentication|permission|not_?found|invalid_?request|bad_?request|quota|unauthorized|forbidden).*)$/i

/**
 * A call whose usage is missing, as after an aborted stream, or lacks one side: estimated from the size of the text that
 * was sent and received where the telemetry carries text, and flagged. A refusal before generation costs nothing. Anything
 * else stays unknown: no price, never zero.
 */
export function estimatedUsage(
  usage: SpanUsage,
  text: TextTokens | null,
  isError: boolean,
  attributes: Attributes,
): CallUsage {
  if (usage.usageStatus !== 'missing' && usage.usageStatus !== 'partial') return usage
  if (usage.usageStatus === 'missing' && isRefusal(isError, attributes))
    return { ...usage, isFree: true, findings: [finding('refused_before_generation')] }
  if (!text) return usage
  const leaves: Leaf[] = [...usage.leaves]
  const add = (side: string, unit: string, quantity: number) => {
    if (quantity > 0 && !leaves.some((leaf) => leaf.unit.startsWith(side))) leaves.push({ unit, quantity })
  }
  if (usage.operation === 'embeddings') add('embedding.', 'embedding.text', text.input)
  else {
    add('input.', 'input.text.plain', text.input)
    add('output.', 'output.text.visible', text.output)
  }
  if (leaves.length === usage.leaves.length) return usage
  return {
    ...usage,
    leaves,
    usageStatus: 'estimated',
    dialect: `${usage.dialect}/text_size`,
    findings: [...usage.findings.filter(({ code }) => code !== 'usage_missing'), finding('usage_estimated')],
  }
}

const finding = (code: string): Finding => ({ code, message: '' })

function isRefusal(isError: boolean, attributes: Attributes): boolean {
  const status = Number(attributes['http.response.status_code'] ?? attributes['http.status_code'] ?? 0)
  if (status >= 400 && status < 500 && status !== 408 && status !== 499) return true
  const type = attributes['error.type']
  return isError && typeof type === 'string' && refused.test(type)
}
