import { invalid } from '../../primitives/errors'
import type { Scope } from '../../primitives/scope'
import { answerFromKept, byCodePoints, formatSum } from './answer-from-kept'
import { type CompiledColumn, compileQuestion, nothingKnown, type Row, type RowFacts } from './compile-question'
import type { QueryAnswer } from './contract'
import type { Conversion } from './convert-amounts'
import type { Explorer } from './explorer'
import type { Series } from './kept-usage'
import { ledgerFacts, liveBatches, openBatches, usageFacts } from './ledger-facts'
import { measures } from './measures'
import { dependsOn, metricOf, type ParsedQuery, type RowSet, rowSetOf } from './question'
import { chargesSource, coveredSql, detailOf, usageSources } from './row-sources'
import { keptFilters, readerOf, sumKeptUsage } from './sum-kept-usage'
import { engineMicros, isoMicros, localDate, localTime } from './time-zone'

type Basis = { currency: string; basis: string; counted: boolean; effective: string | null; billed: string | null }
/** What is behind an answer whatever it is split by. */
type Background = {
  basis: Basis[]
  currencies: string[]
  unpriced: { calls: string; tokens: string; models: string[] }
  billed: { billedThrough: string | null; billedUntil: string | null }
  facts: Omit<RowFacts, 'sole'>
}

/**
 * Answers a question about the ledger. Amounts are exact decimal strings; '' and NULL come out as null.
 * @throws Failure `unknown_metric`, `unknown_dimension`, `unknown_order`, `unknown_time_zone`, `invalid_time`, `empty_period`, `question_too_heavy`.
 */
export async function answerQuestion(explorer: Explorer, scope: Scope, query: ParsedQuery): Promise<QueryAnswer> {
  const timeZone = query.timeZone ?? (await explorer.timeZoneOf(scope))
  const rowSet = () => rowSetOf(scope.organizationId, query, timeZone)
  const set = rowSet()
  const rates = query.convertTo ? (explorer.exchangeRates?.version() ?? 0) : ''
  const key = `answer ${JSON.stringify([query, set.timeZone])} ${rates}`
  const answer = await explorer.remember(scope.organizationId, key, dependsOn(set), async () => {
    // Names are checked before anything runs.
    compileQuestion(rowSet(), query, nothingKnown)
    const computedAt = BigInt(explorer.now()) * 1000n
    const facts = await ledgerFacts(explorer, scope, set)
    const background = await backgroundOf(explorer, { ...rowSet(), facts }, facts.batches.length > 0)
    const converted = query.convertTo ? await convert(explorer, scope, set, query.convertTo, background) : null
    const known = { ...background.facts, sole: query.convertTo ?? soleCurrency(background, query) }
    const asking = () => ({ ...rowSet(), facts })
    const { rows, ...compiled } =
      (converted === null ? await answerFromKept(explorer, asking(), query, known) : null) ??
      (await answerAnew(explorer, asking(), query, known, converted?.conversion ?? null))
    const shown = converted === null ? set : { ...set, currency: null }
    const table = tableOf(rows, compiled.columns, compiled.rowsAreTotals, shown, query.limit)
    return {
      ...table,
      currencies: background.currencies,
      basis: background.basis.map(({ effective, billed, ...basis }) => ({
        ...basis,
        effectiveCost: effective ?? '0',
        billedCost: billed ?? '0',
      })),
      billed: background.billed,
      unpriced: background.unpriced,
      conversion: converted?.described ?? null,
      asOf: isoMicros(set.asOf ?? computedAt),
    }
  })
  const { billed, ...rest } = answer
  const sources = (await explorer.sourceCompleteness?.(scope, isoMicros(set.from), isoMicros(set.to))) ?? []
  return {
    ...rest,
    freshness: await freshnessOf(explorer, scope, set),
    completeness: { ...billed, periodIsOpen: set.to > BigInt(explorer.now()) * 1000n, sources },
  }
}

async function answerAnew(
  explorer: Explorer,
  set: RowSet,
  query: ParsedQuery,
  known: RowFacts,
  conversion: Conversion | null,
) {
  const { sql, params, columns, rowsAreTotals } = compileQuestion(set, query, known, conversion)
  return { columns, rowsAreTotals, rows: await explorer.run<Row>({ name: 'explore.answerQuestion', sql, params }) }
}

