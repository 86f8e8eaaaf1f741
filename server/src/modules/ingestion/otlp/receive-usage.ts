import type { Scope } from '../../../primitives/scope'
import type { ClickHouse } from '../../../storage/clickhouse'
import { recordUsage, type UsageEvent } from '../../ledger'
import type { PriceBook } from '../../pricing'
import { received } from './received'
import type { Signal } from './responses'
import type { Origin, Records } from './telemetry'
import type { Outcome } from './usage-of-record'

export type Receipt = { readonly rejected: number; readonly message: string }

/** Records decoded before other requests get a turn. */
const slice = 500
const reasonsNamed = 5

/**
 * Turns the records of one request into usage events and records them. Resolves when they are on disk.
 * Decodes everything before it records anything: a request that is broken further on leaves no trace.
 * @throws MalformedTelemetry, and the failures of `recordUsage`.
 */
export async function receiveUsage<T>(
  deps: { clickhouse: ClickHouse; book: PriceBook; now: () => number },
  scope: Scope,
  signal: Signal,
  records: Records<T>,
  usageOf: (record: T, origin: Origin, book: PriceBook, now: number) => Outcome,
): Promise<Receipt> {
  const events: UsageEvent[] = []
  const reasons = new Map<string, number>()
  let rejected = 0
  const notCounted = { other: 0, wrapper: 0, span_counts: 0 }
  const now = deps.now()
  for (let i = 0; i < records.count; i++) {
    if (i > 0 && i % slice === 0) await new Promise((resolve) => setImmediate(resolve))
    const { record, origin } = records.decode(i)
    const outcome = usageOf(record, origin, deps.book, now)
    if (outcome.kind === 'event') events.push(outcome.event)
    else if (outcome.kind === 'rejected') {
      rejected++
      reasons.set(outcome.reason, (reasons.get(outcome.reason) ?? 0) + 1)
    } else notCounted[outcome.kind]++
  }
  const { recorded, known } = await recordUsage(deps.clickhouse, scope, events)
  for (const [outcome, count] of Object.entries({ recorded, known, ...notCounted, rejected })) {
    if (count > 0) received.inc({ signal, outcome }, count)
  }
  return { rejected, message: messageOf(reasons, notCounted.wrapper, events.length) }
}

function messageOf(reasons: Map<string, number>, wrappers: number, events: number): string {
  const parts = [...reasons].slice(0, reasonsNamed).map(([reason, count]) => `${reason} (${count})`)
  if (reasons.size > reasonsNamed) parts.push(`${reasons.size - reasonsNamed} further reasons`)
  // Only where nothing was billed is it a surprise: usually the calls below a wrapper are in the same request.
  if (wrappers > 0 && events === 0)
    parts.push(`${wrappers} agent or workflow spans carry the usage of calls below them and were not counted`)
  return parts.join('; ')
}
