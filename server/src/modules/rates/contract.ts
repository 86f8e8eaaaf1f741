import { z } from 'zod'

const Day = z.iso.date()
const Currency = z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code such as KRW')
const Positive = z
  .string()
  .regex(/^\d{1,15}(\.\d{1,15})?$/, 'a positive decimal as text')
  .refine((text) => !/^0*(\.0*)?$/.test(text), 'a rate above zero')
export const RateSource = z.enum(['ecb', 'cbr', 'bok', 'own'])

const PublishedRate = z.object({ currency: z.string(), day: z.string(), nominal: z.string(), value: z.string() })
export const RatesRequest = z.object({
  from: Day,
  to: Day.describe('included'),
  into: Currency,
  currencies: z
    .string()
    .regex(/^[A-Z]{3}(,[A-Z]{3}){0,19}$/, 'codes with commas between, such as USD,EUR')
    .describe('codes with commas between'),
  source: RateSource.optional().describe('the organization’s own choice when absent'),
})
export const RatesAnswer = z.object({
  source: RateSource,
  rates: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      day: z.string(),
      rate: z.string().describe('units of `to` for one `from`'),
      source: RateSource,
      published: z.array(PublishedRate).describe('what the source published, with its own days and nominals'),
    }),
  ),
  missing: z
    .array(z.object({ from: z.string(), day: z.string() }))
    .describe('days without a rate: nothing is converted with a guess'),
})

export const OwnRates = z.object({
  rates: z
    .array(
      z.object({ currency: Currency, day: Day, value: Positive.describe('units of the currency for one US dollar') }),
    )
    .min(1)
    .max(10_000),
})
export const FetchRequest = z.object({ source: z.enum(['ecb', 'cbr', 'bok']), from: Day, to: Day })
export const Fetched = z.object({ published: z.number().int(), changed: z.number().int() })
export const SourceList = z.object({
  sources: z.array(
    z.object({
      source: RateSource,
      against: z.string(),
      askedAt: z.string().nullable(),
      through: z.string().nullable().describe('the last day with a rate'),
      problem: z.string().nullable(),
    }),
  ),
})