/** The rates of every day and currency of the rows, for the statement and for the reader. */
async function convert(explorer: Explorer, scope: Scope, set: RowSet, into: string, background: Background) {
  const currencies = background.currencies.filter((currency) => currency !== into && currency !== '')
  const day = (micros: bigint) => localDate(Number(micros / 1000n), set.timeZone)
  const [from, to] = [day(set.from), day(set.to - 1n)]
  const known = await explorer.exchangeRates?.of(scope, { into, currencies, from, to })
  if (!known) throw noRates()
  const { source, rates } = known
  const days = Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1
  return {
    conversion: { into, keys: rates.map((rate) => `${rate.from} ${rate.day}`), rates: rates.map(({ rate }) => rate) },
    described: {
      into,
      source,
      currencies: currencies.map((currency) => {
        const own = rates.filter((rate) => rate.from === currency).map(({ rate }) => rate)
        const sorted = [...own].sort((a, b) => Number(a) - Number(b))
        return {
          currency,
          days: own.length,
          missing: days - own.length,
          lowest: sorted[0] ?? null,
          highest: sorted.at(-1) ?? null,
        }
      }),
    },
  }
}

const noRates = () =>
  invalid(
    'no_rate_source',
    'The organization has chosen no source of exchange rates: choose one in Settings, or ask without convertTo.',
  )

/** The one currency whose amounts the answer will hold, or null when there are several or none. */
function soleCurrency(background: Background, query: ParsedQuery): string | null {
  const money = query.metrics
    .flatMap((id) => metricOf(id).measures)
    .map((measure) => measures[measure])
    .filter(({ type }) => type === 'money')
  const ofBills = money.some(({ charges }) => charges !== null)
  const ofCounted = money.some(({ usage, counted }) => usage !== null && counted)
  const ofAllUsage = money.some(({ usage, counted }) => usage !== null && !counted)
  const isIn = (row: Basis) => (row.basis === 'estimated' ? ofAllUsage || (ofCounted && row.counted) : ofBills)
  const present = new Set(background.basis.filter(isIn).map((row) => row.currency))
  return present.size === 1 ? [...present][0]! : null
}

/** Cuts the engine's rows into the answer's columns, rows and totals. A separating column with one value becomes a property of the amounts. */
function tableOf(all: Row[], compiled: CompiledColumn[], rowsAreTotals: boolean, set: RowSet, limit: number) {
  const isTotal = (row: Row) => Number(row.is_total) === 1
  const rows = withoutEmptyTwins(all, compiled)
  const one = (id: string): string | null => {
    const column = compiled.find((candidate) => candidate.kind === 'dimension' && candidate.id === id)
    if (!column) return null
    const values = new Set(rows.map((row) => row[column.alias] as string).filter((value) => value !== ''))
    return values.size === 1 ? [...values][0]! : null
  }
  const currency = set.currency ?? one('currency')
  const unit = one('consumed_unit')
  const columns = compiled.filter((column) => {
    if (column.kind !== 'dimension' || !column.implicit) return true
    return new Set(rows.map((row) => row[column.alias])).size > 1
  })
  const cells = (row: Row) =>
    columns.map((column) => {
      const value = row[column.alias]
      if (value === null || value === undefined || (column.kind === 'dimension' && value === '')) return null
      if (column.kind === 'time') return isTotal(row) ? null : localTime(Number(value) * 1000, set.timeZone)
      return String(value)
    })
  const own = rows.filter((row) => !isTotal(row))
  const totals = rowsAreTotals ? own : rows.filter(isTotal)
  const nothing = columns.map((column) => (column.kind === 'metric' && column.metric.type === 'integer' ? '0' : null))
  return {
    columns: columns.map((column) => ({
      id: column.id,
      kind: column.kind,
      type:
        column.kind === 'time'
          ? ('time' as const)
          : column.kind === 'dimension'
            ? ('string' as const)
            : column.metric.type,
      unit: column.kind !== 'metric' ? null : column.id === 'consumed_quantity' ? unit : column.metric.unit,
      currency: column.kind === 'metric' && column.metric.money ? currency : null,
    })),
    rows: own.slice(0, limit).map(cells),
    totals: totals.length === 0 ? [nothing] : totals.map(cells),
    truncated: own.length > limit,
  }
}

