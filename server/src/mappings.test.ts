import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type App, createApp } from './app'
import { readSettings } from './config'
import type { Import, Mapping, Preview, Proposal } from './modules/ingestion/contract'

const shared = fileURLToPath(new URL('../../../shared/data', import.meta.url))
const haveShared = existsSync(shared)
const folder = mkdtempSync(join(tmpdir(), 'infrazen-mappings-'))
const key = 'izk_test_0123456789abcdef0123456789abcdef'
let app: App
beforeAll(async () => {
  app = await createApp(
    readSettings({
      INFRAZEN_DATA_DIR: folder,
      INFRAZEN_LOG_LEVEL: 'silent',
      INFRAZEN_BOOTSTRAP_EMAIL: 'mina@nordwind.example',
      INFRAZEN_BOOTSTRAP_PASSWORD: 'correct horse battery',
      INFRAZEN_BOOTSTRAP_API_KEY: key,
    }),
  )
})
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})

const headers = { authorization: `Bearer ${key}` }
async function ask<T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object): Promise<T> {
  const response = await app.http.inject({ method, url, headers, payload })
  return response.json() as T
}
async function importFile(content: string, query: string): Promise<Import> {
  const accepted = await app.http.inject({
    method: 'POST',
    url: `/api/v1/imports?${query}`,
    headers: { ...headers, 'content-type': 'text/csv' },
    payload: content,
  })
  const { id } = accepted.json() as { id: string }
  for (;;) {
    const found = await ask<Import>('GET', `/api/v1/imports/${id}`)
    if (found.status !== 'queued' && found.status !== 'running') return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const bill = `Дата;Услуга;Проект;Сумма;Скидка;Тип;Отдел
05.11.2026;Виртуальные машины;alpha;1 234,56;-34,56;Потребление;Поиск
06.11.2026;Хранилище;alpha;99,9;0;Потребление;Поиск
30.11.2026;НДС;;267,00;;НДС;
07.11.2026;Хранилище;beta;1.00;;Потребление;Реклама
`

test('an unknown file is refused by name, proposed, previewed, saved and recognised from then on', async () => {
  const refused = await importFile(bill, 'format=auto&connection=hoster')
  expect([refused.status, refused.problems[0]?.code]).toEqual(['failed', 'format_unknown'])

  const proposal = await ask<Proposal>('POST', '/api/v1/mappings/propose', { head: bill })
  expect(proposal.recognised).toBeNull()
  expect(proposal.definition.columns).toMatchObject({ ChargePeriodStart: 'Дата', BilledCost: 'Сумма' })
  expect(proposal.definition.constants.BillingCurrency).toBeUndefined()
  expect(await ask('POST', '/api/v1/mappings/preview', { head: bill, definition: proposal.definition })).toMatchObject({
    status: 400,
    code: 'mapping_incomplete',
  })

  const definition = { ...proposal.definition, constants: { BillingCurrency: 'RUB', ServiceProviderName: 'Hoster' } }
  const preview = await ask<Preview>('POST', '/api/v1/mappings/preview', { head: bill, definition })
  expect(preview.rows).toEqual({ read: 4, accepted: 3, refused: 1 })
  expect(preview.sums).toEqual([
    { currency: 'RUB', BilledCost: '1566.9', EffectiveCost: '1566.9', ListCost: null, ContractedCost: null },
  ])
  expect(preview.problems).toMatchObject([{ row: 4, column: 'Сумма', code: 'not_a_number' }])
  expect(preview.first[0]).toMatchObject({
    before: { Дата: '05.11.2026', Сумма: '1 234,56' },
    after: { ChargePeriodStart: '2026-11-05 00:00:00', BilledCost: '1200', ServiceName: 'Виртуальные машины' },
  })
  expect(preview.first[2]?.after.ChargeCategory).toBe('Tax')

  const saved = await ask<Mapping>('POST', '/api/v1/mappings', { name: 'Hoster', names: proposal.names, definition })
  const done = await importFile(bill, 'format=auto&connection=hoster')
  expect([done.status, done.billFormat, done.rows]).toEqual([
    'succeeded',
    saved.format,
    { read: 4, accepted: 3, quarantined: 1 },
  ])
  expect(done.sums[0]).toMatchObject({ currency: 'RUB', BilledCost: '1566.9' })
  expect(done.problems).toMatchObject([{ row: 4, column: 'Сумма', code: 'not_a_number' }])

  const next = await importFile(bill.replaceAll('.11.2026', '.12.2026'), 'format=auto&connection=hoster')
  expect([next.status, next.billFormat]).toEqual(['succeeded', saved.format])
  expect((await ask<Proposal>('POST', '/api/v1/mappings/propose', { head: bill })).recognised).toEqual({
    id: saved.format,
    name: 'Hoster',
  })
})

test('a change of a mapping keeps what was before, and a removed one can be taken back', async () => {
  const head = 'Day,Amount,Team\n2026-11-05,1.5,a\n'
  const proposal = await ask<Proposal>('POST', '/api/v1/mappings/propose', { head, currency: 'USD' })
  const saved = await ask<Mapping>('POST', '/api/v1/mappings', {
    name: 'Days',
    names: proposal.names,
    definition: proposal.definition,
  })
  const changed = await ask<Mapping>('PUT', `/api/v1/mappings/${saved.id}`, {
    name: 'Days by team',
    definition: { ...proposal.definition, tags: ['Team'] },
  })
  expect([changed.version, changed.name]).toEqual([2, 'Days by team'])
  const { versions } = await ask<{ versions: { version: number; name: string }[] }>(
    'GET',
    `/api/v1/mappings/${saved.id}/history`,
  )
  expect(versions.map(({ version, name }) => [version, name])).toEqual([
    [2, 'Days by team'],
    [1, 'Days'],
  ])
  await ask('DELETE', `/api/v1/mappings/${saved.id}`)
  expect((await importFile(head, 'connection=days')).problems[0]?.code).toBe('format_unknown')
  await ask('POST', `/api/v1/mappings/${saved.id}/restore`)
  expect((await importFile(head, 'connection=days')).billFormat).toBe(saved.format)
  expect(await ask('GET', '/api/v1/mappings/00000000-0000-4000-8000-000000000000')).toMatchObject({
    status: 404,
    code: 'mapping_not_found',
  })
})

test('a report of another format than asked for is refused with the format to ask for', async () => {
  const cur =
    'lineItem/LineItemType,lineItem/UnblendedCost,lineItem/UsageStartDate,lineItem/CurrencyCode\nUsage,1,2026-11-01T00:00:00Z,USD\n'
  const asFocus = await importFile(cur, 'format=focus&connection=cur')
  expect([asFocus.status, asFocus.problems[0]?.code]).toEqual(['failed', 'other_format'])
  expect(asFocus.problems[0]?.message).toContain('format=aws-cur')
  const asOracle = await importFile(cur, 'format=oci-cost&connection=cur')
  expect(asOracle.problems[0]).toMatchObject({ code: 'not_this_format' })
  expect(asOracle.problems[0]?.message).toContain('format=aws-cur')
  expect((await importFile(cur, 'format=aws-cur&connection=cur')).status).toBe('succeeded')
  const { formats } = await ask<{ formats: { id: string }[] }>('GET', '/api/v1/imports/formats')
  expect(formats.map(({ id }) => id)).toContain('aws-cur')
})

describe.skipIf(!haveShared)('daily totals of a public service come in through a mapping to the last digit', () => {
  test.each([
    ['gcp/mybinder-daily-by-category-2017-12-13_2018-12-31.csv', 'category'],
    ['gcp/mybinder-daily-by-project-2017-12-13_2018-12-31.csv', 'project_id'],
  ])('%s', async (file, by) => {
    const content = readFileSync(join(shared, file), 'utf8')
    const proposal = await ask<Proposal>('POST', '/api/v1/mappings/propose', { head: content, currency: 'USD' })
    expect(proposal.definition.columns).toMatchObject({ ChargePeriodStart: 'date', BilledCost: 'cost' })
    await ask('POST', '/api/v1/mappings', {
      name: by,
      names: proposal.names,
      definition: { ...proposal.definition, tags: [by] },
    })
    const expected = JSON.parse(readFileSync(join(shared, 'expected-totals.json'), 'utf8'))[file]
    const done = await importFile(content, `connection=${by}`)
    expect([done.status, done.rows.accepted, done.sums[0]?.BilledCost]).toEqual([
      'succeeded',
      expected.rows,
      expected.totals.cost,
    ])
  })
})
