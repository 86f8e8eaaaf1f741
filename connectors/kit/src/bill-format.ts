/**
 * A bill format as data: how a file is recognised and what each FOCUS column is made of, as expressions over the file's
 * own columns. The expressions are rendered into one statement of the ledger's engine, so rows do not pass through here.
 * Columns are named as the provider documents them; case, slashes, dots and underscores do not count (see `columnKey`).
 */
export type BillFormat = {
  id: string
  name: string
  /** ServiceProviderName of what this provider itself sells; also tells the file's batches from those of others. */
  provider: string
  /**
   * Generations of the format: the file is of this format when every column of one of them stands in its header.
   * `a|b` is either of them.
   */
  generations: { name: string; columns: string[] }[]
  /** Of providers whose files are each a part of their own, corrected by further rows and never delivered again. */
  delivery?: 'append'
  /** No other columns than those of the first generation may stand in the header. */
  exact?: boolean
  /** Columns that a file of this format never has. */
  without?: string[]
  /** For formats that share a header: a condition that some row of the file's beginning meets, or a name the file bears. */
  tells?: { row?: Condition; fileName?: RegExp }
  /** Moments. An absent one is derived: a month of the start, a day after the start. */
  times: {
    ChargePeriodStart: Moment
    ChargePeriodEnd?: Moment
    BillingPeriodStart?: Moment
    BillingPeriodEnd?: Moment
  }
  costs: { BilledCost: Cost; EffectiveCost: Cost; ListCost?: Cost | Derived; ContractedCost?: Cost | Derived }
  /** FOCUS text column → what it is made of. */
  texts: Record<string, Text>
  /** FOCUS decimal column other than the four costs. */
  quantities?: Record<string, Quantity>
  tags?: TagSource[]
  /** What is said per row in `x_SourceChanges`; `when` absent says it of all rows. */
  notes?: { when?: Condition; note: string }[]
  /** Columns that are kept as they are beside the row although something above reads them. */
  keeps?: string[]
  /** Source columns that are left out of the ledger, and why. All others that nothing above reads are kept beside the row. */
  leavesOut?: { columns: RegExp; reason: string }[]
}

export type Text =
  | { op: 'column'; names: string[] }
  | { op: 'literal'; value: string }
  | { op: 'first'; of: Text[] }
  | { op: 'cases'; cases: { when: Condition; value: Text }[]; otherwise: Text }
  | { op: 'lookup'; of: Text; table: Record<string, string>; otherwise: Text }
  | { op: 'extract'; of: Text; pattern: string }
  | { op: 'lower'; of: Text }
  | { op: 'without'; of: Text; pattern: string }
  | { op: 'join'; of: Text[] }
  | { op: 'member'; of: Text; keys: string[] }
  | { op: 'object'; texts: Record<string, Text>; numbers: Record<string, Text> }

export type Condition =
  | { op: 'in'; of: Text; values: string[] }
  | { op: 'empty'; of: Text }
  | { op: 'matches'; of: Text; pattern: string }
  | { op: 'zero'; of: Amount }
  | { op: 'before'; a: Moment; b: Moment }
  | { op: 'all' | 'any'; of: Condition[] }
  | { op: 'not'; of: Condition }

/** How numbers are written: with which decimal sign; the other one and spaces separate thousands. */
export type NumberStyle = { decimal: '.' | ',' }

/** A column of numbers; with `member`, a JSON array of objects whose numbers of that key add up to the amount. */
export type Amount = { names: string[]; member?: string; style?: NumberStyle }

/** Of each term the first amount that is there; `sum: null` is unknown, an empty sum is zero. The first case that holds counts. */
export type Cost = {
  cases: { when?: Condition; sum: { first: Amount[]; minus?: boolean }[] | null; unknownWhenZero?: boolean }[]
}

/** A cost that the source does not state as an amount: its source sum cannot be told, so it has no proof. */
export type Derived = { derived: Quantity; how: string }

export type Quantity =
  | { op: 'amount'; of: Amount }
  | { op: 'first'; of: Quantity[] }
  | { op: 'times'; of: [Quantity, Quantity] }
  | { op: 'block'; of: Text }
  | { op: 'when'; when: Condition; value: Quantity; otherwise?: Quantity }

