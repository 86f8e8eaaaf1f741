import { unavailable } from '../../primitives/errors'
import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import { announceLedgerChange, type StartedWithin } from './changes'
import { KnownKeys } from './known-keys'
import { loadUsageStates, reachMs, type StoredState, writeObservations } from './load-usage-states'
import { repairUsageRollup } from './repair-usage-rollup'
import { contentOf, type ResolvedEvent, resolveObservations } from './resolve-observations'
import { organizationsWithMetrics, settleMetrics } from './settle-metrics'
import { type RowState, UsageCsvWriter, usageCsvColumns, usageCsvSelection, usageCsvStructure } from './usage-csv'
import { type EventId, formatEventId, parseEventId, type RepriceUsage, type UsageEvent } from './usage-event'
import { identifierOf, type Observed, ownId } from './usage-identity'

export type Recorded = {
  /** Observations that are new and now on disk. */
  readonly recorded: number
  /** Observations that were on disk already, or that came twice: nothing changed for them. */
  readonly known: number
}

/** Longest wait of a lone event for company. Under load the wait for the commit before is what gathers events. */
const gatherMs = 2
const rowsPerCommit = 50_000
const rowsWaitingLimit = 300_000
/** Latest events whose keys a start reads into memory; older ones are asked of the table. */
const keysPreloaded = 200_000

/**
 * Records observations of usage. Observations of one event become one row whatever their order and number, and what an
 * agent or wrapper reports counts only where the calls below it lack it; a later observation corrects what is stored in the
 * same moment as it is stored itself. `reprice` prices what remains of a wrapper's usage.
 * Resolves only when all of it would survive `kill -9`.
 * @throws Failure `usage_queue_full` when too many events wait, `usage_store_away` when they could not be written;
 *   in both cases the same call may be repeated.
 */
export async function recordUsage(
  clickhouse: ClickHouse,
  scope: Scope,
  events: readonly UsageEvent[],
  reprice: RepriceUsage = unpriced,
): Promise<Recorded> {
  if (events.length === 0) return { recorded: 0, known: 0 }
  return committerOf(clickhouse).submit(scope.organizationId, events, reprice)
}

/**
 * Counts the points of metrics of the last two days anew. To be run once after a start, before usage is recorded, as
 * `repairUsageRollup` is: a kill may have come between calls and the points they take out of the count.
 */
export async function repairMetrics(
  clickhouse: ClickHouse,
  repriceOf: (scope: Scope) => Promise<RepriceUsage>,
): Promise<void> {
  const committer = committerOf(clickhouse)
  await committer.alone(() => committer.settleSince(Date.now() - 2 * 86_400_000, repriceOf))
}

/** Runs work that corrects stored events while no usage is recorded, so that both do not replace the same state. */
export function whileNothingIsRecorded<T>(clickhouse: ClickHouse, work: () => Promise<T>): Promise<T> {
  return committerOf(clickhouse).alone(work)
}

const committers = new WeakMap<ClickHouse, Committer>()

function committerOf(clickhouse: ClickHouse): Committer {
  let committer = committers.get(clickhouse)
  if (!committer) {
    committer = new Committer(clickhouse)
    committers.set(clickhouse, committer)
  }
  return committer
}

/** Where nobody can price a remainder, it is unpriced: not known, and not zero. */
const unpriced: RepriceUsage = (event, leaves) => ({
  leaves: leaves.map((leaf) => ({ ...leaf, cost: null })),
  cost: null,
  currency: event.currency,
  costStatus: 'unpriced',
  priceVersion: '',
  pricePath: 'none',
})

/** `start` and `end` are the place of its line in the waiter's `lines`, as it is written when it is alone. */
type Entry = { readonly observed: Observed; readonly trace: EventId; readonly start: number; readonly end: number }

type Waiter = {
  readonly organizationId: string
  readonly entries: readonly Entry[]
  readonly lines: Buffer
  readonly reprice: RepriceUsage
  readonly resolve: (recorded: Recorded) => void
  readonly reject: (reason: unknown) => void
}

