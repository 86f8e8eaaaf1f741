import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import type { LookupFunction } from 'node:net'
import { createGunzip } from 'node:zlib'
import type { AddressGuard } from './address-guard'
import { ProviderFailure } from './failure'

export type TransportRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'HEAD'
  url: URL
  headers: Record<string, string>
  body?: string | Uint8Array
  /** Until the answer begins, and between any two pieces of it. */
  timeoutMs: number
  signal?: AbortSignal
  /** The bytes as they are stored: what is packed stays packed. */
  asStored?: boolean
}
export type TransportResponse = {
  status: number
  headers: Record<string, string>
  /** Already unpacked where the answer said gzip. Ends with an error when the connection is cut. */
  body: AsyncIterable<Uint8Array>
}
/** One request, no retry and no redirect. Throws ProviderFailure alone. */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>

/** Over the network. The name is resolved once, judged by the guard, and the connection goes to the address that was judged. */
export function guardedTransport(guard: AddressGuard): Transport {
  return async ({ method, url, headers, body, timeoutMs, signal, asStored }) => {
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw new ProviderFailure('address_refused', `${url.protocol} addresses are not read. Use https.`)
    if (url.username !== '' || url.password !== '')
      throw new ProviderFailure('address_refused', 'An address must not carry a user name or a password.')
    const addresses = await guard.resolve(url.hostname)
    if (url.protocol === 'http:' && !addresses.every(({ address }) => guard.isOpened(address)))
      throw new ProviderFailure(
        'address_refused',
        `${url.hostname} is asked over http: credentials would travel in clear. Use https.`,
      )
    const pinned: LookupFunction = (_name, options, done) => {
      if (options.all) done(null, addresses)
      else done(null, addresses[0]!.address, addresses[0]!.family)
    }
    const request = url.protocol === 'https:' ? requestSecure : requestPlain
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(
        url,
        {
          method,
          headers: { 'accept-encoding': asStored ? 'identity' : 'gzip', ...headers },
          lookup: pinned,
          timeout: timeoutMs,
          signal,
        },
        resolve,
      )
      outgoing.on('timeout', () =>
        outgoing.destroy(new ProviderFailure('timed_out', notAnswered(url, timeoutMs), { retryable: true })),
      )
      outgoing.on('error', (error) => reject(toFailure(error, url, signal)))
      outgoing.end(body)
    })
    return {
      status: answer.statusCode ?? 0,
      headers: Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(', ') : (value ?? ''),
        ]),
      ),
      body: piecesOf(answer, url, asStored === true, signal),
    }
  }
}

async function* piecesOf(
  answer: IncomingMessage,
  url: URL,
  asStored: boolean,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const packed = !asStored && answer.headers['content-encoding'] === 'gzip'
  const source = packed ? answer.pipe(createGunzip()) : answer
  if (packed) answer.on('error', (error) => source.destroy(error))
  if (packed) answer.on('close', () => answer.complete || source.destroy(new Error('aborted')))
  try {
    for await (const piece of source) yield piece as Uint8Array
    // Without a length the end of the stream says nothing about whether everything came.
    if (!answer.complete) throw new Error('aborted')
  } catch (error) {
    throw toFailure(error as Error, url, signal)
  } finally {
    answer.destroy()
  }
}

function toFailure(error: Error, url: URL, signal?: AbortSignal): Error {
  if (error instanceof ProviderFailure) return error
  if (signal?.aborted) return signal.reason instanceof Error ? signal.reason : error
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ETIMEDOUT')
    return new ProviderFailure('timed_out', `${url.hostname} did not answer in time.`, { retryable: true })
  if (code?.startsWith('Z_') || code === 'ERR_INVALID_CHAR')
    return new ProviderFailure('bad_answer', `${url.hostname} sent an answer that cannot be unpacked.`, {
      retryable: true,
    })
  const certificate = code !== undefined && /CERT|SELF_SIGNED|ALTNAME/.test(code)
  return new ProviderFailure(
    'unreachable',
    certificate
      ? `${url.hostname} has no certificate that this machine trusts (${code}).`
      : `The connection to ${url.hostname} was ${code === 'ECONNREFUSED' ? 'refused' : 'cut'}${code ? ` (${code})` : ''}.`,
    { retryable: !certificate },
  )
}

const notAnswered = (url: URL, ms: number) => `${url.hostname} did not answer within ${Math.round(ms / 1000)} seconds.`
