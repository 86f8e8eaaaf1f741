import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../primitives/ids'
import { answerQuestion } from './answer-question'
import type { Granularity, QueryRequest } from './contract'
import { type Explorer, openExplorer } from './explorer'
import { type LedgerFixture, openLedgerFixture, question } from './ledger-fixture'
import { metrics } from './metrics'

let ledger: LedgerFixture
let plain: Explorer
const now = () => Date.parse('2026-06-01T00:00:00Z')
beforeAll(async () => {
  ledger = await openLedgerFixture({ now })
  plain = openExplorer({ clickhouse: ledger.clickhouse, timeZoneOf: async () => 'UTC', now })
  // As if the organization had too much to be kept: every question is a statement over the roll-ups.
  plain.kept.blocksOf = async () => null
})
afterAll(async () => {
  plain.close()
  await ledger.close()
})

const start = Date.parse('2026-03-20T00:00:00Z')
const days = 20
const moment = (quarters: number) => new Date(start + quarters * 900_000).toISOString()
const teams = ['a', 'b', 'é', '😀', '\uffee', '']

test('what is kept in memory answers as the engine does: every metric, order, filter and cut, to the last digit', async () => {
  let fromMemory = 0
  const { blocksOf } = ledger.explorer.kept
  ledger.explorer.kept.blocksOf = (...args) => {
    fromMemory++
    return blocksOf.apply(ledger.explorer.kept, args)
  }
  const call = fc.record({
    at: fc.integer({ min: 0, max: days * 86_400_000 - 1 }),
    cost: fc.option(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 27n }), { freq: 5 }),
    partly: fc.boolean(),
    team: fc.constantFrom(...teams),
    model: fc.constantFrom('m1', 'm2', ''),
    account: fc.constantFrom('', '1'),
    currency: fc.constantFrom('USD', 'USD', 'KRW'),
    tokens: fc.integer({ min: 0, max: 1_000_000_000 }),
    failed: fc.boolean(),
    sign: fc.constantFrom(1, 1, 1, -1),
  })
  const charge = fc.record({
    from: fc.integer({ min: 0, max: days * 24 }),
    length: fc.integer({ min: 1, max: 200 }),
    cost: fc.bigInt({ min: -(10n ** 6n), max: 10n ** 20n }),
    list: fc.option(fc.bigInt({ min: 0n, max: 10n ** 20n })),
    team: fc.constantFrom(...teams),
    account: fc.constantFrom('1', '2'),
    currency: fc.constantFrom('USD', 'EUR'),
    unit: fc.constantFrom('GB', 'Hours', null),
    provider: fc.constantFrom('OpenAI', 'Amazon Web Services'),
  })
  const ids = metrics.map(({ id }) => id)
  const asked = fc
    .record({
      metrics: fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1, maxLength: 6 }),
      dimensions: fc.subarray(['team', 'model', 'provider', 'currency', 'basis', 'resource', 'cost_status'], {
        maxLength: 3,
      }),
      granularity: fc.constantFrom<Granularity | null>(null, '15m', 'hour', 'day', 'week', 'month', 'quarter', 'year'),
      timeZone: fc.constantFrom('UTC', 'Asia/Seoul', 'America/New_York', 'Asia/Kolkata', 'Africa/Cairo'),
      from: fc.integer({ min: -96, max: days * 96 }),
      length: fc.integer({ min: 1, max: days * 96 }),
      filters: fc.subarray(
        [
          { dimension: 'team', in: ['a', null, '😀'] },
          { dimension: 'team', notIn: ['b', null] },
          { dimension: 'model', isNull: false },
          { dimension: 'model', contains: 'M1' },
          { dimension: 'provider', in: ['OpenAI'] },
          { dimension: 'resource', isNull: true },
        ],
        { maxLength: 2 },
      ),
      currency: fc.constantFrom(undefined, undefined, 'USD', 'EUR'),
      limit: fc.constantFrom(1, 3, 10_000),
      order: fc.array(fc.tuple(fc.nat(), fc.constantFrom<'asc' | 'desc'>('asc', 'desc')), { maxLength: 3 }),
    })
    .map(({ from, length, order, granularity, ...rest }): QueryRequest => {
      const columns = [...rest.metrics, ...rest.dimensions, ...(granularity ? ['time'] : [])]
      return {
        ...rest,
        granularity,
        period: { from: moment(from), to: moment(from + length) },
        orderBy: order.map(([n, direction]) => ({ id: columns[n % columns.length]!, direction })),
      }
    })
  const decimal = (units: bigint) => `${units}e-15`
  let questions = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(call, { maxLength: 80 }),
      fc.array(charge, { maxLength: 12 }),
      fc.array(asked, { minLength: 25, maxLength: 25 }),
      async (calls, charges, list) => {
        const organizationId = newId()
        if (calls.length > 0)
          await ledger.calls(
            calls.map((c) => ({
              OrganizationId: organizationId,
              StartedAt: new Date(start + c.at).toISOString(),
              RecordedAt: new Date(start + c.at + 5).toISOString(),
              AccountId: c.account,
              Team: c.team,
              Model: c.model,
              Currency: c.cost === null ? '' : c.currency,
              Cost: c.cost === null ? null : decimal(c.cost),
              CostStatus: c.cost === null ? 'unpriced' : c.partly ? 'partial' : 'priced',
              IsError: c.failed ? 1 : 0,
              Sign: c.sign,
              Units: ['input.text.plain', 'output.text.visible', 'second.gpu'],
              Quantities: [c.tokens, 7, 11],
              UnitCosts: [c.cost === null ? null : decimal(c.cost), null, null],
            })),
          )
        if (charges.length > 0)
          await ledger.bill(
            charges.map((c) => ({
              ServiceProviderName: c.provider,
              BillingAccountId: c.account,
              BillingCurrency: c.currency,
              EffectiveCost: decimal(c.cost),
              BilledCost: decimal(c.cost / 2n),
              ListCost: c.list === null ? null : decimal(c.list),
              ConsumedUnit: c.unit ?? '',
              ConsumedQuantity: c.unit === null ? null : decimal(c.cost),
              x_Tags: c.team === '' ? {} : { team: c.team },
              ChargePeriodStart: moment(c.from * 4).slice(0, 19),
              ChargePeriodEnd: moment((c.from + c.length) * 4).slice(0, 19),
            })),
            { organizationId, covers: true },
          )
        for (const request of list) {
          const scope = { organizationId, actor: 'test' }
          const [kept, anew] = await Promise.all(
            [ledger.explorer, plain].map((explorer) => answerQuestion(explorer, scope, question(request))),
          )
          expect(kept, JSON.stringify(request)).toEqual(anew)
          questions++
        }
      },
    ),
    { numRuns: 6, endOnFailure: true },
  )
  // Two sums a question, that of its rows and that of what stands behind them: most come from memory.
  expect(fromMemory).toBeGreaterThan(questions)
}, 240_000)
