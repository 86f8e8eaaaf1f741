-- What an organization says about prices. Rows are only ever added: a change is a new version of its rule, a removal a version
-- without terms, an undo a version with the terms from before. Rates and percentages inside `terms` are decimal strings.
CREATE TABLE price_rule_versions (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  rule_id uuid NOT NULL,
  version integer NOT NULL,
  -- versions written together are undone together
  change_id uuid NOT NULL,
  action text NOT NULL CHECK (action IN ('added', 'changed', 'removed', 'undone')),
  terms jsonb,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  recorded_by text NOT NULL,
  UNIQUE (organization_id, rule_id, version)
);
CREATE INDEX price_rule_versions_change ON price_rule_versions (organization_id, change_id);
CREATE INDEX price_rule_versions_latest ON price_rule_versions (organization_id, seq DESC);

-- Computations of usage with the prices known later. The rows themselves are in the ledger, under the id given here.
CREATE TABLE ratings (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  -- the id of the rows that take this rating back
  undo_id uuid NOT NULL,
  status text NOT NULL CHECK (status IN ('running', 'applied', 'undoing', 'undone', 'failed')),
  period_from timestamptz NOT NULL,
  period_to timestamptz NOT NULL,
  provider text NOT NULL DEFAULT '',
  model text NOT NULL DEFAULT '',
  events bigint NOT NULL DEFAULT 0,
  sums jsonb NOT NULL DEFAULT '[]',
  -- moments in the ledger: an answer as of any moment before does not know the rating
  recorded_at timestamptz NOT NULL,
  undone_at timestamptz,
  actor text NOT NULL,
  undone_by text,
  problem text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ratings_recent ON ratings (organization_id, created_at DESC);
-- One at a time: two computations of the same calls would take back the same rows twice.
CREATE UNIQUE INDEX ratings_one_running ON ratings (organization_id) WHERE status IN ('running', 'undoing');
