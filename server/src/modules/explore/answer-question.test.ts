import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../primitives/ids'
import { answerQuestion } from './answer-question'
import type { QueryRequest } from './contract'
import { type LedgerFixture, openLedgerFixture, question } from './ledger-fixture'

let ledger: LedgerFixture
const january = { from: '2026-01-01', to: '2026-02-01' }
const asker = (organizationId = ledger.organizationId) => ({ organizationId, actor: 'test' })
const ask = (request: QueryRequest, organizationId?: string) =>
  answerQuestion(ledger.explorer, asker(organizationId), question(request))

const other = newId()
const days = newId()
const tagged = newId()
const restated = newId()
let openAiBill: string

beforeAll(async () => {
  ledger = await openLedgerFixture({ now: () => Date.parse('2026-03-01T00:00:00Z') })
  await ledger.bill([
    {
      EffectiveCost: '10.10',
      BilledCost: '12',
      ListCost: '15.5',
      ServiceName: 'Amazon EC2',
      RegionId: 'us-east-1',
      x_Tags: { team: 'search' },
      ConsumedQuantity: '5',
      ConsumedUnit: 'Hours',
    },
    {
      EffectiveCost: '0.000000000000000000000000000001',
      BilledCost: '0',
      ServiceName: 'Amazon EC2',
      x_Tags: { Team: 'ads' },
      ConsumedQuantity: '7',
      ConsumedUnit: 'GB',
    },
    {
      EffectiveCost: '-2.1',
      BilledCost: '-2.1',
      ServiceName: 'Amazon S3',
      ChargeCategory: 'Credit',
      ChargePeriodStart: '2026-01-31 23:59:59',
    },
    { EffectiveCost: '999', BilledCost: '999', ChargePeriodStart: '2026-02-01 00:00:00' },
    {
      EffectiveCost: '50000',
      BilledCost: '50000',
      BillingCurrency: 'KRW',
      ServiceProviderName: 'Naver Cloud',
      ServiceName: 'Server',
    },
  ])
  openAiBill = await ledger.bill(
    [
      {
        EffectiveCost: '3.5',
        BilledCost: '3.5',
        ServiceProviderName: 'OpenAI',
        ServiceName: 'OpenAI API',
        ChargePeriodStart: '2026-01-10 00:00:00',
      },
    ],
    {
      days: [{ provider: 'OpenAI', account: 'acc-1', day: '2026-01-10' }],
    },
  )
  await ledger.calls([
    { StartedAt: '2026-01-10 05:00:00.000', AccountId: 'acc-1', Team: 'search', Cost: '0.003' },
    { StartedAt: '2026-01-10 05:07:00.000', AccountId: '', Team: 'search', Cost: '0.003' },
    { StartedAt: '2026-01-10 05:08:00.000', AccountId: 'acc-2', Team: 'ads', IsError: 1, Cost: '0.003' },
    {
      StartedAt: '2026-01-11 05:00:00.000',
      AccountId: 'acc-1',
      Team: 'ads',
      Units: ['input.text.plain', 'input.text.cache_read', 'output.text.reasoning', 'second.gpu'],
      Quantities: [50, 150, 20, 1800],
      UnitCosts: ['0.01', '0.02', '0.03', '0.04'],
      Cost: '0.1',
    },
    {
      StartedAt: '2026-01-12 05:00:00.000',
      Model: 'unknown-model',
      CostStatus: 'unpriced',
      UnitCosts: [null, null],
      Cost: null,
    },
    { OrganizationId: other, StartedAt: '2026-01-12 05:00:00.000' },
  ])
  await ledger.bill([{ EffectiveCost: '777', BilledCost: '777' }], { organizationId: other })
})
afterAll(() => ledger.close())

