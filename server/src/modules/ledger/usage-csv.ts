import type { EventId, UsageEvent, UsageLeaf } from './usage-event'
import { formatEventId } from './usage-event'

/*
 * Rows travel to the engine as CSV: without the names it is half the bytes of JSON, to write and to parse. They are written
 * byte by byte into one buffer: putting a line together from sixty pieces of text costs several times as much, most of it
 * in the garbage collector.
 */

/** Column and type of each field of a line, in its order. */
const columns = [
  ['OrganizationId', 'UUID'],
  ['StartedAt', "DateTime64(3, 'UTC')"],
  ['EventId', 'UInt64'],
  ['TraceId', 'FixedString(16)'],
  ['DurationMs', 'UInt32'],
  ['IsError', 'UInt8'],
  ['Units', 'Array(String)'],
  ['Quantities', 'Array(UInt64)'],
  ['UnitCosts', 'Array(Nullable(Decimal(38, 18)))'],
  ['Cost', 'Nullable(Decimal(38, 18))'],
  ['UsageStatus', 'String'],
  ['CostStatus', 'String'],
  ['Attributes', 'Map(String, String)'],
  ['Provider', 'String'],
  ['ServiceProviderName', 'String'],
  ['ServiceName', 'String'],
  ['AccountId', 'String'],
  ['RequestModel', 'String'],
  ['Model', 'String'],
  ['Operation', 'String'],
  ['ServiceTier', 'String'],
  ['Region', 'String'],
  ['Team', 'String'],
  ['Project', 'String'],
  ['Feature', 'String'],
  ['Experiment', 'String'],
  ['Run', 'String'],
  ['Customer', 'String'],
  ['Environment', 'String'],
  ['Service', 'String'],
  ['Currency', 'String'],
  ['PriceVersion', 'String'],
  ['PricePath', 'String'],
  ['Source', 'String'],
  ['Kind', 'String'],
  ['CallId', 'String'],
  ['Dialect', 'String'],
  ['RawShape', 'String'],
  ['RawCounts', 'Array(UInt64)'],
  ['Sign', 'Int8'],
  ['Version', 'UInt32'],
  ['SpanKeys', 'Array(UInt32)'],
  ['ParentKey', 'UInt32'],
  ['MoreTraces', 'Array(String)'],
  ['Observations', 'String'],
] as const

/** What an event's row holds beside the event. */
export type RowState = {
  readonly sign: -1 | 0 | 1
  readonly version: number
  /** Low halves of the keys of the spans it was seen as; empty where its id is the one key. */
  readonly spanKeys: readonly number[]
  readonly parentLow: number
  /** 32 hex digits each. */
  readonly moreTraces: readonly string[]
  /** JSON, or '' where the row says it all. */
  readonly observations: string
}

export const usageCsvStructure = columns.map(([name, type]) => `${name} ${type}`).join(', ')
export const usageCsvColumns = columns.map(([name]) => name).join(', ')
/** What to select from the lines for `usageCsvColumns`. */
export const usageCsvSelection = columns
  .map(([name]) => (name === 'MoreTraces' ? 'arrayMap(t -> toFixedString(unhex(t), 16), MoreTraces)' : name))
  .join(', ')

const COMMA = 0x2c
const QUOTE = 0x22
const NEWLINE = 0x0a

/** Writes events as lines, one after the other, into a buffer that grows. */
export class UsageCsvWriter {
  private bytes: Buffer
  /** Bytes written so far: the end of the last line. */
  length = 0

  constructor(events: number) {
    this.bytes = Buffer.allocUnsafe(512 * (events + 1))
  }

  /** What was written. Valid until the next `write`. */
  get written(): Buffer {
    return this.bytes.subarray(0, this.length)
  }

  write(organizationId: string, id: EventId, event: UsageEvent, state: RowState): void {
    this.ascii(organizationId)
    this.byte(COMMA)
    this.seconds(event.startedAt)
    this.byte(COMMA)
    this.ascii(formatEventId(id))
    this.byte(COMMA)
    this.hexAsRawBytes(event.traceId)
    this.byte(COMMA)
    this.ascii(String(event.durationMs))
    this.byte(COMMA)
    this.byte(event.isError ? 0x31 : 0x30)
    this.leaves(event.leaves)
    this.byte(COMMA)
    this.ascii(event.cost ?? '\\N')
    this.byte(COMMA)
    this.ascii(event.usageStatus)
    this.byte(COMMA)
    this.ascii(event.costStatus)
    this.byte(COMMA)
    this.attributes(event.attributes)
    this.field(event.provider)
    this.field(event.serviceProviderName)
    this.field(event.serviceName)
    this.field(event.accountId)
    this.field(event.requestModel)
    this.field(event.model)
    this.field(event.operation)
    this.field(event.serviceTier)
    this.field(event.region)
    this.field(event.team)
    this.field(event.project)
    this.field(event.feature)
    this.field(event.experiment)
    this.field(event.run)
    this.field(event.customer)
    this.field(event.environment)
    this.field(event.service)
    this.field(event.currency)
    this.field(event.priceVersion)
    this.field(event.pricePath)
    this.field(event.source)
    this.field(event.kind === 'call' ? '' : event.kind)
    this.text(event.callId)
    this.field(event.dialect)
    this.field(event.rawShape)
    this.numbers(event.rawCounts)
    this.byte(COMMA)
    this.ascii(String(state.sign))
    this.byte(COMMA)
    this.ascii(String(state.version))
    this.numbers(state.spanKeys)
    this.byte(COMMA)
    this.ascii(String(state.parentLow))
    this.ascii(state.moreTraces.length === 0 ? ',[]' : `,"['${state.moreTraces.join("','")}']"`)
    this.text(state.observations)
    this.byte(NEWLINE)
  }

