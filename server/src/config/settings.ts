import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { invalid } from '../primitives/errors'

// One small schema a concern. An empty variable counts as absent: that is how container tools hand over unset ones.

const text = z.string().trim().optional()
const list = (value: string | undefined) =>
  value
    ?.split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '') ?? []
const flag = z
  .enum(['0', '1', 'true', 'false'])
  .optional()
  .transform((value) => value === '1' || value === 'true')

const httpSettings = z
  .object({
    INFRAZEN_HOST: text.default('127.0.0.1'),
    INFRAZEN_PORT: z.coerce.number().int().min(0).max(65_535).default(4000),
    INFRAZEN_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
    INFRAZEN_TRUSTED_PROXIES: text,
  })
  .transform((env) => ({
    host: env.INFRAZEN_HOST,
    port: env.INFRAZEN_PORT,
    /** Where people reach the server when something stands in front of it; decides whether cookies are `Secure`. */
    publicUrl: env.INFRAZEN_PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    /** Addresses whose `X-Forwarded-For` is believed; nobody's by default, because anyone can write that header. */
    trustedProxies: env.INFRAZEN_TRUSTED_PROXIES?.split(',').map((address) => address.trim()) ?? [],
  }))

const storageSettings = z
  .object({
    INFRAZEN_DATA_DIR: text.default('./data'),
    INFRAZEN_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
    INFRAZEN_CLICKHOUSE_URL: z.url({ protocol: /^https?$/ }).optional(),
  })
  .transform((env) => ({
    dataDir: resolve(env.INFRAZEN_DATA_DIR),
    /** null: PGlite in the data folder. */
    databaseUrl: env.INFRAZEN_DATABASE_URL ?? null,
    /** null: ClickHouse in this process, in the data folder. */
    clickhouseUrl: env.INFRAZEN_CLICKHOUSE_URL ?? null,
  }))

const bootstrapSettings = z
  .object({
    INFRAZEN_BOOTSTRAP_EMAIL: z.email().optional(),
    INFRAZEN_BOOTSTRAP_PASSWORD: z.string().min(8).max(128).optional(),
    INFRAZEN_BOOTSTRAP_API_KEY: z
      .string()
      .regex(/^izk_[\x21-\x7e]+$/, 'must start with izk_')
      .optional(),
    INFRAZEN_BOOTSTRAP_ORGANIZATION: z.string().min(1).max(100).optional(),
  })
  .refine((env) => (env.INFRAZEN_BOOTSTRAP_EMAIL === undefined) === (env.INFRAZEN_BOOTSTRAP_PASSWORD === undefined), {
    path: ['INFRAZEN_BOOTSTRAP_PASSWORD'],
    error: 'INFRAZEN_BOOTSTRAP_EMAIL and INFRAZEN_BOOTSTRAP_PASSWORD go together',
  })
  .transform((env) => ({
    /** First start alone: the owner of the first organization. */
    email: env.INFRAZEN_BOOTSTRAP_EMAIL ?? null,
    password: env.INFRAZEN_BOOTSTRAP_PASSWORD ?? null,
    apiKey: env.INFRAZEN_BOOTSTRAP_API_KEY ?? null,
    organization: env.INFRAZEN_BOOTSTRAP_ORGANIZATION ?? null,
  }))

/** What a copy of the server does; one alone does all of it. */
const allRoles = ['api', 'ingest', 'gateway', 'worker'] as const
export type Role = (typeof allRoles)[number]
const roleSettings = z
  .object({
    INFRAZEN_ROLES: z
      .string()
      .default(allRoles.join(','))
      .transform((text) => text.split(',').map((name) => name.trim()))
      .pipe(z.array(z.enum(allRoles)).min(1)),
  })
  .transform((env) => new Set<Role>(env.INFRAZEN_ROLES))

