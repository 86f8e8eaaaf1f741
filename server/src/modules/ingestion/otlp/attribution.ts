import { createHmac } from 'node:crypto'
import type { Attributes, Origin } from './telemetry'

/** Our own name first, then common spellings. The first that has a value, on the span before on the resource, wins. */
export const defaultSpellings = {
  team: [
    'infrazen.team',
    'team',
    'team.id',
    'team.name',
    'team_id',
    'department',
    'metadata.user_api_key_team_alias',
    'metadata.user_api_key_team_id',
    'ai.telemetry.metadata.team',
    'traceloop.association.properties.team',
  ],
  project: [
    'infrazen.project',
    'project',
    'project.id',
    'project.name',
    'project_id',
    'langsmith.trace.session_name',
    'service.namespace',
  ],
  feature: [
    'infrazen.feature',
    'feature',
    'feature.name',
    'ai.telemetry.functionId',
    'traceloop.workflow.name',
    'gen_ai.workflow.name',
    'langfuse.trace.name',
    'workflow.name',
  ],
  experiment: ['infrazen.experiment', 'experiment', 'experiment.id', 'experiment.name', 'experiment_id'],
  run: ['infrazen.run', 'run.id', 'run_id', 'workflow.run_id'],
  customer: [
    'infrazen.customer',
    'customer',
    'customer.id',
    'customer.name',
    'customer_id',
    'tenant.id',
    'metadata.user_api_key_end_user_id',
  ],
  environment: [
    'infrazen.environment',
    'deployment.environment.name',
    'deployment.environment',
    'environment',
    'langfuse.environment',
  ],
  service: ['service.name'],
} as const satisfies Record<string, readonly string[]>

export type MappedDimension = keyof typeof defaultSpellings
export const mappedDimensions = Object.keys(defaultSpellings) as MappedDimension[]

const fixedSpellings = {
  accountId: ['infrazen.account', 'cloud.account.id'],
  cloudRegion: ['infrazen.region', 'cloud.region'],
  callId: ['infrazen.call', 'litellm_call_id', 'litellm.call_id', 'metadata.litellm_call_id', 'gen_ai.request.id'],
} as const

/** Kept beside the event under the first name of its row. None of them holds what people or models wrote. */
const keptAttributes: readonly (readonly string[])[] = [
  [
    'user.id',
    'enduser.id',
    'langfuse.user.id',
    'gen_ai.user',
    'llm.user',
    'metadata.user_api_key_user_id',
    'traceloop.association.properties.user_id',
    'ai.telemetry.metadata.userId',
    'user.account_uuid',
    'user.account_id',
  ],
  [
    'gen_ai.conversation.id',
    'session.id',
    'conversation.id',
    'langfuse.session.id',
    'langsmith.trace.session_id',
    'traceloop.association.properties.session_id',
  ],
  ['gen_ai.agent.name', 'agent.name'],
  // The provider's id of the key, never the key: it meets the keys of bills and usage reports.
  ['infrazen.key', 'openai.api_key_id', 'anthropic.api_key_id'],
  ['error.type'],
]

/** Names whose values are a person, whatever dimension they are mapped to. */
const personalNames = new Set([
  ...keptAttributes[0]!,
  'user.email',
  'user.name',
  'user.full_name',
  'user.account_uuid',
  'user.account_id',
  'enduser.name',
  'client.address',
  'user.hash',
])
const eMail = /^[^\s@]+@[^\s@]+\.[^\s@]+$/

/** Longest value of a dimension: it is a name, and an essay in its place would be content. */
export const longestValue = 256
/** Values of one promoted attribute that are told apart. */
const valuesPerAttribute = 5000
export const manyValues = '(more values)'

/** What an organization says about attribution. */
export type AttributionSettings = {
  /** Attribute names of a dimension in the order in which they are believed; an absent dimension has the common spellings. */
  readonly mapping: Partial<Record<MappedDimension, readonly string[]>>
  /** Attributes kept with each event and asked for as `attr.<name>`. */
  readonly promoted: readonly string[]
  readonly personalIdentifiers: 'keep' | 'hash' | 'drop'
}

export const defaultAttribution: AttributionSettings = { mapping: {}, promoted: [], personalIdentifiers: 'keep' }

type Dimension = MappedDimension | keyof typeof fixedSpellings

export type Attribution = { -readonly [dimension in Dimension]: string } & {
  /** Codes of what was cut or grouped, with the dimension behind a colon. */
  readonly findings: readonly string[]
}

