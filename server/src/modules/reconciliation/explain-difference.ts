import { exact, unitsOf } from '../allocation'
import type { PartId } from './contract'

type Ratio = exact.Ratio
const { add, compare, multiply, ratio, subtract, zero } = exact

/**
 * One leaf and term of a model on one day, as each side knows it. Amounts are whole numbers of 10⁻³⁰ of one currency,
 * quantities of 10⁻³⁰ of the leaf's unit.
 */
export type LeafSides = {
  /** input, cache_read, cache_write, output, other; '' where the bill does not say */
  readonly leaf: string
  /** standard, batch or another service tier */
  readonly term: string
  readonly billed: bigint
  /** null where the bill does not state it */
  readonly billedQuantity: bigint | null
  /** null where the provider's own count is not read */
  readonly providerQuantity: bigint | null
  readonly estimate: bigint
  readonly quantity: bigint
  readonly unpricedQuantity: bigint
  /** of `quantity`: calls within an hour of the day's start and end, and calls that were recorded on a later day */
  readonly nearStart: bigint
  readonly nearEnd: bigint
  readonly recordedLater: bigint
}

export type DaySides = {
  /** YYYY-MM-DD */
  readonly day: string
  readonly leaves: readonly LeafSides[]
  /** lines of the bill, for what rounding may amount to */
  readonly lines: number
  /** The bill was written before this day was over. */
  readonly cutShort: boolean
}

export type Explained = {
  readonly day: string
  readonly billed: bigint
  readonly estimate: bigint
  /** Adds up to `billed - estimate`. */
  readonly parts: ReadonlyMap<PartId, bigint>
  /** Billed money whose calls telemetry did not see. */
  readonly unseen: bigint
}

type Place = {
  leaf: string
  term: string
  /** price of a unit on the bill, and of a unit in telemetry with unpriced units at nothing */
  price: Ratio
  rate: Ratio
  unpricedShare: Ratio
  over: Ratio
  short: Ratio
  sides: LeafSides
}

/** What the provider says was used, and the money for it. */
type Used = { sides: LeafSides; money: Ratio; used: Ratio }

type Working = {
  day: DaySides
  billed: bigint
  estimate: bigint
  places: Place[]
  parts: Map<PartId, Ratio>
}

const inputs = new Set(['input', 'cache_read', 'cache_write'])
const familyOf = (leaf: string) => (inputs.has(leaf) ? 'input' : leaf)
const whole = (units: bigint) => ratio(units)
const least = (...values: Ratio[]) => values.reduce((a, b) => (compare(a, b) <= 0 ? a : b))
const positive = (value: Ratio) => value.n > 0n
const sumOf = (values: Iterable<bigint>) => [...values].reduce((total, value) => total + value, 0n)

/**
 * Splits bill minus estimate of one model (and key) into parts, for consecutive days of one account. The same tokens are looked for
 * first on the same leaf and term, then on another term of the leaf (batch, tier), then on another leaf of the prompt (cache), then
 * near midnight on the neighbouring day (late). What the bill has beyond them was never seen, what telemetry has beyond them was
 * never billed. Each unit is counted once, so the parts add up to the difference; they are rounded at the ledger's last digit by
 * largest remainder.
 * @param digits decimal places of the bill's amounts
 */
export function explainDifference(days: readonly DaySides[], digits: number): Explained[] {
  const worked = days.map((day) => startOf(day, digits))
  for (const { places, parts } of worked) {
    for (const [leaf, group] of groupBy(places, (place) => place.leaf)) {
      if (leaf === '') continue
      const moving = group.filter((place) => positive(place.over) || positive(place.short))
      move(moving, parts, moving.some((place) => place.term === 'batch') ? 'batch' : 'tier')
    }
    for (const [family, group] of groupBy(places, (place) => familyOf(place.leaf)))
      if (family === 'input') move(group, parts, 'cache')
  }
  for (let i = 0; i < worked.length; i++) {
    meetNeighbour(worked[i]!, worked[i - 1], 'nearEnd')
    meetNeighbour(worked[i]!, worked[i + 1], 'nearStart')
  }
  return worked.map(finish)
}

