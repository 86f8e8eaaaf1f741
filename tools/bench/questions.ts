/**
 * 90 days × team × model: the product's answer over HTTP against a scan of the raw events by the engine alone, and many
 * people asking at once. Arguments: events, `traces` or `even` (how calls are spread). Prints one line of JSON.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spanMessage, traceRequest } from '../../server/src/modules/ingestion/otlp/protobuf.fixture'
import { billedSpansSql } from '../../server/src/modules/ledger'
import { newId } from '../../server/src/primitives/ids'
import { hourPermille, weekdayPermille } from '../../server/src/sample/trace-statistics'
import { type ClickHouse, migrateClickHouse, openClickHouse } from '../../server/src/storage/clickhouse'
import { quantile, setUp, startServer } from './running-server'

const events = Number(process.argv[2])
const spread = process.argv[3] === 'even' ? 'even' : 'traces'
const day = 86_400_000
const timeZone = 'Asia/Seoul'
// The last day begins and ends at midnight of the organization's zone, as the page's periods do.
const end = Date.UTC(2026, 8, 30, 15)
const days = 90
const users = 50
const rounds = 5

const folder = mkdtempSync(join(tmpdir(), 'bench-questions-'))
const median = (values: number[]) => quantile(values, 0.5)
async function timed(work: () => Promise<unknown>) {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** Processor time of a process so far, all its threads, in milliseconds; the kernel counts it in steps of ten. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

const first = await startServer(folder)
const { authorization, organizationId } = await setUp(first, timeZone)
await first.stop()

try {
  const filled = await fill()
  const scans: number[] = []
  await withEngine(async (clickhouse) => {
    await scan(clickhouse)
    for (let round = 0; round < rounds; round++) scans.push(await timed(() => scan(clickhouse)))
  })

  const server = await startServer(folder)
  const ask = async (body: object) => {
    const response = await server.post('/api/v1/query', body, { authorization })
    return (await response.json()) as { columns: { id: string }[]; totals: (string | null)[][] }
  }
  let calls = events
  /** A call in the middle of the period: every answer about it has to be found again. */
  const callArrives = async () => {
    const response = await fetch(`${server.base}/v1/traces`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(traceRequest({ spans: [lateSpan(++calls)] })),
    })
    if (!response.ok) throw new Error(`the span was answered with ${response.status}: ${await response.text()}`)
  }
  const checked = async (body: object) => {
    const { columns, totals } = await ask(body)
    const counted = totals[0]?.[columns.findIndex((column) => column.id === 'calls')]
    if (counted !== String(calls)) throw new Error(`the answer counts ${counted} of ${calls} calls`)
  }
  try {
    const whole = question(end - days * day, end)
    const byDay = { ...question(end - days * day, end), dimensions: ['team'], granularity: 'day' }
    const afterStart = await timed(() => checked(whole))
    const product: number[] = []
    const daily: number[] = []
    const kept: number[] = []
    for (let round = 0; round < rounds * 3; round++) {
      await callArrives()
      product.push(await timed(() => checked(whole)))
      kept.push(await timed(() => checked(whole)))
      await callArrives()
      daily.push(await timed(() => checked(byDay)))
    }
    const same: number[] = []
    const different: number[] = []
    const again: number[] = []
    const questions = Array.from({ length: users }, (_, i) => {
      const length = [7, 30, 60, 90][i % 4]! * day
      const to = end - (i % 3) * day
      return question(to - length, to, i % 5 === 0 ? undefined : `team-${i % 20}`)
    })
    const processor = { same: [] as number[], different: [] as number[], again: [] as number[] }
    const allAtOnce = async (bodies: object[], spent: number[] = []) => {
      const before = processorMs(server.pid)
      const times = await Promise.all(bodies.map((body) => timed(() => ask(body))))
      spent.push(processorMs(server.pid) - before)
      return times
    }
    await allAtOnce(questions)
    for (let round = 0; round < rounds; round++) {
      await callArrives()
      same.push(...(await allAtOnce(Array(users).fill(whole), processor.same)))
      await callArrives()
      different.push(...(await allAtOnce(questions, processor.different)))
      again.push(...(await allAtOnce(questions, processor.again)))
    }
    await server.stop()
    await withEngine(async (clickhouse) => {
      for (let round = 0; round < rounds; round++) scans.push(await timed(() => scan(clickhouse)))
    })
    process.stdout.write(
      `${JSON.stringify({
        events,
        ...filled,
        scanMs: median(scans),
        afterStartMs: afterStart,
        productMs: median(product),
        productP95: quantile(product, 0.95),
        dailyMs: median(daily),
        keptMs: median(kept),
        sameP95: quantile(same, 0.95),
        differentP95: quantile(different, 0.95),
        againP95: quantile(again, 0.95),
        sameProcessorMs: median(processor.same),
        differentProcessorMs: median(processor.different),
        againProcessorMs: median(processor.again),
      })}\n`,
    )
  } finally {
    await server.stop()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function question(from: number, to: number, team?: string) {
  return {
    metrics: ['effective_cost', 'calls', 'tokens_input', 'tokens_output'],
    dimensions: ['team', 'model'],
    period: { from: new Date(from).toISOString(), to: new Date(to).toISOString() },
    ...(team === undefined ? {} : { filters: [{ dimension: 'team', in: [team] }] }),
  }
}

function scan(clickhouse: ClickHouse) {
  return clickhouse.query({
    name: 'bench.scan',
    sql: `SELECT Team, Model, sum(Cost), count(), sum(arraySum((u, q) -> if(startsWith(u, 'input.') OR startsWith(u, 'embedding.'), q, 0), Units, Quantities)), sum(arraySum((u, q) -> if(startsWith(u, 'output.'), q, 0), Units, Quantities))
      FROM usage_events_v1 WHERE OrganizationId = {o:UUID} AND StartedAt >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND StartedAt < fromUnixTimestamp64Milli({to:Int64}, 'UTC') GROUP BY Team, Model`,
    params: { o: organizationId, from: end - days * day, to: end },
  })
}

function lateSpan(n: number): Buffer {
  const start = BigInt(end - 3 * day + n) * 1_000_000n
  return spanMessage({
    traceId: n.toString(16).padStart(32, 'b'),
    spanId: n.toString(16).padStart(16, '0'),
    name: 'chat gpt-5-mini',
    start,
    end: start + 800_000_000n,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5-mini',
      'gen_ai.response.model': 'gpt-5-mini',
      'gen_ai.usage.input_tokens': 1200n,
      'gen_ai.usage.output_tokens': 150n,
      'infrazen.team': 'team-1',
    },
  })
}

