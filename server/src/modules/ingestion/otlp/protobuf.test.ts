import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { logsOfJson, spansOfJson } from './decode-json'
import { logsOfProtobuf, metricsOfProtobuf, spansOfProtobuf } from './decode-protobuf'
import { MalformedTelemetry } from './protobuf'
import {
  boolValue,
  bytes,
  concat,
  fixed64,
  intValue,
  keyValue,
  spanMessage,
  stringValue,
  traceRequest,
  varintField,
} from './protobuf.fixture'

describe('protobuf spans', () => {
  test('a span keeps its ids, name, times to the millisecond, status and attributes', () => {
    const body = traceRequest({
      resource: { 'service.name': 'api' },
      scope: { name: 'openai', version: '1.2.3' },
      spans: [
        spanMessage({
          traceId: '0af7651916cd43dd8448eb211c80319c',
          spanId: 'b7ad6b7169203331',
          name: 'chat gpt-5',
          start: 1_763_632_800_007_999_999n,
          end: 1_763_632_801_250_000_000n,
          error: true,
          attributes: {
            'gen_ai.request.model': 'gpt-5 — 한국',
            'gen_ai.usage.input_tokens': 1234n,
            negative: -5n,
            big: 9_007_199_254_740_993n,
            lowest: -9_223_372_036_854_775_808n,
            yes: true,
          },
        }),
      ],
    })
    const spans = spansOfProtobuf(body)
    expect(spans.count).toBe(1)
    expect(spans.decode(0)).toEqual({
      record: {
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: 'b7ad6b7169203331',
        parentId: '',
        name: 'chat gpt-5',
        start: { ms: 1_763_632_800_007, nanos: 999_999 },
        end: { ms: 1_763_632_801_250, nanos: 0 },
        isError: true,
        attributes: {
          'gen_ai.request.model': 'gpt-5 — 한국',
          'gen_ai.usage.input_tokens': 1234,
          negative: -5,
          big: 9_007_199_254_740_993n,
          lowest: -9_223_372_036_854_775_808n,
          yes: true,
        },
        text: null,
      },
      origin: { resource: { 'service.name': 'api' }, scopeName: 'openai', scopeVersion: '1.2.3' },
    })
  })

  test('any nanosecond falls into the millisecond that integer division gives, as in JSON', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (nanos) => {
        const { record } = spansOfProtobuf(traceRequest({ spans: [spanMessage({ start: nanos, end: nanos })] })).decode(
          0,
        )
        expect(record.start).toEqual({ ms: Number(nanos / 1_000_000n), nanos: Number(nanos % 1_000_000n) })
        const json = { resourceSpans: [{ scopeSpans: [{ spans: [{ startTimeUnixNano: String(nanos) }] }] }] }
        expect(spansOfJson(Buffer.from(JSON.stringify(json))).decode(0).record.start).toEqual(record.start)
      }),
    )
  })

  test('every int64 is exact', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const { record } = spansOfProtobuf(traceRequest({ spans: [spanMessage({ attributes: { value } })] })).decode(0)
        expect(BigInt(record.attributes.value as number | bigint)).toBe(value)
      }),
    )
  })

  test('fields nobody knows yet are stepped over, whatever their type', () => {
    const unknown = concat(
      varintField(99, 5n),
      fixed64(100, 7n),
      bytes(101, Buffer.from('new')),
      Buffer.from([((102 << 3) & 0x7f) | 0x80 | 5, 102 >> 4, 1, 2, 3, 4]),
    )
    const span = concat(unknown, spanMessage({ name: 'chat' }), unknown)
    expect(spansOfProtobuf(concat(unknown, traceRequest({ spans: [span] }))).decode(0).record.name).toBe('chat')
  })

  test('what people and models wrote never becomes a value', () => {
    const written = {
      'gen_ai.prompt.0.content': 'secret',
      'gen_ai.completion': 'secret',
      'gen_ai.input.messages': 'secret',
      'gen_ai.output.messages': 'secret',
      'gen_ai.system_instructions': 'secret',
      'gen_ai.tool.call.arguments': 'secret',
      'input.value': 'secret',
      'output.value': 'secret',
      'ai.prompt.messages': 'secret',
      'ai.response.text': 'secret',
      'traceloop.entity.input': 'secret',
      'llm.input_messages.0.message.content': 'secret',
    }
    const { record } = spansOfProtobuf(
      traceRequest({ spans: [spanMessage({ attributes: { ...written, kept: 1n } })] }),
    ).decode(0)
    expect(record.attributes).toEqual({ kept: 1 })
    const attributes = Object.keys(written).map((key) => ({ key, value: { stringValue: 'secret' } }))
    const json = { resourceSpans: [{ scopeSpans: [{ spans: [{ attributes }] }] }] }
    expect(spansOfJson(Buffer.from(JSON.stringify(json))).decode(0).record.attributes).toEqual({})
  })

  test('an attribute cannot reach the prototype', () => {
    const { record } = spansOfProtobuf(
      traceRequest({
        spans: [
          spanMessage({ attributes: { __proto__x: 1n } }),
          concat(bytes(9, keyValue('__proto__', stringValue('x')))),
        ],
      }),
    ).decode(1)
    expect(Object.getPrototypeOf(record.attributes)).toBe(Object.prototype)
    expect(Object.keys(record.attributes)).toEqual([])
  })
})

