import type { PriceBook } from '@infrazen/ai-cost'
import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import { unitsOf } from '../allocation'
import { type PriceBooks, priceUsage } from '../pricing'
import type { PartId } from './contract'
import { type DaySides, type Explained, explainDifference, type LeafSides } from './explain-difference'
import {
  type AccountFacts,
  type BillRow,
  type CallRow,
  type Days,
  type ProviderRow,
  readAccounts,
  readBills,
  readCalls,
  readProviderUsage,
} from './read-sides'

/** One model and key of an account, over the days that are billed. Sides and explanations are in the same order. */
export type Match = { model: string; key: string; days: DaySides[]; explained: Explained[]; calls: Map<string, bigint> }

/** One provider account in one currency, both sides brought together. Amounts are whole numbers of 10⁻³⁰ of the currency. */
export type AccountWork = {
  provider: string
  /** '' where calls name no account and several are billed */
  account: string
  accountName: string
  /** accounts and sub accounts that calls of this row may name */
  callAccounts: string[]
  connections: string[]
  currency: string
  facts: AccountFacts | null
  level: {
    account: 'account' | 'provider'
    day: 'day' | 'period'
    key: boolean
    quantity: 'bill' | 'provider_usage' | 'none'
    currency: 'billing' | 'pricing'
  }
  otherCurrency: boolean
  matches: Match[]
  /** by day */
  fees: Map<string, bigint>
  usage: Map<string, bigint>
  invoiced: Map<string, bigint>
  estimate: Map<string, bigint>
  openEstimate: Map<string, bigint>
  /** whether a call of an open day has a price, or there is none */
  openIsPriced: boolean
  calls: Map<string, bigint>
  providerUsage: Map<string, bigint>
  /** tokens of calls by key; null where calls name none */
  calledByKey: { day: string; key: string; quantity: bigint }[] | null
  bills: BillRow[]
  provided: ProviderRow[]
  /** days from the first to the last line of the bill */
  billedDays: Set<string>
}

export type Deps = { clickhouse: ClickHouse; books: PriceBooks }

const dayMs = 86_400_000
const next = (day: string, by = 1) => new Date(Date.parse(day) + by * dayMs).toISOString().slice(0, 10)
const plus = (map: Map<string, bigint>, key: string, value: bigint) => map.set(key, (map.get(key) ?? 0n) + value)

/** Bill, provider usage and calls of a period brought together by account, day, model and key, and their difference explained. */
export async function reconcile({ clickhouse, books }: Deps, scope: Scope, days: Days): Promise<AccountWork[]> {
  const accounts = await readAccounts(clickhouse, scope, days)
  const [bills, calls, provided, book] = await Promise.all([
    readBills(clickhouse, scope, days, accounts),
    readCalls(clickhouse, scope, days, accounts),
    readProviderUsage(clickhouse, scope, days, accounts),
    books.of(scope),
  ])
  const works = rowsOf(accounts, bills, calls)
  for (const work of works) fill(work, days, calls, provided, book)
  return works.filter(
    (work) =>
      work.billedDays.size > 0 || [...work.openEstimate.values()].some((value) => value !== 0n) || work.calls.size > 0,
  )
}

