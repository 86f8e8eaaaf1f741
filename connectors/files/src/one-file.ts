import { type FileDelivery, type Page, ProviderFailure, type SourceFile } from '@infrazen/connector-kit'

/** A file that stands for itself: under the same name it replaces what it said before, beside others its lines decide. */
export const asDelivery = (file: SourceFile): FileDelivery => ({
  key: file.key,
  title: file.name,
  version: file.version,
  files: [file],
  replaces: 'auto',
})

const most = 100_000

/**
 * A page for each file, in the order of `files`, which must be that of their keys. The cursor is the key of the last file read.
 * @param empty said when there is no file at all
 */
export async function* pagesOf(
  files: AsyncIterable<SourceFile>,
  cursor: string | null,
  empty: string,
): AsyncGenerator<Page> {
  let before: SourceFile | null = null
  let count = 0
  const page = (file: SourceFile, last: boolean): Page => ({
    part: 'files',
    partDone: last,
    cursor: last ? null : file.key,
    // How many follow is not known before they were listed.
    progress: last ? 1 : 1 - 1 / (count + 1),
    deliveries: [asDelivery(file)],
  })
  for await (const file of files) {
    if (++count > most)
      throw new ProviderFailure('too_large', `There are more than ${most} files. Narrow the prefix or the pattern.`)
    if (before !== null) yield page(before, false)
    before = file
  }
  if (before !== null) yield page(before, true)
  else
    yield {
      part: 'files',
      partDone: true,
      cursor: null,
      progress: 1,
      deliveries: [],
      ...(cursor === null ? { problems: [{ code: 'nothing_found', message: empty }] } : {}),
    }
}
