import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync, gzipSync } from 'node:zlib'
import { openPriceBook } from '@infrazen/ai-cost'
import { type Context, context, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../../primitives/errors'
import { newId } from '../../../primitives/ids'
import { sumDecimals } from '../../../primitives/money'
import { type ClickHouse, migrateClickHouse, openClickHouse } from '../../../storage/clickhouse'
import { otlpRoutes } from './index'
import { bytes, concat, spanMessage, traceRequest } from './protobuf.fixture'

let folder: string
let clickhouse: ClickHouse
let app: FastifyInstance
let url: string
let organizationId: string
/** Stands in for the store where a test wants it away. */
let failing: ClickHouse['insertFrom'] | null = null

// Prices of our own, so that the expected amounts below do not move with the catalogue.
const book = openPriceBook({
  overlay: [
    {
      providers: ['openai'],
      model: 'test-model',
      rates: {
        'input.text.plain': '1.25',
        'input.text.cache_read': '0.125',
        'output.text.visible': '10',
        'output.text.reasoning': '10',
      },
    },
    {
      providers: ['anthropic'],
      model: 'test-claude',
      rates: {
        'input.text.plain': '3',
        'input.text.cache_read': '0.3',
        'input.text.cache_write': '3.75',
        'input.text.cache_write_5m': '3.75',
        'output.text.visible': '15',
      },
    },
  ],
})

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'otlp-'))
  clickhouse = await openClickHouse({ path: folder })
  await migrateClickHouse(clickhouse)
  app = Fastify().withTypeProvider<ZodTypeProvider>() as unknown as FastifyInstance
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.decorateRequest('scope', null as never)
  app.addHook('onRequest', async (request) => {
    if (request.headers.authorization !== 'Bearer izk_test')
      throw new Failure('unauthenticated', 'unauthenticated', 'Send an API key.')
    request.scope = { organizationId, actor: 'test' }
  })
  const store: ClickHouse = Object.create(clickhouse, {
    insertFrom: {
      value: (request: Parameters<ClickHouse['insertFrom']>[0]) => (failing ?? clickhouse.insertFrom)(request),
    },
  })
  await app.register(otlpRoutes({ clickhouse: store, books: { of: async () => book, forget: () => {} } }))
  url = await app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  await app.close()
  await clickhouse.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  organizationId = newId()
})

const headers = { authorization: 'Bearer izk_test' }
const protobuf = { ...headers, 'content-type': 'application/x-protobuf' }
const json = { ...headers, 'content-type': 'application/json' }
const post = (path: string, body: Buffer | string, extra: Record<string, string>) =>
  fetch(url + path, { method: 'POST', body: body as unknown as string, headers: extra })

type Row = Record<string, unknown> & { Cost: string | null; TraceHex: string }
const events = () =>
  clickhouse.query<Row>({
    name: 'test.events',
    sql: 'SELECT * EXCEPT (TraceId, EventId), lower(hex(TraceId)) AS TraceHex FROM (SELECT * FROM usage_events_v1 WHERE OrganizationId = {organizationId:UUID} ORDER BY StartedAt, EventId, Version DESC, RecordedAt DESC, Sign DESC LIMIT 1 BY StartedAt, EventId) WHERE Sign = 1 ORDER BY StartedAt, EventId',
    params: { organizationId },
  })
const rolledUp = async () =>
  (
    await clickhouse.query<{ calls: string; cost: string }>({
      name: 'test.rollUp',
      sql: 'SELECT sum(Calls) AS calls, sum(Cost) AS cost FROM usage_per_15m_v1 WHERE OrganizationId = {organizationId:UUID}',
      params: { organizationId },
    })
  )[0]!

const now = Date.now()
const nanos = (ms: number) => BigInt(ms) * 1_000_000n
const hex = (n: number, digits: number) => (n + 0x1000000).toString(16).padStart(digits, 'c')

