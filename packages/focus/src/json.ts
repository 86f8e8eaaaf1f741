/**
 * A JSON reader that keeps what `JSON.parse` loses: repeated keys are reported and numbers keep their digits.
 * JSON cells carry costs and quantities, so a number must not pass through a binary float.
 */
export class JsonNumber {
  constructor(readonly text: string) {}
}

export type JsonValue = string | boolean | null | JsonNumber | JsonValue[] | JsonObject
export type JsonObject = { [key: string]: JsonValue }
export type JsonReading = { value: JsonValue; repeatedKeys: string[]; depth: number }

const numberAt = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const blankAt = /[ \t\r\n]*/y

/** Deeper documents than this are refused instead of exhausting the stack. */
const deepestNesting = 64

/** Reads one JSON document; null when the text is none. `depth` counts nested objects and arrays. */
export function readJson(text: string): JsonReading | null {
  let at = 0
  let deepest = 0
  const repeatedKeys: string[] = []

  function skipBlanks() {
    blankAt.lastIndex = at
    at += blankAt.exec(text)?.[0].length ?? 0
  }

  function readString(): string {
    if (text[at] !== '"') throw new SyntaxError('string expected')
    let end = at + 1
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1
    // The platform's parser judges escapes and control characters; it refuses a text without a closing quote.
    const value = JSON.parse(text.slice(at, end + 1)) as string
    at = end + 1
    return value
  }

  function readValue(depth: number): JsonValue {
    if (depth > deepestNesting) throw new SyntaxError('nested too deeply')
    skipBlanks()
    const first = text[at]
    if (first === '"') return readString()
    if (first === '{') return readObject(depth + 1)
    if (first === '[') return readArray(depth + 1)
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (text.startsWith(word, at)) {
        at += word.length
        return value
      }
    }
    numberAt.lastIndex = at
    const match = numberAt.exec(text)
    if (!match) throw new SyntaxError('value expected')
    at += match[0].length
    return new JsonNumber(match[0])
  }

  function readObject(depth: number): JsonObject {
    deepest = Math.max(deepest, depth)
    at += 1
    const object: JsonObject = Object.create(null) as JsonObject
    skipBlanks()
    if (text[at] === '}') {
      at += 1
      return object
    }
    for (;;) {
      skipBlanks()
      const key = readString()
      skipBlanks()
      if (text[at] !== ':') throw new SyntaxError('colon expected')
      at += 1
      if (key in object) repeatedKeys.push(key)
      object[key] = readValue(depth)
      skipBlanks()
      const separator = text[at]
      at += 1
      if (separator === '}') return object
      if (separator !== ',') throw new SyntaxError('comma expected')
    }
  }

  function readArray(depth: number): JsonValue[] {
    deepest = Math.max(deepest, depth)
    at += 1
    const items: JsonValue[] = []
    skipBlanks()
    if (text[at] === ']') {
      at += 1
      return items
    }
    for (;;) {
      items.push(readValue(depth))
      skipBlanks()
      const separator = text[at]
      at += 1
      if (separator === ']') return items
      if (separator !== ',') throw new SyntaxError('comma expected')
    }
  }

  try {
    const value = readValue(0)
    skipBlanks()
    return at === text.length ? { value, repeatedKeys, depth: deepest } : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)
}
