import { type BillFormat, generationOf, headerOf, recogniseBill } from '@infrazen/connector-kit'
import { invalid } from '../../../primitives/errors'
import type { ImportOrder } from './import-order'
import type { SourceReader } from './source-reader'

/** Formats of providers, in the order they are asked, and those that the organization's own mappings make. */
export type KnownFormats = { formats: readonly BillFormat[]; mappings: readonly BillFormat[] }

/**
 * What a file is: FOCUS (null), or one of the formats. `auto` goes by the header; a format that was asked for must fit.
 * @throws Failure `other_format`, `not_this_format`, `format_unknown`, with the format to ask for instead
 */
export async function chooseFormat(
  order: Pick<ImportOrder, 'format' | 'fileName'>,
  reader: SourceReader,
  known: KnownFormats,
): Promise<BillFormat | null> {
  const names = reader.fields.map((field) => field.name)
  const header = headerOf(names)
  const all = [...known.formats, ...known.mappings]
  const looksLike = async () => {
    const candidates = all.filter((format) => generationOf(format, header) !== null)
    const rows = candidates.some((format) => format.tells?.row) ? await reader.sample() : []
    return recogniseBill(candidates, { names, rows, fileName: order.fileName })
  }
  const asked = order.format ?? 'focus'
  if (asked === 'focus') {
    if (isFocus(names)) return null
    const other = await looksLike()
    if (other)
      throw invalid(
        'other_format',
        `This is not a FOCUS file: its columns are those of “${other.name}”. Import it with format=${other.id}, or with format=auto.`,
        { format: other.id },
      )
    return null
  }
  if (asked === 'auto') {
    if (isFocus(names)) return null
    const format = await looksLike()
    if (format) return format
    throw invalid(
      'format_unknown',
      `No known format has these columns: ${names.slice(0, 12).join(', ')}${names.length > 12 ? ' …' : ''}. Tell what they mean in a mapping (Data page, or POST /api/v1/mappings/propose), and import the file again.`,
      { found: names.slice(0, 100) },
    )
  }
  const format = all.find(({ id }) => id === asked)
  if (!format)
    throw invalid(
      'format_unknown',
      `There is no format “${asked}”. Known are: auto, focus, ${all.map(({ id }) => id).join(', ')}.`,
    )
  if (generationOf(format, header) !== null) return format
  const other = isFocus(names) ? { id: 'focus', name: 'FOCUS' } : await looksLike()
  const missing = format.generations[0]!.columns.filter((column) => header.find(column.split('|')) === null)
  throw invalid(
    'not_this_format',
    `The file does not have the columns of “${format.name}”: ${missing.map((column) => column.replaceAll('|', ' or ')).join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.${other ? ` It looks like “${other.name}”: import it with format=${other.id}, or with format=auto.` : ''}`,
    { missing, ...(other ? { format: other.id } : {}) },
  )
}

/** A file is taken for FOCUS by the two things no FOCUS file lacks: what was billed, and when. */
export function isFocus(names: readonly string[]): boolean {
  const known = new Set(names.map((name) => name.toLowerCase()))
  return known.has('billedcost') && (known.has('chargeperiodstart') || known.has('billingperiodstart'))
}
