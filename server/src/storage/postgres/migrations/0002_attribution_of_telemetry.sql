-- What an organization says about attribution. Every change is a row; the newest holds, and undoing is one more change.
CREATE TABLE attribution_settings (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  settings jsonb NOT NULL,
  -- The version this one took back, if it did.
  undoes uuid REFERENCES attribution_settings (id) ON DELETE SET NULL,
  changed_by text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  sequence bigint GENERATED ALWAYS AS IDENTITY
);
CREATE INDEX attribution_settings_newest ON attribution_settings (organization_id, sequence DESC);

-- The key personal identifiers are hashed with. It never leaves the server.
CREATE TABLE attribution_keys (
  organization_id uuid PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
  key text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- What telemetry was refused or changed and is not in the ledger, by source and day.
CREATE TABLE telemetry_refusals (
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  day date NOT NULL,
  source text NOT NULL,
  reason text NOT NULL,
  count bigint NOT NULL,
  last_seen timestamptz NOT NULL,
  PRIMARY KEY (organization_id, day, source, reason)
);
