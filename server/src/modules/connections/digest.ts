import { createHash } from 'node:crypto'

const modulus = 1n << 256n

/** A hash of a set of lines that does not depend on their order: providers sort by amount, which changes. */
export class SetDigest {
  private total = 0n
  private count = 0

  add(line: string): void {
    this.total = (this.total + BigInt(`0x${createHash('sha256').update(line).digest('hex')}`)) % modulus
    this.count++
  }

  get rows(): number {
    return this.count
  }

  toString(): string {
    return `${this.count}-${this.total.toString(16)}`
  }
}
