import { Failure, unavailable } from '../../primitives/errors'
import type { Scope } from '../../primitives/scope'
import type { ClickHouse, Lane } from '../../storage/clickhouse'
import { AnswerCache, Turnstile } from './answer-cache'
import type { QueryAnswer } from './contract'
import { KeptUsage } from './kept-usage'
import { type DependsOn, LedgerVersions } from './ledger-versions'

/** What questions need of the world. */
export type ExplorerDeps = {
  clickhouse: ClickHouse
  /** The organization's own time zone, for questions that name none. */
  timeZoneOf: (scope: Scope) => Promise<string>
  /** Names of connections by id, for freshness; ids stand where a name is missing. */
  connectionNames?: (scope: Scope) => Promise<Map<string, string>>
  /**
   * Rates of the organization's chosen source for every local day `from` to `to` (both included) and currency; a day without one is
   * left out; null where it has chosen none. `version` moves when rates change. Without them nothing can be converted.
   */
  exchangeRates?: {
    version: () => number
    of: (
      scope: Scope,
      wanted: { into: string; currencies: string[]; from: string; to: string },
    ) => Promise<{ source: string; rates: { from: string; day: string; rate: string }[] } | null>
  }
  /** How complete a period is, by connected source; `from` and `to` are RFC 3339. */
  sourceCompleteness?: (scope: Scope, from: string, to: string) => Promise<QueryAnswer['completeness']['sources']>
  /** Milliseconds since 1970. */
  now?: () => number
}

/** Runs statements of questions with limits and keeps answers until the organization's ledger changes. */
export type Explorer = ExplorerDeps & {
  now: () => number
  run: <Row>(statement: {
    name: string
    sql: string
    params: Record<string, unknown>
    lane?: Lane
    settings?: Record<string, number>
  }) => Promise<Row[]>
  /** Sums of calls in memory, for questions that they can answer. */
  kept: KeptUsage
  /** Keeps `compute`'s result under `key` until something of what it stands on changes in the ledger. */
  remember: <T>(organizationId: string, key: string, on: DependsOn, compute: () => Promise<T>) => Promise<T>
  close: () => void
}

const megabyte = 1024 * 1024
/** A question may take this long and this much; past it the answer is a failure that says what to do. */
const limits = {
  max_execution_time: 30,
  max_memory_usage: 1024 * megabyte,
  max_bytes_before_external_group_by: 400 * megabyte,
}
export function openExplorer(deps: ExplorerDeps): Explorer {
  const now = deps.now ?? Date.now
  // A server of ClickHouse may have other writers, whose changes are not announced here.
  const maxAgeMs = deps.clickhouse.embedded ? Number.POSITIVE_INFINITY : 5_000
  const cache = new AnswerCache(64 * megabyte, maxAgeMs)
  // While people wait, statements side by side use the processors better than one statement in many threads.
  const turnstile = new Turnstile(3)
  const versions = new LedgerVersions(now)

  const run: Explorer['run'] = (statement) =>
    turnstile
      .pass((crowded) =>
        deps.clickhouse.query({
          ...statement,
          settings: { ...limits, ...(crowded ? { max_threads: 1 } : {}), ...statement.settings },
        }),
      )
      .catch((cause) => Promise.reject(namedFailure(cause))) as never

  return {
    ...deps,
    now,
    close: versions.close,
    run,
    kept: new KeptUsage(run, versions, maxAgeMs),
    remember: (organizationId, key, on, compute) =>
      cache.get(
        `${organizationId} ${versions.stampOf(organizationId, on)} ${key}`,
        compute,
        (value) => JSON.stringify(value).length * 2,
      ),
  }
}

function namedFailure(cause: unknown): unknown {
  if (cause instanceof Failure) return cause
  const text = cause instanceof Error ? `${cause.message} ${(cause as { type?: string }).type ?? ''}` : String(cause)
  if (/TIMEOUT_EXCEEDED|MEMORY_LIMIT_EXCEEDED|code: 159|code: 241/i.test(text)) {
    return unavailable(
      'question_too_heavy',
      'This question needs more time or memory than one question may take. Ask for a shorter period, fewer dimensions or a filter.',
      {},
      { cause },
    )
  }
  return cause
}
