import {
  canonicalColumn,
  categoryOfSubcategory,
  columnById,
  detectDataset,
  type FocusDataset,
  type FocusVersion,
} from './columns'
import { isIsoCurrency } from './currency'
import { isFocusInstant } from './date-time'
import {
  absoluteDecimal,
  addDecimals,
  compareDecimals,
  type Decimal,
  focusNumber,
  formatDecimal,
  parseDecimal,
  subtractDecimals,
  zero,
} from './decimal'
import { readJson } from './json'
import { jsonProblems } from './json-shapes'
import type { FocusRow } from './row'
import { type Check, type Keyword, type Rule, rulesOf, type Term } from './rules'
import { productDifference, toleranceOf } from './tolerance'
import { unitProblem } from './unit'

export type Severity = 'error' | 'warning' | 'info'

export type Finding = {
  /** Data row, the first after the header is 1; null when the finding is about the file or about many rows. */
  row: number | null
  column: string
  rule: string
  severity: Severity
  message: string
  remedy: string
  value: string | null
}

export type RuleVerdict = {
  id: string
  column: string
  keyword: Keyword
  severity: Severity
  requirement: string
  verdict: 'pass' | 'fail' | 'skipped'
  /** Rows the rule spoke about, and those it failed on. Rules about the file count 1. */
  checked: number
  failed: number
  /** Why the rule was skipped, or what limits its verdict. */
  note: string | null
}

export type IssuedInvoice = {
  issuer: string
  invoiceId: string
  currency: string /** Payable amount, decimal text. */
  total: string
}

export type InvoiceSum = { issuer: string; invoiceId: string; currency: string; rows: number; billedCost: string }

export type ValidateOptions = {
  /** Found from the headers when left out. */
  version?: FocusVersion
  dataset?: FocusDataset
  /**
   * Capabilities of the source, by the criteria names of the published model: a conditional column whose criteria are all
   * named here must be present. `all` demands every one; left out, an absent conditional column counts as not supported.
   */
  supports?: readonly string[] | 'all'
  /** Issued invoices to reconcile BilledCost with. */
  invoices?: readonly IssuedInvoice[]
  /** Findings kept for each rule (20) and in total (2,000). All are counted. */
  findingsPerRule?: number
  findings?: number
  /** Distinct keys remembered by each rule that looks across rows (200,000). Beyond, the verdict says so. */
  keysPerRule?: number
}

export type ValidationReport = {
  version: FocusVersion
  /** Whether the version was found from the headers or given. */
  versionBasis: 'given' | 'detected' | 'assumed'
  dataset: FocusDataset
  rows: number
  /** Rows without, and with, at least one failed MUST. */
  rowsWithoutError: number
  rowsWithError: number
  headers: string[]
  verdicts: RuleVerdict[]
  findings: Finding[]
  counts: Record<Severity, number>
  findingsNotKept: number
  /** Sums of BilledCost an invoice, to hold against the paper. */
  invoiceSums: InvoiceSum[]
  passed: boolean
}

const severityOf: Record<Keyword, Severity> = { must: 'error', should: 'warning', may: 'info' }

/**
 * Checks rows one at a time; memory is bounded by the kept findings and the keys of the rules that look across rows.
 * Usage: `add` each row in order, then `report` once.
 */
export class Validator {
  readonly version: FocusVersion
  readonly dataset: FocusDataset
  private readonly versionBasis: ValidationReport['versionBasis']
  private readonly present: Set<string>
  private readonly states: RuleState[]
  private readonly findings: Finding[] = []
  private readonly counts: Record<Severity, number> = { error: 0, warning: 0, info: 0 }
  private readonly invoices = new Map<
    string,
    { issuer: string; invoiceId: string; currency: string; rows: number; sum: Decimal }
  >()
  private readonly commitments = new Map<string, CommitmentSum>()
  private readonly keysPerRule: number
  private readonly findingsPerRule: number
  private readonly findingsLimit: number
  private readonly nullWords: RuleState | undefined
  /** The rules that are asked row by row. */
  private readonly asked: RuleState[]
  private isInvoiceListFull = false
  private isCommitmentListFull = false
  private notKept = 0
  private rows = 0
  private rowsWithError = 0

