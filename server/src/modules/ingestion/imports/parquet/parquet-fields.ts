import type { ClickHouse } from '../../../../storage/clickhouse'
import type { SourceField } from '../source-reader'

/** A column of a Parquet file: the type the engine reads it with, and what makes of that a field. */
export type ParquetField = SourceField & { read: string; sql: string }

/**
 * The columns of a Parquet file, by the engine's own reading of its (row-less) schema.
 * @throws the engine's error when the schema cannot be read
 */
export async function describeParquet(clickhouse: ClickHouse, empty: Buffer): Promise<ParquetField[]> {
  const described = await clickhouse.query<{ name: string; type: string }>({
    name: 'ingestion.describeParquet',
    sql: `DESCRIBE TABLE format('Parquet', unhex('${empty.toString('hex')}'))`,
    lane: 'ingest',
    // JSON columns stay the text they are.
    settings: { input_format_parquet_enable_json_parsing: 0 },
  })
  return described.map(({ name, type }) => fieldOf(name, type))
}

const quoted = (name: string) => `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``

/** Types as the engine names them. Whatever is neither a fitting number nor a moment becomes text without losing a digit. */
export function fieldOf(name: string, type: string): ParquetField {
  const column = quoted(name)
  const bare = /^(?:LowCardinality\()?(?:Nullable\()?(.*?)\)*$/.exec(type)![1]!
  const text = (sql: string, read = type): ParquetField => ({ name, kind: 'text', read, sql })
  if (/^(Fixed)?String/.test(bare)) return { ...text(column, 'String'), dictionary: true }
  if (/^U?Int\d+$/.test(bare) || fitsTheLedger(bare)) return { name, kind: 'exact', read: type, sql: column }
  if (/^(Date|DateTime)/.test(bare)) return { name, kind: 'time', read: type, sql: column }
  if (/^(Map|Tuple|Array|JSON|Object|Variant)/.test(bare))
    return text(`ifNull(nullIf(toJSONString(${column}), '{}'), '')`)
  // A double's text is the shortest decimal that reads back as the same double.
  return text(`ifNull(toString(${column}), '')`)
}

function fitsTheLedger(type: string): boolean {
  const decimal = /^Decimal\((\d+), (\d+)/.exec(type)
  return decimal !== null && Number(decimal[2]) <= 30 && Number(decimal[1]) - Number(decimal[2]) <= 46
}

export const structureOf = (fields: ParquetField[], repeats: (index: number) => boolean): string =>
  fields.map((field, i) => `${quoted(field.name)} ${repeats(i) ? 'LowCardinality(String)' : field.read}`).join(', ')
