import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { convertedHeaders, convertToFocus14, entitiesOf, isSameEntity, readDirtyNumber } from './convert'
import { readInstant } from './date-time'

describe('entities', () => {
  test('a direct sale makes provider, service provider and host one company, however its name is spelled', () => {
    const { row, changes } = convertToFocus14({
      ProviderName: 'AWS',
      PublisherName: 'Amazon Web Services EMEA SARL',
      BilledCost: '1',
    })
    expect(row).toEqual({
      BilledCost: '1',
      ServiceProviderName: 'AWS',
      HostProviderName: 'AWS',
      x_ProviderName: 'AWS',
      x_PublisherName: 'Amazon Web Services EMEA SARL',
    })
    expect(changes.join('\n')).toContain('ServiceProviderName: AWS derived from ProviderName')
  })

  test('a marketplace sale belongs to the publisher, and its host is called a guess', () => {
    const { row, changes } = convertToFocus14({ ProviderName: 'AWS', PublisherName: 'Anthropic' })
    expect([row.ServiceProviderName, row.HostProviderName]).toEqual(['Anthropic', 'AWS'])
    expect(changes.some((change) => change.startsWith('HostProviderName') && change.includes('guessed'))).toBe(true)
  })

  test('what 1.3 says itself is kept, and the host defaults to the service provider', () => {
    const { row } = convertToFocus14({
      ProviderName: 'MSP',
      PublisherName: 'MSP',
      ServiceProviderName: 'Microsoft Azure',
      HostProviderName: null,
    })
    expect(row).toMatchObject({
      ServiceProviderName: 'Microsoft Azure',
      HostProviderName: 'Microsoft Azure',
      x_ProviderName: 'MSP',
    })
    expect('ProviderName' in row).toBe(false)
  })

  test('no name at all stays no name', () => {
    expect(entitiesOf(null, null)).toBeNull()
    expect(convertToFocus14({ ProviderName: null }).row).toEqual({ x_ProviderName: null })
  })

  test('companies are told apart', () => {
    expect(isSameEntity('Microsoft Azure', 'Microsoft')).toBe(true)
    expect(isSameEntity('Google Cloud', 'Google LLC')).toBe(true)
    expect(isSameEntity('Oracle', 'Oracle America, Inc.')).toBe(true)
    expect(isSameEntity('AWS', 'Databricks, Inc.')).toBe(false)
    expect(isSameEntity('Yandex Cloud', 'ООО «Яндекс.Облако»')).toBe(false)
    expect(isSameEntity('Yandex Cloud', 'ООО «Яндекс.Облако»', [['Yandex Cloud', 'ООО «Яндекс.Облако»']])).toBe(true)
  })
})

test('ContractApplied keys are respelled and its numbers keep their digits', () => {
  const before =
    '{"Elements":[{"ContractID":"a","ContractCommitmentID":"b","ContractCommitmentAppliedCost":0.08799215300000000000001}]}'
  const { row, changes } = convertToFocus14({ ContractApplied: before })
  expect(row.ContractApplied).toBe(
    '{"Elements":[{"ContractId":"a","ContractCommitmentId":"b","ContractCommitmentAppliedCost":0.08799215300000000000001}]}',
  )
  expect(changes).toHaveLength(1)
})

test('values are respelled or renamed, and unknown ones reported and kept', () => {
  const { row, changes, problems } = convertToFocus14({
    ChargeFrequency: 'Usage-based',
    PricingCategory: 'On-Demand',
    ServiceCategory: 'Database',
    ChargeCategory: 'USAGE',
  })
  expect(row).toEqual({
    ChargeFrequency: 'Usage-Based',
    PricingCategory: 'Standard',
    ServiceCategory: 'Database',
    ChargeCategory: 'Usage',
  })
  expect(changes).toHaveLength(3)
  expect(problems).toEqual([
    {
      column: 'ServiceCategory',
      code: 'value_unknown',
      message: 'ServiceCategory has no value of that name',
      value: 'Database',
    },
  ])
})

test('NULL and empty text are null, one line of report for all of them', () => {
  const { row, changes } = convertToFocus14({
    ResourceId: 'NULL',
    RegionId: 'null',
    Tags: '',
    x_Note: 'NULL',
    ResourceName: 'Null Island',
  })
  expect(row).toEqual({ ResourceId: null, RegionId: null, Tags: null, x_Note: null, ResourceName: 'Null Island' })
  expect(changes).toEqual([
    'literal NULL read as null: ResourceId, x_Note',
    'literal null read as null: RegionId',
    'empty text read as null: Tags',
  ])
})

test('a misspelled column gets its name, a foreign one the prefix, and neither pushes out another', () => {
  const { row } = convertToFocus14({
    SkuPriceid: 'a',
    Id: '1',
    'usage type': 'u',
    x_Id: '2',
    BilledCost: '1',
    billedcost: '9',
  })
  expect(row).toEqual({ SkuPriceId: 'a', x_Id2: '1', x_UsageType: 'u', x_Id: '2', BilledCost: '1', x_Billedcost: '9' })
})

