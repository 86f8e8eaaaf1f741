import { type ChargeRow, isoSecond, monthOf, movePoint } from '@infrazen/connector-kit'
import type { Directory } from './directory'

export type CostLine = {
  start: Date
  end: Date
  /** Cents with decimals, as the API says them. */
  cents: string
  listCents: string | null
  currency: string
  description: string
  costType: string
  tokenType: string
  model: string
  tier: string
  contextWindow: string
  region: string
  workspace: string
  key: string
}

/** A line of either cost report as a FOCUS charge, in whole dollars. */
export function toCharge(line: CostLine, { account, workspaces, defaultWorkspace, keys }: Directory): ChargeRow {
  const month = monthOf(line.start)
  const amount = movePoint(line.cents, 2)
  const workspace = line.workspace || defaultWorkspace
  const credit = amount.startsWith('-')
  const details = Object.entries({
    x_ModelId: line.model,
    x_TokenType: line.tokenType,
    x_ServiceTier: line.tier,
    x_ContextWindow: line.contextWindow,
  }).filter(([, value]) => value !== '')
  const sku = [line.model || line.costType, line.tokenType, line.tier, line.contextWindow, line.region]
    .filter(Boolean)
    .join(' / ')
  return {
    BilledCost: amount,
    EffectiveCost: amount,
    ContractedCost: amount,
    ListCost: line.listCents === null ? null : movePoint(line.listCents, 2),
    BillingCurrency: line.currency,
    PricingCurrency: line.currency,
    BillingAccountId: account.id,
    BillingAccountName: account.name,
    BillingAccountType: 'Organization',
    BillingPeriodStart: isoSecond(month.start),
    BillingPeriodEnd: isoSecond(month.end),
    ChargePeriodStart: isoSecond(line.start),
    ChargePeriodEnd: isoSecond(line.end),
    ChargeCategory: credit ? 'Adjustment' : 'Usage',
    ChargeFrequency: 'Usage-Based',
    ChargeDescription: line.description || sku || 'Costs',
    ServiceCategory: 'AI and Machine Learning',
    ServiceSubcategory: 'Generative AI',
    ServiceName: 'Claude API',
    ServiceProviderName: 'Anthropic',
    HostProviderName: 'Anthropic',
    InvoiceIssuerName: 'Anthropic',
    PricingCategory: credit ? null : 'Standard',
    SkuId: sku || null,
    SkuMeter: line.tokenType || line.costType || null,
    SkuPriceDetails: details.length > 0 ? JSON.stringify(Object.fromEntries(details)) : null,
    SubAccountId: workspace || null,
    SubAccountName: workspace ? (workspaces.get(workspace) ?? workspace) : null,
    SubAccountType: workspace ? 'Workspace' : null,
    ResourceId: line.key || null,
    ResourceName: line.key ? (keys.get(line.key) ?? line.key) : null,
    ResourceType: line.key ? 'API key' : null,
    RegionId: ['', 'global', 'not_available'].includes(line.region) ? null : line.region,
  }
}
