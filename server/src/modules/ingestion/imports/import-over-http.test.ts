import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
  const pieces: Buffer[] = []
  for await (const piece of ledger.clickhouse.stream({
    name: 'test',
    sql: `SELECT if(number = 4321, NULL, number / 8) AS BilledCost, 'USD' AS BillingCurrency, concat('acc-', toString(number % 2)) AS BillingAccountId,
      toDateTime64('2026-09-02', 6, 'UTC') AS ChargePeriodStart, concat('r', toString(number)) AS ResourceId FROM numbers(${rows})`,
    format: 'Parquet',
    settings: { output_format_parquet_row_group_size: 1000, max_block_size: 500 },
  }))
    pieces.push(piece)
  writeFileSync(path, Buffer.concat(pieces))
  const at = ledger.fresh()
  const outcome = await ledger.bringPath(path, at)
  expect(outcome.rows).toEqual({ read: rows, accepted: rows - 1, quarantined: 1 })
  expect(outcome.problems).toMatchObject([{ row: 4322, column: 'BilledCost', code: 'value_missing' }])
  const cost = ((rows * (rows - 1)) / 2 - 4321) / 8
  expect(await ledger.total(at)).toEqual([{ currency: 'USD', billed: String(cost), rows: String(rows - 1) }])
  expect(await ledger.unequalProofs(at)).toEqual([])

  const bytes = readFileSync(path)
  bytes.fill(0xee, 100, Math.floor(bytes.length / 2))
  writeFileSync(path, bytes)
  await expect(ledger.bringPath(path, ledger.fresh())).rejects.toMatchObject({ code: 'parquet_unreadable' })
})
