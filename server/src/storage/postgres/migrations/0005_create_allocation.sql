-- What is true of a unit from one month on. The row with the latest month at or before a month is the state of that month.
-- '0001-01' stands for since ever.
CREATE TABLE allocation_units (
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  key text NOT NULL,
  from_month text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  parent text,
  owner text NOT NULL DEFAULT '',
  cost_center text NOT NULL DEFAULT '',
  aliases text[] NOT NULL DEFAULT '{}',
  ended boolean NOT NULL DEFAULT false,
  merged_into text,
  actor text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, key, from_month)
);

-- Published rule sets never change; a draft is the row with version 0.
CREATE TABLE allocation_rule_sets (
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  version integer NOT NULL,
  based_on integer NOT NULL DEFAULT 0,
  document jsonb NOT NULL,
  hash text NOT NULL,
  note text NOT NULL DEFAULT '',
  actor text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, version)
);

-- Decimal strings: revenue, users, tickets solved, given by hand.
CREATE TABLE allocation_values (
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  month text NOT NULL,
  name text NOT NULL,
  unit text NOT NULL,
  value text NOT NULL,
  actor text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, month, name, unit)
);

CREATE TABLE allocation_closings (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  month text NOT NULL,
  run_id uuid NOT NULL,
  rule_set_version integer NOT NULL,
  certificate jsonb NOT NULL,
  hash text NOT NULL,
  actor text NOT NULL,
  closed_at timestamptz NOT NULL DEFAULT now(),
  reopened_at timestamptz
);
CREATE UNIQUE INDEX allocation_closings_one ON allocation_closings (organization_id, month) WHERE reopened_at IS NULL;

CREATE TABLE allocation_comments (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  month text NOT NULL,
  unit text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('comment', 'dispute')),
  status text NOT NULL CHECK (status IN ('open', 'accepted', 'rejected', 'withdrawn', 'none')),
  owner text NOT NULL DEFAULT '',
  body text NOT NULL,
  actor text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX allocation_comments_of ON allocation_comments (organization_id, month, unit, at);
