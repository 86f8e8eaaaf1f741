/**
 * FOCUS columns as data: what a column is called, holds, may be null in, and since which version it exists.
 * Facts follow the FinOps Open Cost and Usage Specification (CC-BY-4.0), levels and nullability as of 1.4.
 */

export type FocusVersion = '1.0' | '1.1' | '1.2' | '1.3' | '1.4'
export type FocusDataset = 'CostAndUsage' | 'ContractCommitment' | 'BillingPeriod' | 'InvoiceDetail'
export type FocusType = 'string' | 'decimal' | 'datetime' | 'json'
export type FocusFormat =
  | 'string'
  | 'enum'
  | 'currency'
  | 'unit'
  | 'duration'
  | 'numeric'
  | 'date-time'
  | 'key-value'
  | 'json-object'
export type FeatureLevel = 'mandatory' | 'conditional' | 'recommended'

export type FocusColumn = {
  readonly dataset: FocusDataset
  readonly id: string
  readonly type: FocusType
  readonly format: FocusFormat
  /** Level in 1.4 (in the last version that had it, for a removed column); `levels` holds earlier exceptions. */
  readonly level: FeatureLevel
  readonly levels: Readonly<Partial<Record<FocusVersion, FeatureLevel>>>
  readonly nullable: boolean
  readonly allowedValues: readonly string[] | null
  /** Smallest and largest allowed value, decimal strings. */
  readonly minimum: string | null
  readonly maximum: string | null
  /** First version, `0.5` included for the columns older than 1.0. */
  readonly since: string
  readonly deprecated: string | null
  readonly removed: string | null
  /** Text of the capability that makes a conditional column required; null for an unconditional one. */
  readonly condition: string | null
  readonly notes: string
}

type ColumnSource = Pick<FocusColumn, 'id' | 'type' | 'format' | 'level' | 'nullable' | 'since'> & Partial<FocusColumn>

export const focusVersions: readonly FocusVersion[] = ['1.0', '1.1', '1.2', '1.3', '1.4']

/** The 82 service subcategories under their 19 service categories. */
export const serviceSubcategoriesOf: Readonly<Record<string, readonly string[]>> = {
  'AI and Machine Learning': [
    'AI Platforms',
    'Bots',
    'Generative AI',
    'Machine Learning',
    'Natural Language Processing',
    'Other (AI and Machine Learning)',
  ],
  Analytics: [
    'Analytics Platforms',
    'Business Intelligence',
    'Data Processing',
    'Other (Analytics)',
    'Search',
    'Streaming Analytics',
  ],
  'Business Applications': ['Other (Business Applications)', 'Productivity and Collaboration'],
  Compute: [
    'Containers',
    'End User Computing',
    'Other (Compute)',
    'Quantum Compute',
    'Serverless Compute',
    'Virtual Machines',
  ],
  Databases: [
    'Caching',
    'Data Warehouses',
    'Ledger Databases',
    'NoSQL Databases',
    'Other (Databases)',
    'Relational Databases',
    'Time Series Databases',
  ],
  'Developer Tools': [
    'Continuous Integration and Deployment',
    'Developer Platforms',
    'Development Environments',
    'Other (Developer Tools)',
    'Quality Assurance',
    'Source Code Management',
  ],
  Identity: ['Identity and Access Management', 'Other (Identity)'],
  Integration: ['API Management', 'Messaging', 'Other (Integration)', 'Workflow Orchestration'],
  'Internet of Things': ['IoT Analytics', 'IoT Platforms', 'Other (Internet of Things)'],
  'Management and Governance': [
    'Architecture',
    'Compliance',
    'Cost Management',
    'Data Governance',
    'Disaster Recovery',
    'Endpoint Management',
    'Observability',
    'Other (Management and Governance)',
    'Support',
  ],
  Media: ['Content Creation', 'Gaming', 'Media Streaming', 'Mixed Reality', 'Other (Media)'],
  Migration: ['Data Migration', 'Other (Migration)', 'Resource Migration'],
  Mobile: ['Other (Mobile)'],
  Multicloud: ['Multicloud Integration', 'Other (Multicloud)'],
  Networking: [
    'Application Networking',
    'Content Delivery',
    'Network Connectivity',
    'Network Infrastructure',
    'Network Routing',
    'Network Security',
    'Other (Networking)',
  ],
  Other: ['Other (Other)'],
  Security: ['Other (Security)', 'Secret Management', 'Security Posture Management', 'Threat Detection and Response'],
  Storage: [
    'Backup Storage',
    'Block Storage',
    'File Storage',
    'Object Storage',
    'Other (Storage)',
    'Storage Platforms',
  ],
  Web: ['Application Platforms', 'Other (Web)'],
}

export const serviceCategories: readonly string[] = Object.keys(serviceSubcategoriesOf)
export const serviceSubcategories: readonly string[] = Object.values(serviceSubcategoriesOf).flat()