type Organization = {
  readonly identify: ReturnType<typeof identifierOf>
  known: KnownKeys | null
  /** Whether points of metrics are stored, which every call may take out of the count. */
  hasMetrics: boolean | null
}

/** One a store: gathers the events of all waiting requests and writes them as one block. */
class Committer {
  private waiting: Waiter[] = []
  private rowsWaiting = 0
  private running = false
  private turn: Promise<unknown> = Promise.resolve()
  /** When an insert failed, the table may have the rows and its roll-up not: repaired before the next commit. */
  private repairFrom: number | null = null
  private lastRecordedAt = 0
  private readonly organizations = new Map<string, Organization>()

  constructor(private readonly clickhouse: ClickHouse) {}

  submit(organizationId: string, events: readonly UsageEvent[], reprice: RepriceUsage): Promise<Recorded> {
    if (this.rowsWaiting > 0 && this.rowsWaiting + events.length > rowsWaitingLimit) {
      throw unavailable(
        'usage_queue_full',
        'Too many usage events are waiting to be written. Send them again in a moment.',
      )
    }
    const { identify } = this.organization(organizationId)
    const writer = new UsageCsvWriter(events.length)
    const entries: Entry[] = []
    for (const event of events) {
      const observed = identify.observe(event)
      const start = writer.length
      writer.write(organizationId, ownId(observed), event, aloneState(observed))
      entries.push({ observed, trace: identify.traceKey(event.traceId), start, end: writer.length })
    }
    this.rowsWaiting += entries.length
    return new Promise((resolve, reject) => {
      this.waiting.push({ organizationId, entries, lines: writer.written, reprice, resolve, reject })
      if (!this.running) {
        this.running = true
        setTimeout(() => void this.run(), gatherMs)
      }
    })
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      const waiters = this.nextGroup()
      try {
        await this.alone(() => this.commit(waiters))
      } catch (cause) {
        const failure = unavailable(
          'usage_store_away',
          'The usage events could not be written. Send them again in a moment.',
          {},
          { cause },
        )
        for (const waiter of waiters) waiter.reject(failure)
      }
      for (const waiter of waiters) this.rowsWaiting -= waiter.entries.length
    }
    this.running = false
  }

  /** Runs work that reads events and corrects them: no other such work of this process comes in between. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work)
    this.turn = result.catch(() => {})
    return result
  }

  private nextGroup(): Waiter[] {
    let rows = 0
    let taken = 0
    while (
      taken < this.waiting.length &&
      (taken === 0 || rows + this.waiting[taken]!.entries.length <= rowsPerCommit)
    ) {
      rows += this.waiting[taken]!.entries.length
      taken++
    }
    return this.waiting.splice(0, taken)
  }

  private async commit(waiters: readonly Waiter[]): Promise<void> {
    if (this.repairFrom !== null) {
      await repairUsageRollup(this.clickhouse, new Date(this.repairFrom))
      this.repairFrom = null
      // Calls of the failed insert may count from here on, and when they started is no longer known.
      for (const organizationId of this.organizations.keys()) announceLedgerChange(organizationId, 'usage')
    }
    const byOrganization = new Map<string, Waiter[]>()
    for (const waiter of waiters) {
      const own = byOrganization.get(waiter.organizationId)
      if (own) own.push(waiter)
      else byOrganization.set(waiter.organizationId, [waiter])
    }
    const lines: Buffer[] = []
    const outcomes: { waiter: Waiter; known: number }[] = []
    const written: { organization: Organization; entries: Entry[] }[] = []
    const changed: { organizationId: string; within: StartedWithin | undefined }[] = []

    for (const [organizationId, own] of byOrganization) {
      const organization = this.organization(organizationId)
      const touched = await this.touched(organizationId, own)
      const linesBefore = lines.length
      for (const waiter of own) {
        // Mostly no line touches anything and all are one piece; what has to be worked out is cut out.
        let piece = 0
        for (const entry of waiter.entries) {
          if (!touched.has(entry)) continue
          if (entry.start > piece) lines.push(waiter.lines.subarray(piece, entry.start))
          piece = entry.end
        }
        if (waiter.lines.length > piece) lines.push(waiter.lines.subarray(piece))
      }
      const known = new Map<Waiter, number>()
      let corrected = false
      if (touched.size > 0) {
        const corrections = await this.corrections(organizationId, own, touched, known)
        corrected = corrections.length > 0
        if (corrected) lines.push(corrections)
      }
      for (const waiter of own) outcomes.push({ waiter, known: known.get(waiter) ?? 0 })
      // A correction takes back what was said of other times too.
      if (lines.length > linesBefore)
        changed.push({ organizationId, within: corrected ? undefined : startedWithin(own) })
      written.push({ organization, entries: own.flatMap((waiter) => waiter.entries) })
    }

    await this.insert(lines, written)
    for (const [organizationId, own] of byOrganization) {
      const settled = await this.settle(organizationId, own, outcomes)
      if (settled.length === 0) continue
      await this.insert([settled], written)
      const announced = changed.find((change) => change.organizationId === organizationId)
      if (announced) announced.within = undefined
      else changed.push({ organizationId, within: undefined })
    }
    for (const { organization, entries } of written) {
      if (organization.known) for (const entry of entries) remember(organization, organization.known, entry)
    }
    for (const { waiter, known } of outcomes) waiter.resolve({ recorded: waiter.entries.length - known, known })
    for (const { organizationId, within } of changed) announceLedgerChange(organizationId, 'usage', within)
  }

  private async insert(lines: readonly Buffer[], written: readonly { organization: Organization }[]): Promise<void> {
    if (lines.length === 0) return
    // Never the same twice, so that the rows of one correction are told from those of the next.
    const recordedAt = Math.max(Date.now(), this.lastRecordedAt + 1)
    this.lastRecordedAt = recordedAt
    try {
      await this.clickhouse.insertFrom({
        name: 'ledger.recordUsage',
        lane: 'ingest',
        sql: (source) => `INSERT INTO usage_events_v1 (RecordedAt, ${usageCsvColumns})
          SELECT fromUnixTimestamp64Milli({recordedAt:Int64}, 'UTC'), ${usageCsvSelection} FROM ${source}`,
        params: { recordedAt },
        input: { format: 'CSV', structure: usageCsvStructure, content: { bytes: Buffer.concat(lines) } },
        // One block is one part: a correction's two rows are both there or neither.
        settings: { max_threads: 1, min_insert_block_size_rows: 100_000_000, min_insert_block_size_bytes: 0 },
      })
    } catch (failure) {
      this.repairFrom ??= recordedAt
      // What of it reached the table is not known: the memory is read anew.
      for (const { organization } of written) organization.known = null
      throw failure
    }
  }

  /** Lines that count points of metrics anew where points or calls came in. Calls are stored by then. */
  private async settle(
    organizationId: string,
    waiters: readonly Waiter[],
    outcomes: { waiter: Waiter; known: number }[],
  ): Promise<Buffer> {
    const organization = this.organization(organizationId)
    const points: Observed[] = []
    const owners: Waiter[] = []
    const services = new Set<string>()
    let from = Number.POSITIVE_INFINITY
    let to = Number.NEGATIVE_INFINITY
    for (const waiter of waiters) {
      for (const entry of waiter.entries) {
        const { event } = entry.observed
        if (isMetric(entry)) {
          points.push(wellFormed(entry.observed))
          owners.push(waiter)
          continue
        }
        services.add(event.service)
        from = Math.min(from, event.startedAt)
        to = Math.max(to, event.startedAt)
      }
    }
    organization.hasMetrics ??= (await organizationsWithMetrics(this.clickhouse, 0)).some(
      (each) => each.organizationId === organizationId,
    )
    if (points.length > 0) organization.hasMetrics = true
    if (!organization.hasMetrics) return Buffer.alloc(0)
    const touched = services.size > 0 ? { services: [...services], from, to } : null
    const { states, resolved, known } = await settleMetrics(
      this.clickhouse,
      organizationId,
      points,
      touched,
      waiters[0]!.reprice,
    )
    points.forEach((point, i) => {
      const outcome = outcomes.find(({ waiter }) => waiter === owners[i])
      if (outcome && known.has(point)) outcome.known++
    })
    return writeCorrections(organizationId, states, resolved)
  }

  /** After a start: what a kill between calls and the metrics they cover left behind. */
  async settleSince(since: number, repriceOf: (scope: Scope) => Promise<RepriceUsage>): Promise<void> {
    for (const { organizationId, services, from, to } of await organizationsWithMetrics(this.clickhouse, since)) {
      const touched = { services, from: Number(from), to: Number(to) }
      const reprice = await repriceOf({ organizationId, actor: 'system' })
      const { states, resolved } = await settleMetrics(this.clickhouse, organizationId, [], touched, reprice)
      const lines = writeCorrections(organizationId, states, resolved)
      if (lines.length > 0) await this.insert([lines], [])
    }
  }

  /** The entries that may touch a stored event or one another, and those of which that is not known. */
  private async touched(organizationId: string, waiters: readonly Waiter[]): Promise<Set<Entry>> {
    const known = await this.knownKeys(organizationId)
    const organization = this.organization(organizationId)
    const touched = new Set<Entry>()
    const group = new KnownKeys(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
    let inGroup = false
    for (const waiter of waiters) {
      for (const entry of waiter.entries) {
        const { observed } = entry
        const { startedAt, kind, source } = observed.event
        if (source === 'metric') {
          touched.add(entry)
          continue
        }
        const isCertain = known !== null && startedAt - reachMs >= known.completeFrom
        const meets = touches(organization, group, entry)
        inGroup ||= meets || kind === 'aggregate'
        if (meets || !isCertain || kind === 'aggregate' || touches(organization, known!, entry)) touched.add(entry)
        remember(organization, group, entry)
      }
    }
    if (inGroup) addNeighbours(waiters, touched)
    return touched
  }

  /** Lines that turn what is stored into what the stored and the touched observations together say. */
  private async corrections(
    organizationId: string,
    waiters: readonly Waiter[],
    touched: ReadonlySet<Entry>,
    known: Map<Waiter, number>,
  ): Promise<Buffer> {
    const fresh: Observed[] = []
    for (const waiter of waiters)
      for (const entry of waiter.entries)
        if (touched.has(entry) && !isMetric(entry)) fresh.push(wellFormed(entry.observed))
    if (fresh.length === 0) return Buffer.alloc(0)
    const states = await loadUsageStates(
      this.clickhouse,
      organizationId,
      fresh.map(({ event, spanKey, responseKey }) => ({
        startedAt: event.startedAt,
        traceId: event.traceId,
        keys: [responseKey ?? spanKey],
      })),
    )
    const stored = states.flatMap((state) => state.observations)
    const contents = new Set(stored.map(contentOf))
    const unseen: Observed[] = []
    let next = 0
    for (const waiter of waiters) {
      for (const entry of waiter.entries) {
        if (!touched.has(entry) || isMetric(entry)) continue
        const one = fresh[next++]!
        if (contents.has(contentOf(one))) known.set(waiter, (known.get(waiter) ?? 0) + 1)
        else unseen.push(one)
        contents.add(contentOf(one))
      }
    }
    if (unseen.length === 0) return Buffer.alloc(0)
    // Of several requests in one commit any may price the remainder: they price by the same book.
    const resolved = resolveObservations([...stored, ...unseen], waiters[0]!.reprice)
    return writeCorrections(organizationId, states, resolved)
  }

  /**
   * The embedded engine's folder belongs to this process, so what it recorded since it looked is all there is to know.
   * A server has other writers: there the table is asked every time.
   */
  private async knownKeys(organizationId: string): Promise<KnownKeys | null> {
    if (!this.clickhouse.embedded) return null
    const organization = this.organization(organizationId)
    if (!organization.known) {
      const rows = await this.clickhouse.query<{
        at: string
        trace: string
        id: string
        spans: (string | number)[]
        parent: number
        kind: string
      }>({
        name: 'ledger.latestUsage',
        lane: 'ingest',
        sql: `SELECT toString(toUnixTimestamp64Milli(StartedAt)) AS at, lower(hex(TraceId)) AS trace, toString(EventId) AS id,
            SpanKeys AS spans, ParentKey AS parent, Kind AS kind
          FROM usage_events_v1 WHERE OrganizationId = {organizationId:UUID} ORDER BY StartedAt DESC LIMIT {limit:UInt64}`,
        params: { organizationId, limit: keysPreloaded },
      })
      const earliest = rows.length < keysPreloaded ? Number.NEGATIVE_INFINITY : Number(rows.at(-1)!.at) + 1
      const known = new KnownKeys(earliest)
      for (const { at, trace, id, spans, parent, kind } of rows) {
        const startedAt = Number(at)
        const { identify } = organization
        const key = parseEventId(id)
        const inTrace = identify.traceKey(trace)
        known.add(key, startedAt)
        for (const span of spans.length === 0 ? [key.low] : spans.map(Number))
          known.add(identify.spanMark(inTrace, span), startedAt)
        if (parent !== 0) known.add(identify.parentMark(inTrace, parent), startedAt)
        if (kind === 'aggregate') known.add(inTrace, startedAt)
      }
      organization.known = known
    }
    return organization.known
  }

  private organization(organizationId: string): Organization {
    let organization = this.organizations.get(organizationId)
    if (!organization) {
      organization = { identify: identifierOf(organizationId), known: null, hasMetrics: null }
      this.organizations.set(organizationId, organization)
    }
    return organization
  }
}