function call(
  n: number,
  change: {
    attributes?: Record<string, string | bigint>
    start?: bigint
    end?: bigint
    traceId?: string
    spanId?: string
    parentId?: string
    name?: string
  } = {},
) {
  return spanMessage({
    traceId: change.traceId ?? hex(n, 32),
    spanId: change.spanId ?? hex(n, 16),
    parentId: change.parentId,
    name: change.name ?? 'chat test-model',
    start: change.start ?? nanos(now - 60_000 + n),
    end: change.end ?? nanos(now - 59_000 + n),
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'test-model',
      'gen_ai.response.model': 'test-model',
      'gen_ai.usage.input_tokens': 1000n,
      'gen_ai.usage.output_tokens': 100n,
      ...change.attributes,
    },
  })
}
const oneCall = '0.00225'
const request = (...spans: Buffer[]) =>
  traceRequest({ resource: { 'service.name': 'api' }, scope: { name: 'test', version: '1' }, spans })

describe('real OpenTelemetry clients', () => {
  for (const [name, Exporter] of [
    ['protobuf', ProtoExporter],
    ['JSON', JsonExporter],
  ] as const) {
    for (const compression of ['none', 'gzip'] as const) {
      test(`spans of the ${name} exporter with compression ${compression} become priced usage once, however often they are sent`, async () => {
        const spans = await realSpans()
        const exporter = new Exporter({ url: `${url}/v1/traces`, headers, compression: compression as never })
        for (const batch of [spans, [...spans].reverse(), spans.slice(0, 1), spans.slice(1)])
          await exported(exporter, batch)
        await exporter.shutdown()
        const rows = await events()
        expect(rows).toHaveLength(2)
        const openai = rows.find((row) => row.Provider === 'openai')!
        const anthropic = rows.find((row) => row.Provider === 'anthropic')!
        expect(openai).toMatchObject({
          ServiceProviderName: 'OpenAI',
          ServiceName: 'OpenAI API',
          Model: 'test-model',
          Operation: 'chat',
          Team: 'search',
          Project: 'atlas',
          Feature: 'answers',
          Environment: 'production',
          Service: 'checkout',
          AccountId: 'acme-1',
          IsError: 0,
          UsageStatus: 'exact',
          CostStatus: 'priced',
          Currency: 'USD',
          // 600 × 1.25 + 400 × 0.125 + 180 × 10 + 320 × 10, a million
          Cost: '0.0058',
          TraceHex: spans.find((span) => span.name === 'chat test-model')!.spanContext().traceId,
        })
        // 100 × 3 + 600 × 0.3 + 300 × 3.75 + 50 × 15, a million
        expect(anthropic).toMatchObject({
          ServiceProviderName: 'Anthropic',
          IsError: 1,
          Cost: '0.002355',
          Attributes: { 'error.type': 'overloaded' },
        })
        expect(await rolledUp()).toEqual({ calls: '2', cost: sumDecimals(['0.0058', '0.002355']) })
        expect(JSON.stringify(rows)).not.toContain('never stored')
      })
    }
  }

  test('an exporter retries while the store is away and loses nothing', async () => {
    const spans = await realSpans()
    let attempts = 0
    failing = async () => {
      attempts++
      if (attempts >= 2) failing = null
      throw new Error('the disk is full')
    }
    const exporter = new ProtoExporter({ url: `${url}/v1/traces`, headers, timeoutMillis: 20_000 })
    await exported(exporter, spans)
    await exporter.shutdown()
    expect(attempts).toBe(2)
    expect(await rolledUp()).toMatchObject({ calls: '2' })
  })
})

