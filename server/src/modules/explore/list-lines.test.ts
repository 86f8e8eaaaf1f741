import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../primitives/ids'
import { LinesRequest } from './contract'
import { type LedgerFixture, openLedgerFixture } from './ledger-fixture'
import { listLines } from './list-lines'

let ledger: LedgerFixture
let now = Date.parse('2026-03-01T00:00:00Z')
const period = { from: '2026-01-01', to: '2026-02-01' }
const lines = (request: Partial<LinesRequest>, organizationId = ledger.organizationId) =>
  listLines(ledger.explorer, { organizationId, actor: 'test' }, LinesRequest.parse({ period, ...request }))

beforeAll(async () => {
  ledger = await openLedgerFixture({ now: () => now })
  // Many rows at the same second in two batches: only the whole key tells them apart.
  const charges = (n: number, cost: string) =>
    Array.from({ length: n }, (_, i) => ({
      EffectiveCost: cost,
      BilledCost: cost,
      ResourceId: `r${i}`,
      ChargePeriodStart: i % 3 === 0 ? '2026-01-05 00:00:00' : '2026-01-06 00:00:00',
    }))
  await ledger.bill(charges(37, '0.1'))
  await ledger.bill([
    ...charges(20, '0.2'),
    { BilledCost: '7', BillingCurrency: 'RUB', x_Tags: { a: 'b' }, Tags: '{"a":"b"}', x_Extra: { x_Note: '=1+1' } },
  ])
  await ledger.bill(charges(5, '9'), { organizationId: newId() })
  await ledger.calls(
    Array.from({ length: 23 }, (_, i) => ({ StartedAt: `2026-01-07 00:00:0${i % 2}.000`, Team: i < 10 ? 'a' : 'b' })),
  )
})
afterAll(() => ledger.close())

async function allPages(request: Partial<LinesRequest>, between: () => Promise<void> = async () => {}) {
  const rows: (string | null)[][] = []
  let cursor: string | null = null
  let first: Awaited<ReturnType<typeof lines>> | undefined
  do {
    const page: Awaited<ReturnType<typeof lines>> = await lines({ ...request, cursor })
    first ??= page
    rows.push(...page.rows)
    expect([page.totalRows, page.sums, page.asOf]).toEqual([first.totalRows, first.sums, first.asOf])
    cursor = page.nextCursor
    await between()
  } while (cursor !== null)
  return { ...first!, rows }
}

test('pages cover each charge exactly once, and the sums are of all of them', async () => {
  const all = await allPages({ limit: 7 })
  const id = (row: (string | null)[]) =>
    `${row[all.columns.indexOf('x_BatchId')]} ${row[all.columns.indexOf('x_RowNumber')]}`
  expect(all.rows.length).toBe(58)
  expect(new Set(all.rows.map(id)).size).toBe(58)
  expect(all.totalRows).toBe('58')
  expect(all.sums).toEqual([
    { currency: 'RUB', BilledCost: '7', EffectiveCost: null },
    { currency: 'USD', BilledCost: '7.7', EffectiveCost: '7.7' },
  ])
})

test('an import between two pages changes neither the pages nor the sums', async () => {
  let imported = false
  const all = await allPages({ limit: 20 }, async () => {
    if (imported) return
    imported = true
    now += 60_000
    await ledger.bill([{ EffectiveCost: '5', BilledCost: '5', ChargePeriodStart: '2026-01-31 00:00:00' }], {
      at: '2026-03-01 00:00:30.000000',
    })
  })
  expect(all.rows.length).toBe(58)
  expect((await lines({})).totalRows).toBe('59')
  expect((await lines({ asOf: '2026-03-01T00:00:00Z' })).totalRows).toBe('58')
})

test('a line has all FOCUS columns and where it came from; what the source left out is null', async () => {
  const { columns, rows } = await lines({ currency: 'RUB' })
  const cell = Object.fromEntries(columns.map((name, i) => [name, rows[0]![i]]))
  expect(columns.length).toBe(65 + 7)
  expect(cell).toMatchObject({
    BilledCost: '7',
    EffectiveCost: null,
    ListCost: null,
    ResourceId: null,
    Tags: '{"a":"b"}',
    ChargePeriodStart: '2026-01-10T00:00:00Z',
    x_RowNumber: '21',
    x_Basis: 'billed',
    x_Extra: '{"x_Note":"=1+1"}',
  })
})

