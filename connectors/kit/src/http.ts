import { type ExactJson, parseExactJson } from './exact-json'
import { ProviderFailure } from './failure'
import { type Clock, type RateLimiter, systemClock } from './rate-limit'
import { redact } from './redact'
import type { Transport, TransportRequest, TransportResponse } from './transport'

export type HttpRequest = {
  url: URL
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
}

export type ExchangeRequest = Omit<HttpRequest, 'method' | 'body'> & {
  method: TransportRequest['method']
  body?: string | Uint8Array
  /** The answer may be of any length: whoever reads it counts. */
  unbounded?: boolean
}

export type Http = {
  /** An answer in JSON; its numbers are texts. Retried, limited, bounded; throws ProviderFailure. */
  json(request: HttpRequest): Promise<{ data: ExactJson; headers: Record<string, string> }>
  /** The bytes of an answer as they come. Only the beginning is retried: whoever reads resumes by asking again. */
  stream(request: HttpRequest): Promise<{ headers: Record<string, string>; body: AsyncIterable<Uint8Array> }>
  /**
   * One answer as it came, refusals included, for clients that read them by themselves. Passing trouble is retried, redirects are
   * not followed, and nothing is added to what was asked: it may be signed.
   */
  exchange(request: ExchangeRequest): Promise<TransportResponse>
  /** Waits before the next of several attempts that a connector makes by itself; counted as a retry. */
  backOff(attempt: number): Promise<void>
  /** What was asked so far. */
  readonly stats: Readonly<{ requests: number; retries: number; bytes: number }>
}

export type HttpOptions = {
  transport: Transport
  limiter: RateLimiter
  /** Whom the limits are counted for. */
  account: string
  rateLimit: { perMinute: number; concurrent: number }
  /** Values that must never reach a message. */
  secrets: readonly string[]
  userAgent: string
  signal?: AbortSignal
  clock?: Clock
  random?: () => number
  attempts?: number
  /** A wait that the provider asks for beyond this is left to the caller: the failure names it. */
  longestWaitMs?: number
  timeoutMs?: number
  mostBytes?: number
}

const retryableStatus = (status: number) => status === 408 || status === 409 || status === 429 || status >= 500
const redirects = new Set([301, 302, 303, 307, 308])
const secretHeaders = new Set(['authorization', 'x-api-key', 'cookie', 'proxy-authorization'])