/**
 * Usage without a price has no currency. Where its group has amounts in some currency, a row of nothing beside them says
 * no more than the block `unpriced`; where it is alone, it is the only trace of the group and stays.
 */
function withoutEmptyTwins(rows: Row[], columns: CompiledColumn[]): Row[] {
  const currency = columns.find((column) => column.kind === 'dimension' && column.implicit && column.id === 'currency')
  if (!currency) return rows
  const rest = columns.filter((column) => column.kind !== 'metric' && column !== currency)
  const groupOf = (row: Row) => JSON.stringify([row.is_total, ...rest.map((column) => row[column.alias])])
  const values = columns.filter((column) => column.kind === 'metric')
  const withMoney = new Set(rows.filter((row) => row[currency.alias] !== '').map(groupOf))
  return rows.filter(
    (row) =>
      row[currency.alias] !== '' || values.some(({ alias }) => row[alias] !== null) || !withMoney.has(groupOf(row)),
  )
}

type BackgroundRow = {
  Source: string
  Currency: string
  Basis: string
  Counted: number
  Effective: string | null
  Billed: string | null
  Calls: string
  Tokens: string
  Models: string[]
  BilledUntil: number
}

/** Bills and estimates behind the rows, by currency; what has no price; how far bills reach. Asked for all currencies. */
function backgroundOf(explorer: Explorer, whole: RowSet, hasBills: boolean): Promise<Background> {
  const set = { ...whole, currency: null }
  const { organizationId, params: _, ...rest } = set
  const key = JSON.stringify(
    [rest.from, rest.to, rest.asOf, rest.timeZone, rest.filters.map(({ filter }) => filter)],
    (_, value) => (typeof value === 'bigint' ? String(value) : value),
  )
  return explorer.remember(organizationId, `background ${key}`, dependsOn(set), async () => {
    const ofCharges = () => (hasBills ? [backgroundOfCharges(set)] : [])
    const ofKept = await backgroundOfKept(explorer, set)
    if (ofKept === null) {
      const branches = [...ofCharges(), ...backgroundOfUsage(set)]
      return backgroundFrom(await runBackground(explorer, set, branches), set)
    }
    // What calls say changes all the time, what bills say does not.
    const ofBills = !hasBills
      ? []
      : await explorer.remember(organizationId, `background of charges ${key}`, { batches: true }, () =>
          runBackground(explorer, set, ofCharges()),
        )
    return backgroundFrom([...ofBills, ...ofKept], set)
  })
}

function backgroundOfCharges(set: RowSet): string {
  const charges = chargesSource(set)
  return `SELECT 'charges' AS Source, toString(BillingCurrency) AS Currency, toString(x_Basis) AS Basis, toUInt8(1) AS Counted, CAST(sum(EffectiveCost) AS Nullable(Decimal(76, 30))) AS Effective, CAST(sum(BilledCost) AS Nullable(Decimal(76, 30))) AS Billed,
        toInt64(0) AS Calls, toInt64(0) AS Tokens, CAST([] AS Array(String)) AS Models, toUInt32(maxIf(greatest(ChargePeriodStart + 1, ChargePeriodEnd), x_Basis = 'billed' AND ChargeCategory = 'Usage')) AS BilledUntil
        FROM ${charges.sql} WHERE ${charges.where.join(' AND ')} GROUP BY Currency, Basis`
}

function backgroundOfUsage(set: RowSet): string[] {
  const detail = detailOf(set.filters.map(({ dimension }) => dimension))
  const perCall = detail === 'leaf' ? 'if(First, UnpricedCalls, 0)' : 'UnpricedCalls'
  const covered = coveredSql(set)
  return usageSources(set, detail, null).map(
    (
      source,
    ) => `SELECT 'usage' AS Source, if(CostStatus = 'unpriced', '', toString(Currency)) AS Currency, 'estimated' AS Basis, ${covered === null ? 'toUInt8(1)' : `toUInt8(NOT ${covered})`} AS Counted, CAST(sum(if(CostStatus = 'unpriced', NULL, Cost)) AS Nullable(Decimal(76, 30))) AS Effective, Effective AS Billed,
        toInt64(sum(${perCall})) AS Calls, toInt64(sum(UnpricedTokens)) AS Tokens, groupUniqArrayIf(200)(toString(Model), CostStatus IN ('unpriced', 'partial')) AS Models, toUInt32(0) AS BilledUntil
        FROM ${source.sql}${source.where.length === 0 ? '' : ` WHERE ${source.where.join(' AND ')}`} GROUP BY Currency, Basis, Counted`,
  )
}