/** One row an account and currency; calls of an account without a bill get a row of their own. */
function rowsOf(accounts: AccountFacts[], bills: BillRow[], calls: CallRow[]): AccountWork[] {
  const works: AccountWork[] = []
  for (const provider of new Set([...accounts.map((a) => a.provider), ...calls.map((c) => c.provider)])) {
    const billed = accounts.filter((account) => account.provider === provider)
    const named = new Set(calls.filter((call) => call.provider === provider).map((call) => call.account))
    const together = billed.length > 1 && named.has('')
    const groups = together ? [billed] : billed.map((account) => [account])
    const taken = new Set<string>()
    for (const group of groups) {
      const known = new Set(group.flatMap((account) => [account.account, ...account.subAccounts]))
      if (billed.length === 1 || together) known.add('')
      for (const name of known) taken.add(name)
      const ofGroup = bills.filter(
        (bill) => bill.provider === provider && group.some((account) => account.account === bill.account),
      )
      const mine = calls.filter((call) => call.provider === provider && known.has(call.account))
      const spoken = new Set(mine.filter((call) => unitsOf(call.cost) !== 0n).map((call) => call.currency))
      for (const currency of new Set(ofGroup.map((bill) => bill.currency))) {
        const inCurrency = ofGroup.filter((bill) => bill.currency === currency)
        const pricing = [...new Set(inCurrency.map((bill) => bill.pricingCurrency))]
        const byPricing =
          spoken.size > 0 &&
          !spoken.has(currency) &&
          pricing.length === 1 &&
          spoken.has(pricing[0]!) &&
          inCurrency.every((bill) => bill.priced !== null)
        works.push({
          ...empty(provider, together ? '' : group[0]!.account, byPricing ? pricing[0]! : currency),
          accountName: together ? '' : group[0]!.accountName,
          callAccounts: [...known],
          connections: group.flatMap((account) => account.connections),
          facts: group[0]!,
          level: {
            account: named.has('') ? 'provider' : 'account',
            day: group.some((account) => account.longest > 90_000) ? 'period' : 'day',
            key: false,
            quantity: 'none',
            currency: byPricing ? 'pricing' : 'billing',
          },
          otherCurrency: !byPricing && spoken.size > 0 && !spoken.has(currency),
          bills: byPricing
            ? inCurrency.map((bill) => ({ ...bill, billed: bill.priced!, invoiced: bill.invoicedPriced }))
            : inCurrency,
        })
      }
    }
    // Calls priced in a currency that no bill of theirs has stand for themselves.
    for (const work of works.filter((each) => each.provider === provider && each.otherCurrency)) {
      const apart = calls.filter(
        (call) => call.provider === provider && work.callAccounts.includes(call.account) && unitsOf(call.cost) !== 0n,
      )
      for (const currency of new Set(apart.map((call) => call.currency)))
        if (
          !works.some(
            (each) => each.provider === provider && each.account === work.account && each.currency === currency,
          )
        )
          works.push({
            ...empty(provider, work.account, currency),
            accountName: work.accountName,
            callAccounts: work.callAccounts,
            otherCurrency: true,
          })
    }
    for (const account of named)
      if (!taken.has(account))
        for (const currency of new Set(
          calls.filter((call) => call.provider === provider && call.account === account).map((call) => call.currency),
        ))
          works.push({ ...empty(provider, account, currency), callAccounts: [account] })
  }
  return works
}

const empty = (provider: string, account: string, currency: string): AccountWork => ({
  provider,
  account,
  accountName: '',
  callAccounts: [],
  connections: [],
  currency,
  facts: null,
  level: { account: 'account', day: 'day', key: false, quantity: 'none', currency: 'billing' },
  otherCurrency: false,
  matches: [],
  fees: new Map(),
  usage: new Map(),
  invoiced: new Map(),
  estimate: new Map(),
  openEstimate: new Map(),
  openIsPriced: true,
  calls: new Map(),
  providerUsage: new Map(),
  calledByKey: null,
  bills: [],
  provided: [],
  billedDays: new Set(),
})

function fill(work: AccountWork, days: Days, allCalls: CallRow[], allProvided: ProviderRow[], book: PriceBook): void {
  const inside = (day: string) => day >= days.from && day < days.to
  const byPeriod = work.level.day === 'period'
  const at = (day: string) => (byPeriod ? days.from : day)
  const usageLines = work.bills.filter((bill) => bill.usage)
  const lineDays = usageLines.map((bill) => bill.day).sort()
  const first = lineDays[0] ?? ''
  const last = lineDays.at(-1) ?? ''
  const isBilled = (day: string) => byPeriod || (first !== '' && day >= first && day <= last)
  if (first !== '')
    for (let day = [first, days.from].sort()[1]!; day <= last && day < days.to; day = next(day))
      work.billedDays.add(day)
  const sameCurrency = (call: CallRow) =>
    call.currency === work.currency || (unitsOf(call.cost) === 0n && work.facts !== null)
  const calls = allCalls.filter(
    (call) => call.provider === work.provider && work.callAccounts.includes(call.account) && sameCurrency(call),
  )
  work.provided = allProvided.filter(
    (row) =>
      work.connections.includes(row.connection) &&
      (work.account === '' || row.account === '' || work.callAccounts.includes(row.account)),
  )
  for (const call of calls) {
    if (!inside(call.day)) continue
    const cost = unitsOf(call.cost)
    const open = !isBilled(call.day)
    plus(open ? work.openEstimate : work.estimate, open ? call.day : at(call.day), cost)
    if (!open) plus(work.calls, at(call.day), BigInt(call.calls))
    else if (!work.facts) plus(work.calls, call.day, BigInt(call.calls))
  }
  const openCalls = calls.filter((call) => inside(call.day) && !isBilled(call.day) && call.leaf !== '')
  work.openIsPriced = openCalls.length === 0 || openCalls.some((call) => call.unpriced !== call.quantity)
  for (const bill of work.bills) {
    if (!inside(bill.day)) continue
    plus(bill.usage ? work.usage : work.fees, at(bill.day), unitsOf(bill.billed))
    plus(work.invoiced, at(bill.day), unitsOf(bill.invoiced))
  }
  for (const row of work.provided)
    if (inside(row.day) && isBilled(row.day)) plus(work.providerUsage, at(row.day), priceOf(book, row, work))
  const quantities = usageLines.every((bill) => bill.quantity !== null || bill.leaf === 'other' || bill.leaf === '')
  const told = usageLines.some((bill) => bill.quantity !== null)
  work.level.quantity =
    told && quantities ? 'bill' : work.provided.length > 0 ? 'provider_usage' : told ? 'bill' : 'none'
  if (work.facts && !work.otherCurrency) matchUp(work, days, calls, { isBilled, at, byPeriod })
}