/** The way of every connector to its provider. */
export function createHttp(options: HttpOptions): Http {
  const clock = options.clock ?? systemClock
  const random = options.random ?? Math.random
  const {
    attempts = 5,
    timeoutMs = 60_000,
    mostBytes = 32 * 2 ** 20,
    longestWaitMs = 60_000,
    signal,
    limiter,
    account,
  } = options
  const stats = { requests: 0, retries: 0, bytes: 0 }

  function withRetry<T>(request: HttpRequest, read: (answer: TransportResponse) => Promise<T>): Promise<T> {
    return retrying(() => once(request, read))
  }

  const waitOf = (attempt: number) => Math.min(8_000, 500 * 2 ** (attempt - 1)) * (1 - random() * 0.25)

  async function retrying<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted()
      try {
        return await limiter.run(account, options.rateLimit, work, signal)
      } catch (error) {
        const failure = clean(error)
        const wait = failure.details.retryAfterMs ?? waitOf(attempt)
        if (failure.details.retryAfterMs !== undefined) limiter.pause(account, Math.min(wait, longestWaitMs))
        if (!failure.details.retryable || attempt >= attempts || wait > longestWaitMs)
          throw new ProviderFailure(failure.code, failure.message, { ...failure.details, retried: true })
        stats.retries++
        await clock.sleep(wait, signal)
      }
    }
  }

  async function once<T>(request: HttpRequest, read: (answer: TransportResponse) => Promise<T>): Promise<T> {
    let url = request.url
    let headers = { 'user-agent': options.userAgent, ...request.headers }
    for (let hop = 0; hop <= 5; hop++) {
      stats.requests++
      const answer = await options.transport({
        method: request.method ?? 'GET',
        url,
        headers,
        body: request.body,
        timeoutMs,
        signal,
      })
      if (redirects.has(answer.status) && answer.headers.location) {
        if (request.method === 'POST') throw new ProviderFailure('bad_answer', `${url.hostname} redirects a question.`)
        const next = new URL(answer.headers.location, url)
        if (next.origin !== url.origin)
          headers = Object.fromEntries(
            Object.entries(headers).filter(([name]) => !secretHeaders.has(name.toLowerCase())),
          ) as typeof headers
        url = next
        continue
      }
      if (answer.status >= 400) throw await refusal(answer, url)
      if (answer.status < 200 || answer.status > 299)
        throw new ProviderFailure('bad_answer', `${url.hostname} answered ${answer.status}.`, { status: answer.status })
      return await read(answer)
    }
    throw new ProviderFailure('bad_answer', `${url.hostname} redirects without end.`)
  }

  async function textOf(answer: TransportResponse, most: number, cut = false): Promise<string> {
    const pieces: Uint8Array[] = []
    let bytes = 0
    for await (const piece of answer.body) {
      bytes += piece.length
      stats.bytes += piece.length
      if (bytes > most) {
        if (cut) break
        throw new ProviderFailure('too_large', `An answer is larger than ${most} bytes. Nothing of it was taken.`)
      }
      pieces.push(piece)
    }
    return Buffer.concat(pieces).toString('utf8')
  }

  async function refusal(answer: TransportResponse, url: URL): Promise<ProviderFailure> {
    const { status, headers } = answer
    const text = await textOf(answer, 64 * 1024, true).catch(() => '')
    const said = messageOf(text)
    const told = headers['x-should-retry']
    const code =
      status === 401
        ? 'unauthorized'
        : status === 403
          ? 'forbidden'
          : status === 404
            ? 'not_found'
            : status === 429
              ? 'rate_limited'
              : status >= 500
                ? 'unavailable'
                : 'rejected'
    return new ProviderFailure(code, `${url.hostname} answered ${status}${said ? `: ${said}` : ''}`, {
      status,
      retryable: told === 'true' ? true : told === 'false' ? false : retryableStatus(status),
      retryAfterMs: retryAfter(headers, clock.now()),
    })
  }

  function clean(error: unknown): ProviderFailure {
    if (error instanceof ProviderFailure)
      return new ProviderFailure(error.code, redact(error.message, options.secrets), error.details)
    if (signal?.aborted) throw signal.reason
    throw error
  }

  return {
    stats,
    json: (request) =>
      withRetry({ ...request, headers: { accept: 'application/json', ...request.headers } }, async (answer) => {
        const type = answer.headers['content-type'] ?? ''
        if (!/^application\/([\w.-]+\+)?json\b/i.test(type))
          throw new ProviderFailure(
            'bad_answer',
            `${request.url.hostname} answered with ${type === '' ? 'no content type' : type.split(';', 1)[0]} instead of JSON. A proxy or a sign-in page may stand between.`,
            { retryable: true },
          )
        const text = await textOf(answer, mostBytes)
        try {
          return { data: parseExactJson(text), headers: answer.headers }
        } catch {
          throw new ProviderFailure('bad_answer', `${request.url.hostname} sent something that is not JSON.`, {
            retryable: true,
          })
        }
      }),
    exchange: (request) =>
      retrying(async () => {
        stats.requests++
        const answer = await options.transport({
          ...request,
          headers: request.headers ?? {},
          timeoutMs,
          signal,
          asStored: true,
        })
        if (answer.status !== 409 && retryableStatus(answer.status)) throw await refusal(answer, request.url)
        const bounded = request.unbounded !== true || answer.status >= 400
        return { ...answer, body: counted(answer.body, stats, bounded ? mostBytes : Number.POSITIVE_INFINITY) }
      }),
    async backOff(attempt) {
      stats.retries++
      await clock.sleep(waitOf(attempt), signal)
    },
    stream: (request) => withRetry(request, async ({ headers, body }) => ({ headers, body: counted(body, stats) })),
  }
}

async function* counted(
  body: AsyncIterable<Uint8Array>,
  stats: { bytes: number },
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  let own = 0
  for await (const piece of body) {
    stats.bytes += piece.length
    own += piece.length
    if (own > most)
      throw new ProviderFailure('too_large', `An answer is larger than ${most} bytes. Nothing of it was taken.`)
    yield piece
  }
}

/** The sentence in an error body: `error.message` as most providers send it, else the beginning of a short text. */
function messageOf(text: string): string {
  try {
    const body = JSON.parse(text) as { error?: { message?: unknown } | string; message?: unknown }
    const message = typeof body.error === 'object' ? body.error?.message : (body.error ?? body.message)
    return typeof message === 'string' ? message.slice(0, 500) : ''
  } catch {
    const told = /<Message>([^<]{1,500})<\/Message>/.exec(text)?.[1]
    if (told) return told
    return /^\s*</.test(text) ? '' : text.trim().slice(0, 200)
  }
}

function retryAfter(headers: Record<string, string>, now: number): number | undefined {
  const ms = Number(headers['retry-after-ms'])
  if (headers['retry-after-ms'] && Number.isFinite(ms) && ms >= 0) return ms
  const value = headers['retry-after']
  if (value === undefined || value === '') return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
