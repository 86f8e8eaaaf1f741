import type { Scope } from '../../primitives/scope'
import { countedRows, focusColumns } from '../explore'
import { type Allocator, runOf } from './allocator'
import { textOf, unitsOf, type Vector } from './amounts'
import { compileRules } from './compile-rules'
import { costColumns, type RuleDocument, type Run } from './contract'
import { periodOf } from './months'
import { readRuleSet } from './rule-store'
import { nobody } from './share-system'
import { splitAmount } from './split-amount'
import { type SplitLine, type StoredRun, splitLine } from './split-line'
import type { UnitTree } from './unit-tree'

/** Sums of a split row add up to the row it was made of; prices and attributes are copied. */
const quantities = ['CommitmentDiscountQuantity', 'ConsumedQuantity', 'PricingQuantity', 'PricingCurrencyEffectiveCost']
const own = [
  'x_AllocationRule',
  'x_AllocationRunId',
  'x_AllocationUnit',
  'x_AllocationUnitName',
  'x_AllocationWay',
  'x_ProviderAllocatedMethodId',
  'x_ProviderAllocatedResourceId',
]

type Row = Record<string, string | null>

/**
 * The month as FOCUS 1.4 rows that carry the allocation: a shared charge is replaced by one row a unit with the split-cost columns
 * filled (`AllocatedMethodId`, `AllocatedResourceId`, …), the others by themselves. What a split leaves over is a row whose
 * `AllocatedResourceId` is null. Costs and quantities of the parts add up to the charge.
 * Estimates that no bill covers come as one row a provider, service and rule.
 */
export async function* exportFocus(allocator: Allocator, scope: Scope, month: string): AsyncIterable<string> {
  const { clickhouse, postgres } = allocator
  const run = await runOf(clickhouse, scope, month)
  const ruleSet = await readRuleSet(postgres, scope, run.ruleSetVersion)
  const tree = await allocator.treeOf(scope, month)
  const zone = await allocator.timeZoneOf(scope)
  const period = periodOf(month)
  const asOf = microsOf(run.asOf)
  const columns = [...focusColumns.map((column) => column.name), ...own]
  yield `${columns.join(',')}\r\n`

  // A day at a time, so that a month of any size passes through little memory.
  const day = new Date(`${period.from}T00:00:00Z`)
  for (; day.toISOString().slice(0, 10) < period.to; day.setUTCDate(day.getUTCDate() + 1)) {
    const from = day.toISOString().slice(0, 10)
    const next = new Date(day.getTime() + 86_400_000).toISOString().slice(0, 10)
    const rows = countedRows(scope.organizationId, { from, to: next }, zone, asOf)
    const rules = compileRules(ruleSet.document, tree, period, rows, ['provider', 'service'])
    const found = await clickhouse.query<Row>({
      name: 'allocation.exportLines',
      lane: 'background',
      sql: `SELECT ${focusColumns.map((column) => `f_${column.name}`).join(', ')}, RuleNo, toString(${rules.unitSql}) AS a_Unit, toString(${rules.partitionSql}) AS a_Part
        FROM (${rules.withRules(
          rows.lines(
            rules.dimensions,
            rules.bounds,
            focusColumns
              .map((column) => `${column.amount ? `toString(${column.sql})` : column.sql} AS f_${column.name}`)
              .join(', '),
          ),
        )})
        ORDER BY f_ChargePeriodStart, f_ServiceProviderName, f_ServiceName, f_ResourceId, f_BilledCost`,
      params: rows.params.values,
    })
    let piece = ''
    for (const row of found) {
      piece += partsOf(row, run, ruleSet.document, tree, rules.rules[Number(row.RuleNo) - 1] ?? null)
        .map((part) => `${columns.map((column) => cell(part[column])).join(',')}\r\n`)
        .join('')
      if (piece.length > 256 * 1024) {
        yield piece
        piece = ''
      }
    }
    yield piece
  }
  const rows = countedRows(scope.organizationId, period, zone, asOf)
  const rules = compileRules(ruleSet.document, tree, period, rows, ['provider', 'service'])
  const column = (dimension: string) => `d${rules.dimensions.indexOf(dimension)}`
  const estimates = await clickhouse.query<Row>({
    name: 'allocation.exportEstimates',
    lane: 'background',
    sql: `SELECT RuleNo, toString(${rules.unitSql}) AS a_Unit, toString(${rules.partitionSql}) AS a_Part, ${column('provider')} AS f_ServiceProviderName, ${column('service')} AS f_ServiceName, cur AS f_BillingCurrency,
        toString(sum(b)) AS f_BilledCost, toString(sum(e)) AS f_EffectiveCost, toString(sum(l)) AS f_ListCost, toString(sum(c)) AS f_ContractedCost
      FROM (${rules.withRules(rows.groups(rules.dimensions, rules.bounds, 'usage'))}) GROUP BY ALL ORDER BY ALL`,
    params: rows.params.values,
  })
  for (const row of estimates) {
    const whole = {
      ...row,
      f_ChargeCategory: 'Usage',
      f_ChargePeriodStart: `${period.from}T00:00:00Z`,
      f_ChargePeriodEnd: `${period.to}T00:00:00Z`,
      f_ChargeDescription: 'Estimated from telemetry; the bill is not in yet',
    }
    for (const part of partsOf(whole, run, ruleSet.document, tree, rules.rules[Number(row.RuleNo) - 1] ?? null))
      yield `${columns.map((name) => cell(part[name])).join(',')}\r\n`
  }
}

