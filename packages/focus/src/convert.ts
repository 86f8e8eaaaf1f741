import {
  canonicalColumn,
  columnById,
  costAndUsageColumns,
  detectVersion,
  type FocusDataset,
  type FocusVersion,
  rank,
} from './columns'
import { readInstant } from './date-time'
import { focusNumber, formatDecimal, multiplyDecimals, parseDecimal } from './decimal'
import type { FocusRow } from './row'

export type ConvertOptions = {
  /** Version of the source; found from the columns when left out. */
  from?: FocusVersion
  dataset?: FocusDataset
  /** How to read `5/1/25`. Without it such a date is reported and left as it is. */
  dateOrder?: 'mdy' | 'dmy'
  /** Names that mean one company although their spelling does not show it. */
  sameEntity?: readonly (readonly string[])[]
}

export type ConversionProblem = { column: string; code: string; message: string; value: string | null }

export type Conversion = {
  row: FocusRow
  /** What was changed, derived or guessed, in words; empty when the row already was FOCUS 1.4. */
  changes: string[]
  /** What could not be read for sure and was therefore left alone. */
  problems: ConversionProblem[]
}

export type Converter = { readonly from: FocusVersion | null; convert(row: FocusRow): Conversion }

/**
 * Makes a converter for rows with these headers to FOCUS 1.4. Header spelling, the entity columns of older versions,
 * renamed values, the key casing of ContractApplied, the literal NULL and dirty numbers and dates are dealt with; every
 * change is reported in words. What is ambiguous stays as it was and becomes a problem. Converting twice changes nothing more.
 */
export function createConverter(headers: readonly string[], options: ConvertOptions = {}): Converter {
  const dataset = options.dataset ?? 'CostAndUsage'
  const from = options.from ?? (dataset === 'CostAndUsage' ? detectVersion(headers) : null)
  const plan = planHeaders(headers, dataset)
  return { from, convert: (row) => convertRow(row, plan, dataset, options) }
}

/** Converts one row; `createConverter` is faster for many rows of one file. */
export function convertToFocus14(row: FocusRow, options: ConvertOptions = {}): Conversion {
  return createConverter(Object.keys(row), options).convert(row)
}

type HeaderPlan = Map<string, { name: string; change: string | null }>

function planHeaders(headers: readonly string[], dataset: FocusDataset): HeaderPlan {
  const plan: HeaderPlan = new Map()
  // Correctly written columns take their names first, so that no misspelled twin pushes them out.
  const taken = new Set(
    headers.filter((header) => canonicalColumn(header, dataset) === header || header.startsWith('x_')),
  )
  for (const header of headers) {
    if (taken.has(header) || plan.has(header)) {
      plan.set(header, { name: header, change: null })
      continue
    }
    const known = canonicalColumn(header, dataset)
    const wanted = known !== null && !taken.has(known) ? known : customName(header)
    let name = wanted
    for (let copy = 2; taken.has(name); copy += 1) name = `${wanted}${copy}`
    taken.add(name)
    plan.set(header, { name, change: `column ${header} renamed to ${name}` })
  }
  return plan
}