const costAndUsageSource: ColumnSource[] = [
  {
    id: 'AllocatedMethodDetails',
    type: 'json',
    format: 'json-object',
    level: 'recommended',
    nullable: true,
    since: '1.3',
    condition: 'Supports data generator-calculated split cost allocation',
    notes:
      'Object {Elements:[{AllocatedRatio,UsageUnit?,UsageQuantity?}]}. Null on rows that are not split-cost rows; SHOULD be set on split-cost rows.',
  },
  {
    id: 'AllocatedMethodId',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '1.3',
    condition: 'Supports data generator-calculated split cost allocation',
    notes: 'Null ⇔ row is not a split-cost row. One published method description per id.',
  },
  {
    id: 'AllocatedResourceId',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '1.3',
    condition: 'Supports data generator-calculated split cost allocation',
    notes:
      'Null on non-split rows and on the row carrying the unallocated remainder; set on rows carrying an allocated part. SHOULD be unique inside (ResourceId, charge period).',
  },
  {
    id: 'AllocatedResourceName',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '1.3',
    condition: 'Supports data generator-calculated split cost allocation',
    notes: 'Null ⇔ AllocatedResourceId null. May repeat the id.',
  },
  {
    id: 'AllocatedTags',
    type: 'json',
    format: 'key-value',
    level: 'conditional',
    nullable: true,
    since: '1.3',
    condition: 'Supports data generator-calculated split cost allocation',
    notes:
      'Null on non-split rows. Must not repeat keys already in Tags; same prefix rules as Tags; valueless tag ⇒ true.',
  },
  {
    id: 'AvailabilityZone',
    type: 'string',
    format: 'string',
    level: 'recommended',
    nullable: true,
    since: '0.5',
    condition: 'Supports deploying resources or services within an availability zone',
    notes: 'Null when the charge is not zone specific.',
  },
  {
    id: 'BilledCost',
    type: 'decimal',
    format: 'numeric',
    level: 'mandatory',
    nullable: false,
    since: '0.5',
    notes:
      'Basis for invoices. In BillingCurrency. All discounts applied. 0 when fully covered by another charge, and 0 on rows produced by a party that does not invoice. Sum per (InvoiceIssuerName, InvoiceId) = payable amount within the rounding tolerance once issued.',
  },
  {
    id: 'BillingAccountId',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: false,
    since: '0.5',
    notes: 'Unique per invoice issuer; SHOULD be fully qualified.',
  },
  {
    id: 'BillingAccountName',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: true,
    since: '0.5',
    notes: 'Set whenever the issuer allows a display name.',
  },
  {
    id: 'BillingAccountType',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: false,
    since: '1.2',
    condition: 'Supports more than one possible BillingAccountType value',
    notes: 'Null ⇔ BillingAccountId null (so in practice never null). Human-readable, consistent.',
  },
  {
    id: 'BillingCurrency',
    type: 'string',
    format: 'currency',
    level: 'mandatory',
    nullable: false,
    since: '0.5',
    notes: 'ISO 4217, national currency only, equals the invoice currency.',
  },
  {
    id: 'BillingPeriodEnd',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '0.5',
    notes: 'Exclusive bound.',
  },
  {
    id: 'BillingPeriodStart',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '0.5',
    notes: 'Inclusive bound.',
  },
  {
    id: 'CapacityReservationId',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '1.1',
    condition: 'Supports capacity reservations',
    notes: 'Null when unrelated; required on the unused part of a reservation; SHOULD be set on the used part.',
  },
  {
    id: 'CapacityReservationStatus',
    type: 'string',
    format: 'enum',
    level: 'conditional',
    nullable: true,
    since: '1.1',
    allowedValues: ['Used', 'Unused'],
    condition: 'Supports capacity reservations',
    notes:
      'Null when id null; required when id set and ChargeCategory=Usage. Unused = idle part, Used = consumed part.',
  },
  {
    id: 'ChargeCategory',
    type: 'string',
    format: 'enum',
    level: 'mandatory',
    nullable: false,
    since: '0.5',
    allowedValues: ['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment'],
    notes:
      'Usage = consumption; Purchase = acquisition (incl. commitments); Tax; Credit = allowance unrelated to other charges; Adjustment = anything else.',
  },
  {
    id: 'ChargeClass',
    type: 'string',
    format: 'enum',
    level: 'mandatory',
    nullable: true,
    since: '1.0',
    allowedValues: ['Correction'],
    notes:
      'Correction ⇔ row corrects an already **closed** billing period; otherwise null. Corrections inside an open period stay null.',
  },
  {
    id: 'ChargeDescription',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: true,
    since: '1.0',
    notes: 'SHOULD NOT be null; max length SHOULD be in metadata.',
  },
  {
    id: 'ChargeFrequency',
    type: 'string',
    format: 'enum',
    level: 'recommended',
    nullable: false,
    since: '1.0',
    allowedValues: ['One-Time', 'Recurring', 'Usage-Based'],
    notes: 'Must not be Usage-Based when ChargeCategory=Purchase.',
  },
  {
    id: 'ChargePeriodEnd',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '0.5',
    notes: 'Exclusive bound of the effective period.',
  },
  {
    id: 'ChargePeriodStart',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '0.5',
    notes: 'Inclusive bound of the effective period.',
  },
  {
    id: 'CommitmentDiscountCategory',
    type: 'string',
    format: 'enum',
    level: 'conditional',
    nullable: true,
    since: '1.0',
    allowedValues: ['Spend', 'Usage'],
    condition: 'Supports commitment discounts',
    notes: 'Null ⇔ CommitmentDiscountId null.',
  },
  {
    id: 'CommitmentDiscountId',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '1.0',
    condition: 'Supports commitment discounts',
    notes:
      'Null ⇔ unrelated to a commitment discount. Equals ResourceId on the purchase row and on unused-commitment rows. Unique per service provider.',
  },
  {
    id: 'CommitmentDiscountName',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '1.0',
    condition: 'Supports commitment discounts',
    notes: 'Null when id null; set when a name can be assigned.',
  },
  {
    id: 'CommitmentDiscountQuantity',
    type: 'decimal',
    format: 'numeric',
    level: 'conditional',
    nullable: true,
    since: '1.1',
    condition: 'Supports commitment discounts',
    notes:
      'Only for Usage/Purchase with CommitmentDiscountId and SkuPriceId set (otherwise null); required unless Correction. Purchase+One-Time: eligible units over the whole term; Purchase+Recurring: units per charge period; Usage: units consumed (Used) or left over (Unused).',
  },
  {
    id: 'CommitmentDiscountStatus',
    type: 'string',
    format: 'enum',
    level: 'conditional',
    nullable: true,
    since: '1.0',
    allowedValues: ['Used', 'Unused'],
    condition: 'Supports commitment discounts',
    notes: 'Null when id null; required when id set and ChargeCategory=Usage.',
  },
  {
    id: 'CommitmentDiscountType',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '1.0',
    condition: 'Supports commitment discounts',
    notes: 'Provider name of the programme (e.g. reserved instance, savings plan). Null ⇔ id null.',
  },
  {
    id: 'CommitmentDiscountUnit',
    type: 'string',
    format: 'unit',
    level: 'conditional',
    nullable: true,
    since: '1.1',
    condition: 'Supports commitment discounts',
    notes:
      'Null ⇔ CommitmentDiscountQuantity null; constant over time per CommitmentDiscountId; SHOULD follow UnitFormat and size-flexibility normalisation.',
  },
  {
    id: 'CommitmentProgramEligibilityDetails',
    type: 'json',
    format: 'json-object',
    level: 'conditional',
    nullable: true,
    since: '1.4',
    condition: 'Supports commitment programs',
    notes:
      'Object {CommitmentPrograms:[{ProgramType}]}. Required when the usage is eligible for any programme, applied or not. No terms/payment options inside. When CommitmentDiscountType is set, exactly one ProgramType equals it.',
  },
  {
    id: 'ConsumedQuantity',
    type: 'decimal',
    format: 'numeric',
    level: 'conditional',
    nullable: true,
    since: '1.0',
    condition: 'Supports the measurement of usage',
    notes:
      'Raw metered amount. Null unless ChargeCategory=Usage and CommitmentDiscountStatus≠Unused and SkuPriceId set; then required unless Correction.',
  },
  {
    id: 'ConsumedUnit',
    type: 'string',
    format: 'unit',
    level: 'conditional',
    nullable: true,
    since: '1.0',
    condition: 'Supports the measurement of usage',
    notes: 'Null ⇔ ConsumedQuantity null; SHOULD follow UnitFormat.',
  },
  {
    id: 'ContractApplied',
    type: 'json',
    format: 'json-object',
    level: 'conditional',
    nullable: true,
    since: '1.3',
    condition: 'Supports contract commitments',
    notes:
      'Object {Elements:[{ContractId,ContractCommitmentId, cost XOR quantity+unit}]}. Required when a contract commitment applied.',
  },
  {
    id: 'ContractedCost',
    type: 'decimal',
    format: 'numeric',
    level: 'mandatory',
    nullable: false,
    since: '1.0',
    notes:
      '= ContractedUnitPrice × PricingQuantity when both set. Otherwise: derived charges (tax) from the ContractedCost of their base charges; independent charges (credit) = BilledCost. Excludes commitment discounts.',
  },
  {
    id: 'ContractedUnitPrice',
    type: 'decimal',
    format: 'numeric',
    level: 'conditional',
    nullable: true,
    since: '1.0',
    minimum: '0',
    condition: 'Supports negotiated pricing concepts',
    notes:
      'Negotiated price before commitment discounts, per PricingUnit, in BillingCurrency, ≥ 0. Null when SkuPriceId null or Tax; required when SkuPriceId set, and for Usage/Purchase unless Correction.',
  },
  {
    id: 'EffectiveCost',
    type: 'decimal',
    format: 'numeric',
    level: 'mandatory',
    nullable: false,
    since: '0.5',
    notes: 'Amortised cost after all reductions, in BillingCurrency.',
  },
  {
    id: 'HostProviderName',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: true,
    since: '1.3',
    notes:
      'Infrastructure host. Null only for non-infrastructure services or when indeterminable (Tax, Adjustment). Defaults to ServiceProviderName when the host is hidden.',
  },
  {
    id: 'InvoiceDetailId',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '1.4',
    condition: 'Supports payable invoices',
    notes: 'Null ⇔ charge not yet tied to an issued or provisional invoice. Identifies a line inside InvoiceId.',
  },
  {
    id: 'InvoiceId',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '1.2',
    condition: 'Supports payable invoices',
    levels: { '1.2': 'recommended', '1.3': 'recommended' },
    notes: 'Same nullability as InvoiceDetailId. May exist before issue.',
  },
  {
    id: 'InvoiceIssuerName',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: false,
    since: '0.5',
    notes: 'Entity that issues the invoice.',
  },
  {
    id: 'ListCost',
    type: 'decimal',
    format: 'numeric',
    level: 'mandatory',
    nullable: false,
    since: '1.0',
    notes: '= ListUnitPrice × PricingQuantity when both set; fallback rules as for ContractedCost.',
  },
  {
    id: 'ListUnitPrice',
    type: 'decimal',
    format: 'numeric',
    level: 'conditional',
    nullable: true,
    since: '1.0',
    minimum: '0',
    condition: 'Publishes unit prices exclusive of discounts',
    notes: 'Public price per PricingUnit in BillingCurrency, ≥ 0. Same nullability as ContractedUnitPrice.',
  },
  {
    id: 'PricingCategory',
    type: 'string',
    format: 'enum',
    level: 'conditional',
    nullable: true,
    since: '1.0',
    allowedValues: ['Standard', 'Dynamic', 'Committed', 'Other'],
    condition: 'Supports more than one pricing category across all SKUs',
    notes:
      'Standard = agreed rate; Committed = covered by a commitment (never on the commitment purchase itself); Dynamic = provider-varying (spot); Other. Null when SkuPriceId null or Tax; required for Usage/Purchase unless Correction.',
  },
  {
    id: 'PricingCurrency',
    type: 'string',
    format: 'currency',
    level: 'conditional',
    nullable: false,
    since: '1.2',
    condition: 'Supports pricing and billing in different currencies',
    notes: 'Currency of the price list. Virtual currencies are tolerated on input.',
  },
  {
    id: 'PricingCurrencyContractedUnitPrice',
    type: 'decimal',
    format: 'numeric',
    level: 'conditional',
    nullable: true,
    since: '1.2',
    minimum: '0',
    condition: 'Supports prices in virtual currency and publishes unit prices exclusive of discounts',
    notes: 'Contracted price in PricingCurrency, ≥ 0. Same nullability as ContractedUnitPrice.',
  },
  {
    id: 'PricingCurrencyEffectiveCost',
    type: 'decimal',
    format: 'numeric',
    level: 'conditional',
    nullable: false,
    since: '1.2',
    condition: 'Supports prices in virtual currency and publishes unit prices exclusive of discounts',
    notes: 'EffectiveCost converted to PricingCurrency.',
  },
  {
    id: 'PricingCurrencyListUnitPrice',
    type: 'decimal',
    format: 'numeric',
    level: 'conditional',
    nullable: true,
    since: '1.2',
    minimum: '0',
    condition: 'Supports prices in virtual currency and publishes unit prices exclusive of discounts',
    notes: 'List price in PricingCurrency, ≥ 0. Same nullability as ListUnitPrice.',
  },
  {
    id: 'PricingQuantity',
    type: 'decimal',
    format: 'numeric',
    level: 'mandatory',
    nullable: true,
    since: '1.0',
    notes:
      'Priced volume in PricingUnit. Null when SkuPriceId null or Tax; required for Usage/Purchase unless Correction. May be negative on corrections.',
  },
  {
    id: 'PricingUnit',
    type: 'string',
    format: 'unit',
    level: 'mandatory',
    nullable: true,
    since: '1.0',
    notes:
      'Null ⇔ PricingQuantity null. Must mean the same as the price-list (and invoice) unit; SHOULD follow UnitFormat.',
  },
  {
    id: 'RegionId',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '1.0',
    condition: 'Supports deploying resources or services within a region',
    notes: 'Set when operated in a distinct region.',
  },
  {
    id: 'RegionName',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '1.0',
    condition: 'Supports deploying resources or services within a region',
    notes: 'Null ⇔ RegionId null.',
  },
  {
    id: 'ResourceId',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '0.5',
    condition: 'Supports billing based on provisioned resources',
    notes:
      'Null ⇔ unrelated to a resource. On Used rows: the resource that got the discount; on commitment purchase/unused rows: the commitment itself. Unique per service provider.',
  },
  {
    id: 'ResourceName',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '0.5',
    condition: 'Supports billing based on provisioned resources',
    notes: 'Null when ResourceId null or no display name; must not merely repeat a system-generated id.',
  },
  {
    id: 'ResourceType',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '1.0',
    condition: 'Supports billing based on provisioned resources and supports assigning types to resources',
    notes: 'Null ⇔ ResourceId null.',
  },
  {
    id: 'ServiceCategory',
    type: 'string',
    format: 'enum',
    level: 'mandatory',
    nullable: false,
    since: '0.5',
    allowedValues: serviceCategories,
    notes: '19 values. Each ServiceName maps to exactly one (else Other).',
  },
  {
    id: 'ServiceName',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: false,
    since: '0.5',
    notes: 'Provider offering name.',
  },
  {
    id: 'ServiceProviderName',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: false,
    since: '1.3',
    notes: 'Entity selling the service. Replaces ProviderName/PublisherName.',
  },
  {
    id: 'ServiceSubcategory',
    type: 'string',
    format: 'enum',
    level: 'recommended',
    nullable: false,
    since: '1.1',
    allowedValues: serviceSubcategories,
    notes: '82 values, each with one parent ServiceCategory.',
  },
  {
    id: 'SkuId',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '1.0',
    condition: 'Supports unit pricing concepts and publishes price lists, publicly or as part of contracting',
    notes:
      'Null on Tax; required for Usage/Purchase unless Correction. Stable across accounts, contracts, pricing categories.',
  },
  {
    id: 'SkuMeter',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '1.1',
    condition: 'Supports unit pricing concepts and publishes price lists, publicly or as part of contracting',
    notes: 'Functional meter name (e.g. "Input Tokens"). Null when SkuId null; else SHOULD be set.',
  },
  {
    id: 'SkuPriceDetails',
    type: 'json',
    format: 'key-value',
    level: 'conditional',
    nullable: true,
    since: '1.1',
    condition: 'Supports unit pricing concepts and publishes price lists, publicly or as part of contracting',
    notes: 'Key-Value object. Null when SkuPriceId null. 13 FOCUS keys; all others x_.',
  },
  {
    id: 'SkuPriceId',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '1.0',
    condition: 'Supports unit pricing concepts and publishes price lists, publicly or as part of contracting',
    notes:
      'Null on Tax; required for Usage/Purchase unless Correction. One parent SkuId; resolvable in the price list; may equal SkuId.',
  },
  {
    id: 'SubAccountId',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '0.5',
    condition: 'Supports a sub account construct',
    notes: 'Null ⇔ unrelated to a sub account.',
  },
  {
    id: 'SubAccountName',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '0.5',
    condition: 'Supports a sub account construct',
    notes: 'Null ⇔ SubAccountId null.',
  },
  {
    id: 'SubAccountType',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '1.2',
    condition: 'Supports more than one possible SubAccountType value',
    notes: 'Null ⇔ SubAccountId null.',
  },
  {
    id: 'Tags',
    type: 'json',
    format: 'key-value',
    level: 'conditional',
    nullable: true,
    since: '1.0',
    condition: 'Supports setting user or provider-defined tags',
    notes:
      'Key-Value object of finalised tags; provider-defined keys prefixed; valueless tag ⇒ true; null value allowed for keys without final value.',
  },
  {
    id: 'ProviderName',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: false,
    since: '0.5',
    deprecated: '1.3',
    removed: '1.4',
    notes: 'Entity that made the service available. Replaced by ServiceProviderName and HostProviderName.',
  },
  {
    id: 'PublisherName',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: false,
    since: '0.5',
    deprecated: '1.3',
    removed: '1.4',
    notes: 'Entity that produced the service. Replaced by ServiceProviderName.',
  },
]