function runBackground(explorer: Explorer, set: RowSet, branches: string[]): Promise<BackgroundRow[]> {
  return explorer.run<BackgroundRow>({
    name: 'explore.background',
    sql: `SELECT Source, Currency, Basis, Counted, sum(Effective) AS Effective, sum(Billed) AS Billed, sum(Calls) AS Calls, sum(Tokens) AS Tokens, arraySort(groupUniqArrayArray(200)(Models)) AS Models, max(BilledUntil) AS BilledUntil
        FROM (${branches.join('\nUNION ALL\n')}) GROUP BY Source, Currency, Basis, Counted ORDER BY Currency, Basis, Counted DESC`,
    params: set.params.values,
  })
}

/** The usage's rows of `runBackground` from what is kept; null where it cannot tell them. */
async function backgroundOfKept(explorer: Explorer, set: RowSet): Promise<BackgroundRow[] | null> {
  const test = keptFilters(set)
  if (test === null || set.facts === null) return null
  const status = readerOf('CostStatus')!
  const currency = readerOf('Currency')!
  const model = readerOf('Model')!
  const costed = (series: Series) => status(series) !== 'unpriced'
  const found = await sumKeptUsage(explorer.kept, {
    set,
    covered: set.facts.covered,
    granularity: null,
    passes: test,
    keysOf: (series, covered) => [costed(series) ? currency(series) : '', covered ? '0' : '1'],
    parts: [
      { columns: ['Cost'], takes: costed },
      { columns: ['UnpricedCalls'], takes: () => true },
      { columns: ['UnpricedTokens'], takes: () => true },
    ],
  })
  if (found === null) return null
  const withoutPrice = found.series.filter((series) => ['unpriced', 'partial'].includes(status(series)))
  const models = [...new Set(withoutPrice.map(model))].sort().slice(0, 200)
  return found.groups.map(({ keys, sums: [cost, calls, tokens] }, i) => ({
    Source: 'usage',
    Currency: keys[0]!,
    Basis: 'estimated',
    Counted: Number(keys[1]),
    Effective: formatSum(cost!),
    Billed: formatSum(cost!),
    Calls: formatSum(calls!)!,
    Tokens: formatSum(tokens!)!,
    Models: i === 0 ? models : [],
    BilledUntil: 0,
  }))
}

function backgroundFrom(unordered: BackgroundRow[], set: RowSet): Background {
  const rows = [...unordered].sort(
    (a, b) =>
      byCodePoints(a.Currency, b.Currency) || byCodePoints(a.Basis, b.Basis) || Number(b.Counted) - Number(a.Counted),
  )
  const amounts = rows.filter((row) => row.Currency !== '' && (row.Effective !== null || row.Billed !== null))
  const until = Math.max(0, ...rows.map((row) => Number(row.BilledUntil)))
  return {
    basis: amounts.map((row) => ({
      currency: row.Currency,
      basis: row.Basis,
      counted: Number(row.Counted) === 1,
      effective: row.Effective,
      billed: row.Billed,
    })),
    currencies: [...new Set(amounts.map((row) => row.Currency))],
    unpriced: {
      calls: String(rows.reduce((sum, row) => sum + BigInt(row.Calls), 0n)),
      tokens: String(rows.reduce((sum, row) => sum + BigInt(row.Tokens), 0n)),
      models: [...new Set(rows.flatMap((row) => row.Models))].sort(),
    },
    facts: {
      charges: rows.some((row) => row.Source === 'charges'),
      usage: rows.some((row) => row.Source === 'usage'),
      covered: rows.some((row) => Number(row.Counted) === 0),
    },
    billed: reachOf(until * 1000, set),
  }
}

/**
 * How far bills reach, given the end of the last billed charge: the moment, and the last day of the question's zone that is billed
 * to its end. A day of a source in another zone that ends within a day of this zone has not billed the rest of it.
 */
