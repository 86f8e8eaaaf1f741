import type { PriceBook } from '@infrazen/ai-cost'
import { formatDecimal, parseDecimal, type Scaled } from '../../primitives/money'
import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import { keyOfModel, type NewRating, type RecordedUsage, recordedUsage, type UsagePeriod, usedModels } from '../ledger'
import type { RatingPreview } from './contract'
import { priceAgain } from './price-again'

// The ledger keeps 18 fractional digits of a cost.
const scale = 18
const units = (amount: string | null): bigint => {
  if (amount === null) return 0n
  const value = parseDecimal(amount) as Scaled
  return value.units * 10n ** BigInt(scale - value.scale)
}
const amount = (value: bigint) => formatDecimal({ units: value, scale })

type Sums = { before: bigint; after: bigint; events: number }

/** Adds up what changes, by team, month and currency; amounts of two currencies never meet. */
export class Differences {
  private read = 0
  private events = 0
  private unpricedBefore = 0
  private unpricedAfter = 0
  private readonly groups = new Map<string, Sums>()

  add(usage: RecordedUsage, rating: NewRating | null): void {
    this.read++
    if (rating === null) return
    this.events++
    if (usage.CostStatus === 'unpriced' || usage.CostStatus === 'partial') this.unpricedBefore++
    if (rating.costStatus === 'unpriced' || rating.costStatus === 'partial') this.unpricedAfter++
    const before = this.group(usage, usage.Cost === null ? rating.currency : usage.Currency)
    before.before += units(usage.Cost)
    before.events++
    const after = this.group(usage, rating.cost === null ? usage.Currency : rating.currency)
    after.after += units(rating.cost)
  }

  private group(usage: RecordedUsage, currency: string): Sums {
    const key = JSON.stringify([usage.Team, usage.Month, currency])
    let group = this.groups.get(key)
    if (!group) {
      group = { before: 0n, after: 0n, events: 0 }
      this.groups.set(key, group)
    }
    return group
  }

  answer(period: UsagePeriod): RatingPreview {
    const differences = [...this.groups]
      .map(([key, group]) => {
        const [team, month, currency] = JSON.parse(key) as [string, string, string]
        return {
          team,
          month,
          currency,
          before: amount(group.before),
          after: amount(group.after),
          events: String(group.events),
          size: magnitude(group.after - group.before),
        }
      })
      .sort((a, b) =>
        a.size === b.size ? a.team.localeCompare(b.team) || b.month.localeCompare(a.month) : a.size < b.size ? 1 : -1,
      )
      .map(({ size, ...rest }) => rest)
    const byCurrency = new Map<string, { before: bigint; after: bigint }>()
    for (const [key, group] of this.groups) {
      const currency = (JSON.parse(key) as [string, string, string])[2]
      const sum = byCurrency.get(currency) ?? { before: 0n, after: 0n }
      byCurrency.set(currency, { before: sum.before + group.before, after: sum.after + group.after })
    }
    return {
      from: new Date(period.from).toISOString(),
      to: new Date(period.to).toISOString(),
      read: String(this.read),
      events: String(this.events),
      unpricedBefore: String(this.unpricedBefore),
      unpricedAfter: String(this.unpricedAfter),
      sums: [...byCurrency].map(([currency, sum]) => ({
        currency,
        before: amount(sum.before),
        after: amount(sum.after),
      })),
      differences,
    }
  }
}

const magnitude = (value: bigint) => (value < 0n ? -value : value)

/**
 * What the calls of a period would cost by `book`, against what the ledger holds. Reads the period once, a page at a time.
 * With `insteadOf` only models that the two books price differently are read: the effect of a rule that is not saved yet.
 */
export async function previewRating(
  clickhouse: ClickHouse,
  scope: Scope,
  book: PriceBook,
  given: UsagePeriod,
  insteadOf?: PriceBook,
): Promise<RatingPreview> {
  let period = given
  if (insteadOf !== undefined) {
    const used = await usedModels(clickhouse, scope, given)
    const models = used.filter((model) => !priceAlike(book, insteadOf, model, given)).map(keyOfModel)
    period = { ...given, models: [...new Set(models)] }
  }
  const differences = new Differences()
  for await (const page of recordedUsage(clickhouse, scope, period)) {
    for (const usage of page) {
      const rating = priceAgain(book, usage)
      // Against the book of now, not the ledger: an older correction that was not applied is not this rule's doing.
      if (insteadOf === undefined) differences.add(usage, rating)
      else {
        const now = priceAgain(insteadOf, usage)
        differences.add(
          now === null ? usage : asRated(usage, now),
          differs(rating, now) ? (rating ?? asRecorded(usage)) : null,
        )
      }
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return differences.answer(period)
}

function differs(a: NewRating | null, b: NewRating | null): boolean {
  if (a === null || b === null) return a !== b
  return a.cost !== b.cost || a.currency !== b.currency || a.costStatus !== b.costStatus
}

const asRated = (usage: RecordedUsage, rating: NewRating): RecordedUsage => ({
  ...usage,
  Cost: rating.cost,
  Currency: rating.currency,
  CostStatus: rating.costStatus,
})

const asRecorded = (usage: RecordedUsage): NewRating => ({
  at: usage.at,
  id: usage.id,
  unitCosts: usage.UnitCosts,
  cost: usage.Cost,
  currency: usage.Currency,
  costStatus: usage.CostStatus,
  priceVersion: usage.PriceVersion,
  pricePath: usage.PricePath,
})

type UsedModel = Awaited<ReturnType<typeof usedModels>>[number]

/** Whether two books answer with the same prices; a price's version names its rule and that rule's version. */
function priceAlike(a: PriceBook, b: PriceBook, model: UsedModel, period: UsagePeriod): boolean {
  const provider = model.Provider
  const id = model.Model || model.RequestModel
  const lists = [a, b].map((book) => {
    return JSON.stringify(
      [...new Set(['', 'batch', 'priority', model.ServiceTier.toLowerCase()])].map((tier) =>
        book
          .candidates(provider, id, tier === 'batch' ? '' : tier, tier === 'batch', model.Region.toLowerCase())
          .list.filter((each) => each.from < period.to && each.to > period.from)
          .map((each) => [each.from, each.to, each.card.version, each.card.billing]),
      ),
    )
  })
  return lists[0] === lists[1]
}
