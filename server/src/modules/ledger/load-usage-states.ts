import type { ClickHouse } from '../../storage/clickhouse'
import { type EventId, formatEventId, parseEventId, type UsageEvent, type UsageSource } from './usage-event'
import type { Observed } from './usage-identity'

/** An event as the table holds it now. */
export type StoredState = {
  readonly id: EventId
  /** As counted: of a wrapper, what it adds to the calls below it. */
  readonly event: UsageEvent
  /** -1 and `gone`: an event was here and is not any more. */
  readonly sign: -1 | 0 | 1
  readonly gone: boolean
  readonly version: number
  readonly observations: readonly Observed[]
}

type Row = Record<string, string | number | string[] | (string | null)[] | Record<string, string> | null>

/**
 * How far apart in time observations of one event, or spans of one trace, may have started and still find each other.
 * It bounds what a look-up reads.
 */
export const reachMs = 6 * 3_600_000

/** Ids a look-up names in one statement. */
const idsPerLookup = 10_000

type Wanted = { readonly startedAt: number; readonly traceId: string; readonly keys: readonly EventId[] }

/**
 * The states of all events that share a key or a trace with the wanted ones, and of all that share one with those, and so
 * on: what is in here cannot touch anything that is not.
 */
export async function loadUsageStates(
  clickhouse: ClickHouse,
  organizationId: string,
  wanted: readonly Wanted[],
): Promise<StoredState[]> {
  const states = new Map<string, StoredState>()
  const asked = new Set<string>()
  let next = wanted.slice()
  while (next.length > 0) {
    const ask = next.filter(({ traceId, keys }) => {
      const isNew = !asked.has(traceId) || keys.some((key) => !asked.has(formatEventId(key)))
      asked.add(traceId)
      for (const key of keys) asked.add(formatEventId(key))
      return isNew
    })
    next = []
    // In order of time, so that each statement's range, and with it what the engine reads, stays narrow.
    ask.sort((a, b) => a.startedAt - b.startedAt)
    for (let start = 0; start < ask.length; start += idsPerLookup) {
      for (const state of await lookUp(clickhouse, organizationId, ask.slice(start, start + idsPerLookup))) {
        const place = `${state.event.startedAt} ${formatEventId(state.id)}`
        if (states.has(place)) continue
        states.set(place, state)
        if (state.gone) continue
        for (const { event, spanKey, responseKey } of state.observations)
          next.push({
            startedAt: event.startedAt,
            traceId: event.traceId,
            keys: [responseKey ?? spanKey],
          })
      }
    }
  }
  return [...states.values()]
}

async function lookUp(
  clickhouse: ClickHouse,
  organizationId: string,
  slice: readonly Wanted[],
): Promise<StoredState[]> {
  const period = { from: slice[0]!.startedAt - reachMs, to: slice[slice.length - 1]!.startedAt + reachMs }
  return readStates(
    clickhouse,
    organizationId,
    period,
    `EventId IN {ids:Array(UInt64)} OR lower(hex(TraceId)) IN {traces:Array(String)}
      OR arrayExists(t -> lower(hex(t)) IN {traces:Array(String)}, MoreTraces)`,
    {
      ids: slice.flatMap(({ keys }) => keys.map((key) => BigInt(formatEventId(key)))),
      traces: [...new Set(slice.map(({ traceId }) => traceId))],
    },
  )
}

/** The newest state of each event of a period (milliseconds since 1970, both ends included) of which any row meets `condition`. */
export async function readStates(
  clickhouse: ClickHouse,
  organizationId: string,
  period: { from: number; to: number },
  condition: string,
  params: Record<string, unknown>,
): Promise<StoredState[]> {
  const where = `OrganizationId = {organizationId:UUID} AND StartedAt >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
    AND StartedAt <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')`
  const rows = await clickhouse.query<Row>({
    name: 'ledger.usageStates',
    lane: 'ingest',
    sql: `SELECT ${stateColumns} FROM usage_events_v1
      WHERE ${where} AND (StartedAt, EventId) IN (SELECT StartedAt, EventId FROM usage_events_v1 WHERE ${where} AND (${condition}))
      ORDER BY StartedAt, EventId, Version DESC, RecordedAt DESC, Sign DESC LIMIT 1 BY StartedAt, EventId`,
    params: { organizationId, ...period, ...params },
    settings: { max_query_size: 16_777_216 },
  })
  return rows.map(stateOf)
}

