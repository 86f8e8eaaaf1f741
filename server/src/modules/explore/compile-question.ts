import { invalid } from '../../primitives/errors'
import type { Granularity } from './contract'
import type { Conversion } from './convert-amounts'
import { convertedBranch, rateIndexSql } from './convert-amounts'
import type { Dimension } from './dimensions'
import { type Measure, measures } from './measures'
import type { Metric } from './metrics'
import { dimensionOf, metricOf, type ParsedQuery, type RowSet, unknownName } from './question'
import { chargesSource, coveredSql, detailOf, type RowSource, type UsageDetail, usageSources } from './row-sources'

/** A column of the statement's answer, in the order of the answer's cells. `alias` is its name in the statement. */
export type CompiledColumn =
  | { alias: string; id: string; kind: 'time' }
  | { alias: string; id: string; kind: 'dimension'; implicit: boolean; dimension: Dimension | null }
  | { alias: string; id: string; kind: 'metric'; metric: Metric }

/** One statement that answers a question. Rows carry `is_total`: 1 marks totals. */
export type CompiledQuestion = {
  sql: string
  params: Record<string, unknown>
  columns: CompiledColumn[]
  /** Without keys of its own the answer is one row (a currency), which is its total too. */
  rowsAreTotals: boolean
}

export type Key = {
  alias: string
  charges: string
  usage: string
  /** Its values must never be added: totals are kept apart by it. */
  separates: boolean
}

/** A row as the statement gives it, by alias. */
export type Row = Record<string, string | number | null>

/** What is known of the rows before the statement is written: it leaves out what they have not got. */
export type RowFacts = {
  /** The only currency with money in these rows: rows without money are shown with it. */
  sole: string | null
  charges: boolean
  usage: boolean
  /** Bills cover some of the usage. */
  covered: boolean
}

/** Nothing is known: the statement looks at everything. */
export const nothingKnown: RowFacts = { sole: null, charges: true, usage: true, covered: true }

type Asked = Pick<ParsedQuery, 'metrics' | 'dimensions' | 'granularity' | 'orderBy' | 'limit'>

/** What a question's answer is made of, before any statement: its metrics and their sums, its keys and its columns. */
export function layoutOf(set: RowSet, query: Asked, facts: RowFacts, conversion: Conversion | null = null) {
  const asked = unique(query.metrics).map(metricOf)
  const askedDimensions = unique(query.dimensions).map((id) => dimensionOf(id, set.params))
  const needed = unique(asked.flatMap((metric) => metric.measures))
  const detail = detailOf([...askedDimensions, ...set.filters.map((f) => f.dimension)])

  const keys: Key[] = []
  const columns: CompiledColumn[] = []
  if (query.granularity) {
    keys.push({
      alias: 'k_time',
      charges: bucketSql(query.granularity, 'ChargePeriodStart', set),
      usage: bucketSql(query.granularity, 'Bucket', set),
      separates: false,
    })
    columns.push({ alias: 'k_time', id: 'time', kind: 'time' })
  }
  const separatesCurrency = asked.some((metric) => metric.money) && (set.currency === null || conversion !== null)
  const separatesUnit = needed.includes('consumed')
  const addKey = (dimension: Dimension, implicit: boolean, sql: { charges: string; usage: string }) => {
    const alias = `k${keys.length}`
    const separates =
      (dimension.id === 'currency' && asked.some((metric) => metric.money)) ||
      (dimension.id === 'consumed_unit' && separatesUnit)
    keys.push({ alias, charges: sql.charges, usage: sql.usage, separates })
    columns.push({ alias, id: dimension.id, kind: 'dimension', implicit, dimension })
  }
  for (const dimension of askedDimensions) {
    const ofAmounts = conversion !== null && dimension.id === 'currency'
    addKey(dimension, false, ofAmounts ? amountCurrency(set, needed, facts, conversion) : dimension)
  }
  if (separatesCurrency && !query.dimensions.includes('currency')) {
    addKey(dimensionOf('currency', set.params), true, amountCurrency(set, needed, facts, conversion))
  }
  if (separatesUnit && !query.dimensions.includes('consumed_unit')) {
    const unit = dimensionOf('consumed_unit', set.params)
    addKey(unit, true, unit)
  }
  columns.push(...asked.map((metric, i) => ({ alias: `v${i}`, id: metric.id, kind: 'metric' as const, metric })))

  return { asked, askedDimensions, needed, detail, keys, columns }
}

