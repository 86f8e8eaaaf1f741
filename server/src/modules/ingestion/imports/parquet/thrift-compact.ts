/**
 * Thrift's compact protocol as a tree that can be changed and written again. Fields that this program does not know
 * survive the way there and back, so a Parquet footer loses nothing. Source: the Thrift compact protocol specification.
 */
export type ThriftValue =
  | { kind: 'bool'; value: boolean }
  | { kind: 'int'; type: number; value: bigint }
  | { kind: 'bytes'; type: number; value: Buffer }
  | { kind: 'list'; type: number; elementType: number; items: ThriftValue[] }
  | { kind: 'map'; keyType: number; valueType: number; entries: [ThriftValue, ThriftValue][] }
  | { kind: 'struct'; fields: ThriftField[] }
export type ThriftField = { id: number; value: ThriftValue }
export type ThriftStruct = Extract<ThriftValue, { kind: 'struct' }>

const deepest = 32
const [isTrue, isFalse, byte, i16, i32, i64, double, binary, list, set, map, struct, uuid] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
] as const

/** @throws RangeError when the bytes are not a struct of this protocol */
export function readThrift(bytes: Buffer): ThriftStruct {
  let at = 0
  const need = (count: number) => {
    if (count < 0 || at + count > bytes.length) throw new RangeError('the metadata ends too early')
  }
  const octet = () => {
    need(1)
    return bytes[at++]!
  }
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const part = octet()
      value |= BigInt(part & 127) << shift
      if (part < 128) return value
    }
    throw new RangeError('a number in the metadata is too long')
  }
  const zigzag = () => {
    const value = varint()
    return (value >> 1n) ^ -(value & 1n)
  }
  const length = () => {
    const count = Number(varint())
    need(count)
    return count
  }
  const readValue = (type: number, depth: number, inList: boolean): ThriftValue => {
    if (depth > deepest) throw new RangeError('the metadata is nested too deep')
    switch (type) {
      case isTrue:
      case isFalse:
        return { kind: 'bool', value: inList ? octet() === isTrue : type === isTrue }
      case byte:
        return { kind: 'int', type, value: BigInt(octet()) }
      case i16:
      case i32:
      case i64:
        return { kind: 'int', type, value: zigzag() }
      case double:
      case uuid: {
        const size = type === double ? 8 : 16
        need(size)
        at += size
        return { kind: 'bytes', type, value: bytes.subarray(at - size, at) }
      }
      case binary: {
        const size = length()
        at += size
        return { kind: 'bytes', type, value: bytes.subarray(at - size, at) }
      }
      case list:
      case set: {
        const head = octet()
        const count = head >> 4 === 15 ? length() : head >> 4
        const elementType = head & 15
        const items: ThriftValue[] = []
        for (let i = 0; i < count; i++) items.push(readValue(elementType, depth + 1, true))
        return { kind: 'list', type, elementType, items }
      }
      case map: {
        const count = length()
        if (count === 0) return { kind: 'map', keyType: 0, valueType: 0, entries: [] }
        const types = octet()
        const entries: [ThriftValue, ThriftValue][] = []
        for (let i = 0; i < count; i++)
          entries.push([readValue(types >> 4, depth + 1, true), readValue(types & 15, depth + 1, true)])
        return { kind: 'map', keyType: types >> 4, valueType: types & 15, entries }
      }
      case struct:
        return structOf(depth + 1)
      default:
        throw new RangeError(`the metadata has a value of the unknown type ${type}`)
    }
  }
  const structOf = (depth: number): ThriftStruct => {
    if (depth > deepest) throw new RangeError('the metadata is nested too deep')
    const fields: ThriftField[] = []
    let id = 0
    for (;;) {
      const head = octet()
      if (head === 0) return { kind: 'struct', fields }
      id = head >> 4 === 0 ? Number(zigzag()) : id + (head >> 4)
      fields.push({ id, value: readValue(head & 15, depth, false) })
    }
  }
  return structOf(0)
}

export function writeThrift(root: ThriftStruct): Buffer {
  const pieces: Buffer[] = []
  const octet = (value: number) => pieces.push(Buffer.from([value]))
  const varint = (value: bigint) => {
    const out: number[] = []
    let rest = BigInt.asUintN(64, value)
    while (rest > 127n) {
      out.push(Number(rest & 127n) | 128)
      rest >>= 7n
    }
    out.push(Number(rest))
    pieces.push(Buffer.from(out))
  }
  const zigzag = (value: bigint) => varint((value << 1n) ^ (value >> 63n))
  const typeOf = (value: ThriftValue): number =>
    value.kind === 'bool'
      ? value.value
        ? isTrue
        : isFalse
      : value.kind === 'map'
        ? map
        : value.kind === 'struct'
          ? struct
          : value.type
  const put = (value: ThriftValue, inList: boolean) => {
    switch (value.kind) {
      case 'bool':
        if (inList) octet(value.value ? isTrue : isFalse)
        return
      case 'int':
        if (value.type === byte) octet(Number(value.value & 255n))
        else zigzag(value.value)
        return
      case 'bytes':
        if (value.type === binary) varint(BigInt(value.value.length))
        pieces.push(value.value)
        return
      case 'list':
        if (value.items.length < 15) octet((value.items.length << 4) | value.elementType)
        else {
          octet(0xf0 | value.elementType)
          varint(BigInt(value.items.length))
        }
        for (const item of value.items) put(item, true)
        return
      case 'map':
        varint(BigInt(value.entries.length))
        if (value.entries.length > 0) octet((value.keyType << 4) | value.valueType)
        for (const [key, entry] of value.entries) {
          put(key, true)
          put(entry, true)
        }
        return
      case 'struct':
        putStruct(value)
    }
  }
  const putStruct = (value: ThriftStruct) => {
    let last = 0
    for (const field of value.fields) {
      const step = field.id - last
      if (step > 0 && step < 16) octet((step << 4) | typeOf(field.value))
      else {
        octet(typeOf(field.value))
        zigzag(BigInt(field.id))
      }
      last = field.id
      put(field.value, false)
    }
    octet(0)
  }
  putStruct(root)
  return Buffer.concat(pieces)
}

export const fieldOf = (of: ThriftStruct, id: number): ThriftValue | undefined =>
  of.fields.find((field) => field.id === id)?.value

export function intOf(of: ThriftStruct, id: number): bigint | undefined {
  const value = fieldOf(of, id)
  return value?.kind === 'int' ? value.value : undefined
}

/** The same struct with some integers changed and some fields left out. */
export function changed(of: ThriftStruct, ints: Record<number, bigint>, without: readonly number[] = []): ThriftStruct {
  return {
    kind: 'struct',
    fields: of.fields
      .filter((field) => !without.includes(field.id))
      .map((field) => {
        const next = ints[field.id]
        return next !== undefined && field.value.kind === 'int'
          ? { id: field.id, value: { ...field.value, value: next } }
          : field
      }),
  }
}