describe('what a client is told', () => {
  test('an empty request succeeds in every form', async () => {
    for (const path of ['/v1/traces', '/v1/logs', '/v1/metrics']) {
      const asProtobuf = await post(path, Buffer.alloc(0), protobuf)
      expect([
        asProtobuf.status,
        asProtobuf.headers.get('content-type'),
        (await asProtobuf.arrayBuffer()).byteLength,
      ]).toEqual([200, 'application/x-protobuf', 0])
      const asJson = await post(path, '{}', { ...headers, 'content-type': 'application/json; charset=utf-8' })
      expect([asJson.status, await asJson.text()]).toEqual([200, '{}'])
    }
  })

  test('bad spans are counted and named, the good ones of the same request are recorded', async () => {
    const body = request(
      call(1),
      call(2, { start: nanos(now - 1000), end: nanos(now - 2000) }),
      call(3, { start: nanos(now + 3_600_000), end: nanos(now + 3_600_001) }),
      call(4, { start: 0n, end: 1n }),
      call(5, { traceId: '00'.repeat(16) }),
      call(6, { spanId: 'ab' }),
      call(7),
      spanMessage({
        traceId: hex(8, 32),
        spanId: hex(8, 16),
        name: 'GET /',
        start: 1n,
        end: 0n,
        attributes: { 'http.method': 'GET' },
      }),
    )
    const answer = await post('/v1/traces', body, protobuf)
    expect(answer.status).toBe(200)
    const text = Buffer.from(await answer.arrayBuffer())
    // partial_success (1), its length in two bytes, { rejected_spans (1) = 5, error_message (2) }
    expect([text[0], text[3], text[4], text[5]]).toEqual([0x0a, 0x08, 5, 0x12])
    for (const reason of ['ends before it starts', 'in the future', '5 years back', 'trace id', 'span id'])
      expect(text.toString()).toContain(reason)
    const rows = await events()
    expect(rows.map((row) => row.Cost)).toEqual([oneCall, oneCall])
  })

  test('in JSON the number of rejected spans is text, as int64 is', async () => {
    const span = (spanId: string, end: string) => ({
      traceId: 'd'.repeat(32),
      spanId,
      name: 'chat',
      startTimeUnixNano: String(nanos(now)),
      endTimeUnixNano: end,
      attributes: [
        { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
        { key: 'gen_ai.provider.name', value: { stringValue: 'openai' } },
        { key: 'gen_ai.request.model', value: { stringValue: 'test-model' } },
        { key: 'gen_ai.usage.input_tokens', value: { intValue: '1000' } },
        { key: 'gen_ai.usage.output_tokens', value: { intValue: '100' } },
      ],
    })
    const body = JSON.stringify({
      resourceSpans: [
        { scopeSpans: [{ spans: [span('E'.repeat(16), String(nanos(now + 5))), span('f'.repeat(16), '5')] }] },
      ],
    })
    const answer = await post('/v1/traces', body, json)
    expect(await answer.json()).toEqual({
      partialSuccess: { rejectedSpans: '1', errorMessage: 'span ends before it starts (1)' },
    })
    // The same span as protobuf is the same event.
    await post(
      '/v1/traces',
      request(call(1, { traceId: 'd'.repeat(32), spanId: 'e'.repeat(16), start: nanos(now), end: nanos(now + 5) })),
      protobuf,
    )
    expect((await events()).map((row) => row.Cost)).toEqual([oneCall])
  })

  test('a negative token count is rejected and never becomes money', async () => {
    const answer = await post(
      '/v1/traces',
      request(call(1, { attributes: { 'gen_ai.usage.input_tokens': -5n } }), call(2)),
      protobuf,
    )
    expect(await answer.text()).toContain('a token count is negative')
    expect((await events()).map((row) => row.Cost)).toEqual([oneCall])
  })

  test('an agent adds what the calls below it lack: nothing where they tell it all, its usage where it is the only carrier', async () => {
    const agent = (n: number, usage = {}) =>
      call(n, { name: 'invoke_agent helper', attributes: { 'gen_ai.operation.name': 'invoke_agent', ...usage } })
    await post('/v1/traces', request(agent(1)), protobuf)
    expect(await rolledUp()).toEqual({ calls: '1', cost: oneCall })
    const below = call(2, { traceId: hex(1, 32), parentId: hex(1, 16) })
    const late = await post('/v1/traces', request(below, call(3)), protobuf)
    expect((await late.arrayBuffer()).byteLength).toBe(0)
    expect(await rolledUp()).toEqual({ calls: '2', cost: sumDecimals([oneCall, oneCall]) })
  })

  test('an unknown model is recorded with its tokens and without a cost', async () => {
    await post(
      '/v1/traces',
      request(
        call(1, {
          attributes: {
            'gen_ai.request.model': 'no-such-model-anywhere',
            'gen_ai.response.model': 'no-such-model-anywhere',
          },
        }),
      ),
      protobuf,
    )
    const [row] = await events()
    expect(row).toMatchObject({
      Cost: null,
      CostStatus: 'unpriced',
      Quantities: ['1000', '100'],
      UnitCosts: [null, null],
    })
    expect(await rolledUp()).toMatchObject({ calls: '1', cost: '0' })
  })

  test.each([
    ['protobuf', protobuf, Buffer.from([0x0a, 0x7f, 1])],
    ['JSON', json, Buffer.from('{"resourceSpans": [')],
  ])(
    'a malformed %s body is 400 with a Status in the same encoding, and nothing of it is recorded',
    async (kind, type, broken) => {
      const answer = await post('/v1/traces', kind === 'JSON' ? broken : concat(request(call(1)), broken), type)
      expect([answer.status, answer.headers.get('content-type')]).toEqual([400, type['content-type']])
      const body = Buffer.from(await answer.arrayBuffer())
      if (kind === 'JSON')
        expect(JSON.parse(body.toString())).toMatchObject({
          code: 3,
          message: expect.stringContaining('Not a valid OTLP request'),
        })
      else {
        expect([body[0], body[1], body[2]]).toEqual([0x08, 3, 0x12])
        expect(body.subarray(4).toString()).toContain('Not a valid OTLP request')
      }
      expect(await events()).toEqual([])
    },
  )

  test('other types are 415, other encodings 415, no key 401, each with a Status', async () => {
    expect((await post('/v1/traces', 'a,b', { ...headers, 'content-type': 'text/csv' })).status).toBe(415)
    expect((await post('/v1/traces', request(call(1)), { ...protobuf, 'content-encoding': 'br' })).status).toBe(415)
    const stranger = await post('/v1/traces', request(call(1)), { 'content-type': 'application/x-protobuf' })
    expect([stranger.status, Buffer.from(await stranger.arrayBuffer()).subarray(0, 2)]).toEqual([
      401,
      Buffer.from([8, 16]),
    ])
    expect(await events()).toEqual([])
  })

  test('gzip and deflate are unpacked, what is neither is 400', async () => {
    expect(
      (await post('/v1/traces', gzipSync(request(call(1))), { ...protobuf, 'content-encoding': 'gzip' })).status,
    ).toBe(200)
    expect(
      (await post('/v1/traces', deflateSync(request(call(2))), { ...protobuf, 'content-encoding': 'deflate' })).status,
    ).toBe(200)
    expect((await post('/v1/traces', request(call(3)), { ...protobuf, 'content-encoding': 'gzip' })).status).toBe(400)
    expect(
      (
        await post('/v1/traces', gzipSync(request(call(3))).subarray(0, 60), {
          ...protobuf,
          'content-encoding': 'gzip',
        })
      ).status,
    ).toBe(400)
    expect(await events()).toHaveLength(2)
  })

  test('a small body that unpacks to more than 64 MiB is 413, and memory stays bounded', async () => {
    const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024))
    const before = process.memoryUsage().rss
    const answers = await Promise.all(
      [1, 2, 3].map(() => post('/v1/traces', bomb, { ...protobuf, 'content-encoding': 'gzip' })),
    )
    expect(answers.map((answer) => answer.status)).toEqual([413, 413, 413])
    expect(process.memoryUsage().rss - before).toBeLessThan(700 * 1024 * 1024)
  })

  test('while the store is away the answer is 503 with Retry-After, and the retry records each span once', async () => {
    failing = async () => {
      throw new Error('the disk is full')
    }
    const away = await post('/v1/traces', request(call(1), call(2)), protobuf)
    failing = null
    expect([away.status, Number(away.headers.get('retry-after'))]).toEqual([503, expect.any(Number)])
    expect(Buffer.from(await away.arrayBuffer()).subarray(0, 2)).toEqual(Buffer.from([8, 14]))
    expect((await post('/v1/traces', request(call(1), call(2)), protobuf)).status).toBe(200)
    expect(await events()).toHaveLength(2)
  })

  test('many clients at once, some sending the same spans, get one exact sum', async () => {
    const parts = Array.from({ length: 30 }, (_, i) =>
      request(...Array.from({ length: 20 }, (_, j) => call(i * 10 + j))),
    )
    const answers = await Promise.all(parts.map((part) => post('/v1/traces', part, protobuf)))
    expect(answers.every((answer) => answer.status === 200)).toBe(true)
    const distinct = 29 * 10 + 20
    expect(await rolledUp()).toEqual({
      calls: String(distinct),
      cost: sumDecimals(Array.from({ length: distinct }, () => oneCall)),
    })
  })
})