const isMetric = ({ observed }: Entry) => observed.event.source === 'metric'

const noKeys: readonly number[] = []
const noTraces: readonly string[] = []

/** The row of an observation that touches nothing else. */
function aloneState(observed: Observed): RowState {
  return {
    sign: addsNothing(observed.event) ? 0 : 1,
    version: 0,
    spanKeys: observed.responseKey ? [observed.spanKey.low] : noKeys,
    parentLow: observed.parentLow,
    moreTraces: noTraces,
    observations: '',
  }
}

const addsNothing = (event: UsageEvent) => event.kind === 'aggregate' && event.leaves.length === 0

/** Whether an observation shares its event or its trace's counting with one of the keys. May be true without need, never false against it. */
function touches({ identify }: Organization, keys: KnownKeys, { observed, trace }: Entry): boolean {
  const { spanKey, responseKey, parentLow } = observed
  if (responseKey && keys.has(responseKey)) return true
  return (
    keys.has(trace) ||
    keys.has(identify.spanMark(trace, spanKey.low)) ||
    keys.has(identify.parentMark(trace, spanKey.low)) ||
    (parentLow !== 0 && keys.has(identify.spanMark(trace, parentLow)))
  )
}

function remember({ identify }: Organization, keys: KnownKeys, { observed, trace }: Entry): void {
  const { event, spanKey, responseKey, parentLow } = observed
  keys.add(identify.spanMark(trace, spanKey.low), event.startedAt)
  if (responseKey) keys.add(responseKey, event.startedAt)
  if (parentLow !== 0) keys.add(identify.parentMark(trace, parentLow), event.startedAt)
  if (event.kind === 'aggregate') keys.add(trace, event.startedAt)
}

