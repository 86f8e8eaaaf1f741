import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'

export type LiveState = { state: 'connecting' | 'live' | 'lost'; lastEventAt: number | null }

const LiveContext = createContext<LiveState>({ state: 'connecting', lastEventAt: null })

export function useLive(): LiveState {
  return useContext(LiveContext)
}

const liveEveryMs = 800
const calmEveryMs = 6000

/** Listens to `/api/v1/stream` and asks again whatever the news touches: at once, then at most every 0.8 s while news keeps coming. */
export function LiveUpdates({ enabled, children }: { enabled: boolean; children: ReactNode }) {
  const client = useQueryClient()
  const [live, setLive] = useState<LiveState>({ state: 'connecting', lastEventAt: null })

  useEffect(() => {
    if (!enabled) return
    const liveThrottle = throttle(liveEveryMs, () => {
      void client.invalidateQueries({ queryKey: ['lines'], refetchType: 'none' })
      return askAgain(client, ['answer', 'live'])
    })
    const calmThrottle = throttle(calmEveryMs, () => askAgain(client, ['answer', 'calm']))

    const source = new EventSource('/api/v1/stream', { withCredentials: true })
    const seen = () => setLive({ state: 'live', lastEventAt: Date.now() })
    const onUsage = () => {
      seen()
      liveThrottle.call()
      calmThrottle.call()
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
      liveThrottle.stop()
      calmThrottle.stop()
    }
  }, [client, enabled])

  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>
}

/**
 * Asks again, unless answers are still on their way: a steady stream of news would else never let one arrive, and what the
 * page has not shown at all yet comes before what it shows a second late. True where it has to be tried once more.
 */
function askAgain(client: QueryClient, queryKey: string[]): boolean {
  const isWaiting =
    client.isFetching({ queryKey: ['answer'], predicate: (query) => query.state.data === undefined }) > 0
  if (isWaiting || client.isFetching({ queryKey }) > 0) return true
  void client.invalidateQueries({ queryKey }, { cancelRefetch: false })
  return false
}

type Throttle = { call: () => void; stop: () => void }

/** Runs at once, then at most once every `everyMs` while called again or while `run` asks for another turn. */
function throttle(everyMs: number, run: () => boolean): Throttle {
  let timer: ReturnType<typeof setTimeout> | null = null
  let pending = false
  const tick = () => {
    timer = null
    if (pending) {
      pending = run()
      timer = setTimeout(tick, everyMs)
    }
  }
  return {
    call() {
      if (timer !== null) {
        pending = true
        return
      }
      pending = run()
      timer = setTimeout(tick, everyMs)
    },
    stop() {
      if (timer !== null) clearTimeout(timer)
    },
  }
}
