import { invalid } from '../../../../primitives/errors'

/** What a frame may ask to be held in memory; `zstd -19` asks for 8 MiB. */
const largestWindow = 64 * 1024 * 1024

/**
 * Walks over the frames and blocks of zstd data without unpacking it (RFC 8878): refuses a frame whose window would not
 * fit in memory before anything is reserved for it, and knows at the end whether the last frame is whole.
 */
export class ZstdFrames {
  private state: 'magic' | 'header' | 'block' | 'skip length' = 'magic'
  private held: number[] = []
  private need = 4
  private skip = 0
  private checksum = false
  private lastBlock = false

  /** @throws Failure `window_too_large`, Error for what is not zstd */
  push(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length) {
      if (this.skip > 0) {
        const step = Math.min(this.skip, bytes.length - at)
        this.skip -= step
        at += step
        continue
      }
      this.held.push(bytes[at++]!)
      if (this.held.length === this.need) this.next()
    }
  }

  /** @throws Error when the data ends inside of a frame */
  finish(): void {
    if (this.skip > 0 || this.state !== 'magic' || this.held.length > 0)
      throw new Error('the data ends inside of a frame')
  }

  private go(state: ZstdFrames['state'], need: number) {
    this.state = state
    this.need = need
    this.held = []
  }

  private next() {
    const h = this.held
    if (this.state === 'magic') {
      const magic = (h[0]! | (h[1]! << 8) | (h[2]! << 16) | (h[3]! << 24)) >>> 0
      if (magic === 0xfd2fb528) this.go('header', 1)
      else if (magic >>> 4 === 0x184d2a5) this.go('skip length', 4)
      else throw new Error('no frame begins where one should')
    } else if (this.state === 'skip length') {
      this.skip = (h[0]! | (h[1]! << 8) | (h[2]! << 16) | (h[3]! << 24)) >>> 0
      this.go('magic', 4)
    } else if (this.state === 'header') this.header(h)
    else {
      const head = h[0]! | (h[1]! << 8) | (h[2]! << 16)
      this.lastBlock = (head & 1) === 1
      this.skip = ((head >> 1) & 3) === 1 ? 1 : head >> 3
      if (this.lastBlock) {
        this.skip += this.checksum ? 4 : 0
        this.go('magic', 4)
      } else this.go('block', 3)
    }
  }

  private header(h: number[]) {
    const flags = h[0]!
    const single = (flags >> 5) & 1
    const dictionary = [0, 1, 2, 4][flags & 3]!
    const sizeBytes = flags >> 6 === 0 ? single : 1 << (flags >> 6)
    const whole = 1 + (1 - single) + dictionary + sizeBytes
    if (h.length < whole) {
      this.need = whole
      return
    }
    let window = 0
    if (single === 1)
      window = h.slice(whole - sizeBytes).reduce((n, byte, i) => n + byte * 256 ** i, 0) + (sizeBytes === 2 ? 256 : 0)
    else {
      const base = 2 ** (10 + (h[1]! >> 3))
      window = base + (base / 8) * (h[1]! & 7)
    }
    if (window > largestWindow)
      throw invalid(
        'window_too_large',
        `The zstd data needs ${Math.ceil(window / 1_048_576)} MiB of memory to be unpacked; ${largestWindow / 1_048_576} are the most. Pack it again without --long, or import the CSV.`,
      )
    this.checksum = ((flags >> 2) & 1) === 1
    this.go('block', 3)
  }
}