test('calls are paged the same way, with their units and whether their money counts', async () => {
  const all = await allPages({ kind: 'calls', limit: 5 })
  const column = (name: string) => all.rows.map((row) => row[all.columns.indexOf(name)])
  expect(new Set(column('EventId')).size).toBe(23)
  expect(all.rows.length).toBe(23)
  expect(all.totalRows).toBe('23')
  expect(all.sums).toEqual([{ currency: 'USD', BilledCost: '0.069', EffectiveCost: '0.069' }])
  expect(column('Units')[0]).toBe('["input.text.plain","output.text.visible"]')
  expect(column('Quantities')[0]).toBe('["100","10"]')
  expect(column('UnitCosts')[0]).toBe('["0.001","0.002"]')
  expect(column('TraceId')[0]).toBe(Buffer.from('0123456789abcdef').toString('hex'))
  expect(new Set(column('x_Counted'))).toEqual(new Set(['true']))
  expect(
    (
      await allPages({
        kind: 'calls',
        limit: 5,
        filters: [
          { dimension: 'unit', in: ['output.text.visible'] },
          { dimension: 'team', in: ['a'] },
        ],
      })
    ).rows.length,
  ).toBe(10)
})

test('the dearest calls come first, after any correction, and calls without a price last', async () => {
  const at = (day: number) => ({
    StartedAt: `2026-02-0${day} 00:00:00.000`,
    RecordedAt: `2026-02-0${day} 00:00:01.000`,
  })
  await ledger.calls([
    { ...at(1), Run: 'x', EventId: 901, Cost: '0.5', UnitCosts: ['0.2', '0.3'] },
    { ...at(2), Run: 'x', EventId: 902, Cost: null, UnitCosts: [null, null], CostStatus: 'unpriced', Currency: '' },
    { ...at(3), Run: 'x', EventId: 903, Cost: '2', UnitCosts: ['1', '1'] },
    { ...at(4), Run: 'x', EventId: 904, Cost: '0.1', UnitCosts: ['0.05', '0.05'] },
    { ...at(4), Run: 'y', EventId: 905, Cost: '99', UnitCosts: ['98', '1'] },
    // The dearest turns out to be the cheapest.
    {
      ...at(3),
      RecordedAt: '2026-02-03 00:00:02.000',
      Run: 'x',
      EventId: 903,
      Cost: '2',
      UnitCosts: ['1', '1'],
      Sign: -1,
    },
    {
      ...at(3),
      RecordedAt: '2026-02-03 00:00:02.000',
      Run: 'x',
      EventId: 903,
      Cost: '0.02',
      UnitCosts: ['0.01', '0.01'],
    },
  ])
  const request: Partial<LinesRequest> = {
    period: { from: '2026-02-01', to: '2026-03-01' },
    kind: 'calls',
    order: 'cost',
    filters: [{ dimension: 'run', in: ['x'] }],
  }
  const costs = async (more: Partial<LinesRequest>) => {
    const { columns, rows, nextCursor } = await lines({ ...request, ...more })
    expect(nextCursor).toBeNull()
    return rows.map((row) => [row[columns.indexOf('EventId')], row[columns.indexOf('Cost')]])
  }
  expect(await costs({})).toEqual([
    ['901', '0.5'],
    ['904', '0.1'],
    ['903', '0.02'],
    ['902', null],
  ])
  expect(await costs({ limit: 2 })).toEqual([
    ['901', '0.5'],
    ['904', '0.1'],
  ])
  await expect(lines({ ...request, kind: 'charges' })).rejects.toMatchObject({ code: 'invalid_order' })
})

test('a cursor that was made up is refused', async () => {
  for (const cursor of [
    'x',
    Buffer.from('{}').toString('base64url'),
    Buffer.from(JSON.stringify({ k: 'charges', at: '1) OR (1', batch: 'x', row: '1', asOf: 'x' })).toString(
      'base64url',
    ),
  ]) {
    await expect(lines({ cursor })).rejects.toMatchObject({ kind: 'invalid', code: 'invalid_cursor' })
  }
})
