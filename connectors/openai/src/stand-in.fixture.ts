import { type StandInReply, type StandInRequest, startStandIn } from '@infrazen/connector-kit/testing'

// Shapes: OpenAI's OpenAPI document (github.com/openai/openai-openapi, 2.3.0) and the outputs in the cookbook's
// completions_usage_api notebook. Ids, names and amounts are made up.

export const adminKey = 'sk-admin-standin-7f3a9c'
export const projects = [
  { id: 'proj_search', name: 'Search', status: 'active' },
  { id: 'proj_support', name: 'Support', status: 'active' },
  { id: 'proj_old', name: 'Prototype', status: 'archived' },
]
const users = [{ id: 'user_mina', name: 'Mina', email: 'mina@nordwind.example' }]
const keys: Record<string, { id: string; name: string }[]> = {
  proj_search: [{ id: 'key_prod', name: 'search-prod' }],
  proj_support: [{ id: 'key_bot', name: 'support-bot' }],
  proj_old: [],
}
const lineItems = [
  'gpt-5.1-2025-11-13, input',
  'gpt-5.1-2025-11-13, cached input',
  'gpt-5.1-2025-11-13, output',
  'web search tool calls',
]
const dayS = 86_400
const bucketSeconds = { '1m': 60, '1h': 3600, '1d': dayS } as const
const most = { '1m': 1440, '1h': 168, '1d': 31 } as const

export type Switches = {
  /** Some organizations get 400 for `group_by=api_key_id` on costs. */
  keysOnCosts: boolean
  /** Added to the first line of a day, in 1e-10 dollars: a restatement. */
  restated: (day: number) => bigint
  /** A kind of usage that this organization's API does not know. */
  missingKind: string | null
  missingScopes: string[]
}

type Line = { project: string; lineItem: string; key: string; units: bigint; quantity: number }

/** The lines of a UTC day (a number of days since 1970); amounts in 1e-10 dollars. */
export function linesOf(day: number, restated: Switches['restated'] = () => 0n): Line[] {
  return projects.flatMap(({ id: project }, p) =>
    lineItems.map((lineItem, i) => ({
      project,
      lineItem,
      key: keys[project]?.[0]?.id ?? '',
      units: BigInt(day % 97) * 12_345_678n + BigInt(p * 1000 + i) * 32_109n + 1n + (p + i === 0 ? restated(day) : 0n),
      quantity: (day % 50) * 1000 + p * 10 + i,
    })),
  )
}

/** 1e-10 dollars as a decimal. */
export function dollars(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(11, '0')
  return `${units < 0n ? '-' : ''}${digits.slice(0, -10)}.${digits.slice(-10)}`
}

/** What all lines of `[from, to)` add up to, in integers. */
export function totalDollars(from: Date, to: Date, restated?: Switches['restated']): string {
  let total = 0n
  for (let day = from.getTime() / 86_400_000; day < to.getTime() / 86_400_000; day++)
    for (const line of linesOf(day, restated)) total += line.units
  return dollars(total)
}

/** Hours with traffic, and the tokens of each project in them. */
const busy = (hour: number) => hour % 6 === 3
export const tokensOf = (hour: number, p: number) => {
  const cached = (hour % 11) * 100
  const written = (hour % 5) * 10
  const text = 900 + p
  const audio = p === 1 ? 77 : 0
  return {
    cached,
    written,
    text,
    audio,
    input: cached + written + text + audio,
    output: 210 + (hour % 7),
    requests: 4 + p,
  }
}

export async function startOpenAi(switches: Partial<Switches> = {}) {
  const set: Switches = { keysOnCosts: true, restated: () => 0n, missingKind: null, missingScopes: [], ...switches }
  const standIn = await startStandIn((request) => answer(request, set))
  return { standIn, switches: set, credentials: { adminKey, organization: 'org-nordwind', baseUrl: standIn.url } }
}

function answer(request: StandInRequest, set: Switches): StandInReply {
  const { path, query, headers } = request
  if (headers.authorization !== `Bearer ${adminKey}`)
    return refuse(401, 'Incorrect API key provided.', 'invalid_api_key')
  if (request.method !== 'GET') return refuse(405, 'Method not allowed')
  const scope = /costs|usage/.test(path) ? 'api.usage.read' : 'api.management.read'
  if (set.missingScopes.includes(scope))
    return refuse(403, `You have insufficient permissions. Missing scopes: ${scope}.`)
  if (path === '/v1/organization/costs') return costs(query, set)
  const kind = /^\/v1\/organization\/usage\/(\w+)$/.exec(path)?.[1]
  if (kind) return kind === set.missingKind ? refuse(404, 'Invalid URL') : usage(kind, query)
  if (path === '/v1/organization/projects')
    return list(
      projects.filter((project) => query.get('include_archived') === 'true' || project.status === 'active'),
      query,
    )
  if (path === '/v1/organization/users') return list(users, query)
  const project = /^\/v1\/organization\/projects\/(\w+)\/api_keys$/.exec(path)?.[1]
  if (project && keys[project]) return list(keys[project], query)
  return refuse(404, 'Invalid URL')
}

