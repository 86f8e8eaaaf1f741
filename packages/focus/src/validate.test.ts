import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { columnsOf } from './columns'
import { formatReport } from './format-report'
import { readJson } from './json'
import { officialToolDifferences } from './official-tool'
import type { FocusRow } from './row'
import { invoiceTolerance } from './tolerance'
import { unitProblem } from './unit'
import { type ValidateOptions, Validator } from './validate'
import { validateFile, validateRows } from './validate-file'

/** A priced LLM call that keeps every rule of 1.4. */
const usage: FocusRow = {
  BilledCost: '21.00',
  BillingAccountId: 'acc-1',
  BillingAccountName: 'Acme',
  BillingCurrency: 'USD',
  BillingPeriodStart: '2026-06-01T00:00:00Z',
  BillingPeriodEnd: '2026-07-01T00:00:00Z',
  ChargeCategory: 'Usage',
  ChargeClass: null,
  ChargeDescription: 'Output tokens',
  ChargeFrequency: 'Usage-Based',
  ChargePeriodStart: '2026-06-02T00:00:00Z',
  ChargePeriodEnd: '2026-06-03T00:00:00Z',
  CommitmentDiscountCategory: null,
  CommitmentDiscountId: null,
  CommitmentDiscountName: null,
  CommitmentDiscountQuantity: null,
  CommitmentDiscountStatus: null,
  CommitmentDiscountType: null,
  CommitmentDiscountUnit: null,
  ConsumedQuantity: '8400000',
  ConsumedUnit: 'Tokens',
  ContractedCost: '21.00',
  ContractedUnitPrice: '2.5',
  EffectiveCost: '21.00',
  HostProviderName: 'AWS',
  InvoiceDetailId: '1',
  InvoiceId: 'INV-1',
  InvoiceIssuerName: 'AWS',
  ListCost: '25.20',
  ListUnitPrice: '3',
  PricingCategory: 'Standard',
  PricingQuantity: '8.4',
  PricingUnit: '1000000 Tokens',
  ResourceId: null,
  ResourceName: null,
  ResourceType: null,
  ServiceCategory: 'AI and Machine Learning',
  ServiceName: 'Claude',
  ServiceProviderName: 'Anthropic',
  ServiceSubcategory: 'Generative AI',
  SkuId: 'sku-1',
  SkuMeter: 'Output Tokens',
  SkuPriceDetails: '{"x_ModelId":"m","x_TokenDirection":"Output"}',
  SkuPriceId: 'price-1',
  Tags: '{"team":"search"}',
}

const commitment: FocusRow = {
  CommitmentDiscountId: 'sp-1',
  CommitmentDiscountCategory: 'Spend',
  CommitmentDiscountType: 'Savings Plan',
  CommitmentDiscountName: 'sp',
  CommitmentDiscountQuantity: '1',
  CommitmentDiscountUnit: 'USD',
  ResourceId: 'sp-1',
  ResourceType: 'Savings Plan',
  ResourceName: 'Plan',
}
const tax: FocusRow = {
  ChargeCategory: 'Tax',
  SkuId: null,
  SkuMeter: null,
  SkuPriceId: null,
  SkuPriceDetails: null,
  ListUnitPrice: null,
  ContractedUnitPrice: null,
  PricingCategory: null,
  PricingQuantity: null,
  PricingUnit: null,
  ConsumedQuantity: null,
  ConsumedUnit: null,
}

const headers = Object.keys(usage)

function failures(rows: FocusRow[], options: ValidateOptions & { headers?: readonly string[] } = {}) {
  const report = validateRows(rows, { headers, version: '1.4', ...options })
  return report.verdicts.filter((rule) => rule.verdict === 'fail').map((rule) => rule.id)
}

test('a row that keeps every rule passes', () => {
  expect(failures([usage])).toEqual([])
  expect(failures([{ ...usage, ...tax }])).toEqual([])
})

