-- What a source's own columns add up to, read a second time, apart from the charges: one side of every batch's proof.
CREATE TABLE IF NOT EXISTS source_sums_v1
(
  OrganizationId UUID,
  ImportId UUID,
  BatchId UUID,                           -- zeros where the row belongs to none
  Currency String,
  Rows UInt64,
  Amounts Map(LowCardinality(String), Decimal(76, 30)),
  RecordedAt DateTime64(6, 'UTC')
)
ENGINE = MergeTree ORDER BY (OrganizationId, ImportId)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
