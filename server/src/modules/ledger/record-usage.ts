import { unavailable } from '../../primitives/errors'
import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import { announceLedgerChange } from './changes'
import { RecentIds } from './recent-ids'
import { repairUsageRollup } from './repair-usage-rollup'
import { UsageCsvWriter, usageCsvColumns, usageCsvStructure } from './usage-csv'
import type { EventId, UsageEvent } from './usage-event'
import { eventIdsOf, formatEventId } from './usage-event'

export type Recorded = {
  /** Events that are new and now on disk. */
  readonly recorded: number
  /** Events that were on disk already, or that came twice: nothing changed for them. */
  readonly known: number
}

/** Longest wait of a lone event for company. Under load the wait for the commit before is what gathers events. */
const gatherMs = 2
const rowsPerCommit = 50_000
const rowsWaitingLimit = 300_000
/** Ids a look-up names in one statement. */
const idsPerLookup = 10_000

/**
 * Records usage events of the scope's organization, each once: an event whose identity is known already changes nothing.
 * Resolves only when all of them would survive `kill -9`.
 * @throws Failure `usage_queue_full` when too many events wait, `usage_store_away` when they could not be written;
 *   in both cases the same call may be repeated.
 */
export async function recordUsage(
  clickhouse: ClickHouse,
  scope: Scope,
  events: readonly UsageEvent[],
): Promise<Recorded> {
  if (events.length === 0) return { recorded: 0, known: 0 }
  let committer = committers.get(clickhouse)
  if (!committer) {
    committer = new Committer(clickhouse)
    committers.set(clickhouse, committer)
  }
  return committer.submit(scope.organizationId, events)
}

const committers = new WeakMap<ClickHouse, Committer>()

/** `start` and `end` are the place of its line in the waiter's `lines`. */
type Entry = { readonly startedAt: number; readonly id: EventId; readonly start: number; readonly end: number }

type Waiter = {
  readonly organizationId: string
  readonly entries: readonly Entry[]
  readonly lines: Buffer
  readonly resolve: (recorded: Recorded) => void
  readonly reject: (reason: unknown) => void
}

/** One a store: gathers the events of all waiting requests and writes them as one block. */
class Committer {
  private waiting: Waiter[] = []
  private rowsWaiting = 0
  private running = false
  /** When an insert failed, the table may have the rows and its roll-up not: repaired before the next commit. */
  private repairFrom: number | null = null
  private readonly organizations = new Map<string, { idOf: ReturnType<typeof eventIdsOf>; recent: RecentIds | null }>()

  constructor(private readonly clickhouse: ClickHouse) {}

