import { z } from 'zod'

export const ImportQuery = z.object({
  format: z.enum(['auto', 'focus']).default('focus'),
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

export const ImportList = z.object({ imports: z.array(Import) })
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

export type Import = z.infer<typeof Import>
export type ImportQuery = z.input<typeof ImportQuery>
export type ImportList = z.infer<typeof ImportList>
export type QuarantinePage = z.infer<typeof QuarantinePage>
export type Problem = z.infer<typeof Problem>
export type MoneySums = z.infer<typeof MoneySums>