function startOf(day: DaySides, digits: number): Working {
  const billed = sumOf(day.leaves.map((leaf) => leaf.billed))
  const estimate = sumOf(day.leaves.map((leaf) => leaf.estimate))
  const working: Working = { day, billed, estimate, places: [], parts: new Map() }
  // A charge for something else than tokens, whose unit nobody states, shall not hide what is known of the tokens.
  const tokens = day.leaves.filter((leaf) => leaf.leaf !== 'other')
  const others = day.leaves.filter((leaf) => leaf.leaf === 'other')
  for (const leaves of [tokens, others]) {
    if (leaves.length === 0) continue
    const known = withQuantities(leaves)
    if (known === null) coarse(working, leaves, digits)
    else place(working, known, digits)
  }
  return working
}

function place(working: Working, leaves: readonly Used[], digits: number): void {
  let priced = zero
  let matchedMoney = zero
  for (const { sides, money, used } of leaves) {
    const total = sides.quantity
    const price = used.n === 0n ? zero : exact.divide(money, used)
    // Money on a line without any usage has no unit price.
    if (used.n === 0n) book(working.parts, 'other', money)
    const rate = total === 0n ? zero : ratio(sides.estimate, total)
    if (total === 0n) book(working.parts, 'other', whole(-sides.estimate))
    const unpricedShare = total === 0n ? zero : ratio(sides.unpricedQuantity, total)
    const matched = least(used, whole(total))
    const atBill = multiply(matched, price)
    const unpriced = multiply(atBill, unpricedShare)
    book(working.parts, 'unpriced', unpriced)
    priced = add(priced, subtract(subtract(atBill, unpriced), multiply(matched, rate)))
    matchedMoney = add(matchedMoney, atBill)
    working.places.push({
      leaf: sides.leaf,
      term: sides.term,
      price,
      rate,
      unpricedShare,
      sides,
      short: subtract(used, matched),
      over: subtract(whole(total), matched),
    })
  }
  book(working.parts, within(priced, matchedMoney, working.day.lines, digits) ? 'rounding' : 'price', priced)
}

/** Nobody says how much was used, so the money alone is compared. */
function coarse({ day, parts }: Working, leaves: readonly LeafSides[], digits: number): void {
  const billed = sumOf(leaves.map((leaf) => leaf.billed))
  const estimate = sumOf(leaves.map((leaf) => leaf.estimate))
  const difference = whole(billed - estimate)
  const used = sumOf(leaves.map((leaf) => leaf.quantity))
  const unpriced = sumOf(leaves.map((leaf) => leaf.unpricedQuantity))
  const part: PartId =
    used === 0n && estimate === 0n
      ? 'missing_key'
      : unpriced === used && estimate === 0n
        ? 'unpriced'
        : billed === 0n
          ? day.cutShort
            ? 'late'
            : 'telemetry_only'
          : within(difference, whole(billed), day.lines, digits)
            ? 'rounding'
            : 'other'
  book(parts, part, difference)
}

/**
 * What the provider says was used of each leaf and term: the bill's own quantities, else the provider's count, over which a price
 * that does not tell terms apart is spread. Null where neither is known for all of the money.
 */
function withQuantities(leaves: readonly LeafSides[]): Used[] | null {
  if (leaves.some((leaf) => leaf.leaf === '' && leaf.billed !== 0n)) return null
  const known = leaves.every((leaf) => leaf.billed === 0n || leaf.billedQuantity !== null)
  if (known)
    return leaves.map((sides) => ({ sides, money: whole(sides.billed), used: whole(sides.billedQuantity ?? 0n) }))
  const result: Used[] = []
  for (const [, group] of groupBy(leaves, (leaf) => leaf.leaf)) {
    const billed = sumOf(group.map((leaf) => leaf.billed))
    const used = sumOf(group.map((leaf) => leaf.providerQuantity ?? 0n))
    if (billed !== 0n && used === 0n) return null
    const direct =
      group.every((leaf) => leaf.billed === 0n || (leaf.providerQuantity ?? 0n) > 0n) &&
      group.every((leaf) => (leaf.providerQuantity ?? 0n) === 0n || leaf.billed !== 0n)
    for (const sides of group) {
      const part = sides.providerQuantity ?? 0n
      const money = direct ? whole(sides.billed) : used === 0n ? zero : ratio(billed * part, used)
      result.push({ sides, money, used: whole(part) })
    }
  }
  return result
}

