import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHttpServer } from '../../http'
import { migratePostgres, openPostgres, type Postgres, tables } from '../../storage/postgres'
import { announceLedgerChange } from '../ledger'
import { type Allocator, allocationRoutes, openAllocator, verifyCertificates } from '.'
import { readCsvRows } from './csv.fixture'
import { type Ledger, openLedger } from './ledger.fixture'

const folder = mkdtempSync(join(tmpdir(), 'infrazen-allocation-'))
let ledger: Ledger
let postgres: Postgres
let allocator: Allocator
let http: FastifyInstance
let now = Date.parse('2026-02-10T12:00:00Z')

beforeAll(async () => {
  ledger = await openLedger()
  postgres = await openPostgres({ path: join(folder, 'pg') })
  await migratePostgres(postgres)
  await postgres.db
    .insert(tables.organizations)
    .values({ id: ledger.organizationId, name: 'Test', timeZone: 'UTC', currency: 'USD', locale: 'en' })
  allocator = openAllocator({
    clickhouse: ledger.clickhouse,
    postgres,
    timeZoneOf: async () => 'UTC',
    now: () => now,
    settleMs: 5,
    onError: (error) => {
      throw error
    },
  })
  http = await createHttpServer({ version: 'test', logger: false, trustedProxies: [], checkAnswers: true })
  http.addHook('onRequest', async (request) => {
    request.scope = { organizationId: ledger.organizationId, actor: 'user:test' }
  })
  await http.register(allocationRoutes({ allocator, organizationName: async () => 'Test' }))
  await http.ready()
})
afterAll(async () => {
  await http?.close()
  await postgres?.close()
  await ledger?.close()
  rmSync(folder, { recursive: true, force: true })
})

const ask = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH', path: string, payload?: object) => {
  const response = await http.inject({ method, url: `/api/v1/allocation${path}`, payload })
  const isJson = String(response.headers['content-type'] ?? '').includes('json')
  return { status: response.statusCode, body: isJson ? response.json() : response.body }
}
const ok = async (...request: Parameters<typeof ask>) => {
  const { status, body } = await ask(...request)
  if (status >= 300) throw new Error(`${request[1]}: ${status} ${JSON.stringify(body)}`)
  return body
}
const line = (team: string | null, cost: string, service = 'Amazon EC2', month = '2026-01') => ({
  x_Tags: team === null ? {} : { team },
  BilledCost: cost,
  EffectiveCost: cost,
  ListCost: cost,
  ContractedCost: cost,
  ServiceName: service,
  ChargePeriodStart: `${month}-10 00:00:00`,
  ChargePeriodEnd: `${month}-11 00:00:00`,
})
const owed = async (month: string) => {
  const { rows } = await ok('GET', `/months/${month}`)
  const sums: Record<string, number> = {}
  for (const row of rows)
    sums[`${row.unit || '-'} ${row.way}`] = (sums[`${row.unit || '-'} ${row.way}`] ?? 0) + Number(row.EffectiveCost)
  return sums
}
const document = {
  version: 1,
  rules: [
    { id: 'support', name: 'Support', when: { dimension: 'service', in: ['Support'] }, assign: { pool: 'support' } },
    {
      id: 'team',
      name: 'Team tag',
      owner: 'finops@example.com',
      when: { all: [] },
      assign: { byDimension: 'tag:team' },
    },
  ],
  pools: [{ key: 'support', name: 'Support', split: { by: 'direct' } }],
}
let january = ''

