import type { Params, RowSet } from './question'

/** Rates of one source into one currency. `keys` are `<currency> <local day>`; `rates` are decimal text, at most 15 digits after the point. */
export type Conversion = { into: string; keys: string[]; rates: string[] }

/** Amounts have 30 digits after the point and rates 15: their product needs 45, and nothing is rounded. */
const productScale = 45

/** SQL of the place of a row's rate in `rates`; 0 where there is none. */
export function rateIndexSql(set: RowSet, conversion: Conversion, side: 'charges' | 'usage'): string {
  if (conversion.keys.length === 0) return 'toUInt32(0) AS x_rate'
  const [currency, time] = side === 'charges' ? ['BillingCurrency', 'ChargePeriodStart'] : ['Currency', 'Bucket']
  const zone = set.params.bind('String', set.timeZone)
  const keys = set.params.bind('Array(String)', conversion.keys)
  return `transform(concat(toString(${currency}), ' ', toString(toDate(${time}, ${zone}))), ${keys}, arrayMap(n -> toUInt32(n), arrayEnumerate(${keys})), toUInt32(0)) AS x_rate`
}

/**
 * SQL of a branch whose money is converted: rows are summed by rate first, so that few products are made, and each is exact.
 */
export function convertedBranch(
  params: Params,
  conversion: Conversion,
  keys: string[],
  sums: { alias: string; money: boolean }[],
  branch: (rate: string) => string,
  rate: string,
): string {
  const rates = params.bind('Array(String)', conversion.rates)
  const type = `Nullable(Decimal(76, ${productScale}))`
  const converted = sums.map(({ alias, money }) =>
    money && conversion.keys.length === 0
      ? `CAST(sum(s.${alias}) AS ${type}) AS ${alias}`
      : money
        ? `CAST(sum(if(x_rate = 0, CAST(s.${alias} AS ${type}), multiplyDecimal(s.${alias}, arrayMap(r -> toDecimal128(r, 15), ${rates})[x_rate], ${productScale}))) AS ${type}) AS ${alias}`
        : `sum(s.${alias}) AS ${alias}`,
  )
  const group = keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`
  return `SELECT ${[...keys, ...converted].join(', ')} FROM (${branch(rate)}) AS s${group}`
}
