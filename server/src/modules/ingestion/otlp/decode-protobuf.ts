import { MalformedTelemetry, Reader } from './protobuf'
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

/* Field numbers are those of opentelemetry-proto v1; fields this product has no use for are skipped. */

/** @throws MalformedTelemetry */
export function spansOfProtobuf(body: Buffer): Records<Span> {
  return records(body, decodeSpan)
}

/** @throws MalformedTelemetry */
export function logsOfProtobuf(body: Buffer): Records<LogRecord> {
  return records(body, decodeLogRecord)
}

/** The data points of a metrics request. @throws MalformedTelemetry */
export function metricsOfProtobuf(body: Buffer): Records<MetricPoint[]> {
  return records(body, decodeMetric)
}

/** Fields of a data point: all kinds have start = 2 and time = 3. */
const pointFields: Record<number, { attributes: number; value: number; flags: number }> = {
  5: { attributes: 7, value: 4, flags: 8 },
  7: { attributes: 7, value: 4, flags: 8 },
  9: { attributes: 9, value: 5, flags: 10 },
  10: { attributes: 1, value: 5, flags: 10 },
  11: { attributes: 7, value: 5, flags: 8 },
}
const temporalities = ['unspecified', 'delta', 'cumulative'] as const

function decodeMetric(reader: Reader): MetricPoint[] {
  let metric = ''
  const data: { kind: number; points: Reader[]; temporality: number }[] = []
  while (reader.next()) {
    if (reader.field === 1) metric = reader.text()
    else if (pointFields[reader.field]) {
      const kind = reader.field
      const points: Reader[] = []
      let temporality = 0
      const message = reader.message()
      while (message.next()) {
        if (message.field === 1) points.push(message.message())
        else if (message.field === 2 && kind !== 11) temporality = message.enumeration()
        else message.skip()
      }
      data.push({ kind, points, temporality })
    } else reader.skip()
  }
  return data.flatMap(({ kind, points, temporality }) =>
    points.map((point) => decodePoint(point, kind, metric, temporalities[temporality] ?? 'unspecified')),
  )
}

function decodePoint(
  reader: Reader,
  kind: number,
  metric: string,
  temporality: MetricPoint['temporality'],
): MetricPoint {
  const fields = pointFields[kind]!
  const isNumber = kind === 5 || kind === 7
  let start = noMoment
  let time = noMoment
  let value: number | bigint | null = null
  let isEmpty = false
  const attributes: Attributes = {}
  while (reader.next()) {
    if (reader.field === 2) start = reader.moment()
    else if (reader.field === 3) time = reader.moment()
    else if (reader.field === fields.value) value = reader.double()
    else if (isNumber && reader.field === 6) value = reader.fixed64()
    else if (reader.field === fields.attributes) readAttribute(reader, attributes, null)
    else if (reader.field === fields.flags) isEmpty = (Number(reader.int64()) & 1) === 1
    else reader.skip()
  }
  return { metric, temporality, start, time, value: isEmpty ? null : value, attributes }
}

type Place = { start: number; end: number; origin: Origin }

/** ResourceSpans and ResourceLogs are built alike: resource = 1, scopes = 2, and in these scope = 1, records = 2. */
function records<T>(body: Buffer, decode: (reader: Reader) => T): Records<T> {
  const places: Place[] = []
  eachMessage(new Reader(body, 0, body.length), 1, (part) => {
    let resource: Attributes = {}
    const scopes: Reader[] = []
    while (part.next()) {
      if (part.field === 1) resource = attributesOf(part.message(), 1)
      else if (part.field === 2) scopes.push(part.message())
      else part.skip()
    }
    for (const scope of scopes) {
      let name = ''
      let version = ''
      const spans: { start: number; end: number }[] = []
      while (scope.next()) {
        if (scope.field === 1) {
          const library = scope.message()
          while (library.next()) {
            if (library.field === 1) name = library.text()
            else if (library.field === 2) version = library.text()
            else library.skip()
          }
        } else if (scope.field === 2) spans.push(scope.bytes())
        else scope.skip()
      }
      const origin = { resource, scopeName: name, scopeVersion: version }
      for (const { start, end } of spans) places.push({ start, end, origin })
    }
  })
  return {
    count: places.length,
    decode(index) {
      const { start, end, origin } = places[index]!
      return { record: decode(new Reader(body, start, end)), origin }
    },
  }
}

