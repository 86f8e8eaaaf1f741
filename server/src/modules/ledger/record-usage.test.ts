import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { newId } from '../../primitives/ids'
import { sumDecimals } from '../../primitives/money'
import { type ClickHouse, migrateClickHouse, openClickHouse } from '../../storage/clickhouse'
import { onLedgerChange } from './changes'
import { recordUsage } from './record-usage'
import { repairUsageRollup } from './repair-usage-rollup'
import type { UsageEvent } from './usage-event'

// 300,000 events at once on a busy machine.
vi.setConfig({ testTimeout: 240_000 })

let folder: string
let clickhouse: ClickHouse
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'record-usage-'))
  clickhouse = await openClickHouse({ path: folder })
  await migrateClickHouse(clickhouse)
})
afterAll(async () => {
  await clickhouse.close()
  rmSync(folder, { recursive: true, force: true })
})

const minutes = 60_000
const start = Date.UTC(2026, 10, 20, 10, 0, 0, 7)

function event(n: number, change: Partial<UsageEvent> = {}): UsageEvent {
  return {
    traceId: n.toString(16).padStart(32, 'a'),
    attemptId: n.toString(16).padStart(16, '0'),
    parentId: '',
    responseId: '',
    source: 'span',
    kind: 'call',
    callId: '',
    startedAt: start + n * 1001,
    durationMs: 1200,
    isError: false,
    provider: 'openai',
    serviceProviderName: 'OpenAI',
    serviceName: 'OpenAI API',
    accountId: '',
    requestModel: 'gpt-5',
    model: 'gpt-5-2025-08-07',
    operation: 'chat',
    serviceTier: 'default',
    region: '',
    team: n % 2 === 0 ? 'search' : 'поиск "한국"\\',
    project: '',
    feature: '',
    experiment: '',
    run: '',
    customer: '',
    environment: 'production',
    service: 'api',
    leaves: [
      { unit: 'input.text.plain', quantity: 100 + n, cost: `0.000000000000${n % 10}00001` },
      { unit: 'output.text.visible', quantity: 7, cost: '0.0000123' },
    ],
    cost: sumDecimals([`0.000000000000${n % 10}00001`, '0.0000123']),
    currency: 'USD',
    usageStatus: 'exact',
    costStatus: 'priced',
    priceVersion: 'catalogue-1',
    pricePath: 'exact',
    dialect: '',
    rawShape: '',
    rawCounts: [],
    attributes: {},
    ...change,
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => event(from + i))
const scopeOf = (organizationId = newId()) => ({ organizationId, actor: 'test' })

async function totals(organizationId: string) {
  const params = { organizationId }
  const [events] = await clickhouse.query<{ calls: string; cost: string; tokens: string }>({
    name: 'test.events',
    sql: 'SELECT count() AS calls, sum(Cost) AS cost, sum(arraySum(Quantities)) AS tokens FROM usage_events_v1 WHERE OrganizationId = {organizationId:UUID}',
    params,
  })
  const [rollUp] = await clickhouse.query<{ calls: string; cost: string; tokens: string }>({
    name: 'test.rollUp',
    sql: 'SELECT sum(Calls) AS calls, sum(Cost) AS cost, sum(InputTokens + OutputTokens) AS tokens FROM usage_per_15m_v1 WHERE OrganizationId = {organizationId:UUID}',
    params,
  })
  return { events: events!, rollUp: rollUp! }
}

describe('recording usage', () => {
  test('an event comes back with every column as it was reported, to the last digit', async () => {
    const scope = scopeOf()
    const traceId = '00010a0d22275c7f80ff22225c5c0aff'
    await recordUsage(clickhouse, scope, [
      event(1, {
        traceId,
        team: '한국 "팀"\\\n\u0000\u2028\ud800x',
        leaves: [
          {
            unit: 'input.text.plain',
            quantity: Number.MAX_SAFE_INTEGER,
            cost: '12345678901234567890.123456789012345678',
          },
          { unit: 'output.audio', quantity: 3, cost: null },
        ],
        cost: '12345678901234567890.123456789012345678',
        costStatus: 'partial',
        isError: true,
        attributes: { 'error.type': 'rate "limit"\\ \'한국\'\n' },
      }),
    ])
    const [row] = await clickhouse.query<Record<string, unknown>>({
      name: 'test.row',
      sql: 'SELECT * EXCEPT TraceId, lower(hex(TraceId)) AS TraceHex, toString(toUnixTimestamp64Milli(StartedAt)) AS StartedMs, toUnixTimestamp64Milli(RecordedAt) - toUnixTimestamp64Milli(now64(3)) AS Age FROM usage_events_v1 WHERE OrganizationId = {o:UUID}',
      params: { o: scope.organizationId },
    })
    expect(row).toMatchObject({
      TraceHex: traceId,
      StartedMs: String(start + 1001),
      Team: '한국 "팀"\\\n\u0000\u2028\ufffdx',
      Units: ['input.text.plain', 'output.audio'],
      Quantities: [String(Number.MAX_SAFE_INTEGER), '3'],
      UnitCosts: ['12345678901234567890.123456789012345678', null],
      Cost: '12345678901234567890.123456789012345678',
      CostStatus: 'partial',
      IsError: 1,
      DurationMs: 1200,
      Attributes: { 'error.type': 'rate "limit"\\ \'한국\'\n' },
    })
    expect(Math.abs(Number(row!.Age))).toBeLessThan(60_000)
  })

  test('the sum of many callers at once is exact, in the events and in the roll-up', async () => {
    const scope = scopeOf()
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => recordUsage(clickhouse, scope, range(i * 25, i * 25 + 25))),
    )
    expect(answers.every((a) => a.recorded === 25 && a.known === 0)).toBe(true)
    const cost = sumDecimals(range(0, 1000).map((e) => e.cost!))
    const tokens = String(range(0, 1000).reduce((sum, e) => sum + e.leaves.reduce((s, l) => s + l.quantity, 0), 0))
    expect(await totals(scope.organizationId)).toEqual({
      events: { calls: '1000', cost, tokens },
      rollUp: { calls: '1000', cost, tokens },
    })
  })

  test('events that come again, permuted, split or within one request, change nothing', async () => {
    const scope = scopeOf()
    await recordUsage(clickhouse, scope, range(0, 300))
    const before = await totals(scope.organizationId)
    const shuffled = range(0, 300).sort((a, b) => ((a.startedAt * 7919) % 1009) - ((b.startedAt * 7919) % 1009))
    const answers = await Promise.all(
      [shuffled.slice(0, 100), shuffled.slice(100), [event(5), event(5)]].map((part) =>
        recordUsage(clickhouse, scope, part),
      ),
    )
    expect(answers).toEqual([
      { recorded: 0, known: 100 },
      { recorded: 0, known: 200 },
      { recorded: 0, known: 2 },
    ])
    expect(await recordUsage(clickhouse, scope, [event(900), event(900), event(3)])).toEqual({ recorded: 1, known: 2 })
    const after = await totals(scope.organizationId)
    expect(Number(after.events.calls)).toBe(Number(before.events.calls) + 1)
    expect(after.rollUp).toEqual(after.events)
  })

  test('a process that starts afresh knows what the one before it recorded', async () => {
    const scope = scopeOf()
    await recordUsage(clickhouse, scope, range(0, 200))
    // Another handle on the same store has another committer with an empty memory.
    const restarted: ClickHouse = Object.create(clickhouse)
    expect(await recordUsage(restarted, scope, range(100, 260))).toEqual({ recorded: 60, known: 100 })
    // The same without any memory, as with several processes on one ClickHouse server.
    const shared: ClickHouse = Object.create(clickhouse, {
      embedded: { value: false },
      insertFrom: { value: clickhouse.insertFrom },
    })
    expect(await recordUsage(shared, scope, range(0, 300))).toEqual({ recorded: 40, known: 260 })
    expect(await recordUsage(shared, scope, range(0, 300))).toEqual({ recorded: 0, known: 300 })
    expect((await totals(scope.organizationId)).rollUp.calls).toBe('300')
  })

  test('late events, older than anything known, are still recorded once', async () => {
    const scope = scopeOf()
    await recordUsage(clickhouse, scope, [event(1)])
    const restarted: ClickHouse = Object.create(clickhouse)
    const late = range(0, 50).map((e) => ({ ...e, startedAt: e.startedAt - 90 * 24 * 60 * minutes }))
    expect(await recordUsage(restarted, scope, late)).toEqual({ recorded: 50, known: 0 })
    expect(await recordUsage(restarted, scope, late)).toEqual({ recorded: 0, known: 50 })
  })

  test('the same span of two organizations is two events, and neither sees the other', async () => {
    const [a, b] = [scopeOf(), scopeOf()]
    const answers = await Promise.all([
      recordUsage(clickhouse, a, range(0, 10)),
      recordUsage(clickhouse, b, range(0, 10)),
    ])
    expect(answers.map((x) => x.recorded)).toEqual([10, 10])
    expect((await totals(a.organizationId)).events.calls).toBe('10')
  })

  test('listeners hear of a commit after it, once per organization, and not of repetitions', async () => {
    const scope = scopeOf()
    const heard: string[] = []
    const stop = onLedgerChange((organizationId, what) => heard.push(`${organizationId} ${what}`))
    const stopBroken = onLedgerChange(() => {
      throw new Error('a broken listener')
    })
    await recordUsage(clickhouse, scope, range(0, 3))
    await recordUsage(clickhouse, scope, range(0, 3))
    stop()
    stopBroken()
    expect(heard).toEqual([`${scope.organizationId} usage`])
  })

  test('a failed write fails every waiter, and the retry records each event once and repairs the roll-up', async () => {
    const scope = scopeOf()
    let broken = true
    const flaky: ClickHouse = Object.create(clickhouse, {
      insertFrom: {
        value: async (request: Parameters<ClickHouse['insertFrom']>[0]) => {
          if (!broken) return clickhouse.insertFrom(request)
          // The worst case: the table has the rows, the roll-up has not, and the writer hears of a failure.
          await withoutTheView(() => clickhouse.insertFrom(request))
          throw new Error('connection reset')
        },
      },
    })
    const results = await Promise.allSettled([
      recordUsage(flaky, scope, range(0, 5)),
      recordUsage(flaky, scope, range(5, 9)),
    ])
    for (const result of results)
      expect(result).toMatchObject({ status: 'rejected', reason: { kind: 'unavailable', code: 'usage_store_away' } })
    broken = false
    expect(await recordUsage(flaky, scope, range(0, 12))).toEqual({ recorded: 3, known: 9 })
    const { events, rollUp } = await totals(scope.organizationId)
    expect(events.calls).toBe('12')
    expect(rollUp).toEqual(events)
  })

  test('when too many events wait the next caller is told to come back, and the waiting ones are recorded', async () => {
    const scope = scopeOf()
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    let rows = 0
    const slow: ClickHouse = Object.create(clickhouse, {
      insertFrom: {
        value: async (request: Parameters<ClickHouse['insertFrom']>[0]) => {
          await gate
          rows +=
            'bytes' in request.input.content ? request.input.content.bytes.toString('latin1').split('\n').length - 1 : 0
          await clickhouse.insertFrom(request)
        },
      },
    })
    const many = event(1)
    const waiting = [1, 2, 3].map((part) =>
      recordUsage(
        slow,
        scope,
        Array.from({ length: 100_000 }, (_, i) => (i < 10 ? event(part * 10 + i) : many)),
      ),
    )
    await expect(recordUsage(slow, scope, range(0, 10))).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'usage_queue_full',
    })
    release()
    expect((await Promise.all(waiting)).map((x) => x.recorded)).toEqual([11, 10, 10])
    expect(rows).toBe(31)
  })
})

