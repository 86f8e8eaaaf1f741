import type { RuleDocument } from '@server/modules/allocation/contract'

type Rule = RuleDocument['rules'][number]
export type Condition = Rule['when']
export const operators = [
  'in',
  'notIn',
  'contains',
  'startsWith',
  'endsWith',
  'glob',
  'regex',
  'isSet',
  'isNull',
] as const
export type Operator = (typeof operators)[number]
/** One line of the editor. `text` holds the values, one a line, or the text to look for. */
export type Line = { id: number; negate: boolean; dimension: string; operator: Operator; text: string }
export type Flat = { mode: 'all' | 'any'; lines: Line[] }

let lastId = 0
export const newLine = (): Line => ({ id: ++lastId, negate: false, dimension: 'tag:team', operator: 'in', text: '' })

/** The condition as lines, or null where it is nested deeper than the editor shows. */
export function toFlat(condition: Condition): Flat | null {
  if ('all' in condition || 'any' in condition) {
    const parts = 'all' in condition ? condition.all : condition.any
    const lines = parts.map(toLine)
    return lines.every((line): line is Line => line !== null)
      ? { mode: 'all' in condition ? 'all' : 'any', lines }
      : null
  }
  const line = toLine(condition)
  return line ? { mode: 'all', lines: [line] } : null
}

function toLine(condition: Condition): Line | null {
  if ('not' in condition) {
    const inner = toLine(condition.not)
    return inner && !inner.negate ? { ...inner, negate: true } : null
  }
  if ('all' in condition || 'any' in condition) return null
  const { dimension, ignoreCase, ...tests } = condition
  const given = Object.entries(tests).filter(([, value]) => value !== undefined)
  const [only] = given
  if (given.length !== 1 || !only || ignoreCase) return null
  const [operator, value] = only as [Operator | 'isNull', unknown]
  const line = { id: ++lastId, negate: false, dimension }
  if (operator === 'isNull') return { ...line, operator: value ? 'isNull' : 'isSet', text: '' }
  return { ...line, operator, text: Array.isArray(value) ? value.join('\n') : String(value) }
}

/** The lines as a condition; lines that say nothing yet are left out. */
export function toCondition({ mode, lines }: Flat): Condition {
  const parts = lines.flatMap(({ negate, dimension, operator, text }): Condition[] => {
    const name = dimension.trim()
    if (name === '') return []
    if (operator === 'isNull' || operator === 'isSet')
      return [{ dimension: name, isNull: (operator === 'isNull') !== negate }]
    const values = text
      .split('\n')
      .map((value) => value.trim())
      .filter(Boolean)
    if (values.length === 0) return []
    const test: Condition =
      operator === 'in' || operator === 'notIn'
        ? { dimension: name, [operator]: values }
        : { dimension: name, [operator]: values[0]! }
    return [negate ? { not: test } : test]
  })
  if (parts.length === 1) return parts[0]!
  return parts.length === 0 ? { all: [] } : mode === 'all' ? { all: parts } : { any: parts }
}

/** A condition in a few words: dimension, sign, values. */
export function conditionText(
  condition: Condition,
  nameOf: (dimension: string) => string,
  words: { isSet: string; isNull: string },
): string {
  if ('all' in condition) return condition.all.map((part) => conditionText(part, nameOf, words)).join(' · ')
  if ('any' in condition) return condition.any.map((part) => conditionText(part, nameOf, words)).join(' | ')
  if ('not' in condition) return `¬ ${conditionText(condition.not, nameOf, words)}`
  const name = nameOf(condition.dimension)
  const list = (values: string[]) =>
    values.length > 2 ? `${values.slice(0, 2).join(', ')} … (${values.length})` : values.join(', ')
  if (condition.in) return `${name} = ${list(condition.in)}`
  if (condition.notIn) return `${name} ≠ ${list(condition.notIn)}`
  if (condition.contains) return `${name} ∋ ${condition.contains}`
  if (condition.startsWith) return `${name} = ${condition.startsWith}…`
  if (condition.endsWith) return `${name} = …${condition.endsWith}`
  if (condition.glob) return `${name} ~ ${condition.glob}`
  if (condition.regex) return `${name} ~ /${condition.regex}/`
  return condition.isNull === undefined ? name : `${name} ${condition.isNull ? words.isNull : words.isSet}`
}

/** A key for a name, not among those taken. */
export function keyFor(name: string, taken: readonly string[]): string {
  const base =
    name
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 60) || 'rule'
  let key = base
  for (let n = 2; taken.includes(key); n++) key = `${base}-${n}`
  return key
}