/** Columns that are not of FOCUS carry the prefix x_ and PascalCase letters and digits. */
function customName(header: string): string {
  const words = header
    .trim()
    .replace(/^x_/i, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
  const pascal = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')
  return `x_${pascal === '' ? 'Column' : pascal}`
}

function convertRow(source: FocusRow, plan: HeaderPlan, dataset: FocusDataset, options: ConvertOptions): Conversion {
  const work = new Work(dataset, options)
  for (const header in source) {
    const entry = plan.get(header) ?? planHeaders([header], dataset).get(header)!
    if (entry.change) work.changes.push(entry.change)
    work.row[entry.name] = work.readNull(entry.name, source[header] ?? null)
  }
  for (const name in work.row) work.readCell(name)
  if (dataset === 'CostAndUsage') {
    work.renameEntities()
    work.deriveCosts()
  }
  work.report()
  return { row: work.row, changes: work.changes, problems: work.problems }
}

/** One row under conversion. Like changes are gathered, so that a row full of NULL gives one line and not forty. */
class Work {
  readonly row: FocusRow = {}
  readonly changes: string[] = []
  readonly problems: ConversionProblem[] = []
  private readonly gathered = new Map<string, string[]>()

  constructor(
    private readonly dataset: FocusDataset,
    private readonly options: ConvertOptions,
  ) {}

  report() {
    for (const [what, columns] of this.gathered) this.changes.push(`${what}: ${columns.join(', ')}`)
  }

  private gather(what: string, column: string) {
    const columns = this.gathered.get(what)
    if (columns) columns.push(column)
    else this.gathered.set(what, [column])
  }

  readNull(name: string, value: string | null): string | null {
    if (value === null) return null
    if (value === 'NULL' || value === 'null' || value === '\\N') {
      this.gather(`literal ${value} read as null`, name)
      return null
    }
    if (value === '' || (columnById(name, this.dataset) !== null && value.trim() === '')) {
      this.gather('empty text read as null', name)
      return null
    }
    return value
  }

  readCell(name: string) {
    const value = this.row[name] ?? null
    if (value === null) return
    const column = columnById(name, this.dataset)
    if (column === null) return
    if (column.type === 'decimal') this.readNumber(name, value)
    else if (column.type === 'datetime') this.readDate(name, value)
    else if (column.allowedValues) this.readValue(name, value, column.allowedValues)
    else if (name === 'ContractApplied') this.readContractApplied(value)
  }

  private readNumber(name: string, value: string) {
    if (focusNumber.test(value)) return
    const reading = readDirtyNumber(value)
    if (reading === null) {
      this.problems.push({
        column: name,
        code: 'number_unreadable',
        message: `${name} is not a number that can be read for sure`,
        value,
      })
      return
    }
    this.row[name] = reading
    this.changes.push(`${name}: "${value}" read as ${reading}`)
  }

  private readDate(name: string, value: string) {
    const reading = readInstant(value, this.options.dateOrder ?? null)
    if (reading === null) {
      this.problems.push({
        column: name,
        code: 'date_unreadable',
        message: `${name} is not an instant that can be read for sure`,
        value,
      })
      return
    }
    if (reading.text === value) return
    this.row[name] = reading.text
    this.gather(`written as UTC instant${reading.assumed ? `, assumed ${reading.assumed}` : ''}`, name)
  }

  private readValue(name: string, value: string, allowed: readonly string[]) {
    if (allowed.includes(value)) return
    const renamed = renamedValues[name]?.[value]
    const found = renamed ?? allowed.find((candidate) => plain(candidate) === plain(value))
    if (found === undefined) {
      this.problems.push({ column: name, code: 'value_unknown', message: `${name} has no value of that name`, value })
      return
    }
    this.row[name] = found
    this.changes.push(`${name}: "${value}" ${renamed === undefined ? 'spelled' : 'renamed'} ${found}`)
  }

  private readContractApplied(value: string) {
    // Keys are replaced in the text, so that the numbers beside them keep their digits.
    let text = value
      .replace(/"ContractID"(\s*:)/g, '"ContractId"$1')
      .replace(/"ContractCommitmentID"(\s*:)/g, '"ContractCommitmentId"$1')
    if (text !== value) this.changes.push('ContractApplied: keys ContractID and ContractCommitmentID spelled with Id')
    if (text.trimStart().startsWith('[')) {
      text = `{"Elements":${text}}`
      this.changes.push('ContractApplied: list put under Elements')
    }
    this.row.ContractApplied = text
  }

  /** ProviderName and PublisherName of 1.0–1.3 become ServiceProviderName and HostProviderName; the originals stay as x_. */
  renameEntities() {
    const { row } = this
    const provider = row.ProviderName ?? null
    const publisher = row.PublisherName ?? null
    const derived = entitiesOf(provider, publisher, this.options.sameEntity ?? [])
    for (const column of ['ProviderName', 'PublisherName'] as const) {
      if (!(column in row)) continue
      const original = row[column] ?? null
      const kept = row[`x_${column}`] ?? null
      // Somebody else's column of that name stays as it is; the original goes beside it.
      const name = kept === null || kept === original || original === null ? `x_${column}` : `x_Source${column}`
      if ((row[name] ?? null) !== null && original !== null && row[name] !== original) {
        this.problems.push({
          column,
          code: 'original_taken',
          message: `${name} already holds another value`,
          value: original,
        })
        continue
      }
      row[name] = original ?? kept
      delete row[column]
      if (original !== null) this.gather(`kept as ${name}`, column)
    }
    if (derived !== null) {
      if ((row.ServiceProviderName ?? null) === null) {
        row.ServiceProviderName = derived.service
        this.changes.push(`ServiceProviderName: ${derived.service} derived from ${derived.serviceFrom}`)
        if ((row.HostProviderName ?? null) === null) {
          row.HostProviderName = derived.host
          this.changes.push(`HostProviderName: ${derived.host} ${derived.hostReason}`)
        }
      }
    }
    const service = row.ServiceProviderName ?? null
    if (service !== null && (row.HostProviderName ?? null) === null && !this.isWithoutHost()) {
      row.HostProviderName = service
      this.changes.push(`HostProviderName: ${service}, as the host is not named`)
    }
  }

  /** Taxes and adjustments may have no host, so none is assumed for them. */
  private isWithoutHost(): boolean {
    return this.row.ChargeCategory === 'Tax' || this.row.ChargeCategory === 'Adjustment'
  }

  /** Costs that FOCUS defines by other columns of the row are computed where they are missing; nothing else is invented. */
  deriveCosts() {
    for (const [cost, price] of [
      ['ListCost', 'ListUnitPrice'],
      ['ContractedCost', 'ContractedUnitPrice'],
    ] as const) {
      if ((this.row[cost] ?? null) !== null) continue
      const unitPrice = parseDecimal(this.row[price] ?? '')
      const quantity = parseDecimal(this.row.PricingQuantity ?? '')
      if (unitPrice && quantity) {
        this.row[cost] = formatDecimal(multiplyDecimals(unitPrice, quantity))
        this.changes.push(`${cost}: ${this.row[cost]} computed as ${price} × PricingQuantity`)
        continue
      }
      const billed = this.row.BilledCost ?? null
      if (
        cost in this.row &&
        (this.row[price] ?? null) === null &&
        this.row.ChargeCategory === 'Credit' &&
        billed !== null &&
        parseDecimal(billed)
      ) {
        this.row[cost] = billed
        this.changes.push(`${cost}: ${billed} taken from BilledCost, as the credit has no ${price}`)
      }
    }
  }
}

/** Values that had another name before 1.0. */
const renamedValues: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  PricingCategory: { 'On-Demand': 'Standard', 'Commitment-Based': 'Committed' },
}

