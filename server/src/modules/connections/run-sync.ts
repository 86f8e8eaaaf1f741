import { type Connector, type Page, type Problem, ProviderFailure } from '@infrazen/connector-kit'
import { Failure } from '../../primitives/errors'
import { addScaled, formatDecimal, parseDecimal, type Scaled, subtractDecimals } from '../../primitives/money'
import type { ClickHouse } from '../../storage/clickhouse'
import type { Postgres } from '../../storage/postgres'
import { type Committed, commitCharges, type TakeCharges } from './commit-charges'
import { commitUsage, type StagedUsage } from './commit-usage'
import type { ConnectionRow } from './connection-store'
import { planRun, type Slice } from './plan-run'
import type { Reach } from './reach'
import { type Held, holdRun, leaseSeconds, type RunRow, type RunState } from './run-store'
import { Staging } from './staging'
import { type TakeFiles, takeDelivery } from './take-delivery'

export type SyncTools = {
  postgres: Postgres
  clickhouse: ClickHouse
  reach: Reach
  takeCharges: TakeCharges
  takeFiles: TakeFiles
  stagingFolder: string
}

/** The run was cancelled, taken over by another worker, or the server stops: whoever holds it decides what becomes of it. */
export class RunStopped extends Error {
  constructor(readonly why: 'cancelled' | 'lost' | 'stopping') {
    super(`the run was stopped: ${why}`)
  }
}

const problemsKept = 100
const nothing: Scaled = { units: 0n, scale: 0 }

/**
 * Reads what a run asks for, slice by slice, and commits each slice once all of it is there. After every page the rows are on
 * disk and the cursor is stored, so a run that was killed goes on behind its last page.
 * @returns what belongs into the finished run
 * @throws RunStopped, ProviderFailure; the run can be resumed after both
 */
export async function runSync(
  tools: SyncTools,
  run: RunRow,
  connection: ConnectionRow,
  connector: Connector,
  secrets: Record<string, string>,
  stopping: AbortSignal,
): Promise<{ change: Held; readThrough: Record<string, string> }> {
  const { postgres } = tools
  const scope = { organizationId: run.organizationId, actor: 'system' }
  const progress = new RunProgress(run, connector, connection.readThrough)
  const { state } = progress
  const stop = new AbortController()
  const onStopping = () => stop.abort(new RunStopped('stopping'))
  stopping.addEventListener('abort', onStopping, { once: true })
  if (stopping.aborted) onStopping()
  const hold = async (change?: Held) => {
    const answer = await holdRun(postgres, run, change)
    if (answer !== 'held') stop.abort(new RunStopped(answer))
    stop.signal.throwIfAborted()
  }
  // While a provider lets us wait there are no pages, and the lease must not end.
  const heartbeat = setInterval(() => void hold().catch(() => {}), Math.min(3, leaseSeconds / 4) * 1000)
  const context = tools.reach.contextOf({
    connector,
    values: { ...connection.options, ...secrets },
    secrets: Object.values(secrets),
    account: connection.id,
    known: connection.accountId === null ? null : { id: connection.accountId, name: connection.accountName ?? '' },
    signal: stop.signal,
    attempts: 5,
    longestWaitMs: 60_000,
  })
  /** Deliveries one after another, each committed as a whole before the next is begun. */
  const readFiles = async (slice: Slice) => {
    const request = { kind: slice.kind, from: new Date(slice.from), to: new Date(slice.to), cursor: state.cursor }
    if (!state.read)
      for await (const page of stoppable(connector.read(request, context), stop.signal)) {
        for (const delivery of page.deliveries ?? []) {
          state.stored ??= {}
          const { stored } = state
          progress.add(
            await takeDelivery(
              tools,
              scope,
              {
                connectionId: connection.id,
                format: context.credentials.format || 'auto',
                currency: context.credentials.currency || undefined,
                again: run.kind !== 'schedule',
                signal: stop.signal,
              },
              delivery,
              stored,
              () => hold(progress.change(context.http.stats)),
            ),
          )
        }
        state.stored = {}
        progress.take(page)
        await hold(progress.change(context.http.stats))
      }
    progress.nextSlice()
    await hold(progress.change(context.http.stats))
  }
  try {
    await hold(progress.change(context.http.stats))
    while (state.slice < state.slices.length) {
      const slice = state.slices[state.slice]!
      if (slice.kind === 'files') {
        await readFiles(slice)
        continue
      }
      const name = `${run.id}-${state.slice}`
      let staging = await Staging.resume(tools.stagingFolder, name, state.stagedBytes)
      if (staging === null) {
        progress.restartSlice()
        staging = (await Staging.resume(tools.stagingFolder, name, 0))!
      }
      try {
        const request = { kind: slice.kind, from: new Date(slice.from), to: new Date(slice.to) }
        // A slice that was read to its end before a kill has no cursor left to ask with.
        if (!state.read) {
          for await (const page of stoppable(
            connector.read({ ...request, cursor: state.cursor }, context),
            stop.signal,
          )) {
            state.stagedBytes = await staging.append(stagedRows(slice.kind, page))
            progress.take(page)
            await hold(progress.change(context.http.stats))
          }
          state.read = true
        }
        const committed: Committed =
          slice.kind === 'charges'
            ? await commitCharges(
                tools,
                scope,
                {
                  connectionId: connection.id,
                  name: connector.manifest.id,
                  slice,
                  part: 'charges',
                },
                staging,
                stop.signal,
              )
            : await commitUsage(
                tools,
                scope,
                { connectionId: connection.id, provider: connector.manifest.id, slice, parts: state.parts },
                staging,
              )
        progress.commit(committed)
        await staging.remove()
      } finally {
        await staging.close().catch(() => {})
      }
      await hold(progress.change(context.http.stats))
    }
    return { change: progress.change(context.http.stats), readThrough: progress.readThrough() }
  } catch (error) {
    if (stop.signal.aborted) throw stop.signal.reason
    throw error
  } finally {
    clearInterval(heartbeat)
    stopping.removeEventListener('abort', onStopping)
  }
}

