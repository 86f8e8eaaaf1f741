import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { newId } from '../../primitives/ids'
import { type ClickHouse, migrateClickHouse, openClickHouse } from '../../storage/clickhouse'
import { recordUsage } from './record-usage'
import { repairUsageRollup } from './repair-usage-rollup'
import type { RepriceUsage, UsageEvent, UsageLeaf } from './usage-event'

vi.setConfig({ testTimeout: 120_000 })

let folder: string
let clickhouse: ClickHouse
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'observations-'))
  clickhouse = await openClickHouse({ path: folder })
  await migrateClickHouse(clickhouse)
})
afterAll(async () => {
  await clickhouse.close()
  rmSync(folder, { recursive: true, force: true })
})

const start = Date.UTC(2026, 10, 20, 10, 0, 0)
const price: Record<string, bigint> = {
  'input.text.plain': 10n,
  'input.text.cache_read': 1n,
  'output.text.visible': 100n,
}
/** Whole millionths of a dollar, so that sums are easy to say. */
const costOf = (unit: string, quantity: number) =>
  `0.${String((price[unit] ?? 7n) * BigInt(quantity)).padStart(6, '0')}`
const priced = (leaves: readonly { unit: string; quantity: number }[]) => {
  const lines = leaves.map((leaf) => ({ ...leaf, cost: costOf(leaf.unit, leaf.quantity) }))
  const micros = leaves.reduce((sum, leaf) => sum + (price[leaf.unit] ?? 7n) * BigInt(leaf.quantity), 0n)
  return { leaves: lines as UsageLeaf[], cost: `0.${String(micros).padStart(6, '0')}` }
}
const reprice: RepriceUsage = (_event, leaves) => ({
  ...priced(leaves),
  currency: 'USD',
  costStatus: 'priced',
  priceVersion: 'test',
  pricePath: 'exact',
})

type Change = Partial<UsageEvent> & { input?: number; cached?: number; output?: number }
function event({ input = 100, cached = 0, output = 10, ...change }: Change): UsageEvent {
  const leaves = [
    { unit: 'input.text.plain', quantity: input - cached },
    { unit: 'input.text.cache_read', quantity: cached },
    { unit: 'output.text.visible', quantity: output },
  ].filter((leaf) => leaf.quantity > 0)
  return {
    traceId: 'a'.repeat(32),
    attemptId: '1'.repeat(16),
    parentId: '',
    responseId: '',
    source: 'span',
    kind: 'call',
    callId: '',
    startedAt: start,
    durationMs: 1000,
    isError: false,
    provider: 'openai',
    serviceProviderName: 'OpenAI',
    serviceName: 'OpenAI API',
    accountId: '',
    requestModel: 'gpt-5',
    model: 'gpt-5',
    operation: 'chat',
    serviceTier: '',
    region: '',
    team: '',
    project: '',
    feature: '',
    experiment: '',
    run: '',
    customer: '',
    environment: '',
    service: 'api',
    ...priced(leaves),
    currency: 'USD',
    usageStatus: 'exact',
    costStatus: 'priced',
    priceVersion: 'test',
    pricePath: 'exact',
    dialect: 'otel.gen_ai',
    rawShape: '',
    rawCounts: [],
    attributes: {},
    ...change,
  }
}

type Totals = { calls: number; cost: string; input: number; cached: number; output: number }
async function totalsOf(organizationId: string, team?: string): Promise<Totals> {
  const read = async (sql: string) => {
    const [row] = await clickhouse.query<Record<string, string>>({ name: 'test', sql, params: { o: organizationId } })
    return {
      calls: Number(row!.calls),
      cost: row!.cost!,
      input: Number(row!.input),
      cached: Number(row!.cached),
      output: Number(row!.output),
    }
  }
  const where = `OrganizationId = {o:UUID}${team === undefined ? '' : ` AND Team = '${team}'`}`
  const of = (condition: string) => `sum(Sign * arraySum((u, q) -> if(${condition}, toInt64(q), 0), Units, Quantities))`
  const events = await read(
    `SELECT sum(Sign) AS calls, toString(sum(Sign * Cost)) AS cost, ${of("startsWith(u, 'input.')")} AS input, ${of("u = 'input.text.cache_read'")} AS cached, ${of("startsWith(u, 'output.')")} AS output FROM usage_events_v1 WHERE ${where}`,
  )
  const rollUp = await read(
    `SELECT sum(Calls) AS calls, toString(sum(Cost)) AS cost, sum(InputTokens) AS input, sum(CacheReadTokens) AS cached, sum(OutputTokens) AS output FROM usage_per_15m_v1 WHERE ${where}`,
  )
  expect({ ...rollUp, cost: Number(rollUp.cost) }).toEqual({ ...events, cost: Number(events.cost) })
  return rollUp
}

