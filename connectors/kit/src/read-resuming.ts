import { ProviderFailure } from './failure'
import type { Http } from './http'

const attempts = 5

/**
 * The bytes of a file, `bytes` in all; where the connection is cut, they go on behind the last one that came.
 * @param what begins a failure's sentence
 * @param ask the file from an offset on, as it was listed. Throws ProviderFailure
 */
export async function* readResuming(
  http: Http,
  bytes: number,
  what: string,
  ask: (from: number) => Promise<AsyncIterable<Uint8Array>>,
  toFailure: (error: unknown) => Error = (error) => error as Error,
): AsyncGenerator<Uint8Array> {
  let at = 0
  for (let attempt = 1; ; attempt++) {
    try {
      for await (const piece of await ask(at)) {
        at += piece.length
        if (at > bytes)
          throw new ProviderFailure('bad_answer', `${what}: more than the ${bytes} bytes that were listed.`, {
            retryable: true,
          })
        yield piece
      }
      if (at === bytes) return
      throw new ProviderFailure('bad_answer', `${what}: ${at} of ${bytes} bytes came.`, { retryable: true })
    } catch (error) {
      const failure = toFailure(error)
      // More than was listed is nothing that a range could mend.
      if (!isWorthAnother(failure) || at >= bytes || attempt >= attempts) throw failure
      await http.backOff(attempt)
    }
  }
}

/** A passing trouble that the kit has not yet tried as often as is worth it. */
export const isWorthAnother = (failure: Error): boolean =>
  failure instanceof ProviderFailure && failure.details.retryable === true && failure.details.retried !== true