describe('logs and metrics', () => {
  const attribute = (key: string, value: string | number) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  })
  const logs = (records: object[]) =>
    JSON.stringify({
      resourceLogs: [
        { resource: { attributes: [attribute('service.name', 'claude-code')] }, scopeLogs: [{ logRecords: records }] },
      ],
    })

  test('a Claude Code request is counted by its four disjoint kinds, once', async () => {
    const record = {
      timeUnixNano: String(nanos(now)),
      attributes: Object.entries({
        'event.name': 'claude_code.api_request',
        model: 'test-claude',
        input_tokens: '100',
        cache_read_tokens: 600,
        cache_creation_tokens: 300,
        output_tokens: 50,
        request_id: 'req_1',
        duration_ms: 1200,
      }).map(([k, v]) => attribute(k, v)),
    }
    for (let i = 0; i < 2; i++)
      expect(
        (
          await post(
            '/v1/logs',
            logs([
              record,
              record,
              { timeUnixNano: '1', attributes: [attribute('event.name', 'claude_code.user_prompt')] },
            ]),
            json,
          )
        ).status,
      ).toBe(200)
    const rows = await events()
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ Provider: 'anthropic', Service: 'claude-code', DurationMs: 1200, Cost: '0.002355' })
  })

  test('a GenAI call event and its span are one call, with or without a response id', async () => {
    const details = (spanId: string, flags: number) => ({
      timeUnixNano: String(nanos(now)),
      eventName: 'gen_ai.client.inference.operation.details',
      traceId: 'a'.repeat(32),
      spanId,
      flags,
      attributes: Object.entries({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'test-model',
        'gen_ai.usage.input_tokens': 1000,
        'gen_ai.usage.output_tokens': 100,
        'gen_ai.input.messages': 'never stored',
      }).map(([k, v]) => attribute(k, v)),
    })
    await post(
      '/v1/logs',
      logs([details('b'.repeat(16), 1), details('c'.repeat(16), 0), details('c'.repeat(16), 0)]),
      json,
    )
    const b = call(1, { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) })
    const c = call(2, {
      traceId: 'a'.repeat(32),
      spanId: 'c'.repeat(16),
      attributes: { 'gen_ai.response.id': 'chatcmpl-1' },
    })
    await post('/v1/traces', request(b, c), protobuf)
    expect((await events()).map((row) => row.Cost)).toEqual([oneCall, oneCall])
    expect(await rolledUp()).toEqual({ calls: '2', cost: sumDecimals([oneCall, oneCall]) })
  })

  test('metrics of no interest are acknowledged, malformed ones refused', async () => {
    const metric = bytes(2, bytes(7, concat(bytes(1, Buffer.alloc(0)), bytes(1, Buffer.alloc(0)))))
    expect((await post('/v1/metrics', bytes(1, bytes(2, metric)), protobuf)).status).toBe(200)
    expect((await post('/v1/metrics', Buffer.from([0x0a, 0x05]), protobuf)).status).toBe(400)
    expect(await events()).toEqual([])
  })
})

