import type { ServerResponse } from 'node:http'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { ClickHouse } from '../storage/clickhouse'

type What = 'usage' | 'batch'
export type StreamDeps = {
  clickhouse: ClickHouse
  /** Calls back after each change of a ledger in this process; returns the function that ends it. */
  onLedgerChange: (listener: (organizationId: string, what: What) => void) => () => void
}

// Long enough to gather a burst of calls into one message, short enough to stay within a second of the call.
const gatherMs = 200
const heartbeatMs = 15_000
const pollMs = 1_000
// A reader that takes nothing for this many bytes is gone or too slow: it comes back by itself and asks afresh.
const backlogBytes = 256 * 1024

/**
 * `GET /api/v1/stream`: server-sent events `change` with `{ "what": "usage" | "batch", "at": RFC 3339 }` for the caller's
 * organization. On a ClickHouse server other copies of InfraZen write too, so the ledger is also asked once a second
 * while somebody listens.
 */
export function streamRoutes(deps: StreamDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const listeners = new Map<string, Set<ServerResponse>>()
    const pending = new Map<string, Set<What>>()
    const timers = new Set<NodeJS.Timeout>()

    const changed = (organizationId: string, what: What) => {
      if (!listeners.has(organizationId)) return
      const gathered = pending.get(organizationId)
      if (gathered) {
        gathered.add(what)
        return
      }
      pending.set(organizationId, new Set([what]))
      const timer = setTimeout(() => {
        timers.delete(timer)
        const all = pending.get(organizationId) ?? []
        pending.delete(organizationId)
        const at = new Date().toISOString()
        for (const one of all) tell(organizationId, `event: change\ndata: ${JSON.stringify({ what: one, at })}\n\n`)
      }, gatherMs)
      timers.add(timer)
    }

    const tell = (organizationId: string, text: string) => {
      for (const response of listeners.get(organizationId) ?? []) {
        if (response.writableLength > backlogBytes) response.destroy()
        else response.write(text)
      }
    }

    const stopListening = deps.onLedgerChange(changed)
    const heartbeat = setInterval(() => {
      for (const organizationId of listeners.keys()) tell(organizationId, ': still here\n\n')
    }, heartbeatMs)
    const poll = deps.clickhouse.embedded
      ? null
      : pollEverySecond(deps.clickhouse, () => [...listeners.keys()], changed)

    app.addHook('preClose', async () => {
      stopListening()
      clearInterval(heartbeat)
      poll?.stop()
      for (const timer of timers) clearTimeout(timer)
      for (const responses of listeners.values()) for (const response of responses) response.end()
    })

    app.get(
      '/api/v1/stream',
      {
        schema: {
          tags: ['Explore'],
          summary: 'Server-sent events: something of the ledger changed',
          produces: ['text/event-stream'],
        },
      },
      (request, reply) => {
        const { organizationId } = request.scope
        reply.hijack()
        const response = reply.raw
        response.writeHead(200, {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          // nginx would gather the events into pages.
          'x-accel-buffering': 'no',
        })
        response.write('retry: 2000\n: listening\n\n')
        const own = listeners.get(organizationId) ?? new Set()
        listeners.set(organizationId, own.add(response))
        response.on('error', () => response.destroy())
        response.on('close', () => {
          own.delete(response)
          if (own.size === 0) listeners.delete(organizationId)
        })
      },
    )
  }
}

function pollEverySecond(
  clickhouse: ClickHouse,
  watched: () => string[],
  changed: (organizationId: string, what: What) => void,
) {
  const seen = new Map<string, { usage: string; batch: string }>()
  let asking = false
  const ask = async () => {
    const organizationIds = watched()
    for (const known of seen.keys()) if (!organizationIds.includes(known)) seen.delete(known)
    if (organizationIds.length === 0 || asking) return
    asking = true
    try {
      const rows = await clickhouse.query<{ organizationId: string; usage: string; batch: string }>({
        name: 'stream.lastChange',
        lane: 'background',
        sql: `SELECT toString(OrganizationId) AS organizationId, sum(Usage) AS usage, sum(Batches) AS batch FROM (
          SELECT OrganizationId, sum(Calls) AS Usage, 0 AS Batches FROM usage_per_15m_v1
            WHERE OrganizationId IN {organizationIds:Array(UUID)} AND RecordedBucket >= now() - INTERVAL 1 DAY GROUP BY OrganizationId
          UNION ALL
          SELECT OrganizationId, 0, count() FROM batch_log_v1
            WHERE OrganizationId IN {organizationIds:Array(UUID)} GROUP BY OrganizationId
        ) GROUP BY organizationId`,
        params: { organizationIds },
        settings: { max_execution_time: 5 },
      })
      for (const { organizationId, usage, batch } of rows) {
        const before = seen.get(organizationId)
        seen.set(organizationId, { usage, batch })
        if (before && before.usage !== usage) changed(organizationId, 'usage')
        if (before && before.batch !== batch) changed(organizationId, 'batch')
      }
    } catch {
      // The store is away for a moment; /readyz says so, and the next second asks again.
    } finally {
      asking = false
    }
  }
  const timer = setInterval(() => void ask(), pollMs)
  return { stop: () => clearInterval(timer) }
}
