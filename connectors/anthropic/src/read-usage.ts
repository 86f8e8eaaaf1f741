import {
  type AnswerReader,
  type Context,
  dayOf,
  isoSecond,
  type Page,
  type Problem,
  ProviderFailure,
  type ReadRequest,
  shareOf,
  type UsageRow,
} from '@infrazen/connector-kit'
import { get, nextOf, textOf } from './client'
import { type Directory, readDirectory } from './directory'

type Cursor = { part: 'messages' | 'claude_code'; page: string | null; day: string | null; narrow: number }
type Answer = { rows: UsageRow[]; next: string | null }

/** The dimensions of the older report, given up from the right while its answer is larger than the API allows. */
const legacyDimensions = [
  'model',
  'workspace_id',
  'api_key_id',
  'service_tier',
  'context_window',
  'inference_geo',
] as const

/** Tokens in hourly buckets of either generation of reports, then Claude Code by person and day. */
export async function* readUsage(request: ReadRequest, context: Context): AsyncGenerator<Page> {
  const directory = await readDirectory(context)
  let problems: Problem[] = request.cursor ? [] : directory.problems
  let cursor: Cursor = request.cursor
    ? (JSON.parse(request.cursor) as Cursor)
    : { part: 'messages', page: null, day: null, narrow: 0 }
  while (cursor.part === 'messages') {
    const legacy = context.credentials.reports === 'legacy'
    const answer: Answer | null = await (legacy ? legacyPage : analyticsPage)(
      request,
      context,
      cursor,
      directory,
    ).catch((error: unknown) => {
      const tooWide = legacy && cursor.page === null && error instanceof ProviderFailure && error.details.status === 400
      if (tooWide && cursor.narrow < legacyDimensions.length - 1) return null
      throw error
    })
    if (answer === null) {
      const dropped = legacyDimensions.at(-1 - cursor.narrow)
      problems = [
        ...problems,
        { code: 'dimension_dropped', message: `The report was too large with ${dropped}; it was read without.` },
      ]
      cursor = { ...cursor, narrow: cursor.narrow + 1 }
      continue
    }
    const last = answer.rows.at(-1)
    cursor =
      answer.next === null
        ? { part: 'claude_code', page: null, day: request.from.toISOString().slice(0, 10), narrow: 0 }
        : { ...cursor, page: answer.next }
    yield {
      part: 'usage/messages',
      partDone: answer.next === null,
      cursor: JSON.stringify(cursor),
      progress: answer.next && last ? 0.8 * shareOf(request.from, request.to, new Date(last.bucketEnd)) : 0.8,
      problems,
      usage: answer.rows,
    }
    problems = []
  }
  yield* readClaudeCode(request, context, cursor, directory)
}

async function analyticsPage(
  request: ReadRequest,
  context: Context,
  { page }: Cursor,
  directory: Directory,
): Promise<Answer> {
  const { body, reader, rows } = await get(context, '/v1/organizations/analytics/usage', {
    starting_at: request.from.toISOString(),
    ending_at: request.to.toISOString(),
    time_bucket_width: '1h',
    group_by: ['workspace_id', 'api_key_id', 'model', 'service_tier', 'actor'],
    order_by: 'time',
    order: 'asc',
    limit: 1000,
    page,
  })
  return {
    next: nextOf(body, reader),
    rows: rows().map((row) => {
      const group = reader.object(row.group ?? {}, 'data[].group')
      const usage = reader.object(row.usage, 'data[].usage')
      const actor = group.actor == null ? {} : reader.object(group.actor, 'data[].group.actor')
      return toUsage(directory, reader, row, usage, {
        workspace: textOf(group.workspace_id),
        key: textOf(group.api_key_id),
        user: textOf(actor.user_id) || textOf(actor.service_account_id),
        userName: textOf(actor.email_address) || textOf(actor.name),
        model: textOf(group.model),
        tier: textOf(group.service_tier),
        region: '',
        requests: usage.requests == null ? null : reader.decimal(usage.requests, 'data[].usage.requests'),
        attributes: {},
      })
    }),
  }
}