/** The pages until the signal fires: a connector that waits for something of its own must not keep a run from ending. */
async function* stoppable(pages: AsyncGenerator<Page>, signal: AbortSignal): AsyncGenerator<Page> {
  let stop = () => {}
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
  })
  stopped.catch(() => {})
  try {
    for (;;) {
      signal.throwIfAborted()
      const next = pages.next()
      next.catch(() => {})
      const { done, value } = await Promise.race([next, stopped])
      if (done) return
      yield value
    }
  } finally {
    signal.removeEventListener('abort', stop)
    void pages.return(undefined).catch(() => {})
  }
}

/** Refuses rows that could not be placed; a connector that yields them is at fault, not the provider. */
function stagedRows(kind: string, page: Page): readonly unknown[] {
  if (kind === 'usage') return (page.usage ?? []).map((row): StagedUsage => ({ part: page.part, row }))
  for (const row of page.charges ?? []) {
    const unfit = [
      parseDecimal(row.BilledCost) === null && 'BilledCost',
      !/^[A-Z]{3}$/.test(row.BillingCurrency) && 'BillingCurrency',
      !/^\d{4}-\d\d-\d\dT/.test(row.BillingPeriodStart) && 'BillingPeriodStart',
      !/^\d{4}-\d\d-\d\dT/.test(row.ChargePeriodStart) && 'ChargePeriodStart',
    ].find(Boolean)
    if (unfit)
      throw new ProviderFailure(
        'changed_format',
        `A charge came without a ${unfit} that can be read. Nothing was taken.`,
      )
  }
  return page.charges ?? []
}

/** Counts along the way; what it knows goes into the run after each page. */
class RunProgress {
  readonly state: RunState
  private pages: number
  private rows: number
  private share = 0
  private problems: Problem[]
  private results: RunRow['results']
  private readonly sums: Map<string, { read: Scaled; stated: Scaled | null }>
  private readonly before: { requests: number; retries: number }

  constructor(run: RunRow, connector: Connector, known: Record<string, string>) {
    const stored = run.state as Partial<RunState>
    this.state = stored.slices
      ? (stored as RunState)
      : {
          slices: planRun(connector.manifest, run.asked, known, new Date()),
          slice: 0,
          cursor: null,
          read: false,
          stagedBytes: 0,
          parts: [],
          stated: {},
        }
    this.pages = run.pages
    this.rows = run.rowsRead
    this.problems = [...run.problems]
    this.results = [...run.results]
    this.before = { requests: run.requests, retries: run.retries }
    this.sums = new Map(
      run.sums.map(({ currency, read, stated }) => [
        currency,
        { read: parseDecimal(read) ?? nothing, stated: stated === null ? null : parseDecimal(stated) },
      ]),
    )
  }

