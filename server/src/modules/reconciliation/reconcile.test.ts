import Fastify from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newId } from '../../primitives/ids'
import { sumDecimals } from '../../primitives/money'
import { type LedgerFixture, openLedgerFixture } from '../explore/ledger-fixture'
import { shippedBooks } from '../pricing'
import type { DaysAnswer, MatchesAnswer, ReconciliationAnswer, SplitAnswer } from './contract'
import { reconciliationRoutes } from './routes'

let ledger: LedgerFixture
let app: ReturnType<typeof open>
const open = () => Fastify().withTypeProvider<ZodTypeProvider>()
const period = 'from=2026-01-01&to=2026-02-01'
const openai = `${period}&provider=OpenAI&account=org-1`

beforeEach(async () => {
  ledger = await openLedgerFixture()
  app = open()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.decorateRequest('scope', { getter: () => ({ organizationId: ledger.organizationId, actor: 'test' }) } as never)
  await app.register(reconciliationRoutes({ clickhouse: ledger.clickhouse, books: shippedBooks }))
})
afterEach(async () => {
  await app.close()
  await ledger.close()
})

const get = async <T>(path: string): Promise<T> => {
  const answer = await app.inject({ url: `/api/v1/reconciliation${path}` })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json<T>()
}
const account = async () => (await get<ReconciliationAnswer>(`?${period}`)).accounts[0]!
const parts = async () => Object.fromEntries((await account()).parts.map(({ id, amount }) => [id, amount]))

/** A line of OpenAI's bill: a million tokens of input at 3 a million on 10 January. */
const line = (over: Record<string, unknown> = {}) => ({
  ServiceProviderName: 'OpenAI',
  ServiceName: 'OpenAI API',
  BillingAccountId: 'org-1',
  BillingAccountName: 'Sora',
  SkuPriceDetails: '{"x_ModelId":"gpt-5.4"}',
  SkuMeter: 'Input Tokens',
  BilledCost: '3',
  ConsumedQuantity: '1000000',
  ConsumedUnit: 'Tokens',
  ...over,
})
/** The call behind it. */
const call = (over: Record<string, unknown> = {}) => ({
  StartedAt: '2026-01-10 12:00:00.000',
  RecordedAt: '2026-01-10 12:00:01.000',
  Model: 'gpt-5.4-2026-01-01',
  Units: ['input.text.plain'],
  Quantities: [1_000_000],
  UnitCosts: ['3'],
  Cost: '3',
  ...over,
})
const at = '2026-01-20 00:00:00.000000'
const bill = (...lines: Record<string, unknown>[]) => ledger.bill(lines, { at })

test('a bill and its calls meet by model and day, whatever each calls the model', async () => {
  await bill(line())
  await ledger.calls([call()])
  expect(await account()).toMatchObject({
    provider: 'OpenAI',
    account: 'org-1',
    accountName: 'Sora',
    status: 'matched',
    billed: '3',
    estimate: '3',
    difference: '0',
    accuracy: '1',
    calls: '1',
    parts: [],
    level: { account: 'provider', day: 'day', key: false, quantity: 'bill' },
  })
})

