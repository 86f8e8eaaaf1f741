import { z } from 'zod'

export const Locale = z.enum(['en', 'ko', 'ru'])
export const Organization = z.object({
  id: z.string(),
  name: z.string(),
  timeZone: z.string(),
  currency: z.string(),
  locale: Locale,
  sample: z.boolean().describe('a made-up company; every page says so'),
})
export const OrganizationChange = z.object({
  name: z.string().min(1).max(100).optional(),
  timeZone: z.string().optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional(),
  locale: Locale.optional(),
})
export type Organization = z.infer<typeof Organization>
export type OrganizationChange = z.infer<typeof OrganizationChange>
