import { type Connector, dayOf, tryRight } from '@infrazen/connector-kit'
import { get, unixSeconds } from './client'
import { manifest } from './manifest'
import { readCosts } from './read-costs'
import { readUsage } from './read-usage'

const openai: Connector = {
  manifest,
  async test(context) {
    const start_time = unixSeconds(dayOf(new Date(context.now().getTime() - 86_400_000)))
    const checks = [
      await tryRight('costs', () => get(context, '/organization/costs', { start_time, limit: 1 })),
      await tryRight('usage', () => get(context, '/organization/usage/completions', { start_time, limit: 1 })),
      await tryRight('directory', () => get(context, '/organization/projects', { limit: 1 })),
    ]
    const id = context.credentials.organization ?? ''
    return { account: { id, name: id }, checks }
  },
  async *read(request, context) {
    if (request.kind === 'charges') yield* readCosts(request, context)
    else if (request.kind === 'usage') yield* readUsage(request, context)
  },
}

export default openai