test('what people and models wrote is in no column of any table, whatever dialect carries it', async () => {
  const written = [
    'gen_ai.prompt',
    'gen_ai.prompt.0.content',
    'gen_ai.completion.0.content',
    'gen_ai.input.messages',
    'gen_ai.output.messages',
    'gen_ai.system_instructions',
    'gen_ai.tool.definitions',
    'gen_ai.tool.call.arguments',
    'gen_ai.tool.call.result',
    'gen_ai.retrieval.query.text',
    'gen_ai.retrieval.documents',
    'llm.prompts',
    'llm.completions',
    'llm.input_messages.0.message.content',
    'llm.output_messages.0.message.content',
    'llm.prompt_template.variables',
    'input.value',
    'output.value',
    'retrieval.documents.0.document.content',
    'ai.prompt',
    'ai.prompt.messages',
    'ai.response.text',
    'ai.response.object',
    'ai.response.toolCalls',
    'ai.toolCall.args',
    'ai.toolCall.result',
    'ai.value',
    'traceloop.entity.input',
    'traceloop.entity.output',
    'langfuse.observation.input',
    'langfuse.observation.output',
    'langfuse.trace.input',
    'langsmith.metadata',
    'genkit:input',
    'genkit:output',
    'gcp.vertex.agent.llm_request',
    'gcp.vertex.agent.llm_response',
    'prompt',
    'response',
    'body',
    'message',
    'user_prompt',
    'exception.message',
  ]
  const attributes = Object.fromEntries(written.map((name) => [name, 'a secret somebody wrote']))
  // Usage that somebody filled with text instead of counts.
  const usage = { 'langfuse.observation.usage_details': '{"input":10,"output":5,"note":"a secret somebody wrote"}' }
  await post(
    '/v1/traces',
    request(call(1, { attributes }), call(2, { attributes: { ...attributes, ...usage } })),
    protobuf,
  )
  const span = {
    traceId: 'e'.repeat(32),
    spanId: 'e'.repeat(16),
    startTimeUnixNano: String(nanos(now)),
    endTimeUnixNano: String(nanos(now)),
  }
  const values = Object.entries({
    ...attributes,
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'test-model',
  })
  await post(
    '/v1/traces',
    JSON.stringify({
      resourceSpans: [
        {
          scopeSpans: [
            { spans: [{ ...span, attributes: values.map(([key, stringValue]) => ({ key, value: { stringValue } })) }] },
          ],
        },
      ],
    }),
    json,
  )
  const rows = await events()
  expect(rows).toHaveLength(3)
  expect(JSON.stringify(rows)).not.toContain('secret')
  // The third has no usage: its text gave an estimate, and nothing else.
  expect(rows.find((row) => row.TraceHex === 'e'.repeat(32))).toMatchObject({ UsageStatus: 'estimated' })
})

