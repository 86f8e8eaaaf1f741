import { dimensions } from './dimensions'

type ChargeColumn = {
  name: string
  /** SQL of the cell over a row of `charges_v1`: text, decimal or NULL. */
  sql: string
  amount: boolean
}

const time = (column: string) => `formatDateTime(${column}, '%FT%TZ', 'UTC')`
const times = ['BillingPeriodEnd', 'BillingPeriodStart', 'ChargePeriodEnd', 'ChargePeriodStart']
const amounts = [
  'BilledCost',
  'CommitmentDiscountQuantity',
  'ConsumedQuantity',
  'ContractedCost',
  'ContractedUnitPrice',
  'EffectiveCost',
  'ListCost',
  'ListUnitPrice',
  'PricingCurrencyContractedUnitPrice',
  'PricingCurrencyEffectiveCost',
  'PricingCurrencyListUnitPrice',
  'PricingQuantity',
]
const texts = dimensions.flatMap(({ focusColumn }) =>
  focusColumn && !times.includes(focusColumn) ? [focusColumn] : [],
)

/** The columns of FOCUS 1.4 CostAndUsage, in its order. Every text column of it is a dimension. */
export const focusColumns: ChargeColumn[] = [
  ...times.map((name) => ({ name, sql: time(name), amount: false })),
  ...amounts.map((name) => ({ name, sql: name, amount: true })),
  ...texts.map((name) => ({ name, sql: `nullIf(toString(${name}), '')`, amount: false })),
].sort((a, b) => (a.name < b.name ? -1 : 1))

/** FOCUS, and where the row came from. */
export const chargeColumns: ChargeColumn[] = [
  ...focusColumns,
  { name: 'x_Basis', sql: 'toString(x_Basis)', amount: false },
  { name: 'x_BatchId', sql: 'toString(x_BatchId)', amount: false },
  { name: 'x_ImportId', sql: 'toString(x_ImportId)', amount: false },
  { name: 'x_ConnectionId', sql: 'toString(x_ConnectionId)', amount: false },
  { name: 'x_RowNumber', sql: 'toString(x_RowNumber)', amount: false },
  { name: 'x_SourceChanges', sql: 'if(empty(x_SourceChanges), NULL, toJSONString(x_SourceChanges))', amount: false },
  { name: 'x_Extra', sql: 'if(empty(x_Extra), NULL, toJSONString(x_Extra))', amount: false },
]
