import type { z } from 'zod'
import { invalid } from '../../primitives/errors'
import type { Scope } from '../../primitives/scope'
import { callAttributes } from './call-attributes'
import { chargeColumns } from './charge-columns'
import type { LinesAnswer, LinesRequest as LinesRequestSchema } from './contract'
import type { Explorer } from './explorer'
import { ledgerFacts } from './ledger-facts'
import { dependsOn, type RowSet, rowSetOf } from './question'
import { chargesSource, coveredSql, detailOf, usageSources } from './row-sources'
import { engineMicros, isoMicros } from './time-zone'

type ParsedLines = z.output<typeof LinesRequestSchema>
type Row = Record<string, string | number | null>
type Cursor = { k: 'charges' | 'calls'; at: string; batch: string; row: string; asOf: string }

/**
 * The single lines behind a number: charges as the sources wrote them, or calls. A cursor holds the place and the moment,
 * so that pages fit together whatever is imported while one reads. Sums and the count are of all pages.
 * @throws Failure as for questions, and `invalid_cursor`.
 */
export async function listLines(explorer: Explorer, scope: Scope, request: ParsedLines): Promise<LinesAnswer> {
  const timeZone = request.timeZone ?? (await explorer.timeZoneOf(scope))
  const cursor = request.cursor ? readCursor(request.cursor, request.kind) : null
  const byCost = request.order === 'cost'
  if (byCost && (request.kind !== 'calls' || cursor !== null))
    throw invalid(
      'invalid_order',
      'Only the first page of calls can be ordered by cost. Ask for kind=calls without a cursor.',
    )
  const asOf = cursor?.asOf ?? request.asOf ?? isoMicros(BigInt(explorer.now()) * 1000n + 999n)
  const rowSet = () =>
    rowSetOf(scope.organizationId, { ...request, currency: request.currency ?? null, asOf }, timeZone)
  const facts = await ledgerFacts(explorer, scope, rowSet())
  const set = { ...rowSet(), facts }
  const page =
    request.kind === 'charges'
      ? chargesPage(set, cursor, request.limit)
      : byCost
        ? dearestCalls(set, request.limit)
        : callsPage(set, cursor, request.limit)
  const rows = await explorer.run<Row>({
    name: `explore.lines.${request.kind}`,
    sql: page.sql,
    params: set.params.values,
  })

  const wholeKey = `lines ${JSON.stringify([request.kind, request.period, set.timeZone, request.filters, request.currency ?? null, asOf])}`
  const whole = await explorer.remember(scope.organizationId, wholeKey, dependsOn(set), async () => {
    const all = { ...rowSet(), facts }
    const { sql } = request.kind === 'charges' ? chargesSums(all) : callsSums(all)
    return explorer.run<{ Currency: string; Rows: string; Billed: string | null; Effective: string | null }>({
      name: `explore.linesSums.${request.kind}`,
      sql,
      params: all.params.values,
    })
  })
  const last = rows.length > request.limit ? rows[request.limit - 1] : undefined
  return {
    columns: page.columns,
    rows: rows
      .slice(0, request.limit)
      .map((row) =>
        page.columns.map((_, i) => (row[`c${i}`] === null || row[`c${i}`] === undefined ? null : String(row[`c${i}`]))),
      ),
    totalRows: String(whole.reduce((sum, row) => sum + BigInt(row.Rows), 0n)),
    sums: whole.flatMap((row) =>
      row.Billed === null ? [] : [{ currency: row.Currency, BilledCost: row.Billed, EffectiveCost: row.Effective }],
    ),
    nextCursor:
      last && !byCost
        ? writeCursor({ k: request.kind, at: String(last.at), batch: String(last.batch), row: String(last.row), asOf })
        : null,
    asOf,
  }
}

