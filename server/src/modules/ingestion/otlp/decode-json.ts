import { MalformedTelemetry, type Moment } from './protobuf'
import {
  type Attributes,
  isWanted,
  type LogRecord,
  type MetricPoint,
  noMoment,
  type Origin,
  type Records,
  type Span,
  TextMeter,
} from './telemetry'

/** OTLP's own JSON: ids in hex, 64-bit integers as decimal strings, lowerCamelCase names, unknown names ignored. @throws MalformedTelemetry */
export function spansOfJson(body: Buffer): Records<Span> {
  return records(body, 'resourceSpans', 'scopeSpans', 'spans', decodeSpan)
}

/** @throws MalformedTelemetry */
export function logsOfJson(body: Buffer): Records<LogRecord> {
  return records(body, 'resourceLogs', 'scopeLogs', 'logRecords', decodeLogRecord)
}

/** @throws MalformedTelemetry */
export function metricsOfJson(body: Buffer): Records<MetricPoint[]> {
  return records(body, 'resourceMetrics', 'scopeMetrics', 'metrics', decodeMetric)
}

const temporalities = ['unspecified', 'delta', 'cumulative'] as const

function decodeMetric(json: Json): MetricPoint[] {
  const metric = text(json.name, 'name')
  return ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'].flatMap((kind) => {
    if (json[kind] === undefined || json[kind] === null) return []
    const data = object(json[kind], kind)
    return list(data, 'dataPoints').map((point): MetricPoint => {
      const isEmpty = typeof point.flags === 'number' && (point.flags & 1) === 1
      return {
        metric,
        temporality: temporalities[Number(data.aggregationTemporality ?? 0)] ?? 'unspecified',
        start: moment(point.startTimeUnixNano, 'startTimeUnixNano'),
        time: moment(point.timeUnixNano, 'timeUnixNano'),
        value: isEmpty ? null : pointValue(point),
        attributes: attributesOf(point),
      }
    })
  })
}

function pointValue(point: Json): number | bigint | null {
  if (point.asInt !== undefined) return integer(point.asInt, 'asInt')
  const value = point.asDouble ?? point.sum
  return value === undefined || value === null ? null : Number(value)
}

type Json = Record<string, unknown>

function records<T>(body: Buffer, parts: string, scopes: string, items: string, decode: (json: Json) => T): Records<T> {
  const places: { json: Json; origin: Origin }[] = []
  for (const part of list(parse(body), parts)) {
    const resource = attributesOf(object(part.resource ?? {}, 'resource'))
    for (const scope of list(part, scopes)) {
      const library = object(scope.scope ?? {}, 'scope')
      const origin = {
        resource,
        scopeName: text(library.name, 'scope.name'),
        scopeVersion: text(library.version, 'scope.version'),
      }
      for (const json of list(scope, items)) places.push({ json, origin })
    }
  }
  return {
    count: places.length,
    decode: (index) => ({ record: decode(places[index]!.json), origin: places[index]!.origin }),
  }
}

function decodeSpan(json: Json): Span {
  const meter = new TextMeter()
  const attributes = attributesOf(json, meter)
  return {
    traceId: hex(json.traceId, 'traceId'),
    spanId: hex(json.spanId, 'spanId'),
    parentId: hex(json.parentSpanId, 'parentSpanId'),
    name: text(json.name, 'name'),
    start: moment(json.startTimeUnixNano, 'startTimeUnixNano'),
    end: moment(json.endTimeUnixNano, 'endTimeUnixNano'),
    isError: object(json.status ?? {}, 'status').code === 2,
    attributes,
    text: meter.size,
  }
}

function decodeLogRecord(json: Json): LogRecord {
  const time = moment(json.timeUnixNano, 'timeUnixNano')
  const meter = new TextMeter()
  const attributes = attributesOf(json, meter)
  return {
    traceId: hex(json.traceId, 'traceId'),
    spanId: hex(json.spanId, 'spanId'),
    isSampled: typeof json.flags === 'number' && (json.flags & 1) === 1,
    eventName: text(json.eventName, 'eventName'),
    at: time.ms === 0 ? moment(json.observedTimeUnixNano, 'observedTimeUnixNano') : time,
    attributes,
    text: meter.size,
  }
}

function attributesOf(holder: Json, meter?: TextMeter): Attributes {
  const attributes: Attributes = {}
  for (const entry of list(holder, 'attributes')) {
    const key = text(entry.key, 'key')
    if (key === '') continue
    if (isWanted(key)) attributes[key] = attributeValue(object(entry.value ?? {}, key), key, 0)
    else meter?.add(key, Buffer.byteLength(JSON.stringify(entry.value ?? '')))
  }
  return attributes
}

const deepest = 16

function attributeValue(value: Json, key: string, depth: number): unknown {
  if (depth > deepest) throw new MalformedTelemetry('attribute values are nested too deeply')
  if (value.stringValue !== undefined) return text(value.stringValue, key)
  if (value.intValue !== undefined) return integer(value.intValue, key)
  if (value.boolValue !== undefined) return value.boolValue === true
  if (value.doubleValue !== undefined) return Number(value.doubleValue)
  if (value.arrayValue !== undefined)
    return list(object(value.arrayValue ?? {}, key), 'values').map((element) => attributeValue(element, key, depth + 1))
  if (value.kvlistValue !== undefined) {
    const map: Attributes = {}
    for (const entry of list(object(value.kvlistValue ?? {}, key), 'values')) {
      const name = text(entry.key, key)
      if (name !== '__proto__') map[name] = attributeValue(object(entry.value ?? {}, name), name, depth + 1)
    }
    return map
  }
  return null
}

function parse(body: Buffer): Json {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    throw new MalformedTelemetry('the body is not JSON')
  }
  return object(value, 'the body')
}

function object(value: unknown, name: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MalformedTelemetry(`${name} is not an object`)
  return value as Json
}

function list(holder: Json, name: string): Json[] {
  const value = holder[name]
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new MalformedTelemetry(`${name} is not a list`)
  for (const element of value) object(element, `an element of ${name}`)
  return value as Json[]
}

function text(value: unknown, name: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw new MalformedTelemetry(`${name} is not text`)
  return value
}

function hex(value: unknown, name: string): string {
  const digits = text(value, name).toLowerCase()
  if (!/^(?:[0-9a-f]{2})*$/.test(digits)) throw new MalformedTelemetry(`${name} is not hexadecimal`)
  return digits
}

function integer(value: unknown, name: string): number | bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  if (typeof value === 'string' && /^-?\d{1,19}$/.test(value)) {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : BigInt(value)
  }
  throw new MalformedTelemetry(`${name} is not a 64-bit integer`)
}

function moment(value: unknown, name: string): Moment {
  if (value === undefined || value === null) return noMoment
  // The shortest text of a number gives back the digits its sender had; its exact value is up to 128 ns off.
  const digits = typeof value === 'number' ? String(value) : value
  if (typeof digits !== 'string' || !/^\d{1,20}$/.test(digits))
    throw new MalformedTelemetry(`${name} is not a count of nanoseconds`)
  if (digits.length <= 6) return { ms: 0, nanos: Number(digits) }
  return { ms: Number(digits.slice(0, -6)), nanos: Number(digits.slice(-6)) }
}