  private numbers(values: readonly number[]): void {
    this.ascii(values.length === 0 ? ',[]' : `,"[${values.join(',')}]"`)
  }

  /** A text that is new with every call, and so not remembered. */
  private text(text: string): void {
    this.byte(COMMA)
    if (text !== '') this.copy(fieldBytes(text))
  }

  /** `,"['unit',…]","[quantity,…]","[cost,…]"` */
  private leaves(leaves: readonly UsageLeaf[]): void {
    this.ascii(',"[')
    for (let i = 0; i < leaves.length; i++) {
      if (i > 0) this.byte(COMMA)
      this.copy(element(leaves[i]!.unit))
    }
    this.ascii(']","[')
    for (let i = 0; i < leaves.length; i++) {
      if (i > 0) this.byte(COMMA)
      this.ascii(String(leaves[i]!.quantity))
    }
    this.ascii(']","[')
    for (let i = 0; i < leaves.length; i++) {
      if (i > 0) this.byte(COMMA)
      this.ascii(leaves[i]!.cost ?? 'NULL')
    }
    this.ascii(']"')
  }

  private attributes(attributes: Readonly<Record<string, string>>): void {
    let first = true
    for (const name in attributes) {
      this.ascii(first ? '"{' : ',')
      first = false
      this.copy(element(name))
      this.byte(0x3a)
      // Not remembered: these values are ids, new with every call.
      this.copy(elementBytes(attributes[name]!))
    }
    this.ascii(first ? '{}' : '}"')
  }

  private field(text: string): void {
    this.byte(COMMA)
    if (text !== '') this.copy(field(text))
  }

  /** Seconds with three decimals: the engine reads it into DateTime64(3) exactly. */
  private seconds(milliseconds: number): void {
    const whole = Math.floor(milliseconds / 1000)
    const rest = milliseconds - whole * 1000
    this.ascii(`${whole}${rest < 10 ? '.00' : rest < 100 ? '.0' : '.'}${rest}`)
  }

  private hexAsRawBytes(hex: string): void {
    this.reserve(40)
    this.byte(QUOTE)
    for (let i = 0; i < 32; i += 2) {
      const byte = (hexDigit(hex.charCodeAt(i)) << 4) | hexDigit(hex.charCodeAt(i + 1))
      if (byte === QUOTE) this.byte(QUOTE)
      this.byte(byte)
    }
    this.byte(QUOTE)
  }

  private ascii(text: string): void {
    const { length } = text
    this.reserve(length)
    const { bytes } = this
    let at = this.length
    for (let i = 0; i < length; i++) bytes[at++] = text.charCodeAt(i)
    this.length = at
  }

  private copy(content: Uint8Array): void {
    const { length } = content
    this.reserve(length)
    const { bytes } = this
    let at = this.length
    for (let i = 0; i < length; i++) bytes[at++] = content[i]!
    this.length = at
  }

  private byte(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1)
    this.bytes[this.length++] = value
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(2 * (this.length + more))
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }
}

const cacheLimit = 20_000

/** Dimension values repeat from call to call, so their bytes are made once. */
function remembered(write: (text: string) => Uint8Array): (text: string) => Uint8Array {
  let written = new Map<string, Uint8Array>()
  return (text) => {
    let value = written.get(text)
    if (value === undefined) {
      value = write(text)
      if (written.size >= cacheLimit) written = new Map()
      written.set(text, value)
    }
    return value
  }
}

const doubled = (text: string) => text.replaceAll('"', '""')

/** A text field. */
const fieldBytes = (text: string): Uint8Array => Buffer.from(`"${doubled(text)}"`, 'utf8')
const field = remembered(fieldBytes)

/** A text within an array or map, which itself stands in quotes. */
const elementBytes = (text: string): Uint8Array => Buffer.from(`'${doubled(text.replace(/[\\']/g, '\\$&'))}'`, 'utf8')
const element = remembered(elementBytes)

function hexDigit(code: number): number {
  return code <= 57 ? code - 48 : (code | 32) - 87
}
