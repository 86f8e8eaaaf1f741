import { describe, expect, test } from 'vitest'
import {
  abs,
  add,
  bytes,
  compare,
  count,
  date,
  dateRange,
  dateTime,
  delta,
  localParts,
  money,
  moneyParts,
  percent,
  points,
  ratio,
  relativeTime,
  round,
  roundParts,
  subtract,
  sum,
  tokens,
  unitPrice,
} from './index'

const spaced = (text: string) => text.replaceAll('\u00a0', ' ')

describe('decimal strings', () => {
  test('sums keep every digit that a binary float would lose', () => {
    expect(add('0.1', '0.2')).toBe('0.3')
    expect(add('9007199254740993.000000000000000000000000000001', '1')).toBe(
      '9007199254740994.000000000000000000000000000001',
    )
    expect(subtract('1', '1.000000000000000000000000000001')).toBe('-0.000000000000000000000000000001')
    expect(sum(['1.10', null, '2.20'])).toBe('3.3')
    expect(sum([null, undefined])).toBeNull()
  })
  test('order is by value, not by text', () => {
    expect(compare('10', '9.99')).toBe(1)
    expect(compare('1.0', '1.000')).toBe(0)
    expect(compare('-2', '-1')).toBe(-1)
  })
  test('rounding is half away from zero and happens on the exact value', () => {
    expect(round('1.005', 2)).toBe('1.01')
    expect(round('-2.5', 0)).toBe('-3')
    expect(round('0.004', 2)).toBe('0.00')
  })
  test('a share of nothing is unknown', () => {
    expect(ratio('1', '0')).toBeNull()
    expect(ratio('1', '3', 4)).toBe('0.3333')
    expect(ratio('-1', '3', 4)).toBe('-0.3333')
  })
})

describe('amounts read as the table of number formats says', () => {
  test('in full', () => {
    expect(money('118997.4', 'USD', 'en')).toBe('$118,997.40')
    expect(money('174009859.4', 'KRW', 'ko')).toBe('₩174,009,859')
    expect(spaced(money('4420447', 'RUB', 'ru'))).toBe('4 420 447,00 ₽')
    expect(money('-712.5', 'USD', 'en')).toBe('−$712.50')
    expect(money('151.9', 'USD', 'en', { sign: true })).toBe('+$151.90')
  })
  test('in short', () => {
    expect(money('10977.67', 'USD', 'en', { form: 'short', sign: true })).toBe('+$11.0k')
    expect(money('1234567', 'USD', 'en', { form: 'short' })).toBe('$1.2M')
    expect(money('16052697', 'KRW', 'ko', { form: 'short' })).toBe('₩1,605만')
    expect(money('174009859', 'KRW', 'ko', { form: 'short' })).toBe('₩1.74억')
    expect(spaced(money('151940', 'RUB', 'ru', { form: 'short' }))).toBe('151,9 тыс. ₽')
    expect(spaced(money('4420447', 'RUB', 'ru', { form: 'short' }))).toBe('4,42 млн ₽')
    expect(money('712.4', 'USD', 'en', { form: 'short' })).toBe('$712')
    expect(money('999960', 'USD', 'en', { form: 'short' })).toBe('$1.0M')
  })
  test('on an axis', () => {
    expect(money('10000', 'USD', 'en', { form: 'axis' })).toBe('$10k')
    expect(spaced(money('400000', 'RUB', 'ru', { form: 'axis' }))).toBe('400 тыс. ₽')
    expect(money('15000000', 'KRW', 'ko', { form: 'axis' })).toBe('₩1,500만')
    expect(money('0', 'USD', 'en', { form: 'axis' })).toBe('$0')
  })
  test('unknown is a dash and never zero, and what is not zero never reads as zero', () => {
    expect(money(null, 'USD', 'en')).toBe('–')
    expect(money('0', 'USD', 'en')).toBe('$0.00')
    expect(money('0.00004213', 'USD', 'en')).toBe('$0.0000421')
  })
  test('exact form shows all stored digits', () => {
    expect(money('1.2300004', 'USD', 'en', { form: 'exact' })).toBe('$1.2300004')
    expect(money('1', 'USD', 'en', { form: 'exact' })).toBe('$1.00')
  })
  test('unit prices show three significant digits', () => {
    expect(unitPrice('0.0021', 'USD', 'en')).toBe('$0.00210')
    expect(unitPrice('0.001075', 'USD', 'en', { digits: 4 })).toBe('$0.001075')
    expect(spaced(unitPrice('0.0813', 'RUB', 'ru'))).toBe('0,0813 ₽')
  })
  test('decimals of a key figure come apart', () => {
    expect(moneyParts('118997.4', 'USD', 'en')).toEqual({ lead: '$118,997', rest: '.40' })
    expect(moneyParts('5762155', 'KRW', 'ko')).toEqual({ lead: '₩5,762,155', rest: '' })
  })
  test('numbers do not break from their units', () => {
    expect(money('4420447', 'RUB', 'ru')).not.toMatch(/[ ]/)
    expect(percent('0.191', 'ru')).not.toMatch(/[ ]/)
  })
})

