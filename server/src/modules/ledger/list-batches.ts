import { notFound } from '../../primitives/errors'
import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import type { Batch, Difference } from './contract'
import { liveBatchesSql } from './live-batches'

/** A batch as the ledger knows it; the connection's name is the caller's to add. */
export type StoredBatch = Omit<Batch, 'connection'> & { connectionId: string }

type Row = {
  BatchId: string
  ImportId: string
  ConnectionId: string
  Scope: string
  ServiceProviderName: string
  BillingAccountId: string
  PeriodStart: string
  PeriodEnd: string
  Basis: string
  ContentHash: string
  SourceName: string
  RecordedAt: string
  Rows: string
  RowsQuarantined: string
  Sums: { Currency: string; Column: string; Source: string; Ledger: string; Quarantined: string; Equal: number }[]
  Decision: string
  Findings: string[]
}

/** Batches of the organization, newest first, each with its proof. `ids` narrows to those. */
export async function listBatches(
  clickhouse: ClickHouse,
  scope: Scope,
  filter: { ids?: string[]; importId?: string } = {},
): Promise<StoredBatch[]> {
  const params = { organizationId: scope.organizationId, ids: filter.ids ?? [], importId: filter.importId ?? '' }
  const rows = await clickhouse.query<Row>({
    name: 'ledger.listBatches',
    sql: `SELECT BatchId, ImportId, ConnectionId, Scope, ServiceProviderName, BillingAccountId, PeriodStart, PeriodEnd, Basis, ContentHash, SourceName, RecordedAt, Rows, RowsQuarantined,
        arrayMap(s -> CAST((s.1, s.2, toString(s.3), toString(s.4), toString(s.5), s.3 = s.4 + s.5), 'Tuple(Currency String, Column String, Source String, Ledger String, Quarantined String, Equal UInt8)'), Sums) AS Sums, Decision, Findings
      FROM batches_v1 WHERE OrganizationId = {organizationId:UUID}
        ${filter.ids ? 'AND BatchId IN {ids:Array(UUID)}' : ''} ${filter.importId ? 'AND ImportId = {importId:UUID}' : ''}
      ORDER BY RecordedAt DESC, BatchId LIMIT 5000`,
    params,
  })
  const log = await clickhouse.query<{ At: string; Opens: string[]; Closes: string[]; Reason: string }>({
    name: 'ledger.readLog',
    sql: 'SELECT At, Opens, Closes, Reason FROM batch_log_v1 WHERE OrganizationId = {organizationId:UUID} ORDER BY At, EventId',
    params,
  })
  const state = new Map<string, { open: boolean; closedAt: string | null; closedBy: string[]; closes: string[] }>()
  for (const { At, Opens, Closes } of log) {
    for (const id of Closes)
      state.set(id, { open: false, closedAt: At, closedBy: Opens, closes: state.get(id)?.closes ?? [] })
    for (const id of Opens) state.set(id, { open: true, closedAt: null, closedBy: [], closes: Closes })
  }
  return rows
    .filter((row) => state.has(row.BatchId))
    .map((row) => {
      const { open, closedAt, closedBy, closes } = state.get(row.BatchId)!
      return {
        id: row.BatchId,
        importId: row.ImportId,
        connectionId: row.ConnectionId,
        scope: row.Scope,
        serviceProviderName: row.ServiceProviderName,
        billingAccountId: row.BillingAccountId,
        periodStart: row.PeriodStart,
        periodEnd: row.PeriodEnd,
        basis: row.Basis,
        contentHash: row.ContentHash,
        sourceName: row.SourceName,
        recordedAt: row.RecordedAt,
        rows: Number(row.Rows),
        rowsQuarantined: Number(row.RowsQuarantined),
        open,
        closedAt,
        closedBy,
        closes,
        decision: row.Decision,
        findings: row.Findings,
        proof: row.Sums.map((sum) => ({
          currency: sum.Currency,
          column: sum.Column,
          source: sum.Source,
          ledger: sum.Ledger,
          quarantined: sum.Quarantined,
          equal: sum.Equal === 1,
        })),
      }
    })
}

