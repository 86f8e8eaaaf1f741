import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { Decompress } from 'fzstd'
import { Failure, invalid } from '../../../primitives/errors'

import { addScaled, formatDecimal, parseDecimal, type Scaled } from '../../../primitives/money'
import type { Scope } from '../../../primitives/scope'
import type { ClickHouse } from '../../../storage/clickhouse'
import { type BatchRecord, commitBatches, openBatchesOf } from '../../ledger'
import type { Problem } from '../contract'
import { type CsvChunk, CsvScanner, type Malformed, readHeader } from './scan-csv'
import { type ColumnPlan, costColumns, ownPublishers, type TargetColumn, understandColumns } from './understand-columns'

export type ImportOrder = {
  id: string
  path: string
  fileName: string
  contentHash: string
  connectionId: string
  delivery: 'auto' | 'replace' | 'append'
  currency?: string
  replayOf?: string
}

export type ImportOutcome = {
  format: string
  focusVersion: string | null
  batchIds: string[]
  rows: { read: number; accepted: number; quarantined: number }
  sums: {
    currency: string
    BilledCost: string | null
    EffectiveCost: string | null
    ListCost: string | null
    ContractedCost: string | null
  }[]
  problems: Problem[]
  findings: { code: string; message: string }[]
}

export type ImportTools = {
  clickhouse: ClickHouse
  scope: Scope
  detectVersion: (names: string[]) => string | null
  onProgress: (share: number, rows: number) => void
  signal?: AbortSignal
}

const noBatch = '00000000-0000-0000-0000-000000000000'
const mostBatches = 10_000
const problemsShown = 100

/**
 * Brings one file into the ledger: its good rows become charges of new batches, its bad rows go to quarantine, and only
 * the last step makes them visible. Killed before that, nothing is visible and the import can run again.
 * @throws Failure when the file as a whole is refused; nothing of it is kept
 */
export async function runImport(order: ImportOrder, tools: ImportTools): Promise<ImportOutcome> {
  await forgetAttempt(order, tools)
  try {
    const kind = await recognise(order.path)
    const source =
      kind.format === 'parquet' ? await readParquet(order, tools) : await readCsvFile(order, kind.compression, tools)
    return await settle(
      order,
      tools,
      source,
      `${kind.format}${kind.compression === 'none' ? '' : `+${kind.compression}`}`,
    )
  } catch (error) {
    await forgetAttempt(order, tools)
    throw error
  }
}

type Source = {
  plan: ColumnPlan
  rowsRead: number
  malformed: number
  /** Sums of the source itself by batch and currency, where its text says so. */
  sums: { provider: string; account: string; periodStart: string; currency: string; sums: Map<string, Scaled> }[] | null
  sourceSql: string | null
}

async function recognise(path: string): Promise<{ format: 'csv' | 'parquet'; compression: 'none' | 'gzip' | 'zstd' }> {
  const file = await open(path)
  const head = Buffer.alloc(8)
  const { bytesRead } = await file.read(head, 0, 8, 0)
  const { size } = await file.stat()
  const tail = Buffer.alloc(4)
  if (size >= 12) await file.read(tail, 0, 4, size - 4)
  await file.close()
  if (bytesRead === 0) throw invalid('file_empty', 'The file is empty.')
  const hex = head.toString('hex')
  if (head.toString('latin1', 0, 4) === 'PAR1') {
    if (tail.toString('latin1') !== 'PAR1')
      throw invalid('parquet_truncated', 'The Parquet file is cut off: its end is missing. Download it again.')
    return { format: 'parquet', compression: 'none' }
  }
  if (hex.startsWith('1f8b')) return { format: 'csv', compression: 'gzip' }
  if (hex.startsWith('28b52ffd')) return { format: 'csv', compression: 'zstd' }
  const strangers: [string, string][] = [
    ['504b0304', 'a ZIP archive or an Excel workbook'],
    ['25504446', 'a PDF'],
    ['d0cf11e0', 'an old Excel workbook'],
    ['fffe', 'text in UTF-16'],
    ['feff', 'text in UTF-16'],
    ['425a68', 'a bzip2 archive'],
    ['fd377a58', 'an xz archive'],
    ['7b', 'JSON'],
    ['3c', 'HTML or XML'],
    ['89504e47', 'a picture'],
    ['4f726301', 'an ORC file'],
  ]
  const stranger = strangers.find(([magic]) => hex.startsWith(magic))
  if (stranger)
    throw new Failure(
      'unsupported',
      'unsupported_content',
      `This is ${stranger[1]}, not CSV or Parquet. Export the bill as CSV (UTF-8) or Parquet; gzip and zstd are understood.`,
    )
  return { format: 'csv', compression: 'none' }
}