describe('units', () => {
  it('come from CSV with their tree, and say what is wrong with a line', async () => {
    const csv =
      'key,name,kind,parent,owner,cost_center,aliases\nacme,ACME,business unit,,,,\nalpha,Alpha,team,acme,ann@example.com,CC-1,a-team|alfa\nbeta,Beta,team,ACME,,CC-2,\n!,Bad,team,,,,\nx,X,planet,,,,\n'
    expect(await ok('POST', '/units/import', { csv })).toMatchObject({
      created: 3,
      problems: [
        { line: 5, message: expect.stringContaining('no key') },
        { line: 6, message: expect.stringContaining('planet') },
      ],
    })
    expect(await ok('POST', '/units/import', { csv })).toMatchObject({ created: 0, changed: 0, unchanged: 3 })
    const { units } = await ok('GET', '/units?month=2026-01')
    expect(units.map((unit: { path: string[] }) => unit.path.join('/'))).toEqual(['acme', 'acme/alpha', 'acme/beta'])
  })

  it('come from the values of a tag, once', async () => {
    january = await ledger.bill([
      line('alpha', '60'),
      line('Beta', '30'),
      line('gamma', '10'),
      line('alhpa', '5'),
      line(null, '2'),
      line(null, '20', 'Support'),
    ])
    const request = { month: '2026-01', dimension: 'tag:team', parent: 'acme', values: ['gamma', 'Beta'] }
    expect(await ok('POST', '/units/from-data', request)).toMatchObject({ created: 1, unchanged: 1 })
    expect(await ok('POST', '/units/from-data', request)).toMatchObject({ created: 0 })
  })

  it('move from a month on and keep their history; a change can be taken back', async () => {
    await ok('POST', '/units/gamma/move', { parent: 'alpha', from: '2026-03' })
    const path = async (month: string) =>
      (await ok('GET', `/units?month=${month}`)).units
        .find((unit: { key: string }) => unit.key === 'gamma')
        ?.path.join('/')
    expect([await path('2026-02'), await path('2026-03')]).toEqual(['acme/gamma', 'acme/alpha/gamma'])
    expect((await ok('GET', '/units/gamma/history')).changes).toHaveLength(2)
    await ok('DELETE', '/units/gamma/history?from=2026-03')
    expect(await path('2026-03')).toBe('acme/gamma')
    expect(await ask('POST', '/units/acme/move', { parent: 'alpha', from: '2026-03' })).toMatchObject({
      status: 400,
      body: { code: 'unit_in_itself' },
    })
  })
})

describe('rules', () => {
  it('are previewed before they are published: who gains, who loses, to the unit', async () => {
    const answer = await ok('POST', '/rules/preview', { document, months: ['2026-01'] })
    const { units, coverage, proofHolds } = answer.months[0]
    expect(proofHolds).toBe(true)
    expect(units).toEqual([
      { unit: '', currency: 'USD', before: '0', after: '7', difference: '7' },
      { unit: 'alpha', currency: 'USD', before: '0', after: '72', difference: '72' },
      { unit: 'beta', currency: 'USD', before: '0', after: '36', difference: '36' },
      { unit: 'gamma', currency: 'USD', before: '0', after: '12', difference: '12' },
    ])
    expect(coverage[0]).toMatchObject({ total: '127', direct: '100', shared: '20', unallocated: '7', share: '94.488' })
  })

  it('are checked: what does not exist is named, and nothing is published', async () => {
    const wrong = {
      version: 1,
      rules: [
        { id: 'a', name: 'A', when: { dimension: 'servce', in: ['x'] }, assign: { pool: 'nope' } },
        { id: 'a', name: 'B', when: { dimension: 'service', regex: '(?=x)' }, assign: { unit: 'zeta' } },
      ],
      pools: [{ key: 'p', name: 'P', split: { by: 'fixed', shares: { alpha: '60', beta: '50' } } }],
    }
    const { status, body } = await ask('POST', '/rules', { document: wrong, basedOn: 0 })
    expect(status).toBe(400)
    expect(body.findings.map((finding: { code: string }) => finding.code).sort()).toEqual([
      'bad_regex',
      'empty_pool',
      'over_hundred',
      'twice',
      'unknown_dimension',
      'unknown_pool',
      'unknown_unit',
    ])
    expect((await ok('GET', '/rules')).version).toBe(0)
  })

  it('are published by whoever saw the last version, and open months are computed by them', async () => {
    expect(await ok('POST', '/rules', { document, basedOn: 0, note: 'first' })).toMatchObject({
      version: 1,
      note: 'first',
    })
    expect(await ask('POST', '/rules', { document: { ...document, pools: [], rules: [] }, basedOn: 0 })).toMatchObject({
      status: 409,
      body: { code: 'rules_changed_meanwhile' },
    })
    await allocator.settled()
    expect(await owed('2026-01')).toEqual({
      '- unallocated': 7,
      'alpha direct': 60,
      'alpha shared': 12,
      'beta direct': 30,
      'beta shared': 6,
      'gamma direct': 10,
      'gamma shared': 2,
    })
    const { months } = await ok('GET', '/months')
    expect(months[0].run).toMatchObject({ ruleSetVersion: 1, batches: [january], reason: 'rules published', rows: 6 })
    expect(months[0].run.proof.every((proof: { equal: boolean }) => proof.equal)).toBe(true)
  })

  it('suggest the next rule from the money that none takes, wrong spellings first', async () => {
    const { unallocated, suggestions } = await ok('POST', '/rules/suggest', { month: '2026-01' })
    expect(unallocated).toEqual([{ currency: 'USD', amount: '7' }])
    expect(suggestions[0]).toMatchObject({ value: 'alhpa', amount: '5', unit: 'alpha', reason: 'spelling' })
    expect(suggestions.find((s: { dimension: string }) => s.dimension === 'service')).toMatchObject({
      value: 'Amazon EC2',
      amount: '7',
      reason: 'largest',
    })
  })

  it('go out as a file, come back as the same document, and say what applying a file would change', async () => {
    const { body: text } = await ask('GET', '/rules/file')
    expect(text).toContain('id: team')
    expect(await ok('POST', '/rules/file/plan', { text })).toMatchObject({ basedOn: 1, steps: [] })
    const changed = text.replace('name: Team tag', 'name: Team label')
    expect((await ok('POST', '/rules/file/plan', { text: changed })).steps).toMatchObject([
      { what: 'rule', id: 'team', change: 'changed' },
    ])
    expect(await ask('POST', '/rules/file/apply', { text: 'version: 1\nrules:\n  - id: X' })).toMatchObject({
      status: 400,
      body: {
        code: 'bad_rule_file',
        problems: expect.arrayContaining([expect.objectContaining({ at: 'rules[0].id' })]),
      },
    })
    expect(await ok('POST', '/rules/file/apply', { text: changed, note: 'from git' })).toMatchObject({
      version: 2,
      note: 'from git',
    })
    await allocator.settled()
    expect((await ok('GET', '/rules/schema')).properties).toHaveProperty('rules')
  })
})

