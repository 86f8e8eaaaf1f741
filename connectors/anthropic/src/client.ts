import { AnswerReader, type Context } from '@infrazen/connector-kit'

export type Parameters = Record<string, string | number | boolean | readonly string[] | null>

// Pinned: 2026-10-21 renames fields of the admin API, and the connector was tested with this one.
const version = '2023-06-01'
const analyticsBeta = 'analytics-usage-cost-2026-08-24'

export async function get(context: Context, path: string, parameters: Parameters = {}) {
  const url = new URL(path, context.credentials.baseUrl ?? 'https://api.anthropic.com')
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null) continue
    if (Array.isArray(value)) for (const one of value) url.searchParams.append(`${name}[]`, one)
    else url.searchParams.set(name, String(value))
  }
  const { data } = await context.http.json({
    url,
    headers: {
      'x-api-key': context.credentials.adminKey ?? '',
      'anthropic-version': version,
      ...(/\/analytics\//.test(path) ? { 'anthropic-beta': analyticsBeta } : {}),
    },
  })
  const reader = new AnswerReader(`Anthropic ${path}`)
  const body = reader.object(data, 'the answer')
  return { body, reader, rows: () => reader.array(body.data, 'data').map((row) => reader.object(row, 'data[]')) }
}

/** The token of the next page. A stray token may stand on the last page: `has_more` decides. */
export const nextOf = (body: Record<string, unknown>, reader: AnswerReader): string | null =>
  body.has_more === true ? reader.text(body.next_page, 'next_page') : null

/** An id or a name; absent and null are ''. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
