-- A file of a delivery is stored, invisible, until every file of it is there. `held` says for which delivery it waits and what its batches will be.
ALTER TABLE imports ADD COLUMN held jsonb;
-- The imports that are together what a source last said in one delivery.
ALTER TABLE connection_periods ADD COLUMN import_ids uuid[] NOT NULL DEFAULT '{}';