const contractCommitmentSource: ColumnSource[] = [
  {
    id: 'BillingCurrency',
    type: 'string',
    format: 'currency',
    level: 'mandatory',
    nullable: true,
    since: '1.3',
    notes: 'Required when ContractCommitmentCategory=Spend.',
  },
  {
    id: 'ContractCommitmentApplicability',
    type: 'json',
    format: 'json-object',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes: 'Scope object.',
  },
  {
    id: 'ContractCommitmentBenefitCategory',
    type: 'string',
    format: 'enum',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    allowedValues: ['Discount', 'Entitlement', 'Availability', 'Other'],
  },
  {
    id: 'ContractCommitmentCategory',
    type: 'string',
    format: 'enum',
    level: 'mandatory',
    nullable: false,
    since: '1.3',
    allowedValues: ['Spend', 'Usage'],
  },
  {
    id: 'ContractCommitmentCost',
    type: 'decimal',
    format: 'numeric',
    level: 'mandatory',
    nullable: true,
    since: '1.3',
    notes: 'Required when Category=Spend; in BillingCurrency.',
  },
  {
    id: 'ContractCommitmentCreated',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes: 'Record creation instant.',
  },
  {
    id: 'ContractCommitmentDescription',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: true,
    since: '1.3',
    notes: 'SHOULD NOT be null.',
  },
  {
    id: 'ContractCommitmentDiscountPercentage',
    type: 'decimal',
    format: 'numeric',
    level: 'mandatory',
    nullable: true,
    since: '1.4',
    minimum: '0',
    maximum: '1',
    notes: '0–1. Required when BenefitCategory=Discount; null when Availability. One row per pricing tier.',
  },
  {
    id: 'ContractCommitmentDurationType',
    type: 'string',
    format: 'duration',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes:
      'Text <positive int> <time unit>, e.g. 1 Year, 3 Months; nominal offer duration, may differ from actual period.',
  },
  {
    id: 'ContractCommitmentFulfillmentInterval',
    type: 'string',
    format: 'enum',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    allowedValues: [
      'Hourly',
      'Daily',
      'Weekly',
      'Monthly',
      'Quarterly',
      'Semi-Annual',
      'Annual',
      'Full Period',
      'Transactional',
      'Custom',
    ],
    notes: 'Not Full Period when Model=Continuous.',
  },
  {
    id: 'ContractCommitmentId',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: false,
    since: '1.3',
    notes: 'Unique per service provider; exactly one parent ContractId; may equal it.',
  },
  {
    id: 'ContractCommitmentLastUpdated',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes: '≥ ContractCommitmentCreated.',
  },
  {
    id: 'ContractCommitmentLifecycleStatus',
    type: 'string',
    format: 'enum',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    allowedValues: ['Proposed', 'Pending', 'Active', 'Exhausted', 'Expired', 'Canceled', 'Superseded'],
    notes: 'Old record becomes Superseded when a change needs a new id.',
  },
  {
    id: 'ContractCommitmentModel',
    type: 'string',
    format: 'enum',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    allowedValues: ['Continuous', 'Discontinuous'],
    notes: 'Must be Discontinuous when FulfillmentInterval=Full Period.',
  },
  {
    id: 'ContractCommitmentOfferCategory',
    type: 'string',
    format: 'enum',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    allowedValues: ['Negotiated', 'Public'],
  },
  {
    id: 'ContractCommitmentPaymentInterval',
    type: 'string',
    format: 'enum',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    allowedValues: ['One-Time', 'Monthly', 'Quarterly', 'Semi-Annual', 'Annual', 'Custom'],
    notes: 'Must be One-Time when PaymentModel=All Upfront.',
  },
  {
    id: 'ContractCommitmentPaymentModel',
    type: 'string',
    format: 'enum',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    allowedValues: ['No Upfront', 'Partial Upfront', 'All Upfront'],
  },
  {
    id: 'ContractCommitmentPaymentUpfrontPercentage',
    type: 'decimal',
    format: 'numeric',
    level: 'conditional',
    nullable: false,
    since: '1.4',
    minimum: '0',
    maximum: '1',
    condition: 'Offers "Partial Upfront" payment models',
    notes: '1 for All Upfront, 0 for No Upfront, strictly between for Partial Upfront.',
  },
  {
    id: 'ContractCommitmentPeriodEnd',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '1.3',
    notes: 'Exclusive.',
  },
  {
    id: 'ContractCommitmentPeriodStart',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '1.3',
    notes: 'Inclusive.',
  },
  {
    id: 'ContractCommitmentQuantity',
    type: 'decimal',
    format: 'numeric',
    level: 'mandatory',
    nullable: true,
    since: '1.3',
    notes: 'Required when Category=Usage.',
  },
  {
    id: 'ContractCommitmentType',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: false,
    since: '1.3',
    notes: 'Readable display value.',
  },
  {
    id: 'ContractCommitmentUnit',
    type: 'string',
    format: 'unit',
    level: 'mandatory',
    nullable: true,
    since: '1.3',
    notes: 'Null ⇔ quantity null; SHOULD follow UnitFormat.',
  },
  {
    id: 'ContractId',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: false,
    since: '1.3',
    notes: 'Unique per service provider.',
  },
  {
    id: 'ContractPeriodEnd',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '1.3',
    notes: 'Exclusive.',
  },
  {
    id: 'ContractPeriodStart',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '1.3',
    notes: 'Inclusive.',
  },
  { id: 'InvoiceIssuerName', type: 'string', format: 'string', level: 'mandatory', nullable: false, since: '1.4' },
  {
    id: 'PricingCurrency',
    type: 'string',
    format: 'currency',
    level: 'conditional',
    nullable: false,
    since: '1.4',
    condition: 'Supports pricing and billing in different currencies',
  },
  {
    id: 'PricingCurrencyContractCommitmentCost',
    type: 'decimal',
    format: 'numeric',
    level: 'conditional',
    nullable: true,
    since: '1.4',
    condition: 'Supports pricing and billing in different currencies',
    notes: 'Required when Category=Spend and PricingCurrency present.',
  },
  { id: 'ServiceProviderName', type: 'string', format: 'string', level: 'mandatory', nullable: false, since: '1.4' },
]

