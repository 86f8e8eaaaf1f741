import { rm } from 'node:fs/promises'
import { newId } from '../../../primitives/ids'
import type { Scope } from '../../../primitives/scope'
import type { ClickHouse } from '../../../storage/clickhouse'
import type { Postgres } from '../../../storage/postgres'
import { openBatchesOf } from '../../ledger'
import type { Import } from '../contract'
import type { ImportQueue } from './import-queue'
import { forgetContent, getImport, insertDuplicate, insertImport } from './import-store'
import { receiveUpload } from './receive-upload'

export type FileTaker = {
  clickhouse: ClickHouse
  postgres: Postgres
  queue: ImportQueue
  spoolFolder: string
  mostUploadBytes: number
}
export type TakenFile = {
  /** Asked once the file is on disk: an upload that broke off leaves no connection behind. */
  connectionId: () => Promise<string>
  fileName: string
  delivery: 'auto' | 'replace' | 'append'
  /** `auto` where absent */
  format?: string
  currency?: string
  replayOf?: string
  /** the delivery that the file is a part of: it becomes visible with the rest of it */
  holdFor?: string
}

/**
 * Spools a file and queues its import. `sameAs` names the import that already holds these bytes, null where this one is new.
 * The same bytes change nothing. Bytes whose batches were all replaced since are new again where the caller means to replace, as a
 * connector does: its source may return to what it said before.
 */
export async function takeFile(
  { clickhouse, postgres, queue, spoolFolder, mostUploadBytes }: FileTaker,
  scope: Scope,
  file: TakenFile,
  body: AsyncIterable<Buffer>,
): Promise<{ id: string; sameAs: string | null }> {
  const id = newId()
  const upload = await receiveUpload(body, spoolFolder, id, mostUploadBytes)
  const row = {
    id,
    organizationId: scope.organizationId,
    connectionId: await file.connectionId(),
    fileName: file.fileName,
    bytes: upload.bytes,
    contentHash: upload.contentHash,
    status: 'queued' as const,
    delivery: file.delivery,
    requestedFormat: file.format ?? 'auto',
    currency: file.currency ?? null,
    replayOf: file.replayOf ?? null,
    held: file.holdFor === undefined ? null : { delivery: file.holdFor },
    spoolPath: upload.path,
  }
  let { inserted, sameAs } = await insertImport(postgres, row)
  const mayReturn = file.delivery === 'replace' || file.holdFor !== undefined
  if (!inserted && mayReturn && sameAs !== null && (await isReplaced(clickhouse, postgres, scope, sameAs))) {
    await forgetContent(postgres, scope, sameAs)
    ;({ inserted, sameAs } = await insertImport(postgres, row))
  }
  if (inserted) {
    queue.notice()
    return { id, sameAs: null }
  }
  await insertDuplicate(postgres, row, sameAs)
  await rm(upload.path, { force: true })
  return { id, sameAs }
}

async function isReplaced(clickhouse: ClickHouse, postgres: Postgres, scope: Scope, importId: string) {
  const { answer, row } = await getImport(postgres, scope, importId)
  if (answer.status !== 'succeeded' || answer.batchIds.length === 0 || row.held !== null) return false
  const open = new Set((await openBatchesOf(clickhouse, scope, row.connectionId)).map((batch) => batch.BatchId))
  return !answer.batchIds.some((id) => open.has(id))
}

/** The import once it has ended, well or not. Rejects when `signal` fires; the import itself goes on. */
export async function importEnd(postgres: Postgres, scope: Scope, id: string, signal: AbortSignal): Promise<Import> {
  for (let wait = 50; ; wait = Math.min(1000, wait * 1.5)) {
    signal.throwIfAborted()
    const { answer } = await getImport(postgres, scope, id)
    if (answer.status !== 'queued' && answer.status !== 'running') return answer
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
}
