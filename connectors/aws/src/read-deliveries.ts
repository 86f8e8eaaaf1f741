import { createHash } from 'node:crypto'
import { type Context, type FileDelivery, type Page, ProviderFailure, type ReadRequest } from '@infrazen/connector-kit'
import { type Bucket, openBucket, type StoredObject } from '@infrazen/connector-kit/s3'
import { type Delivery, exportManifests, readExportManifest, readReportManifest, reportManifests } from './deliveries'
import { endpointOf, keysOf, regionOf, secretsOf } from './sign-in'

const mostObjects = 200_000
const minuteMs = 60_000

export function bucketOf(context: Context): Bucket {
  return openBucket(
    context,
    { bucket: context.credentials.bucket ?? '', region: regionOf(context), ...endpointOf(context) },
    keysOf(context),
    secretsOf(context),
  )
}

export type Export = {
  /** Where its folders lie, with the slash. */
  root: string
  kind: 'export' | 'report'
  /** Manifests by billing period `YYYY-MM`. */
  manifests: Map<string, StoredObject>
  objects: Map<string, StoredObject>
}

/**
 * The one export below the prefix, with what lies in its folder.
 * @returns null when there is no manifest
 * @throws ProviderFailure when there are several: the same money would count twice
 */
export async function findExport(context: Context, bucket: Bucket): Promise<Export | null> {
  const objects = new Map<string, StoredObject>()
  for await (const page of bucket.list(context.credentials.prefix ?? '')) {
    for (const object of page) objects.set(object.key, object)
    if (objects.size > mostObjects)
      throw new ProviderFailure(
        'too_large',
        `There are more than ${mostObjects} objects below the prefix. Name the folder of the export.`,
      )
  }
  const listed = [...objects.values()]
  const byRoot = new Map<string, StoredObject[]>()
  for (const object of listed) {
    const root = rootOf(object.key)
    if (root !== null) byRoot.set(root, [...(byRoot.get(root) ?? []), object])
  }
  const found = [...byRoot].flatMap(([root, inside]): Export[] => {
    const exported = exportManifests(inside)
    const kind = exported.size > 0 ? 'export' : 'report'
    const manifests = new Map<string, StoredObject>()
    if (kind === 'export') for (const [period, key] of exported) manifests.set(period, objects.get(key)!)
    else
      for (const [period, key] of reportManifests(inside))
        manifests.set(`${period.slice(0, 4)}-${period.slice(4, 6)}`, objects.get(key)!)
    return manifests.size === 0 ? [] : [{ root, kind, manifests, objects }]
  })
  if (found.length > 1)
    throw new ProviderFailure(
      'rejected',
      `Below the prefix lie several exports (${found
        .map((one) => one.root)
        .slice(0, 8)
        .join(', ')}). They would count the same money more than once: name the folder of one as the prefix.`,
    )
  return found[0] ?? null
}

function rootOf(key: string): string | null {
  const exported = /^(.*\/|)metadata\/billing_period=[^/]+\//i.exec(key)
  if (exported) return exported[1]!
  const report = /^(.*\/|)\d{8}-\d{8}\/[^/]+-Manifest\.json$/.exec(key)
  return report ? report[1]! : null
}

/** One page for each billing period, newest first; the cursor is the period. */
export async function* readDeliveries({ from, to, cursor }: ReadRequest, context: Context): AsyncGenerator<Page> {
  const bucket = bucketOf(context)
  const found = await findExport(context, bucket)
  const none = (code: string, message: string): Page => ({
    part: 'files',
    partDone: true,
    cursor: null,
    progress: 1,
    deliveries: [],
    problems: cursor === null ? [{ code, message }] : [],
  })
  if (found === null)
    return yield none(
      'no_manifest',
      'Below the prefix is no manifest of an export. AWS delivers the first files up to 24 hours after an export was made.',
    )
  const first = from.toISOString().slice(0, 7)
  const last = new Date(to.getTime() - 1).toISOString().slice(0, 7)
  const wanted = [...found.manifests.keys()]
    .filter((period) => period >= first && period <= last)
    .sort()
    .reverse()
  const periods = wanted.filter((period) => cursor === null || period < cursor)
  if (periods.length === 0) return yield none('nothing_found', `The export holds no period from ${first} to ${last}.`)
  for (const period of periods) {
    const read = await readPeriod(context, bucket, found, period)
    const isLast = period === periods.at(-1)
    yield {
      part: 'files',
      partDone: isLast,
      cursor: isLast ? null : period,
      progress: (wanted.indexOf(period) + 1) / wanted.length,
      ...read,
    }
  }
}

async function readPeriod(
  context: Context,
  bucket: Bucket,
  found: Export,
  period: string,
): Promise<Pick<Page, 'deliveries' | 'problems'>> {
  const manifest = found.manifests.get(period)!
  const title = `${found.root.split('/').at(-2) ?? context.credentials.bucket} ${period}`
  const text = await bucket.text(manifest)
  let named: Delivery
  try {
    named = (found.kind === 'export' ? readExportManifest : readReportManifest)(text, manifest.key)
  } catch (error) {
    throw new ProviderFailure('changed_format', `${title}: ${(error as Error).message}`)
  }
  const files = named.keys.map((key) => found.objects.get(placeOf(key, found)) ?? missing(placeOf(key, found)))
  // AWS writes the manifest last. Files that are newer belong to a run that is not whole yet; with an old manifest they would mix.
  const underway = files.some(
    (file) =>
      Date.parse(file.lastModified) > Date.parse(manifest.lastModified) + 10 * minuteMs &&
      context.now().getTime() - Date.parse(file.lastModified) < 360 * minuteMs,
  )
  if (underway)
    return {
      deliveries: [],
      problems: [
        {
          code: 'delivery_underway',
          message: `${title}: AWS is writing a new delivery. What it said before stands until the manifest is there.`,
        },
      ],
    }
  const delivery: FileDelivery = {
    key: `${found.root}${period}`,
    title,
    version: createHash('sha256')
      .update(files.map((file) => `${file.key} ${file.etag}`).join('\n'))
      .digest('hex'),
    files: files.map((file) => ({
      key: file.key,
      name: file.key.split('/').at(-1) ?? file.key,
      version: file.etag,
      bytes: file.bytes === 0 ? null : file.bytes,
      open: () => bucket.read(file),
    })),
    replaces: 'period',
  }
  return { deliveries: [delivery] }
}

/** Where a file of the manifest lies: replication keeps keys, but another prefix may stand before them. */
function placeOf(key: string, { root, objects }: Export): string {
  if (objects.has(key)) return key
  const tail = /(?:^|\/)(data\/billing_period=.*)$/i.exec(key)?.[1] ?? /(?:^|\/)(\d{8}-\d{8}\/.*)$/.exec(key)?.[1]
  return tail !== undefined && objects.has(root + tail) ? root + tail : key
}

/** A file that the manifest names and the list does not: reading it will say so. */
const missing = (key: string): StoredObject => ({ key, bytes: 0, etag: '*', lastModified: '' })
