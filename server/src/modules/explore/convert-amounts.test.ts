import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatDecimal, parseDecimal, sumDecimals } from '../../primitives/money'
import { answerQuestion } from './answer-question'
import type { QueryRequest } from './contract'
import { type LedgerFixture, openLedgerFixture, question } from './ledger-fixture'

/** Won for a dollar and for a rouble by local day of Seoul; 12 January has no rate for the rouble. */
const rates: Record<string, string> = {
  'USD 2026-01-10': '1440.477064220183486',
  'USD 2026-01-11': '1450.2',
  'USD 2026-01-12': '1451',
  'RUB 2026-01-10': '17.6',
  'RUB 2026-01-11': '17.7',
}
const charges = [
  // 10 January in UTC, 11 January in Seoul.
  { BillingCurrency: 'USD', amount: '10.1', at: '2026-01-10 15:30:00', service: 'A' },
  { BillingCurrency: 'USD', amount: '0.000000000000000000000000000001', at: '2026-01-10 01:00:00', service: 'A' },
  { BillingCurrency: 'USD', amount: '-3.3333333333', at: '2026-01-11 03:00:00', service: 'B' },
  { BillingCurrency: 'RUB', amount: '1000', at: '2026-01-10 03:00:00', service: 'B' },
  { BillingCurrency: 'RUB', amount: '77.5', at: '2026-01-12 03:00:00', service: 'C' },
  { BillingCurrency: 'KRW', amount: '5000', at: '2026-01-12 03:00:00', service: 'C' },
]

let ledger: LedgerFixture
beforeAll(async () => {
  ledger = await openLedgerFixture({
    timeZone: 'Asia/Seoul',
    now: () => Date.parse('2026-03-01T00:00:00Z'),
    exchangeRates: {
      version: () => 1,
      of: async (_, { into, currencies, from, to }) => ({
        source: 'bok',
        rates: Object.entries(rates)
          .map(([key, rate]) => ({ from: key.slice(0, 3), day: key.slice(4), rate }))
          .filter((rate) => into === 'KRW' && currencies.includes(rate.from) && rate.day >= from && rate.day <= to),
      }),
    },
  })
  await ledger.bill(
    charges.map(({ BillingCurrency, amount, at, service }) => ({
      BillingCurrency,
      EffectiveCost: amount,
      BilledCost: amount,
      ChargePeriodStart: at,
      ServiceName: service,
    })),
  )
  // A call on no bill, 0.003 dollars.
  await ledger.calls([{ StartedAt: '2026-01-11 20:00:00.000' }])
})
afterAll(() => ledger.close())

const ask = (request: Partial<QueryRequest>) =>
  answerQuestion(
    ledger.explorer,
    { organizationId: ledger.organizationId, actor: 'test' },
    question({
      metrics: ['effective_cost'],
      period: { from: '2026-01-10', to: '2026-01-13' },
      convertTo: 'KRW',
      ...request,
    }),
  )

function product(a: string, b: string): string {
  const [x, y] = [parseDecimal(a), parseDecimal(b)]
  if (!x || !y) throw new Error('no number')
  return formatDecimal({ units: x.units * y.units, scale: x.scale + y.scale })
}
const total = sumDecimals([
  product('10.1', '1450.2'),
  product('0.000000000000000000000000000001', '1440.477064220183486'),
  product('-3.3333333333', '1450.2'),
  product('1000', '17.6'),
  product('0.003', '1451'),
  '5000',
])

test('every amount is multiplied by the rate of its local day, exactly; what has no rate stays apart in its currency', async () => {
  const answer = await ask({})
  expect(answer.columns.map(({ id }) => id)).toEqual(['currency', 'effective_cost'])
  expect(Object.fromEntries(answer.rows.map(([currency, amount]) => [currency, amount]))).toEqual({
    KRW: total,
    RUB: '77.5',
  })
  expect(answer.conversion).toEqual({
    into: 'KRW',
    source: 'bok',
    currencies: [
      { currency: 'RUB', days: 2, missing: 1, lowest: '17.6', highest: '17.7' },
      { currency: 'USD', days: 3, missing: 0, lowest: '1440.477064220183486', highest: '1451' },
    ],
  })
})

test.each([['service'], ['provider'], ['basis']])(
  'split by %s, converted amounts add up to the whole',
  async (dimension) => {
    const { columns, rows, totals } = await ask({ dimensions: [dimension] })
    const [currency, amount] = [columns.findIndex(({ id }) => id === 'currency'), columns.length - 1]
    const won = rows.filter((row) => row[currency] === 'KRW').map((row) => row[amount] as string)
    expect(sumDecimals(won)).toBe(total)
    expect(totals.find((row) => row[currency] === 'KRW')?.[amount]).toBe(total)
  },
)

test.each(['15m', 'hour', 'day', 'month'] as const)(
  'by %s, converted amounts add up to the whole',
  async (granularity) => {
    const { columns, rows } = await ask({ granularity })
    const [currency, amount] = [columns.findIndex(({ id }) => id === 'currency'), columns.length - 1]
    expect(sumDecimals(rows.filter((row) => row[currency] === 'KRW').map((row) => row[amount] as string))).toBe(total)
  },
)

test('where every amount has a rate, the answer is in one currency', async () => {
  const { columns, rows } = await ask({ period: { from: '2026-01-10', to: '2026-01-12' } })
  expect(columns).toMatchObject([{ id: 'effective_cost', currency: 'KRW' }])
  expect(rows).toHaveLength(1)
})

test('charges of one currency alone can be converted too', async () => {
  const { columns, rows } = await ask({ currency: 'USD' })
  expect(columns).toMatchObject([{ id: 'effective_cost', currency: 'KRW' }])
  expect(rows[0]?.[0]).toBe(
    sumDecimals([
      product('10.1', '1450.2'),
      product('0.000000000000000000000000000001', '1440.477064220183486'),
      product('-3.3333333333', '1450.2'),
      product('0.003', '1451'),
    ]),
  )
})

test('without a rate for anything, amounts stay as they are', async () => {
  const { columns, rows, conversion } = await ask({ convertTo: 'EUR' })
  const currency = columns.findIndex(({ id }) => id === 'currency')
  expect(rows.map((row) => row[currency]).sort()).toEqual(['KRW', 'RUB', 'USD'])
  expect(conversion?.currencies.every(({ days }) => days === 0)).toBe(true)
})
