import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import type { ProviderUsage } from './contract'

/**
 * SQL of the provider usage that counts for `{organizationId:UUID}`: of each day of a report the batch recorded last. Columns
 * are those of provider_usage_v1.
 */
export const liveProviderUsageSql = `SELECT * FROM provider_usage_v1 WHERE OrganizationId = {organizationId:UUID}
  AND (ConnectionId, Part, toDate(BucketStart), BatchId) IN (
    SELECT ConnectionId, Part, Day, argMax(BatchId, RecordedAt) FROM provider_usage_days_v1
    WHERE OrganizationId = {organizationId:UUID} GROUP BY ConnectionId, Part, Day)`

/** Usage of a connection as its provider counted it, by day, report, project, model, tier and leaf unit. `[from, to)` in UTC. */
export async function readProviderUsage(
  clickhouse: ClickHouse,
  scope: Scope,
  connectionId: string,
  from: string,
  to: string,
): Promise<ProviderUsage> {
  const rows = await clickhouse.query<ProviderUsage['rows'][number]>({
    name: 'connections.readProviderUsage',
    sql: `SELECT Part AS part, toString(toDate(BucketStart)) AS day, any(if(ProjectName = '', Project, ProjectName)) AS project, Model AS model, Tier AS tier,
        leaf.1 AS unit, toString(sum(leaf.2)) AS quantity
      FROM (${liveProviderUsageSql} AND ConnectionId = {connectionId:UUID}
        AND BucketStart >= {from:DateTime('UTC')} AND BucketStart < {to:DateTime('UTC')}) ARRAY JOIN arrayZip(Units, Quantities) AS leaf
      GROUP BY part, day, Project, model, tier, unit ORDER BY day, part, project, model, tier, unit LIMIT 100000`,
    params: {
      organizationId: scope.organizationId,
      connectionId,
      from: `${from.slice(0, 10)} 00:00:00`,
      to: `${to.slice(0, 10)} 00:00:00`,
    },
  })
  return { rows }
}