const billingPeriodSource: ColumnSource[] = [
  {
    id: 'BillingPeriodCreated',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes: 'Record creation instant.',
  },
  {
    id: 'BillingPeriodEnd',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes: 'Exclusive.',
  },
  {
    id: 'BillingPeriodLastUpdated',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes: '≥ BillingPeriodCreated.',
  },
  {
    id: 'BillingPeriodStart',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes: 'Inclusive.',
  },
  {
    id: 'BillingPeriodStatus',
    type: 'string',
    format: 'enum',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    allowedValues: ['Open', 'Closed'],
    notes: 'Must not go Closed → Open unless the customer asks/approves.',
  },
  { id: 'InvoiceIssuerName', type: 'string', format: 'string', level: 'mandatory', nullable: false, since: '1.4' },
]

const invoiceDetailSource: ColumnSource[] = [
  {
    id: 'BilledCost',
    type: 'decimal',
    format: 'numeric',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes:
      'Sum per (InvoiceIssuerName, InvoiceId, InvoiceDetailId) equals the printed line when Issued; reconciles with Cost and Usage.',
  },
  {
    id: 'BillingAccountId',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes: 'Unique per issuer.',
  },
  {
    id: 'BillingCurrency',
    type: 'string',
    format: 'currency',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes: 'National currency of the invoice.',
  },
  {
    id: 'BillingPeriodEnd',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes: 'Must match Cost and Usage for the same issuer+invoice.',
  },
  {
    id: 'BillingPeriodStart',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes: 'Must match Cost and Usage for the same issuer+invoice.',
  },
  {
    id: 'ChargeCategory',
    type: 'string',
    format: 'enum',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    allowedValues: ['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment'],
    notes: 'May be Usage for a line mixing several non-Tax categories; Tax must stay separate.',
  },
  {
    id: 'InvoiceDetailCreated',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes: 'For a Closed period: ≤ BillingPeriodLastUpdated.',
  },
  {
    id: 'InvoiceDetailDescription',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: true,
    since: '1.4',
    notes: 'SHOULD NOT be null.',
  },
  {
    id: 'InvoiceDetailGrain',
    type: 'json',
    format: 'key-value',
    level: 'mandatory',
    nullable: true,
    since: '1.4',
    notes:
      'Key-Value; full set of properties that define the line granularity. FOCUS keys: ContractId, RegionId, ResourceId, ResourceType, ServiceName, SkuId, SkuMeter, SkuPriceId, SubAccountId; others x_.',
  },
  {
    id: 'InvoiceDetailId',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes: 'Unique inside InvoiceId.',
  },
  {
    id: 'InvoiceDetailLastUpdated',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes: '≥ InvoiceDetailCreated.',
  },
  {
    id: 'InvoiceId',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes: 'Unique invoice id of the issuer.',
  },
  {
    id: 'InvoiceIssueDate',
    type: 'datetime',
    format: 'date-time',
    level: 'mandatory',
    nullable: true,
    since: '1.4',
    notes: 'Official issue date; null before issue.',
  },
  {
    id: 'InvoiceIssueStatus',
    type: 'string',
    format: 'enum',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    allowedValues: ['Open', 'Issued', 'Voided'],
    notes: 'Must not go Issued → Open unless the customer asks/approves.',
  },
  { id: 'InvoiceIssuerName', type: 'string', format: 'string', level: 'mandatory', nullable: false, since: '1.4' },
  {
    id: 'PaymentCurrency',
    type: 'string',
    format: 'currency',
    level: 'conditional',
    nullable: false,
    since: '1.4',
    condition: 'Supports billing and payment in different currencies',
    notes: 'Currency actually paid.',
  },
  {
    id: 'PaymentCurrencyBilledCost',
    type: 'decimal',
    format: 'numeric',
    level: 'conditional',
    nullable: false,
    since: '1.4',
    condition: 'Supports billing and payment in different currencies',
    notes: 'May be non-zero on one aggregate row while the detail rows are 0 (and the reverse).',
  },
  {
    id: 'PaymentCurrencyInvoiceDetailId',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: false,
    since: '1.4',
    condition: 'Supports billing currency and payment currency at different aggregation levels on payable invoices',
    notes: 'Points to the row holding the payment-currency amount.',
  },
  { id: 'PaymentDueDate', type: 'datetime', format: 'date-time', level: 'mandatory', nullable: true, since: '1.4' },
  {
    id: 'PaymentTerms',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes: 'e.g. Net 30.',
  },
  {
    id: 'PurchaseOrderNumber',
    type: 'string',
    format: 'string',
    level: 'conditional',
    nullable: true,
    since: '1.4',
    condition: 'Supports customer input of purchase order number',
  },
  {
    id: 'ReferenceInvoiceId',
    type: 'string',
    format: 'string',
    level: 'mandatory',
    nullable: false,
    since: '1.4',
    notes: 'Original invoice id when this one adjusts another; otherwise its own InvoiceId.',
  },
]
export const costAndUsageColumns: readonly FocusColumn[] = complete('CostAndUsage', costAndUsageSource)
export const contractCommitmentColumns: readonly FocusColumn[] = complete(
  'ContractCommitment',
  contractCommitmentSource,
)
export const billingPeriodColumns: readonly FocusColumn[] = complete('BillingPeriod', billingPeriodSource)
export const invoiceDetailColumns: readonly FocusColumn[] = complete('InvoiceDetail', invoiceDetailSource)

