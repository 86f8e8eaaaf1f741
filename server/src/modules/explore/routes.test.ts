import Fastify from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Failure } from '../../primitives/errors'
import type { LinesAnswer, QueryAnswer, RegistryAnswer } from './contract'
import { type LedgerFixture, openLedgerFixture } from './ledger-fixture'
import { exploreRoutes } from './routes'

let ledger: LedgerFixture
const app = Fastify().withTypeProvider<ZodTypeProvider>()
const period = { from: '2026-01-01', to: '2026-02-01' }
const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload })

beforeAll(async () => {
  ledger = await openLedgerFixture({ timeZone: 'Asia/Seoul' })
  await ledger.bill([{ EffectiveCost: '1.25', BilledCost: '1.25', ChargePeriodStart: '2026-01-09 15:00:00' }])
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.decorateRequest('scope', { getter: () => ({ organizationId: ledger.organizationId, actor: 'test' }) } as never)
  app.setErrorHandler((error, _, reply) =>
    reply.status(error instanceof Failure ? 400 : 422).send({ code: error instanceof Failure ? error.code : 'schema' }),
  )
  await app.register(exploreRoutes({ explorer: ledger.explorer }))
})
afterAll(async () => {
  await app.close()
  await ledger.close()
})

test('a question over HTTP answers in the organization’s own zone, in the shape of the contract', async () => {
  const answer = (
    await post('/api/v1/query', { metrics: ['effective_cost'], dimensions: ['service'], granularity: 'day', period })
  ).json<QueryAnswer>()
  expect(answer.rows).toEqual([['2026-01-10T00:00:00+09:00', 'Amazon EC2', '1.25']])
  expect(answer.totals).toEqual([[null, null, '1.25']])
})

test('lines, registry and export answer too', async () => {
  expect((await post('/api/v1/lines', { period })).json<LinesAnswer>().totalRows).toBe('1')
  const registry = (await app.inject({ url: '/api/v1/registry' })).json<RegistryAnswer>()
  expect(registry.metrics.map((metric) => metric.id)).toContain('effective_cost')
  const csv = await post('/api/v1/export', { metrics: ['effective_cost'], period })
  expect([csv.headers['content-type'], csv.headers['x-infrazen-truncated'], csv.body]).toEqual([
    'text/csv; charset=utf-8',
    'false',
    'effective_cost,currency\r\n1.25,USD\r\n',
  ])
  const focus = await post('/api/v1/export', { metrics: ['effective_cost'], period, format: 'focus-csv' })
  expect(focus.body.split('\n')[1]).toContain('Amazon EC2')
})

test('a question that makes no sense is refused before it reaches the ledger', async () => {
  expect((await post('/api/v1/query', { metrics: ['nope'], period })).json()).toMatchObject({ code: 'unknown_metric' })
  expect(
    (await post('/api/v1/export', { metrics: ['calls'], dimensions: ['nope'], period, format: 'focus-csv' })).json(),
  ).toMatchObject({ code: 'unknown_dimension' })
  expect(
    (await post('/api/v1/query', { metrics: ['calls'], period: { from: 'yesterday', to: '2026-01-01' } })).statusCode,
  ).toBe(422)
  expect(
    (await post('/api/v1/query', { metrics: ['calls'], period, filters: [{ dimension: 'team' }] })).statusCode,
  ).toBe(422)
})