/** Adds whatever shares a trace or a response with a touched entry, until nothing more does. */
function addNeighbours(waiters: readonly Waiter[], touched: Set<Entry>): void {
  const shared = new Set<string>()
  const share = ({ observed }: Entry) => {
    shared.add(observed.event.traceId)
    if (observed.responseKey) shared.add(observed.event.responseId)
  }
  for (const entry of touched) share(entry)
  for (let grew = true; grew; ) {
    grew = false
    for (const waiter of waiters) {
      for (const entry of waiter.entries) {
        const { event, responseKey } = entry.observed
        if (
          isMetric(entry) ||
          touched.has(entry) ||
          !(shared.has(event.traceId) || (responseKey && shared.has(event.responseId)))
        )
          continue
        touched.add(entry)
        share(entry)
        grew = true
      }
    }
  }
}

/** Text as it comes back from the store: halves of a surrogate pair do not survive it, and must not make two observations of one. */
function wellFormed(observed: Observed): Observed {
  const event: Record<string, unknown> = { ...observed.event }
  for (const name in event) {
    const value = event[name]
    if (typeof value === 'string') event[name] = asStored(value)
  }
  event.attributes = Object.fromEntries(
    Object.entries(observed.event.attributes).map(([name, value]) => [asStored(name), asStored(value)]),
  )
  return { ...observed, event: event as UsageEvent }
}

