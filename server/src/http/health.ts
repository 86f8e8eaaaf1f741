import type { FastifyInstance } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry, register } from 'prom-client'

/** `/healthz`: the process answers. `/readyz`: both stores answer. `/metrics`: Prometheus text. All public and without data. */
export function healthRoutes(
  app: FastifyInstance,
  deps: { checks: Record<string, () => Promise<unknown>>; version: string },
): void {
  const open = { config: { public: true }, schema: { hide: true }, logLevel: 'warn' } as const
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'infrazen_' })
  const build = new Gauge({
    name: 'infrazen_build_info',
    help: 'Version of the server',
    labelNames: ['version'],
    registers: [registry],
  })
  build.set({ version: deps.version }, 1)
  const requests = new Counter({
    name: 'infrazen_http_requests_total',
    help: 'Answered requests',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'infrazen_http_request_seconds',
    help: 'Time from the request to the end of the answer',
    labelNames: ['route'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    // The route's pattern, not the address: addresses have no end of values.
    const route = request.routeOptions.url ?? 'unknown'
    requests.inc({ method: request.method, route, status: String(reply.statusCode) })
    seconds.observe({ route }, reply.elapsedTime / 1000)
  })

  app.get('/healthz', open, async () => ({ status: 'ok', version: deps.version }))
  app.get('/readyz', open, async (request, reply) => {
    const stores: Record<string, 'ok' | 'unavailable'> = {}
    await Promise.all(
      Object.entries(deps.checks).map(async ([name, check]) => {
        try {
          await withinSeconds(3, check())
          stores[name] = 'ok'
        } catch (error) {
          request.log.error({ err: error, store: name }, 'store does not answer')
          stores[name] = 'unavailable'
        }
      }),
    )
    const ready = Object.values(stores).every((state) => state === 'ok')
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'unavailable', stores })
  })
  // `register` holds what the modules count.
  app.get('/metrics', open, async (_request, reply) =>
    reply.type(registry.contentType).send(await Registry.merge([registry, register]).metrics()),
  )
}

async function withinSeconds<T>(limit: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limit} s`)), limit * 1000)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
