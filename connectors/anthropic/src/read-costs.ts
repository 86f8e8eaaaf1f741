import { addDecimals, type Context, movePoint, type Page, type ReadRequest, shareOf } from '@infrazen/connector-kit'
import { type CostLine, toCharge } from './charge'
import { get, nextOf, textOf } from './client'
import { readDirectory } from './directory'

type Cursor = { part: 'lines' | 'total'; page: string | null }
const legacyPath = '/v1/organizations/cost_report'
const analyticsPath = '/v1/organizations/analytics/cost'

/**
 * Daily costs of either generation of reports, then the ungrouped totals of the same days to tie their sum to. Amounts are
 * decimal texts in cents. The older report has no key, and leaves Priority Tier out: the provider says so, and so do we.
 */
export async function* readCosts(request: ReadRequest, context: Context): AsyncGenerator<Page> {
  const directory = await readDirectory(context)
  const legacy = context.credentials.reports === 'legacy'
  let problems = request.cursor ? [] : directory.problems
  let cursor: Cursor = request.cursor ? (JSON.parse(request.cursor) as Cursor) : { part: 'lines', page: null }
  for (;;) {
    const grouped = cursor.part === 'lines'
    const { lines, next } = await (legacy ? legacyPage : analyticsPage)(request, context, grouped, cursor.page)
    const last = lines.at(-1)
    const done = next === null && !grouped
    cursor = next === null ? { part: 'total', page: null } : { part: cursor.part, page: next }
    yield {
      part: 'costs',
      partDone: done,
      cursor: done ? null : JSON.stringify(cursor),
      progress: done ? 1 : grouped ? 0.9 * (next && last ? shareOf(request.from, request.to, last.end) : 1) : 0.95,
      problems,
      ...(grouped ? { charges: lines.map((line) => toCharge(line, directory)) } : { stated: totalsOf(lines) }),
    }
    problems = []
    if (done) return
  }
}

async function legacyPage(request: ReadRequest, context: Context, grouped: boolean, page: string | null) {
  const { body, reader, rows } = await get(context, legacyPath, {
    starting_at: request.from.toISOString(),
    ending_at: request.to.toISOString(),
    bucket_width: '1d',
    group_by: grouped ? ['workspace_id', 'description'] : null,
    limit: 31,
    page,
  })
  const lines = rows().flatMap((bucket) =>
    reader.array(bucket.results, 'data[].results').map((item): CostLine => {
      const result = reader.object(item, 'data[].results[]')
      return {
        start: reader.moment(bucket.starting_at, 'data[].starting_at'),
        end: reader.moment(bucket.ending_at, 'data[].ending_at'),
        cents: reader.decimal(result.amount, 'data[].results[].amount'),
        listCents: null,
        currency: reader.text(result.currency, 'data[].results[].currency').toUpperCase(),
        description: textOf(result.description),
        costType: textOf(result.cost_type),
        tokenType: textOf(result.token_type),
        model: textOf(result.model),
        tier: textOf(result.service_tier),
        contextWindow: textOf(result.context_window),
        region: textOf(result.inference_geo),
        workspace: textOf(result.workspace_id),
        key: '',
      }
    }),
  )
  return { lines, next: nextOf(body, reader) }
}

async function analyticsPage(request: ReadRequest, context: Context, grouped: boolean, page: string | null) {
  const { body, reader, rows } = await get(context, analyticsPath, {
    starting_at: request.from.toISOString(),
    ending_at: request.to.toISOString(),
    time_bucket_width: '1d',
    // Five at most; cost_type and token_type do not count.
    group_by: grouped
      ? ['workspace_id', 'api_key_id', 'model', 'service_tier', 'inference_geo', 'cost_type', 'token_type']
      : null,
    order_by: 'time',
    order: 'asc',
    limit: 1000,
    page,
  })
  const lines = rows().map((row): CostLine => {
    const group = reader.object(row.group ?? {}, 'data[].group')
    const cost = reader.object(row.cost, 'data[].cost')
    return {
      start: reader.moment(row.starting_at, 'data[].starting_at'),
      end: reader.moment(row.ending_at, 'data[].ending_at'),
      cents: reader.decimal(cost.amount, 'data[].cost.amount'),
      listCents: cost.list_amount == null ? null : reader.decimal(cost.list_amount, 'data[].cost.list_amount'),
      currency: reader.text(cost.currency, 'data[].cost.currency').toUpperCase(),
      description: '',
      costType: textOf(group.cost_type),
      tokenType: textOf(group.token_type),
      model: textOf(group.model),
      tier: textOf(group.service_tier),
      contextWindow: '',
      region: textOf(group.inference_geo),
      workspace: textOf(group.workspace_id),
      key: textOf(group.api_key_id),
    }
  })
  return { lines, next: nextOf(body, reader) }
}

function totalsOf(lines: CostLine[]) {
  const currencies = [...new Set(lines.map((line) => line.currency))]
  return currencies.map((currency) => ({
    currency,
    amount: movePoint(addDecimals(lines.filter((line) => line.currency === currency).map((line) => line.cents)), 2),
  }))
}