function eachMessage(reader: Reader, field: number, visit: (message: Reader) => void): void {
  while (reader.next()) {
    if (reader.field === field) visit(reader.message())
    else reader.skip()
  }
}

function decodeSpan(reader: Reader): Span {
  let traceId = ''
  let spanId = ''
  let parentId = ''
  let name = ''
  let start = noMoment
  let end = noMoment
  let isError = false
  const attributes: Attributes = {}
  const meter = new TextMeter()
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        traceId = reader.hex()
        break
      case 2:
        spanId = reader.hex()
        break
      case 4:
        parentId = reader.hex()
        break
      case 5:
        name = reader.text()
        break
      case 7:
        start = reader.moment()
        break
      case 8:
        end = reader.moment()
        break
      case 9:
        readAttribute(reader, attributes, meter)
        break
      case 15: {
        const status = reader.message()
        while (status.next()) {
          if (status.field === 3) isError = status.enumeration() === 2
          else status.skip()
        }
        break
      }
      default:
        reader.skip()
    }
  }
  return { traceId, spanId, parentId, name, start, end, isError, attributes, text: meter.size }
}

function decodeLogRecord(reader: Reader): LogRecord {
  let traceId = ''
  let spanId = ''
  let isSampled = false
  let eventName = ''
  let time = noMoment
  let observed = noMoment
  const attributes: Attributes = {}
  const meter = new TextMeter()
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        time = reader.moment()
        break
      case 6:
        readAttribute(reader, attributes, meter)
        break
      case 8:
        isSampled = (reader.fixed32() & 1) === 1
        break
      case 9:
        traceId = reader.hex()
        break
      case 10:
        spanId = reader.hex()
        break
      case 11:
        observed = reader.moment()
        break
      case 12:
        eventName = reader.text()
        break
      default:
        reader.skip()
    }
  }
  return { traceId, spanId, isSampled, eventName, at: time.ms === 0 ? observed : time, attributes, text: meter.size }
}

function attributesOf(message: Reader, field: number): Attributes {
  const attributes: Attributes = {}
  while (message.next()) {
    if (message.field === field) readAttribute(message, attributes, null)
    else message.skip()
  }
  return attributes
}

/** The reader stands at a KeyValue. The value is only read once it is clear that the key is wanted. */
function readAttribute(reader: Reader, into: Attributes, meter: TextMeter | null): void {
  const outer = reader.enter()
  const last = reader.end
  let key = ''
  let at = -1
  let end = -1
  while (reader.next()) {
    if (reader.field === 1) key = reader.text()
    else if (reader.field === 2) {
      const value = reader.enter()
      at = reader.position
      end = reader.end
      reader.leave(value)
    } else reader.skip()
  }
  if (at >= 0 && key !== '' && isWanted(key)) {
    reader.position = at
    reader.end = end
    into[key] = readValue(reader, 0)
    reader.end = last
  } else if (at >= 0) meter?.add(key, end - at)
  reader.leave(outer)
}

const deepest = 16

function readValue(reader: Reader, depth: number): unknown {
  if (depth > deepest) throw new MalformedTelemetry('attribute values are nested too deeply')
  let value: unknown = null
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        value = reader.text()
        break
      case 2:
        value = reader.bool()
        break
      case 3:
        value = reader.int64()
        break
      case 4:
        value = reader.double()
        break
      case 5: {
        const list: unknown[] = []
        eachMessage(reader.message(), 1, (element) => list.push(readValue(element, depth + 1)))
        value = list
        break
      }
      case 6: {
        const map: Attributes = {}
        eachMessage(reader.message(), 1, (entry) => {
          let key = ''
          let element: unknown = null
          while (entry.next()) {
            if (entry.field === 1) key = entry.text()
            else if (entry.field === 2) element = readValue(entry.message(), depth + 1)
            else entry.skip()
          }
          if (key !== '__proto__') map[key] = element
        })
        value = map
        break
      }
      default:
        reader.skip()
    }
  }
  return value
}
