import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { invalid } from '../../primitives/errors'
import type { Scope } from '../../primitives/scope'
import type { Postgres } from '../../storage/postgres'
import { Fetched, FetchRequest, OwnRates, RatesAnswer, RatesRequest, SourceList } from './contract'
import type { RateAddresses } from './fetch-rates'
import { listRates } from './list-rates'
import { type RateSource, sources } from './rate'
import { lastOwnDay, listFetches, saveRates } from './rate-store'
import { updateRates } from './update-rates'

/** Exchange rates: looked up, fetched now, and the organization's own. */
export function rateRoutes(deps: {
  postgres: Postgres
  addresses: RateAddresses
  sourceOf: (scope: Scope) => Promise<RateSource | null>
}): FastifyPluginAsyncZod {
  const { postgres } = deps
  const tags = ['Exchange rates']
  return async (app) => {
    app.get(
      '/api/v1/rates',
      {
        schema: {
          tags,
          summary: 'Rates of days, with the published rates they are made of',
          querystring: RatesRequest,
          response: { 200: RatesAnswer },
        },
      },
      async (request) => {
        const source = request.query.source ?? (await deps.sourceOf(request.scope))
        if (source === null) {
          throw invalid(
            'no_rate_source',
            'The organization has chosen no source of rates: choose one in Settings, or name one here.',
          )
        }
        const currencies = [...new Set(request.query.currencies.split(','))]
        return { source, ...(await listRates(postgres, request.scope, { ...request.query, source, currencies })) }
      },
    )
    app.put(
      '/api/v1/rates/own',
      {
        schema: {
          tags,
          summary: 'Keep the organization’s own rates; a changed one counts from now, the earlier stays on record',
          body: OwnRates,
          response: { 200: Fetched },
        },
      },
      async ({ scope, body }) => {
        const rates = body.rates.map((rate) => ({ ...rate, nominal: '1' }))
        return {
          published: rates.length,
          changed: await saveRates(postgres, 'own', scope.organizationId, rates, scope.actor),
        }
      },
    )
    app.post(
      '/api/v1/rates/fetch',
      { schema: { tags, summary: 'Ask a bank now', body: FetchRequest, response: { 200: Fetched } } },
      ({ body }) => updateRates(postgres, body.source, body.from, body.to, deps.addresses),
    )
    app.get(
      '/api/v1/rates/sources',
      { schema: { tags, summary: 'Sources of rates and how current they are', response: { 200: SourceList } } },
      async ({ scope }) => {
        const noted = new Map((await listFetches(postgres)).map((one) => [one.source, one]))
        const own = await lastOwnDay(postgres, scope)
        return {
          sources: (Object.keys(sources) as RateSource[]).map((source) => {
            const fetch = noted.get(source)
            return {
              source,
              against: sources[source].own,
              askedAt: fetch?.askedAt.toISOString() ?? null,
              through: source === 'own' ? own : (fetch?.through ?? null),
              problem: fetch?.problem ?? null,
            }
          }),
        }
      },
    )
  }
}