/** The decompressed bytes of a file, in pieces, with the share of the file read so far. */
async function* readBytes(
  path: string,
  compression: 'none' | 'gzip' | 'zstd',
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const raw = createReadStream(path, { highWaterMark: 1 << 20 })
  raw.on('data', (piece) => onRead(piece.length))
  try {
    if (compression === 'none') yield* raw as AsyncIterable<Buffer>
    else if (compression === 'gzip') {
      const unpacked = createGunzip({ chunkSize: 1 << 20 })
      raw.on('error', (error) => unpacked.destroy(error))
      yield* raw.pipe(unpacked) as AsyncIterable<Buffer>
    } else {
      const out: Buffer[] = []
      let finished = false
      const unpack = new Decompress((piece, final) => {
        out.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength))
        finished = final ?? false
      })
      for await (const piece of raw as AsyncIterable<Buffer>) {
        unpack.push(piece)
        while (out.length > 0) yield out.shift()!
      }
      unpack.push(new Uint8Array(0), true)
      while (out.length > 0) yield out.shift()!
      if (!finished) throw new Error('truncated')
    }
  } catch (error) {
    if (compression === 'none' || error instanceof Failure) throw error
    throw invalid(
      'archive_damaged',
      `The ${compression} data is damaged or cut off. Download the file again; nothing of it was taken.`,
      { reason: (error as Error).message },
    )
  } finally {
    raw.destroy()
  }
}

let targetsCache: TargetColumn[] | undefined
async function ledgerColumns(clickhouse: ClickHouse): Promise<TargetColumn[]> {
  targetsCache ??= (
    await clickhouse.query<{ name: string; type: string }>({
      name: 'ingestion.ledgerColumns',
      sql: "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = 'charges_v1' AND NOT startsWith(name, 'x_') ORDER BY position",
    })
  ).map(({ name, type }) => ({
    name,
    type: type.includes('Decimal') ? 'decimal' : type.startsWith('DateTime') ? 'time' : 'text',
  }))
  return targetsCache
}

