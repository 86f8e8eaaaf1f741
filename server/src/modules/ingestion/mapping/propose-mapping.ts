import { columnKey, readNumber } from '@infrazen/connector-kit'
import { type MappingDefinition, type MappingReason, mappedAmounts, mappedTexts, mappedTimes } from '../contract'
import { creditNames, currencySigns, type Field, kindNames, kindValues, synonyms, tagNames } from './synonyms'

type Column = {
  name: string
  key: string
  /** the name without what stands in brackets or behind a comma: `Amount (USD)` → amount */
  stem: string
  values: string[]
  dates: number
  numbers: { '.': number; ',': number }
  currencies: number
  distinct: number
}
export type ProposedField = { column: string; confidence: number; reasons: MappingReason[] }

const enough = 0.9
const date =
  /^(\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?\.?|\d{8}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})|\d{4}년 ?\d{1,2}월( ?\d{1,2}일)?)([T ,]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)? ?(Z|UTC|[+-]\d{2}:?\d{2})?$/
const isoCurrency = new Set(
  'USD EUR GBP KRW RUB JPY CNY INR KZT BYN UAH CHF CAD AUD NZD SGD HKD TWD THB VND IDR MYR PHP BRL MXN ARS CLP COP ZAR TRY PLN CZK SEK NOK DKK HUF RON ILS AED SAR UZS GEL AMD AZN KGS'.split(
    ' ',
  ),
)

/**
 * What the columns of an unknown bill probably mean, with a confidence and reasons for each guess, from their names in
 * English, Korean and Russian and from the values of the first rows. Nothing is taken for granted: a person confirms it.
 */
