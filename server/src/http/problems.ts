import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { Failure, type FailureKind } from '../primitives/errors'

const statusOf: Record<FailureKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unsupported: 415,
  rate_limited: 429,
  unavailable: 503,
}

type Problem = { status: number; code: string; detail: string; details?: Record<string, unknown> }

/** The one place where failures become HTTP: `application/problem+json` (RFC 9457) with a stable `code`. */
export function handleProblems(app: FastifyInstance): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const problem = toProblem(error)
    if (problem.status >= 500) request.log.error({ err: error }, 'request failed')
    return sendProblem(request, reply, problem)
  })
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, {
      status: 404,
      code: 'not_found',
      detail: `There is nothing at ${request.method} ${pathOf(request)}.`,
    }),
  )
}

/** Answers with a problem. `details` become members of the document beside the standard ones. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { status, code, detail, details = {} } = problem
  const retryAfter = details.retryAfterSeconds
  if (typeof retryAfter === 'number') reply.header('retry-after', String(Math.ceil(retryAfter)))
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="InfraZen"')
  return reply
    .code(status)
    .type('application/problem+json')
    .serializer((body: unknown) =>
      JSON.stringify(body, (_key, value) => (typeof value === 'bigint' ? value.toString() : value)),
    )
    .send({ ...details, type: 'about:blank', title: titleOf(code), status, code, detail, requestId: request.id })
}

function toProblem(error: FastifyError): Problem {
  if (error instanceof Failure) {
    return { status: statusOf[error.kind], code: error.code, detail: error.message, details: error.details }
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const problems = error.validation.map((issue) => ({
      path: `${error.validationContext ?? 'request'}${issue.instancePath}`,
      message: issue.message ?? 'is not valid',
    }))
    const detail = problems.map((problem) => `${problem.path}: ${problem.message}`).join('; ')
    return { status: 400, code: 'invalid_request', detail, details: { problems } }
  }
  // Fastify's own refusals (malformed JSON, too large, wrong content type) carry a status below 500 and a text for the caller.
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return { status: error.statusCode, code: codeOfStatus(error.statusCode), detail: error.message }
  }
  return {
    status: 500,
    code: 'internal_error',
    detail: 'Something went wrong on the server. Its log has more under the request id.',
  }
}

function codeOfStatus(status: number): string {
  if (status === 413) return 'too_large'
  if (status === 415) return 'unsupported_content_type'
  if (status === 429) return 'too_many_requests'
  return 'invalid_request'
}

function titleOf(code: string): string {
  const words = code.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? request.url
}
