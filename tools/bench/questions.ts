/**
 * 90 days × team × model: the product's question against a scan of the raw events, and many people asking at once.
 * Argument: events. Prints one line of JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openExplorer } from '../../server/src/modules/explore'
import { answerQuestion } from '../../server/src/modules/explore/answer-question'
import { QueryRequest } from '../../server/src/modules/explore/contract'
import { newId } from '../../server/src/primitives/ids'
import { migrateClickHouse, openClickHouse } from '../../server/src/storage/clickhouse'

const events = Number(process.argv[2])
const day = 86_400_000
const end = Date.UTC(2026, 9, 1)
const days = 90
const users = 50
const rounds = 5

const folder = mkdtempSync(join(tmpdir(), 'bench-questions-'))
const clickhouse = await openClickHouse({ path: folder })
const organizationId = newId()
const scope = { organizationId, actor: 'bench' }
const median = (values: number[]) => quantile(values, 0.5)
function quantile(values: number[], q: number) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)]!
}
async function timed(work: () => Promise<unknown>) {
  const started = performance.now()
  await work()
  return performance.now() - started
}

try {
  await migrateClickHouse(clickhouse)
  const perInsert = 1_000_000
  for (let from = 0; from < events; from += perInsert) {
    // In order of time, as calls arrive; 20 teams, 12 models, 30 features, 8 services.
    await clickhouse.command({
      name: 'bench.fill',
      lane: 'ingest',
      sql: `INSERT INTO usage_events_v1 (OrganizationId, StartedAt, EventId, RecordedAt, Provider, ServiceProviderName, ServiceName, AccountId, RequestModel, Model, Operation, Team, Project, Feature, Environment, Service, TraceId, DurationMs, Units, Quantities, UnitCosts, Cost, Currency, UsageStatus, CostStatus, PriceVersion, PricePath)
        SELECT toUUID('${organizationId}'), fromUnixTimestamp64Milli(${end - days * day} + intDiv(number * ${days * day}, ${events}), 'UTC') AS at, sipHash64(number), at + 2,
          ['openai', 'anthropic', 'gcp.gemini'][1 + m % 3], ['OpenAI', 'Anthropic', 'Google'][1 + m % 3], ['OpenAI API', 'Anthropic API', 'Gemini API'][1 + m % 3], '', concat('model-', toString(m)), concat('model-', toString(m)), 'chat',
          concat('team-', toString(t)), concat('project-', toString(t % 7)), concat('feature-', toString(t + 20 * (bitShiftRight(h, 20) % 2))), 'production', concat('service-', toString(t % 8)), reinterpretAsFixedString(sipHash128(number)), 200 + h % 20000,
          ['input.text.plain', 'input.text.cache_read', 'output.text.visible'], [i, intDiv(i, 3), o], [toDecimal128(i, 18) / 1000000, toDecimal128(i, 18) / 9000000, toDecimal128(o, 18) / 200000],
          toDecimal128(i, 18) / 1000000 + toDecimal128(i, 18) / 9000000 + toDecimal128(o, 18) / 200000, 'USD', 'exact', 'priced', '1', 'exact'
        FROM (SELECT number, sipHash64(number) AS h, h % 12 AS m, bitShiftRight(h, 8) % 20 AS t, toUInt64(50 + bitShiftRight(h, 16) % 6000) AS i, toUInt64(20 + bitShiftRight(h, 32) % 900) AS o FROM numbers(${from}, ${Math.min(perInsert, events - from)}))`,
    })
  }
  // A bill is in for the first half of one provider's days, so that the counting rule has something to decide.
  const batchId = newId()
  await clickhouse.command({
    name: 'bench.days',
    sql: `INSERT INTO billed_days_v1 SELECT toUUID('${organizationId}'), toUUID('${batchId}'), 'OpenAI', concat('account-', toString(number % 3)), toDate(fromUnixTimestamp64Milli(${end - days * day}, 'UTC')) + intDiv(number, 3) FROM numbers(135)`,
  })
  await clickhouse.command({
    name: 'bench.open',
    sql: `INSERT INTO batch_log_v1 SELECT toUUID('${organizationId}'), now64(6), generateUUIDv4(), 'bench', 'import', [toUUID('${batchId}')], []`,
  })
  await clickhouse.command({ name: 'bench.merge', sql: 'OPTIMIZE TABLE usage_per_15m_v1 FINAL', lane: 'background' })
  await clickhouse.command({ name: 'bench.merge', sql: 'OPTIMIZE TABLE usage_events_v1 FINAL', lane: 'background' })

  const iso = (at: number) => new Date(at).toISOString().slice(0, 10)
  const question = (from: number, to: number, team?: string) =>
    QueryRequest.parse({
      metrics: ['effective_cost', 'calls', 'tokens_input', 'tokens_output'],
      dimensions: ['team', 'model'],
      period: { from: iso(from), to: iso(to) },
      ...(team === undefined ? {} : { filters: [{ dimension: 'team', in: [team] }] }),
    })
  const whole = question(end - days * day, end)
  const fresh = () => openExplorer({ clickhouse, timeZoneOf: async () => 'UTC' })
  const once = async () => {
    const explorer = fresh()
    const ms = await timed(() => answerQuestion(explorer, scope, whole))
    explorer.close()
    return ms
  }
  const scanOf = (table: string, sums: string, time: string) => () =>
    clickhouse.query({
      name: 'bench.scan',
      sql: `SELECT Team, Model, ${sums} FROM ${table} WHERE OrganizationId = {o:UUID} AND ${time} >= {from:DateTime('UTC')} AND ${time} < {to:DateTime('UTC')} GROUP BY Team, Model`,
      params: { o: organizationId, from: `${iso(end - days * day)} 00:00:00`, to: `${iso(end)} 00:00:00` },
    })
  const scan = scanOf(
    'usage_events_v1',
    "sum(Cost), count(), sum(arraySum((u, q) -> if(startsWith(u, 'input.') OR startsWith(u, 'embedding.'), q, 0), Units, Quantities)), sum(arraySum((u, q) -> if(startsWith(u, 'output.'), q, 0), Units, Quantities))",
    'StartedAt',
  )
  const rollUp = scanOf('usage_per_15m_v1', 'sum(Cost), sum(Calls), sum(InputTokens), sum(OutputTokens)', 'Bucket')

  // The answers must agree before their speeds mean anything.
  const warm = fresh()
  const answer = await answerQuestion(warm, scope, whole)
  const calls = answer.columns.findIndex((column) => column.id === 'calls')
  if (answer.totals[0]?.[calls] !== String(events))
    throw new Error(`the answer counts ${answer.totals[0]?.[calls]} of ${events} calls`)
  warm.close()

  const product: number[] = []
  const scans: number[] = []
  const rollUps: number[] = []
  await scan()
  for (let round = 0; round < rounds; round++) {
    product.push(await once())
    scans.push(await timed(scan))
    rollUps.push(await timed(rollUp))
  }

  const same: number[] = []
  const different: number[] = []
  const kept: number[] = []
  const questions = Array.from({ length: users }, (_, i) => {
    const length = [7, 30, 60, 90][i % 4]! * day
    return question(end - length - (i % 3) * day, end - (i % 3) * day, i % 5 === 0 ? undefined : `team-${i % 20}`)
  })
  for (let round = 0; round < rounds; round++) {
    const explorer = fresh()
    same.push(...(await Promise.all(questions.map(() => timed(() => answerQuestion(explorer, scope, whole))))))
    explorer.close()
    const other = fresh()
    different.push(...(await Promise.all(questions.map((q) => timed(() => answerQuestion(other, scope, q))))))
    kept.push(...(await Promise.all(questions.map((q) => timed(() => answerQuestion(other, scope, q))))))
    other.close()
  }

  const disk = await clickhouse.query<{ table: string; bytes: string; rows: string }>({
    name: 'bench.disk',
    sql: "SELECT table, sum(bytes_on_disk) AS bytes, sum(rows) AS rows FROM system.parts WHERE active AND database = currentDatabase() AND table IN ('usage_events_v1', 'usage_per_15m_v1') GROUP BY table",
  })
  const bytesOf = (table: string) => Number(disk.find((row) => row.table === table)?.bytes) / events
  process.stdout.write(
    `${JSON.stringify({
      events,
      productMs: median(product),
      scanMs: median(scans),
      rollUpMs: median(rollUps),
      rollUpRows: Number(disk.find((row) => row.table === 'usage_per_15m_v1')?.rows),
      sameP95: quantile(same, 0.95),
      differentP95: quantile(different, 0.95),
      keptP95: quantile(kept, 0.95),
      eventBytes: bytesOf('usage_events_v1'),
      rollUpBytes: bytesOf('usage_per_15m_v1'),
    })}\n`,
  )
} finally {
  await clickhouse.close()
  rmSync(folder, { recursive: true, force: true })
}
