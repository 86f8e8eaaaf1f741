import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  date,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  real,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'

// The schema as it is today; migrations/ tells how it came to be. A test reads every table through these definitions.
// Do not use drizzle's relational queries (`with:`): they pass through JSON and change the digits of bigint and numeric.

const moment = (name: string) => timestamp(name, { withTimezone: true })
const now = (name: string) => moment(name).notNull().defaultNow()

export const users = pgTable('user', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  email: text('email').notNull().unique(),
  emailVerified: boolean('emailVerified').notNull().default(false),
  image: text('image'),
  createdAt: now('createdAt'),
  updatedAt: now('updatedAt'),
})

/** Read and written by better-auth alone. @public */
export const sessions = pgTable('session', {
  id: text('id').primaryKey(),
  expiresAt: moment('expiresAt').notNull(),
  token: text('token').notNull().unique(),
  createdAt: now('createdAt'),
  updatedAt: now('updatedAt'),
  ipAddress: text('ipAddress'),
  userAgent: text('userAgent'),
  userId: text('userId').notNull(),
})

export const accounts = pgTable('account', {
  id: text('id').primaryKey(),
  accountId: text('accountId').notNull(),
  providerId: text('providerId').notNull(),
  userId: text('userId').notNull(),
  accessToken: text('accessToken'),
  refreshToken: text('refreshToken'),
  idToken: text('idToken'),
  accessTokenExpiresAt: moment('accessTokenExpiresAt'),
  refreshTokenExpiresAt: moment('refreshTokenExpiresAt'),
  scope: text('scope'),
  password: text('password'),
  createdAt: now('createdAt'),
  updatedAt: now('updatedAt'),
})

/** Read and written by better-auth alone. @public */
export const verifications = pgTable('verification', {
  id: text('id').primaryKey(),
  identifier: text('identifier').notNull(),
  value: text('value').notNull(),
  expiresAt: moment('expiresAt').notNull(),
  createdAt: now('createdAt'),
  updatedAt: now('updatedAt'),
})

export const organizations = pgTable('organizations', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull(),
  timeZone: text('time_zone').notNull(),
  currency: text('currency').notNull(),
  locale: text('locale').$type<'en' | 'ko' | 'ru'>().notNull(),
  sample: boolean('sample').notNull().default(false),
  /** Whose exchange rates convert amounts; null: nothing is converted. */
  rateSource: text('rate_source').$type<'ecb' | 'cbr' | 'bok' | 'own'>(),
  createdAt: now('created_at'),
})

export const members = pgTable(
  'members',
  {
    organizationId: uuid('organization_id').notNull(),
    userId: text('user_id').notNull(),
    role: text('role').notNull(),
    createdAt: now('created_at'),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.userId] })],
)

export const apiKeys = pgTable('api_keys', {
  id: uuid('id').primaryKey(),
  organizationId: uuid('organization_id').notNull(),
  name: text('name').notNull(),
  start: text('start').notNull(),
  hash: text('hash').notNull().unique(),
  createdBy: text('created_by').notNull(),
  createdAt: now('created_at'),
  lastUsedAt: moment('last_used_at'),
  revokedAt: moment('revoked_at'),
})

export const connections = pgTable(
  'connections',
  {
    id: uuid('id').primaryKey(),
    organizationId: uuid('organization_id').notNull(),
    name: text('name').notNull(),
    createdAt: now('created_at'),
    /** null: a name for imported files, read by nobody. */
    connector: text('connector'),
    /** Secret credentials, encrypted. */
    sealed: text('sealed'),
    /** The fields of the connector's form that are no secret. */
    options: jsonb('options').$type<Record<string, string>>().notNull().default({}),
    accountId: text('account_id'),
    accountName: text('account_name'),
    lastTest:
      jsonb('last_test').$type<
        { right: string; state: 'works' | 'missing' | 'unknown'; code: string; message: string }[]
      >(),
    lastTestAt: moment('last_test_at'),
    /** Until when each kind was read, RFC 3339. */
    readThrough: jsonb('read_through').$type<Record<string, string>>().notNull().default({}),
    failures: integer('failures').notNull().default(0),
    problem: jsonb('problem').$type<{ code: string; message: string }>(),
    problemSince: moment('problem_since'),
    lastSyncAt: moment('last_sync_at'),
    nextSyncAt: moment('next_sync_at'),
    pausedAt: moment('paused_at'),
    deletedAt: moment('deleted_at'),
  },
  (table) => [uniqueIndex('connections_name').on(table.organizationId, table.name).where(sql`deleted_at is null`)],
)

