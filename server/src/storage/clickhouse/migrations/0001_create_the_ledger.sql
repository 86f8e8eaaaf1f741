-- Batches are opened and closed by single-row inserts, so a reader sees a restatement whole or not at all.
CREATE TABLE IF NOT EXISTS batch_log_v1
(
  OrganizationId UUID,
  At DateTime64(6, 'UTC'),
  EventId UUID,
  Actor String,
  Reason LowCardinality(String),          -- import, restatement, replay, withdrawal, reinstatement
  Opens Array(UUID),
  Closes Array(UUID)
)
ENGINE = MergeTree ORDER BY (OrganizationId, At, EventId)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- What one source said about one scope and period at one time. Immutable.
CREATE TABLE IF NOT EXISTS batches_v1
(
  OrganizationId UUID,
  BatchId UUID,
  ImportId UUID,
  ConnectionId UUID,
  Scope String,                           -- service provider / issuer / billing account
  ServiceProviderName String,
  BillingAccountId String,
  PeriodStart DateTime('UTC'),
  PeriodEnd DateTime('UTC'),
  Basis LowCardinality(String),
  ContentHash FixedString(64),            -- SHA-256 of the file, hex
  SourceName String,
  RecordedAt DateTime64(6, 'UTC'),
  Rows UInt64,
  RowsQuarantined UInt64,
  -- one element a currency and column: (currency, column, source, ledger, quarantined)
  Sums Array(Tuple(Currency String, Column String, Source Decimal(76, 30), Ledger Decimal(76, 30), Quarantined Decimal(76, 30))),
  Decision String,                        -- why it replaced or stands beside what was there
  Findings Array(String)
)
ENGINE = MergeTree ORDER BY (OrganizationId, BatchId)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Days of a provider account for which a bill is in: there an estimate no longer counts.
CREATE TABLE IF NOT EXISTS billed_days_v1
(
  OrganizationId UUID,
  BatchId UUID,
  ServiceProviderName String,
  AccountId String,                       -- billing account and sub accounts, one row each
  Day Date
)
ENGINE = MergeTree ORDER BY (OrganizationId, ServiceProviderName, Day, AccountId)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Calls as they were reported, one row an attempt. Identity: (OrganizationId, StartedAt, EventId).
CREATE TABLE IF NOT EXISTS usage_events_v1
(
  OrganizationId UUID CODEC(ZSTD(1)),
  StartedAt DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  EventId UInt64 CODEC(NONE),
  RecordedAt DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  Provider LowCardinality(String),              -- gen_ai.provider.name
  ServiceProviderName LowCardinality(String),
  ServiceName LowCardinality(String),
  AccountId LowCardinality(String),
  RequestModel LowCardinality(String),
  Model LowCardinality(String),                 -- response model, else request model
  Operation LowCardinality(String),
  ServiceTier LowCardinality(String),
  Region LowCardinality(String),
  Team LowCardinality(String),
  Project LowCardinality(String),
  Feature LowCardinality(String),
  Experiment LowCardinality(String),
  Run LowCardinality(String),
  Customer LowCardinality(String),
  Environment LowCardinality(String),
  Service LowCardinality(String),               -- service.name
  TraceId FixedString(16) CODEC(NONE),
  DurationMs UInt32 CODEC(ZSTD(1)),
  IsError UInt8 CODEC(ZSTD(1)),
  Units Array(LowCardinality(String)) CODEC(ZSTD(1)),        -- leaf units, disjoint
  Quantities Array(UInt64) CODEC(ZSTD(1)),
  UnitCosts Array(Nullable(Decimal(38, 18))) CODEC(ZSTD(1)), -- cost of each leaf; NULL is unpriced
  Cost Nullable(Decimal(38, 18)) CODEC(ZSTD(1)),             -- NULL when no leaf could be priced
  Currency LowCardinality(String),
  UsageStatus LowCardinality(String),
  CostStatus LowCardinality(String),
  PriceVersion LowCardinality(String),
  PricePath LowCardinality(String),
  Attributes Map(LowCardinality(String), String) CODEC(ZSTD(1))
)
ENGINE = MergeTree ORDER BY (OrganizationId, StartedAt, EventId)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- The same calls in 15-minute UTC buckets: every time zone's day is a whole number of them.
CREATE TABLE IF NOT EXISTS usage_per_15m_v1
(
  OrganizationId UUID,
  Bucket DateTime('UTC'),
  RecordedBucket DateTime('UTC'),
  Provider LowCardinality(String), ServiceProviderName LowCardinality(String), ServiceName LowCardinality(String),
  AccountId LowCardinality(String), Model LowCardinality(String), Operation LowCardinality(String),
  ServiceTier LowCardinality(String), Region LowCardinality(String),
  Team LowCardinality(String), Project LowCardinality(String), Feature LowCardinality(String),
  Experiment LowCardinality(String), Run LowCardinality(String), Customer LowCardinality(String),
  Environment LowCardinality(String), Service LowCardinality(String), Currency LowCardinality(String),
  CostStatus LowCardinality(String),
  Cost Decimal(38, 18), Calls UInt64, Errors UInt64, UnpricedCalls UInt64,
  InputTokens UInt64, CacheReadTokens UInt64, CacheWriteTokens UInt64, OutputTokens UInt64, ReasoningTokens UInt64,
  UnpricedTokens UInt64, GpuSeconds UInt64, DurationMs UInt64
)
ENGINE = SummingMergeTree((Cost, Calls, Errors, UnpricedCalls, InputTokens, CacheReadTokens, CacheWriteTokens, OutputTokens, ReasoningTokens, UnpricedTokens, GpuSeconds, DurationMs))
ORDER BY (OrganizationId, Bucket, ServiceProviderName, Model, Team, Project, Feature, Experiment, Run, Customer, Environment, Service,
          Provider, ServiceName, AccountId, Operation, ServiceTier, Region, Currency, CostStatus, RecordedBucket)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS usage_per_15m_v1_mv TO usage_per_15m_v1 AS
