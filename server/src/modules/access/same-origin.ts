import type { FastifyRequest } from 'fastify'
import { Failure } from '../../primitives/errors'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses a change that another site's page makes with our visitor's cookie (cross-site request forgery).
 * Browsers say where a request comes from; a program that says nothing carries no cookie it did not choose itself.
 */
export function refuseForeignOrigin(request: FastifyRequest, publicUrl: string | null): void {
  if (safeMethods.has(request.method)) return
  const site = request.headers['sec-fetch-site']
  const origin = request.headers.origin
  const fromHere =
    site !== undefined
      ? site === 'same-origin' || site === 'none'
      : origin === undefined || isOurs(origin, request.host, publicUrl)
  if (!fromHere) {
    throw new Failure(
      'forbidden',
      'foreign_origin',
      'This request came from another site. Open InfraZen itself and try again.',
    )
  }
}

function isOurs(origin: string, host: string, publicUrl: string | null): boolean {
  if (publicUrl !== null && origin === new URL(publicUrl).origin) return true
  try {
    return new URL(origin).host === host
  } catch {
    return false
  }
}
