/**
 * Rule ids of the published FOCUS 1.2 requirements model, by column and kind of check, and the applicability criteria
 * that make a conditional column required there. Our findings carry them so that a dispute can be settled on one id.
 * Ids and criteria are facts of the FinOps Open Cost and Usage Specification (CC-BY-4.0).
 */
export type OfficialRuleIds = {
  readonly present?: string
  readonly type?: string
  readonly format?: string
  readonly notNull?: string
  readonly enum?: string
  readonly range?: string
  readonly criteria?: readonly string[]
}

export const officialRuleIds: Readonly<Record<string, OfficialRuleIds>> = {
  AvailabilityZone: {
    present: 'CostAndUsage-D-003-C',
    type: 'AvailabilityZone-C-001-M',
    format: 'AvailabilityZone-C-002-M',
    criteria: ['AVAILABILITY_ZONE_SUPPORTED'],
  },
  BilledCost: {
    present: 'CostAndUsage-D-006-M',
    type: 'BilledCost-C-001-M',
    format: 'BilledCost-C-002-M',
    notNull: 'BilledCost-C-003-M',
  },
  BillingAccountId: {
    present: 'CostAndUsage-D-024-M',
    type: 'BillingAccountId-C-002-M',
    format: 'BillingAccountId-C-003-M',
    notNull: 'BillingAccountId-C-001-M',
  },
  BillingAccountName: {
    present: 'CostAndUsage-D-005-M',
    type: 'BillingAccountName-C-001-M',
    format: 'BillingAccountName-C-002-M',
    notNull: 'BillingAccountName-C-003-C',
  },
  BillingAccountType: {
    present: 'CostAndUsage-D-007-C',
    type: 'BillingAccountType-C-001-M',
    format: 'BillingAccountType-C-002-M',
    criteria: ['MULTIPLE_BILLING_ACCOUNT_TYPES_SUPPORTED'],
  },
  BillingCurrency: {
    present: 'CostAndUsage-D-035-M',
    type: 'BillingCurrency-C-001-M',
    format: 'BillingCurrency-C-003-M',
    notNull: 'BillingCurrency-C-004-M',
  },
  BillingPeriodEnd: {
    present: 'CostAndUsage-D-010-M',
    type: 'BillingPeriodEnd-C-001-M',
    format: 'BillingPeriodEnd-C-002-M',
    notNull: 'BillingPeriodEnd-C-003-M',
  },
  BillingPeriodStart: {
    present: 'CostAndUsage-D-009-M',
    type: 'BillingPeriodStart-C-001-M',
    format: 'BillingPeriodStart-C-002-M',
    notNull: 'BillingPeriodStart-C-003-M',
  },
  CapacityReservationId: {
    present: 'CostAndUsage-D-065-C',
    type: 'CapacityReservationId-C-001-M',
    format: 'CapacityReservationId-C-002-M',
    criteria: ['CAPACITY_RESERVATION_SUPPORTED'],
  },
  CapacityReservationStatus: {
    present: 'CostAndUsage-D-020-C',
    type: 'CapacityReservationStatus-C-001-M',
    enum: 'CapacityReservationStatus-C-006-M',
    criteria: ['CAPACITY_RESERVATION_SUPPORTED'],
  },
  ChargeCategory: {
    present: 'CostAndUsage-D-008-M',
    type: 'ChargeCategory-C-001-M',
    notNull: 'ChargeCategory-C-002-M',
    enum: 'ChargeCategory-C-003-M',
  },
  ChargeClass: { present: 'CostAndUsage-D-026-M', type: 'ChargeClass-C-001-M' },
  ChargeDescription: {
    present: 'CostAndUsage-D-025-M',
    type: 'ChargeDescription-C-001-M',
    format: 'ChargeDescription-C-002-M',
    notNull: 'ChargeDescription-C-003-O',
  },
  ChargeFrequency: {
    present: 'CostAndUsage-D-027-O',
    type: 'ChargeFrequency-C-001-M',
    notNull: 'ChargeFrequency-C-002-M',
    enum: 'ChargeFrequency-C-003-M',
  },
  ChargePeriodEnd: {
    present: 'CostAndUsage-D-028-M',
    type: 'ChargePeriodEnd-C-001-M',
    format: 'ChargePeriodEnd-C-002-M',
    notNull: 'ChargePeriodEnd-C-003-M',
  },
  ChargePeriodStart: {
    present: 'CostAndUsage-D-037-M',
    type: 'ChargePeriodStart-C-001-M',
    format: 'ChargePeriodStart-C-002-M',
    notNull: 'ChargePeriodStart-C-003-M',
  },
  CommitmentDiscountCategory: {
    present: 'CostAndUsage-D-016-C',
    type: 'CommitmentDiscountCategory-C-001-M',
    enum: 'CommitmentDiscountCategory-C-005-M',
    criteria: ['COMMITMENT_DISCOUNT_SUPPORTED'],
  },
  CommitmentDiscountId: {
    present: 'CostAndUsage-D-013-C',
    type: 'CommitmentDiscountId-C-001-M',
    format: 'CommitmentDiscountId-C-002-M',
    criteria: ['COMMITMENT_DISCOUNT_SUPPORTED'],
  },
  CommitmentDiscountName: {
    present: 'CostAndUsage-D-012-C',
    type: 'CommitmentDiscountName-C-001-M',
    format: 'CommitmentDiscountName-C-002-M',
    criteria: ['COMMITMENT_DISCOUNT_SUPPORTED'],
  },
  CommitmentDiscountQuantity: {
    present: 'CostAndUsage-D-018-C',
    type: 'CommitmentDiscountQuantity-C-001-M',
    format: 'CommitmentDiscountQuantity-C-002-M',
    criteria: ['COMMITMENT_DISCOUNT_SUPPORTED'],
  },
  CommitmentDiscountStatus: {
    present: 'CostAndUsage-D-017-C',
    type: 'CommitmentDiscountStatus-C-001-M',
    enum: 'CommitmentDiscountStatus-C-005-M',
    criteria: ['COMMITMENT_DISCOUNT_SUPPORTED'],
  },
  CommitmentDiscountType: {
    present: 'CostAndUsage-D-014-C',
    type: 'CommitmentDiscountType-C-001-M',
    format: 'CommitmentDiscountType-C-002-M',
    criteria: ['COMMITMENT_DISCOUNT_SUPPORTED'],
  },
  CommitmentDiscountUnit: {
    present: 'CostAndUsage-D-015-C',
    type: 'CommitmentDiscountUnit-C-001-M',
    format: 'CommitmentDiscountUnit-C-003-M',
    criteria: ['COMMITMENT_DISCOUNT_SUPPORTED'],
  },
  ConsumedQuantity: {
    present: 'CostAndUsage-D-011-C',
    type: 'ConsumedQuantity-C-001-M',
    format: 'ConsumedQuantity-C-002-M',
    criteria: ['USAGE_MEASUREMENT_SUPPORTED'],
  },
  ConsumedUnit: {
    present: 'CostAndUsage-D-066-C',
    type: 'ConsumedUnit-C-001-M',
    format: 'ConsumedUnit-C-003-O',
    criteria: ['USAGE_MEASUREMENT_SUPPORTED'],
  },
  ContractedCost: {
    present: 'CostAndUsage-D-030-M',
    type: 'ContractedCost-C-001-M',
    format: 'ContractedCost-C-002-M',
    notNull: 'ContractedCost-C-004-M',
  },
  ContractedUnitPrice: {
    present: 'CostAndUsage-D-034-C',
    type: 'ContractedUnitPrice-C-002-M',
    format: 'ContractedUnitPrice-C-003-M',
    range: 'ContractedUnitPrice-C-009-C',
    criteria: ['NEGOTIATED_PRICING_SUPPORTED'],
  },
  EffectiveCost: {
    present: 'CostAndUsage-D-031-M',
    type: 'EffectiveCost-C-001-M',
    format: 'EffectiveCost-C-002-M',
    notNull: 'EffectiveCost-C-004-M',
  },
  InvoiceId: {
    present: 'CostAndUsage-D-033-O',
    type: 'InvoiceId-C-001-M',
    format: 'InvoiceId-C-002-M',
    notNull: 'InvoiceId-C-005-C',
  },
  InvoiceIssuerName: {
    present: 'CostAndUsage-D-023-M',
    type: 'InvoiceIssuerName-C-001-M',
    format: 'InvoiceIssuerName-C-002-M',
    notNull: 'InvoiceIssuerName-C-003-M',
  },
  ListCost: {
    present: 'CostAndUsage-D-032-M',
    type: 'ListCost-C-001-M',
    format: 'ListCost-C-002-M',
    notNull: 'ListCost-C-004-M',
  },
  ListUnitPrice: {
    present: 'CostAndUsage-D-004-C',
    type: 'ListUnitPrice-C-001-M',
    format: 'ListUnitPrice-C-002-M',
    range: 'ListUnitPrice-C-008-M',
    criteria: ['PUBLIC_PRICE_LIST_SUPPORTED'],
  },
  PricingCategory: {
    present: 'CostAndUsage-D-022-C',
    type: 'PricingCategory-C-001-M',
    enum: 'PricingCategory-C-007-M',
    criteria: ['MULTIPLE_PRICING_CATEGORIES_SUPPORTED'],
  },
  PricingCurrency: {
    present: 'CostAndUsage-D-045-C',
    type: 'PricingCurrency-C-001-M',
    format: 'PricingCurrency-C-003-M',
    notNull: 'PricingCurrency-C-004-M',
    criteria: ['PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED'],
  },
  PricingCurrencyContractedUnitPrice: {
    present: 'CostAndUsage-D-049-C',
    type: 'PricingCurrencyContractedUnitPrice-C-001-M',
    format: 'PricingCurrencyContractedUnitPrice-C-002-M',
    criteria: ['PUBLIC_PRICE_LIST_SUPPORTED', 'PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED'],
  },
  PricingCurrencyEffectiveCost: {
    present: 'CostAndUsage-D-053-C',
    type: 'PricingCurrencyEffectiveCost-C-001-M',
    format: 'PricingCurrencyEffectiveCost-C-002-M',
    notNull: 'PricingCurrencyEffectiveCost-C-003-M',
    criteria: ['PUBLIC_PRICE_LIST_SUPPORTED', 'PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED'],
  },
  PricingCurrencyListUnitPrice: {
    present: 'CostAndUsage-D-057-C',
    type: 'PricingCurrencyListUnitPrice-C-001-M',
    format: 'PricingCurrencyListUnitPrice-C-002-M',
    range: 'PricingCurrencyEffectiveCost-C-004-M',
    criteria: ['PUBLIC_PRICE_LIST_SUPPORTED', 'PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED'],
  },
  PricingQuantity: {
    present: 'CostAndUsage-D-036-M',
    type: 'PricingQuantity-C-001-M',
    format: 'PricingQuantity-C-002-M',
    notNull: 'PricingQuantity-C-008-M',
  },
  PricingUnit: { present: 'CostAndUsage-D-068-M', type: 'PricingUnit-C-001-M', format: 'PricingUnit-C-003-O' },
  ProviderName: {
    present: 'CostAndUsage-D-038-M',
    type: 'ProviderName-C-001-M',
    format: 'ProviderName-C-002-M',
    notNull: 'ProviderName-C-003-M',
  },
  PublisherName: {
    present: 'CostAndUsage-D-021-M',
    type: 'PublisherName-C-001-M',
    format: 'PublisherName-C-002-M',
    notNull: 'PublisherName-C-003-M',
  },
  RegionId: {
    present: 'CostAndUsage-D-063-C',
    type: 'RegionId-C-001-M',
    format: 'RegionId-C-002-M',
    criteria: ['REGION_SUPPORTED'],
  },
  RegionName: {
    present: 'CostAndUsage-D-062-C',
    type: 'RegionName-C-001-M',
    format: 'RegionName-C-002-M',
    criteria: ['REGION_SUPPORTED'],
  },
  ResourceId: {
    present: 'CostAndUsage-D-043-C',
    type: 'ResourceId-C-001-M',
    format: 'ResourceId-C-002-M',
    criteria: ['BILLING_BASED_ON_PROVISIONED_RESOURCES_SUPPORTED'],
  },
  ResourceName: {
    present: 'CostAndUsage-D-044-C',
    type: 'ResourceName-C-001-M',
    format: 'ResourceName-C-002-M',
    criteria: ['BILLING_BASED_ON_PROVISIONED_RESOURCES_SUPPORTED'],
  },
  ResourceType: {
    present: 'CostAndUsage-D-039-C',
    type: 'ResourceType-C-001-M',
    format: 'ResourceType-C-002-M',
    criteria: ['BILLING_BASED_ON_PROVISIONED_RESOURCES_SUPPORTED', 'RESOURCE_TYPE_ASSIGNMENT_SUPPORTED'],
  },
  ServiceCategory: {
    present: 'CostAndUsage-D-040-M',
    type: 'ServiceCategory-C-001-M',
    notNull: 'ServiceCategory-C-002-M',
    enum: 'ServiceCategory-C-003-M',
  },
  ServiceName: {
    present: 'CostAndUsage-D-041-M',
    type: 'ServiceName-C-001-M',
    format: 'ServiceName-C-002-M',
    notNull: 'ServiceName-C-003-M',
  },
  ServiceSubcategory: {
    present: 'CostAndUsage-D-042-O',
    type: 'ServiceSubcategory-C-001-M',
    notNull: 'ServiceSubcategory-C-002-M',
    enum: 'ServiceSubcategory-C-003-M',
  },
  SkuId: {
    present: 'CostAndUsage-D-060-C',
    type: 'SkuId-C-001-M',
    format: 'SkuId-C-002-M',
    criteria: ['PUBLIC_PRICE_LIST_SUPPORTED', 'UNIT_PRICING_SUPPORTED'],
  },
  SkuMeter: {
    present: 'CostAndUsage-D-059-C',
    type: 'SkuMeter-C-001-M',
    format: 'SkuMeter-C-002-M',
    criteria: ['PUBLIC_PRICE_LIST_SUPPORTED', 'UNIT_PRICING_SUPPORTED'],
  },
  SkuPriceDetails: {
    present: 'CostAndUsage-D-061-C',
    format: 'SkuPriceDetails-C-001-M',
    criteria: ['PUBLIC_PRICE_LIST_SUPPORTED', 'UNIT_PRICING_SUPPORTED'],
  },
  SkuPriceId: {
    present: 'CostAndUsage-D-058-C',
    type: 'SkuPriceId-C-001-M',
    format: 'SkuPriceId-C-002-M',
    criteria: ['PUBLIC_PRICE_LIST_SUPPORTED', 'UNIT_PRICING_SUPPORTED'],
  },
  SubAccountId: {
    present: 'CostAndUsage-D-019-C',
    type: 'SubAccountId-C-001-M',
    format: 'SubAccountId-C-002-M',
    criteria: ['SUB_ACCOUNT_SUPPORTED'],
  },
  SubAccountName: {
    present: 'CostAndUsage-D-029-C',
    type: 'SubAccountName-C-001-M',
    format: 'SubAccountName-C-002-M',
    criteria: ['SUB_ACCOUNT_SUPPORTED'],
  },
  SubAccountType: {
    present: 'CostAndUsage-D-067-C',
    type: 'SubAccountType-C-001-M',
    format: 'SubAccountType-C-002-M',
    criteria: ['MULTIPLE_SUB_ACCOUNT_TYPES_SUPPORTED'],
  },
  Tags: { present: 'CostAndUsage-D-064-C', format: 'Tags-C-001-M', criteria: ['TAGGING_SUPPORTED'] },
}