describe('explaining', () => {
  it('says of one line which rules it passed and where its money went', async () => {
    expect(await ok('GET', `/lines/${january}/6`)).toMatchObject({
      month: '2026-01',
      way: 'shared',
      pool: 'support',
      steps: [{ rule: 'support', taken: true, seen: { service: 'Support' } }],
      parts: [
        { unit: 'alpha', fraction: '0.6', EffectiveCost: '12' },
        { unit: 'beta', fraction: '0.3', EffectiveCost: '6' },
        { unit: 'gamma', fraction: '0.1', EffectiveCost: '2' },
      ],
    })
    expect(await ok('GET', `/lines/${january}/4`)).toMatchObject({
      way: 'unallocated',
      steps: [
        { rule: 'support', taken: false, why: 'condition' },
        { rule: 'team', taken: false, why: 'no_unit', seen: { 'tag:team': 'alhpa' } },
      ],
      parts: [{ unit: '', EffectiveCost: '5' }],
    })
  })

  it('says what the total of a unit and all below it is made of', async () => {
    const { totals, rows } = await ok('GET', '/months/2026-01/units/acme/explanation')
    expect(totals).toEqual([
      { currency: 'USD', BilledCost: '120', EffectiveCost: '120', ListCost: '120', ContractedCost: '120' },
    ])
    expect(rows).toContainEqual(
      expect.objectContaining({ unit: 'beta', way: 'shared', pool: 'support', rule: 'support', EffectiveCost: '6' }),
    )
  })

  it('exports FOCUS rows whose split-cost columns carry the allocation and whose sums are those of the run', async () => {
    const rows = readCsvRows(await ok('GET', '/months/2026-01/focus.csv'))
    expect(rows).toHaveLength(8)
    expect(rows.reduce((sum, row) => sum + Number(row.BilledCost), 0)).toBe(127)
    expect(rows.filter((row) => row.AllocatedMethodId !== '')).toMatchObject([
      {
        AllocatedMethodId: 'infrazen/support',
        AllocatedResourceId: 'alpha',
        AllocatedResourceName: 'Alpha',
        BilledCost: '12',
        AllocatedMethodDetails: '{"Elements":[{"AllocatedRatio":0.6}]}',
      },
      { AllocatedResourceId: 'beta', BilledCost: '6' },
      { AllocatedResourceId: 'gamma', BilledCost: '2' },
    ])
    expect(JSON.parse(rows.find((row) => row.AllocatedResourceId === 'alpha')!.AllocatedTags!)).toEqual({
      'infrazen/unit': 'alpha',
      'infrazen/path': 'acme/alpha',
      'infrazen/kind': 'team',
      'infrazen/cost-center': 'CC-1',
    })
  })
})

