import { z } from 'zod'

/** `source = ledger + quarantined`, to the last digit, for one cost column and currency of one batch. */
export const Proof = z.object({
  currency: z.string(),
  column: z.string(),
  source: z.string(),
  ledger: z.string(),
  quarantined: z.string(),
  equal: z.boolean(),
})

export const Batch = z.object({
  id: z.string(),
  importId: z.string(),
  connection: z.string(),
  scope: z.string(),
  serviceProviderName: z.string(),
  billingAccountId: z.string(),
  periodStart: z.string(),
  periodEnd: z.string(),
  basis: z.string(),
  contentHash: z.string(),
  sourceName: z.string(),
  recordedAt: z.string(),
  rows: z.number(),
  rowsQuarantined: z.number(),
  open: z.boolean().describe('false once another batch or a withdrawal closed it'),
  closedAt: z.string().nullable(),
  closedBy: z.array(z.string()),
  closes: z.array(z.string()),
  decision: z.string(),
  findings: z.array(z.string()),
  proof: z.array(Proof),
})
export const BatchList = z.object({ batches: z.array(Batch) })

export const Difference = z.object({
  before: z.array(z.string()),
  after: z.array(z.string()),
  sums: z.array(
    z.object({
      currency: z.string(),
      column: z.string(),
      before: z.string(),
      after: z.string(),
      difference: z.string(),
    }),
  ),
  rows: z.array(
    z.object({
      serviceName: z.string(),
      resourceId: z.string(),
      chargeDescription: z.string(),
      chargePeriodStart: z.string(),
      currency: z.string(),
      before: z.string().nullable(),
      after: z.string().nullable(),
      difference: z.string(),
    }),
  ),
})

export type Batch = z.infer<typeof Batch>
export type BatchList = z.infer<typeof BatchList>
export type Difference = z.infer<typeof Difference>
export type Proof = z.infer<typeof Proof>
