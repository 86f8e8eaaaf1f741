import type { Amount, BillFormat, Condition, Cost, NumberStyle, Text } from './bill-format'
import { type Header, headerOf } from './bill-sql'

const blank = new Set(['', 'NULL', 'null', 'Null', '\\N'])

/** Looks at a text of one row: `cell(index)` gives the cell as it stands in the file. */
export function evaluateText(expression: Text, header: Header, cell: (index: number) => string): string {
  const of = (inner: Text) => evaluateText(inner, header, cell)
  switch (expression.op) {
    case 'column': {
      const index = header.find(expression.names)
      const text = index === null ? '' : cell(index)
      return blank.has(text) ? '' : text
    }
    case 'literal':
      return expression.value
    case 'first':
      return expression.of.map(of).find((text) => text !== '') ?? ''
    case 'cases':
      return of(
        expression.cases.find(({ when }) => evaluateCondition(when, header, cell))?.value ?? expression.otherwise,
      )
    case 'lookup':
      return expression.table[of(expression.of)] ?? of(expression.otherwise)
    case 'extract': {
      const match = new RegExp(expression.pattern).exec(of(expression.of))
      return match ? (match[1] ?? match[0]) : ''
    }
    case 'without':
      return of(expression.of).replace(new RegExp(expression.pattern, 'g'), '')
    case 'lower':
      return of(expression.of).toLowerCase()
    case 'join':
      return expression.of.map(of).join('')
    default:
      throw new Error(`a ${expression.op} is not read row by row`)
  }
}

export function evaluateCondition(condition: Condition, header: Header, cell: (index: number) => string): boolean {
  switch (condition.op) {
    case 'in':
      return condition.values.includes(evaluateText(condition.of, header, cell))
    case 'empty':
      return evaluateText(condition.of, header, cell) === ''
    case 'matches':
      return new RegExp(condition.pattern).test(evaluateText(condition.of, header, cell))
    case 'zero': {
      const index = header.find(condition.of.names)
      return index === null || !/[1-9]/.test(cell(index).replace(/[eE].*$/, ''))
    }
    case 'before':
      throw new Error('moments are not compared row by row')
    case 'not':
      return !evaluateCondition(condition.of, header, cell)
    case 'all':
      return condition.of.every((part) => evaluateCondition(part, header, cell))
    case 'any':
      return condition.of.some((part) => evaluateCondition(part, header, cell))
  }
}

/** The plain decimal text of a cell, null where it holds no number. The engine does the same in `plainNumber`. */
export function readNumber(text: string, style: NumberStyle | undefined): string | null {
  if (style === undefined) return text.trim()
  const bare = text.replace(/[\s\u00A0\u202F\u2009\u2007$€£¥₩₽₸₹'’]|원|руб\.?/g, '')
  const separator = style.decimal === ',' ? '\\.' : ','
  const decimal = style.decimal === ',' ? ',' : '\\.'
  const shape = new RegExp(`^[-+(]?(\\d+|\\d{1,3}(${separator}\\d{3})+)?(${decimal}\\d+)?([eE][-+]?\\d+)?[-)]?$`)
  if (bare === '' || !shape.test(bare)) return null
  const negative = bare.startsWith('(') || (bare.endsWith('-') && bare.length > 1)
  const digits = bare
    .replace(/[()+]|-$/g, '')
    .replaceAll(style.decimal === ',' ? '.' : ',', '')
    .replaceAll(',', '.')
  return (negative ? '-' : '') + digits
}

/** The numbers of one member in the text of a JSON array; the engine finds them by the same pattern. */
export const memberNumbers = (text: string, member: string): string[] =>
  [...text.matchAll(new RegExp(`"${member}"\\s*:\\s*"?([-+0-9.eE]+)`, 'g'))].map((match) => match[1]!)

/** What the sum of a cost depends on: the amounts it adds, and what tells one case from another. */
export type CostReading = {
  amounts: Map<number, Amount>
  /** columns whose texts choose a case */
  texts: Set<number>
  /** columns of which only matters whether they hold something */
  presence: Set<number>
}

export function costReading(costs: readonly Cost[], header: Header): CostReading {
  const reading: CostReading = { amounts: new Map(), texts: new Set(), presence: new Set() }
  const note = (text: Text, into: Set<number>) => {
    if (text.op === 'column') {
      const index = header.find(text.names)
      if (index !== null) into.add(index)
    } else if (text.op === 'first' || text.op === 'join') for (const part of text.of) note(part, into)
    else if (text.op === 'lower' || text.op === 'without' || text.op === 'extract') note(text.of, reading.texts)
    else if (text.op !== 'literal') throw new Error(`a cost cannot depend on a ${text.op}`)
  }
  const look = (condition: Condition) => {
    if (condition.op === 'all' || condition.op === 'any') for (const part of condition.of) look(part)
    else if (condition.op === 'not') look(condition.of)
    else if (condition.op === 'empty') note(condition.of, reading.presence)
    else if (condition.op === 'in' || condition.op === 'matches') note(condition.of, reading.texts)
    else throw new Error(`a cost cannot depend on ${condition.op}`)
  }
  for (const { cases } of costs)
    for (const { when, sum } of cases) {
      if (when) look(when)
      for (const { first } of sum ?? []) {
        const there = first.flatMap((one) => {
          const index = header.find(one.names)
          return index === null ? [] : [[index, one] as const]
        })
        for (const [index, one] of there) reading.amounts.set(index, one)
        for (const [index] of there.slice(0, -1)) reading.presence.add(index)
      }
    }
  return reading
}

/**
 * The sum of a cost over rows that agree in everything the cost depends on, from the sums of their columns.
 * @param total sum of a column over those rows, in any exact representation that `add` adds
 */
export function sumOfCost<Sum>(
  { cases }: Cost,
  header: Header,
  group: { cell: (index: number) => string; total: (index: number) => Sum | null },
  add: (a: Sum | null, b: Sum, minus: boolean) => Sum,
): Sum | null {
  const chosen = cases.find(({ when }) => when === undefined || evaluateCondition(when, header, group.cell))
  let result: Sum | null = null
  for (const { first, minus } of chosen?.sum ?? []) {
    const there = first.flatMap((one) => header.find(one.names) ?? [])
    const index = there.find((one, i) => i === there.length - 1 || group.cell(one) !== '')
    const total = index === undefined ? null : group.total(index)
    if (total !== null) result = add(result, total, minus ?? false)
  }
  return result
}

/** Which generation of a format a header is of, or null. */
export function generationOf(format: BillFormat, header: Header): string | null {
  if (format.without?.some((name) => header.find([name]) !== null)) return null
  if (format.exact && header.size !== format.generations[0]!.columns.length) return null
  return (
    format.generations.find(({ columns }) =>
      columns.every((alternatives) => header.find(alternatives.split('|')) !== null),
    )?.name ?? null
  )
}

/**
 * The format of a file by its header, told apart from formats of the same header by the file's name and first rows.
 * Formats with tells are asked before those without.
 */
export function recogniseBill(
  formats: readonly BillFormat[],
  file: { names: readonly string[]; rows: readonly string[][]; fileName?: string },
): BillFormat | null {
  const header = headerOf(file.names)
  const candidates = formats.filter((format) => generationOf(format, header) !== null)
  const told = candidates.find(
    ({ tells }) =>
      tells !== undefined &&
      (tells.fileName?.test(file.fileName ?? '') ||
        (tells.row !== undefined &&
          file.rows.some((row) => evaluateCondition(tells.row!, header, (index) => row[index] ?? '')))),
  )
  return told ?? candidates.find(({ tells }) => tells === undefined) ?? null
}