const stateColumns = `toString(toUnixTimestamp64Milli(StartedAt)) AS At, lower(hex(TraceId)) AS Trace, toString(EventId) AS Id,
  DurationMs, IsError, Provider, ServiceProviderName, ServiceName, AccountId, RequestModel, Model, Operation, ServiceTier, Region,
  Team, Project, Feature, Experiment, Run, Customer, Environment, Service, Units, Quantities, UnitCosts, toString(Cost) AS CostText,
  Currency, UsageStatus, CostStatus, PriceVersion, PricePath, Attributes, Source, Kind, CallId, Dialect, RawShape, RawCounts,
  Sign, Version, SpanKeys, ParentKey, Observations`

function stateOf(row: Row): StoredState {
  const text = (name: string) => String(row[name] ?? '')
  const list = (name: string) => row[name] as string[]
  const costs = row.UnitCosts as (string | null)[]
  const event: UsageEvent = {
    traceId: text('Trace'),
    attemptId: '',
    parentId: '',
    responseId: '',
    source: (text('Source') || 'span') as UsageSource,
    kind: text('Kind') === 'aggregate' ? 'aggregate' : 'call',
    callId: text('CallId'),
    startedAt: Number(row.At),
    durationMs: Number(row.DurationMs),
    isError: Number(row.IsError) === 1,
    provider: text('Provider'),
    serviceProviderName: text('ServiceProviderName'),
    serviceName: text('ServiceName'),
    accountId: text('AccountId'),
    requestModel: text('RequestModel'),
    model: text('Model'),
    operation: text('Operation'),
    serviceTier: text('ServiceTier'),
    region: text('Region'),
    team: text('Team'),
    project: text('Project'),
    feature: text('Feature'),
    experiment: text('Experiment'),
    run: text('Run'),
    customer: text('Customer'),
    environment: text('Environment'),
    service: text('Service'),
    leaves: list('Units').map((unit, i) => ({
      unit,
      quantity: Number(list('Quantities')[i]),
      cost: costs[i] ?? null,
    })),
    cost: row.CostText === null ? null : text('CostText'),
    currency: text('Currency'),
    usageStatus: text('UsageStatus') as UsageEvent['usageStatus'],
    costStatus: text('CostStatus') as UsageEvent['costStatus'],
    priceVersion: text('PriceVersion'),
    pricePath: text('PricePath'),
    dialect: text('Dialect'),
    rawShape: text('RawShape'),
    rawCounts: list('RawCounts').map(Number),
    attributes: row.Attributes as Record<string, string>,
  }
  const id = parseEventId(text('Id'))
  const observations = text('Observations')
  const gone = Number(row.Sign) === -1 || observations === '[]'
  return {
    id,
    event,
    sign: Number(row.Sign) as -1 | 0 | 1,
    gone,
    version: Number(row.Version),
    observations: gone
      ? []
      : observations === ''
        ? [observedOf(event, id, list('SpanKeys').map(Number), Number(row.ParentKey))]
        : readObservations(observations),
  }
}

function observedOf(event: UsageEvent, id: EventId, spanKeys: readonly number[], parentLow: number): Observed {
  const [low] = spanKeys
  return low === undefined
    ? { event, spanKey: id, responseKey: null, parentLow }
    : { event, spanKey: { high: 0, low }, responseKey: id, parentLow }
}

type Written = { event: UsageEvent; span: string; response: string | null; parent: number }

/** JSON of what each observer said: read back by `readObservations`, and shown as it is to who asks how a row came about. */
export function writeObservations(observations: readonly Observed[]): string {
  return JSON.stringify(
    observations.map(
      ({ event, spanKey, responseKey, parentLow }): Written => ({
        event: { ...event, attemptId: '', parentId: '', responseId: '' },
        span: formatEventId(spanKey),
        response: responseKey && formatEventId(responseKey),
        parent: parentLow,
      }),
    ),
  )
}

function readObservations(text: string): Observed[] {
  return (JSON.parse(text) as Written[]).map(({ event, span, response, parent }) => ({
    event,
    spanKey: parseEventId(span),
    responseKey: response === null ? null : parseEventId(response),
    parentLow: parent,
  }))
}
