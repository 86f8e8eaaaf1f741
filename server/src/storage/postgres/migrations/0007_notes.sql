-- What people write onto the charts: a moment and a text. A deleted note stays, so that deleting can be undone.
CREATE TABLE notes (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  at timestamptz NOT NULL,
  text text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 200),
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE INDEX notes_in_time ON notes (organization_id, at) WHERE deleted_at IS NULL;
