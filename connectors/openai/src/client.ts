import { AnswerReader, type Context } from '@infrazen/connector-kit'

export type Parameters = Record<string, string | number | boolean | readonly string[] | null>

/** One GET of the organization API. Lists travel with brackets, as the official SDK sends them. */
export async function get(context: Context, path: string, parameters: Parameters = {}) {
  const url = new URL(`/v1${path}`, context.credentials.baseUrl ?? 'https://api.openai.com')
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null) continue
    if (Array.isArray(value)) for (const one of value) url.searchParams.append(`${name}[]`, one)
    else url.searchParams.set(name, String(value))
  }
  const { data } = await context.http.json({
    url,
    headers: { authorization: `Bearer ${context.credentials.adminKey ?? ''}` },
  })
  const reader = new AnswerReader(`OpenAI ${path}`)
  return { body: reader.object(data, 'the answer'), reader }
}

export type Bucket = { start: Date; end: Date; results: Record<string, unknown>[] }

/** A page of time buckets, and the token of the next one. */
export async function getBuckets(
  context: Context,
  path: string,
  parameters: Parameters,
): Promise<{ buckets: Bucket[]; next: string | null; reader: AnswerReader }> {
  const { body, reader } = await get(context, path, parameters)
  const buckets = reader.array(body.data, 'data').map((item) => {
    const bucket = reader.object(item, 'data[]')
    const second = (name: string) => new Date(Number(reader.decimal(bucket[name], `data[].${name}`)) * 1000)
    return {
      start: second('start_time'),
      end: second('end_time'),
      results: reader
        .array(bucket.results, 'data[].results')
        .map((result) => reader.object(result, 'data[].results[]')),
    }
  })
  const next = body.has_more === true ? reader.text(body.next_page, 'next_page') : null
  return { buckets, next, reader }
}

export const unixSeconds = (moment: Date) => Math.floor(moment.getTime() / 1000)

/** An id or a name; absent and null are ''. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
