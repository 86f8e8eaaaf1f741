import { betterAuth } from 'better-auth'
import type { Postgres } from '../../storage/postgres'

/** The header in which we tell the sign-in library who calls. A client's own copy of it never gets that far. */
const clientAddressHeader = 'x-infrazen-client-address'
const innerPath = '/api/auth'

export type SignInOutcome =
  | { outcome: 'signed_in'; cookies: string[] }
  | { outcome: 'wrong_credentials' }
  | { outcome: 'too_many_attempts'; retryAfterSeconds: number }

export type SessionUser = { id: string; email: string; name: string }

/** Sessions by e-mail and password. better-auth does the work; none of its own routes can be reached from outside. */
export type SignIn = ReturnType<typeof createSignIn>

export function createSignIn(settings: { postgres: Postgres; secret: string; publicUrl: string | null }) {
  const baseURL = settings.publicUrl ?? 'http://localhost'
  const auth = betterAuth({
    appName: 'InfraZen',
    baseURL,
    basePath: innerPath,
    secret: settings.secret,
    database: settings.postgres.pool,
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 12, maxPasswordLength: 128 },
    session: {
      expiresIn: 60 * 60 * 24 * 14,
      updateAge: 60 * 60 * 24,
      // The cache would keep a revoked session alive until it runs out.
      cookieCache: { enabled: false },
    },
    rateLimit: { enabled: true, window: 60, max: 100, customRules: { '/sign-in/email': { window: 60, max: 10 } } },
    advanced: {
      cookiePrefix: 'infrazen',
      useSecureCookies: baseURL.startsWith('https:'),
      defaultCookieAttributes: { sameSite: 'lax', httpOnly: true, path: '/' },
      ipAddress: { ipAddressHeaders: [clientAddressHeader] },
      // Requests come from our own routes, which have checked where they came from (same-origin.ts).
      disableCSRFCheck: true,
      disableOriginCheck: true,
    },
    telemetry: { enabled: false },
    logger: { disabled: true },
  })

  const call = (path: string, options: { body?: unknown; cookie?: string; address: string; userAgent?: string }) => {
    const headers = new Headers({ 'content-type': 'application/json', [clientAddressHeader]: options.address })
    if (options.cookie) headers.set('cookie', options.cookie)
    if (options.userAgent) headers.set('user-agent', options.userAgent)
    return auth.handler(
      new Request(`${baseURL}${innerPath}${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(options.body ?? {}),
      }),
    )
  }

  return {
    /** `cookies` are whole `Set-Cookie` values. A wrong password and an unknown e-mail give the same outcome. */
    async signIn(
      credentials: { email: string; password: string },
      caller: { address: string; userAgent?: string },
    ): Promise<SignInOutcome> {
      const response = await call('/sign-in/email', {
        body: { ...credentials, email: credentials.email.toLowerCase() },
        ...caller,
      })
      if (response.ok) return { outcome: 'signed_in', cookies: response.headers.getSetCookie() }
      if (response.status === 429) {
        return { outcome: 'too_many_attempts', retryAfterSeconds: Number(response.headers.get('x-retry-after') ?? 60) }
      }
      if (response.status >= 500) throw new Error(`sign-in failed with status ${response.status}`)
      return { outcome: 'wrong_credentials' }
    },

    /** Ends the session of `cookie` in the database, not only in the browser. Returns the cookies that clear it. */
    async signOut(cookie: string, caller: { address: string }): Promise<string[]> {
      const response = await call('/sign-out', { cookie, ...caller })
      return response.headers.getSetCookie()
    },

    /** The person of a live session, and cookies to send along when the session was prolonged. */
    async readSession(cookie: string): Promise<{ user: SessionUser; cookies: string[] } | null> {
      const { headers, response } = await auth.api.getSession({ headers: new Headers({ cookie }), returnHeaders: true })
      if (!response) return null
      const { id, email, name } = response.user
      return { user: { id, email, name }, cookies: headers.getSetCookie() }
    },
  }
}
