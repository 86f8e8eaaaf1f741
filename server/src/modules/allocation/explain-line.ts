import { notFound } from '../../primitives/errors'
import type { Scope } from '../../primitives/scope'
import { countedRows } from '../explore'
import type { Allocator } from './allocator'
import { runOf } from './allocator'
import { emptyVector, toAmounts, unitsOf, type Vector } from './amounts'
import { compileRules } from './compile-rules'
import { conditionSql, dimensionsOf } from './condition-sql'
import type { Way } from './contract'
import { monthAt, periodOf } from './months'
import { readRuleSet } from './rule-store'
import { splitLine } from './split-line'

const shown = [
  'ServiceProviderName',
  'ServiceName',
  'ResourceId',
  'ResourceName',
  'SubAccountId',
  'RegionId',
  'ChargeDescription',
  'ChargeCategory',
  'BillingCurrency',
]

/**
 * Why one line of a bill is whose it is: each rule it passed, the one that took it, and where its money went from there.
 * @throws Failure `line_not_found`, `no_run`
 */
export async function explainLine(allocator: Allocator, scope: Scope, line: { batch: string; row: number }) {
  const { clickhouse, postgres } = allocator
  const zone = await allocator.timeZoneOf(scope)
  const [found] = await clickhouse.query<{ start: string }>({
    name: 'allocation.findLine',
    sql: 'SELECT toString(toUnixTimestamp(ChargePeriodStart)) AS start FROM charges_v1 WHERE x_OrganizationId = {organizationId:UUID} AND x_BatchId = {batch:UUID} AND x_RowNumber = {row:UInt64} LIMIT 1',
    params: { organizationId: scope.organizationId, ...line },
  })
  if (!found)
    throw notFound(
      'line_not_found',
      'There is no such line in this organization. POST /api/v1/lines lists them with batch and row.',
    )
  const month = monthAt(Number(found.start) * 1000, zone)
  const run = await runOf(clickhouse, scope, month)
  const ruleSet = await readRuleSet(postgres, scope, run.ruleSetVersion)
  const tree = await allocator.treeOf(scope, month)
  const rows = countedRows(scope.organizationId, periodOf(month), zone, null)
  const rules = compileRules(ruleSet.document, tree, periodOf(month), rows, ['provider', 'service'])
  const text = rules.dimensions.map((dimension) => `toString(${rules.textOf(dimension)})`).join(', ')
  const tests = rules.rules.map((rule) => `toUInt8(${conditionSql(rule.when, rules.textOf, rows.params)})`)
  const [row] = await clickhouse.query<Record<string, string | null> & { Tests: string[]; Texts: string[] }>({
    name: 'allocation.explainLine',
    sql: `SELECT *, toString(${rules.unitSql}) AS Unit, toString(${rules.partitionSql}) AS Part, [${text}] AS Texts, ${tests.length > 0 ? `[${tests.join(', ')}]` : 'CAST([] AS Array(UInt8))'} AS Tests
      FROM (${rules.withRules(
        rows.lines(
          rules.dimensions,
          rules.bounds,
          [
            ...shown.map((column) => `nullIf(toString(${column}), '') AS s_${column}`),
            "formatDateTime(ChargePeriodStart, '%FT%TZ', 'UTC') AS s_ChargePeriodStart",
            'toString(BilledCost) AS b, toString(EffectiveCost) AS e, toString(ListCost) AS l, toString(ContractedCost) AS c',
          ].join(', '),
          [
            `x_BatchId = ${rows.params.bind('String', line.batch)}`,
            `x_RowNumber = ${rows.params.bind('UInt64', line.row)}`,
          ],
        ),
      )})`,
    params: rows.params.values,
  })
  if (!row)
    throw notFound(
      'line_not_open',
      'This line belongs to a batch that is closed: it no longer counts, so it is nobody’s.',
    )

  const taken = Number(row.RuleNo)
  const texts = new Map(rules.dimensions.map((dimension, i) => [dimension, row.Texts[i] ?? '']))
  const steps = rules.rules.slice(0, taken === 0 ? undefined : taken).map((rule, i) => {
    const seen = [
      ...new Set([...dimensionsOf(rule.when), ...('byDimension' in rule.assign ? [rule.assign.byDimension] : [])]),
    ]
    const matches = Number(row.Tests[i]) === 1
    return {
      rule: rule.id,
      name: rule.name,
      taken: i + 1 === taken,
      seen: Object.fromEntries(seen.map((dimension) => [dimension, texts.get(dimension) ?? ''])),
      why:
        i + 1 === taken ? 'taken' : !matches ? 'condition' : 'byDimension' in rule.assign ? 'no_unit' : 'time_or_unit',
    }
  })
  const amounts = [row.b, row.e, row.l, row.c].map((value) =>
    value === null || value === undefined ? null : unitsOf(value),
  ) as unknown as Vector
  const rule = taken === 0 ? null : rules.rules[taken - 1]!
  const { way, pool, parts } = splitLine(run, ruleSet.document, tree, {
    rule,
    unit: String(row.Unit ?? ''),
    partition: String(row.Part ?? ''),
    currency: String(row.s_BillingCurrency ?? ''),
    amounts,
  })
  return {
    month,
    charge: {
      ...Object.fromEntries(
        [...shown, 'ChargePeriodStart'].map((column) => [column, row[`s_${column}`] as string | null]),
      ),
      ...toAmounts(amounts ?? emptyVector),
    },
    steps,
    way: way as Way,
    pool,
    parts: parts.map(({ unit, fraction, amounts: part }) => ({ unit, fraction, ...toAmounts(part) })),
  }
}
