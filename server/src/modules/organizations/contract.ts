import { z } from 'zod'

export const Locale = z.enum(['en', 'ko', 'ru'])
const RateSource = z.enum(['ecb', 'cbr', 'bok', 'own'])
export const Organization = z.object({
  id: z.string(),
  name: z.string(),
  timeZone: z.string(),
  currency: z.string(),
  locale: Locale,
  sample: z.boolean().describe('a made-up company; every page says so'),
  rateSource: RateSource.nullable().describe(
    'whose exchange rates convert amounts; null: amounts stay in their currencies',
  ),
})
export const OrganizationChange = z.object({
  name: z.string().min(1).max(100).optional(),
  timeZone: z.string().optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional(),
  locale: Locale.optional(),
  rateSource: RateSource.nullable().optional(),
})
export type Organization = z.infer<typeof Organization>
export type OrganizationChange = z.infer<typeof OrganizationChange>