/** Applicability criteria of the models 1.2 and 1.3, with the capability each one names. */
export const applicabilityCriteria: Readonly<Record<string, string>> = {
  ACCOUNT_NAMING_SUPPORTED: 'assigning a display name for the billing account',
  AVAILABILITY_ZONE_SUPPORTED: 'deploying resources or services within an availability zone',
  CAPACITY_RESERVATION_SUPPORTED: 'capacity reservations',
  COMMITMENT_DISCOUNT_SUPPORTED: 'commitment discounts',
  MULTIPLE_PRICING_CATEGORIES_SUPPORTED: 'more than one pricing category across all SKUs',
  MULTIPLE_SUB_ACCOUNT_TYPES_SUPPORTED: 'more than one possible SubAccountType value',
  MULTIPLE_BILLING_ACCOUNT_TYPES_SUPPORTED: 'more than one possible BillingAccountType value',
  NEGOTIATED_PRICING_SUPPORTED: 'negotiated pricing concepts',
  PUBLIC_PRICE_LIST_SUPPORTED: 'publishes public price lists',
  USAGE_MEASUREMENT_SUPPORTED: 'the measurement of usage',
  UNIT_PRICING_SUPPORTED: 'unit pricing concepts',
  SUB_ACCOUNT_SUPPORTED: 'a sub account construct',
  BILLING_BASED_ON_PROVISIONED_RESOURCES_SUPPORTED: 'billing based on provisioned resources',
  RESOURCE_TYPE_ASSIGNMENT_SUPPORTED: 'assigning types to resources',
  PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED: 'pricing and billing in different currencies',
  VIRTUAL_CURRENCY_SUPPORTED: 'prices in virtual currency',
  REGION_SUPPORTED: 'deploying resources or services within a region',
  TAGGING_SUPPORTED: 'setting user or provider-defined tags',
  CONTRACT_COMMITMENTS_SUPPORTED: 'contract commitments',
  DATA_GENERATOR_SPLIT_COST_ALLOCATION_SUPPORTED: 'split cost allocation computed by the data generator',
}
