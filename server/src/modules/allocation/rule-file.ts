import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { invalid } from '../../primitives/errors'
import { canonical } from './canonical'
import { type PlanStep, RuleDocument } from './contract'

/** The published schema of the rule file (JSON Schema 2020-12). */
export const ruleFileSchema = (): unknown => ({
  $id: 'urn:infrazen:allocation-rules:1',
  ...z.toJSONSchema(RuleDocument, { io: 'input', target: 'draft-2020-12' }),
})

/** Reads a rule file, YAML or JSON. @throws Failure `bad_rule_file` with every place that does not fit */
export function readRuleFile(text: string): RuleDocument {
  let value: unknown
  try {
    value = parse(text, { maxAliasCount: 100, schema: 'core' })
  } catch (error) {
    throw invalid('bad_rule_file', `This is not YAML: ${error instanceof Error ? error.message : String(error)}`)
  }
  const read = RuleDocument.safeParse(value)
  if (read.success) return read.data
  const problems = read.error.issues.map((issue) => ({
    at: issue.path
      .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
      .join('')
      .replace(/^\./, ''),
    message: issue.message,
  }))
  throw invalid(
    'bad_rule_file',
    `The file does not fit the schema: ${problems
      .slice(0, 5)
      .map(({ at, message }) => `${at || 'the file'}: ${message}`)
      .join('; ')}`,
    { problems },
  )
}

/** The document as a file for people and git: what is at its default is left out. */
export function writeRuleFile(document: RuleDocument): string {
  const lean = {
    version: document.version,
    ...(document.base === 'EffectiveCost' ? {} : { base: document.base }),
    ...(document.repairs.length === 0
      ? {}
      : { repairs: document.repairs.map((repair) => without(repair, { ignoreCase: true, trim: true, aliases: {} })) }),
    rules: document.rules.map((rule) => without(rule, { owner: '', from: null, to: null })),
    pools: document.pools.map((pool) =>
      without(pool, {
        owner: '',
        collects: [],
        partition: null,
        targets: null,
        fee: null,
        floor: null,
        onZero: 'unallocated',
      }),
    ),
  }
  return `# yaml-language-server: $schema=./allocation-rules.schema.json\n${stringify(lean, { lineWidth: 120 })}`
}

const without = (value: Record<string, unknown>, defaults: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(value).filter(
      ([key, member]) => !(key in defaults) || canonical(member) !== canonical(defaults[key]),
    ),
  )

/** What publishing `after` in place of `before` would change. */
export function planChange(before: RuleDocument, after: RuleDocument): z.infer<typeof PlanStep>[] {
  const steps: z.infer<typeof PlanStep>[] = []
  const compare = <T>(what: 'rule' | 'pool' | 'repair', old: T[], young: T[], idOf: (item: T) => string) => {
    const was = new Map(old.map((item) => [idOf(item), item]))
    const is = new Map(young.map((item) => [idOf(item), item]))
    for (const [id, item] of was) if (!is.has(id)) steps.push({ what, id, change: 'removed', before: item })
    for (const [id, item] of is) {
      const known = was.get(id)
      if (known === undefined) steps.push({ what, id, change: 'added', after: item })
      else if (canonical(known) !== canonical(item))
        steps.push({ what, id, change: 'changed', before: known, after: item })
    }
    const kept = (list: T[], other: Map<string, T>) => list.map(idOf).filter((id) => other.has(id))
    const [a, b] = [kept(old, is), kept(young, was)]
    if (what === 'rule' && a.join('\n') !== b.join('\n'))
      steps.push({ what: 'order', id: 'rules', change: 'moved', before: a, after: b })
  }
  if (before.base !== after.base)
    steps.push({ what: 'settings', id: 'base', change: 'changed', before: before.base, after: after.base })
  compare('repair', before.repairs, after.repairs, (repair) => repair.dimension)
  compare('rule', before.rules, after.rules, (rule) => rule.id)
  compare('pool', before.pools, after.pools, (pool) => pool.key)
  return steps
}
