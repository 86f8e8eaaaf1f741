import { expect, test } from 'vitest'
import { proposeMapping } from './propose-mapping'

const fieldsOf = (names: string[], rows: string[][], options = {}) => proposeMapping(names, rows, options)

test('a Russian bill with decimal commas and days before months is understood from its words and values', () => {
  const { definition, fields } = fieldsOf(
    ['Дата', 'Услуга', 'Проект', 'Сумма, руб.', 'Скидка', 'Отдел'],
    [
      ['05.11.2026', 'Виртуальные машины', 'alpha', '1 234,56', '-12,00', 'Поиск'],
      ['17.11.2026', 'Хранилище', 'beta', '99,9', '0', 'Реклама'],
    ],
    { delimiter: ';' },
  )
  expect(definition).toEqual({
    columns: { ChargePeriodStart: 'Дата', BilledCost: 'Сумма, руб.', ServiceName: 'Услуга', SubAccountId: 'Проект' },
    constants: { BillingCurrency: 'RUB' },
    numbers: { decimal: ',' },
    dates: { order: 'dmy' },
    adjustments: [{ column: 'Скидка', sign: '+' }],
    categories: null,
    tags: ['Отдел'],
  })
  expect(fields.find(({ column }) => column === 'BillingCurrency')?.reasons).toEqual([
    { code: 'header_currency', detail: 'Сумма, руб.' },
  ])
})

test('a Korean bill names its currency in the header and separates thousands with commas', () => {
  const { definition } = fieldsOf(
    ['사용일자', '서비스명', '사용량', '금액(원)', '유형', '팀'],
    [
      ['2026-11-05', '컴퓨트', '12', '1,234,500', '사용', '검색'],
      ['2026-11-06', '스토리지', '3', '980', '부가세', '광고'],
    ],
  )
  expect(definition).toEqual({
    columns: {
      ChargePeriodStart: '사용일자',
      BilledCost: '금액(원)',
      ServiceName: '서비스명',
      ConsumedQuantity: '사용량',
    },
    constants: { BillingCurrency: 'KRW' },
    numbers: { decimal: '.' },
    dates: { order: 'mdy' },
    adjustments: [],
    categories: { column: '유형', values: { 사용: 'Usage', 부가세: 'Tax' } },
    tags: ['팀'],
  })
})

test('a column of codes is the currency, positive discounts are taken off, and a guess says that it is one', () => {
  const { definition, fields } = fieldsOf(
    ['Day', 'Vendor', 'Item', 'Amount', 'Discount', 'CCY'],
    [
      ['3/4/2026', 'Acme', 'GPU hours', '$1,200.50', '100.00', 'USD'],
      ['3/5/2026', 'Acme', 'Storage', '(20.00)', '0', 'EUR'],
    ],
  )
  expect(definition.columns).toMatchObject({
    BillingCurrency: 'CCY',
    BilledCost: 'Amount',
    ServiceProviderName: 'Vendor',
  })
  expect(definition.adjustments).toEqual([{ column: 'Discount', sign: '-' }])
  expect(fields.find(({ column }) => column === 'dates')).toMatchObject({
    confidence: 0.5,
    reasons: [{ code: 'order_assumed' }],
  })
})

test('what is not there is said to be missing rather than guessed', () => {
  const { definition, fields } = fieldsOf(['Name', 'Cost'], [['a', '1.5']])
  expect(definition.columns.ChargePeriodStart).toBeUndefined()
  expect(definition.constants.BillingCurrency).toBeUndefined()
  expect(
    fields
      .filter(({ confidence }) => confidence === 0)
      .map(({ column }) => column)
      .sort(),
  ).toEqual(['BillingCurrency', 'ChargePeriodStart'])
})
