/** Writes the wire format for tests and measurements: slow, and independent of the decoder it checks. */

export type Value = string | bigint | boolean | number

export const concat = (...parts: Uint8Array[]) => Buffer.concat(parts)

export function varint(value: bigint): Buffer {
  const out: number[] = []
  let rest = BigInt.asUintN(64, value)
  while (rest >= 0x80n) {
    out.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  out.push(Number(rest))
  return Buffer.from(out)
}

export const varintField = (field: number, value: bigint) => concat(varint(BigInt(field << 3)), varint(value))
export const bytes = (field: number, content: Uint8Array) =>
  concat(varint(BigInt((field << 3) | 2)), varint(BigInt(content.length)), content)

export function fixed64(field: number, value: bigint): Buffer {
  const content = Buffer.alloc(8)
  content.writeBigUInt64LE(BigInt.asUintN(64, value))
  return concat(varint(BigInt((field << 3) | 1)), content)
}

export const stringValue = (text: string) => bytes(1, Buffer.from(text, 'utf8'))
export const boolValue = (value: boolean) => varintField(2, value ? 1n : 0n)
export const intValue = (value: bigint) => varintField(3, value)

function doubleValue(value: number): Buffer {
  const content = Buffer.alloc(9)
  content[0] = (4 << 3) | 1
  content.writeDoubleLE(value, 1)
  return content
}

function anyValue(value: Value): Buffer {
  if (typeof value === 'string') return stringValue(value)
  if (typeof value === 'bigint') return intValue(value)
  if (typeof value === 'boolean') return boolValue(value)
  return doubleValue(value)
}

export const keyValue = (key: string, value: Buffer) => concat(bytes(1, Buffer.from(key, 'utf8')), bytes(2, value))
const attributeFields = (field: number, attributes: Record<string, Value>) =>
  Object.entries(attributes).map(([key, value]) => bytes(field, keyValue(key, anyValue(value))))

export function spanMessage(span: {
  traceId?: string
  spanId?: string
  parentId?: string
  name?: string
  start?: bigint
  end?: bigint
  error?: boolean
  attributes?: Record<string, Value>
}): Buffer {
  return concat(
    bytes(1, Buffer.from(span.traceId ?? '', 'hex')),
    bytes(2, Buffer.from(span.spanId ?? '', 'hex')),
    ...(span.parentId ? [bytes(4, Buffer.from(span.parentId, 'hex'))] : []),
    bytes(5, Buffer.from(span.name ?? '', 'utf8')),
    varintField(6, 3n),
    fixed64(7, span.start ?? 0n),
    fixed64(8, span.end ?? 0n),
    ...attributeFields(9, span.attributes ?? {}),
    ...(span.error ? [bytes(15, concat(bytes(2, Buffer.from('failed')), varintField(3, 2n)))] : []),
  )
}

export function traceRequest(request: {
  resource?: Record<string, Value>
  scope?: { name: string; version: string }
  spans: Buffer[]
}): Buffer {
  const scope = request.scope
    ? [bytes(1, concat(bytes(1, Buffer.from(request.scope.name)), bytes(2, Buffer.from(request.scope.version))))]
    : []
  const resource = request.resource ? [bytes(1, concat(...attributeFields(1, request.resource)))] : []
  return bytes(1, concat(...resource, bytes(2, concat(...scope, ...request.spans.map((span) => bytes(2, span))))))
}
