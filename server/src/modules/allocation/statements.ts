import { and, asc, eq } from 'drizzle-orm'
import { notFound } from '../../primitives/errors'
import { newId } from '../../primitives/ids'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'
import { textCell } from '../explore'
import { type Allocator, runOf } from './allocator'
import { addVectors, columnOf, emptyVector, toAmounts, type Vector } from './amounts'
import { listClosings } from './closing-store'
import { type Part, toRow } from './compute-run'
import { type CostColumn, costColumns, type Statement, type StatementComment } from './contract'
import { previousMonth } from './months'
import { latestRuns, readParts } from './run-store'
import { nobody } from './share-system'
import { publicRun } from './split-line'
import { unitNotFound } from './unit-store'
import type { UnitTree } from './unit-tree'

const comments = tables.allocationComments
/** The address of what nobody owes. */
export const unallocatedKey = 'unallocated'

/** What one unit and all below it owe for a month. `unallocated` is the statement of nobody. @throws Failure `no_run`, `unit_not_found` */
export async function statementOf(
  allocator: Allocator,
  scope: Scope,
  month: string,
  key: string,
  organization: string,
): Promise<Statement> {
  const { clickhouse, postgres } = allocator
  const run = await runOf(clickhouse, scope, month)
  const tree = await allocator.treeOf(scope, month)
  const unit = tree.byKey.get(key)
  if (!unit && key !== unallocatedKey) throw unitNotFound(key)
  const keys = unit ? tree.under(key) : [nobody]
  const parts = await readParts(clickhouse, scope, run, keys)
  const [before] = await latestRuns(clickhouse, scope, [previousMonth(month)])
  const earlier = before ? await readParts(clickhouse, scope, before, keys) : []
  const closed = (await listClosings(postgres, scope)).some((closing) => closing.month === month)
  return {
    organization,
    month,
    unit: key,
    name: unit?.name ?? '',
    owner: unit?.owner ?? '',
    costCenter: unit?.costCenter ?? '',
    state: closed ? 'closed' : 'open',
    run: publicRun(run),
    lines: parts.map((part) => ({ ...toRow(part), unitName: tree.byKey.get(part.unit)?.name ?? part.unit })),
    totals: totalsOf(parts),
    previous: totalsOf(earlier),
    comments: await listComments(postgres, scope, month, key),
  }
}

function totalsOf(parts: Part[]) {
  const sums = new Map<string, Vector>()
  for (const part of parts) sums.set(part.currency, addVectors(sums.get(part.currency) ?? emptyVector, part.amounts))
  return [...sums]
    .filter(([currency]) => currency !== '')
    .sort()
    .map(([currency, amounts]) => ({ currency, ...toAmounts(amounts) }))
}

/** A statement as CSV: one line a source, exact amounts. */
export function statementCsv(statement: Statement): string {
  const header = [
    'month',
    'unit',
    'unit_name',
    'way',
    'rule',
    'pool',
    'partition',
    'provider',
    'service',
    'of_month',
    'currency',
    ...costColumns,
    'source_rows',
  ]
  const lines = statement.lines.map((line) =>
    [
      ...[
        statement.month,
        line.unit,
        line.unitName,
        line.way,
        line.rule,
        line.pool,
        line.partition,
        line.provider,
        line.service,
        line.ofMonth,
        line.currency,
      ].map(textCell),
      ...costColumns.map((column) => line[column] ?? ''),
      String(line.rows),
    ].join(','),
  )
  return `${[header.join(','), ...lines].join('\r\n')}\r\n`
}

/**
 * Journal entries for an accounting system: each unit's cost centre is debited, the clearing account of the provider credited, in whole
 * subunits of the currency. The month's total is rounded once and its parts by largest remainder, so debits equal credits.
 */
export async function journalOf(
  allocator: Allocator,
  scope: Scope,
  month: string,
  column: CostColumn,
  digitsOf: (currency: string) => number,
): Promise<JournalLine[]> {
  const run = await runOf(allocator.clickhouse, scope, month)
  const tree = await allocator.treeOf(scope, month)
  const parts = await readParts(allocator.clickhouse, scope, run)
  const lines: JournalLine[] = []
  for (const currency of [...new Set(parts.map((part) => part.currency))].filter((code) => code !== '').sort()) {
    const digits = digitsOf(currency)
    const mine = parts.filter((part) => part.currency === currency)
    const debits = rounded(
      group(mine, (part) => JSON.stringify([part.unit, part.way === 'adjustment' ? part.ofMonth : '']), column),
      digits,
    )
    const total = [...debits.values()].reduce((a, b) => a + b, 0n)
    const credits = rounded(
      group(mine, (part) => part.provider, column),
      digits,
      total,
    )
    for (const [key, amount] of debits) {
      const [unit, ofMonth] = JSON.parse(key) as [string, string]
      lines.push(entry(month, currency, digits, amount, { side: 'debit', account: 'cost', unit, tree, ofMonth }))
    }
    for (const [provider, amount] of credits)
      lines.push(
        entry(month, currency, digits, amount, { side: 'credit', account: provider, unit: '', tree, ofMonth: '' }),
      )
  }
  return lines.filter((line) => line.debit !== '' || line.credit !== '')
}

export type JournalLine = {
  date: string
  reference: string
  account: string
  costCenter: string
  unit: string
  text: string
  currency: string
  debit: string
  credit: string
}