/**
 * Compiles a question to one statement: a branch of charges and branches of usage, only those needed, summed together.
 * Identifiers come from the registry alone; every value is a parameter. With `conversion`, amounts are multiplied by the rate of
 * their currency and local day; those without a rate stay in their own currency, apart.
 * @throws Failure for unknown metrics, dimensions and order columns.
 */
export function compileQuestion(
  set: RowSet,
  query: Asked,
  facts: RowFacts,
  conversion: Conversion | null = null,
): CompiledQuestion {
  const { asked, askedDimensions, needed, detail, keys, columns } = layoutOf(set, query, facts, conversion)
  const unitIsKey = askedDimensions.some((dimension) => dimension.perLeaf)
  const branches = branchesOf(
    set,
    keys,
    needed,
    usageSources(set, detail, conversion === null ? (query.granularity ?? null) : (finest(query.granularity) ?? 'day')),
    detail,
    unitIsKey,
    facts,
    conversion,
  )
  const ownKeys = keys.filter((key) => !key.separates)
  const separators = keys.filter((key) => key.separates).map((key) => key.alias)
  const all = keys.map((key) => key.alias)
  const isTotal = ownKeys.length === 0 ? '0' : `grouping(${ownKeys[0]!.alias})`
  const sumOf = (measure: Measure) => {
    const whole =
      detail === 'leaf' && unitIsKey && measures[measure].perCall
        ? `if(${isTotal} = 1, sum(m_${measure}_once), sum(m_${measure}))`
        : `sum(m_${measure})`
    // Nothing recorded in the whole set is a true zero; in one group of a table it says "not known of this group".
    return measures[measure].type !== 'count'
      ? whole
      : ownKeys.length === 0
        ? `ifNull(${whole}, 0)`
        : `if(${isTotal} = 1, ifNull(${whole}, 0), ${whole})`
  }
  const values = asked.map((metric, i) => `${metric.sql(...metric.measures.map(sumOf))} AS v${i}`)
  const grouping =
    all.length === 0
      ? ''
      : ownKeys.length === 0
        ? `GROUP BY ${all.join(', ')}`
        : `GROUP BY GROUPING SETS ((${all.join(', ')}), (${separators.join(', ')}))`
  // Totals (one a currency or unit) stand outside the limit.
  const limit = set.params.bind('UInt64', Math.max(query.limit, 1000) + 1)
  const sql = `SELECT ${[...all, ...values, `${isTotal} AS is_total`].join(', ')}
FROM (
${branches.join('\nUNION ALL\n')}
) ${grouping}
ORDER BY is_total, ${orderSql(query.orderBy, columns)}
LIMIT ${limit} BY is_total`
  return { sql, params: set.params.values, columns, rowsAreTotals: ownKeys.length === 0 }
}

/** The start of the bucket in the zone, as seconds since 1970. */
function bucketSql(granularity: Granularity, time: string, set: RowSet): string {
  const zone = set.params.bind('String', set.timeZone)
  const start = {
    // Every zone's offset is a whole number of quarter hours, so quarter hours are the same everywhere.
    '15m': `toStartOfInterval(${time}, INTERVAL 15 MINUTE, 'UTC')`,
    hour: `toStartOfHour(${time}, ${zone})`,
    day: `toStartOfDay(${time}, ${zone})`,
    week: `toDateTime(toStartOfWeek(${time}, 1, ${zone}), ${zone})`,
    month: `toDateTime(toStartOfMonth(${time}, ${zone}), ${zone})`,
    quarter: `toDateTime(toStartOfQuarter(${time}, ${zone}), ${zone})`,
    year: `toDateTime(toStartOfYear(${time}, ${zone}), ${zone})`,
  }[granularity]
  return `toUnixTimestamp(${start})`
}