export const datasetColumns: Readonly<Record<FocusDataset, readonly FocusColumn[]>> = {
  CostAndUsage: costAndUsageColumns,
  ContractCommitment: contractCommitmentColumns,
  BillingPeriod: billingPeriodColumns,
  InvoiceDetail: invoiceDetailColumns,
}

/** The columns a version of FOCUS knows, with the level they had in it; deprecated ones included, removed ones not. */
export function columnsOf(version: FocusVersion, dataset: FocusDataset = 'CostAndUsage'): FocusColumn[] {
  const at = rank(version)
  return datasetColumns[dataset]
    .filter((column) => rank(column.since) <= at && (column.removed === null || at < rank(column.removed)))
    .map((column) => {
      const level = column.levels[version]
      return level === undefined ? column : { ...column, level }
    })
}

/** The service category a subcategory belongs to, or null for an unknown subcategory. */
export function categoryOfSubcategory(subcategory: string): string | null {
  return categoryBySubcategory.get(subcategory) ?? null
}

/**
 * The FOCUS spelling of a header, or null when it is no FOCUS column of the dataset.
 * Case, surrounding blanks, quotes and a byte order mark do not matter; `x_` columns are nobody's.
 */
export function canonicalColumn(header: string, dataset: FocusDataset = 'CostAndUsage'): string | null {
  const cleaned = header
    .replace(/^\uFEFF/, '')
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim()
    .toLowerCase()
  return idByLowerCase[dataset].get(cleaned) ?? null
}

