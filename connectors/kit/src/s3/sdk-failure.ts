import { ProviderFailure } from '../failure'
import { redact } from '../redact'

type SdkError = {
  name?: string
  message?: string
  Code?: string
  $metadata?: { httpStatusCode?: number }
  $response?: { statusCode?: number }
  $fault?: string
}

const codes: readonly [RegExp, ProviderFailure['code'], retryable: boolean][] = [
  [
    /^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidClientTokenId|UnrecognizedClientException|InvalidSignatureException|IncompleteSignature|InvalidToken|TokenRefreshRequired)$/,
    'unauthorized',
    false,
  ],
  [/^(ExpiredToken|ExpiredTokenException|RequestExpired)$/, 'unauthorized', true],
  [
    /^(AccessDenied|AccessDeniedException|AllAccessDisabled|AccountProblem|Forbidden|UnauthorizedOperation|NotSignedUp)$/,
    'forbidden',
    false,
  ],
  [/^(NoSuchBucket|NoSuchKey|NotFound)$/, 'not_found', false],
  [
    /^(SlowDown|Throttling|ThrottlingException|TooManyRequestsException|RequestLimitExceeded|LimitExceededException|RequestThrottled)$/,
    'rate_limited',
    true,
  ],
  [/^(ServiceUnavailable|InternalError|InternalFailure|DataUnavailableException)$/, 'unavailable', true],
]
const byStatus: Record<number, ProviderFailure['code']> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  429: 'rate_limited',
}

/** An error of the AWS SDK as the kit tells failures. `what` begins the sentence: the service, and what was asked of it. */
export function sdkFailure(error: unknown, what: string, secrets: readonly string[]): Error {
  if (error instanceof ProviderFailure) return error
  if (!(error instanceof Error)) return new ProviderFailure('bad_answer', `${what}: failed.`)
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return error
  const { name, Code, $metadata, $response, message } = error as SdkError
  const code = Code ?? name ?? ''
  const status = $metadata?.httpStatusCode ?? $response?.statusCode
  const told = redact(
    `${what}: ${status !== undefined && status >= 400 ? `${code}: ` : ''}${message ?? ''}`.slice(0, 600),
    secrets,
  )
  if (status === 412)
    return new ProviderFailure('unavailable', `${what}: the file was replaced while it was read. It is read again.`, {
      status,
      retryable: true,
    })
  const known = codes.find(([pattern]) => pattern.test(code))
  if (known) return new ProviderFailure(known[1], told, { status, retryable: known[2] })
  if (status !== undefined && status >= 400)
    return new ProviderFailure(byStatus[status] ?? (status >= 500 ? 'unavailable' : 'rejected'), told, {
      status,
      retryable: status === 429 || status >= 500,
    })
  if (status === undefined && $response === undefined && (error as NodeJS.ErrnoException).code === undefined)
    return error
  return new ProviderFailure(
    'bad_answer',
    `${what}: the answer is not what S3 sends. A proxy or a sign-in page may stand between.`,
    {
      status,
      retryable: true,
    },
  )
}
