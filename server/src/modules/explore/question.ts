import type { z } from 'zod'
import { invalid } from '../../primitives/errors'
import type { QueryRequest as QueryRequestSchema } from './contract'
import { type Dimension, dimensions, keyedDimension } from './dimensions'
import type { LedgerFacts } from './ledger-facts'
import { type Metric, metrics } from './metrics'
import { nearestNames } from './nearest-names'
import { checkedTimeZone, momentMicros } from './time-zone'

export type ParsedQuery = z.output<typeof QueryRequestSchema>
type ParsedFilter = ParsedQuery['filters'][number]

const metricById = new Map(metrics.map((metric) => [metric.id, metric]))
const dimensionById = new Map(dimensions.map((dimension) => [dimension.id, dimension]))

/** Values of a statement: the SQL holds placeholders, never a value. */
export class Params {
  readonly values: Record<string, unknown> = {}
  private count = 0
  private readonly names = new Map<string, string>()

  /** The placeholder of a value; the same value gets the same placeholder. */
  bind(
    type:
      | 'String'
      | 'Array(String)'
      | 'Array(UInt32)'
      | 'UInt32'
      | 'UInt64'
      | "DateTime('UTC')"
      | "DateTime64(3, 'UTC')"
      | "DateTime64(6, 'UTC')",
    value: unknown,
  ): string {
    const key = `${type} ${JSON.stringify(value)}`
    let name = this.names.get(key)
    if (name === undefined) {
      name = `p${this.count++}`
      this.names.set(key, name)
      this.values[name] = value
    }
    return `{${name}:${type}}`
  }

  named(name: string, value: unknown): void {
    this.values[name] = value
  }
}

/** The rows a question is about. All times in microseconds since 1970. */
export type RowSet = {
  organizationId: string
  from: bigint
  to: bigint
  filters: { dimension: Dimension; filter: ParsedFilter }[]
  currency: string | null
  asOf: bigint | null
  timeZone: string
  /** Null until `ledgerFacts` has been asked: then each statement finds them itself, which costs it more. */
  facts: LedgerFacts | null
  params: Params
}

/** What an answer about these rows stands on: see `Explorer.remember`. */
export const dependsOn = (set: RowSet) => ({ asOf: set.asOf, batches: true, usage: { from: set.from, to: set.to } })

/** @throws Failure `unknown_metric` with the nearest names. */
export function metricOf(id: string): Metric {
  const metric = metricById.get(id)
  if (metric) return metric
  throw unknownName('unknown_metric', 'metric', id, [...metricById.keys()])
}

/** @throws Failure `unknown_dimension` with the nearest names. */
export function dimensionOf(id: string, params: Params): Dimension {
  const dimension = dimensionById.get(id) ?? keyedDimension(id, (key) => params.bind('String', key))
  if (dimension) return dimension
  throw unknownName('unknown_dimension', 'dimension', id, [...dimensionById.keys(), 'tag:<key>', 'extra:<column>'])
}

export function unknownName(code: string, what: string, name: string, valid: string[]) {
  const nearest = nearestNames(name, valid)
  const advice = nearest.length > 0 ? `Did you mean ${nearest.join(', ')}?` : 'GET /api/v1/registry lists them.'
  return invalid(code, `There is no ${what} “${name}”. ${advice}`, { name, nearest })
}

/** @throws Failure for a name, zone or time that does not exist, or a period that ends before it starts. */
export function rowSetOf(
  organizationId: string,
  request: Pick<ParsedQuery, 'period' | 'filters' | 'currency' | 'asOf'>,
  timeZone: string,
): RowSet {
  const params = new Params()
  const zone = checkedTimeZone(timeZone)
  const from = momentMicros(request.period.from, zone)
  const to = momentMicros(request.period.to, zone)
  if (to <= from)
    throw invalid(
      'empty_period',
      'The period ends before it starts: `to` must be later than `from`, and is not part of the period.',
      { period: request.period },
    )
  const asOf = request.asOf == null ? null : momentMicros(request.asOf, zone)
  for (const moment of [from, to, asOf ?? from]) {
    if (moment < 0n || moment > 4_291_747_200_000_000n)
      throw invalid('invalid_time', 'Times must lie between 1970 and 2105.')
  }
  const filters = request.filters.map((filter) => ({ dimension: dimensionOf(filter.dimension, params), filter }))
  params.named('organizationId', organizationId)
  return {
    organizationId,
    from,
    to,
    filters,
    currency: request.currency ?? null,
    asOf,
    timeZone: zone,
    facts: null,
    params,
  }
}

/** SQL of a filter over the SQL of a text ('' is null). */
export function filterSql(text: string, filter: ParsedFilter, params: Params): string {
  const list = (values: (string | null)[]) =>
    params.bind(
      'Array(String)',
      values.map((value) => value ?? ''),
    )
  if (filter.in) return `${text} IN ${list(filter.in)}`
  if (filter.notIn) return `${text} NOT IN ${list(filter.notIn)}`
  if (filter.contains !== undefined)
    return `positionCaseInsensitiveUTF8(${text}, ${params.bind('String', filter.contains)}) > 0`
  return filter.isNull ? `${text} = ''` : `${text} != ''`
}
