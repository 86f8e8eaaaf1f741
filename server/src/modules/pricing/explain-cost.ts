import { notFound } from '../../primitives/errors'
import { formatDecimal, parseDecimal, sumDecimals } from '../../primitives/money'
import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import { coveredSql, rowSetOf, type UsageDetail, usageSources } from '../explore'
import { countingUsageSql } from '../ledger'
import type { ExplainAnswer, ExplainRequest } from './contract'

type Row = Omit<ExplainAnswer['lines'][number], 'exact' | 'counted'> & { counted: string | number }
type Deps = { clickhouse: ClickHouse; timeZoneOf: (scope: Scope) => Promise<string> }

const linesShown = 5_000
const identity =
  "Provider AS provider, if(Model = '', RequestModel, Model) AS model, toString(PriceVersion) AS priceVersion, toString(PricePath) AS path, toString(CostStatus) AS status, toString(Currency) AS currency"
const unitPriceSql = (quantity: string, cost: string) =>
  `if(${quantity} = 0 OR isNull(${cost}), NULL, CAST(${cost} AS Nullable(Decimal(76, 36))) / ${quantity})`

/**
 * Leaves × prices behind one call or a total of calls, and under which price each stands. The lines add up to what the
 * ledger says by itself, to the last digit; both sums are in the answer.
 * @throws Failure `event_not_found`, and those of `POST /api/v1/lines`.
 */
export async function explainCost(deps: Deps, scope: Scope, request: ExplainRequest): Promise<ExplainAnswer> {
  return 'eventId' in request ? explainCall(deps, scope, request) : explainTotal(deps, scope, request)
}

async function explainCall(
  { clickhouse }: Deps,
  scope: Scope,
  { eventId, startedAt }: { eventId: string; startedAt?: string },
): Promise<ExplainAnswer> {
  const at = startedAt === undefined ? '' : " AND StartedAt = fromUnixTimestamp64Milli({at:Int64}, 'UTC')"
  const calls = countingUsageSql('*', `OrganizationId = {organizationId:UUID}${at} AND EventId = {eventId:UInt64}`)
  const params = {
    organizationId: scope.organizationId,
    eventId,
    ...(startedAt === undefined ? {} : { at: String(Date.parse(startedAt)) }),
  }
  const rows = await clickhouse.query<Row>({
    name: 'pricing.explainCall',
    sql: `SELECT ${identity}, toString(u) AS unit, toString(q) AS quantity, c AS cost, ${unitPriceSql('q', 'c')} AS unitPrice, '1' AS calls, 1 AS counted
      FROM (${calls}) LEFT ARRAY JOIN Units AS u, Quantities AS q, UnitCosts AS c`,
    params,
  })
  if (rows.length === 0)
    throw notFound('event_not_found', 'There is no such call. Take the EventId from the lines of the question.')
  const [total] = await clickhouse.query<{ currency: string; ledger: string | null }>({
    name: 'pricing.callCost',
    sql: `SELECT toString(Currency) AS currency, Cost AS ledger FROM (${calls})`,
    params,
  })
  return answerOf(rows, total?.ledger == null ? [] : [{ currency: total.currency, ledger: total.ledger }])
}

async function explainTotal(
  { clickhouse, timeZoneOf }: Deps,
  scope: Scope,
  request: Exclude<ExplainRequest, { eventId: string }>,
): Promise<ExplainAnswer> {
  const timeZone = request.timeZone ?? (await timeZoneOf(scope))
  const sourcesOf = (detail: UsageDetail) => {
    const set = rowSetOf(scope.organizationId, { ...request, currency: request.currency ?? null }, timeZone)
    const currency = set.currency === null ? [] : [`Currency = ${set.params.bind('String', set.currency)}`]
    return {
      set,
      sources: usageSources(set, detail, null).map(({ sql, where }) => ({ sql, where: [...where, ...currency] })),
    }
  }
  const leaf = sourcesOf('leaf')
  const whole = sourcesOf(leaf.set.filters.some(({ dimension }) => dimension.perLeaf) ? 'leaf' : 'event')
  const where = (conditions: string[]) => (conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`)
  const [rows, totals] = await Promise.all([
    clickhouse.query<Row>({
      name: 'pricing.explainTotal',
      sql: `SELECT provider, model, priceVersion, path, status, currency, unit, counted, unitPrice, toString(sum(Quantity)) AS quantity, sum(Cost) AS cost, toString(sum(Calls)) AS calls
        FROM (${leaf.sources.map(({ sql, where: conditions }) => `SELECT ${identity}, toString(Unit) AS unit, Quantity, Cost, ${unitPriceSql('Quantity', 'Cost')} AS unitPrice, Calls, NOT ${coveredSql(leaf.set) ?? '0'} AS counted FROM ${sql}${where(conditions)}`).join(' UNION ALL ')})
        GROUP BY provider, model, priceVersion, path, status, currency, unit, counted, unitPrice HAVING sum(Calls) != 0 ORDER BY cost DESC NULLS LAST, provider, model, unit LIMIT ${linesShown + 1}`,
      params: leaf.set.params.values,
    }),
    clickhouse.query<{ currency: string; ledger: string | null }>({
      name: 'pricing.explainedTotal',
      sql: `SELECT currency, sum(Cost) AS ledger FROM (${whole.sources.map(({ sql, where: conditions }) => `SELECT toString(Currency) AS currency, Cost FROM ${sql}${where(conditions)}`).join(' UNION ALL ')}) GROUP BY currency HAVING isNotNull(ledger) ORDER BY currency`,
      params: whole.set.params.values,
    }),
  ])
  return answerOf(rows, totals)
}

function answerOf(rows: Row[], totals: { currency: string; ledger: string | null }[]): ExplainAnswer {
  const lines = rows.slice(0, linesShown).map((row) => {
    const { unitPrice, quantity, cost } = row
    return {
      ...row,
      counted: Number(row.counted) === 1,
      unitPrice: unitPrice === null ? null : plain(unitPrice),
      cost: cost === null ? null : plain(cost),
      exact: cost === null || (unitPrice === null ? isZero(cost) : product(quantity, unitPrice) === plain(cost)),
    }
  })
  return {
    lines,
    totals: totals.map(({ currency, ledger }) => {
      const own = lines.flatMap((line) => (line.currency === currency && line.cost !== null ? [line.cost] : []))
      const cost = sumDecimals(own)
      return { currency, cost, ledger: plain(ledger ?? '0'), equal: cost === plain(ledger ?? '0') }
    }),
    truncated: rows.length > linesShown,
  }
}

const plain = (amount: string) => sumDecimals([amount])
const isZero = (amount: string) => plain(amount) === '0'

function product(a: string, b: string): string {
  const [x, y] = [parseDecimal(a)!, parseDecimal(b)!]
  return formatDecimal({ units: x.units * y.units, scale: x.scale + y.scale })
}
