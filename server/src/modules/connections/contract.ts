import { z } from 'zod'

const Text = z.object({ en: z.string(), ko: z.string(), ru: z.string() })

export const CredentialField = z.object({
  id: z.string(),
  kind: z.enum(['secret', 'text', 'url', 'choice']),
  label: Text,
  help: Text.optional(),
  required: z.boolean(),
  placeholder: z.string().optional(),
  pattern: z.string().optional(),
  patternHelp: Text.optional(),
  choices: z.array(z.object({ value: z.string(), label: Text })).optional(),
  initial: z.string().optional(),
})

export const ConnectorManifest = z.object({
  id: z.string(),
  name: z.string(),
  title: Text.optional().describe('in place of the name, for what is no brand'),
  category: z.enum(['ai', 'cloud', 'files', 'data']),
  summary: Text,
  reads: z.array(
    z.object({
      kind: z.enum(['charges', 'usage', 'files', 'resources', 'metrics', 'prices']),
      grain: z.enum(['minute', 'hour', 'day', 'month']),
      restatementDays: z.number(),
      historyDays: z.number().nullable(),
      usualLatenessHours: z.number(),
    }),
  ),
  currency: z.string().nullable(),
  timeZone: z.string(),
  everyMinutes: z.number(),
  rateLimit: z.object({ perMinute: z.number(), concurrent: z.number() }),
  webhooks: z.null(),
  credentials: z.array(CredentialField),
  rights: z.array(z.object({ id: z.string(), needed: z.boolean(), title: Text, remedy: Text })),
  setUp: z.array(z.object({ title: Text, text: Text, copy: z.string().optional(), link: z.string().optional() })),
  sources: z.array(z.string()),
})
export const ConnectorList = z.object({ connectors: z.array(ConnectorManifest) })

export const Check = z.object({
  right: z.string().describe('id of a right in the manifest'),
  state: z.enum(['works', 'missing', 'unknown']),
  code: z.string(),
  message: z.string().describe('what the provider answered'),
})
export const TestAnswer = z.object({
  ok: z.boolean().describe('every needed right works'),
  account: z.object({ id: z.string(), name: z.string() }).nullable(),
  checks: z.array(Check),
})

export const RunProblem = z.object({ code: z.string(), message: z.string() })
export const Run = z.object({
  id: z.string(),
  kind: z.enum(['first', 'schedule', 'manual', 'backfill']),
  status: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']),
  asked: z.object({ from: z.string().optional(), to: z.string().optional() }),
  progress: z.number(),
  step: z.object({ kind: z.string(), from: z.string(), to: z.string(), number: z.number(), of: z.number() }).nullable(),
  pages: z.number(),
  requests: z.number(),
  retries: z.number(),
  rows: z.number(),
  sums: z
    .array(z.object({ currency: z.string(), read: z.string(), stated: z.string().nullable() }))
    .describe('decimal strings; stated is the provider’s own total of the same time'),
  problems: z.array(RunProblem),
  results: z.array(
    z.object({
      subject: z.string(),
      outcome: z.enum(['imported', 'unchanged', 'stored']),
      rows: z.number(),
      importId: z.string().nullable(),
    }),
  ),
  attempts: z.number(),
  notBefore: z.string(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
})
export const RunList = z.object({ runs: z.array(Run) })

export const Freshness = z.object({
  completeThrough: z.string().nullable().describe('last day, YYYY-MM-DD, all of whose rows are expected to be in'),
  usualLatenessHours: z.number().describe('by when nine of ten days were complete'),
  learnedFrom: z.number().describe('days it was learned from; 0: the provider’s usual time'),
  days: z
    .array(z.object({ day: z.string(), rows: z.number(), share: z.number().min(0).max(1) }))
    .describe('the month to date, oldest first; share: how much of a day is expected to be in by now'),
})

export const ConnectionState = z.enum(['healthy', 'reading', 'first', 'waiting', 'attention', 'paused', 'files'])
export const Connection = z.object({
  id: z.string(),
  name: z.string(),
  connector: z.string().nullable().describe('null: a name for imported files'),
  state: ConnectionState,
  account: z.object({ id: z.string(), name: z.string() }).nullable(),
  options: z.record(z.string(), z.string()),
  sealed: z.array(z.string()).describe('secret fields that are set; their values are never sent'),
  problem: z.object({ code: z.string(), message: z.string(), since: z.string() }).nullable(),
  lastTest: z.object({ at: z.string(), checks: z.array(Check) }).nullable(),
  run: Run.nullable().describe('at work or waiting, else the last one'),
  lastSyncAt: z.string().nullable(),
  nextSyncAt: z.string().nullable(),
  pausedAt: z.string().nullable(),
  deletedAt: z.string().nullable(),
  createdAt: z.string(),
  freshness: Freshness.nullable(),
  monthToDate: z.array(z.object({ currency: z.string(), read: z.string() })),
})
export const ConnectionList = z.object({ connections: z.array(Connection) })

const Values = z.record(z.string(), z.string().max(20_000))
export const NewConnection = z.object({
  connector: z.string(),
  name: z.string().trim().min(1).max(100),
  values: Values.describe('every field of the connector’s form'),
  historyMonths: z.number().int().min(1).max(60).default(13).describe('how much the first sync reads'),
  sync: z.boolean().default(true).describe('begin the first sync at once'),
})
export const ConnectionChange = z.object({
  name: z.string().trim().min(1).max(100).optional(),
  values: Values.optional().describe('fields to change; a secret that is left out stays'),
  paused: z.boolean().optional(),
})
export const ConnectionTest = z.object({ connector: z.string(), values: Values })
export const Backfill = z.object({
  from: z.iso.date().describe('first day'),
  to: z.iso.date().describe('last day, included'),
})
export const RunAccepted = z.object({ runId: z.string() })

export const ProviderUsage = z.object({
  rows: z.array(
    z.object({
      part: z.string(),
      day: z.string(),
      project: z.string(),
      model: z.string(),
      tier: z.string(),
      unit: z.string(),
      quantity: z.string(),
    }),
  ),
})

export type ConnectorManifest = z.infer<typeof ConnectorManifest>
export type Connection = z.infer<typeof Connection>
export type ConnectionList = z.infer<typeof ConnectionList>
export type ConnectorList = z.infer<typeof ConnectorList>
export type NewConnection = z.input<typeof NewConnection>
export type ConnectionChange = z.infer<typeof ConnectionChange>
export type Backfill = z.infer<typeof Backfill>
export type TestAnswer = z.infer<typeof TestAnswer>
export type Freshness = z.infer<typeof Freshness>
export type Run = z.infer<typeof Run>
export type RunList = z.infer<typeof RunList>
export type Check = z.infer<typeof Check>
export type ProviderUsage = z.infer<typeof ProviderUsage>
