import type { z } from 'zod'
import type { Scope } from '../../primitives/scope'
import type { PriceChangesAnswer, PriceChangesRequest } from './contract'
import type { Explorer } from './explorer'
import { ledgerFacts } from './ledger-facts'
import { rowSetOf } from './question'
import { chargesSource } from './row-sources'

const atMost = 20

/**
 * List prices that changed inside the period, as the bills state them: one entry a SKU and day on which its price became
 * another, the SKUs that cost most first. A SKU with several prices on one day (tiers) says nothing about a change.
 */
export async function listPriceChanges(
  explorer: Explorer,
  scope: Scope,
  request: z.output<typeof PriceChangesRequest>,
): Promise<PriceChangesAnswer> {
  const timeZone = request.timeZone ?? (await explorer.timeZoneOf(scope))
  const key = `price changes ${JSON.stringify([request, timeZone])}`
  return explorer.remember(scope.organizationId, key, { batches: true }, async () => {
    const rowSet = rowSetOf(scope.organizationId, { ...request, filters: [], asOf: null }, timeZone)
    const set = { ...rowSet, facts: await ledgerFacts(explorer, scope, rowSet) }
    const { sql, where } = chargesSource(set)
    const changes = await explorer.run<PriceChangesAnswer['changes'][number]>({
      name: 'explore.listPriceChanges',
      sql: `SELECT Provider AS provider, Service AS service, Meter AS name, formatDateTime(Change.1, '%FT00:00:00Z', 'UTC') AS at, Unit AS unit,
          toString(Change.2) AS before, toString(Change.3) AS after
        FROM (
          SELECT Provider, Service, any(AnyMeter) AS Meter, Unit, sum(Cost) AS Weight,
            arraySort(groupArray((Day, Price))) AS Days,
            arrayFilter(c -> c.2 != c.3, arrayMap((b, a) -> (a.1, b.2, a.2), arrayPopBack(Days), arrayPopFront(Days))) AS Changes
          FROM (
            SELECT toString(ServiceProviderName) AS Provider, toString(ServiceName) AS Service, SkuId, RegionId, PricingCategory, toString(PricingUnit) AS Unit,
              any(toString(if(SkuMeter != '', SkuMeter, SkuId))) AS AnyMeter, toDate(ChargePeriodStart, 'UTC') AS Day, min(ListUnitPrice) AS Price, sum(EffectiveCost) AS Cost
            FROM ${sql} WHERE ${[...where, 'ListUnitPrice IS NOT NULL', "SkuId != ''", "ChargeCategory = 'Usage'"].join(' AND ')}
            GROUP BY Provider, Service, SkuId, RegionId, PricingCategory, Unit, Day HAVING min(ListUnitPrice) = max(ListUnitPrice)
          ) GROUP BY Provider, Service, SkuId, RegionId, PricingCategory, Unit HAVING notEmpty(Changes)
        ) ARRAY JOIN Changes AS Change ORDER BY Weight DESC, at LIMIT ${atMost}`,
      params: set.params.values,
    })
    return { currency: request.currency, changes }
  })
}