describe('token counters', () => {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } })
  const quarter = 900_000
  const base = Math.floor((now - 7_200_000) / quarter) * quarter
  type Point = { service?: string; kind?: string; from: number; to: number; value: number; cumulative?: boolean }
  const metrics = (...points: Point[]) =>
    JSON.stringify({
      resourceMetrics: points.map((point) => ({
        resource: { attributes: [attribute('service.name', point.service ?? 'api')] },
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'gen_ai.client.token.usage',
                histogram: {
                  aggregationTemporality: point.cumulative ? 2 : 1,
                  dataPoints: [
                    {
                      startTimeUnixNano: String(nanos(base + point.from)),
                      timeUnixNano: String(nanos(base + point.to)),
                      count: '3',
                      sum: point.value,
                      attributes: [
                        attribute('gen_ai.token.type', point.kind ?? 'input'),
                        attribute('gen_ai.provider.name', 'openai'),
                        attribute('gen_ai.request.model', 'test-model'),
                      ],
                    },
                  ],
                },
              },
            ],
          },
        ],
      })),
    })
  const spanAt = (offset: number, n = 1) =>
    request(call(n, { start: nanos(base + offset), end: nanos(base + offset + 1000) }))
  const input = async () => (await events()).reduce((sum, row) => sum + Number((row.Quantities as string[])[0]), 0)

  test('delta points add up once, however often they are sent', async () => {
    const points: Point[] = [
      { from: 0, to: 60_000, value: 100 },
      { from: 60_000, to: 120_000, value: 50 },
      { from: 0, to: 60_000, value: 7, kind: 'output' },
    ]
    await post('/v1/metrics', metrics(...points), json)
    await post('/v1/metrics', metrics(points[1]!, points[0]!), json)
    const rows = await events()
    expect(rows.map((row) => (row.Quantities as string[])[0]).sort()).toEqual(['100', '50', '7'])
    expect(rows[0]).toMatchObject({ UsageStatus: 'estimated', CostStatus: 'priced', Source: 'metric' })
    // 150 × 1.25 + 7 × 10, a million
    expect(await rolledUp()).toMatchObject({ cost: '0.0002575' })
  })

  test('cumulative points count what they add, in any order, over a restart of the counter', async () => {
    const points: Point[] = [
      { from: 0, to: 60_000, value: 100, cumulative: true },
      { from: 0, to: 120_000, value: 150, cumulative: true },
      { from: 0, to: 180_000, value: 150, cumulative: true },
      // started anew, and once without saying so
      { from: 200_000, to: 240_000, value: 40, cumulative: true },
      { from: 200_000, to: 300_000, value: 10, cumulative: true },
    ]
    for (const order of [
      [0, 1, 2, 3, 4],
      [4, 2, 0, 3, 1],
      [1, 4, 3, 2, 0],
    ]) {
      organizationId = newId()
      for (const i of order) await post('/v1/metrics', metrics(points[i]!), json)
      expect(await input()).toBe(200)
      await post('/v1/metrics', metrics(...points), json)
      expect(await input()).toBe(200)
      expect(await rolledUp()).toMatchObject({ cost: '0.00025' })
    }
  })

  test('a metric counts only where no call of the same service is known one by one, whichever comes first', async () => {
    const covered: Point = { from: quarter, to: quarter + 60_000, value: 1000 }
    const elsewhere: Point = { from: quarter, to: quarter + 60_000, value: 30, service: 'batch' }
    const later: Point = { from: 3 * quarter, to: 3 * quarter + 60_000, value: 7 }
    const steps = [
      () => post('/v1/metrics', metrics(covered, elsewhere), json),
      () => post('/v1/metrics', metrics(later), json),
      () => post('/v1/traces', spanAt(quarter - 10_000), protobuf),
    ]
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      organizationId = newId()
      for (const i of order) expect((await steps[i]!()).status).toBe(200)
      expect(await input()).toBe(1000 + 30 + 7)
      expect((await rolledUp()).calls).toBe('3')
      expect((await events()).filter((row) => row.Source === 'span')).toHaveLength(1)
    }
  })

  test('Claude Code: four disjoint kinds of tokens; its log events take their place', async () => {
    const point = (type: string, value: number) => ({
      startTimeUnixNano: String(nanos(base)),
      timeUnixNano: String(nanos(base + 60_000)),
      asInt: String(value),
      attributes: [attribute('type', type), attribute('model', 'test-claude')],
    })
    const resource = { attributes: [attribute('service.name', 'claude-code')] }
    await post(
      '/v1/metrics',
      JSON.stringify({
        resourceMetrics: [
          {
            resource,
            scopeMetrics: [
              {
                metrics: [
                  {
                    name: 'claude_code.token.usage',
                    sum: {
                      aggregationTemporality: 1,
                      isMonotonic: true,
                      dataPoints: [
                        point('input', 100),
                        point('output', 50),
                        point('cacheRead', 600),
                        point('cacheCreation', 300),
                      ],
                    },
                  },
                  { name: 'claude_code.cost.usage', sum: { aggregationTemporality: 1, dataPoints: [] } },
                ],
              },
            ],
          },
        ],
      }),
      json,
    )
    expect(await rolledUp()).toMatchObject({ cost: '0.002355' })
    const record = {
      timeUnixNano: String(nanos(base + 30_000)),
      attributes: Object.entries({
        'event.name': 'api_request',
        model: 'test-claude',
        input_tokens: '100',
        cache_read_tokens: '600',
        cache_creation_tokens: '300',
        output_tokens: '50',
        request_id: 'req_2',
      }).map(([key, value]) => attribute(key, value)),
    }
    await post(
      '/v1/logs',
      JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] }),
      json,
    )
    expect(await rolledUp()).toEqual({ calls: '1', cost: '0.002355' })
  })
})

