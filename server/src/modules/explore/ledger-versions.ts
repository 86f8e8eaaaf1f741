import { onLedgerChange } from '../ledger'

/** What a kept answer stands on: it holds until something of this changes. */
export type DependsOn = {
  /** The moment of the ledger that was asked about, in microseconds; long past ones no longer change. */
  asOf?: bigint | null
  batches?: boolean
  /** Calls that started within [from, to) microseconds, or all of them. */
  usage?: { from: bigint; to: bigint } | 'all'
}

const hourMs = 3_600_000
const hoursPerDay = 24
// Between two reads of a clock on different machines; older moments of the ledger no longer change.
const settledAfterMicros = 600_000_000n

/** One organization's count of changes: which change was the last to touch the batches, any call, an hour, a UTC day. */
type Versions = {
  count: number
  batches: number
  usage: number
  /** A change of usage that did not say when its calls started. */
  anyTime: number
  hours: Map<number, number>
  days: Map<number, number>
}

/** Follows what changes in the ledger, so that a new call ends only answers about the time it belongs to. */
export class LedgerVersions {
  private readonly organizations = new Map<string, Versions>()
  readonly close: () => void

  constructor(private readonly now: () => number) {
    this.close = onLedgerChange((organizationId, what, within) => {
      const versions = this.of(organizationId)
      const version = ++versions.count
      if (what === 'batch') {
        versions.batches = version
        return
      }
      versions.usage = version
      const first = within ? Math.floor(within.from / hourMs) : 0
      const last = within ? Math.floor(within.to / hourMs) : -1
      // A commit of calls that lie years apart is rare, and then it may as well have touched everything.
      if (!within || last - first > 10_000) {
        versions.anyTime = version
        return
      }
      for (let hour = first; hour <= last; hour++) {
        versions.hours.set(hour, version)
        versions.days.set(Math.floor(hour / hoursPerDay), version)
      }
    })
  }

  /** Two equal stamps of the same things: nothing of them changed in between. */
  stampOf(organizationId: string, { asOf = null, batches = false, usage }: DependsOn): string {
    if (asOf !== null && asOf < BigInt(this.now()) * 1000n - settledAfterMicros) return 'settled'
    const versions = this.of(organizationId)
    const ofUsage = usage === undefined ? 0 : usage === 'all' ? versions.usage : lastWithin(versions, usage)
    return `${batches ? versions.batches : 0}.${ofUsage}`
  }

  private of(organizationId: string): Versions {
    let versions = this.organizations.get(organizationId)
    if (!versions) {
      versions = { count: 0, batches: 0, usage: 0, anyTime: 0, hours: new Map(), days: new Map() }
      this.organizations.set(organizationId, versions)
    }
    return versions
  }
}

function lastWithin({ anyTime, hours, days }: Versions, { from, to }: { from: bigint; to: bigint }): number {
  let latest = anyTime
  const end = Math.ceil(Number(to / 1000n) / hourMs)
  for (let hour = Math.floor(Number(from / 1000n) / hourMs); hour < end; ) {
    const wholeDay = hour % hoursPerDay === 0 && hour + hoursPerDay <= end
    latest = Math.max(latest, (wholeDay ? days.get(hour / hoursPerDay) : hours.get(hour)) ?? 0)
    hour += wholeDay ? hoursPerDay : 1
  }
  return latest
}
