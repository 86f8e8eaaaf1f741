import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sumDecimals } from '../../primitives/money'
import { answerQuestion } from './answer-question'
import { ExplainChangeRequest } from './contract'
import { type ChangedItem, decomposeChange } from './decompose-change'
import { explainChange } from './explain-change'
import { type LedgerFixture, openLedgerFixture, question } from './ledger-fixture'
import { listPriceChanges } from './list-price-changes'

describe('the parts of a change', () => {
  const item = (unit: string | null, q0: string, q1: string, c0: string, c1: string): ChangedItem => ({
    unit,
    quantityBefore: q0,
    quantityAfter: q1,
    costBefore: c0,
    costAfter: c1,
  })

  test('more of one item at the same price is quantity alone', () => {
    expect(decomposeChange([item('hours', '3', '4', '1', '1.333333333333333333333333333333')])).toEqual({
      change: '0.333333333333333333333333333333',
      quantity: '0.333333333333333333333333333333',
      price: '0',
      mix: '0',
      costOnly: '0',
    })
  })

  test('the same items at another price is price alone, and a dearer item taking the place of a cheaper one is mix', () => {
    expect(decomposeChange([item('tokens', '100', '100', '10', '8')])).toMatchObject({ quantity: '0', price: '-2' })
    const shifted = [item('tokens', '50', '10', '5', '1'), item('tokens', '50', '90', '50', '90')]
    expect(decomposeChange(shifted)).toEqual({ change: '36', quantity: '0', price: '0', mix: '36', costOnly: '0' })
  })

  test('units are never added, and what states no quantity is named apart', () => {
    const parts = decomposeChange([
      item('hours', '1', '2', '10', '20'),
      item('gb', '5', '0', '5', '0'),
      item(null, '0', '0', '3', '1'),
    ])
    expect(parts).toEqual({ change: '3', quantity: '5', price: '0', mix: '0', costOnly: '-2' })
  })

  test('the parts add up to the change to the last digit, whatever the items', () => {
    const decimal = fc
      .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 18 }))
      .map(([units, places]) => {
        const digits = String(units < 0n ? -units : units).padStart(places + 1, '0')
        const cut = digits.length - places
        return `${units < 0n ? '-' : ''}${digits.slice(0, cut)}${places ? `.${digits.slice(cut)}` : ''}`
      })
    const anItem = fc.record({
      unit: fc.constantFrom('tokens', 'hours', null),
      quantityBefore: decimal,
      quantityAfter: decimal,
      costBefore: decimal,
      costAfter: decimal,
    })
    fc.assert(
      fc.property(fc.array(anItem, { maxLength: 12 }), (items) => {
        const { change, quantity, price, mix, costOnly } = decomposeChange(items)
        expect(sumDecimals([quantity, price, mix, costOnly])).toBe(change)
        expect(change).toBe(sumDecimals(items.flatMap((one) => [one.costAfter, negated(one.costBefore)])))
      }),
    )
  })
})

