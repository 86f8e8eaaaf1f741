import {
  all,
  amount,
  any,
  type BillFormat,
  cases,
  col,
  extract,
  first,
  firstMoment,
  isBefore,
  isEmpty,
  isIn,
  lit,
  lookup,
  matches,
  member,
  moment,
  not,
  object,
  onlyWhen,
  quantity,
} from '@infrazen/connector-kit'
import { serviceCategories } from './service-categories'

const provider = 'Amazon Web Services'

const type = col('lineItem/LineItemType')
const usageTypes = ['Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage'] as const
const discountTypes = [
  'SavingsPlanNegation',
  'EdpDiscount',
  'PrivateRateDiscount',
  'BundledDiscount',
  'Discount',
  'SppDiscount',
  'DistributorDiscount',
] as const
const isUsage = isIn(type, ...usageTypes)
const isSavingsPlan = isIn(
  type,
  'SavingsPlanCoveredUsage',
  'SavingsPlanNegation',
  'SavingsPlanRecurringFee',
  'SavingsPlanUpfrontFee',
)
const reservationArn = col('reservation/ReservationARN')
const isReservationFee = any(isIn(type, 'RIFee'), all(isIn(type, 'Fee'), not(isEmpty(reservationArn))))
const isReservation = any(isIn(type, 'DiscountedUsage'), isReservationFee)
const isCommitment = any(isSavingsPlan, isReservation)
const isCovered = isIn(type, 'DiscountedUsage', 'SavingsPlanCoveredUsage')

const billed = [amount('lineItem/NetUnblendedCost'), amount('lineItem/UnblendedCost')]
const product = col('product')
/** A column of legacy reports that CUR 2.0 keeps in the map `product`. */
const ofProduct = (column: string, key: string) => first(col(`product/${column}`), member(product, key))
const productName = first(
  col('product/ProductName'),
  member(product, 'product_name'),
  col('product/servicename'),
  member(product, 'servicename'),
  col('lineItem/ProductCode'),
)
// Models of other makers on Bedrock are sold through the marketplace, but run, and are metered, as Bedrock.
const isBedrockEdition = matches(productName, 'Amazon Bedrock Edition')
const isMarketplace = all(isIn(col('bill/BillingEntity'), 'AWS Marketplace'), not(isBedrockEdition))
const region = first(
  ofProduct('regionCode', 'region_code'),
  ofProduct('region', 'region'),
  extract(col('lineItem/AvailabilityZone'), '^([a-z]+-[a-z-]+-[0-9]+)[a-z]$'),
)
const usageAmount = quantity('lineItem/UsageAmount')
const priced = any(isUsage, isIn(type, 'Fee', 'RIFee', 'SavingsPlanRecurringFee', 'SavingsPlanUpfrontFee'))
const started = moment(col('lineItem/UsageStartDate'))
const savingsPlanCost = [
  amount('savingsPlan/NetSavingsPlanEffectiveCost'),
  amount('savingsPlan/SavingsPlanEffectiveCost'),
]

/**
 * AWS Cost and Usage Reports: legacy (slashes), as Athena and Parquet spell it, and CUR 2.0 of Data Exports.
 * Rules of amortisation: the documentation's line item types; an unused part of a commitment stands on its fee.
 */