export const connectionRuns = pgTable('connection_runs', {
  id: uuid('id').primaryKey(),
  organizationId: uuid('organization_id').notNull(),
  connectionId: uuid('connection_id').notNull(),
  kind: text('kind').$type<'first' | 'schedule' | 'manual' | 'backfill'>().notNull(),
  status: text('status').$type<'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'>().notNull(),
  /** `{ from, to }`, RFC 3339. */
  asked: jsonb('asked').$type<{ from?: string; to?: string }>().notNull().default({}),
  /** Where a worker stands; only its module reads it. */
  state: jsonb('state').$type<Record<string, unknown>>().notNull().default({}),
  progress: real('progress').notNull().default(0),
  pages: integer('pages').notNull().default(0),
  requests: integer('requests').notNull().default(0),
  retries: integer('retries').notNull().default(0),
  rowsRead: bigint('rows_read', { mode: 'number' }).notNull().default(0),
  /** Amounts as decimal strings; `stated` is the provider's own total. */
  sums: jsonb('sums').$type<{ currency: string; read: string; stated: string | null }[]>().notNull().default([]),
  problems: jsonb('problems').$type<{ code: string; message: string }[]>().notNull().default([]),
  results: jsonb('results')
    .$type<{ subject: string; outcome: 'imported' | 'unchanged' | 'stored'; rows: number; importId: string | null }[]>()
    .notNull()
    .default([]),
  attempts: integer('attempts').notNull().default(0),
  notBefore: now('not_before'),
  owner: uuid('owner'),
  leaseUntil: moment('lease_until'),
  cancelRequested: boolean('cancel_requested').notNull().default(false),
  createdBy: text('created_by').notNull().default('system'),
  createdAt: now('created_at'),
  startedAt: moment('started_at'),
  finishedAt: moment('finished_at'),
})

/** Written by set-based SQL. @public */
export const connectionPeriods = pgTable(
  'connection_periods',
  {
    connectionId: uuid('connection_id').notNull(),
    subject: text('subject').notNull(),
    contentHash: text('content_hash').notNull(),
    importId: uuid('import_id'),
    importIds: uuid('import_ids').array().notNull().default([]),
    rowsRead: bigint('rows_read', { mode: 'number' }).notNull().default(0),
    sums: jsonb('sums').$type<{ currency: string; read: string }[]>().notNull().default([]),
    readAt: now('read_at'),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.subject] })],
)

/** Written by set-based SQL. @public */
export const connectionDays = pgTable(
  'connection_days',
  {
    connectionId: uuid('connection_id').notNull(),
    part: text('part').notNull(),
    day: date('day', { mode: 'string' }).notNull(),
    contentHash: text('content_hash').notNull(),
    rowsRead: bigint('rows_read', { mode: 'number' }).notNull().default(0),
    firstSeenAt: moment('first_seen_at').notNull(),
    changedAt: moment('changed_at').notNull(),
    readAt: moment('read_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.part, table.day] })],
)

export const imports = pgTable(
  'imports',
  {
    id: uuid('id').primaryKey(),
    organizationId: uuid('organization_id').notNull(),
    connectionId: uuid('connection_id').notNull(),
    fileName: text('file_name').notNull(),
    bytes: bigint('bytes', { mode: 'bigint' }).notNull().default(0n),
    contentHash: text('content_hash').notNull(),
    status: text('status').$type<'queued' | 'running' | 'succeeded' | 'failed' | 'duplicate'>().notNull(),
    progress: real('progress').notNull().default(0),
    format: text('format'),
    requestedFormat: text('requested_format').notNull().default('focus'),
    billFormat: text('bill_format'),
    focusVersion: text('focus_version'),
    delivery: text('delivery').$type<'auto' | 'replace' | 'append'>().notNull().default('auto'),
    currency: text('currency'),
    replayOf: uuid('replay_of'),
    duplicateOf: uuid('duplicate_of'),
    batchIds: uuid('batch_ids').array().notNull().default([]),
    rowsRead: bigint('rows_read', { mode: 'number' }).notNull().default(0),
    rowsAccepted: bigint('rows_accepted', { mode: 'number' }).notNull().default(0),
    rowsQuarantined: bigint('rows_quarantined', { mode: 'number' }).notNull().default(0),
    /** Amounts as decimal strings. */
    sums: jsonb('sums')
      .$type<
        {
          currency: string
          BilledCost: string | null
          EffectiveCost: string | null
          ListCost: string | null
          ContractedCost: string | null
        }[]
      >()
      .notNull()
      .default([]),
    problems: jsonb('problems')
      .$type<{ row: number | null; column: string | null; code: string; message: string }[]>()
      .notNull()
      .default([]),
    findings: jsonb('findings').$type<{ code: string; message: string }[]>().notNull().default([]),
    /** Of a file whose delivery is not whole yet; only its module reads it. */
    held: jsonb('held').$type<Record<string, unknown>>(),
    spoolPath: text('spool_path'),
    owner: text('owner'),
    heartbeatAt: moment('heartbeat_at'),
    createdAt: now('created_at'),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    uniqueIndex('imports_same_content')
      .on(table.organizationId, table.connectionId, table.contentHash)
      .where(sql`status in ('queued', 'running', 'succeeded') and replay_of is null`),
  ],
)

export const runs = pgTable(
  'runs',
  {
    organizationId: uuid('organization_id').notNull(),
    run: text('run').notNull(),
    experiment: text('experiment').notNull(),
    startedAt: moment('started_at'),
    endedAt: moment('ended_at'),
    /** Decimal strings by name. */
    figures: jsonb('figures').$type<Record<string, string>>().notNull().default({}),
    reportedAt: now('reported_at'),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.experiment, table.run] })],
)

