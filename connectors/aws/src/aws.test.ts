import { readFileSync } from 'node:fs'
import type { Context, FileDelivery } from '@infrazen/connector-kit'
import { certificatePage, runConformance, testContext } from '@infrazen/connector-kit/testing'
import { afterEach, expect, test } from 'vitest'
import subjects from './conformance.fixture'
import { costExplorer, dataExports } from './index'
import { externalId, manifestOf, roleArn, startAws } from './stand-in.fixture'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
async function start(switches: Parameters<typeof startAws>[0] = {}, values: Record<string, string> = {}) {
  const aws = await startAws(switches)
  closing.push(aws.standIn.close)
  const contextOf = (more: Record<string, string> = {}, now = new Date('2026-12-20T10:00:00Z')) =>
    testContext(dataExports, { ...aws.credentials, ...values, ...more }, { now })
  return { ...aws, contextOf }
}
const range = { from: new Date('2026-09-01T00:00:00Z'), to: new Date('2026-12-05T00:00:00Z'), cursor: null }
async function read(context: Context) {
  const pages = []
  for await (const page of dataExports.read({ kind: 'files', ...range }, context)) pages.push(page)
  return {
    deliveries: pages.flatMap((page) => page.deliveries ?? []),
    problems: pages.flatMap((page) => page.problems ?? []),
  }
}
async function textsOf(delivery: FileDelivery) {
  const texts: string[] = []
  for (const file of delivery.files) {
    const pieces: Uint8Array[] = []
    for await (const piece of file.open()) pieces.push(piece)
    texts.push(Buffer.concat(pieces).toString())
  }
  return texts
}
const root = 'finops/focus-daily/'

test('both keep every promise of the conformance pack, and their certificates say what was found', async () => {
  const certificates = await Promise.all(subjects.map(runConformance))
  expect(certificates.flatMap((certificate) => certificate.lines).filter((line) => !line.kept)).toEqual([])
  for (const { manifest } of [dataExports, costExplorer]) {
    const page = readFileSync(new URL(`../../../docs/connectors/${manifest.id}.md`, import.meta.url), 'utf8')
    const own = certificates.filter((certificate) => certificate.connector === manifest.id)
    expect(page, 'run npm run certify').toBe(certificatePage(manifest, own))
  }
})

test('Test names the right that lacks', async () => {
  const { bucket, contextOf } = await start()
  bucket.put(`${root}metadata/BILLING_PERIOD=2026-11/focus-daily-Manifest.json`, manifestOf([]))
  const checks = async (more: Record<string, string> = {}) =>
    Object.fromEntries((await dataExports.test(contextOf(more))).checks.map(({ right, state }) => [right, state]))
  expect(await checks()).toEqual({ 's3:ListBucket': 'works', 's3:GetObject': 'works' })
  bucket.missing.add('s3:GetObject')
  const report = await dataExports.test(contextOf())
  expect(report.checks[1]).toMatchObject({ right: 's3:GetObject', state: 'missing', code: 'forbidden' })
  expect(report.checks[1]!.message).toContain('s3:GetObject on nordwind-billing/finops')
  expect(report.account).toEqual({ id: 'nordwind-billing/finops/focus-daily/', name: '111122223333' })
  bucket.missing.add('s3:ListBucket')
  expect(await checks()).toEqual({ 's3:ListBucket': 'missing', 's3:GetObject': 'missing' })
  bucket.missing.clear()
  expect(await checks({ roleArn, externalId: 'of another' })).toEqual({ 'sts:AssumeRole': 'missing' })
  expect(await checks({ roleArn, externalId })).toEqual({
    'sts:AssumeRole': 'works',
    's3:ListBucket': 'works',
    's3:GetObject': 'works',
  })
  const forged = await dataExports.test(contextOf({ secretAccessKey: 'not-the-secret-of-the-key' }))
  expect(forged.checks[0]).toMatchObject({ state: 'missing', code: 'unauthorized' })
  expect(JSON.stringify(forged)).not.toContain('not-the-secret-of-the-key')
})

test('the manifest decides: what lies beside it does not count, and where files are fewer the delivery is another', async () => {
  const { bucket, contextOf } = await start()
  const at = (name: string) => `${root}data/billing_period=2026-10/${name}`
  bucket.put(at('run-1/a.csv.gz'), 'stale')
  bucket.put(at('run-2/a.csv.gz'), 'a')
  bucket.put(at('run-2/b.csv.gz'), 'b')
  const manifest = `${root}metadata/billing_period=2026-10/focus-daily-Manifest.json`
  bucket.put(`${root}metadata/billing_period=2026-10/focus-daily-Manifest-FOCUS.json`, '{"Schema":{}}')
  bucket.put(manifest, manifestOf([`s3://original/${at('run-2/a.csv.gz')}`, `s3://original/${at('run-2/b.csv.gz')}`]))
  const before = (await read(contextOf())).deliveries
  expect(await Promise.all(before.map(textsOf))).toEqual([['a', 'b']])
  expect(before[0]).toMatchObject({ key: `${root}2026-10`, title: 'focus-daily 2026-10', replaces: 'period' })
  bucket.put(manifest, manifestOf([`s3://original/${at('run-2/a.csv.gz')}`]))
  const after = (await read(contextOf())).deliveries
  expect(after[0]!.key).toBe(before[0]!.key)
  expect(after[0]!.version).not.toBe(before[0]!.version)
  expect(await textsOf(after[0]!)).toEqual(['a'])
})