  constructor(
    private readonly headers: readonly string[],
    private readonly options: ValidateOptions = {},
  ) {
    const detected = detectDataset(headers)
    this.dataset = options.dataset ?? detected?.dataset ?? 'CostAndUsage'
    this.version = options.version ?? (detected?.dataset === this.dataset ? detected.version : '1.4')
    this.versionBasis = options.version ? 'given' : detected?.dataset === this.dataset ? 'detected' : 'assumed'
    this.present = new Set(headers)
    this.keysPerRule = options.keysPerRule ?? 200_000
    this.findingsPerRule = options.findingsPerRule ?? 20
    this.findingsLimit = options.findings ?? 2_000
    this.states = rulesOf(this.version, this.dataset).map((rule) => this.prepare(rule))
    this.nullWords = this.states.find((state) => state.rule.check.kind === 'null-words')
    for (const state of this.states) this.checkHeaders(state)
    this.asked = this.states.filter((state) => state.skipped === null && !state.isAboutFile)
  }

  /** Checks one row. Rows are counted from 1 unless `rowNumber` says otherwise. */
  add(source: FocusRow, rowNumber: number = this.rows + 1): void {
    this.rows += 1
    let hasError = false
    // A word that stands for null is one finding; the other rules then see the null it stands for.
    const { row, words } = withoutNullWords(source)
    if (this.nullWords) {
      this.nullWords.checked += 1
      if (words.length > 0) {
        hasError = true
        const [first] = words
        this.fail(
          this.nullWords,
          rowNumber,
          `${words.join(', ')}: a word or an empty text where null belongs`,
          source[first!] ?? null,
          first,
        )
      }
    }
    // Hundreds of rules ask the same few dozen cells: by position that is many times faster than by name.
    const cells = this.headers.map((header) => row[header] ?? null)
    for (const state of this.asked) {
      if (!allHold(state.terms, cells)) continue
      if (state.cell !== -1) {
        const value = cells[state.cell] ?? null
        if (state.speaksOf === 'value' && value === null) continue
        if ((state.speaksOf === 'set' && value !== null) || (state.speaksOf === 'null' && value === null)) {
          state.checked += 1
          continue
        }
        if (state.isRemembered && state.judged.get(value!) === null) {
          state.checked += 1
          continue
        }
      }
      const problem = this.checkRow(state, row, rowNumber)
      if (problem === undefined) continue
      state.checked += 1
      if (problem === null) continue
      if (state.rule.keyword === 'must') hasError = true
      this.fail(state, rowNumber, problem.message, problem.value)
    }
    if (hasError) this.rowsWithError += 1
    if (this.dataset === 'CostAndUsage') this.sum(row)
  }

  report(): ValidationReport {
    for (const state of this.states)
      if (state.rule.check.kind === 'group-sum' && state.skipped === null) this.checkSums(state)
    const verdicts = this.states.map(verdictOf)
    return {
      version: this.version,
      versionBasis: this.versionBasis,
      dataset: this.dataset,
      rows: this.rows,
      rowsWithoutError: this.rows - this.rowsWithError,
      rowsWithError: this.rowsWithError,
      headers: [...this.headers],
      verdicts,
      findings: this.findings,
      counts: this.counts,
      findingsNotKept: this.notKept,
      invoiceSums: [...this.invoices.values()].map(({ sum, ...invoice }) => ({
        ...invoice,
        billedCost: formatDecimal(sum),
      })),
      passed: this.counts.error === 0,
    }
  }

  /** Adds a finding of the reader (an odd record, a repeated header) to the report, as an error. */
  reportReading(row: number | null, message: string): void {
    this.keep({
      row,
      column: '',
      rule: 'IZ-READ',
      severity: 'error',
      message,
      remedy: 'Write the file again with a proper CSV writer.',
      value: null,
    })
  }

