import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import { Failure } from '../../../primitives/errors'
import { MalformedTelemetry } from './protobuf'

/** The bound the protocol advises, of the body as sent and again after decompression. */
export const largestBodyBytes = 64 * 1024 * 1024

/** Bodies unpacked at the same time: each may take the whole bound, so they are few. */
const unpackedAtOnce = 4

const decompressors: Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
}

let unpacking = 0
const waiting: (() => void)[] = []

/**
 * The body as it was before `Content-Encoding`.
 * @throws Failure `body_too_large` beyond 64 MiB, `unsupported_encoding`; MalformedTelemetry when it does not unpack.
 */
export async function unpackBody(
  body: Buffer,
  contentEncoding: string | undefined,
  bound = largestBodyBytes,
): Promise<Buffer> {
  const encoding = (contentEncoding ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity' || encoding === '') return body
  const decompress = Object.hasOwn(decompressors, encoding) ? decompressors[encoding] : undefined
  if (!decompress)
    throw new Failure(
      'unsupported',
      'unsupported_encoding',
      `Content-Encoding ${encoding.slice(0, 40)} is not understood: send gzip, deflate or nothing.`,
    )
  if (unpacking >= unpackedAtOnce) await new Promise<void>((resolve) => waiting.push(resolve))
  unpacking++
  try {
    return await decompress(body, { maxOutputLength: bound })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new Failure(
        'too_large',
        'body_too_large',
        `The body is larger than ${bound} bytes once unpacked. Send smaller batches.`,
      )
    }
    throw new MalformedTelemetry(`the body is not ${encoding}`)
  } finally {
    unpacking--
    waiting.shift()?.()
  }
}