/**
 * Provider usage at the price book; what has no price adds nothing and stays visible as the difference. One unit is priced and
 * multiplied: the sum of many calls is no long prompt, which has prices of its own.
 */
function priceOf(book: PriceBook, row: ProviderRow, work: AccountWork): bigint {
  const priced = priceUsage(
    book,
    {
      provider: row.connector,
      model: row.rawModel,
      requestModel: row.rawModel,
      serviceTier: row.term === 'standard' ? '' : row.tier,
      // Providers do not tell visible text and reasoning apart in their reports, and both cost the same.
      leaves: [{ unit: row.unit === 'output.text' ? 'output.text.visible' : row.unit, quantity: 1 }],
    },
    row.region,
    new Date(`${row.day}T12:00:00Z`),
  )
  if (priced.cost === null || priced.currency !== work.currency) return 0n
  return (unitsOf(priced.cost) * unitsOf(row.quantity)) / unitsOf('1')
}

type Cell = { model: string; key: string; day: string; leaves: Map<string, Leaf>; lines: number; calls: bigint }
type Leaf = { -readonly [K in keyof LeafSides]: LeafSides[K] }

function matchUp(
  work: AccountWork,
  days: Days,
  calls: CallRow[],
  { isBilled, at, byPeriod }: { isBilled: (day: string) => boolean; at: (day: string) => string; byPeriod: boolean },
): void {
  // A day on either side is looked at as well: calls near midnight may stand there. It is not reported.
  const from = next(days.from, -1)
  const to = next(days.to)
  const near = (day: string) => (byPeriod ? day >= days.from && day < days.to : day >= from && day < to)
  const lines = work.bills.filter((bill) => bill.usage && near(bill.day))
  const counted = calls.filter((call) => near(call.day) && isBilled(call.day))
  const provided = work.provided.filter((row) => near(row.day) && isBilled(row.day))
  const namesKeys = (rows: readonly { key: string }[]) => rows.length > 0 && rows.every((row) => row.key !== '')
  const callsNameKeys = namesKeys(counted)
  const byKey = callsNameKeys && namesKeys(lines) && (provided.length === 0 || namesKeys(provided))
  if (callsNameKeys)
    work.calledByKey = counted
      .filter((call) => call.leaf !== 'other' && call.leaf !== '')
      .map((call) => ({ day: at(call.day), key: call.key, quantity: unitsOf(call.quantity) }))
  work.level.key = byKey
  const keyOf = (row: { key: string }) => (byKey ? row.key : '')
  // Where lines of the bill name no model, calls of models that no line names meet them together.
  const nameless = new Set(
    lines.filter((bill) => bill.model === '' && bill.leaf !== 'other').map((bill) => at(bill.day)),
  )
  const namedOn = new Set(lines.map((bill) => `${at(bill.day)}\n${bill.model}`))
  const modelOf = (row: { model: string; day: string }) =>
    nameless.has(at(row.day)) && !namedOn.has(`${at(row.day)}\n${row.model}`) ? '' : row.model

  const cells = new Map<string, Cell>()
  const cellOf = (model: string, key: string, day: string): Cell => {
    const id = `${model}\n${key}\n${day}`
    let cell = cells.get(id)
    if (!cell) {
      cell = { model, key, day, leaves: new Map(), lines: 0, calls: 0n }
      cells.set(id, cell)
    }
    return cell
  }
  const leafOf = (cell: Cell, leaf: string, term: string): Leaf => {
    const id = `${leaf}\n${term}`
    let found = cell.leaves.get(id)
    if (!found) {
      found = {
        leaf,
        term,
        billed: 0n,
        billedQuantity: null,
        providerQuantity: null,
        estimate: 0n,
        quantity: 0n,
        unpricedQuantity: 0n,
        nearStart: 0n,
        nearEnd: 0n,
        recordedLater: 0n,
      }
      cell.leaves.set(id, found)
    }
    return found
  }
  for (const bill of lines) {
    const cell = cellOf(bill.model, keyOf(bill), at(bill.day))
    const leaf = leafOf(cell, bill.leaf, bill.term)
    leaf.billed += unitsOf(bill.billed)
    if (bill.quantity !== null && bill.leaf !== '')
      leaf.billedQuantity = (leaf.billedQuantity ?? 0n) + unitsOf(bill.quantity)
    cell.lines += Number(bill.lines)
  }
  for (const row of provided) {
    const leaf = leafOf(cellOf(modelOf(row), keyOf(row), at(row.day)), row.leaf, row.term)
    leaf.providerQuantity = (leaf.providerQuantity ?? 0n) + unitsOf(row.quantity)
  }
  for (const call of counted) {
    const cell = cellOf(modelOf(call), keyOf(call), at(call.day))
    cell.calls += BigInt(call.calls)
    if (call.leaf === '') continue
    const leaf = leafOf(cell, call.leaf, call.term)
    leaf.estimate += unitsOf(call.cost)
    leaf.quantity += unitsOf(call.quantity)
    leaf.unpricedQuantity += unitsOf(call.unpriced)
    leaf.nearStart += unitsOf(call.nearStart)
    leaf.nearEnd += unitsOf(call.nearEnd)
    leaf.recordedLater += unitsOf(call.recordedLater)
  }
  const groups = new Map<string, Cell[]>()
  for (const cell of cells.values()) {
    const id = `${cell.model}\n${cell.key}`
    groups.set(id, [...(groups.get(id) ?? []), cell])
  }
  const { recordedAt = '', offset = 0, digits = 0 } = work.facts ?? {}
  for (const group of groups.values()) {
    const byDay = new Map(group.map((cell) => [cell.day, cell]))
    const present = [...byDay.keys()].sort()
    const first = present[0]!
    const last = present.at(-1)!
    const sides: DaySides[] = []
    for (let day = first; day <= last; day = next(day)) {
      const cell = byDay.get(day)
      const end = new Date(Date.parse(byPeriod ? days.to : next(day)) + offset * 1000).toISOString()
      sides.push({
        day,
        leaves: cell ? [...cell.leaves.values()] : [],
        lines: cell?.lines ?? 0,
        cutShort: recordedAt !== '' && recordedAt < `${end.slice(0, 19)}Z`,
      })
    }
    const explained = explainDifference(sides, digits)
    const kept = sides.flatMap((side, i) =>
      side.day >= days.from && side.day < days.to && byDay.has(side.day) ? [i] : [],
    )
    if (kept.length === 0) continue
    work.matches.push({
      model: group[0]!.model,
      key: group[0]!.key,
      days: kept.map((i) => sides[i]!),
      explained: kept.map((i) => explained[i]!),
      calls: new Map(group.map((cell) => [cell.day, cell.calls])),
    })
  }
}