describe('each rule finds its breach, and only its own', () => {
  test.each<[string, FocusRow, string[]]>([
    ['null where none may be', { BillingCurrency: null }, ['BillingCurrency-C-004-M']],
    [
      'no number',
      {
        ListUnitPrice: null,
        ContractedUnitPrice: null,
        SkuPriceId: null,
        SkuPriceDetails: null,
        PricingCategory: null,
        PricingQuantity: null,
        PricingUnit: null,
        ConsumedQuantity: null,
        ConsumedUnit: null,
        SkuId: null,
        SkuMeter: null,
        ChargeCategory: 'Adjustment',
        BilledCost: 'many',
      },
      ['BilledCost-C-001-M', 'BilledCost-C-002-M'],
    ],
    ['a forbidden spelling of a number', { BilledCost: '+21.00' }, ['BilledCost-C-002-M']],
    ['a day that does not exist', { ChargePeriodEnd: '2026-06-31T00:00:00Z' }, ['ChargePeriodEnd-C-002-M']],
    ['no currency', { BillingCurrency: 'USDT' }, ['BillingCurrency-C-003-M']],
    ['an unknown value', { ChargeCategory: 'usage' }, ['ChargeCategory-C-003-M', 'ConsumedQuantity-C-004-C']],
    [
      'a negative price',
      { ListUnitPrice: '-3', PricingQuantity: '-8.4', ContractedUnitPrice: '2.5', ContractedCost: '-21' },
      ['ListUnitPrice-C-008-M'],
    ],
    ['a list cost that is no product', { ListCost: '25.30' }, ['ListCost-C-009-C']],
    ['a contracted cost that is no product', { ContractedCost: '20' }, ['ContractedUnitPrice-C-011-C']],
    ['a unit without its quantity', { ConsumedQuantity: null }, ['ConsumedUnit-C-004-C', 'ConsumedQuantity-C-006-C']],
    [
      'a price on a tax',
      { ...tax, ListUnitPrice: '3' },
      ['ListUnitPrice-C-004-C', 'IZ-CAU-ListUnitPrice-null-without-SkuPriceId'],
    ],
    ['usage without SKU', { SkuId: null, SkuMeter: null }, ['SkuId-C-005-C']],
    [
      'a usage-based purchase',
      { ChargeCategory: 'Purchase', ConsumedQuantity: null, ConsumedUnit: null },
      ['ChargeFrequency-C-004-C'],
    ],
    ['a subcategory of another category', { ServiceSubcategory: 'Containers' }, ['ServiceSubcategory-C-004-M']],
    ['an end before the start', { ChargePeriodEnd: '2026-06-01T00:00:00Z' }, ['IZ-CAU-ChargePeriodStart-order']],
    ['an invoice line without invoice', { InvoiceId: null }, ['IZ-CAU-InvoiceDetailId-with-InvoiceId']],
    ['tags that are no object', { Tags: '[1]' }, ['Tags-C-001-M']],
    ['tags with a key twice', { Tags: '{"a":"1","a":"2"}' }, ['Tags-C-001-M']],
    ['nested tags', { Tags: '{"a":{"b":1}}' }, ['Tags-C-001-M']],
    ['an unknown SKU key', { SkuPriceDetails: '{"Model":"m"}' }, ['SkuPriceDetails-C-001-M']],
    ['a word for null', { ResourceName: 'NULL' }, ['NullHandling-A-002-M']],
    [
      'a credit amortised otherwise than billed',
      { ...tax, ChargeCategory: 'Credit', BilledCost: '-5', ListCost: '-5', ContractedCost: '-5', EffectiveCost: '-4' },
      ['IZ-CAU-EffectiveCost-is-BilledCost-on-tax-and-credit'],
    ],
    ['a commitment without status', { ...commitment }, ['CommitmentDiscountStatus-C-004-C']],
    [
      'an unused commitment that is billed',
      { ...commitment, CommitmentDiscountStatus: 'Unused', ConsumedQuantity: null, ConsumedUnit: null },
      ['IZ-CAU-BilledCost-zero-on-unused'],
    ],
    [
      'a commitment purchase with effective cost',
      {
        ...commitment,
        ChargeCategory: 'Purchase',
        ChargeFrequency: 'One-Time',
        ConsumedQuantity: null,
        ConsumedUnit: null,
      },
      ['EffectiveCost-C-005-C'],
    ],
    [
      'an unused row of another resource',
      {
        ...commitment,
        ResourceId: 'SP-1',
        BilledCost: '0',
        CommitmentDiscountStatus: 'Unused',
        ConsumedQuantity: null,
        ConsumedUnit: null,
      },
      ['IZ-CAU-CommitmentDiscountId-is-resource-of-unused'],
    ],
    ['a singular unit', { PricingUnit: '1000000 Token' }, ['PricingUnit-C-003-O']],
  ])('%s', (_, change, rules) => {
    expect(failures([{ ...usage, ...change }]).sort()).toEqual([...rules].sort())
  })
})

