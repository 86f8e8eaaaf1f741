import { z } from 'zod'

const Instant = z.iso.datetime({ offset: true })
const Name = z.string().min(1).max(256)
const Decimal = z.string().regex(/^-?\d{1,30}(\.\d{1,18})?$/, 'a decimal number as text, such as 0.91')

/** What a run reports of itself. Figures are kept by name: a later one replaces the earlier, the others stay. */
export const RunReport = z.object({
  experiment: Name,
  startedAt: Instant.nullish(),
  endedAt: Instant.nullish().describe('null or absent while the run goes on'),
  values: z
    .record(Name, Decimal)
    .default({})
    .refine((values) => Object.keys(values).length <= 50, 'at most 50 figures a run')
    .describe('figures the run is judged by, such as accuracy or tickets_solved'),
})
export const RunName = z.object({ run: Name })

export const RunsRequest = z.object({
  from: z.string().describe('as in a question’s period; calls before it do not count'),
  to: z.string(),
  experiment: Name.optional(),
  team: z
    .union([z.string(), z.array(z.string()).max(50)])
    .optional()
    .describe('calls of these teams alone; an empty one stands for calls without a team'),
  convertTo: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional()
    .describe('costs in this currency, by the rate of their day; what has no rate stays in its own'),
})

export const Run = z.object({
  experiment: z.string(),
  run: z.string().describe('empty for calls of the experiment that name no run'),
  startedAt: z.string().nullable().describe('as reported, else the hour of its first call in the period'),
  endedAt: z.string().nullable(),
  state: z.enum(['running', 'ended', 'quiet']).describe('quiet: no call for an hour and no end reported'),
  costs: z
    .array(z.object({ currency: z.string(), amount: z.string() }))
    .describe('estimated cost of its calls in the period, a currency each; empty when no call has a price'),
  calls: z.string(),
  errors: z.string(),
  unpricedCalls: z.string(),
  tokensInput: z.string(),
  tokensOutput: z.string(),
  hours: z.array(
    z.object({ hour: z.string(), costs: z.array(z.object({ currency: z.string(), amount: z.string() })) }),
  ),
  values: z.record(z.string(), z.string()),
})
export const RunList = z.object({
  runs: z.array(Run).describe('the most recent first'),
  truncated: z.boolean(),
  asOf: z.string(),
})

export type RunsRequest = z.infer<typeof RunsRequest>
export type RunReport = z.infer<typeof RunReport>
export type Run = z.infer<typeof Run>
export type RunList = z.infer<typeof RunList>
