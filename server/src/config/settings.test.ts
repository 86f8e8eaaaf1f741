import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSettings } from './settings'

test('without any setting the server is for this machine alone, with everything embedded', () => {
  expect(readSettings({})).toMatchObject({
    http: { host: '127.0.0.1', port: 4000, publicUrl: null, trustedProxies: [] },
    storage: { databaseUrl: null, clickhouseUrl: null },
    bootstrap: { email: null, password: null, apiKey: null },
    demo: false,
  })
})

test('every wrong setting is named at once, with what is wrong', () => {
  const wrong = { INFRAZEN_PORT: 'eighty', INFRAZEN_DATABASE_URL: 'mysql://x/y', INFRAZEN_BOOTSTRAP_EMAIL: 'a@b.co' }
  expect(() => readSettings(wrong)).toThrow(
    /INFRAZEN_PORT[\s\S]*INFRAZEN_DATABASE_URL[\s\S]*INFRAZEN_BOOTSTRAP_PASSWORD/,
  )
})

test('an empty variable counts as absent', () => {
  expect(readSettings({ INFRAZEN_PORT: '', INFRAZEN_CLICKHOUSE_URL: '' })).toMatchObject({
    http: { port: 4000 },
    storage: { clickhouseUrl: null },
  })
})

test('the secret key is made once and only its owner can read it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'infrazen-settings-'))
  try {
    const key = readSettings({ INFRAZEN_DATA_DIR: folder }).secretKey()
    expect(readSettings({ INFRAZEN_DATA_DIR: folder }).secretKey()).toBe(key)
    expect(statSync(join(folder, 'secret-key')).mode & 0o777).toBe(0o600)
    expect(readSettings({ INFRAZEN_DATA_DIR: folder, INFRAZEN_SECRET_KEY: 'x'.repeat(32) }).secretKey()).toBe(
      'x'.repeat(32),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
