import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '../../../primitives/ids'
import { openCsv } from './csv/open-csv'
import { readBytes } from './csv/read-bytes'
import type { ImportOrder, ImportTools } from './import-order'
import { jsonLinesToCsv } from './json-lines'
import { openParquet } from './parquet/open-parquet'
import { type Compression, recogniseContent, refuseStrangers } from './recognise-content'
import type { SourceReader } from './source-reader'

/**
 * Opens a file by what its content is.
 * @throws Failure when it is nothing that can be read
 */
export async function openSource(order: ImportOrder, { clickhouse }: ImportTools): Promise<SourceReader> {
  const content = await recogniseContent(order.path)
  const scratch = clickhouse.scratchFolder
  if (content.format === 'parquet') return openParquet(order.path, { clickhouse, scratch })
  if (await startsLikeJson(order.path, content.compression)) {
    const target = join(scratch, `${newId()}.csv`)
    if (await jsonLinesToCsv(order.path, content.compression, target)) {
      const reader = await openCsv(target, 'none', { scratch })
      const packed = content.compression === 'none' ? '' : `+${content.compression}`
      return { ...reader, format: `json${packed}`, close: () => rm(target, { force: true }) }
    }
    refuseStrangers(Buffer.from('{"'))
  }
  return openCsv(order.path, content.compression, { scratch })
}

async function startsLikeJson(path: string, compression: Compression): Promise<boolean> {
  for await (const piece of readBytes(path, compression, () => {}))
    return /^(\u00ef\u00bb\u00bf)?\s*\{\s*"/.test(piece.toString('latin1', 0, 512))
  return false
}
