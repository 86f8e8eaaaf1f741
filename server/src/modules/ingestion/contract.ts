import { z } from 'zod'

export const ImportQuery = z.object({
  format: z
    .string()
    .regex(/^[a-z0-9:-]{1,80}$/)
    .default('auto')
    .describe('auto, focus, or a format of GET /api/v1/imports/formats'),
  connection: z.string().min(1).max(100).default('files'),
  fileName: z.string().max(300).optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional()
    .describe('for files without BillingCurrency'),
  delivery: z
    .enum(['auto', 'replace', 'append'])
    .default('auto')
    .describe('auto: a file with the lines of an earlier one replaces it, other lines of the same period stand beside'),
  replayOf: z.guid().optional().describe('the import whose quarantined rows this file corrects'),
})

export const MoneySums = z.object({
  currency: z.string(),
  BilledCost: z.string().nullable(),
  EffectiveCost: z.string().nullable(),
  ListCost: z.string().nullable(),
  ContractedCost: z.string().nullable(),
})

export const Problem = z.object({
  row: z.number().nullable(),
  column: z.string().nullable(),
  code: z.string(),
  message: z.string(),
})

export const Import = z.object({
  id: z.string(),
  status: z.enum(['queued', 'running', 'succeeded', 'failed', 'duplicate']),
  progress: z.number().min(0).max(1),
  fileName: z.string(),
  connection: z.string(),
  bytes: z.string(),
  format: z.string().nullable().describe('what the content turned out to be, e.g. csv+gzip'),
  billFormat: z
    .string()
    .nullable()
    .describe('the format whose columns the file has: focus, or one of the list of formats'),
  focusVersion: z.string().nullable(),
  batchIds: z.array(z.string()),
  duplicateOf: z.string().nullable(),
  rows: z.object({ read: z.number(), accepted: z.number(), quarantined: z.number() }),
  sums: z.array(MoneySums),
  problems: z.array(Problem).describe('the first 100; all of them by the quarantine route'),
  findings: z
    .array(z.object({ code: z.string(), message: z.string() }))
    .describe('what was understood, changed or derived on the way in'),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
})

export const FormatList = z.object({
  formats: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      provider: z.string(),
      generations: z.array(z.string()),
      columns: z
        .array(z.object({ column: z.string(), from: z.array(z.string()) }))
        .describe('FOCUS column ← source columns'),
    }),
  ),
})

export const ImportListQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(200),
  cursor: z.guid().optional().describe('`next` of the page before'),
})
export const ImportList = z.object({
  imports: z.array(Import),
  next: z.string().nullable().describe('cursor of the next, older page; null on the last one'),
})
export const ImportAccepted = z.object({ id: z.string() })

export const QuarantinePage = z.object({
  columns: z.array(z.string()),
  rows: z.array(
    z.object({
      row: z.number(),
      cells: z.record(z.string(), z.string()),
      raw: z.string(),
      problems: z.array(Problem),
      replayed: z.boolean(),
    }),
  ),
  total: z.number(),
  replayed: z.number(),
})

/** FOCUS columns that a mapping can fill. Amounts and quantities are read in the mapping's number style. */
export const mappedTexts = [
  'BillingCurrency',
  'ServiceProviderName',
  'ServiceName',
  'ServiceCategory',
  'ChargeDescription',
  'BillingAccountId',
  'SubAccountId',
  'SubAccountName',
  'ResourceId',
  'ResourceName',
  'RegionId',
  'SkuId',
  'InvoiceId',
  'ConsumedUnit',
] as const
export const mappedAmounts = ['BilledCost', 'EffectiveCost', 'ListCost', 'ConsumedQuantity'] as const
export const mappedTimes = ['ChargePeriodStart', 'ChargePeriodEnd'] as const
const MappedColumn = z.enum([...mappedTimes, ...mappedAmounts, ...mappedTexts])
const chargeCategories = ['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment'] as const