/**
 * The currency that keeps amounts apart. Usage that brings no money to the asked metrics (no price, or a bill counts in
 * its place) has none of its own, and goes with the only currency there is.
 */
function amountCurrency(
  set: RowSet,
  needed: Measure[],
  facts: RowFacts,
  conversion: Conversion | null,
): { charges: string; usage: string } {
  const into = conversion === null ? null : set.params.bind('String', conversion.into)
  const shown = (column: string) =>
    into === null ? `toString(${column})` : `if(x_rate > 0, ${into}, toString(${column}))`
  const usageMoney = needed.filter((measure) => ofCurrency(measure) && measures[measure].usage !== null)
  const countedOnly = usageMoney.every((measure) => measures[measure].counted)
  const none = facts.sole === null ? "''" : set.params.bind('String', facts.sole)
  const covered = countedOnly && facts.covered ? coveredSql(set) : null
  const without = usageMoney.length === 0 ? '1' : `CostStatus = 'unpriced'${covered === null ? '' : ` OR ${covered}`}`
  return {
    charges: shown('BillingCurrency'),
    usage: `if(${without}, ${none}, if(Currency = '', ${none}, ${shown('Currency')}))`,
  }
}

export const ofCurrency = (measure: Measure) =>
  measures[measure].type === 'money' || measure === 'pricedCalls' || measure === 'pricedTokens'

function branchesOf(
  set: RowSet,
  keys: Key[],
  needed: Measure[],
  sources: RowSource[],
  detail: UsageDetail,
  unitIsKey: boolean,
  facts: RowFacts,
  conversion: Conversion | null,
): string[] {
  const branches: string[] = []
  const branch = (keySql: string[], sums: Sum[], source: RowSource, side: 'charges' | 'usage') =>
    branches.push(
      conversion === null
        ? branchSql(keySql, sums, source, keys)
        : convertedBranch(
            set.params,
            conversion,
            keys.map((key) => key.alias),
            sums,
            (rate) => branchSql([rate, ...keySql], sums, source, [{ alias: 'x_rate' }, ...keys]),
            rateIndexSql(set, conversion, side),
          ),
    )
  const once = (measure: Measure) => detail === 'leaf' && unitIsKey && measures[measure].perCall
  const ofUsage = needed.filter((measure) => measures[measure].usage !== null)
  if (needed.some((measure) => measures[measure].charges !== null) && (facts.charges || ofUsage.length === 0)) {
    branch(
      keys.map((key) => `${key.charges} AS ${key.alias}`),
      chargeSums(needed, once),
      chargesSource(set),
      'charges',
    )
  }
  if (ofUsage.length === 0 || (!facts.usage && branches.length > 0)) return branches

  const countedOnly = ofUsage.every((measure) => measures[measure].counted)
  const currencyOnly = ofUsage.every(ofCurrency)
  const currency = set.currency === null ? null : `Currency = ${set.params.bind('String', set.currency)}`
  const covered = facts.covered && ofUsage.some((measure) => measures[measure].counted) ? coveredSql(set) : null
  const part = (measure: Measure, extra: string[]) => {
    const conditions = [
      ...(ofCurrency(measure) && currency && !currencyOnly ? [currency] : []),
      ...(measures[measure].counted && covered !== null && !countedOnly ? [`NOT ${covered}`] : []),
      ...extra,
    ]
    const { usage } = measures[measure]
    return conditions.length === 0 ? `sum(${usage})` : `sum(if(${conditions.join(' AND ')}, ${usage}, NULL))`
  }
  const onceOnly = (measure: Measure) => (detail === 'leaf' && measures[measure].perCall ? ['First'] : [])
  const variants = (measure: Measure): { name: string; extra: string[] }[] =>
    once(measure)
      ? [
          { name: measure, extra: [] },
          { name: `${measure}_once`, extra: ['First'] },
        ]
      : [{ name: measure, extra: onceOnly(measure) }]
  const usageSql = (measure: Measure, sql: string) => typed(measure, measures[measure].usage === null ? null : sql)

  const sums = needed.flatMap((measure) =>
    variants(measure).map(({ name, extra }) => ({
      alias: `m_${name}`,
      sql: usageSql(measure, part(measure, extra)),
      money: measures[measure].type === 'money',
    })),
  )
  for (const source of sources) {
    const where = [
      ...source.where,
      ...(currencyOnly && currency ? [currency] : []),
      ...(countedOnly && covered !== null ? [`NOT ${covered}`] : []),
    ]
    branch(
      keys.map((key) => `${key.usage} AS ${key.alias}`),
      sums,
      { sql: source.sql, where },
      'usage',
    )
  }
  return branches
}

