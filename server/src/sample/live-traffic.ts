import { type Call, liveCall, liveTrial, rhythmAt, trialRun } from './calls'
import { sendReports } from './experiments'
import { ask, pause } from './http'
import { exportRequest } from './otlp'
import { randomOf } from './random'
import { defaultSeed } from './seed'

export type LiveOptions = { baseUrl: string; apiKey: string; log?: (line: string) => void; seed?: string }

/**
 * Calls that arrive while someone watches: one to four a second by the hour of the day in Seoul, in little bursts, through `/v1/traces`.
 * Goes on until `stop()`, which waits for the request under way. Calls that could not be delivered within the retries are lost, as with
 * a real exporter, and said once.
 */
export function startLiveTraffic(options: LiveOptions): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const started = Date.now()
  const random = randomOf(`${options.seed ?? defaultSeed}|live|${started}`)
  let complained = false
  const tried = new Map<string, { startedAt: number; drafts: number; taken: number }>()
  let reportAt = 0

  /** Whoever reads the drafts takes most of them; the run says so every half minute, as an evaluation would. */
  const report = async (calls: readonly Call[], now: number) => {
    for (const call of calls) {
      if (call.experiment !== liveTrial.experiment || call.error !== '') continue
      const { startedAt, drafts, taken } = tried.get(call.run) ?? { startedAt: now, drafts: 0, taken: 0 }
      const good = random.chance(call.run.startsWith('full') ? 905 : 868)
      tried.set(call.run, { startedAt, drafts: drafts + 1, taken: taken + (good ? 1 : 0) })
    }
    if (now < reportAt) return
    reportAt = now + 30_000
    const ofToday = new Set<string>(liveTrial.runs.map((run) => trialRun(run, now)))
    await sendReports(
      { ...options, signal: stopping.signal },
      [...tried].map(([run, { startedAt, drafts, taken }]) => ({
        experiment: liveTrial.experiment,
        run,
        startedAt,
        endedAt: ofToday.has(run) ? null : now,
        values: { drafts: String(drafts), accepted: String(taken), acceptance: (taken / drafts).toFixed(4) },
      })),
    )
    for (const run of tried.keys()) if (!ofToday.has(run)) tried.delete(run)
  }

  const run = async () => {
    let from = started
    while (!stopping.signal.aborted) {
      await pause(random.between(300, 1100), stopping.signal)
      if (stopping.signal.aborted) break
      const now = Date.now()
      // After a sleep of the machine the gap stays empty: nobody called.
      const elapsed = Math.min(now - from, 5000)
      from = now
      const burst = random.chance(120) ? 2400 : 760
      const expectedThousandths = Math.min(4000, Math.max(1000, (2 * rhythmAt(now) * burst) / 1000)) * (elapsed / 1000)
      const count =
        Math.floor(expectedThousandths / 1000) + (random.chance(Math.round(expectedThousandths % 1000)) ? 1 : 0)
      const calls: Call[] = Array.from({ length: count }, () => liveCall(random, now - random.between(0, elapsed)))
      if (calls.length === 0) continue
      try {
        await ask({ ...options, signal: stopping.signal }, 'POST', '/v1/traces', {
          type: 'application/json',
          bytes: exportRequest(calls),
          gzip: true,
        })
        await report(calls, now)
        complained = false
      } catch (error) {
        if (!stopping.signal.aborted && !complained)
          options.log?.(
            `Sample calls are not getting through: ${error instanceof Error ? error.message : String(error)}`,
          )
        complained = true
      }
    }
  }
  const running = run()
  return {
    async stop() {
      stopping.abort()
      await running.catch(() => {})
    },
  }
}
