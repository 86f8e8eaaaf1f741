import { createHash, createHmac } from 'node:crypto'
import type { StandInRequest } from './stand-in'

export type SignatureVerdict =
  | { ok: true; accessKeyId: string; region: string; service: string }
  | { ok: false; code: 'MissingSecurityHeader' | 'InvalidAccessKeyId' | 'SignatureDoesNotMatch' | 'InvalidToken' }

/**
 * AWS Signature Version 4 in the header, computed anew from what arrived. Source: “Create a signed AWS API request” of the IAM
 * documentation.
 * @param known access key id → its secret, and the session token of temporary ones
 */
export function verifySignature(
  request: StandInRequest,
  known: Readonly<Record<string, { secret: string; token?: string }>>,
): SignatureVerdict {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    )
  const moment = request.headers['x-amz-date']
  if (!match || moment === undefined) return { ok: false, code: 'MissingSecurityHeader' }
  const [, accessKeyId = '', date = '', region = '', service = '', signed = '', signature] = match
  const keys = known[accessKeyId]
  if (!keys) return { ok: false, code: 'InvalidAccessKeyId' }
  if (keys.token !== undefined && request.headers['x-amz-security-token'] !== keys.token)
    return { ok: false, code: 'InvalidToken' }
  const names = signed.split(';')
  for (const needed of ['host', 'x-amz-date', ...(keys.token ? ['x-amz-security-token'] : [])])
    if (!names.includes(needed)) return { ok: false, code: 'SignatureDoesNotMatch' }
  const [path = '/', query = ''] = request.target.split('?', 2)
  const once = path
    .split('/')
    .map((segment) => escaped(decodeURIComponent(segment)))
    .join('/')
  const payload = service === 's3' ? (request.headers['x-amz-content-sha256'] ?? '') : sha256(request.body)
  const canonical = [
    request.method,
    // S3 alone signs the path as it is sent; the others escape it once more.
    service === 's3' ? once : once.split('/').map(escaped).join('/'),
    query
      .split('&')
      .filter((part) => part !== '')
      .map((part) => {
        const [name = '', value = ''] = part.split('=', 2)
        return `${escaped(decodeURIComponent(name))}=${escaped(decodeURIComponent(value))}`
      })
      .sort()
      .join('&'),
    ...names.map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signed,
    payload,
  ].join('\n')
  const scope = `${date}/${region}/${service}/aws4_request`
  const key = [date, region, service, 'aws4_request'].reduce<Buffer | string>(
    (previous, part) => createHmac('sha256', previous).update(part).digest(),
    `AWS4${keys.secret}`,
  )
  const expected = createHmac('sha256', key)
    .update(['AWS4-HMAC-SHA256', moment, scope, sha256(canonical)].join('\n'))
    .digest('hex')
  if (expected !== signature) return { ok: false, code: 'SignatureDoesNotMatch' }
  return { ok: true, accessKeyId, region, service }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const escaped = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
