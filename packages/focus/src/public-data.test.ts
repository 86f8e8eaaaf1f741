import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { columnsOf } from './columns'
import { convertedHeaders, createConverter } from './convert'
import { addDecimals, type Decimal, formatDecimal, parseDecimal, zero } from './decimal'
import { readFocusFile } from './read-file'
import { Validator } from './validate'
import { validateFile } from './validate-file'

const data = fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const isHere = existsSync(join(data, 'focus'))
const files = isHere
  ? readdirSync(join(data, 'focus'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.csv'))
      .sort()
  : []
type Totals = {
  rows: number
  note?: string
  totals?: Record<string, string | number>
  byProvider?: Record<string, Record<string, string | number>>
}
const expected = (isHere ? JSON.parse(readFileSync(join(data, 'expected-totals.json'), 'utf8')) : {}) as Record<
  string,
  Totals
>
const costs = ['BilledCost', 'EffectiveCost', 'ListCost', 'ContractedCost']

describe.skipIf(!isHere)('public FOCUS files (skipped where the shared data is absent)', () => {
  test('there are files to read', () => expect(files.length).toBeGreaterThanOrEqual(20))

  test.each(files)('%s sums to the published totals, as read and as converted', async (name) => {
    const totals = expected[`focus/${name}`]!
    const source = await readFocusFile(join(data, 'focus', name))
    const converter = createConverter(source.headers)
    const asRead = new Sums()
    const asConverted = new Sums()
    const byProvider = new Map<string, Sums>()
    let rows = 0
    for await (const { row, problem } of source.records) {
      rows += 1
      expect(problem).toBeNull()
      const conversion = converter.convert(row)
      asRead.add(row)
      asConverted.add(conversion.row)
      const provider = row.ProviderName ?? ''
      if (!byProvider.has(provider)) byProvider.set(provider, new Sums())
      byProvider.get(provider)!.add(conversion.row)
    }
    expect(rows).toBe(totals.rows)
    for (const cost of costs) {
      const wanted = totals.totals?.[cost]
      if (wanted === undefined) continue
      // Read and converted must both reach the figure, unless a missing cost was computed, which the file itself lacks.
      expect(asRead.of(cost), cost).toBe(wanted)
      expect(asConverted.of(cost), cost).toBe(wanted)
    }
    for (const [provider, sums] of Object.entries(totals.byProvider ?? {})) {
      for (const cost of costs)
        if (sums[cost] !== undefined) expect(byProvider.get(provider)?.of(cost), `${provider} ${cost}`).toBe(sums[cost])
    }
  })

  test.each(files.filter((name) => name.includes('synthetic') && name.includes('1_2')))(
    '%s has no error',
    async (name) => {
      const report = await validateFile(join(data, 'focus', name))
      expect(report.findings.filter((finding) => finding.severity === 'error')).toEqual([])
      expect([report.version, report.passed]).toEqual(['1.2', true])
    },
  )

  test('a contract commitment file is recognised and has no error', async () => {
    const report = await validateFile(
      join(data, 'focus/synthetic-1.2-1.3/aws_1_3_contract_commitment_rows100_seed42.csv'),
    )
    expect([report.dataset, report.version, report.passed, report.rows]).toEqual([
      'ContractCommitment',
      '1.3',
      true,
      10,
    ])
  })

  test('the split rows of the 1.3 files repeat tag keys, and nothing else is wrong', async () => {
    const report = await validateFile(join(data, 'focus/synthetic-1.2-1.3/azure_1_3_cost_and_usage_rows100_seed42.csv'))
    expect(
      report.verdicts
        .filter((rule) => rule.verdict === 'fail' && rule.keyword === 'must')
        .map((rule) => [rule.id, rule.failed]),
    ).toEqual([['IZ-CAU-AllocatedTags-shape', 26]])
  })

  test('the 2024 sample shows its known gaps', async () => {
    const report = await validateFile(join(data, 'focus/focus-1.0-sample-even.csv'))
    const failed = Object.fromEntries(
      report.verdicts.filter((rule) => rule.verdict === 'fail').map((rule) => [rule.id, rule.failed]),
    )
    expect(failed).toMatchObject({
      'NullHandling-A-002-M': 500,
      'BillingPeriodStart-C-002-M': 500,
      'ChargeFrequency-C-003-M': 4,
      'ContractedCost-C-004-M': 4,
      'RegionName-C-003-C': 4,
    })
    expect(report.rows).toBe(500)
    expect(report.counts.error).toBe(
      report.verdicts.filter((rule) => rule.keyword === 'must').reduce((sum, rule) => sum + rule.failed, 0),
    )
  })

  test('a converted file is a file of 1.4: the spelling errors are gone, the gaps remain', async () => {
    const source = await readFocusFile(join(data, 'focus/focus-1.0-sample-even.csv'))
    const converter = createConverter(source.headers)
    const headers = convertedHeaders(source.headers)
    const validator = new Validator(headers, { version: '1.4' })
    for await (const { row } of source.records) {
      const converted = converter.convert(row)
      expect(Object.keys(converted.row).filter((column) => !headers.includes(column))).toEqual([])
      validator.add(converted.row)
    }
    const failed = new Set(
      validator
        .report()
        .verdicts.filter((rule) => rule.verdict === 'fail')
        .map((rule) => rule.id),
    )
    for (const gone of [
      'NullHandling-A-002-M',
      'BillingPeriodStart-C-002-M',
      'ChargeFrequency-C-003-M',
      'ColumnHandling-A-010-M',
      'IZ-CAU-ServiceProviderName-not-null',
    ])
      expect(failed).not.toContain(gone)
    expect(failed).toContain('ContractedCost-C-004-M')
    expect(headers).toContain('x_ProviderName')
    expect(columnsOf('1.4').some((column) => column.id === 'ProviderName')).toBe(false)
  })
})

class Sums {
  private readonly sums = new Map<string, Decimal>()
  add(row: Record<string, string | null>) {
    for (const cost of costs) {
      const value = row[cost] === undefined || row[cost] === null ? null : parseDecimal(row[cost].trim())
      if (value) this.sums.set(cost, addDecimals(this.sums.get(cost) ?? zero, value))
    }
  }
  of(cost: string): string {
    return formatDecimal(this.sums.get(cost) ?? zero)
  }
}