function chargesPage(set: RowSet, cursor: Cursor | null, limit: number) {
  const { sql, where } = chargesSource(set)
  const after = cursor
    ? [
        `(ChargePeriodStart, x_BatchId, x_RowNumber) > (toDateTime(${set.params.bind('UInt64', cursor.at)}, 'UTC'), toUUID(${set.params.bind('String', cursor.batch)}), ${set.params.bind('UInt64', cursor.row)})`,
      ]
    : []
  return {
    columns: chargeColumns.map((column) => column.name),
    sql: `SELECT ${chargeColumns.map((column, i) => `${column.sql} AS c${i}`).join(', ')}, toUnixTimestamp(ChargePeriodStart) AS at, toString(x_BatchId) AS batch, toString(x_RowNumber) AS row
      FROM ${sql} WHERE ${[...where, ...after].join(' AND ')} ORDER BY ChargePeriodStart, x_BatchId, x_RowNumber LIMIT ${set.params.bind('UInt64', limit + 1)}`,
  }
}

const chargesSums = (set: RowSet) => {
  const { sql, where } = chargesSource(set)
  return {
    sql: `SELECT toString(BillingCurrency) AS Currency, toString(count()) AS Rows, CAST(sum(BilledCost) AS Nullable(Decimal(76, 30))) AS Billed, CAST(sum(EffectiveCost) AS Nullable(Decimal(76, 30))) AS Effective FROM ${sql} WHERE ${where.join(' AND ')} GROUP BY Currency ORDER BY Currency`,
  }
}

const time = (sql: string) => `formatDateTime(${sql}, '%FT%T.%fZ', 'UTC')`
const text = (column: string) => ({ name: column, sql: `nullIf(toString(${column}), '')` })

/** Columns of a call: the attributes as telemetry gave them, its leaf units, and whether its money counts. */
const callColumns = (set: RowSet): { name: string; sql: string }[] => [
  { name: 'StartedAt', sql: time('StartedAt') },
  { name: 'RecordedAt', sql: time('RecordedAt') },
  ...callAttributes.toSpliced(callAttributes.indexOf('Model'), 0, 'RequestModel').map(text),
  { name: 'TraceId', sql: 'lower(hex(TraceId))' },
  { name: 'EventId', sql: 'toString(EventId)' },
  { name: 'DurationMs', sql: 'toString(DurationMs)' },
  { name: 'IsError', sql: "if(IsError = 1, 'true', 'false')" },
  { name: 'Units', sql: 'toJSONString(Units)' },
  { name: 'Quantities', sql: 'toJSONString(arrayMap(q -> toString(q), Quantities))' },
  { name: 'UnitCosts', sql: 'toJSONString(arrayMap(c -> toString(c), UnitCosts))' },
  { name: 'Cost', sql: 'Cost' },
  ...['Currency', 'UsageStatus', 'CostStatus', 'PriceVersion', 'PricePath'].map(text),
  { name: 'Attributes', sql: 'toJSONString(Attributes)' },
  { name: 'x_Counted', sql: `if(${coveredSql(set) ?? '0'}, 'false', 'true')` },
]

/** The calls themselves carry more than `usageSources` gives; a page takes the ids from there and the columns from the table. */
function callsPage(set: RowSet, cursor: Cursor | null, limit: number) {
  const from = set.params.bind('UInt64', limit + 1)
  const after = cursor
    ? [
        `(StartedAt, EventId) > (${set.params.bind("DateTime64(3, 'UTC')", cursor.at)}, ${set.params.bind('UInt64', cursor.row)})`,
      ]
    : []
  const ids = callSources(set).map(
    ({ sql, where }) =>
      `SELECT StartedAt, EventId FROM ${sql}${[...where, ...after].length === 0 ? '' : ` WHERE ${[...where, ...after].join(' AND ')}`} GROUP BY StartedAt, EventId HAVING sum(Calls) > 0 ORDER BY StartedAt, EventId LIMIT ${from}`,
  )
  return statesOfCalls(set, ids.join(' UNION ALL '), 'StartedAt, EventId', from)
}

