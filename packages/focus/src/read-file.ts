import { open } from 'node:fs/promises'
import { type CsvOptions, readCsv } from './read-csv'
import { readParquet } from './read-parquet'
import type { RowSource } from './row'

/** Opens a file of FOCUS rows; Parquet, CSV, gzip and zstd are recognised from the content, never from the name. */
export async function readFocusFile(path: string, options: CsvOptions = {}): Promise<RowSource> {
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0)
    if (bytesRead === 4 && buffer.toString('latin1') === 'PAR1') return await readParquet(path)
  } finally {
    await handle.close()
  }
  return readCsv(path, options)
}