/** Units that one side has on these places and the other on others of them: `part` is what their prices differ by. */
function move(places: readonly Place[], parts: Map<PartId, Ratio>, part: PartId): void {
  const short = exact.sum(places.map((place) => place.short))
  const over = exact.sum(places.map((place) => place.over))
  const moved = least(short, over)
  if (!positive(moved)) return
  let atBill = zero
  let atBook = zero
  let unpriced = zero
  for (const place of places) {
    const given = exact.divide(multiply(place.short, moved), short)
    const taken = exact.divide(multiply(place.over, moved), over)
    atBill = add(atBill, multiply(given, place.price))
    atBook = add(atBook, multiply(taken, place.rate))
    unpriced = add(unpriced, multiply(taken, place.unpricedShare))
    place.short = subtract(place.short, given)
    place.over = subtract(place.over, taken)
  }
  const unknown = multiply(atBill, exact.divide(unpriced, moved))
  book(parts, 'unpriced', unknown)
  book(parts, part, subtract(subtract(atBill, unknown), atBook))
}

/** Calls near midnight that telemetry puts on the neighbouring day, and calls that it recorded a day later. */
function meetNeighbour(here: Working, there: Working | undefined, edge: 'nearStart' | 'nearEnd'): void {
  if (!there) return
  for (const place of here.places) {
    if (!positive(place.short)) continue
    const other = there.places.find((each) => each.leaf === place.leaf && each.term === place.term)
    if (!other || !positive(other.over)) continue
    // A batch is billed when it is done, up to a day after it was sent.
    const may =
      place.term === 'batch'
        ? other.sides.quantity
        : edge === 'nearEnd' && other.sides.recordedLater > other.sides.nearEnd
          ? other.sides.recordedLater
          : other.sides[edge]
    const moved = least(place.short, other.over, whole(may))
    if (!positive(moved)) continue
    book(here.parts, 'late', multiply(moved, place.price))
    book(there.parts, 'late', multiply(ratio(-moved.n, moved.d), other.rate))
    place.short = subtract(place.short, moved)
    other.over = subtract(other.over, moved)
  }
}

function finish({ day, billed, estimate, places, parts }: Working): Explained {
  for (const place of places) {
    book(parts, 'missing_key', multiply(place.short, place.price))
    const never = multiply(place.over, place.rate)
    book(parts, day.cutShort ? 'late' : 'telemetry_only', ratio(-never.n, never.d))
  }
  const rounded = roundParts(parts, billed - estimate)
  const unseen = rounded.get('missing_key') ?? 0n
  return { day: day.day, billed, estimate, parts: rounded, unseen }
}

/** Rounds parts to whole units so that they add up to `total`, by largest remainder. */
function roundParts(parts: ReadonlyMap<PartId, Ratio>, total: bigint): Map<PartId, bigint> {
  const floors = [...parts]
    .filter(([, value]) => value.n !== 0n)
    .map(([id, { n, d }]) => {
      const rest = ((n % d) + d) % d
      return { id, value: (n - rest) / d, loss: ratio(rest, d) }
    })
    .sort((a, b) => compare(b.loss, a.loss) || (a.id < b.id ? -1 : 1))
  let left = total - sumOf(floors.map((part) => part.value))
  for (const part of floors) {
    if (left <= 0n) break
    part.value += 1n
    left -= 1n
  }
  if (left !== 0n) throw new RangeError('the parts do not add up to the difference')
  return new Map(floors.filter((part) => part.value !== 0n).map((part) => [part.id, part.value]))
}

const one = unitsOf('1')

/** Half a unit of the bill's last digit on each line, and what doubles lose in any case. */
function within(difference: Ratio, money: Ratio, lines: number, digits: number): boolean {
  const size = difference.n < 0n ? ratio(-difference.n, difference.d) : difference
  const base = money.n < 0n ? ratio(-money.n, money.d) : money
  const byLines = ratio(one * BigInt(lines), 2n * 10n ** BigInt(digits))
  const byDoubles = ratio(base.n, base.d * 1_000_000_000n)
  return compare(size, byLines) <= 0 || compare(size, byDoubles) <= 0
}

function book(parts: Map<PartId, Ratio>, id: PartId, amount: Ratio): void {
  if (amount.n !== 0n) parts.set(id, add(parts.get(id) ?? zero, amount))
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const value of values) {
    const key = keyOf(value)
    const group = groups.get(key)
    if (group) group.push(value)
    else groups.set(key, [value])
  }
  return groups
}
