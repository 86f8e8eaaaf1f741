import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Failure, invalid } from '../../../primitives/errors'

export type Upload = { path: string; bytes: bigint; contentHash: string }

/**
 * Writes an upload to the spool as it arrives and hashes it; the file is on disk when this returns.
 * @throws Failure `file_too_large`, `file_empty`
 */
export async function receiveUpload(
  body: AsyncIterable<Buffer>,
  folder: string,
  id: string,
  mostBytes: number,
): Promise<Upload> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `${id}.upload`)
  const hash = createHash('sha256')
  let bytes = 0
  const measure = new Transform({
    transform(piece: Buffer, _encoding, done) {
      bytes += piece.length
      hash.update(piece)
      done(
        bytes > mostBytes
          ? new Failure(
              'too_large',
              'file_too_large',
              `The file is larger than ${mostBytes} bytes. Split it, or compress it with gzip or zstd.`,
            )
          : null,
        piece,
      )
    },
  })
  try {
    await pipeline(body, measure, createWriteStream(path, { mode: 0o600 }))
    if (bytes === 0) throw invalid('file_empty', 'The file is empty.')
    const file = await open(path, 'r+')
    await file.sync()
    await file.close()
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
  return { path, bytes: BigInt(bytes), contentHash: hash.digest('hex') }
}
