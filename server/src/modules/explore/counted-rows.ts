import { invalid } from '../../primitives/errors'
import type { Dimension } from './dimensions'
import { dimensionOf, Params, type RowSet } from './question'
import { chargesSource, coveredSql, detailOf, type RowSource, usageSources } from './row-sources'
import { checkedTimeZone, engineMicros, startOfLocalDay } from './time-zone'

/** The money that counts in a period: charges of the batches open at `asOf`, and usage that no bill covers. */
export type CountedRows = {
  /** Microseconds since 1970; `to` is not part of the period. */
  from: bigint
  to: bigint
  /** Values of every statement made from these rows. */
  params: Params
  /**
   * SQL of groups of rows with equal dimensions: columns `d0`… (text, '' is null) in the order of `dimensions`, `seg` (how many of
   * `bounds`, local days, have begun at the row), `cur`, `b`, `e`, `l`, `c` (Billed-, Effective-, List-, ContractedCost;
   * NULL where no row has one), `nb`, `ne`, `nl`, `nc` (rows without that amount) and `n` (rows). The bounds must ascend.
   */
  groups(dimensions: string[], bounds?: string[], only?: 'usage'): string
  /** SQL of groups of charges with the sum of ConsumedQuantity as `q`, and the same `d0`… and `seg`. */
  consumed(dimensions: string[], bounds?: string[]): string
  /** SQL of groups of calls, covered by a bill or not: `d0`…, `q`. `measure` is SQL over a row of `usage_per_15m_v1`. */
  usage(dimensions: string[], measure: string): string
  /** SQL of the columns `cur`, `b`, `e`, `l`, `c`, `n` and `batch` ('' for usage): sums read without any grouping by dimensions. */
  totals(): string
  /** SQL of single charges: `select` over columns of `charges_v1`, with `d0`… and `seg` beside. */
  lines(dimensions: string[], bounds: string[], select: string, where?: string[]): string
}

/**
 * @param period local days `YYYY-MM-DD` of `timeZone`, `to` exclusive
 * @param asOf microseconds since 1970; what was committed later is left out
 * @throws Failure `unknown_dimension`, `unknown_time_zone`, `empty_period`
 */