  private prepare(rule: Rule): RuleState {
    const state: RuleState = {
      rule,
      checked: 0,
      failed: 0,
      skipped: null,
      note: null,
      isAboutFile: false,
      keys: new Map(),
      judged: new Map(),
      terms: rule.when.map((term) => ({ term, cell: this.headers.indexOf(term.column) })),
      cell: 'column' in rule.check ? this.headers.indexOf(rule.check.column) : -1,
      speaksOf: speaksOf(rule.check),
      isRemembered: dependsOnOneCell(rule.check),
    }
    const { check } = rule
    if (check.kind === 'undecidable') state.skipped = `cannot be decided from a file: ${check.why}`
    else if (rule.keyword === 'may' && check.kind !== 'present') state.skipped = 'optional'
    else if (aboutFile.has(check.kind)) state.isAboutFile = true
    else {
      const missing = columnsRead(check).find((column) => !this.present.has(column))
      if (missing !== undefined) state.skipped = `the column ${missing} is absent`
    }
    return state
  }

  private checkHeaders(state: RuleState) {
    const { rule } = state
    if (state.skipped !== null) return
    if (rule.check.kind === 'present') {
      const { column } = rule.check
      if (
        !this.present.has(column) &&
        rule.criteria.length + Number(rule.keyword === 'may') > 0 &&
        !this.isSupported(rule)
      ) {
        state.skipped =
          rule.keyword === 'may'
            ? 'recommended, and absent'
            : `the capability is not declared (${rule.criteria.join(', ')})`
        return
      }
      state.checked = 1
      if (this.present.has(column)) return
      const misspelled = this.headers.find(
        (header) => header !== column && canonicalColumn(header, this.dataset) === column,
      )
      this.fail(
        state,
        null,
        misspelled === undefined ? `the column ${column} is absent` : `the column ${column} is spelled ${misspelled}`,
        misspelled ?? null,
      )
    }
    if (rule.check.kind === 'custom-columns') {
      const { what } = rule.check
      const custom = this.headers.filter((header) => columnById(header, this.dataset) === null)
      const wrong =
        what === 'prefix'
          ? custom.filter((header) => !header.startsWith('x_'))
          : this.headers.filter((header) => header.length > 50)
      state.checked = what === 'prefix' ? custom.length : this.headers.length
      for (const header of wrong) {
        this.fail(
          state,
          null,
          what === 'prefix'
            ? customColumnMessage(header, canonicalColumn(header, this.dataset))
            : `the name ${header} is longer than 50 characters`,
          header,
          header,
        )
      }
    }
  }

  private isSupported(rule: Rule): boolean {
    if (this.options.supports === 'all') return true
    const supported = this.options.supports ?? []
    return rule.criteria.length > 0 && rule.criteria.every((criterion) => supported.includes(criterion))
  }

  /** Undefined: the rule has nothing to say about the row. Null: it holds. */
  private checkRow(state: RuleState, row: FocusRow, rowNumber: number): Problem | null | undefined {
    const { check } = state.rule
    if (check.kind === 'one-parent') return this.checkParent(state, check, row)
    if (check.kind === 'unique') return this.checkUnique(state, check.columns, row, rowNumber)
    if (!dependsOnOneCell(check)) return checkCell(check, row)
    // Bills repeat themselves: the same few units, currencies, tags and instants on most rows.
    const value = row[check.column] ?? null
    if (value === null) return undefined
    const known = state.judged.get(value)
    if (known !== undefined) return known
    const problem = checkCell(check, row)
    if (problem === undefined) return undefined
    if (state.judged.size >= judgedValues) state.judged.clear()
    state.judged.set(value, problem)
    return problem
  }

  private checkParent(
    state: RuleState,
    check: Extract<Check, { kind: 'one-parent' }>,
    row: FocusRow,
  ): Problem | null | undefined {
    const child = row[check.column] ?? null
    const parent = row[check.other] ?? null
    if (child === null || parent === null || check.except?.includes(parent)) return undefined
    const scope = check.scope?.map((column) => row[column] ?? null).find((value) => value !== null) ?? ''
    const key = `${scope}\u0000${child}`
    const known = state.keys.get(key)
    if (known === undefined) {
      if (state.keys.size >= this.keysPerRule) {
        state.note = `looked at the first ${this.keysPerRule} values of ${check.column} only`
        return undefined
      }
      state.keys.set(key, parent)
      return null
    }
    return known === parent
      ? null
      : { message: `${child} has ${check.other} ${parent} here and ${known} before`, value: parent }
  }