async function readCsvFile(
  order: ImportOrder,
  compression: 'none' | 'gzip' | 'zstd',
  tools: ImportTools,
): Promise<Source> {
  const { clickhouse } = tools
  const size = (await stat(order.path)).size
  const targets = await ledgerColumns(clickhouse)
  let plan: ColumnPlan | undefined
  let width = 0
  let delimiter = ','
  let scanner: CsvScanner | undefined

  const pass = async (summing: boolean, onChunk: (chunk: CsvChunk) => Promise<void>) => {
    let read = 0
    let head: Buffer = Buffer.alloc(0)
    scanner = undefined
    const lanes = new InFlight(2)
    const take = async (chunk: CsvChunk) => {
      tools.signal?.throwIfAborted()
      if (!isUtf8(chunk.bytes))
        throw invalid(
          'not_utf8',
          `The file is not in UTF-8 (near row ${chunk.firstRow}). Save it as CSV UTF-8 and import it again.`,
        )
      await lanes.add(() => onChunk(chunk))
      tools.onProgress(summing ? Math.min(0.9, (0.9 * read) / size) : 0.92, scanner!.rows)
    }
    for await (const piece of readBytes(order.path, compression, (bytes) => (read += bytes))) {
      let rest = piece
      if (!scanner) {
        head = head.length === 0 ? piece : Buffer.concat([head, piece])
        const header = readHeader(head)
        if (!header) {
          if (head.length > 1 << 20)
            throw invalid('no_header', 'The first line is longer than 1 MiB: this is not a CSV file with column names.')
          continue
        }
        if (head.includes(0))
          throw new Failure(
            'unsupported',
            'unsupported_content',
            'The file holds binary data, not text. Export the bill as CSV (UTF-8) or Parquet.',
          )
        scanner = begin(header.names, header.delimiter, summing)
        rest = head.subarray(header.length)
      }
      for (const chunk of scanner.push(rest)) await take(chunk)
    }
    if (!scanner) {
      const header = readHeader(Buffer.concat([head, Buffer.from('\n')]))!
      scanner = begin(header.names, header.delimiter, summing)
    }
    for (const chunk of (scanner as CsvScanner).finish()) await take(chunk)
    await lanes.drain()
  }
  const begin = (names: string[], separator: number, summing: boolean) => {
    delimiter = String.fromCharCode(separator)
    plan ??= understandColumns(names, targets, { currency: order.currency, detectVersion: tools.detectVersion })
    width = names.length
    const scope = [plan.scopeIndexes.provider, plan.scopeIndexes.account, plan.scopeIndexes.periodStart].filter(
      (i): i is number => i !== null,
    )
    return new CsvScanner(
      {
        fieldCount: width,
        delimiter: separator,
        money: new Map(
          costColumns.flatMap((column) =>
            plan!.index(column) === null ? [] : [[plan!.index(column)!, column] as [number, string]],
          ),
        ),
        currency: plan.index('BillingCurrency'),
        scope,
      },
      undefined,
      summing,
    )
  }

  const chunks: { firstRow: number; good: number }[] = []
  let malformedCount = 0
  const load = (chunk: CsvChunk, sql: (source: string) => string, name: string) =>
    clickhouse.insertFrom({
      name,
      sql: (source) => sql(`(SELECT ${chunk.firstRow} + rowNumberInAllBlocks() AS row, * FROM ${source})`),
      input: {
        format: 'CSV',
        structure: Array.from({ length: width }, (_, i) => `c${i} String`).join(', '),
        content: { bytes: chunk.bytes },
      },
      params: { ownPublishers },
      // One thread keeps the rows in order, which is what gives each its number.
      settings: {
        max_threads: 1,
        input_format_parallel_parsing: 0,
        format_csv_delimiter: delimiter,
        format_csv_null_representation: '\u0002',
        input_format_csv_empty_as_default: 1,
        max_insert_block_size: 65_536,
        min_insert_block_size_bytes: 160_000_000,
        max_partitions_per_insert_block: 0,
      },
    })
  await pass(true, async (chunk) => {
    chunks.push({ firstRow: chunk.firstRow, good: chunk.rows - chunk.malformed.length })
    if (chunk.malformed.length > 0) {
      malformedCount += chunk.malformed.length
      await quarantineMalformed(order, tools, chunk.malformed, width)
    }
    await load(chunk, (source) => insertGood(order, tools, plan!, source), 'ingestion.insertCharges')
  })
  const { rows } = scanner!
  const sums = [...scanner!.settle().values()].map((entry) => {
    const texts = [...entry.scope]
    const next = (index: number | null) => (index === null ? '' : (texts.shift() ?? ''))
    return {
      provider: blank(next(plan!.scopeIndexes.provider)),
      account: blank(next(plan!.scopeIndexes.account)),
      periodStart: next(plan!.scopeIndexes.periodStart),
      currency:
        plan!.index('BillingCurrency') === null ? (order.currency ?? 'XXX') : entry.currency.trim().toUpperCase(),
      sums: entry.sums,
    }
  })
  if (rows === 0) throw invalid('no_rows', 'The file has column names but no rows.')

  // A chunk of which not every row arrived has rows for the quarantine: read those chunks again.
  const arrived = await clickhouse.query<{ chunk: string; n: string }>({
    name: 'ingestion.countArrived',
    sql: 'SELECT roundDown(x_RowNumber, {starts:Array(UInt64)}) AS chunk, count() AS n FROM charges_v1 WHERE x_OrganizationId = {organizationId:UUID} AND x_ImportId = {importId:UUID} GROUP BY chunk',
    params: {
      starts: [0, ...chunks.map((c) => c.firstRow)],
      organizationId: tools.scope.organizationId,
      importId: order.id,
    },
    lane: 'ingest',
  })
  const counts = new Map(arrived.map((row) => [Number(row.chunk), Number(row.n)]))
  const short = new Set(
    chunks.filter((chunk) => (counts.get(chunk.firstRow) ?? 0) !== chunk.good).map((chunk) => chunk.firstRow),
  )
  if (short.size > 0) {
    await pass(false, async (chunk) => {
      if (short.has(chunk.firstRow))
        await load(chunk, (source) => insertQuarantined(order, tools, plan!, source), 'ingestion.quarantine')
    })
  }
  return { plan: plan!, rowsRead: rows, malformed: malformedCount, sums, sourceSql: null }
}

const blank = (text: string) => (['', 'NULL', 'null', 'Null', '\\N'].includes(text) ? '' : text)

