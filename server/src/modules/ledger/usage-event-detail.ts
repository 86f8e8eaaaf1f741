import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import { readStates } from './load-usage-states'
import type { UsageEvent } from './usage-event'

/** A usage event as it counts, and what each of its observers said. */
export type UsageEventDetail = {
  readonly counts: boolean
  /** How often it was corrected. */
  readonly corrections: number
  readonly event: UsageEvent
  readonly observations: readonly UsageEvent[]
}

/** The event that `StartedAt` (milliseconds since 1970) and `EventId` of a line name, or null. */
export async function usageEventDetail(
  clickhouse: ClickHouse,
  scope: Scope,
  startedAt: number,
  eventId: string,
): Promise<UsageEventDetail | null> {
  const states = await readStates(
    clickhouse,
    scope.organizationId,
    { from: startedAt, to: startedAt },
    'EventId = {eventId:UInt64}',
    { eventId },
  )
  const [state] = states
  if (!state || state.gone) return null
  return {
    counts: state.sign === 1,
    corrections: state.version,
    event: state.event,
    observations: state.observations.map(({ event }) => event),
  }
}