const scopeOf = () => ({ organizationId: newId(), actor: 'test' })
const record = (scope: { organizationId: string; actor: string }, events: UsageEvent[], store = clickhouse) =>
  recordUsage(store, scope, events, reprice)
/** Every order of the observations, each observation in a request of its own. */
async function inEveryOrder(events: UsageEvent[], check: (totals: Totals, organizationId: string) => unknown) {
  for (const order of permutations(events)) {
    const scope = scopeOf()
    for (const one of order) await record(scope, [one])
    await check(await totalsOf(scope.organizationId), scope.organizationId)
  }
}
function permutations<T>(list: T[]): T[][] {
  if (list.length < 2) return [list]
  return list.flatMap((one, i) =>
    permutations([...list.slice(0, i), ...list.slice(i + 1)]).map((rest) => [one, ...rest]),
  )
}

describe('observations of one call', () => {
  const span = event({ responseId: 'resp_1', team: 'search', input: 100, output: 10 })
  const gateway = event({
    responseId: 'resp_1',
    source: 'gateway',
    traceId: 'b'.repeat(32),
    attemptId: '2'.repeat(16),
    startedAt: start + 40,
    customer: 'acme',
    input: 100,
    cached: 60,
    output: 10,
  })
  const providerLog = event({
    responseId: 'resp_1',
    source: 'provider',
    traceId: 'c'.repeat(32),
    attemptId: 'log 1',
    startedAt: start + 900,
    accountId: 'acct',
    input: 100,
    cached: 60,
    output: 12,
  })

  test('SDK span, gateway and provider log with one response id are one call with the provider log’s usage, in any order', async () => {
    await inEveryOrder([span, gateway, providerLog], async (totals, organizationId) => {
      expect(totals).toMatchObject({ calls: 1, input: 100, cached: 60, output: 12 })
      expect(Number(totals.cost)).toBe(0.00166)
      const rows = await clickhouse.query<Record<string, unknown>>({
        name: 'test',
        sql: 'SELECT Team, Customer, AccountId, Source, Attributes FROM (SELECT * FROM usage_events_v1 WHERE OrganizationId = {o:UUID} ORDER BY Version DESC, RecordedAt DESC, Sign DESC LIMIT 1 BY StartedAt, EventId) WHERE Sign = 1',
        params: { o: organizationId },
      })
      expect(rows[0]).toMatchObject({
        Team: 'search',
        Customer: 'acme',
        AccountId: 'acct',
        Source: 'provider',
        Attributes: { 'infrazen.observations': '3', 'infrazen.observed_by': 'provider gateway span' },
      })
      expect((await totalsOf(organizationId, 'search')).calls).toBe(1)
      expect((await totalsOf(organizationId, '')).calls).toBe(0)
    })
  })

  test('without a response id the trace and span tell, and an observation that knows both joins two that were apart', async () => {
    const bySpan = event({ attemptId: '7'.repeat(16), output: 11 })
    const byResponse = event({ responseId: 'resp_7', source: 'log', traceId: 'd'.repeat(32), attemptId: 'log 7' })
    const both = event({ attemptId: '7'.repeat(16), responseId: 'resp_7', source: 'sdk', output: 11 })
    await inEveryOrder([bySpan, byResponse, both], (totals) =>
      expect(totals).toMatchObject({ calls: 1, input: 100, output: 11 }),
    )
  })

  test('two answers seen under one span stay two calls', async () => {
    const first = event({ responseId: 'resp_a', source: 'log' })
    const second = event({ responseId: 'resp_b', source: 'log', output: 20 })
    await inEveryOrder([first, second], (totals) => expect(totals).toMatchObject({ calls: 2, output: 30 }))
  })

  test('an observation without usage never displaces one with it, and an estimate never a statement', async () => {
    const missing = event({
      ...span,
      source: 'provider',
      ...priced([]),
      leaves: [],
      cost: null,
      usageStatus: 'missing',
    })
    const estimated = event({
      ...span,
      source: 'gateway',
      usageStatus: 'estimated',
      ...priced([{ unit: 'input.text.plain', quantity: 999 }]),
    })
    await inEveryOrder([span, missing, estimated], (totals) =>
      expect(totals).toMatchObject({ calls: 1, input: 100, output: 10 }),
    )
  })

  test('a process that starts afresh corrects what the one before it recorded', async () => {
    for (const embedded of [true, false]) {
      const scope = scopeOf()
      const again = () => Object.create(clickhouse, { embedded: { value: embedded } }) as ClickHouse
      await record(scope, [span], again())
      await record(scope, [gateway], again())
      expect(await record(scope, [span, gateway], again())).toEqual({ recorded: 0, known: 2 })
      await record(scope, [providerLog], again())
      expect(await totalsOf(scope.organizationId)).toMatchObject({ calls: 1, output: 12 })
    }
  })

  test('a kill between a correction and its roll-up is repaired, even where only the team changed', async () => {
    const scope = scopeOf()
    await record(scope, [event({ responseId: 'resp_1' })])
    const [view] = await clickhouse.query<{ sql: string }>({
      name: 'test',
      sql: "SELECT create_table_query AS sql FROM system.tables WHERE name = 'usage_per_15m_v1_mv'",
    })
    await clickhouse.command({ name: 'test', sql: 'DROP VIEW usage_per_15m_v1_mv SYNC' })
    await record(scope, [event({ responseId: 'resp_1', team: 'search', source: 'sdk' })])
    await clickhouse.command({ name: 'test', sql: view!.sql })
    expect(await repairUsageRollup(clickhouse)).toBe(1)
    expect((await totalsOf(scope.organizationId, 'search')).calls).toBe(1)
    expect(await repairUsageRollup(clickhouse)).toBe(0)
  })
})

