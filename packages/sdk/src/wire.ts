import type { Call } from './call'

/** One call as `POST /api/v1/usage` takes it. */
export function wireOf(call: Call): Record<string, unknown> {
  return { ...call, startedAt: call.startedAt.toISOString() }
}
