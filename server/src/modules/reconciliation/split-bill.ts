import type { Scope } from '../../primitives/scope'
import { splitAmount, textOf, unitsOf } from '../allocation'
import type { SplitAnswer, SplitRequest } from './contract'
import { readAccounts, readWeights, type WeightRow } from './read-sides'
import type { AccountWork, Deps } from './reconcile'

type Row = {
  way: SplitAnswer['rows'][number]['way']
  values: string[]
  billed: bigint
  estimate: bigint
  calls: bigint
}

/**
 * Splits the billed money of an account by what its calls say of themselves. Each model's money of a day is split by the cost of
 * its calls on that day, and by their tokens where none has a price; the money behind which no call was seen is a row of its own.
 * Amounts are cut at the ledger's last digit by largest remainder, so the rows add up to the bill.
 */
export async function splitBill(
  { clickhouse }: Deps,
  scope: Scope,
  work: AccountWork | undefined,
  request: SplitRequest,
): Promise<SplitAnswer> {
  if (!work)
    return {
      currency: request.currency ?? '',
      by: request.by,
      billed: '0',
      rows: [],
      proof: { sumOfRows: '0', equal: true },
    }
  const days = { from: request.from, to: request.to }
  const accounts = await readAccounts(clickhouse, scope, days)
  const weights = (await readWeights(clickhouse, scope, days, accounts, work.provider, request.by)).filter((row) =>
    work.callAccounts.includes(row.account),
  )
  const byPeriod = work.level.day === 'period'
  const at = (day: string) => (byPeriod ? days.from : day)
  const inside = (day: string) => day >= days.from && day < days.to
  const cells = new Map<string, WeightRow[]>()
  for (const weight of weights) {
    if (!inside(weight.day)) continue
    const id = `${at(weight.day)}\n${weight.model}`
    cells.set(id, [...(cells.get(id) ?? []), weight])
  }
  const named = new Set(work.matches.map((match) => match.model))
  const rows = new Map<string, Row>()
  const rowOf = (way: Row['way'], values: string[]) => {
    const id = JSON.stringify([way, values])
    const row = rows.get(id) ?? { way, values, billed: 0n, estimate: 0n, calls: 0n }
    rows.set(id, row)
    return row
  }
  // The model of money that no call explains is known all the same, where the bill names it.
  const unseenValues = (model: string) => request.by.map((dimension) => (dimension === 'model' ? model : ''))
  const told = new Set<string>()
  for (const match of work.matches) {
    for (const one of match.explained) {
      const found =
        match.model === ''
          ? [...cells]
              .filter(([id]) => id.startsWith(`${one.day}\n`) && !named.has(id.slice(one.day.length + 1)))
              .flatMap(([, list]) => list)
          : (cells.get(`${one.day}\n${match.model}`) ?? [])
      const shares = sharesOf(found)
      const seen = shares === null ? 0n : one.billed - one.unseen
      const unseen = one.billed - seen
      if (unseen !== 0n) rowOf('not_seen', unseenValues(match.model)).billed += unseen
      if (shares === null) continue
      const parts = splitAmount(seen, shares)
      shares.keys.forEach((key, i) => {
        rowOf('telemetry', JSON.parse(key) as string[]).billed += parts[i]!
      })
      for (const weight of found) {
        const mark = `${weight.day}\n${weight.model}\n${JSON.stringify(weight.values)}\n${weight.account}\n${weight.currency}`
        if (told.has(mark)) continue
        told.add(mark)
        const row = rowOf('telemetry', weight.values)
        row.estimate += unitsOf(weight.cost)
        row.calls += BigInt(weight.calls)
      }
    }
  }
  const fees = [...work.fees.values()].reduce((a, b) => a + b, 0n)
  if (fees !== 0n)
    rowOf(
      'fees',
      request.by.map(() => ''),
    ).billed += fees
  const billed = [...work.usage.values()].reduce((a, b) => a + b, fees)
  if (work.otherCurrency) rowOf('not_seen', unseenValues('')).billed += billed - fees
  const sum = [...rows.values()].reduce((total, row) => total + row.billed, 0n)
  return {
    currency: work.currency,
    by: request.by,
    billed: textOf(billed),
    rows: [...rows.values()]
      .sort((a, b) =>
        a.billed === b.billed ? (a.values.join() < b.values.join() ? -1 : 1) : a.billed < b.billed ? 1 : -1,
      )
      .map((row) => ({
        ...row,
        billed: textOf(row.billed),
        estimate: textOf(row.estimate),
        calls: row.calls.toString(),
      })),
    proof: { sumOfRows: textOf(sum), equal: sum === billed },
  }
}

function sharesOf(weights: readonly WeightRow[]) {
  const costs = sumBy(weights, (weight) => unitsOf(weight.cost))
  const sums = [...costs.values()].some((value) => value > 0n)
    ? costs
    : sumBy(weights, (weight) => BigInt(weight.quantity))
  const entries = [...sums].filter(([, value]) => value > 0n).sort(([a], [b]) => (a < b ? -1 : 1))
  const denominator = entries.reduce((total, [, value]) => total + value, 0n)
  if (denominator === 0n) return null
  return { keys: entries.map(([key]) => key), numerators: entries.map(([, value]) => value), denominator }
}

function sumBy(weights: readonly WeightRow[], measure: (weight: WeightRow) => bigint): Map<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const weight of weights) {
    const key = JSON.stringify(weight.values)
    sums.set(key, (sums.get(key) ?? 0n) + measure(weight))
  }
  return sums
}
