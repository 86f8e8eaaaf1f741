import { invalid } from '../../../primitives/errors'
import { addScaled, formatDecimal, parseDecimal, type Scaled } from '../../../primitives/money'
import type { BatchRecord } from '../../ledger'
import type { ImportOrder, ImportOutcome, ImportTools } from './import-order'
import type { SourceSums } from './sum-source'
import { type ColumnPlan, costColumns, type MoneyColumn } from './understand-columns'

const mostBatches = 10_000
const nothing: Scaled = { units: 0n, scale: 0 }

/**
 * Asks the ledger and the quarantine what they hold of an import and sets it against what its source says.
 * @returns one record a batch with its proof, and the sums of the ledger by currency
 * @throws Failure `too_many_scopes`; Error when a row is neither in the ledger nor in quarantine
 */
export async function proveBatches(
  order: ImportOrder,
  tools: ImportTools,
  plan: ColumnPlan,
  rowsRead: number,
  source: SourceSums,
  findings: string[],
): Promise<{ batches: BatchRecord[]; rows: ImportOutcome['rows']; sums: ImportOutcome['sums'] }> {
  const ledger = await sumLedger(order, tools)
  const quarantined = await sumQuarantine(order, tools)
  const accepted = ledger.reduce((n, row) => n + Number(row.rows), 0)
  const setAside = quarantined.reduce((n, row) => n + Number(row.rows), 0)
  if (accepted + setAside !== rowsRead)
    throw new Error(
      `import ${order.id}: ${rowsRead} rows read, ${accepted} accepted and ${setAside} quarantined; nothing was taken`,
    )

  const proofs = new Proofs(costColumns.filter((column) => plan.amount(column) !== null))
  for (const row of ledger) proofs.note(row.BatchId, row.currency, 'ledger', row)
  for (const row of quarantined) proofs.note(row.BatchId, row.currency, 'quarantined', row)
  for (const row of source)
    for (const [column, amount] of row.sums) proofs.add(row.batchId, row.currency, column, 'source', amount)

  const batches = new Map<string, BatchRecord>()
  for (const row of ledger) {
    const held = batches.get(row.BatchId)
    if (held) held.Rows += Number(row.rows)
    else {
      const provider = plan.provider ?? row.provider
      batches.set(row.BatchId, {
        BatchId: row.BatchId,
        ImportId: order.id,
        ConnectionId: order.connectionId,
        Scope: `${provider} / ${row.account}`,
        ServiceProviderName: provider,
        BillingAccountId: row.account,
        PeriodStart: row.PeriodStart,
        PeriodEnd: row.PeriodEnd,
        Basis: 'billed',
        ContentHash: order.contentHash,
        SourceName: order.fileName,
        Rows: Number(row.rows),
        RowsQuarantined: 0,
        Sums: [],
        Decision: '',
        Findings: findings.slice(0, 50),
      })
    }
  }
  if (batches.size > mostBatches)
    throw invalid(
      'too_many_scopes',
      `The file holds ${batches.size} pairs of billing account and period; ${mostBatches} are the most for one file. Split it.`,
    )
  for (const row of quarantined) {
    const batch = batches.get(row.BatchId)
    if (batch) batch.RowsQuarantined += Number(row.rows)
  }
  for (const batch of batches.values()) {
    batch.Sums = proofs.of(batch.BatchId)
    const unequal = batch.Sums.filter(
      (s) => formatDecimal(addScaled(parseDecimal(s.Ledger)!, parseDecimal(s.Quarantined)!)) !== s.Source,
    )
    if (unequal.length > 0)
      batch.Findings.unshift(
        `Source and ledger differ in ${unequal.map((s) => `${s.Column} ${s.Currency}: ${s.Source} ≠ ${s.Ledger} + ${s.Quarantined}`).join('; ')}`,
      )
  }
  return {
    batches: [...batches.values()],
    rows: { read: rowsRead, accepted, quarantined: setAside },
    sums: totals(ledger),
  }
}

