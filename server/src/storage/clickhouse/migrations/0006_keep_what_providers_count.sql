-- What providers say was used, by bucket of time. It carries no money: reconciliation sets it beside calls and bills.
CREATE TABLE IF NOT EXISTS provider_usage_v1
(
  OrganizationId UUID,
  ConnectionId UUID,
  BatchId UUID,
  Provider LowCardinality(String),               -- the connector's id
  Part LowCardinality(String),                   -- the report it came from, e.g. usage/completions
  BucketStart DateTime('UTC'),
  BucketEnd DateTime('UTC'),
  Account LowCardinality(String),
  Project LowCardinality(String),
  ProjectName LowCardinality(String),
  Key LowCardinality(String),
  KeyName LowCardinality(String),
  User LowCardinality(String),
  UserName LowCardinality(String),
  Model LowCardinality(String),
  Tier LowCardinality(String),
  Region LowCardinality(String),
  Units Array(LowCardinality(String)),           -- leaf units, disjoint
  Quantities Array(Decimal(38, 9)),
  Requests Nullable(Decimal(38, 9)),             -- NULL where the provider counts none
  Attributes Map(LowCardinality(String), String),
  RecordedAt DateTime64(6, 'UTC')
)
ENGINE = MergeTree ORDER BY (OrganizationId, ConnectionId, Part, BucketStart, Model, Key)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Which batch counts for a day of a report: the one recorded last. One insert moves all days of a reading at once.
CREATE TABLE IF NOT EXISTS provider_usage_days_v1
(
  OrganizationId UUID,
  ConnectionId UUID,
  Part LowCardinality(String),
  Day Date,
  BatchId UUID,
  Rows UInt64,
  RecordedAt DateTime64(6, 'UTC')
)
ENGINE = MergeTree ORDER BY (OrganizationId, ConnectionId, Part, Day, RecordedAt)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