async function readParquet(order: ImportOrder, tools: ImportTools): Promise<Source> {
  const { clickhouse } = tools
  const path = order.path
  const fileSql = `file('${path.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}', 'Parquet')`
  if (!clickhouse.embedded)
    throw new Failure(
      'unsupported',
      'parquet_needs_embedded',
      'With a ClickHouse server, Parquet files are not taken yet. Convert the file to CSV, or import it where the embedded engine runs.',
    )
  let described: { name: string; type: string }[]
  try {
    described = await clickhouse.query({
      name: 'ingestion.describeParquet',
      sql: `DESCRIBE TABLE ${fileSql}`,
      lane: 'ingest',
    })
  } catch (error) {
    throw invalid(
      'parquet_unreadable',
      'The Parquet file cannot be read: it is damaged or uses an encoding that is not known.',
      { reason: (error as Error).message.slice(0, 300) },
    )
  }
  const plan = understandColumns(
    described.map((column) => column.name),
    await ledgerColumns(clickhouse),
    { currency: order.currency, detectVersion: tools.detectVersion },
  )
  const asText = ({ name, type }: { name: string; type: string }) => {
    const column = `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
    if (/^(Nullable\()?String/.test(type)) return `ifNull(${column}, '')`
    if (/Map\(|Tuple\(|Array\(/.test(type)) return `ifNull(nullIf(toJSONString(${column}), '{}'), '')`
    return `ifNull(toString(${column}), '')`
  }
  const rowsSql = `(SELECT toUInt64(_row_number) + 1 AS row, ${described.map((column, i) => `${asText(column)} AS c${i}`).join(', ')} FROM ${fileSql})`
  const settings = {
    max_threads: 2,
    max_insert_threads: 1,
    max_block_size: 16_384,
    input_format_parquet_max_block_size: 16_384,
    min_insert_block_size_bytes: 64_000_000,
    max_partitions_per_insert_block: 0,
    max_memory_usage: 3_000_000_000,
  }
  tools.onProgress(0.05, 0)
  await clickhouse.command({
    name: 'ingestion.insertCharges',
    sql: insertGood(order, tools, plan, rowsSql),
    params: { ownPublishers },
    lane: 'ingest',
    settings,
  })
  const [count] = await clickhouse.query<{ n: string }>({
    name: 'ingestion.countParquet',
    sql: `SELECT count() AS n FROM ${fileSql}`,
    lane: 'ingest',
  })
  const [arrived] = await clickhouse.query<{ n: string }>({
    name: 'ingestion.countArrived',
    sql: 'SELECT count() AS n FROM charges_v1 WHERE x_OrganizationId = {o:UUID} AND x_ImportId = {i:UUID}',
    params: { o: tools.scope.organizationId, i: order.id },
    lane: 'ingest',
  })
  if (count!.n === '0') throw invalid('no_rows', 'The file has columns but no rows.')
  tools.onProgress(0.85, Number(count!.n))
  if (arrived!.n !== count!.n)
    await clickhouse.command({
      name: 'ingestion.quarantine',
      sql: insertQuarantined(order, tools, plan, rowsSql),
      params: { ownPublishers },
      lane: 'ingest',
      settings,
    })
  return { plan, rowsRead: Number(count!.n), malformed: 0, sums: null, sourceSql: rowsSql }
}

function batchIdSql(order: ImportOrder, plan: ColumnPlan): string {
  return `reinterpretAsUUID(sipHash128('${order.id}', ${plan.scopeSql.provider}, ${plan.scopeSql.account}, toString(${plan.scopeSql.periodStart})))`
}

/** The batch a row belongs to, or none. One expression for the quarantine and for the sums of the source: they must agree. */
function placedSql(order: ImportOrder, plan: ColumnPlan): string {
  return `if(${plan.unplaced}, toUUID('${noBatch}'), ${batchIdSql(order, plan)})`
}

function extraSql(plan: ColumnPlan): string {
  if (plan.extra.length === 0) return "CAST(map(), 'Map(LowCardinality(String), String)')"
  const pairs = plan.extra
    .map(({ index, name }) => `${quoted(name)}, if(c${index} IN ('', 'NULL', 'null', 'Null', '\\\\N'), '', c${index})`)
    .join(', ')
  return `CAST(mapFilter((k, v) -> v != '', map(${pairs})), 'Map(LowCardinality(String), String)')`
}

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

function insertGood(order: ImportOrder, { scope }: ImportTools, plan: ColumnPlan, source: string): string {
  const columns = [...plan.values.keys()]
  const tags = plan.values.get('Tags')
  return `INSERT INTO charges_v1 (x_OrganizationId, x_BatchId, x_ImportId, x_ConnectionId, x_RowNumber, x_Basis, x_SourceChanges, x_Tags, x_Extra, ${columns.join(', ')})
    SELECT toUUID('${scope.organizationId}'), ${batchIdSql(order, plan)}, toUUID('${order.id}'), toUUID('${order.connectionId}'), row, 'billed', [${plan.changes.map(quoted).join(', ')}],
      ${tags ? `CAST(JSONExtract(${tags}, 'Map(String, String)'), 'Map(LowCardinality(String), String)')` : 'map()'}, ${extraSql(plan)}, ${columns.map((column) => plan.values.get(column)).join(', ')}
    FROM ${source} WHERE c0 != '\\x01' AND NOT (${plan.unfit})`
}

/** The rows that `insertGood` leaves out, with every reason; their readable amounts are the named residual. */
function insertQuarantined(order: ImportOrder, { scope }: ImportTools, plan: ColumnPlan, source: string): string {
  const problems = plan.refusals.map(
    (r) => `if(${r.condition}, [(${quoted(r.column)}, ${quoted(r.code)}, ${quoted(r.message)})], [])`,
  )
  const cells = [...Array(maxIndex(plan) + 1).keys()].map((i) => `'c${i}', c${i}`).join(', ')
  const amounts = costColumns.flatMap((column) => {
    const at = plan.index(column)
    return at === null
      ? []
      : [
          `if(match(trimBoth(c${at}), '^[+-]?([0-9]+\\\\.?[0-9]*|\\\\.[0-9]+)([eE][+-]?[0-9]+)?$') AND isNotNull(toDecimal256OrNull(trimBoth(c${at}), 30)), [('${column}', assumeNotNull(toDecimal256OrNull(trimBoth(c${at}), 30)))], [])`,
        ]
  })
  const currency =
    plan.index('BillingCurrency') === null
      ? `'${order.currency ?? 'XXX'}'`
      : `upper(trimBoth(c${plan.index('BillingCurrency')}))`
  return `INSERT INTO quarantined_rows_v1 (OrganizationId, ImportId, BatchId, RowNumber, Cells, Raw, Problems, Currency, Amounts, RecordedAt)
    SELECT toUUID('${scope.organizationId}'), toUUID('${order.id}'), ${placedSql(order, plan)}, row,
      map(${cells}), '', arrayConcat(${problems.join(', ')}), ${currency}, CAST(arrayConcat(${amounts.join(', ')}), 'Map(LowCardinality(String), Decimal(76, 30))'), now64(6)
    FROM ${source} WHERE c0 != '\\x01' AND (${plan.unfit})`
}

const maxIndex = (plan: ColumnPlan) =>
  Math.max(
    ...plan.extra.map((e) => e.index),
    ...[...plan.values.keys()].map((c) => plan.index(c) ?? 0),
    plan.index('ProviderName') ?? 0,
    plan.index('PublisherName') ?? 0,
  )

async function quarantineMalformed(
  order: ImportOrder,
  { clickhouse, scope }: ImportTools,
  rows: Malformed[],
  width: number,
) {
  const remedies = {
    too_few_fields:
      'The row has fewer fields than the header. Look for a missing delimiter or a line break inside a text that is not quoted.',
    too_many_fields: 'The row has more fields than the header. Quote texts that hold the delimiter.',
    quote_unbalanced: 'A quote opens here and never closes. Close it or double quotes inside texts.',
    quote_misplaced: 'A quote ends in the middle of a field. Double quotes inside a quoted text.',
  }
  const lines = rows.map((row) =>
    JSON.stringify({
      OrganizationId: scope.organizationId,
      ImportId: order.id,
      BatchId: noBatch,
      RowNumber: row.row,
      Raw: row.raw,
      Cells: {},
      Problems: [
        { Column: '', Code: row.code, Message: `${remedies[row.code]} (${row.fields} fields, ${width} expected)` },
      ],
      Currency: '',
      Amounts: {},
      RecordedAt: new Date().toISOString(),
    }),
  )
  await clickhouse.insertNdjson({
    name: 'ingestion.quarantineMalformed',
    table: 'quarantined_rows_v1',
    rows: Buffer.from(`${lines.join('\n')}\n`),
  })
}

/** Takes back what an earlier, unfinished run of the same import stored. Its rows were never visible. */
async function forgetAttempt(order: ImportOrder, { clickhouse, scope }: ImportTools) {
  const params = { organizationId: scope.organizationId, importId: order.id }
  for (const [table, column] of [
    ['charges_v1', 'x_'],
    ['quarantined_rows_v1', ''],
  ] as const) {
    const mine = `${column}OrganizationId = {organizationId:UUID} AND ${column}ImportId = {importId:UUID}`
    const [found] = await clickhouse.query<{ n: string }>({
      name: 'ingestion.findAttempt',
      sql: `SELECT count() AS n FROM (SELECT 1 FROM ${table} WHERE ${mine} LIMIT 1)`,
      params,
      lane: 'ingest',
    })
    if (found?.n !== '0')
      await clickhouse.command({
        name: 'ingestion.forgetAttempt',
        sql: `DELETE FROM ${table} WHERE ${mine}`,
        params,
        lane: 'ingest',
      })
  }
}

type BatchSums = Map<string, Map<string, { source: Scaled; ledger: Scaled; quarantined: Scaled }>>
const nothing: Scaled = { units: 0n, scale: 0 }

async function settle(order: ImportOrder, tools: ImportTools, source: Source, format: string): Promise<ImportOutcome> {
  const { clickhouse, scope } = tools
  const { plan } = source
  const params = { organizationId: scope.organizationId, importId: order.id }
  tools.onProgress(0.93, source.rowsRead)
  const ledger = await clickhouse.query<
    {
      BatchId: string
      provider: string
      account: string
      Scope: string
      PeriodStart: string
      PeriodEnd: string
      currency: string
      rows: string
    } & Record<string, string | null>
  >({
    name: 'ingestion.sumLedger',
    sql: `SELECT x_BatchId AS BatchId, any(ServiceProviderName) AS provider, any(BillingAccountId) AS account, toString(min(BillingPeriodStart)) AS PeriodStart, toString(max(BillingPeriodEnd)) AS PeriodEnd, BillingCurrency AS currency, count() AS rows,
        ${costColumns.map((c) => `toString(sum(${c})) AS ${c}, count(${c}) AS n${c}`).join(', ')}
      FROM charges_v1 WHERE x_OrganizationId = {organizationId:UUID} AND x_ImportId = {importId:UUID} GROUP BY x_BatchId, BillingCurrency`,
    params,
    lane: 'ingest',
    settings: { prefer_column_name_to_alias: 1 },
  })
  const quarantined = await clickhouse.query<
    { BatchId: string; currency: string; rows: string } & Record<string, string>
  >({
    name: 'ingestion.sumQuarantine',
    sql: `SELECT BatchId, Currency AS currency, count() AS rows, ${costColumns.map((c) => `toString(sum(Amounts['${c}'])) AS ${c}`).join(', ')}
      FROM quarantined_rows_v1 WHERE OrganizationId = {organizationId:UUID} AND ImportId = {importId:UUID} GROUP BY BatchId, Currency`,
    params,
    lane: 'ingest',
    settings: { prefer_column_name_to_alias: 1 },
  })
  const accepted = ledger.reduce((n, row) => n + Number(row.rows), 0)
  const setAside = quarantined.reduce((n, row) => n + Number(row.rows), 0)
  if (accepted + setAside !== source.rowsRead) {
    throw new Error(
      `import ${order.id}: ${source.rowsRead} rows read, ${accepted} accepted and ${setAside} quarantined; nothing was taken`,
    )
  }

  const sums: BatchSums = new Map()
  const cell = (batch: string, currency: string, column: string) => {
    let columns = sums.get(batch)
    if (!columns) {
      columns = new Map()
      sums.set(batch, columns)
    }
    const key = `${currency}\u0000${column}`
    let entry = columns.get(key)
    if (!entry) {
      entry = { source: nothing, ledger: nothing, quarantined: nothing }
      columns.set(key, entry)
    }
    return entry
  }
  const inSource = costColumns.filter((column) => plan.index(column) !== null)
  for (const row of ledger)
    for (const column of inSource) cell(row.BatchId, row.currency, column).ledger = parseDecimal(row[column] ?? '0')!
  for (const row of quarantined)
    for (const column of inSource)
      cell(row.BatchId, row.currency, column).quarantined = parseDecimal(row[column] ?? '0')!
  for (const row of await sourceSums(order, tools, source)) {
    for (const [column, amount] of row.sums) {
      const entry = cell(row.batchId, row.currency, column)
      entry.source = addScaled(entry.source, amount)
    }
  }

  const problems = await firstProblems(order, tools)
  const findings = [...plan.findings, ...plan.changes.map((change) => ({ code: 'column_changed', message: change }))]
  if (plan.extra.length > 0)
    findings.push({
      code: 'extra_columns_kept',
      message: `Kept beside FOCUS and queryable as extra:<name>: ${plan.extra
        .map((e) => e.name)
        .slice(0, 40)
        .join(', ')}`,
    })

  const batches = new Map<string, BatchRecord>()
  for (const row of ledger) {
    const known = batches.get(row.BatchId)
    if (known) {
      known.Rows += Number(row.rows)
      continue
    }
    const provider = row.provider ?? ''
    batches.set(row.BatchId, {
      BatchId: row.BatchId,
      ImportId: order.id,
      ConnectionId: order.connectionId,
      Scope: `${provider} / ${row.account}`,
      ServiceProviderName: provider,
      BillingAccountId: row.account ?? '',
      PeriodStart: row.PeriodStart,
      PeriodEnd: row.PeriodEnd,
      Basis: 'billed',
      ContentHash: order.contentHash,
      SourceName: order.fileName,
      Rows: Number(row.rows),
      RowsQuarantined: 0,
      Sums: [],
      Decision: '',
      Findings: findings.map((finding) => finding.message).slice(0, 50),
    })
  }
  if (batches.size > mostBatches)
    throw invalid(
      'too_many_scopes',
      `The file holds ${batches.size} pairs of billing account and period; ${mostBatches} are the most for one file. Split it.`,
    )
  for (const row of quarantined) {
    const batch = batches.get(row.BatchId)
    if (batch) batch.RowsQuarantined += Number(row.rows)
  }
  for (const batch of batches.values()) {
    batch.Sums = [...(sums.get(batch.BatchId) ?? [])].map(([key, entry]) => {
      const [Currency, Column] = key.split('\u0000') as [string, string]
      return {
        Currency,
        Column,
        Source: formatDecimal(entry.source),
        Ledger: formatDecimal(entry.ledger),
        Quarantined: formatDecimal(entry.quarantined),
      }
    })
    const unequal = batch.Sums.filter(
      (s) => formatDecimal(addScaled(parseDecimal(s.Ledger)!, parseDecimal(s.Quarantined)!)) !== s.Source,
    )
    if (unequal.length > 0)
      batch.Findings.unshift(
        `Source and ledger differ in ${unequal.map((s) => `${s.Column} ${s.Currency}: ${s.Source} ≠ ${s.Ledger} + ${s.Quarantined}`).join('; ')}`,
      )
  }

  const closes = await decideReplacement(order, tools, [...batches.values()])
  if (batches.size > 0)
    await commitBatches(
      clickhouse,
      scope,
      [...batches.values()],
      closes,
      order.replayOf ? 'replay' : closes.length > 0 ? 'restatement' : 'import',
    )

  const totals = new Map<string, Record<string, Scaled>>()
  for (const row of ledger) {
    const of = totals.get(row.currency) ?? {}
    totals.set(row.currency, of)
    for (const column of costColumns)
      if (row[`n${column}`] !== '0') of[column] = addScaled(of[column] ?? nothing, parseDecimal(row[column] ?? '0')!)
  }
  tools.onProgress(1, source.rowsRead)
  return {
    format,
    focusVersion: plan.focusVersion,
    batchIds: [...batches.keys()],
    rows: { read: source.rowsRead, accepted, quarantined: setAside },
    sums: [...totals].sort().map(([currency, of]) => ({
      currency,
      ...(Object.fromEntries(
        costColumns.map((column) => [column, of[column] ? formatDecimal(of[column]) : null]),
      ) as Record<(typeof costColumns)[number], string | null>),
    })),
    problems,
    findings: findings.slice(0, 100),
  }
}

/** What the source says of itself, by batch: the scan's own sums for text, a second reading of the file for Parquet. */
async function sourceSums(
  order: ImportOrder,
  { clickhouse }: ImportTools,
  source: Source,
): Promise<{ batchId: string; currency: string; sums: Map<string, Scaled> }[]> {
  const { plan } = source
  const inSource = costColumns.filter((column) => plan.index(column) !== null)
  if (source.sums === null) {
    const currency = plan.values.get('BillingCurrency')!
    const rows = await clickhouse.query<{ batchId: string; currency: string } & Record<string, string>>({
      name: 'ingestion.sumParquet',
      sql: `SELECT ${placedSql(order, plan)} AS batchId, ${currency} AS currency,
          ${inSource.map((column) => `toString(sum(toDecimal256OrNull(trimBoth(c${plan.index(column)}), 30))) AS ${column}`).join(', ')}
        FROM ${source.sourceSql} GROUP BY batchId, currency`,
      params: { ownPublishers },
      lane: 'ingest',
      settings: { max_threads: 2, max_block_size: 16_384 },
    })
    return rows.map((row) => ({
      batchId: row.batchId,
      currency: row.currency,
      sums: new Map(inSource.map((column) => [column, parseDecimal(row[column] ?? '0') ?? nothing])),
    }))
  }
  // The batch of each group of texts, by the same expression that placed the rows.
  const groups = source.sums
  const names = [plan.scopeIndexes.provider, plan.scopeIndexes.account, plan.scopeIndexes.periodStart]
  const lines = groups.map((g, i) => JSON.stringify({ i, p: g.provider, a: g.account, t: g.periodStart }))
  const placed = new Map<number, string>()
  for (let from = 0; from < lines.length; from += 5000) {
    const slice = groups.slice(from, from + 5000)
    const columns = new Map<number, string[]>()
    names.forEach((index, k) => {
      if (index !== null)
        columns.set(
          index,
          slice.map((g) => [g.provider, g.account, g.periodStart][k]!),
        )
    })
    const aliases = [...columns.keys()].map((index, k) => `r.${k + 2} AS c${index}`)
    const rows = await clickhouse.query<{ i: string; batchId: string }>({
      name: 'ingestion.placeSums',
      sql: `SELECT r.1 AS i, ${placedSql(order, plan)} AS batchId, ${aliases.join(', ')}
        FROM (SELECT arrayJoin(arrayZip(range(${slice.length}), ${[...columns.keys()].map((_, k) => `{v${k}:Array(String)}`).join(', ')})) AS r)`,
      params: { ...Object.fromEntries([...columns.values()].map((value, k) => [`v${k}`, value])), ownPublishers },
      lane: 'ingest',
    })
    for (const row of rows) placed.set(from + Number(row.i), row.batchId)
  }
  return groups.map((g, i) => ({ batchId: placed.get(i) ?? noBatch, currency: g.currency, sums: g.sums }))
}

async function firstProblems(order: ImportOrder, { clickhouse, scope }: ImportTools): Promise<Problem[]> {
  const rows = await clickhouse.query<{ row: string; p: { Column: string; Code: string; Message: string } }>({
    name: 'ingestion.firstProblems',
    sql: `SELECT RowNumber AS row, arrayJoin(Problems) AS p FROM quarantined_rows_v1 WHERE OrganizationId = {organizationId:UUID} AND ImportId = {importId:UUID} ORDER BY row LIMIT ${problemsShown}`,
    params: { organizationId: scope.organizationId, importId: order.id },
    lane: 'ingest',
  })
  return rows.map(({ row, p }) => ({ row: Number(row), column: p.Column || null, code: p.Code, message: p.Message }))
}

/**
 * Which open batches the new ones replace. A corrected file repeats most of the lines of the one before (same charge,
 * perhaps another amount); another part of the same bill repeats none. Lines are told apart by what FOCUS says
 * identifies a charge, amounts and quantities left out.
 */
async function decideReplacement(
  order: ImportOrder,
  { clickhouse, scope }: ImportTools,
  batches: BatchRecord[],
): Promise<string[]> {
  const open = await openBatchesOf(clickhouse, scope, order.connectionId)
  const rivals = new Map<string, typeof open>()
  for (const batch of batches) {
    const same = open.filter((o) => o.Scope === batch.Scope && sameMoment(o.PeriodStart, batch.PeriodStart))
    if (same.length > 0) rivals.set(batch.BatchId, same)
    else batch.Decision = 'first of its account and period'
  }
  if (rivals.size === 0) return []
  if (order.delivery === 'append' || order.replayOf) {
    for (const batch of batches)
      if (rivals.has(batch.BatchId))
        batch.Decision = order.replayOf
          ? 'corrected rows join the batches they came from'
          : 'stands beside the earlier ones, as asked'
    return []
  }
  if (order.delivery === 'replace') {
    for (const batch of batches) if (rivals.has(batch.BatchId)) batch.Decision = 'replaces the earlier ones, as asked'
    return [...new Set([...rivals.values()].flat().map((o) => o.BatchId))]
  }
  const ids = [...rivals.keys(), ...new Set([...rivals.values()].flat().map((o) => o.BatchId))]
  const many = batches.reduce((n, b) => n + b.Rows, 0) > 500_000
  const lines = `SELECT x_BatchId AS b, cityHash64(ChargePeriodStart, ChargePeriodEnd, ChargeCategory, ServiceName, SkuId, SkuPriceId, SkuMeter, ResourceId, SubAccountId, RegionId, ChargeDescription) AS line
    FROM charges_v1 WHERE x_OrganizationId = {organizationId:UUID} AND x_BatchId IN {ids:Array(UUID)}${many ? ' AND line % 32 = 0' : ''} GROUP BY b, line`
  const params = { organizationId: scope.organizationId, ids, fresh: [...rivals.keys()] }
  const sizes = new Map(
    (
      await clickhouse.query<{ b: string; n: string }>({
        name: 'ingestion.countLines',
        sql: `SELECT b, count() AS n FROM (${lines}) GROUP BY b`,
        params,
        lane: 'ingest',
      })
    ).map((r) => [r.b, Number(r.n)]),
  )
  const common = await clickhouse.query<{ fresh: string; old: string; n: string }>({
    name: 'ingestion.countCommonLines',
    sql: `SELECT f.b AS fresh, o.b AS old, count() AS n FROM (SELECT * FROM (${lines}) WHERE b IN {fresh:Array(UUID)}) AS f INNER JOIN (SELECT * FROM (${lines}) WHERE b NOT IN {fresh:Array(UUID)}) AS o ON f.line = o.line GROUP BY fresh, old`,
    params,
    lane: 'ingest',
  })
  const closes = new Set<string>()
  for (const batch of batches) {
    const same = rivals.get(batch.BatchId)
    if (!same) continue
    const replaced = same.filter((o) => {
      const shared = Number(common.find((c) => c.fresh === batch.BatchId && c.old === o.BatchId)?.n ?? 0)
      return shared * 2 >= Math.min(sizes.get(batch.BatchId) ?? 0, sizes.get(o.BatchId) ?? 0) && shared > 0
    })
    for (const o of replaced) closes.add(o.BatchId)
    batch.Decision =
      replaced.length > 0
        ? `replaces ${replaced.length === 1 ? 'the earlier batch' : `${replaced.length} earlier batches`} of the same account and period: most lines are the same`
        : 'stands beside the earlier batches of the same account and period: its lines are others'
  }
  return [...closes]
}

const sameMoment = (a: string, b: string) =>
  a.replace('T', ' ').replace('Z', '').slice(0, 19) === b.replace('T', ' ').replace('Z', '').slice(0, 19)

/** At most `width` at work; an error of one is thrown to whoever adds or drains next. */
class InFlight {
  private readonly running = new Set<Promise<void>>()
  private failure: { error: unknown } | null = null

  constructor(private readonly width: number) {}

  async add(work: () => Promise<void>) {
    while (this.running.size >= this.width) await Promise.race(this.running)
    if (this.failure) throw this.failure.error
    const job: Promise<void> = work().then(
      () => void this.running.delete(job),
      (error: unknown) => {
        this.running.delete(job)
        this.failure ??= { error }
      },
    )
    this.running.add(job)
  }

  async drain() {
    while (this.running.size > 0) await Promise.race(this.running)
    if (this.failure) throw this.failure.error
  }
}
