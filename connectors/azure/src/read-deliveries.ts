import { createHash } from 'node:crypto'
import { type Context, type FileDelivery, type Page, ProviderFailure, type ReadRequest } from '@infrazen/connector-kit'
import { type BlobContainer, openContainer, type StoredBlob } from './blob-container'
import { currentDeliveries, type Delivery, readManifest } from './deliveries'

const mostBlobs = 200_000

/** Blobs below the prefix by name. */
export async function listAll(context: Context, container: BlobContainer): Promise<Map<string, StoredBlob>> {
  const blobs = new Map<string, StoredBlob>()
  for await (const page of container.list(context.credentials.prefix ?? '')) {
    for (const blob of page) blobs.set(blob.name, blob)
    if (blobs.size > mostBlobs)
      throw new ProviderFailure(
        'too_large',
        `There are more than ${mostBlobs} blobs below the prefix. Name the folder of the export.`,
      )
  }
  return blobs
}

/**
 * The newest manifests of each period's folder (`…/<yyyymmdd-yyyymmdd>/…/manifest.json`): an export that runs daily leaves one a
 * day, and the older ones are replaced by them.
 */
export function newestManifests(blobs: Iterable<StoredBlob>): Map<string, StoredBlob> {
  const newest = new Map<string, StoredBlob>()
  for (const blob of blobs) {
    const match = /^((?:.*\/)?(\d{6})\d{2}-\d{8})\/(?:.*\/)?manifest\.json$/i.exec(blob.name)
    if (!match) continue
    const known = newest.get(match[1]!)
    if (!known || known.lastModified < blob.lastModified) newest.set(match[1]!, blob)
  }
  return newest
}

/** One page for each month, newest first; the cursor is the month. */
export async function* readDeliveries({ from, to, cursor }: ReadRequest, context: Context): AsyncGenerator<Page> {
  const container = openContainer(context)
  const blobs = await listAll(context, container)
  const first = from.toISOString().slice(0, 7).replace('-', '')
  const last = new Date(to.getTime() - 1).toISOString().slice(0, 7).replace('-', '')
  const manifests = [...newestManifests(blobs.values())].filter(([folder]) => {
    const month = /(\d{6})\d{2}-\d{8}$/.exec(folder)?.[1] ?? ''
    return month >= first && month <= last
  })
  const read: Delivery[] = []
  for (const [, blob] of manifests) {
    try {
      read.push(readManifest(await container.text(blob), blob.name))
    } catch (error) {
      if (error instanceof ProviderFailure) throw error
      throw new ProviderFailure('changed_format', (error as Error).message)
    }
  }
  const bills = currentDeliveries(read.filter((delivery) => delivery.format !== null))
  const exports = new Set(bills.map((bill) => `${bill.exportId} (${bill.dataset.split(' ', 1)[0]})`))
  if (exports.size > 1)
    throw new ProviderFailure(
      'rejected',
      `Below the prefix lie several exports (${[...exports].slice(0, 8).join(', ')}). They would count the same money more than once: name the folder of one as the prefix.`,
    )
  const months = bills
    .filter((bill) => cursor === null || bill.periodStart < cursor)
    .sort((a, b) => (a.periodStart < b.periodStart ? 1 : -1))
  if (months.length === 0)
    return yield {
      part: 'files',
      partDone: true,
      cursor: null,
      progress: 1,
      deliveries: [],
      problems:
        cursor === null
          ? [
              {
                code: 'no_manifest',
                message:
                  'Below the prefix is no manifest of an export with costs for these months. Switch file partitioning on in the export; the first run comes within 24 hours.',
              },
            ]
          : [],
    }
  for (const [index, month] of months.entries()) {
    const isLast = index === months.length - 1
    yield {
      part: 'files',
      partDone: isLast,
      cursor: isLast ? null : month.periodStart,
      progress: (bills.length - months.length + index + 1) / bills.length,
      deliveries: [deliveryOf(month, blobs, container, context)],
    }
  }
}

function deliveryOf(
  month: Delivery,
  blobs: ReadonlyMap<string, StoredBlob>,
  container: BlobContainer,
  context: Context,
): FileDelivery {
  const files = month.blobs.map(({ name }) => blobs.get(name) ?? { name, bytes: 0, etag: '*', lastModified: '' })
  const period = month.periodStart.slice(0, 7)
  const root = context.credentials.prefix ?? ''
  return {
    key: `${month.exportId} ${month.dataset.split(' ', 1)[0]} ${period}`,
    title: `${month.exportId.split('/').at(-1) || root} ${period}`,
    version: createHash('sha256')
      .update(files.map((file) => `${file.name} ${file.etag}`).join('\n'))
      .digest('hex'),
    files: files.map((file) => ({
      key: file.name,
      name: file.name.split('/').at(-1) ?? file.name,
      version: file.etag,
      bytes: file.etag === '*' ? null : file.bytes,
      open: () => container.read(file),
    })),
    ...(month.format === null ? {} : { format: month.format }),
    replaces: 'period',
  }
}