test('missing key, cache, batch, unpriced, rounding and fees are told apart on the rows of the ledger', async () => {
  await bill(
    line({ BilledCost: '6', ConsumedQuantity: '2000000' }),
    line({ SkuMeter: 'Cached Input Tokens', BilledCost: '0.3', ConsumedQuantity: '1000000' }),
    line({ SkuMeter: 'Output Tokens', BilledCost: '5', ConsumedQuantity: '500000' }),
    line({ SkuMeter: 'Batch Output Tokens', BilledCost: '5', ConsumedQuantity: '1000000' }),
    line({ SkuPriceDetails: '{"x_ModelId":"new-model-1"}', BilledCost: '7' }),
    line({ SkuPriceDetails: '{"x_ModelId":"gpt-5.5"}', BilledCost: '2' }),
    line({ ChargeCategory: 'Tax', BilledCost: '0.5', ConsumedQuantity: null }),
  )
  await ledger.calls([
    call({ Quantities: [2_000_000], UnitCosts: ['6'], Cost: '6' }),
    call({ Units: ['output.text.visible'], Quantities: [1_500_000], UnitCosts: ['15'], Cost: '15' }),
    call({ Model: 'new-model-1', UnitCosts: [null], Cost: null, CostStatus: 'unpriced' }),
    call({ Model: 'gpt-5.5', UnitCosts: ['2.001'], Cost: '2.001' }),
  ])
  expect(await parts()).toEqual({
    missing_key: '0.3',
    unpriced: '7',
    batch: '-5',
    rounding: '-0.001',
    fees: '0.5',
  })
  const answer = await get<ReconciliationAnswer>(`?${period}`)
  expect(answer.totals[0]).toMatchObject({ difference: '2.799', proof: { sumOfParts: '2.799', equal: true } })
  // 25.3 + 2 + 7 is usage; 0.3 was not seen and 7 has no price.
  expect(answer.accounts[0]).toMatchObject({
    billedUsage: '25.3',
    explained: '18',
    accuracy: '0.711462',
    status: 'differs',
  })
})

test('tokens that the provider took from its cache are named cache, not missing and not too many', async () => {
  await bill(
    line({ BilledCost: '1.8', ConsumedQuantity: '600000' }),
    line({ SkuMeter: 'Cached Input Tokens', BilledCost: '0.12', ConsumedQuantity: '400000' }),
  )
  await ledger.calls([call()])
  expect(await parts()).toEqual({ cache: '-1.08' })
  expect((await account()).accuracy).toBe('1')
})

test('a call before midnight that the provider counts after it is late on both days', async () => {
  await bill(
    line(),
    line({
      ChargePeriodStart: '2026-01-11 00:00:00',
      ChargePeriodEnd: '2026-01-12 00:00:00',
      BilledCost: '6',
      ConsumedQuantity: '2000000',
    }),
  )
  await ledger.calls([
    call(),
    call({ StartedAt: '2026-01-10 23:59:30.000' }),
    call({ StartedAt: '2026-01-11 09:00:00.000' }),
  ])
  const { days } = await get<DaysAnswer>(`/days?${openai}`)
  expect(days.map(({ day, difference, parts }) => ({ day, difference, parts }))).toEqual([
    { day: '2026-01-10', difference: '-3', parts: [{ id: 'late', amount: '-3' }] },
    { day: '2026-01-11', difference: '3', parts: [{ id: 'late', amount: '3' }] },
  ])
})

test('days of a provider whose midnight is not UTC’s are cut at its midnight', async () => {
  await bill(line({ ChargePeriodStart: '2026-01-09 15:00:00', ChargePeriodEnd: '2026-01-10 15:00:00' }))
  await ledger.calls([call({ StartedAt: '2026-01-09 16:00:00.000' }), call({ StartedAt: '2026-01-10 16:00:00.000' })])
  const { account: found, days } = await get<DaysAnswer>(`/days?${openai}`)
  expect(found).toMatchObject({ zoneOffsetMinutes: 900, difference: '0' })
  expect(days.map(({ state, estimate }) => [state, estimate])).toEqual([
    ['billed', '3'],
    ['open', '3'],
  ])
})

test('days after the last line of a bill are open: they are neither missing nor too much', async () => {
  await bill(line())
  await ledger.calls([call(), call({ StartedAt: '2026-01-12 12:00:00.000' })])
  expect(await account()).toMatchObject({
    status: 'matched',
    estimate: '3',
    openEstimate: '3',
    lastBilledDay: '2026-01-10',
  })
})

test('a withdrawn bill and a corrected call count no more', async () => {
  await bill(line())
  const wrong = await bill(line({ BilledCost: '9' }))
  await ledger.log([], [wrong], '2026-01-21 00:00:00.000000')
  await ledger.calls([
    call(),
    call({ UnitCosts: ['4'], Cost: '4' }),
    call({ UnitCosts: ['4'], Cost: '4', Sign: -1, Version: 1 }),
  ])
  expect(await account()).toMatchObject({ billed: '3', estimate: '3', difference: '0', calls: '1' })
})