/** Sums of an account over some of its days; `null` days are all. */
export type Figures = {
  billed: bigint
  usage: bigint
  invoiced: bigint
  estimate: bigint
  providerUsage: bigint | null
  explained: bigint
  calls: bigint
  parts: Map<PartId, bigint>
}

const sumAt = (map: Map<string, bigint>, only: string | null) =>
  only === null ? [...map.values()].reduce((a, b) => a + b, 0n) : (map.get(only) ?? 0n)

export function figuresOf(work: AccountWork, only: string | null): Figures {
  const usage = sumAt(work.usage, only)
  const fees = sumAt(work.fees, only)
  const parts = new Map<PartId, bigint>()
  let gaps = 0n
  for (const match of work.matches)
    for (const one of match.explained) {
      if (only !== null && one.day !== only) continue
      for (const [id, amount] of one.parts) {
        parts.set(id, (parts.get(id) ?? 0n) + amount)
        if (gapIds.has(id) && amount > 0n) gaps += amount
        else if (id === 'other') gaps -= amount
      }
    }
  if (fees !== 0n) parts.set('fees', fees)
  const explained = usage - gaps
  return {
    billed: usage + fees,
    usage,
    invoiced: sumAt(work.invoiced, only),
    estimate: sumAt(work.estimate, only),
    providerUsage: work.provided.length === 0 ? null : sumAt(work.providerUsage, only),
    explained: explained < 0n || usage < 0n ? 0n : explained,
    calls: sumAt(work.calls, only),
    parts,
  }
}
/** Billed money that calls do not account for. */
const gapIds = new Set<PartId>(['missing_key', 'unpriced', 'late', 'other'])

export const addFigures = (a: Figures, b: Figures): Figures => ({
  billed: a.billed + b.billed,
  usage: a.usage + b.usage,
  invoiced: a.invoiced + b.invoiced,
  estimate: a.estimate + b.estimate,
  providerUsage: a.providerUsage === null ? b.providerUsage : a.providerUsage + (b.providerUsage ?? 0n),
  explained: a.explained + b.explained,
  calls: a.calls + b.calls,
  parts: new Map(
    [...new Set([...a.parts.keys(), ...b.parts.keys()])].map((id) => [
      id,
      (a.parts.get(id) ?? 0n) + (b.parts.get(id) ?? 0n),
    ]),
  ),
})
