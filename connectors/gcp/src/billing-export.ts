import {
  amount,
  type BillFormat,
  type Cost,
  cases,
  col,
  extract,
  first,
  isIn,
  lit,
  lookup,
  lower,
  matches,
  moment,
  monthStart,
  object,
  onlyWhen,
  plus,
  quantity,
} from '@infrazen/connector-kit'
import { serviceCategories } from './service-categories'

const provider = 'Google Cloud'
const costType = lower(col('cost_type', 'Cost type'))
const isUsage = isIn(costType, 'regular', 'usage', '')
const service = first(col('service.description', 'Service description'), col('service.id', 'Service ID'))
const sku = col('sku.description', 'SKU description')
const started = moment(col('usage_start_time'))
const invoiceMonth = moment(col('invoice.month'))
const cost = amount('cost')
const isCommitment = matches(sku, '(?i)^commitment|commitment (v1|fee)| Commitment')
/** Credits are negative; the invoice asks for both together. */
const net: Cost = {
  cases: [
    { sum: [{ first: [cost] }, { first: [{ names: ['credits'], member: 'amount' }, amount('credits.amount')] }] },
  ],
}
const category = cases(
  [
    [isCommitment, 'Purchase'],
    [isUsage, 'Usage'],
    [isIn(costType, 'tax'), 'Tax'],
    [isIn(costType, 'credit'), 'Credit'],
  ],
  'Adjustment',
)
const pricingQuantity = onlyWhen(isUsage, quantity('usage.amount_in_pricing_units'))

/** The BigQuery export of Cloud Billing, standard and detailed, as CSV, JSON or Parquet; records flattened with dots. */
export const billingExport: BillFormat = {
  id: 'gcp-billing',
  name: 'Google Cloud billing export',
  provider,
  generations: [
    {
      name: 'detailed export',
      columns: ['cost', 'usage_start_time', 'sku.id', 'service.id', 'resource.global_name|resource.name'],
    },
    {
      name: 'standard export',
      columns: ['cost', 'usage_start_time', 'sku.id|sku.description', 'service.id|service.description'],
    },
  ],
  without: ['BilledCost'],
  times: {
    ChargePeriodStart: started,
    ChargePeriodEnd: moment(col('usage_end_time')),
    BillingPeriodStart: { op: 'first', of: [monthStart(invoiceMonth), monthStart(started)] },
    BillingPeriodEnd: {
      op: 'first',
      of: [plus(monthStart(invoiceMonth), { months: 1 }), plus(monthStart(started), { months: 1 })],
    },
  },
  costs: {
    BilledCost: net,
    EffectiveCost: net,
    ListCost: { cases: [{ sum: [{ first: [amount('cost_at_list')] }] }] },
    ContractedCost: { cases: [{ sum: [{ first: [cost] }] }] },
  },
  texts: {
    AvailabilityZone: col('location.zone'),
    BillingAccountId: col('billing_account_id'),
    BillingCurrency: col('currency'),
    ChargeCategory: category,
    ChargeClass: cases([
      [matches(lower(col('adjustment_info.mode', 'adjustment_info.type')), 'correction|adjustment'), 'Correction'],
    ]),
    ChargeDescription: first(sku, service),
    ChargeFrequency: cases(
      [
        [isCommitment, 'Recurring'],
        [isUsage, 'Usage-Based'],
      ],
      'One-Time',
    ),
    ConsumedUnit: cases([[isUsage, col('usage.unit')]]),
    HostProviderName: lit(provider),
    InvoiceIssuerName: lit(provider),
    PricingCategory: cases([
      [matches(sku, '(?i)spot|preemptible'), 'Dynamic'],
      [isUsage, 'Standard'],
    ]),
    PricingUnit: cases([[isUsage, col('usage.pricing_unit')]]),
    PricingCurrency: lit(''),
    RegionId: first(col('location.region'), col('location.location')),
    RegionName: first(col('location.region'), col('location.location')),
    ResourceId: col('resource.global_name', 'resource.name'),
    ResourceName: first(col('resource.name'), extract(col('resource.global_name'), '/([^/]+)$')),
    ResourceType: extract(col('resource.global_name'), '/([^/]+)/[^/]+$'),
    ServiceCategory: lookup(lower(service), serviceCategories, lit('Other')),
    ServiceName: service,
    ServiceProviderName: cases(
      [[isIn(lower(col('invoice.publisher_type')), 'partner'), first(col('seller_name'), lit(provider))]],
      lit(provider),
    ),
    SkuId: col('sku.id'),
    SkuMeter: sku,
    SkuPriceDetails: object({ x_TierStartAmount: col('price.tier_start_amount') }),
    SkuPriceId: first(col('sku.id')),
    SubAccountId: col('project.id', 'project.number'),
    SubAccountName: col('project.name'),
  },
  quantities: {
    ConsumedQuantity: onlyWhen(isUsage, quantity('usage.amount')),
    PricingQuantity: pricingQuantity,
    ContractedUnitPrice: onlyWhen(isUsage, quantity('price.effective_price')),
    ListUnitPrice: onlyWhen(isUsage, quantity('price.list_price')),
  },
  tags: [
    { from: 'pairs', column: 'project.labels', prefix: 'project/' },
    { from: 'pairs', column: 'tags', prefix: 'tag/' },
    { from: 'pairs', column: 'labels' },
    { from: 'columns', pattern: /^labels[._]/i, key: (name) => name.replace(/^labels[._]/i, '') },
  ],
  keeps: ['cost_type', 'credits', 'invoice.month'],
  notes: [
    { note: 'BilledCost: cost and its credits' },
    { note: 'EffectiveCost: as BilledCost; the export does not amortise commitments' },
  ],
}