/** The column of that exact id, or null. */
export function columnById(id: string, dataset: FocusDataset = 'CostAndUsage'): FocusColumn | null {
  return columnByIdMap[dataset].get(id) ?? null
}

/**
 * Best guess of the FOCUS version of a Cost and Usage file from its headers; null when it does not look like one.
 * The youngest column decides. A file that has the 1.3 entity columns and no longer the deprecated pair counts as 1.4,
 * because 1.3 still demands the pair.
 */
export function detectVersion(headers: readonly string[]): FocusVersion | null {
  const ids = new Set(headers.map((header) => canonicalColumn(header)).filter((id) => id !== null))
  const looksLikeCharges =
    (ids.has('BilledCost') || ids.has('EffectiveCost')) &&
    (ids.has('ChargePeriodStart') || ids.has('EffectiveCost')) &&
    ids.size >= 5
  if (!looksLikeCharges) return null
  const known = costAndUsageColumns.filter((column) => ids.has(column.id))
  const youngest = Math.max(...known.map((column) => rank(column.since)))
  if (youngest >= rank('1.4')) return '1.4'
  if (youngest >= rank('1.3')) return ids.has('ProviderName') || ids.has('PublisherName') ? '1.3' : '1.4'
  if (youngest >= rank('1.2')) return '1.2'
  return youngest >= rank('1.1') ? '1.1' : '1.0'
}

