import { createHash, createHmac } from 'node:crypto'
import { type StandInReply, type StandInRequest, startStandIn } from '@infrazen/connector-kit/testing'

// Shapes: List Blobs, Get Blob and “Authorize with Shared Key” of the Azure Storage REST reference; manifest 2024-04-01 of the
// documentation of exports. Names and amounts are made up.

export const account = 'nordwindbilling'
export const accountKey = Buffer.from('the key of the storage account, 64 bytes long in the real service').toString(
  'base64',
)
export const sasToken = 'sv=2023-11-03&sr=c&sp=rl&se=2027-01-01T00%3A00%3A00Z&sig=c2lnbmF0dXJlIG9mIHRoZSB0b2tlbg%3D%3D'

/** A container of Blob Storage: lists with markers, ranges and conditions, SAS and Shared Key. */
export async function startBlobs(pageSize = 3) {
  const blobs = new Map<string, { body: Buffer; etag: string; at: string }>()
  const missing = new Set<'list' | 'read'>()
  let writes = 0
  const standIn = await startStandIn((request) => {
    if (!mayAsk(request)) return failed(403, 'AuthenticationFailed', 'Server failed to authenticate the request.')
    const [, container, ...rest] = request.path.split('/')
    if (container !== 'exports') return failed(404, 'ContainerNotFound', 'The specified container does not exist.')
    const name = decodeURIComponent(rest.join('/'))
    return name === '' ? list(request) : get(request, name)
  })

  function list({ query }: StandInRequest): StandInReply {
    if (missing.has('list')) return failed(403, 'AuthorizationPermissionMismatch', 'This request is not authorized.')
    const from = query.get('marker') ?? ''
    const found = [...blobs]
      .filter(([name]) => name.startsWith(query.get('prefix') ?? '') && name >= from)
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const page = found.slice(0, pageSize)
    const next = found[pageSize]?.[0] ?? ''
    return {
      headers: { 'content-type': 'application/xml' },
      body: `\uFEFF<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="x" ContainerName="exports"><Blobs>${page
        .map(
          ([name, blob]) =>
            `<Blob><Name>${escaped(name)}</Name><Properties><Last-Modified>${blob.at}</Last-Modified><Etag>${blob.etag}</Etag><Content-Length>${blob.body.length}</Content-Length><BlobType>BlockBlob</BlobType></Properties></Blob>`,
        )
        .join('')}</Blobs><NextMarker>${escaped(next)}</NextMarker></EnumerationResults>`,
    }
  }

  function get({ headers }: StandInRequest, name: string): StandInReply {
    if (missing.has('read')) return failed(403, 'AuthorizationPermissionMismatch', 'This request is not authorized.')
    const blob = blobs.get(name)
    if (!blob) return failed(404, 'BlobNotFound', 'The specified blob does not exist.')
    if (headers['if-match'] !== undefined && headers['if-match'] !== blob.etag)
      return failed(412, 'ConditionNotMet', 'The condition specified using HTTP conditional header(s) is not met.')
    const from = Number(/^bytes=(\d+)-$/.exec(headers['x-ms-range'] ?? '')?.[1] ?? 0)
    return {
      status: from > 0 ? 206 : 200,
      headers: { 'content-type': 'application/octet-stream', etag: `"${blob.etag}"` },
      body: blob.body.subarray(from),
    }
  }

  return {
    standIn,
    missing,
    put(name: string, content: string | Uint8Array) {
      const body = Buffer.from(content)
      const etag = `0x8${createHash('md5').update(body).digest('hex').slice(0, 14).toUpperCase()}`
      blobs.set(name, { body, etag, at: new Date(Date.UTC(2026, 10, 4, 6, 0, writes++)).toUTCString() })
    },
    credentials: { account, container: 'exports', prefix: 'finops/focus-daily/', endpoint: standIn.url },
  }
}

/** The string to sign as the reference writes it, from the request as it arrived. */
function mayAsk(request: StandInRequest): boolean {
  const token = new URLSearchParams(sasToken)
  if ([...token].every(([name, value]) => request.query.get(name) === value)) return true
  const { headers } = request
  const own = Object.keys(headers)
    .filter((name) => name.startsWith('x-ms-'))
    .sort()
    .map((name) => `${name}:${headers[name]}`)
  const query = [...request.query].map(([name, value]) => `${name}:${value}`).sort()
  const lines = ['GET', '', '', '', '', '', '', '', headers['if-match'] ?? '', '', '', '']
  const text = [...lines, ...own, [`/${account}${request.path}`, ...query].join('\n')].join('\n')
  const signature = createHmac('sha256', Buffer.from(accountKey, 'base64')).update(text).digest('base64')
  return headers['x-ms-version'] !== undefined && headers.authorization === `SharedKey ${account}:${signature}`
}

export const manifestOf = (
  run: string,
  submitted: string,
  month: string,
  blobs: string[],
  type = 'FocusCost',
  name = 'focus-daily',
) =>
  `\uFEFF${JSON.stringify({
    manifestVersion: '2024-04-01',
    blobCount: blobs.length,
    exportConfig: {
      exportName: name,
      resourceId: `/subscriptions/0001/providers/Microsoft.CostManagement/exports/${name}`,
      dataVersion: '1.2-preview',
      type,
    },
    runInfo: {
      submittedTime: submitted,
      runId: run,
      startDate: `${month}-01T00:00:00`,
      endDate: `${month}-28T00:00:00`,
    },
    blobs: blobs.map((blobName) => ({ blobName, byteCount: 1 })),
  })}`

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const failed = (status: number, code: string, message: string): StandInReply => ({
  status,
  headers: { 'content-type': 'application/xml', 'x-ms-error-code': code },
  body: `\uFEFF<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}\nRequestId:r</Message></Error>`,
})