describe('golden sums', () => {
  test('money of bills and of uncovered estimates, to the last digit, a row a currency', async () => {
    const answer = await ask({ metrics: ['effective_cost', 'billed_cost'], period: january })
    expect(answer.columns.map((c) => c.id)).toEqual(['currency', 'effective_cost', 'billed_cost'])
    expect(answer.rows).toEqual([
      ['KRW', '50000', '50000'],
      // 10.10 + 1e-30 − 2.1 + 3.5 of bills; 0.003 of acc-2 and 0.1 of the next day of estimates
      ['USD', '11.603000000000000000000000000001', '13.503'],
    ])
    expect(answer.totals).toEqual(answer.rows)
    expect(answer.currencies).toEqual(['KRW', 'USD'])
  })

  test('what failed calls cost, apart from those that went well', async () => {
    const answer = await ask({
      metrics: ['calls', 'errors', 'estimated_cost'],
      dimensions: ['outcome'],
      period: january,
    })
    expect(answer.rows).toEqual([
      ['ok', '4', '0', '0.106'],
      ['error', '1', '1', '0.003'],
    ])
    const failed = await ask({
      metrics: ['calls', 'estimated_cost'],
      dimensions: ['team'],
      period: january,
      filters: [{ dimension: 'outcome', in: ['error'] }],
    })
    expect(failed.rows).toEqual([['ads', '1', '0.003']])
  })

  test('the basis block tells counted and covered amounts apart', async () => {
    const answer = await ask({ metrics: ['effective_cost'], period: january, currency: 'USD' })
    expect(answer.columns).toEqual([
      { id: 'effective_cost', kind: 'metric', type: 'decimal', unit: 'currency', currency: 'USD' },
    ])
    expect(answer.rows).toEqual([['11.603000000000000000000000000001']])
    expect(answer.basis).toEqual([
      { currency: 'KRW', basis: 'billed', counted: true, effectiveCost: '50000', billedCost: '50000' },
      {
        currency: 'USD',
        basis: 'billed',
        counted: true,
        effectiveCost: '11.500000000000000000000000000001',
        billedCost: '13.4',
      },
      { currency: 'USD', basis: 'estimated', counted: true, effectiveCost: '0.103', billedCost: '0.103' },
      { currency: 'USD', basis: 'estimated', counted: false, effectiveCost: '0.006', billedCost: '0.006' },
    ])
    expect(answer.unpriced).toEqual({ calls: '1', tokens: '110', models: ['unknown-model'] })
    expect(answer.completeness).toEqual({
      billedThrough: '2026-01-10',
      billedUntil: '2026-01-11T00:00:00Z',
      periodIsOpen: false,
      sources: [],
    })
    expect(answer.freshness.map((f) => [f.basis, f.lastRecordedAt, f.lastChargeAt])).toEqual([
      ['billed', '2026-01-01T00:00:00Z', '2026-01-10T00:00:00Z'],
      ['estimated', '2026-01-10T00:00:01Z', '2026-01-12T05:00:00Z'],
    ])
  })

  test('tokens, calls and ratios come from all calls, covered or not', async () => {
    const answer = await ask({
      metrics: [
        'calls',
        'errors',
        'tokens_input',
        'tokens_cache_read',
        'tokens_output',
        'tokens_reasoning',
        'tokens_total',
        'gpu_hours',
        'cache_share',
        'error_share',
        'unpriced_calls',
        'unpriced_tokens',
        'cost_per_call',
        'cost_per_1k_tokens',
        'estimated_cost',
      ],
      period: january,
    })
    const value = Object.fromEntries(answer.columns.map((c, i) => [c.id, answer.rows[0]![i]]))
    expect(answer.rows.length).toBe(1)
    expect(value).toEqual({
      calls: '5',
      errors: '1',
      tokens_input: '600',
      tokens_cache_read: '150',
      tokens_output: '60',
      tokens_reasoning: '20',
      tokens_total: '660',
      gpu_hours: '0.5',
      cache_share: '0.25',
      error_share: '0.2',
      unpriced_calls: '1',
      unpriced_tokens: '110',
      estimated_cost: '0.109',
      cost_per_call: '0.02725', // 0.109 ÷ 4
      cost_per_1k_tokens: '0.198181818182', // 109 ÷ 550, rounded once
    })
  })

  test('totals are of the whole set although the rows are cut, and the cut is told', async () => {
    const answer = await ask({
      metrics: ['effective_cost'],
      dimensions: ['service'],
      period: january,
      currency: 'USD',
      limit: 1,
    })
    expect(answer.rows).toEqual([['Amazon EC2', '10.100000000000000000000000000001']])
    expect(answer.totals).toEqual([[null, '11.603000000000000000000000000001']])
    expect(answer.truncated).toBe(true)
  })

  test('savings count only charges that state both prices, and quantities of different units stay apart', async () => {
    const answer = await ask({
      metrics: ['savings', 'consumed_quantity'],
      period: january,
      currency: 'USD',
      filters: [{ dimension: 'consumed_unit', isNull: false }],
    })
    expect(answer.columns.map((c) => c.id)).toEqual(['consumed_unit', 'savings', 'consumed_quantity'])
    expect(answer.rows).toEqual([
      ['Hours', '5.4', '5'],
      ['GB', null, '7'],
    ])
  })

  test('a leaf unit of usage is a dimension, and a call of several units is one call in the total', async () => {
    const answer = await ask({
      metrics: ['calls', 'tokens_total', 'estimated_cost'],
      dimensions: ['unit'],
      period: january,
      filters: [{ dimension: 'provider', in: ['OpenAI'] }],
      orderBy: [{ id: 'unit', direction: 'asc' }],
    })
    expect(answer.rows).toEqual([
      ['input.text.cache_read', '1', '150', '0.02'],
      ['input.text.plain', '5', '450', '0.013'],
      ['output.text.reasoning', '1', '20', '0.03'],
      ['output.text.visible', '4', '40', '0.006'],
      ['second.gpu', '1', '0', '0.04'],
    ])
    expect(answer.totals).toEqual([[null, '5', '660', '0.109']])
    const filtered = await ask({
      metrics: ['calls', 'tokens_total'],
      period: january,
      filters: [{ dimension: 'unit', contains: 'OUTPUT' }],
    })
    expect(filtered.rows).toEqual([['5', '60']])
  })

  test('owners are read from telemetry and from the tags of bills alike', async () => {
    const answer = await ask({
      metrics: ['effective_cost', 'calls'],
      dimensions: ['team'],
      period: january,
      currency: 'USD',
      orderBy: [{ id: 'team', direction: 'asc' }],
    })
    expect(answer.rows).toEqual([
      ['ads', '0.103000000000000000000000000001', '2'],
      ['search', '10.1', '2'],
      [null, '1.4', '1'],
    ])
  })

  test('an empty period answers with null money and a true zero of calls', async () => {
    const answer = await ask({
      metrics: ['effective_cost', 'calls'],
      dimensions: ['service'],
      period: { from: '2020-01-01', to: '2020-02-01' },
    })
    expect([answer.rows, answer.totals]).toEqual([[], [[null, null, '0']].map((r) => r.slice(0, 3))])
  })
})