test('what the provider counts fills in where its bill names no quantity, and meets calls by key', async () => {
  await bill(line({ ConsumedQuantity: null, BilledCost: '4.5', InvoiceId: 'INV-1' }))
  await usage([
    { Key: 'key-a', KeyName: 'search', Quantities: ['1000000'] },
    { Key: 'key-b', KeyName: 'forgotten', Quantities: ['500000'] },
  ])
  await ledger.calls([call({ Attributes: { 'infrazen.key': 'key-a' } })])
  const found = await account()
  expect(found).toMatchObject({ invoiced: '4.5', level: { quantity: 'provider_usage' } })
  expect(found.parts).toEqual([{ id: 'missing_key', amount: '1.5' }])
  const { keys } = await get<MatchesAnswer>(`/matches?${openai}`)
  expect(keys.map(({ name, providerQuantity, quantity }) => [name, providerQuantity, quantity])).toEqual([
    ['search', '1000000', '1000000'],
    ['forgotten', '500000', '0'],
  ])
})

test('where bill and calls both name the key, each key is compared for itself', async () => {
  await bill(
    line({
      ResourceType: 'API key',
      ResourceId: 'key-a',
      ResourceName: 'search',
      BilledCost: '1',
      ConsumedQuantity: '500000',
    }),
    line({
      ResourceType: 'API key',
      ResourceId: 'key-b',
      ResourceName: 'forgotten',
      BilledCost: '2',
      ConsumedQuantity: '500000',
    }),
  )
  await ledger.calls([call({ Attributes: { 'infrazen.key': 'key-a' }, UnitCosts: ['2'], Cost: '2' })])
  const found = await account()
  expect(found).toMatchObject({ level: { key: true }, difference: '1' })
  expect(found.parts).toEqual([
    { id: 'missing_key', amount: '2' },
    { id: 'telemetry_only', amount: '-1' },
  ])
})

test('usage of the provider is priced by the price book, and the hours of a day show both sides', async () => {
  await bill(line({ SkuPriceDetails: '{"x_ModelId":"gpt-5.1"}', BilledCost: '1.25' }))
  await usage([{ Model: 'gpt-5.1', BucketStart: '2026-01-10 12:00:00', BucketEnd: '2026-01-10 13:00:00' }])
  await ledger.calls([call({ Model: 'gpt-5.1', UnitCosts: ['1.25'], Cost: '1.25' })])
  expect(await account()).toMatchObject({ providerUsage: '1.25', billed: '1.25', estimate: '1.25' })
  const { hours, matches } = await get<MatchesAnswer>(`/matches?${openai}&day=2026-01-10`)
  expect(hours).toEqual([
    { hour: '2026-01-10T12:00:00Z', providerQuantity: '1000000', quantity: '1000000', estimate: '1.25', calls: '1' },
  ])
  expect(matches[0]!.leaves[0]).toMatchObject({ leaf: 'input', billedQuantity: '1000000', providerQuantity: '1000000' })
})

test('line items of OpenAI’s costs are read by their names', async () => {
  const item = (name: string, BilledCost: string, ConsumedQuantity: string) =>
    line({ SkuPriceDetails: '', SkuId: name, ChargeDescription: name, SkuMeter: name, BilledCost, ConsumedQuantity })
  await bill(
    item('gpt-5.4-2026-01-01, input', '2', '800000'),
    item('gpt-5.4-2026-01-01, cached input', '0.05', '200000'),
    item('gpt-5.4-2026-01-01 batch, output', '5', '1000000'),
  )
  await ledger.calls([
    call({
      Units: ['input.text.plain', 'input.text.cache_read', 'output.text.visible', 'output.text.reasoning'],
      Quantities: [800_000, 200_000, 600_000, 400_000],
      UnitCosts: ['2', '0.05', '6', '4'],
      Cost: '12.05',
    }),
  ])
  expect(await parts()).toEqual({ batch: '-5' })
})

