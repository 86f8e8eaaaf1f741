import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migratePostgres, openPostgres, type Postgres } from '../../storage/postgres'
import { listRates } from './list-rates'
import { type PublishedRate, rateOf } from './rate'
import { saveRates } from './rate-store'
import { readBok, readCbr, readEcb } from './read-rates'
import { updateRates } from './update-rates'

const scope = { organizationId: '0190a0c8-0000-7000-8000-000000000001', actor: 'test' }
const folder = mkdtempSync(join(tmpdir(), 'infrazen-rates-'))
let postgres: Postgres
let bank: Server
let bankUrl = ''
/** What the stand-in answers, by the start of the path. */
const answers = new Map<string, { status?: number; body: Buffer }>()
const asked: string[] = []

beforeAll(async () => {
  postgres = await openPostgres({ path: folder })
  await migratePostgres(postgres)
  await postgres.pool.query(
    `INSERT INTO organizations (id, name, time_zone, currency, locale) VALUES ($1, 'Nordwind', 'Asia/Seoul', 'KRW', 'ko')`,
    [scope.organizationId],
  )
  bank = createServer((request, response) => {
    asked.push(request.url ?? '')
    const found = [...answers].find(([path]) => request.url?.startsWith(path))?.[1]
    response.writeHead(found ? (found.status ?? 200) : 404)
    response.end(found?.body ?? '')
  })
  await new Promise<void>((ready) => bank.listen(0, '127.0.0.1', ready))
  bankUrl = `http://127.0.0.1:${(bank.address() as AddressInfo).port}`
})
afterAll(async () => {
  bank.close()
  await postgres.close()
  rmSync(folder, { recursive: true, force: true })
})

const addresses = () => ({ ecb: `${bankUrl}/ecb`, cbr: `${bankUrl}/cbr`, bok: `${bankUrl}/bok`, bokKey: 'SECRET-KEY' })

