import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { createAddressGuard } from './address-guard'
import { ArchiveGuard } from './archive-guard'
import { addDecimals, movePoint, plainDecimal, subtractDecimals } from './decimal'
import { parseExactJson } from './exact-json'
import { ProviderFailure } from './failure'
import { createHttp, type HttpOptions } from './http'
import { followPages } from './paging'
import { RateLimiter } from './rate-limit'
import { redact } from './redact'
import { quickClock, type StandInReply, type StandInRequest, startStandIn } from './testing'
import { guardedTransport } from './transport'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
async function provider(answer: (request: StandInRequest) => StandInReply, options: Partial<HttpOptions> = {}) {
  const standIn = await startStandIn(answer)
  closing.push(standIn.close)
  const clock = quickClock()
  const http = createHttp({
    transport: guardedTransport(createAddressGuard(['127.0.0.1'])),
    limiter: new RateLimiter(clock),
    account: 'a',
    rateLimit: { perMinute: 1000, concurrent: 2 },
    secrets: ['the-secret-key'],
    userAgent: 'test',
    clock,
    random: () => 0,
    ...options,
  })
  return { standIn, http, clock, get: (path = '/') => http.json({ url: new URL(path, standIn.url) }) }
}
const failure = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  )

describe('exact numbers', () => {
  const decimal = fc
    .tuple(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), fc.integer({ min: 0, max: 20 }))
    .map(([units, scale]) => {
      const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
      return `${units < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${scale > 0 ? `.${digits.slice(-scale)}` : ''}`
    })

  test('no digit of a number in JSON is lost, wherever it stands', () => {
    fc.assert(
      fc.property(decimal, fc.string(), (amount, text) => {
        const read = parseExactJson(`{"a":[${amount},{"t":${JSON.stringify(text)}}],"n":null,"b":true}`)
        expect(read).toEqual({ a: [amount, { t: text }], n: null, b: true })
      }),
    )
  })

  test('sums are exact: what was added can be taken away again', () => {
    fc.assert(
      fc.property(fc.array(decimal, { maxLength: 20 }), decimal, (amounts, last) => {
        const total = addDecimals([...amounts, last])
        expect(subtractDecimals(total, last)).toBe(addDecimals(amounts))
      }),
    )
  })

  test('cents become dollars by moving the point alone', () => {
    expect(movePoint('123.78912', 2)).toBe('1.2378912')
    expect(movePoint('-5', 2)).toBe('-0.05')
    expect(plainDecimal('1.5E-7')).toBe('0.00000015')
    expect(() => plainDecimal('1,5')).toThrow(RangeError)
  })
})

describe('the address guard', () => {
  const closed = [
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.100.100.200',
    '168.63.129.16',
    '0.0.0.0',
    '::1',
    'fd00:ec2::254',
    'fe80::1',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
    '64:ff9b::a9fe:a9fe',
    '2002:7f00:1::',
    '::',
  ]
  test.each(closed)('%s is closed', async (address) => {
    const guard = createAddressGuard([], async () => [{ address, family: 4 }])
    expect(await failure(guard.resolve('name.example'))).toMatchObject({ code: 'address_refused' })
    expect(await failure(guard.resolve(address.includes(':') ? `[${address}]` : address))).toMatchObject({
      code: 'address_refused',
    })
  })

  test('a public address passes, and one private among public ones closes the name', async () => {
    const of = (...addresses: string[]) =>
      createAddressGuard([], async () => addresses.map((address) => ({ address, family: 4 }))).resolve('name.example')
    expect(await of('93.184.216.34')).toEqual([{ address: '93.184.216.34', family: 4 }])
    expect(await failure(of('93.184.216.34', '10.0.0.1'))).toMatchObject({ code: 'address_refused' })
  })

  test('what the operator opens is open, and nothing beside it', async () => {
    const guard = createAddressGuard(['10.20.0.0/16'])
    expect(await guard.resolve('10.20.3.4')).toHaveLength(1)
    expect(await failure(guard.resolve('10.21.0.1'))).toMatchObject({ code: 'address_refused' })
    expect(() => createAddressGuard(['intranet'])).toThrow(/intranet/)
  })

  test('the name is resolved once and the connection goes to the address that was judged', async () => {
    let asked = 0
    const answers = ['127.0.0.1', '169.254.169.254']
    const standIn = await startStandIn(() => ({ json: { ok: true } }))
    closing.push(standIn.close)
    const guard = createAddressGuard(['127.0.0.1'], async () => [{ address: answers[asked++]!, family: 4 }])
    const url = new URL(standIn.url)
    url.hostname = 'rebinding.example'
    const answer = await guardedTransport(guard)({ method: 'GET', url, headers: {}, timeoutMs: 1000 })
    expect(answer.status).toBe(200)
    expect(asked).toBe(1)
  })

  test('a redirect into a private network is refused, and a redirect elsewhere loses the key', async () => {
    const other = await startStandIn(({ headers }) => ({ json: { key: headers['x-api-key'] ?? null } }))
    closing.push(other.close)
    const { http, standIn } = await provider(({ path }) => ({
      status: 302,
      headers: { location: path === '/inside' ? 'http://169.254.169.254/latest' : other.url },
      json: null,
    }))
    const ask = (path: string) =>
      http.json({ url: new URL(path, standIn.url), headers: { 'x-api-key': 'the-secret-key' } })
    expect(await failure(ask('/inside'))).toMatchObject({ code: 'address_refused' })
    expect((await ask('/outside')).data).toEqual({ key: null })
  })

  test('a public address over http, and one with a password in it, are refused', async () => {
    const transport = guardedTransport(createAddressGuard([], async () => [{ address: '93.184.216.34', family: 4 }]))
    const ask = (url: string) => failure(transport({ method: 'GET', url: new URL(url), headers: {}, timeoutMs: 100 }))
    expect(await ask('http://example.com/')).toMatchObject({ code: 'address_refused' })
    expect(await ask('https://me:pw@example.com/')).toMatchObject({ code: 'address_refused' })
    expect(await ask('file:///etc/passwd')).toMatchObject({ code: 'address_refused' })
  })
})

