import { type ClickHouse, literal } from '../../../../storage/clickhouse'
import type { SourceField } from '../source-reader'

/** A column of a Parquet file: the type the engine reads it with, and what makes of that a field. */
export type ParquetField = SourceField & { read: string; sql: string; column?: string }

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
  return described.flatMap(({ name, type: written }) => {
    // The engine writes records over several lines.
    const type = written.replace(/\(\s+/g, '(').replace(/\s+\)/g, ')').replace(/\s+/g, ' ')
    return membersOf(name, type) ?? [fieldOf(name, type)]
  })
}

const quoted = (name: string) => `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``

/** A record (a struct in Parquet) is taken apart into fields of its own, `service.id`, `service.description` …; null where it is none. */
function membersOf(name: string, type: string): ParquetField[] | null {
  const record = /^(?:Nullable\()?Tuple\((.*?)\)+$/.exec(type)
  if (!record) return null
  const members = topLevel(type.slice(type.indexOf('Tuple(') + 6, type.length - (type.startsWith('Nullable(') ? 2 : 1)))
  if (members.some((member) => !/^(`[^`]+`|[A-Za-z_]\w*) /.test(member))) return null
  return members.map((member) => {
    const [, written, of] = /^(`[^`]+`|[A-Za-z_]\w*) (.*)$/s.exec(member)!
    const key = written!.replaceAll('`', '')
    const field = fieldOf(key, of!)
    const element = `tupleElement(${quoted(name)}, ${literal(key)})`
    return {
      name: `${name}.${key}`,
      kind: field.kind,
      // The whole column is read once, with its own type; each field takes its part.
      read: type,
      column: name,
      sql: field.sql
        .replaceAll(quoted(key), element)
        .replace(/^tupleElement.*$/, (sql) => (field.kind === 'text' ? `ifNull(${sql}, '')` : sql)),
    }
  })
}

/** The parts of a list that is separated by commas outside of brackets. */
function topLevel(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (let i = 0; i <= text.length; i++) {
    if (text[i] === '(') depth++
    else if (text[i] === ')') depth--
    else if (i === text.length || (text[i] === ',' && depth === 0)) {
      parts.push(text.slice(from, i).trim())
      from = i + 1
    }
  }
  return parts
}

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
  [
    ...new Map(
      fields.map((field, i) => {
        const column = quoted(field.column ?? field.name)
        return [column, `${column} ${field.column === undefined && repeats(i) ? 'LowCardinality(String)' : field.read}`]
      }),
    ).values(),
  ].join(', ')