const ecb = (days: Record<string, Record<string, string>>) =>
  Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject><Cube>${Object.entries(days)
    .map(
      ([day, rates]) =>
        `<Cube time="${day}">${Object.entries(rates)
          .map(([currency, rate]) => `<Cube currency="${currency}" rate="${rate}"/>`)
          .join('')}</Cube>`,
    )
    .join('')}</Cube></gesmes:Envelope>`)

/** windows-1251, as the bank sends it: the names are Russian. */
const cbr = (date: string, rates: [string, string, string][]) => {
  const text = `<?xml version="1.0" encoding="windows-1251"?><ValCurs Date="${date}" name="Foreign Currency Market">${rates
    .map(
      ([code, nominal, value]) =>
        `<Valute ID="R0"><NumCode>1</NumCode><CharCode>${code}</CharCode><Nominal>${nominal}</Nominal><Name>~</Name><Value>${value}</Value><VunitRate>0</VunitRate></Valute>`,
    )
    .join('')}</ValCurs>`
  return Buffer.concat(
    text
      .split('~')
      .flatMap((part, i) => (i ? [Buffer.from([0xc4, 0xee, 0xeb]), Buffer.from(part)] : [Buffer.from(part)])),
  )
}

describe('what the banks publish', () => {
  test('ECB: every day and currency, with one euro as the nominal', () => {
    expect(readEcb(ecb({ '2026-01-30': { USD: '1.0900', KRW: '1570.12' }, '2026-01-29': { USD: '1.0880' } }))).toEqual([
      { currency: 'USD', day: '2026-01-30', nominal: '1', value: '1.0900' },
      { currency: 'KRW', day: '2026-01-30', nominal: '1', value: '1570.12' },
      { currency: 'USD', day: '2026-01-29', nominal: '1', value: '1.0880' },
    ])
  })

  test('Bank of Russia: windows-1251, decimal comma, nominals, and the day the bank names', () => {
    expect(
      readCbr(
        cbr('31.01.2026', [
          ['USD', '1', '80,1234'],
          ['KRW', '1000', '56,7890'],
        ]),
      ),
    ).toEqual([
      { currency: 'USD', day: '2026-01-31', nominal: '1', value: '80.1234' },
      { currency: 'KRW', day: '2026-01-31', nominal: '1000', value: '56.7890' },
    ])
  })

  test('Bank of Korea: thousands separators, yen per hundred, closed days are empty', () => {
    const row = (value: string) =>
      Buffer.from(
        JSON.stringify({ StatisticSearch: { list_total_count: 1, row: [{ TIME: '20260130', DATA_VALUE: value }] } }),
      )
    expect(readBok(row('1,450.2'), 'USD')).toEqual([
      { currency: 'USD', day: '2026-01-30', nominal: '1', value: '1450.2' },
    ])
    expect(readBok(row('935.1'), 'JPY')[0]?.nominal).toBe('100')
    expect(readBok(Buffer.from('{"RESULT":{"CODE":"INFO-200","MESSAGE":"no data"}}'), 'USD')).toEqual([])
    expect(() => readBok(Buffer.from('{"RESULT":{"CODE":"ERROR-301","MESSAGE":"rows"}}'), 'USD')).toThrow('ERROR-301')
  })

  test.each([
    ['a page of HTML', '<html><body>Service unavailable</body></html>'],
    ['half an answer', '<gesmes:Envelope><Cube><Cube time="2026-01-30"><Cube currency="USD" ra'],
    ['a rate that is no number', ecb({ '2026-01-30': { USD: 'N/A' } }).toString()],
    ['a rate of zero', ecb({ '2026-01-30': { USD: '0.0' } }).toString()],
    ['an empty table', ecb({}).toString()],
  ])('%s is refused and says that the rates of before stay', (_, body) => {
    expect(() => readEcb(Buffer.from(body))).toThrow('The rates of before stay in force.')
  })
})

describe('the rate of a day', () => {
  const published: Record<string, PublishedRate[]> = {
    USD: [
      { currency: 'USD', day: '2026-02-02', nominal: '1', value: '1.10' },
      { currency: 'USD', day: '2026-01-30', nominal: '1', value: '1.09' },
    ],
    KRW: [{ currency: 'KRW', day: '2026-01-30', nominal: '1', value: '1570.12' }],
  }
  const latestOn = (currency: string, day: string) => published[currency]?.find((rate) => rate.day <= day) ?? null

  test('a weekend takes the last working day before it, and says so', () => {
    const rate = rateOf('ecb', 'EUR', 'USD', '2026-02-01', latestOn)
    expect(rate).toMatchObject({ rate: '1.09', published: [{ day: '2026-01-30' }] })
    expect(rateOf('ecb', 'EUR', 'USD', '2026-02-02', latestOn)?.rate).toBe('1.1')
  })

  test('across the bank currency: 1,570.12 / 1.09, rounded once at 15 digits', () => {
    expect(rateOf('ecb', 'USD', 'KRW', '2026-01-31', latestOn)?.rate).toBe('1440.477064220183486')
    expect(rateOf('ecb', 'KRW', 'USD', '2026-01-31', latestOn)?.rate).toBe('0.000694214454946')
  })

  test('nothing is guessed: before the first rate, long after the last, or without the currency there is none', () => {
    expect(rateOf('ecb', 'USD', 'KRW', '2026-01-29', latestOn)).toBeNull()
    expect(rateOf('ecb', 'EUR', 'KRW', '2026-03-01', latestOn)).toBeNull()
    expect(rateOf('ecb', 'RUB', 'EUR', '2026-01-30', latestOn)).toBeNull()
  })

  test('the Bank of Russia per nominal: 56.7890 roubles for 1,000 won', () => {
    const rate = rateOf('cbr', 'KRW', 'RUB', '2026-01-31', () => ({
      currency: 'KRW',
      day: '2026-01-31',
      nominal: '1000',
      value: '56.7890',
    }))
    expect(rate?.rate).toBe('0.056789')
  })

  test('there and back again differs by rounding alone', () => {
    const value = fc
      .integer({ min: 1, max: 10_000_000 })
      .map((n) => `${Math.floor(n / 10_000)}.${String(n % 10_000 || 1).padStart(4, '0')}`)
    fc.assert(
      fc.property(value, value, (a, b) => {
        const at = (currency: string) => ({
          currency,
          day: '2026-01-30',
          nominal: '1',
          value: currency === 'AAA' ? a : b,
        })
        const there = Number(rateOf('ecb', 'AAA', 'BBB', '2026-01-30', at)?.rate)
        const back = Number(rateOf('ecb', 'BBB', 'AAA', '2026-01-30', at)?.rate)
        expect(Math.abs(there * back - 1)).toBeLessThan(1e-6 * Math.max(1, there, back))
      }),
    )
  })
})

describe('kept rates', () => {
  test('asking again changes nothing; a correction counts from then on and the earlier stays on record', async () => {
    answers.set('/ecb/', { body: ecb({ '2026-01-30': { USD: '1.0900', KRW: '1570.12' } }) })
    expect(await updateRates(postgres, 'ecb', '2026-01-01', '2026-01-31', addresses())).toEqual({
      published: 2,
      changed: 2,
    })
    expect(await updateRates(postgres, 'ecb', '2026-01-01', '2026-01-31', addresses())).toEqual({
      published: 2,
      changed: 0,
    })
    answers.set('/ecb/', { body: ecb({ '2026-01-30': { USD: '1.0905', KRW: '1570.12' } }) })
    expect((await updateRates(postgres, 'ecb', '2026-01-01', '2026-01-31', addresses())).changed).toBe(1)
    const { rates, missing } = await listRates(postgres, scope, {
      source: 'ecb',
      from: '2026-01-29',
      to: '2026-01-31',
      into: 'EUR',
      currencies: ['USD'],
    })
    expect(rates.map(({ day, published }) => [day, published[0]?.value])).toEqual([
      ['2026-01-30', '1.0905'],
      ['2026-01-31', '1.0905'],
    ])
    expect(missing).toEqual([{ from: 'USD', day: '2026-01-29' }])
    const { rows } = await postgres.pool.query(
      `SELECT value FROM exchange_rates WHERE source = 'ecb' AND currency = 'USD' ORDER BY id`,
    )
    expect(rows.map(({ value }) => value)).toEqual(['1.0900', '1.0905'])
  })

  test('the Bank of Russia is asked day by day; a Sunday answered with Saturday is kept once', async () => {
    answers.set('/cbr/XML_daily.asp?date_req=30/01/2026', { body: cbr('30.01.2026', [['USD', '1', '80,1000']]) })
    for (const day of ['31/01', '01/02'])
      answers.set(`/cbr/XML_daily.asp?date_req=${day}/2026`, { body: cbr('31.01.2026', [['USD', '1', '80,2000']]) })
    expect(await updateRates(postgres, 'cbr', '2026-01-30', '2026-02-01', addresses())).toEqual({
      published: 2,
      changed: 2,
    })
  })

  test('a bank that fails is noted in words without the key, and what was there stays', async () => {
    answers.set('/bok/', { status: 503, body: Buffer.from('busy') })
    await expect(updateRates(postgres, 'bok', '2026-01-30', '2026-01-31', addresses())).rejects.toThrow(
      'it answered 503',
    )
    const { rows } = await postgres.pool.query(`SELECT problem FROM rate_fetches WHERE source = 'bok'`)
    expect(rows[0].problem).toContain('503')
    expect(JSON.stringify(rows)).not.toContain('SECRET-KEY')
    expect(asked.some((path) => path.includes('SECRET-KEY'))).toBe(true)
  })

  test('own rates are of one organization alone', async () => {
    await saveRates(
      postgres,
      'own',
      scope.organizationId,
      [{ currency: 'KRW', day: '2026-01-01', nominal: '1', value: '1400' }],
      'mina',
    )
    const wanted = { source: 'own' as const, from: '2026-03-01', to: '2026-03-01', into: 'KRW', currencies: ['USD'] }
    expect((await listRates(postgres, scope, wanted)).rates[0]?.rate).toBe('1400')
    const other = { organizationId: '0190a0c8-0000-7000-8000-000000000002', actor: 'x' }
    expect((await listRates(postgres, other, wanted)).missing).toHaveLength(1)
  })
})
