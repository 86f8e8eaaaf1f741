import {
  type EventId,
  formatEventId,
  type RepriceUsage,
  type UsageEvent,
  type UsageLeaf,
  usageSources,
} from './usage-event'
import type { Observed } from './usage-identity'

/** One event as all its observations together tell it. */
export type ResolvedEvent = {
  readonly id: EventId
  readonly event: UsageEvent
  /** 1 counts; 0 is an aggregate or wrapper whose usage the calls below it hold already. */
  readonly sign: 0 | 1
  /** In the order of `compareObservations`. */
  readonly observations: readonly Observed[]
  /** The row alone does not tell the observations: there are several, or it counts less than its one observation says. */
  readonly keepObservations: boolean
}

/** Distinct observations kept of one event. More come only from clients that give one response id to many calls. */
const observationsKept = 16

/**
 * What a set of observations says, whatever the order and however often each came: a pure function of the set.
 *
 * Observations of one response id are one event; one without a response id belongs to the event that shares its trace and
 * span. Within a trace an event's parent is the event of its parent span, else the innermost aggregate that was open when it
 * started (the spans between are not stored). Each event then counts what its own usage holds beyond the events below it.
 */
export function resolveObservations(observed: readonly Observed[], reprice: RepriceUsage): ResolvedEvent[] {
  const nodes = groupObservations(observed).map(nodeOf)
  linkParents(nodes)
  return nodes.map((node) => resolve(node, reprice))
}

type Group = { id: EventId; observations: Observed[] }
type Node = {
  readonly id: EventId
  readonly key: string
  readonly observations: readonly Observed[]
  readonly merged: UsageEvent
  parent: Node | null
  readonly children: Node[]
  total: Map<string, number> | null
}

/** Groups by response, attaches the others by span, drops repetitions. */
function groupObservations(observed: readonly Observed[]): Group[] {
  const groups = new Map<string, Group>()
  const groupOf = (id: EventId) => {
    const key = formatEventId(id)
    let group = groups.get(key)
    if (!group) {
      group = { id, observations: [] }
      groups.set(key, group)
    }
    return group
  }
  /** Span → the group whose answer it saw. Where it saw several, the one with the smallest key, so that order does not matter. */
  const answered = new Map<string, EventId>()
  for (const one of observed) {
    if (!one.responseKey) continue
    groupOf(one.responseKey).observations.push(one)
    const span = spanOf(one)
    const before = answered.get(span)
    if (!before || isLess(one.responseKey, before)) answered.set(span, one.responseKey)
  }
  for (const one of observed) {
    if (one.responseKey) continue
    const response = one.event.kind === 'call' ? answered.get(spanOf(one)) : undefined
    groupOf(response ?? one.spanKey).observations.push(one)
  }
  return [...groups.values()].map(({ id, observations }) => ({ id, observations: distinct(observations) }))
}

const spanOf = ({ event, spanKey }: Observed) => `${event.traceId} ${spanKey.low}`

const isLess = (a: EventId, b: EventId) => a.high < b.high || (a.high === b.high && a.low < b.low)

function distinct(observations: Observed[]): Observed[] {
  if (observations.length === 1) return observations
  const byContent = new Map<string, Observed>()
  for (const one of observations) {
    const content = contentOf(one)
    if (!byContent.has(content)) byContent.set(content, one)
  }
  return [...byContent.values()].sort(compareObservations).slice(0, observationsKept)
}

/** All that an observer said, and nothing of what we computed from it: a new price does not make a new observation. */
export function contentOf(observed: Observed): string {
  let content = contents.get(observed)
  if (content === undefined) {
    content = writeContent(observed)
    contents.set(observed, content)
  }
  return content
}

/** Attributes that prices give: with another price they are others, and the observation is the same. */
const computed = new Set(['infrazen.findings', 'infrazen.list_cost'])

const contents = new WeakMap<Observed, string>()

