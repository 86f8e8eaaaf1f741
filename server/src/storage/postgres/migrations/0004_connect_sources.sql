-- A connection may belong to a connector, with sealed credentials and a rhythm. Without one it is a name for imported files.
ALTER TABLE connections
  ADD COLUMN connector text,
  ADD COLUMN sealed text,
  ADD COLUMN options jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN account_id text,
  ADD COLUMN account_name text,
  ADD COLUMN last_test jsonb,
  ADD COLUMN last_test_at timestamptz,
  ADD COLUMN read_through jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN failures integer NOT NULL DEFAULT 0,
  ADD COLUMN problem jsonb,
  ADD COLUMN problem_since timestamptz,
  ADD COLUMN last_sync_at timestamptz,
  ADD COLUMN next_sync_at timestamptz,
  ADD COLUMN paused_at timestamptz,
  ADD COLUMN deleted_at timestamptz;
ALTER TABLE connections DROP CONSTRAINT IF EXISTS connections_organization_id_name_key;
-- The name of a deleted connection may be given again.
CREATE UNIQUE INDEX connections_name ON connections (organization_id, name) WHERE deleted_at IS NULL;
CREATE INDEX connections_due ON connections (next_sync_at) WHERE connector IS NOT NULL AND paused_at IS NULL AND deleted_at IS NULL;

-- What was asked of a source, and what came of it. It is also the queue: a row is claimed with a lease.
CREATE TABLE connection_runs (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  connection_id uuid NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('first', 'schedule', 'manual', 'backfill')),
  status text NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  asked jsonb NOT NULL DEFAULT '{}',
  state jsonb NOT NULL DEFAULT '{}',
  progress real NOT NULL DEFAULT 0,
  pages integer NOT NULL DEFAULT 0,
  requests integer NOT NULL DEFAULT 0,
  retries integer NOT NULL DEFAULT 0,
  rows_read bigint NOT NULL DEFAULT 0,
  sums jsonb NOT NULL DEFAULT '[]',
  problems jsonb NOT NULL DEFAULT '[]',
  results jsonb NOT NULL DEFAULT '[]',
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamptz NOT NULL DEFAULT now(),
  owner uuid,
  lease_until timestamptz,
  cancel_requested boolean NOT NULL DEFAULT false,
  created_by text NOT NULL DEFAULT 'system',
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz
);
CREATE INDEX connection_runs_recent ON connection_runs (connection_id, created_at DESC);
CREATE INDEX connection_runs_waiting ON connection_runs (not_before) WHERE status IN ('queued', 'running');
-- A connection is read by one worker at a time.
CREATE UNIQUE INDEX connection_runs_one_at_work ON connection_runs (connection_id) WHERE status = 'running';

-- What a source last said about one billing account and period, or about one file. Unchanged content is not taken in again.
CREATE TABLE connection_periods (
  connection_id uuid NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
  subject text NOT NULL,
  content_hash text NOT NULL,
  import_id uuid,
  rows_read bigint NOT NULL DEFAULT 0,
  sums jsonb NOT NULL DEFAULT '[]',
  read_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (connection_id, subject)
);

-- One row a day and kind of reading: when its rows first came and when they last changed. Lateness is learned from it.
CREATE TABLE connection_days (
  connection_id uuid NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
  part text NOT NULL,
  day date NOT NULL,
  content_hash text NOT NULL,
  rows_read bigint NOT NULL DEFAULT 0,
  first_seen_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  read_at timestamptz NOT NULL,
  PRIMARY KEY (connection_id, part, day)
);
