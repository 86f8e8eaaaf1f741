import { type StandInReply, type StandInRequest, startStandIn } from '@infrazen/connector-kit/testing'

// Shapes: the vendor's guides (usage-cost-api, usage-cost-analytics-api, claude-code-analytics-api) and the types of
// @anthropic-ai/sdk 1.12. Ids, names and amounts are made up.

export const adminKey = 'sk-ant-admin01-standin-51c2'
const dayMs = 86_400_000

export type Switches = {
  /** Null in the older reports, an id of its own in the analytics. */
  defaultWorkspace: string
  /** The older usage report refuses an answer with more than this many groupings. */
  mostDimensions: number
  claudeCode: boolean
  analyticsOpen: boolean
  /** The analytics reports reach a year back from here. */
  now: () => number
  /** Added to a line of a day, in 1e-5 cents: a revision. */
  revised: (day: number) => bigint
}

const workspaces = [
  { id: 'wrkspc_default', name: 'Default', is_default: true, archived_at: null },
  { id: 'wrkspc_bot', name: 'Support bot', archived_at: null },
  { id: 'wrkspc_old', name: 'Pilot', archived_at: '2026-03-01T00:00:00Z' },
]
const keys = [
  { id: 'apikey_bot', name: 'bot-prod', workspace_id: 'wrkspc_bot' },
  { id: 'apikey_main', name: 'main', workspace_id: null },
]
const users = [{ id: 'user_jun', email: 'jun@nordwind.example', name: 'Jun' }]
const tokenTypes = [
  'uncached_input_tokens',
  'output_tokens',
  'cache_read_input_tokens',
  'cache_creation.ephemeral_5m_input_tokens',
  'cache_creation.ephemeral_1h_input_tokens',
]
const model = 'claude-sonnet-4-5-20250929'

type Line = { workspace: string; key: string; costType: string; tokenType: string; units: bigint }

/** Cost lines of a UTC day; amounts in 1e-5 cents. */
export function linesOf(day: number, revised: Switches['revised'] = () => 0n): Line[] {
  const lines = ['wrkspc_default', 'wrkspc_bot'].flatMap((workspace, w) =>
    tokenTypes.map((tokenType, t) => ({
      workspace,
      key: w === 0 ? 'apikey_main' : 'apikey_bot',
      costType: 'tokens',
      tokenType,
      units: BigInt(day % 83) * 1_234_567n + BigInt(w * 100 + t) * 7_919n + 3n + (w + t === 0 ? revised(day) : 0n),
    })),
  )
  return [
    ...lines,
    { workspace: 'wrkspc_bot', key: '', costType: 'code_execution', tokenType: '', units: 500_000n + BigInt(day % 7) },
  ]
}

export function cents(units: bigint): string {
  const digits = units.toString().padStart(6, '0')
  return `${digits.slice(0, -5)}.${digits.slice(-5)}`
}

/** Whole dollars of all lines of `[from, to)`, counted in integers. */
export function totalDollars(from: Date, to: Date, revised?: Switches['revised']): string {
  let total = 0n
  for (let day = from.getTime() / dayMs; day < to.getTime() / dayMs; day++)
    for (const line of linesOf(day, revised)) total += line.units
  const digits = total.toString().padStart(8, '0')
  return `${digits.slice(0, -7)}.${digits.slice(-7)}`
}

const busy = (hour: number) => hour % 8 === 2
export const tokensOf = (hour: number) => ({
  uncached_input_tokens: 1500 + (hour % 9),
  cache_creation: { ephemeral_5m_input_tokens: 500, ephemeral_1h_input_tokens: hour % 3 === 0 ? 1000 : 0 },
  cache_read_input_tokens: 200 + (hour % 4),
  output_tokens: 500 + (hour % 6),
  server_tool_use: { web_search_requests: hour % 2 },
})

export async function startAnthropic(switches: Partial<Switches> = {}) {
  const set: Switches = {
    defaultWorkspace: 'wrkspc_default',
    mostDimensions: 9,
    claudeCode: true,
    analyticsOpen: true,
    now: () => Date.now(),
    revised: () => 0n,
    ...switches,
  }
  const standIn = await startStandIn((request) => answer(request, set))
  return { standIn, switches: set, credentials: { adminKey, reports: 'analytics', baseUrl: standIn.url } }
}

