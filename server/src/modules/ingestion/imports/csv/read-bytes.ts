import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { Decompress } from 'fzstd'
import { Failure, invalid } from '../../../../primitives/errors'
import type { Compression } from '../recognise-content'
import { ZstdFrames } from './zstd-frames'

/** Bills shrink to a fiftieth at the utmost; what grows more than this is made to fill a disk. */
const mostGrowth = 250
const growthAllowed = 128 * 1024 * 1024

/**
 * The unpacked bytes of a file, in pieces.
 * @param onRead told the size of each packed piece
 * @throws Failure `archive_damaged` for cut off or damaged data, `archive_bomb` for data that grows beyond reason
 */
export async function* readBytes(
  path: string,
  compression: Compression,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  if (compression === 'none') {
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      onRead(piece.length)
      yield piece
    }
    return
  }
  let packed = 0
  let unpacked = 0
  const counted = (bytes: number) => {
    packed += bytes
    onRead(bytes)
  }
  try {
    for await (const piece of compression === 'gzip' ? gunzip(path, counted) : unzstd(path, counted)) {
      unpacked += piece.length
      if (unpacked > growthAllowed && unpacked > packed * mostGrowth)
        throw invalid(
          'archive_bomb',
          `The ${compression} data grows more than ${mostGrowth} times while it is unpacked, which no bill does; nothing of it was taken. If it is a bill, unpack it yourself and import the CSV.`,
        )
      yield piece
    }
  } catch (error) {
    if (error instanceof Failure) throw error
    throw invalid(
      'archive_damaged',
      `The ${compression} data is damaged or cut off. Download the file again; nothing of it was taken.`,
      { reason: (error as Error).message },
    )
  }
}

async function* gunzip(path: string, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  const raw = createReadStream(path, { highWaterMark: 1 << 18 })
  raw.on('data', (piece) => onRead(piece.length))
  const unpack = createGunzip({ chunkSize: 1 << 20 })
  raw.on('error', (error) => unpack.destroy(error))
  try {
    yield* raw.pipe(unpack) as AsyncIterable<Buffer>
  } finally {
    raw.destroy()
    unpack.destroy()
  }
}

async function* unzstd(path: string, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  const out: Buffer[] = []
  const frames = new ZstdFrames()
  const unpack = new Decompress((piece) => {
    if (piece.length > 0) out.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength))
  })
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    onRead(piece.length)
    frames.push(piece)
    // A block of four bytes can stand for 128 KiB, and all that a call unpacks is in memory at once.
    for (let at = 0; at < piece.length; at += 2048) {
      unpack.push(piece.subarray(at, at + 2048))
      while (out.length > 0) yield out.shift()!
    }
  }
  frames.finish()
  unpack.push(new Uint8Array(0), true)
  while (out.length > 0) yield out.shift()!
}
