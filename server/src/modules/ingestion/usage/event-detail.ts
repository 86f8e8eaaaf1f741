import type { z } from 'zod'
import type { UsageEvent } from '../../ledger'
import type { UsageEventDetail } from '../contract'
import { unfoldRawUsage } from '../otlp'

type Shown = z.infer<typeof UsageEventDetail>['event']

/** An observation as the API shows it. `own` is the observation whose leaves the raw block names. */
export const shownUsage = (event: UsageEvent, own: UsageEvent = event): Shown => ({
  observer: event.source,
  kind: event.kind,
  startedAt: new Date(event.startedAt).toISOString(),
  durationMs: event.durationMs,
  traceId: event.traceId,
  provider: event.provider,
  model: event.model,
  operation: event.operation,
  usageStatus: event.usageStatus,
  costStatus: event.costStatus,
  cost: event.cost,
  currency: event.currency,
  leaves: event.leaves.map((leaf) => ({ ...leaf })),
  dialect: event.dialect,
  raw: unfoldRawUsage(own.rawShape, own.rawCounts, own.leaves),
  attributes: { ...event.attributes },
})
