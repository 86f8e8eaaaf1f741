import type { Socket } from 'node:net'
import cookie from '@fastify/cookie'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify'
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { newId } from '../primitives/ids'
import type { Scope } from '../primitives/scope'
import { handleProblems } from './problems'
import { securityHeaders } from './security-headers'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks. Set on every route that is not declared public; reading it on a public one is a mistake. */
    scope: Scope
  }
  interface FastifyContextConfig {
    /** Open to everyone. Absent, a route needs a session or an API key. */
    public?: boolean
  }
}

export type HttpOptions = {
  version: string
  logger: FastifyServerOptions['logger']
  trustedProxies: string[]
  inlineScripts?: readonly string[]
  /** Check answers against their schemas: for tests, it costs a third of the throughput. */
  checkAnswers: boolean
}

/** A server with our habits and no routes of the trade: failures as problems, request ids, headers, OpenAPI at /api. */
export async function createHttpServer(options: HttpOptions): Promise<FastifyInstance> {
  const app = Fastify({
    logger: options.logger,
    trustProxy: options.trustedProxies.length > 0 ? options.trustedProxies : false,
    bodyLimit: 1024 * 1024,
    genReqId: () => newId(),
    // One line a request, below, instead of two: and none at the usual level, so that the console stays readable.
    logController: new LogController({ disableRequestLogging: true }),
    // A client that sends headers and then nothing must not hold a connection for ever; long uploads have no limit.
    connectionTimeout: 0,
    keepAliveTimeout: 65_000,
    routerOptions: { maxParamLength: 300 },
  }).withTypeProvider<ZodTypeProvider>()

  handleProblems(app)
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(options.checkAnswers ? serializerCompiler : () => (data) => JSON.stringify(data))
  app.decorateRequest('scope', null as unknown as Scope)
  securityHeaders(app, options.inlineScripts)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })

  app.addHook('onResponse', async (request, reply) => {
    const line = {
      method: request.method,
      url: request.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    }
    if (reply.statusCode >= 500) request.log.warn(line, 'request')
    else request.log.debug(line, 'request')
  })

  closeUnusedConnections(app as unknown as FastifyInstance)

  await app.register(cookie)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'InfraZen',
        description:
          'Every amount is a decimal string and carries its currency. Errors are application/problem+json with a stable `code`.',
        version: options.version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: `Authorization: Bearer izk_…`' },
          session: { type: 'apiKey', in: 'cookie', name: 'infrazen.session_token' },
        },
      },
      security: [{ apiKey: [] }, { session: [] }],
    },
    transform: jsonSchemaTransform,
  })
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith('/api/docs')) route.config = { ...route.config, public: true }
  })
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    uiConfig: { docExpansion: 'list', persistAuthorization: false },
  })
  app.get('/api/openapi.json', { config: { public: true }, schema: { hide: true } }, (_request, reply) => {
    // Sent as it is: the schema of the answer is the answer.
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(app.swagger()))
  })
  return app as unknown as FastifyInstance
}

/**
 * While the server closes, ends each connection as soon as no request is under way on it. Node calls a connection idle only
 * after its first request and Fastify looks once, so one that a browser opened in advance would hold up the end for a minute.
 */
function closeUnusedConnections(app: FastifyInstance): void {
  const underWay = new Map<Socket, number>()
  let closing = false
  app.server.on('connection', (socket) => {
    underWay.set(socket, 0)
    socket.once('close', () => underWay.delete(socket))
    if (closing) socket.destroy()
  })
  app.server.on('request', ({ socket }, response) => {
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1)
    response.once('close', () => {
      const left = (underWay.get(socket) ?? 1) - 1
      if (underWay.has(socket)) underWay.set(socket, left)
      if (closing && left === 0) socket.destroySoon()
    })
  })
  app.addHook('preClose', async () => {
    closing = true
    for (const [socket, requests] of underWay) if (requests === 0) socket.destroySoon()
    const giveUp = setTimeout(() => app.server.closeAllConnections(), 15_000)
    app.server.once('close', () => clearTimeout(giveUp))
  })
}