describe('malformed protobuf', () => {
  const good = traceRequest({
    resource: { 'service.name': 'api' },
    scope: { name: 's', version: '1' },
    spans: [
      spanMessage({
        traceId: 'aa'.repeat(16),
        spanId: 'bb'.repeat(8),
        name: 'chat',
        start: 5n,
        end: 6n,
        error: true,
        attributes: { a: 'b', c: 300n, d: true },
      }),
    ],
  })
  const decodeAll = (body: Buffer) => {
    const spans = spansOfProtobuf(body)
    for (let i = 0; i < spans.count; i++) spans.decode(i)
    return spans.count
  }

  test('cut off anywhere it is refused, never half read', () => {
    expect(decodeAll(good)).toBe(1)
    for (let length = 1; length < good.length; length++)
      expect(() => decodeAll(good.subarray(0, length)), `cut at ${length}`).toThrow(MalformedTelemetry)
  })

  test('random bytes and flipped bits end in an answer or in MalformedTelemetry, never otherwise', () => {
    const attempt = (body: Buffer) => {
      try {
        decodeAll(body)
        const metrics = metricsOfProtobuf(body)
        for (let i = 0; i < metrics.count; i++) metrics.decode(i)
        const logs = logsOfProtobuf(body)
        for (let i = 0; i < logs.count; i++) logs.decode(i)
      } catch (error) {
        if (!(error instanceof MalformedTelemetry)) throw error
      }
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (body) => attempt(Buffer.from(body))),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        const body = Buffer.from(good)
        body[at] = byte
        attempt(body)
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['a length beyond the end', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['a length of more than 32 bits', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])],
    ['an endless varint', Buffer.concat([Buffer.from([0x18]), Buffer.alloc(20, 0xff)])],
    ['a group', Buffer.from([0x0b, 0x0c])],
    ['field number zero', Buffer.from([0x02, 0x00])],
    ['resource spans that are a number', Buffer.from([0x08, 0x01])],
  ])('%s is refused', (_name, body) => {
    expect(() => decodeAll(body)).toThrow(MalformedTelemetry)
  })

  test('values nested without end are refused before the stack is', () => {
    let value = intValue(1n)
    for (let depth = 0; depth < 5000; depth++) value = bytes(5, bytes(1, value))
    const body = traceRequest({ spans: [concat(bytes(9, keyValue('deep', value)))] })
    expect(() => decodeAll(body)).toThrow(MalformedTelemetry)
    const shallow = traceRequest({
      spans: [
        concat(bytes(9, keyValue('list', bytes(5, concat(bytes(1, boolValue(true)), bytes(1, stringValue('x'))))))),
      ],
    })
    expect(spansOfProtobuf(shallow).decode(0).record.attributes).toEqual({ list: [true, 'x'] })
  })
})

describe('JSON', () => {
  test('ids in any case, integers as text or number, unknown names and empty values are understood', () => {
    const json = {
      later: 1,
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'api' } }] },
          scopeSpans: [
            {
              scope: { name: 's', version: '2' },
              spans: [
                {
                  traceId: '0AF7651916CD43DD8448EB211C80319C',
                  spanId: 'B7AD6B7169203331',
                  name: 'chat',
                  kind: 3,
                  startTimeUnixNano: '1763632800007999999',
                  endTimeUnixNano: 1763632801250000000,
                  status: { code: 2 },
                  attributes: [
                    { key: 'text', value: { intValue: '1234' } },
                    { key: 'number', value: { intValue: -7 } },
                    { key: 'big', value: { intValue: '9007199254740993' } },
                    { key: 'none', value: {} },
                    { key: 'nan', value: { doubleValue: 'NaN' } },
                    {
                      key: 'list',
                      value: {
                        arrayValue: {
                          values: [
                            { boolValue: true },
                            { kvlistValue: { values: [{ key: 'k', value: { stringValue: 'v' } }] } },
                          ],
                        },
                      },
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    }
    expect(spansOfJson(Buffer.from(JSON.stringify(json))).decode(0)).toEqual({
      record: {
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: 'b7ad6b7169203331',
        parentId: '',
        name: 'chat',
        start: { ms: 1_763_632_800_007, nanos: 999_999 },
        end: { ms: 1_763_632_801_250, nanos: 0 },
        isError: true,
        attributes: {
          text: 1234,
          number: -7,
          big: 9_007_199_254_740_993n,
          none: null,
          nan: Number.NaN,
          list: [true, { k: 'v' }],
        },
        text: null,
      },
      origin: { resource: { 'service.name': 'api' }, scopeName: 's', scopeVersion: '2' },
    })
  })

  test.each([
    'no json',
    '[]',
    'null',
    '{"resourceSpans":{}}',
    '{"resourceSpans":[1]}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"xyz"}]}]}]}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"-1"}]}]}]}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"a","value":{"intValue":"1.5"}}]}]}]}]}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":{}}]}]}]}',
  ])('%s is refused', (body) => {
    expect(() => {
      const spans = spansOfJson(Buffer.from(body))
      for (let i = 0; i < spans.count; i++) spans.decode(i)
    }).toThrow(MalformedTelemetry)
  })

  test('an empty request is a request', () => {
    expect(spansOfJson(Buffer.from('{}')).count).toBe(0)
    expect(logsOfJson(Buffer.from('{"resourceLogs":[]}')).count).toBe(0)
    expect(spansOfProtobuf(Buffer.alloc(0)).count).toBe(0)
  })
})
