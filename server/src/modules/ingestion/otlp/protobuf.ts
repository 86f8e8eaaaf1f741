/** The body is not what its type says. Becomes 400 with a `google.rpc.Status`. */
export class MalformedTelemetry extends Error {
  override name = 'MalformedTelemetry'
}

/** A moment as whole milliseconds since 1970 and the nanoseconds beyond them: a double cannot hold all of it. */
export type Moment = { readonly ms: number; readonly nanos: number }

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

/**
 * Reads protobuf's wire format from a part of a buffer. `next()` steps to a field; then exactly one of the value methods
 * or `skip()` takes it. A known field with an unexpected wire type, a length beyond the end, a group and a varint of more
 * than ten bytes are malformed.
 */
export class Reader {
  field = 0
  private wire = 0

  constructor(
    readonly buffer: Buffer,
    public position: number,
    public end: number,
  ) {}

  next(): boolean {
    if (this.position >= this.end) return false
    const tag = this.varint32()
    this.field = tag >>> 3
    this.wire = tag & 7
    if (this.field === 0) throw new MalformedTelemetry('a field has the number 0')
    return true
  }

  /** The part of the buffer a length-delimited field covers; the reader steps behind it. */
  bytes(): { start: number; end: number } {
    this.expect(BYTES)
    const length = this.varint32()
    const start = this.position
    const end = start + length
    if (end > this.end) throw new MalformedTelemetry('a field is longer than its message')
    this.position = end
    return { start, end }
  }

  /** Steps into a message and returns what `leave` needs to step out of it. A reader of its own for each costs more. */
  enter(): number {
    this.expect(BYTES)
    const length = this.varint32()
    const outer = this.end
    if (this.position + length > outer) throw new MalformedTelemetry('a field is longer than its message')
    this.end = this.position + length
    return outer
  }

  leave(outer: number): void {
    this.position = this.end
    this.end = outer
  }

  message(): Reader {
    const { start, end } = this.bytes()
    return new Reader(this.buffer, start, end)
  }

  text(): string {
    const outer = this.enter()
    const text = internText(this.buffer, this.position, this.end)
    this.leave(outer)
    return text
  }

  hex(): string {
    const { start, end } = this.bytes()
    return this.buffer.toString('hex', start, end)
  }

  bool(): boolean {
    this.expect(VARINT)
    return this.varint64() !== 0
  }

  /** An int64: a number where it is exact, else a bigint. */
  int64(): number | bigint {
    this.expect(VARINT)
    return this.varint64()
  }

  enumeration(): number {
    return Number(this.int64())
  }

  double(): number {
    const at = this.fixed(FIXED64, 8)
    return this.buffer.readDoubleLE(at)
  }

  /** An sfixed64 or fixed64: a number where it is exact, else a bigint. */
  fixed64(): number | bigint {
    const at = this.fixed(FIXED64, 8)
    return exactInt64(this.buffer.readUInt32LE(at + 4), this.buffer.readUInt32LE(at))
  }

  fixed32(): number {
    return this.buffer.readUInt32LE(this.fixed(FIXED32, 4))
  }

  /** A fixed64 of nanoseconds since 1970. */
  moment(): Moment {
    const at = this.fixed(FIXED64, 8)
    const low = this.buffer.readUInt32LE(at)
    const high = this.buffer.readUInt32LE(at + 4)
    // 2^32 ns = 4294 ms and 967296 ns; every term below stays under 2^53.
    const rest = high * 967_296 + low
    const whole = Math.floor(rest / 1_000_000)
    return { ms: high * 4294 + whole, nanos: rest - whole * 1_000_000 }
  }

  skip(): void {
    switch (this.wire) {
      case VARINT:
        this.varint64()
        return
      case FIXED64:
        this.fixed(FIXED64, 8)
        return
      case BYTES:
        this.bytes()
        return
      case FIXED32:
        this.fixed(FIXED32, 4)
        return
      default:
        throw new MalformedTelemetry(`wire type ${this.wire} does not exist in proto3`)
    }
  }

  private expect(wire: number): void {
    if (this.wire !== wire) throw new MalformedTelemetry(`field ${this.field} has wire type ${this.wire}, not ${wire}`)
  }

  private fixed(wire: number, width: number): number {
    this.expect(wire)
    const at = this.position
    this.position += width
    if (this.position > this.end) throw new MalformedTelemetry('the message ends within a field')
    return at
  }

  /** A tag or a length. More than 32 bits in one of these is an attack or noise. */
  private varint32(): number {
    if (this.position < this.end) {
      const byte = this.buffer[this.position]!
      if (byte < 0x80) {
        this.position++
        return byte
      }
    }
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.position >= this.end) throw new MalformedTelemetry('the message ends within a field')
      const byte = this.buffer[this.position++]!
      if (shift === 28 && byte > 0x0f) break
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new MalformedTelemetry('a tag or length is longer than 32 bits')
  }

  private varint64(): number | bigint {
    let low = 0
    let high = 0
    for (let i = 0; i < 10; i++) {
      if (this.position >= this.end) throw new MalformedTelemetry('the message ends within a field')
      const byte = this.buffer[this.position++]!
      const bits = byte & 0x7f
      if (i < 4) low += bits * 2 ** (7 * i)
      else if (i === 4) {
        low += (bits & 0x0f) * 2 ** 28
        high = bits >>> 4
      } else high += bits * 2 ** (7 * i - 32)
      if (byte < 0x80) {
        if (high < 0x200000) return high * 0x100000000 + low
        return exactInt64(high, low)
      }
    }
    throw new MalformedTelemetry('an integer is longer than ten bytes')
  }
}

function exactInt64(high: number, low: number): number | bigint {
  const value = BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low))
  const short = Number(value)
  return Number.isSafeInteger(short) ? short : value
}

/*
 * Attribute names, models and teams repeat from span to span. Finding the string made before costs a hash over the bytes;
 * making it anew costs a call out of JavaScript and an allocation.
 */
const internSlots = 4096
const internLongest = 64
const interned: { bytes: Buffer; text: string }[] = []
interned.length = internSlots

function internText(buffer: Buffer, start: number, end: number): string {
  const length = end - start
  if (length === 0) return ''
  if (length > internLongest) return buffer.toString('utf8', start, end)
  let hash = length
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + buffer[i]!) | 0
  hash ^= hash >>> 15
  const slot = hash & (internSlots - 1)
  const found = interned[slot]
  if (found !== undefined && found.bytes.length === length) {
    let i = 0
    while (i < length && found.bytes[i] === buffer[start + i]) i++
    if (i === length) return found.text
  }
  const text = buffer.toString('utf8', start, end)
  interned[slot] = { bytes: Buffer.from(buffer.subarray(start, end)), text }
  return text
}
