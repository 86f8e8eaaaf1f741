import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CsvError, detectDelimiter, readCsv } from './read-csv'
import type { FocusRecord, FocusRow } from './row'
import { writeCsv } from './write-csv'

async function read(
  text: string | Uint8Array,
  options = {},
): Promise<{ headers: readonly string[]; records: FocusRecord[]; problems: readonly string[] }> {
  const source = await readCsv(typeof text === 'string' ? Buffer.from(text) : text, options)
  const records: FocusRecord[] = []
  for await (const record of source.records) records.push(record)
  return { headers: source.headers, records, problems: source.headerProblems }
}

async function written(headers: string[], rows: FocusRow[]): Promise<string> {
  let text = ''
  for await (const line of writeCsv(headers, rows)) text += line
  return text
}

async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test('an empty cell is null and a quoted empty cell is empty text', async () => {
  const { records } = await read('A,B,C\n,"",x\n')
  expect(records[0]?.row).toEqual({ A: null, B: '', C: 'x' })
})

test('byte order mark, CRLF, blank lines, quotes and line breaks in cells are understood', async () => {
  const { headers, records } = await read('\uFEFFA;B\r\n\r\n"x; ""y""";"two\r\nlines"\r\n\r\n1;2')
  expect(headers).toEqual(['A', 'B'])
  expect(records.map((record) => record.row)).toEqual([
    { A: 'x; "y"', B: 'two\r\nlines' },
    { A: '1', B: '2' },
  ])
  expect(records.map((record) => record.rowNumber)).toEqual([1, 2])
})

test('UTF-16 with a byte order mark is read', async () => {
  const { records } = await read(Buffer.from('\uFEFFA\tB\né\t한\n', 'utf16le'))
  expect(records[0]?.row).toEqual({ A: 'é', B: '한' })
})

test('a row of another length keeps all its cells and says so', async () => {
  const { records } = await read('A,B\n1,2,3\n1\n')
  expect(records[0]?.cells).toEqual(['1', '2', '3'])
  expect(records.map((record) => record.problem)).toEqual([
    '3 cells where the header has 2',
    '1 cells where the header has 2',
  ])
})

test('repeated and nameless columns do not hide one another', async () => {
  const { records, problems } = await read('A,A,\n1,2,3\n')
  expect(records[0]?.row).toEqual({ A: '1', 'A#2': '2', 'Column#3': '3' })
  expect(problems).toHaveLength(2)
})

test('a quote left open ends in a problem or an error, never in a lost row', async () => {
  const { records } = await read('A,B\n1,"open\n2,3\n')
  expect(records[0]?.problem).toContain('a quote is not closed')
  expect(records[0]?.row.B).toBe('open\n2,3\n')
  await expect(read(`A,B\n1,"${'x'.repeat(5000)}\n`, { longestRecord: 1000 })).rejects.toBeInstanceOf(CsvError)
  await expect(read('')).rejects.toThrow('empty')
})

test('bytes that are no text are noticed', async () => {
  const { records } = await read(Buffer.from([0x41, 0x2c, 0x42, 0x0a, 0xff, 0x2c, 0x31, 0x0a]))
  expect(records[0]?.problem).toContain('not valid text')
})

test('the delimiter is the one under which FOCUS columns appear', () => {
  expect(detectDelimiter('BilledCost;EffectiveCost;"a,b,c,d,e"')).toBe(';')
  expect(detectDelimiter('BilledCost|ChargeCategory')).toBe('|')
  expect(detectDelimiter('foo\tbar\tbaz')).toBe('\t')
})

describe('compressed', () => {
  const text = `A,B\n${Array.from({ length: 3000 }, (_, index) => `${index},"row ${index}"`).join('\n')}\n`

  test('gzip is recognised from the content', async () => {
    const source = await readCsv(pieces(gzipSync(text), 1000))
    let count = 0
    for await (const { row } of source.records) expect(row.A).toBe(String(count++))
    expect([source.compression, count]).toEqual(['gzip', 3000])
  })

  // 'A,B' and the lines 'n,row n²' for n below 60, compressed by the reference implementation at level 19.
  const zstd = Buffer.from(
    'KLUv/WScAQUHALbUKxGwV3MHaJgeSrS9Scg2CIgz6ycAJgAlAAJeVJxEiNeVXw1vhVPII8hpd8u+Cq6pSehiv7kyeQAOBUMgJgQGAZSZxTniYmbt5JrJJwKBXIKSSYrkElQ+oZFrIrOUIxoy63hljJ8FrE4SQr3m2q82vSWQTmOPqOgUurmtzVcjmOtqJhGai9j5bOZKBNN6dGuMvoqArmHRJDFEF6/0hQ3dEAjNKNIRFDSj1xtj/UIEvRg7qBAcJPF1A9AVqwEQYn02sQIIiop9bUHjPSvCULAEDQnmndrl2c5m7rniDUgKYJiLEw==',
    'base64',
  )

  test('zstd is recognised from the content', async () => {
    const source = await readCsv(pieces(zstd, 50))
    let count = 0
    for await (const { row } of source.records) {
      expect(row).toEqual({ A: String(count), B: `row ${count * count}` })
      count += 1
    }
    expect([source.compression, count]).toEqual(['zstd', 60])
  })

  test('a zstd cut short fails instead of ending early', async () => {
    await expect(
      (async () => {
        const source = await readCsv(zstd.subarray(0, zstd.length - 40))
        for await (const _ of source.records);
      })(),
    ).rejects.toThrow()
  })

  test('a gzip cut short fails instead of ending early', async () => {
    await expect(
      (async () => {
        const source = await readCsv(gzipSync(text).subarray(0, 2000))
        for await (const _ of source.records);
      })(),
    ).rejects.toThrow()
  })
})

test('what is written reads back the same, however the bytes are cut', async () => {
  const cell = fc.option(fc.oneof(fc.string({ maxLength: 12 }), fc.stringMatching(/^[",\r\n; \t"']{0,8}$/)), {
    nil: null,
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 }),
      fc.integer({ min: 1, max: 40 }),
      async (table, size) => {
        const headers = ['BilledCost', 'Tags', 'x_Note']
        const rows = table.map(([a, b, c]) => ({ BilledCost: a, Tags: b, x_Note: c }))
        const bytes = Buffer.from(await written(headers, rows))
        const source = await readCsv(pieces(bytes, size))
        const back: FocusRow[] = []
        for await (const { row, problem } of source.records) {
          expect(problem === null || problem.includes('not valid text')).toBe(true)
          back.push(row)
        }
        // A row of nulls only is a line of delimiters, so it is no blank line.
        expect(back).toEqual(rows)
      },
    ),
    { numRuns: 300 },
  )
})

test('a column the headers do not name is refused, not lost', async () => {
  await expect(written(['A'], [{ A: '1', B: '2' }])).rejects.toThrow('B')
})
