import { beginCall, type Heard, nothingHeard, type Watch } from './begin-call'
import { type Endpoint, endpoints, merge, providerOfHost, sizeOfRequest } from './endpoints'
import { watchEvents } from './watch-events'

type Json = Record<string, unknown>
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/**
 * A `fetch` that reports every model call made with it: one call an attempt, retries included. The application's answer
 * is the provider's, byte for byte, but for the one event of a stream that the application did not ask for.
 * Failures of reporting never reach the caller.
 */
export function watchFetch(fetch: Fetch, watch: Watch): Fetch {
  const failed = new Map<string, Attempt>()
  return async (input, init) => {
    const address = new URL(input instanceof Request ? input.url : String(input))
    const endpoint = endpoints.find(({ path }) => path.test(address.pathname))
    if (!endpoint || (init?.method ?? 'POST').toUpperCase() !== 'POST') return fetch(input, init)
    const request = readJson(init?.body)
    const asked = withUsageAsked(endpoint, request, init)

    const key = `${address.href}\n${typeof init?.body === 'string' ? init.body : ''}`
    const isRetry = Number(new Headers(init?.headers).get('x-stainless-retry-count') ?? 0) > 0
    const before = isRetry ? failed.get(key) : undefined
    failed.delete(key)
    const usage = endpoint.usageOfRequest?.(request) ?? null
    const call = beginCall(watch, {
      provider: watch.provider ?? providerOfHost(address.hostname),
      requestModel: modelOf(request, address),
      operation: endpoint.operation,
      input: sizeOfRequest(request),
      usage,
      ...(before && { logicalCallId: before.logicalCallId, attempt: before.attempt + 1 }),
    })
    const fail = (error: unknown) => {
      remember(failed, key, call)
      call.fail(error)
    }

    let response: Response
    try {
      response = await fetch(input, asked.init)
    } catch (error) {
      fail(error)
      throw error
    }
    if (!response.ok) {
      remember(failed, key, call)
      call.end(nothingHeard, 'error', String(response.status))
      return response
    }
    const type = response.headers.get('content-type') ?? ''
    if (type.includes('text/event-stream') && response.body && endpoint.event) {
      let heard: Heard = nothingHeard
      const { event } = endpoint
      const body = watchEvents(response.body, {
        onEvent: (one) => {
          heard = merge(heard, event(one))
          return !(asked.added && isUsageAlone(one))
        },
        onEnd: (outcome, error) => call.end(heard, outcome, error),
      })
      return sameResponse(response, body)
    }
    if (type.includes('json')) {
      const copy = response.clone()
      void copy
        .json()
        .then((body) => call.end(merge(nothingHeard, endpoint.answer(body as Json)), 'ok'))
        .catch((error) => call.fail(error))
      return response
    }
    call.end(nothingHeard, 'ok')
    return response
  }
}

function readJson(body: unknown): Json {
  if (body instanceof FormData) {
    const model = body.get('model')
    return typeof model === 'string' ? { model } : {}
  }
  if (typeof body !== 'string') return {}
  try {
    return JSON.parse(body) as Json
  } catch {
    return {}
  }
}

/** Gemini names the model in its address. */
function modelOf(request: Json, address: URL): string {
  if (typeof request.model === 'string') return request.model
  return (
    /\/models\/([^/:]+):/.exec(address.pathname)?.[1] ?? /\/deployments\/([^/]+)\//.exec(address.pathname)?.[1] ?? ''
  )
}

/** A chat stream states its usage only on request; the request is made here and its event kept from the caller. */
function withUsageAsked(endpoint: Endpoint, request: Json, init: RequestInit | undefined) {
  const options = request.stream_options as Json | undefined
  if (!endpoint.asksForUsage || request.stream !== true || options?.include_usage !== undefined) {
    return { init, added: false }
  }
  const body = JSON.stringify({ ...request, stream_options: { ...options, include_usage: true } })
  const headers = new Headers(init?.headers)
  headers.delete('content-length')
  return { init: { ...init, headers, body }, added: true }
}

const isUsageAlone = (event: Json) =>
  Array.isArray(event.choices) && event.choices.length === 0 && typeof event.usage === 'object' && event.usage !== null

function sameResponse(response: Response, body: ReadableStream<Uint8Array>): Response {
  const { status, statusText, headers } = response
  const copy = new Response(body, { status, statusText, headers })
  Object.defineProperty(copy, 'url', { value: response.url })
  return copy
}

type Attempt = { logicalCallId: string; attempt: number }

/** A client's retry comes soon after: a few failures are enough to know it by. */
function remember(failed: Map<string, Attempt>, key: string, { logicalCallId, attempt }: Attempt) {
  failed.set(key, { logicalCallId, attempt })
  if (failed.size > 100) failed.delete(failed.keys().next().value as string)
}