  take(page: Page): void {
    this.pages++
    this.rows += (page.charges?.length ?? 0) + (page.usage?.length ?? 0)
    this.share = page.progress
    this.state.cursor = page.cursor
    if (page.partDone && !this.state.parts.includes(page.part)) this.state.parts.push(page.part)
    for (const { currency, amount } of page.stated ?? [])
      this.state.stated[currency] = formatDecimal(
        addScaled(parseDecimal(this.state.stated[currency] ?? '0')!, parseDecimal(amount) ?? nothing),
      )
    this.say(page.problems ?? [])
    this.state.read = page.cursor === null
  }

  commit({ results, problems, sums }: Committed): void {
    this.say(problems)
    this.results.push(...results)
    const { slices, slice, stated } = this.state
    for (const currency of new Set([...sums.keys(), ...Object.keys(stated)])) {
      const read = sums.get(currency) ?? nothing
      const total = this.sums.get(currency) ?? { read: nothing, stated: null }
      total.read = addScaled(total.read, read)
      if (stated[currency] !== undefined) {
        total.stated = addScaled(total.stated ?? nothing, parseDecimal(stated[currency]) ?? nothing)
        const difference = subtractDecimals(stated[currency], formatDecimal(read))
        // Below a hundredth it is the provider's own rounding of parts and total.
        if (reachesACent(difference))
          this.say([
            {
              code: 'sum_differs',
              message: `${slices[slice]!.from.slice(0, 7)}: the lines add up to ${formatDecimal(read)} ${currency}, the provider’s total is ${stated[currency]} (${difference}).`,
            },
          ])
      }
      this.sums.set(currency, total)
    }
    this.nextSlice()
  }

  /** What a delivery brought; files state no totals to compare with. */
  add({ results, problems, sums }: Committed): void {
    this.say(problems)
    this.results.push(...results)
    for (const result of results) this.rows += result.rows
    for (const [currency, read] of sums) {
      const total = this.sums.get(currency) ?? { read: nothing, stated: null }
      total.read = addScaled(total.read, read)
      this.sums.set(currency, total)
    }
  }

  nextSlice(): void {
    this.state.slice++
    this.clearSlice()
  }

  restartSlice(): void {
    this.clearSlice()
  }

  /** Until when each kind was read without a gap. */
  readThrough(): Record<string, string> {
    const through: Record<string, string> = {}
    for (const { kind, to } of this.state.slices) if (!through[kind] || through[kind] < to) through[kind] = to
    return through
  }

  change(stats: { requests: number; retries: number }): Held {
    const { slices, slice } = this.state
    return {
      state: { ...this.state } as never,
      progress: slices.length === 0 ? 1 : Math.min(1, (slice + this.share) / slices.length),
      pages: this.pages,
      requests: this.before.requests + stats.requests,
      retries: this.before.retries + stats.retries,
      rowsRead: this.rows,
      sums: [...this.sums].map(([currency, { read, stated }]) => ({
        currency,
        read: formatDecimal(read),
        stated: stated === null ? null : formatDecimal(stated),
      })),
      problems: this.problems,
      results: this.results.slice(-500),
    }
  }

  private clearSlice() {
    Object.assign(this.state, { cursor: null, read: false, stagedBytes: 0, parts: [], stated: {} })
    this.share = 0
  }

  private say(problems: readonly Problem[]) {
    for (const problem of problems)
      if (
        this.problems.length < problemsKept &&
        !this.problems.some((known) => known.code === problem.code && known.message === problem.message)
      )
        this.problems.push(problem)
  }
}

function reachesACent(amount: string): boolean {
  const { units, scale } = parseDecimal(amount) ?? nothing
  return (units < 0n ? -units : units) * 100n >= 10n ** BigInt(scale)
}

/** A failure as a sentence for the user; null for what is our own fault and belongs into the log. */
export function problemOf(error: unknown): Problem | null {
  if (error instanceof ProviderFailure || error instanceof Failure) return { code: error.code, message: error.message }
  return null
}
