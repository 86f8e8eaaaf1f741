import type { Scope } from '../../primitives/scope'
import type { Postgres } from '../../storage/postgres'
import { listRates } from './list-rates'
import type { RateSource } from './rate'
import { ratesVersion } from './rate-store'

const keptMs = 60_000

/**
 * Rates as questions take them: of the organization's own source, for whole periods. Kept for a minute, and no longer than
 * until a rate changes in this process.
 * `of` gives null where the organization has chosen none.
 */
export function dailyRates(postgres: Postgres, sourceOf: (scope: Scope) => Promise<RateSource | null>) {
  const kept = new Map<string, { until: number; answer: Promise<{ source: RateSource; rates: DailyRate[] }> }>()
  return {
    version: ratesVersion,
    async of(scope: Scope, wanted: { into: string; currencies: string[]; from: string; to: string }) {
      const source = await sourceOf(scope)
      if (source === null) return null
      const key = JSON.stringify([scope.organizationId, source, wanted, ratesVersion()])
      const found = kept.get(key)
      if (found && found.until > Date.now()) return found.answer
      const answer = listRates(postgres, scope, { ...wanted, source }).then(({ rates }) => ({ source, rates }))
      if (kept.size > 200) kept.clear()
      kept.set(key, { until: Date.now() + keptMs, answer })
      answer.catch(() => kept.delete(key))
      return answer
    },
  }
}

type DailyRate = { from: string; day: string; rate: string }
