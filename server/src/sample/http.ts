import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compress = promisify(gzip)

export type Server = { baseUrl: string; apiKey: string; signal?: AbortSignal }

/** Waits; ends early, without an error, when the signal fires. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal?.addEventListener('abort', done)
  })
}

/** Lets the server that shares this thread answer its readers between two pieces of work. */
export const breathe = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * One request to the running server. Tries again while it is busy (429, 502, 503, 504 or no answer), up to five times.
 * Throws an Error that names the request and the server's answer.
 */
export async function ask(
  server: Server,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH',
  path: string,
  body?: { type: string; bytes: Buffer | string; gzip?: boolean },
): Promise<unknown> {
  const headers: Record<string, string> = { authorization: `Bearer ${server.apiKey}` }
  let payload: Buffer | string | undefined
  if (body) {
    headers['content-type'] = body.type
    payload = body.gzip ? await compress(body.bytes, { level: 1 }) : body.bytes
    if (body.gzip && body.type === 'application/json') headers['content-encoding'] = 'gzip'
  }
  let problem = ''
  for (let attempt = 0; attempt < 5; attempt++) {
    if (attempt > 0) await pause(250 * 2 ** attempt, server.signal)
    if (server.signal?.aborted) throw new Error('stopped')
    try {
      const answer = await fetch(new URL(path, server.baseUrl), {
        method,
        headers,
        body: payload,
        signal: server.signal,
      })
      const text = await answer.text()
      if (answer.ok)
        return text === '' || !(answer.headers.get('content-type') ?? '').includes('json') ? null : JSON.parse(text)
      problem = `${answer.status} ${text.slice(0, 500)}`
      if (![429, 502, 503, 504].includes(answer.status)) break
    } catch (error) {
      if (server.signal?.aborted) throw error
      problem = error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : String(error)
    }
  }
  throw new Error(`${method} ${path}: ${problem}`)
}
