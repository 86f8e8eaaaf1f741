import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import anthropic from '@infrazen/connector-anthropic'
import awsConnectors, { costAndUsageReport } from '@infrazen/connector-aws'
import azure, { actualCost, amortisedCost } from '@infrazen/connector-azure'
import fileConnectors from '@infrazen/connector-files'
import { billingExport, costTable, dailyFile } from '@infrazen/connector-gcp'
import type { Connector } from '@infrazen/connector-kit'
import { costReport } from '@infrazen/connector-oci'
import openai from '@infrazen/connector-openai'
import { detectVersion } from '@infrazen/focus'
import type { FastifyInstance } from 'fastify'
import type { Settings } from './config'
import { sampleOrganization, withDemoOwner } from './demo'
import {
  createHttpServer,
  guideRoutes,
  healthRoutes,
  readStaticPage,
  roleGuard,
  staticPageRoutes,
  streamRoutes,
} from './http'
import { every } from './jobs/every'
import { snapshotDaily, takeSnapshot } from './jobs/snapshots'
import { type Access, accessRoutes, createAccess, isSetUp, setUp } from './modules/access'
import { allocationRoutes, openAllocator } from './modules/allocation'
import {
  connectionRoutes,
  createReach,
  createSealer,
  listConnections,
  loadConnectors,
  openCompleteness,
  SyncWorker,
  scheduleSyncs,
  type TakeCharges,
  type TakeFiles,
} from './modules/connections'
import { experimentRoutes } from './modules/experiments'
import { askLedger, exploreRoutes, openExplorer } from './modules/explore'
import {
  commitDelivery,
  forgetContent,
  ImportQueue,
  importEnd,
  ingestionRoutes,
  mappingFormats,
  mappingRoutes,
  openAttributionStore,
  otlpRoutes,
  recordRefusals,
  repriceBy,
  takeFile,
  telemetryRoutes,
  usageRoutes,
} from './modules/ingestion'
import { ledgerRoutes, onLedgerChange, repairMetrics, repairUsageRollup } from './modules/ledger'
import { noteRoutes } from './modules/notes'
import {
  findSampleOrganization,
  getOrganization,
  listRateSources,
  organizationRoutes,
  timeZoneOfOrganization,
} from './modules/organizations'
import { openPriceBooks, pricingRoutes } from './modules/pricing'
import { bankAddresses, dailyRates, keepRatesCurrent, rateRoutes } from './modules/rates'
import { reconciliationRoutes } from './modules/reconciliation'
import type { Scope } from './primitives/scope'
import { type ClickHouse, migrateClickHouse, openClickHouse } from './storage/clickhouse'
import { lockFolder, migratePostgres, openPostgres, type Postgres } from './storage/postgres'
import { version } from './version'

/** Everything that runs. */
export type App = {
  readonly http: FastifyInstance
  readonly clickhouse: ClickHouse
  readonly postgres: Postgres
  /** To be typed in by the first visitor; null when nobody but this machine's users can reach the server. */
  readonly setupCode: string | null
  /** Who owns the demo's company, unless the settings chose somebody; null outside a demo. */
  readonly demoOwner: { email: string; password: string } | null
  /** An API key of the made-up company, for as long as the demo runs; null when there is no such company. */
  sampleKey(): Promise<{ key: string; revoke(): Promise<void> } | null>
  /** Finishes requests, then closes the stores cleanly and gives the data folder back. */
  close(): Promise<void>
}

/** Of two formats with one header, the one that looks at rows stands first. */
const billFormats = [costAndUsageReport, amortisedCost, actualCost, billingExport, costTable, dailyFile, costReport]

const webFolder = fileURLToPath(new URL('../../web/dist/', import.meta.url))
/** The connectors that come with the product. */
const ownConnectors = [anthropic, openai, ...awsConnectors, azure, ...fileConnectors]
const guideFolder = fileURLToPath(new URL('../../docs/guide/', import.meta.url))

