-- What a run of an experiment says of itself; its cost is in the ledger. Figures are decimal strings by name.
CREATE TABLE runs (
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  run text NOT NULL,
  experiment text NOT NULL,
  started_at timestamptz,
  ended_at timestamptz,
  figures jsonb NOT NULL DEFAULT '{}',
  reported_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, experiment, run)
);
