import { formatDecimal, parseDecimal } from '../../primitives/money'
import { type Amounts, type CostColumn, costColumns } from './contract'

/** The ledger's last digit: amounts are whole numbers of 10⁻³⁰ of their currency. */
export const scale = 30

/** @throws RangeError for a text that is no decimal or has more than thirty places. */
export function unitsOf(text: string): bigint {
  const parsed = parseDecimal(text)
  if (!parsed) throw new RangeError(`not a decimal: ${text}`)
  if (parsed.scale <= scale) return parsed.units * 10n ** BigInt(scale - parsed.scale)
  const divisor = 10n ** BigInt(parsed.scale - scale)
  if (parsed.units % divisor !== 0n) throw new RangeError(`more than ${scale} places: ${text}`)
  return parsed.units / divisor
}

export const textOf = (units: bigint): string => formatDecimal({ units, scale })

/** The four cost columns in the order of `costColumns`; null where none of the rows has the amount. */
export type Vector = readonly [bigint | null, bigint | null, bigint | null, bigint | null]

export const emptyVector: Vector = [null, null, null, null]

const addNullable = (a: bigint | null, b: bigint | null) => (a === null ? b : b === null ? a : a + b)

export const addVectors = (a: Vector, b: Vector): Vector => [
  addNullable(a[0], b[0]),
  addNullable(a[1], b[1]),
  addNullable(a[2], b[2]),
  addNullable(a[3], b[3]),
]

export const negate = (a: Vector): Vector => a.map((value) => (value === null ? null : -value)) as unknown as Vector

export const columnOf = (vector: Vector, column: CostColumn): bigint | null => vector[costColumns.indexOf(column)]!

export const toAmounts = (vector: Vector): Amounts =>
  Object.fromEntries(
    costColumns.map((column, i) => [column, vector[i] === null ? null : textOf(vector[i]!)]),
  ) as Amounts

export const fromAmounts = (amounts: Amounts): Vector =>
  costColumns.map((column) => (amounts[column] === null ? null : unitsOf(amounts[column]!))) as unknown as Vector
