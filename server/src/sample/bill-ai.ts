import type { Bill, Meter, SubAccount } from './bill'
import type { DailyUse } from './calls'
import { costCenters, type ModelKey, soldModels, type Team, type TokenKind } from './company'

const skuMeters: Record<TokenKind, string> = {
  input: 'Input Tokens',
  cacheRead: 'Cached Input Tokens',
  cacheWrite: 'Cache Write Input Tokens',
  output: 'Output Tokens',
}
const kinds = ['input', 'cacheRead', 'cacheWrite', 'output'] as const

/** 13 November 2025: before it, its forerunner at the same price stands on the bill. */
const gpt51Release = Date.UTC(2025, 10, 13) / 86_400_000

/**
 * The token lines of a bill: one a day, model, team and kind of token. `accountOf` says which project or account a team's calls run in.
 * Providers that sell keys by project know the team; the clouds know the account alone, and tags come from the deployment.
 */
export function tokenLines(
  bill: Bill,
  models: readonly ModelKey[],
  use: (day: number) => DailyUse[],
  accountOf: (team: Team) => SubAccount,
  resourceOf?: (model: string, team: Team) => { id: string; name: string; type: string },
): void {
  for (const day of bill.days) {
    for (const row of use(day)) {
      if (!models.includes(row.model)) continue
      const sold = soldModels[row.model]
      const prices: Record<TokenKind, string | null> | null = sold.prices
      if (!prices) continue
      const billedAs = row.model === 'gpt51' && day < gpt51Release ? 'gpt-5' : sold.billedAs
      for (const kind of kinds) {
        const price = prices[kind]
        if (price === null || row[kind] === 0) continue
        const meter: Meter = {
          service: sold.serviceName,
          category: 'AI and Machine Learning',
          subcategory: 'Generative AI',
          sku: `${billedAs}-${kind.toLowerCase()}`,
          meter: skuMeters[kind],
          description: `${billedAs}, ${skuMeters[kind].toLowerCase()}`,
          unit: '1000000 Tokens',
          consumedUnit: 'Tokens',
          consumedPower: 6,
          price,
          ...(sold.region === 'global'
            ? {}
            : { region: { id: sold.region, name: regionNames[sold.region] ?? sold.region } }),
          ...(resourceOf ? { resource: resourceOf(billedAs, row.team) } : {}),
          subAccount: accountOf(row.team),
          tags: tagsOfUse(row),
          details: { x_ModelId: billedAs },
          atList: true,
        }
        bill.usage(meter, day, BigInt(row[kind]))
      }
    }
  }
}

const regionNames: Record<string, string> = {
  'ap-northeast-2': 'Asia Pacific (Seoul)',
  koreacentral: 'Korea Central',
  'asia-northeast3': 'Seoul',
}

/** Keys are named after who uses them; the platform team's was named after nobody. */
function tagsOfUse({ team, experiment, run }: DailyUse): Record<string, string> {
  if (team === 'core-platform') return { env: 'prod' }
  if (experiment !== '') return { team, env: 'research', experiment, run }
  return { team, env: 'prod', 'cost-center': costCenters[team] }
}