describe('explaining a change from the ledger', () => {
  let ledger: LedgerFixture
  beforeAll(async () => {
    ledger = await openLedgerFixture({ now: () => Date.parse('2026-03-01T00:00:00Z') })
    const ec2 = { ServiceName: 'Amazon EC2', ConsumedUnit: 'Hours', SkuId: 'small' }
    await ledger.bill([
      { ...ec2, ConsumedQuantity: '100', EffectiveCost: '10' },
      { ...ec2, SkuId: 'large', ConsumedQuantity: '100', EffectiveCost: '40' },
      { ServiceName: 'Amazon EC2', ChargeCategory: 'Credit', EffectiveCost: '-5' },
      { ServiceName: 'Amazon S3', ConsumedUnit: 'GB', SkuId: 's3', ConsumedQuantity: '10', EffectiveCost: '1.5' },
    ])
    const february = { ChargePeriodStart: '2026-02-10 00:00:00', ChargePeriodEnd: '2026-02-11 00:00:00' }
    await ledger.bill(
      [
        { ...ec2, ...february, ConsumedQuantity: '200', EffectiveCost: '24' },
        { ...ec2, ...february, SkuId: 'large', ConsumedQuantity: '100', EffectiveCost: '40' },
        {
          ...february,
          ServiceProviderName: 'OpenAI',
          ServiceName: 'OpenAI API',
          ConsumedUnit: 'Tokens',
          SkuId: 'gpt-input',
          ConsumedQuantity: '100',
          EffectiveCost: '0.1',
        },
      ],
      { days: [{ provider: 'OpenAI', account: '', day: '2026-02-10' }] },
    )
    await ledger.calls([
      { StartedAt: '2026-01-10 00:00:00.000' },
      // Covered by the bill of the day, so that its money must not count again.
      { StartedAt: '2026-02-10 00:00:00.000' },
      { StartedAt: '2026-02-11 00:00:00.000', Quantities: [200, 20], UnitCosts: ['0.002', '0.004'], Cost: '0.006' },
    ])
  })
  afterAll(() => ledger.close())

  const scope = () => ({ organizationId: ledger.organizationId, actor: 'test' })
  const periods = {
    period: { from: '2026-02-01', to: '2026-03-01' },
    comparison: { from: '2026-01-01', to: '2026-02-01' },
  }
  const explain = (request: Partial<ExplainChangeRequest> = {}) =>
    explainChange(
      ledger.explorer,
      scope(),
      ExplainChangeRequest.parse({ dimension: 'service', currency: 'USD', ...periods, ...request }),
    )

  test('each value is split into quantity, price and mix of its own SKUs', async () => {
    const { groups } = await explain()
    const of = (value: string) => groups.find((group) => group.value === value)
    // Average price 0.25: 100 hours more are 25; small ones went from 0.10 to 0.12, on 200 hours; the rest is that they are the cheaper ones.
    expect(of('Amazon EC2')).toEqual({
      value: 'Amazon EC2',
      before: '45',
      after: '64',
      change: '19',
      quantity: '25',
      price: '4',
      mix: '-15',
      costOnly: '5',
    })
    expect(of('Amazon S3')).toMatchObject({ before: '1.5', after: null, change: '-1.5', quantity: '-1.5' })
  })

  test('changes are those of the same question asked twice, whatever it is split by', async () => {
    for (const dimension of ['service', 'provider', 'model', 'team']) {
      const answer = await explain({ dimension })
      const ask = async (period: { from: string; to: string }) => {
        const { rows } = await answerQuestion(
          ledger.explorer,
          scope(),
          question({ metrics: ['effective_cost'], dimensions: [dimension], period, currency: 'USD' }),
        )
        return new Map(rows.map(([value, cost]) => [value, cost]))
      }
      const [after, before] = [await ask(periods.period), await ask(periods.comparison)]
      for (const group of answer.groups) {
        expect(group.after, `${dimension} ${group.value}`).toBe(after.get(group.value) ?? null)
        expect(group.before, `${dimension} ${group.value}`).toBe(before.get(group.value) ?? null)
        expect(sumDecimals([group.quantity, group.price, group.mix, group.costOnly])).toBe(group.change)
      }
      expect(answer.groups.length).toBe(new Set([...after.keys(), ...before.keys()]).size)
      expect(answer.total.change).toBe(sumDecimals(answer.groups.map((group) => group.change)))
    }
  })

  test('filters hold, and a metric that is no cost is refused with what can be asked', async () => {
    const { groups } = await explain({ filters: [{ dimension: 'service', in: ['Amazon S3'] }] })
    expect(groups.map((group) => group.value)).toEqual(['Amazon S3'])
    await expect(explain({ metric: 'calls' })).rejects.toMatchObject({ code: 'unexplained_metric' })
  })
})

describe('price changes', () => {
  test('a SKU whose list price became another is named with the day; tiers on one day are not a change', async () => {
    const ledger = await openLedgerFixture({ now: () => Date.parse('2026-03-01T00:00:00Z') })
    const day = (date: string, sku: string, price: string) => ({
      ChargePeriodStart: `${date} 00:00:00`,
      ChargePeriodEnd: `${date} 12:00:00`,
      SkuId: sku,
      SkuMeter: `${sku} meter`,
      PricingUnit: 'Hours',
      ListUnitPrice: price,
      EffectiveCost: '1',
    })
    await ledger.bill([
      day('2026-01-10', 'moved', '0.1'),
      day('2026-01-11', 'moved', '0.1'),
      day('2026-01-13', 'moved', '0.12'),
      day('2026-01-14', 'moved', '0.12'),
      day('2026-01-10', 'tiers', '1'),
      day('2026-01-11', 'tiers', '1'),
      day('2026-01-11', 'tiers', '2'),
      day('2026-01-10', 'same', '3'),
      day('2026-01-11', 'same', '3'),
    ])
    const request = { period: { from: '2026-01-01', to: '2026-02-01' }, currency: 'USD' }
    const { changes } = await listPriceChanges(
      ledger.explorer,
      { organizationId: ledger.organizationId, actor: 'test' },
      request,
    )
    expect(changes).toEqual([
      {
        provider: 'Amazon Web Services',
        service: 'Amazon EC2',
        name: 'moved meter',
        at: '2026-01-13T00:00:00Z',
        unit: 'Hours',
        before: '0.1',
        after: '0.12',
      },
    ])
    await ledger.close()
  })
})

const negated = (value: string) => (value.startsWith('-') ? value.slice(1) : `-${value}`)
