import type { CountedRows } from '../explore'
import type { Condition } from './contract'

type Params = CountedRows['params']

/** Every dimension that a condition looks at. */
export function dimensionsOf(condition: Condition): string[] {
  if ('all' in condition) return condition.all.flatMap(dimensionsOf)
  if ('any' in condition) return condition.any.flatMap(dimensionsOf)
  if ('not' in condition) return dimensionsOf(condition.not)
  return [condition.dimension]
}

/** SQL of a condition. `textOf` gives the SQL of a dimension's text, '' where it has none. Values travel as parameters. */
export function conditionSql(condition: Condition, textOf: (dimension: string) => string, params: Params): string {
  if ('all' in condition)
    return condition.all.length === 0
      ? '1'
      : `(${condition.all.map((part) => conditionSql(part, textOf, params)).join(' AND ')})`
  if ('any' in condition) return `(${condition.any.map((part) => conditionSql(part, textOf, params)).join(' OR ')})`
  if ('not' in condition) return `(NOT ${conditionSql(condition.not, textOf, params)})`

  const fold = (text: string) => (condition.ignoreCase ? text.toLowerCase() : text)
  const text = condition.ignoreCase ? `lowerUTF8(${textOf(condition.dimension)})` : textOf(condition.dimension)
  const one = (value: string) => params.bind('String', value)
  const list = (values: string[]) => params.bind('Array(String)', [...new Set(values.map(fold))])
  const flag = condition.ignoreCase ? '(?is)' : '(?s)'
  const tests = [
    condition.in && `${text} IN ${list(condition.in)}`,
    condition.notIn && `${text} NOT IN ${list(condition.notIn)}`,
    condition.contains && `position(${text}, ${one(fold(condition.contains))}) > 0`,
    condition.startsWith && `startsWith(${text}, ${one(fold(condition.startsWith))})`,
    condition.endsWith && `endsWith(${text}, ${one(fold(condition.endsWith))})`,
    condition.glob && `match(${textOf(condition.dimension)}, ${one(`${flag}^${globPattern(condition.glob)}$`)})`,
    condition.regex && `match(${textOf(condition.dimension)}, ${one(`${flag}${condition.regex}`)})`,
    condition.isNull === undefined ? undefined : `${text} ${condition.isNull ? '=' : '!='} ''`,
  ].filter((test): test is string => test !== undefined && test !== '')
  return tests.length === 0 ? '1' : `(${tests.join(' AND ')})`
}

/** A glob as RE2: `*` is any text, `?` one character, all else stands for itself. */
export const globPattern = (glob: string) =>
  [...glob]
    .map((c) => (c === '*' ? '.*' : c === '?' ? '.' : /[\w\s]/.test(c) || c.codePointAt(0)! > 127 ? c : `\\${c}`))
    .join('')
