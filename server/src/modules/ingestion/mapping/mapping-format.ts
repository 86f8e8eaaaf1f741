import { createHash } from 'node:crypto'
import {
  type BillFormat,
  type BillText,
  type Cost,
  cases,
  col,
  columnKey,
  isIn,
  lit,
  lower,
  moment,
} from '@infrazen/connector-kit'
import { type MappingDefinition, mappedAmounts, mappedTexts } from '../contract'

/** What two files of the same shape have in common: the set of their column names, whatever the order and the case. */
export function signatureOf(names: readonly string[]): string {
  const keys = [...new Set(names.map((name) => columnKey(name)))].sort()
  return createHash('sha256').update(JSON.stringify(keys)).digest('hex')
}

/** A mapping as a bill format: from here on a file of nobody's format goes the way of all others. */
export function formatOfMapping(mapping: {
  id: string
  name: string
  names: readonly string[]
  definition: MappingDefinition
}): BillFormat {
  const { columns, constants, numbers, dates, adjustments, categories, tags } = mapping.definition
  const style = { decimal: numbers.decimal }
  const number = (...names: string[]) => ({ names, style })
  const text = (column: (typeof mappedTexts)[number]): BillText | undefined => {
    const from = columns[column]
    const constant = constants[column]
    if (from !== undefined) return col(from)
    return constant === undefined ? undefined : lit(constant)
  }
  const billed: Cost = {
    cases: [
      {
        sum: [
          { first: [number(columns.BilledCost ?? '')] },
          ...adjustments.map(({ column, sign }) => ({ first: [number(column)], minus: sign === '-' })),
        ],
      },
    ],
  }
  const kind = categories === null ? null : lower(col(categories.column))
  const byCategory = new Map<string, string[]>()
  for (const [value, category] of Object.entries(categories?.values ?? {}))
    byCategory.set(category, [...(byCategory.get(category) ?? []), value.toLowerCase()])
  const texts: Record<string, BillText> = {
    ChargeCategory:
      kind === null
        ? lit('Usage')
        : cases(
            [...byCategory].map(([category, values]) => [isIn(kind, ...values), category]),
            'Usage',
          ),
  }
  for (const column of mappedTexts) {
    const value = text(column)
    if (value !== undefined) texts[column] = value
  }
  const provider = constants.ServiceProviderName ?? mapping.name
  texts.ServiceProviderName ??= lit(mapping.name)
  texts.InvoiceIssuerName = texts.ServiceProviderName
  const one = (name: string | undefined): Cost | undefined =>
    name === undefined ? undefined : { cases: [{ sum: [{ first: [number(name)] }] }] }
  const quantities: BillFormat['quantities'] = {}
  for (const column of mappedAmounts)
    if (column === 'ConsumedQuantity' && columns[column] !== undefined)
      quantities[column] = { op: 'amount', of: number(columns[column]) }
  const listCost = one(columns.ListCost)
  const start = moment(col(columns.ChargePeriodStart ?? ''), dates.order)
  return {
    id: mapping.id,
    name: mapping.name,
    provider,
    exact: true,
    generations: [
      {
        name: 'mapping',
        columns: [...new Map(mapping.names.map((name) => [columnKey(name), name])).values()].filter(
          (name) => columnKey(name) !== '',
        ),
      },
    ],
    times: {
      ChargePeriodStart: start,
      ...(columns.ChargePeriodEnd === undefined
        ? {}
        : { ChargePeriodEnd: moment(col(columns.ChargePeriodEnd), dates.order) }),
    },
    costs: {
      BilledCost: billed,
      EffectiveCost: one(columns.EffectiveCost) ?? billed,
      ...(listCost === undefined ? {} : { ListCost: listCost }),
    },
    texts,
    quantities,
    tags: [{ from: 'columns', pattern: patternOf(tags), key: (name) => name }],
    notes: [
      { note: `Read by the mapping “${mapping.name}”` },
      ...(columns.EffectiveCost === undefined ? [{ note: 'EffectiveCost: as BilledCost, the file has no other' }] : []),
      ...(adjustments.length > 0
        ? [{ note: `BilledCost: with ${adjustments.map(({ column }) => column).join(', ')}` }]
        : []),
    ],
  }
}

const patternOf = (names: readonly string[]) =>
  names.length === 0
    ? /^\b$/
    : new RegExp(`^(?:${names.map((name) => name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|')})$`)
