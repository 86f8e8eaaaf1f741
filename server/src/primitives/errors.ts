/** The few kinds of failure the product has. One place (`http/problems.ts`) turns a kind into an HTTP status. */
export type FailureKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'too_large'
  | 'unsupported'
  | 'rate_limited'
  | 'unavailable'

/** A failure with a stable code. `message` is for the user and says what to do; `cause` is for the operator. */
export class Failure extends Error {
  constructor(
    readonly kind: FailureKind,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
    options?: { cause?: unknown },
  ) {
    super(message, options)
    this.name = 'Failure'
  }
}

export const invalid = (code: string, message: string, details?: Record<string, unknown>) =>
  new Failure('invalid', code, message, details)
export const notFound = (code: string, message: string, details?: Record<string, unknown>) =>
  new Failure('not_found', code, message, details)
export const conflict = (code: string, message: string, details?: Record<string, unknown>) =>
  new Failure('conflict', code, message, details)
export const unavailable = (
  code: string,
  message: string,
  details?: Record<string, unknown>,
  options?: { cause?: unknown },
) => new Failure('unavailable', code, message, details, options)
