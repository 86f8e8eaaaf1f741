import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { textOf, unitsOf } from '../allocation'
import { type DaySides, explainDifference, type LeafSides } from './explain-difference'

const tokens = (count: number | string) => unitsOf(String(count))
/** Bill and telemetry agree unless a test says otherwise: a million tokens at 3 a million. */
const leaf = (over: Partial<LeafSides> = {}): LeafSides => ({
  leaf: 'input',
  term: 'standard',
  billed: unitsOf('3'),
  billedQuantity: tokens(1_000_000),
  providerQuantity: null,
  estimate: unitsOf('3'),
  quantity: tokens(1_000_000),
  unpricedQuantity: 0n,
  nearStart: 0n,
  nearEnd: 0n,
  recordedLater: 0n,
  ...over,
})
const nobody = { billed: 0n, billedQuantity: null, estimate: 0n, quantity: 0n }
const aDay = (leaves: LeafSides[], over: Partial<DaySides> = {}): DaySides => ({
  day: '2026-01-10',
  leaves,
  lines: leaves.length,
  cutShort: false,
  ...over,
})
const partsOf = (...leaves: LeafSides[]) => partsOfDays([aDay(leaves)])[0]
const partsOfDays = (days: DaySides[], digits = 2) =>
  explainDifference(days, digits).map(({ parts }) =>
    Object.fromEntries([...parts].map(([id, amount]) => [id, textOf(amount)])),
  )

describe('each cause of a difference has its own name', () => {
  test('nothing differs', () => {
    expect(partsOf(leaf())).toEqual({})
  })
  test('missing key: the provider counts tokens that no call reported', () => {
    expect(partsOf(leaf({ billed: unitsOf('4.5'), billedQuantity: tokens(1_500_000) }))).toEqual({ missing_key: '1.5' })
  })
  test('telemetry only: calls that were never billed', () => {
    expect(partsOf(leaf({ quantity: tokens(1_200_000), estimate: unitsOf('3.6') }))).toEqual({ telemetry_only: '-0.6' })
  })
  test('unpriced: calls without a price, at the price of the bill', () => {
    expect(partsOf(leaf({ estimate: unitsOf('2.25'), unpricedQuantity: tokens(250_000) }))).toEqual({
      unpriced: '0.75',
    })
  })
  test('cache: tokens that the provider read from its cache and telemetry priced in full', () => {
    expect(
      partsOf(
        leaf({ billed: unitsOf('1.8'), billedQuantity: tokens(600_000) }),
        leaf({ ...nobody, leaf: 'cache_read', billed: unitsOf('0.12'), billedQuantity: tokens(400_000) }),
      ),
    ).toEqual({ cache: '-1.08' })
  })
  test('batch: tokens billed at half the price that telemetry took for ordinary ones', () => {
    expect(
      partsOf(
        leaf({ billed: unitsOf('1.5'), billedQuantity: tokens(500_000) }),
        leaf({ ...nobody, term: 'batch', billed: unitsOf('0.75'), billedQuantity: tokens(500_000) }),
      ),
    ).toEqual({ batch: '-0.75' })
  })
  test('tier: tokens served faster than telemetry knew, and dearer', () => {
    expect(
      partsOf(
        leaf({ ...nobody, estimate: unitsOf('3'), quantity: tokens(1_000_000) }),
        leaf({ ...nobody, term: 'priority', billed: unitsOf('6'), billedQuantity: tokens(1_000_000) }),
      ),
    ).toEqual({ tier: '3' })
  })
  test('price: as many tokens at another price', () => {
    expect(partsOf(leaf({ billed: unitsOf('2.4') }))).toEqual({ price: '-0.6' })
  })
  test('rounding: not more than half of the last digit of the bill on each line', () => {
    expect(partsOf(leaf({ billed: unitsOf('3'), estimate: unitsOf('3.0049') }))).toEqual({ rounding: '-0.0049' })
    expect(partsOf(leaf({ billed: unitsOf('3'), estimate: unitsOf('3.0051') }))).toEqual({ price: '-0.0051' })
  })
  test('late: a call near midnight that the provider counts on the next day', () => {
    const before = leaf({ quantity: tokens(1_100_000), estimate: unitsOf('3.3'), nearEnd: tokens(150_000) })
    const after = leaf({ billed: unitsOf('3.3'), billedQuantity: tokens(1_100_000) })
    expect(partsOfDays([aDay([before]), aDay([after], { day: '2026-01-11' })])).toEqual([
      { late: '-0.3' },
      { late: '0.3' },
    ])
  })
  test('late stops at what was called near midnight', () => {
    const before = leaf({ quantity: tokens(1_100_000), estimate: unitsOf('3.3'), nearEnd: tokens(40_000) })
    const after = leaf({ billed: unitsOf('3.3'), billedQuantity: tokens(1_100_000) })
    expect(partsOfDays([aDay([before]), aDay([after], { day: '2026-01-11' })])).toEqual([
      { late: '-0.12', telemetry_only: '-0.18' },
      { late: '0.12', missing_key: '0.18' },
    ])
  })
  test('late: a bill that was written before its day was over', () => {
    const day = aDay([leaf({ billed: unitsOf('1.5'), billedQuantity: tokens(500_000) })], { cutShort: true })
    expect(partsOfDays([day])).toEqual([{ late: '-1.5' }])
  })
})

