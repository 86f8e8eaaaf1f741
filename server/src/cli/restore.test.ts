import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { takeSnapshot } from '../jobs/snapshots'
import { lockFolder, migratePostgres, openPostgres } from '../storage/postgres'
import { restore } from './restore'

const folder = mkdtempSync(join(tmpdir(), 'infrazen-restore-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const env = { INFRAZEN_DATA_DIR: folder }
const open = () => openPostgres({ path: join(folder, 'postgres') })
const names = async () => {
  const postgres = await open()
  try {
    return (await postgres.pool.query('SELECT name FROM kept ORDER BY name')).rows.map((row) => row.name)
  } finally {
    await postgres.close()
  }
}

test('a snapshot comes back whole, what was there is kept, and a bad one changes nothing', async () => {
  const postgres = await open()
  await migratePostgres(postgres)
  await postgres.pool.query("CREATE TABLE kept (name text); INSERT INTO kept VALUES ('before')")
  const snapshot = await takeSnapshot(postgres, folder)
  await postgres.pool.query("INSERT INTO kept VALUES ('after')")
  await postgres.close()
  expect(await names()).toEqual(['after', 'before'])

  const damaged = join(folder, 'damaged.tar.gz')
  writeFileSync(damaged, readFileSync(snapshot).subarray(0, 5000))
  await expect(restore([damaged], env)).rejects.toMatchObject({ code: 'snapshot_unreadable' })
  await expect(restore(['nothing.tar.gz'], env)).rejects.toMatchObject({ code: 'no_snapshot' })
  await expect(
    restore([snapshot], { ...env, INFRAZEN_DATABASE_URL: 'postgres://a@127.0.0.1/b' }),
  ).rejects.toMatchObject({ code: 'not_embedded' })
  const release = lockFolder(folder)
  await expect(restore([snapshot], env)).rejects.toThrow()
  release()
  expect(await names()).toEqual(['after', 'before'])

  const lines: string[] = []
  expect(await restore([basename(snapshot)], env, (line) => lines.push(line))).toBe(0)
  expect(await names()).toEqual(['before'])
  const kept = /kept in (\S+);/.exec(lines.join('\n'))?.[1]
  expect(kept && existsSync(join(kept, 'PG_VERSION'))).toBe(true)
}, 240_000)