export const MappingDefinition = z.object({
  columns: z.partialRecord(MappedColumn, z.string().min(1).max(300)).describe('FOCUS column → column of the file'),
  constants: z
    .partialRecord(z.enum(mappedTexts), z.string().min(1).max(300))
    .default({})
    .describe('FOCUS column → the same text for every row, where no column has it'),
  numbers: z.object({ decimal: z.enum(['.', ',']) }).default({ decimal: '.' }),
  dates: z.object({ order: z.enum(['mdy', 'dmy']) }).default({ order: 'mdy' }),
  adjustments: z
    .array(z.object({ column: z.string().min(1).max(300), sign: z.enum(['+', '-']) }))
    .max(10)
    .default([])
    .describe('columns of credits or discounts that belong to the cost; - where they are written as positive numbers'),
  categories: z
    .object({ column: z.string().min(1).max(300), values: z.record(z.string(), z.enum(chargeCategories)) })
    .nullable()
    .default(null)
    .describe('a column that tells kinds of charges apart; what is not listed is Usage'),
  tags: z.array(z.string().min(1).max(300)).max(200).default([]).describe('columns that become tags of their own name'),
})

export const MappingReason = z.object({
  code: z.enum([
    'name_known',
    'name_similar',
    'values_dates',
    'values_numbers',
    'values_currencies',
    'only_candidate',
    'header_currency',
    'sign_currency',
    'decimal_comma',
    'decimal_point',
    'order_by_values',
    'order_assumed',
    'credits_negative',
    'credits_positive',
    'missing',
  ]),
  detail: z.string(),
})
const Head = z
  .string()
  .min(1)
  .max(6_000_000)
  .describe('the beginning of the file as text, from its header on; the more, the more the sums say')

export const ProposeRequest = z.object({
  head: Head,
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional(),
})
export const Proposal = z.object({
  names: z.array(z.string()),
  rows: z.array(z.array(z.string())).describe('the first ten'),
  signature: z.string(),
  recognised: z
    .object({ id: z.string(), name: z.string() })
    .nullable()
    .describe('the format or saved mapping that knows this header already'),
  definition: MappingDefinition,
  fields: z.array(
    z.object({
      column: z.string().describe('FOCUS column, or numbers or dates'),
      confidence: z.number().min(0).max(1),
      reasons: z.array(MappingReason),
    }),
  ),
})

export const PreviewRequest = z.object({
  head: Head,
  definition: MappingDefinition,
  name: z.string().min(1).max(100).default('mapping'),
})
export const Preview = z.object({
  rows: z.object({ read: z.number(), accepted: z.number(), refused: z.number() }),
  sums: z.array(MoneySums),
  problems: z.array(Problem),
  first: z.array(
    z.object({ row: z.number(), before: z.record(z.string(), z.string()), after: z.record(z.string(), z.string()) }),
  ),
})

export const MappingRequest = z.object({
  name: z.string().min(1).max(100),
  names: z.array(z.string().max(500)).min(1).max(2000).describe('the header of the file'),
  definition: MappingDefinition,
})
export const MappingChange = z.object({ name: z.string().min(1).max(100), definition: MappingDefinition })
export const Mapping = z.object({
  id: z.string(),
  format: z.string().describe('to be given as format= with an import'),
  name: z.string(),
  names: z.array(z.string()),
  version: z.number(),
  definition: MappingDefinition,
  updatedAt: z.string(),
  removed: z.boolean(),
})
export const MappingList = z.object({ mappings: z.array(Mapping) })
export const MappingHistory = z.object({
  versions: z.array(
    z.object({
      version: z.number(),
      name: z.string(),
      definition: MappingDefinition,
      actor: z.string(),
      at: z.string(),
    }),
  ),
})

export type MappingDefinition = z.infer<typeof MappingDefinition>
export type MappingReason = z.infer<typeof MappingReason>
export type Proposal = z.infer<typeof Proposal>
export type Preview = z.infer<typeof Preview>
export type Mapping = z.infer<typeof Mapping>
export type MappingList = z.infer<typeof MappingList>
export type MappingHistory = z.infer<typeof MappingHistory>
export type Import = z.infer<typeof Import>
export type ImportQuery = z.input<typeof ImportQuery>
export type ImportList = z.infer<typeof ImportList>
export type QuarantinePage = z.infer<typeof QuarantinePage>
export type Problem = z.infer<typeof Problem>
export type MoneySums = z.infer<typeof MoneySums>

