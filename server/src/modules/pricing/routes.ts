import { quote, quoteUsage } from '@infrazen/ai-cost'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { type Quote, type QuoteRequest, QuoteRequests, Quotes } from './contract'
import { type PriceBook, priceBook } from './price-usage'

/** POST /api/v1/pricing/quote. */
export function pricingRoutes(deps: { book?: PriceBook } = {}): FastifyPluginAsyncZod {
  return async (app) => {
    const book = deps.book ?? priceBook()
    app.post(
      '/api/v1/pricing/quote',
      {
        schema: {
          tags: ['Pricing'],
          summary: 'What a call costs',
          description: 'Prices one call or a list of calls and records nothing.',
          body: QuoteRequests,
          response: { 200: Quotes },
        },
      },
      async (request) =>
        Array.isArray(request.body) ? request.body.map((one) => answer(book, one)) : answer(book, request.body),
    )
  }
}

function answer(book: PriceBook, { usage, at, ...call }: QuoteRequest): Quote {
  const moment = new Date(at)
  return Array.isArray(usage)
    ? quote(book, { ...call, at: moment, leaves: usage })
    : quoteUsage(book, { ...call, at: moment, usage })
}
