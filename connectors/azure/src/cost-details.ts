import {
  type Amount,
  all,
  amount,
  amountOf,
  any,
  type BillFormat,
  block,
  type Cost,
  cases,
  col,
  extract,
  first,
  firstMoment,
  isEmpty,
  isIn,
  isZero,
  lit,
  lookup,
  lower,
  matches,
  moment,
  monthStart,
  not,
  onlyWhen,
  plus,
  quantity,
  times,
  without,
} from '@infrazen/connector-kit'

const provider = 'Microsoft'

const chargeType = lower(col('ChargeType'))
const pricingModel = lower(col('PricingModel'))
const isUnused = isIn(chargeType, 'unusedreservation', 'unusedsavingsplan')
// Files before ChargeType knew usage alone.
const isUsage = isIn(chargeType, 'usage', '')
const isPurchase = isIn(chargeType, 'purchase')
const isCommitted = isIn(pricingModel, 'reservation', 'savingsplan', 'savings plan')
const isCovered = all(isUsage, isCommitted)
const isCommitmentPurchase = all(isPurchase, isCommitted)
const day = moment(col('Date', 'UsageDate', 'UsageDateTime'))
const billingStart = firstMoment(moment(col('BillingPeriodStartDate')), monthStart(day))
const cost: Amount = amount('CostInBillingCurrency', 'Cost', 'PreTaxCost', 'ExtendedCost')
const used = quantity('Quantity', 'UsageQuantity', 'ConsumedQuantity')
const unit = col('UnitOfMeasure')
const payAsYouGoPrice: Amount = amount('PayGPrice')
const benefit = first(col('benefitId'), col('ReservationId'))
const location = first(col('ResourceLocation'), col('ResourceLocationNormalized'), col('MeterRegion'))
const resource = col('ResourceId', 'InstanceId', 'InstanceName')
const isMarketplace = isIn(lower(col('PublisherType')), 'marketplace')
const stated: Cost = { cases: [{ sum: [{ first: [cost] }] }] }

const families: Record<string, string> = {
  'ai + machine learning': 'AI and Machine Learning',
  analytics: 'Analytics',
  compute: 'Compute',
  containers: 'Compute',
  databases: 'Databases',
  'developer tools': 'Developer Tools',
  identity: 'Identity',
  integration: 'Integration',
  'internet of things': 'Internet of Things',
  'management and governance': 'Management and Governance',
  media: 'Media',
  migration: 'Migration',
  'mixed reality': 'Other',
  networking: 'Networking',
  security: 'Security',
  storage: 'Storage',
  web: 'Web',
  'windows virtual desktop': 'End User Computing',
}
/** For files without ServiceFamily. */
const meterCategories: Record<string, string> = {
  'virtual machines': 'Compute',
  'azure app service': 'Web',
  functions: 'Compute',
  'container instances': 'Compute',
  'azure kubernetes service': 'Compute',
  storage: 'Storage',
  backup: 'Storage',
  'virtual network': 'Networking',
  bandwidth: 'Networking',
  'load balancer': 'Networking',
  'azure dns': 'Networking',
  'sql database': 'Databases',
  'azure cosmos db': 'Databases',
  'azure database for mysql': 'Databases',
  'azure database for postgresql': 'Databases',
  'sql managed instance': 'Databases',
  'redis cache': 'Databases',
  'cognitive services': 'AI and Machine Learning',
  'azure openai': 'AI and Machine Learning',
  'azure openai service': 'AI and Machine Learning',
  'foundry models': 'AI and Machine Learning',
  'azure machine learning': 'AI and Machine Learning',
  'event hubs': 'Analytics',
  'azure databricks': 'Analytics',
  'azure synapse analytics': 'Analytics',
  'azure data factory v2': 'Integration',
  'service bus': 'Integration',
  'logic apps': 'Integration',
  'key vault': 'Security',
  'log analytics': 'Management and Governance',
  'azure monitor': 'Management and Governance',
}

