-- Rates as their source published them. A correction is a further row; the newest of a day counts.
-- organization_id is null for central banks' rates, which are the same for everybody.
CREATE TABLE exchange_rates (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid REFERENCES organizations (id) ON DELETE CASCADE,
  source text NOT NULL,
  currency text NOT NULL,
  day date NOT NULL,
  nominal numeric NOT NULL CHECK (nominal > 0),
  value numeric NOT NULL CHECK (value > 0),
  recorded_by text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX exchange_rates_day ON exchange_rates (source, currency, day, id);

-- Whose rates convert amounts; null: amounts stay in the currencies they were billed in.
ALTER TABLE organizations ADD COLUMN rate_source text;

-- When each source was last asked, and what came of it.
CREATE TABLE rate_fetches (
  source text PRIMARY KEY,
  asked_at timestamptz NOT NULL,
  through date,
  problem text
);
