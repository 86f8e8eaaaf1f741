import { z } from 'zod'

/** A key of a unit, a pot or a rule: what files and addresses name it by. */
const Key = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,79}$/, 'use small letters, digits, dots, dashes and underscores, at most 80')
export const Month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'write a month as 2026-11')
const Day = z.iso.date()
const Text = z.string().max(500)
const Amount = z.string().regex(/^\d{1,30}(\.\d{1,18})?$/, 'write a decimal that is not negative, such as 12.50')
const Percent = z.string().regex(/^\d{1,3}(\.\d{1,18})?$/, 'write a percentage from 0 to 100, such as 33.3')
const SignedAmount = z.string().describe('decimal')
const MoneyText = SignedAmount.nullable()

export const unitKinds = [
  'business_unit',
  'team',
  'project',
  'product',
  'feature',
  'environment',
  'cost_center',
] as const
export const costColumns = ['BilledCost', 'EffectiveCost', 'ListCost', 'ContractedCost'] as const

// ── units ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What is true of a unit from one month on. */
export const UnitState = z.object({
  name: z.string().trim().min(1).max(200),
  kind: z.enum(unitKinds),
  parent: Key.nullable().default(null),
  owner: z.string().max(200).default('').describe('who answers for it, usually an e-mail address'),
  costCenter: z.string().max(100).default(''),
  aliases: z
    .array(z.string().trim().min(1).max(300))
    .max(200)
    .default([])
    .describe('values of tags, accounts or telemetry that mean this unit'),
})
export const UnitWrite = UnitState.extend({
  from: Month.nullable().default(null).describe('first month of this state; null is since ever'),
})
export const UnitMove = z.object({ parent: Key.nullable(), from: Month.nullable().default(null) })
export const UnitMerge = z.object({ into: Key, from: Month })
export const UnitEnd = z.object({ from: Month.describe('the first month in which the unit no longer exists') })
export const Unit = UnitState.extend({
  key: Key,
  from: Month.nullable(),
  to: Month.nullable().describe('the first month in which it no longer exists'),
  mergedInto: Key.nullable(),
  path: z.array(z.string()).describe('keys from the root to this unit'),
})
export const UnitChange = UnitState.extend({
  from: Month.nullable(),
  ended: z.boolean(),
  mergedInto: Key.nullable(),
  actor: z.string(),
  at: z.string(),
})
export const UnitList = z.object({ month: Month, units: z.array(Unit) })
export const UnitHistory = z.object({ key: Key, changes: z.array(UnitChange) })
export const UnitImport = z.object({
  csv: z
    .string()
    .max(2_000_000)
    .describe('columns key, name, kind, parent, owner, cost_center, aliases (separated by |), from'),
})
export const UnitsFromData = z.object({
  month: Month,
  dimension: z.string().max(500).describe('such as tag:team, team or sub_account'),
  kind: z.enum(unitKinds).default('team'),
  parent: Key.nullable().default(null),
  values: z.array(z.string()).max(500).optional().describe('only these values; all of them when absent'),
})
export const UnitImportResult = z.object({
  created: z.number(),
  changed: z.number(),
  unchanged: z.number(),
  problems: z.array(z.object({ line: z.number(), message: z.string() })),
})

// ── rules ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const Values = z.array(z.string().max(1000)).min(1).max(2000)
const Test = z.strictObject({
  dimension: z.string().min(1).max(510),
  in: Values.optional(),
  notIn: Values.optional(),
  contains: z.string().min(1).max(500).optional(),
  startsWith: z.string().min(1).max(500).optional(),
  endsWith: z.string().min(1).max(500).optional(),
  glob: z.string().min(1).max(500).optional().describe('* for any text, ? for one character'),
  regex: z.string().min(1).max(500).optional().describe('RE2; it may match anywhere'),
  isNull: z.boolean().optional(),
  ignoreCase: z.boolean().optional(),
})
type TestShape = z.infer<typeof Test>
export type Condition = TestShape | { all: Condition[] } | { any: Condition[] } | { not: Condition }
export const Condition: z.ZodType<Condition> = z
  .lazy(() =>
    z.union([
      z.strictObject({ all: z.array(Condition).max(100) }),
      z.strictObject({ any: z.array(Condition).min(1).max(100) }),
      z.strictObject({ not: Condition }),
      Test,
    ]),
  )
  .meta({ id: 'AllocationCondition' })

