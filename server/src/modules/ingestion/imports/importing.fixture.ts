import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { detectVersion } from '@infrazen/focus'
import { newId } from '../../../primitives/ids'
import { type ClickHouse, migrateClickHouse, openClickHouse } from '../../../storage/clickhouse'
import { startStandIn } from '../../../storage/clickhouse/testing/start-stand-in'
import { listBatches, liveBatchesSql } from '../../ledger'
import type { ImportOutcome } from './import-order'
import { runImport } from './run-import'

export type Owner = { organizationId: string; actor: string; connectionId: string }
type Options = { delivery?: 'auto' | 'replace' | 'append'; currency?: string; id?: string; replayOf?: string }

/** A ledger of its own, in process or over HTTP, and what a test asks of it. */
export async function openLedger(where: 'in process' | 'over HTTP' = 'in process') {
  const folder = mkdtempSync(join(tmpdir(), 'infrazen-import-'))
  const standIn = where === 'over HTTP' ? await startStandIn(folder) : null
  const clickhouse: ClickHouse = await openClickHouse(standIn ? { url: standIn.url } : { path: folder })
  await migrateClickHouse(clickhouse)
  const bringPath = (path: string, at: Owner, options: Options = {}): Promise<ImportOutcome> =>
    runImport(
      {
        id: options.id ?? newId(),
        path,
        fileName: 'test.csv',
        contentHash: createHash('sha256').update(path).digest('hex'),
        connectionId: at.connectionId,
        delivery: options.delivery ?? 'auto',
        currency: options.currency,
        replayOf: options.replayOf,
      },
      { clickhouse, scope: at, detectVersion: (names) => detectVersion(names), onProgress: () => {} },
    )
  return {
    folder,
    clickhouse,
    bringPath,
    fresh: (): Owner => ({ organizationId: newId(), actor: 'test', connectionId: newId() }),
    bring(content: string | Buffer, at: Owner, options: Options = {}): Promise<ImportOutcome> {
      const path = join(folder, newId())
      writeFileSync(path, content)
      return bringPath(path, at, options)
    },
    total: (at: { organizationId: string }, asOf?: string) =>
      clickhouse.query<{ currency: string; billed: string; rows: string }>({
        name: 'test',
        sql: `SELECT BillingCurrency AS currency, toString(sum(BilledCost)) AS billed, count() AS rows FROM charges_v1 WHERE x_OrganizationId = {organizationId:UUID} AND x_BatchId IN (${liveBatchesSql(asOf !== undefined)}) GROUP BY currency ORDER BY currency`,
        params: { organizationId: at.organizationId, asOf },
      }),
    unequalProofs: async (at: Owner) =>
      (await listBatches(clickhouse, at)).flatMap((batch) => batch.proof.filter((proof) => !proof.equal)),
    async close() {
      await clickhouse.close()
      await standIn?.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export const focusHeader =
  'BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,ServiceProviderName,ResourceId,x_Note'
export const focusLine = (cost: string, resource: string, day = '01', note = 'n') =>
  `${cost},${cost},acc,USD,2026-09-01T00:00:00Z,2026-10-01T00:00:00Z,2026-09-${day}T00:00:00Z,2026-09-${day}T01:00:00Z,Usage,Compute,Cloud,${resource},${note}`
export const focusFile = (...lines: string[]) => `${[focusHeader, ...lines].join('\n')}\n`