/** One batch. @throws Failure batch_not_found */
export async function getBatch(clickhouse: ClickHouse, scope: Scope, id: string) {
  const [batch] = await listBatches(clickhouse, scope, { ids: [id] })
  if (!batch) throw notFound('batch_not_found', 'There is no such batch. The list of batches is on the Data page.')
  return batch
}

/** What a batch changed against those it closed: sums by currency and column, and the rows that differ (first 500 by size). */
export async function batchDifference(clickhouse: ClickHouse, scope: Scope, id: string): Promise<Difference> {
  const batch = await getBatch(clickhouse, scope, id)
  const params = { organizationId: scope.organizationId, before: batch.closes, after: [id] }
  const inBatches =
    'x_OrganizationId = {organizationId:UUID} AND x_BatchId IN arrayConcat({before:Array(UUID)}, {after:Array(UUID)})'
  const sums = await clickhouse.query<Difference['sums'][number]>({
    name: 'ledger.differenceSums',
    sql: `SELECT BillingCurrency AS currency, col AS column, toString(sumIf(amount, NOT isAfter)) AS before, toString(sumIf(amount, isAfter)) AS after, toString(sumIf(amount, isAfter) - sumIf(amount, NOT isAfter)) AS difference
      FROM (SELECT BillingCurrency, has({after:Array(UUID)}, x_BatchId) AS isAfter,
          arrayJoin([('BilledCost', toNullable(BilledCost)), ('EffectiveCost', EffectiveCost), ('ListCost', ListCost), ('ContractedCost', ContractedCost)]) AS pair, pair.1 AS col, ifNull(pair.2, 0) AS amount
        FROM charges_v1 WHERE ${inBatches})
      GROUP BY currency, column ORDER BY currency, column`,
    params,
  })
  const rows = await clickhouse.query<Difference['rows'][number]>({
    name: 'ledger.differenceRows',
    sql: `SELECT ServiceName AS serviceName, ResourceId AS resourceId, ChargeDescription AS chargeDescription, ChargePeriodStart AS chargePeriodStart, BillingCurrency AS currency,
        if(countIf(NOT isAfter) = 0, NULL, toString(sumIf(BilledCost, NOT isAfter))) AS before, if(countIf(isAfter) = 0, NULL, toString(sumIf(BilledCost, isAfter))) AS after,
        toString(sumIf(BilledCost, isAfter) - sumIf(BilledCost, NOT isAfter)) AS difference
      FROM (SELECT *, has({after:Array(UUID)}, x_BatchId) AS isAfter FROM charges_v1 WHERE ${inBatches})
      GROUP BY ServiceName, ResourceId, ChargeDescription, ChargePeriodStart, BillingCurrency, SkuPriceId
      HAVING sumIf(BilledCost, isAfter) != sumIf(BilledCost, NOT isAfter) OR countIf(isAfter) != countIf(NOT isAfter)
      ORDER BY abs(sumIf(BilledCost, isAfter) - sumIf(BilledCost, NOT isAfter)) DESC LIMIT 500`,
    params,
  })
  return { before: batch.closes, after: [id], sums, rows }
}

/** Open batches of one connection, scope and period: what a new batch of the same might replace. */
export async function openBatchesOf(
  clickhouse: ClickHouse,
  scope: Scope,
  connectionId: string,
): Promise<{ BatchId: string; Scope: string; PeriodStart: string; Rows: string }[]> {
  return clickhouse.query({
    name: 'ledger.openBatchesOf',
    sql: `SELECT BatchId, Scope, PeriodStart, Rows FROM batches_v1 WHERE OrganizationId = {organizationId:UUID} AND ConnectionId = {connectionId:UUID} AND BatchId IN (${liveBatchesSql(false)})`,
    params: { organizationId: scope.organizationId, connectionId },
    lane: 'ingest',
  })
}
