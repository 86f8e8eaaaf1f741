import type { ClickHouse } from '../../storage/clickhouse'
import { unitsOf } from './amounts'
import type { GpuUsage } from './read-gpu-usage'

export type OwnerGpuSeconds = { cluster: string; owner: string; used: bigint; reserved: bigint; capacity: bigint }

/**
 * GPU-seconds (whole numbers of 10⁻³⁰) by cluster and owner inside a period, microseconds since 1970. Jobs that reach over its edges
 * count with the part inside. Four quarter-GPUs over an hour are one GPU-hour.
 */
export async function gpuSeconds(
  clickhouse: ClickHouse,
  organizationId: string,
  from: bigint,
  to: bigint,
  cluster?: string,
): Promise<OwnerGpuSeconds[]> {
  const rows = await clickhouse.query<{ Cluster: string; Owner: string; Kind: string; Seconds: string }>({
    name: 'allocation.gpuSeconds',
    sql: `SELECT Cluster, Owner, Kind, toString(sum(CAST(Gpus AS Decimal(76, 12)) * (least(toUnixTimestamp64Milli(EndedAt), {to:Int64}) - greatest(toUnixTimestamp64Milli(StartedAt), {from:Int64})) / 1000)) AS Seconds
      FROM gpu_usage_v1 FINAL
      WHERE OrganizationId = {organizationId:UUID} AND toUnixTimestamp64Milli(StartedAt) < {to:Int64} AND toUnixTimestamp64Milli(EndedAt) > {from:Int64}
        ${cluster === undefined ? '' : 'AND Cluster = {cluster:String}'}
      GROUP BY Cluster, Owner, Kind ORDER BY Cluster, Owner`,
    params: {
      organizationId,
      from: (from / 1000n).toString(),
      to: (to / 1000n).toString(),
      ...(cluster === undefined ? {} : { cluster }),
    },
  })
  const owners = new Map<string, OwnerGpuSeconds>()
  for (const { Cluster, Owner, Kind, Seconds } of rows) {
    const key = JSON.stringify([Cluster, Owner])
    const owner = owners.get(key) ?? { cluster: Cluster, owner: Owner, used: 0n, reserved: 0n, capacity: 0n }
    owner[Kind as 'used' | 'reserved' | 'capacity'] += unitsOf(Seconds)
    owners.set(key, owner)
  }
  return [...owners.values()]
}

/** Stores time on GPUs. The same job, owner and start again replaces what was said of it. */
export async function storeGpuUsage(
  clickhouse: ClickHouse,
  organizationId: string,
  cluster: string,
  kind: 'used' | 'reserved' | 'capacity',
  usage: GpuUsage[],
  now: number,
): Promise<void> {
  const RecordedAt = new Date(now).toISOString()
  for (let i = 0; i < usage.length; i += 20_000)
    await clickhouse.insertNdjson({
      name: 'allocation.storeGpuUsage',
      table: 'gpu_usage_v1',
      rows: Buffer.from(
        usage
          .slice(i, i + 20_000)
          .map(
            ({ job, owner, startedAt, endedAt, gpus }) =>
              `${JSON.stringify({ OrganizationId: organizationId, Cluster: cluster, Kind: kind, JobId: job, Owner: owner, StartedAt: startedAt, EndedAt: endedAt, Gpus: gpus, RecordedAt })}\n`,
          )
          .join(''),
      ),
    })
}