const Rule = z.strictObject({
  id: Key,
  name: z.string().trim().min(1).max(200),
  owner: z.string().max(200).default(''),
  from: Day.nullable().default(null).describe('first day it applies'),
  to: Day.nullable().default(null).describe('first day it no longer applies'),
  when: Condition,
  assign: z.union([
    z.strictObject({ unit: Key }),
    z.strictObject({
      byDimension: z
        .string()
        .min(1)
        .max(510)
        .describe('its value names the unit by key, name or alias; another value leaves the charge to later rules'),
    }),
    z.strictObject({ pool: Key }),
  ]),
})

const Target = z
  .string()
  .regex(/^(pool:)?[a-z0-9][a-z0-9._-]{0,79}$/, 'name a unit by its key, or a pool as pool:<key>')
const usageMeasures = ['cost', 'calls', 'tokens', 'input_tokens', 'output_tokens', 'gpu_seconds', 'errors'] as const
const Split = z.union([
  z.strictObject({ by: z.literal('even') }),
  z.strictObject({ by: z.literal('fixed'), shares: z.record(Target, Percent) }),
  z.strictObject({ by: z.literal('direct'), column: z.enum(costColumns).optional() }),
  z.strictObject({
    by: z.literal('usage'),
    measure: z.enum(usageMeasures),
    dimensions: z
      .array(z.string().max(510))
      .min(1)
      .max(5)
      .default(['team'])
      .describe('the first whose value names a unit decides'),
    when: Condition.optional(),
  }),
  z.strictObject({
    by: z.literal('consumed'),
    unit: z.string().max(200).optional().describe('ConsumedUnit: requests, GB-Hours, …'),
    when: Condition.optional(),
  }),
  z.strictObject({
    by: z.literal('value'),
    value: z.string().min(1).max(200).describe('name of a business value given by hand'),
  }),
  z.strictObject({
    by: z.literal('gpu'),
    cluster: z.string().min(1).max(200),
    idle: z.enum(['owner', 'spread', 'unallocated']).default('owner'),
  }),
])

const Pool = z.strictObject({
  key: Key,
  name: z.string().trim().min(1).max(200),
  owner: z.string().max(200).default(''),
  collects: z.array(Key).max(100).default([]).describe('units whose own cost is shared out as well'),
  partition: z
    .string()
    .max(510)
    .nullable()
    .default(null)
    .describe('a dimension: each of its values is split by the usage of that value alone'),
  targets: z.array(Target).max(500).nullable().default(null).describe('null: every unit without units below it'),
  split: Split,
  fee: z
    .strictObject({ amount: Amount, currency: z.string().length(3) })
    .nullable()
    .default(null)
    .describe('each target pays this first'),
  floor: z
    .strictObject({ amount: Amount, currency: z.string().length(3) })
    .nullable()
    .default(null)
    .describe('no target pays less than this'),
  onZero: z
    .union([z.enum(['unallocated', 'even']), z.strictObject({ unit: Key })])
    .default('unallocated')
    .describe('when all weights are zero'),
})

const Repair = z.strictObject({
  dimension: z.string().min(1).max(510),
  ignoreCase: z.boolean().default(true),
  trim: z.boolean().default(true),
  aliases: z
    .record(z.string().max(300), z.array(z.string().max(300)).max(500))
    .default({})
    .describe('right value: wrong spellings'),
})