export type DateOrder = 'mdy' | 'dmy'
export type Moment =
  | { op: 'moment'; of: Text; order: DateOrder }
  | { op: 'monthStart'; of: Moment }
  | { op: 'plus'; of: Moment; days?: number; months?: number }
  | { op: 'first'; of: Moment[] }

/** Tags: from columns whose names begin with a prefix, from JSON objects, or from JSON arrays of `{ key, value }`. */
export type TagSource =
  | { from: 'columns'; pattern: RegExp; key: (name: string) => string }
  | { from: 'object'; column: string /** text put before each key */; prefix?: string; strip?: string }
  | { from: 'pairs'; column: string; prefix?: string }

/** What names of columns have in common in all spellings: letters and digits, in lower case. */
export const columnKey = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '')

export const col = (...names: string[]): Text => ({ op: 'column', names })
export const lit = (value: string): Text => ({ op: 'literal', value })
export const first = (...of: Text[]): Text => ({ op: 'first', of })
export const lower = (of: Text): Text => ({ op: 'lower', of })
export const join = (...of: Text[]): Text => ({ op: 'join', of })
/** The first group of a RE2 pattern, or nothing. */
export const extract = (of: Text, pattern: string): Text => ({ op: 'extract', of, pattern })
/** The text with every match of a RE2 pattern taken away. */
export const without = (of: Text, pattern: string): Text => ({ op: 'without', of, pattern })
/** The value of the first of these keys in a JSON object. */
export const member = (of: Text, ...keys: string[]): Text => ({ op: 'member', of, keys })
export const lookup = (of: Text, table: Record<string, string>, otherwise: Text = lit('')): Text => ({
  op: 'lookup',
  of,
  table,
  otherwise,
})
/** `[condition, text]` pairs in order, then what else. */
export const cases = (pairs: [Condition, Text | string][], otherwise: Text | string = ''): Text => ({
  op: 'cases',
  cases: pairs.map(([when, value]) => ({ when, value: asText(value) })),
  otherwise: asText(otherwise),
})
export const object = (texts: Record<string, Text>, numbers: Record<string, Text> = {}): Text => ({
  op: 'object',
  texts,
  numbers,
})
const asText = (value: Text | string): Text => (typeof value === 'string' ? lit(value) : value)

export const isIn = (of: Text, ...values: string[]): Condition => ({ op: 'in', of, values })
export const isEmpty = (of: Text): Condition => ({ op: 'empty', of })
export const matches = (of: Text, pattern: string): Condition => ({ op: 'matches', of, pattern })
export const isZero = (of: Amount): Condition => ({ op: 'zero', of })
export const isBefore = (a: Moment, b: Moment): Condition => ({ op: 'before', a, b })
export const all = (...of: Condition[]): Condition => ({ op: 'all', of })
export const any = (...of: Condition[]): Condition => ({ op: 'any', of })
export const not = (of: Condition): Condition => ({ op: 'not', of })

export const amount = (...names: string[]): Amount => ({ names })
export const amountOf = (of: Amount): Quantity => ({ op: 'amount', of })
export const quantity = (...names: string[]): Quantity => ({ op: 'amount', of: { names } })
export const onlyWhen = (when: Condition, value: Quantity, otherwise?: Quantity): Quantity => ({
  op: 'when',
  when,
  value,
  otherwise,
})
export const times = (a: Quantity, b: Quantity): Quantity => ({ op: 'times', of: [a, b] })
/** The number at the beginning of a unit, `100 Hours` or `10K`; 1 where there is none. */
export const block = (of: Text): Quantity => ({ op: 'block', of })
export const moment = (of: Text, order: DateOrder = 'mdy'): Moment => ({ op: 'moment', of, order })
export const monthStart = (of: Moment): Moment => ({ op: 'monthStart', of })
export const plus = (of: Moment, step: { days?: number; months?: number }): Moment => ({ op: 'plus', of, ...step })
export const firstMoment = (...of: Moment[]): Moment => ({ op: 'first', of })
/** The same amount for every row. */
export const always = (...of: Amount[]): Cost => ({ cases: [{ sum: [{ first: of }] }] })