test('tokens', () => {
  expect(tokens('47010000000', 'en')).toBe('47.01B')
  expect(tokens('47010000000', 'ko')).toBe('470.1억')
  expect(spaced(tokens('50780000000', 'ru'))).toBe('50,78 млрд')
  expect(tokens('41600000', 'en')).toBe('41.6M')
  expect(tokens('41600000', 'ko')).toBe('4,160만')
  expect(spaced(tokens('97300000', 'ru'))).toBe('97,3 млн')
  expect(tokens('759690', 'en')).toBe('759,690')
  expect(count('1968401', 'en')).toBe('1,968,401')
  expect(spaced(bytes('3400000', 'en'))).toBe('3.4 MB')
})

test('changes', () => {
  expect(delta('110.2', '100', 'en')).toMatchObject({ direction: 'up', text: '+10.2%', amount: '10.2' })
  expect(spaced(delta('119.1', '100', 'ru').text)).toBe('+19,1 %')
  expect(delta('79.9', '100', 'en').text).toBe('−20.1%')
  expect(delta('100.04', '100', 'en')).toMatchObject({ direction: 'flat', text: '0.0%' })
  expect(delta('5', '0', 'en')).toMatchObject({ direction: 'up', text: '–' })
  expect(delta(null, '1', 'en').direction).toBe('unknown')
  expect(spaced(points('0.023', 'ko'))).toBe('+2.3 %p')
})

test('dates are read in the organization’s zone', () => {
  const moment = '2026-11-11T15:30:00Z'
  expect(localParts(moment, 'Asia/Seoul')).toMatchObject({ day: 12, hour: 0, minute: 30, weekday: 4 })
  expect(spaced(date(moment, 'en', 'Asia/Seoul'))).toBe('12 Nov 2026')
  expect(spaced(date(moment, 'ko', 'Asia/Seoul'))).toBe('2026. 11. 12.')
  expect(spaced(date(moment, 'ru', 'Asia/Seoul'))).toBe('12 нояб. 2026')
  expect(spaced(date(moment, 'ru', 'Asia/Seoul', 'weekday'))).toBe('чт 12 нояб. 2026')
  expect(spaced(dateRange('2026-11-01', '2026-11-19', 'en', 'UTC'))).toBe('1–19 Nov 2026')
  expect(spaced(dateRange('2026-11-01', '2026-11-19', 'ko', 'UTC'))).toBe('2026. 11. 1.–19.')
  expect(spaced(dateRange('2026-10-28', '2026-11-03', 'ru', 'UTC'))).toBe('28 окт. – 3 нояб. 2026')
  expect(spaced(dateTime(moment, 'en', 'UTC'))).toBe('11 Nov, 15:30')
  expect(spaced(relativeTime('2026-11-11T15:29:58Z', 'ko', new Date(moment)))).toBe('2초 전')
  expect(spaced(relativeTime('2026-11-11T13:30:00Z', 'ru', new Date(moment)))).toBe('2 ч назад')
})

describe('parts of a sum', () => {
  test('rounded parts add up to the rounded sum, each within one unit of its own value', () => {
    expect(roundParts(['0.333', '0.333', '0.334'], 2)).toEqual(['0.33', '0.33', '0.34'])
    expect(roundParts(['1.5', '1.5', '-0.4'], 0)).toEqual(['2', '1', '0'])
    expect(roundParts(['-0.005', '-0.005'], 2)).toEqual(['0.00', '-0.01'])
    let state = 12345
    const random = () => {
      state = (state * 1103515245 + 12345) % 2147483648
      return state
    }
    for (let round_ = 0; round_ < 500; round_++) {
      const parts = Array.from(
        { length: 1 + (random() % 6) },
        () => `${random() % 2 ? '-' : ''}${random() % 1000}.${random()}`,
      )
      const digits = random() % 4
      const rounded = roundParts(parts, digits)
      expect(round(sum(rounded) ?? '0', digits)).toBe(round(sum(parts) ?? '0', digits))
      const unit = digits === 0 ? '1' : `0.${'0'.repeat(digits - 1)}1`
      for (const [index, part] of rounded.entries())
        expect(compare(abs(subtract(part, parts[index] ?? '0')), unit)).toBeLessThanOrEqual(0)
    }
  })
})
