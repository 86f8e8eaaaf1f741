import { rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { Failure } from '../../../primitives/errors'
import type { Scope } from '../../../primitives/scope'
import type { ClickHouse } from '../../../storage/clickhouse'
import type { Postgres } from '../../../storage/postgres'
import { announceLedgerChange } from '../../ledger'
import type { KnownFormats } from './choose-format'
import { claimImport, failImport, finishImport, type ImportRow, noteProgress, requeueAbandoned } from './import-store'
import { runImport } from './run-import'

type Tools = {
  clickhouse: ClickHouse
  postgres: Postgres
  detectVersion: (names: string[]) => string | null
  /** No other process has these stores, so whatever is running at start was left behind. */
  alone: boolean
  knownFormats: (scope: Scope) => Promise<KnownFormats>
  onError: (error: unknown, importId: string) => void
}

/** Works off the imports table, one file at a time; a file that a killed server left behind is taken up again from its spool. */
export class ImportQueue {
  private readonly owner = `${hostname()}:${process.pid}`
  private wake: (() => void) | null = null
  private stopping = new AbortController()
  private loop: Promise<void> | null = null

  constructor(private readonly tools: Tools) {}

  async start(): Promise<void> {
    if (this.tools.alone) await requeueAbandoned(this.tools.postgres)
    this.loop = this.work()
  }

  /** Call when an import was stored, so that it starts at once. */
  notice(): void {
    this.wake?.()
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    this.wake?.()
    await this.loop
  }

  private async work() {
    while (!this.stopping.signal.aborted) {
      const next = await claimImport(this.tools.postgres, this.owner).catch((error: unknown) => {
        if (!this.stopping.signal.aborted) this.tools.onError(error, '')
        return null
      })
      if (next) await this.one(next)
      else {
        await new Promise<void>((resolve) => {
          this.wake = resolve
          setTimeout(resolve, 2000).unref()
        })
      }
    }
  }

  private async one(row: ImportRow) {
    const { clickhouse, postgres, detectVersion, onError } = this.tools
    const scope = { organizationId: row.organizationId, actor: 'system' }
    let noted = 0
    let share = 0
    let rows = 0
    const beat = setInterval(() => void noteProgress(postgres, row.id, share, rows).catch(() => {}), 5000)
    try {
      if (row.spoolPath === null)
        throw new Failure('unavailable', 'upload_lost', 'The uploaded file is gone. Import it again.')
      const outcome = await runImport(
        {
          id: row.id,
          path: row.spoolPath,
          fileName: row.fileName,
          contentHash: row.contentHash,
          connectionId: row.connectionId,
          delivery: row.delivery,
          format: row.requestedFormat,
          currency: row.currency ?? undefined,
          replayOf: row.replayOf ?? undefined,
          hold: row.held !== null,
        },
        {
          clickhouse,
          scope,
          detectVersion,
          known: await this.tools.knownFormats(scope),
          signal: this.stopping.signal,
          onProgress: (nextShare, nextRows) => {
            share = nextShare
            rows = nextRows
            if (Date.now() - noted < 400) return
            noted = Date.now()
            void noteProgress(postgres, row.id, share, rows).catch(() => {})
          },
        },
      )
      await finishImport(postgres, row.id, outcome)
    } catch (error) {
      if (this.stopping.signal.aborted) return
      if (error instanceof Failure) await failImport(postgres, row.id, { code: error.code, message: error.message })
      else {
        onError(error, row.id)
        await failImport(postgres, row.id, {
          code: 'import_failed',
          message:
            'The import stopped on an unexpected error; nothing of it was taken. The server log names it. Try again.',
        })
      }
    } finally {
      clearInterval(beat)
      if (!this.stopping.signal.aborted && row.spoolPath !== null) await rm(row.spoolPath, { force: true })
      announceLedgerChange(row.organizationId, 'batch')
    }
  }
}