export const exchangeRates = pgTable('exchange_rates', {
  id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
  organizationId: uuid('organization_id'),
  source: text('source').notNull(),
  currency: text('currency').notNull(),
  day: date('day', { mode: 'string' }).notNull(),
  nominal: numeric('nominal').notNull(),
  value: numeric('value').notNull(),
  recordedBy: text('recorded_by').notNull(),
  recordedAt: now('recorded_at'),
})

export const rateFetches = pgTable('rate_fetches', {
  source: text('source').primaryKey(),
  askedAt: moment('asked_at').notNull(),
  through: date('through', { mode: 'string' }),
  problem: text('problem'),
})

export const notes = pgTable('notes', {
  id: uuid('id').primaryKey(),
  organizationId: uuid('organization_id').notNull(),
  at: moment('at').notNull(),
  text: text('text').notNull(),
  createdBy: text('created_by').notNull(),
  createdAt: now('created_at'),
  deletedAt: moment('deleted_at'),
})
export const mappings = pgTable(
  'mappings',
  {
    id: uuid('id').primaryKey(),
    organizationId: uuid('organization_id').notNull(),
    name: text('name').notNull(),
    signature: text('signature').notNull(),
    version: integer('version').notNull().default(1),
    definition: jsonb('definition').$type<Record<string, unknown>>().notNull(),
    createdAt: now('created_at'),
    updatedAt: now('updated_at'),
    removedAt: moment('removed_at'),
  },
  (table) => [
    uniqueIndex('mappings_signature').on(table.organizationId, table.signature).where(sql`removed_at is null`),
  ],
)

export const mappingVersions = pgTable(
  'mapping_versions',
  {
    mappingId: uuid('mapping_id').notNull(),
    version: integer('version').notNull(),
    name: text('name').notNull(),
    definition: jsonb('definition').$type<Record<string, unknown>>().notNull(),
    actor: text('actor').notNull(),
    at: now('at'),
  },
  (table) => [primaryKey({ columns: [table.mappingId, table.version] })],
)

export const audit = pgTable('audit', {
  id: uuid('id').primaryKey(),
  organizationId: uuid('organization_id').notNull(),
  actor: text('actor').notNull(),
  action: text('action').notNull(),
  subject: text('subject').notNull().default(''),
  details: jsonb('details').$type<Record<string, unknown>>().notNull().default({}),
  at: now('at'),
})

export const allocationUnits = pgTable(
  'allocation_units',
  {
    organizationId: uuid('organization_id').notNull(),
    key: text('key').notNull(),
    fromMonth: text('from_month').notNull(),
    name: text('name').notNull(),
    kind: text('kind')
      .$type<'business_unit' | 'team' | 'project' | 'product' | 'feature' | 'environment' | 'cost_center'>()
      .notNull(),
    parent: text('parent'),
    owner: text('owner').notNull().default(''),
    costCenter: text('cost_center').notNull().default(''),
    aliases: text('aliases').array().notNull().default([]),
    ended: boolean('ended').notNull().default(false),
    mergedInto: text('merged_into'),
    actor: text('actor').notNull(),
    at: now('at'),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.key, table.fromMonth] })],
)

