import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type App, createApp } from './app'
import { readSettings } from './config'

const folder = mkdtempSync(join(tmpdir(), 'infrazen-app-'))
const owner = { email: 'mina@nordwind.example', password: 'correct horse battery' }
let app: App
let cookie = ''

beforeAll(async () => {
  // Beyond loopback, so that the first visitor needs the code from the console.
  app = await createApp(
    readSettings({ INFRAZEN_DATA_DIR: folder, INFRAZEN_HOST: '0.0.0.0', INFRAZEN_LOG_LEVEL: 'silent' }),
  )
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})

const ask = (options: InjectOptions) => app.http.inject(options)
const signIn = (payload: object, headers: Record<string, string> = {}) =>
  ask({ method: 'POST', url: '/api/v1/session', payload, headers })
const cookieOf = (response: { cookies: { name: string; value: string }[] }) =>
  response.cookies.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join('; ')

const setUpRequest = (code?: string) => ({
  method: 'POST' as const,
  url: '/api/v1/setup',
  payload: {
    organization: 'Nordwind',
    name: 'Mina',
    ...owner,
    timeZone: 'Europe/Berlin',
    currency: 'EUR',
    locale: 'ko',
    code,
  },
})

test('before the first organization exists the page is told to show the set-up', async () => {
  expect((await ask({ url: '/api/v1/session' })).json()).toMatchObject({
    state: 'setup',
    user: null,
    organization: null,
    demo: null,
  })
})

test('set-up needs the code from the console, works once, and signs its owner in', async () => {
  expect((await ask(setUpRequest())).json()).toMatchObject({ status: 403, code: 'setup_code_needed' })
  expect((await ask(setUpRequest('000000000000'))).statusCode).toBe(403)

  const both = await Promise.all([ask(setUpRequest(app.setupCode ?? '')), ask(setUpRequest(app.setupCode ?? ''))])
  expect(both.map((response) => response.statusCode).sort()).toEqual([201, 409])
  const done = both.find((response) => response.statusCode === 201)
  expect(done?.json()).toMatchObject({
    state: 'signed_in',
    organization: { name: 'Nordwind', timeZone: 'Europe/Berlin', sample: false },
  })
  expect(done?.headers['set-cookie']).toMatch(/HttpOnly; SameSite=Lax/)
  cookie = cookieOf(done!)

  expect((await ask(setUpRequest(app.setupCode ?? ''))).json()).toMatchObject({ status: 409, code: 'already_set_up' })
})

test('a session opens the organization, and signing out ends it on the server too', async () => {
  const response = await signIn({ ...owner, email: 'Mina@Nordwind.example' })
  expect(response.statusCode).toBe(200)
  const session = cookieOf(response)
  expect((await ask({ url: '/api/v1/organization', headers: { cookie: session } })).json()).toMatchObject({
    name: 'Nordwind',
  })
  expect((await ask({ url: '/api/v1/session', headers: { cookie: session } })).json()).toMatchObject({
    state: 'signed_in',
    user: { email: owner.email },
  })

  expect((await ask({ method: 'DELETE', url: '/api/v1/session', headers: { cookie: session } })).statusCode).toBe(204)
  expect((await ask({ url: '/api/v1/organization', headers: { cookie: session } })).json()).toMatchObject({
    status: 401,
    code: 'sign_in_needed',
  })
})

test('a wrong password and an unknown e-mail cannot be told apart', async () => {
  const wrong = (await signIn({ ...owner, password: 'not the password' })).json()
  const unknown = (await signIn({ ...owner, email: 'nobody@nordwind.example' })).json()
  expect({ ...wrong, requestId: '' }).toEqual({ ...unknown, requestId: '' })
  expect(wrong).toMatchObject({ status: 401, code: 'wrong_credentials' })
})

