/** One leaf unit of a call, with what it cost. Leaves are disjoint: they add up to the whole call. */
export type UsageLeaf = {
  /** e.g. `input.text.cache_read`, `output.text.visible`, `second.gpu` */
  readonly unit: string
  /** Non-negative integer, at most 2^53 - 1. */
  readonly quantity: number
  /** Decimal string in the event's currency, at most 18 fractional digits; null is unpriced, '0' is free. */
  readonly cost: string | null
}

/** Who observed a call. Where several did, the usage of the first in this order counts (see `compareObservations`). */
export const usageSources = ['provider', 'gateway', 'sdk', 'span', 'log', 'metric'] as const
export type UsageSource = (typeof usageSources)[number]

/**
 * One observation of one attempt of a metered call. '' stands for "not known" in texts. Observations with the same
 * response id, or without one the same trace and attempt, are of one event, which is stored as one row of `usage_events_v1`.
 */
export type UsageEvent = {
  /** 32 lower-case hex digits. */
  readonly traceId: string
  /** What tells this attempt from others of the trace: the span id in hex, or a key made from the content. */
  readonly attemptId: string
  /** The span id of the parent in hex, or ''. */
  readonly parentId: string
  /** The provider's id of its answer, or ''. The same id is the same call, whoever reports it. */
  readonly responseId: string
  readonly source: UsageSource
  /** An aggregate is an agent, a workflow or another wrapper: it adds only what the calls below it lack. */
  readonly kind: 'call' | 'aggregate'
  /** The logical call whose attempts (retries, fallbacks, hedges) are events of their own; '' where nobody says. */
  readonly callId: string
  /** Milliseconds since 1970, UTC. */
  readonly startedAt: number
  readonly durationMs: number
  readonly isError: boolean
  /** `gen_ai.provider.name`, e.g. `aws.bedrock` */
  readonly provider: string
  readonly serviceProviderName: string
  readonly serviceName: string
  readonly accountId: string
  readonly requestModel: string
  /** The model that answered, else the one asked for. */
  readonly model: string
  readonly operation: string
  readonly serviceTier: string
  readonly region: string
  readonly team: string
  readonly project: string
  readonly feature: string
  readonly experiment: string
  readonly run: string
  readonly customer: string
  readonly environment: string
  /** `service.name` */
  readonly service: string
  readonly leaves: readonly UsageLeaf[]
  /** Sum of the priced leaves as a decimal string; null when none could be priced. */
  readonly cost: string | null
  readonly currency: string
  readonly usageStatus: 'exact' | 'estimated' | 'partial' | 'missing' | 'inconsistent'
  readonly costStatus: 'priced' | 'partial' | 'unpriced' | 'not_billable'
  readonly priceVersion: string
  readonly pricePath: string
  /** The dialect the counts were read in, with the decision taken. */
  readonly dialect: string
  /** The producer's usage block as JSON, its whole numbers replaced: `$i` is the sum of the input leaves, `$o` of the output leaves, `$t` of both, `$0` the first leaf, `#` the next of `rawCounts`. */
  readonly rawShape: string
  readonly rawCounts: readonly number[]
  readonly attributes: Readonly<Record<string, string>>
}

/** What a price says about leaves of a call: the same fields as in `UsageEvent`. */
export type PricedLeaves = Pick<
  UsageEvent,
  'leaves' | 'cost' | 'currency' | 'costStatus' | 'priceVersion' | 'pricePath'
>

/** Prices other leaves of the same call by the prices in force when it started. */
export type RepriceUsage = (
  event: UsageEvent,
  leaves: readonly { readonly unit: string; readonly quantity: number }[],
) => PricedLeaves

/** The 64-bit identity of an attempt as two unsigned halves. */
export type EventId = { readonly high: number; readonly low: number }

/** Makes the identity function of one organization: the organization is mixed in once, not per event. */
export function eventIdsOf(organizationId: string): (traceId: string, attemptId: string) => EventId {
  const seedA = mix(0x9747b28c, organizationId)
  const seedB = mix(0x2f1b6a35, organizationId)
  return (traceId, attemptId) => ({
    high: finish(mix(mix(seedA, traceId), attemptId), traceId.length + attemptId.length),
    low: finish(mix(mix(seedB, traceId), attemptId), traceId.length ^ 0x5bd1e995),
  })
}

export function formatEventId({ high, low }: EventId): string {
  // Below 2^21 the whole id is a safe integer; the rest goes through bigint.
  return high < 0x200000 ? String(high * 0x100000000 + low) : ((BigInt(high) << 32n) | BigInt(low)).toString()
}

export function parseEventId(text: string): EventId {
  const id = BigInt(text)
  return { high: Number(id >> 32n), low: Number(id & 0xffffffffn) }
}

/** MurmurHash3's mixing step, a UTF-16 unit pair at a time. */
function mix(seed: number, text: string): number {
  let hash = seed
  for (let i = 0; i < text.length; i += 2) {
    let k = text.charCodeAt(i) | ((i + 1 < text.length ? text.charCodeAt(i + 1) : 0xffff) << 16)
    k = Math.imul(k, 0xcc9e2d51)
    k = (k << 15) | (k >>> 17)
    hash ^= Math.imul(k, 0x1b873593)
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  return hash
}

function finish(value: number, length: number): number {
  let hash = value ^ length
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  hash ^= hash >>> 16
  return hash >>> 0
}
