-- A usage event may be observed several times and corrected: every correction takes the old state back (Sign -1) and puts
-- the new one in (Sign 1) in one insert, so sums over Sign are exact at any moment. Sign 0 is a span that is known and
-- adds nothing, because the calls below it hold its usage. Within (StartedAt, EventId) the row of the highest Version
-- is the state, and of two the one of higher Sign.
ALTER TABLE usage_events_v1
  ADD COLUMN IF NOT EXISTS Sign Int8 DEFAULT 1 CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS Version UInt32 CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS SpanKeys Array(UInt32) CODEC(ZSTD(1)),            -- low halves of the hashes of trace and span, where EventId is not the one
  ADD COLUMN IF NOT EXISTS ParentKey UInt32 CODEC(ZSTD(1)),                  -- low half of the parent span's key; 0 is none
  ADD COLUMN IF NOT EXISTS MoreTraces Array(FixedString(16)) CODEC(ZSTD(1)), -- further traces the call was seen in
  ADD COLUMN IF NOT EXISTS Source LowCardinality(String) CODEC(ZSTD(1)),                    -- provider, gateway, sdk, span, log, metric
  ADD COLUMN IF NOT EXISTS Kind LowCardinality(String) CODEC(ZSTD(1)),                      -- '' a call, 'aggregate' an agent or wrapper
  ADD COLUMN IF NOT EXISTS CallId String CODEC(ZSTD(1)),                     -- the logical call its attempts share
  ADD COLUMN IF NOT EXISTS Dialect LowCardinality(String) CODEC(ZSTD(1)),                   -- how the counts were read, with the decision taken
  ADD COLUMN IF NOT EXISTS RawShape LowCardinality(String) CODEC(ZSTD(1)),                  -- the producer's usage block, numbers that the leaves hold by name ($i, $o, $t, $0 …), others as #
  ADD COLUMN IF NOT EXISTS RawCounts Array(UInt64) CODEC(ZSTD(1)),           -- the numbers behind #, in order
  ADD COLUMN IF NOT EXISTS Observations String CODEC(ZSTD(3));               -- JSON: what each observer said, where there is more than this row shows

-- Parts written from now on are a tenth smaller.
ALTER TABLE usage_events_v1
  MODIFY COLUMN DurationMs CODEC(T64, ZSTD(1)),
  MODIFY COLUMN Quantities CODEC(T64, ZSTD(1)),
  MODIFY COLUMN Provider CODEC(ZSTD(1)),
  MODIFY COLUMN ServiceProviderName CODEC(ZSTD(1)),
  MODIFY COLUMN ServiceName CODEC(ZSTD(1)),
  MODIFY COLUMN AccountId CODEC(ZSTD(1)),
  MODIFY COLUMN RequestModel CODEC(ZSTD(1)),
  MODIFY COLUMN Model CODEC(ZSTD(1)),
  MODIFY COLUMN Operation CODEC(ZSTD(1)),
  MODIFY COLUMN ServiceTier CODEC(ZSTD(1)),
  MODIFY COLUMN Region CODEC(ZSTD(1)),
  MODIFY COLUMN Team CODEC(ZSTD(1)),
  MODIFY COLUMN Project CODEC(ZSTD(1)),
  MODIFY COLUMN Feature CODEC(ZSTD(1)),
  MODIFY COLUMN Experiment CODEC(ZSTD(1)),
  MODIFY COLUMN Run CODEC(ZSTD(1)),
  MODIFY COLUMN Customer CODEC(ZSTD(1)),
  MODIFY COLUMN Environment CODEC(ZSTD(1)),
  MODIFY COLUMN Service CODEC(ZSTD(1)),
  MODIFY COLUMN Currency CODEC(ZSTD(1)),
  MODIFY COLUMN UsageStatus CODEC(ZSTD(1)),
  MODIFY COLUMN CostStatus CODEC(ZSTD(1)),
  MODIFY COLUMN PriceVersion CODEC(ZSTD(1)),
  MODIFY COLUMN PricePath CODEC(ZSTD(1));

DROP VIEW IF EXISTS usage_per_15m_v1_mv SYNC;

ALTER TABLE usage_per_15m_v1
  MODIFY COLUMN Calls Int64, MODIFY COLUMN Errors Int64, MODIFY COLUMN UnpricedCalls Int64,
  MODIFY COLUMN InputTokens Int64, MODIFY COLUMN CacheReadTokens Int64, MODIFY COLUMN CacheWriteTokens Int64,
  MODIFY COLUMN OutputTokens Int64, MODIFY COLUMN ReasoningTokens Int64, MODIFY COLUMN UnpricedTokens Int64,
  MODIFY COLUMN GpuSeconds Int64, MODIFY COLUMN DurationMs Int64
SETTINGS mutations_sync = 2;

CREATE MATERIALIZED VIEW IF NOT EXISTS usage_per_15m_v1_mv TO usage_per_15m_v1 AS
SELECT OrganizationId, toStartOfInterval(StartedAt, INTERVAL 15 MINUTE, 'UTC') AS Bucket, toStartOfInterval(RecordedAt, INTERVAL 15 MINUTE, 'UTC') AS RecordedBucket,
  Provider, ServiceProviderName, ServiceName, AccountId, Model, Operation, ServiceTier, Region,
  Team, Project, Feature, Experiment, Run, Customer, Environment, Service, Currency, CostStatus,
  sum(Sign * ifNull(Cost, 0)) AS Cost, sum(toInt64(Sign)) AS Calls, sum(toInt64(Sign * IsError)) AS Errors,
  sum(toInt64(Sign * (CostStatus IN ('unpriced', 'partial')))) AS UnpricedCalls,
  sum(Sign * arraySum((u, q) -> toInt64(if(startsWith(u, 'input.') OR startsWith(u, 'embedding.'), q, 0)), Units, Quantities)) AS InputTokens,
  sum(Sign * arraySum((u, q) -> toInt64(if(startsWith(u, 'input.') AND endsWith(u, '.cache_read'), q, 0)), Units, Quantities)) AS CacheReadTokens,
  sum(Sign * arraySum((u, q) -> toInt64(if(startsWith(u, 'input.') AND position(u, '.cache_write') > 0, q, 0)), Units, Quantities)) AS CacheWriteTokens,
  sum(Sign * arraySum((u, q) -> toInt64(if(startsWith(u, 'output.'), q, 0)), Units, Quantities)) AS OutputTokens,
  sum(Sign * arraySum((u, q) -> toInt64(if(u = 'output.text.reasoning', q, 0)), Units, Quantities)) AS ReasoningTokens,
  sum(Sign * arraySum((u, q, c) -> toInt64(if(isNull(c) AND (startsWith(u, 'input.') OR startsWith(u, 'output.') OR startsWith(u, 'embedding.')), q, 0)), Units, Quantities, UnitCosts)) AS UnpricedTokens,
  sum(Sign * arraySum((u, q) -> toInt64(if(u = 'second.gpu', q, 0)), Units, Quantities)) AS GpuSeconds,
  sum(toInt64(Sign) * DurationMs) AS DurationMs
FROM usage_events_v1
WHERE Sign != 0
GROUP BY ALL;