/** Who owes what, as a document: the same in the API, in a file and in the history. */
export const RuleDocument = z
  .strictObject({
    version: z.literal(1),
    base: z
      .enum(costColumns)
      .default('EffectiveCost')
      .describe('the cost column that weights, fees and floors look at'),
    repairs: z.array(Repair).max(100).default([]),
    rules: z.array(Rule).max(2000).default([]),
    pools: z.array(Pool).max(200).default([]),
  })
  .meta({ title: 'InfraZen allocation rules' })

export const Finding = z.object({
  level: z.enum(['error', 'warning']),
  code: z.string(),
  at: z.string().describe('where in the document, such as rules[2].assign'),
  message: z.string(),
})
export const RuleSet = z.object({
  version: z.number().describe('0: nothing was published yet'),
  document: RuleDocument,
  hash: z.string(),
  note: z.string(),
  actor: z.string(),
  at: z.string().nullable(),
})
export const Draft = z.object({
  document: RuleDocument,
  basedOn: z.number(),
  changed: z.boolean(),
  findings: z.array(Finding),
})
export const Publish = z.object({ document: RuleDocument, basedOn: z.number().int().min(0), note: Text.default('') })
export const RuleText = z.object({ text: z.string().max(2_000_000).describe('the YAML file') })
export const Apply = RuleText.extend({ note: Text.default('') })
export const Lint = z.object({ ok: z.boolean(), findings: z.array(Finding) })
export const PlanStep = z.object({
  what: z.enum(['rule', 'pool', 'repair', 'settings', 'order']),
  id: z.string(),
  change: z.enum(['added', 'removed', 'changed', 'moved']),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
})
export const Plan = z.object({ basedOn: z.number(), findings: z.array(Finding), steps: z.array(PlanStep) })

// ── runs ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export const Amounts = z.object({
  BilledCost: MoneyText,
  EffectiveCost: MoneyText,
  ListCost: MoneyText,
  ContractedCost: MoneyText,
})
/** direct: a rule named the unit. usage: shared by telemetry. shared: shared otherwise. residual: what a split leaves over. adjustment: of a closed month. */
export const ways = ['direct', 'usage', 'shared', 'unallocated', 'residual', 'adjustment'] as const
export const Proof = z.object({
  currency: z.string(),
  column: z.enum(costColumns),
  source: MoneyText,
  allocated: MoneyText,
  unallocated: MoneyText,
  residual: MoneyText,
  adjustments: MoneyText,
  difference: SignedAmount,
  equal: z.boolean(),
})
export const Coverage = z.object({
  currency: z.string(),
  total: SignedAmount,
  direct: SignedAmount,
  usage: SignedAmount,
  shared: SignedAmount,
  unallocated: SignedAmount,
  /** Percent with three decimals; null where the total is zero. */
  share: z.string().nullable(),
  units: z.array(z.object({ unit: z.string(), amount: SignedAmount })).optional(),
})
export const PoolFlow = z.object({
  currency: z.string(),
  pool: z.string(),
  partition: z.string(),
  target: z.string().describe("a unit, pool:<key>, or '' for what stays unallocated"),
  fraction: z.string(),
  weight: z.string().nullable(),
  weightUnit: z.string(),
})
export const Run = z.object({
  id: z.string(),
  month: Month,
  at: z.string(),
  actor: z.string(),
  reason: z.string(),
  ruleSetVersion: z.number(),
  ruleSetHash: z.string(),
  unitsHash: z.string(),
  asOf: z.string(),
  batches: z.array(z.string()),
  rates: z.array(z.string()).describe('exchange rates used; none are needed while every currency stands for itself'),
  rows: z.number(),
  milliseconds: z.number(),
  base: z.enum(costColumns),
  proof: z.array(Proof),
  coverage: z.array(Coverage),
  flows: z.array(PoolFlow),
  cycles: z.array(z.array(z.string())),
  singular: z.array(z.array(z.string())),
  notes: z.array(z.object({ code: z.string(), message: z.string() })),
})
export const MonthState = z.object({
  month: Month,
  state: z.enum(['open', 'closed']),
  run: Run.nullable(),
  certificate: z.string().nullable(),
})
export const MonthList = z.object({ months: z.array(MonthState), base: z.enum(costColumns) })

