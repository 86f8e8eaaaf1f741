import { createWriteStream, readFileSync } from 'node:fs'
import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { focusFile, focusHeader, focusLine, openLedger } from './importing.fixture'

let ledger: Awaited<ReturnType<typeof openLedger>>
beforeAll(async () => {
  ledger = await openLedger()
})
afterAll(() => ledger.close())

/** Refused whole: the code, a sentence that says what to do, and nothing of it in the ledger or in quarantine. */
async function refused(content: string | Buffer | { path: string }, code: string, words: RegExp = /./) {
  const at = ledger.fresh()
  const work =
    typeof content === 'object' && 'path' in content ? ledger.bringPath(content.path, at) : ledger.bring(content, at)
  await expect(work).rejects.toMatchObject({ code, message: expect.stringMatching(words) })
  const left = await ledger.clickhouse.query({
    name: 'test',
    sql: 'SELECT 1 FROM charges_v1 WHERE x_OrganizationId = {o:UUID} UNION ALL SELECT 1 FROM quarantined_rows_v1 WHERE OrganizationId = {o:UUID}',
    params: { o: at.organizationId },
  })
  expect(left).toEqual([])
}

const some = focusFile(...Array.from({ length: 200 }, (_, i) => focusLine(`${i}.25`, `r${i}`)))
const zstd = (payload: Buffer, window: number) =>
  // One frame with a raw block: magic, descriptor without checksum, window, block header (last, raw), bytes.
  Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, window]),
    Buffer.from([1 | ((payload.length << 3) & 255), (payload.length >> 5) & 255, (payload.length >> 13) & 255]),
    payload,
  ])

test('an empty file, and one of column names alone', async () => {
  await refused('', 'file_empty', /empty/)
  await refused(gzipSync(''), 'file_empty', /empty/)
  await refused(focusHeader, 'no_rows', /no rows/)
  await refused(`${focusHeader}\r\n\r\n`, 'no_rows')
})

test('another kind of file under the name of a bill, packed or not', async () => {
  const html = '<!DOCTYPE html>\n<html><body>Please sign in</body></html>\n'
  await refused(html, 'unsupported_content', /HTML.*Export the bill/)
  await refused(`\uFEFF \n${html}`, 'unsupported_content', /HTML/)
  await refused(gzipSync(html), 'unsupported_content', /HTML/)
  await refused('{"rows": []}\n', 'unsupported_content', /JSON/)
  await refused('[\n  {"BilledCost": 1}\n]\n', 'unsupported_content', /JSON/)
  await refused(Buffer.from(some, 'utf16le'), 'unsupported_content', /UTF-16/)
  await refused(
    Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(some, 'utf16le')]),
    'unsupported_content',
    /UTF-16/,
  )
  await refused(gzipSync(gzipSync(some)), 'unsupported_content', /twice/)
  await refused(Buffer.from('504b030414000600', 'hex'), 'unsupported_content', /ZIP/)
  await refused('a,b\n1,2\n', 'not_focus', /BilledCost/)
  await refused('just one line of prose', 'not_focus')
})

test('cut off and damaged archives', async () => {
  const packed = gzipSync(some)
  await refused(packed.subarray(0, packed.length - 12), 'archive_damaged', /Download the file again/)
  const bent = Buffer.from(packed)
  bent[bent.length >> 1]! ^= 0xff
  await refused(bent, 'archive_damaged')
  const frame = zstd(Buffer.from(some), 0x50)
  const at = ledger.fresh()
  expect((await ledger.bring(frame, at)).rows).toEqual({ read: 200, accepted: 200, quarantined: 0 })
  await refused(frame.subarray(0, frame.length - 5), 'archive_damaged', /cut off/)
  await refused(frame.subarray(0, 5), 'archive_damaged')
  await refused(Buffer.concat([frame, Buffer.from('rubbish')]), 'archive_damaged')
})

test('a small file that unpacks to a huge one is stopped, and one that wants a huge window never starts', async () => {
  const path = join(ledger.folder, 'bomb.gz')
  const line = Buffer.from(`${focusLine('1', 'a', '01', 'x'.repeat(900))}\n`.repeat(1000))
  const bomb = async function* () {
    yield Buffer.from(`${focusHeader}\n`)
    for (let i = 0; i < 300; i++) yield line
  }
  await pipeline(Readable.from(bomb()), createGzip({ level: 9 }), createWriteStream(path))
  expect(readFileSync(path).length).toBeLessThan(3_000_000)
  await refused({ path }, 'archive_bomb', /unpack it yourself/)
  await refused(zstd(Buffer.from(some), 0xf0), 'window_too_large', /MiB/)
})

