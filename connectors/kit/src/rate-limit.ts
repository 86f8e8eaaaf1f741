export type Clock = { now(): number; sleep(ms: number, signal?: AbortSignal): Promise<void> }

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }, ms)
      const stop = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', stop, { once: true })
    }),
}

type Account = { starts: number[]; running: number; waiting: (() => void)[]; notBefore: number }

/** Spaces the requests of each account: what the manifest allows a minute and at once, and what the provider asked to wait. */
export class RateLimiter {
  private readonly accounts = new Map<string, Account>()

  constructor(private readonly clock: Clock = systemClock) {}

  /** Runs `work` once the account may ask again. */
  async run<T>(
    account: string,
    limit: { perMinute: number; concurrent: number },
    work: () => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const state = this.accounts.get(account) ?? { starts: [], running: 0, waiting: [], notBefore: 0 }
    this.accounts.set(account, state)
    while (state.running >= limit.concurrent) await new Promise<void>((resolve) => state.waiting.push(resolve))
    state.running++
    try {
      for (;;) {
        signal?.throwIfAborted()
        const now = this.clock.now()
        while (state.starts.length > 0 && state.starts[0]! <= now - 60_000) state.starts.shift()
        const wait = Math.max(
          state.notBefore - now,
          state.starts.length >= limit.perMinute ? state.starts[0]! + 60_000 - now : 0,
        )
        if (wait <= 0) break
        await this.clock.sleep(wait, signal)
      }
      state.starts.push(this.clock.now())
      return await work()
    } finally {
      state.running--
      state.waiting.shift()?.()
    }
  }

  /** The provider asked to wait: nobody of the account asks before. */
  pause(account: string, ms: number): void {
    const state = this.accounts.get(account)
    if (state) state.notBefore = Math.max(state.notBefore, this.clock.now() + ms)
  }
}