describe('restatements and closing', () => {
  it('a restated bill computes its open month again', async () => {
    const restated = await ledger.bill([line('alpha', '80'), line('Beta', '30')], [january])
    announceLedgerChange(ledger.organizationId, 'batch')
    await allocator.settled()
    expect(await owed('2026-01')).toEqual({ 'alpha direct': 80, 'beta direct': 30 })
    const { months } = await ok('GET', '/months')
    expect(months[0].run).toMatchObject({ batches: [restated], reason: 'bill changed' })
    january = restated
  })

  it('closing freezes a month with a certificate that can be checked offline', async () => {
    expect(await ask('POST', '/months/2026-02/close')).toMatchObject({ status: 409, body: { code: 'month_not_over' } })
    const certificate = await ok('POST', '/months/2026-01/close')
    expect(verifyCertificates([certificate])).toEqual([])
    const [stored] = await ok('GET', '/certificates')
    expect(stored).toEqual(certificate)
    expect(
      verifyCertificates([
        { ...certificate, sums: [{ ...certificate.sums[0], BilledCost: '81' }, ...certificate.sums.slice(1)] },
      ]).map(({ problem }) => problem),
    ).toEqual([
      expect.stringContaining('changed after closing'),
      expect.stringContaining('the units owe 111, the sources say 110'),
    ])
    expect(await ask('POST', '/runs', { month: '2026-01' })).toMatchObject({
      status: 409,
      body: { code: 'month_closed' },
    })
  })

  it('a later restatement of a closed month is booked in the next open month, once, and shown as such', async () => {
    await ledger.bill([line('alpha', '7', 'Amazon EC2', '2026-02')])
    await ledger.bill([line('alpha', '70'), line('Beta', '35')], [january])
    announceLedgerChange(ledger.organizationId, 'batch')
    await allocator.settled()
    expect(await owed('2026-01')).toEqual({ 'alpha direct': 80, 'beta direct': 30 })
    expect(await owed('2026-02')).toEqual({ 'alpha direct': 7, 'alpha adjustment': -10, 'beta adjustment': 5 })
    const february = (await ok('GET', '/months')).months.find((month: { month: string }) => month.month === '2026-02')
    expect(february.run.proof[0]).toMatchObject({ source: '7', allocated: '7', adjustments: '-5', equal: true })

    now = Date.parse('2026-03-10T12:00:00Z')
    const certificate = await ok('POST', '/months/2026-02/close')
    expect(verifyCertificates([...(await ok('GET', '/certificates'))])).toEqual([])
    expect(certificate.previous).toBe((await ok('GET', '/months/2026-01/certificate')).hash)
    await ledger.bill([line('alpha', '1', 'Amazon EC2', '2026-03')])
    announceLedgerChange(ledger.organizationId, 'batch')
    await allocator.settled()
    expect(await owed('2026-03')).toEqual({ 'alpha direct': 1 })
  })

  it('the last closed month can be opened again', async () => {
    expect(await ask('POST', '/months/2026-01/reopen')).toMatchObject({
      status: 409,
      body: { code: 'later_month_closed' },
    })
    await ok('POST', '/months/2026-02/reopen')
    expect(
      (await ok('GET', '/months')).months.find((month: { month: string }) => month.month === '2026-02').state,
    ).toBe('open')
    await allocator.settled()
  })
})

describe('statements', () => {
  it('add up to the run, carry disputes with owner and status, and go out as CSV and journal', async () => {
    const statement = await ok('GET', '/months/2026-01/statements/acme')
    expect(statement).toMatchObject({
      organization: 'Test',
      name: 'ACME',
      state: 'closed',
      totals: [{ currency: 'USD', BilledCost: '110' }],
    })
    const dispute = await ok('POST', '/months/2026-01/statements/alpha/comments', {
      kind: 'dispute',
      text: 'Not ours',
      owner: 'ann@example.com',
    })
    expect(dispute).toMatchObject({ status: 'open', owner: 'ann@example.com', actor: 'user:test' })
    expect(await ok('PATCH', `/comments/${dispute.id}`, { status: 'accepted' })).toMatchObject({ status: 'accepted' })
    expect((await ok('GET', '/months/2026-01/comments')).comments).toHaveLength(1)
    const rows = readCsvRows(await ok('GET', '/months/2026-01/statements/acme/statement.csv'))
    expect(rows.map((row) => [row.unit, row.BilledCost])).toEqual([
      ['alpha', '80'],
      ['beta', '30'],
    ])
    const journal = readCsvRows(await ok('GET', '/months/2026-01/journal.csv'))
    expect(journal.map((row) => [row.account, row.cost_center, row.debit, row.credit])).toEqual([
      ['CLOUD-COST', 'CC-1', '80.00', ''],
      ['CLOUD-COST', 'CC-2', '30.00', ''],
      ['CLOUD-CLEARING', '', '', '110.00'],
    ])
  })
})