function reachOf(untilMs: number, set: RowSet): Background['billed'] {
  if (untilMs === 0) return { billedThrough: null, billedUntil: null }
  const dayOf = (ms: number) => localDate(ms, set.timeZone)
  const dayBefore = new Date(Date.parse(`${dayOf(untilMs)}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10)
  const lastAsked = dayOf(Number(set.to / 1000n) - 1)
  return {
    billedThrough: [dayBefore, lastAsked].sort()[0]!,
    billedUntil: isoMicros(BigInt(untilMs) * 1000n),
  }
}

/** When each source last said something, whatever the question's filters: a stale source is stale for all of them. */
async function freshnessOf(explorer: Explorer, scope: Scope, set: RowSet): Promise<QueryAnswer['freshness']> {
  const { asOf } = set
  const [ofBills, ofCalls] = await Promise.all([
    freshnessOfBills(explorer, scope, asOf),
    asOf === null ? usageFacts(explorer, scope) : lastCallAsOf(explorer, scope, asOf),
  ])
  const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`
  return [
    ...ofBills,
    ...(ofCalls.lastRecordedAt === 0
      ? []
      : [
          {
            source: 'telemetry',
            basis: 'estimated',
            lastRecordedAt: iso(ofCalls.lastRecordedAt),
            lastChargeAt: iso(ofCalls.lastStartedAt),
          },
        ]),
  ]
}

function freshnessOfBills(explorer: Explorer, scope: Scope, asOf: bigint | null): Promise<QueryAnswer['freshness']> {
  return explorer.remember(scope.organizationId, `freshness of bills ${asOf}`, { asOf, batches: true }, async () => {
    const batches = await liveBatches(explorer, scope, asOf)
    if (batches.length === 0) return []
    const open = openBatches(batches, asOf)
    const connections = await explorer.run<{
      Connection: string
      Basis: string
      LastRecordedAt: string
      LastChargeAt: string | null
    }>({
      name: 'explore.freshnessOfConnections',
      sql: `SELECT toString(ConnectionId) AS Connection, Basis, formatDateTime(max(RecordedAt), '%FT%TZ', 'UTC') AS LastRecordedAt, if(max(s.Last) = toDateTime(0, 'UTC'), NULL, formatDateTime(max(s.Last), '%FT%TZ', 'UTC')) AS LastChargeAt
        FROM batches_v1 AS b LEFT JOIN (SELECT BatchId, max(LastChargeStart) AS Last FROM billed_spans_v1 WHERE OrganizationId = {organizationId:UUID} GROUP BY BatchId) AS s USING (BatchId)
        WHERE OrganizationId = {organizationId:UUID} AND BatchId IN ${open.sql} GROUP BY ConnectionId, Basis ORDER BY LastRecordedAt DESC`,
      params: { organizationId: scope.organizationId, ...open.params },
    })
    const names = connections.length === 0 ? undefined : await explorer.connectionNames?.(scope)
    return connections.map((row) => ({
      source: names?.get(row.Connection) ?? row.Connection,
      basis: row.Basis,
      lastRecordedAt: row.LastRecordedAt,
      lastChargeAt: row.LastChargeAt,
    }))
  })
}

function lastCallAsOf(explorer: Explorer, scope: Scope, asOf: bigint) {
  return explorer.remember(scope.organizationId, `last call ${asOf}`, { asOf, usage: 'all' }, async () => {
    const [row] = await explorer.run<{ LastRecordedAt: string; LastStartedAt: string }>({
      name: 'explore.lastCallAsOf',
      sql: `SELECT toUnixTimestamp64Milli(max(RecordedAt)) AS LastRecordedAt, toUnixTimestamp64Milli(max(StartedAt)) AS LastStartedAt
        FROM usage_events_v1 WHERE OrganizationId = {organizationId:UUID} AND RecordedAt <= {asOf:DateTime64(6, 'UTC')}`,
      params: { organizationId: scope.organizationId, asOf: engineMicros(asOf) },
    })
    return { lastRecordedAt: Number(row?.LastRecordedAt ?? 0), lastStartedAt: Number(row?.LastStartedAt ?? 0) }
  })
}
