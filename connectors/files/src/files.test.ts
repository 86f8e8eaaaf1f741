import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connector, Context, FileDelivery } from '@infrazen/connector-kit'
import {
  certificatePage,
  runConformance,
  type StandIn,
  type StandInReply,
  startStandIn,
  testContext,
} from '@infrazen/connector-kit/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import subjects from './conformance.fixture'
import { address, bucket, folder } from './index'

const range = { kind: 'files' as const, from: new Date('2026-09-01T00:00:00Z'), to: new Date('2026-11-05T00:00:00Z') }
async function deliveriesOf(connector: Connector, context: Context, cursor: string | null = null) {
  const pages = []
  for await (const page of connector.read({ ...range, cursor }, context)) pages.push(page)
  return { pages, deliveries: pages.flatMap((page) => page.deliveries ?? []) }
}
async function textOf(delivery: FileDelivery) {
  const pieces: Uint8Array[] = []
  for await (const piece of delivery.files[0]!.open()) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

test('a bucket keeps every promise of the conformance pack, and its certificate says what was found', async () => {
  const certificates = await Promise.all(subjects.map(runConformance))
  const lines = certificates.flatMap((certificate) => certificate.lines)
  expect(lines.filter((line) => !line.kept)).toEqual([])
  const page = readFileSync(new URL('../../../docs/connectors/files-bucket.md', import.meta.url), 'utf8')
  expect(page, 'run npm run certify').toBe(certificatePage(bucket.manifest, certificates))
})

describe('a folder', () => {
  const root = mkdtempSync(join(tmpdir(), 'infrazen-folder-'))
  const opened = join(root, 'bills')
  const contextOf = (values: Record<string, string> = {}) =>
    testContext(folder, { folder: opened, ...values }, { folders: [opened] })
  beforeAll(() => {
    mkdirSync(join(opened, '2026'), { recursive: true })
    writeFileSync(join(root, 'secret.csv'), 'not to be read')
    writeFileSync(join(opened, '2026', 'october.csv'), 'october')
    writeFileSync(join(opened, '2026.csv'), 'year')
    writeFileSync(join(opened, 'notes.txt'), 'notes')
    writeFileSync(join(opened, 'empty.csv'), '')
    symlinkSync(join(root, 'secret.csv'), join(opened, 'link.csv'))
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  test('is read in the order of names; a link that leads out is not', async () => {
    const { pages, deliveries } = await deliveriesOf(folder, contextOf())
    expect(deliveries.map((delivery) => delivery.key)).toEqual(['2026.csv', '2026/october.csv'])
    expect(await Promise.all(deliveries.map(textOf))).toEqual(['year', 'october'])
    const rest = await deliveriesOf(folder, contextOf(), pages[0]!.cursor)
    expect(rest.deliveries.map((delivery) => delivery.key)).toEqual(['2026/october.csv'])
  })
  test('that the operator did not open, or a way out of it, is refused', async () => {
    for (const wanted of [root, join(opened, '..'), '/etc'])
      expect((await folder.test(contextOf({ folder: wanted }))).checks).toMatchObject([
        { right: 'list', state: 'missing', code: 'address_refused' },
        { right: 'read', state: 'missing', code: 'address_refused' },
      ])
    expect((await folder.test(contextOf())).checks.map((check) => check.state)).toEqual(['works', 'works'])
  })
  test('gives the files that a pattern names', async () => {
    const { deliveries } = await deliveriesOf(folder, contextOf({ pattern: '2026/*.csv, *.txt' }))
    expect(deliveries.map((delivery) => delivery.key)).toEqual(['2026/october.csv', 'notes.txt'])
  })
})

describe('an address', () => {
  let standIn: StandIn
  let replies: Record<string, StandInReply> = {}
  beforeAll(async () => {
    standIn = await startStandIn(
      (request) => replies[request.path] ?? { status: 404, headers: { 'content-type': 'text/plain' }, body: 'no' },
    )
  })
  afterEach(() => {
    replies = {}
    standIn.requests.length = 0
  })
  afterAll(() => standIn.close())
  const contextOf = (path: string, authorization?: string) =>
    testContext(address, { address: `${standIn.url}${path}`, ...(authorization ? { authorization } : {}) })

  test('has the version that its ETag says, and a query is no part of its name', async () => {
    replies['/bill.csv'] = { headers: { etag: '"one"' }, body: 'first' }
    const first = await deliveriesOf(address, contextOf('/bill.csv?sig=abc'))
    expect(first.deliveries).toMatchObject([{ key: `${standIn.url}/bill.csv`, title: 'bill.csv', replaces: 'auto' }])
    expect(await textOf(first.deliveries[0]!)).toBe('first')
    const same = await deliveriesOf(address, contextOf('/bill.csv?sig=other'))
    expect(same.deliveries[0]!.version).toBe(first.deliveries[0]!.version)
    replies['/bill.csv'] = { headers: { etag: '"two"' }, body: 'second' }
    expect((await deliveriesOf(address, contextOf('/bill.csv'))).deliveries[0]!.version).not.toBe(
      first.deliveries[0]!.version,
    )
    await expect(textOf(first.deliveries[0]!)).rejects.toMatchObject({ code: 'unavailable' })
  })
  test('of each month is read where there is one; resumed, it goes on behind the last', async () => {
    replies['/2026-09.csv'] = { headers: { etag: 'a' }, body: 'september' }
    replies['/2026-11.csv'] = { headers: { etag: 'b' }, body: 'november' }
    const context = contextOf('/{yyyy}-{mm}.csv', 'Bearer of-the-bill')
    const { pages, deliveries } = await deliveriesOf(address, context)
    expect(await Promise.all(deliveries.map(textOf))).toEqual(['september', 'november'])
    expect(standIn.requests.every((request) => request.headers.authorization === 'Bearer of-the-bill')).toBe(true)
    const rest = await deliveriesOf(address, context, pages[0]!.cursor)
    expect(rest.deliveries.map((delivery) => delivery.title)).toEqual(['2026-11.csv'])
  })
  test('that leads into a private network by a redirect is refused, and the key does not travel', async () => {
    replies['/moved.csv'] = { status: 302, headers: { location: 'http://10.0.0.7/latest/meta-data' }, body: '' }
    expect((await address.test(contextOf('/moved.csv', 'Bearer of-the-bill'))).checks).toMatchObject([
      { right: 'get', state: 'unknown', code: 'address_refused' },
    ])
    replies['/closed.csv'] = { status: 403, body: 'no' }
    expect((await address.test(contextOf('/closed.csv'))).checks).toMatchObject([
      { state: 'missing', code: 'forbidden' },
    ])
  })
})