  private checkUnique(
    state: RuleState,
    columns: readonly string[],
    row: FocusRow,
    rowNumber: number,
  ): Problem | null | undefined {
    const values = columns.map((column) => row[column] ?? null)
    if (values.includes(null)) return undefined
    const key = values.join('\u0000')
    const known = state.keys.get(key)
    if (known !== undefined)
      return { message: `the same ${columns.join(', ')} as row ${known}`, value: values[0] ?? null }
    if (state.keys.size >= this.keysPerRule) {
      state.note = `looked at the first ${this.keysPerRule} rows of different identity only`
      return undefined
    }
    state.keys.set(key, String(rowNumber))
    return null
  }

  private sum(row: FocusRow) {
    const billed = parseDecimal(row.BilledCost ?? '')
    const invoiceId = row.InvoiceId ?? null
    if (invoiceId !== null && billed) {
      const issuer = row.InvoiceIssuerName ?? ''
      const currency = row.BillingCurrency ?? ''
      const key = `${issuer}\u0000${invoiceId}\u0000${currency}`
      const invoice = this.invoices.get(key)
      if (invoice) {
        invoice.rows += 1
        invoice.sum = addDecimals(invoice.sum, billed)
      } else if (this.invoices.size < this.keysPerRule)
        this.invoices.set(key, { issuer, invoiceId, currency, rows: 1, sum: billed })
      else this.isInvoiceListFull = true
    }
    this.sumCommitment(row, billed)
  }

  private sumCommitment(row: FocusRow, billed: Decimal | null) {
    const id = row.CommitmentDiscountId ?? null
    const category = row.ChargeCategory
    if (id === null || (category !== 'Usage' && category !== 'Purchase')) return
    const key = `${row.ServiceProviderName ?? row.ProviderName ?? ''}\u0000${id}\u0000${row.BillingCurrency ?? ''}`
    let sums = this.commitments.get(key)
    if (!sums) {
      if (this.commitments.size >= this.keysPerRule) {
        this.isCommitmentListFull = true
        return
      }
      sums = {
        id,
        currency: row.BillingCurrency ?? '',
        rows: 0,
        purchased: zero,
        used: zero,
        purchase: null,
        usage: null,
      }
      this.commitments.set(key, sums)
    }
    const start = row.ChargePeriodStart ?? ''
    const end = row.ChargePeriodEnd ?? ''
    sums.rows += 1
    if (category === 'Purchase') {
      if (billed) sums.purchased = addDecimals(sums.purchased, billed)
      sums.purchase = widened(sums.purchase, start, end)
    } else {
      const effective = parseDecimal(row.EffectiveCost ?? '')
      if (effective) sums.used = addDecimals(sums.used, effective)
      sums.usage = widened(sums.usage, start, end)
    }
  }

  private checkSums(state: RuleState) {
    if (state.rule.check.kind !== 'group-sum') return
    if (state.rule.check.identity === 'invoice') this.checkInvoices(state)
    else this.checkCommitments(state)
  }

  private checkInvoices(state: RuleState) {
    const issued = this.options.invoices ?? []
    if (issued.length === 0) {
      state.skipped = 'no issued invoice was given to compare with; see the sums in the report'
      return
    }
    if (this.isInvoiceListFull) state.note = `looked at the first ${this.keysPerRule} invoices only`
    for (const invoice of issued) {
      const total = parseDecimal(invoice.total)
      const found = this.invoices.get(`${invoice.issuer}\u0000${invoice.invoiceId}\u0000${invoice.currency}`)
      state.checked += 1
      if (!total) {
        this.fail(state, null, `the total of invoice ${invoice.invoiceId} is no number`, invoice.total)
        continue
      }
      if (!found) {
        this.fail(
          state,
          null,
          `no row of invoice ${invoice.invoiceId} of ${invoice.issuer} in ${invoice.currency}`,
          invoice.invoiceId,
        )
        continue
      }
      const delta = subtractDecimals(found.sum, total)
      const tolerance = toleranceOf(found.rows, invoice.currency)
      if (compareDecimals(absoluteDecimal(delta), tolerance) <= 0) continue
      this.fail(
        state,
        null,
        `invoice ${invoice.invoiceId}: ${formatDecimal(found.sum)} in ${found.rows} rows, ${invoice.total} on paper, off by ${formatDecimal(delta)} ${invoice.currency}, allowed ${formatDecimal(tolerance)}`,
        formatDecimal(delta),
      )
    }
  }