const shared = {
  provider,
  // EA, MCA and partner files since 2019, pay-as-you-go, and the older usage exports; spelling and order differ.
  generations: [
    {
      name: 'Microsoft Customer Agreement',
      columns: ['costInBillingCurrency', 'paygCostInBillingCurrency', 'meterCategory', 'date', 'billingCurrency'],
    },
    {
      name: 'Enterprise Agreement',
      columns: ['CostInBillingCurrency|Cost', 'MeterCategory', 'Date', 'BillingCurrencyCode|BillingCurrency'],
    },
    {
      name: 'usage export',
      columns: [
        'PreTaxCost|Cost|ExtendedCost',
        'MeterCategory',
        'UsageDateTime|UsageDate|Date',
        'Currency|BillingCurrency|BillingCurrencyCode',
      ],
    },
    { name: 'usage details', columns: ['Cost|ExtendedCost', 'MeterCategory', 'Date', 'SubscriptionGuid'] },
  ],
  without: ['BilledCost'],
  times: {
    ChargePeriodStart: day,
    ChargePeriodEnd: plus(day, { days: 1 }),
    BillingPeriodStart: billingStart,
    // The last day of the period is part of it.
    BillingPeriodEnd: firstMoment(
      plus(moment(col('BillingPeriodEndDate')), { days: 1 }),
      plus(billingStart, { months: 1 }),
    ),
  },
  texts: {
    AvailabilityZone: col('AvailabilityZone'),
    BillingAccountId: col(
      'BillingAccountId',
      'EnrollmentNumber',
      'BillingProfileId',
      'AccountOwnerId',
      'SubscriptionId',
      'SubscriptionGuid',
    ),
    BillingAccountName: col('BillingAccountName', 'BillingProfileName'),
    BillingCurrency: col('BillingCurrency', 'BillingCurrencyCode', 'Currency'),
    ChargeCategory: cases(
      [
        [any(isUsage, isUnused), 'Usage'],
        [isPurchase, 'Purchase'],
        [isIn(chargeType, 'tax'), 'Tax'],
        [isIn(chargeType, 'credit'), 'Credit'],
      ],
      'Adjustment',
    ),
    ChargeDescription: first(
      cases([[isCommitmentPurchase, first(col('ProductOrderName'), col('ProductName', 'Product'))]]),
      col('ProductName', 'Product'),
      col('MeterName'),
    ),
    ChargeClass: cases([[all(isIn(chargeType, 'refund'), not(isEmpty(col('PreviousInvoiceId')))), 'Correction']]),
    ChargeFrequency: cases(
      [
        [isIn(lower(col('Frequency')), 'usagebased', 'usage-based'), 'Usage-Based'],
        [isIn(lower(col('Frequency')), 'recurring', 'monthly'), 'Recurring'],
        [isIn(lower(col('Frequency')), 'onetime', 'one-time'), 'One-Time'],
        [any(isUsage, isUnused), 'Usage-Based'],
      ],
      'One-Time',
    ),
    CommitmentDiscountCategory: cases([
      [all(not(isEmpty(benefit)), matches(lower(benefit), 'billingbenefits')), 'Spend'],
      [not(isEmpty(benefit)), 'Usage'],
    ]),
    CommitmentDiscountId: benefit,
    CommitmentDiscountName: first(col('benefitName'), col('ReservationName')),
    CommitmentDiscountStatus: cases([
      [isEmpty(benefit), ''],
      [isUnused, 'Unused'],
      [isUsage, 'Used'],
    ]),
    CommitmentDiscountType: cases([
      [all(not(isEmpty(benefit)), matches(lower(benefit), 'billingbenefits')), 'Savings Plan'],
      [not(isEmpty(benefit)), 'Reservation'],
    ]),
    ConsumedUnit: cases([[isUsage, first(without(unit, '^[0-9.]+ ?([KM]\\b)? ?'), lit('Units'))]]),
    HostProviderName: lit(provider),
    InvoiceId: col('InvoiceId', 'InvoiceID'),
    InvoiceIssuerName: first(col('PartnerName'), lit(provider)),
    PricingCategory: cases([
      [isIn(pricingModel, 'spot'), 'Dynamic'],
      [all(isCommitted, not(isPurchase)), 'Committed'],
      [any(isUsage, isPurchase), 'Standard'],
    ]),
    PricingUnit: cases([[any(isUsage, isUnused, isPurchase), first(unit, lit('Units'))]]),
    RegionId: without(lower(location), ' '),
    RegionName: location,
    ResourceId: cases([[any(isUnused, isCommitmentPurchase), benefit]], resource),
    ResourceName: first(col('ResourceName'), extract(resource, '/([^/]+)$')),
    ResourceType: lower(extract(resource, '/providers/([^/]+/[^/]+)/')),
    ServiceCategory: first(
      lookup(lower(col('ServiceFamily')), families),
      lookup(lower(col('MeterCategory')), meterCategories),
      lit('Other'),
    ),
    ServiceName: first(col('MeterCategory'), col('ConsumedService'), col('ProductName', 'Product')),
    ServiceProviderName: cases(
      [
        [isMarketplace, first(col('PublisherName'), lit(provider))],
        [isIn(lower(col('PublisherType')), 'aws'), 'Amazon Web Services'],
      ],
      lit(provider),
    ),
    ServiceSubcategory: lit(''),
    SkuId: col('ProductId', 'PartNumber', 'MeterId'),
    SkuMeter: col('MeterName'),
    SkuPriceId: col('MeterId'),
    SubAccountId: col('SubscriptionId', 'SubscriptionGuid'),
    SubAccountName: col('SubscriptionName'),
  },
  quantities: {
    ConsumedQuantity: onlyWhen(isUsage, times(used, block(unit))),
    PricingQuantity: used,
    ContractedUnitPrice: onlyWhen(not(isZero(amount('UnitPrice'))), quantity('UnitPrice')),
    ListUnitPrice: onlyWhen(not(isZero(payAsYouGoPrice)), amountOf(payAsYouGoPrice)),
  },
  tags: [{ from: 'object', column: 'Tags' }],
  keeps: ['ChargeType', 'PricingModel', 'MeterRegion'],
} satisfies Partial<BillFormat>

