import { mkdtempSync, rmSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClickHouse, migrateClickHouse, openClickHouse } from '../../server/src/storage/clickhouse'

/** Time on the clock, and time of processors: the second hardly depends on what else the machine does. */
export function startTimer() {
  const started = performance.now()
  const cpu = process.cpuUsage()
  return () => {
    const used = process.cpuUsage(cpu)
    return { seconds: (performance.now() - started) / 1000, cpuSeconds: (used.user + used.system) / 1e6 }
  }
}

export async function countOf(clickhouse: ClickHouse, table: string): Promise<number> {
  const [count] = await clickhouse.query<{ n: string }>({
    name: 'bench.count',
    sql: `SELECT count() AS n FROM ${table}`,
  })
  return Number(count?.n)
}

/** Makes the file at `path` in the engine. `bytes` is its size. */
export async function makeFile(clickhouse: ClickHouse, path: string, sql: string): Promise<{ bytes: number }> {
  await clickhouse.command({
    name: 'bench.make',
    sql,
    settings: { output_format_parquet_row_group_size: 100_000 },
  })
  return { bytes: (await stat(path)).size }
}

/** Runs one step on an empty ledger of its own and prints its figures, the peak memory of this process with them, as JSON. */
export async function printFigures(step: (clickhouse: ClickHouse) => Promise<object>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-import-'))
  const clickhouse = await openClickHouse({ path: folder })
  try {
    await migrateClickHouse(clickhouse)
    const figures = await step(clickhouse)
    process.stdout.write(`${JSON.stringify({ ...figures, peakBytes: process.resourceUsage().maxRSS * 1024 })}\n`)
  } finally {
    await clickhouse.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
