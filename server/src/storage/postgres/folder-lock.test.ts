import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { lockFolder } from './folder-lock'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function aFolder(holder?: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'infrazen-lock-'))
  folders.push(folder)
  if (holder)
    writeFileSync(join(folder, 'infrazen.lock'), JSON.stringify({ startedAt: '2026-11-01T00:00:00Z', ...holder }))
  return folder
}

test('a second server on the same folder is refused and told what to do', () => {
  const folder = aFolder()
  const release = lockFolder(folder)
  expect(() => lockFolder(folder)).toThrow(/in use by process \d+.*INFRAZEN_DATA_DIR/)
  release()
  expect(existsSync(join(folder, 'infrazen.lock'))).toBe(false)
  lockFolder(folder)()
})

test('a lock left behind by a killed server is taken over', async () => {
  const child = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => child.once('exit', resolve))
  const release = lockFolder(aFolder({ pid: child.pid, host: hostname(), processStartedAt: null }))
  release()
})

test('a lock whose process number now belongs to somebody else is taken over', () => {
  const release = lockFolder(aFolder({ pid: process.pid, host: hostname(), processStartedAt: 'an earlier boot:1' }))
  release()
})

test('a lock of another machine is believed, with the way out named', () => {
  const folder = aFolder({ pid: 1, host: 'elsewhere', processStartedAt: null })
  expect(() => lockFolder(folder)).toThrow(/on elsewhere.*delete .*infrazen\.lock/)
})
