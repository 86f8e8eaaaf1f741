import {
  amount,
  type BillFormat,
  cases,
  col,
  extract,
  first,
  isIn,
  lit,
  lookup,
  lower,
  moment,
  quantity,
} from '@infrazen/connector-kit'

const provider = 'Oracle'
const service = col('product/service')
const unit = first(col('cost/skuUnitDescription'), col('cost/billingUnitReadable'))

const categories: Record<string, string> = {
  analytics: 'Analytics',
  'autonomous database': 'Databases',
  block_storage: 'Storage',
  compute: 'Compute',
  database: 'Databases',
  'data science': 'AI and Machine Learning',
  file_storage: 'Storage',
  functions: 'Compute',
  generative_ai: 'AI and Machine Learning',
  integration: 'Integration',
  load_balancer: 'Networking',
  logging: 'Management and Governance',
  mysql: 'Databases',
  network: 'Networking',
  objectstore: 'Storage',
  oracle_streaming_service: 'Analytics',
  streaming: 'Analytics',
  telemetry: 'Management and Governance',
  vault: 'Security',
}

/** Oracle Cloud Infrastructure cost reports (`reports/cost-csv/…`), one row a resource, SKU and hour. */
export const costReport: BillFormat = {
  id: 'oci-cost',
  name: 'Oracle Cloud cost report',
  provider,
  delivery: 'append',
  generations: [{ name: 'cost report', columns: ['cost/myCost', 'lineItem/intervalUsageStart', 'product/service'] }],
  times: {
    ChargePeriodStart: moment(col('lineItem/intervalUsageStart')),
    ChargePeriodEnd: moment(col('lineItem/intervalUsageEnd')),
  },
  costs: {
    // The amount beyond the commitment counts where it is the only one.
    BilledCost: { cases: [{ sum: [{ first: [amount('cost/myCost'), amount('cost/myCostOverage')] }] }] },
    EffectiveCost: { cases: [{ sum: [{ first: [amount('cost/myCost'), amount('cost/myCostOverage')] }] }] },
    ContractedCost: { cases: [{ sum: [{ first: [amount('cost/myCost'), amount('cost/myCostOverage')] }] }] },
  },
  texts: {
    AvailabilityZone: col('product/availabilityDomain'),
    BillingAccountId: first(col('cost/subscriptionId'), col('lineItem/tenantId')),
    BillingCurrency: col('cost/currencyCode'),
    ChargeCategory: lit('Usage'),
    ChargeClass: cases([[isIn(lower(col('lineItem/isCorrection')), 'true'), 'Correction']]),
    ChargeDescription: first(col('product/Description'), col('cost/productSku')),
    ChargeFrequency: lit('Usage-Based'),
    ConsumedUnit: unit,
    HostProviderName: lit(provider),
    InvoiceIssuerName: lit(provider),
    PricingCategory: lit('Standard'),
    PricingUnit: unit,
    RegionId: col('product/region'),
    RegionName: col('product/region'),
    ResourceId: col('product/resourceId'),
    ResourceType: extract(col('product/resourceId'), '^ocid1[.]([a-z0-9]+)[.]'),
    ServiceCategory: lookup(lower(service), categories, lit('Other')),
    ServiceName: service,
    ServiceProviderName: lit(provider),
    SkuId: col('cost/productSku'),
    SkuPriceId: col('cost/productSku'),
    SubAccountId: col('lineItem/tenantId'),
  },
  quantities: {
    ConsumedQuantity: quantity('usage/billedQuantity'),
    PricingQuantity: quantity('usage/billedQuantity'),
    ContractedUnitPrice: quantity('cost/unitPrice'),
  },
  tags: [{ from: 'columns', pattern: /^tags\//i, key: (name) => name.slice('tags/'.length) }],
  notes: [{ note: 'EffectiveCost: the cost of the row, as the report knows no commitments' }],
  leavesOut: [{ columns: /^lineItem\/referenceNo$/i, reason: 'another one in each report, so it identifies nothing' }],
}
