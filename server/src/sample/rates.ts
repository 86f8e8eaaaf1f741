import { DAY, dayText, type Story } from './calendar'
import { ask, type Server } from './http'
import { randomOf } from './random'

/** Units for a dollar, in thousandths: where the walk of each currency ends on the last day. */
const endsAt = { KRW: 1_462_300, RUB: 80_940, EUR: 862 }
/** Steps up or down of a working day, in parts of a million. */
const stepPpm = { KRW: 3200, RUB: 6100, EUR: 2400 }
const days = 430

/** Made-up rates for working days, as the company's treasury would enter them, and the choice to use them. */
export async function enterRates(server: Server, story: Story): Promise<void> {
  const rates: { currency: string; day: string; value: string }[] = []
  for (const currency of ['KRW', 'RUB', 'EUR'] as const) {
    let value = endsAt[currency]
    for (let back = 0; back <= days; back++) {
      const day = story.today - back
      const weekday = new Date(day * DAY).getUTCDay()
      if (weekday !== 0 && weekday !== 6)
        rates.push({
          currency,
          day: dayText(day),
          value: `${Math.floor(value / 1000)}.${String(value % 1000).padStart(3, '0')}`,
        })
      const step = randomOf(`${story.seed}|rate|${currency}|${day}`).between(-stepPpm[currency], stepPpm[currency])
      value += Math.trunc((value * step) / 1_000_000)
    }
  }
  const json = (body: unknown) => ({ type: 'application/json', bytes: JSON.stringify(body) })
  await ask(server, 'PUT', '/api/v1/rates/own', json({ rates }))
  const { rateSource } = (await ask(server, 'GET', '/api/v1/organization')) as { rateSource: string | null }
  if (rateSource === null) await ask(server, 'PATCH', '/api/v1/organization', json({ rateSource: 'own' }))
}