function plain(value: string): string {
  return value.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '')
}

/**
 * A number with currency signs, separators, blanks, a plus sign or accounting brackets in FOCUS form; null when it is none
 * or when it has two readings: `1,234` is 1234 to some and 1.234 to others.
 */
export function readDirtyNumber(text: string): string | null {
  let rest = text.trim()
  const bracketed = /^\((.*)\)$/.exec(rest)
  if (bracketed) rest = bracketed[1]!.trim()
  rest = rest
    .replace(/^([+-]?)\s*(?:\p{Sc}|[A-Z]{3}\s)\s*([+-]?)/u, '$1$2')
    .replace(/\s*(?:\p{Sc}|\s[A-Z]{3})$/u, '')
    .replace(/^\u2212/, '-')
  if (bracketed && /^[+-]/.test(rest)) return null
  const compact = rest.replace(/(?<=\d)[\s\u00A0\u202F'’](?=\d{3}(?:\D|$))/g, '')
  const plainText = withoutSeparators(compact)
  if (plainText === null) return null
  const parsed = parseDecimal(plainText)
  if (!parsed) return null
  const mantissa = /[eE]/.test(plainText)
    ? formatDecimal(parsed)
    : plainText
        .replace(/^\+/, '')
        .replace(/^(-?)\./, '$10.')
        .replace(/\.$/, '')
  if (!focusNumber.test(mantissa)) return null
  return bracketed ? (parsed.units === 0n ? mantissa : `-${mantissa}`) : mantissa
}

function withoutSeparators(text: string): string | null {
  if (!text.includes(','))
    return (text.match(/\./g)?.length ?? 0) <= 1
      ? text
      : /^[+-]?\d{1,3}(\.\d{3}){2,}$/.test(text)
        ? text.replaceAll('.', '')
        : null
  if (/^[+-]?\d{1,3}(,\d{3})+\.\d*$/.test(text)) return text.replaceAll(',', '')
  if (/^[+-]?\d{1,3}(\.\d{3})+,\d*$/.test(text)) return text.replaceAll('.', '').replace(',', '.')
  if (/^[+-]?\d{1,3}(,\d{3}){2,}$/.test(text)) return text.replaceAll(',', '')
  // One comma not followed by exactly three digits can only be a decimal comma.
  if (/^[+-]?\d+,(\d{1,2}|\d{4,})$/.test(text)) return text.replace(',', '.')
  return null
}

type Entities = { service: string; serviceFrom: string; host: string; hostReason: string }

/**
 * The pair of 1.3 from the pair of 1.0–1.2. Provider and publisher the same company: a direct sale, both are the provider.
 * Different companies: a marketplace sale of the publisher's service; its host is taken to be the marketplace's cloud, a guess.
 */
export function entitiesOf(
  provider: string | null,
  publisher: string | null,
  aliases: readonly (readonly string[])[] = [],
): Entities | null {
  const seller = provider ?? publisher
  if (seller === null) return null
  if (provider === null)
    return { service: seller, serviceFrom: 'PublisherName', host: seller, hostReason: 'as the host is not named' }
  if (publisher === null || isSameEntity(provider, publisher, aliases)) {
    return { service: provider, serviceFrom: 'ProviderName', host: provider, hostReason: 'derived from ProviderName' }
  }
  return {
    service: publisher,
    serviceFrom: 'PublisherName (sold through ProviderName)',
    host: provider,
    hostReason: 'guessed from ProviderName: a marketplace sale does not name its host',
  }
}

const legalForms = new Set([
  'inc',
  'incorporated',
  'llc',
  'ltd',
  'limited',
  'corp',
  'corporation',
  'co',
  'company',
  'gmbh',
  'ag',
  'sa',
  'sarl',
  'bv',
  'plc',
  'pte',
  'pty',
  'kk',
  'srl',
  'spa',
  'ooo',
  'ооо',
  'ао',
  'пао',
])

/** True when two spellings name one company: equal without legal forms, one the beginning of the other, or its initials. */
export function isSameEntity(a: string, b: string, aliases: readonly (readonly string[])[] = []): boolean {
  if (a === b) return true
  if (aliases.some((names) => names.includes(a) && names.includes(b))) return true
  const [left, right] = [companyWords(a), companyWords(b)]
  if (left.length === 0 || right.length === 0) return false
  const [short, long] = left.length <= right.length ? [left, right] : [right, left]
  if (short.every((word, index) => long[index] === word)) return true
  const initials = long.map((word) => word.slice(0, 1)).join('')
  return short.length === 1 && short[0]!.length >= 2 && long.length >= 2 && initials.startsWith(short[0]!)
}

function companyWords(name: string): string[] {
  return name
    .toLowerCase()
    .replaceAll('.', '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '' && !legalForms.has(word))
}

/** Columns of 1.4 that a converted file of these headers has: FOCUS columns first, then custom ones, each alphabetical. */
export function convertedHeaders(headers: readonly string[], dataset: FocusDataset = 'CostAndUsage'): string[] {
  const names = new Set([...planHeaders(headers, dataset).values()].map((entry) => entry.name))
  if (dataset === 'CostAndUsage') {
    const hadPair = names.has('ProviderName') || names.has('PublisherName')
    for (const column of ['ProviderName', 'PublisherName']) {
      if (!names.delete(column)) continue
      names.add(names.has(`x_${column}`) ? `x_Source${column}` : `x_${column}`)
    }
    if (hadPair) names.add('ServiceProviderName')
    if (names.has('ServiceProviderName')) names.add('HostProviderName')
    for (const [cost, price] of [
      ['ListCost', 'ListUnitPrice'],
      ['ContractedCost', 'ContractedUnitPrice'],
    ] as const) {
      if (names.has(price) && names.has('PricingQuantity')) names.add(cost)
    }
  }
  const isFocus = (name: string) => columnById(name, dataset) !== null
  return [...names].sort((a, b) => Number(isFocus(b)) - Number(isFocus(a)) || (a < b ? -1 : a > b ? 1 : 0))
}

/** Columns that 1.4 no longer has. */
export const removedColumns: readonly string[] = costAndUsageColumns
  .filter((column) => column.removed !== null && rank(column.removed) <= rank('1.4'))
  .map((column) => column.id)
