import { Failure } from '../../primitives/errors'
import type { Postgres } from '../../storage/postgres'
import { fetchRates, type RateAddresses } from './fetch-rates'
import type { RateSource } from './rate'
import { listFetches, noteFetch, saveRates } from './rate-store'

type Bank = Exclude<RateSource, 'own'>

/** Asks a bank for the days `from` to `to` and keeps what it published. The attempt is noted whatever comes of it. */
export async function updateRates(
  postgres: Postgres,
  source: Bank,
  from: string,
  to: string,
  addresses: RateAddresses,
): Promise<{ published: number; changed: number }> {
  try {
    const rates = await fetchRates(source, from, to, addresses)
    const changed = await saveRates(postgres, source, null, rates, source)
    const through =
      rates
        .map(({ day }) => day)
        .sort()
        .at(-1) ?? null
    await noteFetch(postgres, source, through, null)
    return { published: rates.length, changed }
  } catch (error) {
    await noteFetch(postgres, source, null, error instanceof Failure ? error.message : 'It failed; see the log.')
    throw error
  }
}

const hourMs = 3_600_000
const backFillDays = 400

/**
 * Keeps the rates of the sources that organizations have chosen current: soon after the start, then every few hours, so
 * that a day's rate is there within hours of its publication. A source that fails is tried again the next time.
 * Returns a function that stops it.
 */
export function keepRatesCurrent(deps: {
  postgres: Postgres
  addresses: RateAddresses
  chosenSources: () => Promise<readonly RateSource[]>
  onFailure: (error: unknown, source: RateSource) => void
  now?: () => number
}): () => void {
  const now = deps.now ?? Date.now
  let timer: ReturnType<typeof setTimeout>
  let stopped = false
  const round = async () => {
    const noted = new Map((await listFetches(deps.postgres)).map((one) => [one.source, one]))
    for (const source of await deps.chosenSources()) {
      if (source === 'own' || stopped) continue
      const through = noted.get(source)?.through
      const from = through ? Date.parse(`${through}T00:00:00Z`) : now() - backFillDays * 24 * hourMs
      // The Bank of Russia publishes the rate of the next day.
      const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)
      await updateRates(deps.postgres, source, day(from), day(now() + 24 * hourMs), deps.addresses).catch((error) =>
        deps.onFailure(error, source),
      )
    }
  }
  const plan = (ms: number) => {
    timer = setTimeout(() => {
      void round()
        .catch((error) => deps.onFailure(error, 'own'))
        .finally(() => {
          if (!stopped) plan(4 * hourMs + Math.random() * hourMs)
        })
    }, ms)
    timer.unref()
  }
  plan(30_000 + Math.random() * 30_000)
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