export const AllocationRow = Amounts.extend({
  unit: z.string(),
  way: z.enum(ways),
  rule: z.string(),
  pool: z.string(),
  partition: z.string(),
  provider: z.string(),
  service: z.string(),
  ofMonth: z.string().describe('another month than the run’s, for adjustments'),
  currency: z.string(),
  rows: z.number(),
})
export const RunResult = z.object({ run: Run, rows: z.array(AllocationRow) })
export const RunStart = z.object({ month: Month })

export const PreviewRequest = z.object({ document: RuleDocument, months: z.array(Month).min(1).max(12) })
export const PreviewAnswer = z.object({
  findings: z.array(Finding),
  milliseconds: z.number(),
  months: z.array(
    z.object({
      month: Month,
      column: z.enum(costColumns),
      units: z.array(
        z.object({
          unit: z.string(),
          currency: z.string(),
          before: SignedAmount,
          after: SignedAmount,
          difference: SignedAmount,
        }),
      ),
      rules: z.array(z.object({ rule: z.string(), currency: z.string(), amount: SignedAmount, rows: z.number() })),
      coverage: z.array(Coverage),
      proofHolds: z.boolean(),
      cycles: z.array(z.array(z.string())),
      singular: z.array(z.array(z.string())),
      notes: z.array(z.object({ code: z.string(), message: z.string() })),
    }),
  ),
})

export const SuggestRequest = z.object({ document: RuleDocument.optional(), month: Month })
export const Suggestion = z.object({
  dimension: z.string(),
  value: z.string(),
  currency: z.string(),
  amount: SignedAmount,
  rows: z.number(),
  unit: z.string().nullable().describe('the unit that the value most probably means'),
  reason: z.enum(['exact', 'spelling', 'largest']),
})
export const Suggestions = z.object({
  month: Month,
  unallocated: z.array(z.object({ currency: z.string(), amount: SignedAmount })),
  suggestions: z.array(Suggestion),
})

export const LineRef = z.object({ batch: z.guid(), row: z.coerce.number().int().min(1) })
export const LineExplanation = z.object({
  month: Month,
  charge: z.record(z.string(), z.string().nullable()),
  steps: z.array(
    z.object({
      rule: z.string(),
      name: z.string(),
      taken: z.boolean(),
      seen: z.record(z.string(), z.string()),
      why: z.string(),
    }),
  ),
  way: z.enum(ways),
  pool: z.string(),
  parts: z.array(Amounts.extend({ unit: z.string(), fraction: z.string() })),
})
export const UnitExplanation = z.object({
  run: Run,
  unit: z.string(),
  rows: z.array(AllocationRow),
  totals: z.array(Amounts.extend({ currency: z.string() })),
})

// ── values and GPU usage ───────────────────────────────────────────────────────────────────────────────────────────

export const ValueWrite = z.object({ month: Month, name: z.string().min(1).max(200), values: z.record(Key, Amount) })
export const ValueList = z.object({
  values: z.array(z.object({ month: Month, name: z.string(), unit: Key, value: Amount })),
})