  submit(organizationId: string, events: readonly UsageEvent[]): Promise<Recorded> {
    if (this.rowsWaiting > 0 && this.rowsWaiting + events.length > rowsWaitingLimit) {
      throw unavailable(
        'usage_queue_full',
        'Too many usage events are waiting to be written. Send them again in a moment.',
      )
    }
    const { idOf } = this.organization(organizationId)
    const writer = new UsageCsvWriter(events.length)
    const entries: Entry[] = []
    for (const event of events) {
      const id = idOf(event.traceId, event.attemptId)
      const start = writer.length
      writer.write(organizationId, id, event)
      entries.push({ startedAt: event.startedAt, id, start, end: writer.length })
    }
    this.rowsWaiting += entries.length
    return new Promise((resolve, reject) => {
      this.waiting.push({ organizationId, entries, lines: writer.written, resolve, reject })
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
        await this.commit(waiters)
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
    }
    const byOrganization = new Map<string, Waiter[]>()
    for (const waiter of waiters) {
      const own = byOrganization.get(waiter.organizationId)
      if (own) own.push(waiter)
      else byOrganization.set(waiter.organizationId, [waiter])
    }
    const lines: Buffer[] = []
    const outcomes: { waiter: Waiter; recorded: number }[] = []
    const fresh: { recent: RecentIds | null; entries: Entry[] }[] = []
    const changed: string[] = []

    for (const [organizationId, own] of byOrganization) {
      const known = await this.knownIds(organizationId, own)
      const { recent } = this.organization(organizationId)
      const entries: Entry[] = []
      for (const waiter of own) {
        const before = entries.length
        // Mostly all lines are new and are one piece; what is known is cut out.
        let piece = 0
        for (const entry of waiter.entries) {
          if (known.take(entry)) entries.push(entry)
          else {
            if (entry.start > piece) lines.push(waiter.lines.subarray(piece, entry.start))
            piece = entry.end
          }
        }
        if (waiter.lines.length > piece) lines.push(waiter.lines.subarray(piece))
        outcomes.push({ waiter, recorded: entries.length - before })
      }
      if (entries.length > 0) changed.push(organizationId)
      fresh.push({ recent, entries })
    }

    if (lines.length > 0) {
      const recordedAt = Date.now()
      try {
        await this.clickhouse.insertFrom({
          name: 'ledger.recordUsage',
          lane: 'ingest',
          sql: (source) => `INSERT INTO usage_events_v1 (RecordedAt, ${usageCsvColumns})
            SELECT fromUnixTimestamp64Milli({recordedAt:Int64}, 'UTC'), ${usageCsvColumns} FROM ${source}`,
          params: { recordedAt },
          input: { format: 'CSV', structure: usageCsvStructure, content: { bytes: Buffer.concat(lines) } },
          settings: { max_threads: 1 },
        })
      } catch (failure) {
        this.repairFrom ??= recordedAt
        for (const { recent, entries } of fresh) for (const entry of entries) recent?.distrustUpTo(entry.startedAt)
        throw failure
      }
      for (const { recent, entries } of fresh) for (const entry of entries) recent?.add(entry.startedAt, entry.id)
    }
    for (const { waiter, recorded } of outcomes) waiter.resolve({ recorded, known: waiter.entries.length - recorded })
    for (const organizationId of changed) announceLedgerChange(organizationId, 'usage')
  }

  /** `take` says whether an entry is new, and remembers it for the rest of this commit. */
  private async knownIds(organizationId: string, waiters: readonly Waiter[]): Promise<{ take(entry: Entry): boolean }> {
    const recent = await this.recentIds(organizationId)
    const inDoubt: Entry[] = []
    for (const waiter of waiters) {
      for (const entry of waiter.entries) if (!recent || entry.startedAt < recent.completeFrom) inDoubt.push(entry)
    }
    const stored = await this.lookUp(organizationId, inDoubt)
    // Seen twice within the group: a set of its own, since the recent ids hold only what is on disk.
    const group = new RecentIds(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
    return {
      take(entry) {
        if (group.has(entry.startedAt, entry.id)) return false
        group.add(entry.startedAt, entry.id)
        if (recent && entry.startedAt >= recent.completeFrom) return !recent.has(entry.startedAt, entry.id)
        return !stored.has(`${entry.startedAt} ${formatEventId(entry.id)}`)
      },
    }
  }

  private async lookUp(organizationId: string, entries: Entry[]): Promise<Set<string>> {
    const stored = new Set<string>()
    // In order of time, so that each statement's range, and with it what the engine reads, stays narrow.
    entries.sort((a, b) => a.startedAt - b.startedAt)
    for (let start = 0; start < entries.length; start += idsPerLookup) {
      const slice = entries.slice(start, start + idsPerLookup)
      const rows = await this.clickhouse.query<{ at: string; id: string }>({
        name: 'ledger.knownUsage',
        lane: 'ingest',
        sql: `SELECT toString(toUnixTimestamp64Milli(StartedAt)) AS at, toString(EventId) AS id FROM usage_events_v1
          WHERE OrganizationId = {organizationId:UUID} AND StartedAt >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
            AND StartedAt <= fromUnixTimestamp64Milli({to:Int64}, 'UTC') AND EventId IN {ids:Array(UInt64)}`,
        params: {
          organizationId,
          from: slice[0]!.startedAt,
          to: slice[slice.length - 1]!.startedAt,
          ids: slice.map((entry) => BigInt(formatEventId(entry.id))),
        },
        settings: { max_query_size: 16_777_216 },
      })
      for (const row of rows) stored.add(`${row.at} ${row.id}`)
    }
    return stored
  }

  /**
   * The embedded engine's folder belongs to this process, so what it recorded since it looked is all there is to know.
   * A server has other writers: there the table is asked every time.
   */
  private async recentIds(organizationId: string): Promise<RecentIds | null> {
    if (!this.clickhouse.embedded) return null
    const organization = this.organization(organizationId)
    if (!organization.recent) {
      const [row] = await this.clickhouse.query<{ latest: string }>({
        name: 'ledger.latestUsage',
        lane: 'ingest',
        sql: 'SELECT toString(toUnixTimestamp64Milli(max(StartedAt))) AS latest FROM usage_events_v1 WHERE OrganizationId = {organizationId:UUID}',
        params: { organizationId },
      })
      organization.recent = new RecentIds(Number(row?.latest ?? 0) + 1)
    }
    return organization.recent
  }

  private organization(organizationId: string) {
    let organization = this.organizations.get(organizationId)
    if (!organization) {
      organization = { idOf: eventIdsOf(organizationId), recent: null }
      this.organizations.set(organizationId, organization)
    }
    return organization
  }
}
