import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import awsConnectors from '@infrazen/connector-aws'
import azure from '@infrazen/connector-azure'
import fileConnectors from '@infrazen/connector-files'
import { S3StandIn, type StandIn, startStandIn } from '@infrazen/connector-kit/testing'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { manifestOf, sasToken, startBlobs } from '../../connectors/azure/src/stand-in.fixture'
import { type App, createApp } from './app'
import { readSettings } from './config'
import type { Connection, Run } from './modules/connections/contract'

vi.setConfig({ testTimeout: 180_000 })
const folder = mkdtempSync(join(tmpdir(), 'infrazen-file-sources-'))
const bills = join(folder, 'bills')
const key = 'izk_test_file_sources'
const store = new S3StandIn('bills')
store.keys.AKIAEXAMPLE = { secret: 'a-secret-of-a-bucket' }
store.keys.AKIAIOSFODNN7EXAMPLE = { secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
let standIn: StandIn
let app: App

const open = () =>
  createApp(
    readSettings({
      INFRAZEN_DATA_DIR: join(folder, 'data'),
      INFRAZEN_LOG_LEVEL: 'silent',
      INFRAZEN_BOOTSTRAP_EMAIL: 'mina@nordwind.example',
      INFRAZEN_BOOTSTRAP_PASSWORD: 'correct horse battery',
      INFRAZEN_BOOTSTRAP_API_KEY: key,
      INFRAZEN_ALLOW_PRIVATE_ADDRESSES: '127.0.0.1',
      INFRAZEN_FILES_FOLDERS: bills,
    }),
    [...awsConnectors, azure, ...fileConnectors],
  )

beforeAll(async () => {
  mkdirSync(bills)
  standIn = await startStandIn((request) => store.answer(request))
  app = await open()
})
afterAll(async () => {
  await app?.close()
  await standIn?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function ask<T>(method: InjectOptions['method'], url: string, payload?: object) {
  const response = await app.http.inject({ method, url, payload, headers: { authorization: `Bearer ${key}` } })
  return { status: response.statusCode, body: response.json() as T, text: response.body }
}
async function connect(connector: string, name: string, values: Record<string, string>) {
  const made = await ask<Connection>('POST', '/api/v1/connections', { connector, name, values, sync: false })
  expect(made.text).toContain('"id"')
  return made.body.id
}
const bucketOf = (prefix: string): Record<string, string> => ({
  endpoint: standIn.url,
  region: 'ru-central1',
  bucket: 'bills',
  prefix,
  accessKeyId: 'AKIAEXAMPLE',
  secretAccessKey: 'a-secret-of-a-bucket',
})
const start = async (id: string) => (await ask<{ runId: string }>('POST', `/api/v1/connections/${id}/sync`)).body.runId
const runOf = async (id: string, runId: string) =>
  (await ask<{ runs: Run[] }>('GET', `/api/v1/connections/${id}/runs`)).body.runs.find((run) => run.id === runId)!
const until = async (holds: () => Promise<boolean>) => {
  for (let tries = 0; tries < 900; tries++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('it did not come to that')
}
async function ended(id: string, runId: string): Promise<Run> {
  await until(async () => ['succeeded', 'failed', 'cancelled'].includes((await runOf(id, runId)).status))
  return runOf(id, runId)
}
const startBackfill = async (id: string, from = '2026-09-01', to = '2026-09-30') =>
  (await ask<{ runId: string }>('POST', `/api/v1/connections/${id}/backfill`, { from, to })).body.runId
const backfill = async (id: string, from?: string, to?: string) => ended(id, await startBackfill(id, from, to))
const sync = async (id: string) => ended(id, await start(id))
async function billed(connection: string) {
  const { body } = await ask<{ rows: string[][] }>('POST', '/api/v1/query', {
    metrics: ['billed_cost'],
    dimensions: ['connection'],
    granularity: null,
    period: { from: '2018-01-01', to: '2027-01-01' },
    timeZone: 'UTC',
  })
  return body.rows.find(([id]) => id === connection)?.at(-1) ?? null
}
const gets = (name: string) =>
  standIn.requests.filter((request) => request.method === 'GET' && request.path.endsWith(name)).length

const header =
  'BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,ServiceProviderName,ResourceId'
const focus = (...lines: [cost: string, resource: string][]) =>
  `${header}\n${lines
    .map(
      ([cost, resource]) =>
        `${cost},${cost},acc,USD,2026-09-01T00:00:00Z,2026-10-01T00:00:00Z,2026-09-03T00:00:00Z,2026-09-04T00:00:00Z,Usage,Compute,Cloud,${resource}`,
    )
    .join('\n')}\n`

const data = new URL('../../../shared/data/', import.meta.url)
const expected = (() => {
  try {
    return JSON.parse(readFileSync(new URL('expected-totals.json', data), 'utf8')) as Record<
      string,
      { totals: Record<string, string> }
    >
  } catch {
    return null
  }
})()

test.skipIf(expected === null)('real bills go from a bucket into the ledger to the last digit', async () => {
  const files: [name: string, column: string][] = [
    ['aws-cur/cur-2018-10.snappy.parquet', 'unblended'],
    ['aws-cur/cur-2023-11-legacy-even.csv', 'lineItem/UnblendedCost'],
    ['focus/focus-1.0-sample-even.csv', 'BilledCost'],
    ['focus/synthetic-1.2-1.3/aws_1_2_cost_and_usage_rows100_seed42.csv', 'BilledCost'],
  ]
  for (const [at, [name, column]] of files.entries()) {
    store.put(`real-${at}/${name}`, readFileSync(new URL(name, data)))
    const id = await connect('files-bucket', `Real ${at}`, bucketOf(`real-${at}/`))
    const before = gets(name)
    const run = await sync(id)
    expect(run).toMatchObject({ status: 'succeeded', problems: [] })
    expect(await billed(id)).toBe(expected![name]!.totals[column])
    expect(run.sums[0]!.read).toBe(expected![name]!.totals[column])
    const again = await sync(id)
    expect(again.results.map((result) => result.outcome)).toEqual(['unchanged'])
    expect(gets(name) - before).toBe(1)
  }
  const batches = (await ask<{ batches: { proof: { equal: boolean }[] }[] }>('GET', '/api/v1/batches')).body.batches
  expect(batches.every((batch) => batch.proof.every((proof) => proof.equal))).toBe(true)
})

test('stopped between two files, the next start goes on with the second', async () => {
  store.put('stopped/a.csv', focus(['1.5', 'a']))
  store.put('stopped/b.csv', focus(['2.25', 'b']))
  const id = await connect('files-bucket', 'Stopped', bucketOf('stopped/'))
  const before = gets('/a.csv')
  standIn.faults = (request) => (request.path.endsWith('/b.csv') ? 'silent' : null)
  const runId = await start(id)
  await until(async () => gets('/b.csv') > 0)
  await app.close()
  standIn.faults = null
  app = await open()
  expect(await ended(id, runId)).toMatchObject({ status: 'succeeded', sums: [{ currency: 'USD', read: '3.75' }] })
  expect(gets('/a.csv') - before).toBe(1)
  expect(await billed(id)).toBe('3.75')
})

test('a file that comes again under its name replaces what it said, and what it said before comes back', async () => {
  store.put('again/sept.csv', focus(['10', 'a'], ['5', 'b']))
  store.put('again/other.csv', focus(['100', 'z']))
  const id = await connect('files-bucket', 'Again', bucketOf('again/'))
  await sync(id)
  expect(await billed(id)).toBe('115')
  store.put('again/sept.csv', focus(['7', 'x']))
  const run = await sync(id)
  expect(run.results.map((result) => result.outcome)).toEqual(['unchanged', 'imported'])
  expect(await billed(id)).toBe('107')
  store.put('again/sept.csv', focus(['10', 'a'], ['5', 'b']))
  await sync(id)
  expect(await billed(id)).toBe('115')
})

const exportOf = (name: string) => ({
  ...bucketOf(`${name}/`),
  region: 'eu-central-1',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
})
function deliver(name: string, period: string, files: (string | Buffer)[]) {
  const keys = files.map((_, at) => `${name}/data/BILLING_PERIOD=${period}/${name}-0000${at + 1}.csv`)
  for (const [at, content] of files.entries()) store.put(keys[at]!, content)
  store.put(
    `${name}/metadata/BILLING_PERIOD=${period}/${name}-Manifest.json`,
    JSON.stringify({ dataFiles: keys.map((key) => `s3://bills/${key}`) }),
  )
}

test('an export of several files is restated as a whole: nobody sees half of it, and what is gone is gone', async () => {
  deliver('whole', '2026-09', [focus(['10', 'a']), focus(['20', 'b']), focus(['30', 'c'])])
  const id = await connect('aws', 'Whole', exportOf('whole'))
  expect(await backfill(id)).toMatchObject({
    status: 'succeeded',
    problems: [],
    sums: [{ currency: 'USD', read: '60' }],
  })
  expect(await billed(id)).toBe('60')

  deliver('whole', '2026-09', [focus(['11', 'a']), focus(['20', 'b']), focus(['33', 'c'])])
  standIn.faults = (request) => (request.path.endsWith('whole-00003.csv') ? 'silent' : null)
  const before = { one: gets('whole-00001.csv'), three: gets('whole-00003.csv') }
  const runId = await startBackfill(id)
  await until(async () => gets('whole-00003.csv') > before.three)
  expect(await billed(id)).toBe('60')
  await app.close()
  standIn.faults = null
  app = await open()
  expect(await billed(id)).toBe('60')
  expect(await ended(id, runId)).toMatchObject({ status: 'succeeded', sums: [{ currency: 'USD', read: '64' }] })
  expect(await billed(id)).toBe('64')
  expect(gets('whole-00001.csv') - before.one).toBe(1)

  deliver('whole', '2026-09', [focus(['11', 'a']), focus(['20', 'b'])])
  expect((await backfill(id)).results.map((result) => result.outcome)).toEqual(['imported'])
  expect(await billed(id)).toBe('31')
  expect((await backfill(id)).results.map((result) => result.outcome)).toEqual(['unchanged'])
})

test('a part that was stored for a delivery that never came whole leaves no trace', async () => {
  deliver('torn', '2026-09', [focus(['1', 'a']), focus(['2', 'b'])])
  const id = await connect('aws', 'Torn', exportOf('torn'))
  await backfill(id)
  deliver('torn', '2026-09', [focus(['100', 'a']), 'colour,shape\nred,round\n'])
  const torn = await backfill(id)
  expect(torn).toMatchObject({ status: 'succeeded', problems: [{ code: 'import_failed' }] })
  expect(await billed(id)).toBe('3')
  deliver('torn', '2026-09', [focus(['4', 'a']), focus(['5', 'b'])])
  await backfill(id)
  expect(await billed(id)).toBe('9')
  const { imports } = (
    await ask<{ imports: { status: string; problems: { code: string }[] }[] }>('GET', '/api/v1/imports')
  ).body
  expect(imports.some((one) => one.problems[0]?.code === 'superseded' && one.status === 'failed')).toBe(true)
})

test.skipIf(expected === null)('real months of AWS come through their manifests to the last digit', async () => {
  const cur = (name: string) => readFileSync(new URL(`aws-cur/${name}`, data))
  // A back-fill reaches five years back: the month of 2018 lies in a younger partition.
  deliver('real', '2023-10', [cur('cur-2018-10.snappy.parquet')])
  const key = 'legacy/hourly/20231101-20231201'
  store.put(`${key}/3a1f/hourly-1.csv.gz`, gzipSync(cur('cur-2023-11-legacy-even.csv')))
  store.put(
    `${key}/hourly-Manifest.json`,
    JSON.stringify({
      assemblyId: '3a1f',
      billingPeriod: { start: '20231101T000000.000Z', end: '20231201T000000.000Z' },
      reportKeys: [`${key}/3a1f/hourly-1.csv.gz`],
    }),
  )
  for (const [name, from, to, file, column] of [
    ['real', '2023-10-01', '2023-10-31', 'cur-2018-10.snappy.parquet', 'unblended'],
    ['legacy', '2023-11-01', '2023-11-30', 'cur-2023-11-legacy-even.csv', 'lineItem/UnblendedCost'],
  ] as const) {
    const id = await connect('aws', name, exportOf(name))
    expect(await backfill(id, from, to)).toMatchObject({ status: 'succeeded', problems: [] })
    expect(await billed(id)).toBe(expected![`aws-cur/${file}`]!.totals[column])
  }
})

test.skipIf(expected === null)('a real month of Azure comes through its manifest to the last digit', async () => {
  const blobs = await startBlobs()
  const at = 'finops/actual/20230901-20230930/202310010600/run-1'
  blobs.put(`${at}/part_0_0001.csv`, readFileSync(new URL('azure/ea-export-2023-09.csv', data)))
  blobs.put(
    `${at}/manifest.json`,
    manifestOf('run-1', '2023-10-01T06:00:00.0000000Z', '2023-09', [`${at}/part_0_0001.csv`], 'ActualCost', 'actual'),
  )
  const id = await connect('azure', 'Azure', { ...blobs.credentials, prefix: 'finops/actual/', sasToken })
  expect(await backfill(id, '2023-09-01', '2023-09-30')).toMatchObject({ status: 'succeeded', problems: [] })
  expect(await billed(id)).toBe(expected!['azure/ea-export-2023-09.csv']!.totals.CostInBillingCurrency)
  await blobs.standIn.close()
})

test('a file that cannot be understood is named, what was said before stands, and others go on', async () => {
  store.put('odd/a.csv', 'colour,shape\nred,round\n')
  store.put('odd/b.csv', focus(['4', 'b']))
  const id = await connect('files-bucket', 'Odd', bucketOf('odd/'))
  const run = await sync(id)
  expect(run).toMatchObject({ status: 'succeeded', problems: [{ code: 'import_failed' }] })
  expect(run.problems[0]!.message).toContain('a.csv')
  expect(await billed(id)).toBe('4')
  store.put('odd/b.csv', 'colour,shape\nred,round\n')
  expect((await sync(id)).problems.at(-1)!.message).toContain('What was said before stands')
  expect(await billed(id)).toBe('4')
})

test('a folder is read only where the operator opened it', async () => {
  writeFileSync(join(bills, 'part'), focus(['3', 'a']))
  renameSync(join(bills, 'part'), join(bills, 'sept.csv'))
  const id = await connect('files-folder', 'Folder', { folder: bills })
  expect(await sync(id)).toMatchObject({ status: 'succeeded', sums: [{ currency: 'USD', read: '3' }] })
  expect(await billed(id)).toBe('3')
  const { body } = await ask('POST', '/api/v1/connections/test', {
    connector: 'files-folder',
    values: { folder: '/etc' },
  })
  expect(body).toMatchObject({ ok: false, checks: [{ right: 'list', state: 'missing', code: 'address_refused' }, {}] })
})
