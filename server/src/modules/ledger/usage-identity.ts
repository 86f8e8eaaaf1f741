import { type EventId, eventIdsOf, type UsageEvent } from './usage-event'

/** Half a key: trace hash in front, low half of a span's key behind. Only a hint that two spans may touch. */
const within = (trace: EventId, low: number): EventId => ({ high: (trace.high ^ 0x5f356495) >>> 0, low })

/** An observation with the keys that tell which event it is of, and where it stands in its trace. */
export type Observed = {
  readonly event: UsageEvent
  /** Hash of trace and attempt. */
  readonly spanKey: EventId
  /** Hash of the response id; null where there is none, and for aggregates, which answer nothing themselves. */
  readonly responseKey: EventId | null
  /** Low half of the parent's span key; 0 where there is none. */
  readonly parentLow: number
}

/** Makes the functions that work out keys for one organization. */
export function identifierOf(organizationId: string) {
  const idOf = eventIdsOf(organizationId)
  return {
    observe(event: UsageEvent): Observed {
      return {
        event,
        spanKey: idOf(event.traceId, event.attemptId),
        responseKey: event.responseId !== '' && event.kind === 'call' ? idOf('a response', event.responseId) : null,
        parentLow: event.parentId === '' ? 0 : idOf(event.traceId, event.parentId).low,
      }
    },
    spanKey: idOf,
    traceKey: (traceId: string) => idOf(traceId, 'a trace'),
    /** Marks a span as somebody's parent: looked up by the parent itself when it comes. */
    parentMark: (traceId: string, low: number) => within(idOf(traceId, 'a trace'), low),
  }
}

/** The identity under which an observation is stored as long as it is the only one of its event. */
export const ownId = (observed: Observed): EventId => observed.responseKey ?? observed.spanKey
