/** At most `width` at work; an error of one is thrown to whoever adds or drains next. */
export class InFlight {
  private readonly running = new Set<Promise<void>>()
  private failure: { error: unknown } | null = null

  constructor(private readonly width: number) {}

  async add(work: () => Promise<void>) {
    while (this.running.size >= this.width) await Promise.race(this.running)
    if (this.failure) throw this.failure.error
    const job: Promise<void> = work().then(
      () => void this.running.delete(job),
      (error: unknown) => {
        this.running.delete(job)
        this.failure ??= { error }
      },
    )
    this.running.add(job)
  }

  async drain() {
    await this.settled()
    if (this.failure) throw this.failure.error
  }

  /** Waits until nothing runs, whatever came of it. */
  async settled() {
    while (this.running.size > 0) await Promise.race(this.running)
  }
}
