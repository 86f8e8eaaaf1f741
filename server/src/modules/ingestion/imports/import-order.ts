import type { Scope } from '../../../primitives/scope'
import type { ClickHouse } from '../../../storage/clickhouse'
import type { BatchRecord } from '../../ledger'
import type { Problem } from '../contract'
import type { KnownFormats } from './choose-format'

/** One file to be brought into the ledger. */
export type ImportOrder = {
  id: string
  path: string
  fileName: string
  contentHash: string
  connectionId: string
  delivery: 'auto' | 'replace' | 'append'
  /** `auto`, `focus` (where absent) or the id of a format */
  format?: string
  /** ISO 4217 code for a file that names no currency */
  currency?: string
  /** the import whose quarantined rows this file corrects */
  replayOf?: string
  /** stored and proved, but not made visible: that is done when its delivery is whole */
  hold?: boolean
}

/** Amounts are decimal strings in the currency beside them; null where the source has no such column. */
export type ImportOutcome = {
  format: string
  /** the id of the bill format; `focus` for FOCUS */
  billFormat: string
  focusVersion: string | null
  batchIds: string[]
  rows: { read: number; accepted: number; quarantined: number }
  sums: {
    currency: string
    BilledCost: string | null
    EffectiveCost: string | null
    ListCost: string | null
    ContractedCost: string | null
  }[]
  problems: Problem[]
  findings: { code: string; message: string }[]
  /** what waits to be made visible; absent where it is */
  held?: { batches: BatchRecord[]; replaces: 'auto' | 'replace' | 'append' }
}

export type ImportTools = {
  clickhouse: ClickHouse
  scope: Scope
  detectVersion: (names: string[]) => string | null
  known?: KnownFormats
  /** @param share 0 to 1 of the file, @param rows read so far */
  onProgress: (share: number, rows: number) => void
  signal?: AbortSignal
}

/** Stands for the batch of a row whose account or period cannot be read. */
export const noBatch = '00000000-0000-0000-0000-000000000000'
