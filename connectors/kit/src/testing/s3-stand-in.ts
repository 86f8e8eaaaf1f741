import { createHash } from 'node:crypto'
import type { StandInReply, StandInRequest } from './stand-in'
import { verifySignature } from './verify-signature'

export type StandInObject = { body: Buffer; etag: string; lastModified: string; contentEncoding?: string }

/** A bucket that speaks S3: ListObjectsV2 with pages, GetObject with ranges and conditions, signatures, errors in XML. */
export class S3StandIn {
  readonly objects = new Map<string, StandInObject>()
  /** Rights that its user lacks. */
  readonly missing = new Set<'s3:ListBucket' | 's3:GetObject'>()
  /** Access key id → secret and, for temporary ones, the session token. */
  readonly keys: Record<string, { secret: string; token?: string }> = {}
  private writes = 0

  constructor(
    readonly bucket: string,
    private readonly pageSize = 3,
  ) {}

  put(key: string, content: string | Uint8Array, contentEncoding?: string): void {
    const body = Buffer.from(content)
    const at = new Date(Date.UTC(2026, 10, 4, 6, 0, this.writes++))
    this.objects.set(key, {
      body,
      etag: `"${createHash('md5').update(body).digest('hex')}"`,
      lastModified: at.toISOString(),
      contentEncoding,
    })
  }

  /** The answer to a request of S3; null for what is none. */
  answer(request: StandInRequest): StandInReply {
    const signature = verifySignature(request, this.keys)
    if (!signature.ok) return failed(403, signature.code, 'The request signature we calculated does not match.')
    const [, bucket = '', ...rest] = request.path.split('/')
    const key = decodeURIComponent(rest.join('/'))
    if (bucket !== this.bucket) return failed(404, 'NoSuchBucket', 'The specified bucket does not exist')
    if (key === '') return this.list(request)
    return this.get(request, key)
  }

  private list({ query }: StandInRequest): StandInReply {
    if (this.missing.has('s3:ListBucket'))
      return failed(403, 'AccessDenied', 'User is not authorized to perform: s3:ListBucket')
    if (query.get('list-type') !== '2') return failed(400, 'InvalidArgument', 'Only ListObjectsV2 is spoken here.')
    const prefix = query.get('prefix') ?? ''
    const token = query.get('continuation-token')
    const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString()
    const most = Math.min(this.pageSize, Number(query.get('max-keys') ?? 1000))
    const found = [...this.objects]
      .filter(([key]) => key.startsWith(prefix) && key > after)
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const page = found.slice(0, most)
    const more = found.length > page.length
    const next = more ? Buffer.from(page.at(-1)?.[0] ?? '').toString('base64url') : null
    return xml(
      200,
      `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${this.bucket}</Name><Prefix>${text(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${most}</MaxKeys><IsTruncated>${more}</IsTruncated>${next ? `<NextContinuationToken>${next}</NextContinuationToken>` : ''}${page
        .map(
          ([key, object]) =>
            `<Contents><Key>${text(key)}</Key><LastModified>${object.lastModified}</LastModified><ETag>${text(object.etag)}</ETag><Size>${object.body.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
        )
        .join('')}</ListBucketResult>`,
    )
  }

  private get({ headers }: StandInRequest, key: string): StandInReply {
    if (this.missing.has('s3:GetObject'))
      return failed(403, 'AccessDenied', 'User is not authorized to perform: s3:GetObject')
    const object = this.objects.get(key)
    if (!object) return failed(404, 'NoSuchKey', 'The specified key does not exist.')
    if (headers['if-match'] !== undefined && headers['if-match'] !== object.etag)
      return failed(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
    const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '')
    const from = range ? Number(range[1]) : 0
    if (range && from >= object.body.length)
      return failed(416, 'InvalidRange', 'The requested range is not satisfiable')
    const to = range?.[2] ? Math.min(Number(range[2]) + 1, object.body.length) : object.body.length
    return {
      status: range ? 206 : 200,
      headers: {
        'content-type': 'application/octet-stream',
        etag: object.etag,
        'last-modified': new Date(object.lastModified).toUTCString(),
        'accept-ranges': 'bytes',
        ...(object.contentEncoding ? { 'content-encoding': object.contentEncoding } : {}),
        ...(range ? { 'content-range': `bytes ${from}-${to - 1}/${object.body.length}` } : {}),
      },
      body: object.body.subarray(from, to),
    }
  }
}

const text = (value: string) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
const xml = (status: number, body: string): StandInReply => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
})
const failed = (status: number, code: string, message: string) =>
  xml(status, `<Error><Code>${code}</Code><Message>${message}</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>`)