test('a change made by another site with our visitor’s cookie is refused', async () => {
  const change = (headers: Record<string, string>) =>
    ask({
      method: 'PATCH',
      url: '/api/v1/organization',
      payload: { name: 'Nordwind' },
      headers: { cookie, host: 'infrazen.example', ...headers },
    })
  expect((await change({ 'sec-fetch-site': 'cross-site' })).json()).toMatchObject({
    status: 403,
    code: 'foreign_origin',
  })
  expect((await change({ 'sec-fetch-site': 'same-site' })).statusCode).toBe(403)
  expect((await change({ origin: 'https://evil.example' })).statusCode).toBe(403)
  expect((await change({ origin: 'null' })).statusCode).toBe(403)
  expect((await change({ origin: 'http://infrazen.example' })).statusCode).toBe(200)
  expect((await change({ 'sec-fetch-site': 'same-origin', origin: 'http://infrazen.example' })).statusCode).toBe(200)
  expect((await signIn(owner, { 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403)
})

test('an API key works until it is revoked, and is shown once', async () => {
  const made = (
    await ask({ method: 'POST', url: '/api/v1/api-keys', payload: { name: 'collector' }, headers: { cookie } })
  ).json()
  expect(made.key).toMatch(/^izk_[\w-]{43}$/)
  const authorization = `Bearer ${made.key}`
  expect((await ask({ url: '/api/v1/organization', headers: { authorization } })).statusCode).toBe(200)
  // A program with a key is no browser: where it comes from does not matter.
  expect(
    (
      await ask({
        method: 'PATCH',
        url: '/api/v1/organization',
        payload: {},
        headers: { authorization, origin: 'https://elsewhere.example' },
      })
    ).statusCode,
  ).toBe(200)

  const listed = (await ask({ url: '/api/v1/api-keys', headers: { cookie } })).body
  expect(listed).toContain(made.id)
  expect(listed).not.toContain(made.key)
  const stored = await app.postgres.pool.query('SELECT * FROM api_keys')
  expect(JSON.stringify(stored.rows)).not.toContain(made.key)

  expect((await ask({ method: 'DELETE', url: `/api/v1/api-keys/${made.id}`, headers: { cookie } })).statusCode).toBe(
    204,
  )
  expect((await ask({ url: '/api/v1/organization', headers: { authorization } })).json()).toMatchObject({
    status: 401,
    code: 'invalid_api_key',
  })
  expect((await ask({ method: 'DELETE', url: `/api/v1/api-keys/${made.id}`, headers: { cookie } })).statusCode).toBe(
    404,
  )
})

test('every route that is not open on purpose needs a session or a key', async () => {
  const openOnPurpose = new Set([
    '/healthz',
    '/readyz',
    '/metrics',
    '/api/v1/session',
    '/api/v1/setup',
    '/api/openapi.json',
    '/api/v1/allocation/rules/schema',
    '/guide/:locale',
    '/guide/:locale/:page',
    '*',
  ])
  const routes = registeredRoutes(app.http.printRoutes({ commonPrefix: false }))
  expect(routes.length).toBeGreaterThan(15)
  const unguarded: string[] = []
  for (const { method, url } of routes) {
    if (openOnPurpose.has(url) || url.startsWith('/api/docs')) continue
    const address = url.replace(/:\w+/g, '01a20000-0000-7000-8000-000000000000')
    const response = await ask({
      method: method as 'GET',
      url: address,
      payload: method === 'GET' ? undefined : '{}',
      headers: { 'content-type': 'application/json' },
    })
    if (response.statusCode !== 401) unguarded.push(`${method} ${url} → ${response.statusCode}`)
  }
  expect(unguarded).toEqual([])
})

test('a failure is a problem document with a stable code that names what is wrong', async () => {
  const invalid = await ask({
    method: 'PATCH',
    url: '/api/v1/organization',
    payload: { currency: 'euro' },
    headers: { cookie },
  })
  expect(invalid.headers['content-type']).toMatch('application/problem+json')
  expect(invalid.json()).toMatchObject({
    status: 400,
    code: 'invalid_request',
    detail: expect.stringContaining('currency'),
    requestId: invalid.headers['x-request-id'],
  })
  expect(
    (
      await ask({
        method: 'PATCH',
        url: '/api/v1/organization',
        payload: { timeZone: 'Mars/Olympus' },
        headers: { cookie },
      })
    ).json(),
  ).toMatchObject({ code: 'unknown_time_zone' })
  expect((await ask({ url: '/api/v1/nothing-here' })).json()).toMatchObject({ status: 404, code: 'not_found' })
  expect(
    (
      await ask({
        method: 'POST',
        url: '/api/v1/session',
        payload: '{',
        headers: { 'content-type': 'application/json' },
      })
    ).json(),
  ).toMatchObject({ status: 400, code: 'invalid_request' })
})

test('answers carry the headers that keep a browser from doing harm', async () => {
  const { headers } = await ask({ url: '/api/v1/session' })
  expect(headers['content-security-policy']).toMatch(/script-src 'self'.*frame-ancestors 'none'/)
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store',
  })
})

test('the description of the interface is OpenAPI 3.1 and its page needs nothing from elsewhere', async () => {
  const document = (await ask({ url: '/api/openapi.json' })).json()
  expect(document.openapi).toBe('3.1.0')
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(['/api/v1/session', '/api/v1/organization', '/api/v1/api-keys']),
  )
  const page = await ask({ url: '/api/docs/' })
  expect(page.statusCode).toBe(200)
  expect(page.body).not.toMatch(/(src|href)="https?:/)
})

test('health is open to everyone and says nothing of the data', async () => {
  expect((await ask({ url: '/healthz' })).json()).toEqual({ status: 'ok', version: expect.any(String) })
  expect((await ask({ url: '/readyz' })).json()).toEqual({
    status: 'ready',
    stores: { clickhouse: 'ok', postgres: 'ok' },
  })
  expect((await ask({ url: '/metrics' })).body).toContain('infrazen_http_requests_total')
})

test('guessing passwords is slowed down', async () => {
  let last: unknown
  for (let attempt = 0; attempt < 14; attempt++) {
    // A new address in a header that anyone can write buys no new attempts.
    const guess = { email: 'nobody@nordwind.example', password: `guess ${attempt}` }
    last = (await signIn(guess, { 'x-forwarded-for': `10.0.0.${attempt}` })).json()
  }
  expect(last).toMatchObject({ status: 429, code: 'too_many_attempts', retryAfterSeconds: expect.any(Number) })
})

/** Method and address of every route, read from the tree that Fastify prints. */
function registeredRoutes(tree: string): { method: string; url: string }[] {
  const routes: { method: string; url: string }[] = []
  const path: string[] = []
  for (const line of tree.split('\n')) {
    const match = /^([│ ]*)[├└]── (.*?)(?: \(([A-Z, ]+)\))?$/.exec(line)
    if (!match) continue
    const depth = (match[1] ?? '').length / 4
    path.length = depth
    path.push(match[2] ?? '')
    for (const method of match[3]?.split(', ') ?? [])
      if (method !== 'HEAD' && method !== 'OPTIONS') routes.push({ method, url: path.join('') })
  }
  return routes
}