describe('counting within a trace', () => {
  const agent = (change: Change) =>
    event({ kind: 'aggregate', operation: 'invoke_agent', attemptId: 'a'.repeat(16), durationMs: 60_000, ...change })
  const chat = (n: number, change: Change = {}) =>
    event({ attemptId: String(n).repeat(16), parentId: 'a'.repeat(16), startedAt: start + n * 1000, ...change })

  test('an agent that repeats its calls adds nothing, one that is the only carrier counts, in any order', async () => {
    const root = agent({ input: 30, output: 10 })
    await inEveryOrder([root, chat(1, { input: 10, output: 4 }), chat(2, { input: 20, output: 6 })], (totals) =>
      expect(totals).toMatchObject({ calls: 2, input: 30, output: 10, cost: expect.stringMatching(/^0\.0013/) }),
    )
    await inEveryOrder([root], (totals) => expect(totals).toMatchObject({ calls: 1, input: 30, output: 10 }))
  })

  test('a wrapper adds what the calls below it lack, and a late call corrects that exactly', async () => {
    const wrapper = agent({ kind: 'call', input: 226, output: 22 })
    await inEveryOrder([wrapper, chat(1, { input: 113, output: 11 })], (totals) =>
      expect(totals).toMatchObject({ calls: 2, input: 226, output: 22 }),
    )
    await inEveryOrder([wrapper, chat(1, { input: 113, output: 11 }), chat(2, { input: 113, output: 11 })], (totals) =>
      expect(totals).toMatchObject({ calls: 2, input: 226, output: 22 }),
    )
  })

  test('an agent that knows no cache does not count as plain what its calls read from one', async () => {
    await inEveryOrder([agent({ input: 1100, output: 10 }), chat(1, { input: 1000, cached: 600 })], (totals) =>
      expect(totals).toMatchObject({ input: 1100, cached: 600, output: 10 }),
    )
  })

  test('calls below spans that are not stored belong to the innermost agent that was open', async () => {
    const outer = agent({ input: 300, output: 30 })
    const inner = agent({
      attemptId: 'b'.repeat(16),
      parentId: 'f'.repeat(16),
      startedAt: start + 500,
      durationMs: 5000,
      input: 100,
      output: 10,
    })
    await inEveryOrder([outer, inner, chat(1, { parentId: 'e'.repeat(16) })], (totals) =>
      expect(totals).toMatchObject({ input: 300, output: 30 }),
    )
  })

  test('a gateway’s view of a call in another trace still counts below the agent of the first', async () => {
    const root = agent({ input: 100, output: 10 })
    const seen = event({
      responseId: 'resp_1',
      source: 'gateway',
      traceId: '9'.repeat(32),
      attemptId: '9'.repeat(16),
      startedAt: start + 1001,
    })
    await inEveryOrder([root, chat(1, { responseId: 'resp_1' }), seen], (totals) =>
      expect(totals).toMatchObject({ calls: 1, input: 100, output: 10 }),
    )
  })

  test('attempts are charged one by one', async () => {
    await inEveryOrder(
      [
        chat(1, { callId: 'call-1', isError: true }),
        chat(2, { callId: 'call-1' }),
        chat(3, { callId: 'call-1', model: 'other' }),
      ],
      (totals) => expect(totals).toMatchObject({ calls: 3, input: 300 }),
    )
  })
})