function answer(request: StandInRequest, set: Switches): StandInReply {
  const { path, query, headers } = request
  if (headers['x-api-key'] !== adminKey) return refuse(401, 'authentication_error', 'invalid x-api-key')
  if (headers['anthropic-version'] !== '2023-06-01')
    return refuse(400, 'invalid_request_error', 'anthropic-version: unknown')
  if (path === '/v1/organizations/me')
    return { json: { id: '3f1c8a9e-0000-4000-8000-nordwind', type: 'organization', name: 'Nordwind' } }
  if (path === '/v1/organizations/workspaces')
    return list(
      workspaces.filter(
        (w) =>
          (query.get('include_archived') === 'true' || !w.archived_at) &&
          (query.get('include_default') === 'true' || !w.is_default),
      ),
      query,
    )
  if (path === '/v1/organizations/api_keys') return list(keys, query)
  if (path === '/v1/organizations/users') return list(users, query)
  if (path === '/v1/organizations/cost_report') return legacyCost(query, set)
  if (path === '/v1/organizations/usage_report/messages') return legacyUsage(query, set)
  if (path === '/v1/organizations/usage_report/claude_code') return claudeCode(query, set)
  if (path.startsWith('/v1/organizations/analytics/')) {
    if (headers['anthropic-beta'] !== 'analytics-usage-cost-2026-08-24')
      return refuse(404, 'not_found_error', 'Not found')
    if (!set.analyticsOpen) return refuse(403, 'permission_error', 'Analytics is not enabled for this organization')
    return analytics(path.endsWith('/cost') ? 'cost' : 'usage', query, set)
  }
  return refuse(404, 'not_found_error', 'Not found')
}

function list(items: { id: string }[], query: URLSearchParams): StandInReply {
  const after = query.get('after_id')
  const start = after === null ? 0 : items.findIndex((item) => item.id === after) + 1
  const data = items.slice(start, start + 1)
  // The last page still has a last_id.
  return {
    json: {
      data,
      has_more: start + 1 < items.length,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? items.at(-1)?.id,
    },
  }
}

function rangeOf(query: URLSearchParams) {
  const from = Date.parse(query.get('starting_at') ?? '')
  const to = Date.parse(query.get('ending_at') ?? '')
  const offset = query.get('page') === null ? 0 : Number(/^page_(\d+)$/.exec(query.get('page') ?? '')?.[1])
  return { from, to, offset }
}

function bucketed(
  query: URLSearchParams,
  stepMs: number,
  most: number,
  results: (start: number) => object[],
): StandInReply {
  const { from, to, offset } = rangeOf(query)
  const limit = Number(query.get('limit') ?? 7)
  if (Number.isNaN(from)) return refuse(400, 'invalid_request_error', 'starting_at: Field required')
  if (limit > most) return refuse(400, 'invalid_request_error', `limit: must be at most ${most}`)
  const first = Math.floor(from / stepMs)
  const all = Math.ceil(to / stepMs) - first
  const data = Array.from({ length: Math.max(0, Math.min(limit, all - offset)) }, (_, i) => {
    const start = (first + offset + i) * stepMs
    return { starting_at: iso(start), ending_at: iso(start + stepMs), results: results(start) }
  })
  const more = offset + limit < all
  // A stray token on the last page.
  return { json: { data, has_more: more, next_page: `page_${offset + limit}` } }
}

function legacyCost(query: URLSearchParams, set: Switches): StandInReply {
  const grouped = query.getAll('group_by[]').length > 0
  return bucketed(query, dayMs, 31, (start) => {
    const lines = linesOf(start / dayMs, set.revised)
    if (!grouped) return [costResult(lines.reduce((sum, line) => sum + line.units, 0n))]
    // No key in this report: what differs by key alone is one line.
    return lines.map((line) => ({
      ...costResult(line.units),
      workspace_id: line.workspace === set.defaultWorkspace ? null : line.workspace,
      description: line.costType === 'tokens' ? `Claude Sonnet 4.5 Usage - ${line.tokenType}` : 'Code Execution Usage',
      cost_type: line.costType,
      token_type: line.tokenType || null,
      model: line.costType === 'tokens' ? model : null,
      service_tier: line.costType === 'tokens' ? 'standard' : null,
      context_window: line.costType === 'tokens' ? '0-200k' : null,
      inference_geo: line.costType === 'tokens' ? 'global' : null,
    }))
  })
}

const costResult = (units: bigint) => ({
  amount: cents(units),
  currency: 'USD',
  workspace_id: null,
  description: null,
  cost_type: null,
  token_type: null,
  model: null,
})

function legacyUsage(query: URLSearchParams, set: Switches): StandInReply {
  const groups = query.getAll('group_by[]')
  if (groups.length > set.mostDimensions)
    return refuse(400, 'invalid_request_error', 'Too many results: narrow the query')
  const told = (name: string, value: string | null) => (groups.includes(name) ? value : null)
  return bucketed(query, 3_600_000, 168, (start) =>
    busy(start / 3_600_000)
      ? [
          {
            ...tokensOf(start / 3_600_000),
            api_key_id: told('api_key_id', 'apikey_bot'),
            workspace_id: told('workspace_id', 'wrkspc_bot'),
            model: told('model', model),
            service_tier: told('service_tier', 'priority'),
            context_window: told('context_window', '0-200k'),
            inference_geo: told('inference_geo', 'global'),
            account_id: null,
            service_account_id: null,
          },
        ]
      : [],
  )
}

