import { type Dialect, type Path, usageDialects } from './dialects'
import { providerName, providerOfModel } from './providers'
import type { Finding, Leaf, NormalisedUsage, UsageStatus } from './types'

type Source = Record<string, unknown>

/** Value at a path. A JSON text on the way is read, because telemetry carries nested values as text. */
function value(source: Source, path: Path): unknown {
  let here: unknown = source[path[0]!]
  for (let i = 1; i < path.length; i++) {
    if (typeof here === 'string') here = here.charCodeAt(0) === 123 ? readJson(here) : undefined
    if (here === null || typeof here !== 'object') return undefined
    here = (here as Source)[path[i]!]
  }
  return here
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function present(source: Source, paths: readonly Path[] | undefined): boolean {
  if (!paths) return false
  for (const path of paths) {
    const found = value(source, path)
    if (found !== undefined && found !== null && found !== '') return true
  }
  return false
}

/** A count: null when absent, NaN when it is not a non-negative whole number that a double holds exactly. */
function count(source: Source, paths: readonly Path[] | undefined): number | null {
  if (!paths) return null
  for (let i = 0; i < paths.length; i++) {
    const found = value(source, paths[i]!)
    if (found === undefined || found === null || found === '') continue
    return toCount(found)
  }
  return null
}

function toCount(found: unknown): number {
  if (typeof found === 'number') return Number.isSafeInteger(found) && found >= 0 ? found : Number.NaN
  if (typeof found === 'bigint') return found >= 0n && found <= 9007199254740991n ? Number(found) : Number.NaN
  if (typeof found === 'string' && /^\d{1,16}(\.0+)?$/.test(found.trim())) {
    const parsed = Number(found)
    return Number.isSafeInteger(parsed) ? parsed : Number.NaN
  }
  return Number.NaN
}

function text(source: Source, paths: readonly Path[] | undefined): string {
  if (!paths) return ''
  for (const path of paths) {
    const found = value(source, path)
    if (typeof found === 'string' && found !== '') return found
    if (typeof found === 'number' || typeof found === 'bigint') return String(found)
  }
  return ''
}

/** `ON_DEMAND_FLEX` and the like name a tier inside a kind of traffic. */
function tierName(stated: string): string {
  const traffic = /^ON_DEMAND(?:_(\w+))?$/.exec(stated)
  if (traffic) return traffic[1]?.toLowerCase() ?? ''
  return stated === 'PROVISIONED_THROUGHPUT' ? '' : stated
}

type Modalities = { audio: number; image: number; video: number; sum: number }

/** Sums a list of `{modality, tokenCount}`; documents count as text. Null when there is no list. */
function modalities(source: Source, paths: readonly Path[] | undefined): Modalities | null {
  if (!paths) return null
  for (const path of paths) {
    const list = value(source, path)
    if (!Array.isArray(list)) continue
    const out: Modalities = { audio: 0, image: 0, video: 0, sum: 0 }
    for (const item of list as Source[]) {
      const tokens = toCount(item.tokenCount ?? item.token_count ?? 0)
      out.sum += tokens
      const modality = String(item.modality).toLowerCase()
      if (modality === 'audio' || modality === 'image' || modality === 'video') out[modality] += tokens
    }
    return out
  }
  return null
}

/** Finds the dialect of a source in a table. */
export function dialectOf(table: readonly Dialect[], source: Source, provider: string): Dialect | null {
  for (const dialect of table) {
    if (dialect.providers && !dialect.providers.includes(provider)) continue
    if (present(source, dialect.when) && !present(source, dialect.unless)) return dialect
  }
  return null
}

/** What a usage without any known count looks like. */
export function missingUsage(dialect: string): NormalisedUsage {
  return {
    leaves: [],
    usageStatus: 'missing',
    dialect,
    serviceTier: '',
    region: '',
    committed: false,
    reportedCost: null,
    findings: [{ code: 'usage_missing', message: 'No usage counts were found; the cost is unknown, not zero.' }],
  }
}

/**
 * Usage block of a provider → disjoint leaf units.
 *
 * `usage` is the block as the provider returned it (`usage`, `usageMetadata`, `meta`, …) or an object that holds
 * one under such a name. Never throws on its content: what cannot be read is `missing`, what contradicts itself is
 * `inconsistent` with no leaves (negative parts) or with the leaves as stated (a total that does not add up).
 */
export function normaliseUsage(provider: string, model: string, usage: object): NormalisedUsage {
  const source = block(usage as Source)
  const dialect = dialectOf(usageDialects, source, provider === '' ? providerOfModel(model) : providerName(provider))
  if (!dialect) return missingUsage('unknown')
  return readUsage(dialect, source)
}

function block(usage: Source): Source {
  const response = usage.response
  if (response && typeof response === 'object' && (response as Source).usage)
    return (response as Source).usage as Source
  for (const key of ['usage', 'usageMetadata', 'usage_metadata']) {
    const inner = usage[key]
    if (inner && typeof inner === 'object') return inner as Source
  }
  return usage
}

/** Reads one source in one dialect. */
export function readUsage(dialect: Dialect, source: Source, isEmbedding = false): NormalisedUsage {
  const findings: Finding[] = []
  let status: UsageStatus = dialect.status ?? 'exact'
  let label = dialect.id

  const input = count(source, dialect.input)
  const output = count(source, dialect.output)
  const read = count(source, dialect.cacheRead) ?? 0
  const writeTotal = count(source, dialect.cacheWrite)
  let write5m = count(source, dialect.cacheWrite5m)
  let write1h = count(source, dialect.cacheWrite1h)
  if (dialect.cacheWriteList) {
    const list = value(source, dialect.cacheWriteList[0]!)
    if (Array.isArray(list))
      for (const item of list as Source[]) {
        const tokens = toCount(item.inputTokens ?? 0)
        if (item.ttl === '1h') write1h = (write1h ?? 0) + tokens
        else if (item.ttl === '5m') write5m = (write5m ?? 0) + tokens
      }
  }
  let reasoning = count(source, dialect.reasoning) ?? 0
  const extra = count(source, dialect.inputExtra) ?? 0
  const total = count(source, dialect.total)
  const others: Leaf[] = []
  let broken = false
  if (dialect.others)
    for (const other of dialect.others) {
      for (const path of other.paths) {
        const found = value(source, path)
        if (found === undefined || found === null || found === 0) continue
        const quantity = typeof found === 'string' ? Number(found) : (found as number)
        if (typeof quantity === 'number' && Number.isFinite(quantity) && quantity >= 0)
          others.push({ unit: other.unit, quantity })
        else broken = true
        break
      }
    }

  const stated = dialect.serviceTier ? tierName(text(source, dialect.serviceTier)) : ''
  const result = (leaves: Leaf[]): NormalisedUsage => ({
    leaves,
    usageStatus: status,
    dialect: label,
    serviceTier: stated,
    region: dialect.region ? text(source, dialect.region) : '',
    committed: dialect.committed !== undefined && text(source, dialect.committed.paths) === dialect.committed.value,
    reportedCost: dialect.reportedCost ? text(source, dialect.reportedCost) || null : null,
    findings,
  })
  const reject = (code: string, message: string): NormalisedUsage => {
    status = 'inconsistent'
    findings.push({ code, message })
    return result([])
  }

  if (
    broken ||
    Number.isNaN(input) ||
    Number.isNaN(output) ||
    Number.isNaN(read) ||
    Number.isNaN(writeTotal) ||
    Number.isNaN(write5m) ||
    Number.isNaN(write1h) ||
    Number.isNaN(reasoning) ||
    Number.isNaN(extra) ||
    Number.isNaN(total)
  )
    return reject('count_not_whole', 'A count is negative, fractional, too large or not a number.')
  if (input === null && output === null && others.length === 0 && read === 0 && reasoning === 0) {
    if (dialect.input.length > 0 || dialect.others) {
      const empty = missingUsage(dialect.id)
      return { ...empty, serviceTier: stated }
    }
  }

  // writes by lifetime
  const split = (write5m ?? 0) + (write1h ?? 0)
  let writeUnknown = writeTotal ?? 0
  if (split > 0) {
    if (writeTotal !== null && writeTotal !== split)
      return reject(
        'cache_write_split',
        `Cache writes by lifetime add up to ${split}, the stated total is ${writeTotal}.`,
      )
    writeUnknown = 0
  }
  const writes = split + writeUnknown
  const cached = read + writes

  // arrangement of the counts: the dialect's own first, others only where the stated total proves them
  const inputCount = input ?? 0
  const outputCount = output ?? 0
  let exclusive = dialect.inputCounts === 'exclusive'
  let outside = dialect.reasoningCounts !== 'inside'
  let withExtra = extra > 0
  if (dialect.remainderIsReasoning && reasoning === 0 && total !== null && total > inputCount + outputCount) {
    reasoning = total - inputCount - outputCount
    outside = true
    findings.push({
      code: 'remainder_is_reasoning',
      message: `${reasoning} tokens of the total are outside input and output; they are taken as thoughts.`,
    })
  }
  if (total !== null) {
    const sum = (isExclusive: boolean, isOutside: boolean, hasExtra: boolean) =>
      inputCount + (isExclusive ? cached : 0) + outputCount + (isOutside ? reasoning : 0) + (hasExtra ? extra : 0)
    let matched = false
    const orders = dialect.reasoningCounts === 'by_total' ? [false, true] : [outside, !outside]
    outer: for (const isExclusive of [exclusive, !exclusive]) {
      if (!isExclusive && cached > inputCount + extra) continue
      for (const isOutside of orders) {
        if (!isOutside && reasoning > outputCount) continue
        for (const hasExtra of extra > 0 ? [true, false] : [false]) {
          if (sum(isExclusive, isOutside, hasExtra) === total) {
            exclusive = isExclusive
            outside = isOutside
            withExtra = hasExtra
            matched = true
            break outer
          }
        }
      }
    }
    if (dialect.totalMayExcludeCache) {
      if (dialect.inputCounts === 'exclusive' && inputCount + outputCount === total) {
        exclusive = true
        matched = true
      } else if (!matched && inputCount - cached + outputCount === total) matched = true
    }
    if (!matched) {
      status = 'inconsistent'
      findings.push({
        code: 'total_mismatch',
        message: `The parts add up to ${sum(exclusive, outside, withExtra)}, the stated total is ${total}.`,
      })
    }
  } else if (!exclusive && cached > inputCount + extra) {
    // cached tokens cannot exceed a count that holds them
    exclusive = true
  }
  if (exclusive !== (dialect.inputCounts === 'exclusive')) {
    label += exclusive ? '/exclusive' : '/inclusive'
    findings.push({
      code: exclusive ? 'counts_exclusive' : 'counts_inclusive',
      message: exclusive
        ? 'The input count does not hold the cached tokens, against the convention of its dialect.'
        : 'The input count holds the cached tokens, against the convention of its dialect.',
    })
  }
  if (dialect.reasoningCounts === 'inside' && outside && !dialect.remainderIsReasoning) {
    label += '/reasoning_outside'
    findings.push({
      code: 'reasoning_outside',
      message: 'Reasoning tokens stand beside the output count, as the total shows.',
    })
  }

  const inputTotal = inputCount + (exclusive ? cached : 0) + (withExtra ? extra : 0)
  const outputTotal = outputCount + (outside ? reasoning : 0)
  if (cached > inputTotal || (!outside && reasoning > outputCount))
    return reject('part_exceeds_whole', 'A part is larger than the count that should hold it.')

  // modalities of input
  const inList = modalities(source, dialect.inputModalities)
  const extraList = withExtra ? modalities(source, dialect.inputExtraModalities) : null
  const cacheList = modalities(source, dialect.cacheModalities)
  const outList = modalities(source, dialect.outputModalities)
  const audio = (inList?.audio ?? count(source, dialect.inputAudio) ?? 0) + (extraList?.audio ?? 0)
  const image = (inList?.image ?? count(source, dialect.inputImage) ?? 0) + (extraList?.image ?? 0)
  const video = (inList?.video ?? count(source, dialect.inputVideo) ?? 0) + (extraList?.video ?? 0)
  let readAudio = 0
  let readImage = 0
  let readVideo = 0
  const other = audio + image + video
  const textTotal = inputTotal - other
  if (Number.isNaN(other) || textTotal < 0)
    return reject('part_exceeds_whole', 'The input by modality is larger than the input count.')
  if (other > 0 && read > 0) {
    const a = cacheList?.audio ?? count(source, dialect.cacheReadAudio)
    const i = cacheList?.image ?? count(source, dialect.cacheReadImage)
    const v = cacheList?.video ?? count(source, dialect.cacheReadVideo)
    if (a !== null || i !== null || v !== null) {
      readAudio = a ?? 0
      readImage = i ?? 0
      readVideo = v ?? 0
    } else {
      // the cached part is not split: text is cached first
      let left = Math.max(0, read + writes - textTotal)
      readAudio = Math.min(left, audio)
      left -= readAudio
      readImage = Math.min(left, image)
      readVideo = left - readImage
      findings.push({
        code: 'cached_modality_assumed',
        message: 'Cached input is not stated by modality; text is taken as cached first.',
      })
    }
  }
  const readText = read - readAudio - readImage - readVideo
  const plainText = textTotal - readText - writes
  if (
    !(readText >= 0 && plainText >= 0 && readAudio <= audio && readImage <= image && readVideo <= video) ||
    readVideo < 0
  )
    return reject('part_exceeds_whole', 'The cached input by modality is larger than the input by modality.')

  // modalities of output
  const outAudio = outList?.audio ?? count(source, dialect.outputAudio) ?? 0
  const outImage = outList?.image ?? count(source, dialect.outputImage) ?? 0
  const outVideo = outList?.video ?? 0
  const visible = outputTotal - reasoning - outAudio - outImage - outVideo
  if (!(visible >= 0)) return reject('part_exceeds_whole', 'The output by kind is larger than the output count.')

  const leaves: Leaf[] = []
  const embedding =
    input !== null &&
    output === null &&
    (isEmbedding || dialect.embeddingWithoutOutput === true) &&
    (isEmbedding || total === null || total === inputTotal)
  if (input !== null || cached > 0 || extra > 0) {
    if (embedding) leaves.push({ unit: 'embedding.text', quantity: plainText })
    else leaves.push({ unit: 'input.text.plain', quantity: plainText })
    if (readText > 0) leaves.push({ unit: 'input.text.cache_read', quantity: readText })
    if (writeUnknown > 0) leaves.push({ unit: 'input.text.cache_write', quantity: writeUnknown })
    if (write5m) leaves.push({ unit: 'input.text.cache_write_5m', quantity: write5m })
    if (write1h) leaves.push({ unit: 'input.text.cache_write_1h', quantity: write1h })
    if (audio - readAudio > 0) leaves.push({ unit: 'input.audio.plain', quantity: audio - readAudio })
    if (readAudio > 0) leaves.push({ unit: 'input.audio.cache_read', quantity: readAudio })
    if (image - readImage > 0)
      leaves.push({ unit: embedding ? 'embedding.image' : 'input.image.plain', quantity: image - readImage })
    if (readImage > 0) leaves.push({ unit: 'input.image.cache_read', quantity: readImage })
    if (video - readVideo > 0) leaves.push({ unit: 'input.video.plain', quantity: video - readVideo })
    if (readVideo > 0) leaves.push({ unit: 'input.video.cache_read', quantity: readVideo })
  }
  if (output !== null || reasoning > 0) {
    leaves.push({ unit: 'output.text.visible', quantity: visible })
    if (reasoning > 0) leaves.push({ unit: 'output.text.reasoning', quantity: reasoning })
    if (outAudio > 0) leaves.push({ unit: 'output.audio', quantity: outAudio })
    if (outImage > 0) leaves.push({ unit: 'output.image', quantity: outImage })
    if (outVideo > 0) leaves.push({ unit: 'output.video', quantity: outVideo })
  }
  for (const leaf of others) leaves.push(leaf)

  // gateways and proxies leave one side out; what is there is priced, and the gap is visible
  const oneSided =
    (input === null && dialect.input.length > 0 && cached === 0) !== (output === null && dialect.output !== undefined)
  if (status === 'exact' && oneSided && !embedding && !(input === null && output === null)) {
    if (total === null || total !== inputTotal + outputTotal) status = 'partial'
  }
  return result(leaves)
}