export const costAndUsageReport: BillFormat = {
  id: 'aws-cur',
  name: 'AWS Cost and Usage Report',
  provider,
  generations: [
    {
      name: 'CUR 2.0',
      columns: [
        'line_item_line_item_type',
        'line_item_unblended_cost|line_item_net_unblended_cost',
        'line_item_usage_start_date',
        'resource_tags|bill_payer_account_name|cost_category|line_item_usage_account_name',
      ],
    },
    {
      name: 'CUR',
      columns: ['lineItem/LineItemType', 'lineItem/UnblendedCost|lineItem/NetUnblendedCost', 'lineItem/UsageStartDate'],
    },
  ],
  times: {
    ChargePeriodStart: started,
    ChargePeriodEnd: firstMoment(
      moment(col('lineItem/UsageEndDate')),
      moment(extract(col('identity/TimeInterval'), '/(.+)$')),
    ),
    BillingPeriodStart: moment(col('bill/BillingPeriodStartDate')),
    BillingPeriodEnd: moment(col('bill/BillingPeriodEndDate')),
  },
  costs: {
    BilledCost: { cases: [{ sum: [{ first: billed }] }] },
    EffectiveCost: {
      cases: [
        { when: isIn(type, 'SavingsPlanCoveredUsage'), sum: [{ first: savingsPlanCost }] },
        // What the plan pays for is on the covered rows; the negation takes the on-demand price back.
        { when: isIn(type, 'SavingsPlanNegation', 'SavingsPlanUpfrontFee'), sum: [] },
        {
          when: isIn(type, 'SavingsPlanRecurringFee'),
          sum: [
            { first: [amount('savingsPlan/TotalCommitmentToDate')] },
            { first: [amount('savingsPlan/UsedCommitment')], minus: true },
          ],
        },
        {
          when: isIn(type, 'DiscountedUsage'),
          sum: [{ first: [amount('reservation/NetEffectiveCost'), amount('reservation/EffectiveCost')] }],
        },
        {
          when: isIn(type, 'RIFee'),
          sum: [
            {
              first: [
                amount('reservation/NetUnusedAmortizedUpfrontFeeForBillingPeriod'),
                amount('reservation/UnusedAmortizedUpfrontFeeForBillingPeriod'),
              ],
            },
            { first: [amount('reservation/NetUnusedRecurringFee'), amount('reservation/UnusedRecurringFee')] },
          ],
        },
        // The upfront fee of a reservation: amortised over the rows that it covers.
        { when: all(isIn(type, 'Fee'), not(isEmpty(reservationArn))), sum: [] },
        { sum: [{ first: billed }] },
      ],
    },
    ListCost: { cases: [{ sum: [{ first: [amount('pricing/publicOnDemandCost')] }] }] },
    ContractedCost: {
      cases: [
        { when: isIn(type, 'SavingsPlanNegation'), sum: [] },
        // Unblended cost is zero where a reservation covers; without net columns nothing was negotiated.
        {
          when: all(isIn(type, 'DiscountedUsage'), isEmpty(col('reservation/NetEffectiveCost'))),
          sum: [{ first: [amount('pricing/publicOnDemandCost')] }],
        },
        { when: isIn(type, 'DiscountedUsage'), sum: null },
        { sum: [{ first: billed }] },
      ],
    },
  },
  texts: {
    AvailabilityZone: col('lineItem/AvailabilityZone'),
    BillingAccountId: col('bill/PayerAccountId'),
    BillingAccountName: col('bill_payer_account_name'),
    BillingCurrency: col('lineItem/CurrencyCode'),
    ChargeCategory: cases(
      [
        [isUsage, 'Usage'],
        [isIn(type, ...discountTypes), 'Usage'],
        [isIn(type, 'Tax'), 'Tax'],
        [isIn(type, 'Credit'), 'Credit'],
        [isIn(type, 'Fee', 'RIFee', 'SavingsPlanRecurringFee', 'SavingsPlanUpfrontFee', 'SavingsPlanFee'), 'Purchase'],
      ],
      'Adjustment',
    ),
    ChargeClass: cases([[isBefore(started, moment(col('bill/BillingPeriodStartDate'))), 'Correction']]),
    ChargeDescription: first(col('lineItem/LineItemDescription'), col('lineItem/UsageType')),
    ChargeFrequency: cases(
      [
        [any(isUsage, isIn(type, ...discountTypes)), 'Usage-Based'],
        [isIn(type, 'RIFee', 'SavingsPlanRecurringFee'), 'Recurring'],
        [all(isIn(type, 'Fee'), matches(productName, 'Support')), 'Recurring'],
      ],
      'One-Time',
    ),
    CommitmentDiscountCategory: cases([
      [isSavingsPlan, 'Spend'],
      [isReservation, 'Usage'],
    ]),
    CommitmentDiscountId: cases([
      [isSavingsPlan, first(col('savingsPlan/SavingsPlanARN'), lit('unnamed savings plan'))],
      [isReservation, first(reservationArn, col('reservation/SubscriptionId'), lit('unnamed reservation'))],
    ]),
    CommitmentDiscountStatus: cases([
      [any(isCovered, isIn(type, 'SavingsPlanNegation')), 'Used'],
      [isIn(type, 'RIFee', 'SavingsPlanRecurringFee'), 'Unused'],
    ]),
    CommitmentDiscountType: cases([
      [isSavingsPlan, first(col('savingsPlan/OfferingType'), lit('Savings Plan'))],
      [isReservation, 'Reserved Instance'],
    ]),
    ConsumedUnit: cases([[isUsage, first(col('pricing/unit'), lit('Units'))]]),
    HostProviderName: lit(provider),
    InvoiceId: col('bill/InvoiceId'),
    InvoiceIssuerName: first(
      col('bill/InvoicingEntity'),
      cases([[isIn(col('bill/BillingEntity'), 'AWS'), 'Amazon Web Services, Inc.']], col('lineItem/LegalEntity')),
    ),
    PricingCategory: cases([
      [any(isCovered, isIn(type, 'SavingsPlanNegation')), 'Committed'],
      [all(isIn(type, 'Usage'), matches(col('lineItem/UsageType'), 'SpotUsage')), 'Dynamic'],
      [priced, 'Standard'],
    ]),
    PricingUnit: cases([[priced, first(col('pricing/unit'), lit('Units'))]]),
    RegionId: region,
    RegionName: cases(
      [
        [
          isIn(first(ofProduct('locationType', 'location_type'), lit('AWS Region')), 'AWS Region'),
          first(ofProduct('location', 'location'), region),
        ],
      ],
      region,
    ),
    ResourceId: cases(
      [
        [
          all(isCommitment, not(any(isCovered, isIn(type, 'SavingsPlanNegation')))),
          first(col('savingsPlan/SavingsPlanARN'), reservationArn),
        ],
      ],
      col('lineItem/ResourceId'),
    ),
    ResourceName: first(col('resourceTags/user:Name'), member(col('resource_tags'), 'user_name', 'user:Name')),
    ResourceType: extract(col('lineItem/ResourceId'), '^arn:[^:]*:[^:]*:[^:]*:[^:]*:([a-zA-Z-]+)[:/]'),
    ServiceCategory: cases(
      [[isBedrockEdition, 'AI and Machine Learning']],
      lookup(col('lineItem/ProductCode'), serviceCategories, lit('Other')),
    ),
    ServiceName: cases([[isBedrockEdition, 'Amazon Bedrock']], productName),
    ServiceProviderName: cases([[isMarketplace, first(col('lineItem/LegalEntity'), lit(provider))]], lit(provider)),
    SkuId: first(col('product/sku'), col('product_sku'), member(product, 'sku')),
    SkuMeter: col('lineItem/UsageType'),
    SkuPriceDetails: object(
      {
        InstanceType: first(ofProduct('instanceType', 'instance_type')),
        OperatingSystem: ofProduct('operatingSystem', 'operating_system'),
        StorageClass: ofProduct('storageClass', 'storage_class'),
        x_ProductFamily: ofProduct('productFamily', 'product_family'),
      },
      {
        CoreCount: ofProduct('vcpu', 'vcpu'),
        GpuCount: ofProduct('gpu', 'gpu'),
        MemorySize: extract(ofProduct('memory', 'memory'), '^([0-9.]+) GiB$'),
      },
    ),
    SkuPriceId: first(col('pricing/RateCode'), col('pricing/RateId')),
    SubAccountId: col('lineItem/UsageAccountId'),
    SubAccountName: col('line_item_usage_account_name'),
  },
  quantities: {
    ConsumedQuantity: onlyWhen(isUsage, usageAmount),
    PricingQuantity: onlyWhen(priced, usageAmount),
    ListUnitPrice: onlyWhen(isUsage, quantity('pricing/publicOnDemandRate')),
    ContractedUnitPrice: onlyWhen(isIn(type, 'Usage'), quantity('lineItem/NetUnblendedRate', 'lineItem/UnblendedRate')),
    CommitmentDiscountQuantity: onlyWhen(isIn(type, 'DiscountedUsage'), usageAmount),
  },
  tags: [
    { from: 'columns', pattern: /^resourceTags\/|^resource_tags_/i, key: tagKey },
    {
      from: 'columns',
      pattern: /^(costCategory\/|cost_category_)/i,
      key: (name) => `costCategory/${name.replace(/^cost_?category[/_]/i, '')}`,
    },
    {
      from: 'columns',
      pattern: /^(iamPrincipal\/|iam_principal_)/i,
      key: (name) => `iamPrincipal/${name.replace(/^iam_?principal[/_]/i, '')}`,
    },
    { from: 'object', column: 'resource_tags', strip: '^user[_:]' },
    { from: 'object', column: 'cost_category', prefix: 'costCategory/' },
  ],
  notes: [
    { note: 'BilledCost: net unblended cost where the report has it, else unblended cost' },
    { when: isIn(type, 'SavingsPlanCoveredUsage'), note: 'EffectiveCost: the savings plan’s rate' },
    { when: isIn(type, 'SavingsPlanNegation'), note: 'EffectiveCost: 0, the covered rows carry the plan’s cost' },
    { when: isIn(type, 'SavingsPlanRecurringFee'), note: 'EffectiveCost: commitment not used' },
    { when: isIn(type, 'SavingsPlanUpfrontFee'), note: 'EffectiveCost: 0, amortised over the covered rows' },
    { when: isIn(type, 'DiscountedUsage'), note: 'EffectiveCost: amortised cost of the reservation' },
    { when: isIn(type, 'RIFee'), note: 'EffectiveCost: unused part of the reservation' },
    {
      when: all(isIn(type, 'Fee'), not(isEmpty(reservationArn))),
      note: 'EffectiveCost: 0, amortised over the covered rows',
    },
  ],
  keeps: ['lineItem/LineItemType', 'lineItem/ProductCode', 'bill/BillingEntity'],
  leavesOut: [
    {
      columns: /^identity\/?_?line_?item_?id$/i,
      reason: 'it is another one in each delivery of the report, so it identifies nothing',
    },
    {
      columns: /^product[/_]/i,
      reason: 'attributes of the SKU, the same on each of its rows; SkuId leads to them',
    },
    { columns: /^lineItem\/?_?(blended|net)|^line_item_blended/i, reason: 'blended figures are no cost of a row' },
  ],
}

function tagKey(name: string): string {
  const bare = name.replace(/^resource_?tags[/_]/i, '')
  return bare.replace(/^user[:_]/, '').replace(/^aws_/, 'aws:')
}
