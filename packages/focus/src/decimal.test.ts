import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addDecimals,
  compareDecimals,
  formatDecimal,
  integerSquareRoot,
  multiplyDecimals,
  parseDecimal,
  shortestDecimal,
  shortestSingleDecimal,
  subtractDecimals,
} from './decimal'

const decimal = fc.record({
  units: fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
  scale: fc.integer({ min: 0, max: 30 }),
})

test('sums, differences and products are exact', () => {
  const sum = (a: string, b: string) => formatDecimal(addDecimals(parseDecimal(a)!, parseDecimal(b)!))
  expect(sum('0.1', '0.2')).toBe('0.3')
  expect(sum('1E-18', '99999999999999999999')).toBe('99999999999999999999.000000000000000001')
  expect(formatDecimal(multiplyDecimals(parseDecimal('0.0000004137492')!, parseDecimal('-3')!))).toBe(
    '-0.0000012412476',
  )
  expect(formatDecimal(parseDecimal('-0.000')!)).toBe('0')
  fc.assert(fc.property(decimal, decimal, (a, b) => compareDecimals(subtractDecimals(addDecimals(a, b), b), a) === 0))
})

test('what is written reads back the same', () => {
  fc.assert(fc.property(decimal, (value) => compareDecimals(parseDecimal(formatDecimal(value))!, value) === 0))
})

test('the shortest decimal of a double is that double again, and has no exponent', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = shortestDecimal(value)
      expect(text).toMatch(/^-?\d+(\.\d+)?$/)
      expect(Number(text) === value).toBe(true)
    }),
  )
  fc.assert(
    fc.property(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      (value) => Math.fround(Number(shortestSingleDecimal(value))) === value,
    ),
  )
  expect(shortestDecimal(Number.NaN)).toBe('NaN')
})

test('an exponent that would only fill memory is no number', () => {
  expect(parseDecimal('1e401')).toBeNull()
  expect(parseDecimal('1e-400')).not.toBeNull()
})

test('square roots are rounded down', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), (value) => {
      const root = integerSquareRoot(value)
      expect(root * root <= value && (root + 1n) * (root + 1n) > value).toBe(true)
    }),
  )
})
