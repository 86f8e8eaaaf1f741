import type { EventId } from './usage-event'

/**
 * Keys of the events of one organization that started at or after `completeFrom`, all of them: keys of spans and responses,
 * and marks of parents and of traces with aggregates. Below that moment the table has to be asked. When it is full it
 * forgets the older half and says so by `completeFrom`.
 * Open addressing over three words an entry: a JavaScript Set of a million strings would take a hundred megabytes.
 */
export class KnownKeys {
  private size = 0
  private mask = 255
  /** high, low, second of the start (never 0; 0 is an empty slot) */
  private slots = new Uint32Array(3 * 256)

  constructor(
    public completeFrom: number,
    private readonly limit = 2_000_000,
  ) {}

  has({ high, low }: EventId): boolean {
    return this.slots[3 * this.find(high, low) + 2] !== 0
  }

  /** `startedAt` in milliseconds since 1970. */
  add({ high, low }: EventId, startedAt: number): void {
    if (startedAt < this.completeFrom) return
    if (2 * this.size > this.mask) this.rebuild(this.mask * 2 + 1, 0)
    if (this.size >= this.limit) this.forgetOlderHalf()
    this.put(high, low, Math.max(1, Math.floor(startedAt / 1000)))
  }

  private put(high: number, low: number, second: number): void {
    const at = 3 * this.find(high, low)
    const before = this.slots[at + 2]!
    if (before === 0) this.size++
    this.slots[at] = high
    this.slots[at + 1] = low
    this.slots[at + 2] = Math.max(before, second)
  }

  private find(high: number, low: number): number {
    const { slots, mask } = this
    let at = (low ^ high) & mask
    for (;;) {
      if (slots[3 * at + 2] === 0 || (slots[3 * at] === high && slots[3 * at + 1] === low)) return at
      at = (at + 1) & mask
    }
  }

  private forgetOlderHalf(): void {
    const seconds: number[] = []
    // A sample is enough: where the cut falls exactly does not matter.
    for (let i = 2; i < this.slots.length; i += 3 * 64) if (this.slots[i] !== 0) seconds.push(this.slots[i]!)
    seconds.sort((a, b) => a - b)
    const cut = (seconds[seconds.length >> 1] ?? 0) + 1
    this.completeFrom = Math.max(this.completeFrom, cut * 1000)
    this.rebuild(this.mask, cut)
  }

  private rebuild(mask: number, fromSecond: number): void {
    const old = this.slots
    this.mask = mask
    this.slots = new Uint32Array(3 * (mask + 1))
    this.size = 0
    for (let i = 0; i < old.length; i += 3)
      if (old[i + 2] !== 0 && old[i + 2]! >= fromSecond) this.put(old[i]!, old[i + 1]!, old[i + 2]!)
  }
}
