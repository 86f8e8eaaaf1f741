import type { Attributes, Origin } from './telemetry'

/** Our own name first, then common spellings. The first that has a value, on the span before on the resource, wins. */
const spellings = {
  team: [
    'infrazen.team',
    'team',
    'team.id',
    'team.name',
    'team_id',
    'department',
    'metadata.user_api_key_team_alias',
    'metadata.user_api_key_team_id',
  ],
  project: ['infrazen.project', 'project', 'project.id', 'project.name', 'project_id', 'service.namespace'],
  feature: [
    'infrazen.feature',
    'feature',
    'feature.name',
    'ai.telemetry.functionId',
    'traceloop.workflow.name',
    'gen_ai.workflow.name',
  ],
  experiment: ['infrazen.experiment', 'experiment', 'experiment.id', 'experiment.name', 'experiment_id'],
  run: ['infrazen.run', 'run.id', 'run_id', 'workflow.run_id'],
  customer: ['infrazen.customer', 'customer', 'customer.id', 'customer.name', 'customer_id', 'tenant.id'],
  environment: [
    'infrazen.environment',
    'deployment.environment.name',
    'deployment.environment',
    'environment',
    'langfuse.environment',
  ],
  service: ['service.name'],
  accountId: ['infrazen.account', 'cloud.account.id'],
  cloudRegion: ['infrazen.region', 'cloud.region'],
} as const

/** Kept beside the event under their own names. None of them holds what people or models wrote. */
const keptAttributes = [
  'user.id',
  'enduser.id',
  'gen_ai.conversation.id',
  'session.id',
  'gen_ai.agent.name',
  'gen_ai.response.id',
  'error.type',
]

const longestValue = 256

export type Attribution = { -readonly [dimension in keyof typeof spellings]: string }

const dimensions = Object.entries(spellings) as [keyof Attribution, readonly string[]][]
const namesOnSpan = new Set<string>(dimensions.flatMap(([, names]) => names))

/** What the resource alone says; spans below it mostly add nothing, so it is worked out once. */
const ofResource = new WeakMap<Origin, Attribution>()

/** Who and what a call was for. '' where nothing says it. */
export function attributionOf(attributes: Attributes, origin: Origin): Attribution {
  let common = ofResource.get(origin)
  if (!common) {
    common = pick({}, origin.resource)
    ofResource.set(origin, common)
  }
  for (const name in attributes) if (namesOnSpan.has(name)) return pick(attributes, origin.resource)
  return common
}

function pick(attributes: Attributes, resource: Attributes): Attribution {
  const attribution = {} as Attribution
  for (const [dimension, names] of dimensions) {
    attribution[dimension] = ''
    for (const name of names) {
      const value = textOf(attributes[name]) || textOf(resource[name])
      if (value !== '') {
        attribution[dimension] = value
        break
      }
    }
  }
  return attribution
}

/** The kept attributes that the record has. */
export function keptAttributesOf(attributes: Attributes, origin: Origin): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of keptAttributes) {
    const value = textOf(attributes[name] ?? origin.resource[name])
    if (value !== '') kept[name] = value
  }
  return kept
}

/** A scalar as text, at most 256 characters: a dimension is a name, and an essay in its place would be content. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value.length > longestValue ? value.slice(0, longestValue) : value
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  return ''
}