describe('currencies', () => {
  test('are never added: by service there is a row and a total for each', async () => {
    const answer = await ask({
      metrics: ['effective_cost'],
      dimensions: ['charge_category'],
      period: january,
      orderBy: [
        { id: 'currency', direction: 'asc' },
        { id: 'charge_category', direction: 'asc' },
      ],
    })
    expect(answer.columns.map((c) => c.id)).toEqual(['charge_category', 'currency', 'effective_cost'])
    expect(answer.rows).toEqual([
      ['Usage', 'KRW', '50000'],
      ['Credit', 'USD', '-2.1'],
      ['Usage', 'USD', '13.703000000000000000000000000001'],
    ])
    expect(answer.totals).toEqual(
      [
        [null, 'KRW', '50000'],
        [null, 'USD', '11.603000000000000000000000000001'],
      ].sort((a, b) => Number(b[2]) - Number(a[2])),
    )
  })

  test('asked for one, money is of it alone, and tokens are still all tokens', async () => {
    const answer = await ask({
      metrics: ['effective_cost', 'tokens_total', 'estimated_cost'],
      period: january,
      currency: 'KRW',
    })
    expect(answer.rows).toEqual([['50000', '660', null]])
  })

  test('an explicit currency dimension keeps totals apart too', async () => {
    const answer = await ask({ metrics: ['billed_cost'], dimensions: ['currency', 'provider'], period: january })
    expect(answer.totals.map((row) => row[0]).sort()).toEqual(['KRW', 'USD'])
  })
})

