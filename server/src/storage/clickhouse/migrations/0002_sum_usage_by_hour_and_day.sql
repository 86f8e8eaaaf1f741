-- The 15-minute roll-up once more by UTC hour and by UTC day, without experiment, run, customer and time of recording: what most
-- questions need, in far fewer rows. Both in one table, so that a question of whole days with ragged ends reads one source.
-- Made of the 15-minute roll-up alone, whatever that is made of; sums may be negative there.
-- The table is put in place together with its rows, so that two servers starting at once leave one whole copy.
-- Not synced on insert: `repairUsageRollup` makes it anew from the 15-minute roll-up where a crash left it behind.
CREATE OR REPLACE TABLE usage_coarse_v1
(
  OrganizationId UUID,
  BucketHours UInt8,                      -- 1 or 24
  Bucket DateTime('UTC'),
  Provider LowCardinality(String), ServiceProviderName LowCardinality(String), ServiceName LowCardinality(String),
  AccountId LowCardinality(String), Model LowCardinality(String), Operation LowCardinality(String),
  ServiceTier LowCardinality(String), Region LowCardinality(String),
  Team LowCardinality(String), Project LowCardinality(String), Feature LowCardinality(String),
  Environment LowCardinality(String), Service LowCardinality(String), Currency LowCardinality(String),
  CostStatus LowCardinality(String),
  Cost Decimal(38, 18), Calls Int64, Errors Int64, UnpricedCalls Int64,
  InputTokens Int64, CacheReadTokens Int64, CacheWriteTokens Int64, OutputTokens Int64, ReasoningTokens Int64,
  UnpricedTokens Int64, GpuSeconds Int64, DurationMs Int64
)
ENGINE = SummingMergeTree((Cost, Calls, Errors, UnpricedCalls, InputTokens, CacheReadTokens, CacheWriteTokens, OutputTokens, ReasoningTokens, UnpricedTokens, GpuSeconds, DurationMs))
ORDER BY (OrganizationId, BucketHours, Bucket, ServiceProviderName, Model, Team, Project, Feature, Environment, Service,
          Provider, ServiceName, AccountId, Operation, ServiceTier, Region, Currency, CostStatus)
SETTINGS min_rows_to_fsync_after_merge = 1
AS SELECT OrganizationId, toUInt8(Hours) AS BucketHours, if(Hours = 24, toStartOfDay(fine.Bucket, 'UTC'), toStartOfHour(fine.Bucket, 'UTC')) AS Bucket,
  Provider, ServiceProviderName, ServiceName, AccountId, Model, Operation, ServiceTier, Region, Team, Project, Feature, Environment, Service, Currency, CostStatus,
  sum(Cost) AS Cost, sum(Calls) AS Calls, sum(Errors) AS Errors, sum(UnpricedCalls) AS UnpricedCalls, sum(InputTokens) AS InputTokens,
  sum(CacheReadTokens) AS CacheReadTokens, sum(CacheWriteTokens) AS CacheWriteTokens, sum(OutputTokens) AS OutputTokens, sum(ReasoningTokens) AS ReasoningTokens,
  sum(UnpricedTokens) AS UnpricedTokens, sum(GpuSeconds) AS GpuSeconds, sum(DurationMs) AS DurationMs
FROM usage_per_15m_v1 AS fine ARRAY JOIN [1, 24] AS Hours
GROUP BY ALL;

CREATE MATERIALIZED VIEW IF NOT EXISTS usage_coarse_v1_mv TO usage_coarse_v1 AS
SELECT OrganizationId, toUInt8(Hours) AS BucketHours, if(Hours = 24, toStartOfDay(Bucket, 'UTC'), toStartOfHour(Bucket, 'UTC')) AS Bucket,
  Provider, ServiceProviderName, ServiceName, AccountId, Model, Operation, ServiceTier, Region, Team, Project, Feature, Environment, Service, Currency, CostStatus,
  sum(Cost) AS Cost, sum(Calls) AS Calls, sum(Errors) AS Errors, sum(UnpricedCalls) AS UnpricedCalls, sum(InputTokens) AS InputTokens,
  sum(CacheReadTokens) AS CacheReadTokens, sum(CacheWriteTokens) AS CacheWriteTokens, sum(OutputTokens) AS OutputTokens, sum(ReasoningTokens) AS ReasoningTokens,
  sum(UnpricedTokens) AS UnpricedTokens, sum(GpuSeconds) AS GpuSeconds, sum(DurationMs) AS DurationMs
FROM usage_per_15m_v1
ARRAY JOIN [1, 24] AS Hours
GROUP BY ALL;

-- When the last call was recorded, without reading all of them.
ALTER TABLE usage_events_v1 ADD INDEX IF NOT EXISTS recorded RecordedAt TYPE minmax GRANULARITY 1;

ALTER TABLE usage_events_v1 MATERIALIZE INDEX recorded;