  private checkCommitments(state: RuleState) {
    let partial = 0
    for (const sums of this.commitments.values()) {
      const { purchase, usage } = sums
      // Only a file that holds the whole term can show whether the sums agree.
      if (!purchase || !usage || usage.start > purchase.start || usage.end < purchase.end) {
        partial += 1
        continue
      }
      state.checked += 1
      const delta = subtractDecimals(sums.used, sums.purchased)
      const tolerance = toleranceOf(sums.rows, sums.currency)
      if (compareDecimals(absoluteDecimal(delta), tolerance) <= 0) continue
      this.fail(
        state,
        null,
        `commitment ${sums.id}: amortised ${formatDecimal(sums.used)}, billed ${formatDecimal(sums.purchased)}, off by ${formatDecimal(delta)} ${sums.currency}, allowed ${formatDecimal(tolerance)}`,
        formatDecimal(delta),
      )
    }
    if (this.isCommitmentListFull) state.note = `looked at the first ${this.keysPerRule} commitments only`
    if (state.checked === 0)
      state.skipped =
        partial === 0
          ? 'no row has a CommitmentDiscountId'
          : `none of the ${partial} commitments has its whole term in the file`
    else if (partial > 0)
      state.note = `${partial} commitments have a part of their term in the file and were not compared`
  }

  private fail(
    state: RuleState,
    row: number | null,
    message: string,
    value: string | null,
    column: string = state.rule.column,
  ) {
    state.failed += 1
    const severity = severityOf[state.rule.keyword]
    if (state.failed > this.findingsPerRule) {
      this.counts[severity] += 1
      this.notKept += 1
      return
    }
    this.keep({
      row,
      column,
      rule: state.rule.id,
      severity,
      message,
      remedy: state.rule.remedy,
      value: value === null ? null : value.slice(0, 200),
    })
  }

  private keep(finding: Finding) {
    this.counts[finding.severity] += 1
    if (this.findings.length < this.findingsLimit) this.findings.push(finding)
    else this.notKept += 1
  }
}

/** Kinds that are not asked row by row in the loop over the rules. */
const aboutFile = new Set<Check['kind']>(['group-sum', 'present', 'custom-columns', 'null-words'])

type RuleState = {
  rule: Rule
  checked: number
  failed: number
  skipped: string | null
  note: string | null
  isAboutFile: boolean
  keys: Map<string, string>
  /** Verdicts on cell values seen lately. */
  judged: Map<string, Problem | null>
  /** The terms with the positions of their cells, -1 for a column the file lacks. */
  terms: { term: Term; cell: number }[]
  cell: number
  /** What settles the rule by a look at its cell: null is no matter of it, must be set, or must be null. */
  speaksOf: 'value' | 'set' | 'null' | 'row'
  isRemembered: boolean
}

function speaksOf(check: Check): RuleState['speaksOf'] {
  if (check.kind === 'not-null') return 'set'
  if (check.kind === 'null') return 'null'
  return check.kind === 'null-together' || check.kind === 'unique' ? 'row' : 'value'
}

/** Verdicts remembered by each rule; forgotten all at once when full, so memory stays bounded. */
const judgedValues = 1_000

function dependsOnOneCell(
  check: Check,
): check is Extract<Check, { kind: 'type' | 'format' | 'enum' | 'range' | 'json' }> {
  if (check.kind === 'json')
    return check.shape !== 'AllocatedTags' && check.shape !== 'CommitmentProgramEligibilityDetails'
  return check.kind === 'type' || check.kind === 'format' || check.kind === 'enum' || check.kind === 'range'
}

type CommitmentSum = {
  id: string
  currency: string
  rows: number
  purchased: Decimal
  used: Decimal
  purchase: { start: string; end: string } | null
  usage: { start: string; end: string } | null
}

type Problem = { message: string; value: string | null }

function verdictOf({ rule, checked, failed, skipped, note }: RuleState): RuleVerdict {
  const verdict = skipped !== null ? 'skipped' : failed > 0 ? 'fail' : checked === 0 ? 'skipped' : 'pass'
  return {
    id: rule.id,
    column: rule.column,
    keyword: rule.keyword,
    severity: severityOf[rule.keyword],
    requirement: rule.requirement,
    verdict,
    checked,
    failed,
    note: skipped ?? note ?? (checked === 0 ? 'no row it speaks about' : null),
  }
}