function entry(
  month: string,
  currency: string,
  digits: number,
  amount: bigint,
  {
    side,
    account,
    unit,
    tree,
    ofMonth,
  }: { side: 'debit' | 'credit'; account: string; unit: string; tree: UnitTree; ofMonth: string },
): JournalLine {
  const [year, number] = month.split('-').map(Number) as [number, number]
  const size = decimalText(amount < 0n ? -amount : amount, digits)
  // A refund stands on the other side: negative entries are refused by many systems.
  const isDebit = (side === 'debit') === amount >= 0n
  const known = tree.byKey.get(unit)
  const name = side === 'credit' ? account : unit === nobody ? 'Unallocated' : (known?.name ?? unit)
  return {
    date: new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10),
    reference: `INFRAZEN-${month}-${currency}`,
    account: side === 'credit' ? 'CLOUD-CLEARING' : 'CLOUD-COST',
    costCenter: side === 'credit' ? '' : (known?.costCenter ?? ''),
    unit: side === 'credit' ? '' : unit === nobody ? unallocatedKey : unit,
    text: ofMonth === '' ? name : `${name}: adjustment of ${ofMonth}`,
    currency,
    debit: isDebit && amount !== 0n ? size : '',
    credit: !isDebit && amount !== 0n ? size : '',
  }
}

function group(parts: Part[], keyOf: (part: Part) => string, column: CostColumn): Map<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const part of parts)
    sums.set(keyOf(part), (sums.get(keyOf(part)) ?? 0n) + (columnOf(part.amounts, column) ?? 0n))
  return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Exact sums (10⁻³⁰) in whole subunits, adding up to the rounded total. */
function rounded(sums: Map<string, bigint>, digits: number, wanted?: bigint): Map<string, bigint> {
  const step = 10n ** BigInt(30 - digits)
  const total = [...sums.values()].reduce((a, b) => a + b, 0n)
  const target = wanted ?? roundHalf(total, step)
  const floors = [...sums].map(([key, value]) => {
    const down = value >= 0n || value % step === 0n ? value / step : value / step - 1n
    return { key, down, loss: value - down * step }
  })
  let left = target - floors.reduce((sum, { down }) => sum + down, 0n)
  const order = [...floors].sort((a, b) => (a.loss === b.loss ? (a.key < b.key ? -1 : 1) : a.loss > b.loss ? -1 : 1))
  for (let i = 0; left > 0n; i = (i + 1) % order.length, left--) order[i]!.down += 1n
  return new Map(floors.map(({ key, down }) => [key, down]))
}

const roundHalf = (value: bigint, step: bigint) =>
  value < 0n ? -((-value + step / 2n) / step) : (value + step / 2n) / step

function decimalText(units: bigint, digits: number): string {
  if (digits === 0) return units.toString()
  const text = units.toString().padStart(digits + 1, '0')
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

export function journalCsv(lines: JournalLine[]): string {
  const header = ['date', 'reference', 'account', 'cost_center', 'unit', 'text', 'currency', 'debit', 'credit']
  return `${[
    header.join(','),
    ...lines.map((line) =>
      [
        ...[line.date, line.reference, line.account, line.costCenter, line.unit, line.text, line.currency].map(
          textCell,
        ),
        line.debit,
        line.credit,
      ].join(','),
    ),
  ].join('\r\n')}\r\n`
}

// ── comments and disputes ──────────────────────────────────────────────────────────────────────────────────────────

const toComment = (row: typeof comments.$inferSelect): StatementComment => ({
  id: row.id,
  month: row.month,
  unit: row.unit,
  kind: row.kind,
  status: row.status,
  owner: row.owner,
  text: row.body,
  actor: row.actor,
  at: row.at.toISOString(),
})

export async function listComments(
  postgres: Postgres,
  scope: Scope,
  month: string,
  unit?: string,
): Promise<StatementComment[]> {
  const rows = await postgres.db
    .select()
    .from(comments)
    .where(
      and(
        eq(comments.organizationId, scope.organizationId),
        eq(comments.month, month),
        ...(unit === undefined ? [] : [eq(comments.unit, unit)]),
      ),
    )
    .orderBy(asc(comments.at), asc(comments.id))
    .limit(1000)
  return rows.map(toComment)
}

export async function addComment(
  postgres: Postgres,
  scope: Scope,
  month: string,
  unit: string,
  comment: { kind: 'comment' | 'dispute'; text: string; owner: string },
): Promise<StatementComment> {
  const [row] = await postgres.db
    .insert(comments)
    .values({
      id: newId(),
      organizationId: scope.organizationId,
      month,
      unit,
      kind: comment.kind,
      status: comment.kind === 'dispute' ? 'open' : 'none',
      owner: comment.owner,
      body: comment.text,
      actor: scope.actor,
    })
    .returning()
  return toComment(row!)
}

/** Gives a dispute another status or owner. @throws Failure `comment_not_found` */
export async function changeComment(
  postgres: Postgres,
  scope: Scope,
  id: string,
  change: { status?: 'open' | 'accepted' | 'rejected' | 'withdrawn'; owner?: string },
): Promise<StatementComment> {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  const missing = () => notFound('comment_not_found', 'There is no such dispute in this organization.')
  if (Object.keys(given).length === 0) throw missing()
  const [row] = await postgres.db
    .update(comments)
    .set(given)
    .where(and(eq(comments.organizationId, scope.organizationId), eq(comments.id, id), eq(comments.kind, 'dispute')))
    .returning()
  if (!row) throw missing()
  await postgres.db.insert(tables.audit).values({
    id: newId(),
    organizationId: scope.organizationId,
    actor: scope.actor,
    action: 'allocation.dispute_changed',
    subject: id,
    details: given,
  })
  return toComment(row)
}
