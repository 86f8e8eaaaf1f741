import { expect, test } from 'vitest'
import {
  canonicalColumn,
  categoryOfSubcategory,
  columnById,
  columnsOf,
  costAndUsageColumns,
  detectDataset,
  detectVersion,
  focusVersions,
  serviceCategories,
  serviceSubcategories,
} from './columns'
import { officialRuleIds } from './official-rules'
import { rulesOf } from './rules'

test('every version has as many columns as its publication', () => {
  expect(focusVersions.map((version) => columnsOf(version).length)).toEqual([43, 50, 57, 65, 65])
  expect(columnsOf('1.3', 'ContractCommitment')).toHaveLength(13)
  expect(columnsOf('1.4', 'ContractCommitment')).toHaveLength(30)
  expect(columnsOf('1.4', 'BillingPeriod')).toHaveLength(6)
  expect(columnsOf('1.4', 'InvoiceDetail')).toHaveLength(22)
  expect(columnsOf('1.3', 'InvoiceDetail')).toHaveLength(0)
})

test('the entity columns change hands at 1.3 and 1.4', () => {
  const has = (version: '1.2' | '1.3' | '1.4', id: string) => columnsOf(version).some((column) => column.id === id)
  expect([has('1.2', 'ProviderName'), has('1.3', 'ProviderName'), has('1.4', 'ProviderName')]).toEqual([
    true,
    true,
    false,
  ])
  expect([has('1.2', 'ServiceProviderName'), has('1.3', 'ServiceProviderName')]).toEqual([false, true])
  expect(columnsOf('1.3').find((column) => column.id === 'InvoiceId')?.level).toBe('recommended')
  expect(columnsOf('1.4').find((column) => column.id === 'InvoiceId')?.level).toBe('conditional')
})

test('each of the 82 subcategories has one of the 19 categories', () => {
  expect(serviceCategories).toHaveLength(19)
  expect(new Set(serviceSubcategories).size).toBe(82)
  expect(categoryOfSubcategory('Generative AI')).toBe('AI and Machine Learning')
  expect(categoryOfSubcategory('No-SQL DB')).toBeNull()
})

test('headers are recognised whatever their letter case, blanks and byte order mark', () => {
  expect(canonicalColumn(' billedcost ')).toBe('BilledCost')
  expect(canonicalColumn('\uFEFF"SkuPriceid"')).toBe('SkuPriceId')
  expect(canonicalColumn('x_BilledCost')).toBeNull()
  expect(canonicalColumn('ContractCommitmentId')).toBeNull()
  expect(canonicalColumn('contractcommitmentid', 'ContractCommitment')).toBe('ContractCommitmentId')
})

test('the columns tell the version', () => {
  for (const version of ['1.0', '1.1', '1.2', '1.3', '1.4'] as const)
    expect(detectVersion(columnsOf(version).map((column) => column.id))).toBe(version)
  expect(detectVersion(['date', 'amount', 'service'])).toBeNull()
  expect(detectDataset(columnsOf('1.4', 'InvoiceDetail').map((column) => column.id))).toEqual({
    dataset: 'InvoiceDetail',
    version: '1.4',
  })
  expect(detectDataset(columnsOf('1.3', 'ContractCommitment').map((column) => column.id))).toEqual({
    dataset: 'ContractCommitment',
    version: '1.3',
  })
})

test('rule ids are unique in every version and dataset, and official ids speak of existing columns', () => {
  for (const version of focusVersions) {
    for (const dataset of ['CostAndUsage', 'ContractCommitment', 'BillingPeriod', 'InvoiceDetail'] as const) {
      const ids = rulesOf(version, dataset).map((rule) => rule.id)
      expect(
        ids.filter((id, index) => ids.indexOf(id) !== index),
        `${dataset} ${version}`,
      ).toEqual([])
    }
  }
  expect(Object.keys(officialRuleIds).filter((id) => columnById(id) === null)).toEqual([])
  const named = new Set(costAndUsageColumns.map((column) => column.id))
  const strangers = rulesOf('1.4')
    .flatMap((rule) => [rule.column, ...rule.when.map((term) => term.column)])
    .filter((column) => column !== '' && !named.has(column))
  expect(strangers).toEqual([])
})