type Amounts = Record<MoneyColumn, string | null>
type LedgerRow = Amounts & {
  BatchId: string
  provider: string
  account: string
  PeriodStart: string
  PeriodEnd: string
  currency: string
  rows: string
}

function sumLedger(order: ImportOrder, { clickhouse, scope }: ImportTools): Promise<LedgerRow[]> {
  return clickhouse.query<LedgerRow>({
    name: 'ingestion.sumLedger',
    sql: `SELECT x_BatchId AS BatchId, any(ServiceProviderName) AS provider, any(BillingAccountId) AS account, toString(min(BillingPeriodStart)) AS PeriodStart, toString(max(BillingPeriodEnd)) AS PeriodEnd, BillingCurrency AS currency, count() AS rows,
        ${costColumns.map((c) => `if(count(${c}) = 0, NULL, toString(sum(${c}))) AS ${c}`).join(', ')}
      FROM charges_v1 WHERE x_OrganizationId = {organizationId:UUID} AND x_ImportId = {importId:UUID} GROUP BY x_BatchId, BillingCurrency`,
    params: { organizationId: scope.organizationId, importId: order.id },
    lane: 'ingest',
    settings: { prefer_column_name_to_alias: 1 },
  })
}

function sumQuarantine(order: ImportOrder, { clickhouse, scope }: ImportTools) {
  return clickhouse.query<Amounts & { BatchId: string; currency: string; rows: string }>({
    name: 'ingestion.sumQuarantine',
    sql: `SELECT BatchId, Currency AS currency, count() AS rows, ${costColumns.map((c) => `toString(sum(Amounts['${c}'])) AS ${c}`).join(', ')}
      FROM quarantined_rows_v1 WHERE OrganizationId = {organizationId:UUID} AND ImportId = {importId:UUID} GROUP BY BatchId, Currency`,
    params: { organizationId: scope.organizationId, importId: order.id },
    lane: 'ingest',
    settings: { prefer_column_name_to_alias: 1 },
  })
}

function totals(ledger: LedgerRow[]): ImportOutcome['sums'] {
  const byCurrency = new Map<string, Partial<Record<MoneyColumn, Scaled>>>()
  for (const row of ledger) {
    const of = byCurrency.get(row.currency) ?? {}
    byCurrency.set(row.currency, of)
    for (const column of costColumns)
      if (row[column] !== null) of[column] = addScaled(of[column] ?? nothing, parseDecimal(row[column])!)
  }
  return [...byCurrency].sort().map(([currency, of]) => ({
    currency,
    ...(Object.fromEntries(
      costColumns.map((column) => [column, of[column] ? formatDecimal(of[column]) : null]),
    ) as Amounts),
  }))
}

type Side = 'source' | 'ledger' | 'quarantined'

/** The three sides of each sum, by batch, currency and column. */
class Proofs {
  private readonly batches = new Map<string, Map<string, Record<Side, Scaled>>>()

  /** @param inSource the money columns that the source has; what was derived has no source to be compared with */
  constructor(private readonly inSource: MoneyColumn[]) {}

  note(batchId: string, currency: string, side: Side, amounts: Amounts) {
    for (const column of this.inSource)
      this.add(batchId, currency, column, side, parseDecimal(amounts[column] ?? '0') ?? nothing)
  }

  add(batchId: string, currency: string, column: string, side: Side, amount: Scaled) {
    const columns = this.batches.get(batchId) ?? new Map<string, Record<Side, Scaled>>()
    this.batches.set(batchId, columns)
    const key = `${currency}\u0000${column}`
    const entry = columns.get(key) ?? { source: nothing, ledger: nothing, quarantined: nothing }
    columns.set(key, entry)
    entry[side] = addScaled(entry[side], amount)
  }

  of(batchId: string): BatchRecord['Sums'] {
    return [...(this.batches.get(batchId) ?? [])].map(([key, entry]) => {
      const [Currency, Column] = key.split('\u0000') as [string, string]
      return {
        Currency,
        Column,
        Source: formatDecimal(entry.source),
        Ledger: formatDecimal(entry.ledger),
        Quarantined: formatDecimal(entry.quarantined),
      }
    })
  }
}
