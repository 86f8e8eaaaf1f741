import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createHttpServer } from '../../http'
import { newId } from '../../primitives/ids'
import { sumDecimals } from '../../primitives/money'
import { type ClickHouse, migrateClickHouse, openClickHouse } from '../../storage/clickhouse'
import { migratePostgres, openPostgres, type Postgres, tables } from '../../storage/postgres'
import { recordUsage, type UsageEvent } from '../ledger'
import type { ChangeMade, ExplainAnswer, Rating, RatingPreview, UnpricedAnswer } from './contract'
import { openPriceBooks, type PriceBooks } from './price-books'
import { priceUsage } from './price-usage'
import { pricingRoutes } from './routes'

let folder: string
let clickhouse: ClickHouse
let postgres: Postgres
let books: PriceBooks
let app: FastifyInstance
let scope = { organizationId: '', actor: 'test' }

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'infrazen-prices-'))
  clickhouse = await openClickHouse({ path: folder })
  await migrateClickHouse(clickhouse)
  postgres = await openPostgres({ path: join(folder, 'postgres') })
  await migratePostgres(postgres)
  books = openPriceBooks(postgres)
  app = (await createHttpServer({
    version: 'test',
    logger: false,
    trustedProxies: [],
    checkAnswers: true,
  })) as unknown as FastifyInstance
  app.addHook('onRequest', async (request) => {
    request.scope = scope
  })
  await app.register(pricingRoutes({ clickhouse, postgres, books, timeZoneOf: async () => 'Asia/Seoul' }))
  await app.ready()
})
afterAll(async () => {
  await app?.close()
  await clickhouse?.close()
  await postgres?.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  scope = { organizationId: newId(), actor: 'test' }
  await postgres.db.insert(tables.organizations).values({
    id: scope.organizationId,
    name: 'Nordwind',
    timeZone: 'Asia/Seoul',
    currency: 'USD',
    locale: 'en',
  })
})

const ask = async <T = Record<string, unknown>>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  payload?: object,
) => {
  const response = await app.inject({ method, url: `/api/v1/pricing${path}`, payload })
  return { status: response.statusCode, body: response.json() as T }
}
const price = (more: object = {}) => ({
  kind: 'contract',
  provider: 'openai',
  model: 'gpt-5',
  from: '2026-07-01T00:00:00Z',
  currency: 'USD',
  rates: { 'input.text.plain': '1', 'output.text.visible': '8' },
  ...more,
})
const usage = [
  { unit: 'input.text.plain', quantity: 1_000_000 },
  { unit: 'output.text.visible', quantity: 1_000_000 },
]
const costAt = async (at: string, more: object = {}) =>
  (await ask<{ cost: string | null }>('POST', '/quote', { provider: 'openai', model: 'gpt-5', at, usage, ...more }))
    .body.cost

