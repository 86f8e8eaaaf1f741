import { type BatchRecord, openBatchesOf } from '../../ledger'
import type { ImportOrder, ImportTools } from './import-order'

/**
 * Which open batches the new ones replace. A corrected file repeats most of the lines of the one before (same charge,
 * perhaps another amount); another part of the same bill repeats none. Lines are told apart by what FOCUS says
 * identifies a charge, amounts and quantities left out. `leaveAlone`: open batches that are no rivals.
 */
export async function decideReplacement(
  order: Pick<ImportOrder, 'connectionId' | 'delivery' | 'replayOf'>,
  { clickhouse, scope }: Pick<ImportTools, 'clickhouse' | 'scope'>,
  batches: BatchRecord[],
  leaveAlone: ReadonlySet<string> = new Set(),
): Promise<string[]> {
  const open = (await openBatchesOf(clickhouse, scope, order.connectionId)).filter((o) => !leaveAlone.has(o.BatchId))
  const rivals = new Map<string, typeof open>()
  for (const batch of batches) {
    const same = open.filter((o) => o.Scope === batch.Scope && sameMoment(o.PeriodStart, batch.PeriodStart))
    if (same.length > 0) rivals.set(batch.BatchId, same)
    else batch.Decision = 'first of its account and period'
  }
  if (rivals.size === 0) return []
  if (order.delivery === 'append' || order.replayOf) {
    for (const batch of batches)
      if (rivals.has(batch.BatchId))
        batch.Decision = order.replayOf
          ? 'corrected rows join the batches they came from'
          : 'stands beside the earlier ones, as asked'
    return []
  }
  if (order.delivery === 'replace') {
    for (const batch of batches) if (rivals.has(batch.BatchId)) batch.Decision = 'replaces the earlier ones, as asked'
    return [...new Set([...rivals.values()].flat().map((o) => o.BatchId))]
  }
  const ids = [...rivals.keys(), ...new Set([...rivals.values()].flat().map((o) => o.BatchId))]
  const many = batches.reduce((n, b) => n + b.Rows, 0) > 500_000
  const lines = `SELECT x_BatchId AS b, cityHash64(ChargePeriodStart, ChargePeriodEnd, ChargeCategory, ServiceName, SkuId, SkuPriceId, SkuMeter, ResourceId, SubAccountId, RegionId, ChargeDescription) AS line
    FROM charges_v1 WHERE x_OrganizationId = {organizationId:UUID} AND x_BatchId IN {ids:Array(UUID)}${many ? ' AND line % 32 = 0' : ''} GROUP BY b, line`
  const params = { organizationId: scope.organizationId, ids, fresh: [...rivals.keys()] }
  const sizes = new Map(
    (
      await clickhouse.query<{ b: string; n: string }>({
        name: 'ingestion.countLines',
        sql: `SELECT b, count() AS n FROM (${lines}) GROUP BY b`,
        params,
        lane: 'ingest',
      })
    ).map((r) => [r.b, Number(r.n)]),
  )
  const common = await clickhouse.query<{ fresh: string; old: string; n: string }>({
    name: 'ingestion.countCommonLines',
    sql: `SELECT f.b AS fresh, o.b AS old, count() AS n FROM (SELECT * FROM (${lines}) WHERE b IN {fresh:Array(UUID)}) AS f INNER JOIN (SELECT * FROM (${lines}) WHERE b NOT IN {fresh:Array(UUID)}) AS o ON f.line = o.line GROUP BY fresh, old`,
    params,
    lane: 'ingest',
  })
  const closes = new Set<string>()
  for (const batch of batches) {
    const same = rivals.get(batch.BatchId)
    if (!same) continue
    const replaced = same.filter((o) => {
      const shared = Number(common.find((c) => c.fresh === batch.BatchId && c.old === o.BatchId)?.n ?? 0)
      return shared * 2 >= Math.min(sizes.get(batch.BatchId) ?? 0, sizes.get(o.BatchId) ?? 0) && shared > 0
    })
    for (const o of replaced) closes.add(o.BatchId)
    batch.Decision =
      replaced.length > 0
        ? `replaces ${replaced.length === 1 ? 'the earlier batch' : `${replaced.length} earlier batches`} of the same account and period: most lines are the same`
        : 'stands beside the earlier batches of the same account and period: its lines are others'
  }
  return [...closes]
}

const sameMoment = (a: string, b: string) =>
  a.replace('T', ' ').replace('Z', '').slice(0, 19) === b.replace('T', ' ').replace('Z', '').slice(0, 19)
