import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export type StandInRequest = {
  method: string
  path: string
  /** Path and query as they stood in the request. */
  target: string
  query: URLSearchParams
  headers: Record<string, string>
  body: string
}
export type StandInReply = { status?: number; headers?: Record<string, string> } & (
  | { json: unknown }
  | { body: string | Uint8Array }
)

/** What goes wrong with one answer. `rename` gives a field another name, as a changed contract would. */
export type Fault =
  | 'cut'
  | 'truncated'
  | 'wrong_type'
  | 'garbage'
  | 'endless'
  | 'silent'
  | { status: number; headers?: Record<string, string> }
  | { rename: readonly [from: string, to: string] }

export type StandIn = {
  /** Base address, without a slash at its end. */
  readonly url: string
  readonly requests: StandInRequest[]
  /** Asked before each answer; null lets it pass. `number` counts from 0 since it was set. */
  faults: ((request: StandInRequest, number: number) => Fault | null) | null
  close(): Promise<void>
}

/** A provider on a port of this machine. It answers what `answer` says, unless `faults` has other plans. */
export async function startStandIn(answer: (request: StandInRequest) => StandInReply): Promise<StandIn> {
  let asked = 0
  let faults: StandIn['faults'] = null
  const requests: StandInRequest[] = []
  const server: Server = createServer((incoming, outgoing) => {
    const pieces: Buffer[] = []
    incoming.on('data', (piece: Buffer) => pieces.push(piece))
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '/', 'http://stand-in')
      const request: StandInRequest = {
        method: incoming.method ?? 'GET',
        path: url.pathname,
        target: incoming.url ?? '/',
        query: url.searchParams,
        headers: incoming.headers as Record<string, string>,
        body: Buffer.concat(pieces).toString('utf8'),
      }
      requests.push(request)
      const fault = faults?.(request, asked++) ?? null
      if (fault === 'cut') return void incoming.socket.destroy()
      if (fault === 'silent') return
      const reply =
        typeof fault === 'object' && fault !== null && 'status' in fault
          ? // Some services repeat what they were sent: a connector must not pass it on.
            {
              ...fault,
              json: {
                error: { message: `refused: ${request.headers.authorization ?? request.headers['x-api-key'] ?? ''}` },
              },
            }
          : answer(request)
      let content = Buffer.from('body' in reply ? reply.body : JSON.stringify(reply.json))
      const headers: Record<string, string> = { 'content-type': 'application/json', ...reply.headers }
      if (fault === 'wrong_type') {
        for (const name of Object.keys(headers)) delete headers[name]
        headers['content-type'] = 'text/html'
        content = Buffer.from('<html><body>Sign in</body></html>')
      } else if (fault === 'garbage')
        content = Buffer.concat([content.subarray(0, Math.ceil(content.length / 2)), Buffer.from('\u0000}{')])
      else if (typeof fault === 'object' && fault !== null && 'rename' in fault)
        content = Buffer.from(
          content
            .toString()
            .replaceAll(`"${fault.rename[0]}":`, `"${fault.rename[1]}":`)
            .replaceAll(`<${fault.rename[0]}>`, `<${fault.rename[1]}>`)
            .replaceAll(`</${fault.rename[0]}>`, `</${fault.rename[1]}>`),
        )
      outgoing.writeHead(
        reply.status ?? 200,
        fault === 'truncated' ? { ...headers, 'content-length': String(content.length) } : headers,
      )
      if (fault === 'truncated') {
        outgoing.write(content.subarray(0, Math.ceil(content.length / 2)))
        setTimeout(() => incoming.socket.destroy(), 5)
      } else if (fault === 'endless') {
        const more = () => {
          while (!outgoing.destroyed && outgoing.write(' '.repeat(65_536)));
        }
        outgoing.on('drain', more)
        more()
      } else outgoing.end(incoming.method === 'HEAD' ? undefined : content)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get faults() {
      return faults
    },
    set faults(plan) {
      faults = plan
      asked = 0
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
