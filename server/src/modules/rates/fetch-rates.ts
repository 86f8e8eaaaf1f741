import { unavailable } from '../../primitives/errors'
import type { PublishedRate, RateSource } from './rate'
import { bokItems, readBok, readCbr, readEcb } from './read-rates'

/** Where the banks are asked; tests put a stand-in here. */
export type RateAddresses = { ecb: string; cbr: string; bok: string; bokKey: string | null }

export const bankAddresses: Omit<RateAddresses, 'bokKey'> = {
  ecb: 'https://www.ecb.europa.eu/stats/eurofxref',
  cbr: 'https://www.cbr.ru/scripts',
  bok: 'https://ecos.bok.or.kr/api',
}

const largest = 32 * 1024 * 1024
const dayMs = 86_400_000

/**
 * Rates that a bank published for the days `from` to `to` (both included), as it wrote them. The Bank of Russia is asked
 * day by day for working days; the others by range. Throws `rates_unavailable` or `rates_unreadable`.
 */
export async function fetchRates(
  source: Exclude<RateSource, 'own'>,
  from: string,
  to: string,
  addresses: RateAddresses,
): Promise<PublishedRate[]> {
  if (source === 'ecb') {
    const age = (Date.now() - Date.parse(`${from}T00:00:00Z`)) / dayMs
    const file = age < 2 ? 'eurofxref-daily.xml' : age < 85 ? 'eurofxref-hist-90d.xml' : 'eurofxref-hist.xml'
    const rates = readEcb(await get(source, `${addresses.ecb}/${file}`))
    return rates.filter(({ day }) => day >= from && day <= to)
  }
  if (source === 'cbr') {
    const all: PublishedRate[] = []
    const seen = new Set<string>()
    for (let at = Date.parse(`${from}T00:00:00Z`); at <= Date.parse(`${to}T00:00:00Z`); at += dayMs) {
      const day = new Date(at).toISOString().slice(0, 10)
      const [year, month, date] = day.split('-')
      const rates = readCbr(await get(source, `${addresses.cbr}/XML_daily.asp?date_req=${date}/${month}/${year}`))
      // Asked for a Sunday, the bank answers with the rate in force, which names its own day.
      for (const rate of rates) {
        const key = `${rate.currency} ${rate.day}`
        if (!seen.has(key)) all.push(rate)
        seen.add(key)
      }
    }
    return all
  }
  if (addresses.bokKey === null) {
    throw unavailable(
      'rates_unavailable',
      'The Bank of Korea needs a key: get one at ecos.bok.or.kr and set INFRAZEN_BOK_KEY.',
      { source },
    )
  }
  const all: PublishedRate[] = []
  const compact = (day: string) => day.replaceAll('-', '')
  for (const [currency, { item }] of Object.entries(bokItems)) {
    // The first rows of a range are returned: a year of working days fits into one answer.
    for (let start = from; start <= to; start = nextDay(lastOf(start, to))) {
      const end = lastOf(start, to)
      const path = `StatisticSearch/${encodeURIComponent(addresses.bokKey)}/json/kr/1/500/731Y001/D/${compact(start)}/${compact(end)}/${item}`
      all.push(...readBok(await get(source, `${addresses.bok}/${path}`), currency))
    }
  }
  return all
}

const nextDay = (day: string) => new Date(Date.parse(`${day}T00:00:00Z`) + dayMs).toISOString().slice(0, 10)
const lastOf = (start: string, to: string) => {
  const year = new Date(Date.parse(`${start}T00:00:00Z`) + 360 * dayMs).toISOString().slice(0, 10)
  return year < to ? year : to
}

async function get(source: RateSource, url: string): Promise<Buffer> {
  // The address may hold a key: it stays out of the message.
  const problem = (why: string, cause?: unknown) =>
    unavailable(
      'rates_unavailable',
      `${source} did not give its rates: ${why}. The rates of before stay in force.`,
      { source },
      { cause },
    )
  let response: Response
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(20_000), redirect: 'error' })
  } catch {
    throw problem('it cannot be reached')
  }
  if (!response.ok) throw problem(`it answered ${response.status}`)
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const part of response.body ?? []) {
      size += part.length
      if (size > largest) throw problem('its answer is too large')
      parts.push(part)
    }
  } catch (error) {
    throw error instanceof Error && 'code' in error ? error : problem('its answer was cut off')
  }
  return Buffer.concat(parts)
}
