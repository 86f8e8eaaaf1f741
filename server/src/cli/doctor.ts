import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readSettings, type Settings } from '../config'
import { type ClickHouse, migrationsOfClickHouse, openClickHouse } from '../storage/clickhouse'
import { lockFolder, migrationsOfPostgres, openPostgres } from '../storage/postgres'
import { version } from '../version'
import { conformanceOf } from './clickhouse-conformance'

type Verdict = 'ok' | 'warning' | 'wrong'
type Finding = { verdict: Verdict; what: string; remedy?: string }

const gib = 1024 ** 3

/** What the doctor looks at; a test gives its own. */
export type Patient = {
  env: Record<string, string | undefined>
  print: (line: string) => void
  /** bytes that this user can still write at a folder */
  freeBytes: (folder: string) => number
}

const thisMachine: Patient = {
  env: process.env,
  print: (line) => process.stdout.write(`${line}\n`),
  freeBytes: (folder) => {
    const disk = statfsSync(folder)
    return disk.bavail * disk.bsize
  },
}

/** `infrazen doctor`: looks, changes nothing, and says what to do. Returns 1 when something would keep the server from working. */
export async function doctor({ env, print, freeBytes }: Patient = thisMachine): Promise<number> {
  let wrong = 0
  const show = ({ verdict, what, remedy }: Finding) => {
    if (verdict === 'wrong') wrong++
    print(`${{ ok: ' ok  ', warning: 'warn ', wrong: 'WRONG' }[verdict]} ${what}`)
    if (remedy) print(`      → ${remedy}`)
  }

  show({
    verdict: 'ok',
    what: `InfraZen ${version}, Node.js ${process.versions.node} on ${process.platform} ${process.arch}`,
  })
  let settings: Settings
  try {
    settings = readSettings(env)
    show({ verdict: 'ok', what: 'settings can be read' })
  } catch (error) {
    show({
      verdict: 'wrong',
      what: messageOf(error),
      remedy: 'Correct these variables in the environment of the server.',
    })
    return 1
  }
  for (const finding of checkNetwork(settings)) show(finding)
  for (const finding of checkFolder(settings.storage.dataDir, freeBytes)) show(finding)
  show(checkPage())

  const running = await runningServer(settings)
  if (running) show(running)
  let release: (() => void) | null = null
  try {
    // Embedded stores are looked into only while no server has them.
    if (!running && existsSync(settings.storage.dataDir)) release = lockFolder(settings.storage.dataDir)
    const free = release !== null
    for (const finding of await checkPostgres(settings, free)) show(finding)
    for (const finding of await checkClickHouse(settings, free)) show(finding)
  } catch (error) {
    show({ verdict: 'warning', what: messageOf(error) })
  } finally {
    release?.()
  }
  print(wrong === 0 ? 'Nothing stands in the way.' : `${wrong} thing${wrong === 1 ? '' : 's'} to put right.`)
  return wrong === 0 ? 0 : 1
}

function checkNetwork({ http }: Settings): Finding[] {
  const local = http.host === 'localhost' || http.host === '::1' || http.host.startsWith('127.')
  if (local) return [{ verdict: 'ok', what: `listens on ${http.host}:${http.port}, for this machine alone` }]
  if (http.publicUrl?.startsWith('https:'))
    return [{ verdict: 'ok', what: `listens on ${http.host}:${http.port}, reached as ${http.publicUrl}` }]
  return [
    {
      verdict: 'warning',
      what: `listens on ${http.host}:${http.port} for others, without encryption`,
      remedy:
        'Put a proxy with TLS in front and set INFRAZEN_PUBLIC_URL=https://…: passwords and keys travel in clear otherwise.',
    },
  ]
}

function checkFolder(dataDir: string, freeBytes: Patient['freeBytes']): Finding[] {
  const findings: Finding[] = []
  const exists = existsSync(dataDir)
  const nearest = nearestExisting(dataDir)
  try {
    accessSync(nearest, constants.R_OK | constants.W_OK | constants.X_OK)
    findings.push({
      verdict: 'ok',
      what: exists ? `data folder ${dataDir} can be written` : `data folder ${dataDir} will be made at the first start`,
    })
  } catch {
    findings.push({
      verdict: 'wrong',
      what: `${nearest} cannot be written`,
      remedy: 'Give this user write permission, or set INFRAZEN_DATA_DIR.',
    })
  }
  if (exists && (statSync(dataDir).mode & 0o077) !== 0) {
    findings.push({
      verdict: 'warning',
      what: `other users of this machine can look into ${dataDir}`,
      remedy: `chmod 700 ${dataDir}`,
    })
  }
  const key = join(dataDir, 'secret-key')
  if (existsSync(key) && (statSync(key).mode & 0o077) !== 0) {
    findings.push({ verdict: 'wrong', what: `other users of this machine can read ${key}`, remedy: `chmod 600 ${key}` })
  }
  const freeGib = freeBytes(nearest) / gib
  findings.push({
    verdict: freeGib < 1 ? 'wrong' : freeGib < 5 ? 'warning' : 'ok',
    what: `${freeGib.toFixed(1)} GiB free at ${nearest}`,
    remedy:
      freeGib < 5
        ? 'Make room: imports are kept aside while they are read, and the ledger merges its files.'
        : undefined,
  })
  return findings
}

function checkPage(): Finding {
  const built = existsSync(fileURLToPath(new URL('../../../web/dist/index.html', import.meta.url)))
  return built
    ? { verdict: 'ok', what: 'the page is built' }
    : { verdict: 'warning', what: 'the page is not built', remedy: 'npm run build (npm start does it by itself)' }
}

