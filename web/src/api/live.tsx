import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'

export type LiveState = { state: 'connecting' | 'live' | 'lost'; lastEventAt: number | null }

const LiveContext = createContext<LiveState>({ state: 'connecting', lastEventAt: null })

export function useLive(): LiveState {
  return useContext(LiveContext)
}

const paces = [
  // Calls arrive in bursts: a moment of patience makes one question of them.
  { key: ['answer', 'first'], delayMs: 30, gapMs: 250, atOnce: true },
  // The heavier questions let the key figures go ahead, and one after the other leave them the few connections a browser opens.
  { key: ['answer', 'live'], delayMs: 150, gapMs: 900, atOnce: false },
  { key: ['answer', 'calm'], delayMs: 400, gapMs: 6000, atOnce: false },
]

/** Listens to `/api/v1/stream` and asks again whatever the news touches: the key figures at once, the rest behind them. */
export function LiveUpdates({ enabled, children }: { enabled: boolean; children: ReactNode }) {
  const client = useQueryClient()
  const [live, setLive] = useState<LiveState>({ state: 'connecting', lastEventAt: null })

  useEffect(() => {
    if (!enabled) return
    const followers = paces.map((pace) => follow(client, pace))
    const source = new EventSource('/api/v1/stream', { withCredentials: true })
    const seen = () => setLive({ state: 'live', lastEventAt: Date.now() })
    const onUsage = () => {
      seen()
      void client.invalidateQueries({ queryKey: ['lines'], refetchType: 'none' })
      for (const follower of followers) follower.news()
    }
    const onBatch = () => {
      seen()
      void client.invalidateQueries({ queryKey: ['answer'] })
      void client.invalidateQueries({ queryKey: ['imports'] })
      void client.invalidateQueries({ queryKey: ['batches'] })
      void client.invalidateQueries({ queryKey: ['registry'] })
      void client.invalidateQueries({ queryKey: ['lines'] })
    }
    const onMessage = (event: MessageEvent<string>) => {
      let what = ''
      try {
        what = String((JSON.parse(event.data) as { what?: unknown; type?: unknown }).what ?? '')
      } catch {
        // A heartbeat without a body is news enough.
      }
      if (what === 'batch') onBatch()
      else if (what === 'usage') onUsage()
    }
    source.onopen = () => setLive((before) => ({ ...before, state: 'live' }))
    source.onerror = () =>
      setLive((before) => ({ ...before, state: source.readyState === EventSource.CLOSED ? 'lost' : 'connecting' }))
    source.onmessage = onMessage
    source.addEventListener('usage', onUsage)
    source.addEventListener('batch', onBatch)
    source.addEventListener('ledger', onMessage)
    source.addEventListener('change', onMessage)
    source.addEventListener('import', onBatch)
    return () => {
      source.close()
      for (const follower of followers) follower.stop()
    }
  }, [client, enabled])

  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>
}

type Follower = { news: () => void; stop: () => void }

/**
 * Asks the questions under `queryKey` again `delayMs` after news, and next no sooner than `gapMs` after their answers arrived.
 * A question on its way is never cancelled, for a steady stream of news would else never let one arrive; it is asked once more
 * after it, since it may have been answered before the news.
 */
function follow(client: QueryClient, { key: queryKey, delayMs, gapMs, atOnce }: (typeof paces)[number]): Follower {
  let timer: ReturnType<typeof setTimeout> | null = null
  let busy = false
  let pending = false
  let stopped = false
  const ask = async () => {
    timer = null
    busy = true
    pending = client.isFetching({ queryKey }) > 0
    await client.invalidateQueries({ queryKey, refetchType: atOnce ? 'active' : 'none' }, { cancelRefetch: false })
    if (!atOnce) {
      for (const query of client.getQueryCache().findAll({ queryKey, type: 'active', stale: true })) {
        if (stopped) return
        await client.refetchQueries({ queryKey: query.queryKey, exact: true }, { cancelRefetch: false })
      }
    }
    busy = false
    if (stopped) return
    timer = setTimeout(() => {
      timer = null
      if (pending) void ask()
    }, gapMs)
  }
  return {
    news() {
      if (busy || timer !== null) pending = true
      else timer = setTimeout(() => void ask(), delayMs)
    },
    stop() {
      stopped = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}