const listCost: BillFormat['costs']['ListCost'] = {
  derived: {
    op: 'first',
    of: [
      quantity('paygCostInBillingCurrency'),
      // A price of zero stands for none given.
      onlyWhen(not(isZero(payAsYouGoPrice)), times(amountOf(payAsYouGoPrice), used)),
    ],
  },
  how: 'pay-as-you-go cost where the file has it, else pay-as-you-go price × quantity',
}
/** What was negotiated is the cost itself, except where a commitment covers it. */
const contractedCost: BillFormat['costs']['ContractedCost'] = {
  derived: {
    op: 'when',
    when: any(isCovered, isUnused),
    value: onlyWhen(not(isZero(amount('UnitPrice'))), times(quantity('UnitPrice'), used)),
    otherwise: amountOf(cost),
  },
  how: 'the cost, and unit price × quantity where a commitment covers it',
}

/** Azure cost details with actual cost: a commitment is charged when bought, and what it covers costs nothing. */
export const actualCost: BillFormat = {
  ...shared,
  id: 'azure-actual',
  name: 'Azure cost details (actual cost)',
  costs: {
    BilledCost: stated,
    EffectiveCost: {
      cases: [
        { when: isCommitmentPurchase, sum: [] },
        // The amortised cost is in the other export alone.
        { when: isCovered, sum: [{ first: [cost] }], unknownWhenZero: true },
        { sum: [{ first: [cost] }] },
      ],
    },
    ListCost: listCost,
    ContractedCost: contractedCost,
  },
  notes: [
    { when: isCovered, note: 'EffectiveCost: only the amortised export tells it' },
    { when: isCommitmentPurchase, note: 'EffectiveCost: 0, it belongs to what the commitment covers' },
  ],
}

/** Azure cost details with amortised cost: what a commitment covers carries its part of the price, unused parts too. */
export const amortisedCost: BillFormat = {
  ...shared,
  id: 'azure-amortized',
  name: 'Azure cost details (amortised cost)',
  tells: {
    fileName: /amorti[sz]ed/i,
    row: any(isUnused, all(isCovered, not(isZero(cost)))),
  },
  costs: {
    BilledCost: {
      cases: [{ when: any(isUnused, isCovered), sum: [] }, { sum: [{ first: [cost] }] }],
    },
    EffectiveCost: stated,
    ListCost: listCost,
    ContractedCost: contractedCost,
  },
  notes: [{ when: any(isUnused, isCovered), note: 'BilledCost: 0, the commitment was billed when it was bought' }],
}