async function runningServer({ http }: Settings): Promise<Finding | null> {
  const host = http.host === '0.0.0.0' || http.host === '::' ? '127.0.0.1' : http.host
  try {
    const response = await fetch(`http://${host.includes(':') ? `[${host}]` : host}:${http.port}/readyz`, {
      signal: AbortSignal.timeout(5_000),
    })
    const body = (await response.json()) as { stores?: Record<string, string> }
    if (!body.stores) return null
    const stores = Object.entries(body.stores)
      .map(([name, state]) => `${name} ${state}`)
      .join(', ')
    return response.ok
      ? { verdict: 'ok', what: `a server runs at port ${http.port}: ${stores}` }
      : {
          verdict: 'wrong',
          what: `a server runs at port ${http.port} and is not ready: ${stores}`,
          remedy: 'Its log names the reason.',
        }
  } catch {
    return null
  }
}

async function checkPostgres({ storage }: Settings, free: boolean): Promise<Finding[]> {
  const embedded = storage.databaseUrl === null
  const path = join(storage.dataDir, 'postgres')
  if (embedded && !free) return [{ verdict: 'ok', what: 'PostgreSQL: embedded, in use by the running server' }]
  if (embedded && !existsSync(path)) return [{ verdict: 'ok', what: 'PostgreSQL: embedded, made at the first start' }]
  try {
    const postgres = await openPostgres(embedded ? { path } : { url: storage.databaseUrl ?? undefined })
    try {
      const { rows } = await postgres.pool.query<{ version: string; encoding: string }>(
        "SELECT current_setting('server_version') AS version, current_setting('server_encoding') AS encoding",
      )
      const { version: serverVersion = '', encoding = '' } = rows[0] ?? {}
      const findings: Finding[] = [
        { verdict: 'ok', what: `PostgreSQL ${serverVersion}${embedded ? ', embedded' : ''}, answers` },
      ]
      if (Number.parseInt(serverVersion, 10) < 14)
        findings.push({
          verdict: 'wrong',
          what: `PostgreSQL ${serverVersion} is too old`,
          remedy: 'Use version 14 or later.',
        })
      if (encoding !== 'UTF8')
        findings.push({
          verdict: 'wrong',
          what: `the database is encoded as ${encoding}`,
          remedy: 'Create it with ENCODING UTF8.',
        })
      if (!embedded) {
        const { rows: rights } = await postgres.pool.query<{ create: boolean }>(
          "SELECT has_schema_privilege(current_user, current_schema(), 'CREATE') AS create",
        )
        if (!rights[0]?.create)
          findings.push({
            verdict: 'wrong',
            what: 'this database user may not create tables',
            remedy: 'GRANT CREATE ON SCHEMA public TO the user, for migrations.',
          })
      } else {
        findings.push({
          verdict: 'warning',
          what: 'the embedded database can lose data in a power cut',
          remedy: 'For lasting use set INFRAZEN_DATABASE_URL. Daily copies are in the snapshots folder.',
        })
      }
      const { unknown } = await migrationsOfPostgres(postgres)
      if (unknown.length > 0) findings.push(newerSchema('PostgreSQL', unknown))
      return findings
    } finally {
      await postgres.close()
    }
  } catch (error) {
    return [
      {
        verdict: 'wrong',
        what: `PostgreSQL does not answer: ${messageOf(error)}`,
        remedy: embedded
          ? 'Restore a copy from the snapshots folder.'
          : 'Check INFRAZEN_DATABASE_URL, the network and the password.',
      },
    ]
  }
}

async function checkClickHouse({ storage }: Settings, free: boolean): Promise<Finding[]> {
  const embedded = storage.clickhouseUrl === null
  if (embedded && !free) return [{ verdict: 'ok', what: 'ClickHouse: embedded, in use by the running server' }]
  if (embedded && !existsSync(join(storage.dataDir, 'clickhouse')))
    return [{ verdict: 'ok', what: 'ClickHouse: embedded, made at the first start' }]
  let clickhouse: ClickHouse | null = null
  try {
    clickhouse = await openClickHouse(
      embedded ? { path: storage.dataDir } : { url: storage.clickhouseUrl ?? undefined },
    )
    const [row] = await clickhouse.query<{ version: string }>({
      name: 'doctor.version',
      sql: 'SELECT version() AS version',
    })
    const findings: Finding[] = [
      { verdict: 'ok', what: `ClickHouse ${row?.version}${embedded ? ', embedded' : ''}, answers` },
    ]
    const { unknown } = await migrationsOfClickHouse(clickhouse)
    if (unknown.length > 0) findings.push(newerSchema('ClickHouse', unknown))
    if (!embedded) {
      for (const { name, problem } of await conformanceOf(clickhouse)) {
        findings.push(
          problem === null
            ? { verdict: 'ok', what: `  ${name}` }
            : {
                verdict: 'wrong',
                what: `  ${name}: ${problem}`,
                remedy: 'This server would not keep the ledger exact. Compare its version and settings with the guide.',
              },
        )
      }
    }
    return findings
  } catch (error) {
    return [
      {
        verdict: 'wrong',
        what: `ClickHouse does not answer: ${messageOf(error)}`,
        remedy: embedded
          ? 'See the message above; the folder may belong to another process.'
          : 'Check INFRAZEN_CLICKHOUSE_URL, the network and the password.',
      },
    ]
  } finally {
    await clickhouse?.close()
  }
}

function newerSchema(store: string, unknown: string[]): Finding {
  return {
    verdict: 'wrong',
    what: `${store} was migrated by a newer InfraZen (${unknown.join(', ')})`,
    remedy: 'Start that version, or restore a backup made before it.',
  }
}

function nearestExisting(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestExisting(dirname(folder))
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