describe('after a kill between the events and their roll-up', () => {
  test('the roll-up is made equal again, and only where it differs', async () => {
    const scope = scopeOf()
    await recordUsage(clickhouse, scope, range(0, 20))
    await withoutTheView(() => recordUsage(clickhouse, scope, range(20, 50)))
    const { events, rollUp } = await totals(scope.organizationId)
    expect([events.calls, rollUp.calls]).toEqual(['50', '20'])
    expect(await repairUsageRollup(clickhouse)).toBe(1)
    const repaired = await totals(scope.organizationId)
    expect(repaired.rollUp).toEqual(repaired.events)
    expect(await repairUsageRollup(clickhouse)).toBe(0)
  })

  test('a repair that was itself interrupted is finished by the next one', async () => {
    const scope = scopeOf()
    await recordUsage(clickhouse, scope, range(0, 20))
    await clickhouse.command({
      name: 'test.halfRepair',
      sql: 'ALTER TABLE usage_per_15m_v1 DELETE WHERE OrganizationId = {o:UUID}',
      params: { o: scope.organizationId },
      settings: { mutations_sync: 2 },
    })
    expect((await totals(scope.organizationId)).rollUp.calls).toBe('0')
    expect(await repairUsageRollup(clickhouse)).toBe(1)
    const repaired = await totals(scope.organizationId)
    expect(repaired.rollUp).toEqual(repaired.events)
  })
})

async function withoutTheView(work: () => Promise<unknown>) {
  const [view] = await clickhouse.query<{ sql: string }>({
    name: 'test.view',
    sql: "SELECT create_table_query AS sql FROM system.tables WHERE name = 'usage_per_15m_v1_mv'",
  })
  await clickhouse.command({ name: 'test.dropView', sql: 'DROP VIEW usage_per_15m_v1_mv SYNC' })
  try {
    await work()
  } finally {
    await clickhouse.command({ name: 'test.createView', sql: view!.sql })
  }
}
