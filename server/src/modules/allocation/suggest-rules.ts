import type { Scope } from '../../primitives/scope'
import { countedRows } from '../explore'
import type { Allocator } from './allocator'
import { textOf, unitsOf } from './amounts'
import { compileRules } from './compile-rules'
import type { RuleDocument, Suggestion } from './contract'
import { periodOf } from './months'
import { nearestUnit } from './nearest-unit'

const columnAlias = { BilledCost: 'b', EffectiveCost: 'e', ListCost: 'l', ContractedCost: 'c' } as const
const candidates = [
  'team',
  'project',
  'feature',
  'environment',
  'workload',
  'customer',
  'sub_account_name',
  'sub_account',
  'service',
  'model',
]

/**
 * Values that the next rule could look at, by the money that no rule takes. A value whose spelling is near the name of a unit
 * comes with that unit.
 */
export async function suggestRules(allocator: Allocator, scope: Scope, document: RuleDocument, month: string) {
  const { clickhouse } = allocator
  const tree = await allocator.treeOf(scope, month)
  const zone = await allocator.timeZoneOf(scope)
  const period = periodOf(month)
  const asOf = BigInt(allocator.now()) * 1000n + 999n
  const rows = () => countedRows(scope.organizationId, period, zone, asOf)

  const tagged = rows()
  const tags = await clickhouse.query<{ key: string }>({
    name: 'allocation.tagKeys',
    sql: `SELECT key FROM (${tagged.lines([], [], 'toString(arrayJoin(mapKeys(x_Tags))) AS key, EffectiveCost AS cost')}) GROUP BY key ORDER BY sum(abs(cost)) DESC, key LIMIT 12`,
    params: tagged.params.values,
  })
  const dimensions = [...candidates, ...tags.map(({ key }) => `tag:${key}`)]
  const counted = rows()
  const rules = compileRules(document, tree, period, counted, dimensions)
  const column = columnAlias[document.base]
  const found = await clickhouse.query<{
    dimension: string
    value: string
    cur: string
    amount: string | null
    n: string
  }>({
    name: 'allocation.suggest',
    sql: `SELECT pair.1 AS dimension, pair.2 AS value, cur, toString(sum(${column})) AS amount, toString(sum(n)) AS n
      FROM (${rules.withRules(counted.groups(rules.dimensions, rules.bounds))})
      ARRAY JOIN [('', ''), ${dimensions.map((dimension) => `(${counted.params.bind('String', dimension)}, toString(${rules.textOf(dimension)}))`).join(', ')}] AS pair
      WHERE RuleNo = 0 AND cur != ''
      GROUP BY dimension, value, cur ORDER BY abs(sum(${column})) DESC, dimension, value LIMIT 40 BY dimension, cur`,
    params: counted.params.values,
  })
  const totals = found.filter((row) => row.dimension === '')
  const suggestions: Suggestion[] = found
    .filter((row) => row.dimension !== '' && row.value !== '' && row.amount !== null)
    .map((row) => {
      const near = nearestUnit(row.value, tree)
      return {
        dimension: row.dimension,
        value: row.value,
        currency: row.cur,
        amount: textOf(unitsOf(row.amount!)),
        rows: Number(row.n),
        unit: near?.unit ?? null,
        reason: near?.reason ?? 'largest',
      }
    })
  const size = (suggestion: Suggestion) => {
    const units = unitsOf(suggestion.amount)
    return units < 0n ? -units : units
  }
  const rank = { exact: 0, spelling: 1, largest: 2 }
  suggestions.sort((a, b) => {
    const named = rank[a.reason] - rank[b.reason]
    if (named !== 0) return named
    return size(a) === size(b) ? (a.value < b.value ? -1 : 1) : size(a) > size(b) ? -1 : 1
  })
  return {
    month,
    unallocated: totals.map((row) => ({
      currency: row.cur,
      amount: row.amount === null ? '0' : textOf(unitsOf(row.amount)),
    })),
    suggestions: distinct(suggestions).slice(0, 60),
  }
}

/** What takes the very same lines under several names (`team`, `tag:Team`; an account's id and name) is suggested once, by the first. */
function distinct(suggestions: Suggestion[]): Suggestion[] {
  const seen = new Set<string>()
  return suggestions.filter(({ currency, amount, rows }) => {
    const key = JSON.stringify([currency, amount, rows])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
