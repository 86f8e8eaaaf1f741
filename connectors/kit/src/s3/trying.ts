import type { Http } from '../http'
import { isWorthAnother } from '../read-resuming'
import { sdkFailure } from './sdk-failure'

const attempts = 5

/**
 * Asks through a client of the AWS SDK, anew where only the client could see that the answer is none: cut off within, not of the
 * service, or a request to wait that stands in the body. What the kit has retried already is not retried here.
 * @param what begins a failure's sentence: the right that was used, and on what
 */
export async function trying<T>(
  http: Http,
  what: string,
  secrets: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const failure = sdkFailure(error, what, secrets)
      if (!isWorthAnother(failure) || attempt >= attempts) throw failure
      await http.backOff(attempt)
    }
  }
}
