import type { ClickHouse } from '../../storage/clickhouse'
import { countedRows } from '../explore'
import { unitsOf } from './amounts'
import { weightDimensions } from './compile-rules'
import { dimensionsOf } from './condition-sql'
import type { Condition, Finding, RuleDocument } from './contract'
import type { UnitTree } from './unit-tree'

/** Everything that is wrong or odd about a document, against the units there are. Errors keep it from being published. */
export async function checkDocument(
  document: RuleDocument,
  tree: UnitTree,
  clickhouse: ClickHouse,
): Promise<Finding[]> {
  const findings: Finding[] = []
  const say = (level: Finding['level'], code: string, at: string, message: string) =>
    findings.push({ level, code, at, message })
  const pools = new Map(document.pools.map((pool) => [pool.key, pool]))
  const params = countedRows(
    '00000000-0000-0000-0000-000000000000',
    { from: '2000-01-01', to: '2000-01-02' },
    'UTC',
    null,
  )

  const dimension = (id: string, at: string) => {
    try {
      params.groups([id])
    } catch (error) {
      say('error', 'unknown_dimension', at, error instanceof Error ? error.message : String(error))
    }
  }
  const unit = (key: string, at: string) => {
    const found = tree.resolve(key)
    if (found === null)
      say(
        'warning',
        'unknown_unit',
        at,
        `There is no unit “${key}” in ${tree.month}: what is meant for it stays unallocated.`,
      )
  }
  const target = (name: string, at: string) => {
    if (!name.startsWith('pool:')) return unit(name, at)
    if (!pools.has(name.slice(5))) say('error', 'unknown_pool', at, `There is no pool “${name.slice(5)}”.`)
  }
  const once = (ids: string[], at: string) => {
    for (const id of new Set(ids.filter((candidate, i) => ids.indexOf(candidate) !== i)))
      say('error', 'twice', at, `“${id}” stands there twice; each needs a name of its own.`)
  }

  once(
    document.rules.map((rule) => rule.id),
    'rules',
  )
  once(
    document.pools.map((pool) => pool.key),
    'pools',
  )
  once(
    document.repairs.map((repair) => repair.dimension),
    'repairs',
  )
  const patterns: { regex: string; at: string }[] = []
  const condition = (value: Condition, at: string) => {
    for (const id of dimensionsOf(value)) dimension(id, at)
    for (const regex of regexesOf(value)) patterns.push({ regex, at })
  }

  document.repairs.forEach((repair, i) => {
    dimension(repair.dimension, `repairs[${i}].dimension`)
    const right = new Map<string, string>()
    for (const [value, spellings] of Object.entries(repair.aliases))
      for (const spelling of spellings) {
        const text = repair.ignoreCase ? spelling.toLowerCase() : spelling
        if (right.has(text) && right.get(text) !== value)
          say(
            'error',
            'ambiguous_repair',
            `repairs[${i}].aliases`,
            `“${spelling}” is repaired to “${right.get(text)}” and to “${value}”.`,
          )
        right.set(text, value)
      }
  })
  document.rules.forEach((rule, i) => {
    const at = `rules[${i}]`
    condition(rule.when, `${at}.when`)
    if (rule.from !== null && rule.to !== null && rule.from >= rule.to)
      say(
        'error',
        'empty_time',
        at,
        `Rule “${rule.name}” ends before it begins: “to” is the first day it no longer applies.`,
      )
    if ('unit' in rule.assign) unit(rule.assign.unit, `${at}.assign`)
    if ('byDimension' in rule.assign) dimension(rule.assign.byDimension, `${at}.assign`)
    if ('pool' in rule.assign && !pools.has(rule.assign.pool))
      say('error', 'unknown_pool', `${at}.assign`, `There is no pool “${rule.assign.pool}”.`)
    const always = 'all' in rule.when && rule.when.all.length === 0 && rule.from === null && rule.to === null
    if (always && !('byDimension' in rule.assign) && i < document.rules.length - 1)
      say(
        'warning',
        'rules_after_all',
        at,
        `Rule “${rule.name}” takes everything that is left; the ${document.rules.length - 1 - i} rules after it take nothing.`,
      )
  })
  document.pools.forEach((pool, i) => {
    const at = `pools[${i}]`
    for (const key of pool.collects) unit(key, `${at}.collects`)
    for (const name of pool.targets ?? []) target(name, `${at}.targets`)
    for (const id of [...weightDimensions(pool), ...(pool.partition ? [pool.partition] : [])])
      dimension(id, `${at}.split`)
    if ('when' in pool.split && pool.split.when) condition(pool.split.when, `${at}.split.when`)
    if (pool.onZero !== 'even' && pool.onZero !== 'unallocated') unit(pool.onZero.unit, `${at}.onZero`)
    if (pool.split.by === 'fixed') {
      for (const name of Object.keys(pool.split.shares)) target(name, `${at}.split.shares`)
      const all = Object.values(pool.split.shares).reduce((sum, share) => sum + unitsOf(share), 0n)
      if (all > unitsOf('100'))
        say(
          'error',
          'over_hundred',
          `${at}.split.shares`,
          `The shares of pool “${pool.name}” add up to more than 100 %.`,
        )
      else if (all < unitsOf('100'))
        say(
          'warning',
          'under_hundred',
          `${at}.split.shares`,
          `The shares of pool “${pool.name}” add up to less than 100 %; the rest stays unallocated.`,
        )
    }
    if (pool.targets?.length === 0)
      say(
        'error',
        'no_targets',
        `${at}.targets`,
        `Pool “${pool.name}” has no targets. Leave “targets” out to mean every unit.`,
      )
    if (
      !document.rules.some((rule) => 'pool' in rule.assign && rule.assign.pool === pool.key) &&
      pool.collects.length === 0
    ) {
      const fed = document.pools.some(
        (other) =>
          other.targets?.includes(`pool:${pool.key}`) ||
          (other.split.by === 'fixed' && `pool:${pool.key}` in other.split.shares),
      )
      if (!fed) say('warning', 'empty_pool', at, `Nothing fills pool “${pool.name}”.`)
    }
  })
  const collected = document.pools.flatMap((pool) => pool.collects.map((key) => tree.resolve(key) ?? key))
  once(collected, 'pools.collects')
  for (const { spelling, units } of tree.ambiguous)
    say('warning', 'ambiguous_name', 'units', `“${spelling}” names ${units.join(' and ')}, and therefore none of them.`)

  for (const { regex, at } of patterns) {
    try {
      await clickhouse.query({
        name: 'allocation.checkPattern',
        sql: "SELECT match('', {regex:String})",
        params: { regex },
      })
    } catch {
      say(
        'error',
        'bad_regex',
        at,
        `The pattern “${regex}” cannot be read. It must be RE2: no look-around and no back-references.`,
      )
    }
  }
  return findings
}

function regexesOf(condition: Condition): string[] {
  if ('all' in condition) return condition.all.flatMap(regexesOf)
  if ('any' in condition) return condition.any.flatMap(regexesOf)
  if ('not' in condition) return regexesOf(condition.not)
  return condition.regex ? [condition.regex] : []
}
