import {
  type BillFormat,
  BillSql,
  type Cost,
  costReading,
  type Derived,
  headerOf,
  sumOfCost,
} from '@infrazen/connector-kit'
import { addScaled, type Scaled } from '../../../primitives/money'
import { literal } from '../../../storage/clickhouse'
import type { SourceField } from './source-reader'
import { type ColumnPlan, costColumns, type MoneyColumn, type TargetColumn } from './understand-columns'

const differs = /(resource|instance|item|reference|request|trace|event)[/_. ]?(id|no)$|global_?name$|additional_?info$/i
/** Many columns in and out and many steps between: smaller blocks keep an insert within its memory. */
const blocks = {
  max_block_size: 16_384,
  input_format_parquet_max_block_size: 16_384,
  min_insert_block_size_bytes: 64_000_000,
  max_memory_usage: 1_200_000_000,
}
const isCost = (cost: Cost | Derived | undefined): cost is Cost => cost !== undefined && 'cases' in cost
const inRange = (value: string) =>
  `(isNotNull(${value}) AND ${value} >= toDateTime64('1971-01-01', 3, 'UTC') AND ${value} < toDateTime64('2105-01-01', 3, 'UTC'))`
const asTime = (value: string) => `toDateTime(assumeNotNull(${value}), 'UTC')`

/**
 * How a file of a provider's own format becomes ledger rows; the shape is that of `understandColumns` for FOCUS.
 * @param fields the columns of the file, in file order
 * @param targets the ledger's FOCUS columns
 * @param options.currency ISO 4217 code for a file that names none
 */