SELECT OrganizationId, toStartOfInterval(StartedAt, INTERVAL 15 MINUTE, 'UTC') AS Bucket, toStartOfInterval(RecordedAt, INTERVAL 15 MINUTE, 'UTC') AS RecordedBucket,
  Provider, ServiceProviderName, ServiceName, AccountId, Model, Operation, ServiceTier, Region,
  Team, Project, Feature, Experiment, Run, Customer, Environment, Service, Currency, CostStatus,
  sum(ifNull(Cost, 0)) AS Cost, count() AS Calls, sum(IsError) AS Errors, countIf(CostStatus IN ('unpriced', 'partial')) AS UnpricedCalls,
  sum(arraySum((u, q) -> if(startsWith(u, 'input.') OR startsWith(u, 'embedding.'), q, 0), Units, Quantities)) AS InputTokens,
  sum(arraySum((u, q) -> if(startsWith(u, 'input.') AND endsWith(u, '.cache_read'), q, 0), Units, Quantities)) AS CacheReadTokens,
  sum(arraySum((u, q) -> if(startsWith(u, 'input.') AND position(u, '.cache_write') > 0, q, 0), Units, Quantities)) AS CacheWriteTokens,
  sum(arraySum((u, q) -> if(startsWith(u, 'output.'), q, 0), Units, Quantities)) AS OutputTokens,
  sum(arraySum((u, q) -> if(u = 'output.text.reasoning', q, 0), Units, Quantities)) AS ReasoningTokens,
  sum(arraySum((u, q, c) -> if(isNull(c) AND (startsWith(u, 'input.') OR startsWith(u, 'output.') OR startsWith(u, 'embedding.')), q, 0), Units, Quantities, UnitCosts)) AS UnpricedTokens,
  sum(arraySum((u, q) -> if(u = 'second.gpu', q, 0), Units, Quantities)) AS GpuSeconds,
  sum(DurationMs) AS DurationMs
FROM usage_events_v1
GROUP BY ALL;

