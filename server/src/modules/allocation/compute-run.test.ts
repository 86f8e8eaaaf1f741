import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { textOf } from './amounts'
import { computeRun, type Part } from './compute-run'
import { RuleDocument, type RuleDocumentInput } from './contract'
import { aUnit, type Ledger, openLedger } from './ledger.fixture'
import { type StoredUnit, treeAt } from './unit-tree'

let ledger: Ledger
beforeAll(async () => {
  ledger = await openLedger()
})
afterAll(() => ledger.close())

const charge = (team: string | null, cost: string, more: Record<string, unknown> = {}) => ({
  x_Tags: team === null ? {} : { team },
  BilledCost: cost,
  EffectiveCost: cost,
  ListCost: cost,
  ContractedCost: null,
  ...more,
})
const byTeam = {
  id: 'team',
  name: 'Team tag',
  when: { all: [] },
  assign: { byDimension: 'tag:team' },
}
const run = (
  document: Partial<RuleDocumentInput>,
  units: StoredUnit[],
  more: { organizationId?: string; month?: string; values?: Map<string, Map<string, string>>; asOf?: bigint } = {},
) => {
  const month = more.month ?? '2026-01'
  return computeRun({
    clickhouse: ledger.clickhouse,
    organizationId: more.organizationId ?? ledger.organizationId,
    month,
    timeZone: 'UTC',
    asOf: more.asOf ?? 1_900_000_000_000_000n,
    document: RuleDocument.parse({ version: 1, ...document }),
    tree: treeAt(units, month),
    values: more.values ?? new Map(),
  })
}
/** `unit way` → effective cost. */
const effective = (parts: Part[], currency = 'USD') => {
  const sums = new Map<string, bigint>()
  for (const part of parts)
    if (part.currency === currency)
      sums.set(`${part.unit} ${part.way}`, (sums.get(`${part.unit} ${part.way}`) ?? 0n) + (part.amounts[1] ?? 0n))
  return Object.fromEntries([...sums].sort().map(([key, value]) => [key, textOf(value)]))
}
let organizations = 0
const organization = () => `00000000-0000-4000-8000-${String(++organizations).padStart(12, '0')}`

