import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetWriteFile } from 'hyparquet-writer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { focusFile, focusLine, openLedger } from './importing.fixture'

// The same imports with the engine on another machine: the file travels as the body of the request.
let ledger: Awaited<ReturnType<typeof openLedger>>
beforeAll(async () => {
  ledger = await openLedger('over HTTP')
})
afterAll(() => ledger.close())

test('a CSV file, its bad rows and its proof', async () => {
  const at = ledger.fresh()
  const outcome = await ledger.bring(focusFile(focusLine('1.5', 'a'), focusLine('x', 'b'), focusLine('2', 'c')), at)
  expect(outcome.rows).toEqual({ read: 3, accepted: 2, quarantined: 1 })
  expect(outcome.problems[0]).toMatchObject({ row: 2, column: 'BilledCost', code: 'not_a_number' })
  expect(await ledger.total(at)).toEqual([{ currency: 'USD', billed: '3.5', rows: '2' }])
  expect(await ledger.unequalProofs(at)).toEqual([])
})

test('a Parquet file of several row groups, its bad rows and its proof', async () => {
  const path = join(ledger.folder, 'bill.parquet')
  const rows = 5000
  const column = <T>(of: (i: number) => T) => Array.from({ length: rows }, (_, i) => of(i))
  parquetWriteFile({
    filename: path,
    columnData: [
      { name: 'BilledCost', data: column((i) => (i === 4321 ? null : i / 8)), type: 'DOUBLE' },
      { name: 'BillingCurrency', data: column(() => 'USD'), type: 'STRING' },
      { name: 'BillingAccountId', data: column((i) => `acc-${i % 2}`), type: 'STRING' },
      { name: 'ChargePeriodStart', data: column(() => new Date('2026-09-02T00:00:00Z')), type: 'TIMESTAMP' },
      { name: 'ResourceId', data: column((i) => `r${i}`), type: 'STRING' },
    ],
    rowGroupSize: 1000,
  })
  const at = ledger.fresh()
  const outcome = await ledger.bringPath(path, at)
  expect(outcome.rows).toEqual({ read: rows, accepted: rows - 1, quarantined: 1 })
  expect(outcome.problems).toMatchObject([{ row: 4322, column: 'BilledCost', code: 'value_missing' }])
  const cost = ((rows * (rows - 1)) / 2 - 4321) / 8
  expect(await ledger.total(at)).toEqual([{ currency: 'USD', billed: String(cost), rows: String(rows - 1) }])
  expect(await ledger.unequalProofs(at)).toEqual([])

  const bytes = readFileSync(path)
  bytes.fill(0xee, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 200)
  writeFileSync(path, bytes)
  await expect(ledger.bringPath(path, ledger.fresh())).rejects.toMatchObject({ code: 'parquet_unreadable' })
})
