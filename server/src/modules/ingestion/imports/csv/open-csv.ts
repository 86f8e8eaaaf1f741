import { isUtf8 } from 'node:buffer'
import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { invalid } from '../../../../primitives/errors'
import { newId } from '../../../../primitives/ids'
import { type Compression, refuseStrangers } from '../recognise-content'
import type { RowChunk, SourceReader, TextSums } from '../source-reader'
import { type ColumnPlan, costColumns } from '../understand-columns'
import { readBytes } from './read-bytes'
import { CsvScanner, readHeader } from './scan-csv'

const longestHeader = 1 << 20
const mostColumns = 2000

/**
 * Opens a CSV file, packed or not. The scan adds up its money as it cuts it into chunks of whole records.
 * @param scratch folder for the chunk that the engine reads
 * @throws Failure `no_header`, `too_many_columns`, `line_ends`, `unsupported_content`, `archive_…`
 */
export async function openCsv(
  path: string,
  compression: Compression,
  options: { scratch: string; currency?: string },
): Promise<SourceReader> {
  const size = (await stat(path)).size
  const header = await headerOf(path, compression)
  let scanner: CsvScanner | undefined
  return {
    format: `csv${compression === 'none' ? '' : `+${compression}`}`,
    fields: header.names.map((name) => ({ name, kind: 'text' as const })),
    async *chunks(plan, pass) {
      const scan = scannerFor(plan, header, pass === 'first')
      if (pass === 'first') scanner = scan
      let read = 0
      let skip = header.length
      const written = async (chunk: {
        bytes: Buffer
        firstRow: number
        rows: number
        malformed: RowChunk['malformed']
      }) => {
        if (!isUtf8(chunk.bytes))
          throw invalid(
            'not_utf8',
            `The file is not in UTF-8 (near row ${chunk.firstRow}). Save it as CSV UTF-8 and import it again.`,
          )
        const target = join(options.scratch, `${newId()}.csv`)
        await writeFile(target, chunk.bytes, { mode: 0o600 })
        return {
          firstRow: chunk.firstRow,
          rows: chunk.rows,
          malformed: chunk.malformed,
          input: {
            format: 'CSV' as const,
            structure: header.names.map((_, i) => `c${i} String`).join(', '),
            content: { path: target },
          },
          settings: {
            input_format_parallel_parsing: 0,
            format_csv_delimiter: header.delimiter,
            format_csv_null_representation: '\u0002',
            input_format_csv_empty_as_default: 1,
          },
          share: Math.min(1, read / size),
          release: () => rm(target, { force: true }),
        }
      }
      for await (const piece of readBytes(path, compression, (bytes) => (read += bytes))) {
        const rest = piece.subarray(skip)
        skip -= piece.length - rest.length
        for (const chunk of scan.push(rest)) yield await written(chunk)
      }
      for (const chunk of scan.finish()) yield await written(chunk)
    },
    sumsOfText: (plan) => sumsOf(scanner!, plan, options.currency),
    close: async () => {},
  }
}

type Header = { names: string[]; delimiter: string; length: number }

async function headerOf(path: string, compression: Compression): Promise<Header> {
  let head: Buffer = Buffer.alloc(0)
  let found: ReturnType<typeof readHeader> = null
  for await (const piece of readBytes(path, compression, () => {})) {
    head = head.length === 0 ? piece : Buffer.concat([head, piece])
    found = readHeader(head)
    if (found || head.length > longestHeader) break
  }
  if (head.length === 0) throw invalid('file_empty', 'The file is empty.')
  refuseStrangers(head.subarray(0, 512))
  const firstLine = head.subarray(0, found ? found.length : longestHeader)
  if (firstLine.includes(0))
    throw invalid('no_header', 'The first line holds binary data: this is not a CSV file with column names.')
  // A carriage return within the first line, where no line feed follows it, ends a line only on very old systems.
  if (/\r[^\n]/.test(firstLine.toString('latin1')))
    throw invalid(
      'line_ends',
      'The lines of this file end with a carriage return alone (old Mac style). Save it with LF or CRLF line ends and import it again.',
    )
  if (!found && head.length > longestHeader)
    throw invalid('no_header', 'The first line is longer than 1 MiB: this is not a CSV file with column names.')
  const { names, delimiter, length } = found ?? readHeader(Buffer.concat([head, Buffer.from('\n')]))!
  if (names.length > mostColumns)
    throw invalid(
      'too_many_columns',
      `The first line names ${names.length} columns; ${mostColumns} are the most. Check the delimiter, or leave columns out of the export.`,
    )
  return { names, delimiter: String.fromCharCode(delimiter), length }
}

function scannerFor(plan: ColumnPlan, header: Header, summing: boolean): CsvScanner {
  const { provider, account, periodStart } = plan.scopeIndexes
  return new CsvScanner(
    {
      fieldCount: header.names.length,
      delimiter: header.delimiter.charCodeAt(0),
      money: new Map(
        costColumns.flatMap((column) => {
          const index = plan.index(column)
          return index === null ? [] : [[index, column] as [number, string]]
        }),
      ),
      currency: plan.index('BillingCurrency'),
      scope: [provider, account, periodStart].filter((index): index is number => index !== null),
    },
    undefined,
    summing,
  )
}

function sumsOf(scanner: CsvScanner, plan: ColumnPlan, assumedCurrency: string | undefined): TextSums {
  const { provider, account, periodStart } = plan.scopeIndexes
  return [...scanner.settle().values()].map((entry) => {
    const texts = [...entry.scope]
    const next = (index: number | null) => (index === null ? '' : (texts.shift() ?? ''))
    return {
      provider: blank(next(provider)),
      account: blank(next(account)),
      periodStart: next(periodStart),
      currency:
        plan.index('BillingCurrency') === null ? (assumedCurrency ?? 'XXX') : entry.currency.trim().toUpperCase(),
      sums: entry.sums,
    }
  })
}

const blank = (text: string) => (['', 'NULL', 'null', 'Null', '\\N'].includes(text) ? '' : text)