export function proposeMapping(
  names: readonly string[],
  rows: readonly string[][],
  options: { delimiter?: string; currency?: string } = {},
): { definition: MappingDefinition; fields: ProposedField[] } {
  const columns = names.map((name, i) =>
    profile(
      name,
      rows.map((row) => row[i] ?? ''),
    ),
  )
  const fields: ProposedField[] = []
  const taken = new Set<Column>()
  const chosen = new Map<Field, Column>()
  const note = (column: string, confidence: number, ...reasons: MappingReason[]) =>
    fields.push({ column, confidence: Math.round(confidence * 100) / 100, reasons })
  const choose = (
    field: Field,
    suits: (column: Column) => number,
    kind: MappingReason['code'] | null,
    must: boolean,
  ) => {
    const ranked = columns
      .filter((column) => !taken.has(column))
      .map((column) => ({ column, name: nameScore(column, synonyms[field]), values: suits(column) }))
      .filter(({ name, values }) => values > 0 && (name > 0 || (must && values >= enough)))
      .sort((a, b) => b.name + b.values - (a.name + a.values))
    const best = ranked[0]
    if (!best) return
    const rivals = ranked.filter(({ name, values }) => name + values > best.name + best.values - 0.15).length - 1
    const reasons: MappingReason[] = []
    if (best.name >= 0.9) reasons.push({ code: 'name_known', detail: best.column.name })
    else if (best.name > 0) reasons.push({ code: 'name_similar', detail: best.column.name })
    if (kind !== null && best.values >= enough)
      reasons.push({ code: kind, detail: best.column.values.find((value) => value !== '') ?? '' })
    if (best.name === 0 && rivals === 0) reasons.push({ code: 'only_candidate', detail: best.column.name })
    taken.add(best.column)
    chosen.set(field, best.column)
    const sure = best.name === 0 ? (rivals === 0 ? 0.5 : 0.25) : 0.55 + 0.4 * best.name - 0.1 * Math.min(rivals, 2)
    note(field, Math.max(0.1, Math.min(0.98, kind === null ? sure : sure * Math.max(best.values, 0.3))), ...reasons)
  }
  const isNumber = (column: Column) => (column.dates >= enough ? 0 : Math.max(column.numbers['.'], column.numbers[',']))
  const isText = (column: Column) => (column.values.every((value) => value === '') ? 0.2 : 1)

  choose('ChargePeriodStart', (column) => column.dates, 'values_dates', true)
  choose('ChargePeriodEnd', (column) => column.dates, 'values_dates', false)
  choose('BillingCurrency', (column) => column.currencies, 'values_currencies', true)
  const credits = columns.filter((column) => nameScore(column, creditNames) >= 0.9 && isNumber(column) >= enough)
  for (const column of credits) taken.add(column)
  for (const field of ['EffectiveCost', 'ListCost', 'ConsumedQuantity'] as const)
    choose(
      field,
      (column) => (nameScore(column, synonyms.BilledCost) >= 0.95 ? 0 : isNumber(column)),
      'values_numbers',
      false,
    )
  choose('BilledCost', isNumber, 'values_numbers', true)
  for (const field of mappedTexts)
    if (field !== 'BillingCurrency')
      choose(field, (column) => (field.endsWith('Id') || column.dates < enough ? isText(column) : 0), null, false)

  const money = [chosen.get('BilledCost'), ...credits].filter((column) => column !== undefined)
  const decimal = decimalSign(money.length > 0 ? money : columns, options.delimiter)
  note('numbers', decimal.confidence, {
    code: decimal.sign === ',' ? 'decimal_comma' : 'decimal_point',
    detail: decimal.example,
  })
  const order = dateOrder(chosen.get('ChargePeriodStart'))
  if (order.reason !== null) note('dates', order.confidence, order.reason)

  const constants: MappingDefinition['constants'] = {}
  if (!chosen.has('BillingCurrency')) currencyConstant()
  const kind = columns.find((column) => nameScore(column, kindNames) >= 0.9 && column.distinct <= 20)
  const values = Object.fromEntries(
    [...new Set(kind?.values ?? [])].flatMap((value) => {
      const category = kindValues[columnKey(value)]
      return category === undefined ? [] : [[value, category]]
    }),
  )
  const definition: MappingDefinition = {
    columns: Object.fromEntries([...chosen].map(([field, column]) => [field, column.name])),
    constants,
    numbers: { decimal: decimal.sign },
    dates: { order: order.order },
    adjustments: credits.map((column) => {
      const negative = column.values.some((value) => /^\s*[-(−]/.test(value))
      note(column.name, 0.7, { code: negative ? 'credits_negative' : 'credits_positive', detail: column.name })
      return { column: column.name, sign: negative ? '+' : '-' }
    }),
    categories: kind !== undefined && Object.keys(values).length > 0 ? { column: kind.name, values } : null,
    tags: columns.filter((column) => !taken.has(column) && nameScore(column, tagNames) >= 0.9).map(({ name }) => name),
  }
  for (const field of [mappedTimes[0], mappedAmounts[0]])
    if (!chosen.has(field)) note(field, 0, { code: 'missing', detail: field })
  return { definition, fields }

  function currencyConstant() {
    if (options.currency !== undefined) {
      constants.BillingCurrency = options.currency
      note('BillingCurrency', 0.9, { code: 'header_currency', detail: options.currency })
      return
    }
    const cost = chosen.get('BilledCost')
    const inName = cost && currencySigns.find(([sign]) => sign.test(cost.name))
    const inValues = cost && currencySigns.find(([sign]) => cost.values.some((value) => sign.test(value)))
    const found = inName ?? inValues
    if (found) {
      constants.BillingCurrency = found[1]
      note('BillingCurrency', inName ? 0.9 : 0.8, {
        code: inName ? 'header_currency' : 'sign_currency',
        detail: inName ? cost!.name : (cost!.values.find((value) => found[0].test(value)) ?? ''),
      })
    } else note('BillingCurrency', 0, { code: 'missing', detail: 'BillingCurrency' })
  }
}

function profile(name: string, cells: string[]): Column {
  const values = cells.map((cell) => cell.trim())
  const filled = values.filter((value) => value !== '' && value.toUpperCase() !== 'NULL')
  const share = (test: (value: string) => boolean) =>
    filled.length === 0 ? 0 : filled.filter(test).length / filled.length
  const number = (decimal: '.' | ',') =>
    share((value) => {
      const plain = readNumber(value.replace(/\b[A-Z]{3}\b/g, ''), { decimal })
      return plain !== null && /^-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(plain)
    })
  return {
    name,
    key: columnKey(name),
    stem: columnKey(name.replace(/[([].*$|,.*$/, '')),
    values,
    dates: share((value) => date.test(value)),
    numbers: { '.': number('.'), ',': number(',') },
    currencies: share((value) => isoCurrency.has(value.toUpperCase())),
    distinct: new Set(filled).size,
  }
}

/** 1 for the most telling names, a little less down the list, half where one only holds the other; 0 where none fits. */
function nameScore({ key, stem }: Column, names: readonly string[]): number {
  const at = names.findIndex((name) => name === key || name === stem)
  if (at >= 0) return 1 - Math.min(0.1, at * 0.004)
  const part = names.find((name) => name.length >= 4 && (key.includes(name) || (key.length >= 4 && name.includes(key))))
  if (part) return 0.5
  return names.some((name) => /[가-힣]/.test(name) && name.length >= 2 && key.includes(name)) ? 0.5 : 0
}

function decimalSign(columns: Column[], delimiter: string | undefined) {
  const values = columns.flatMap((column) => column.values).map((value) => value.replace(/[^\d.,]/g, ''))
  const comma = values.find((value) => /^[\d.]*,\d{1,2}$|^[\d.]*,\d{4,}$|\.\d{3},/.test(value))
  const point = values.find((value) => /^[\d,]*\.\d{1,2}$|^[\d,]*\.\d{4,}$|,\d{3}\./.test(value))
  if (comma && !point) return { sign: ',' as const, confidence: 0.95, example: comma }
  if (point && !comma) return { sign: '.' as const, confidence: 0.95, example: point }
  if (comma && point) {
    const share = (sign: '.' | ',') => Math.min(...columns.map((column) => column.numbers[sign]))
    const sign = share(',') > share('.') ? (',' as const) : ('.' as const)
    return { sign, confidence: 0.5, example: sign === ',' ? comma : point }
  }
  const plain = values.every((value) => /^\d*$/.test(value))
  const example = values.find((value) => value !== '') ?? ''
  return delimiter === ';' && !plain
    ? { sign: ',' as const, confidence: 0.6, example }
    : { sign: '.' as const, confidence: plain ? 0.9 : 0.6, example }
}

function dateOrder(column: Column | undefined): {
  order: 'mdy' | 'dmy'
  confidence: number
  reason: MappingReason | null
} {
  const parts = (column?.values ?? []).flatMap((value) => {
    const match = /^(\d{1,2})([-/.])(\d{1,2})[-/.]\d{2,4}/.exec(value)
    return match ? [{ value, a: Number(match[1]), sign: match[2]!, b: Number(match[3]) }] : []
  })
  if (parts.length === 0) return { order: 'mdy', confidence: 1, reason: null }
  const day = parts.find(({ a }) => a > 12)
  if (day) return { order: 'dmy', confidence: 0.98, reason: { code: 'order_by_values', detail: day.value } }
  const month = parts.find(({ b }) => b > 12)
  if (month) return { order: 'mdy', confidence: 0.98, reason: { code: 'order_by_values', detail: month.value } }
  const dotted = parts[0]!.sign === '.'
  const cyrillic = /[а-яё]/i.test(column!.name)
  return {
    order: dotted || cyrillic ? 'dmy' : 'mdy',
    confidence: dotted || cyrillic ? 0.8 : 0.5,
    reason: { code: 'order_assumed', detail: parts[0]!.value },
  }
}