export function countedRows(
  organizationId: string,
  period: { from: string; to: string },
  timeZone: string,
  asOf: bigint | null,
): CountedRows {
  const zone = checkedTimeZone(timeZone)
  const from = BigInt(startOfLocalDay(period.from, zone)) * 1000n
  const to = BigInt(startOfLocalDay(period.to, zone)) * 1000n
  if (to <= from) throw invalid('empty_period', 'The period ends before it starts.', { period })
  const params = new Params()
  params.named('organizationId', organizationId)
  const set: RowSet = {
    organizationId,
    from,
    to,
    filters: [],
    currency: null,
    asOf,
    timeZone: zone,
    facts: null,
    params,
  }

  const dimensionsOf = (ids: string[]) => ids.map((id) => dimensionOf(id, params))
  const segment = (time: string, bounds: string[]) =>
    bounds.length === 0
      ? 'toUInt16(0)'
      : `toUInt16(${bounds.map((bound) => `(${time} >= ${params.bind("DateTime('UTC')", engineMicros(BigInt(startOfLocalDay(bound, zone)) * 1000n).slice(0, 19))})`).join(' + ')})`
  const keysOf = (dimensions: Dimension[], side: 'charges' | 'usage') =>
    dimensions.map((dimension, i) => `${dimension[side]} AS d${i}`)
  const names = (dimensions: Dimension[]) => dimensions.map((_, i) => `d${i}`)
  const where = (source: RowSource) => (source.where.length === 0 ? '' : ` WHERE ${source.where.join(' AND ')}`)
  const wide = (sql: string) => `CAST(${sql} AS Nullable(Decimal(76, 30)))`

  const chargeSums = `${wide('sum(BilledCost)')} AS b, ${wide('sum(EffectiveCost)')} AS e, ${wide('sum(ListCost)')} AS l, ${wide('sum(ContractedCost)')} AS c,
    toUInt64(0) AS nb, countIf(isNull(EffectiveCost)) AS ne, countIf(isNull(ListCost)) AS nl, countIf(isNull(ContractedCost)) AS nc, count() AS n`
  // The roll-up holds 0 where nothing could be priced; the status tells it from a true zero. An estimate stands for every cost column.
  const usageSums = (source: RowSource, keys: string[], group: string[]) => {
    const cost = wide("sum(if(CostStatus = 'unpriced', NULL, Cost))")
    const nulls = "countIf(CostStatus = 'unpriced')"
    return `SELECT ${[...keys, 'Currency AS cur'].join(', ')}, ${cost} AS b, ${cost} AS e, ${cost} AS l, ${cost} AS c,
        ${nulls} AS nb, ${nulls} AS ne, ${nulls} AS nl, ${nulls} AS nc, count() AS n
      FROM ${source.sql} WHERE ${[...source.where, `NOT ${coveredSql(set)}`].join(' AND ')} GROUP BY ${[...group, 'cur'].join(', ')}`
  }

  return {
    from,
    to,
    params,
    groups(ids, bounds = [], only) {
      const dimensions = dimensionsOf(ids)
      const group = [...names(dimensions), 'seg']
      const charges = chargesSource(set)
      const ofCharges = `SELECT ${[...keysOf(dimensions, 'charges'), `${segment('ChargePeriodStart', bounds)} AS seg`, 'BillingCurrency AS cur'].join(', ')}, ${chargeSums}
        FROM ${charges.sql}${where(charges)} GROUP BY ${[...group, 'cur'].join(', ')}`
      return [
        ...(only === 'usage' ? [] : [ofCharges]),
        ...usageSources(set, detailOf(dimensions), null).map((source) =>
          usageSums(source, [...keysOf(dimensions, 'usage'), `${segment('Bucket', bounds)} AS seg`], group),
        ),
      ].join('\nUNION ALL\n')
    },
    consumed(ids, bounds = []) {
      const dimensions = dimensionsOf(ids)
      const charges = chargesSource(set)
      return `SELECT ${[...keysOf(dimensions, 'charges'), `${segment('ChargePeriodStart', bounds)} AS seg`].join(', ')}, sum(ConsumedQuantity) AS q
        FROM ${charges.sql}${where(charges)} GROUP BY ${[...names(dimensions), 'seg'].join(', ')}`
    },
    usage(ids, measure) {
      const dimensions = dimensionsOf(ids)
      return usageSources(set, detailOf(dimensions), null)
        .map(
          (source) =>
            `SELECT ${[...keysOf(dimensions, 'usage'), `${wide(`sum(${measure})`)} AS q`].join(', ')} FROM ${source.sql}${where(source)}${dimensions.length > 0 ? ` GROUP BY ${names(dimensions).join(', ')}` : ''}`,
        )
        .join('\nUNION ALL\n')
    },
    totals() {
      const charges = chargesSource(set)
      return [
        `SELECT BillingCurrency AS cur, ${chargeSums}, toString(x_BatchId) AS batch FROM ${charges.sql}${where(charges)} GROUP BY cur, x_BatchId`,
        ...usageSources(set, 'quarter', null).map(
          (source) => `SELECT *, '' AS batch FROM (${usageSums(source, [], [])})`,
        ),
      ].join('\nUNION ALL\n')
    },
    lines(ids, bounds, select, more = []) {
      const dimensions = dimensionsOf(ids)
      const charges = chargesSource(set)
      return `SELECT ${[...keysOf(dimensions, 'charges'), `${segment('ChargePeriodStart', bounds)} AS seg`, select].join(', ')}
        FROM ${charges.sql} WHERE ${[...charges.where, ...more].join(' AND ')}`
    },
  }
}