async function legacyPage(
  request: ReadRequest,
  context: Context,
  { page, narrow }: Cursor,
  directory: Directory,
): Promise<Answer> {
  const { body, reader, rows } = await get(context, '/v1/organizations/usage_report/messages', {
    starting_at: request.from.toISOString(),
    ending_at: request.to.toISOString(),
    bucket_width: '1h',
    group_by: legacyDimensions.slice(0, legacyDimensions.length - narrow),
    limit: 24,
    page,
  })
  return {
    next: nextOf(body, reader),
    rows: rows().flatMap((bucket) =>
      reader.array(bucket.results, 'data[].results').map((item) => {
        const result = reader.object(item, 'data[].results[]')
        const context_window = textOf(result.context_window)
        return toUsage(directory, reader, bucket, result, {
          workspace: textOf(result.workspace_id) || directory.defaultWorkspace,
          key: textOf(result.api_key_id),
          user: textOf(result.account_id) || textOf(result.service_account_id),
          userName: '',
          model: textOf(result.model),
          tier: textOf(result.service_tier),
          region: textOf(result.inference_geo),
          // This report counts no requests.
          requests: null,
          attributes: context_window === '' ? {} : { context_window },
        })
      }),
    ),
  }
}

/** Token classes are disjoint here, unlike those of other providers: each is a leaf as it stands. */
function toUsage(
  { account, workspaces, keys, users }: Directory,
  reader: AnswerReader,
  bucket: Record<string, unknown>,
  usage: Record<string, unknown>,
  of: {
    workspace: string
    key: string
    user: string
    userName: string
    model: string
    tier: string
    region: string
    requests: string | null
    attributes: Record<string, string>
  },
): UsageRow {
  const written = usage.cache_creation == null ? {} : reader.object(usage.cache_creation, 'cache_creation')
  const tools = usage.server_tool_use == null ? {} : reader.object(usage.server_tool_use, 'server_tool_use')
  const leaves: [string, unknown, string][] = [
    ['input.text.plain', usage.uncached_input_tokens, 'uncached_input_tokens'],
    ['input.text.cache_read', usage.cache_read_input_tokens, 'cache_read_input_tokens'],
    ['input.text.cache_write_5m', written.ephemeral_5m_input_tokens ?? '0', 'ephemeral_5m_input_tokens'],
    ['input.text.cache_write_1h', written.ephemeral_1h_input_tokens ?? '0', 'ephemeral_1h_input_tokens'],
    ['output.text', usage.output_tokens, 'output_tokens'],
    ['call.web_search', tools.web_search_requests ?? '0', 'web_search_requests'],
  ]
  return {
    bucketStart: isoSecond(reader.moment(bucket.starting_at, 'data[].starting_at')),
    bucketEnd: isoSecond(reader.moment(bucket.ending_at, 'data[].ending_at')),
    account: account.id,
    project: of.workspace,
    projectName: workspaces.get(of.workspace) ?? of.workspace,
    key: of.key,
    keyName: keys.get(of.key) ?? of.key,
    user: of.user,
    userName: of.userName || (users.get(of.user) ?? of.user),
    model: of.model,
    tier: of.tier,
    region: of.region,
    units: Object.fromEntries(
      leaves
        .map(([unit, value, name]) => [unit, reader.decimal(value, name)])
        .filter(([, quantity]) => quantity !== '0'),
    ),
    requests: of.requests,
    attributes: of.attributes,
  }
}

/**
 * Claude Code by person and UTC day, one day a request. Its costs are the provider's estimate and not on the bill, so they stay
 * an attribute and are never added to the costs. Organizations without Claude Code are refused; that is said once.
 */
