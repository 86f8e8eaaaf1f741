import { and, desc, eq, inArray, lt } from 'drizzle-orm'
import { conflict, invalid, notFound } from '../../primitives/errors'
import { newId } from '../../primitives/ids'
import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import { type Postgres, tables } from '../../storage/postgres'
import { type NewRating, rateUsageAgain, recordedUsage, takeRatingBack, type UsagePeriod } from '../ledger'
import type { Rating, RatingScope } from './contract'
import { Differences } from './preview-rating'
import { priceAgain } from './price-again'
import type { PriceBooks } from './price-books'

type Row = typeof tables.ratings.$inferSelect
type Deps = {
  clickhouse: ClickHouse
  postgres: Postgres
  books: PriceBooks
  timeZoneOf: (scope: Scope) => Promise<string>
  onError?: (error: unknown) => void
  now?: () => number
}
const { ratings } = tables

/** Computations of usage with the prices of now: started, listed, taken back. */
export class Ratings {
  private readonly runs = new Set<Promise<void>>()
  private stopped = false

  constructor(private readonly deps: Deps) {}

  /** Newest first. The newest that counts can be taken back; older ones only after it. */
  async list(scope: Scope): Promise<Rating[]> {
    const rows = await this.deps.postgres.db
      .select()
      .from(ratings)
      .where(eq(ratings.organizationId, scope.organizationId))
      .orderBy(desc(ratings.createdAt), desc(ratings.id))
      .limit(200)
    const newest = rows.find((row) => row.status === 'applied' || row.status === 'running' || row.status === 'undoing')
    return rows.map((row) => toRating(row, row === newest && row.status === 'applied'))
  }

  /**
   * Starts a rating of the period and answers at once; the page looks at its progress.
   * @throws Failure `rating_running` while another one runs.
   */
  async start(scope: Scope, asked: RatingScope): Promise<Rating> {
    const period = await this.periodOf(scope, asked)
    const row = await this.insert(scope, asked)
    this.run(this.compute(scope, row, period))
    return toRating(row, false)
  }

  /** @throws Failure `rating_not_found`, `rating_not_newest`, `rating_running`. */
  async undo(scope: Scope, id: string): Promise<Rating> {
    const all = await this.list(scope)
    const wanted = all.find((rating) => rating.id === id)
    if (!wanted) throw notFound('rating_not_found', 'There is no such re-rating.')
    if (wanted.status !== 'applied')
      throw conflict('rating_not_applied', 'This re-rating does not count at the moment.')
    if (!wanted.undoable)
      throw conflict('rating_not_newest', 'A later re-rating stands on this one. Take the later one back first.')
    const undoneAt = new Date(this.now())
    const row = await this.update(scope, id, { status: 'undoing', undoneAt, undoneBy: scope.actor })
    await this.finishUndo(scope, row)
    await this.audit(scope, 'usage.rating_undone', id)
    return toRating(await this.update(scope, id, { status: 'undone' }), false)
  }

  /** Takes back what a server that was killed left half done. To be called at the start. */
  async recover(): Promise<void> {
    const { postgres } = this.deps
    const abandoned = postgres.embedded ? undefined : lt(ratings.createdAt, new Date(this.now() - 3_600_000))
    const rows = await postgres.db
      .select()
      .from(ratings)
      .where(and(inArray(ratings.status, ['running', 'undoing']), abandoned))
    for (const row of rows) {
      const scope = { organizationId: row.organizationId, actor: 'system' }
      await this.finishUndo(scope, row)
      await this.update(scope, row.id, {
        status: row.status === 'undoing' ? 'undone' : 'failed',
        undoneAt: row.undoneAt ?? new Date(this.now()),
        problem:
          row.status === 'undoing'
            ? null
            : 'The server stopped in between. What was written was taken back; start again.',
      })
    }
  }

