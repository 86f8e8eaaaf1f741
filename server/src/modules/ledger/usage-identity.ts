import { type EventId, eventIdsOf, type UsageEvent } from './usage-event'

/** A key of something within a trace. `mark` keeps kinds of things apart. */
const within = (trace: EventId, low: number, mark: number): EventId => ({ high: (trace.high ^ mark) >>> 0, low })
const aSpan = 0x2c1b3c6d
const aParent = 0x5f356495

/** An observation with the keys that tell which event it is of, and where it stands in its trace. */
export type Observed = {
  readonly event: UsageEvent
  /** Hash of trace and attempt. Its low half tells spans of a trace apart; where a response is known, only that is stored. */
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
    traceKey: (traceId: string) => idOf(traceId, 'a trace'),
    /** A span as its children and other observers know it. */
    spanMark: (trace: EventId, low: number) => within(trace, low, aSpan),
    /** A span that is somebody's parent: looked up by the parent itself when it comes. */
    parentMark: (trace: EventId, low: number) => within(trace, low, aParent),
  }
}

/** The identity under which an observation is stored as long as it is the only one of its event. */
export const ownId = (observed: Observed): EventId => observed.responseKey ?? observed.spanKey
