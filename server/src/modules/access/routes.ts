import { timingSafeEqual } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { conflict, Failure } from '../../primitives/errors'
import type { Postgres } from '../../storage/postgres'
import type { Access } from './access'
import { ApiKeyCreated, ApiKeyList, ApiKeyRequest, MemberList, Session, SetupRequest, SignInRequest } from './contract'
import { listMembers } from './list-members'
import { refuseForeignOrigin } from './same-origin'
import { isSetUp, setUp } from './set-up'

export type AccessDeps = {
  access: Access
  postgres: Postgres
  version: string
  /** What a first visitor must type in, where others than this machine's users can reach the server; null where not. */
  setupCode: string | null
  /** Credentials of the made-up company, for the sign-in form of a demo on this machine alone. */
  demo: { email: string; password: string } | null
}

const open = { public: true } as const

export function accessRoutes(deps: AccessDeps): FastifyPluginAsyncZod {
  const { access, postgres } = deps
  let setUpBefore = false

  return async (app) => {
    app.get(
      '/api/v1/session',
      {
        config: open,
        schema: {
          tags: ['Access'],
          summary: 'Who is signed in, and what the page shows first',
          response: { 200: Session },
        },
      },
      async (request, reply) => {
        // Once set up it stays set up: the question is asked of the database until the first yes.
        setUpBefore ||= await isSetUp(postgres)
        const person = setUpBefore ? await access.whoIs(request, reply) : null
        return {
          state: !setUpBefore ? ('setup' as const) : person ? ('signed_in' as const) : ('signed_out' as const),
          user: person?.user ?? null,
          organization: person?.organization ?? null,
          demo: person ? null : deps.demo,
          version: deps.version,
        }
      },
    )

    app.post(
      '/api/v1/session',
      {
        config: open,
        schema: {
          tags: ['Access'],
          summary: 'Sign in with e-mail and password',
          body: SignInRequest,
          response: { 200: Session },
        },
      },
      async (request, reply) => {
        refuseForeignOrigin(request, access.publicUrl)
        const outcome = await access.signIn.signIn(request.body, callerOf(request))
        if (outcome.outcome === 'too_many_attempts') {
          throw new Failure('rate_limited', 'too_many_attempts', 'Too many attempts. Wait a little and try again.', {
            retryAfterSeconds: outcome.retryAfterSeconds,
          })
        }
        if (outcome.outcome === 'wrong_credentials') {
          throw new Failure('unauthenticated', 'wrong_credentials', 'E-mail or password is wrong.')
        }
        return signedIn(request, reply, outcome.cookies)
      },
    )

    app.delete(
      '/api/v1/session',
      { config: open, schema: { tags: ['Access'], summary: 'Sign out', response: { 204: z.null() } } },
      async (request, reply) => {
        refuseForeignOrigin(request, access.publicUrl)
        if (request.headers.cookie)
          setCookies(reply, await access.signIn.signOut(request.headers.cookie, { address: request.ip }))
        return reply.code(204).send(null)
      },
    )

    app.post(
      '/api/v1/setup',
      {
        config: open,
        schema: {
          tags: ['Access'],
          summary: 'Make the first organization and its owner, once',
          body: SetupRequest,
          response: { 201: Session },
        },
      },
      async (request, reply) => {
        refuseForeignOrigin(request, access.publicUrl)
        const { organization, name, email, password, timeZone, currency, locale, code } = request.body
        if (await isSetUp(postgres)) throw conflict('already_set_up', 'InfraZen is set up already. Sign in.')
        if (deps.setupCode !== null && !sameText(code ?? '', deps.setupCode)) {
          throw new Failure(
            'forbidden',
            'setup_code_needed',
            'Type the set-up code that the server printed at its console when it started.',
          )
        }
        await setUp(postgres, {
          organization: { name: organization, timeZone, currency, locale, sample: false },
          owner: { name, email, password },
          apiKey: null,
        })
        const outcome = await access.signIn.signIn({ email, password }, callerOf(request))
        if (outcome.outcome !== 'signed_in') throw new Error(`signing in after set-up failed: ${outcome.outcome}`)
        reply.code(201)
        return signedIn(request, reply, outcome.cookies)
      },
    )

    app.get(
      '/api/v1/members',
      { schema: { tags: ['Access'], summary: 'People of the organization', response: { 200: MemberList } } },
      (request) => listMembers(postgres, request.scope),
    )

    app.get(
      '/api/v1/api-keys',
      { schema: { tags: ['Access'], summary: 'API keys that work', response: { 200: ApiKeyList } } },
      (request) => access.keys.list(request.scope),
    )
    app.post(
      '/api/v1/api-keys',
      {
        schema: {
          tags: ['Access'],
          summary: 'Make an API key; the answer shows it once',
          body: ApiKeyRequest,
          response: { 201: ApiKeyCreated },
        },
      },
      async (request, reply) => {
        reply.code(201)
        return access.keys.create(request.scope, request.body.name)
      },
    )
    app.delete(
      '/api/v1/api-keys/:id',
      {
        schema: {
          tags: ['Access'],
          summary: 'Revoke an API key',
          params: z.object({ id: z.uuid() }),
          response: { 204: z.null() },
        },
      },
      async (request, reply) => {
        await access.keys.revoke(request.scope, request.params.id)
        return reply.code(204).send(null)
      },
    )
  }

  async function signedIn(request: Parameters<Access['whoIs']>[0], reply: FastifyReply, cookies: string[]) {
    setCookies(reply, cookies)
    // The request itself came without the cookie it has just earned.
    request.headers.cookie = cookies.map((cookie) => cookie.split(';', 1)[0]).join('; ')
    const person = await access.whoIs(request, reply)
    if (!person) throw new Error('the new session cannot be read')
    return {
      state: 'signed_in' as const,
      user: person.user,
      organization: person.organization,
      demo: null,
      version: deps.version,
    }
  }
}

function setCookies(reply: FastifyReply, cookies: string[]): void {
  for (const cookie of cookies) reply.header('set-cookie', cookie)
}

function callerOf(request: { ip: string; headers: Record<string, unknown> }): { address: string; userAgent?: string } {
  const userAgent = request.headers['user-agent']
  return { address: request.ip, userAgent: typeof userAgent === 'string' ? userAgent.slice(0, 300) : undefined }
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