/** One trace as an instrumented application makes it: an agent with two model calls below and a call to a database. */
async function realSpans(): Promise<ReadableSpan[]> {
  const memory = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'checkout',
      'deployment.environment.name': 'production',
      'infrazen.team': 'search',
      project: 'atlas',
      'cloud.account.id': 'acme-1',
    }),
    spanProcessors: [new SimpleSpanProcessor(memory)],
  })
  const tracer = provider.getTracer('an-application', '1.0.0')
  const usage = {
    'gen_ai.usage.input_tokens': 1000,
    'gen_ai.prompt.0.content': 'never stored',
    'gen_ai.input.messages': '[{"content":"never stored"}]',
  }
  const agent = tracer.startSpan('invoke_agent helper', {
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.provider.name': 'openai',
      'gen_ai.usage.input_tokens': 2000,
      'gen_ai.usage.output_tokens': 550,
    },
  })
  const below: Context = trace.setSpan(context.active(), agent)
  tracer
    .startSpan(
      'chat test-model',
      {
        attributes: {
          ...usage,
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': 'test-model',
          'gen_ai.response.model': 'test-model',
          'gen_ai.usage.cache_read.input_tokens': 400,
          'gen_ai.usage.output_tokens': 500,
          'gen_ai.usage.reasoning.output_tokens': 320,
          'infrazen.feature': 'answers',
        },
      },
      below,
    )
    .end()
  const second = tracer.startSpan(
    'chat test-claude',
    {
      attributes: {
        ...usage,
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'anthropic',
        'gen_ai.request.model': 'test-claude',
        'gen_ai.response.model': 'test-claude',
        'gen_ai.usage.cache_read.input_tokens': 600,
        'gen_ai.usage.cache_creation.input_tokens': 300,
        'gen_ai.usage.output_tokens': 50,
        'error.type': 'overloaded',
      },
    },
    below,
  )
  second.setStatus({ code: SpanStatusCode.ERROR })
  second.end()
  tracer.startSpan('SELECT', { attributes: { 'db.system.name': 'postgresql' } }, below).end()
  agent.end()
  const spans = memory.getFinishedSpans()
  expect(spans.every((span) => span.spanContext().traceFlags === TraceFlags.SAMPLED)).toBe(true)
  await provider.shutdown()
  return spans
}

const exported = (exporter: SpanExporter, spans: ReadableSpan[]) =>
  new Promise<void>((resolve, reject) =>
    exporter.export(spans, (result) =>
      result.code === 0 ? resolve() : reject(result.error ?? new Error('export failed')),
    ),
  )