describe('rules', () => {
  it('take each charge once, in order, and leave the rest unallocated', async () => {
    const organizationId = organization()
    await ledger.bill(
      [
        charge('Alpha', '10'),
        charge(' alpha ', '5'),
        charge('beta', '7', { SubAccountId: 'acc-1' }),
        charge(null, '3', { SubAccountId: 'acc-1' }),
        charge('gamma', '2', { ResourceId: 'arn:x/prod-db-7' }),
        charge('typo', '1'),
      ],
      [],
      organizationId,
    )
    const { parts, proof, byRule } = await run(
      {
        rules: [
          { id: 'acc', name: 'Account', when: { dimension: 'sub_account', in: ['acc-1'] }, assign: { unit: 'beta' } },
          byTeam,
          {
            id: 'glob',
            name: 'Prod',
            when: { dimension: 'resource', glob: 'ARN:*/prod-??-?', ignoreCase: true },
            assign: { unit: 'alpha' },
          },
        ],
      },
      [aUnit('alpha'), aUnit('beta')],
      { organizationId },
    )
    expect(effective(parts)).toEqual({ 'alpha direct': '17', 'beta direct': '10', ' unallocated': '1' })
    expect(byRule.map((rule) => [rule.rule, rule.rows])).toEqual([
      ['', 1],
      ['acc', 2],
      ['team', 2],
      ['glob', 1],
    ])
    expect(proof.every((line) => line.equal)).toBe(true)
    expect(proof.find((line) => line.column === 'ContractedCost')).toMatchObject({
      source: null,
      allocated: null,
      equal: true,
    })
    expect(proof.find((line) => line.column === 'ListCost')).toMatchObject({
      source: '28',
      allocated: '27',
      unallocated: '1',
    })
  })

  it('begin and end on a day inside the month', async () => {
    const organizationId = organization()
    await ledger.bill(
      [1, 9, 10, 19, 20, 31].map((day) =>
        charge(null, '1', {
          ChargePeriodStart: `2026-01-${String(day).padStart(2, '0')} 12:00:00`,
          ChargePeriodEnd: `2026-01-${String(day).padStart(2, '0')} 13:00:00`,
        }),
      ),
      [],
      organizationId,
    )
    const { parts } = await run(
      {
        rules: [
          { id: 'mid', name: 'Mid', from: '2026-01-10', to: '2026-01-20', when: { all: [] }, assign: { unit: 'a' } },
          { id: 'late', name: 'Late', from: '2026-01-20', when: { all: [] }, assign: { unit: 'b' } },
          { id: 'old', name: 'Old', to: '2025-12-31', when: { all: [] }, assign: { unit: 'b' } },
        ],
      },
      [aUnit('a'), aUnit('b')],
      { organizationId },
    )
    expect(effective(parts)).toEqual({ 'a direct': '2', 'b direct': '2', ' unallocated': '2' })
  })

  it('know not, or, patterns, regular expressions, emptiness and repaired spellings', async () => {
    const organizationId = organization()
    await ledger.bill(
      [charge('PAY', '1'), charge('Paymnts', '2'), charge('search-eu', '4'), charge('ops_1', '8'), charge(null, '16')],
      [],
      organizationId,
    )
    const { parts } = await run(
      {
        repairs: [{ dimension: 'tag:team', aliases: { payments: ['pay', 'paymnts'] } }],
        rules: [
          {
            id: 'not',
            name: 'Empty',
            when: { all: [{ dimension: 'tag:team', isNull: true }, { not: { dimension: 'service', in: ['x'] } }] },
            assign: { unit: 'd' },
          },
          {
            id: 'or',
            name: 'Or',
            when: {
              any: [
                { dimension: 'tag:team', regex: '^ops_[0-9]$' },
                { dimension: 'tag:team', endsWith: '-eu' },
              ],
            },
            assign: { unit: 'b' },
          },
          byTeam,
        ],
      },
      [aUnit('payments'), aUnit('b'), aUnit('d')],
      { organizationId },
    )
    expect(effective(parts)).toEqual({ 'b direct': '12', 'd direct': '16', 'payments direct': '3' })
  })

  it('follow units that were merged, and give nothing to units that have ended', async () => {
    const organizationId = organization()
    await ledger.bill([charge('old', '3'), charge('gone', '4'), charge('new', '5')], [], organizationId)
    const units = [
      aUnit('new'),
      aUnit('old'),
      aUnit('old', { fromMonth: '2026-01', ended: true, mergedInto: 'new' }),
      aUnit('gone'),
      aUnit('gone', { fromMonth: '2026-01', ended: true }),
    ]
    expect(effective((await run({ rules: [byTeam] }, units, { organizationId })).parts)).toEqual({
      'new direct': '8',
      ' unallocated': '4',
    })
  })
})

describe('usage', () => {
  it('counts where no bill covers it, keeps unpriced calls apart and never turns them into zero', async () => {
    await ledger.calls([
      { Team: 'alpha', Cost: '0.5' },
      { Team: 'beta', Cost: null, CostStatus: 'unpriced', UnitCosts: [null, null] },
    ])
    const { parts, proof } = await run({ rules: [{ ...byTeam, assign: { byDimension: 'team' } }] }, [
      aUnit('alpha'),
      aUnit('beta'),
    ])
    const beta = parts.find((part) => part.unit === 'beta')!
    expect(parts.find((part) => part.unit === 'alpha')!.amounts).toEqual(Array(4).fill(5n * 10n ** 29n))
    expect(beta.amounts).toEqual([null, null, null, null])
    expect(proof.every((line) => line.equal)).toBe(true)
  })

  it('splits a bill by the calls of each team, each provider by its own', async () => {
    const organizationId = ledger.organizationId
    await ledger.bill(
      [
        charge(null, '100', { ServiceProviderName: 'OpenAI', ChargePeriodStart: '2026-02-01 00:00:00' }),
        charge(null, '60', { ServiceProviderName: 'Anthropic', ChargePeriodStart: '2026-02-01 00:00:00' }),
      ],
      [],
    )
    await ledger.insert('billed_days_v1', [])
    const at = { StartedAt: '2026-02-05 00:00:00.000', CostStatus: 'unpriced', Cost: null, UnitCosts: [null, null] }
    await ledger.calls([
      { ...at, Team: 'alpha', Quantities: [30, 0] },
      { ...at, Team: 'beta', Quantities: [10, 0] },
      { ...at, Team: 'beta', ServiceProviderName: 'Anthropic', Quantities: [5, 0] },
    ])
    const { parts, flows } = await run(
      {
        rules: [
          {
            id: 'ai',
            name: 'AI bills',
            when: { dimension: 'provider', in: ['OpenAI', 'Anthropic'] },
            assign: { pool: 'ai' },
          },
        ],
        pools: [{ key: 'ai', name: 'AI', partition: 'provider', split: { by: 'usage', measure: 'tokens' } }],
      },
      [aUnit('alpha'), aUnit('beta')],
      { organizationId, month: '2026-02' },
    )
    expect(effective(parts)).toMatchObject({ 'alpha usage': '75', 'beta usage': '85' })
    expect(flows.find((flow) => flow.partition === 'OpenAI' && flow.target === 'alpha')).toMatchObject({
      fraction: '0.75',
      weight: '30',
      weightUnit: 'tokens',
    })
  })
})

