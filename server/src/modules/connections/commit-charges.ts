import type { ChargeRow, Problem } from '@infrazen/connector-kit'
import { addScaled, formatDecimal, parseDecimal, type Scaled } from '../../primitives/money'
import type { Scope } from '../../primitives/scope'
import type { Postgres } from '../../storage/postgres'
import { type DayRead, daysBetween, recordDays } from './days'
import { SetDigest } from './digest'
import type { Slice } from './plan-run'
import type { RunRow } from './run-store'
import type { Staging } from './staging'

/** How a file gets into the ledger; ingestion's, handed in by the app because it knows connections and not the reverse. */
export type TakeCharges = (
  scope: Scope,
  file: { connectionId: string; fileName: string },
  body: AsyncIterable<Buffer>,
  signal: AbortSignal,
) => Promise<{
  importId: string
  status: 'succeeded' | 'failed' | 'duplicate'
  quarantined: number
  message: string
}>

export type Committed = { results: RunRow['results']; problems: Problem[]; sums: Map<string, Scaled> }

type Group = {
  subject: string
  digest: SetDigest
  columns: Set<string>
  sums: Map<string, Scaled>
  days: Map<string, SetDigest>
}

const nothing: Scaled = { units: 0n, scale: 0 }

/**
 * Brings the staged charges of a slice into the ledger: one FOCUS file for each billing account and period, through the same
 * import as an uploaded one, replacing what this connection said before. What did not change is not taken in again.
 */
export async function commitCharges(
  { postgres, takeCharges }: { postgres: Postgres; takeCharges: TakeCharges },
  scope: Scope,
  target: { connectionId: string; name: string; slice: Slice; part: string },
  staging: Staging,
  signal: AbortSignal,
): Promise<Committed> {
  const groups = await groupsOf(staging)
  const committed: Committed = { results: [], problems: [], sums: new Map() }
  for (const group of groups.values())
    for (const [currency, amount] of group.sums)
      committed.sums.set(currency, addScaled(committed.sums.get(currency) ?? nothing, amount))

  for (const group of groups.values()) {
    const contentHash = group.digest.toString()
    const rows = group.digest.rows
    const { rows: known } = await postgres.pool.query<{ content_hash: string; import_id: string | null }>(
      'SELECT content_hash, import_id FROM connection_periods WHERE connection_id = $1 AND subject = $2',
      [target.connectionId, group.subject],
    )
    if (known[0]?.content_hash === contentHash) {
      committed.results.push({ subject: group.subject, outcome: 'unchanged', rows, importId: known[0].import_id })
    } else {
      const taken = await takeCharges(
        scope,
        { connectionId: target.connectionId, fileName: `${target.name} ${group.subject}.csv` },
        csvOf(staging, group),
        signal,
      )
      if (taken.status === 'failed') {
        committed.problems.push({ code: 'import_failed', message: `${group.subject}: ${taken.message}` })
        continue
      }
      if (taken.quarantined > 0)
        committed.problems.push({
          code: 'rows_quarantined',
          message: `${group.subject}: ${taken.quarantined} rows wait in quarantine on the Data page.`,
        })
      await postgres.pool.query(
        `INSERT INTO connection_periods (connection_id, subject, content_hash, import_id, rows_read, sums) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (connection_id, subject) DO UPDATE SET content_hash = excluded.content_hash, import_id = excluded.import_id,
           rows_read = excluded.rows_read, sums = excluded.sums, read_at = now()`,
        [
          target.connectionId,
          group.subject,
          contentHash,
          taken.importId,
          rows,
          JSON.stringify([...group.sums].map(([currency, sum]) => ({ currency, read: formatDecimal(sum) }))),
        ],
      )
      committed.results.push({ subject: group.subject, outcome: 'imported', rows, importId: taken.importId })
    }
  }
  if (groups.size === 0) {
    const { rows: earlier } = await postgres.pool.query(
      "SELECT 1 FROM connection_periods WHERE connection_id = $1 AND subject LIKE '% ' || $2 AND rows_read > 0 LIMIT 1",
      [target.connectionId, target.slice.from.slice(0, 7)],
    )
    if (earlier.length > 0)
      committed.problems.push({
        code: 'period_emptied',
        message: `The provider now names no charge for ${target.slice.from.slice(0, 7)}. What it said before still counts; withdraw it on the Data page if the provider is right.`,
      })
  }
  await recordDays(postgres, target.connectionId, daysOf(groups, target), new Date())
  return committed
}

async function groupsOf(staging: Staging): Promise<Map<string, Group>> {
  const groups = new Map<string, Group>()
  for await (const line of staging.lines()) {
    const row = JSON.parse(line) as ChargeRow
    const subject = subjectOf(row)
    let group = groups.get(subject)
    if (!group) {
      group = { subject, digest: new SetDigest(), columns: new Set(), sums: new Map(), days: new Map() }
      groups.set(subject, group)
    }
    group.digest.add(line)
    for (const column in row) if (row[column] != null) group.columns.add(column)
    const amount = parseDecimal(row.BilledCost)
    if (amount) group.sums.set(row.BillingCurrency, addScaled(group.sums.get(row.BillingCurrency) ?? nothing, amount))
    const day = row.ChargePeriodStart.slice(0, 10)
    const digest = group.days.get(day) ?? new SetDigest()
    digest.add(line)
    group.days.set(day, digest)
  }
  return groups
}

/** `<billing account> <YYYY-MM>`: what one batch is about. */
const subjectOf = (row: ChargeRow) => `${row.BillingAccountId} ${row.BillingPeriodStart.slice(0, 7)}`

function daysOf(groups: Map<string, Group>, { slice, part }: { slice: Slice; part: string }): DayRead[] {
  return daysBetween(slice.from, slice.to).map((day) => {
    const digests = [...groups.values()].flatMap((group) => group.days.get(day) ?? [])
    return {
      part,
      day,
      contentHash: digests.map(String).sort().join('+'),
      rows: digests.reduce((rows, digest) => rows + digest.rows, 0),
    }
  })
}

async function* csvOf(staging: Staging, group: Group): AsyncGenerator<Buffer> {
  const columns = [...group.columns].sort()
  let lines = [columns.map(cell).join(',')]
  for await (const line of staging.lines()) {
    const row = JSON.parse(line) as ChargeRow
    if (subjectOf(row) !== group.subject) continue
    lines.push(columns.map((column) => cell(row[column] ?? '')).join(','))
    if (lines.length >= 2000) {
      yield Buffer.from(`${lines.join('\n')}\n`)
      lines = []
    }
  }
  if (lines.length > 0) yield Buffer.from(`${lines.join('\n')}\n`)
}

const cell = (value: string) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)
