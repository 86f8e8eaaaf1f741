import type { z } from 'zod'
import { invalid } from '../../primitives/errors'
import { sumDecimals } from '../../primitives/money'
import type { Scope } from '../../primitives/scope'
import type { ExplainChangeAnswer, ExplainChangeRequest as Request } from './contract'
import { type ChangedItem, decomposeChange } from './decompose-change'
import type { Explorer } from './explorer'
import { ledgerFacts } from './ledger-facts'
import { dimensionOf, type RowSet, rowSetOf } from './question'
import { chargesSource, coveredSql, usageSources } from './row-sources'

type ParsedRequest = z.output<typeof Request>
type Row = { Value: string; Item: string; Unit: string; Quantity: string | null; Cost: string | null }

const costColumns = {
  effective_cost: 'EffectiveCost',
  billed_cost: 'BilledCost',
  list_cost: 'ListCost',
  contracted_cost: 'ContractedCost',
} as const

/**
 * Why a cost is another than in the period before, by the values of one dimension. Costs are those of `answerQuestion`: what
 * a bill covers counts from the bill, the rest from priced calls. An item is a SKU with its region and pricing category,
 * or a leaf unit of a model; its parts always add up to its change (see `decomposeChange`).
 * @throws Failure as for questions, and `unexplained_metric` for a metric that is not a cost.
 */
export async function explainChange(
  explorer: Explorer,
  scope: Scope,
  request: ParsedRequest,
): Promise<ExplainChangeAnswer> {
  const column = costColumns[request.metric as keyof typeof costColumns]
  if (column === undefined)
    throw invalid(
      'unexplained_metric',
      `Quantity, price and mix explain a cost, not “${request.metric}”. Ask for one of ${Object.keys(costColumns).join(', ')}.`,
      { metric: request.metric },
    )
  const timeZone = request.timeZone ?? (await explorer.timeZoneOf(scope))
  const key = `change ${JSON.stringify([request, timeZone])}`
  const sets = [request.period, request.comparison].map((period) =>
    rowSetOf(scope.organizationId, { ...request, period, asOf: null }, timeZone),
  )
  const ends = sets.flatMap(({ from, to }) => [from, to]).sort((a, b) => (a < b ? -1 : 1))
  const both = { from: ends[0]!, to: ends.at(-1)! }
  return explorer.remember(scope.organizationId, key, { batches: true, usage: both }, async () => {
    const [after, before] = await Promise.all(
      [request.period, request.comparison].map(async (period) => {
        const set = rowSetOf(scope.organizationId, { ...request, period, asOf: null }, timeZone)
        const facts = await ledgerFacts(explorer, scope, set)
        return itemsOf(explorer, { ...set, facts }, request.dimension, column)
      }),
    )
    return answerOf(request, before!, after!)
  })
}

/** Costs and quantities of the items of each value, in one statement. */
function itemsOf(explorer: Explorer, set: RowSet, dimensionId: string, column: string): Promise<Row[]> {
  const dimension = dimensionOf(dimensionId, set.params)
  const charges = chargesSource(set)
  const covered = coveredSql(set)
  const branches = [
    // A row without a quantity (a tax, a credit) must not dilute the price of those that have one.
    `SELECT toString(${dimension.charges}) AS Value,
      concat(if(SkuId != '', SkuId, SkuMeter), '|', RegionId, '|', PricingCategory) AS Item,
      if(ConsumedQuantity IS NULL, '', lowerUTF8(toString(ConsumedUnit))) AS Unit,
      CAST(sum(ConsumedQuantity) AS Nullable(Decimal(76, 30))) AS Quantity, CAST(sum(${column}) AS Nullable(Decimal(76, 30))) AS Cost
      FROM ${charges.sql} WHERE ${charges.where.join(' AND ')} GROUP BY Value, Item, Unit`,
    ...usageSources(set, 'leaf', null).map(({ sql, where }) => {
      const conditions = [
        ...where,
        'Cost IS NOT NULL',
        `Currency = ${set.params.bind('String', set.currency)}`,
        ...(covered === null ? [] : [`NOT ${covered}`]),
      ]
      // A leaf carries its own unit.
      return `SELECT Value, Item, Unit, CAST(Q AS Nullable(Decimal(76, 30))) AS Quantity, CAST(C AS Nullable(Decimal(76, 30))) AS Cost
        FROM (SELECT toString(${dimension.usage}) AS Value, concat(toString(Model), '|', Unit) AS Item,
          if(startsWith(Unit, 'input.') OR startsWith(Unit, 'output.') OR startsWith(Unit, 'embedding.'), 'tokens', Unit) AS Unit,
          sum(Quantity) AS Q, sum(Cost) AS C
          FROM ${sql} WHERE ${conditions.join(' AND ')} GROUP BY Value, Item, Unit)`
    }),
  ]
  return explorer.run<Row>({
    name: 'explore.explainChange',
    sql: `SELECT Value, Item, Unit, sum(Quantity) AS Quantity, sum(Cost) AS Cost FROM (${branches.join('\nUNION ALL\n')}) GROUP BY Value, Item, Unit`,
    params: set.params.values,
  })
}

function answerOf(request: ParsedRequest, before: Row[], after: Row[]): ExplainChangeAnswer {
  const values = new Map<string, Map<string, ChangedItem>>()
  const known = { before: new Map<string, string[]>(), after: new Map<string, string[]>() }
  const take = (rows: Row[], when: 'Before' | 'After') => {
    for (const row of rows) {
      const items = values.get(row.Value) ?? new Map<string, ChangedItem>()
      values.set(row.Value, items)
      const unit = row.Unit === '' ? null : row.Unit
      const key = `${row.Item}\u0000${row.Unit}`
      const item = items.get(key) ?? {
        unit,
        quantityBefore: '0',
        quantityAfter: '0',
        costBefore: '0',
        costAfter: '0',
      }
      items.set(key, item)
      item[`quantity${when}`] = sumDecimals([item[`quantity${when}`], row.Quantity ?? '0'])
      item[`cost${when}`] = sumDecimals([item[`cost${when}`], row.Cost ?? '0'])
      if (row.Cost !== null) {
        const side = known[when === 'Before' ? 'before' : 'after']
        side.set(row.Value, [...(side.get(row.Value) ?? []), row.Cost])
      }
    }
  }
  take(before, 'Before')
  take(after, 'After')
  const sumOf = (costs: string[] | undefined) => (costs === undefined ? null : sumDecimals(costs))
  const groups = [...values]
    .map(([value, items]) => ({
      value: value === '' ? null : value,
      before: sumOf(known.before.get(value)),
      after: sumOf(known.after.get(value)),
      ...decomposeChange([...items.values()]),
    }))
    .filter((group) => group.before !== null || group.after !== null)
  const sumAll = (of: 'change' | 'quantity' | 'price' | 'mix' | 'costOnly') =>
    sumDecimals(groups.map((group) => group[of]))
  return {
    currency: request.currency,
    groups,
    total: {
      before: sumOf(groups.flatMap((group) => group.before ?? [])),
      after: sumOf(groups.flatMap((group) => group.after ?? [])),
      change: sumAll('change'),
      quantity: sumAll('quantity'),
      price: sumAll('price'),
      mix: sumAll('mix'),
      costOnly: sumAll('costOnly'),
    },
  }
}
