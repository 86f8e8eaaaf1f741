import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDecimal } from '../../../../primitives/money'
import { CsvScanner, readHeader } from './scan-csv'

const columns = {
  fieldCount: 3,
  delimiter: 44,
  amounts: new Map([[1, { names: ['BilledCost'] }]]),
  texts: [2],
  presence: [],
}

function scan(text: string, cut: number) {
  const scanner = new CsvScanner(columns, 64)
  const chunks = []
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += cut) chunks.push(...scanner.push(bytes.subarray(at, at + cut)))
  chunks.push(...scanner.finish())
  return {
    rows: scanner.rows,
    chunks,
    sums: Object.fromEntries(
      scanner.settle().map((group) => [group.texts.get(2), formatDecimal(group.total(1) ?? { units: 0n, scale: 0 })]),
    ),
  }
}

test('quotes, line ends, blank lines and cuts of the stream leave rows and sums as they are', () => {
  const text = 'a,1.5,USD\r\n"x ""y"",\nz","0.25",USD\n\n  \nb,-3,EUR\nc,1e-7,USD'
  for (let cut = 1; cut < 20; cut++) {
    const { rows, sums, chunks } = scan(text, cut)
    expect(rows).toBe(4)
    expect(sums).toEqual({ USD: '1.7500001', EUR: '-3' })
    expect(chunks.flatMap((c) => c.malformed)).toEqual([])
    expect(chunks.map((c) => c.firstRow)[0]).toBe(1)
  }
})

test('a record with the wrong number of fields is set aside and the rows after it keep their numbers', () => {
  const { rows, chunks, sums } = scan('a,1,USD\nb,2\nc,3,USD,extra\nd"x,4,USD\n"e"f,5,USD\ng,6,USD\n', 7)
  expect(rows).toBe(6)
  expect(chunks.flatMap((c) => c.malformed).map((m) => [m.row, m.code])).toEqual([
    [2, 'too_few_fields'],
    [3, 'too_many_fields'],
    [5, 'quote_misplaced'],
  ])
  expect(sums).toEqual({ USD: '11' })
  expect(
    Buffer.concat(chunks.map((c) => c.bytes))
      .toString()
      .trimEnd()
      .split('\n'),
  ).toHaveLength(6)
})

test('a quote that never closes costs the rest of the file, and says so', () => {
  const { chunks } = scan('a,1,USD\n"b,2,USD\nc,3,USD\n', 5)
  expect(chunks.flatMap((c) => c.malformed).map((m) => [m.row, m.code])).toEqual([[2, 'quote_unbalanced']])
})

test('the sum of any amounts is exact, wherever the stream is cut', () => {
  const amount = fc.tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), fc.integer({ min: 0, max: 20 }))
  fc.assert(
    fc.property(fc.array(amount, { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 50 }), (amounts, cut) => {
      const text = amounts.map(([units, scale]) => `x,${formatDecimal({ units, scale })},USD\n`).join('')
      const top = 10n ** 20n
      const expected = amounts.reduce((sum, [units, scale]) => sum + (units * top) / 10n ** BigInt(scale), 0n)
      expect(scan(text, cut).sums).toEqual({ USD: formatDecimal({ units: expected, scale: 20 }) })
    }),
    { numRuns: 60 },
  )
})

test('the header is read with a byte-order mark, quotes and any usual delimiter', () => {
  expect(readHeader(Buffer.from('\uFEFF"A, x";B ;C\r\n1;2;3\n'))).toMatchObject({
    names: ['A, x', 'B', 'C'],
    delimiter: 59,
  })
  expect(readHeader(Buffer.from('A,B,C\n'))).toMatchObject({ names: ['A', 'B', 'C'], delimiter: 44 })
})