test('costs that follow from the row are computed exactly, others stay null', () => {
  const priced = convertToFocus14({
    ListCost: null,
    ListUnitPrice: '0.0000004137492',
    PricingQuantity: '3',
    ContractedCost: null,
    ContractedUnitPrice: null,
    ChargeCategory: 'Usage',
    BilledCost: '1',
  })
  expect([priced.row.ListCost, priced.row.ContractedCost]).toEqual(['0.0000012412476', null])
  const credit = convertToFocus14({
    ListCost: null,
    ListUnitPrice: null,
    ChargeCategory: 'Credit',
    BilledCost: '-5.00',
  })
  expect(credit.row.ListCost).toBe('-5.00')
})

test.each([
  ['$10,000.00 ', '10000.00'],
  ['0.00 ', '0.00'],
  ['(1,234.50)', '-1234.50'],
  ['-$5.10', '-5.10'],
  ['1.234.567,89', '1234567.89'],
  ['1 234 567,89', '1234567.89'],
  ['12,5', '12.5'],
  ['+333', '333'],
  ['.5', '0.5'],
  ['-.5', '-0.5'],
  ['5.', '5'],
  ['1e+3', '1000'],
  ['35.2E+7', '352000000'],
  ['₩1,234,567', '1234567'],
  ['12.30 €', '12.30'],
  ['1,234', null],
  ['1.2.3', null],
  ['2.3^3', null],
  ['N/A', null],
  ['NaN', null],
  ['', null],
  ['(-5)', null],
  ['1e999999999', null],
])('the dirty number %j reads as %j', (text, wanted) => {
  expect(readDirtyNumber(text)).toBe(wanted)
})

test('a number with two readings is left alone and reported', () => {
  const { row, problems } = convertToFocus14({ BilledCost: '1,234' })
  expect(row.BilledCost).toBe('1,234')
  expect(problems[0]?.code).toBe('number_unreadable')
})

test.each([
  ['2024-10-01 00:00:00', null, '2024-10-01T00:00:00Z'],
  ['2024-10-01', null, '2024-10-01T00:00:00Z'],
  ['2024-10-01T02:00:00+02:00', null, '2024-10-01T00:00:00Z'],
  ['2024-10-01 00:00:00 UTC', null, '2024-10-01T00:00:00Z'],
  ['2024-10-01T00:00:00.000Z', null, '2024-10-01T00:00:00Z'],
  ['2024-10-01T00:00:00.5Z', null, null],
  ['5/1/25', null, null],
  ['5/1/25', 'mdy', '2025-05-01T00:00:00Z'],
  ['5/1/25', 'dmy', '2025-01-05T00:00:00Z'],
  ['5/13/25', null, '2025-05-13T00:00:00Z'],
  ['2023-02-01T30:00:00Z', null, null],
  ['2023-02-30', null, null],
  ['soon', null, null],
] as const)('the date %j (%s) reads as %j', (text, order, wanted) => {
  expect(readInstant(text, order)?.text ?? null).toBe(wanted)
})

describe('properties', () => {
  const header = fc.oneof(
    fc.constantFrom(
      'ProviderName',
      'PublisherName',
      'ServiceProviderName',
      'HostProviderName',
      'BilledCost',
      'ListCost',
      'ListUnitPrice',
      'PricingQuantity',
      'ChargeCategory',
      'ChargeFrequency',
      'PricingCategory',
    ),
    fc.constantFrom(
      'billedcost',
      ' RegionId',
      'x_ProviderName',
      'ContractApplied',
      'ChargePeriodStart',
      'Id',
      'x_Id',
      'usage type',
      'Tags',
    ),
    fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text !== '__proto__'),
  )
  const cell = fc.option(
    fc.oneof(
      fc.constantFrom(
        'NULL',
        '',
        ' ',
        'AWS',
        'Anthropic',
        '$1,000.00 ',
        '1,234',
        '(5)',
        '1e+3',
        'Usage-based',
        'On-Demand',
        'Credit',
        '2024-10-01 00:00:00',
        '5/1/25',
        '[{"ContractID":1}]',
        '0.10',
        '{"a":1}',
      ),
      fc.string({ maxLength: 10 }),
    ),
    { nil: null },
  )
  const row = fc.dictionary(header, cell, { maxKeys: 12 })

  test('converting twice changes nothing more', () => {
    fc.assert(
      fc.property(row, (source) => {
        const once = convertToFocus14(source)
        const twice = convertToFocus14(once.row)
        expect(twice.row).toEqual(once.row)
        expect(twice.changes).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  test('nothing is changed in silence, and every column of the result is foretold by the headers', () => {
    fc.assert(
      fc.property(row, (source) => {
        const { row: converted, changes } = convertToFocus14(source)
        const isSame =
          JSON.stringify(Object.entries(converted).sort()) === JSON.stringify(Object.entries(source).sort())
        // A removed column that held null moves to its x_ twin; there is nothing to tell.
        const movedNull = ['ProviderName', 'PublisherName'].some((column) => source[column] === null)
        if (changes.length === 0 && !movedNull) expect(isSame).toBe(true)
        const headers = convertedHeaders(Object.keys(source))
        expect(Object.keys(converted).filter((column) => !headers.includes(column))).toEqual([])
      }),
      { numRuns: 500 },
    )
  })
})