const attributeName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\s"'`\\]+$/, 'an attribute name has no spaces or quotes')

const dimensionNames = [
  'team',
  'project',
  'feature',
  'experiment',
  'run',
  'customer',
  'environment',
  'service',
] as const
const PersonalIdentifiers = z
  .enum(['keep', 'hash', 'drop'])
  .describe('what happens to user ids and e-mail addresses: kept, replaced by a keyed hash, or left out')

export const AttributionMapping = z.object({
  version: z.string().nullable().describe('null until the first change'),
  mapping: z.record(
    z.enum(dimensionNames),
    z.object({
      attributes: z.array(z.string()).describe('in the order in which they are believed'),
      isDefault: z.boolean(),
    }),
  ),
  promoted: z.array(z.string()).describe('each is a dimension `attr.<name>`'),
  personalIdentifiers: PersonalIdentifiers,
  changedBy: z.string().nullable(),
  changedAt: z.string().nullable(),
})

export const AttributionMappingChange = z.strictObject({
  version: z
    .string()
    .nullable()
    .optional()
    .describe('the version that was read; refused when it is not the newest any more'),
  mapping: z
    .partialRecord(z.enum(dimensionNames), z.array(attributeName).min(1).max(30).nullable())
    .optional()
    .describe('attribute names by dimension; null gives a dimension the common spellings again'),
  promoted: z.array(attributeName).max(20).optional(),
  personalIdentifiers: PersonalIdentifiers.optional(),
})

export const AttributionUndo = z.strictObject({ version: z.guid().describe('the newest version, as it was read') })

const AttributionVersion = z.object({
  version: z.string(),
  changedBy: z.string(),
  changedAt: z.string(),
  undoes: z.string().nullable(),
  settings: z.object({
    mapping: z.partialRecord(z.enum(dimensionNames), z.array(z.string())),
    promoted: z.array(z.string()),
    personalIdentifiers: PersonalIdentifiers,
  }),
})
export const AttributionVersions = z.object({ versions: z.array(AttributionVersion) })

export const TelemetryFindingsQuery = z.object({ days: z.coerce.number().int().min(1).max(400).default(30) })
export const TelemetryFindings = z.object({
  since: z.string(),
  findings: z.array(
    z.object({
      service: z.string(),
      provider: z.string(),
      dialect: z.string(),
      model: z.string().describe('of the newest event'),
      code: z.string(),
      subject: z.string().describe('the dimension or attribute it is about, where there is one'),
      events: z.string(),
      lastSeen: z.string(),
    }),
  ),
  refused: z
    .array(
      z.object({
        source: z.string(),
        reason: z.string(),
        day: z.string(),
        count: z.string(),
        lastSeen: z.string(),
      }),
    )
    .describe('records that are not in the ledger'),
})

export type AttributionMapping = z.infer<typeof AttributionMapping>
export type AttributionMappingChange = z.infer<typeof AttributionMappingChange>
export type AttributionVersion = z.infer<typeof AttributionVersion>
export type TelemetryFindings = z.infer<typeof TelemetryFindings>

const short = z.string().max(300)
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const Characters = z.object({
  latin: count.default(0),
  cyrillic: count.default(0),
  hangul: count.default(0),
  other: count.default(0),
})

