import { ProviderFailure } from '@infrazen/connector-kit'
import { eq, sql } from 'drizzle-orm'
import { Failure } from '../../primitives/errors'
import { tables } from '../../storage/postgres'
import type { ConnectionRow } from './connection-store'
import { type Connectors, connectorOf } from './connectors'
import { claimRun, finishRun, postponeRun, type RunRow, releaseAbandoned } from './run-store'
import { problemOf, RunStopped, runSync, type SyncTools } from './run-sync'
import type { Sealer } from './seal'
import { removeStaged } from './staging'

type Options = SyncTools & {
  connectors: Connectors
  sealer: Sealer
  /** True where no other worker can exist: what was left running is taken up at once. */
  alone: boolean
  onError: (error: unknown, connectionId: string) => void
  places?: number
}

const { connections } = tables
const pollMs = 1000
const mostAttempts = { first: 12, backfill: 12, manual: 4, schedule: 3 } as const

/** Works off the runs of all connections, several at once and one for each connection. A worker that was killed loses its lease. */
export class SyncWorker {
  private readonly stopping = new AbortController()
  private readonly atWork = new Set<Promise<void>>()
  private troubled = 0
  private loop: Promise<void> | null = null
  private wake: (() => void) | null = null

  constructor(private readonly options: Options) {}

  async start(): Promise<void> {
    if (this.options.alone) await releaseAbandoned(this.options.postgres)
    this.loop = this.work()
  }

  /** Call when a run was queued, so that it starts at once. */
  notice(): void {
    this.wake?.()
  }

  /** Waits until runs at work have reached a page; they go on at the next start. */
  async stop(): Promise<void> {
    this.stopping.abort()
    this.wake?.()
    await this.loop
    await Promise.all(this.atWork)
  }

  private async work() {
    const places = this.options.places ?? 16
    while (!this.stopping.signal.aborted) {
      // Connections in trouble wait for their provider: they get half of the places at most, the healthy ones any.
      const calm = this.troubled >= places / 2
      const claimed =
        this.atWork.size >= places
          ? null
          : await claimRun(this.options.postgres, { calm }).catch((error: unknown) => {
              if (!this.stopping.signal.aborted) this.options.onError(error, '')
              return null
            })
      if (claimed) {
        if (claimed.troubled) this.troubled++
        const job: Promise<void> = this.one(claimed.run).finally(() => {
          if (claimed.troubled) this.troubled--
          this.atWork.delete(job)
          this.wake?.()
        })
        this.atWork.add(job)
      } else {
        await new Promise<void>((resolve) => {
          this.wake = resolve
          setTimeout(resolve, pollMs).unref()
        })
      }
    }
  }

  private async one(run: RunRow) {
    const { postgres, connectors, sealer, onError, stagingFolder } = this.options
    try {
      const [connection] = await postgres.db.select().from(connections).where(eq(connections.id, run.connectionId))
      if (!connection) return
      try {
        const connector = connectorOf(connectors, connection.connector)
        const secrets = connection.sealed === null ? {} : sealer.open(connection.sealed, connection.id)
        const { change, readThrough } = await runSync(
          this.options,
          run,
          connection,
          connector,
          secrets,
          this.stopping.signal,
        )
        const news = {
          failures: 0,
          problem: null,
          problemSince: null,
          lastSyncAt: new Date(),
          // A back-fill of the past says nothing about where the present was read to.
          ...(run.kind === 'backfill' ? {} : { readThrough: { ...connection.readThrough, ...readThrough } }),
        }
        if (!(await finishRun(postgres, run, 'succeeded', change, news))) return
        await removeStaged(stagingFolder, run.id)
      } catch (error) {
        await this.failed(run, connection, error)
      }
    } catch (error) {
      onError(error, run.connectionId)
    }
  }

  private async failed(run: RunRow, connection: ConnectionRow, error: unknown) {
    const { postgres, onError, stagingFolder } = this.options
    if (error instanceof RunStopped) {
      if (error.why === 'cancelled') {
        await finishRun(postgres, run, 'cancelled')
        await removeStaged(stagingFolder, run.id)
      } else if (error.why === 'stopping') await postponeRun(postgres, run, new Date(), run.attempts)
      return
    }
    const problem = problemOf(error) ?? {
      code: 'sync_failed',
      message: 'The sync stopped on an unexpected error; what was taken before stands. The server log names it.',
    }
    if (problem.code === 'sync_failed') onError(error, connection.id)
    const passing = error instanceof ProviderFailure ? error.details.retryable === true : !(error instanceof Failure)
    const attempts = run.attempts + 1
    const change = { problems: [...run.problems, problem].slice(-100) }
    const news = {
      failures: sql`${connections.failures} + 1`,
      problem,
      problemSince: sql`coalesce(${connections.problemSince}, now())`,
    }
    if (passing && attempts < mostAttempts[run.kind]) {
      const asked = error instanceof ProviderFailure ? (error.details.retryAfterMs ?? 0) : 0
      const wait = Math.max(asked, Math.min(3_600_000, 30_000 * 2 ** attempts) * (0.75 + Math.random() / 2))
      await postponeRun(postgres, run, new Date(Date.now() + wait), attempts, change, news)
    } else if (await finishRun(postgres, run, 'failed', change, news)) await removeStaged(stagingFolder, run.id)
  }
}
