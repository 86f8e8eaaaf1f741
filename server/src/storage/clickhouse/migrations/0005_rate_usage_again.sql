-- The computation that wrote the row; zeros where it was priced on arrival.
ALTER TABLE usage_events_v1 ADD COLUMN IF NOT EXISTS RatingId UUID DEFAULT toUUID('00000000-0000-0000-0000-000000000000') CODEC(ZSTD(1));
