import type { QueryAnswer } from '@server/modules/explore/contract'
import { reader } from '../../app/answer'
import { add, isZero, multiply, ratio, subtract, sum } from '../../ui/format'
import { modelName } from './calls'

/** Leaf units of one model as one host sells it, one currency: quantity in tokens, cost a decimal string, null where there is no price. */
export type Leaf = { group: string; model: string; unit: string; quantity: string; cost: string | null }

/** Amounts of one currency, decimal strings. `withoutCache + read + writes = paid`; `saved = withoutCache − paid`. */
export type CacheSaving = {
  withoutCache: string
  /** what reading from the cache changed; below zero where it is cheaper */
  read: string
  /** what writing into the cache added over plain input; above zero where it is dearer */
  writes: string
  /** what all of these calls cost, output included */
  paid: string
  saved: string
  models: { model: string; saved: string; share: string | null }[]
  /** models that read from the cache but sent no plain input in the period, so that its price is not known from them */
  unknown: string[]
}

const cached = /\.cache_(read|write\w*)$/
const digits = 18

/**
 * What the cache saved net of writes. Cached tokens are priced once more as plain input, at what plain input of the same model,
 * host, tier and region cost on average in the period; nothing is taken from a price list. Null where nothing has a price.
 */
export function cacheSaving(leaves: readonly Leaf[]): CacheSaving | null {
  const groups = new Map<string, Leaf[]>()
  for (const leaf of leaves) {
    const group = groups.get(leaf.group)
    if (group) group.push(leaf)
    else groups.set(leaf.group, [leaf])
  }
  const paid = sum(leaves.map((leaf) => leaf.cost))
  if (paid === null) return null
  let read = '0'
  let writes = '0'
  const unknown = new Set<string>()
  const saved = new Map<string, string>()
  for (const group of groups.values()) {
    for (const leaf of group) {
      if (!cached.test(leaf.unit) || leaf.cost === null || isZero(leaf.quantity)) continue
      const plain = plainCost(group, leaf)
      if (plain === null) {
        unknown.add(leaf.model)
        continue
      }
      const difference = subtract(leaf.cost, plain)
      if (leaf.unit.endsWith('.cache_read')) read = add(read, difference)
      else writes = add(writes, difference)
      saved.set(leaf.model, subtract(saved.get(leaf.model) ?? '0', difference))
    }
  }
  const net = subtract('0', add(read, writes))
  const inputOf = (model: string, only: (unit: string) => boolean) =>
    sum(leaves.filter((leaf) => leaf.model === model && only(leaf.unit)).map((leaf) => leaf.quantity)) ?? '0'
  return {
    withoutCache: add(paid, net),
    read,
    writes,
    paid,
    saved: net,
    models: [...saved].map(([model, amount]) => ({
      model,
      saved: amount,
      share: ratio(
        inputOf(model, (unit) => unit.endsWith('.cache_read')),
        inputOf(model, (unit) => unit.startsWith('input.')),
      ),
    })),
    unknown: [...unknown],
  }
}

/** What the tokens of a cached leaf would cost as plain input of the same kind; null where none of it has a price. */
function plainCost(group: readonly Leaf[], leaf: Leaf): string | null {
  const unit = leaf.unit.replace(cached, '.plain')
  const plain = group.filter((one) => one.unit === unit && one.cost !== null && !isZero(one.quantity))
  const cost = sum(plain.map((one) => one.cost))
  const quantity = sum(plain.map((one) => one.quantity))
  if (cost === null || quantity === null) return null
  return ratio(multiply(leaf.quantity, cost), quantity, digits)
}

/** Leaves of an answer that is split by model, ai_provider, service_tier, region, currency and unit. */
export function leavesOf(answer: QueryAnswer | undefined, currency: string): Leaf[] {
  if (!answer) return []
  const read = reader(answer)
  return answer.rows.flatMap((row) => {
    const cell = (id: string) => read.cell(row, id)
    const [model, unit] = [cell('model'), cell('unit')]
    const cost = cell('estimated_cost')
    if (model === null || unit === null || (cost !== null && cell('currency') !== currency)) return []
    return [
      {
        group: JSON.stringify([cell('ai_provider'), model, cell('service_tier'), cell('region'), cell('currency')]),
        model: modelName(model),
        unit,
        quantity: cell('tokens_total') ?? '0',
        cost,
      },
    ]
  })
}

export type TokenKind = 'plain' | 'cacheRead' | 'cacheWrite' | 'embedding' | 'output' | 'reasoning'

/** Tokens and their cost by kind; what is not counted in tokens (images, seconds, searches) is left out. */
export function tokenKinds(leaves: readonly Leaf[]): { kind: TokenKind; quantity: string; cost: string | null }[] {
  const kinds = new Map<TokenKind, { quantity: string; cost: string | null }>()
  for (const { unit, quantity, cost } of leaves) {
    const kind = kindOf(unit)
    if (kind === null || isZero(quantity)) continue
    const before = kinds.get(kind) ?? { quantity: '0', cost: null }
    kinds.set(kind, { quantity: add(before.quantity, quantity), cost: sum([before.cost, cost]) })
  }
  const order: TokenKind[] = ['plain', 'cacheRead', 'cacheWrite', 'embedding', 'output', 'reasoning']
  return order.flatMap((kind) => (kinds.has(kind) ? [{ kind, ...kinds.get(kind)! }] : []))
}

function kindOf(unit: string): TokenKind | null {
  if (unit.startsWith('embedding.')) return 'embedding'
  if (unit === 'output.text.reasoning') return 'reasoning'
  if (unit.startsWith('output.')) return 'output'
  if (!unit.startsWith('input.')) return null
  if (unit.endsWith('.cache_read')) return 'cacheRead'
  return unit.includes('.cache_write') ? 'cacheWrite' : 'plain'
}
