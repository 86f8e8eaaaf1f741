import type { Call } from './call'

export type ReportOptions = {
  /** Address of InfraZen, for example `https://finops.example.com`. */
  url: string
  /** An API key, `izk_…`. */
  apiKey: string
  /** Calls are sent at most this long after they ended, in milliseconds. Default 1,000. */
  flushEveryMs?: number
  /** Calls sent in one request at most. Default 200. */
  batchSize?: number
  /** Calls kept while the server is away; beyond it the oldest are dropped and counted. Default 20,000. */
  maxQueued?: number
  /** Told of what could not be reported, in words. Default: nobody. Never throws into the application. */
  onProblem?: (problem: string) => void
  /** Used to reach InfraZen. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch
}

/**
 * Keeps calls in memory and sends them in batches. Reporting never waits: while the server is away, calls queue up to a
 * bound and are tried again with growing pauses. Sending the same call again changes nothing on the server.
 */
export class Reporter {
  private queue: Call[] = []
  private dropped = 0
  private timer: ReturnType<typeof setTimeout> | null = null
  private sending: Promise<boolean> | null = null
  private failures = 0
  private readonly batchSize: number
  private readonly maxQueued: number
  private readonly flushEveryMs: number

  constructor(private readonly options: ReportOptions) {
    this.batchSize = options.batchSize ?? 200
    this.maxQueued = options.maxQueued ?? 20_000
    this.flushEveryMs = options.flushEveryMs ?? 1000
  }

  add(call: Call): void {
    this.queue.push(call)
    if (this.queue.length > this.maxQueued) {
      const tooMany = this.queue.length - this.maxQueued
      this.queue.splice(0, tooMany)
      this.dropped += tooMany
    }
    if (this.queue.length >= this.batchSize && this.failures === 0) this.schedule(0)
    else this.schedule(this.pause())
  }

  /** Calls waiting to be sent. */
  get queued(): number {
    return this.queue.length
  }

  /** Sends what waits. True when the server has acknowledged everything that was there at the call. */
  async flush(): Promise<boolean> {
    while (this.sending) await this.sending
    while (this.queue.length > 0) if (!(await this.send())) return false
    return true
  }

  private pause(): number {
    if (this.failures === 0) return this.flushEveryMs
    const longest = Math.min(60_000, this.flushEveryMs * 2 ** this.failures)
    return longest / 2 + (Math.random() * longest) / 2
  }

  private schedule(ms: number): void {
    if (this.timer !== null) {
      if (ms > 0) return
      clearTimeout(this.timer)
    }
    this.timer = setTimeout(() => {
      this.timer = null
      void this.send().then(() => {
        if (this.queue.length > 0) this.schedule(this.pause())
      })
    }, ms)
    // A program that is done must be able to end; it calls flush() when its last calls matter.
    ;(this.timer as { unref?: () => void }).unref?.()
  }

  private send(): Promise<boolean> {
    this.sending ??= this.sendOne().finally(() => {
      this.sending = null
    })
    return this.sending
  }

  private async sendOne(): Promise<boolean> {
    const batch = this.queue.slice(0, this.batchSize)
    if (batch.length === 0) return true
    const outcome = await this.post(batch)
    if (outcome === 'again') {
      this.failures++
      return false
    }
    this.failures = 0
    // Calls that arrived meanwhile stand behind; a full queue may have lost some of the batch from its front.
    const sent = new Set(batch)
    this.queue = this.queue.filter((call) => !sent.has(call))
    if (this.dropped > 0) {
      this.problem(
        `${this.dropped} calls were dropped while InfraZen was away: more than ${this.maxQueued} were waiting.`,
      )
      this.dropped = 0
    }
    return true
  }

  private async post(batch: Call[]): Promise<'done' | 'again'> {
    const { url, apiKey } = this.options
    const fetch = this.options.fetch ?? globalThis.fetch
    try {
      const response = await fetch(new URL('/api/v1/usage', url), {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ calls: batch }),
        signal: AbortSignal.timeout(30_000),
      })
      if (response.ok) {
        const answer = (await response.json().catch(() => ({}))) as { problems?: { index: number; message: string }[] }
        for (const { message } of answer.problems ?? []) this.problem(`A call was not taken: ${message}`)
        return 'done'
      }
      const { status } = response
      await response.body?.cancel()
      if (status === 408 || status === 429 || status >= 500) return this.again(`InfraZen answered ${status}.`)
      if (status === 401 || status === 403)
        return this.again(`InfraZen refused the API key (${status}). Give a key made under Settings, API keys.`)
      this.problem(`InfraZen refused ${batch.length} calls (${status}); they are not sent again.`)
      return 'done'
    } catch (error) {
      return this.again(
        `InfraZen at ${url} cannot be reached: ${error instanceof Error ? error.message : String(error)}.`,
      )
    }
  }

  private again(problem: string): 'again' {
    // One word per outage is enough.
    if (this.failures === 0) this.problem(problem)
    return 'again'
  }

  private problem(problem: string): void {
    try {
      this.options.onProblem?.(problem)
    } catch {
      // The application's own handler failed; its work goes on.
    }
  }
}