-- Rows that could not enter the ledger, whole, with what is wrong and their amounts.
CREATE TABLE IF NOT EXISTS quarantined_rows_v1
(
  OrganizationId UUID,
  ImportId UUID,
  BatchId UUID,                           -- the batch it would have joined; zeros where its scope or period is unreadable
  RowNumber UInt64,                       -- data row, the first after the header is 1
  Cells Map(String, String),
  Raw String,                             -- set where the row could not be cut into cells
  Problems Array(Tuple(Column String, Code String, Message String)),
  Currency String,
  Amounts Map(LowCardinality(String), Decimal(76, 30)),
  RecordedAt DateTime64(6, 'UTC')
)
ENGINE = MergeTree ORDER BY (OrganizationId, ImportId, RowNumber)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Quarantined rows that were corrected and came in again.
CREATE TABLE IF NOT EXISTS replayed_rows_v1
(
  OrganizationId UUID,
  ImportId UUID,
  RowNumber UInt64,
  ReplayImportId UUID,
  RecordedAt DateTime64(6, 'UTC')
)
ENGINE = MergeTree ORDER BY (OrganizationId, ImportId, RowNumber)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- A charge: one FOCUS 1.4 CostAndUsage row. Text columns hold '' for null (FOCUS forbids empty text); amounts are Nullable, because null is not zero.
-- 76 digits, 30 of them fractional: a double written as its shortest decimal fits, and so does a sum of all rows.
CREATE TABLE IF NOT EXISTS charges_v1
(
  x_OrganizationId UUID,
  x_BatchId UUID,
  x_ImportId UUID,
  x_ConnectionId UUID,
  x_RowNumber UInt64,
  x_Basis LowCardinality(String),         -- billed, reported, manual
  x_SourceChanges Array(LowCardinality(String)),
  x_Tags Map(LowCardinality(String), String),
  x_Extra Map(LowCardinality(String), String),
  AllocatedMethodDetails String,
  AllocatedMethodId LowCardinality(String),
  AllocatedResourceId String,
  AllocatedResourceName String,
  AllocatedTags String,
  AvailabilityZone LowCardinality(String),
  BilledCost Decimal(76, 30),
  BillingAccountId LowCardinality(String),
  BillingAccountName LowCardinality(String),
  BillingAccountType LowCardinality(String),
  BillingCurrency LowCardinality(String),
  BillingPeriodEnd DateTime('UTC'),
  BillingPeriodStart DateTime('UTC'),
  CapacityReservationId LowCardinality(String),
  CapacityReservationStatus LowCardinality(String),
  ChargeCategory LowCardinality(String),
  ChargeClass LowCardinality(String),
  ChargeDescription String,
  ChargeFrequency LowCardinality(String),
  ChargePeriodEnd DateTime('UTC'),
  ChargePeriodStart DateTime('UTC'),
  CommitmentDiscountCategory LowCardinality(String),
  CommitmentDiscountId LowCardinality(String),
  CommitmentDiscountName LowCardinality(String),
  CommitmentDiscountQuantity Nullable(Decimal(76, 30)),
  CommitmentDiscountStatus LowCardinality(String),
  CommitmentDiscountType LowCardinality(String),
  CommitmentDiscountUnit LowCardinality(String),
  CommitmentProgramEligibilityDetails String,
  ConsumedQuantity Nullable(Decimal(76, 30)),
  ConsumedUnit LowCardinality(String),
  ContractApplied String,
  ContractedCost Nullable(Decimal(76, 30)),
  ContractedUnitPrice Nullable(Decimal(76, 30)),
  EffectiveCost Nullable(Decimal(76, 30)),
  HostProviderName LowCardinality(String),
  InvoiceDetailId LowCardinality(String),
  InvoiceId LowCardinality(String),
  InvoiceIssuerName LowCardinality(String),
  ListCost Nullable(Decimal(76, 30)),
  ListUnitPrice Nullable(Decimal(76, 30)),
  PricingCategory LowCardinality(String),
  PricingCurrency LowCardinality(String),
  PricingCurrencyContractedUnitPrice Nullable(Decimal(76, 30)),
  PricingCurrencyEffectiveCost Nullable(Decimal(76, 30)),
  PricingCurrencyListUnitPrice Nullable(Decimal(76, 30)),
  PricingQuantity Nullable(Decimal(76, 30)),
  PricingUnit LowCardinality(String),
  RegionId LowCardinality(String),
  RegionName LowCardinality(String),
  ResourceId String,
  ResourceName String,
  ResourceType LowCardinality(String),
  ServiceCategory LowCardinality(String),
  ServiceName LowCardinality(String),
  ServiceProviderName LowCardinality(String),
  ServiceSubcategory LowCardinality(String),
  SkuId LowCardinality(String),
  SkuMeter LowCardinality(String),
  SkuPriceDetails String,
  SkuPriceId LowCardinality(String),
  SubAccountId LowCardinality(String),
  SubAccountName LowCardinality(String),
  SubAccountType LowCardinality(String),
  Tags String,
  INDEX batch x_BatchId TYPE bloom_filter GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYear(ChargePeriodStart)
ORDER BY (x_OrganizationId, toDate(ChargePeriodStart), ServiceProviderName, ServiceName, x_BatchId, x_RowNumber)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