test('replay, permutation and splitting of any mix of observations leave the totals unchanged', async () => {
  const observation = fc
    .record({
      trace: fc.integer({ min: 0, max: 1 }),
      span: fc.integer({ min: 1, max: 5 }),
      parent: fc.integer({ min: 0, max: 5 }),
      response: fc.integer({ min: 0, max: 3 }),
      source: fc.constantFrom('provider', 'gateway', 'sdk', 'span', 'log'),
      aggregate: fc.boolean(),
      offset: fc.integer({ min: 0, max: 3 }),
      duration: fc.integer({ min: 0, max: 4 }),
      input: fc.integer({ min: 0, max: 50 }),
      cached: fc.integer({ min: 0, max: 50 }),
      output: fc.integer({ min: 0, max: 50 }),
      team: fc.constantFrom('', 'a', 'b\ud800'),
      status: fc.constantFrom('exact', 'exact', 'partial', 'estimated'),
    })
    .map((o) =>
      event({
        traceId: String(o.trace).repeat(32).replaceAll('0', 'c'),
        attemptId: String(o.span).repeat(16),
        parentId: o.parent === 0 ? '' : String(o.parent).repeat(16),
        responseId: o.response === 0 ? '' : `resp_${o.response}`,
        source: o.source as UsageEvent['source'],
        kind: o.aggregate ? 'aggregate' : 'call',
        // Buckets of fifteen minutes apart, so that a correction moves amounts between them.
        startedAt: start + o.offset * 900_000,
        durationMs: o.duration * 900_000,
        input: o.input,
        cached: Math.min(o.input, o.cached),
        output: o.output,
        team: o.team,
        usageStatus: o.status as UsageEvent['usageStatus'],
      }),
    )
  // The same organization at two times far apart: keys are hashes of the organization, and where ids contradict each other
  // (one span in two places) the smallest decides.
  const apart = 30 * 86_400_000
  const state = async (organizationId: string, from: number) => ({
    buckets: await clickhouse.query({
      name: 'test',
      sql: `SELECT toUnixTimestamp(Bucket) - {from:Int64} AS At, Team, sum(Calls) AS C, toString(sum(Cost)) AS M, sum(InputTokens) AS I, sum(CacheReadTokens) AS R, sum(OutputTokens) AS O
        FROM usage_per_15m_v1 WHERE OrganizationId = {o:UUID} AND abs(toUnixTimestamp(Bucket) - {from:Int64}) < 864000
        GROUP BY Bucket, Team HAVING C != 0 ORDER BY Bucket, Team`,
      params: { o: organizationId, from: from / 1000 },
    }),
    negative: await clickhouse.query({
      name: 'test',
      sql: 'SELECT StartedAt, EventId, sum(Sign) AS S FROM usage_events_v1 WHERE OrganizationId = {o:UUID} GROUP BY StartedAt, EventId HAVING S NOT IN (0, 1)',
      params: { o: organizationId },
    }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(observation, { minLength: 1, maxLength: 6 }),
      fc.infiniteStream(fc.nat()),
      async (observations, random) => {
        const pick = (below: number) => random.next().value % below
        const scope = scopeOf()
        await record(scope, observations)
        const later = observations.map((one) => ({ ...one, startedAt: one.startedAt + apart }))
        const order = [...later, ...later.filter(() => pick(3) === 0)]
        for (let i = order.length - 1; i > 0; i--) {
          const j = pick(i + 1)
          ;[order[i], order[j]] = [order[j]!, order[i]!]
        }
        let store = clickhouse
        while (order.length > 0) {
          // A process that starts afresh, with an empty memory.
          if (pick(3) === 0) store = Object.create(clickhouse) as ClickHouse
          await record(scope, order.splice(0, 1 + pick(3)), store)
        }
        const expected = await state(scope.organizationId, start)
        expect(expected.negative).toEqual([])
        expect(await state(scope.organizationId, start + apart)).toEqual(expected)
        expect(await record(scope, later, store)).toEqual({ recorded: 0, known: later.length })
        expect(await state(scope.organizationId, start + apart)).toEqual(expected)
        // Roll-up and events agree on all of it.
        await totalsOf(scope.organizationId)
      },
    ),
    { numRuns: 12 },
  )
}, 300_000)
