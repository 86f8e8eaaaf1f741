import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '../../primitives/ids'
import { type ClickHouse, migrateClickHouse, openClickHouse } from '../../storage/clickhouse'
import { announceLedgerChange, billedSpansSql } from '../ledger'
import { QueryRequest } from './contract'
import { type Explorer, type ExplorerDeps, openExplorer } from './explorer'

/** A real ledger in a folder of its own, filled by hand: for tests. */
export type LedgerFixture = {
  clickhouse: ClickHouse
  explorer: Explorer
  organizationId: string
  /** Writes charges as one batch and opens it. Returns the batch's id. */
  bill: (charges: Record<string, unknown>[], options?: BillOptions) => Promise<string>
  log: (opens: string[], closes: string[], at?: string, organizationId?: string) => Promise<void>
  calls: (events: Record<string, unknown>[]) => Promise<void>
  close: () => Promise<void>
}

type BillOptions = {
  organizationId?: string
  at?: string
  closes?: string[]
  /** Whole UTC days that the bill covers for an account. */
  days?: { provider: string; account: string; day: string }[]
  /** Writes down what the charges themselves cover, as an import does. */
  covers?: boolean
}

export async function openLedgerFixture(
  settings: { timeZone?: string; now?: () => number; exchangeRates?: ExplorerDeps['exchangeRates'] } = {},
): Promise<LedgerFixture> {
  const path = mkdtempSync(join(tmpdir(), 'infrazen-explore-'))
  const clickhouse = await openClickHouse({ path })
  await migrateClickHouse(clickhouse)
  const organizationId = newId()
  const explorer = openExplorer({
    clickhouse,
    timeZoneOf: async () => settings.timeZone ?? 'UTC',
    now: settings.now,
    exchangeRates: settings.exchangeRates,
  })
  const insert = (table: string, rows: Record<string, unknown>[]) =>
    clickhouse.insertNdjson({
      name: 'test',
      table,
      rows: Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')),
    })
  const log = async (opens: string[], closes: string[], at = '2026-01-01 00:00:00.000000', owner = organizationId) => {
    await insert('batch_log_v1', [
      {
        OrganizationId: owner,
        At: at,
        EventId: newId(),
        Actor: 'test',
        Reason: 'import',
        Opens: opens,
        Closes: closes,
      },
    ])
    announceLedgerChange(owner, 'batch')
  }
  let events = 0
  return {
    clickhouse,
    explorer,
    organizationId,
    log,
    async bill(charges, { organizationId: owner = organizationId, at, closes = [], days = [], covers = false } = {}) {
      const batchId = newId()
      await insert(
        'charges_v1',
        charges.map((charge, i) => ({
          ...aCharge,
          x_OrganizationId: owner,
          x_BatchId: batchId,
          x_ImportId: batchId,
          x_ConnectionId: connectionId,
          x_RowNumber: i + 1,
          ...charge,
        })),
      )
      await insert('batches_v1', [
        {
          OrganizationId: owner,
          BatchId: batchId,
          ImportId: batchId,
          ConnectionId: connectionId,
          Scope: 'test',
          PeriodStart: '2026-01-01 00:00:00',
          PeriodEnd: '2026-02-01 00:00:00',
          Basis: 'billed',
          ContentHash: createHash('sha256').update(batchId).digest('hex'),
          RecordedAt: at ?? '2026-01-01 00:00:00.000000',
          Rows: charges.length,
          RowsQuarantined: 0,
        },
      ])
      if (days.length > 0)
        await insert(
          'billed_spans_v1',
          days.map((d) => ({
            OrganizationId: owner,
            BatchId: batchId,
            ServiceProviderName: d.provider,
            AccountId: d.account,
            SpanStart: `${d.day} 00:00:00`,
            SpanEnd: new Date(Date.parse(d.day) + 86_400_000).toISOString(),
            LastChargeStart: `${d.day} 00:00:00`,
          })),
        )
      if (covers)
        await clickhouse.command({
          name: 'test',
          sql: billedSpansSql,
          params: { organizationId: owner, ids: [batchId] },
        })
      await log([batchId], closes, at, owner)
      return batchId
    },
    calls: (rows) =>
      insert(
        'usage_events_v1',
        rows.map((row) => ({
          ...aCall,
          OrganizationId: organizationId,
          EventId: ++events,
          TraceId: '0123456789abcdef',
          ...row,
        })),
      ),
    async close() {
      explorer.close()
      await clickhouse.close()
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** A question with the contract's defaults filled in. */
export const question = (request: QueryRequest) => QueryRequest.parse(request)

const connectionId = '00000000-0000-4000-8000-000000000001'
const aCharge = {
  x_Basis: 'billed',
  BillingCurrency: 'USD',
  BillingPeriodStart: '2026-01-01 00:00:00',
  BillingPeriodEnd: '2026-02-01 00:00:00',
  ChargePeriodStart: '2026-01-10 00:00:00',
  ChargePeriodEnd: '2026-01-11 00:00:00',
  ChargeCategory: 'Usage',
  ServiceProviderName: 'Amazon Web Services',
  ServiceName: 'Amazon EC2',
  BilledCost: '0',
}
const aCall = {
  StartedAt: '2026-01-10 00:00:00.000',
  RecordedAt: '2026-01-10 00:00:01.000',
  Provider: 'openai',
  ServiceProviderName: 'OpenAI',
  ServiceName: 'OpenAI API',
  Model: 'gpt-5.4',
  Operation: 'chat',
  Units: ['input.text.plain', 'output.text.visible'],
  Quantities: [100, 10],
  UnitCosts: ['0.001', '0.002'],
  Cost: '0.003',
  Currency: 'USD',
  UsageStatus: 'exact',
  CostStatus: 'priced',
  Sign: 1,
}