/** The dataset whose columns the headers match best, with the version guessed; null when none is recognisable. */
export function detectDataset(headers: readonly string[]): { dataset: FocusDataset; version: FocusVersion } | null {
  const charges = detectVersion(headers)
  if (charges) return { dataset: 'CostAndUsage', version: charges }
  const marks: [FocusDataset, string][] = [
    ['ContractCommitment', 'ContractCommitmentId'],
    ['InvoiceDetail', 'InvoiceDetailId'],
    ['BillingPeriod', 'BillingPeriodStatus'],
  ]
  for (const [dataset, mark] of marks) {
    const known = headers.map((header) => canonicalColumn(header, dataset)).filter((id) => id !== null)
    if (!known.includes(mark) || known.length < 3) continue
    const youngest = Math.max(...known.map((id) => rank(columnById(id, dataset)?.since ?? '1.3')))
    return { dataset, version: youngest >= rank('1.4') ? '1.4' : '1.3' }
  }
  return null
}

/** Orders version texts: `1.3` is 103, `0.5` is 5. */
export function rank(version: string): number {
  const [major = '0', minor = '0'] = version.split('.')
  return Number(major) * 100 + Number(minor)
}

function complete(dataset: FocusDataset, sources: ColumnSource[]): readonly FocusColumn[] {
  const absent = {
    levels: {},
    allowedValues: null,
    minimum: null,
    maximum: null,
    deprecated: null,
    removed: null,
    condition: null,
    notes: '',
  }
  return sources.map((source) => ({ ...absent, ...source, dataset }))
}

const datasets = Object.keys(datasetColumns) as FocusDataset[]

const idByLowerCase = Object.fromEntries(
  datasets.map((dataset) => [
    dataset,
    new Map(datasetColumns[dataset].map((column) => [column.id.toLowerCase(), column.id])),
  ]),
) as Record<FocusDataset, Map<string, string>>

const columnByIdMap = Object.fromEntries(
  datasets.map((dataset) => [dataset, new Map(datasetColumns[dataset].map((column) => [column.id, column]))]),
) as Record<FocusDataset, Map<string, FocusColumn>>

const categoryBySubcategory = new Map(
  Object.entries(serviceSubcategoriesOf).flatMap(([category, children]) => children.map((child) => [child, category])),
)
