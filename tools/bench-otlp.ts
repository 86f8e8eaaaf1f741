/**
 * OTLP protobuf spans acknowledged per second, over HTTP to the disk, against the engine's own insert of the same rows.
 * One step of `npm run bench`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { otlpRoutes } from '../server/src/modules/ingestion/otlp'
import { spanMessage, traceRequest } from '../server/src/modules/ingestion/otlp/protobuf.fixture'
import { newId } from '../server/src/primitives/ids'
import { migrateClickHouse, openClickHouse } from '../server/src/storage/clickhouse'

type OtlpFigures = {
  spans: number
  /** Spans a second from the first byte sent to the last answer. */
  acknowledged: number
  /** Rows a second of the same rows, inserted as blocks of NDJSON through the same client. */
  rawInsert: number
  ratio: number
  /** Of the active parts of usage_events_v1, after merging. */
  bytesPerEvent: number
  /** Milliseconds from sending one span alone to its acknowledgement. */
  loneP50: number
  loneP99: number
}

const spansPerRequest = 512
const rowsPerBlock = 50_000

async function benchOtlp(spans = 200_000): Promise<OtlpFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-otlp-'))
  const clickhouse = await openClickHouse({ path: folder })
  try {
    await migrateClickHouse(clickhouse)
    const app = Fastify() as unknown as FastifyInstance
    app.setValidatorCompiler(validatorCompiler)
    app.setSerializerCompiler(serializerCompiler)
    app.decorateRequest('scope', null as never)
    const warm = newId()
    const measured = newId()
    let organizationId = warm
    app.addHook('onRequest', async (request) => {
      request.scope = { organizationId, actor: 'bench' }
    })
    await app.register(otlpRoutes({ clickhouse }))
    const url = await app.listen({ port: 0, host: '127.0.0.1' })

    const bodies = Array.from({ length: Math.ceil(spans / spansPerRequest) }, (_, i) => requestOf(i))
    const total = bodies.length * spansPerRequest
    await send(url, bodies.slice(0, 40))
    organizationId = measured
    const started = performance.now()
    await send(url, bodies)
    const acknowledged = total / ((performance.now() - started) / 1000)

    const lone: number[] = []
    for (let i = 0; i < 200; i++) {
      const body = traceRequest({ spans: [spanOf(10_000_000 + i)] })
      const before = performance.now()
      await send(url, [body])
      lone.push(performance.now() - before)
    }
    lone.sort((a, b) => a - b)
    await app.close()

    const [count] = await clickhouse.query<{ n: string }>({
      name: 'bench.count',
      sql: 'SELECT count() AS n FROM usage_events_v1 WHERE OrganizationId = {o:UUID}',
      params: { o: measured },
    })
    if (Number(count?.n) !== total + lone.length)
      throw new Error(`${count?.n} events are in the ledger, ${total + lone.length} were acknowledged`)

    const bytesPerEvent = await measureDisk(clickhouse)
    const rawInsert = await measureRawInsert(clickhouse, measured, total + lone.length)
    return {
      spans: total,
      acknowledged,
      rawInsert,
      ratio: acknowledged / rawInsert,
      bytesPerEvent,
      loneP50: lone[100]!,
      loneP99: lone[197]!,
    }
  } finally {
    await sender?.terminate()
    sender = undefined
    await clickhouse.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

type Store = Awaited<ReturnType<typeof openClickHouse>>

async function measureDisk(clickhouse: Store): Promise<number> {
  await clickhouse.command({ name: 'bench.merge', sql: 'OPTIMIZE TABLE usage_events_v1 FINAL' })
  const [disk] = await clickhouse.query<{ bytes: string }>({
    name: 'bench.disk',
    sql: "SELECT toString(sum(bytes_on_disk) / sum(rows)) AS bytes FROM system.parts WHERE active AND database = currentDatabase() AND table = 'usage_events_v1'",
  })
  return Number(disk?.bytes)
}

/** The same rows under another organization, in blocks as large as a commit's, roll-up included as it is there. */
async function measureRawInsert(clickhouse: Store, organizationId: string, rows: number): Promise<number> {
  const blocks: Buffer[] = []
  for (let offset = 0; offset < rows; offset += rowsPerBlock) {
    const path = join(clickhouse.scratchFolder, `raw-${offset}.ndjson`)
    await clickhouse.command({
      name: 'bench.dump',
      sql: `INSERT INTO FUNCTION file('${path}', 'JSONEachRow') SELECT * REPLACE (toUUID('00000000-0000-7000-8000-000000000000') AS OrganizationId)
        FROM (SELECT * FROM usage_events_v1 WHERE OrganizationId = {o:UUID} ORDER BY StartedAt, EventId LIMIT ${rowsPerBlock} OFFSET {offset:UInt64})`,
      params: { o: organizationId, offset },
    })
    blocks.push(await readFile(path))
  }
  const started = performance.now()
  for (const block of blocks)
    await clickhouse.insertNdjson({ name: 'bench.rawInsert', table: 'usage_events_v1', rows: block })
  const seconds = (performance.now() - started) / 1000
  const [count] = await clickhouse.query<{ n: string }>({
    name: 'bench.count',
    sql: "SELECT count() AS n FROM usage_events_v1 WHERE OrganizationId = '00000000-0000-7000-8000-000000000000'",
  })
  if (Number(count?.n) !== rows) throw new Error(`${count?.n} of ${rows} rows were inserted`)
  return rows / seconds
}

const models = [
  'gpt-5',
  'gpt-5-mini',
  'gpt-4o',
  'gpt-4o-mini',
  'claude-sonnet-4-5',
  'claude-haiku-4-5',
  'gemini-2.5-pro',
  'gemini-2.5-flash',
]
const providers = ['openai', 'openai', 'openai', 'openai', 'anthropic', 'anthropic', 'gcp.gemini', 'gcp.gemini']
const base = BigInt(Date.now() - 3_600_000) * 1_000_000n

/** Deterministic, spread like real calls: long-tailed token counts, many teams and features. */
function spanOf(n: number): Buffer {
  const a = Math.imul(n + 1, 0x9e3779b1) >>> 0
  const b = Math.imul(a ^ (a >>> 15), 0x85ebca6b) >>> 0
  const c = Math.imul(b ^ (b >>> 13), 0xc2b2ae35) >>> 0
  const model = a % models.length
  const input = BigInt(Math.round(Math.exp(4 + (b % 6000) / 1000)))
  const output = BigInt(Math.round(Math.exp(2 + (c % 5000) / 1000)))
  const start = base + (BigInt(n) * 15_000_000n) / 1000n
  return spanMessage({
    parentId: [c, a].map((word) => ((word | 1) >>> 0).toString(16).padStart(8, '0').slice(-8)).join(''),
    traceId: [a, b, c, n].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join(''),
    spanId: [b, n].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join(''),
    name: `chat ${models[model]}`,
    start,
    end: start + BigInt(200 + (c % 20_000)) * 1_000_000n,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': providers[model]!,
      'gen_ai.request.model': models[model]!,
      'gen_ai.response.model': models[model]!,
      'gen_ai.response.id': `chatcmpl-${[c, a, b].map((word) => word.toString(36)).join('')}`,
      'gen_ai.request.temperature': 0.7,
      'gen_ai.request.max_tokens': 4096n,
      'gen_ai.usage.input_tokens': input,
      'gen_ai.usage.output_tokens': output,
      'gen_ai.usage.cache_read.input_tokens': b % 3 === 0 ? input / 2n : 0n,
      'infrazen.team': `team-${a % 20}`,
      'infrazen.project': `project-${b % 60}`,
      'infrazen.feature': `feature-${c % 100}`,
      'server.address': 'api.example.com',
      'server.port': 443n,
    },
  })
}

function requestOf(i: number): Buffer {
  return traceRequest({
    resource: {
      'service.name': `service-${i % 12}`,
      'deployment.environment.name': 'production',
      'telemetry.sdk.language': 'nodejs',
    },
    scope: { name: 'opentelemetry.instrumentation.openai', version: '1.4.0' },
    spans: Array.from({ length: spansPerRequest }, (_, j) => spanOf(i * spansPerRequest + j)),
  })
}

/** Sends from a thread of its own, as a client would from its own machine. */
function send(url: string, bodies: Buffer[]): Promise<void> {
  sender ??= new Worker(new URL('./bench-otlp-client.mjs', import.meta.url), { execArgv: [] })
  const worker = sender
  return new Promise((resolve, reject) => {
    worker.once('message', (problem: string | null) => (problem === null ? resolve() : reject(new Error(problem))))
    worker.postMessage({ url, bodies })
  })
}
let sender: Worker | undefined

const figures = await benchOtlp(Number(process.argv[2] ?? 200_000))
process.stdout.write(`${JSON.stringify(figures)}\n`)