/** One attempt of one call, as a program, a gateway or a provider’s export tells it. */
export const UsageItem = z.object({
  id: short.optional().describe('identity of the attempt: the same again changes nothing; absent, the content is it'),
  observer: z
    .enum(['sdk', 'gateway', 'provider'])
    .default('sdk')
    .describe('who saw the call; a provider’s word comes first'),
  startedAt: z.iso.datetime({ offset: true }),
  durationMs: z.number().min(0).max(0xffffffff).default(0),
  provider: short.min(1).describe('gen_ai.provider.name: openai, anthropic, aws.bedrock, …'),
  requestModel: short.default(''),
  model: short.default('').describe('the model that answered, where it is known'),
  operation: short.default('chat'),
  responseId: short
    .default('')
    .describe('the provider’s id of its answer: the same id is the same call, whoever reports it'),
  traceId: z
    .string()
    .regex(/^[0-9a-f]{32}$/i)
    .optional(),
  spanId: z
    .string()
    .regex(/^[0-9a-f]{16}$/i)
    .optional(),
  parentSpanId: z
    .string()
    .regex(/^[0-9a-f]{16}$/i)
    .optional(),
  logicalCallId: short.default('').describe('shared by the attempts (retries, fallbacks, hedges) of one call'),
  attempt: count.default(0),
  usage: z.record(z.string(), z.unknown()).nullable().optional().describe('the provider’s own usage block as it came'),
  leaves: z
    .array(z.object({ unit: z.string().regex(/^[a-z][a-z0-9_.]{0,99}$/), quantity: count }))
    .max(100)
    .optional()
    .describe(
      'instead of a block: disjoint leaf units, also of things that are no model calls (second.gpu, hour.container, …)',
    ),
  serviceTier: short.default('').describe('the tier that was served'),
  batch: z.boolean().default(false),
  region: short.default(''),
  outcome: z.enum(['ok', 'error', 'aborted']).default('ok'),
  error: short.default('').describe('HTTP status or name of the failure'),
  seen: z
    .object({ input: Characters, output: Characters })
    .optional()
    .describe('characters sent and received, by script: for an estimate where the usage never came'),
  attribution: z
    .record(z.string().min(1).max(200), z.union([z.string(), z.number(), z.boolean()]).optional())
    .default({})
    .describe(
      'team, project, feature, experiment, run, customer, environment, service, user; other names are kept as attributes',
    ),
})
export type UsageItem = z.infer<typeof UsageItem>

export const UsageQuery = z.object({
  format: z
    .enum([
      'calls',
      'bedrock.invocation_log',
      'litellm.spend_log',
      'openrouter.generation',
      'langfuse.observation',
      'langsmith.run',
    ])
    .default('calls'),
})

export const UsageReceipt = z.object({
  accepted: z.number().describe('calls that are on disk, the known ones included'),
  known: z.number().describe('of these, calls that were reported before: they changed nothing'),
  skipped: z.number().describe('lines of an export that are no model calls'),
  problems: z
    .array(z.object({ index: z.number(), code: z.string(), message: z.string() }))
    .describe('calls that were not taken, by their place from 0'),
})

export const UsageEventParams = z.object({ id: z.string().regex(/^\d{1,20}$/) })
export const UsageEventQuery = z.object({ at: z.iso.datetime({ offset: true }).describe('StartedAt of the line') })

const ObservedUsage = z.object({
  observer: z.enum(['provider', 'gateway', 'sdk', 'span', 'log', 'metric']),
  kind: z.enum(['call', 'aggregate']),
  startedAt: z.string(),
  durationMs: z.number(),
  traceId: z.string(),
  provider: z.string(),
  model: z.string(),
  operation: z.string(),
  usageStatus: z.string(),
  costStatus: z.string(),
  cost: z.string().nullable(),
  currency: z.string(),
  leaves: z.array(z.object({ unit: z.string(), quantity: z.number(), cost: z.string().nullable() })),
  dialect: z.string().describe('how the counts were read, with the decision taken'),
  raw: z.string().describe('the producer’s own usage block as JSON: its counts, and words that are part of a price'),
  attributes: z.record(z.string(), z.string()),
})

export const UsageEventDetail = z.object({
  counts: z.boolean().describe('false for an agent or wrapper whose usage the calls below it hold'),
  corrections: z.number().describe('how often later observations changed it'),
  event: ObservedUsage.describe('as it counts'),
  observations: z.array(ObservedUsage).describe('what each observer said; the first is the one that counts'),
})
