import { newId } from '../../primitives/ids'
import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import { billedSpansSql } from './billed-spans'
import { announceLedgerChange } from './changes'

export type BatchRecord = {
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
  Rows: number
  RowsQuarantined: number
  /** Amounts as decimal strings. */
  Sums: { Currency: string; Column: string; Source: string; Ledger: string; Quarantined: string }[]
  Decision: string
  Findings: string[]
}

/**
 * Makes batches whose charges are already stored visible, and closes those they replace, in one step.
 * Without batches it only closes: the part of a bill that is no longer there.
 * Order matters: what a reader needs is written first, the log row last; killed in between, nothing is visible.
 */
export async function commitBatches(
  clickhouse: ClickHouse,
  scope: Scope,
  batches: BatchRecord[],
  closes: string[],
  reason: 'import' | 'restatement' | 'replay',
): Promise<void> {
  if (batches.length === 0) {
    if (closes.length > 0) await appendToLog(clickhouse, scope, reason, [], closes)
    return
  }
  const OrganizationId = scope.organizationId
  const RecordedAt = new Date().toISOString()
  const ids = batches.map((batch) => batch.BatchId)
  await clickhouse.insertNdjson({
    name: 'ledger.recordBatches',
    table: 'batches_v1',
    rows: ndjson(batches.map((batch) => ({ OrganizationId, RecordedAt, ...batch }))),
  })
  await clickhouse.command({
    name: 'ledger.recordBilledSpans',
    lane: 'ingest',
    sql: billedSpansSql,
    params: { organizationId: OrganizationId, ids },
  })
  await appendToLog(clickhouse, scope, reason, ids, closes)
}

/** Takes open batches out of every later answer. Earlier moments keep them; `reinstateBatch` undoes it. */
export async function withdrawBatches(clickhouse: ClickHouse, scope: Scope, ids: string[]): Promise<void> {
  await appendToLog(clickhouse, scope, 'withdrawal', [], ids)
}

/** Opens batches again that were withdrawn or replaced, closing what stands in their place. */
export async function reinstateBatches(
  clickhouse: ClickHouse,
  scope: Scope,
  ids: string[],
  closes: string[],
): Promise<void> {
  await appendToLog(clickhouse, scope, 'reinstatement', ids, closes)
}

// Log rows of one organization need strictly rising times: two in one microsecond would make "last" a matter of chance.
let lastAt = 0n

async function appendToLog(clickhouse: ClickHouse, scope: Scope, reason: string, opens: string[], closes: string[]) {
  let at = BigInt(Date.now()) * 1000n
  if (at <= lastAt) at = lastAt + 1n
  lastAt = at
  const At = `${new Date(Number(at / 1000n)).toISOString().slice(0, -1)}${String(at % 1000n).padStart(3, '0')}Z`
  const row = {
    OrganizationId: scope.organizationId,
    At,
    EventId: newId(),
    Actor: scope.actor,
    Reason: reason,
    Opens: opens,
    Closes: closes,
  }
  await clickhouse.insertNdjson({ name: 'ledger.appendToLog', table: 'batch_log_v1', rows: ndjson([row]) })
  announceLedgerChange(scope.organizationId, 'batch')
}

const ndjson = (rows: object[]) => Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