test('rounding is no breach, and a breach says by how much', () => {
  expect(
    failures([
      {
        ...usage,
        ListUnitPrice: '0.333333',
        PricingQuantity: '3',
        ListCost: '1.00',
        ContractedUnitPrice: '0',
        ContractedCost: '0',
      },
    ]),
  ).toEqual([])
  const report = validateRows([{ ...usage, ListCost: '25.30' }], { headers, version: '1.4' })
  expect(report.findings[0]).toMatchObject({
    row: 1,
    column: 'ListCost',
    rule: 'ListCost-C-009-C',
    severity: 'error',
    value: '25.30',
  })
  expect(report.findings[0]?.message).toContain('off by 0.1')
})

test('corrections were exempt from the product rule up to 1.2 and are no longer', () => {
  const row = {
    ...usage,
    ChargeClass: 'Correction',
    ListCost: '99',
    ChargePeriodStart: '2026-05-02T00:00:00Z',
    ChargePeriodEnd: '2026-05-03T00:00:00Z',
  }
  expect(failures([row], { version: '1.2' })).not.toContain('ListCost-C-009-C')
  expect(failures([row], { version: '1.3' })).toContain('ListCost-C-009-C')
})

test('a mandatory column must be there; a conditional one only with its capability', () => {
  const without = (...columns: string[]) => headers.filter((header) => !columns.includes(header))
  expect(failures([usage], { headers: without('ServiceName') })).toEqual(['CostAndUsage-D-041-M'])
  expect(failures([usage], { headers: without('Tags', 'InvoiceDetailId') })).toEqual([])
  expect(failures([usage], { headers: without('Tags'), supports: ['TAGGING_SUPPORTED'] })).toHaveLength(1)
  const everything = columnsOf('1.4').map((column) => column.id)
  expect(failures([], { headers: everything, supports: 'all' })).toEqual([])
  expect(failures([], { headers: headers.concat('Id') })).toEqual(['ColumnHandling-A-010-M'])
})

test('one service, two categories: the second is found', () => {
  expect(failures([usage, { ...usage, ServiceCategory: 'Compute', ServiceSubcategory: 'Containers' }])).toEqual([
    'ServiceName-C-005-C',
    'ServiceName-C-008-C',
  ])
  expect(failures([usage, { ...usage, SkuId: 'sku-2' }])).toEqual(['SkuPriceId-C-008-M'])
  expect(failures([usage, { ...usage, ServiceProviderName: 'Other Co', SkuId: 'sku-2' }])).toEqual([])
})

test('the invoice tolerance is that of the specification', () => {
  expect(invoiceTolerance(5, 'USD')).toBe('1')
  expect(invoiceTolerance(1_000_000, 'USD')).toBe('5')
  expect(invoiceTolerance(1_000_000, 'JPY')).toBe('500')
  expect(invoiceTolerance(1, 'BHD')).toBe('0.1')
})

test('BilledCost is held against the issued invoice, within tolerance', () => {
  const invoice = (total: string) => ({ invoices: [{ issuer: 'AWS', invoiceId: 'INV-1', currency: 'USD', total }] })
  expect(failures([usage, usage], invoice('43.00'))).toEqual([])
  expect(failures([usage, usage], invoice('43.01'))).toEqual(['IZ-CAU-BilledCost-invoice-total'])
  expect(failures([usage], { invoices: [{ issuer: 'AWS', invoiceId: 'INV-2', currency: 'USD', total: '0' }] })).toEqual(
    ['IZ-CAU-BilledCost-invoice-total'],
  )
  expect(validateRows([usage, usage], { headers }).invoiceSums).toEqual([
    { issuer: 'AWS', invoiceId: 'INV-1', currency: 'USD', rows: 2, billedCost: '42' },
  ])
})