test('lines without end and columns without number cost no memory', async () => {
  const path = join(ledger.folder, 'long.csv')
  await writeFile(path, `${some}"`)
  await truncate(path, 1_000_000_000)
  const before = process.memoryUsage().rss
  await refused({ path }, 'record_too_long', /Row 201 .*quote/)
  await writeFile(path, 'BilledCost,')
  await truncate(path, 1_000_000_000)
  await refused({ path }, 'unsupported_content', /binary/)
  await writeFile(path, 'x'.repeat(3_000_000))
  await refused({ path }, 'no_header', /1 MiB/)
  expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000)
  const wide = Array.from({ length: 100_000 }, (_, i) => `c${i}`).join(',')
  await refused(`BilledCost,ChargePeriodStart,${wide}\n`, 'too_many_columns', /100002 columns; 2000/)
})

test('a wide file that is a bill comes in whole, as CSV and as Parquet', async () => {
  const names = Array.from({ length: 900 }, (_, i) => `x_Tag${i}`)
  const line = (i: number) => `${i},USD,2026-09-01,${names.map((_, k) => `v${(i + k) % 7}`).join(',')}`
  const at = ledger.fresh()
  const text = `BilledCost,BillingCurrency,ChargePeriodStart,${names.join(',')}\n${Array.from({ length: 500 }, (_, i) => line(i)).join('\n')}\nx${line(1)}\n`
  const outcome = await ledger.bring(text, at)
  expect(outcome.rows).toEqual({ read: 501, accepted: 500, quarantined: 1 })
  const path = join(ledger.folder, 'wide.parquet')
  await ledger.clickhouse.command({
    name: 'test',
    sql: `INSERT INTO FUNCTION file('${path}', 'Parquet') SELECT number AS BilledCost, 'USD' AS BillingCurrency, toDateTime64('2026-09-01', 3, 'UTC') AS ChargePeriodStart, ${names.map((name, k) => `concat('v', toString((number + ${k}) % 7)) AS ${name}`).join(', ')} FROM numbers(500)`,
  })
  expect((await ledger.bringPath(path, at)).rows).toEqual({ read: 500, accepted: 500, quarantined: 0 })
  const cells = await ledger.clickhouse.query({
    name: 'test',
    sql: "SELECT x_Extra['x_Tag899'] AS cell FROM charges_v1 WHERE x_OrganizationId = {o:UUID} AND x_RowNumber = 4",
    params: { o: at.organizationId },
  })
  expect(cells).toEqual([{ cell: 'v6' }, { cell: 'v6' }])
}, 240_000)

test('a known column that stands twice is refused; another one is kept under a name of its own', async () => {
  await refused('BilledCost,billedcost,ChargePeriodStart\n1,2,2026-01-01\n', 'duplicate_column', /billedcost/i)
  const at = ledger.fresh()
  const outcome = await ledger.bring('BilledCost,ChargePeriodStart,Mine,Mine,\n1,2026-01-01,a,b,c\n', at)
  expect(outcome.findings.map((f) => f.code)).toContain('column_renamed')
  const rows = await ledger.clickhouse.query({
    name: 'test',
    sql: 'SELECT x_Extra FROM charges_v1 WHERE x_OrganizationId = {o:UUID}',
    params: { o: at.organizationId },
  })
  expect(rows).toEqual([{ x_Extra: { Mine: 'a', 'Mine (2)': 'b', 'column 5': 'c' } }])
})

test('line ends: CRLF is read, a lone CR is refused with what to do', async () => {
  const at = ledger.fresh()
  expect(
    (await ledger.bring(focusFile(focusLine('1', 'a'), focusLine('2', 'b')).replaceAll('\n', '\r\n'), at)).rows
      .accepted,
  ).toBe(2)
  expect(await ledger.total(at)).toEqual([{ currency: 'USD', billed: '3', rows: '2' }])
  await refused(focusFile(focusLine('1', 'a')).replaceAll('\n', '\r'), 'line_ends', /LF or CRLF/)
})

test('NUL bytes, open quotes and short rows wait in quarantine with row and remedy; the rows around them count', async () => {
  const at = ledger.fresh()
  const outcome = await ledger.bring(
    focusFile(
      focusLine('1', 'a'),
      focusLine('2', 'b\u0000c'),
      focusLine('3', 'd'),
      'short,row',
      focusLine('4', '"e"f'),
      focusLine('5', 'g'),
      focusLine('6', '"never closed'),
      focusLine('7', 'swallowed'),
    ),
    at,
  )
  expect(outcome.problems.map((p) => [p.row, p.code])).toEqual([
    [2, 'nul_byte'],
    [4, 'too_few_fields'],
    [5, 'quote_misplaced'],
    [7, 'quote_unbalanced'],
  ])
  for (const problem of outcome.problems) expect(problem.message).toMatch(/\. /)
  expect(await ledger.total(at)).toEqual([{ currency: 'USD', billed: '9', rows: '3' }])
  expect(await ledger.unequalProofs(at)).toEqual([])
})

test('text that is not UTF-8 is refused near its row', async () => {
  await refused(Buffer.from(focusFile(focusLine('1', 'caf\u00e9')), 'latin1'), 'not_utf8', /row 1/)
})
