import { openCsv } from './csv/open-csv'
import type { ImportOrder, ImportTools } from './import-order'
import { openParquet } from './parquet/open-parquet'
import { recogniseContent } from './recognise-content'
import type { SourceReader } from './source-reader'

/**
 * Opens a file by what its content is.
 * @throws Failure when it is nothing that can be read
 */
export async function openSource(order: ImportOrder, { clickhouse }: ImportTools): Promise<SourceReader> {
  const content = await recogniseContent(order.path)
  const scratch = clickhouse.scratchFolder
  return content.format === 'parquet'
    ? openParquet(order.path, { clickhouse, scratch })
    : openCsv(order.path, content.compression, { scratch })
}