async function* readClaudeCode(
  request: ReadRequest,
  context: Context,
  start: Cursor,
  directory: Directory,
): AsyncGenerator<Page> {
  const today = dayOf(context.now()).getTime()
  const end = Math.min(request.to.getTime(), today + 86_400_000)
  let { day, page } = start
  for (;;) {
    const at = Date.parse(`${day}T00:00:00Z`)
    const problems: Problem[] = []
    const answer =
      at >= end
        ? { rows: [], next: null }
        : await claudeCodePage(context, day!, page, directory).catch((error: unknown) => {
            const closed =
              error instanceof ProviderFailure && (error.code === 'forbidden' || error.code === 'not_found')
            if (!closed) throw error
            problems.push({ code: 'part_missing', message: `Claude Code activity was not read: ${error.message}` })
            return null
          })
    if (answer?.next != null) page = answer.next
    else {
      page = null
      day = new Date(at + 86_400_000).toISOString().slice(0, 10)
    }
    const done = answer === null || Date.parse(`${day}T00:00:00Z`) >= end
    yield {
      part: 'usage/claude_code',
      partDone: done && answer !== null,
      cursor: done ? null : JSON.stringify({ part: 'claude_code', page, day, narrow: 0 } satisfies Cursor),
      progress: done ? 1 : 0.8 + 0.2 * shareOf(request.from, request.to, new Date(at)),
      problems,
      usage: answer?.rows ?? [],
    }
    if (done) return
  }
}

async function claudeCodePage(
  context: Context,
  day: string,
  page: string | null,
  directory: Directory,
): Promise<Answer> {
  const { body, reader, rows } = await get(context, '/v1/organizations/usage_report/claude_code', {
    starting_at: day,
    limit: 1000,
    page,
  })
  const bucketEnd = isoSecond(Date.parse(`${day}T00:00:00Z`) + 86_400_000)
  return {
    next: nextOf(body, reader),
    rows: rows().flatMap((record) => {
      const actor = reader.object(record.actor, 'data[].actor')
      const core = record.core_metrics == null ? {} : reader.object(record.core_metrics, 'data[].core_metrics')
      const lines = core.lines_of_code == null ? {} : reader.object(core.lines_of_code, 'lines_of_code')
      const person = textOf(actor.email_address) || textOf(actor.api_key_name)
      const common = { customer_type: textOf(record.customer_type), terminal_type: textOf(record.terminal_type) }
      return reader.array(record.model_breakdown ?? [], 'data[].model_breakdown').map((item, index): UsageRow => {
        const model = reader.object(item, 'data[].model_breakdown[]')
        const tokens = reader.object(model.tokens, 'data[].model_breakdown[].tokens')
        const cost = model.estimated_cost == null ? {} : reader.object(model.estimated_cost, 'estimated_cost')
        const leaves = {
          'input.text.plain': tokens.input,
          'input.text.cache_read': tokens.cache_read,
          'input.text.cache_write': tokens.cache_creation,
          'output.text': tokens.output,
        }
        return {
          bucketStart: `${day}T00:00:00Z`,
          bucketEnd,
          account: directory.account.id,
          project: '',
          projectName: '',
          key: textOf(actor.api_key_name),
          keyName: textOf(actor.api_key_name),
          user: person,
          userName: person,
          model: textOf(model.model),
          tier: textOf(record.customer_type),
          region: '',
          units: Object.fromEntries(
            Object.entries(leaves)
              .map(([unit, value]) => [unit, reader.decimal(value ?? '0', unit)])
              .filter(([, quantity]) => quantity !== '0'),
          ),
          requests: null,
          attributes: Object.fromEntries(
            Object.entries({
              ...common,
              estimated_cost_cents: textOf(cost.amount),
              // The record's own figures stand on its first model alone, so that they are not counted twice.
              ...(index === 0
                ? {
                    sessions: textOf(core.num_sessions),
                    lines_added: textOf(lines.added),
                    lines_removed: textOf(lines.removed),
                    commits: textOf(core.commits_by_claude_code),
                    pull_requests: textOf(core.pull_requests_by_claude_code),
                  }
                : {}),
            }).filter(([, value]) => value !== ''),
          ),
        }
      })
    }),
  }
}