async function withEngine<T>(work: (clickhouse: ClickHouse) => Promise<T>): Promise<T> {
  const clickhouse = await openClickHouse({ path: folder })
  try {
    return await work(clickhouse)
  } finally {
    await clickhouse.close()
  }
}

/**
 * Calls of 40 features (two a team), 12 models, 8 services. `even`: every feature calls every model, evenly, at any time. `traces`:
 * features weigh what the 40 largest clients of a public trace weigh (ServeGen, m-small), hours and weekdays are of the same trace,
 * and a feature has a main model (80 % of its calls), a second (17 %) and a third, which no trace tells.
 */
function fill() {
  // prettier-ignore
  const clients = [
    2988, 2190, 1072, 881, 568, 532, 418, 349, 161, 122, 111, 108, 108, 65, 57, 54, 54, 26, 24, 21, 16, 13, 12, 11, 9,
    6, 5, 4, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1,
  ]
  const repeated = (weights: readonly number[]) => weights.flatMap((weight, i) => Array<number>(weight).fill(i))
  const starts = (weights: readonly number[]) => weights.map((_, i) => weights.slice(0, i).reduce((a, b) => a + b, 0))
  const hours = spread === 'even' ? Array<number>(24).fill(10) : [...hourPermille.consumer]
  const hourOf = repeated(hours)
  const weekdays = Array.from({ length: days }, (_, i) =>
    spread === 'even'
      ? 10
      : Math.round(weekdayPermille.consumer[(new Date(end - (days - i) * day).getUTCDay() + 6) % 7]! / 10),
  )
  const dayOf = repeated(weekdays)
  const sql = (list: number[]) => `[${list.join(', ')}]`
  // In order of time, as calls arrive: the n-th call's place in the whole gives its day, its place in the day the hour and moment.
  const perInsert = 1_000_000
  return withEngine(async (clickhouse) => {
    await migrateClickHouse(clickhouse)
    for (let from = 0; from < events; from += perInsert) {
      await clickhouse.command({
        name: 'bench.fill',
        lane: 'ingest',
        sql: `INSERT INTO usage_events_v1 (OrganizationId, StartedAt, EventId, RecordedAt, Provider, ServiceProviderName, ServiceName, AccountId, RequestModel, Model, Operation, Team, Project, Feature, Environment, Service, TraceId, DurationMs, Units, Quantities, UnitCosts, Cost, Currency, UsageStatus, CostStatus, PriceVersion, PricePath)
        WITH ${sql(dayOf)} AS dayOf, ${sql(starts(weekdays))} AS dayStarts, ${sql(weekdays)} AS dayParts, ${sql(hourOf)} AS hourOf, ${sql(starts(hours))} AS hourStarts, ${sql(hours)} AS hourParts, ${sql(repeated(clients))} AS featureOf
        SELECT toUUID('${organizationId}'), fromUnixTimestamp64Milli(${end - days * day} + ${day} * d + 3600000 * hour + toInt64(3600000 * (inDay - hourStarts[hour + 1]) / hourParts[hour + 1]), 'UTC') AS at, sipHash64(number), at + 2,
          ['openai', 'anthropic', 'gcp.gemini'][1 + m % 3], ['OpenAI', 'Anthropic', 'Google'][1 + m % 3], ['OpenAI API', 'Anthropic API', 'Gemini API'][1 + m % 3], '', concat('model-', toString(m)), concat('model-', toString(m)), 'chat',
          concat('team-', toString(t)), concat('project-', toString(t % 7)), concat('feature-', toString(f)), 'production', concat('service-', toString(t % 8)), reinterpretAsFixedString(sipHash128(number)), 200 + h % 20000,
          ['input.text.plain', 'input.text.cache_read', 'output.text.visible'], [i, intDiv(i, 3), o], [toDecimal128(i, 18) / 1000000, toDecimal128(i, 18) / 9000000, toDecimal128(o, 18) / 200000],
          toDecimal128(i, 18) / 1000000 + toDecimal128(i, 18) / 9000000 + toDecimal128(o, 18) / 200000, 'USD', 'exact', 'priced', '1', 'exact'
        FROM (SELECT number, sipHash64(number) AS h, number * ${dayOf.length} / ${events} AS place, toInt64(dayOf[1 + toUInt32(floor(place))]) AS d, least((place - dayStarts[d + 1]) / dayParts[d + 1] * ${hourOf.length}, ${hourOf.length} - 0.001) AS inDay, toInt64(hourOf[1 + toUInt32(floor(inDay))]) AS hour,
          ${spread === 'even' ? '(bitShiftRight(h, 8) % 40)' : `featureOf[1 + bitShiftRight(h, 8) % ${clients.reduce((a, b) => a + b, 0)}]`} AS f, f % 20 AS t,
          ${spread === 'even' ? 'h % 12' : 'toUInt64((f * 5 + multiIf(h % 100 < 80, 0, h % 100 < 97, 1, 4)) % 12)'} AS m,
          toUInt64(50 + bitShiftRight(h, 16) % 6000) AS i, toUInt64(20 + bitShiftRight(h, 32) % 900) AS o FROM numbers(${from}, ${Math.min(perInsert, events - from)}))`,
      })
    }
    // A bill is in for the first half of one provider's days, so that the counting rule has something to decide.
    const batchId = newId()
    await clickhouse.command({
      name: 'bench.bill',
      sql: `INSERT INTO charges_v1 (x_OrganizationId, x_BatchId, x_RowNumber, x_Basis, BilledCost, EffectiveCost, BillingCurrency, BillingAccountId, ChargeCategory, ChargePeriodStart, ChargePeriodEnd, ServiceProviderName, ServiceName)
        SELECT toUUID('${organizationId}'), toUUID('${batchId}'), number + 1, 'billed', 3, 3, 'USD', concat('account-', toString(number % 3)), 'Usage', toDateTime(${(end - days * day) / 1000}, 'UTC') + 86400 * intDiv(number, 3) AS at, at + 86400, 'OpenAI', 'OpenAI API' FROM numbers(135)`,
    })
    await clickhouse.command({ name: 'bench.spans', sql: billedSpansSql, params: { organizationId, ids: [batchId] } })
    await clickhouse.command({
      name: 'bench.open',
      sql: `INSERT INTO batch_log_v1 SELECT toUUID('${organizationId}'), now64(6), generateUUIDv4(), 'bench', 'import', [toUUID('${batchId}')], []`,
    })
    const tables = ['usage_events_v1', 'usage_per_15m_v1', 'usage_coarse_v1']
    for (const table of tables)
      await clickhouse.command({ name: 'bench.merge', sql: `OPTIMIZE TABLE ${table} FINAL`, lane: 'background' })
    const disk = await clickhouse.query<{ table: string; bytes: string; rows: string }>({
      name: 'bench.disk',
      sql: 'SELECT table, sum(bytes_on_disk) AS bytes, sum(rows) AS rows FROM system.parts WHERE active AND database = currentDatabase() AND table IN {tables:Array(String)} GROUP BY table',
      params: { tables },
    })
    const of = (table: string) => disk.find((row) => row.table === table)
    return {
      rows: tables.map((table) => Number(of(table)?.rows)),
      bytesPerEvent: tables.map((table) => Number(of(table)?.bytes) / events),
    }
  })
}
