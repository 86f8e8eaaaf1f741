import type { EventId, UsageEvent } from './usage-event'
import { formatEventId } from './usage-event'

/*
 * Lines are built as strings in which every character is one byte (UTF-8 already applied), because TraceId is 16 raw
 * bytes and because such strings turn into a buffer by plain copying.
 */

const quotedCacheLimit = 20_000
let quotedCache = new Map<string, string>()

const loneSurrogate = /\p{Surrogate}/u

/** A JSON string, one character a byte. Dimension values repeat, so they are quoted once. */
function quoted(text: string): string {
  if (text === '') return '""'
  let value = quotedCache.get(text)
  if (value === undefined) {
    value = quotedOnce(text)
    if (quotedCache.size >= quotedCacheLimit) quotedCache = new Map()
    quotedCache.set(text, value)
  }
  return value
}

function quotedOnce(text: string): string {
  // A lone surrogate has no UTF-8 form: the engine would refuse the whole block for it.
  const json = JSON.stringify(loneSurrogate.test(text) ? Buffer.from(text, 'utf8').toString('utf8') : text)
  return Buffer.from(json, 'utf8').toString('latin1')
}

/** The byte as it may stand in a JSON string. */
const rawByte = Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x22) return '\\"'
  if (byte === 0x5c) return '\\\\'
  if (byte < 0x20) return `\\u00${byte.toString(16).padStart(2, '0')}`
  return String.fromCharCode(byte)
})

function rawBytes(hex: string): string {
  let out = ''
  for (let i = 0; i < 32; i += 2) out += rawByte[(hexDigit(hex.charCodeAt(i)) << 4) | hexDigit(hex.charCodeAt(i + 1))]
  return out
}

function hexDigit(code: number): number {
  return code <= 57 ? code - 48 : (code | 32) - 87
}

/** Seconds with three decimals: the engine reads it into DateTime64(3) exactly. */
function seconds(milliseconds: number): string {
  const whole = Math.floor(milliseconds / 1000)
  const rest = milliseconds - whole * 1000
  return `${whole}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}`
}

/** Everything of a line but its head, so that RecordedAt can be set at the moment of the commit. */
export function usageLineTail(organizationId: string, id: EventId, event: UsageEvent): string {
  let units = ''
  let quantities = ''
  let costs = ''
  for (const leaf of event.leaves) {
    const comma = units === '' ? '' : ','
    units += comma + quoted(leaf.unit)
    quantities += comma + leaf.quantity
    costs += comma + (leaf.cost === null ? 'null' : `"${leaf.cost}"`)
  }
  let attributes = ''
  for (const name in event.attributes) {
    attributes += `${attributes === '' ? '' : ','}${quoted(name)}:${quotedOnce(event.attributes[name]!)}`
  }
  return `"OrganizationId":"${organizationId}","StartedAt":"${seconds(event.startedAt)}","EventId":${formatEventId(id)},"Provider":${quoted(event.provider)},"ServiceProviderName":${quoted(event.serviceProviderName)},"ServiceName":${quoted(event.serviceName)},"AccountId":${quoted(event.accountId)},"RequestModel":${quoted(event.requestModel)},"Model":${quoted(event.model)},"Operation":${quoted(event.operation)},"ServiceTier":${quoted(event.serviceTier)},"Region":${quoted(event.region)},"Team":${quoted(event.team)},"Project":${quoted(event.project)},"Feature":${quoted(event.feature)},"Experiment":${quoted(event.experiment)},"Run":${quoted(event.run)},"Customer":${quoted(event.customer)},"Environment":${quoted(event.environment)},"Service":${quoted(event.service)},"TraceId":"${rawBytes(event.traceId)}","DurationMs":${event.durationMs},"IsError":${event.isError ? 1 : 0},"Units":[${units}],"Quantities":[${quantities}],"UnitCosts":[${costs}],"Cost":${event.cost === null ? 'null' : `"${event.cost}"`},"Currency":${quoted(event.currency)},"UsageStatus":"${event.usageStatus}","CostStatus":"${event.costStatus}","PriceVersion":${quoted(event.priceVersion)},"PricePath":${quoted(event.pricePath)},"Attributes":{${attributes}}}\n`
}

/** The block of lines as bytes. `recordedAt` in milliseconds since 1970. */
export function usageBlock(tails: readonly string[], recordedAt: number): Buffer {
  if (tails.length === 0) return Buffer.alloc(0)
  const head = `{"RecordedAt":"${seconds(recordedAt)}",`
  return Buffer.from(head + tails.join(head), 'latin1')
}
