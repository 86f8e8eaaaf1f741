import type { EventId } from './usage-event'

const bucketMs = 600_000

/**
 * The identities of events of one organization at or after `completeFrom`, all of them. Below that moment it knows
 * nothing and the table has to be asked. When it is full it forgets its oldest ten minutes and says so by `completeFrom`.
 */
export class RecentIds {
  private readonly buckets = new Map<number, IdSet>()
  private size = 0

  constructor(
    public completeFrom: number,
    private readonly limit = 1_000_000,
  ) {}

  has(startedAt: number, id: EventId): boolean {
    const bucket = Math.floor(startedAt / bucketMs)
    return this.buckets.get(bucket)?.has(startedAt - bucket * bucketMs, id) ?? false
  }

  add(startedAt: number, id: EventId): void {
    if (startedAt < this.completeFrom) return
    const bucket = Math.floor(startedAt / bucketMs)
    let ids = this.buckets.get(bucket)
    if (!ids) {
      ids = new IdSet()
      this.buckets.set(bucket, ids)
    }
    if (ids.add(startedAt - bucket * bucketMs, id)) this.size++
    while (this.size > this.limit) this.forgetOldest()
  }

  /** Nothing at or before `moment` is claimed to be complete any more. */
  distrustUpTo(moment: number): void {
    this.completeFrom = Math.max(this.completeFrom, moment + 1)
    for (const [bucket, ids] of this.buckets) {
      if ((bucket + 1) * bucketMs <= this.completeFrom) {
        this.size -= ids.size
        this.buckets.delete(bucket)
      }
    }
  }

  private forgetOldest(): void {
    const oldest = Math.min(...this.buckets.keys())
    this.distrustUpTo((oldest + 1) * bucketMs - 1)
  }
}

/** Open addressing over three words an entry: a JavaScript Set of a million strings would take a hundred megabytes. */
class IdSet {
  size = 0
  private mask = 255
  /** offset + 1 (0 is an empty slot), high, low */
  private slots = new Uint32Array(3 * 256)

  has(offset: number, id: EventId): boolean {
    return this.slots[3 * this.find(offset, id)] !== 0
  }

  add(offset: number, id: EventId): boolean {
    if (2 * this.size > this.mask) this.grow()
    const at = 3 * this.find(offset, id)
    if (this.slots[at] !== 0) return false
    this.slots[at] = offset + 1
    this.slots[at + 1] = id.high
    this.slots[at + 2] = id.low
    this.size++
    return true
  }

  private find(offset: number, id: EventId): number {
    const { slots, mask } = this
    let at = (id.low ^ offset) & mask
    for (;;) {
      const marked = slots[3 * at]!
      if (marked === 0) return at
      if (marked === offset + 1 && slots[3 * at + 1] === id.high && slots[3 * at + 2] === id.low) return at
      at = (at + 1) & mask
    }
  }

  private grow(): void {
    const old = this.slots
    this.mask = this.mask * 2 + 1
    this.slots = new Uint32Array(3 * (this.mask + 1))
    this.size = 0
    for (let i = 0; i < old.length; i += 3) {
      if (old[i] !== 0) this.add(old[i]! - 1, { high: old[i + 1]!, low: old[i + 2]! })
    }
  }
}