/** Version 0 is the draft. */
export const allocationRuleSets = pgTable(
  'allocation_rule_sets',
  {
    organizationId: uuid('organization_id').notNull(),
    version: integer('version').notNull(),
    basedOn: integer('based_on').notNull().default(0),
    document: jsonb('document').$type<unknown>().notNull(),
    hash: text('hash').notNull(),
    note: text('note').notNull().default(''),
    actor: text('actor').notNull(),
    at: now('at'),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.version] })],
)

export const allocationValues = pgTable(
  'allocation_values',
  {
    organizationId: uuid('organization_id').notNull(),
    month: text('month').notNull(),
    name: text('name').notNull(),
    unit: text('unit').notNull(),
    /** A decimal string. */
    value: text('value').notNull(),
    actor: text('actor').notNull(),
    at: now('at'),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.month, table.name, table.unit] })],
)

export const allocationClosings = pgTable('allocation_closings', {
  id: uuid('id').primaryKey(),
  organizationId: uuid('organization_id').notNull(),
  month: text('month').notNull(),
  runId: uuid('run_id').notNull(),
  ruleSetVersion: integer('rule_set_version').notNull(),
  certificate: jsonb('certificate').$type<unknown>().notNull(),
  hash: text('hash').notNull(),
  actor: text('actor').notNull(),
  closedAt: now('closed_at'),
  reopenedAt: moment('reopened_at'),
})

export const allocationComments = pgTable('allocation_comments', {
  id: uuid('id').primaryKey(),
  organizationId: uuid('organization_id').notNull(),
  month: text('month').notNull(),
  unit: text('unit').notNull(),
  kind: text('kind').$type<'comment' | 'dispute'>().notNull(),
  status: text('status').$type<'open' | 'accepted' | 'rejected' | 'withdrawn' | 'none'>().notNull(),
  owner: text('owner').notNull().default(''),
  body: text('body').notNull(),
  actor: text('actor').notNull(),
  at: now('at'),
})
export const attributionSettings = pgTable('attribution_settings', {
  id: uuid('id').primaryKey(),
  organizationId: uuid('organization_id').notNull(),
  settings: jsonb('settings').$type<Record<string, unknown>>().notNull(),
  undoes: uuid('undoes'),
  changedBy: text('changed_by').notNull(),
  changedAt: now('changed_at'),
  sequence: bigint('sequence', { mode: 'number' }).generatedAlwaysAsIdentity(),
})

export const attributionKeys = pgTable('attribution_keys', {
  organizationId: uuid('organization_id').primaryKey(),
  key: text('key').notNull(),
  createdAt: now('created_at'),
})

export const telemetryRefusals = pgTable(
  'telemetry_refusals',
  {
    organizationId: uuid('organization_id').notNull(),
    day: date('day').notNull(),
    source: text('source').notNull(),
    reason: text('reason').notNull(),
    count: bigint('count', { mode: 'number' }).notNull(),
    lastSeen: moment('last_seen').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.day, table.source, table.reason] })],
)

export const priceRuleVersions = pgTable(
  'price_rule_versions',
  {
    seq: bigint('seq', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    organizationId: uuid('organization_id').notNull(),
    ruleId: uuid('rule_id').notNull(),
    version: integer('version').notNull(),
    changeId: uuid('change_id').notNull(),
    action: text('action').$type<'added' | 'changed' | 'removed' | 'undone'>().notNull(),
    /** Null once the rule is removed. Rates and percentages are decimal strings. */
    terms: jsonb('terms').$type<Record<string, unknown> | null>(),
    recordedAt: now('recorded_at'),
    recordedBy: text('recorded_by').notNull(),
  },
  (table) => [unique().on(table.organizationId, table.ruleId, table.version)],
)

export const ratings = pgTable('ratings', {
  id: uuid('id').primaryKey(),
  organizationId: uuid('organization_id').notNull(),
  undoId: uuid('undo_id').notNull(),
  status: text('status').$type<'running' | 'applied' | 'undoing' | 'undone' | 'failed'>().notNull(),
  periodFrom: moment('period_from').notNull(),
  periodTo: moment('period_to').notNull(),
  provider: text('provider').notNull().default(''),
  model: text('model').notNull().default(''),
  events: bigint('events', { mode: 'number' }).notNull().default(0),
  /** Amounts as decimal strings. */
  sums: jsonb('sums').$type<{ currency: string; before: string; after: string }[]>().notNull().default([]),
  recordedAt: moment('recorded_at').notNull(),
  undoneAt: moment('undone_at'),
  actor: text('actor').notNull(),
  undoneBy: text('undone_by'),
  problem: text('problem'),
  createdAt: now('created_at'),
})
