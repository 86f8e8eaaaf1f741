import { isUtf8 } from 'node:buffer'
import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { invalid } from '../../../../primitives/errors'
import { newId } from '../../../../primitives/ids'
import { type Compression, refuseStrangers } from '../recognise-content'
import type { RowChunk, SourceReader } from '../source-reader'
import type { ColumnPlan } from '../understand-columns'
import { readBytes } from './read-bytes'
import { sampleCsv } from './sample-csv'
import { CsvScanner, readHeader } from './scan-csv'

const longestHeader = 1 << 20
const mostColumns = 2000
const sampledRows = 500

/**
 * Opens a CSV file, packed or not. The scan adds up its money as it cuts it into chunks of whole records.
 * @param scratch folder for the chunk that the engine reads
 * @throws Failure `no_header`, `too_many_columns`, `line_ends`, `unsupported_content`, `archive_…`
 */
export async function openCsv(
  path: string,
  compression: Compression,
  options: { scratch: string },
): Promise<SourceReader> {
  const size = (await stat(path)).size
  const header = await headerOf(path, compression)
  let scanner: CsvScanner | undefined
  return {
    format: `csv${compression === 'none' ? '' : `+${compression}`}`,
    fields: header.names.map((name) => ({ name, kind: 'text' as const })),
    sample: async () => header.sample,
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
    sumsOfText: () => scanner!.settle(),
    close: async () => {},
  }
}

type Header = { names: string[]; delimiter: string; length: number; sample: string[][] }

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
  return {
    names,
    delimiter: String.fromCharCode(delimiter),
    length,
    sample: sampleCsv(head.subarray(length), String.fromCharCode(delimiter), sampledRows),
  }
}

function scannerFor(plan: ColumnPlan, header: Header, summing: boolean): CsvScanner {
  const { amounts, texts, presence } = plan.source
  return new CsvScanner(
    {
      fieldCount: header.names.length,
      delimiter: header.delimiter.charCodeAt(0),
      amounts,
      texts,
      presence,
    },
    undefined,
    summing,
  )
}
