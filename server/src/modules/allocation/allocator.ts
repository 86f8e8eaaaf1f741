import { conflict, Failure, notFound } from '../../primitives/errors'
import { newId } from '../../primitives/ids'
import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import type { Postgres } from '../../storage/postgres'
import { countedRows } from '../explore'
import { onLedgerChange } from '../ledger'
import { adjustmentsOf } from './adjust-closed-months'
import { textOf, toAmounts } from './amounts'
import { hashOf } from './canonical'
import { listClosings } from './closing-store'
import { type Computed, computeRun, readTotals } from './compute-run'
import { costColumns, type MonthState, type RuleDocument, type Run } from './contract'
import { monthAt, nextMonth, periodOf } from './months'
import { readRuleSet, type StoredRuleSet } from './rule-store'
import { latestRuns, storeRun } from './run-store'
import { publicRun, type StoredRun } from './split-line'
import { readUnits } from './unit-store'
import { treeAt, type UnitTree } from './unit-tree'
import { valuesOf } from './value-store'

export type AllocatorDeps = {
  clickhouse: ClickHouse
  postgres: Postgres
  timeZoneOf: (scope: Scope) => Promise<string>
  /** Milliseconds since 1970. */
  now?: () => number
  onError?: (error: unknown, what: string) => void
  /** How long the ledger must be quiet before open months are computed again. */
  settleMs?: number
}

/** Computes who owes what, and computes open months again when a bill, the rules or the units change. */
export type Allocator = AllocatorDeps & {
  now: () => number
  treeOf(scope: Scope, month: string): Promise<UnitTree>
  /** A computation that is not stored. */
  compute(scope: Scope, month: string, document: RuleDocument): Promise<Computed & { asOf: bigint; tree: UnitTree }>
  /** Computes and publishes a month. @throws Failure `month_closed` */
  run(scope: Scope, month: string, reason: string): Promise<StoredRun>
  /** Every month with money, its state and the run that counts; newest first. */
  months(scope: Scope): Promise<MonthState[]>
  /** Computes the open months again soon, in the background. */
  rerunSoon(scope: Scope, reason: string): void
  /** Waits for what `rerunSoon` began. */
  settled(): Promise<void>
  close(): Promise<void>
}

// Calls arrive all the time; their part of the month is computed again at most this often.
const usageEveryMs = 15 * 60_000

