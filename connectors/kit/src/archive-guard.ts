import { ProviderFailure } from './failure'

export type ArchiveLimits = { mostBytes: number; mostRatio: number; mostEntries: number; mostDepth: number }

export const archiveLimits: ArchiveLimits = {
  mostBytes: 64 * 2 ** 30,
  mostRatio: 200,
  mostEntries: 10_000,
  mostDepth: 1,
}

/** Counts what comes out of a bucket or an archive, and stops what grows beyond its limits. */
export class ArchiveGuard {
  private unpacked = 0
  private entries = 0

  constructor(private readonly limits: ArchiveLimits = archiveLimits) {}

  /** Call for each entry. `depth` is 0 for what the bucket or the upload holds itself. */
  entry(name: string, depth: number): void {
    this.entries++
    if (this.entries > this.limits.mostEntries) throw refused(`holds more than ${this.limits.mostEntries} files`)
    if (depth > this.limits.mostDepth) throw refused(`holds archives in archives (${shown(name)})`)
    if (/(^|[\\/])\.\.([\\/]|$)|^[\\/]|\0/.test(name))
      throw refused(`holds a name that leads out of it (${shown(name)})`)
  }

  /** Passes the pieces on while they stay in proportion to the bytes that were read. */
  async *bounded(pieces: AsyncIterable<Uint8Array>, packedBytes: () => number): AsyncGenerator<Uint8Array> {
    let own = 0
    for await (const piece of pieces) {
      own += piece.length
      this.unpacked += piece.length
      if (this.unpacked > this.limits.mostBytes) throw refused(`unpacks to more than ${this.limits.mostBytes} bytes`)
      // The first megabyte may be as regular as it likes: a short file of zeros is no attack.
      if (own > 2 ** 20 && own > packedBytes() * this.limits.mostRatio)
        throw refused(`unpacks to more than ${this.limits.mostRatio} times its size`)
      yield piece
    }
  }
}

const refused = (why: string) => new ProviderFailure('too_large', `The archive ${why}. Nothing of it was taken.`)
const shown = (name: string) => JSON.stringify(name.slice(0, 100))
