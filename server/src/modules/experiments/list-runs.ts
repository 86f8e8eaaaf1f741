import { and, eq } from 'drizzle-orm'
import { sumDecimals } from '../../primitives/money'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'
import type { QueryAnswer, QueryRequest } from '../explore/contract'
import type { Run, RunList, RunsRequest } from './contract'

export type Ask = (scope: Scope, question: QueryRequest) => Promise<QueryAnswer>

const hourMs = 3_600_000
const metrics = ['estimated_cost', 'calls', 'errors', 'unpriced_calls', 'tokens_input', 'tokens_output']
const most = 50_000

/**
 * Runs of experiments with calls in the period, or reported to have begun in it: cost by the ledger (exact decimal text a
 * currency, never added over currencies), figures as the runs reported them. The most recent first.
 */
export async function listRuns(
  deps: { postgres: Postgres; ask: Ask; now: () => number },
  scope: Scope,
  wanted: RunsRequest,
): Promise<RunList> {
  const { runs: reports } = tables
  const teams = wanted.team === undefined ? null : [wanted.team].flat()
  const [answer, reported] = await Promise.all([
    deps.ask(scope, {
      metrics,
      dimensions: ['experiment', 'run', 'currency'],
      granularity: 'hour',
      timeZone: 'UTC',
      period: { from: wanted.from, to: wanted.to },
      filters: [
        wanted.experiment
          ? { dimension: 'experiment', in: [wanted.experiment] }
          : { dimension: 'experiment', isNull: false },
        ...(teams === null ? [] : [{ dimension: 'team', in: teams.map((team) => (team === '' ? null : team)) }]),
      ],
      convertTo: wanted.convertTo,
      limit: most,
    }),
    deps.postgres.db
      .select()
      .from(reports)
      .where(
        and(
          eq(reports.organizationId, scope.organizationId),
          wanted.experiment ? eq(reports.experiment, wanted.experiment) : undefined,
        ),
      ),
  ])
  const cells = rowsOf(answer)
  const byRun = new Map<string, typeof cells>()
  for (const cell of cells) {
    const key = JSON.stringify([cell.experiment, cell.run])
    byRun.set(key, [...(byRun.get(key) ?? []), cell])
  }
  const said = new Map(reported.map((report) => [JSON.stringify([report.experiment, report.run]), report]))
  for (const [key, { startedAt }] of said) {
    const at = startedAt?.getTime() ?? 0
    // Whose run it is only its calls say.
    if (teams === null && !byRun.has(key) && at >= Date.parse(wanted.from) && at < Date.parse(wanted.to))
      byRun.set(key, [])
  }
  const runs = [...byRun].map(([key, hours]): Run & { lastAt: number } => {
    const [experiment, run] = JSON.parse(key) as [string, string]
    const report = said.get(key)
    const times = hours.map(({ hour }) => Date.parse(hour))
    const first = report?.startedAt?.getTime() ?? (times.length > 0 ? Math.min(...times) : null)
    const last = times.length > 0 ? Math.max(...times) : (first ?? 0)
    const endedAt = report?.endedAt?.getTime() ?? null
    const sum = (name: (typeof metrics)[number]) => sumDecimals(hours.map((hour) => hour.values[name] ?? '0'))
    return {
      experiment,
      run,
      startedAt: first === null ? null : new Date(first).toISOString(),
      endedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
      state: endedAt !== null ? 'ended' : last + 2 * hourMs > deps.now() ? 'running' : 'quiet',
      costs: costsOf(hours),
      calls: sum('calls'),
      errors: sum('errors'),
      unpricedCalls: sum('unpriced_calls'),
      tokensInput: sum('tokens_input'),
      tokensOutput: sum('tokens_output'),
      hours: [...new Set(hours.map(({ hour }) => hour))]
        .sort()
        .map((hour) => ({ hour, costs: costsOf(hours.filter((one) => one.hour === hour)) })),
      values: report?.figures ?? {},
      lastAt: last,
    }
  })
  runs.sort((a, b) => b.lastAt - a.lastAt || a.run.localeCompare(b.run))
  return {
    runs: runs.map(({ lastAt, ...run }) => run),
    truncated: answer.truncated,
    asOf: answer.asOf,
  }
}

type Cell = { experiment: string; run: string; currency: string; hour: string; values: Record<string, string | null> }

function rowsOf(answer: QueryAnswer): Cell[] {
  const at = (id: string) => answer.columns.findIndex((column) => column.id === id)
  const text = (row: (string | null)[], id: string) => row[at(id)] ?? ''
  return answer.rows.map((row) => ({
    experiment: text(row, 'experiment'),
    run: text(row, 'run'),
    currency: text(row, 'currency'),
    hour: new Date(text(row, 'time')).toISOString(),
    values: Object.fromEntries(metrics.map((metric) => [metric, row[at(metric)] ?? null])),
  }))
}

/** Amounts by currency; hours without a priced call bring none. */
function costsOf(cells: readonly Cell[]): { currency: string; amount: string }[] {
  const amounts = new Map<string, string[]>()
  for (const { currency, values } of cells) {
    if (values.estimated_cost) amounts.set(currency, [...(amounts.get(currency) ?? []), values.estimated_cost])
  }
  return [...amounts].sort().map(([currency, all]) => ({ currency, amount: sumDecimals(all) }))
}
