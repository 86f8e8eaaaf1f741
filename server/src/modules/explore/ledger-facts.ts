import type { Scope } from '../../primitives/scope'
import { liveBatchesSql } from '../ledger'
import type { Explorer } from './explorer'
import type { RowSet } from './question'
import { ceilTo, engineMicros, floorTo, quarterHour } from './time-zone'

/** What a question needs to know of the ledger as it stands at its moment, besides rows. */
export type LedgerFacts = {
  /** Ids of the batches open then. */
  batches: string[]
  /** When bills cover which usage within the question's period; an estimate does not count there. */
  covered: Coverage[]
}

/**
 * Usage of these accounts of a provider is billed from each even edge to the odd edge after it: seconds since 1970, whole
 * quarter hours, rising, cut to the question's period.
 */
export type Coverage = { provider: string; accounts: string[]; edges: number[] }

/** Of an empty ledger. */
const noFacts: LedgerFacts = { batches: [], covered: [] }

type BilledSpans = { provider: string; account: string; starts: number[]; ends: number[] }
type UsageFacts = { accounts: [provider: string, account: string][]; lastStartedAt: number; lastRecordedAt: number }

/** The facts for one question; what they are made of is kept until the ledger changes. */
export async function ledgerFacts(explorer: Explorer, scope: Scope, set: RowSet): Promise<LedgerFacts> {
  const batches = await liveBatches(explorer, scope, set.asOf)
  if (batches.length === 0) return noFacts
  const spans = await billedSpans(explorer, scope, set.asOf, batches)
  if (spans.length === 0) return { batches, covered: [] }
  const { accounts } = await usageFacts(explorer, scope)
  const from = floorTo(set.from, quarterHour) / 1_000_000n
  const to = ceilTo(set.to, quarterHour) / 1_000_000n
  return { batches, covered: coverageOf(spans, accounts, Number(from), Number(to)) }
}

/** Ids of the batches that were open at `asOf` (microseconds), or are now. */
export function liveBatches(explorer: Explorer, scope: Scope, asOf: bigint | null): Promise<string[]> {
  return explorer.remember(scope.organizationId, `live batches ${asOf}`, { asOf, batches: true }, async () => {
    const rows = await explorer.run<{ id: string }>({
      name: 'explore.liveBatches',
      sql: `SELECT toString(Id) AS id FROM (${liveBatchesSql(asOf !== null)}) ORDER BY id`,
      params: { organizationId: scope.organizationId, ...(asOf === null ? {} : { asOf: engineMicros(asOf) }) },
    })
    return rows.map(({ id }) => id)
  })
}

/**
 * What follows `BatchId IN` for the batches open at a moment, with its parameters: their ids when they are known and few, else the rule
 * that finds them, because a server of ClickHouse takes parameters in its address.
 */
export function openBatches(
  batches: string[] | null,
  asOf: bigint | null,
): { sql: string; params: Record<string, unknown> } {
  if (batches !== null && batches.length <= 1000) return { sql: '{batches:Array(UUID)}', params: { batches } }
  return { sql: `(${liveBatchesSql(asOf !== null)})`, params: asOf === null ? {} : { asOf: engineMicros(asOf) } }
}

function billedSpans(explorer: Explorer, scope: Scope, asOf: bigint | null, batches: string[]): Promise<BilledSpans[]> {
  const open = openBatches(batches, asOf)
  return explorer.remember(scope.organizationId, `billed spans ${asOf}`, { asOf, batches: true }, () =>
    explorer.run<BilledSpans>({
      name: 'explore.billedSpans',
      sql: `SELECT ServiceProviderName AS provider, AccountId AS account, groupArray(toUnixTimestamp(SpanStart)) AS starts, groupArray(toUnixTimestamp(SpanEnd)) AS ends
        FROM billed_spans_v1 WHERE OrganizationId = {organizationId:UUID} AND BatchId IN ${open.sql} GROUP BY provider, account`,
      params: { organizationId: scope.organizationId, ...open.params },
    }),
  )
}

const lastRecorded = new WeakMap<Explorer, Map<string, number>>()

/** Which provider accounts have usage at all, and when the last call was made and recorded (milliseconds since 1970, 0 for none). */
export function usageFacts(explorer: Explorer, scope: Scope): Promise<UsageFacts> {
  return explorer.remember(scope.organizationId, 'usage facts', { usage: 'all' }, async () => {
    let known = lastRecorded.get(explorer)
    if (!known) {
      known = new Map()
      lastRecorded.set(explorer, known)
    }
    const [row] = await explorer.run<{ accounts: [string, string][]; lastStartedAt: string; lastRecordedAt: string }>({
      name: 'explore.usageFacts',
      // The last moment of recording only moves on, so that only what came since is looked at.
      sql: `SELECT arraySort(groupUniqArray((toString(ServiceProviderName), toString(AccountId)))) AS accounts,
          toUnixTimestamp64Milli((SELECT max(StartedAt) FROM usage_events_v1 WHERE OrganizationId = {organizationId:UUID} AND StartedAt >= (SELECT max(Bucket) FROM usage_coarse_v1 WHERE OrganizationId = {organizationId:UUID} AND BucketHours = 24))) AS lastStartedAt,
          toUnixTimestamp64Milli((SELECT max(RecordedAt) FROM usage_events_v1 WHERE OrganizationId = {organizationId:UUID} AND RecordedAt >= fromUnixTimestamp64Milli({since:Int64}, 'UTC'))) AS lastRecordedAt
        FROM usage_coarse_v1 WHERE OrganizationId = {organizationId:UUID} AND BucketHours = 24`,
      params: { organizationId: scope.organizationId, since: known.get(scope.organizationId) ?? 0 },
    })
    const facts = {
      accounts: row?.accounts ?? [],
      lastStartedAt: Number(row?.lastStartedAt ?? 0),
      lastRecordedAt: Number(row?.lastRecordedAt ?? 0),
    }
    known.set(scope.organizationId, facts.lastRecordedAt)
    return facts
  })
}

/**
 * Coverage of the accounts that have usage, within [from, to) seconds. Usage that names no account is covered by a bill of any
 * account of its provider. Accounts covered alike stand together.
 */
export function coverageOf(
  spans: BilledSpans[],
  accounts: [provider: string, account: string][],
  from: number,
  to: number,
): Coverage[] {
  const found = new Map<string, Coverage>()
  for (const [provider, account] of accounts) {
    const own = spans.filter((span) => span.provider === provider && (account === '' || span.account === account))
    const edges = mergedEdges(
      own.flatMap(({ starts, ends }) =>
        starts.map((start, i) => [Math.max(Number(start), from), Math.min(Number(ends[i]), to)] as const),
      ),
    )
    if (edges.length === 0) continue
    const key = JSON.stringify([provider, edges])
    const alike = found.get(key)
    if (alike) alike.accounts.push(account)
    else found.set(key, { provider, accounts: [account], edges })
  }
  return [...found.values()]
}

function mergedEdges(spans: (readonly [from: number, to: number])[]): number[] {
  const edges: number[] = []
  for (const [from, to] of spans.filter(([from, to]) => from < to).sort((a, b) => a[0] - b[0])) {
    const last = edges.length - 1
    if (last > 0 && from <= edges[last]!) edges[last] = Math.max(edges[last]!, to)
    else edges.push(from, to)
  }
  return edges
}