describe('filters', () => {
  const sum = async (filters: QueryRequest['filters']) =>
    (await ask({ metrics: ['charges'], period: january, filters })).rows[0]![0]
  test.each([
    ['in', [{ dimension: 'region', in: ['us-east-1'] }], '1'],
    ['in with null', [{ dimension: 'region', in: ['us-east-1', null] }], '5'],
    ['notIn keeps nulls', [{ dimension: 'region', notIn: ['us-east-1'] }], '4'],
    ['notIn null', [{ dimension: 'region', notIn: [null] }], '1'],
    ['contains, whatever the case', [{ dimension: 'service', contains: 'amazon' }], '3'],
    ['isNull', [{ dimension: 'region', isNull: true }], '4'],
    ['is not null', [{ dimension: 'region', isNull: false }], '1'],
    [
      'several must all hold',
      [
        { dimension: 'region', isNull: true },
        { dimension: 'service', in: ['Amazon S3'] },
      ],
      '1',
    ],
    ['tag', [{ dimension: 'tag:team', in: ['search'] }], '1'],
    ['a quote is a character', [{ dimension: 'service', in: ["x') OR 1=1 --"] }], '0'],
    ['a percent sign is a character', [{ dimension: 'service', contains: '%' }], '0'],
    ['a backslash is a character', [{ dimension: 'service', in: ["\\') OR ('1'='1", 'Amazon S3'] }], '1'],
    ['a placeholder is a text', [{ dimension: 'service', in: ['{organizationId:UUID}'] }], '0'],
    ['a tag key that is SQL is a key', [{ dimension: "tag:'] = '' OR 1=1 --", in: ['a'] }], '0'],
    ['an extra column that is SQL is a name', [{ dimension: "extra:x'] , (SELECT 1)", isNull: true }], '5'],
    ['control characters', [{ dimension: 'service', in: ['a\n\t\0b\r', '한국', '\u{1F4B0}'] }], '0'],
  ] as const)('%s', async (_, filters, expected) => {
    expect(await sum(filters as never)).toBe(expected)
  })
})

describe('isolation and time', () => {
  test('rows of another organization never appear, whatever is asked', async () => {
    const answer = await ask(
      {
        metrics: ['effective_cost', 'calls', 'charges'],
        dimensions: ['unit'],
        period: { from: '2020-01-01', to: '2030-01-01' },
        currency: 'USD',
      },
      other,
    )
    expect(answer.totals).toEqual([[null, '777.003', '1', '1']])
    expect((await ask({ metrics: ['effective_cost', 'calls'], period: january }, newId())).rows).toEqual([])
  })

  test('an estimate gives way to the bill of its account and day, and comes back when the batch is closed', async () => {
    const openAi = {
      metrics: ['effective_cost', 'estimated_cost'],
      period: { from: '2026-01-10', to: '2026-01-11' },
      filters: [{ dimension: 'provider', in: ['OpenAI'] }],
    }
    expect((await ask(openAi)).rows).toEqual([['3.503', '0.009']])
    await ledger.log([], [openAiBill], '2026-02-01 00:00:00.000000')
    expect((await ask({ ...openAi, asOf: '2026-01-31T23:59:59.999999Z' })).rows).toEqual([['3.503', '0.009']])
    // Another question, because only announced changes of the ledger end a kept answer.
    expect((await ask({ ...openAi, limit: 9 })).rows).toEqual([['0.009', '0.009']])
    await ledger.log([openAiBill], [], '2026-02-02 00:00:00.000000')
    expect((await ask({ ...openAi, limit: 8 })).rows).toEqual([['3.503', '0.009']])
    expect((await ask({ ...openAi, asOf: '2026-02-01T00:00:00Z' })).rows).toEqual([['0.009', '0.009']])
  })

  test('a restatement is seen whole, before or after', async () => {
    const first = await ledger.bill([{ EffectiveCost: '1' }, { EffectiveCost: '2' }], {
      organizationId: restated,
      at: '2026-02-01 10:00:00.000000',
    })
    await ledger.bill([{ EffectiveCost: '5' }], {
      organizationId: restated,
      at: '2026-02-01 10:00:00.000001',
      closes: [first],
    })
    const at = async (asOf: string | null) =>
      (await ask({ metrics: ['effective_cost'], period: january, asOf, currency: 'USD' }, restated)).rows[0]![0]
    expect([
      await at('2026-02-01T09:59:59Z'),
      await at('2026-02-01T10:00:00Z'),
      await at('2026-02-01T10:00:00.000001Z'),
      await at(null),
    ]).toEqual([null, '3', '5', '5'])
  })

  test('more batches than can be named are found by rule, now and as of then', async () => {
    const organizationId = newId()
    const many = Array.from({ length: 1001 }, () => newId())
    const bill = await ledger.bill([{ EffectiveCost: '5' }], { organizationId, at: '2026-02-01 10:00:00.000000' })
    await ledger.log(many, [], '2026-02-01 11:00:00.000000', organizationId)
    await ledger.log([], [bill], '2026-02-01 12:00:00.000000', organizationId)
    const at = async (asOf: string | null) =>
      (await ask({ metrics: ['charges'], period: january, asOf }, organizationId)).rows[0]![0]
    expect([await at('2026-02-01T11:30:00Z'), await at(null)]).toEqual(['1', '0'])
  })

  test('asOf counts a call from the very millisecond it was recorded', async () => {
    await ledger.calls([
      { OrganizationId: tagged, StartedAt: '2026-01-10 00:00:00.000', RecordedAt: '2026-01-10 00:14:59.999' },
      { OrganizationId: tagged, StartedAt: '2026-01-10 00:00:00.000', RecordedAt: '2026-01-10 00:15:00.000' },
      { OrganizationId: tagged, StartedAt: '2026-01-10 00:00:00.000', RecordedAt: '2026-01-10 00:15:00.001' },
    ])
    const at = async (asOf: string) => (await ask({ metrics: ['calls'], period: january, asOf }, tagged)).rows[0]![0]
    expect([
      await at('2026-01-10T00:14:59.998Z'),
      await at('2026-01-10T00:14:59.999Z'),
      await at('2026-01-10T00:15:00Z'),
      await at('2026-01-10T00:15:00.0005Z'),
      await at('2026-01-10T00:15:00.001Z'),
    ]).toEqual(['0', '1', '2', '2', '3'])
  })

  test('roll-up and single events give the same sums, also for a ragged period', async () => {
    const metrics = [
      'calls',
      'errors',
      'tokens_input',
      'tokens_cache_read',
      'tokens_cache_write',
      'tokens_output',
      'tokens_reasoning',
      'gpu_hours',
      'unpriced_tokens',
      'unpriced_calls',
      'estimated_cost',
      'effective_cost',
      'cost_per_call',
    ]
    const period = { from: '2026-01-10T05:07:00Z', to: '2026-01-11T05:00:00.001Z' }
    const usage = { dimension: 'basis', in: ['estimated'] }
    const rollUp = await ask({ metrics, period, filters: [usage] })
    const events = await ask({ metrics, period, filters: [usage, { dimension: 'usage_status', isNull: false }] })
    const leaves = await ask({ metrics, period, filters: [usage, { dimension: 'unit', isNull: false }] })
    expect(rollUp.rows[0]![0]).toBe('3')
    expect(events.rows).toEqual(rollUp.rows)
    expect(leaves.rows).toEqual(rollUp.rows)
  })

  test('buckets start in the zone: a week on Monday, a row in the local day of its start', async () => {
    await ledger.bill(
      [
        { EffectiveCost: '1', ChargePeriodStart: '2026-01-11 14:59:59' },
        { EffectiveCost: '2', ChargePeriodStart: '2026-01-11 15:00:00' },
      ],
      { organizationId: days },
    )
    const answer = await ask(
      { metrics: ['effective_cost'], granularity: 'week', timeZone: 'Asia/Seoul', period: january, currency: 'USD' },
      days,
    )
    expect(answer.rows).toEqual([
      ['2026-01-05T00:00:00+09:00', '1'],
      ['2026-01-12T00:00:00+09:00', '2'],
    ])
    expect(answer.totals).toEqual([[null, '3']])
  })
})

