import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Postgres } from '../../storage/postgres'
import { Organization, OrganizationChange } from './contract'
import { changeOrganization, getOrganization } from './organizations'

export function organizationRoutes(deps: { postgres: Postgres }): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/api/v1/organization',
      { schema: { tags: ['Organization'], summary: 'The caller’s organization', response: { 200: Organization } } },
      (request) => getOrganization(deps.postgres, request.scope),
    )
    app.patch(
      '/api/v1/organization',
      {
        schema: {
          tags: ['Organization'],
          summary: 'Change name, time zone, currency or language',
          body: OrganizationChange,
          response: { 200: Organization },
        },
      },
      (request) => changeOrganization(deps.postgres, request.scope, request.body),
    )
  }
}