/**
 * Opens and migrates the stores, makes the first organization where settings ask for it, and registers every module.
 * `connectors` are those that come with the product. Does not listen. Throws what the operator must act on; whatever was opened by then is closed again.
 */
export async function createApp(given: Settings, connectors: readonly Connector[] = ownConnectors): Promise<App> {
  const settings = given.demo ? withDemoOwner(given) : given
  const closing: (() => unknown)[] = []
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    return await compose(given, settings, connectors, closing, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function compose(
  given: Settings,
  settings: Settings,
  own: readonly Connector[],
  closing: (() => unknown)[],
  close: () => Promise<void>,
): Promise<App> {
  const { dataDir, databaseUrl, clickhouseUrl } = settings.storage
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  // With both stores on servers several copies may share a folder; with one of them embedded they must not.
  if (databaseUrl === null || clickhouseUrl === null) closing.push(lockFolder(dataDir))
  const secret = settings.secretKey()
  const connectors = await loadConnectors(own, settings.connections.packages)
  const reach = createReach(settings.connections.allowedAddresses, settings.connections.filesFolders)
  const sealer = createSealer(secret, settings.connections.previousSecretKeys)

  const [postgres, clickhouse] = await Promise.all([
    openPostgres(databaseUrl === null ? { path: join(dataDir, 'postgres') } : { url: databaseUrl }).then(
      async (opened) => {
        closing.push(() => opened.close())
        await migratePostgres(
          opened,
          opened.embedded ? async () => void (await takeSnapshot(opened, dataDir)) : undefined,
        )
        return opened
      },
    ),
    openClickHouse(clickhouseUrl === null ? { path: dataDir } : { url: clickhouseUrl }).then(async (opened) => {
      closing.push(() => opened.close())
      await migrateClickHouse(opened)
      await repairUsageRollup(opened)
      return opened
    }),
  ])

  const page = readStaticPage(webFolder)
  const http = await createHttpServer({
    version,
    logger: settings.logLevel === 'silent' ? false : logger(settings.logLevel),
    trustedProxies: settings.http.trustedProxies,
    inlineScripts: page?.inlineScripts,
    checkAnswers: process.env.NODE_ENV === 'test',
  })
  closing.push(() => http.close())
  roleGuard(http, settings.roles)
  if (postgres.embedded) {
    closing.push(
      snapshotDaily(postgres, dataDir, (err) =>
        http.log.error({ err }, 'the daily snapshot of the embedded database failed'),
      ),
    )
  }

  const onThisMachineAlone = isLoopback(settings.http.host) && settings.http.publicUrl === null
  const hasOwner = await firstStart(settings, postgres)
  const setupCode = hasOwner || onThisMachineAlone ? null : randomBytes(6).toString('hex')
  const { email, password } = settings.bootstrap
  // Shown on the sign-in form to whoever sits at this machine; an owner that somebody chose is theirs to know.
  const demoOwner =
    given.bootstrap.email === null && settings.demo && email && password && (await isPerson(postgres, email))
      ? { email, password }
      : null

  const access = createAccess({ postgres, secret, publicUrl: settings.http.publicUrl })
  http.addHook('onRequest', async (request, reply) => {
    if (request.is404 || request.routeOptions.config.public) return
    request.scope = await access.authenticate(request, reply)
  })
  const stores = {
    clickhouse: () => clickhouse.query({ name: 'readyz', sql: 'SELECT 1' }),
    postgres: () => postgres.pool.query('SELECT 1'),
  }
  healthRoutes(http, { checks: stores, version })
  await http.register(
    accessRoutes({ access, postgres, version, setupCode, demo: onThisMachineAlone ? demoOwner : null }),
  )
  await http.register(organizationRoutes({ postgres }))
  await http.register(noteRoutes({ postgres }))

  const connectionNames = async (scope: Scope) =>
    new Map((await listConnections(postgres, scope)).map(({ id, name }) => [id, name]))
  const timeZoneOf = (scope: Scope) => timeZoneOfOrganization(postgres, scope)
  const books = openPriceBooks(postgres)
  await repairMetrics(clickhouse, async (scope) => repriceBy(await books.of(scope)))
  const spoolFolder = join(dataDir, 'spool')
  mkdirSync(spoolFolder, { recursive: true, mode: 0o700 })
  const queue = new ImportQueue({
    clickhouse,
    postgres,
    detectVersion,
    alone: databaseUrl === null || clickhouseUrl === null,
    knownFormats: async (scope) => ({ formats: billFormats, mappings: await mappingFormats(postgres, scope) }),
    onError: (err, importId) => http.log.error({ err, importId }, 'an import failed'),
  })
  await http.register(ingestionRoutes({ clickhouse, postgres, queue, spoolFolder }))
  await http.register(mappingRoutes({ clickhouse, postgres, formats: billFormats }))
  const attribution = openAttributionStore({ postgres, clickhouse })
  const usage = {
    clickhouse,
    books,
    rulesOf: (scope: Scope) => attribution.rulesOf(scope),
    onRefused: (scope: Scope, source: string, reasons: ReadonlyMap<string, number>, at: Date) =>
      recordRefusals(postgres, scope, source, reasons, at),
  }
  await http.register(otlpRoutes(usage))
  await http.register(usageRoutes(usage))
  await http.register(telemetryRoutes({ clickhouse, postgres, attribution }))
  const takeCharges: TakeCharges = async (scope, { connectionId, fileName }, body, signal) => {
    const { id, sameAs } = await takeFile(
      { clickhouse, postgres, queue, spoolFolder, mostUploadBytes: 64 * 2 ** 30 },
      scope,
      { connectionId: async () => connectionId, fileName, delivery: 'replace' },
      body as AsyncIterable<Buffer>,
    )
    const { status, rows, problems } = await importEnd(postgres, scope, sameAs ?? id, signal)
    return {
      importId: sameAs ?? id,
      status: status === 'failed' ? 'failed' : 'succeeded',
      quarantined: rows.quarantined,
      message: problems[0]?.message ?? '',
    }
  }
  const takeFiles: TakeFiles = {
    async store(scope, { connectionId, delivery, fileName, format, currency }, body, signal) {
      const { id, sameAs } = await takeFile(
        { clickhouse, postgres, queue, spoolFolder, mostUploadBytes: 64 * 2 ** 30 },
        scope,
        { connectionId: async () => connectionId, fileName, delivery: 'auto', format, currency, holdFor: delivery },
        body as AsyncIterable<Buffer>,
      )
      const { status, problems } = await importEnd(postgres, scope, sameAs ?? id, signal)
      return {
        importId: sameAs ?? id,
        status: status === 'failed' ? 'failed' : 'succeeded',
        message: problems[0]?.message ?? '',
      }
    },
    commit: (scope, order) => commitDelivery({ clickhouse, postgres }, scope, order),
  }
  const syncs = new SyncWorker({
    postgres,
    clickhouse,
    connectors,
    sealer,
    reach,
    takeCharges,
    takeFiles,
    stagingFolder: join(spoolFolder, 'syncs'),
    alone: postgres.embedded,
    onError: (err, connectionId) => http.log.error({ err, connectionId }, 'a sync failed'),
  })
  await http.register(
    connectionRoutes({ postgres, clickhouse, connectors, sealer, reach, onQueued: () => syncs.notice() }),
  )
  await http.register(
    pricingRoutes({
      clickhouse,
      postgres,
      books,
      timeZoneOf,
      onError: (err) => http.log.error({ err }, 'a re-rating failed and was taken back'),
    }),
  )
  await http.register(
    ledgerRoutes({
      clickhouse,
      connectionNames,
      // What was withdrawn may be taken in again; while it counted, the same bytes were a duplicate.
      onWithdrawn: (scope, importId) => forgetContent(postgres, scope, importId),
    }),
  )
  const rateSourceOf = async (scope: Scope) => (await getOrganization(postgres, scope)).rateSource
  const explorer = openExplorer({
    clickhouse,
    timeZoneOf,
    connectionNames,
    exchangeRates: dailyRates(postgres, rateSourceOf),
    sourceCompleteness: openCompleteness(postgres, connectors),
  })
  await http.register(exploreRoutes({ explorer }))
  await http.register(experimentRoutes({ postgres, ask: (scope, question) => askLedger(explorer, scope, question) }))
  const rateAddresses = { ...bankAddresses, bokKey: settings.bokKey }
  await http.register(
    rateRoutes({
      postgres,
      addresses: rateAddresses,
      sourceOf: rateSourceOf,
    }),
  )
  await http.register(
    allocationRoutes({
      allocator: openAllocator({
        clickhouse,
        postgres,
        timeZoneOf,
        onError: (err, what) => http.log.error({ err }, what),
      }),
      organizationName: async (scope) => (await getOrganization(postgres, scope)).name,
    }),
  )
  await http.register(reconciliationRoutes({ clickhouse, books }))
  await http.register(streamRoutes({ clickhouse, onLedgerChange }))
  guideRoutes(http, guideFolder)
  staticPageRoutes(http, page)
  await http.ready()
  if (settings.roles.has('worker')) {
    await queue.start()
    closing.push(() => queue.stop())
    closing.push(
      keepRatesCurrent({
        postgres,
        addresses: rateAddresses,
        chosenSources: () => listRateSources(postgres),
        onFailure: (err, source) => http.log.warn({ err, source }, 'exchange rates could not be fetched'),
      }),
    )
    await syncs.start()
    closing.push(() => syncs.stop())
    closing.push(
      every(
        5000,
        async () => {
          if ((await scheduleSyncs(postgres, connectors)) > 0) syncs.notice()
        },
        (err) => http.log.error({ err }, 'scheduling the connections failed'),
      ),
    )
  }
  return { http, clickhouse, postgres, setupCode, demoOwner, sampleKey: () => sampleKey(access, postgres), close }
}

async function sampleKey(access: Access, postgres: Postgres) {
  const organization = await findSampleOrganization(postgres)
  if (!organization) return null
  const scope = { organizationId: organization.id, actor: 'system' }
  const name = 'Sample data'
  // A demo that was killed could not take its key back.
  for (const old of (await access.keys.list(scope)).keys) if (old.name === name) await access.keys.revoke(scope, old.id)
  const { id, key } = await access.keys.create(scope, name)
  return { key, revoke: () => access.keys.revoke(scope, id) }
}

/** An earlier start may have made another owner: then the demo's own credentials open nothing and are not offered. */
async function isPerson(postgres: Postgres, email: string): Promise<boolean> {
  const { rowCount } = await postgres.pool.query('SELECT 1 FROM "user" WHERE email = $1', [email])
  return rowCount === 1
}

/** Makes the organization that `INFRAZEN_BOOTSTRAP_*` describes, on the first start alone. True once there is one. */
async function firstStart(settings: Settings, postgres: Postgres): Promise<boolean> {
  if (await isSetUp(postgres)) return true
  const { email, password, apiKey, organization } = settings.bootstrap
  if (email === null || password === null) return false
  await setUp(postgres, {
    organization: settings.demo
      ? sampleOrganization
      : {
          name: organization ?? 'My organization',
          timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
          currency: 'USD',
          locale: 'en',
          sample: false,
        },
    owner: { name: email.split('@', 1)[0] ?? email, email, password },
    apiKey,
  }).catch((error: { code?: string }) => {
    // Another server on the same database was faster; its organization is the first.
    if (error.code !== 'already_set_up') throw error
  })
  return true
}

function logger(level: string) {
  return { level, redact: ['req.headers.authorization', 'req.headers.cookie'] }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}
