/**
 * Keeps answers while the ledger stays as it is. The same question asked while its answer is being computed waits for
 * that answer; a failed computation is not kept. Bounded by bytes, the least recently used goes first.
 */
export class AnswerCache {
  private readonly kept = new Map<string, { value: unknown; bytes: number; until: number }>()
  private readonly running = new Map<string, Promise<unknown>>()
  private bytes = 0

  constructor(
    private readonly maxBytes: number,
    private readonly maxAgeMs: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** The answer under `key`, computed at most once at a time. `sizeOf` gives its size in bytes. */
  async get<T>(key: string, compute: () => Promise<T>, sizeOf: (value: T) => number): Promise<T> {
    const found = this.kept.get(key)
    if (found && found.until > this.now()) {
      this.kept.delete(key)
      this.kept.set(key, found)
      return found.value as T
    }
    const running = this.running.get(key)
    if (running) return running as Promise<T>
    const computing = compute()
      .then((value) => {
        this.keep(key, value, sizeOf(value) + key.length * 2)
        return value
      })
      .finally(() => this.running.delete(key))
    this.running.set(key, computing)
    return computing
  }

  private keep(key: string, value: unknown, bytes: number) {
    this.drop(key)
    if (bytes > this.maxBytes / 4) return
    this.kept.set(key, { value, bytes, until: this.now() + this.maxAgeMs })
    this.bytes += bytes
    for (const oldest of this.kept.keys()) {
      if (this.bytes <= this.maxBytes) break
      this.drop(oldest)
    }
  }

  private drop(key: string) {
    const found = this.kept.get(key)
    if (!found) return
    this.kept.delete(key)
    this.bytes -= found.bytes
  }
}

/** Lets a few computations run at a time; the others wait their turn. */
export class Turnstile {
  private free: number
  private readonly waiting: (() => void)[] = []

  constructor(width: number) {
    this.free = width
  }

  /** `work` is told whether others wait behind it. */
  async pass<T>(work: (crowded: boolean) => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--
    else await new Promise<void>((go) => this.waiting.push(go))
    try {
      return await work(this.waiting.length > 0)
    } finally {
      const next = this.waiting.shift()
      if (next) next()
      else this.free++
    }
  }
}
