import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseDecimal } from '../../../primitives/money'
import { type ClickHouse, openClickHouse } from '../../../storage/clickhouse'
import { ownPublishers, understandColumns } from './understand-columns'

const folder = mkdtempSync(join(tmpdir(), 'infrazen-columns-'))
let clickhouse: ClickHouse
beforeAll(async () => {
  clickhouse = await openClickHouse({ path: folder })
})
afterAll(async () => {
  await clickhouse.close()
  rmSync(folder, { recursive: true, force: true })
})

const plan = understandColumns(
  ['BilledCost', 'ChargePeriodStart', 'ChargePeriodEnd', 'BillingCurrency'].map((name) => ({
    name,
    kind: 'text' as const,
  })),
  [
    { name: 'BilledCost', type: 'decimal' },
    { name: 'ChargePeriodStart', type: 'time' },
    { name: 'ChargePeriodEnd', type: 'time' },
    { name: 'BillingCurrency', type: 'text' },
  ],
  { detectVersion: () => null },
)

test('a row is left out exactly when a reason can be given, whatever stands in it', async () => {
  const messy = fc
    .array(fc.constantFrom(...'0123456789+-.eE, $'.split(''), '1', '2', '', 'NULL', '1234567890'), { maxLength: 12 })
    .map((parts) => parts.join(''))
  const times = fc.constantFrom(
    '2026-09-01',
    '2026-09-01T00:00:00Z',
    '2026-13-01',
    '9/1/26',
    '13/1/26',
    '',
    'NULL',
    'x',
    '1960-01-01',
    '2026-09-02 00:00:00',
    '20260901',
  )
  const rows = fc.sample(
    fc.tuple(messy, times, times, fc.constantFrom('USD', 'usd', '', 'NULL', 'US', 'U$D', ' EUR ')),
    { numRuns: 4000, seed: 7 },
  )
  const columns = [0, 1, 2, 3].map((i) => rows.map((row) => row[i]!))
  const answers = await clickhouse.query<{
    unfit: number
    refused: number
    isNumber: number
    value: string | null
    c0: string
  }>({
    name: 'test',
    sql: `SELECT r.1 AS c0, r.2 AS c1, r.3 AS c2, r.4 AS c3, toUInt8(${plan.unfit}) AS unfit, toUInt8(${plan.refusals.map((r) => `(${r.condition})`).join(' OR ')}) AS refused, toString(${plan.values.get('BilledCost')}) AS value
      FROM (SELECT arrayJoin(arrayZip({a:Array(String)}, {b:Array(String)}, {c:Array(String)}, {d:Array(String)})) AS r)`,
    params: { a: columns[0], b: columns[1], c: columns[2], d: columns[3], ownPublishers },
  })
  expect(answers.length).toBe(4000)
  expect(answers.filter((row) => row.unfit !== row.refused)).toEqual([])
  const good = answers.filter((row) => !row.unfit)
  expect(good.length).toBeGreaterThan(20)
  for (const row of good) expect([row.c0, parseDecimal(row.c0.trim()) !== null]).toEqual([row.c0, true])
})
