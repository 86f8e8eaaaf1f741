-- Parts of the money of a month, by the run that computed them. A run is visible once its row in allocation_runs_v1 is there.
CREATE TABLE IF NOT EXISTS allocations_v1
(
  OrganizationId UUID,
  RunId UUID,
  Month Date,
  OfMonth Date,                           -- another month than Month for entries that adjust a closed one
  Unit LowCardinality(String),            -- '' is nobody
  Way LowCardinality(String),             -- direct, usage, shared, unallocated, residual, adjustment
  RuleId LowCardinality(String),
  Pool LowCardinality(String),
  Partition String,
  ServiceProviderName LowCardinality(String),
  ServiceName LowCardinality(String),
  BillingCurrency LowCardinality(String),
  BilledCost Nullable(Decimal(76, 30)),
  EffectiveCost Nullable(Decimal(76, 30)),
  ListCost Nullable(Decimal(76, 30)),
  ContractedCost Nullable(Decimal(76, 30)),
  Rows UInt64                             -- source rows behind it; parts of one shared cost have the same ones behind them
)
ENGINE = MergeTree ORDER BY (OrganizationId, Month, RunId, Unit)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- The last row of a month names the run that counts. Written after the run's rows: a reader sees a run whole or not at all.
CREATE TABLE IF NOT EXISTS allocation_runs_v1
(
  OrganizationId UUID,
  Month Date,
  At DateTime64(6, 'UTC'),
  RunId UUID,
  Actor String,
  Reason LowCardinality(String),
  Run String                              -- JSON: rule set, units, batches, proof, coverage, flows
)
ENGINE = MergeTree ORDER BY (OrganizationId, Month, At, RunId)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Time on GPUs, reserved or used, by whom. One row a job and GPU kind; a quarter of a card is 0.25.
CREATE TABLE IF NOT EXISTS gpu_usage_v1
(
  OrganizationId UUID,
  Cluster LowCardinality(String),
  Kind LowCardinality(String),            -- used, reserved, capacity
  JobId String,
  Owner LowCardinality(String),           -- what names the unit: a team, a namespace, a virtual cluster
  StartedAt DateTime64(3, 'UTC'),
  EndedAt DateTime64(3, 'UTC'),
  Gpus Decimal(38, 9),
  RecordedAt DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(RecordedAt) ORDER BY (OrganizationId, Cluster, Kind, JobId, Owner, StartedAt)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
