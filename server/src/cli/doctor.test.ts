import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { migrateClickHouse, openClickHouse } from '../storage/clickhouse'
import { startStandIn } from '../storage/clickhouse/testing/start-stand-in'
import { migratePostgres, openPostgres } from '../storage/postgres'
import { doctor } from './doctor'

// Each looks into stores of its own; on a busy machine making them takes long.
vi.setConfig({ testTimeout: 240_000 })
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'infrazen-doctor-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const plenty = 100 * 1024 ** 3
async function examine(env: Record<string, string>, freeBytes = plenty) {
  const lines: string[] = []
  const code = await doctor({
    // No server listens on port 1.
    env: { INFRAZEN_DATA_DIR: folder, INFRAZEN_PORT: '1', ...env },
    print: (line) => lines.push(line),
    freeBytes: () => freeBytes,
  })
  const wrong = lines.filter((line) => line.startsWith('WRONG'))
  // Whatever is wrong is followed by what to do.
  for (const line of wrong) expect(lines[lines.indexOf(line) + 1]).toMatch(/^ {6}→ ./)
  return { code, wrong, text: lines.join('\n') }
}

test('a new folder has nothing wrong, and stays as it is', async () => {
  const { code, wrong, text } = await examine({})
  expect([code, wrong]).toEqual([0, []])
  expect(text).toContain('Nothing stands in the way.')
  expect(text).toContain('ClickHouse: embedded, made at the first start')
})

test('settings that cannot be read are named, and nothing else is tried', async () => {
  const { code, wrong } = await examine({ INFRAZEN_PORT: 'many', INFRAZEN_CLICKHOUSE_URL: 'not a url' })
  expect(code).toBe(1)
  expect(wrong).toHaveLength(1)
  expect(wrong[0]).toMatch(/INFRAZEN_PORT|settings/)
})

test('a folder that cannot be written, a key and a folder that others can read', async () => {
  const file = join(folder, 'a-file')
  writeFileSync(file, '')
  const under = await examine({ INFRAZEN_DATA_DIR: join(file, 'data') })
  expect([under.code, under.wrong]).toEqual([1, [expect.stringContaining(`${file} cannot be written`)]])

  const open = join(folder, 'open')
  mkdirSync(open)
  writeFileSync(join(open, 'secret-key'), 'k')
  chmodSync(open, 0o755)
  chmodSync(join(open, 'secret-key'), 0o644)
  const { code, wrong, text } = await examine({ INFRAZEN_DATA_DIR: open })
  expect([code, wrong]).toEqual([1, [expect.stringContaining('can read')]])
  expect(text).toContain(`chmod 700 ${open}`)
  expect(text).toContain(`chmod 600 ${join(open, 'secret-key')}`)
})

test('a full disk is wrong, a filling one is a warning', async () => {
  expect((await examine({}, 0.5 * 1024 ** 3)).wrong).toEqual([expect.stringContaining('0.5 GiB free')])
  const filling = await examine({}, 3 * 1024 ** 3)
  expect([filling.code, filling.text]).toEqual([0, expect.stringContaining('warn  3.0 GiB free')])
})

test('stores that do not answer are wrong, with the setting to check', async () => {
  const { code, wrong, text } = await examine({
    INFRAZEN_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    INFRAZEN_CLICKHOUSE_URL: 'http://127.0.0.1:1',
  })
  expect([code, wrong.length]).toEqual([1, 2])
  expect(text).toMatch(/Check INFRAZEN_DATABASE_URL[\s\S]*Check INFRAZEN_CLICKHOUSE_URL/)
})

test('stores of a newer version are wrong: start that version', async () => {
  const postgres = await openPostgres({ path: join(folder, 'postgres') })
  await migratePostgres(postgres)
  await postgres.pool.query("INSERT INTO schema_migrations (name) VALUES ('9999_of_the_future.sql')")
  await postgres.close()
  const clickhouse = await openClickHouse({ path: folder })
  await migrateClickHouse(clickhouse)
  await clickhouse.command({
    name: 'test',
    sql: "INSERT INTO schema_migrations_v1 SELECT '9999_of_the_future.sql', now64(3)",
  })
  await expect(migrateClickHouse(clickhouse)).rejects.toThrow(/newer InfraZen/)
  await clickhouse.close()
  const { code, wrong } = await examine({})
  expect([code, wrong]).toEqual([
    1,
    [
      expect.stringContaining('PostgreSQL was migrated by a newer InfraZen (9999_of_the_future.sql)'),
      expect.stringContaining('ClickHouse was migrated by a newer InfraZen (9999_of_the_future.sql)'),
    ],
  ])
})

test('on a ClickHouse server each promise of the ledger is checked over HTTP, and no table is left', async () => {
  const standIn = await startStandIn(folder)
  try {
    const { code, wrong, text } = await examine({ INFRAZEN_CLICKHOUSE_URL: standIn.url })
    expect([code, wrong]).toEqual([0, []])
    expect(text).toMatch(/ok {5}sums of amounts keep every digit/)
    const clickhouse = await openClickHouse({ url: standIn.url })
    expect(await clickhouse.query({ name: 'test', sql: "SHOW TABLES LIKE '%doctor%'" })).toEqual([])
    await clickhouse.close()
  } finally {
    await standIn.stop()
  }
})
