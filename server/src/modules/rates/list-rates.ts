import { invalid } from '../../primitives/errors'
import type { Scope } from '../../primitives/scope'
import type { Postgres } from '../../storage/postgres'
import { daysBetween, type Rate, type RateSource, rateOf } from './rate'
import { rateLookup } from './rate-store'

/**
 * The rate of each currency into another for every day from `from` to `to` (both included). A day without a rate is named
 * in `missing`. Throws `period_too_long` beyond five years.
 */
export async function listRates(
  postgres: Postgres,
  scope: Scope,
  wanted: { source: RateSource; from: string; to: string; into: string; currencies: readonly string[] },
): Promise<{ rates: Rate[]; missing: { from: string; day: string }[] }> {
  const days = daysBetween(wanted.from, wanted.to)
  if (days < 0 || days > 1830) throw invalid('period_too_long', 'Ask for rates of one day up to five years.')
  const latestOn = await rateLookup(postgres, scope, wanted.source, wanted.from, wanted.to)
  const rates: Rate[] = []
  const missing: { from: string; day: string }[] = []
  for (const currency of wanted.currencies) {
    for (let n = 0; n <= days; n++) {
      const day = new Date(Date.parse(`${wanted.from}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10)
      const rate = rateOf(wanted.source, currency, wanted.into, day, latestOn)
      if (rate) rates.push(rate)
      else missing.push({ from: currency, day })
    }
  }
  return { rates, missing }
}
