import type { Run } from '@server/modules/experiments/contract'
import { useRuns } from '../../api'
import { instantOf } from '../../app/period'
import { useQuestion } from '../../app/question'
import { add, ratio } from '../../ui/format'

export const keyOf = (run: Pick<Run, 'experiment' | 'run'>) => `${run.experiment}\n${run.run}`

/** Runs of the asked period. */
export function usePeriodRuns() {
  const { period, timeZone, units } = useQuestion()
  return useRuns({
    from: instantOf(period.from, 0, 0, timeZone).toISOString(),
    to: instantOf(period.to, 0, 0, timeZone).toISOString(),
    teams: units,
  })
}

/** What the priced calls of a run cost in `currency`; null where none has a price in it. */
export const costOf = (run: Run, currency: string): string | null =>
  run.costs.find((cost) => cost.currency === currency)?.amount ?? null

/** The cost so far at the end of each hour with calls, in order. */
export function courseOf(run: Run, currency: string): string[] {
  let total = '0'
  return run.hours.map(({ costs }) => {
    total = add(total, costs.find((cost) => cost.currency === currency)?.amount ?? '0')
    return total
  })
}

/** Names of figures that any of the runs reported, the most often reported first. */
export function figuresOf(runs: readonly Run[]): string[] {
  const seen = new Map<string, number>()
  for (const run of runs) for (const name of Object.keys(run.values)) seen.set(name, (seen.get(name) ?? 0) + 1)
  return [...seen].sort(([a, times], [b, others]) => others - times || a.localeCompare(b)).map(([name]) => name)
}

/** Cost of one call; null where nothing has a price. Calls without a price are not in it. */
export function perCall(run: Run, currency: string): string | null {
  const cost = costOf(run, currency)
  const priced = String(BigInt(run.calls) - BigInt(run.unpricedCalls))
  return cost === null ? null : ratio(cost, priced, 12)
}

export const errorShare = (run: Run) => ratio(run.errors, run.calls)

/** How long a run took or has taken so far, in milliseconds; null where its start is not known. */
export function durationOf(run: Run, now: Date): number | null {
  if (run.startedAt === null) return null
  const last = run.hours.at(-1)?.hour
  const end =
    run.endedAt !== null
      ? Date.parse(run.endedAt)
      : run.state === 'running'
        ? now.getTime()
        : last === undefined
          ? null
          : Date.parse(last) + 3_600_000
  return end === null ? null : Math.max(0, end - Date.parse(run.startedAt))
}