export function understandBill(
  format: BillFormat,
  fields: SourceField[],
  targets: TargetColumn[],
  options: { currency?: string },
): ColumnPlan {
  const names = fields.map((field) => field.name)
  const header = headerOf(names)
  const cellText = (at: number) => (fields[at]!.kind === 'text' ? `c${at}` : `ifNull(toString(c${at}), '')`)
  const cells = {
    text: cellText,
    exact: (at: number) => (fields[at]!.kind === 'exact' ? `CAST(c${at}, 'Nullable(Decimal(76, 30))')` : null),
    time: (at: number) => (fields[at]!.kind === 'time' ? `CAST(c${at}, 'Nullable(DateTime64(3, \\'UTC\\'))')` : null),
  }
  const sql = new BillSql(header, cells)
  const values = new Map<string, string>()
  const refusals: ColumnPlan['refusals'] = []
  const unfit: string[] = []
  const findings: ColumnPlan['findings'] = []
  const changes: string[] = []
  const nameOf = (index: number | undefined, otherwise: string) => (index === undefined ? otherwise : names[index]!)
  const refuse = (index: number | undefined, column: string, code: string, message: string, condition: string) =>
    refusals.push({ column: nameOf(index, column), index: index ?? null, code, message, condition })
  /** Which columns an expression reads first. */
  const leaves = (read: (sql: BillSql) => unknown): number[] => {
    const own = new BillSql(header, cells)
    read(own)
    return [...own.read]
  }

  for (const { name, type } of targets) {
    const text = type === 'text' ? format.texts[name] : undefined
    if (text === undefined || name === 'BillingCurrency') continue
    const value = sql.text(text)
    if (value !== "''") values.set(name, value)
  }
  const currency = moneyText()
  const moments = periods()
  const costs = money()
  for (const [name, quantity] of Object.entries(format.quantities ?? {})) {
    const value = sql.quantity(quantity)
    if (value !== null) values.set(name, value)
  }
  // A unit says nothing without its quantity.
  for (const [unit, of] of [
    ['PricingUnit', 'PricingQuantity'],
    ['ConsumedUnit', 'ConsumedQuantity'],
  ] as const)
    if (values.has(unit) && values.has(of)) values.set(unit, `if(isNull(${values.get(of)}), '', ${values.get(unit)})`)
    else values.delete(unit)
  const tags = format.tags === undefined ? null : sql.tags(format.tags)
  if (tags !== null) values.set('Tags', `if(length(${tags}) = 0, '', toJSONString(${tags}))`)
  const notes = notesSql()
  checkCells()

  const reading = costReading([...costs.values()], header)
  const placing = leaves((own) => {
    own.text(format.texts.BillingAccountId ?? { op: 'literal', value: '' })
    own.moment(format.times.BillingPeriodStart ?? format.times.ChargePeriodStart)
    own.moment(format.times.ChargePeriodStart)
    own.text(format.texts.BillingCurrency ?? { op: 'literal', value: '' })
  })
  // Amounts and identifiers differ from row to row; the other texts of a bill, rates and rare amounts too, repeat.
  const varies = new Set(
    leaves((own) => {
      own.cost(format.costs.BilledCost)
      if (isCost(format.costs.ListCost)) own.cost(format.costs.ListCost)
      for (const column of ['ConsumedQuantity', 'PricingQuantity'])
        if (format.quantities?.[column]) own.quantity(format.quantities[column])
    }).filter((at) => sql.numbers.has(at)),
  )
  return {
    names: uniqueNames(names),
    values,
    unfit: unfit.map((condition) => `(${condition})`).join(' OR '),
    refusals,
    extra: extra(),
    changes,
    definitions: sql.definitions,
    settings: blocks,
    changesSql: notes,
    tagsSql: tags === null ? undefined : `CAST(${tags}, 'Map(LowCardinality(String), String)')`,
    findings,
    focusVersion: null,
    repeats: (at) => (fields[at]!.dictionary ?? false) && !varies.has(at) && !differs.test(names[at]!),
    cellText,
    amount: (column) => (costs.has(column) ? sql.cost(costs.get(column)!) : null),
    readsText: (at) => fields[at]?.kind === 'text',
    currencyText: () => currency,
    scopeSql: {
      provider: literal(format.provider),
      account: sql.text(format.texts.BillingAccountId ?? { op: 'literal', value: '' }),
      periodStart: values.get('BillingPeriodStart')!,
      periodEnd: values.get('BillingPeriodEnd')!,
    },
    unplaced: `NOT ${inRange(moments.BillingPeriodStart)}`,
    source: {
      amounts: reading.amounts,
      texts: [...new Set([...placing, ...reading.texts])],
      presence: [...reading.presence],
      sums: new Map(
        [...costs].map(([column, cost]) => [
          column,
          (group) =>
            sumOfCost<Scaled>(cost, header, group, (a, b, minus) =>
              addScaled(a ?? { units: 0n, scale: 0 }, minus ? { units: -b.units, scale: b.scale } : b),
            ),
        ]),
      ),
    },
    provider: format.provider,
  }

  function moneyText(): string {
    const text = format.texts.BillingCurrency
    const [index] = text === undefined ? [] : leaves((own) => own.text(text))
    if (text !== undefined && (index !== undefined || sql.text(text) !== "''")) {
      const value = `upper(trimBoth(${sql.text(text)}))`
      values.set('BillingCurrency', value)
      const bad = `NOT match(${value}, '^[A-Z]{3}$')`
      unfit.push(bad)
      refuse(
        index,
        'BillingCurrency',
        'not_a_currency',
        'The currency is a three-letter ISO 4217 code, for example USD, KRW or RUB; an amount without one cannot be added to anything.',
        bad,
      )
      return value
    }
    const code = options.currency ?? 'XXX'
    values.set('BillingCurrency', literal(code))
    changes.push(`BillingCurrency: the file has no currency; ${code} was assumed`)
    findings.push(
      options.currency
        ? { code: 'currency_assumed', message: `The file names no currency; ${code} was given with the import.` }
        : {
            code: 'currency_unknown',
            message:
              'The file names no currency. Its amounts stand under XXX (no currency) and are added to nothing else. Import it again with the currency to change that.',
          },
    )
    return literal(code)
  }

  function periods(): Record<keyof BillFormat['times'], string> {
    const { times } = format
    const start = sql.moment(times.ChargePeriodStart) ?? 'NULL'
    const end =
      (times.ChargePeriodEnd && sql.moment(times.ChargePeriodEnd)) ??
      derived('ChargePeriodEnd', `addDays(toStartOfDay(${start}), 1)`, 'end of the day it began')
    const periodStart =
      (times.BillingPeriodStart && sql.moment(times.BillingPeriodStart)) ??
      derived(
        'BillingPeriodStart',
        `toDateTime64(toStartOfMonth(${start}), 3, 'UTC')`,
        'month in which the charge began',
      )
    const periodEnd =
      (times.BillingPeriodEnd && sql.moment(times.BillingPeriodEnd)) ??
      derived('BillingPeriodEnd', `addMonths(${periodStart}, 1)`, 'a month after its start')
    const all = {
      ChargePeriodStart: start,
      ChargePeriodEnd: end,
      BillingPeriodStart: periodStart,
      BillingPeriodEnd: periodEnd,
    }
    for (const [name, value] of Object.entries(all) as [keyof typeof all, string][]) {
      values.set(name, asTime(value))
      const bad = `NOT ${inRange(value)}`
      unfit.push(bad)
      const expression = times[name]
      const [index] = expression === undefined ? [] : leaves((own) => own.moment(expression))
      if (index === undefined) continue
      const empty = `trimBoth(${cellText(index)}) = ''`
      refuse(
        index,
        name,
        'value_missing',
        'The cell is empty. Write the moment as 2026-11-01T00:00:00Z.',
        `isNull(${value}) AND ${empty}`,
      )
      refuse(
        index,
        name,
        'not_a_time',
        'This is no date or moment that the format knows. Write it as 2026-11-01T00:00:00Z.',
        `isNull(${value}) AND NOT ${empty}`,
      )
      refuse(
        index,
        name,
        'time_out_of_range',
        'The moment is before 1971 or after 2104. Check the year.',
        `isNotNull(${value}) AND ${bad}`,
      )
    }
    const [index] = times.ChargePeriodEnd === undefined ? [] : leaves((own) => own.moment(times.ChargePeriodEnd!))
    if (index !== undefined) {
      const reversed = `ifNull(${end} < ${start}, 0)`
      unfit.push(reversed)
      refuse(
        index,
        'ChargePeriodEnd',
        'period_reversed',
        'The charge ends before it begins. Swap the two moments or correct the date.',
        reversed,
      )
    }
    return all
  }

  function derived(column: string, value: string, how: string): string {
    changes.push(`${column}: ${how}`)
    return value
  }

  function money(): Map<MoneyColumn, Cost> {
    const stated = new Map<MoneyColumn, Cost>()
    for (const column of costColumns) {
      const cost = format.costs[column]
      if (cost === undefined) continue
      if (!isCost(cost)) {
        const value = sql.quantity(cost.derived)
        if (value !== null) {
          values.set(column, value)
          changes.push(`${column}: ${cost.how}`)
        }
        continue
      }
      const value = sql.cost(cost)
      if (column === 'BilledCost') {
        const [index] = leaves((own) => own.cost(cost))
        unfit.push(`isNull(${value})`)
        refuse(
          index,
          'BilledCost',
          'value_missing',
          'The row has no cost. Write the amount, 0 if nothing was charged.',
          `isNull(${value}) AND NOT (${index === undefined ? '0' : `${notNumber(index)}`})`,
        )
        values.set(column, `assumeNotNull(${value})`)
      } else values.set(column, value)
      if (sql.cost(cost) !== "CAST(NULL, 'Nullable(Decimal(76, 30))')") stated.set(column, cost)
      else values.delete(column)
    }
    return stated
  }

  function notNumber(index: number): string {
    if (fields[index]!.kind !== 'text' || !sql.numbers.has(index)) return '0'
    const bad = sql.badNumber(index)
    return `${bad.notNumber} OR ${bad.tooLong}`
  }

  /** Every cell that is read as a number or as a moment must be one; said in the name of its own column. */
  function checkCells() {
    for (const [index, style] of sql.numbers) {
      const bad = sql.badNumber(index)
      unfit.push(bad.unfit)
      refuse(
        index,
        '',
        'not_a_number',
        style === undefined
          ? 'Write a plain decimal number without currency signs, units, spaces or thousands separators, for example 1234.56.'
          : `Write a number with “${style.decimal}” before the decimals and thousands in groups of three, as the mapping says.`,
        bad.notNumber,
      )
      refuse(
        index,
        '',
        'number_does_not_fit',
        'The ledger holds 46 digits before and 30 behind the point; this number has more and would have to be rounded. Shorten it in the source.',
        bad.tooLong,
      )
    }
    for (const [index, moment] of sql.moments) {
      const bad = `trimBoth(c${index}) NOT IN ('', 'NULL', 'null', 'Null', '\\N') AND isNull(${moment})`
      unfit.push(bad)
      if (!refusals.some((refusal) => refusal.index === index && refusal.code === 'not_a_time'))
        refuse(
          index,
          '',
          'not_a_time',
          'This is no date or moment that the format knows. Write it as 2026-11-01T00:00:00Z.',
          bad,
        )
    }
  }

  function notesSql(): string {
    const common = [
      ...changes,
      ...(format.notes ?? []).filter(({ when }) => when === undefined).map(({ note }) => note),
    ]
    const some = (format.notes ?? []).flatMap(({ when, note }) => {
      const condition = when === undefined ? '0' : sql.condition(when)
      return condition === '0' ? [] : [`${condition}, ${list([...common, note])}`]
    })
    changes.splice(0, changes.length, ...common)
    return some.length === 0 ? list(common) : `multiIf(${some.join(', ')}, ${list(common)})`
  }

  function extra(): ColumnPlan['extra'] {
    const unique = uniqueNames(names)
    const kept = new Set((format.keeps ?? []).flatMap((name) => header.find([name]) ?? []))
    const left = new Map<string, string[]>()
    const rest = names.flatMap((name, index) => {
      if (kept.has(index)) return [{ index, name: unique[index]! }]
      if (sql.read.has(index)) return []
      const reason = format.leavesOut?.find(({ columns }) => columns.test(name))?.reason
      if (reason === undefined) return [{ index, name: unique[index]! }]
      left.set(reason, [...(left.get(reason) ?? []), name])
      return []
    })
    for (const [reason, columns] of left)
      findings.push({
        code: 'columns_left_out',
        message: `Left out, ${reason}: ${columns.slice(0, 40).join(', ')}${columns.length > 40 ? ` and ${columns.length - 40} more` : ''}`,
      })
    return rest
  }
}

const list = (texts: string[]) => `CAST([${texts.map(literal).join(', ')}], 'Array(LowCardinality(String))')`

function uniqueNames(names: string[]): string[] {
  const seen = new Set<string>()
  return names.map((name, at) => {
    const wanted = name === '' ? `column ${at + 1}` : name
    let own = wanted
    for (let n = 2; seen.has(own); n++) own = `${wanted} (${n})`
    seen.add(own)
    return own
  })
}
