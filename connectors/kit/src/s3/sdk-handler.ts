import { Readable } from 'node:stream'
import type { Http } from '../http'

type SdkRequest = {
  protocol: string
  hostname: string
  port?: number
  path: string
  method: string
  headers: Record<string, string>
  query?: Record<string, string | string[] | null | undefined>
  body?: unknown
}

/**
 * Lets clients of the AWS SDK go the kit's way: the address guard, the rate limits, its retries. Such a client needs
 * `maxAttempts: 1`, or both would retry.
 */
export function sdkHandler(http: Http) {
  // It would be said at every start to people who can do nothing about it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: SdkRequest) {
      const { protocol, hostname, port, path, method, headers, query, body } = request
      const asked = queryOf(query ?? {})
      const url = new URL(`${protocol}//${hostname}${port ? `:${port}` : ''}${path}${asked === '' ? '' : `?${asked}`}`)
      const answer = await http.exchange({
        method: method as 'GET' | 'POST' | 'HEAD' | 'PUT',
        url,
        headers,
        unbounded: query?.['x-id'] === 'GetObject',
        body: typeof body === 'string' || body instanceof Uint8Array ? body : undefined,
      })
      return {
        response: {
          statusCode: answer.status,
          headers: answer.headers,
          body: Readable.from(answer.body, { objectMode: false }),
        },
      }
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  }
}

// As it was signed: RFC 3986, stricter than encodeURIComponent.
const escaped = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

function queryOf(query: NonNullable<SdkRequest['query']>): string {
  return Object.entries(query)
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map(
        (one) => `${escaped(name)}${one == null ? '=' : `=${escaped(one)}`}`,
      ),
    )
    .join('&')
}
