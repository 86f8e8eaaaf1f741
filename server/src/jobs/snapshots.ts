import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Postgres } from '../storage/postgres'

const everyMs = 24 * 60 * 60 * 1000
const kept = 7

/**
 * Copies the embedded database aside: it does not flush to disk, so a power cut can damage it. A copy is a gzipped tar of
 * its folder. The newest seven are kept.
 */
export async function takeSnapshot(postgres: Postgres, dataDir: string): Promise<string> {
  const folder = join(dataDir, 'snapshots')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `postgres-${new Date().toISOString().replaceAll(':', '-')}.tar.gz`)
  await postgres.snapshot(file)
  const old = readdirSync(folder)
    .filter((name) => /^postgres-.*\.tar\.gz$/.test(name))
    .sort()
    .slice(0, -kept)
  for (const name of old) rmSync(join(folder, name), { force: true })
  return file
}

/** Takes a snapshot once a day until the returned function is called. A failure is reported and tried again next day. */
export function snapshotDaily(postgres: Postgres, dataDir: string, onFailure: (error: unknown) => void): () => void {
  const timer = setInterval(() => takeSnapshot(postgres, dataDir).catch(onFailure), everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