function list(items: { id: string }[], query: URLSearchParams): StandInReply {
  const limit = Number(query.get('limit') ?? 20)
  if (limit < 1 || limit > 100) return refuse(400, 'limit must be between 1 and 100')
  const after = query.get('after')
  // One a page, so that paging is walked.
  const start = after === null ? 0 : items.findIndex((item) => item.id === after) + 1
  const data = items.slice(start, start + 1)
  return {
    json: {
      object: 'list',
      data,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
      has_more: start + 1 < items.length,
    },
  }
}

function buckets(
  query: URLSearchParams,
  width: keyof typeof bucketSeconds,
  mostBuckets: number,
  results: (start: number) => object[],
): StandInReply {
  const from = Number(query.get('start_time'))
  const to = Number(query.get('end_time') ?? from + dayS)
  const limit = Number(query.get('limit') ?? 7)
  if (!query.get('start_time')) return refuse(400, "Missing required parameter: 'start_time'.")
  if (!(limit >= 1 && limit <= mostBuckets)) return refuse(400, `limit must be at most ${mostBuckets} for ${width}`)
  const page = query.get('page')
  const offset = page === null ? 0 : Number(/^page_A{5}(\d+)=$/.exec(page)?.[1])
  if (Number.isNaN(offset)) return refuse(400, 'Invalid page')
  const seconds = bucketSeconds[width]
  const first = Math.floor(from / seconds)
  const all = Math.ceil(to / seconds) - first
  const data = Array.from({ length: Math.max(0, Math.min(limit, all - offset)) }, (_, i) => {
    const start = (first + offset + i) * seconds
    // The first bucket is clipped to start_time, not snapped.
    return {
      object: 'bucket',
      start_time: Math.max(from, start),
      end_time: Math.min(to, start + seconds),
      results: results(start),
    }
  })
  const more = offset + limit < all
  return { json: { object: 'page', data, has_more: more, next_page: more ? `page_AAAAA${offset + limit}=` : null } }
}

function costs(query: URLSearchParams, set: Switches): StandInReply {
  const groups = query.getAll('group_by[]')
  if (groups.includes('api_key_id') && !set.keysOnCosts) return refuse(400, "Invalid value: 'api_key_id'.")
  return buckets(query, '1d', 180, (start) => {
    const lines = linesOf(start / dayS, set.restated)
    if (groups.length === 0)
      return [
        result(
          lines.reduce((sum, line) => sum + line.units, 0n),
          true,
        ),
      ]
    return lines.map((line, i) => ({
      // The live API answers with a decimal text for some organizations and with a number for others.
      ...result(line.units, i % 2 === 0),
      line_item: line.lineItem,
      project_id: line.project,
      api_key_id: groups.includes('api_key_id') ? line.key || null : null,
      quantity: line.quantity,
      quantity_unit: line.lineItem.includes('tool') ? null : 'tokens',
    }))
  })
}

const result = (units: bigint, asText: boolean) => ({
  object: 'organization.costs.result',
  amount: { value: asText ? dollars(units) : Number(dollars(units)), currency: 'usd' },
  line_item: null,
  project_id: null,
  api_key_id: null,
})

function usage(kind: string, query: URLSearchParams): StandInReply {
  const width = (query.get('bucket_width') ?? '1d') as keyof typeof bucketSeconds
  return buckets(query, width, most[width], (start) => {
    const hour = start / 3600
    // Four busy hours a day.
    const times = width === '1d' ? 4 : busy(hour) ? 1 : 0
    if (times === 0 || (kind === 'completions' && width === '1d')) return []
    const common = { user_id: 'user_mina', model: 'gpt-5.1-2025-11-13' }
    if (kind === 'completions')
      return projects.slice(0, 2).map(({ id }, p) => {
        const { cached, written, text, audio, input, output, requests } = tokensOf(hour, p)
        return {
          object: 'organization.usage.completions.result',
          ...common,
          project_id: id,
          api_key_id: keys[id]?.[0]?.id ?? null,
          batch: p === 1,
          service_tier: 'default',
          input_tokens: input,
          input_uncached_tokens: text + audio,
          input_cached_tokens: cached,
          // Older rows lack the finer fields.
          ...(hour % 12 === 3
            ? {}
            : {
                input_cache_write_tokens: written,
                input_text_tokens: text,
                input_audio_tokens: audio,
                input_image_tokens: 0,
                input_cached_text_tokens: cached,
                output_text_tokens: output,
              }),
          output_tokens: output,
          num_model_requests: requests,
        }
      })
    if (kind === 'embeddings')
      return [
        {
          object: 'organization.usage.embeddings.result',
          ...common,
          model: 'text-embedding-3-large',
          project_id: 'proj_search',
          api_key_id: 'key_prod',
          input_tokens: 5000 * times,
          num_model_requests: 10 * times,
        },
      ]
    if (kind === 'web_search_calls')
      return [
        {
          object: 'organization.usage.web_searches.result',
          ...common,
          project_id: 'proj_support',
          api_key_id: 'key_bot',
          context_level: 'medium',
          num_model_requests: 2 * times,
          num_requests: 3 * times,
        },
      ]
    if (kind === 'vector_stores')
      return [{ object: 'organization.usage.vector_stores.result', project_id: 'proj_search', usage_bytes: 1_048_576 }]
    return []
  })
}

const refuse = (status: number, message: string, code: string | null = null): StandInReply => ({
  status,
  json: { error: { message, type: 'invalid_request_error', param: null, code } },
})
