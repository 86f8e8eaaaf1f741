import type { CountedRows } from '../explore'
import { conditionSql, dimensionsOf } from './condition-sql'
import type { Condition, Pool, Rule, RuleDocument } from './contract'
import type { UnitTree } from './unit-tree'

/**
 * Rules of one month as SQL over groups of rows. Rules look at groups of equal rows rather than at rows, so their number costs next
 * to nothing: the rows are read once.
 */
export type CompiledRules = {
  /** Rules that can apply in the month, in order: `RuleNo` n is `rules[n - 1]`, 0 is no rule. */
  rules: Rule[]
  /** What the groups are grouped by. */
  dimensions: string[]
  /** Local days inside the month on which a rule begins or ends. */
  bounds: string[]
  /** SQL of the groups with `RuleNo` beside, from SQL of groups. Repaired texts and the units that texts name are worked out once. */
  withRules: (groups: string) => string
  /** SQL over such a row: key of the unit that its rule names, '' for none. */
  unitSql: string
  /** SQL over such a row: the text of a dimension after repair. */
  textOf: (dimension: string) => string
  /** SQL over such a row: the value that keeps apart the parts of the pot that its rule fills. */
  partitionSql: string
}

/** @param extra dimensions to group by besides those that the rules look at */
export function compileRules(
  document: RuleDocument,
  tree: UnitTree,
  period: { from: string; to: string },
  counted: CountedRows,
  extra: string[] = [],
): CompiledRules {
  const { params } = counted
  const rules = document.rules.filter(
    (rule) => (rule.from === null || rule.from < period.to) && (rule.to === null || rule.to > period.from),
  )
  const bounds = [...new Set(rules.flatMap((rule) => [rule.from, rule.to]))]
    .filter((day): day is string => day !== null && day > period.from && day < period.to)
    .sort()
  const pools = new Map(document.pools.map((pool) => [pool.key, pool]))
  const partitionOf = (rule: Rule) => ('pool' in rule.assign ? (pools.get(rule.assign.pool)?.partition ?? null) : null)

  const dimensions = [
    ...new Set([
      ...rules.flatMap((rule) => [
        ...dimensionsOf(rule.when),
        ...('byDimension' in rule.assign ? [rule.assign.byDimension] : []),
        ...(partitionOf(rule) === null ? [] : [partitionOf(rule)!]),
      ]),
      ...extra,
    ]),
  ]
  const columnOf = (dimension: string) => dimensions.indexOf(dimension)
  const repaired = repairedText(document, counted, (dimension) => `d${columnOf(dimension)}`)
  const repairedIds = dimensions.filter((dimension) => repaired(dimension) !== `d${columnOf(dimension)}`)
  const textOf = (dimension: string) => `${repairedIds.includes(dimension) ? 't' : 'd'}${columnOf(dimension)}`
  const naming = [...new Set(rules.flatMap((rule) => ('byDimension' in rule.assign ? [rule.assign.byDimension] : [])))]
  const unitByName = (dimension: string) => `u${columnOf(dimension)}`

  const seg = (day: string) => bounds.filter((bound) => bound <= day).length
  const inTime = (rule: Rule) => [
    ...(rule.from !== null && rule.from > period.from ? [`seg >= ${seg(rule.from)}`] : []),
    ...(rule.to !== null && rule.to < period.to ? [`seg < ${seg(rule.to)}`] : []),
  ]
  const conditions = rules.map((rule) =>
    [
      ...inTime(rule),
      conditionSql(rule.when, textOf, params),
      ...('byDimension' in rule.assign ? [`${unitByName(rule.assign.byDimension)} != ''`] : []),
      // A unit that does not exist in this month takes nothing.
      ...('unit' in rule.assign && tree.resolve(rule.assign.unit) === null ? ['0'] : []),
    ].join(' AND '),
  )
  const choose = (values: (string | null)[], otherwise: string, key: string) => {
    const arms = values.flatMap((value, i) => (value === null ? [] : [`${key} = ${i + 1}, ${value}`]))
    return arms.length === 0 ? otherwise : `multiIf(${arms.join(', ')}, ${otherwise})`
  }
  const named = rules.map((rule) =>
    'unit' in rule.assign
      ? params.bind('String', tree.resolve(rule.assign.unit) ?? '')
      : 'byDimension' in rule.assign
        ? unitByName(rule.assign.byDimension)
        : null,
  )
  return {
    rules,
    dimensions,
    bounds,
    textOf,
    withRules: (groups) => {
      const texts = repairedIds.map((dimension) => `${repaired(dimension)} AS t${columnOf(dimension)}`)
      const units = naming.map(
        (dimension) => `${unitOfText(textOf(dimension), tree, params)} AS ${unitByName(dimension)}`,
      )
      const one = texts.length === 0 ? groups : `SELECT *, ${texts.join(', ')} FROM (${groups})`
      const two = units.length === 0 ? one : `SELECT *, ${units.join(', ')} FROM (${one})`
      const number =
        conditions.length === 0
          ? 'toUInt16(0)'
          : `toUInt16(multiIf(${conditions.map((condition, i) => `${condition}, ${i + 1}`).join(', ')}, 0))`
      return `SELECT *, ${number} AS RuleNo FROM (${two})`
    },
    unitSql: choose(named, "''", 'RuleNo'),
    partitionSql: choose(
      rules.map((rule) => {
        const dimension = partitionOf(rule)
        return dimension === null ? null : textOf(dimension)
      }),
      "''",
      'RuleNo',
    ),
  }
}

/** SQL of the unit that a text names, '' for none. */
export function unitOfText(text: string, tree: UnitTree, params: CountedRows['params']): string {
  if (tree.names.size === 0) return "''"
  const from = params.bind('Array(String)', [...tree.names.keys()])
  const to = params.bind('Array(String)', [...tree.names.values()])
  return `transform(lowerUTF8(trimBoth(${text})), ${from}, ${to}, '')`
}

/** SQL of a dimension's text with the document's repairs applied. */
export function repairedText(
  document: RuleDocument,
  { params }: CountedRows,
  raw: (dimension: string) => string,
): (dimension: string) => string {
  const repairs = new Map(document.repairs.map((repair) => [repair.dimension, repair]))
  return (dimension) => {
    const repair = repairs.get(dimension)
    if (!repair) return raw(dimension)
    const trimmed = repair.trim ? `trimBoth(${raw(dimension)})` : raw(dimension)
    const fold = (text: string) => (repair.ignoreCase ? text.toLowerCase() : text)
    const pairs = new Map<string, string>()
    for (const [right, wrong] of Object.entries(repair.aliases))
      for (const spelling of [right, ...wrong]) pairs.set(fold(repair.trim ? spelling.trim() : spelling), right)
    if (pairs.size === 0) return trimmed
    const read = repair.ignoreCase ? `lowerUTF8(${trimmed})` : trimmed
    return `transform(${read}, ${params.bind('Array(String)', [...pairs.keys()])}, ${params.bind('Array(String)', [...pairs.values()])}, ${trimmed})`
  }
}

/** Every dimension that a pot's weights look at, for checking. */
export function weightDimensions(pool: Pool): string[] {
  const when: Condition | undefined = 'when' in pool.split ? pool.split.when : undefined
  return [...(when ? dimensionsOf(when) : []), ...('dimensions' in pool.split ? pool.split.dimensions : [])]
}