const lowsOf = (observations: readonly Observed[]) => [...new Set(observations.map(({ spanKey }) => spanKey.low))]

const asStored = (text: string) => Buffer.from(text, 'utf8').toString('utf8')

const placeOf = (startedAt: number, id: EventId) => `${startedAt} ${formatEventId(id)}`

function writeCorrections(
  organizationId: string,
  states: readonly StoredState[],
  resolved: readonly ResolvedEvent[],
): Buffer {
  const before = new Map(states.map((state) => [placeOf(state.event.startedAt, state.id), state]))
  const writer = new UsageCsvWriter(2 * resolved.length)
  const stays = new Set<StoredState>()
  for (const next of resolved) {
    const state = before.get(placeOf(next.event.startedAt, next.id))
    if (state) stays.add(state)
    if (state && isSame(state, next)) continue
    const version = state ? state.version + 1 : 0
    if (state && state.sign === 1) writer.write(organizationId, state.id, state.event, takenBack(version))
    const first = next.observations[0]!
    writer.write(organizationId, next.id, next.event, {
      sign: next.sign,
      version,
      // Of one observation that has its response's id, the span; of several all, so that a restart knows them.
      spanKeys: next.keepObservations || first.responseKey ? lowsOf(next.observations) : noKeys,
      parentLow: first.parentLow,
      moreTraces: [...new Set(next.observations.map(({ event }) => event.traceId))].filter(
        (trace) => trace !== next.event.traceId,
      ),
      observations: next.keepObservations ? writeObservations(next.observations) : '',
    })
  }
  for (const state of states) {
    if (stays.has(state) || state.gone) continue
    if (state.sign === 1) writer.write(organizationId, state.id, state.event, takenBack(state.version + 1))
    else
      writer.write(organizationId, state.id, state.event, {
        ...takenBack(state.version + 1),
        sign: 0,
        observations: '[]',
      })
  }
  return writer.written
}

const takenBack = (version: number): RowState => ({
  sign: -1,
  version,
  spanKeys: noKeys,
  parentLow: 0,
  moreTraces: noTraces,
  observations: '',
})

/** Whether nothing that anybody said has changed. What we computed (the price) is left alone: it is corrected by a re-rating, never by a repetition. */
function isSame(state: StoredState, next: ResolvedEvent): boolean {
  if (state.gone || state.sign !== next.sign || state.observations.length !== next.observations.length) return false
  const keys = { spanKey: next.id, responseKey: null, parentLow: 0 }
  return (
    contentOf({ ...keys, event: state.event }) === contentOf({ ...keys, event: next.event }) &&
    state.observations.every((one, i) => contentOf(one) === contentOf(next.observations[i]!))
  )
}

function startedWithin(waiters: readonly Waiter[]): StartedWithin {
  const within = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY }
  for (const { entries } of waiters) {
    for (const { observed } of entries) {
      within.from = Math.min(within.from, observed.event.startedAt)
      within.to = Math.max(within.to, observed.event.startedAt)
    }
  }
  return within
}