function partsOf(
  row: Row,
  run: StoredRun,
  document: RuleDocument,
  tree: UnitTree,
  rule: RuleDocument['rules'][number] | null,
): Row[] {
  const amount = (column: string) => (row[`f_${column}`] == null ? null : unitsOf(row[`f_${column}`]!))
  const line = splitLine(run, document, tree, {
    rule,
    unit: row.a_Unit ?? '',
    partition: row.a_Part ?? '',
    currency: row.f_BillingCurrency ?? '',
    amounts: costColumns.map(amount) as unknown as Vector,
  })
  const base: Row = Object.fromEntries(focusColumns.map(({ name }) => [name, row[`f_${name}`] ?? null]))
  const said = (unit: string): Row => ({
    x_AllocationRule: rule?.id ?? null,
    x_AllocationRunId: run.id,
    x_AllocationUnit: unit === nobody ? null : unit,
    x_AllocationUnitName: tree.byKey.get(unit)?.name ?? null,
    x_AllocationWay: unit === nobody && line.pool !== '' ? 'residual' : line.way,
  })
  if (line.pool === '') return [{ ...base, ...said(line.parts[0]!.unit) }]
  const pot = run.shares.find(
    (one) =>
      one.pool === line.pool && one.partition === line.partition && one.currency === (row.f_BillingCurrency ?? ''),
  )
  const measured = quantities.map((column) => {
    const whole = amount(column)
    return whole === null || !pot
      ? null
      : splitAmount(whole, {
          keys: pot.units.map(({ unit }) => unit),
          numerators: pot.units.map(({ numerator }) => BigInt(numerator)),
          denominator: BigInt(pot.denominator),
        })
  })
  return line.parts.map((part, i) => ({
    ...base,
    ...Object.fromEntries(
      costColumns.map((column, c) => [column, part.amounts[c] === null ? null : textOf(part.amounts[c]!)]),
    ),
    ...Object.fromEntries(
      quantities.map((column, c) => [column, measured[c] ? textOf(measured[c][i]!) : base[column]!]),
    ),
    AllocatedMethodId: `infrazen/${line.pool}`,
    AllocatedMethodDetails: methodDetails(run, line, part.unit, part.fraction),
    AllocatedResourceId: part.unit === nobody ? null : part.unit,
    AllocatedResourceName: part.unit === nobody ? null : (tree.byKey.get(part.unit)?.name ?? part.unit),
    AllocatedTags: part.unit === nobody ? null : tagsOf(part.unit, tree),
    x_ProviderAllocatedMethodId: base.AllocatedMethodId ?? null,
    x_ProviderAllocatedResourceId: base.AllocatedResourceId ?? null,
    ...said(part.unit),
  }))
}

/** `{"Elements":[{"AllocatedRatio":0.75,"UsageUnit":"Tokens","UsageQuantity":30}]}`; the quantity where the pot pours straight into the unit. */
function methodDetails(run: Run, line: SplitLine, unit: string, fraction: string): string {
  const flow = run.flows.find(
    (candidate) => candidate.pool === line.pool && candidate.partition === line.partition && candidate.target === unit,
  )
  const measured =
    flow?.weight && line.split && ['usage', 'consumed', 'value', 'gpu'].includes(line.split.by)
      ? `,"UsageUnit":${JSON.stringify(focusUnit(flow.weightUnit))},"UsageQuantity":${flow.weight}`
      : ''
  return `{"Elements":[{"AllocatedRatio":${fraction}${measured}}]}`
}

const focusUnit = (unit: string) =>
  (
    ({
      tokens: 'Tokens',
      input_tokens: 'Tokens',
      output_tokens: 'Tokens',
      calls: 'Calls',
      errors: 'Errors',
      gpu_seconds: 'GPU-Seconds',
      'GPU-seconds': 'GPU-Seconds',
      cost: 'Cost',
    }) as Record<string, string>
  )[unit] ?? unit

function tagsOf(unit: string, tree: UnitTree): string {
  const { kind, costCenter, path } = tree.byKey.get(unit) ?? { kind: '', costCenter: '', path: [unit] }
  return JSON.stringify({
    'infrazen/unit': unit,
    'infrazen/path': path.join('/'),
    ...(kind === '' ? {} : { 'infrazen/kind': kind }),
    ...(costCenter === '' ? {} : { 'infrazen/cost-center': costCenter }),
  })
}

const cell = (value: string | null | undefined) =>
  value == null
    ? ''
    : /^-?\d+(\.\d+)?$/.test(value)
      ? value
      : /[",\r\n]/.test(value)
        ? `"${value.replaceAll('"', '""')}"`
        : value

/** Microseconds since 1970 of an RFC 3339 moment with six places. */
function microsOf(moment: string): bigint {
  const [, whole, fraction = ''] = /^(.{19})(?:\.(\d{1,6}))?Z$/.exec(moment)!
  return BigInt(Date.parse(`${whole}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0'))
}