function analytics(what: 'cost' | 'usage', query: URLSearchParams, set: Switches): StandInReply {
  const { from, to, offset } = rangeOf(query)
  const groups = query.getAll('group_by[]')
  const width = query.get('time_bucket_width')
  if (Number.isNaN(from) || Number.isNaN(to))
    return refuse(400, 'invalid_request_error', 'starting_at, ending_at: required')
  if (to - from > 31 * dayMs) return refuse(400, 'invalid_request_error', 'range must be at most 31 days')
  if (from < set.now() - 366 * dayMs)
    return refuse(400, 'invalid_request_error', 'starting_at: within the last 365 days')
  if (groups.filter((group) => group !== 'cost_type' && group !== 'token_type').length > 5)
    return refuse(400, 'invalid_request_error', 'group_by: at most 5')
  const rows: object[] = []
  if (what === 'cost') {
    for (let day = from / dayMs; day < to / dayMs; day++) {
      const lines = linesOf(day, set.revised)
      const shown =
        groups.length === 0 ? [{ ...lines[0]!, units: lines.reduce((sum, line) => sum + line.units, 0n) }] : lines
      for (const line of shown)
        rows.push({
          starting_at: iso(day * dayMs),
          ending_at: iso((day + 1) * dayMs),
          group: {
            model: groups.includes('model') && line.costType === 'tokens' ? model : null,
            workspace_id: groups.includes('workspace_id') ? line.workspace : null,
            api_key_id: groups.includes('api_key_id') ? line.key || null : null,
            cost_type: groups.includes('cost_type') ? line.costType : null,
            token_type: groups.includes('token_type') ? line.tokenType || null : null,
            service_tier: groups.includes('service_tier') && line.costType === 'tokens' ? 'standard' : null,
            inference_geo: groups.includes('inference_geo') && line.costType === 'tokens' ? 'us' : null,
            actor: null,
            product: null,
          },
          cost: { amount: cents(line.units), list_amount: cents(line.units * 2n), currency: 'USD', requests: null },
        })
    }
  } else {
    for (let hour = from / 3_600_000; hour < to / 3_600_000; hour++)
      if (busy(hour) && width === '1h')
        rows.push({
          starting_at: iso(hour * 3_600_000),
          ending_at: iso((hour + 1) * 3_600_000),
          group: {
            model,
            workspace_id: 'wrkspc_bot',
            api_key_id: 'apikey_bot',
            service_tier: 'standard',
            actor: {
              type: 'user_actor',
              user_id: 'user_jun',
              email_address: 'jun@nordwind.example',
              name: 'Jun',
              deleted: false,
            },
          },
          usage: { ...tokensOf(hour), total_tokens: 0, requests: 7 },
        })
  }
  // Fewer rows than asked for, so that paging is walked.
  const size = Math.min(Number(query.get('limit') ?? 20), 40)
  const more = offset + size < rows.length
  return {
    json: {
      data: rows.slice(offset, offset + size),
      has_more: more,
      next_page: more ? `page_${offset + size}` : null,
      data_refreshed_at: iso(to - 6 * 3_600_000),
    },
  }
}

function claudeCode(query: URLSearchParams, set: Switches): StandInReply {
  if (!set.claudeCode) return refuse(403, 'permission_error', 'Claude Code is not enabled')
  const day = query.get('starting_at') ?? ''
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return refuse(400, 'invalid_request_error', 'starting_at: YYYY-MM-DD')
  return {
    json: {
      data: [
        {
          date: `${day}T00:00:00Z`,
          actor: { type: 'user_actor', email_address: 'jun@nordwind.example' },
          organization_id: '3f1c8a9e-0000-4000-8000-nordwind',
          customer_type: 'api',
          terminal_type: 'vscode',
          core_metrics: {
            num_sessions: 5,
            lines_of_code: { added: 120, removed: 30 },
            commits_by_claude_code: 2,
            pull_requests_by_claude_code: 1,
          },
          model_breakdown: [
            {
              model,
              tokens: { input: 100_000, output: 35_000, cache_read: 10_000, cache_creation: 5000 },
              estimated_cost: { currency: 'USD', amount: 1025 },
            },
          ],
        },
      ],
      has_more: false,
      next_page: null,
    },
  }
}

const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z')
const refuse = (status: number, type: string, message: string): StandInReply => ({
  status,
  json: { type: 'error', error: { type, message }, request_id: 'req_standin' },
})
