import { z } from 'zod'
import { Locale, Organization } from '../organizations/contract'

/** GET /api/v1/session. Open to everyone: it tells the page what to show first. */
export const Session = z.object({
  state: z.enum(['setup', 'signed_out', 'signed_in']),
  user: z.object({ id: z.string(), email: z.string(), name: z.string() }).nullable(),
  organization: Organization.nullable(),
  /** Filled in the demo alone, so that the sign-in form can be offered ready to press. */
  demo: z.object({ email: z.string(), password: z.string() }).nullable(),
  version: z.string(),
})

/** POST /api/v1/setup, once. `code` is printed at the server's console when it listens beyond this machine. */
export const SetupRequest = z.object({
  organization: z.string().min(1).max(100),
  name: z.string().min(1).max(100),
  email: z.email(),
  password: z.string().min(12).max(128),
  timeZone: z.string(),
  currency: z.string().regex(/^[A-Z]{3}$/),
  locale: Locale,
  code: z.string().optional(),
})

/** POST /api/v1/session signs in and sets the cookie, DELETE signs out. */
export const SignInRequest = z.object({ email: z.email(), password: z.string().min(1) })

export const ApiKey = z.object({
  id: z.string(),
  name: z.string(),
  start: z.string(),
  createdAt: z.string(),
  lastUsedAt: z.string().nullable(),
})
export const ApiKeyList = z.object({ keys: z.array(ApiKey) })
export const ApiKeyRequest = z.object({ name: z.string().min(1).max(100) })
/** The only time the key itself is shown. */
export const ApiKeyCreated = ApiKey.extend({ key: z.string() })

export const MemberList = z.object({
  members: z.array(
    z.object({ id: z.string(), name: z.string(), email: z.string(), role: z.string(), since: z.string() }),
  ),
})

export type MemberList = z.infer<typeof MemberList>
export type Session = z.infer<typeof Session>
export type SetupRequest = z.input<typeof SetupRequest>
export type SignInRequest = z.input<typeof SignInRequest>
export type ApiKeyList = z.infer<typeof ApiKeyList>
export type ApiKeyCreated = z.infer<typeof ApiKeyCreated>