let calls = 0
async function call(startedAt: string, change: { model?: string; team?: string; quantity?: number } = {}) {
  const n = ++calls
  const model = change.model ?? 'gpt-5'
  const leaves = [
    { unit: 'input.text.plain', quantity: change.quantity ?? 1_000_000 },
    { unit: 'output.text.visible', quantity: 100_000 },
  ]
  const at = new Date(startedAt)
  const priced = priceUsage(
    await books.of(scope),
    { provider: 'openai', model, requestModel: model, serviceTier: '', leaves },
    '',
    at,
  )
  const event: UsageEvent = {
    traceId: n.toString(16).padStart(32, 'a'),
    attemptId: n.toString(16).padStart(16, '0'),
    parentId: '',
    responseId: '',
    source: 'span',
    kind: 'call',
    callId: '',
    dialect: '',
    rawShape: '',
    rawCounts: [],
    startedAt: at.getTime(),
    durationMs: 1200,
    isError: false,
    provider: 'openai',
    serviceProviderName: 'OpenAI',
    serviceName: 'OpenAI API',
    accountId: '',
    requestModel: model,
    model,
    operation: 'chat',
    serviceTier: '',
    region: '',
    team: change.team ?? 'search',
    project: '',
    feature: '',
    experiment: '',
    run: '',
    customer: '',
    environment: '',
    service: '',
    usageStatus: 'exact',
    attributes: {},
    leaves: priced.leaves,
    cost: priced.cost,
    currency: priced.currency,
    costStatus: priced.costStatus,
    priceVersion: priced.priceVersion,
    pricePath: priced.pricePath,
  }
  await recordUsage(clickhouse, scope, [event])
}
/** The ledger's own sum, which knows nothing of ratings but the sign of a row. */
async function ledgerCost(asOf?: string) {
  const [row] = await clickhouse.query<{ cost: string }>({
    name: 'test',
    sql: `SELECT toString(sum(Cost * Sign)) AS cost FROM usage_events_v1 WHERE OrganizationId = {id:UUID}${asOf ? ' AND RecordedAt < parseDateTime64BestEffort({asOf:String}, 3)' : ''}`,
    params: { id: scope.organizationId, ...(asOf ? { asOf } : {}) },
  })
  return sumDecimals([row!.cost])
}
const settled = async (id: string): Promise<Rating> => {
  for (;;) {
    const { body } = await ask<{ ratings: Rating[] }>('GET', '/ratings')
    const rating = body.ratings.find((each) => each.id === id)!
    if (rating.status !== 'running') return rating
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
const period = { from: '2026-10-01T00:00:00Z', to: '2026-12-01T00:00:00Z' }

describe('prices of an organization', () => {
  test('a contract price goes before overlay and catalogue, in its interval alone, and for nobody else', async () => {
    const list = await costAt('2026-08-01T00:00:00Z')
    expect(list).toBe('11.25')
    await ask(
      'POST',
      '/rules',
      price({ kind: 'overlay', rates: { 'input.text.plain': '1', 'output.text.visible': '9' } }),
    )
    expect(await costAt('2026-08-01T00:00:00Z')).toBe('10')
    await ask('POST', '/rules', price({ to: '2026-09-01T00:00:00Z' }))
    expect(await costAt('2026-08-31T23:59:59.999Z')).toBe('9')
    expect(await costAt('2026-09-01T00:00:00Z')).toBe('10')
    expect(await costAt('2026-06-30T23:59:59.999Z')).toBe(list)
    const own = scope
    scope = { ...scope, organizationId: newId() }
    expect(await costAt('2026-08-01T00:00:00Z')).toBe(list)
    scope = own
  })

  test('a change from a day on ends the old price there; both are in the history, and undo brings the old one back', async () => {
    const added = (await ask<ChangeMade>('POST', '/rules', price())).body
    const rule = added.rules[0]!
    const change = await ask<ChangeMade>('PUT', `/rules/${rule.id}`, {
      terms: price({ rates: { 'input.text.plain': '2', 'output.text.visible': '10' } }),
      version: 1,
      effectiveFrom: '2026-10-01T00:00:00Z',
    })
    expect(change.body.rules.map((each) => [each.terms.from, each.terms.to])).toEqual([
      ['2026-07-01T00:00:00.000Z', '2026-10-01T00:00:00.000Z'],
      ['2026-10-01T00:00:00.000Z', null],
    ])
    expect(await costAt('2026-09-30T23:59:59Z')).toBe('9')
    expect(await costAt('2026-10-01T00:00:00Z')).toBe('12')

    const undone = await ask<ChangeMade>('POST', `/changes/${change.body.changeId}/undo`)
    expect(undone.status).toBe(200)
    expect(await costAt('2026-10-01T00:00:00Z')).toBe('9')
    const { body } = await ask<{ entries: { action: string; recordedBy: string; after: unknown }[] }>('GET', '/history')
    expect(body.entries.map((each) => each.action)).toEqual(['undone', 'undone', 'added', 'changed', 'added'])
    expect(new Set(body.entries.map((each) => each.recordedBy))).toEqual(new Set(['test']))
    // what was changed since cannot be undone over the head of the later change
    expect((await ask('POST', `/changes/${added.changeId}/undo`)).body).toMatchObject({ code: 'price_changed' })
    // and an undo can itself be undone
    await ask('POST', `/changes/${undone.body.changeId}/undo`)
    expect(await costAt('2026-10-01T00:00:00Z')).toBe('12')
  })

  test('two people who change the same price at once: one of them is told', async () => {
    const rule = (await ask<ChangeMade>('POST', '/rules', price())).body.rules[0]!
    const put = (rate: string) =>
      ask('PUT', `/rules/${rule.id}`, { version: 1, terms: price({ rates: { 'input.text.plain': rate } }) })
    const both = await Promise.all([put('2'), put('3')])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(both.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'price_changed' })
  })

  test('a removed rule prices nothing more and stays in the history', async () => {
    const rule = (await ask<ChangeMade>('POST', '/rules', price())).body.rules[0]!
    await ask('DELETE', `/rules/${rule.id}`)
    expect(await costAt('2026-08-01T00:00:00Z')).toBe('11.25')
    const { body } = await ask<{ entries: { action: string; before: { model: string } }[] }>(
      'GET',
      `/history?ruleId=${rule.id}`,
    )
    expect(body.entries[0]).toMatchObject({ action: 'removed', before: { model: 'gpt-5' } })
  })

  test.each([
    [price({ rates: { 'input.text.plain': '1,25' } }), 'rates.input.text.plain', /digits and a point/],
    [price({ rates: { 'input.text.plain': '-1' } }), 'rates.input.text.plain', /0 means free/],
    [price({ rates: { 'input.txt': '1' } }), 'rates.input.txt', /input\.text\.plain/],
    [price({ rates: {} }), 'rates', /at least one unit/],
    [price({ currency: 'XYZ' }), 'currency', /ISO 4217/],
    [price({ to: '2026-07-01T00:00:00Z' }), 'to', /after the start/],
    [price({ daily: { from: '25:00', to: '08:00' } }), 'daily.from', /HH:MM/],
    [price({ model: 'gpt-5*' }), 'model', /further ids/],
    [{ kind: 'discount', provider: 'openai', percent: '120' }, 'percent', /up to 100/],
    [{ kind: 'discount', provider: 'openai', percent: '5', unit: 'tokens' }, 'unit', /no unit/],
    [
      price({
        kind: 'custom',
        rates: {},
        gpuHours: { hourlyRate: '2', gpus: 1, hours: '1', inputTokens: 0, outputTokens: 0 },
      }),
      'gpuHours.outputTokens',
      /tokens served/,
    ],
  ])('what is wrong is named by its field with the way out (%#)', async (terms, field, message) => {
    const { status, body } = await ask<{ code: string; problems: { field: string; message: string }[] }>(
      'POST',
      '/rules',
      terms,
    )
    expect([status, body.code]).toEqual([400, 'invalid_price'])
    expect(body.problems.find((each) => each.field === field)?.message).toMatch(message)
  })

  test('two rules for the same thing at the same time are refused; one after the other is fine', async () => {
    await ask('POST', '/rules', price({ to: '2026-10-01T00:00:00Z' }))
    const overlap = await ask('POST', '/rules', price({ from: '2026-09-30T00:00:00Z' }))
    expect(overlap.body).toMatchObject({ code: 'invalid_price', problems: [{ field: 'from' }] })
    expect((await ask('POST', '/rules', price({ from: '2026-10-01T00:00:00Z' }))).status).toBe(200)
    expect((await ask('POST', '/rules', price({ batch: true }))).status).toBe(200)
  })

  test('a self-hosted model is priced from GPU hours, and the quote says how', async () => {
    await ask('POST', '/rules', {
      kind: 'custom',
      provider: 'self_hosted',
      model: 'llama-70b',
      currency: 'EUR',
      gpuHours: {
        hourlyRate: '2.5',
        gpus: 8,
        hours: '24',
        inputTokens: 300_000_000,
        outputTokens: 50_000_000,
        outputWeight: '4',
      },
    })
    const { body } = await ask('POST', '/quote', {
      provider: 'self_hosted',
      model: 'llama-70b',
      at: '2026-08-01T00:00:00Z',
      usage,
    })
    expect(body).toMatchObject({ cost: '4.8', currency: 'EUR', path: 'derived', findings: [{ code: 'gpu_hours' }] })
  })

  test('the model page shows the price in force with its discount beside the list', async () => {
    await ask('POST', '/rules', { kind: 'discount', provider: 'openai', percent: '20', from: '2026-07-01T00:00:00Z' })
    const { body } = await ask<{ terms: { batch: boolean; prices: Record<string, unknown>[] }[]; rules: unknown[] }>(
      'GET',
      '/model?provider=openai&model=gpt-5',
    )
    const current = body.terms[0]!.prices.find((each) => each.inForce)
    expect(current).toMatchObject({
      rates: { 'input.text.plain': '1', 'output.text.visible': '8' },
      listRates: { 'input.text.plain': '1.25', 'output.text.visible': '10' },
    })
    expect(body.rules).toHaveLength(1)
    const book = await ask<{ models: { model: string; discounted: boolean }[]; total: number }>(
      'GET',
      '/book?search=gpt-5&provider=openai',
    )
    expect(book.body.models.find((each) => each.model === 'gpt-5')).toMatchObject({ input: '1', discounted: true })
  })

  test('models on which the catalogues disagree can be listed alone, with how far', async () => {
    const { body } = await ask<{ total: number; models: { disagreements: number }[] }>(
      'GET',
      '/book?disputed=true&limit=500',
    )
    expect(body.total).toBeGreaterThan(50)
    expect(body.models.every((model) => model.disagreements > 0)).toBe(true)
    const { body: all } = await ask<{ disagreements: { provider: string; model: string }[] }>('GET', '/disagreements')
    const listed = body.models.reduce((sum, model) => sum + model.disagreements, 0)
    expect(listed).toBeGreaterThan(body.total)
    expect(all.disagreements.length).toBeGreaterThan(body.total)
  })

  test('the provider’s own usage block and leaves give the same cost; a list is answered in its order', async () => {
    const question = { provider: 'openai', model: 'gpt-5', at: '2026-11-20T10:00:00Z' }
    const block = {
      prompt_tokens: 1000,
      completion_tokens: 100,
      total_tokens: 1100,
      prompt_tokens_details: { cached_tokens: 400 },
    }
    const leaves = [
      { unit: 'input.text.plain', quantity: 600 },
      { unit: 'input.text.cache_read', quantity: 400 },
      { unit: 'output.text.visible', quantity: 100 },
    ]
    const one = await ask('POST', '/quote', { ...question, usage: block })
    expect([one.status, one.body.cost, one.body.usageStatus]).toEqual([200, '0.0018', 'exact'])
    const list = await ask<{ cost: string | null }[]>('POST', '/quote', [
      { ...question, usage: leaves },
      { ...question, model: 'no-such-model-anywhere', usage: leaves },
    ] as never)
    expect(list.body.map((quote) => quote.cost)).toEqual(['0.0018', null])
    expect((await ask('POST', '/quote', { ...question, model: undefined, usage: {} })).status).toBe(400)
    expect(
      (await ask('POST', '/quote', { ...question, usage: [{ unit: 'input.text.plain', quantity: -1 }] })).status,
    ).toBe(400)
  })

  test('an estimate compares models and names what it takes for granted', async () => {
    const { body } = await ask<{ estimates: { likely: { cost: string | null }; assumptions: { code: string }[] }[] }>(
      'POST',
      '/estimate',
      {
        models: [
          { provider: 'openai', model: 'gpt-5' },
          { provider: 'openai', model: 'no-such-model' },
        ],
        at: '2026-11-01T00:00:00Z',
        prompt: { text: 'Привет, мир' },
        output: { tokens: 100 },
        calls: 1000,
      },
    )
    expect(body.estimates.map((each) => each.likely.cost)).toEqual(['1.00625', null])
    expect(body.estimates[0]!.assumptions.map((each) => each.code)).toContain('tokens_of_cyrillic')
  })
})

describe('a price that is corrected', () => {
  test('preview by team and month, apply beside the old figures, take back: the old answer is never lost', async () => {
    await call('2026-10-31T16:00:00Z', { team: 'search' }) // 1 November in Seoul
    await call('2026-10-15T10:00:00Z', { team: 'search' })
    await call('2026-11-15T10:00:00Z', { team: 'ads' })
    await call('2026-11-15T10:00:00Z', { team: 'ads', model: 'gpt-4o' })
    const before = await ledgerCost()
    // 1,000,000 × 1.25 and 100,000 × 10 a call, and of gpt-4o 2.5 and 10
    expect(before).toBe('10.25')

    await ask('POST', '/rules', price())
    const preview = (await ask<RatingPreview>('POST', '/ratings/preview', period)).body
    expect(preview).toMatchObject({ read: '4', events: '3', sums: [{ currency: 'USD', before: '6.75', after: '5.4' }] })
    expect(preview.differences.map((each) => [each.team, each.month, each.before, each.after, each.events])).toEqual([
      ['ads', '2026-11', '2.25', '1.8', '1'],
      ['search', '2026-11', '2.25', '1.8', '1'],
      ['search', '2026-10', '2.25', '1.8', '1'],
    ])
    expect(await ledgerCost()).toBe(before)

    const started = await ask<Rating>('POST', '/ratings', period)
    expect(started.status).toBe(202)
    const rating = await settled(started.body.id)
    expect(rating).toMatchObject({ status: 'applied', events: '3', sums: preview.sums, undoable: true })
    expect(await ledgerCost()).toBe('8.9')
    expect(await ledgerCost(rating.recordedAt)).toBe(before)
    // questions over the roll-up and over single calls tell the same, now and as of the moment before
    const total = async (asOf?: string) =>
      (
        await ask<ExplainAnswer>('POST', '/explain', {
          period: { from: '2026-10-01', to: '2026-12-01' },
          timeZone: 'UTC',
          ...(asOf ? { asOf } : {}),
        })
      ).body.totals[0]
    expect(await total()).toEqual({ currency: 'USD', cost: '8.9', ledger: '8.9', equal: true })
    const justBefore = new Date(Date.parse(rating.recordedAt) - 1).toISOString()
    expect(await total(justBefore)).toEqual({ currency: 'USD', cost: before, ledger: before, equal: true })
    const [rolledUp] = await clickhouse.query<{ cost: string; calls: string }>({
      name: 'test',
      sql: 'SELECT toString(sum(Cost)) AS cost, toString(sum(Calls)) AS calls FROM usage_per_15m_v1 WHERE OrganizationId = {id:UUID}',
      params: { id: scope.organizationId },
    })
    expect(rolledUp).toEqual({ cost: '8.9', calls: '4' })
    // a second one finds nothing to do
    expect((await ask<RatingPreview>('POST', '/ratings/preview', period)).body.events).toBe('0')

    expect((await ask<Rating>('POST', `/ratings/${rating.id}/undo`)).body.status).toBe('undone')
    expect(await ledgerCost()).toBe(before)
    const again = (await ask<RatingPreview>('POST', '/ratings/preview', period)).body
    expect(again.sums).toEqual(preview.sums)
  })

  test('an older re-rating is taken back only after the one that stands on it', async () => {
    await call('2026-11-15T10:00:00Z')
    const rule = (await ask<ChangeMade>('POST', '/rules', price())).body.rules[0]!
    const first = await settled((await ask<Rating>('POST', '/ratings', period)).body.id)
    await ask('PUT', `/rules/${rule.id}`, {
      version: 1,
      terms: price({ rates: { 'input.text.plain': '3', 'output.text.visible': '9' } }),
    })
    const second = await settled((await ask<Rating>('POST', '/ratings', period)).body.id)
    expect(await ledgerCost()).toBe('3.9')
    expect((await ask('POST', `/ratings/${first.id}/undo`)).body).toMatchObject({ code: 'rating_not_newest' })
    await ask('POST', `/ratings/${second.id}/undo`)
    expect(await ledgerCost()).toBe('1.8')
    await ask('POST', `/ratings/${first.id}/undo`)
    expect(await ledgerCost()).toBe('2.25')
    expect(await ledgerCost(second.recordedAt)).toBe('1.8')
  })

  test('the effect of a rule is known before it is saved, and saves nothing', async () => {
    const recent = new Date(Date.now() - 3 * 86_400_000).toISOString()
    await call(recent)
    await call(recent, { model: 'gpt-4o' })
    const terms = { kind: 'discount', provider: 'openai', model: 'gpt-5*', percent: '20' }
    const { body } = await ask<RatingPreview>('POST', '/effect', { terms })
    // only the model that the rule touches was read
    expect(body).toMatchObject({ read: '1', events: '1', sums: [{ currency: 'USD', before: '2.25', after: '1.8' }] })
    expect((await ask<{ rules: unknown[] }>('GET', '/rules')).body.rules).toEqual([])
    expect(await ledgerCost()).toBe('5.75')
  })

  test('unpriced usage is listed with its quantities, solved by a price, and then waits for a re-rating', async () => {
    await call('2026-11-15T10:00:00Z', { model: 'house-model', quantity: 7 })
    await call('2026-11-16T10:00:00Z', { model: 'house-model', quantity: 5 })
    const unpriced = () =>
      ask<UnpricedAnswer>('GET', '/unpriced?from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z').then(
        ({ body }) => body.items,
      )
    expect(await unpriced()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          provider: 'openai',
          model: 'house-model',
          unit: 'input.text.plain',
          quantity: '12',
          calls: '2',
          firstSeen: '2026-11-15T10:00:00Z',
          remedy: 'add_price',
          reason: expect.objectContaining({ code: 'model_unknown' }),
        }),
      ]),
    )
    await ask('POST', '/rules', price({ kind: 'custom', model: 'house-model', from: undefined }))
    expect((await unpriced()).map((item) => item.remedy)).toEqual(['rate_again', 'rate_again'])
    const preview = (await ask<RatingPreview>('POST', '/ratings/preview', period)).body
    expect(preview).toMatchObject({
      unpricedBefore: '2',
      unpricedAfter: '0',
      sums: [{ before: '0', after: '1.600012' }],
    })
    await settled((await ask<Rating>('POST', '/ratings', period)).body.id)
    expect(await unpriced()).toEqual([])
  })
})