function customColumnMessage(header: string, meant: string | null): string {
  return meant === null
    ? `the column ${header} is not of FOCUS and lacks the prefix x_`
    : `the column ${header} is not of FOCUS: is ${meant} meant?`
}

function widened(span: { start: string; end: string } | null, start: string, end: string) {
  if (!span) return { start, end }
  return { start: start < span.start ? start : span.start, end: end > span.end ? end : span.end }
}

const nullWords = new Set(['', 'NULL', 'null', '\\N'])
/** Words that FOCUS forbids as well, but that may be meant: they are reported and stay values. */
const doubtfulWords = new Set(['N/A', 'n/a', 'Not Applicable', 'not applicable'])

function withoutNullWords(source: FocusRow): { row: FocusRow; words: string[] } {
  let row = source
  const words: string[] = []
  for (const column in source) {
    const value = source[column]
    if (value === null || value === undefined || value.length > 14) continue
    if (doubtfulWords.has(value)) words.push(column)
    else if (nullWords.has(value)) {
      words.push(column)
      if (row === source) row = { ...source }
      row[column] = null
    }
  }
  return { row, words }
}

function allHold(terms: RuleState['terms'], cells: readonly (string | null)[]): boolean {
  for (const { term, cell } of terms) {
    const value = cells[cell] ?? null
    if ('is' in term) {
      if ((term.is === 'null') !== (value === null)) return false
    } else if ('in' in term) {
      if (value === null || !term.in.includes(value)) return false
    } else if (value !== null && term.notIn.includes(value)) return false
  }
  return true
}

/** Columns a check cannot do without. */
function columnsRead(check: Check): string[] {
  switch (check.kind) {
    case 'null-together':
    case 'same':
    case 'order':
    case 'parent-category':
    case 'one-parent':
      return [check.column, check.other]
    case 'product':
      return [check.column, ...check.factors]
    case 'unique':
      return [...check.columns]
    default:
      return [check.column]
  }
}

function checkCell(check: Check, row: FocusRow): Problem | null | undefined {
  if (!('column' in check)) return undefined
  const value = row[check.column] ?? null
  switch (check.kind) {
    case 'not-null':
      return value === null ? { message: `${check.column} is null`, value } : null
    case 'null':
      return value === null ? null : { message: `${check.column} is ${value} where it must be null`, value }
    case 'null-together': {
      const other = row[check.other] ?? null
      if ((value === null) === (other === null)) return null
      return {
        message:
          value === null
            ? `${check.column} is null although ${check.other} is ${other}`
            : `${check.column} is ${value} although ${check.other} is null`,
        value,
      }
    }
    default:
      return value === null ? undefined : checkValue(check, value, row)
  }
}

function checkValue(check: Check, value: string, row: FocusRow): Problem | null | undefined {
  switch (check.kind) {
    case 'type':
      return typeProblem(check.column, value)
    case 'format':
      return formatProblem(check.format, check.column, value)
    case 'enum':
      return check.values.includes(value) ? null : { message: `${value} is no allowed value of ${check.column}`, value }
    case 'range':
      return rangeProblem(check, value)
    case 'value':
      return valueProblem(check, value)
    case 'product': {
      const [price, quantity] = check.factors.map((column) => parseDecimal(row[column] ?? ''))
      const cost = parseDecimal(value)
      if (!cost || !price || !quantity) return undefined
      const { delta, isRounding } = productDifference(cost, price, quantity)
      if (isRounding) return null
      return {
        message: `${check.column} is ${value}, ${check.factors.join(' × ')} is ${formatDecimal(subtractDecimals(cost, delta))}, off by ${formatDecimal(delta)}`,
        value,
      }
    }
    case 'same': {
      const other = row[check.other] ?? null
      const isSame = other !== null && (other === value || isSameNumber(check.column, value, other))
      if (isSame !== (check.negate === true)) return null
      return {
        message: check.negate
          ? `${check.column} repeats ${check.other}`
          : `${check.column} is ${value}, ${check.other} is ${other}`,
        value,
      }
    }
    case 'order': {
      const other = row[check.other] ?? null
      // Unreadable instants fail their own format rule; comparing them would say nothing.
      if (other === null || !isFocusInstant(value) || !isFocusInstant(other)) return undefined
      return value <= other ? null : { message: `${check.column} ${value} is after ${check.other} ${other}`, value }
    }
    case 'parent-category': {
      const category = row[check.other] ?? null
      const parent = categoryOfSubcategory(value)
      if (parent === null || category === null) return undefined
      return parent === category ? null : { message: `${value} belongs to ${parent}, the row says ${category}`, value }
    }
    case 'json': {
      // What is no JSON at all fails its type; one mistake, one finding.
      if (!readJson(value)) return undefined
      const problems = jsonProblems(value, check.shape, row)
      return problems.length === 0 ? null : { message: `${check.column}: ${problems.slice(0, 5).join('; ')}`, value }
    }
    default:
      return undefined
  }
}

