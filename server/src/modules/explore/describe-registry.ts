import type { Scope } from '../../primitives/scope'
import { Granularity, type RegistryAnswer } from './contract'
import { dimensions } from './dimensions'
import type { Explorer } from './explorer'
import { metrics } from './metrics'
import { Params } from './question'
import { liveBatches } from './row-sources'

/** Everything that can be asked: metrics, dimensions, granularities, and the keys that this organization's own data brings. */
export async function describeRegistry(explorer: Explorer, scope: Scope): Promise<RegistryAnswer> {
  const keys = await explorer.remember(scope.organizationId, 'registry keys', null, async () => {
    const params = new Params()
    params.named('organizationId', scope.organizationId)
    const [found] = await explorer.run<{ TagKeys: string[]; ExtraColumns: string[] }>({
      name: 'explore.registryKeys',
      sql: `SELECT arraySort(groupUniqArrayArray(2000)(mapKeys(x_Tags))) AS TagKeys, arraySort(groupUniqArrayArray(2000)(mapKeys(x_Extra))) AS ExtraColumns
        FROM charges_v1 WHERE x_OrganizationId = {organizationId:UUID} AND x_BatchId IN (${liveBatches({ asOf: null, params })})`,
      params: params.values,
    })
    const [recent] = await explorer.run<{ Keys: string[] }>({
      name: 'explore.registryAttributeKeys',
      sql: `SELECT groupUniqArrayArray(500)(mapKeys(Attributes)) AS Keys FROM usage_events_v1 WHERE OrganizationId = {organizationId:UUID}
        AND StartedAt >= (SELECT max(Bucket) - INTERVAL 1 DAY FROM usage_per_15m_v1 WHERE OrganizationId = {organizationId:UUID})`,
      params: { organizationId: scope.organizationId },
    })
    return {
      tagKeys: [...new Set([...(found?.TagKeys ?? []), ...(recent?.Keys ?? [])])].sort(),
      extraColumns: found?.ExtraColumns ?? [],
    }
  })
  return {
    metrics: metrics.map(({ id, name, explanation, formula, unit, type, goodWhen, group }) => ({
      id,
      name,
      explanation,
      formula,
      unit,
      type,
      goodWhen,
      group,
    })),
    dimensions: dimensions.map(({ id, name, explanation, focusColumn, group }) => ({
      id,
      name,
      explanation,
      focusColumn,
      group,
    })),
    granularities: [...Granularity.options],
    ...keys,
  }
}
