import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parseDecimal } from '../../primitives/money'
import { migrateClickHouse, openClickHouse } from '../../storage/clickhouse'
import { correctedEvent, costOfCorrected, writerScope, writtenEvent } from './killed-writer.fixture'
import { recordUsage } from './record-usage'
import { repairUsageRollup } from './repair-usage-rollup'

test('what was acknowledged before kill -9 is there afterwards, once, corrections included, and its roll-ups are exact', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'killed-writer-'))
  try {
    const acknowledged = await killedAfter(folder, 8)
    const clickhouse = await openClickHouse({ path: folder })
    await migrateClickHouse(clickhouse)
    await repairUsageRollup(clickhouse)
    const all = Array.from({ length: acknowledged + 10 }, (_, n) => n)
    // The last ten may have reached the disk without their acknowledgement reaching anyone.
    for (const event of [writtenEvent, correctedEvent])
      expect((await recordUsage(clickhouse, writerScope, all.map(event))).known).toBeGreaterThanOrEqual(acknowledged)
    const [row] = await clickhouse.query<{ events: string; calls: string; cost: string }>({
      name: 'test.totals',
      sql: 'SELECT (SELECT sum(Sign) FROM usage_events_v1) AS events, sum(Calls) AS calls, sum(Cost) AS cost FROM usage_per_15m_v1',
    })
    expect([row!.events, row!.calls]).toEqual([String(acknowledged + 10), String(acknowledged + 10)])
    const coarse = await clickhouse.query<{ hours: number; calls: string; cost: string }>({
      name: 'test.coarseTotals',
      sql: 'SELECT BucketHours AS hours, sum(Calls) AS calls, sum(Cost) AS cost FROM usage_coarse_v1 GROUP BY hours ORDER BY hours',
    })
    expect(coarse).toEqual([1, 24].map((hours) => ({ hours, calls: row!.calls, cost: row!.cost })))
    const one = parseDecimal(costOfCorrected)!
    const sum = parseDecimal(row!.cost)!
    expect(sum.units * 10n ** BigInt(one.scale)).toBe(one.units * BigInt(acknowledged + 10) * 10n ** BigInt(sum.scale))
    await clickhouse.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/** Starts the writer, kills it after some acknowledgements and gives the last number it printed. */
function killedAfter(folder: string, acknowledgements: number): Promise<number> {
  const script = fileURLToPath(new URL('./killed-writer.fixture.ts', import.meta.url))
  const writer = spawn(process.execPath, ['--import', 'tsx', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  return new Promise((resolve, reject) => {
    writer.stdout.on('data', (text: Buffer) => {
      printed += text
      if (printed.split('\n').length > acknowledgements) writer.kill('SIGKILL')
    })
    writer.on('error', reject)
    writer.on('close', (code, signal) => {
      if (signal !== 'SIGKILL') return reject(new Error(`the writer ended by itself, code ${code}`))
      resolve(Number(printed.slice(0, printed.lastIndexOf('\n')).split('\n').at(-1)))
    })
  })
}