test('a commitment must be used up, as used or unused rows, over its term', () => {
  const purchase: FocusRow = {
    ...usage,
    ...commitment,
    ChargeCategory: 'Purchase',
    ChargeFrequency: 'One-Time',
    ConsumedQuantity: null,
    ConsumedUnit: null,
    EffectiveCost: '0',
    BilledCost: '100',
  }
  const used: FocusRow = {
    ...usage,
    ...commitment,
    CommitmentDiscountStatus: 'Used',
    PricingCategory: 'Committed',
    BilledCost: '0',
    EffectiveCost: '60',
    ResourceId: 'vm',
  }
  const unused: FocusRow = {
    ...usage,
    ...commitment,
    CommitmentDiscountStatus: 'Unused',
    ConsumedQuantity: null,
    ConsumedUnit: null,
    BilledCost: '0',
    EffectiveCost: '40',
  }
  expect(failures([purchase, used, unused])).toEqual([])
  expect(failures([purchase, used])).toEqual(['EffectiveCost-C-011-C'])
  const partly = validateRows([{ ...purchase, ChargePeriodEnd: '2027-06-02T00:00:00Z' }, used], {
    headers,
    version: '1.4',
  })
  expect(partly.verdicts.find((rule) => rule.id === 'EffectiveCost-C-011-C')).toMatchObject({ verdict: 'skipped' })
})

describe('JSON objects', () => {
  const applied = (element: string) =>
    failures([{ ...usage, ContractApplied: `{"Elements":[${element}]}` }], { headers: [...headers, 'ContractApplied'] })
  const ids = '"ContractId":"c","ContractCommitmentId":"d"'

  test('ContractApplied takes a cost or a quantity with unit, not both', () => {
    expect(applied(`{${ids},"ContractCommitmentAppliedCost":1.5,"ContractCommitmentAppliedQuantity":null}`)).toEqual([])
    expect(
      applied(`{${ids},"ContractCommitmentAppliedQuantity":1,"ContractCommitmentAppliedUnit":"Hours","x_Note":"n"}`),
    ).toEqual([])
    for (const wrong of [
      `{${ids}}`,
      `{${ids},"ContractCommitmentAppliedCost":1,"ContractCommitmentAppliedQuantity":1,"ContractCommitmentAppliedUnit":"Hours"}`,
      `{${ids},"ContractCommitmentAppliedCost":"1"}`,
      `{"ContractID":"c","ContractCommitmentId":"d","ContractCommitmentAppliedCost":1}`,
      '1',
      '',
    ])
      expect(applied(wrong), wrong).not.toEqual([])
  })

  test('a program list names the discount that applied', () => {
    const eligible = (type: string) =>
      failures(
        [
          {
            ...usage,
            ...commitment,
            CommitmentDiscountStatus: 'Used',
            CommitmentProgramEligibilityDetails: `{"CommitmentPrograms":[{"ProgramType":"${type}"}]}`,
          },
        ],
        { headers: [...headers, 'CommitmentProgramEligibilityDetails'] },
      )
    expect(eligible('Savings Plan')).toEqual([])
    expect(eligible('Reservation')).toEqual(['IZ-CAU-CommitmentProgramEligibilityDetails-shape'])
  })

  test('numbers keep their digits, repeated keys are seen, and what is no JSON is refused', () => {
    expect(JSON.stringify(readJson('{"a":0.1000000000000000000001}')?.value)).toContain('0.1000000000000000000001')
    expect(readJson('{"a":1,"a":2}')?.repeatedKeys).toEqual(['a'])
    for (const wrong of ['', '{', "{'a':1}", '{"a":1,}', '{"a":01}', '[1] 2', '{"a":"\n"}', '['.repeat(200)])
      expect(readJson(wrong), wrong).toBeNull()
  })
})

