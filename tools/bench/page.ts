/**
 * From an acknowledged call to an answer that holds it, on a running server: span sent, acknowledged, told by the
 * stream of changes, asked, answered. And the server's memory, idle and at its peak.
 * Argument: events. Prints one line of JSON.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { spanMessage, traceRequest } from '../../server/src/modules/ingestion/otlp/protobuf.fixture'
import { quantile, setUp, startServer } from './running-server'

const events = Number(process.argv[2])
const folder = mkdtempSync(join(tmpdir(), 'bench-page-'))
const server = await startServer(folder)
const { base } = server
const stopping = new AbortController()
try {
  const { authorization } = await setUp(server, 'UTC')
  await pause(5_000)
  const idleBytes = memoryOf('VmRSS')

  const stream = await fetch(`${base}/api/v1/stream`, { headers: { authorization }, signal: stopping.signal })
  let told = () => {}
  const listening = (async () => {
    const decoder = new TextDecoder()
    for await (const piece of stream.body as unknown as AsyncIterable<Uint8Array>)
      if (decoder.decode(piece, { stream: true }).includes('event: change')) told()
  })().catch(() => {})

  const whole: number[] = []
  const toldAfter: number[] = []
  const today = new Date(Date.now() - 3_600_000)
  const question = {
    metrics: ['calls', 'effective_cost'],
    dimensions: ['team', 'model'],
    period: {
      from: new Date(today.getTime() - 7 * 86_400_000).toISOString(),
      to: new Date(today.getTime() + 7_200_000).toISOString(),
    },
  }
  for (let i = 0; i < events; i++) {
    const change = new Promise<void>((resolve) => {
      told = resolve
    })
    const body = traceRequest({ spans: [spanOf(i, today)] })
    const sent = await fetch(`${base}/v1/traces`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(body),
    })
    if (!sent.ok) throw new Error(`the span was answered with ${sent.status}: ${await sent.text()}`)
    const acknowledged = performance.now()
    await Promise.race([change, pause(10_000).then(() => Promise.reject(new Error('no change was told in 10 s')))])
    toldAfter.push(performance.now() - acknowledged)
    for (;;) {
      const answer = (await (await server.post('/api/v1/query', question, { authorization })).json()) as {
        columns: { id: string }[]
        totals: (string | null)[][]
      }
      const calls = answer.totals[0]?.[answer.columns.findIndex((column) => column.id === 'calls')]
      if (Number(calls) === i + 1) break
      if (performance.now() - acknowledged > 10_000)
        throw new Error(`the answer counts ${calls} calls, ${i + 1} were sent`)
    }
    whole.push(performance.now() - acknowledged)
    // A change told late must not be taken for the next one's.
    await pause(50)
  }
  const peakBytes = memoryOf('VmHWM')
  stopping.abort()
  await listening
  process.stdout.write(
    `${JSON.stringify({ p50: quantile(whole, 0.5), p99: quantile(whole, 0.99), toldP50: quantile(toldAfter, 0.5), toldP99: quantile(toldAfter, 0.99), idleBytes, peakBytes })}\n`,
  )
} finally {
  stopping.abort()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(process.exitCode ?? 0)

function spanOf(i: number, at: Date): Buffer {
  const start = BigInt(at.getTime() + i) * 1_000_000n
  return spanMessage({
    traceId: (i + 1).toString(16).padStart(32, '0'),
    spanId: (i + 1).toString(16).padStart(16, '0'),
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
      'infrazen.team': `team-${i % 20}`,
    },
  })
}

/** Linux keeps both; elsewhere the figure is missing rather than guessed. */
function memoryOf(field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8')
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024
}