/** The calls that cost most. All currencies are looked at together: amounts of several are not comparable, so ask for one. */
function dearestCalls(set: RowSet, limit: number) {
  const most = set.params.bind('UInt64', limit)
  const order = 'ORDER BY Dearest DESC NULLS LAST, StartedAt, EventId'
  const ids = callSources(set).map(
    ({ sql, where }) =>
      `SELECT StartedAt, EventId, sum(Cost) AS Dearest FROM ${sql}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`} GROUP BY StartedAt, EventId HAVING sum(Calls) > 0 ${order} LIMIT ${most}`,
  )
  const ranked = `SELECT StartedAt, EventId FROM (${ids.join(' UNION ALL ')}) ${order} LIMIT ${most}`
  return statesOfCalls(set, ranked, 'Cost DESC NULLS LAST, StartedAt, EventId', most)
}

/** The latest state of the calls that `ids` selects. Of an event that was corrected, the state that held at the moment asked about. */
function statesOfCalls(set: RowSet, ids: string, order: string, limit: string) {
  const columns = callColumns(set)
  const known =
    set.asOf === null ? '' : ` AND RecordedAt <= ${set.params.bind("DateTime64(6, 'UTC')", engineMicros(set.asOf))}`
  return {
    columns: columns.map((column) => column.name),
    sql: `SELECT ${columns.map((column, i) => `${column.sql} AS c${i}`).join(', ')}, toString(StartedAt, 'UTC') AS at, '' AS batch, toString(EventId) AS row
      FROM (SELECT *, toDateTime(toStartOfInterval(StartedAt, INTERVAL 15 MINUTE, 'UTC'), 'UTC') AS Bucket FROM usage_events_v1
        WHERE OrganizationId = {organizationId:UUID} AND (StartedAt, EventId) IN (${ids})${known}
        ORDER BY StartedAt, EventId, Version DESC, RecordedAt DESC, Sign DESC LIMIT 1 BY StartedAt, EventId)
      ORDER BY ${order} LIMIT ${limit}`,
  }
}

function callSources(set: RowSet) {
  const detail = detailOf(set.filters.map(({ dimension }) => dimension)) === 'leaf' ? 'leaf' : 'event'
  return usageSources(set, detail, null).map(({ sql, where }) => ({
    sql,
    where: set.currency === null ? where : [...where, `Currency = ${set.params.bind('String', set.currency)}`],
  }))
}

const callsSums = (set: RowSet) => {
  const leaf = detailOf(set.filters.map(({ dimension }) => dimension)) === 'leaf'
  return {
    sql: callSources(set)
      .map(
        ({ sql, where }) =>
          `SELECT toString(Currency) AS Currency, toString(${leaf ? 'sumIf(Calls, First)' : 'sum(Calls)'}) AS Rows, CAST(sum(Cost) AS Nullable(Decimal(76, 30))) AS Billed, CAST(sum(if(${coveredSql(set) ?? '0'}, NULL, Cost)) AS Nullable(Decimal(76, 30))) AS Effective FROM ${sql}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`} GROUP BY Currency`,
      )
      .join(' UNION ALL '),
  }
}

const writeCursor = (cursor: Cursor) => Buffer.from(JSON.stringify(cursor)).toString('base64url')

function readCursor(text: string, kind: Cursor['k']): Cursor {
  try {
    const cursor = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Cursor
    const numeric =
      kind === 'charges'
        ? /^\d{1,10}$/.test(cursor.at) && /^[0-9a-f-]{36}$/.test(cursor.batch)
        : /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/.test(cursor.at)
    if (cursor.k === kind && numeric && /^\d{1,20}$/.test(cursor.row) && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(cursor.asOf))
      return cursor
  } catch {
    // Falls through to the failure below.
  }
  throw invalid(
    'invalid_cursor',
    'This cursor is not one that an earlier page of the same question gave. Start again without it.',
  )
}
