import { createReadStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { parseArgs } from 'node:util'
import type { Import } from '../modules/ingestion/contract'
import { invalid, unavailable } from '../primitives/errors'

type Target = { url: string; key: string }

/**
 * `infrazen import FILE…`: streams each file to the running server and follows it to its end. Prints rows and sums, and
 * every problem the answer carries. Returns 0 when all were taken in (or were there already), 1 otherwise.
 */
export async function importFiles(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      url: { type: 'string' },
      connection: { type: 'string', default: 'files' },
      format: { type: 'string', default: 'focus' },
      currency: { type: 'string' },
      delivery: { type: 'string', default: 'auto' },
    },
  })
  if (positionals.length === 0) throw invalid('no_files', 'Name at least one file: infrazen import FILE…')
  const key = values.key ?? process.env.INFRAZEN_API_KEY
  if (!key)
    throw invalid(
      'no_key',
      'An API key is needed: set INFRAZEN_API_KEY or give --key. Make one on the page under Settings.',
    )
  const url = values.url ?? process.env.INFRAZEN_URL ?? `http://127.0.0.1:${process.env.INFRAZEN_PORT || 4000}`
  const target = { url: url.replace(/\/+$/, ''), key }

  let failures = 0
  for (const file of positionals) {
    const query = new URLSearchParams({
      format: values.format,
      connection: values.connection,
      delivery: values.delivery,
      fileName: basename(file),
    })
    if (values.currency) query.set('currency', values.currency)
    const result = await importOne(target, file, query)
    report(file, result)
    if (result.status === 'failed') failures++
  }
  return failures === 0 ? 0 : 1
}

async function importOne(target: Target, file: string, query: URLSearchParams): Promise<Import> {
  const size = statSync(file).size
  let sent = 0
  const bytes = createReadStream(file).on('data', (chunk) => {
    sent += chunk.length
    progress(`${file}: sending`, size === 0 ? 1 : sent / size)
  })
  const { id } = await ask<{ id: string }>(target, `/api/v1/imports?${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: Readable.toWeb(bytes) as ReadableStream,
    duplex: 'half',
  } as RequestInit)
  for (;;) {
    const state = await ask<Import>(target, `/api/v1/imports/${id}`)
    if (state.status !== 'queued' && state.status !== 'running') {
      endProgress()
      return state
    }
    progress(`${file}: reading`, state.progress)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

async function ask<T>(target: Target, path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(`${target.url}${path}`, {
    ...init,
    headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${target.key}` },
  }).catch((cause: unknown) => {
    endProgress()
    throw unavailable(
      'server_unreachable',
      `No InfraZen answers at ${target.url}. Start it with \`infrazen serve\`, or give --url.`,
      {},
      { cause },
    )
  })
  const body = (await response.json().catch(() => null)) as (T & { detail?: string; code?: string }) | null
  if (!response.ok || body === null) {
    endProgress()
    throw invalid(
      body?.code ?? 'unexpected_answer',
      `${body?.detail ?? `The server answered ${response.status}.`} (${body?.code ?? response.status})`,
    )
  }
  return body
}

function report(file: string, result: Import): void {
  const out = (line: string) => process.stdout.write(`${line}\n`)
  const { read, accepted, quarantined } = result.rows
  if (result.status === 'duplicate') out(`${file}: already taken in as ${result.duplicateOf}; nothing changed`)
  else
    out(
      `${file}: ${result.status}; rows read ${read}, accepted ${accepted}, quarantined ${quarantined} (${result.format ?? 'unknown format'}; import ${result.id})`,
    )
  for (const sum of result.sums) {
    out(
      `  ${sum.currency}: billed ${sum.BilledCost ?? 'unknown'}, effective ${sum.EffectiveCost ?? 'unknown'}, list ${sum.ListCost ?? 'unknown'}, contracted ${sum.ContractedCost ?? 'unknown'}`,
    )
  }
  for (const finding of result.findings) out(`  ${finding.code}: ${finding.message}`)
  for (const problem of result.problems) {
    const place = [problem.row === null ? null : `row ${problem.row}`, problem.column].filter(Boolean).join(', ')
    out(`  problem ${problem.code}${place ? ` (${place})` : ''}: ${problem.message}`)
  }
}

const onTerminal = process.stderr.isTTY === true
let lastText = ''

function progress(what: string, part: number): void {
  const text = `${what} ${Math.floor(part * 100)} %`
  if (!onTerminal || text === lastText) return
  lastText = text
  process.stderr.write(`\r\u001b[K${text}`)
}

function endProgress(): void {
  if (onTerminal && lastText) process.stderr.write('\r\u001b[K')
  lastText = ''
}