export const GpuImport = z.object({
  cluster: z.string().min(1).max(200),
  format: z.enum(['jobs', 'prometheus']).default('jobs'),
  kind: z.enum(['used', 'reserved', 'capacity']).default('used'),
  text: z.string().max(50_000_000),
  from: z.iso.datetime({ offset: true }).optional().describe('prometheus: the window of the samples'),
  to: z.iso.datetime({ offset: true }).optional(),
})
export const GpuImportResult = z.object({
  accepted: z.number(),
  gpuSeconds: z.string(),
  problems: z.array(z.object({ line: z.number(), message: z.string() })),
})
export const GpuSummary = z.object({
  clusters: z.array(
    z.object({
      cluster: z.string(),
      owners: z.array(z.object({ owner: z.string(), used: z.string(), reserved: z.string(), idle: z.string() })),
      used: z.string(),
      reserved: z.string(),
      capacity: z.string(),
      idle: z.string(),
    }),
  ),
})

// ── closing, statements ────────────────────────────────────────────────────────────────────────────────────────────

export const Certificate = z.object({
  format: z.literal('infrazen-allocation-certificate-1'),
  organization: z.string(),
  month: Month,
  closedAt: z.string(),
  closedBy: z.string(),
  runId: z.string(),
  asOf: z.string(),
  rules: z.object({ version: z.number(), hash: z.string(), document: z.unknown() }),
  units: z.object({ hash: z.string(), list: z.array(z.unknown()) }),
  batches: z.array(z.object({ id: z.string(), contentHash: z.string() })),
  rates: z.array(z.string()),
  sums: z.array(z.object({ unit: z.string(), way: z.string(), currency: z.string() }).extend(Amounts.shape)),
  source: z.array(z.object({ currency: z.string() }).extend(Amounts.shape)),
  previous: z.string().nullable().describe('hash of the certificate before'),
  hash: z.string(),
})
export const StatementComment = z.object({
  id: z.guid(),
  month: Month,
  unit: z.string(),
  kind: z.enum(['comment', 'dispute']),
  status: z.enum(['open', 'accepted', 'rejected', 'withdrawn', 'none']),
  owner: z.string(),
  text: z.string(),
  actor: z.string(),
  at: z.string(),
})
export const CommentWrite = z.object({
  kind: z.enum(['comment', 'dispute']),
  text: z.string().trim().min(1).max(4000),
  owner: z.string().max(200).default(''),
})
export const CommentChange = z.object({
  status: z.enum(['open', 'accepted', 'rejected', 'withdrawn']).optional(),
  owner: z.string().max(200).optional(),
})
export const CommentList = z.object({ comments: z.array(StatementComment) })
export const Statement = z.object({
  organization: z.string(),
  month: Month,
  unit: z.string(),
  name: z.string(),
  owner: z.string(),
  costCenter: z.string(),
  state: z.enum(['open', 'closed']),
  run: Run,
  lines: z.array(AllocationRow.extend({ unitName: z.string() })),
  totals: z.array(Amounts.extend({ currency: z.string() })),
  previous: z.array(Amounts.extend({ currency: z.string() })).describe('the month before'),
  comments: z.array(StatementComment),
})

export type RuleDocument = z.output<typeof RuleDocument>
export type RuleDocumentInput = z.input<typeof RuleDocument>
export type Rule = z.output<typeof Rule>
export type Pool = z.output<typeof Pool>
export type Unit = z.infer<typeof Unit>
export type UnitState = z.output<typeof UnitState>
export type UnitChange = z.infer<typeof UnitChange>
export type Finding = z.infer<typeof Finding>
export type Amounts = z.infer<typeof Amounts>
export type CostColumn = (typeof costColumns)[number]
export type Way = (typeof ways)[number]
export type Run = z.infer<typeof Run>
export type AllocationRow = z.infer<typeof AllocationRow>
export type Coverage = z.infer<typeof Coverage>
export type MonthState = z.infer<typeof MonthState>
export type PreviewAnswer = z.infer<typeof PreviewAnswer>
export type Suggestion = z.infer<typeof Suggestion>
export type Statement = z.infer<typeof Statement>
export type StatementComment = z.infer<typeof StatementComment>
export type Certificate = z.infer<typeof Certificate>
export type RuleSetAnswer = z.infer<typeof RuleSet>
