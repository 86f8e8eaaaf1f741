import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm'
import { addScaled, formatDecimal, parseDecimal, type Scaled } from '../../../primitives/money'
import type { Scope } from '../../../primitives/scope'
import type { ClickHouse } from '../../../storage/clickhouse'
import { type Postgres, tables } from '../../../storage/postgres'
import { type BatchRecord, commitBatches, openBatchesOf } from '../../ledger'
import { decideReplacement } from './decide-replacement'
import { forgetAttempt } from './forget-attempt'
import type { ImportOutcome } from './import-order'
import type { ImportRow } from './import-store'

const { imports } = tables
type Held = { delivery: string } & Partial<NonNullable<ImportOutcome['held']>>

export type DeliveryOrder = {
  connectionId: string
  /** stable over restatements */
  key: string
  /** the imports that are together the whole delivery; earlier ones of the same bytes may be among them */
  importIds: string[]
  /** what the delivery consisted of before */
  before: string[]
  /** imports that other deliveries of the connection stand on */
  elsewhere: string[]
  /** `period`: it is all that the connection has to say about its accounts and periods. `auto`: the ledger judges by its lines */
  replaces: 'period' | 'auto'
}
export type DeliveryOutcome = {
  changed: boolean
  rows: number
  quarantined: number
  /** BilledCost by currency, decimal strings */
  sums: { currency: string; read: string }[]
  /** UTC days of the charges, with a hash of their content */
  days: { day: string; rows: number; contentHash: string }[]
}

const nothing: Scaled = { units: 0n, scale: 0 }

/**
 * Makes the files of a delivery visible and closes what they replace, in one step. Parts whose bytes did not change keep their
 * batches; parts that are gone are closed. Asked again after a kill it finishes what was begun.
 */
export async function commitDelivery(
  { clickhouse, postgres }: { clickhouse: ClickHouse; postgres: Postgres },
  scope: Scope,
  order: DeliveryOrder,
): Promise<DeliveryOutcome> {
  const rowsOf = async (ids: string[]): Promise<ImportRow[]> =>
    ids.length === 0
      ? []
      : postgres.db
          .select()
          .from(imports)
          .where(and(eq(imports.organizationId, scope.organizationId), inArray(imports.id, ids)))
  const [wanted, before, elsewhere] = await Promise.all([
    rowsOf(order.importIds),
    rowsOf(order.before),
    rowsOf(order.elsewhere),
  ])
  const open = new Set((await openBatchesOf(clickhouse, scope, order.connectionId)).map((batch) => batch.BatchId))
  const own = new Set(wanted.flatMap((row) => row.batchIds))
  const others = new Set(elsewhere.flatMap((row) => row.batchIds))

  const fresh: BatchRecord[] = []
  const closes = new Set(
    before.flatMap((row) => row.batchIds).filter((id) => open.has(id) && !own.has(id) && !others.has(id)),
  )
  for (const row of wanted) {
    const held = row.held as Held | null
    const batches = (held?.batches ?? []).filter((batch) => !open.has(batch.BatchId))
    if (batches.length === 0) continue
    const delivery = order.replaces === 'period' ? 'replace' : (held?.replaces ?? 'auto')
    const replaced = await decideReplacement(
      { connectionId: order.connectionId, delivery },
      { clickhouse, scope },
      batches,
      own,
    )
    for (const id of replaced) closes.add(id)
    fresh.push(...batches)
  }
  await commitBatches(clickhouse, scope, fresh, [...closes], closes.size > 0 ? 'restatement' : 'import')
  if (order.importIds.length > 0)
    await postgres.db.update(imports).set({ held: null }).where(inArray(imports.id, order.importIds))
  await dropAbandoned({ clickhouse, postgres }, scope, order)
  return {
    changed: fresh.length > 0 || closes.size > 0,
    rows: wanted.reduce((sum, row) => sum + row.rowsRead, 0),
    quarantined: wanted.reduce((sum, row) => sum + row.rowsQuarantined, 0),
    sums: billed(wanted),
    days: await daysOf(clickhouse, scope, [...own]),
  }
}

/** Files that waited for this delivery and are no part of what it became. */
async function dropAbandoned(
  { clickhouse, postgres }: { clickhouse: ClickHouse; postgres: Postgres },
  scope: Scope,
  order: DeliveryOrder,
) {
  const left = await postgres.db
    .select({ id: imports.id })
    .from(imports)
    .where(
      and(
        eq(imports.organizationId, scope.organizationId),
        eq(imports.connectionId, order.connectionId),
        eq(imports.status, 'succeeded'),
        isNotNull(imports.held),
        sql`${imports.held} ->> 'delivery' = ${order.key}`,
      ),
    )
  for (const { id } of left) {
    await forgetAttempt({ id }, { clickhouse, scope })
    await postgres.db
      .update(imports)
      .set({
        status: 'failed',
        held: null,
        batchIds: [],
        problems: [
          {
            row: null,
            column: null,
            code: 'superseded',
            message:
              'The source replaced this file before the other files of its delivery were there. Nothing of it was taken; the new one was.',
          },
        ],
      })
      .where(eq(imports.id, id))
  }
}

function billed(rows: readonly ImportRow[]): DeliveryOutcome['sums'] {
  const sums = new Map<string, Scaled>()
  for (const row of rows)
    for (const { currency, BilledCost } of row.sums)
      sums.set(currency, addScaled(sums.get(currency) ?? nothing, parseDecimal(BilledCost ?? '0') ?? nothing))
  return [...sums].sort().map(([currency, sum]) => ({ currency, read: formatDecimal(sum) }))
}

async function daysOf(clickhouse: ClickHouse, scope: Scope, ids: string[]): Promise<DeliveryOutcome['days']> {
  if (ids.length === 0) return []
  const rows = await clickhouse.query<{ day: string; n: string; hash: string }>({
    name: 'ingestion.daysOfDelivery',
    sql: `SELECT toString(toDate(ChargePeriodStart, 'UTC')) AS day, count() AS n,
        lower(hex(sum(cityHash64(ChargePeriodStart, ChargeCategory, ServiceName, SkuId, SkuMeter, ResourceId, SubAccountId, ChargeDescription, toString(BilledCost))))) AS hash
      FROM charges_v1 WHERE x_OrganizationId = {organizationId:UUID} AND x_BatchId IN {ids:Array(UUID)} GROUP BY day ORDER BY day`,
    params: { organizationId: scope.organizationId, ids },
    lane: 'ingest',
  })
  return rows.map(({ day, n, hash }) => ({ day, rows: Number(n), contentHash: hash }))
}
