import { openPriceBook, type Quote, quoteUsage } from '@infrazen/ai-cost'
import type { Call } from './call'

let book: ReturnType<typeof openPriceBook> | null = null

/** Price of one call by the list prices that this package ships; contract prices are the server's. */
export function priceOf(call: Call): Quote | null {
  if (call.usage === null) return null
  book ??= openPriceBook()
  return quoteUsage(book, {
    provider: call.provider,
    model: call.model,
    at: call.startedAt,
    usage: call.usage,
    ...(call.serviceTier && { serviceTier: call.serviceTier }),
  })
}