test('Anthropic’s cost report has no quantities: its usage report tells what was cached', async () => {
  const cost = (x_TokenType: string, BilledCost: string) =>
    line({
      ServiceProviderName: 'Anthropic',
      ServiceName: 'Claude API',
      SkuPriceDetails: JSON.stringify({ x_ModelId: 'claude-sonnet-4-5', x_TokenType, x_ServiceTier: 'standard' }),
      SkuMeter: x_TokenType,
      ConsumedQuantity: null,
      ConsumedUnit: '',
      BilledCost,
    })
  await bill(
    cost('uncached_input_tokens', '2.1'),
    cost('cache_read_input_tokens', '0.09'),
    cost('cache_creation.ephemeral_5m_input_tokens', '0.375'),
    cost('output_tokens', '15'),
  )
  await usage([
    {
      Provider: 'anthropic',
      Part: 'usage/messages',
      Model: 'claude-sonnet-4-5-20250929',
      Tier: 'standard',
      Units: ['input.text.plain', 'input.text.cache_read', 'input.text.cache_write_5m', 'output.text'],
      Quantities: ['700000', '300000', '100000', '1000000'],
    },
    // The same tokens by person: not to be counted again.
    { Provider: 'anthropic', Part: 'usage/claude_code', Units: ['output.text'], Quantities: ['1000000'] },
  ])
  await ledger.calls([
    call({
      Provider: 'anthropic',
      ServiceProviderName: 'Anthropic',
      ServiceName: 'Claude API',
      Model: 'claude-sonnet-4-5',
      Units: ['input.text.plain', 'input.text.cache_write_5m', 'output.text.visible'],
      Quantities: [1_000_000, 100_000, 1_000_000],
      UnitCosts: ['3', '0.375', '15'],
      Cost: '18.375',
    }),
  ])
  // 300,000 tokens at 0.3 instead of 3 a million.
  expect(await account()).toMatchObject({
    parts: [{ id: 'cache', amount: '-0.81' }],
    providerUsage: '17.565',
    billed: '17.565',
    level: { quantity: 'provider_usage' },
  })
})

test('what a cloud bills besides models is not compared', async () => {
  const aws = { ServiceProviderName: 'Amazon Web Services', BillingAccountId: '700', SkuPriceDetails: '' }
  await bill(
    line({ ...aws, ServiceName: 'Amazon EC2', SkuId: 'm5.xlarge-v2, hours', BilledCost: '100' }),
    line({ ...aws, ServiceName: 'Amazon Bedrock', SkuPriceDetails: '{"x_ModelId":"gpt-5.4"}' }),
    line({ ...aws, ServiceName: 'AWS Support', ChargeCategory: 'Tax', BilledCost: '10' }),
  )
  await ledger.calls([call({ ServiceProviderName: 'Amazon Web Services', ServiceName: 'Amazon Bedrock' })])
  expect(await account()).toMatchObject({ provider: 'Amazon Web Services', billed: '3', difference: '0' })
})

test('a bill in won is compared in the dollars that it is priced in', async () => {
  await bill(
    line({
      BillingCurrency: 'KRW',
      BilledCost: '4350',
      PricingCurrency: 'USD',
      PricingCurrencyEffectiveCost: '3',
    }),
  )
  await ledger.calls([call()])
  expect(await account()).toMatchObject({
    currency: 'USD',
    billed: '3',
    difference: '0',
    level: { currency: 'pricing' },
  })
})

test('currencies that do not meet stand side by side and are not compared', async () => {
  await bill(line({ BillingCurrency: 'KRW', BilledCost: '4350' }))
  await ledger.calls([call()])
  const { accounts, totals } = await get<ReconciliationAnswer>(`?${period}`)
  expect(
    accounts.map(({ currency, status, billed, openEstimate }) => [currency, status, billed, openEstimate]),
  ).toEqual([
    ['KRW', 'other_currency', '4350', '0'],
    ['USD', 'other_currency', null, '3'],
  ])
  expect(totals).toEqual([])
})

test('calls that have no price wait for a bill without an amount: unknown is not zero', async () => {
  await ledger.calls([call({ UnitCosts: [null], Cost: null, CostStatus: 'unpriced' })])
  expect(await account()).toMatchObject({ status: 'no_bill', openEstimate: null, calls: '1' })
})

