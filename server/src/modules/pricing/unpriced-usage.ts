import { type PriceBook, quote } from '@infrazen/ai-cost'
import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import { countingUsageSql } from '../ledger'
import type { UnpricedAnswer } from './contract'

type Row = {
  provider: string
  model: string
  serviceTier: string
  region: string
  unit: string
  quantity: string
  calls: string
  firstSeen: string
  lastSeen: string
}

const rowsShown = 500

/**
 * Usage without a price in a period, by provider, model, terms and leaf unit, with the quantities and what to do. `to` is
 * exclusive. Usage that the book of now can price only waits to be rated again.
 */
export async function unpricedUsage(
  clickhouse: ClickHouse,
  scope: Scope,
  book: PriceBook,
  period: { from: Date; to: Date },
): Promise<UnpricedAnswer> {
  const where = `OrganizationId = {organizationId:UUID} AND StartedAt >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND StartedAt < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
    AND (StartedAt, EventId) IN (SELECT StartedAt, EventId FROM usage_events_v1 WHERE OrganizationId = {organizationId:UUID}
      AND StartedAt >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND StartedAt < fromUnixTimestamp64Milli({to:Int64}, 'UTC') AND CostStatus IN ('unpriced', 'partial'))`
  const rows = await clickhouse.query<Row>({
    name: 'pricing.unpriced',
    sql: `SELECT Provider AS provider, if(Model = '', RequestModel, Model) AS model, ServiceTier AS serviceTier, Region AS region,
        tupleElement(leaf, 1) AS unit, toString(sum(tupleElement(leaf, 2))) AS quantity, toString(count()) AS calls,
        formatDateTime(min(StartedAt), '%FT%TZ', 'UTC') AS firstSeen, formatDateTime(max(StartedAt), '%FT%TZ', 'UTC') AS lastSeen
      FROM (${countingUsageSql('*', where)})
      ARRAY JOIN if(empty(Units), [('', toUInt64(0))],
        arrayFilter((leaf, cost) -> isNull(cost), arrayMap((u, q) -> (toString(u), q), Units, Quantities), UnitCosts)) AS leaf
      WHERE CostStatus IN ('unpriced', 'partial')
      GROUP BY ALL ORDER BY count() DESC, provider, model, unit LIMIT ${rowsShown}`,
    params: {
      organizationId: scope.organizationId,
      from: String(period.from.getTime()),
      to: String(period.to.getTime()),
    },
  })
  return {
    from: period.from.toISOString(),
    to: period.to.toISOString(),
    items: rows.map((row) => ({ ...row, ...adviceOf(book, row) })),
  }
}

function adviceOf(book: PriceBook, row: Row): Pick<UnpricedAnswer['items'][number], 'reason' | 'remedy'> {
  if (row.unit === '')
    return {
      reason: { code: 'usage_missing', message: 'The calls report no usage: there is nothing to price.' },
      remedy: 'usage_missing',
    }
  const answer = quote(book, {
    provider: row.provider,
    model: row.model,
    at: new Date(row.lastSeen),
    region: row.region || undefined,
    serviceTier: row.serviceTier || undefined,
    leaves: [{ unit: row.unit, quantity: 1 }],
  })
  if (answer.leaves[0]?.cost != null) return { reason: null, remedy: 'rate_again' }
  const reason = answer.findings.find((each) => each.code !== 'context_tier') ?? null
  return {
    reason,
    remedy: row.model === '' || reason?.code === 'inference_profile_unresolved' ? 'name_model' : 'add_price',
  }
}
