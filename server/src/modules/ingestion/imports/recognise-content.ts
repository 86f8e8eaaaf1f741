import { open } from 'node:fs/promises'
import { Failure, invalid } from '../../../primitives/errors'

export type Compression = 'none' | 'gzip' | 'zstd'
export type Content = { format: 'csv' | 'parquet'; compression: Compression }

/**
 * Tells from the content, never from the name, what a file is.
 * @throws Failure `file_empty`, `unsupported_content`, `parquet_truncated`
 */
export async function recogniseContent(path: string): Promise<Content> {
  const file = await open(path)
  try {
    const head = Buffer.alloc(512)
    const { bytesRead } = await file.read(head, 0, head.length, 0)
    if (bytesRead === 0) throw invalid('file_empty', 'The file is empty.')
    const start = head.subarray(0, bytesRead)
    const magic = start.toString('latin1', 0, 4)
    if (magic === 'PAR1' || magic === 'PARE') return { format: 'parquet', compression: 'none' }
    const hex = start.toString('hex', 0, 4)
    if (hex.startsWith('1f8b')) return { format: 'csv', compression: 'gzip' }
    if (hex === '28b52ffd') return { format: 'csv', compression: 'zstd' }
    // Rows of JSON are read, a document is not; which of them it is shows in the lines.
    if (textStranger(start) !== 'JSON' || !/^\s*\{/.test(start.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '')))
      refuseStrangers(start)
    return { format: 'csv', compression: 'none' }
  } finally {
    await file.close()
  }
}

const strangers: [hex: string, what: string][] = [
  ['504b0304', 'a ZIP archive or an Excel workbook'],
  ['25504446', 'a PDF'],
  ['d0cf11e0', 'an old Excel workbook'],
  ['fffe', 'text in UTF-16'],
  ['feff', 'text in UTF-16'],
  ['0000feff', 'text in UTF-32'],
  ['425a68', 'a bzip2 archive'],
  ['fd377a58', 'an xz archive'],
  ['377abcaf', 'a 7-Zip archive'],
  ['89504e47', 'a picture'],
  ['ffd8ff', 'a picture'],
  ['4f5243', 'an ORC file'],
  ['4f626a01', 'an Avro file'],
  ['50415231', 'a Parquet file inside of a compressed one'],
  ['1f8b', 'compressed twice'],
  ['28b52ffd', 'compressed twice'],
  ['7f454c46', 'a program'],
]

/**
 * Refuses the beginning of what should be CSV text but is something else; also asked of unpacked bytes.
 * @throws Failure `unsupported_content`
 */
export function refuseStrangers(start: Buffer): void {
  const hex = start.toString('hex', 0, 8)
  const known = strangers.find(([magic]) => hex.startsWith(magic))?.[1] ?? textStranger(start) ?? binaryStranger(start)
  if (known)
    throw new Failure(
      'unsupported',
      'unsupported_content',
      `This is ${known}, not CSV or Parquet. Export the bill as CSV (UTF-8) or Parquet; gzip and zstd are understood.`,
    )
}

function textStranger(start: Buffer): string | null {
  const text = start
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
  if (/^<[!?a-z]/i.test(text)) return 'HTML or XML (perhaps a sign-in or error page that was saved as the bill)'
  if (/^(\{\s*("|\}|$)|\[\s*([[{"\]]|$))/.test(text)) return 'JSON'
  return null
}

/** A few NUL bytes are damage that costs their rows; many are no text. */
function binaryStranger(start: Buffer): string | null {
  const nuls = { even: 0, odd: 0 }
  for (let i = 0; i < start.length; i++) if (start[i] === 0) nuls[i % 2 === 0 ? 'even' : 'odd']++
  if ((nuls.even + nuls.odd) * 10 < start.length) return null
  const most = (start.length / 2) * 0.7
  const one = nuls.even > most !== nuls.odd > most
  return start.length >= 8 && one ? 'text in UTF-16' : 'binary data'
}
