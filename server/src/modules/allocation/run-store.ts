import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import { unitsOf, type Vector } from './amounts'
import { type Part, toRow } from './compute-run'
import type { Run, Way } from './contract'
import type { StoredRun } from './split-line'

const dayOf = (month: string) => `${month}-01`
const rowsPerInsert = 20_000

/** Stores a run. The row that makes it visible comes last; killed before it, nothing is seen of it. */
export async function storeRun(clickhouse: ClickHouse, scope: Scope, run: StoredRun, parts: Part[]): Promise<void> {
  for (let i = 0; i < parts.length; i += rowsPerInsert)
    await clickhouse.insertNdjson({
      name: 'allocation.storeParts',
      table: 'allocations_v1',
      lane: 'background',
      rows: ndjson(
        parts.slice(i, i + rowsPerInsert).map((part) => {
          const { unit, way, rule, pool, partition, provider, service, currency, ofMonth, ...amounts } = toRow(part)
          return {
            OrganizationId: scope.organizationId,
            RunId: run.id,
            Month: dayOf(run.month),
            OfMonth: dayOf(ofMonth),
            Unit: unit,
            Way: way,
            RuleId: rule,
            Pool: pool,
            Partition: partition,
            ServiceProviderName: provider,
            ServiceName: service,
            BillingCurrency: currency,
            Rows: amounts.rows,
            BilledCost: amounts.BilledCost,
            EffectiveCost: amounts.EffectiveCost,
            ListCost: amounts.ListCost,
            ContractedCost: amounts.ContractedCost,
          }
        }),
      ),
    })
  await clickhouse.insertNdjson({
    name: 'allocation.publishRun',
    table: 'allocation_runs_v1',
    rows: ndjson([
      {
        OrganizationId: scope.organizationId,
        Month: dayOf(run.month),
        At: run.at,
        RunId: run.id,
        Actor: run.actor,
        Reason: run.reason,
        Run: JSON.stringify(run),
      },
    ]),
  })
}

/** The run that counts for each month, newest month first. */
export async function latestRuns(clickhouse: ClickHouse, scope: Scope, months?: string[]): Promise<StoredRun[]> {
  const rows = await clickhouse.query<{ Run: string }>({
    name: 'allocation.latestRuns',
    sql: `SELECT argMax(Run, (At, RunId)) AS Run FROM allocation_runs_v1 WHERE OrganizationId = {organizationId:UUID}
      ${months ? 'AND Month IN {months:Array(Date)}' : ''} GROUP BY Month ORDER BY Month DESC LIMIT 240`,
    params: { organizationId: scope.organizationId, months: months?.map(dayOf) ?? [] },
  })
  return rows.map((row) => JSON.parse(row.Run) as StoredRun)
}

/** One run, whether it still counts or not; null when there is none of that id. */
export async function readRun(clickhouse: ClickHouse, scope: Scope, id: string): Promise<StoredRun | null> {
  const [row] = await clickhouse.query<{ Run: string }>({
    name: 'allocation.readRun',
    sql: 'SELECT Run FROM allocation_runs_v1 WHERE OrganizationId = {organizationId:UUID} AND RunId = {id:UUID} LIMIT 1',
    params: { organizationId: scope.organizationId, id },
  })
  return row ? (JSON.parse(row.Run) as StoredRun) : null
}

/** Parts of one run; of the units named, when any are. */
export async function readParts(clickhouse: ClickHouse, scope: Scope, run: Run, units?: string[]): Promise<Part[]> {
  const rows = await clickhouse.query<{
    Unit: string
    Way: Way
    RuleId: string
    Pool: string
    Partition: string
    ServiceProviderName: string
    ServiceName: string
    BillingCurrency: string
    OfMonth: string
    BilledCost: string | null
    EffectiveCost: string | null
    ListCost: string | null
    ContractedCost: string | null
    Rows: string
  }>({
    name: 'allocation.readParts',
    sql: `SELECT * EXCEPT (OrganizationId, RunId, Month) FROM allocations_v1
      WHERE OrganizationId = {organizationId:UUID} AND Month = {month:Date} AND RunId = {id:UUID}
      ${units ? 'AND Unit IN {units:Array(String)}' : ''}
      ORDER BY Unit, Way, RuleId, Pool, Partition, ServiceProviderName, ServiceName, BillingCurrency, OfMonth`,
    params: { organizationId: scope.organizationId, month: dayOf(run.month), id: run.id, units: units ?? [] },
  })
  return rows.map((row) => ({
    unit: row.Unit,
    way: row.Way,
    rule: row.RuleId,
    pool: row.Pool,
    partition: row.Partition,
    provider: row.ServiceProviderName,
    service: row.ServiceName,
    currency: row.BillingCurrency,
    ofMonth: row.OfMonth.slice(0, 7),
    amounts: [row.BilledCost, row.EffectiveCost, row.ListCost, row.ContractedCost].map((value) =>
      value === null ? null : unitsOf(value),
    ) as unknown as Vector,
    rows: Number(row.Rows),
  }))
}

const ndjson = (rows: object[]) => Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
