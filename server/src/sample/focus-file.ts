import { addScaled, formatDecimal, parseDecimal, type Scaled } from '../primitives/money'

/** Columns of FOCUS 1.4 CostAndUsage that the sample bills fill, and those of older versions that went away. */
export type ColumnName = (typeof columns)[number]['name']
export type FocusVersion = '1.0' | '1.2' | '1.3' | '1.4'

/** `since` and `until` are FOCUS versions, both included. */
const columns = [
  { name: 'AvailabilityZone', since: '1.0' },
  { name: 'BilledCost', since: '1.0' },
  { name: 'BillingAccountId', since: '1.0' },
  { name: 'BillingAccountName', since: '1.0' },
  { name: 'BillingAccountType', since: '1.2' },
  { name: 'BillingCurrency', since: '1.0' },
  { name: 'BillingPeriodEnd', since: '1.0' },
  { name: 'BillingPeriodStart', since: '1.0' },
  { name: 'ChargeCategory', since: '1.0' },
  { name: 'ChargeClass', since: '1.0' },
  { name: 'ChargeDescription', since: '1.0' },
  { name: 'ChargeFrequency', since: '1.0' },
  { name: 'ChargePeriodEnd', since: '1.0' },
  { name: 'ChargePeriodStart', since: '1.0' },
  { name: 'CommitmentDiscountCategory', since: '1.0' },
  { name: 'CommitmentDiscountId', since: '1.0' },
  { name: 'CommitmentDiscountName', since: '1.0' },
  { name: 'CommitmentDiscountQuantity', since: '1.2' },
  { name: 'CommitmentDiscountStatus', since: '1.0' },
  { name: 'CommitmentDiscountType', since: '1.0' },
  { name: 'CommitmentDiscountUnit', since: '1.2' },
  { name: 'ConsumedQuantity', since: '1.0' },
  { name: 'ConsumedUnit', since: '1.0' },
  { name: 'ContractedCost', since: '1.0' },
  { name: 'ContractedUnitPrice', since: '1.0' },
  { name: 'EffectiveCost', since: '1.0' },
  { name: 'HostProviderName', since: '1.3' },
  { name: 'InvoiceDetailId', since: '1.4' },
  { name: 'InvoiceId', since: '1.2' },
  { name: 'InvoiceIssuerName', since: '1.0' },
  { name: 'ListCost', since: '1.0' },
  { name: 'ListUnitPrice', since: '1.0' },
  { name: 'PricingCategory', since: '1.0' },
  { name: 'PricingCurrency', since: '1.2' },
  { name: 'PricingCurrencyContractedUnitPrice', since: '1.2' },
  { name: 'PricingCurrencyEffectiveCost', since: '1.2' },
  { name: 'PricingCurrencyListUnitPrice', since: '1.2' },
  { name: 'PricingQuantity', since: '1.0' },
  { name: 'PricingUnit', since: '1.0' },
  { name: 'ProviderName', since: '1.0', until: '1.3' },
  { name: 'PublisherName', since: '1.0', until: '1.3' },
  { name: 'RegionId', since: '1.0' },
  { name: 'RegionName', since: '1.0' },
  { name: 'ResourceId', since: '1.0' },
  { name: 'ResourceName', since: '1.0' },
  { name: 'ResourceType', since: '1.0' },
  { name: 'ServiceCategory', since: '1.0' },
  { name: 'ServiceName', since: '1.0' },
  { name: 'ServiceProviderName', since: '1.3' },
  { name: 'ServiceSubcategory', since: '1.2' },
  { name: 'SkuId', since: '1.0' },
  { name: 'SkuMeter', since: '1.2' },
  { name: 'SkuPriceDetails', since: '1.2' },
  { name: 'SkuPriceId', since: '1.0' },
  { name: 'SubAccountId', since: '1.0' },
  { name: 'SubAccountName', since: '1.0' },
  { name: 'SubAccountType', since: '1.2' },
  { name: 'Tags', since: '1.0' },
] as const satisfies readonly { name: string; since: FocusVersion; until?: FocusVersion }[]

/** A charge as the generator thinks of it: a missing column is null. Amounts are decimal strings. */
export type Charge = Partial<Record<ColumnName, string>> & {
  BilledCost: string
  EffectiveCost: string
  ListCost: string
  ContractedCost: string
  BillingCurrency: string
}

export function headerOf(version: FocusVersion): ColumnName[] {
  return columns
    .filter((column) => column.since <= version && (!('until' in column) || version <= column.until))
    .map((column) => column.name)
}

const cell = (value: string | undefined) => {
  if (value === undefined) return ''
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

/** RFC 4180, a header line first, LF line ends. Null is an empty cell. */
export function focusCsv(version: FocusVersion, charges: readonly Charge[]): string {
  const header = headerOf(version)
  const lines = [header.join(',')]
  for (const charge of charges) lines.push(header.map((name) => cell(charge[name])).join(','))
  return `${lines.join('\n')}\n`
}

/** An exact decimal from text; throws where the text is none, because the generator wrote it itself. */
export function decimal(text: string): Scaled {
  const value = parseDecimal(text)
  if (!value) throw new RangeError(`not a decimal: ${text}`)
  return value
}
export const times = (a: Scaled, b: Scaled): Scaled => ({ units: a.units * b.units, scale: a.scale + b.scale })
export const minus = (a: Scaled): Scaled => ({ units: -a.units, scale: a.scale })
export const plus = addScaled
export const text = formatDecimal
export const zero: Scaled = { units: 0n, scale: 0 }
/** `value` × `permille` / 1000, exact. */
export const permilleOf = (value: Scaled, permille: number): Scaled => ({
  units: value.units * BigInt(permille),
  scale: value.scale + 3,
})