describe('explain', () => {
  test('leaves × prices add up to the call and to the total, to the last digit', async () => {
    await call('2026-11-15T10:00:00Z', { quantity: 12_345 })
    await call('2026-11-15T11:00:00Z', { quantity: 678 })
    await call('2026-11-15T12:00:00Z', { model: 'gpt-4o', quantity: 9 })
    const { body } = await ask<ExplainAnswer>('POST', '/explain', {
      period: { from: '2026-11-15', to: '2026-11-16' },
      timeZone: 'UTC',
    })
    expect(body.totals).toEqual([
      { currency: 'USD', cost: await ledgerCost(), ledger: await ledgerCost(), equal: true },
    ])
    expect(body.lines.every((line) => line.exact)).toBe(true)
    expect(body.lines.find((line) => line.model === 'gpt-5' && line.unit === 'input.text.plain')).toMatchObject({
      quantity: '13023',
      unitPrice: '0.00000125',
      cost: '0.01627875',
      calls: '2',
      path: 'exact',
    })
    const [row] = await clickhouse.query<{ id: string; cost: string }>({
      name: 'test',
      sql: "SELECT toString(EventId) AS id, toString(Cost) AS cost FROM usage_events_v1 WHERE OrganizationId = {id:UUID} AND Model = 'gpt-4o'",
      params: { id: scope.organizationId },
    })
    const one = await ask<ExplainAnswer>('POST', '/explain', { eventId: row!.id })
    expect(one.body.totals).toEqual([
      { currency: 'USD', cost: sumDecimals([row!.cost]), ledger: sumDecimals([row!.cost]), equal: true },
    ])
    expect((await ask('POST', '/explain', { eventId: '1' })).body).toMatchObject({ code: 'event_not_found' })
  })
})
