/** A text in every language of the page. */
export type Text = { readonly en: string; readonly ko: string; readonly ru: string }

export type ReadKind = 'charges' | 'usage' | 'files' | 'resources' | 'metrics' | 'prices'

export type Read = {
  readonly kind: ReadKind
  /** The smallest time step that its rows tell apart. */
  readonly grain: 'minute' | 'hour' | 'day' | 'month'
  /** How many days back the provider still changes what it said: they are read again at every sync. */
  readonly restatementDays: number
  /** How far back the provider answers at all; null when it names no limit. */
  readonly historyDays: number | null
  /** When rows of a moment usually are there, until the product has learned better from its own runs. */
  readonly usualLatenessHours: number
}

/** One field of the form that asks for credentials. */
export type CredentialField = {
  readonly id: string
  /** `secret` is sealed and never sent back; the others are shown again. */
  readonly kind: 'secret' | 'text' | 'url' | 'choice'
  readonly label: Text
  readonly help?: Text
  readonly required: boolean
  readonly placeholder?: string
  /** A regular expression that the whole value has to match. */
  readonly pattern?: string
  /** Said where the pattern does not match. */
  readonly patternHelp?: Text
  readonly choices?: readonly { readonly value: string; readonly label: Text }[]
  readonly initial?: string
}

/** A right that the credentials need, and how to give it. `Test` names rights by id. */
export type Right = {
  readonly id: string
  /** Without a needed right nothing can be read; without another, less. */
  readonly needed: boolean
  readonly title: Text
  readonly remedy: Text
}

/** A step of the guided set-up. `copy` is a policy or command to paste as it stands. */
export type SetUpStep = {
  readonly title: Text
  readonly text: Text
  readonly copy?: string
  readonly link?: string
}

/** Everything the product knows about a connector; pages, forms and schedules are drawn from it. */
export type Manifest = {
  /** Lower case letters, digits and dashes; also the name of the connector's folder. */
  readonly id: string
  /** The provider's own name, not translated. */
  readonly name: string
  /** In place of the name, for what is no brand. */
  readonly title?: Text
  readonly category: 'ai' | 'cloud' | 'files' | 'data'
  readonly summary: Text
  readonly reads: readonly Read[]
  /** ISO 4217; null when the provider says it with each amount. */
  readonly currency: string | null
  /** IANA name of the zone in which the provider's day begins. */
  readonly timeZone: string
  /** How often a sync is worth its requests. */
  readonly everyMinutes: number
  readonly rateLimit: { readonly perMinute: number; readonly concurrent: number }
  /** null: the provider has none, so InfraZen asks by itself. */
  readonly webhooks: null
  readonly credentials: readonly CredentialField[]
  readonly rights: readonly Right[]
  readonly setUp: readonly SetUpStep[]
  /** Public pages on which the connector rests. */
  readonly sources: readonly string[]
}

/** What keeps a manifest from being used, one sentence each; empty when it is sound. For packages that others wrote. */
export function manifestProblems(manifest: unknown): string[] {
  if (typeof manifest !== 'object' || manifest === null) return ['there is no manifest']
  const m = manifest as Partial<Manifest>
  const problems: string[] = []
  const say = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem)
  }
  say(typeof m.id === 'string' && /^[a-z][a-z0-9-]{1,40}$/.test(m.id), 'id: lower case letters, digits and dashes')
  say(typeof m.name === 'string' && m.name.length > 0, 'name: missing')
  say(isText(m.summary), 'summary: needs en, ko and ru')
  say(Array.isArray(m.reads) && m.reads.length > 0, 'reads: says nothing')
  say(typeof m.everyMinutes === 'number' && m.everyMinutes >= 5, 'everyMinutes: at least 5')
  say(typeof m.rateLimit?.perMinute === 'number' && m.rateLimit.perMinute > 0, 'rateLimit.perMinute: missing')
  say(typeof m.rateLimit?.concurrent === 'number' && m.rateLimit.concurrent > 0, 'rateLimit.concurrent: missing')
  try {
    new Intl.DateTimeFormat('en', { timeZone: m.timeZone ?? 'nowhere' })
  } catch {
    problems.push('timeZone: not an IANA name')
  }
  for (const field of m.credentials ?? []) {
    say(/^[a-zA-Z][a-zA-Z0-9]*$/.test(field.id), `credentials: ${field.id} is not a plain name`)
    say(isText(field.label), `credentials.${field.id}.label: needs en, ko and ru`)
    try {
      if (field.pattern) new RegExp(`^(?:${field.pattern})$`, 'u')
    } catch {
      problems.push(`credentials.${field.id}.pattern: not a regular expression`)
    }
  }
  for (const right of m.rights ?? [])
    say(isText(right.title) && isText(right.remedy), `rights.${right.id}: title and remedy need en, ko and ru`)
  return problems
}

const isText = (value: unknown): value is Text =>
  typeof value === 'object' &&
  value !== null &&
  ['en', 'ko', 'ru'].every((language) => typeof (value as Record<string, unknown>)[language] === 'string')
