import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '../../primitives/ids'
import { type ClickHouse, migrateClickHouse, openClickHouse } from '../../storage/clickhouse'
import { everSince, type StoredUnit } from './unit-tree'

/** A real ledger in a folder of its own. */
export type Ledger = {
  clickhouse: ClickHouse
  organizationId: string
  /** Stores charges as one open batch; `closes` takes others out. Returns its id. */
  bill(charges: Record<string, unknown>[], closes?: string[], organizationId?: string): Promise<string>
  calls(events: Record<string, unknown>[]): Promise<void>
  insert(table: string, rows: Record<string, unknown>[]): Promise<void>
  close(): Promise<void>
}

export async function openLedger(): Promise<Ledger> {
  const path = mkdtempSync(join(tmpdir(), 'infrazen-allocation-'))
  const clickhouse = await openClickHouse({ path })
  await migrateClickHouse(clickhouse)
  const organizationId = newId()
  const insert = (table: string, rows: Record<string, unknown>[]) =>
    clickhouse.insertNdjson({
      name: 'test',
      table,
      rows: Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')),
    })
  let events = 0
  let at = 0
  return {
    clickhouse,
    organizationId,
    insert,
    async bill(charges, closes = [], owner = organizationId) {
      const batch = newId()
      await insert(
        'charges_v1',
        charges.map((charge, i) => ({
          x_OrganizationId: owner,
          x_BatchId: batch,
          x_ImportId: batch,
          x_ConnectionId: batch,
          x_RowNumber: i + 1,
          x_Basis: 'billed',
          BillingCurrency: 'USD',
          ChargePeriodStart: '2026-01-10 00:00:00',
          ChargePeriodEnd: '2026-01-11 00:00:00',
          ChargeCategory: 'Usage',
          ServiceProviderName: 'Amazon Web Services',
          ServiceName: 'Amazon EC2',
          BilledCost: '0',
          ...charge,
        })),
      )
      await insert('batch_log_v1', [
        {
          OrganizationId: owner,
          At: `2026-01-01 00:00:00.${String(++at).padStart(6, '0')}`,
          EventId: newId(),
          Actor: 'test',
          Reason: 'import',
          Opens: [batch],
          Closes: closes,
        },
      ])
      return batch
    },
    calls: (rows) =>
      insert(
        'usage_events_v1',
        rows.map((row) => ({
          OrganizationId: organizationId,
          EventId: ++events,
          TraceId: '0123456789abcdef',
          StartedAt: '2026-01-10 00:00:00.000',
          RecordedAt: '2026-01-10 00:00:01.000',
          Provider: 'openai',
          ServiceProviderName: 'OpenAI',
          ServiceName: 'OpenAI API',
          Model: 'gpt-5.4',
          Operation: 'chat',
          Sign: 1,
          Units: ['input.text.plain', 'output.text.visible'],
          Quantities: [100, 10],
          UnitCosts: ['0.001', '0.002'],
          Cost: '0.003',
          Currency: 'USD',
          UsageStatus: 'exact',
          CostStatus: 'priced',
          ...row,
        })),
      ),
    async close() {
      await clickhouse.close()
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** A unit since ever. */
export const aUnit = (key: string, more: Partial<StoredUnit> = {}): StoredUnit => ({
  key,
  fromMonth: everSince,
  name: key,
  kind: 'team',
  parent: null,
  owner: '',
  costCenter: '',
  aliases: [],
  ended: false,
  mergedInto: null,
  ...more,
})
