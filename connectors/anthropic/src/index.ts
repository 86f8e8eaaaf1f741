import { type Connector, dayOf, tryRight } from '@infrazen/connector-kit'
import { get } from './client'
import { readAccount } from './directory'
import { manifest } from './manifest'
import { readCosts } from './read-costs'
import { readUsage } from './read-usage'

const anthropic: Connector = {
  manifest,
  async test(context) {
    const legacy = context.credentials.reports === 'legacy'
    const yesterday = dayOf(new Date(context.now().getTime() - 86_400_000))
    const range = {
      starting_at: yesterday.toISOString(),
      ending_at: new Date(yesterday.getTime() + 86_400_000).toISOString(),
      limit: 1,
    }
    let account = null
    const checks = [
      await tryRight('organization', async () => {
        account = await readAccount(context)
      }),
      await tryRight('cost', () =>
        legacy
          ? get(context, '/v1/organizations/cost_report', range)
          : get(context, '/v1/organizations/analytics/cost', { ...range, time_bucket_width: '1d' }),
      ),
      await tryRight('usage', () =>
        legacy
          ? get(context, '/v1/organizations/usage_report/messages', range)
          : get(context, '/v1/organizations/analytics/usage', { ...range, time_bucket_width: '1d' }),
      ),
      await tryRight('directory', () => get(context, '/v1/organizations/workspaces', { limit: 1 })),
    ]
    return { account, checks }
  },
  async *read(request, context) {
    if (request.kind === 'charges') yield* readCosts(request, context)
    else if (request.kind === 'usage') yield* readUsage(request, context)
  },
}

export default anthropic