describe('shared cost', () => {
  const shared = async (
    pools: RuleDocumentInput['pools'],
    units: StoredUnit[],
    charges: Record<string, unknown>[],
    more: { values?: Map<string, Map<string, string>> } = {},
  ) => {
    const organizationId = organization()
    await ledger.bill(charges, [], organizationId)
    return run(
      {
        rules: [
          byTeam,
          ...(pools ?? []).map((pool) => ({
            id: `to-${pool.key}`,
            name: pool.key,
            when: { dimension: 'service', in: [pool.key] },
            assign: { pool: pool.key },
          })),
        ],
        pools,
      },
      units,
      { organizationId, ...more },
    )
  }
  const pot = (key: string, cost: string) => charge(null, cost, { ServiceName: key })
  const abc = [aUnit('a'), aUnit('b'), aUnit('c')]

  it('goes evenly to the last digit', async () => {
    const { parts, proof } = await shared([{ key: 'p', name: 'P', split: { by: 'even' } }], abc, [pot('p', '100')])
    expect(effective(parts)).toEqual({
      'a shared': '33.333333333333333333333333333334',
      'b shared': '33.333333333333333333333333333333',
      'c shared': '33.333333333333333333333333333333',
    })
    expect(proof.every((line) => line.equal)).toBe(true)
  })

  it('goes by fixed percentages and names what they leave over', async () => {
    const { parts } = await shared(
      [{ key: 'p', name: 'P', split: { by: 'fixed', shares: { a: '50', b: '12.5' } } }],
      abc,
      [pot('p', '80')],
    )
    expect(effective(parts)).toEqual({ 'a shared': '40', 'b shared': '10', ' residual': '30' })
  })

  it('goes by direct cost, and by consumption, and by a value given by hand', async () => {
    const charges = [
      charge('a', '30'),
      charge('b', '10', { ConsumedQuantity: '4', ConsumedUnit: 'Requests' }),
      charge('c', '-5'),
      pot('p', '8'),
      pot('q', '6'),
      pot('r', '9'),
    ]
    const { parts } = await shared(
      [
        { key: 'p', name: 'P', split: { by: 'direct' } },
        { key: 'q', name: 'Q', split: { by: 'consumed', unit: 'Requests' } },
        { key: 'r', name: 'R', split: { by: 'value', value: 'users' } },
      ],
      abc,
      charges,
      {
        values: new Map([
          [
            'users',
            new Map([
              ['a', '1'],
              ['c', '2'],
            ]),
          ],
        ]),
      },
    )
    expect(effective(parts)).toEqual({
      'a direct': '30',
      'b direct': '10',
      'c direct': '-5',
      // p: 6 and 2; q: 6 to b; r: 3 and 6
      'a shared': '9',
      'b shared': '8',
      'c shared': '6',
    })
  })

  it('charges a fee first and keeps a floor', async () => {
    const { parts } = await shared(
      [
        { key: 'p', name: 'P', split: { by: 'direct' }, targets: ['a', 'b'], fee: { amount: '10', currency: 'USD' } },
        { key: 'q', name: 'Q', split: { by: 'direct' }, targets: ['a', 'b'], floor: { amount: '15', currency: 'USD' } },
      ],
      abc,
      [charge('a', '90'), charge('b', '10'), pot('p', '120'), pot('q', '100')],
    )
    // p: 10 + 90, 10 + 10; q: 85, 15
    expect(effective(parts)).toMatchObject({ 'a shared': '185', 'b shared': '35' })
  })

  it.each([
    ['unallocated', { ' residual': '7' }],
    ['even', { 'a shared': '3.5', 'b shared': '3.5' }],
    [{ unit: 'b' }, { 'b shared': '7' }],
  ] as const)('follows the stated policy %j when nothing weighs', async (onZero, expected) => {
    const { parts, notes } = await shared(
      [{ key: 'p', name: 'P', split: { by: 'direct' }, targets: ['a', 'b'], onZero }],
      abc,
      [pot('p', '7')],
    )
    expect(effective(parts)).toEqual(expected)
    expect(notes[0]?.code).toBe('zero_weights')
  })

  it('solves departments that serve one another exactly', async () => {
    // platform gives data 1/4, a 3/4; data gives platform 1/5, b 4/5.
    const { parts, cycles, proof } = await shared(
      [
        { key: 'platform', name: 'Platform', split: { by: 'fixed', shares: { 'pool:data': '25', a: '75' } } },
        { key: 'data', name: 'Data', split: { by: 'fixed', shares: { 'pool:platform': '20', b: '80' } } },
      ],
      abc,
      [pot('platform', '100'), pot('data', '200')],
    )
    expect(cycles).toEqual([['data', 'platform']])
    // platform holds (100 + 40)/0.95, data (200 + 25)/0.95
    expect(effective(parts)).toEqual({
      'a shared': '110.526315789473684210526315789474',
      'b shared': '189.473684210526315789473684210526',
    })
    expect(proof.every((line) => line.equal)).toBe(true)
  })

  it('lets a unit that serves others take as its pool', async () => {
    const { parts, cycles } = await shared(
      [
        { key: 'ops', name: 'Ops', collects: ['c'], split: { by: 'direct' } },
        { key: 'net', name: 'Net', split: { by: 'fixed', shares: { c: '50', a: '50' } } },
      ],
      abc,
      [charge('a', '30'), charge('b', '10'), charge('c', '8'), pot('net', '20')],
    )
    expect(cycles).toEqual([])
    // net: 10 to a, 10 to ops; ops holds 18: 13.5 and 4.5
    expect(effective(parts)).toEqual({ 'a direct': '30', 'b direct': '10', 'a shared': '23.5', 'b shared': '4.5' })
  })

  it('names a cycle that nothing leaves, and keeps its money visible', async () => {
    const { parts, singular, notes } = await shared(
      [
        { key: 'x', name: 'X', split: { by: 'fixed', shares: { 'pool:y': '100' } } },
        { key: 'y', name: 'Y', split: { by: 'fixed', shares: { 'pool:x': '100' } } },
      ],
      abc,
      [pot('x', '5'), pot('y', '6')],
    )
    expect(singular).toEqual([['x', 'y']])
    expect(notes[0]?.code).toBe('singular_cycle')
    expect(effective(parts)).toEqual({ ' residual': '11' })
  })
})

