import { readFileSync } from 'node:fs'
import { certificatePage, runConformance, testContext } from '@infrazen/connector-kit/testing'
import { expect, test } from 'vitest'
import subjects from './conformance.fixture'
import costExports from './index'
import { accountKey, manifestOf, sasToken, startBlobs } from './stand-in.fixture'

test('it keeps every promise of the conformance pack, and its certificate says what was found', async () => {
  const certificates = await Promise.all(subjects.map(runConformance))
  expect(certificates.flatMap((certificate) => certificate.lines).filter((line) => !line.kept)).toEqual([])
  const page = readFileSync(new URL('../../../docs/connectors/azure.md', import.meta.url), 'utf8')
  expect(page, 'run npm run certify').toBe(certificatePage(costExports.manifest, certificates))
})

test('Test names the right that lacks, and a wrong key or token is told without being repeated', async () => {
  const blobs = await startBlobs()
  const folder = 'finops/focus-daily/20261001-20261031'
  blobs.put(`${folder}/r/manifest.json`, manifestOf('r', '2026-11-01T06:00:00.0000000Z', '2026-10', []))
  const checks = async (secret: Record<string, string>) =>
    (await costExports.test(testContext(costExports, { ...blobs.credentials, ...secret }))).checks
  const states = async () => (await checks({ sasToken })).map(({ right, state }) => `${right} ${state}`)
  expect(await states()).toEqual(['list works', 'read works'])
  blobs.missing.add('read')
  expect(await states()).toEqual(['list works', 'read missing'])
  blobs.missing.add('list')
  expect(await states()).toEqual(['list missing', 'read missing'])
  const other = Buffer.from('the key of another storage account').toString('base64')
  const refused = await checks({ accountKey: other })
  expect(refused[0]).toMatchObject({ state: 'missing', code: 'unauthorized' })
  expect(JSON.stringify(refused)).not.toContain(other)
  expect((await checks({ accountKey })).map(({ code }) => code)).toEqual(['forbidden', 'forbidden'])
  await blobs.standIn.close()
})

test('two exports below one prefix are refused; a dataset without costs is no bill', async () => {
  const blobs = await startBlobs()
  const put = (name: string, type: string) =>
    blobs.put(
      `finops/${name}/20261001-20261031/r/manifest.json`,
      manifestOf('r', '2026-11-01T06:00:00.0000000Z', '2026-10', [`finops/${name}/a.csv`], type, name),
    )
  const context = testContext(costExports, { ...blobs.credentials, prefix: 'finops/', sasToken })
  const range = { kind: 'files' as const, from: new Date('2026-10-01'), to: new Date('2026-11-05'), cursor: null }
  const read = async () => {
    for await (const page of costExports.read(range, context)) return page
  }
  put('actual', 'ActualCost')
  put('prices', 'PriceSheet')
  expect((await read())?.deliveries).toMatchObject([{ title: 'actual 2026-10', format: 'azure-actual' }])
  put('amortised', 'AmortizedCost')
  await expect(read()).rejects.toMatchObject({ code: 'rejected', message: expect.stringContaining('AmortizedCost') })
  await blobs.standIn.close()
})