function writeContent({ event, spanKey, responseKey, parentLow }: Observed): string {
  return JSON.stringify([
    event.traceId,
    spanKey.low,
    responseKey && formatEventId(responseKey),
    parentLow,
    event.source,
    event.kind,
    event.callId,
    event.startedAt,
    event.durationMs,
    event.isError,
    event.provider,
    event.requestModel,
    event.model,
    event.operation,
    event.serviceTier,
    event.region,
    ...textFields.map((field) => event[field]),
    event.usageStatus,
    event.leaves.map((leaf) => [leaf.unit, leaf.quantity]),
    event.rawShape,
    event.rawCounts,
    Object.entries(event.attributes)
      .filter(([name]) => !computed.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ])
}

/** Fields that any observer may add to: the first in the order of observations that has a value gives it. */
const textFields = [
  'accountId',
  'team',
  'project',
  'feature',
  'experiment',
  'run',
  'customer',
  'environment',
  'service',
] as const

const statusRank = { exact: 4, partial: 3, inconsistent: 2, estimated: 1, missing: 0 } as const
const believed = (event: UsageEvent) =>
  event.leaves.length === 0 || event.usageStatus === 'missing' ? 0 : event.usageStatus === 'estimated' ? 1 : 2

/**
 * Whose usage counts: stated before estimated before none; then provider log, gateway, SDK, instrumentation span, log,
 * metric; then the more complete one. A total order, so that the choice depends on nothing but the observations.
 */
function compareObservations(one: Observed, other: Observed): number {
  const [a, b] = [one.event, other.event]
  if (a.kind !== b.kind) return a.kind === 'call' ? -1 : 1
  const rank =
    believed(b) - believed(a) ||
    usageSources.indexOf(a.source) - usageSources.indexOf(b.source) ||
    statusRank[b.usageStatus] - statusRank[a.usageStatus] ||
    b.leaves.length - a.leaves.length ||
    sum(b.leaves) - sum(a.leaves) ||
    a.startedAt - b.startedAt
  if (rank !== 0) return rank
  const [left, right] = [contentOf(one), contentOf(other)]
  return left < right ? -1 : left > right ? 1 : 0
}

const sum = (leaves: readonly UsageLeaf[]) => leaves.reduce((total, leaf) => total + leaf.quantity, 0)

function nodeOf({ id, observations }: Group): Node {
  return {
    id,
    key: formatEventId(id),
    observations,
    merged: mergeObservations(observations),
    parent: null,
    children: [],
    total: null,
  }
}

/** `events` in the order of `compareObservations`: the usage of the first, and of the others what it leaves open. */
function mergeObservations(observations: readonly Observed[]): UsageEvent {
  const events = observations.map(({ event }) => event)
  const first = events[0]!
  if (events.length === 1) return first
  const merged: Record<string, unknown> = { ...first }
  for (const field of [...textFields, 'callId', 'region'] as const) {
    if (first[field] === '') merged[field] = events.find((event) => event[field] !== '')?.[field] ?? ''
  }
  const attributes: Record<string, string> = {}
  for (const event of events) {
    for (const name in event.attributes)
      if (!Object.hasOwn(attributes, name) && (event === first || !ofOneObserver.has(name)))
        attributes[name] = event.attributes[name]!
  }
  attributes['infrazen.observations'] = String(events.length)
  attributes['infrazen.observed_by'] = usageSources
    .filter((source) => events.some((event) => event.source === source))
    .join(' ')
  merged.attributes = attributes
  return merged as UsageEvent
}

/** Said about one observer's usage: of no meaning beside the usage of another. */
const ofOneObserver = new Set(['infrazen.findings', 'infrazen.list_cost', 'infrazen.reported_cost', 'error.type'])

/** Makes a forest of the events of each trace. */
function linkParents(nodes: readonly Node[]): void {
  if (nodes.length < 2) return
  const traces = new Map<string, { node: Node; one: Observed }[]>()
  for (const node of nodes) {
    for (const one of node.observations) {
      const members = traces.get(one.event.traceId)
      if (members) members.push({ node, one })
      else traces.set(one.event.traceId, [{ node, one }])
    }
  }
  const choose = (child: Node, parent: Node) => {
    // An event seen in several places keeps the parent with the smallest key, whatever came first.
    if (parent !== child && (!child.parent || isLess(parent.id, child.parent.id))) child.parent = parent
  }
  for (const members of traces.values()) {
    if (members.length < 2) continue
    const bySpan = new Map<number, Node[]>()
    for (const { node, one } of members) {
      const others = bySpan.get(one.spanKey.low)
      if (others) others.push(node)
      else bySpan.set(one.spanKey.low, [node])
    }
    for (const { node, one } of members)
      if (one.parentLow !== 0) for (const parent of bySpan.get(one.parentLow) ?? []) choose(node, parent)
  }
  const explicit = new Set(nodes.filter((node) => node.parent !== null))
  for (const members of traces.values()) {
    const aggregates = members.filter(({ node }) => node.merged.kind === 'aggregate')
    if (aggregates.length === 0) continue
    for (const { node, one } of members) {
      if (explicit.has(node) || isRoot(one)) continue
      let innermost: Observed | null = null
      for (const { node: candidate, one: span } of aggregates)
        if (candidate !== node && isOpenDuring(span, one) && (!innermost || isInside(span, innermost))) innermost = span
      if (innermost) choose(node, aggregates.find(({ one: span }) => span === innermost)!.node)
    }
  }
  breakCycles(nodes)
  for (const node of nodes) node.parent?.children.push(node)
}

/** A span without a parent has none; of other observers it is only not known. */
const isRoot = ({ event, parentLow }: Observed) => event.source === 'span' && parentLow === 0

const endOf = ({ event }: Observed) => event.startedAt + event.durationMs

/** A parent starts before its child, or at the same millisecond and ends later, and is open when the child starts. */
function isOpenDuring(parent: Observed, child: Observed): boolean {
  return (
    parent.event.startedAt <= child.event.startedAt && endOf(parent) >= child.event.startedAt && isInside(child, parent)
  )
}

/** A strict order of spans from the outside to the inside. */
function isInside(inner: Observed, outer: Observed): boolean {
  if (inner.event.startedAt !== outer.event.startedAt) return inner.event.startedAt > outer.event.startedAt
  if (endOf(inner) !== endOf(outer)) return endOf(inner) < endOf(outer)
  if (inner.event.kind !== outer.event.kind) return inner.event.kind === 'call'
  return outer.spanKey.low < inner.spanKey.low
}

/** Parents that contradict each other (clocks and ids of broken senders): the events of a circle have none. */
function breakCycles(nodes: readonly Node[]): void {
  const settled = new Set<Node>()
  for (const start of nodes) {
    const path: Node[] = []
    const onPath = new Set<Node>()
    for (let node: Node | null = start; node && !settled.has(node); node = node.parent) {
      if (onPath.has(node)) {
        for (const member of path.slice(path.indexOf(node))) member.parent = null
        break
      }
      path.push(node)
      onPath.add(node)
    }
    for (const node of path) settled.add(node)
  }
}

function resolve(node: Node, reprice: RepriceUsage): ResolvedEvent {
  const { id, observations, merged, children } = node
  const base = { id, observations, keepObservations: observations.length > 1 }
  if (children.length === 0) {
    if (merged.kind === 'aggregate' && merged.leaves.length === 0) return { ...base, event: merged, sign: 0 }
    return { ...base, event: merged, sign: 1 }
  }
  const rest = residualOf(node)
  const own = { ...base, keepObservations: true }
  if (rest.length === 0)
    return { ...own, event: { ...merged, leaves: [], cost: null, costStatus: 'not_billable' }, sign: 0 }
  const findings = [merged.attributes['infrazen.findings'], 'usage_beyond_calls_below'].filter(Boolean).join(' ')
  const event: UsageEvent = {
    ...merged,
    ...reprice(merged, rest),
    attributes: { ...merged.attributes, 'infrazen.findings': findings },
  }
  return { ...own, event, sign: 1 }
}

/** Usage of the event and all below it, by unit. Kept, because every event of a deep trace asks for it. */
function totalOf(node: Node): Map<string, number> {
  if (node.total) return node.total
  // Deepest first, without recursion: a trace may be a chain of thousands.
  const order: Node[] = [node]
  for (let i = 0; i < order.length; i++) for (const child of order[i]!.children) if (!child.total) order.push(child)
  for (let i = order.length - 1; i >= 0; i--) {
    const one = order[i]!
    const total = belowOf(one)
    const rest = one.children.length === 0 ? one.merged.leaves : residual(one.merged.leaves, total)
    for (const { unit, quantity } of rest) total.set(unit, (total.get(unit) ?? 0) + quantity)
    one.total = total
  }
  return node.total!
}

function belowOf(node: Node): Map<string, number> {
  const below = new Map<string, number>()
  for (const child of node.children)
    for (const [unit, quantity] of child.total ?? totalOf(child)) below.set(unit, (below.get(unit) ?? 0) + quantity)
  return below
}

const residualOf = (node: Node) => residual(node.merged.leaves, belowOf(node))

const sideOf = (unit: string) =>
  unit.startsWith('input.') || unit.startsWith('embedding.') ? 'input' : unit.startsWith('output.') ? 'output' : unit

/**
 * What `own` holds beyond `below`, unit by unit, and on each side (input, output) no more than the sides differ: an agent
 * that knows only the sum of its input must not count as plain what the calls below it read from a cache.
 */
function residual(own: readonly UsageLeaf[], below: ReadonlyMap<string, number>): { unit: string; quantity: number }[] {
  const beyond = new Map<string, number>()
  for (const { unit, quantity } of own) beyond.set(sideOf(unit), (beyond.get(sideOf(unit)) ?? 0) + quantity)
  for (const [unit, quantity] of below) {
    const side = beyond.get(sideOf(unit))
    if (side !== undefined) beyond.set(sideOf(unit), side - quantity)
  }
  const rest = own
    .map(({ unit, quantity }) => ({ unit, quantity: Math.max(0, quantity - (below.get(unit) ?? 0)) }))
    .filter((leaf) => leaf.quantity > 0 && beyond.get(sideOf(leaf.unit))! > 0)
  const excess = new Map<string, number>()
  for (const { unit, quantity } of rest) excess.set(sideOf(unit), (excess.get(sideOf(unit)) ?? 0) + quantity)
  // What is too much comes off the general units first: they are where a coarse sum stands.
  const general = (unit: string) => (unit.endsWith('.plain') || unit.endsWith('.visible') ? 0 : 1)
  for (const leaf of [...rest].sort((a, b) => general(a.unit) - general(b.unit) || (a.unit < b.unit ? -1 : 1))) {
    const side = sideOf(leaf.unit)
    const tooMuch = excess.get(side)! - beyond.get(side)!
    if (tooMuch <= 0) continue
    const off = Math.min(tooMuch, leaf.quantity)
    leaf.quantity -= off
    excess.set(side, excess.get(side)! - off)
  }
  return rest.filter((leaf) => leaf.quantity > 0)
}
