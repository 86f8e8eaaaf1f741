export type FailureCode =
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'rate_limited'
  | 'rejected'
  | 'unavailable'
  | 'unreachable'
  | 'timed_out'
  | 'bad_answer'
  | 'changed_format'
  | 'too_large'
  | 'address_refused'

/** What went wrong between us and a provider. `message` is for the user and never holds a secret. */
export class ProviderFailure extends Error {
  constructor(
    readonly code: FailureCode,
    message: string,
    readonly details: {
      status?: number
      /** Worth another try, soon or after `retryAfterMs`. */
      retryable?: boolean
      retryAfterMs?: number
      /** It was tried as often as is worth it now. */
      retried?: boolean
    } = {},
  ) {
    super(message)
    this.name = 'ProviderFailure'
  }
}
