import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import type { Context } from '../connector'
import { ProviderFailure } from '../failure'
import { readResuming } from '../read-resuming'
import { sdkFailure } from './sdk-failure'
import { sdkHandler } from './sdk-handler'
import { trying } from './trying'

export type AccessKeys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string; expiration?: Date }
export type BucketAddress = {
  bucket: string
  region: string
  /** of a service that is not AWS, or of a private endpoint */
  endpoint?: string
  /** the bucket in the path rather than in the name of the host */
  pathStyle?: boolean
}
export type StoredObject = { key: string; bytes: number; etag: string; lastModified: string }

/** A bucket of S3 or of a service that speaks its language. Failures are ProviderFailures whose text names the right that lacks. */
export type Bucket = {
  /** Objects below a prefix in the order of their keys, a page of at most 1000 at a time. */
  list(prefix: string, options?: { after?: string; most?: number }): AsyncGenerator<StoredObject[]>
  /** The bytes of an object as it was listed; where the connection is cut, it goes on with a range. */
  read(object: StoredObject): AsyncGenerator<Uint8Array>
  /** A small object as text. */
  text(object: StoredObject, mostBytes?: number): Promise<string>
}

export function openBucket(
  context: Pick<Context, 'http'>,
  address: BucketAddress,
  keys: AccessKeys | (() => Promise<AccessKeys>),
  secrets: readonly string[],
): Bucket {
  const client = new S3Client({
    region: address.region,
    ...(address.endpoint ? { endpoint: address.endpoint } : { followRegionRedirects: true }),
    forcePathStyle: address.pathStyle ?? address.endpoint !== undefined,
    credentials: keys,
    maxAttempts: 1,
    requestHandler: sdkHandler(context.http) as never,
    // Services beside AWS do not know the newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  const { bucket } = address

  async function* list(prefix: string, { after, most = 1000 }: { after?: string; most?: number } = {}) {
    const what = `s3:ListBucket on ${bucket}${prefix === '' ? '' : `/${prefix}`}`
    const seen = new Set<string>()
    for (let token: string | undefined; ; ) {
      const page = await trying(context.http, what, secrets, async () => {
        const answer = await client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            MaxKeys: most,
            ...(token ? { ContinuationToken: token } : after ? { StartAfter: after } : {}),
          }),
        )
        if (answer.IsTruncated === undefined && answer.Contents === undefined && answer.KeyCount === undefined)
          throw new ProviderFailure('bad_answer', `${what}: the answer is not a list of a bucket.`, { retryable: true })
        return answer
      })
      if (page.KeyCount !== undefined && page.KeyCount !== (page.Contents ?? []).length)
        throw new ProviderFailure('bad_answer', `${what}: fewer objects came than the answer counts.`, {
          retryable: true,
        })
      const objects = (page.Contents ?? []).map((object): StoredObject => {
        if (object.Key === undefined || object.Size === undefined || object.ETag === undefined)
          throw new ProviderFailure('changed_format', `${what}: an object comes without a Key, a Size or an ETag.`)
        return {
          key: object.Key,
          bytes: object.Size,
          etag: object.ETag,
          lastModified: object.LastModified?.toISOString() ?? '',
        }
      })
      yield objects
      if (!page.IsTruncated) return
      token = page.NextContinuationToken
      if (token === undefined || seen.has(token))
        throw new ProviderFailure('changed_format', `${what}: a list that is not at its end names no next page.`)
      seen.add(token)
    }
  }

  function read(object: StoredObject): AsyncGenerator<Uint8Array> {
    const what = `s3:GetObject on ${bucket}/${object.key}`
    const ask = async (from: number) => {
      const { Body, ETag } = await client.send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: object.key,
          IfMatch: object.etag,
          ...(from > 0 ? { Range: `bytes=${from}-` } : {}),
        }),
      )
      if (object.etag !== '*' && ETag !== object.etag)
        throw new ProviderFailure('bad_answer', `${what}: the answer is not the object that was listed.`, {
          retryable: true,
        })
      return Body as AsyncIterable<Uint8Array>
    }
    return readResuming(context.http, object.bytes, what, ask, (error) => sdkFailure(error, what, secrets))
  }

  return {
    list,
    read,
    async text(object, mostBytes = 8 * 2 ** 20) {
      if (object.bytes > mostBytes)
        throw new ProviderFailure(
          'too_large',
          `${object.key} is larger than ${mostBytes} bytes. Nothing of it was taken.`,
        )
      const pieces: Uint8Array[] = []
      for await (const piece of read(object)) pieces.push(piece)
      return Buffer.concat(pieces).toString('utf8')
    },
  }
}