const chargeSums = (needed: Measure[], once: (measure: Measure) => boolean | undefined): Sum[] =>
  needed.flatMap((measure) => {
    const sql = typed(measure, measures[measure].charges === null ? null : `sum(${measures[measure].charges})`)
    const money = measures[measure].type === 'money'
    return [
      { alias: `m_${measure}`, sql, money },
      ...(once(measure) ? [{ alias: `m_${measure}_once`, sql, money }] : []),
    ]
  })

/** The branch of charges alone: sums by the keys. */
export function chargesSql(set: RowSet, keys: Key[], needed: Measure[]): string {
  return branchSql(
    keys.map((key) => `${key.charges} AS ${key.alias}`),
    chargeSums(needed, () => false),
    chargesSource(set),
    keys,
  )
}

const whereSql = (conditions: string[]) => (conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`)

type Sum = { alias: string; sql: string; money: boolean }

function branchSql(keySql: string[], sums: Sum[], source: RowSource, keys: { alias: string }[]): string {
  const group = keys.length === 0 ? '' : ` GROUP BY ${keys.map((key) => key.alias).join(', ')}`
  return `SELECT ${[...keySql, ...sums.map(({ alias, sql }) => `${sql} AS ${alias}`)].join(', ')} FROM ${source.sql}${whereSql(source.where)}${group}`
}

const engineType = {
  money: 'Nullable(Decimal(76, 30))',
  quantity: 'Nullable(Decimal(76, 30))',
  count: 'Nullable(Int64)',
} as const
const typed = (measure: Measure, sql: string | null) =>
  `CAST(${sql ?? 'NULL'} AS ${engineType[measures[measure].type]})`

function orderSql(orderBy: ParsedQuery['orderBy'], columns: CompiledColumn[]): string {
  const sqlOf = (column: CompiledColumn) =>
    column.kind === 'dimension' ? `nullIf(toString(${column.alias}), '')` : column.alias
  const wanted = orderBy.map(({ id, direction }) => {
    const column = columns.find((candidate) => candidate.id === id)
    if (!column)
      throw unknownName(
        'unknown_order',
        'column to order by',
        id,
        columns.map((candidate) => candidate.id),
      )
    return `${sqlOf(column)} ${direction === 'asc' ? 'ASC' : 'DESC'} NULLS LAST`
  })
  const time = columns.find((column) => column.kind === 'time')
  const metric = columns.find((column) => column.kind === 'metric')
  if (!metric) throw invalid('no_metric', 'A question needs at least one metric.')
  if (wanted.length === 0) wanted.push(...(time ? [`${time.alias} ASC`] : []), `${metric.alias} DESC NULLS LAST`)
  // Ties are broken by every key, so that the same question gives the same order.
  return [
    ...wanted,
    ...columns.filter((column) => column.kind !== 'metric').map((column) => `${column.alias} ASC`),
  ].join(', ')
}

/** Rates are of local days: rows must not lie across one. */
const finest = (granularity: Granularity | null | undefined): Granularity | null =>
  granularity === '15m' || granularity === 'hour' ? granularity : null

const unique = <T>(values: T[]) => [...new Set(values)]