export function openAllocator(deps: AllocatorDeps): Allocator {
  const now = deps.now ?? Date.now
  const { clickhouse, postgres } = deps
  const settleMs = deps.settleMs ?? 3_000
  const timers = new Map<string, NodeJS.Timeout>()
  const lastRerun = new Map<string, number>()
  const active = new Set<Promise<void>>()
  let queue: Promise<unknown> = Promise.resolve()
  let closed = false
  let lastAt = 0n

  // Runs of one server follow one another, so that the later one sees what the earlier one published.
  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const next = queue.then(work, work)
    queue = next.catch(() => {})
    return next
  }
  const moment = () => {
    let at = BigInt(now()) * 1000n
    if (at <= lastAt) at = lastAt + 1n
    lastAt = at
    return at
  }

  const allocator: Allocator = {
    ...deps,
    now,
    treeOf: async (scope, month) => treeAt(await readUnits(postgres, scope), month),
    async compute(scope, month, document) {
      const asOf = BigInt(now()) * 1000n + 999n
      const tree = await allocator.treeOf(scope, month)
      const computed = await computeRun({
        clickhouse,
        organizationId: scope.organizationId,
        month,
        timeZone: await deps.timeZoneOf(scope),
        asOf,
        document,
        tree,
        values: await valuesOf(postgres, scope, month),
      })
      return { ...computed, asOf, tree }
    },
    run: (scope, month, reason) =>
      inOrder(async () => {
        const closings = await listClosings(postgres, scope)
        if (closings.some((closing) => closing.month === month))
          throw conflict(
            'month_closed',
            `${month} is closed. What changed since is booked in the next open month; or reopen it.`,
          )
        const start = now()
        const ruleSet = await readRuleSet(postgres, scope)
        const computed = await allocator.compute(scope, month, ruleSet.document)
        const { parts, source: _, byRule: __, asOf, tree, ...rest } = computed
        const current = monthAt(now(), await deps.timeZoneOf(scope))
        // Restatements of closed months are booked once: in the first month that is open.
        const firstOpen = closings.length === 0 ? null : nextMonth(closings.at(-1)!.month)
        const adjustments =
          month === firstOpen && month <= current ? await adjustmentsOf(allocator, scope, month, closings) : []
        const at = moment()
        const run: StoredRun = {
          id: newId(now()),
          month,
          at: isoOf(at),
          actor: scope.actor,
          reason,
          ruleSetVersion: ruleSet.version,
          ruleSetHash: ruleSet.hash,
          unitsHash: hashOf(tree.units),
          asOf: isoOf(asOf),
          rates: [],
          base: ruleSet.document.base,
          ...rest,
          proof: rest.proof.map((line) => withAdjustments(line, adjustments)),
          milliseconds: now() - start,
        }
        if (run.proof.some((line) => !line.equal))
          throw new Failure(
            'conflict',
            'sums_differ',
            `The parts of ${month} do not add up to the ledger, so nothing was published. This is a defect: please report it with the run's rules.`,
            { proof: run.proof },
          )
        await storeRun(clickhouse, scope, run, [...parts, ...adjustments])
        return run
      }),
    async months(scope) {
      const [runs, closings, withMoney] = await Promise.all([
        latestRuns(clickhouse, scope),
        listClosings(postgres, scope),
        monthsWithMoney(clickhouse, scope, await deps.timeZoneOf(scope)),
      ])
      const names = [...new Set([...withMoney, ...runs.map((run) => run.month), ...closings.map((c) => c.month)])]
      return names
        .sort()
        .reverse()
        .slice(0, 240)
        .map((month) => {
          const closing = closings.find((candidate) => candidate.month === month)
          return {
            month,
            state: closing ? ('closed' as const) : ('open' as const),
            run: publicOrNull(runs.find((run) => run.month === month)),
            certificate: closing?.hash ?? null,
          }
        })
    },
    rerunSoon(scope, reason) {
      if (closed) return
      const key = scope.organizationId
      clearTimeout(timers.get(key))
      const timer = setTimeout(() => {
        timers.delete(key)
        lastRerun.set(key, now())
        const work: Promise<void> = rerunOpenMonths(scope, reason)
          .catch((error) => deps.onError?.(error, 'allocation rerun'))
          .finally(() => active.delete(work))
        active.add(work)
      }, settleMs)
      timer.unref()
      timers.set(key, timer)
    },
    async settled() {
      while (timers.size > 0 || active.size > 0) {
        await Promise.all(active)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
    async close() {
      closed = true
      stop()
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
      await Promise.all(active)
      await queue
    },
  }

  const rerunOpenMonths = async (scope: Scope, reason: string) => {
    const ruleSet = await readRuleSet(postgres, scope)
    if (ruleSet.version === 0) return
    const states = await allocator.months(scope)
    const lastClosed = states.find(({ state }) => state === 'closed')?.month
    for (const { month, state, run } of states) {
      if (closed) return
      if (state === 'closed') continue
      // What is booked of closed months shows in their sources, not in those of the month itself.
      const books = lastClosed !== undefined && month === nextMonth(lastClosed)
      if (run && !books && (await isCurrent(allocator, scope, run, ruleSet))) continue
      await allocator.run(scope, month, reason)
    }
  }

  const stop = onLedgerChange((organizationId, what) => {
    const scope = { organizationId, actor: 'system' }
    if (what === 'batch') allocator.rerunSoon(scope, 'bill changed')
    else if (!timers.has(organizationId) && now() - (lastRerun.get(organizationId) ?? 0) > usageEveryMs)
      allocator.rerunSoon(scope, 'usage')
  })
  return allocator
}

/** Whether a run would come out the same now: same rules, units, batches and sums. */
async function isCurrent(allocator: Allocator, scope: Scope, run: Run, ruleSet: StoredRuleSet): Promise<boolean> {
  if (run.ruleSetHash !== ruleSet.hash) return false
  const tree = await allocator.treeOf(scope, run.month)
  if (hashOf(tree.units) !== run.unitsHash) return false
  const rows = () =>
    allocator
      .timeZoneOf(scope)
      .then((zone) =>
        countedRows(scope.organizationId, periodOf(run.month), zone, BigInt(allocator.now()) * 1000n + 999n),
      )
  const { source: totals, batches } = await readTotals(allocator.clickhouse, await rows())
  return (
    hashOf(batches) === hashOf(run.batches) &&
    run.proof.every(
      (line) => (totals.get(line.currency) ? toAmounts(totals.get(line.currency)!)[line.column] : null) === line.source,
    ) &&
    [...totals.keys()].every((currency) => run.proof.some((line) => line.currency === currency))
  )
}

/** Local months in which charges or calls lie. */
async function monthsWithMoney(clickhouse: ClickHouse, scope: Scope, timeZone: string): Promise<string[]> {
  const rows = await clickhouse.query<{ month: string }>({
    name: 'allocation.months',
    sql: `SELECT DISTINCT month FROM (
        SELECT formatDateTime(ChargePeriodStart, '%Y-%m', {timeZone:String}) AS month FROM charges_v1 WHERE x_OrganizationId = {organizationId:UUID} GROUP BY month
        UNION ALL SELECT formatDateTime(Bucket, '%Y-%m', {timeZone:String}) AS month FROM usage_per_15m_v1 WHERE OrganizationId = {organizationId:UUID} GROUP BY month)
      ORDER BY month`,
    params: { organizationId: scope.organizationId, timeZone },
  })
  return rows.map(({ month }) => month)
}

function withAdjustments(line: Run['proof'][number], adjustments: Computed['parts']): Run['proof'][number] {
  const i = costColumns.indexOf(line.column)
  const mine = adjustments.filter((part) => part.currency === line.currency && part.amounts[i] !== null)
  return mine.length === 0
    ? line
    : { ...line, adjustments: textOf(mine.reduce((sum, part) => sum + part.amounts[i]!, 0n)) }
}

const publicOrNull = (run: StoredRun | undefined) => (run ? publicRun(run) : null)

const isoOf = (micros: bigint) =>
  `${new Date(Number(micros / 1000n)).toISOString().slice(0, -1)}${String(micros % 1000n).padStart(3, '0')}Z`

/** The run that counts for a month. @throws Failure `no_run` */
export async function runOf(clickhouse: ClickHouse, scope: Scope, month: string): Promise<StoredRun> {
  const [run] = await latestRuns(clickhouse, scope, [month])
  if (!run)
    throw notFound('no_run', `${month} was not computed yet. POST /api/v1/allocation/runs computes it.`, { month })
  return run
}
