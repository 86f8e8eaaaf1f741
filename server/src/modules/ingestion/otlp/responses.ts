export type Encoding = 'protobuf' | 'json'

export const contentTypeOf: Record<Encoding, string> = { protobuf: 'application/x-protobuf', json: 'application/json' }

/** How each signal calls the records it did not take. */
const rejectedName = { traces: 'rejectedSpans', logs: 'rejectedLogRecords', metrics: 'rejectedDataPoints' } as const
export type Signal = keyof typeof rejectedName

/** An Export…ServiceResponse. `partial_success` is set only when there is something to say. */
export function exportResponse(encoding: Encoding, signal: Signal, rejected: number, message: string): Buffer {
  const silent = rejected === 0 && message === ''
  if (encoding === 'json') {
    if (silent) return Buffer.from('{}')
    // int64 is text in OTLP's JSON.
    return Buffer.from(
      JSON.stringify({ partialSuccess: { [rejectedName[signal]]: String(rejected), errorMessage: message } }),
    )
  }
  if (silent) return Buffer.alloc(0)
  const count = rejected === 0 ? [] : [Buffer.from([0x08]), varint(rejected)]
  return bytesField(1, Buffer.concat([...count, bytesField(2, Buffer.from(message, 'utf8'))]))
}

/** A `google.rpc.Status`: code = 1, message = 2. */
export function statusResponse(encoding: Encoding, code: number, message: string): Buffer {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code, message }))
  return Buffer.concat([Buffer.from([0x08]), varint(code), bytesField(2, Buffer.from(message, 'utf8'))])
}

function bytesField(field: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2]), varint(content.length), content])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return Buffer.from(bytes)
}