function typeProblem(column: string, value: string): Problem | null {
  // A number in a forbidden spelling still is one: that is for the format rule to say.
  const type = columnType(column)
  if (type === 'decimal' && !parseDecimal(value)) return { message: `${value} is not a number`, value }
  if (type === 'datetime' && Number.isNaN(Date.parse(value)))
    return { message: `${value} is not a date and time`, value }
  if (type === 'json' && !readJson(value)) return { message: `${column} is not JSON`, value }
  return null
}

function columnType(column: string) {
  for (const dataset of ['CostAndUsage', 'ContractCommitment', 'InvoiceDetail', 'BillingPeriod'] as const) {
    const known = columnById(column, dataset)
    if (known) return known.type
  }
  return 'string'
}

function formatProblem(
  format: Extract<Check, { kind: 'format' }>['format'],
  column: string,
  value: string,
): Problem | null {
  switch (format) {
    case 'numeric':
      return focusNumber.test(value) ? null : { message: `${column}: ${value} is not in numeric format`, value }
    case 'date-time':
      return isFocusInstant(value) ? null : { message: `${column}: ${value} is not YYYY-MM-DDTHH:mm:ssZ`, value }
    case 'currency':
      return isIsoCurrency(value) ? null : { message: `${column}: ${value} is no ISO 4217 currency`, value }
    case 'unit': {
      const problem = unitProblem(value)
      return problem === null ? null : { message: `${column}: ${problem}`, value }
    }
    case 'duration':
      return /^[1-9]\d* (Year|Month|Day|Hour|Minute|Second|Week)s?$/.test(value)
        ? null
        : { message: `${column}: ${value} is not a number and a time unit`, value }
    default:
      return value.trim() === '' ? { message: `${column} is blank`, value } : null
  }
}

function rangeProblem(check: Extract<Check, { kind: 'range' }>, value: string): Problem | null | undefined {
  const number = parseDecimal(value)
  if (!number) return undefined
  if (check.minimum !== null && compareDecimals(number, parseDecimal(check.minimum)!) < 0)
    return { message: `${check.column} is ${value}, below ${check.minimum}`, value }
  if (check.maximum !== null && compareDecimals(number, parseDecimal(check.maximum)!) > 0)
    return { message: `${check.column} is ${value}, above ${check.maximum}`, value }
  return null
}

function valueProblem(check: Extract<Check, { kind: 'value' }>, value: string): Problem | null | undefined {
  const { column, equals, differs, above, below } = check
  if (equals !== undefined && value !== equals && !isSameNumber(column, value, equals))
    return { message: `${column} is ${value}, not ${equals}`, value }
  if (differs !== undefined && value === differs) return { message: `${column} is ${value}`, value }
  const number = above === undefined && below === undefined ? null : parseDecimal(value)
  if (number && above !== undefined && compareDecimals(number, parseDecimal(above)!) <= 0)
    return { message: `${column} is ${value}, not above ${above}`, value }
  if (number && below !== undefined && compareDecimals(number, parseDecimal(below)!) >= 0)
    return { message: `${column} is ${value}, not below ${below}`, value }
  return null
}

function isSameNumber(column: string, a: string, b: string): boolean {
  if (columnType(column) !== 'decimal') return false
  const [left, right] = [parseDecimal(a), parseDecimal(b)]
  return left !== null && right !== null && compareDecimals(left, right) === 0
}
