import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../primitives/ids'
import { unitsOf } from './amounts'
import { computeRun } from './compute-run'
import { costColumns, RuleDocument, type RuleDocumentInput } from './contract'
import { aUnit, type Ledger, openLedger } from './ledger.fixture'
import { add, compare, multiply, one, type Ratio, ratio, subtract, sum, zero } from './ratio'
import { nobody, type SharedNode, solveShares } from './share-system'
import { commonShares, splitAmount } from './split-amount'
import { treeAt } from './unit-tree'

let ledger: Ledger
beforeAll(async () => {
  ledger = await openLedger()
})
afterAll(() => ledger.close())

// From the last digit that the ledger holds to a number near its largest; refunds and zeros among them.
const amount = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: -(10n ** 8n), max: 10n ** 8n }).map((n) => decimal(n, 4)) },
  { weight: 2, arbitrary: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map((n) => decimal(n, 30)) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map((n) => decimal(n, 3)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('0', '0.000000000000000000000000000001', '-0.000000000000000000000000000001'),
  },
)
const decimal = (n: bigint, places: number) => {
  const digits = (n < 0n ? -n : n).toString().padStart(places + 1, '0')
  return `${n < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`
}
const keys = ['u0', 'u1', 'u2', 'u3', 'u4', 'u5']
const poolKeys = ['p0', 'p1', 'p2', 'p3']

const tree = fc
  .array(fc.record({ parent: fc.option(fc.nat(4)), ended: fc.boolean(), into: fc.option(fc.nat(5)) }), {
    minLength: 2,
    maxLength: 6,
  })
  .map((units) =>
    units.flatMap(({ parent, ended, into }, i) => {
      const mine = aUnit(keys[i]!, { parent: parent === null || parent >= i ? null : keys[parent]! })
      return ended && i > 1
        ? [
            mine,
            { ...mine, fromMonth: '2026-01', ended: true, mergedInto: into === null ? null : (keys[into] ?? null) },
          ]
        : [mine]
    }),
  )
const target = fc.oneof(
  fc.constantFrom(...keys),
  fc.constantFrom(...poolKeys).map((key) => `pool:${key}`),
)
const percent = fc.bigInt({ min: 0n, max: 25n * 10n ** 6n }).map((n) => decimal(n, 6))
const split = fc.oneof(
  fc.constant({ by: 'even' as const }),
  fc.dictionary(target, percent, { minKeys: 1, maxKeys: 4 }).map((shares) => ({ by: 'fixed' as const, shares })),
  fc.constantFrom(...costColumns).map((column) => ({ by: 'direct' as const, column })),
  fc.constant({ by: 'consumed' as const }),
  fc.constant({ by: 'usage' as const, measure: 'tokens' as const }),
  fc.constant({ by: 'value' as const, value: 'users' }),
)
const money = fc.record({
  amount: fc.constantFrom('0', '0.01', '100', '99999999'),
  currency: fc.constantFrom('USD', 'KRW'),
})
const pool = (key: string) =>
  fc.record({
    key: fc.constant(key),
    name: fc.constant(key),
    collects: fc.constantFrom<string[]>([], [], [keys[poolKeys.indexOf(key)]!]),
    partition: fc.constantFrom(null, null, 'service'),
    targets: fc.option(fc.uniqueArray(target, { minLength: 1, maxLength: 4 })),
    split,
    fee: fc.option(money),
    floor: fc.option(money),
    onZero: fc.oneof(
      fc.constantFrom('even' as const, 'unallocated' as const),
      fc.constantFrom(...keys).map((unit) => ({ unit })),
    ),
  })
const condition = fc.oneof(
  fc.constant({ all: [] }),
  fc
    .uniqueArray(fc.constantFrom('s0', 's1', 's2'), { minLength: 1 })
    .map((values) => ({ dimension: 'service', in: values })),
  fc.constantFrom(...keys).map((value) => ({ not: { dimension: 'tag:team', startsWith: value } })),
  fc.constantFrom('s*', '?1').map((glob) => ({
    any: [
      { dimension: 'service', glob },
      { dimension: 'tag:team', isNull: true },
    ],
  })),
)
const rule = fc.record({
  when: condition,
  from: fc.constantFrom(null, '2026-01-15', '2025-12-01'),
  to: fc.constantFrom(null, '2026-01-20'),
  assign: fc.oneof(
    fc.constantFrom(...keys).map((unit) => ({ unit })),
    fc.constant({ byDimension: 'tag:team' }),
    fc.constantFrom(...poolKeys).map((key) => ({ pool: key })),
  ),
})
const charge = fc.record({
  ServiceName: fc.constantFrom('s0', 's1', 's2', 's3'),
  BillingCurrency: fc.constantFrom('USD', 'USD', 'KRW'),
  x_Tags: fc.option(fc.constantFrom(...keys, 'nobody'), { nil: null }).map((team) => (team === null ? {} : { team })),
  ChargePeriodStart: fc.constantFrom('2026-01-01 00:00:00', '2026-01-15 00:00:00', '2026-01-31 23:00:00'),
  BilledCost: amount,
  EffectiveCost: fc.option(amount),
  ListCost: fc.option(amount),
  ContractedCost: fc.option(amount),
  ConsumedQuantity: fc.option(amount),
})