  /** Waits for what runs; a run notices at its next page and takes itself back. */
  async stop(): Promise<void> {
    this.stopped = true
    await Promise.allSettled(this.runs)
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.runs)
  }

  private run(work: Promise<void>): void {
    const done = work.finally(() => this.runs.delete(done))
    this.runs.add(done)
    done.catch((error) => this.deps.onError?.(error))
  }

  private async compute(scope: Scope, row: Row, period: UsagePeriod): Promise<void> {
    const { clickhouse, books } = this.deps
    const rating = { id: row.id, recordedAt: row.recordedAt.getTime() }
    try {
      const book = await books.of(scope)
      const differences = new Differences()
      for await (const page of recordedUsage(clickhouse, scope, period)) {
        if (this.stopped) throw new Error('the server is stopping')
        const changed: NewRating[] = []
        for (const usage of page) {
          const next = priceAgain(book, usage)
          differences.add(usage, next)
          if (next !== null) changed.push(next)
        }
        await rateUsageAgain(clickhouse, scope, rating, changed)
        const { events, sums } = differences.answer(period)
        await this.update(scope, row.id, { events: Number(events), sums })
      }
      const { events, sums } = differences.answer(period)
      await this.update(scope, row.id, { status: 'applied', events: Number(events), sums })
      await this.audit(scope, 'usage.rated_again', row.id)
    } catch (error) {
      await this.finishUndo(scope, row)
      await this.update(scope, row.id, {
        status: 'failed',
        undoneAt: new Date(this.now()),
        problem: 'The re-rating could not be finished. What was written was taken back; start again.',
      })
      throw error
    }
  }

  private finishUndo(scope: Scope, row: Row): Promise<void> {
    const recordedAt = Math.max(this.now(), row.recordedAt.getTime() + 1)
    return takeRatingBack(this.deps.clickhouse, scope, { id: row.id, undoId: row.undoId, recordedAt })
  }

  private async periodOf(scope: Scope, asked: RatingScope): Promise<UsagePeriod> {
    return { ...usagePeriod(asked), timeZone: await this.deps.timeZoneOf(scope) }
  }

  private async insert(scope: Scope, asked: RatingScope): Promise<Row> {
    try {
      const [row] = await this.deps.postgres.db
        .insert(ratings)
        .values({
          id: newId(),
          undoId: newId(),
          organizationId: scope.organizationId,
          status: 'running',
          periodFrom: new Date(asked.from),
          periodTo: new Date(asked.to),
          provider: asked.provider,
          model: asked.model,
          recordedAt: new Date(this.now()),
          actor: scope.actor,
        })
        .returning()
      return row!
    } catch (error) {
      const { code, cause } = error as { code?: string; cause?: { code?: string } }
      if (code === '23505' || cause?.code === '23505')
        throw conflict('rating_running', 'A re-rating is running. Wait until it is finished, then start the next.')
      throw error
    }
  }

  private async update(scope: Scope, id: string, change: Partial<Row>): Promise<Row> {
    const [row] = await this.deps.postgres.db
      .update(ratings)
      .set(change)
      .where(and(eq(ratings.organizationId, scope.organizationId), eq(ratings.id, id)))
      .returning()
    return row!
  }

  private async audit(scope: Scope, action: string, subject: string): Promise<void> {
    await this.deps.postgres.db.insert(tables.audit).values({
      id: newId(),
      organizationId: scope.organizationId,
      actor: scope.actor,
      action,
      subject,
    })
  }

  private now(): number {
    return (this.deps.now ?? Date.now)()
  }
}

/** @throws Failure `empty_period`. */
export function usagePeriod(asked: RatingScope): Omit<UsagePeriod, 'timeZone'> {
  const from = Date.parse(asked.from)
  const to = Date.parse(asked.to)
  if (to <= from) throw invalid('empty_period', 'The period ends before it starts: `to` must be later than `from`.')
  return { from, to, provider: asked.provider, model: asked.model }
}

function toRating(row: Row, undoable: boolean): Rating {
  return {
    id: row.id,
    status: row.status,
    from: row.periodFrom.toISOString(),
    to: row.periodTo.toISOString(),
    provider: row.provider,
    model: row.model,
    events: String(row.events),
    sums: row.sums,
    recordedAt: row.recordedAt.toISOString(),
    undoneAt: row.undoneAt?.toISOString() ?? null,
    actor: row.actor,
    undoneBy: row.undoneBy,
    problem: row.problem,
    undoable,
  }
}