describe('wrong questions', () => {
  test.each([
    [{ metrics: ['efective_cost'] }, 'unknown_metric', 'effective_cost'],
    [{ metrics: ['calls'], dimensions: ['servce'] }, 'unknown_dimension', 'service'],
    [{ metrics: ['calls'], filters: [{ dimension: 'regoin', in: ['x'] }] }, 'unknown_dimension', 'region'],
    [{ metrics: ['calls'], timeZone: 'Asia/Seul' }, 'unknown_time_zone', 'Asia/Seoul'],
    [{ metrics: ['calls'], orderBy: [{ id: 'call' }] }, 'unknown_order', 'calls'],
  ])('%j is refused with the nearest name', async (request, code, nearest) => {
    await expect(ask({ period: january, ...request } as QueryRequest)).rejects.toMatchObject({
      kind: 'invalid',
      code,
      details: { nearest: expect.arrayContaining([nearest]) },
    })
  })
  test('a period that ends before it starts, and a day that does not exist', async () => {
    await expect(ask({ metrics: ['calls'], period: { from: '2026-02-01', to: '2026-02-01' } })).rejects.toMatchObject({
      code: 'empty_period',
    })
    await expect(ask({ metrics: ['calls'], period: { from: '2026-02-30', to: '2026-03-01' } })).rejects.toMatchObject({
      code: 'invalid_time',
    })
  })
})
