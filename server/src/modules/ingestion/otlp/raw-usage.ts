/** A usage block split into its shape, which repeats from call to call, and its numbers. */
export type RawUsage = {
  /** JSON with `#` for each whole number; fractions are `~`. */
  readonly shape: string
  readonly counts: readonly number[]
}

/**
 * Names the numbers that the leaves of the call hold already: `$i` is all input, `$o` all output, `$0` the first leaf and so
 * on, `$t` input and output. What is left is in `counts`; mostly nothing, and the block costs no room.
 */
export function foldRawUsage(raw: RawUsage, leaves: readonly { unit: string; quantity: number }[]): RawUsage {
  if (raw.counts.length === 0) return raw
  let input = 0
  let output = 0
  for (const { unit, quantity } of leaves) {
    if (unit.startsWith('input.') || unit.startsWith('embedding.')) input += quantity
    else if (unit.startsWith('output.')) output += quantity
  }
  const nameOf = (count: number) => {
    if (count === 0) return '0'
    if (count === input) return '$i'
    if (count === output) return '$o'
    if (count === input + output) return '$t'
    const leaf = leaves.findIndex(({ quantity }) => quantity === count)
    return leaf === -1 ? '#' : `$${leaf}`
  }
  const parts = raw.shape.split('#')
  if (parts.length !== raw.counts.length + 1) return raw
  const counts: number[] = []
  let shape = parts[0]!
  for (let i = 0; i < raw.counts.length; i++) {
    const name = nameOf(raw.counts[i]!)
    if (name === '#') counts.push(raw.counts[i]!)
    shape += name + parts[i + 1]!
  }
  return { shape, counts }
}

/** The block as it came, without its texts and fractions. */
export function unfoldRawUsage(
  shape: string,
  counts: readonly number[],
  leaves: readonly { unit: string; quantity: number }[],
): string {
  const total = (sides: readonly string[]) =>
    leaves.reduce((sum, { unit, quantity }) => (sides.some((side) => unit.startsWith(side)) ? sum + quantity : sum), 0)
  const input = total(['input.', 'embedding.'])
  const output = total(['output.'])
  let next = 0
  return shape.replace(/#|\$(?:[iot]|\d+)/g, (name) => {
    if (name === '#') return String(counts[next++])
    if (name === '$i') return String(input)
    if (name === '$o') return String(output)
    if (name === '$t') return String(input + output)
    return String(leaves[Number(name.slice(1))]?.quantity)
  })
}

const usageName =
  /^(?:gen_ai\.usage\.|gen_ai\.token\.|llm\.usage\.|llm\.token_count\.|ai\.usage\.|langfuse\.observation\.usage_details$|langsmith\.usage_metadata$|(?:openai|gen_ai|gen_ai\.openai)\.response\.service_tier$|(?:input|output|cache_read|cache_creation|reasoning|total)_tokens$|(?:\w+_)?token_count$|speed$)/
/** Texts that are part of a price. Any other text may be what somebody wrote, and is left out. */
const priceWords = /(?:service_?tier|speed|inference_geo|traffic_?type|modality|ttl|unit|object|type|kind)$/i
const word = /^[\w.:/-]{1,40}$/

const longestShape = 2000
const mostCounts = 100
const deepest = 5

const names = new Map<string, string | null>()

/** The attributes of a record that state usage. */
export function rawUsageOfAttributes(attributes: Record<string, unknown>): RawUsage {
  let shape = ''
  const counts: number[] = []
  for (const name in attributes) {
    let key = names.get(name)
    if (key === undefined) {
      key = usageName.test(name) ? JSON.stringify(name) : null
      if (names.size < 10_000) names.set(name, key)
    }
    if (key === null) continue
    const value = attributes[name]
    let text = '#'
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) counts.push(value)
    else text = shapeOf(jsonOf(value), name, counts, 0)
    if (text !== '') shape += `${shape === '' ? '{' : ','}${key}:${text}`
  }
  return bounded(shape === '' ? '' : `${shape}}`, counts)
}

/** A provider's own usage block. */
export function rawUsageOfBlock(block: object): RawUsage {
  const counts: number[] = []
  return bounded(shapeOf(block, '', counts, 0), counts)
}

function bounded(shape: string, counts: readonly number[]): RawUsage {
  if (shape.length > longestShape || counts.length > mostCounts) return { shape: '"too large to keep"', counts: [] }
  return { shape, counts }
}

function jsonOf(value: unknown): unknown {
  if (typeof value !== 'string' || value.charCodeAt(0) !== 123) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

function shapeOf(value: unknown, name: string, counts: number[], depth: number): string {
  if (typeof value === 'string') {
    if (/^\d{1,15}$/.test(value)) {
      counts.push(Number(value))
      return '"#"'
    }
    return priceWords.test(name) && word.test(value) ? JSON.stringify(value) : ''
  }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || value < 0) return '"~"'
    counts.push(value)
    return '#'
  }
  if (typeof value === 'boolean' || value === null) return String(value)
  if (typeof value !== 'object' || depth >= deepest) return ''
  if (Array.isArray(value)) {
    const items = value.slice(0, 20).map((item) => shapeOf(item, name, counts, depth + 1))
    return `[${items.filter((item) => item !== '').join(',')}]`
  }
  const parts: string[] = []
  for (const [key, item] of Object.entries(value).slice(0, 50)) {
    if (!/^[\w.:/-]{1,80}$/.test(key)) continue
    const text = shapeOf(item, key, counts, depth + 1)
    if (text !== '') parts.push(`${JSON.stringify(key)}:${text}`)
  }
  return `{${parts.join(',')}}`
}
