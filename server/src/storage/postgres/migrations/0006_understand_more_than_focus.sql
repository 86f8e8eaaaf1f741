-- What the caller said a file is, and what it turned out to be.
ALTER TABLE imports ADD COLUMN requested_format text NOT NULL DEFAULT 'focus';
ALTER TABLE imports ADD COLUMN bill_format text;

-- How files of a shape that nobody publishes become charges; found again by the signature of their header.
CREATE TABLE mappings (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  name text NOT NULL,
  signature text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  definition jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  removed_at timestamptz
);
CREATE UNIQUE INDEX mappings_signature ON mappings (organization_id, signature) WHERE removed_at IS NULL;

-- Every version ever saved; imports of an earlier one stay explained.
CREATE TABLE mapping_versions (
  mapping_id uuid NOT NULL REFERENCES mappings (id) ON DELETE CASCADE,
  version integer NOT NULL,
  name text NOT NULL,
  definition jsonb NOT NULL,
  actor text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (mapping_id, version)
);
