import type { FastifyInstance } from 'fastify'
import type { Role } from '../config'
import { notFound } from '../primitives/errors'

/** Whoever runs a copy asks these of it, whatever it does. */
const everyone = /^\/(healthz|readyz|metrics)(\?|$)/
const places: [RegExp, Role][] = [
  [/^\/v1\//, 'ingest'],
  [/^\/gateway\//, 'gateway'],
]

/** Lets a copy of the server answer only what its roles are; another copy answers the rest. Throws `not_served_here`. */
export function roleGuard(http: FastifyInstance, roles: ReadonlySet<Role>): void {
  http.addHook('onRequest', async (request) => {
    if (everyone.test(request.url)) return
    const role = places.find(([path]) => path.test(request.url))?.[1] ?? 'api'
    if (!roles.has(role))
      throw notFound(
        'not_served_here',
        `This copy of the server has the roles ${[...roles].join(', ')}; send the request to one with the role ${role}.`,
      )
  })
}