describe('asking a provider', () => {
  test('Retry-After is obeyed in seconds, in milliseconds and as a date; else waits grow', async () => {
    const headers: Record<string, string>[] = [{ 'retry-after': '7' }, { 'retry-after-ms': '250' }, {}, {}]
    let asked = 0
    const { get, clock } = await provider(() => {
      const told = headers[asked++]
      return told ? { status: 429, headers: told, json: {} } : { json: { ok: true } }
    })
    expect((await get()).data).toEqual({ ok: true })
    // The limiter waits what the retry did not: 7 s and 250 ms as told, then half a second doubling.
    expect(clock.slept.filter((ms) => ms > 0)).toEqual([7000, 250, 2000, 4000])
  })

  test('a wait longer than a minute is left to the schedule, with its length', async () => {
    const { get, clock } = await provider(() => ({ status: 429, headers: { 'retry-after': '3600' }, json: {} }))
    expect(await failure(get())).toMatchObject({ code: 'rate_limited', details: { retryAfterMs: 3_600_000 } })
    expect(clock.slept).toEqual([])
  })

  test('x-should-retry decides where the provider sends it', async () => {
    const { get, standIn } = await provider(() => ({ status: 500, headers: { 'x-should-retry': 'false' }, json: {} }))
    expect(await failure(get())).toMatchObject({ code: 'unavailable' })
    expect(standIn.requests).toHaveLength(1)
  })

  test('no secret of a provider’s error reaches the message, in any of its forms', async () => {
    const { get } = await provider(() => ({
      status: 401,
      json: { error: { message: `key the-secret-key, ${Buffer.from('the-secret-key').toString('base64')}` } },
    }))
    const error = (await failure(get())) as ProviderFailure
    expect(error.message).toBe('127.0.0.1 answered 401: key •••, •••')
    expect(redact('a=p%26q!x', ['p&q!x'])).toBe('a=•••')
  })

  test('requests of one account are spaced, those of another are not', async () => {
    const clock = quickClock(0)
    const limiter = new RateLimiter(clock)
    const starts: [string, number][] = []
    const one = (account: string) =>
      limiter.run(account, { perMinute: 2, concurrent: 1 }, async () => void starts.push([account, clock.now()]))
    await one('a')
    await one('a')
    await one('b')
    await one('a')
    expect(starts).toEqual([
      ['a', 0],
      ['a', 0],
      ['b', 0],
      ['a', 60_000],
    ])
  })

  test('a page token that comes again ends the reading instead of repeating it for ever', async () => {
    const pages = followPages(null, async () => ({ page: 1, next: 'same' }))
    const read = async () => {
      for await (const _ of pages);
    }
    expect(await failure(read())).toMatchObject({ code: 'changed_format' })
  })
})

describe('what a bucket or an archive holds', () => {
  const zeros = async function* (pieces: number) {
    for (let i = 0; i < pieces; i++) yield new Uint8Array(1 << 20)
  }
  const drain = async (guard: ArchiveGuard, pieces: number, packed: number) => {
    for await (const _ of guard.bounded(zeros(pieces), () => packed));
  }
  test('a bomb is stopped by ratio and by size, an honest file passes', async () => {
    await drain(new ArchiveGuard(), 20, 1 << 20)
    expect(await failure(drain(new ArchiveGuard(), 20, 1000))).toMatchObject({ code: 'too_large' })
    const small = { mostBytes: 5 << 20, mostRatio: 1e9, mostEntries: 2, mostDepth: 1 }
    expect(await failure(drain(new ArchiveGuard(small), 6, 1 << 20))).toMatchObject({ code: 'too_large' })
  })

  test('names that lead out, archives in archives in archives and too many files are refused', () => {
    const guard = () => new ArchiveGuard({ mostBytes: 1, mostRatio: 1, mostEntries: 2, mostDepth: 1 })
    for (const name of ['../etc/passwd', '/etc/passwd', 'a/../../b', 'a\\..\\b'])
      expect(() => guard().entry(name, 0), name).toThrow(ProviderFailure)
    expect(() => guard().entry('a.zip', 2)).toThrow(/archives in archives/)
    const many = guard()
    many.entry('a', 0)
    many.entry('b..c', 0)
    expect(() => many.entry('c', 0)).toThrow(/more than 2/)
  })
})
