import type { Scope } from '../../primitives/scope'
import { Granularity, type RegistryAnswer } from './contract'
import { dimensions } from './dimensions'
import type { Explorer } from './explorer'
import { liveBatches, openBatches } from './ledger-facts'
import { lensWords } from './lens-words'
import { metrics, type Words } from './metrics'

/** Everything that can be asked: metrics, dimensions, granularities, and the keys that this organization's own data brings. */
export async function describeRegistry(explorer: Explorer, scope: Scope): Promise<RegistryAnswer> {
  const { organizationId } = scope
  const ofCharges = await explorer.remember(organizationId, 'registry keys', { batches: true }, async () => {
    const open = openBatches(await liveBatches(explorer, scope, null), null)
    const [found] = await explorer.run<{ TagKeys: string[]; ExtraColumns: string[] }>({
      name: 'explore.registryKeys',
      sql: `SELECT arraySort(groupUniqArrayArray(2000)(mapKeys(x_Tags))) AS TagKeys, arraySort(groupUniqArrayArray(2000)(mapKeys(x_Extra))) AS ExtraColumns
        FROM charges_v1 WHERE x_OrganizationId = {organizationId:UUID} AND x_BatchId IN ${open.sql}`,
      params: { organizationId, ...open.params },
    })
    return { tagKeys: found?.TagKeys ?? [], extraColumns: found?.ExtraColumns ?? [] }
  })
  const ofCalls = await explorer.remember(organizationId, 'registry attribute keys', { usage: 'all' }, async () => {
    const [recent] = await explorer.run<{ Keys: string[] }>({
      name: 'explore.registryAttributeKeys',
      sql: `SELECT groupUniqArrayArray(500)(mapKeys(Attributes)) AS Keys FROM usage_events_v1 WHERE OrganizationId = {organizationId:UUID}
        AND StartedAt >= (SELECT max(Bucket) - INTERVAL 1 DAY FROM usage_coarse_v1 WHERE OrganizationId = {organizationId:UUID} AND BucketHours = 1)`,
      params: { organizationId },
    })
    return recent?.Keys ?? []
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
      lenses: lensWords[id] as Record<string, Words> | undefined,
    })),
    dimensions: dimensions.map(({ id, name, explanation, focusColumn, group }) => ({
      id,
      name,
      explanation,
      focusColumn,
      group,
    })),
    granularities: [...Granularity.options],
    tagKeys: [...new Set([...ofCharges.tagKeys, ...ofCalls])].sort(),
    extraColumns: ofCharges.extraColumns,
  }
}