/** The cost table of the console, downloaded as CSV. Credits are rows of their own. */
export const costTable: BillFormat = {
  id: 'gcp-cost-table',
  name: 'Google Cloud cost table',
  provider,
  generations: [
    {
      name: 'cost table',
      columns: [
        'Billing account ID',
        'Service description',
        'SKU description',
        'Usage start date',
        'Unrounded cost|Unrounded cost ($)|Cost|Cost ($)',
      ],
    },
  ],
  times: {
    ChargePeriodStart: moment(col('Usage start date')),
    ChargePeriodEnd: plus(moment(col('Usage end date', 'Usage start date')), { days: 1 }),
  },
  costs: {
    BilledCost: {
      cases: [
        {
          sum: [
            {
              first: [{ names: ['Unrounded cost', 'Unrounded cost ($)', 'Cost', 'Cost ($)'], style: { decimal: '.' } }],
            },
          ],
        },
      ],
    },
    EffectiveCost: {
      cases: [
        {
          sum: [
            {
              first: [{ names: ['Unrounded cost', 'Unrounded cost ($)', 'Cost', 'Cost ($)'], style: { decimal: '.' } }],
            },
          ],
        },
      ],
    },
  },
  texts: {
    BillingAccountId: col('Billing account ID'),
    BillingAccountName: col('Billing account name'),
    BillingCurrency: col('Currency'),
    ChargeCategory: cases(
      [
        [matches(col('Credit type'), '.'), 'Credit'],
        [isUsage, 'Usage'],
        [isIn(costType, 'tax'), 'Tax'],
      ],
      'Adjustment',
    ),
    ChargeDescription: first(sku, col('Service description')),
    ChargeFrequency: lit('Usage-Based'),
    ConsumedUnit: col('Usage unit'),
    HostProviderName: lit(provider),
    InvoiceIssuerName: lit(provider),
    ServiceCategory: lookup(lower(service), serviceCategories, lit('Other')),
    ServiceName: service,
    ServiceProviderName: lit(provider),
    SkuId: col('SKU ID'),
    SubAccountId: col('Project ID'),
    SubAccountName: col('Project name'),
  },
  quantities: {
    ConsumedQuantity: { op: 'amount', of: { names: ['Usage amount'], style: { decimal: '.' } } },
  },
}

/** The daily file export that ended in 2021, as CSV or JSON. */
export const dailyFile: BillFormat = {
  id: 'gcp-daily-file',
  name: 'Google Cloud daily billing file',
  provider,
  generations: [
    { name: 'CSV', columns: ['Account ID', 'Line Item', 'Start Time', 'Cost'] },
    { name: 'JSON', columns: ['accountId', 'lineItemId', 'startTime', 'cost.amount'] },
  ],
  times: {
    ChargePeriodStart: moment(col('Start Time')),
    ChargePeriodEnd: moment(col('End Time')),
  },
  costs: {
    BilledCost: {
      cases: [
        {
          sum: [
            { first: [amount('Cost', 'cost.amount')] },
            { first: [{ names: ['credits'], member: 'amount' }, amount('Credit1 Amount')] },
          ],
        },
      ],
    },
    EffectiveCost: {
      cases: [
        {
          sum: [
            { first: [amount('Cost', 'cost.amount')] },
            { first: [{ names: ['credits'], member: 'amount' }, amount('Credit1 Amount')] },
          ],
        },
      ],
    },
  },
  texts: {
    BillingAccountId: col('Account ID'),
    BillingCurrency: col('Currency', 'cost.currency'),
    ChargeCategory: lit('Usage'),
    ChargeDescription: col('Description'),
    ChargeFrequency: lit('Usage-Based'),
    ConsumedUnit: col('Measurement1 Units'),
    HostProviderName: lit(provider),
    InvoiceIssuerName: lit(provider),
    ServiceCategory: lit('Other'),
    ServiceName: first(
      extract(col('Line Item', 'lineItemId'), 'services/([^/]+)'),
      extract(col('Line Item', 'lineItemId'), '^com[.]google[.]cloud/([^/]+)'),
      col('Line Item', 'lineItemId'),
    ),
    ServiceProviderName: lit(provider),
    SkuMeter: extract(col('Line Item', 'lineItemId'), '([^/]+)$'),
    SubAccountId: col('Project ID', 'Project Number'),
    SubAccountName: col('Project Name'),
  },
  quantities: {
    ConsumedQuantity: quantity('Measurement1 Total Consumption'),
  },
}