describe('whatever the tree, the rules and the charges', () => {
  it('every cost column of every currency adds up to the ledger, to the last digit', async () => {
    const seen = { parts: 0, shared: 0, currencies: 0 }
    await fc.assert(
      fc.asyncProperty(
        tree,
        fc.array(rule, { maxLength: 8 }),
        fc.tuple(...poolKeys.map(pool)),
        fc.array(charge, { minLength: 1, maxLength: 40 }),
        fc.array(fc.record({ team: fc.constantFrom(...keys), tokens: fc.nat(1000) }), { maxLength: 6 }),
        fc.dictionary(fc.constantFrom(...keys), fc.constantFrom('0', '1', '0.5', '1000000'), { maxKeys: 4 }),
        async (units, rules, pools, charges, calls, users) => {
          const organizationId = newId()
          await ledger.bill(charges, [], organizationId)
          await ledger.calls(
            calls.map(({ team, tokens }) => ({
              OrganizationId: organizationId,
              Team: team,
              Quantities: [tokens, 0],
              Cost: tokens % 3 === 0 ? null : '0.000000000000000001',
              CostStatus: tokens % 3 === 0 ? 'unpriced' : 'priced',
            })),
          )
          // Collected units must differ, and shares stay within a hundred: that is what the check of a document asks.
          const document: RuleDocumentInput = {
            version: 1,
            rules: rules.map((each, i) => ({ id: `r${i}`, name: `r${i}`, ...each })),
            pools,
          }
          const result = await computeRun({
            clickhouse: ledger.clickhouse,
            organizationId,
            month: '2026-01',
            timeZone: 'UTC',
            asOf: 1_900_000_000_000_000n,
            document: RuleDocument.parse(document),
            tree: treeAt(units, '2026-01'),
            values: new Map([['users', new Map(Object.entries(users))]]),
          })
          seen.parts += result.parts.length
          seen.shared += result.parts.filter((part) => part.way === 'shared').length
          seen.currencies = Math.max(seen.currencies, new Set(result.parts.map((part) => part.currency)).size)
          for (const line of result.proof) expect(line).toMatchObject({ difference: '0', equal: true })
          // Against the charges as they were generated, added up without the engine.
          for (const currency of ['USD', 'KRW'])
            for (const [i, column] of costColumns.entries()) {
              const want = [
                ...charges.filter((each) => each.BillingCurrency === currency).map((each) => each[column]),
                ...(currency === 'USD'
                  ? calls.map(({ tokens }) => (tokens % 3 === 0 ? null : '0.000000000000000001'))
                  : []),
              ].filter((value): value is string => value !== null)
              const have = result.parts.filter((part) => part.currency === currency && part.amounts[i] !== null)
              expect(have.reduce((total, part) => total + part.amounts[i]!, 0n)).toBe(
                want.reduce((total, value) => total + unitsOf(value), 0n),
              )
              expect(have.length > 0).toBe(want.length > 0)
            }
        },
      ),
      { numRuns: 20 },
    )
    expect(seen.shared).toBeGreaterThan(0)
    expect(seen.currencies).toBe(2)
  }, 240_000)
})

describe('shares', () => {
  it('split any amount without losing a digit, each part within one digit of its exact share', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }),
        fc
          .array(fc.bigInt({ min: 0n, max: 10n ** 25n }), { minLength: 1, maxLength: 30 })
          .filter((w) => w.some((n) => n > 0n)),
        (whole, weights) => {
          const all = weights.reduce((a, b) => a + b, 0n)
          const shares = commonShares(weights.map((weight, i) => ({ key: `k${i}`, ratio: ratio(weight, all) })))
          const parts = splitAmount(whole, shares)
          expect(parts.reduce((a, b) => a + b, 0n)).toBe(whole)
          for (const [i, part] of parts.entries()) {
            const off = part * shares.denominator - whole * shares.numerators[i]!
            expect(off < shares.denominator && off > -shares.denominator).toBe(true)
          }
        },
      ),
    )
  })

  it('of pots that pour into one another satisfy their own equations exactly', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(9), { minLength: 8, maxLength: 8 }), { minLength: 1, maxLength: 5 }),
        (matrix) => {
          const pots = matrix.map((_, i) => `pool:${i}`)
          const names = [...pots, 'a', 'b', nobody]
          const fractions = matrix.map((row) => {
            const mine = row.slice(0, names.length)
            const all = mine.reduce((x, y) => x + y, 0)
            return new Map<string, Ratio>(
              all === 0
                ? []
                : names.flatMap((name, j) => (mine[j] ? [[name, ratio(BigInt(mine[j]), BigInt(all))] as const] : [])),
            )
          })
          const nodes: SharedNode[] = pots.map((id, i) => ({
            id,
            own: 7n,
            feeds: pots.filter((pot) => fractions[i]!.has(pot)),
            fractions: () => fractions[i]!,
          }))
          const { shares, edges } = solveShares(nodes)
          for (const id of pots) {
            expect(compare(sum(shares.get(id)!.values()), one)).toBe(0)
            for (const unit of ['a', 'b', nobody]) {
              let expected = zero
              for (const [next, fraction] of edges.get(id)!)
                expected = add(
                  expected,
                  next === unit
                    ? fraction
                    : shares.has(next)
                      ? multiply(fraction, shares.get(next)!.get(unit) ?? zero)
                      : zero,
                )
              expect(subtract(shares.get(id)!.get(unit) ?? zero, expected)).toEqual(zero)
            }
          }
        },
      ),
    )
  })
})