test('calls without any bill wait for one; a bill without any call is missing whole', async () => {
  await ledger.calls([call()])
  expect(await account()).toMatchObject({ status: 'no_bill', billed: null, difference: null, openEstimate: '3' })
  await bill(line({ ServiceProviderName: 'Anthropic', ServiceName: 'Claude API' }))
  const { accounts } = await get<ReconciliationAnswer>(`?${period}`)
  expect(accounts[0]).toMatchObject({
    provider: 'Anthropic',
    status: 'no_telemetry',
    accuracy: '0',
    parts: [{ id: 'missing_key', amount: '3' }],
  })
})

test('the bill is split by team and model to the last digit; what no call explains is a row of its own', async () => {
  await bill(
    line({ BilledCost: '10', ConsumedQuantity: '4000000' }),
    line({ ChargeCategory: 'Credit', BilledCost: '-1' }),
  )
  await ledger.calls(['a', 'b', 'c'].map((Team) => call({ Team, Feature: 'chat' })))
  const answer = (
    await app.inject({
      method: 'POST',
      url: '/api/v1/reconciliation/split',
      payload: { from: '2026-01-01', to: '2026-02-01', provider: 'OpenAI', account: 'org-1', by: ['team', 'model'] },
    })
  ).json<SplitAnswer>()
  expect(answer.rows.map(({ way, values, billed }) => [way, ...values, billed])).toEqual([
    ['not_seen', '', 'gpt-5.4', '2.5'],
    ['telemetry', 'a', 'gpt-5.4', '2.5'],
    ['telemetry', 'b', 'gpt-5.4', '2.5'],
    ['telemetry', 'c', 'gpt-5.4', '2.5'],
    ['fees', '', '', '-1'],
  ])
  expect(answer.proof).toEqual({ sumOfRows: '9', equal: true })
  expect(answer.billed).toBe('9')
})

test('an indivisible amount is cut by largest remainder and stays whole', async () => {
  await bill(line({ BilledCost: '1' }))
  await ledger.calls(
    ['a', 'b', 'c'].map((Team, i) =>
      call({ Team, Quantities: [i === 0 ? 333_334 : 333_333], UnitCosts: ['1'], Cost: '1' }),
    ),
  )
  const answer = (
    await app.inject({
      method: 'POST',
      url: '/api/v1/reconciliation/split',
      payload: { from: '2026-01-01', to: '2026-02-01', provider: 'OpenAI', account: 'org-1', by: ['team'] },
    })
  ).json<SplitAnswer>()
  expect(answer.rows.map((row) => row.billed)).toEqual([
    '0.333333333333333333333333333334',
    '0.333333333333333333333333333333',
    '0.333333333333333333333333333333',
  ])
  expect(sumDecimals(answer.rows.map((row) => row.billed))).toBe('1')
})

async function usage(rows: Record<string, unknown>[]) {
  const BatchId = newId()
  const common = {
    OrganizationId: ledger.organizationId,
    ConnectionId: '00000000-0000-4000-8000-000000000001',
    BatchId,
    Part: 'usage/completions',
    RecordedAt: '2026-01-12 00:00:00.000000',
  }
  const insert = (table: string, values: Record<string, unknown>[]) =>
    ledger.clickhouse.insertNdjson({
      name: 'test',
      table,
      rows: Buffer.from(values.map((row) => JSON.stringify(row)).join('\n')),
    })
  await insert(
    'provider_usage_v1',
    rows.map((row) => ({
      ...common,
      Provider: 'openai',
      BucketStart: '2026-01-10 00:00:00',
      BucketEnd: '2026-01-11 00:00:00',
      Account: '',
      Model: 'gpt-5.4',
      Units: ['input.text.plain'],
      Quantities: ['1000000'],
      ...row,
    })),
  )
  const reports = new Set(rows.map((row) => row.Part ?? common.Part))
  await insert(
    'provider_usage_days_v1',
    [...reports].map((Part) => ({ ...common, Part, Day: '2026-01-10', Rows: rows.length })),
  )
}
