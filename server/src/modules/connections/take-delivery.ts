import {
  ArchiveGuard,
  type FileDelivery,
  type Problem,
  ProviderFailure,
  type SourceFile,
} from '@infrazen/connector-kit'
import { Failure } from '../../primitives/errors'
import { parseDecimal, type Scaled } from '../../primitives/money'
import type { Scope } from '../../primitives/scope'
import type { Postgres } from '../../storage/postgres'
import type { Committed } from './commit-charges'
import { recordDays } from './days'

/** How the files of a delivery get into the ledger; ingestion's, handed in by the app. */
export type TakeFiles = {
  /** Stores one file; nothing of it is visible yet. Rejects with what reading the source rejected with. */
  store(
    scope: Scope,
    file: { connectionId: string; delivery: string; fileName: string; format: string; currency: string | undefined },
    body: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<{ importId: string; status: 'succeeded' | 'failed'; message: string }>
  /** Makes the whole delivery visible in one step, closing what it replaces. */
  commit(
    scope: Scope,
    order: {
      connectionId: string
      key: string
      importIds: string[]
      before: string[]
      elsewhere: string[]
      replaces: 'period' | 'auto'
    },
  ): Promise<{
    changed: boolean
    rows: number
    quarantined: number
    sums: { currency: string; read: string }[]
    days: { day: string; rows: number; contentHash: string }[]
  }>
}

type Target = {
  connectionId: string
  format: string
  currency: string | undefined
  /** Also what could not be read at the last sync, though nothing of it changed: somebody may have told what it means. */
  again: boolean
  signal: AbortSignal
}
type Known = {
  content_hash: string
  import_id: string | null
  import_ids: string[]
  rows_read: string
  sums: { currency: string; read: string }[]
}

const unreadable = 'unreadable '

/**
 * Brings a delivery into the ledger unless it is there already. `stored` holds the imports of its files that were stored before
 * a kill, by file and version; `onStored` is told of each that is added. A file that cannot be understood leaves what was said before.
 * @throws ProviderFailure when the source cannot be read; the run goes on from there later
 */
export async function takeDelivery(
  { postgres, takeFiles }: { postgres: Postgres; takeFiles: TakeFiles },
  scope: Scope,
  target: Target,
  delivery: FileDelivery,
  stored: Record<string, string>,
  onStored: () => Promise<void>,
): Promise<Committed> {
  const { connectionId } = target
  const { rows } = await postgres.pool.query<Known>(
    'SELECT content_hash, import_id, import_ids, rows_read, sums FROM connection_periods WHERE connection_id = $1 AND subject = $2',
    [connectionId, delivery.key],
  )
  const known = rows[0]
  const part = `files ${delivery.key}`
  if (known?.content_hash === delivery.version) {
    await postgres.pool.query('UPDATE connection_days SET read_at = now() WHERE connection_id = $1 AND part = $2', [
      connectionId,
      part,
    ])
    return {
      results: [
        { subject: delivery.title, outcome: 'unchanged', rows: Number(known.rows_read), importId: known.import_id },
      ],
      problems: [],
      sums: sumsOf(known.sums),
    }
  }
  const failed = (problem: Problem): Committed => ({ results: [], problems: [problem], sums: new Map() })
  if (known?.content_hash === unreadable + delivery.version && !target.again)
    return failed({
      code: 'import_failed',
      message: `${delivery.title}: not taken, as at the last sync. Its import on the Data page says why; sync by hand once that is mended.`,
    })
  if (delivery.files.length === 0)
    return failed({ code: 'delivery_empty', message: `${delivery.title}: names no file. What was said before stands.` })

  const importIds: string[] = []
  let unread: string | null = null
  try {
    const guard = new ArchiveGuard()
    for (const file of delivery.files) {
      const place = `${file.key} ${file.version}`
      let importId = stored[place]
      if (importId === undefined) {
        const { name } = file
        guard.entry(name, 0)
        const taken = await storing(() =>
          takeFiles.store(
            scope,
            {
              connectionId,
              delivery: delivery.key,
              fileName: name,
              format: delivery.format ?? target.format,
              currency: target.currency,
            },
            whole(file, guard),
            target.signal,
          ),
        )
        if (taken.status === 'failed') {
          unread = `${name}: ${taken.message}`
          break
        }
        importId = taken.importId
        stored[place] = importId
        await onStored()
      }
      importIds.push(importId)
    }
  } catch (error) {
    unread = ofThisFile(error)
    if (unread === null) throw error
  }
  if (unread !== null) {
    await postgres.pool.query(
      `INSERT INTO connection_periods (connection_id, subject, content_hash) VALUES ($1, $2, $3)
       ON CONFLICT (connection_id, subject) DO UPDATE SET content_hash = excluded.content_hash`,
      [connectionId, delivery.key, unreadable + delivery.version],
    )
    return failed({
      code: 'import_failed',
      message: `${delivery.title}: ${unread}${known?.import_id ? ' What was said before stands.' : ''}`,
    })
  }

  const { rows: others } = await postgres.pool.query<{ id: string }>(
    'SELECT DISTINCT unnest(import_ids) AS id FROM connection_periods WHERE connection_id = $1 AND subject <> $2',
    [connectionId, delivery.key],
  )
  const unique = [...new Set(importIds)]
  const outcome = await takeFiles.commit(scope, {
    connectionId,
    key: delivery.key,
    importIds: unique,
    before: known?.import_ids ?? [],
    elsewhere: others.map(({ id }) => id),
    replaces: delivery.replaces,
  })
  await postgres.pool.query(
    `INSERT INTO connection_periods (connection_id, subject, content_hash, import_id, import_ids, rows_read, sums) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (connection_id, subject) DO UPDATE SET content_hash = excluded.content_hash, import_id = excluded.import_id,
       import_ids = excluded.import_ids, rows_read = excluded.rows_read, sums = excluded.sums, read_at = now()`,
    [
      connectionId,
      delivery.key,
      delivery.version,
      unique[0] ?? null,
      unique,
      outcome.rows,
      JSON.stringify(outcome.sums),
    ],
  )
  await recordDays(
    postgres,
    connectionId,
    outcome.days.map((day) => ({ part, ...day })),
    new Date(),
  )
  return {
    results: [
      {
        subject: delivery.title,
        outcome: outcome.changed ? 'imported' : 'unchanged',
        rows: outcome.rows,
        importId: unique[0] ?? null,
      },
    ],
    problems: [
      ...(outcome.quarantined > 0
        ? [
            {
              code: 'rows_quarantined',
              message: `${delivery.title}: ${outcome.quarantined} rows wait in quarantine on the Data page.`,
            },
          ]
        : []),
      ...(unique.length < importIds.length
        ? [
            {
              code: 'same_file_twice',
              message: `${delivery.title}: ${importIds.length - unique.length} of its files hold the same bytes as another and count once.`,
            },
          ]
        : []),
    ],
    sums: sumsOf(outcome.sums),
  }
}

/** A file that was cut off is read anew at once; a source that stays in trouble is left for later. */
async function storing<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const passing = error instanceof ProviderFailure && error.details.retryable && !error.details.retried
      if (!passing || attempt >= 3) throw error
    }
  }
}

/** The file's bytes, as many as the source said there are. */
async function* whole(file: SourceFile, guard: ArchiveGuard): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const piece of guard.bounded(file.open(), () => bytes)) {
    bytes += piece.length
    yield piece
  }
  if (file.bytes !== null && bytes !== file.bytes)
    throw new ProviderFailure('bad_answer', `${file.name}: ${bytes} bytes came, ${file.bytes} were listed.`, {
      retryable: true,
    })
}

/** What is wrong with a file alone, as a sentence; null for what concerns the source as a whole. */
function ofThisFile(error: unknown): string | null {
  if (error instanceof Failure) return error.message
  if (error instanceof ProviderFailure && (error.code === 'not_found' || error.code === 'too_large'))
    return error.message
  return null
}

const sumsOf = (sums: readonly { currency: string; read: string }[]) =>
  new Map(sums.flatMap(({ currency, read }): [string, Scaled][] => [[currency, parseDecimal(read)!]]))
