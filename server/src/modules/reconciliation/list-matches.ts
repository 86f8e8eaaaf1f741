import type { Scope } from '../../primitives/scope'
import { textOf, unitsOf } from '../allocation'
import { type MatchesAnswer, partIds } from './contract'
import type { LeafSides } from './explain-difference'
import { type Days, readHours } from './read-sides'
import type { AccountWork, Deps, Match } from './reconcile'

/** Both sides of an account by model, key, leaf and term over the period, and hour by hour on `day`. */
export async function listMatches(
  { clickhouse }: Deps,
  scope: Scope,
  work: AccountWork | undefined,
  days: Days,
  day: string | undefined,
): Promise<MatchesAnswer> {
  if (!work) return { matches: [], keys: [], hours: [] }
  const inside = (one: string) => (day === undefined ? one >= days.from && one < days.to : one === day)
  return {
    matches: work.matches
      .map((match) => matchOf(match, inside))
      .filter((match) => match !== null)
      .sort((a, b) => Math.abs(Number(b.difference)) - Math.abs(Number(a.difference)) || (a.model < b.model ? -1 : 1)),
    keys: keysOf(work, inside),
    hours: day === undefined ? [] : await hoursOf({ clickhouse }, scope, work, day),
  }
}

function matchOf(match: Match, inside: (day: string) => boolean): MatchesAnswer['matches'][number] | null {
  const explained = match.explained.filter((one) => inside(one.day))
  if (explained.length === 0) return null
  const leaves = new Map<string, LeafSides>()
  for (const side of match.days)
    if (inside(side.day))
      for (const leaf of side.leaves) {
        const id = `${leaf.leaf}\n${leaf.term}`
        const before = leaves.get(id)
        leaves.set(id, before ? merged(before, leaf) : leaf)
      }
  const sum = (pick: (one: (typeof explained)[number]) => bigint) =>
    explained.reduce((total, one) => total + pick(one), 0n)
  const billed = sum((one) => one.billed)
  const estimate = sum((one) => one.estimate)
  return {
    model: match.model,
    key: match.key,
    billed: textOf(billed),
    estimate: textOf(estimate),
    difference: textOf(billed - estimate),
    calls: [...match.calls].reduce((total, [day, calls]) => (inside(day) ? total + calls : total), 0n).toString(),
    parts: partIds.flatMap((id) => {
      const amount = sum((one) => one.parts.get(id) ?? 0n)
      return amount === 0n ? [] : [{ id, amount: textOf(amount) }]
    }),
    leaves: [...leaves.values()]
      .sort((a, b) => (a.leaf + a.term < b.leaf + b.term ? -1 : 1))
      .map((leaf) => ({
        leaf: leaf.leaf,
        term: leaf.term,
        billed: leaf.billed === 0n && leaf.billedQuantity === null ? null : textOf(leaf.billed),
        billedQuantity: leaf.billedQuantity === null ? null : textOf(leaf.billedQuantity),
        providerQuantity: leaf.providerQuantity === null ? null : textOf(leaf.providerQuantity),
        estimate: leaf.quantity !== 0n && leaf.unpricedQuantity === leaf.quantity ? null : textOf(leaf.estimate),
        quantity: textOf(leaf.quantity),
        unpricedQuantity: textOf(leaf.unpricedQuantity),
      })),
  }
}

const either = (a: bigint | null, b: bigint | null) => (a === null ? b : b === null ? a : a + b)
const merged = (a: LeafSides, b: LeafSides): LeafSides => ({
  ...a,
  billed: a.billed + b.billed,
  billedQuantity: either(a.billedQuantity, b.billedQuantity),
  providerQuantity: either(a.providerQuantity, b.providerQuantity),
  estimate: a.estimate + b.estimate,
  quantity: a.quantity + b.quantity,
  unpricedQuantity: a.unpricedQuantity + b.unpricedQuantity,
})

/** Keys as the provider knows them, largest first: one that no call names is where to look for what is missing. */
function keysOf(work: AccountWork, inside: (day: string) => boolean): MatchesAnswer['keys'] {
  const keys = new Map<string, { name: string; provider: bigint; billed: bigint | null }>()
  const of = (key: string, name: string) => {
    const found = keys.get(key) ?? { name, provider: 0n, billed: null }
    if (name !== '') found.name = name
    keys.set(key, found)
    return found
  }
  for (const row of work.provided)
    if (inside(row.day) && row.key !== '' && row.leaf !== 'other')
      of(row.key, row.keyName).provider += unitsOf(row.quantity)
  for (const bill of work.bills)
    if (inside(bill.day) && bill.key !== '') {
      const key = of(bill.key, bill.keyName)
      key.billed = (key.billed ?? 0n) + unitsOf(bill.billed)
    }
  const seen = new Map<string, bigint>()
  for (const call of work.calledByKey ?? [])
    if (inside(call.day)) seen.set(call.key, (seen.get(call.key) ?? 0n) + call.quantity)
  return [...keys]
    .map(([key, { name, provider, billed }]) => ({
      key,
      name,
      providerQuantity: textOf(provider),
      billed: billed === null ? null : textOf(billed),
      quantity: work.calledByKey === null ? null : textOf(seen.get(key) ?? 0n),
    }))
    .sort((a, b) => Number(b.providerQuantity) - Number(a.providerQuantity) || (a.key < b.key ? -1 : 1))
}

async function hoursOf(
  { clickhouse }: Pick<Deps, 'clickhouse'>,
  scope: Scope,
  work: AccountWork,
  day: string,
): Promise<MatchesAnswer['hours']> {
  const start = new Date(Date.parse(day) + (work.facts?.offset ?? 0) * 1000)
  const { calls, provider } = await readHours(clickhouse, scope, {
    provider: work.provider,
    accounts: work.callAccounts,
    connections: work.provided.length > 0 ? work.connections : [],
    start,
  })
  const hours = [...new Set([...calls.map((row) => row.hour), ...provider.map((row) => row.hour)])].sort()
  return hours.map((hour) => {
    const call = calls.find((row) => row.hour === hour)
    const told = provider.find((row) => row.hour === hour)
    return {
      hour,
      providerQuantity: told ? textOf(unitsOf(told.quantity)) : null,
      quantity: call?.quantity ?? '0',
      estimate: textOf(unitsOf(call?.cost ?? '0')),
      calls: call?.calls ?? '0',
    }
  })
}
