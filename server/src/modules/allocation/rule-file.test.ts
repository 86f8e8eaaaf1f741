import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { RuleDocument } from './contract'
import { readRuleFile, ruleFileSchema, writeRuleFile } from './rule-file'

const published = new URL('../../../../docs/allocation-rules.schema.json', import.meta.url)

it('the published schema is that of the product', () => {
  expect(JSON.parse(readFileSync(published, 'utf8'))).toEqual(JSON.parse(JSON.stringify(ruleFileSchema())))
})

it('a document written as a file is read back as itself', () => {
  const document = RuleDocument.parse({
    version: 1,
    base: 'BilledCost',
    repairs: [{ dimension: 'team', aliases: { платежи: ['платижи', 'Payments: old'] } }],
    rules: [
      {
        id: 'a',
        name: '결제: #1',
        from: '2026-01-01',
        when: { any: [{ dimension: 'tag:a', regex: '^x{2}$' }, { not: { all: [] } }] },
        assign: { pool: 'p' },
      },
    ],
    pools: [
      {
        key: 'p',
        name: 'P',
        targets: ['pool:q', 'u'],
        fee: { amount: '0.10', currency: 'USD' },
        split: { by: 'usage', measure: 'calls' },
        onZero: { unit: 'u' },
      },
    ],
  })
  expect(readRuleFile(writeRuleFile(document))).toEqual(document)
})

it('says where a file does not fit, and what is not YAML', () => {
  expect(() =>
    readRuleFile('version: 1\npools:\n  - key: p\n    name: P\n    split: { by: fixed, shares: { a: 101x } }'),
  ).toThrow(/pools\[0\]/)
  expect(() => readRuleFile('version: [1')).toThrow(/not YAML/)
  expect(() => readRuleFile('version: 1\nrulez: []')).toThrow(/rulez/)
})
