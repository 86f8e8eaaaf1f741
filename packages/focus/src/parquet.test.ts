import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, expect, test } from 'vitest'
import { addDecimals, formatDecimal, parseDecimal, zero } from './decimal'
import { readFocusFile } from './read-file'
import { readParquet } from './read-parquet'
import type { FocusRow } from './row'
import { writeParquet, writeParquetBytes } from './write-parquet'

const folder = mkdtempSync(join(tmpdir(), 'focus-parquet-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function rowsOf(source: Awaited<ReturnType<typeof readParquet>>): Promise<FocusRow[]> {
  const rows: FocusRow[] = []
  for await (const { row } of source.records) rows.push(row)
  return rows
}

const headers = ['BilledCost', 'ChargePeriodStart', 'Tags', 'x_Note']
const rows: FocusRow[] = [
  {
    BilledCost: '12345678901234567890.123456789012345678',
    ChargePeriodStart: '2026-05-01T00:00:00Z',
    Tags: '{"a":1}',
    x_Note: 'é',
  },
  { BilledCost: '-0.000000000000000001', ChargePeriodStart: null, Tags: null, x_Note: null },
  { BilledCost: null, ChargePeriodStart: '1969-12-31T23:59:59Z', Tags: '{}', x_Note: '' },
]

test('amounts keep every digit through Parquet, far beyond a double', async () => {
  const path = join(folder, 'exact.parquet')
  await writeParquet(path, headers, rows)
  const source = await readFocusFile(path)
  expect([source.format, source.headers]).toEqual(['parquet', headers])
  expect(await rowsOf(source)).toEqual(rows)
})

test('a number that does not fit is refused, not rounded', async () => {
  await expect(writeParquetBytes(['BilledCost'], [{ BilledCost: '0.1234567890123456789' }])).rejects.toThrow(
    '18 digits',
  )
  await expect(writeParquetBytes(['BilledCost'], [{ BilledCost: '$5' }])).rejects.toThrow('not a number')
  await expect(writeParquetBytes(['ChargePeriodStart'], [{ ChargePeriodStart: '5/1/25' }])).rejects.toThrow(
    'not a UTC instant',
  )
})

test('doubles become their shortest decimal, without exponents', async () => {
  const bytes = new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'EffectiveCost', type: 'DOUBLE', data: [0.1, 1e-7, 1e21, -2.5, 403.459218772133] },
        { name: 'x_Single', type: 'FLOAT', data: [0.1, 0.5, 16777216, 3.3, 0] },
        { name: 'x_Long', type: 'INT64', data: [9007199254740993n, 0n, 1n, 2n, 3n] },
      ],
    }),
  )
  const read = await rowsOf(await readParquet(bytes))
  expect(read.map((row) => row.EffectiveCost)).toEqual([
    '0.1',
    '0.0000001',
    '1000000000000000000000',
    '-2.5',
    '403.459218772133',
  ])
  expect(read.map((row) => row.x_Single)).toEqual(['0.1', '0.5', '16777216', '3.3', '0'])
  expect(read[0]?.x_Long).toBe('9007199254740993')
})

test('several row groups stay in order', async () => {
  const many = Array.from({ length: 45_000 }, (_, index) => ({ BilledCost: `${index}.5` }))
  const path = join(folder, 'groups.parquet')
  await writeParquet(path, ['BilledCost'], many)
  let next = 0
  for await (const { row, rowNumber } of (await readFocusFile(path)).records) {
    if (row.BilledCost !== `${next}.5` || rowNumber !== next + 1)
      throw new Error(`row ${rowNumber} is ${row.BilledCost}`)
    next += 1
  }
  expect(next).toBe(45_000)
})

const costReport = fileURLToPath(new URL('../../../../shared/data/aws-cur/cur-2018-10.snappy.parquet', import.meta.url))
const totals = fileURLToPath(new URL('../../../../shared/data/expected-totals.json', import.meta.url))

test.skipIf(!existsSync(costReport))(
  'a real month of 119,307 rows sums to the last digit (skipped where the shared data is absent)',
  async () => {
    const { readFileSync } = await import('node:fs')
    const expected = JSON.parse(readFileSync(totals, 'utf8'))['aws-cur/cur-2018-10.snappy.parquet']
    // The column's name differs by the tool that made the file; the totals name its meaning.
    const all = await readParquet(costReport)
    const column = all.headers.find((header) => /line_?item_?\/?unblended_?cost/i.test(header))!
    const source = await readParquet(costReport, { columns: [column] })
    let count = 0
    let sum = zero
    for await (const { row } of source.records) {
      count += 1
      const cost = row[column] ?? null
      if (cost !== null) sum = addDecimals(sum, parseDecimal(cost)!)
    }
    expect([count, all.headers.length]).toEqual([expected.rows, expected.columns])
    expect(formatDecimal(sum)).toBe(expected.totals.unblended)
  },
)
