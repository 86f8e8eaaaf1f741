import type { ClickHouse } from '../../../storage/clickhouse'
import type { ImportOrder, ImportTools } from './import-order'
import { InFlight } from './in-flight'
import { insertGood, insertQuarantined, insertSourceSums, numberedRows } from './place-rows'
import { quarantineMalformed } from './quarantine-malformed'
import type { RowChunk, SourceReader } from './source-reader'
import { type ColumnPlan, ownPublishers } from './understand-columns'

/** Chunks that are placed side by side: one for each core of a small machine, and no more memory than that. */
const width = 2
const memoryOfOne = 700_000_000
/** Cells that the engine works on at once: fewer rows of a wide file. */
const cellsAtOnce = 3_000_000

/**
 * Places every row of a file: good ones into the ledger, the others into quarantine with their reasons.
 * @returns how many data rows the file has, malformed ones included
 * @throws Failure where the file as a whole cannot be read
 */
export async function placeChunks(
  order: ImportOrder,
  tools: ImportTools,
  reader: SourceReader,
  plan: ColumnPlan,
): Promise<number> {
  const columns = reader.fields.length
  const placed: { firstRow: number; good: number }[] = []
  let rows = 0
  await eachChunk(tools, reader.chunks(plan, 'first'), async (chunk) => {
    placed.push({ firstRow: chunk.firstRow, good: chunk.rows - chunk.malformed.length })
    if (chunk.malformed.length > 0) await quarantineMalformed(order, tools, chunk.malformed, columns)
    await insert(tools.clickhouse, plan, chunk, columns, 'ingestion.insertCharges', (source) =>
      insertGood(order, tools, plan, source),
    )
    if (!reader.sumsOfText)
      await insert(tools.clickhouse, plan, chunk, columns, 'ingestion.sumSource', (source) =>
        insertSourceSums(order, tools, plan, source),
      )
    rows += chunk.rows
    tools.onProgress(0.9 * chunk.share, rows)
  })
  const short = await shortChunks(order, tools, placed)
  // A chunk of which not every row arrived has rows for the quarantine: read those chunks again.
  if (short.size > 0)
    await eachChunk(tools, reader.chunks(plan, 'again'), async (chunk) => {
      if (!short.has(chunk.firstRow)) return
      await insert(tools.clickhouse, plan, chunk, columns, 'ingestion.quarantine', (source) =>
        insertQuarantined(order, tools, plan, source),
      )
      tools.onProgress(0.92, rows)
    })
  return rows
}

async function eachChunk(
  tools: ImportTools,
  chunks: AsyncIterable<RowChunk>,
  work: (chunk: RowChunk) => Promise<void>,
): Promise<void> {
  const lanes = new InFlight(width)
  try {
    for await (const chunk of chunks) {
      tools.signal?.throwIfAborted()
      await lanes.add(async () => {
        try {
          await work(chunk)
        } finally {
          await chunk.release?.()
        }
      })
    }
    await lanes.drain()
  } finally {
    // Whoever takes the rows of a failed import back must not be overtaken by an insert that still runs.
    await lanes.settled()
  }
}

const rowsAtOnce = (columns: number) => Math.max(512, Math.min(65_409, Math.floor(cellsAtOnce / columns)))

async function insert(
  clickhouse: ClickHouse,
  plan: ColumnPlan,
  chunk: RowChunk,
  columns: number,
  name: string,
  sql: (source: string) => string,
) {
  try {
    await clickhouse.insertFrom({
      name,
      sql: (source) => sql(numberedRows(source, chunk.firstRow, chunk.select)),
      input: chunk.input,
      params: { ownPublishers },
      // One thread keeps the rows in order, which is what gives each its number.
      settings: {
        max_threads: 1,
        max_insert_threads: 1,
        max_block_size: rowsAtOnce(columns),
        max_insert_block_size: 65_536,
        min_insert_block_size_bytes: 160_000_000,
        max_partitions_per_insert_block: 0,
        max_memory_usage: memoryOfOne,
        ...chunk.settings,
        ...(chunk.input.format === 'Parquet'
          ? { input_format_parquet_max_block_size: Math.min(32_768, rowsAtOnce(columns)) }
          : {}),
        ...plan.settings,
      },
    })
  } catch (error) {
    if (chunk.explain) chunk.explain(error)
    throw error
  }
}

async function shortChunks(
  order: ImportOrder,
  { clickhouse, scope }: ImportTools,
  placed: { firstRow: number; good: number }[],
): Promise<Set<number>> {
  const arrived = await clickhouse.query<{ chunk: string; n: string }>({
    name: 'ingestion.countArrived',
    sql: 'SELECT roundDown(x_RowNumber, {starts:Array(UInt64)}) AS chunk, count() AS n FROM charges_v1 WHERE x_OrganizationId = {organizationId:UUID} AND x_ImportId = {importId:UUID} GROUP BY chunk',
    params: {
      starts: [0, ...placed.map((chunk) => chunk.firstRow)].sort((a, b) => a - b),
      organizationId: scope.organizationId,
      importId: order.id,
    },
    lane: 'ingest',
  })
  const counts = new Map(arrived.map((row) => [Number(row.chunk), Number(row.n)]))
  return new Set(
    placed.filter((chunk) => (counts.get(chunk.firstRow) ?? 0) !== chunk.good).map((chunk) => chunk.firstRow),
  )
}