/** Works out attribution by the settings of one organization. */
export class AttributionRules {
  private readonly dimensions: readonly [Dimension, readonly string[]][]
  private readonly namesOnSpan: ReadonlySet<string>
  /** What the resource alone says; spans below it mostly add nothing, so it is worked out once. */
  private readonly ofResource = new WeakMap<Origin, Attribution>()
  private readonly promotedValues = new Map<string, Set<string>>()

  /**
   * `key` is the organization's own, for hashing personal identifiers. `seen` are values of promoted attributes that the
   * ledger holds already, so that a restart does not start counting them anew.
   */
  constructor(
    private readonly settings: AttributionSettings,
    private readonly key: string,
    seen: ReadonlyMap<string, Iterable<string>> = new Map(),
  ) {
    this.dimensions = [
      ...mappedDimensions.map((name): [Dimension, readonly string[]] => [
        name,
        settings.mapping[name] ?? defaultSpellings[name],
      ]),
      ...(Object.entries(fixedSpellings) as [Dimension, readonly string[]][]),
    ]
    this.namesOnSpan = new Set(this.dimensions.flatMap(([, names]) => names))
    for (const name of settings.promoted) this.promotedValues.set(name, new Set(seen.get(name)))
  }

  /** Who and what a call was for. '' where nothing says it. */
  attributionOf(attributes: Attributes, origin: Origin): Attribution {
    let common = this.ofResource.get(origin)
    if (!common) {
      common = this.pick({}, origin.resource)
      this.ofResource.set(origin, common)
    }
    for (const name in attributes) if (this.namesOnSpan.has(name)) return this.pick(attributes, origin.resource)
    return common
  }

  /** The kept, promoted and `named` attributes that the record has; what was cut is added to `findings`. */
  keptAttributesOf(
    attributes: Attributes,
    origin: Origin,
    findings: string[],
    named: readonly string[] = [],
  ): Record<string, string> {
    const kept: Record<string, string> = {}
    for (const names of keptAttributes) {
      for (const name of names) {
        const value = this.valueOf(name, attributes, origin.resource, findings, names[0]!)
        if (value === '') continue
        kept[names[0]!] = value
        break
      }
    }
    for (const name of named) {
      const value = this.valueOf(name, attributes, origin.resource, findings, name)
      if (value !== '') kept[name] = value
    }
    for (const [name, values] of this.promotedValues) {
      if (Object.hasOwn(kept, name)) continue
      const value = this.valueOf(name, attributes, origin.resource, findings, name)
      if (value === '') continue
      if (!values.has(value) && values.size >= valuesPerAttribute) {
        kept[name] = manyValues
        findings.push(`too_many_values:${name}`)
        continue
      }
      values.add(value)
      kept[name] = value
    }
    return kept
  }

  private pick(attributes: Attributes, resource: Attributes): Attribution {
    const findings: string[] = []
    const attribution = { findings } as unknown as Attribution
    for (const [dimension, names] of this.dimensions) {
      attribution[dimension] = ''
      for (const name of names) {
        const value = this.valueOf(name, attributes, resource, findings, dimension)
        if (value !== '') {
          attribution[dimension] = value
          break
        }
      }
    }
    return attribution
  }

  private valueOf(
    name: string,
    attributes: Attributes,
    resource: Attributes,
    findings: string[],
    dimension: string,
  ): string {
    let given = attributes[name]
    if (given === undefined || given === null || given === '') given = resource[name]
    if (given === undefined || given === null || given === '') return ''
    const { personalIdentifiers } = this.settings
    if (personalIdentifiers !== 'keep' && typeof given !== 'object') {
      const text = String(given)
      if (personalNames.has(name) || eMail.test(text)) return personalIdentifiers === 'drop' ? '' : this.hash(text)
    }
    if (typeof given === 'string' && given.length > longestValue) findings.push(`value_cut:${dimension}`)
    return textOf(given)
  }

  /** The same person has the same hash within an organization and another one elsewhere. */
  private hash(value: string): string {
    return `hash:${createHmac('sha256', this.key).update(value).digest('hex').slice(0, 24)}`
  }
}

/** A scalar as text, cut at 256 characters, never in the middle of one. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') {
    if (value.length <= longestValue) return value
    const last = value.charCodeAt(longestValue - 1)
    return value.slice(0, last >= 0xd800 && last <= 0xdbff ? longestValue - 1 : longestValue)
  }
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  return ''
}