test('a bill without quantities is compared by what the provider counted', () => {
  const both = leaf({ billedQuantity: null, providerQuantity: tokens(1_500_000), billed: unitsOf('4.5') })
  expect(partsOf(both)).toEqual({ missing_key: '1.5' })
})

test('where nobody says how much was used, what cannot be told apart is named other', () => {
  expect(partsOf(leaf({ billedQuantity: null, billed: unitsOf('4.5') }))).toEqual({ other: '1.5' })
  expect(partsOf(leaf({ ...nobody, billed: unitsOf('4.5') }))).toEqual({ missing_key: '4.5' })
})

test('the parts add up to the difference to the last digit, whatever both sides say', () => {
  const amount = fc.bigInt({ min: -(10n ** 31n), max: 10n ** 33n })
  const quantity = fc.bigInt({ min: 0n, max: 10n ** 8n }).map((n) => n * 10n ** 30n)
  const aLeaf = fc
    .record({
      leaf: fc.constantFrom('input', 'cache_read', 'cache_write', 'output', 'other', ''),
      term: fc.constantFrom('standard', 'batch', 'priority'),
      billed: fc.oneof(amount, fc.constant(0n)),
      billedQuantity: fc.option(quantity),
      providerQuantity: fc.option(quantity),
      estimate: fc.oneof(amount, fc.constant(0n)),
      quantity: fc.oneof(quantity, fc.constant(0n)),
      share: fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 7 })),
    })
    .map(({ share, ...sides }) => ({
      ...sides,
      unpricedQuantity: (sides.quantity * BigInt(share[0])) / 7n,
      nearStart: (sides.quantity * BigInt(share[1])) / 7n,
      nearEnd: (sides.quantity * BigInt(share[2])) / 7n,
      recordedLater: 0n,
    }))
  const leaves = fc.uniqueArray(aLeaf, { maxLength: 6, selector: (one) => one.leaf + one.term })
  const days = fc.array(fc.record({ leaves, lines: fc.nat(50), cutShort: fc.boolean() }), {
    minLength: 1,
    maxLength: 4,
  })
  fc.assert(
    fc.property(days, fc.integer({ min: 0, max: 30 }), (sides, digits) => {
      const given = sides.map((side, i) => ({ ...side, day: `2026-01-1${i}` }))
      for (const [i, { parts, billed, estimate }] of explainDifference(given, digits).entries()) {
        const sum = (pick: (one: LeafSides) => bigint) => given[i]!.leaves.reduce((total, one) => total + pick(one), 0n)
        expect([billed, estimate]).toEqual([sum((one) => one.billed), sum((one) => one.estimate)])
        expect([...parts.values()].reduce((a, b) => a + b, 0n)).toBe(billed - estimate)
      }
    }),
    { numRuns: 500 },
  )
})