const operationSettings = z
  .object({
    INFRAZEN_DEMO: flag,
    INFRAZEN_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    INFRAZEN_SECRET_KEY: z.string().min(32, 'needs at least 32 characters').optional(),
    INFRAZEN_BOK_KEY: text,
  })
  .transform((env) => ({
    demo: env.INFRAZEN_DEMO,
    logLevel: env.INFRAZEN_LOG_LEVEL,
    secretKey: env.INFRAZEN_SECRET_KEY ?? null,
    bokKey: env.INFRAZEN_BOK_KEY ?? null,
  }))

const connectionSettings = z
  .object({
    INFRAZEN_CONNECTORS: text,
    INFRAZEN_ALLOW_PRIVATE_ADDRESSES: text,
    INFRAZEN_PREVIOUS_SECRET_KEYS: text,
    INFRAZEN_FILES_FOLDERS: text,
  })
  .transform((env) => ({
    /** npm packages of connectors that others wrote. */
    packages: list(env.INFRAZEN_CONNECTORS),
    /** Folders of this machine that connections may read; none by default. */
    filesFolders: list(env.INFRAZEN_FILES_FOLDERS).map((folder) => resolve(folder)),
    /** Addresses and ranges of private networks that a user's setting may lead to. */
    allowedAddresses: list(env.INFRAZEN_ALLOW_PRIVATE_ADDRESSES),
    /** Keys that INFRAZEN_SECRET_KEY replaced: they still open what they sealed. */
    previousSecretKeys: list(env.INFRAZEN_PREVIOUS_SECRET_KEYS),
  }))

export type Settings = {
  http: z.output<typeof httpSettings>
  storage: z.output<typeof storageSettings>
  bootstrap: z.output<typeof bootstrapSettings>
  /** `api`: page and API · `ingest`: OTLP · `gateway`: its calls · `worker`: imports and schedules. */
  roles: ReadonlySet<Role>
  connections: z.output<typeof connectionSettings>
  demo: boolean
  logLevel: z.output<typeof operationSettings>['logLevel']
  /** Key for the Bank of Korea's exchange rates; null: they are not asked. */
  bokKey: string | null
  /** Signs sessions and seals secrets. Read, or made once in the data folder: call after the folder is locked. */
  secretKey(): string
}

/** Reads every `INFRAZEN_*` setting once. Throws `invalid_settings` naming each wrong variable and what is wrong with it. */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(
    Object.entries(env).filter(([name, value]) => name.startsWith('INFRAZEN_') && value !== ''),
  )
  const problems: string[] = []
  const read = <T>(schema: z.ZodType<T>): T => {
    const result = schema.safeParse(given)
    if (result.success) return result.data
    for (const issue of result.error.issues) problems.push(`${issue.path.join('.')}: ${issue.message}`)
    return undefined as T
  }
  const http = read(httpSettings)
  const storage = read(storageSettings)
  const bootstrap = read(bootstrapSettings)
  const connections = read(connectionSettings)
  const operation = read(operationSettings)
  const roles = read(roleSettings)
  if (
    roles &&
    storage &&
    roles.size < allRoles.length &&
    (storage.databaseUrl === null || storage.clickhouseUrl === null)
  )
    problems.push(
      'INFRAZEN_ROLES: several copies need both stores on servers, because an embedded store belongs to one process. Set INFRAZEN_DATABASE_URL and INFRAZEN_CLICKHOUSE_URL, or leave the roles out',
    )
  if (problems.length > 0) {
    throw invalid('invalid_settings', `These settings cannot be used:\n  ${problems.join('\n  ')}`, { problems })
  }
  return {
    http,
    storage,
    bootstrap,
    roles,
    connections,
    demo: operation.demo,
    logLevel: operation.logLevel,
    bokKey: operation.bokKey,
    secretKey: () => operation.secretKey ?? storedSecretKey(storage.dataDir),
  }
}

/** Made once and kept readable by its owner alone. Losing it signs everyone out and makes sealed credentials unreadable. */
function storedSecretKey(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = join(dataDir, 'secret-key')
  try {
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const key = readFileSync(file, 'utf8').trim()
  if (key.length < 32) throw invalid('invalid_settings', `${file} does not hold a key: restore it from a backup`)
  return key
}