describe('GPU clusters', () => {
  const time = {
    StartedAt: '2026-01-10 00:00:00.000',
    EndedAt: '2026-01-10 01:00:00.000',
    RecordedAt: '2026-01-11 00:00:00.000',
    Cluster: 'k',
  }
  it.each([
    // a uses four quarter cards and reserved 3, b uses 1 of its own; 6 cards stand there.
    ['owner', { 'a usage': '30', 'b usage': '10', ' residual': '20' }],
    ['unallocated', { 'a usage': '10', 'b usage': '10', ' residual': '40' }],
    ['spread', { 'a usage': '30', 'b usage': '30' }],
  ] as const)('charge idle cards to %s', async (idle, expected) => {
    const organizationId = organization()
    await ledger.bill([charge(null, '60', { ServiceName: 'gpu' })], [], organizationId)
    const row = { OrganizationId: organizationId, ...time }
    await ledger.insert('gpu_usage_v1', [
      ...[1, 2, 3, 4].map((n) => ({ ...row, Kind: 'used', JobId: `q${n}`, Owner: 'A', Gpus: '0.25' })),
      { ...row, Kind: 'used', JobId: 'j', Owner: 'B', Gpus: '1' },
      { ...row, Kind: 'reserved', JobId: 'r', Owner: 'A', Gpus: '3' },
      { ...row, Kind: 'capacity', JobId: 'c', Owner: '', Gpus: '6' },
    ])
    const { parts } = await run(
      {
        rules: [{ id: 'g', name: 'GPU', when: { all: [] }, assign: { pool: 'g' } }],
        pools: [{ key: 'g', name: 'GPU', split: { by: 'gpu', cluster: 'k', idle } }],
      },
      [aUnit('a'), aUnit('b')],
      { organizationId },
    )
    expect(effective(parts)).toEqual(expected)
  })
})
