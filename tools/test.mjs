#!/usr/bin/env node
import { spawn } from 'node:child_process'
// `npm test [files…]`: what the tests need, then the tests. The last line is `N passed, N failed, N skipped`.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { binOf, build, checkNode, install } from './lib/prepare.mjs'
import { run, runQuietly, say, withSigns } from './lib/run.mjs'

checkNode()
await install()
const files = process.argv.slice(2)
await installPrograms()
// Browser tests open the built page.
if (files.length === 0) await build()

const folder = mkdtempSync(join(tmpdir(), 'infrazen-test-'))
let postgres = null
let code = 1
try {
  postgres = process.env.INFRAZEN_TEST_DATABASE_URL ? null : await startPostgres()
  const report = join(folder, 'report.json')
  code = await run(
    process.execPath,
    [binOf('vitest'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...files],
    {
      env: {
        ...process.env,
        UV_THREADPOOL_SIZE: '16',
        ...(postgres ? { INFRAZEN_TEST_DATABASE_URL: postgres.url } : {}),
        ...(process.env.INFRAZEN_TEST_CHROMIUM || !chromium() ? {} : { INFRAZEN_TEST_CHROMIUM: chromium() }),
      },
    },
  )
  say(summary(report))
} finally {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(code)

function summary(report) {
  if (!existsSync(report)) return '0 passed, 1 failed, 0 skipped'
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  )
  // A file that could not even be loaded has no tests to count, and is a failure all the same.
  const broken = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((one) => one.status !== 'failed'),
  )
  for (const file of broken) say(`FAILED to run: ${file.name}`)
  return `${numPassedTests} passed, ${numFailedTests + broken.length} failed, ${numPendingTests + (numTodoTests ?? 0)} skipped`
}

/** Debian's Chromium and PostgreSQL, where this user may install them; without, the tests that need them are skipped by name. */
async function installPrograms() {
  const missing = []
  if (!chromium()) missing.push('chromium')
  if (!process.env.INFRAZEN_TEST_DATABASE_URL && !postgresPrograms()) missing.push('postgresql')
  if (missing.length === 0) return
  const mayInstall = process.platform === 'linux' && existsSync('/usr/bin/apt-get') && userInfo().uid === 0
  if (mayInstall) {
    const apt = (args) => runQuietly('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
    await withSigns(`Installing ${missing.join(' and ')} for the tests`, async () => {
      await apt(['update', '-q'])
      const { code: failed, output } = await apt(['install', '-y', '-q', '--no-install-recommends', ...missing])
      if (failed !== 0) say(output.trimEnd().split('\n').slice(-3).join('\n'))
    })
  }
  if (!chromium()) say('Chromium is absent: browser tests are skipped.')
  if (!process.env.INFRAZEN_TEST_DATABASE_URL && !postgresPrograms())
    say('PostgreSQL is absent: its storage tests are skipped.')
}

function chromium() {
  return [
    process.env.INFRAZEN_TEST_CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ].find((path) => path && existsSync(path))
}

/** The folder of the newest installed PostgreSQL's programs, or null. */
function postgresPrograms() {
  const base = '/usr/lib/postgresql'
  if (!existsSync(base)) return null
  const newest = readdirSync(base)
    .map(Number)
    .filter(Boolean)
    .sort((a, b) => b - a)[0]
  const folder = join(base, String(newest), 'bin')
  return existsSync(join(folder, 'initdb')) ? folder : null
}

/** A server of its own in a temporary folder, gone after the tests; null where it cannot be started. */
async function startPostgres() {
  const programs = postgresPrograms()
  if (!programs) return null
  // PostgreSQL refuses to run as root; Debian's package made this user for it.
  const asRoot = userInfo().uid === 0
  const as = (program, args) =>
    asRoot ? ['runuser', ['-u', 'postgres', '--', join(programs, program), ...args]] : [join(programs, program), args]
  const home = asRoot ? await folderOfPostgres() : folder
  if (!home) return null
  const data = join(home, 'postgres')
  const made = await runQuietly(
    ...as('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync']),
    { cwd: '/' },
  )
  if (made.code !== 0) {
    say(`PostgreSQL could not be started, its tests are skipped:\n${made.output}`)
    return null
  }
  const port = await freePort()
  const [command, args] = as('postgres', [
    '-D',
    data,
    '-p',
    String(port),
    '-h',
    '127.0.0.1',
    '-k',
    home,
    '-c',
    'fsync=off',
    '-c',
    'max_connections=60',
  ])
  const server = spawn(command, args, { cwd: '/', stdio: 'ignore' })
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  for (let attempt = 0; attempt < 100; attempt++) {
    const { code: ready } = await runQuietly(join(programs, 'pg_isready'), [
      '-q',
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
    ])
    if (ready === 0) break
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return {
    url,
    stop: async () => {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      await runQuietly(...as('pg_ctl', ['-D', data, '-m', 'immediate', 'stop']), { cwd: '/' })
      await ended
      rmSync(home, { recursive: true, force: true })
    },
  }
}

async function folderOfPostgres() {
  const { code: failed, output } = await runQuietly(
    'runuser',
    ['-u', 'postgres', '--', 'mktemp', '-d', '/tmp/infrazen-postgres-XXXXXX'],
    { cwd: '/' },
  )
  return failed === 0 ? output.trim() : null
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}
