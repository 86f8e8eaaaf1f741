import type { Scope } from '../../../primitives/scope'
import type { ClickHouse } from '../../../storage/clickhouse'
import { recordUsage, type UsageEvent } from '../../ledger'
import { received } from './received'
import type { Signal } from './responses'
import type { Origin, Records } from './telemetry'
import { type Outcome, repriceBy, type UsageContext } from './usage-of-record'

export type Receipt = {
  readonly rejected: number
  readonly message: string
  /** Why records were not taken, and how many. */
  readonly reasons?: ReadonlyMap<string, number>
}

/** Records decoded before other requests get a turn. */
const slice = 500
const reasonsNamed = 5

/**
 * Turns the records of one request into usage events and records them. Resolves when they are on disk.
 * Decodes everything before it records anything: a request that is broken further on leaves no trace.
 * @throws MalformedTelemetry, and the failures of `recordUsage`.
 */
export async function receiveUsage<T>(
  clickhouse: ClickHouse,
  context: UsageContext,
  scope: Scope,
  signal: Signal,
  records: Records<T>,
  usageOf: (record: T, origin: Origin, context: UsageContext) => Outcome | Outcome[],
): Promise<Receipt> {
  const events: UsageEvent[] = []
  const reasons = new Map<string, number>()
  let rejected = 0
  let other = 0
  for (let i = 0; i < records.count; i++) {
    if (i > 0 && i % slice === 0) await new Promise((resolve) => setImmediate(resolve))
    const { record, origin } = records.decode(i)
    const told = usageOf(record, origin, context)
    for (const outcome of Array.isArray(told) ? told : [told]) {
      if (outcome.kind === 'event') events.push(outcome.event)
      else if (outcome.kind === 'rejected') {
        rejected++
        reasons.set(outcome.reason, (reasons.get(outcome.reason) ?? 0) + 1)
      } else other++
    }
  }
  const { recorded, known } = await recordUsage(clickhouse, scope, events, repriceBy(context.book))
  for (const [outcome, count] of Object.entries({ recorded, known, other, rejected })) {
    if (count > 0) received.inc({ signal, outcome }, count)
  }
  return { rejected, message: messageOf(reasons), reasons }
}

function messageOf(reasons: Map<string, number>): string {
  const parts = [...reasons].slice(0, reasonsNamed).map(([reason, count]) => `${reason} (${count})`)
  if (reasons.size > reasonsNamed) parts.push(`${reasons.size - reasonsNamed} further reasons`)
  return parts.join('; ')
}
