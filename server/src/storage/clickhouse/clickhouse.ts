import { mkdirSync, rmSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { newId } from '../../primitives/ids'

/** Statements of one lane wait for one another, never for those of another lane. */
export type Lane = 'ingest' | 'ask' | 'background'

export type Statement = {
  /** Reaches the engine's log as a comment, so that a slow statement leads back to one function. */
  name: string
  sql: string
  params?: Record<string, unknown>
  lane?: Lane
  settings?: Record<string, string | number>
}

export interface ClickHouse {
  readonly embedded: boolean
  /** Temporary files that the embedded engine reads. */
  readonly scratchFolder: string
  /** Rows as objects; `Decimal` and 64-bit integers arrive as strings. */
  query<Row>(statement: Statement): Promise<Row[]>
  command(statement: Statement): Promise<void>
  /** Newline-delimited JSON into a table; resolves when the rows are on disk. */
  insertNdjson(request: { name: string; table: string; rows: Buffer; lane?: Lane }): Promise<void>
  /**
   * `INSERT INTO … SELECT … FROM {source}` where the source is bytes in a format. The embedded engine reads a file,
   * a server reads the request's body by `input()`; the statement is otherwise the same.
   */
  insertFrom(request: Omit<Statement, 'sql'> & { sql: (source: string) => string; input: BulkInput }): Promise<void>
  /** The text of an answer in any ClickHouse format, in pieces. */
  stream(statement: Statement & { format: string }): AsyncIterable<Buffer>
  close(): Promise<void>
}

export type BulkInput = {
  format: 'CSV' | 'JSONEachRow' | 'Parquet'
  /** `name Type, …` of the source's columns; absent lets the engine read it from the file. */
  structure?: string
  content: { bytes: Buffer } | { path: string }
}

export type ClickHouseSettings = { path?: string; url?: string; database?: string }

// Without these two, JSON turns Decimal and 64-bit integers into binary floats and loses digits.
const exactJson = { output_format_json_quote_decimals: 1, output_format_json_quote_64bit_integers: 1 } as const
const always = {
  ...exactJson,
  date_time_input_format: 'best_effort',
  date_time_output_format: 'iso',
  // A statement names every column of a file, and files have up to two thousand.
  max_query_size: '8000000',
} as const

const laneWidth: Record<Lane, number> = { ingest: 2, ask: 4, background: 1 }

/**
 * Opens the ledger's engine: in this process on a folder, or a server.
 * @throws Error when the folder belongs to another process or the server does not answer.
 */
export async function openClickHouse(settings: ClickHouseSettings): Promise<ClickHouse> {
  const embedded = settings.url === undefined
  const connect = await connector(settings)
  const lanes = Object.fromEntries(
    Object.entries(laneWidth).map(([lane, width]) => [lane, new LanePool(Array.from({ length: width }, connect))]),
  ) as Record<Lane, LanePool>
  const scratchFolder = join(settings.path ?? process.env.TMPDIR ?? '/tmp', 'scratch')
  // What a killed process left there belongs to nobody: the folder has one owner at a time.
  if (embedded) rmSync(scratchFolder, { recursive: true, force: true })
  mkdirSync(scratchFolder, { recursive: true })

  const run = async <T>(lane: Lane | undefined, work: (client: ClickHouseClient) => Promise<T>) =>
    lanes[lane ?? 'ask'].use(work)

  const clickhouse: ClickHouse = {
    embedded,
    scratchFolder,
    async query<Row>(s: Statement) {
      return run(s.lane, async (client) => {
        const result = await client.query({ ...prepared(s), format: 'JSONEachRow' })
        return (await result.json()) as Row[]
      })
    },
    async command(s) {
      await run(s.lane, async (client) => {
        await client.command(prepared(s))
      })
    },
    async insertNdjson({ name, table, rows, lane = 'ingest' }) {
      if (rows.length === 0) return
      if (embedded) {
        // A file read by the engine is twice as fast as values streamed through the client, and leaves the event loop free.
        const path = join(scratchFolder, `${newId()}.ndjson`)
        try {
          await writeFile(path, rows)
          const structure = await structureOf(clickhouse, table)
          await clickhouse.command({
            name,
            lane,
            sql: `INSERT INTO ${table} SELECT * FROM file(${literal(path)}, 'JSONEachRow', ${literal(structure)}) SETTINGS max_threads = 1`,
          })
        } finally {
          await rm(path, { force: true })
        }
        return
      }
      await run(lane, async (client) => {
        await drained(
          client.exec({
            query: `INSERT INTO ${table} FORMAT JSONEachRow`,
            values: Readable.from([rows]),
            clickhouse_settings: { log_comment: name },
          }),
        )
      })
    },
    async insertFrom({ name, sql, input, params, settings: extra, lane = 'ingest' }) {
      if (!embedded) {
        const source = `input(${literal(input.structure ?? 'auto')})`
        await run(lane, async (client) => {
          const bytes =
            'bytes' in input.content
              ? Readable.from([input.content.bytes])
              : (await import('node:fs')).createReadStream(input.content.path)
          await drained(
            client.exec({
              query: `${sql(source)} FORMAT ${input.format}`,
              values: bytes,
              query_params: params,
              clickhouse_settings: { ...extra, log_comment: name },
            }),
          )
        })
        return
      }
      const path =
        'path' in input.content ? input.content.path : join(scratchFolder, `${newId()}.${input.format.toLowerCase()}`)
      try {
        if ('bytes' in input.content) await writeFile(path, input.content.bytes)
        const source = `file(${literal(path)}, '${input.format}'${input.structure ? `, ${literal(input.structure)}` : ''})`
        await clickhouse.command({ name, sql: sql(source), params, settings: extra, lane })
      } finally {
        if ('bytes' in input.content) await rm(path, { force: true })
      }
    },
    async *stream(s) {
      // The embedded client hands an answer over whole; a server streams it.
      const pieces = await run(s.lane ?? 'background', async (client) => {
        const result = await client.exec({ ...prepared(s), query: `${prepared(s).query} FORMAT ${s.format}` })
        const pieces: Buffer[] = []
        for await (const piece of result.stream as AsyncIterable<Buffer | string>) pieces.push(Buffer.from(piece))
        return pieces
      })
      for (const piece of pieces) yield piece
    },
    async close() {
      await Promise.all(Object.values(lanes).map((lane) => lane.close()))
    },
  }
  await clickhouse.query({ name: 'storage.ping', sql: 'SELECT 1' })
  return clickhouse

  function prepared(s: Statement) {
    if (!embedded)
      return { query: s.sql, query_params: s.params, clickhouse_settings: { ...s.settings, log_comment: s.name } }
    // In process, settings given beside a statement stay on the connection; written into it, they end with it.
    return { query: withSettings(s.sql, s.settings ?? {}), query_params: s.params }
  }
}

function withSettings(sql: string, settings: Record<string, string | number>): string {
  const list = Object.entries(settings).map(
    ([name, value]) => `${name} = ${typeof value === 'number' ? value : literal(value)}`,
  )
  if (list.length === 0) return sql
  return `${sql}${/\bSETTINGS\s[^()']*$/.test(sql) ? ',' : ' SETTINGS'} ${list.join(', ')}`
}

/** Reads the (empty) answer of an insert to its end, so that the connection can be used again. */
async function drained(answer: Promise<{ stream: Readable }>) {
  for await (const _ of (await answer).stream) void _
}

/** Quotes text as a SQL literal. For values that are the program's own (paths, structures); users' values travel as params. */
export const literal = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

async function connector(settings: ClickHouseSettings): Promise<() => ClickHouseClient> {
  if (settings.url !== undefined) {
    const { url, database } = settings
    return () =>
      createClient({
        url,
        ...(database ? { database } : {}),
        clickhouse_settings: {
          ...always,
          send_progress_in_http_headers: 1,
          http_headers_progress_interval_ms: '20000',
        },
        log: { level: ClickHouseLogLevel.OFF },
        max_open_connections: 1,
        request_timeout: 600_000,
      })
  }
  if (settings.path === undefined) throw new Error('openClickHouse needs a path or a url')
  mkdirSync(settings.path, { recursive: true })
  const { createChdbConnection } = await import('chdb/connection')
  const path = join(settings.path, 'clickhouse')
  return () => createClient({ connection: createChdbConnection({ path }) as never, clickhouse_settings: always })
}

const structures = new WeakMap<ClickHouse, Map<string, Promise<string>>>()

function structureOf(clickhouse: ClickHouse, table: string): Promise<string> {
  let known = structures.get(clickhouse)
  if (!known) {
    known = new Map()
    structures.set(clickhouse, known)
  }
  let structure = known.get(table)
  if (!structure) {
    structure = clickhouse
      .query<{ name: string; type: string }>({
        name: 'storage.structureOf',
        sql: `SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table:String} ORDER BY position`,
        params: { table },
        lane: 'background',
      })
      .then((columns) => columns.map((column) => `\`${column.name}\` ${column.type}`).join(', '))
    known.set(table, structure)
  }
  return structure
}

/** Hands each statement a client of its own: one client runs one statement at a time. */
class LanePool {
  private readonly free: ClickHouseClient[]
  private readonly waiting: ((client: ClickHouseClient) => void)[] = []

  constructor(private readonly clients: ClickHouseClient[]) {
    this.free = [...clients]
  }

  async use<T>(work: (client: ClickHouseClient) => Promise<T>): Promise<T> {
    const client = this.free.pop() ?? (await new Promise<ClickHouseClient>((resolve) => this.waiting.push(resolve)))
    try {
      return await work(client)
    } finally {
      const next = this.waiting.shift()
      if (next) next(client)
      else this.free.push(client)
    }
  }

  async close() {
    await Promise.all(this.clients.map((client) => client.close()))
  }
}
