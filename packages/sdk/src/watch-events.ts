type Json = Record<string, unknown>

/**
 * Passes a stream of server-sent events on and shows each event's JSON on the way. `onEvent` answers whether the caller
 * may see the event. `onEnd` comes exactly once: when the stream ended, broke, or was left by its reader.
 */
export function watchEvents(
  source: ReadableStream<Uint8Array>,
  watch: { onEvent(event: Json): boolean; onEnd(outcome: 'ok' | 'error' | 'aborted', error: string): void },
): ReadableStream<Uint8Array> {
  const reader = source.getReader()
  const decoder = new TextDecoder()
  const encoder = new TextEncoder()
  let pending = ''
  let ended = false
  const end = (outcome: 'ok' | 'error' | 'aborted', error = '') => {
    if (ended) return
    ended = true
    watch.onEnd(outcome, error)
  }
  const passOn = (block: string): string => {
    const event = jsonOf(block)
    return event === null || watch.onEvent(event) ? block : ''
  }
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        for (;;) {
          const { done, value } = await reader.read()
          pending += done ? decoder.decode() : decoder.decode(value, { stream: true })
          let out = ''
          for (let cut = blockEnd.exec(pending); cut; cut = blockEnd.exec(pending)) {
            const stop = cut.index + cut[0].length
            out += passOn(pending.slice(0, stop))
            pending = pending.slice(stop)
          }
          if (done && pending !== '') out += passOn(pending)
          if (out !== '') controller.enqueue(encoder.encode(out))
          if (done) {
            end('ok')
            controller.close()
          }
          if (done || out !== '') return
        }
      } catch (error) {
        const name = error instanceof Error ? error.name : 'Error'
        end(name === 'AbortError' ? 'aborted' : 'error', name)
        controller.error(error)
      }
    },
    async cancel(reason) {
      end('aborted', 'AbortError')
      await reader.cancel(reason)
    },
  })
}

const blockEnd = /\r\n\r\n|\n\n|\r\r/

function jsonOf(block: string): Json | null {
  const data = block
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).trimStart())
    .join('\n')
  if (!data.startsWith('{')) return null
  try {
    return JSON.parse(data) as Json
  } catch {
    return null
  }
}
