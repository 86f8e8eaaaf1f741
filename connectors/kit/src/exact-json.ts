import { isDecimal, plainDecimal } from './decimal'
import { ProviderFailure } from './failure'

/** What `parseExactJson` gives: numbers are texts with the digits that were sent. */
export type ExactJson = string | boolean | null | ExactJson[] | { [name: string]: ExactJson }

// A string, or else a number outside of one.
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/**
 * JSON whose numbers arrive as texts: an amount never passes through a binary float.
 * Throws SyntaxError on anything that is not JSON.
 */
export function parseExactJson(text: string): ExactJson {
  JSON.parse(text)
  return JSON.parse(text.replace(token, (found) => (found[0] === '"' ? found : `"${found}"`))) as ExactJson
}

/** Reads fields of an answer and names the one that is not what the provider documents. */
export class AnswerReader {
  constructor(private readonly where: string) {}

  /** @throws ProviderFailure `changed_format`, as all of these do */
  object(value: unknown, name: string): Record<string, unknown> {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
    throw this.changed(name, 'an object')
  }

  array(value: unknown, name: string): unknown[] {
    if (Array.isArray(value)) return value
    throw this.changed(name, 'a list')
  }

  text(value: unknown, name: string): string {
    if (typeof value === 'string' && value !== '') return value
    throw this.changed(name, 'a text')
  }

  decimal(value: unknown, name: string): string {
    if (typeof value === 'string' && isDecimal(value)) return plainDecimal(value)
    throw this.changed(name, 'a number')
  }

  /** RFC 3339. */
  moment(value: unknown, name: string): Date {
    const moment = typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) ? new Date(value) : null
    if (moment && !Number.isNaN(moment.getTime())) return moment
    throw this.changed(name, 'a moment')
  }

  private changed(name: string, expected: string) {
    return new ProviderFailure(
      'changed_format',
      `${this.where} no longer answers as documented: ${name} is not ${expected}. Nothing of this page was taken.`,
    )
  }
}