test.each([
  ['Hours', true],
  ['GB-Hours', true],
  ['GB/Hour', true],
  ['Core-Hours/Day', true],
  ['Units/3 Months', true],
  ['1000000 Tokens', true],
  ['USD', true],
  ['Hour', false],
  ['GB Hours', false],
  ['GBs/Hours', false],
  ['tokens', false],
  ['GB//Hour', false],
  ['', false],
])('the unit %j follows the unit format: %s', (unit, isRight) => {
  expect(unitProblem(unit) === null).toBe(isRight)
})

test('a virtual currency is a warning, not an error', () => {
  const report = validateRows([{ ...usage, PricingCurrency: 'Credits' }], {
    headers: [...headers, 'PricingCurrency'],
    version: '1.4',
  })
  expect([report.passed, report.counts]).toEqual([true, { error: 0, warning: 1, info: 0 }])
})

test('memory stays bounded: findings are capped and all are counted', () => {
  const validator = new Validator(headers, { version: '1.4', findings: 50, findingsPerRule: 5, keysPerRule: 10 })
  for (let index = 0; index < 1000; index += 1)
    validator.add({ ...usage, BillingCurrency: null, ListCost: '1', SkuPriceId: `p${index}` })
  const report = validator.report()
  expect(report.counts.error).toBe(2000)
  expect(report.findings).toHaveLength(10)
  expect(report.findingsNotKept).toBe(1990)
  expect([report.rows, report.rowsWithError, report.rowsWithoutError]).toEqual([1000, 1000, 0])
  expect(report.verdicts.find((rule) => rule.id === 'SkuPriceId-C-008-M')?.note).toContain('first 10')
})

test('reference datasets have rules of their own', () => {
  const period: FocusRow = {
    BillingPeriodCreated: '2026-06-02T00:00:00Z',
    BillingPeriodLastUpdated: '2026-06-01T00:00:00Z',
    BillingPeriodStart: '2026-06-01T00:00:00Z',
    BillingPeriodEnd: '2026-07-01T00:00:00Z',
    BillingPeriodStatus: 'Open',
    InvoiceIssuerName: 'AWS',
  }
  const report = validateRows([period, period])
  expect([report.dataset, report.version]).toEqual(['BillingPeriod', '1.4'])
  expect(report.verdicts.filter((rule) => rule.verdict === 'fail').map((rule) => [rule.id, rule.failed])).toEqual([
    ['IZ-BIP-BillingPeriodCreated-before-BillingPeriodLastUpdated', 2],
    ['IZ-BIP-BillingPeriodStart-one-row', 1],
  ])
})

test('the report reads like a page: verdict, failed rules, examples, remedies', () => {
  const text = formatReport(validateRows([usage, { ...usage, ListCost: '25.30' }], { headers, version: '1.4' }))
  expect(text).toContain('CostAndUsage 1.4 (version given): FAILED')
  expect(text).toContain('2 rows, 1 with errors; 1 errors')
  expect(text).toContain('ListCost-C-009-C  1 of 2')
  expect(text).toMatch(/- row 2: ListCost is 25\.30.*off by 0\.1/)
  expect(text).toContain('→ Recompute ListCost')
})

test('a file with odd rows fails, and the rows are still judged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'focus-validate-'))
  try {
    const path = join(folder, 'odd.csv')
    writeFileSync(
      path,
      'BilledCost,EffectiveCost,ChargePeriodStart,ChargeCategory,ServiceName\n1,1,2026-06-01T00:00:00Z,Usage,A,extra\nx,1,2026-06-01T00:00:00Z,Usage,A\n',
    )
    const report = await validateFile(path)
    expect(report.passed).toBe(false)
    expect(report.findings.filter((finding) => finding.rule === 'IZ-READ').map((finding) => finding.row)).toEqual([1])
    expect(report.findings.some((finding) => finding.rule === 'BilledCost-C-001-M' && finding.row === 2)).toBe(true)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('known differences of the official tool have distinct ids', () => {
  expect(new Set(officialToolDifferences.map((difference) => difference.id)).size).toBe(officialToolDifferences.length)
  expect(officialToolDifferences.length).toBeGreaterThanOrEqual(8)
})