test('a legacy report is read by the manifest of its period', async () => {
  const { bucket, contextOf } = await start({}, { prefix: 'cur/' })
  bucket.put('cur/hourly/20261001-20261101/3a1f/hourly-1.csv.gz', 'one')
  bucket.put('cur/hourly/20261001-20261101/0000/hourly-1.csv.gz', 'older')
  bucket.put(
    'cur/hourly/20261001-20261101/hourly-Manifest.json',
    JSON.stringify({
      assemblyId: '3a1f',
      billingPeriod: { start: '20261001T000000.000Z', end: '20261101T000000.000Z' },
      reportKeys: ['cur/hourly/20261001-20261101/3a1f/hourly-1.csv.gz'],
    }),
  )
  const { deliveries } = await read(contextOf())
  expect(deliveries).toMatchObject([{ key: 'cur/hourly/2026-10', title: 'hourly 2026-10' }])
  expect(await textsOf(deliveries[0]!)).toEqual(['one'])
})

test('a delivery that AWS is still writing waits for its manifest', async () => {
  const { bucket, contextOf } = await start()
  const key = `${root}data/BILLING_PERIOD=2026-10/focus-daily-00001.parquet`
  bucket.put(key, 'a')
  bucket.put(`${root}metadata/BILLING_PERIOD=2026-10/focus-daily-Manifest.json`, manifestOf([`s3://b/${key}`]))
  bucket.objects.get(key)!.lastModified = '2026-11-05T06:00:00Z'
  const during = await read(contextOf({}, new Date('2026-11-05T06:10:00Z')))
  expect(during).toMatchObject({ deliveries: [], problems: [{ code: 'delivery_underway' }] })
  expect((await read(contextOf())).deliveries).toHaveLength(1)
})

test('two exports below one prefix are refused: they would count twice', async () => {
  const { bucket, contextOf } = await start({}, { prefix: 'finops/' })
  for (const name of ['focus', 'cur'])
    bucket.put(`finops/${name}/metadata/BILLING_PERIOD=2026-10/${name}-Manifest.json`, manifestOf([]))
  await expect(read(contextOf())).rejects.toMatchObject({
    code: 'rejected',
    message: expect.stringContaining('finops/cur/, finops/focus/'),
  })
  expect((await read(contextOf({ prefix: 'finops/nothing/' }))).problems).toMatchObject([{ code: 'no_manifest' }])
})

test('a file that is cut off goes on with a range; one that was replaced meanwhile is told', async () => {
  const { bucket, contextOf, standIn } = await start()
  const key = `${root}data/BILLING_PERIOD=2026-10/focus-daily-00001.csv`
  const content = 'a line of a bill\n'.repeat(20_000)
  bucket.put(key, content)
  bucket.put(`${root}metadata/BILLING_PERIOD=2026-10/focus-daily-Manifest.json`, manifestOf([`s3://b/${key}`]))
  const { deliveries } = await read(contextOf())
  standIn.requests.length = 0
  standIn.faults = (_request, number) => (number < 2 ? 'truncated' : null)
  expect(await textsOf(deliveries[0]!)).toEqual([content])
  expect(standIn.requests.map((request) => request.headers.range ?? null)).toEqual([
    null,
    expect.stringMatching(/^bytes=\d+-$/),
    expect.stringMatching(/^bytes=\d+-$/),
  ])
  standIn.faults = null
  bucket.put(key, 'other')
  await expect(textsOf(deliveries[0]!)).rejects.toMatchObject({ code: 'unavailable', details: { retryable: true } })
})

test('Cost Explorer tells its price, names accounts, and where the right lacks says so', async () => {
  const { credentials } = await start()
  const context = testContext(costExplorer, credentials, { now: new Date('2026-11-04T10:00:00Z') })
  const pages = []
  const october = { from: new Date('2026-10-01T00:00:00Z'), to: new Date('2026-11-01T00:00:00Z'), cursor: null }
  for await (const page of costExplorer.read({ kind: 'charges', ...october }, context)) pages.push(page)
  expect(pages.at(-1)?.problems).toEqual([
    { code: 'paid_requests', message: expect.stringContaining('at most 21 so far, USD 0.21') },
  ])
  const charges = pages.flatMap((page) => page.charges ?? [])
  expect(charges.find((row) => row.ServiceName === 'Amazon Bedrock')).toMatchObject({
    BillingAccountId: '111122223333',
    SubAccountId: '444455556666',
    SubAccountName: 'nordwind-search',
    ServiceCategory: 'AI and Machine Learning',
    ChargeCategory: 'Usage',
  })
  expect(new Set(charges.map((row) => row.ChargeCategory))).toEqual(new Set(['Usage', 'Tax', 'Credit']))
  const closed = await start({ missingCosts: true })
  const without = testContext(costExplorer, closed.credentials, { now: new Date('2026-11-04T10:00:00Z') })
  expect((await costExplorer.test(without)).checks).toMatchObject([
    { right: 'ce:GetCostAndUsage', state: 'missing', message: expect.stringContaining('ce:GetCostAndUsage') },
  ])
})
