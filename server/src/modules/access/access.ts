import { asc, eq } from 'drizzle-orm'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../../primitives/errors'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'
import { type Organization, toOrganization } from '../organizations'
import { type ApiKeys, openApiKeys } from './api-keys'
import { refuseForeignOrigin } from './same-origin'
import { createSignIn, type SessionUser, type SignIn } from './sign-in'

/** Who may come in. One a server; `authenticate` stands before every route that is not public. */
export type Access = {
  readonly keys: ApiKeys
  readonly signIn: SignIn
  readonly publicUrl: string | null
  /** The caller's scope. Throws `sign_in_needed`, `invalid_api_key`, `no_organization` or `foreign_origin`. */
  authenticate(request: FastifyRequest, reply: FastifyReply): Promise<Scope>
  /** The person of the request's cookie with their organization, or null. */
  whoIs(
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<{ user: SessionUser; organization: Organization | null } | null>
}

// A page asks many things at once. A session ended on another server stays open here for this long; one ended here does not.
const rememberedForMs = 5_000

export function createAccess(settings: { postgres: Postgres; secret: string; publicUrl: string | null }): Access {
  const { postgres, publicUrl } = settings
  const keys = openApiKeys(postgres)
  const opened = createSignIn(settings)

  const sessions = new Map<string, { scope: Scope; until: number }>()
  let signOuts = 0
  const signIn: SignIn = {
    ...opened,
    async signOut(cookie, caller) {
      const cookies = await opened.signOut(cookie, caller)
      signOuts++
      sessions.clear()
      return cookies
    },
  }

  const whoIs: Access['whoIs'] = async (request, reply) => {
    const session = request.headers.cookie ? await signIn.readSession(request.headers.cookie) : null
    if (!session) return null
    for (const cookie of session.cookies) reply.header('set-cookie', cookie)
    return { user: session.user, organization: await organizationOf(postgres, session.user.id) }
  }

  return {
    keys,
    signIn,
    publicUrl,
    whoIs,
    async authenticate(request, reply) {
      const key = bearerOf(request.headers.authorization)
      if (key !== null) {
        const scope = await keys.authenticate(key)
        if (scope) return scope
        throw new Failure(
          'unauthenticated',
          'invalid_api_key',
          'This API key is not known, or it was revoked. Make one in the settings.',
        )
      }
      const cookie = request.headers.cookie ?? ''
      const known = sessions.get(cookie)
      if (known && known.until > Date.now()) {
        refuseForeignOrigin(request, publicUrl)
        return known.scope
      }
      const before = signOuts
      const person = await whoIs(request, reply)
      if (!person) throw signInNeeded()
      refuseForeignOrigin(request, publicUrl)
      if (!person.organization) {
        throw new Failure(
          'forbidden',
          'no_organization',
          'You do not belong to an organization any more. Ask an owner to invite you.',
        )
      }
      const scope = { organizationId: person.organization.id, actor: `user:${person.user.id}` }
      if (sessions.size > 1_000) sessions.clear()
      // What was read before a session ended must not outlive it.
      if (signOuts === before) sessions.set(cookie, { scope, until: Date.now() + rememberedForMs })
      return scope
    },
  }
}

async function organizationOf(postgres: Postgres, userId: string): Promise<Organization | null> {
  const [row] = await postgres.db
    .select({ organization: tables.organizations })
    .from(tables.members)
    .innerJoin(tables.organizations, eq(tables.organizations.id, tables.members.organizationId))
    .where(eq(tables.members.userId, userId))
    .orderBy(asc(tables.members.createdAt))
    .limit(1)
  return row ? toOrganization(row.organization) : null
}

function bearerOf(header: string | undefined): string | null {
  if (header === undefined) return null
  const match = /^Bearer +(\S+) *$/i.exec(header)
  if (!match?.[1]) {
    throw new Failure('unauthenticated', 'invalid_api_key', 'The Authorization header must read: Bearer izk_…')
  }
  return match[1]
}

const signInNeeded = () =>
  new Failure(
    'unauthenticated',
    'sign_in_needed',
    'Sign in, or send an API key in the header `Authorization: Bearer izk_…`.',
  )
