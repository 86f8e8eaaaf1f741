import { DAY, SEOUL_OFFSET, type Story, weekdayOf } from './calendar'
import { customers, type Feature, features, type ModelKey, soldModels, type Team, type TokenKind } from './company'
import { bakeOff, bakeOffDay, judgeRun, runaway as runawayRun } from './experiments'
import { drawQuantile, type Random, randomOf } from './random'
import {
  arrivalClumpPermille,
  hourPermille,
  hourSpreadPermille,
  permilles,
  sharedPrefixPermille,
  tokenLengths,
  weekdayPermille,
} from './trace-statistics'

/** One attempt of one model call. Token counts are whole; `inputTokens` holds the cached ones, `outputTokens` the thinking. */
export type Call = {
  startedAt: number
  durationMs: number
  model: ModelKey
  operation: Feature['operation']
  team: Team
  feature: string
  service: string
  customer: string
  experiment: string
  run: string
  environment: 'prod' | 'staging' | 'dev' | 'research'
  inputTokens: number
  cacheReadTokens: number
  cacheWriteTokens: number
  outputTokens: number
  reasoningTokens: number
  /** error.type: refused before anything was generated, so no tokens and no bill. '' when it went well */
  error: string
  traceId: string
  spanId: string
}

/** Below the size at which providers change to their long-context prices. */
const longestPrompt = 190_000
const hex = (random: Random, words: number) =>
  Array.from({ length: words }, () => random.word().toString(16).padStart(8, '0')).join('')

const runaway: Feature = {
  team: 'search-ranking',
  feature: 'ranker-distillation',
  service: 'search-lab',
  model: 'sonnet',
  operation: 'chat',
  callsPerDay: 0,
  lengths: 'longContext',
  contexts: 9,
  cachedPermille: 0,
  reasoningPermille: 6500,
  rhythm: 'office',
  perCustomer: false,
  experiment: runawayRun.experiment,
}

const runawayCallsPerMinute = 5

function callOf(random: Random, feature: Feature, startedAt: number, run: string): Call {
  const lengths = tokenLengths[feature.lengths]
  const sold = soldModels[feature.model]
  const embeds = feature.operation === 'embeddings'
  let inputTokens = 0
  for (let i = 0; i < feature.contexts; i++) inputTokens += drawQuantile(random, permilles, lengths.input)
  inputTokens = Math.min(longestPrompt, Math.max(1, inputTokens))
  const visible = embeds ? 0 : Math.max(1, drawQuantile(random, permilles, lengths.output))
  const reasoningTokens = Math.min(
    12_000,
    Math.floor((visible * feature.reasoningPermille * random.between(500, 1500)) / 1_000_000),
  )
  const shared =
    feature.cachedPermille === 0
      ? 0
      : Math.min(960, feature.cachedPermille + Math.floor(drawQuantile(random, permilles, sharedPrefixPermille) * 0.6))
  // Providers cache prompts of 1,024 tokens and more, in steps of 128.
  const cacheReadTokens = inputTokens < 1024 ? 0 : Math.floor((inputTokens * shared) / 128_000) * 128
  const writesCache = feature.cachedPermille > 0 && sold.prices?.cacheWrite != null && random.chance(280)
  const cacheWriteTokens = writesCache ? Math.floor(((inputTokens - cacheReadTokens) * 600) / 1000) : 0
  const outputTokens = visible + reasoningTokens
  const error = random.chance(11) ? random.pick(['429', '429', '500', '529']) : ''
  const ok = error === ''
  const environment = feature.experiment
    ? 'research'
    : random.chance(840)
      ? 'prod'
      : random.chance(600)
        ? 'staging'
        : 'dev'
  return {
    startedAt,
    durationMs: embeds
      ? random.between(40, 220)
      : ok
        ? 280 + Math.floor(inputTokens / 60) + outputTokens * random.between(7, 19)
        : random.between(90, 4000),
    model: feature.model,
    operation: feature.operation,
    team: feature.team,
    feature: feature.feature,
    service: feature.service,
    customer: feature.perCustomer && environment === 'prod' ? random.pick(customers) : '',
    experiment: feature.experiment ?? '',
    run,
    environment,
    inputTokens: ok ? inputTokens : 0,
    cacheReadTokens: ok ? cacheReadTokens : 0,
    cacheWriteTokens: ok ? cacheWriteTokens : 0,
    outputTokens: ok ? outputTokens : 0,
    reasoningTokens: ok ? reasoningTokens : 0,
    error,
    traceId: hex(random, 4),
    spanId: hex(random, 2),
  }
}

/** Calls expected of a feature in the hour that starts at `time`, before chance has its say. */
function expectedInHour(story: Story, feature: Feature, day: number, hour: number): number {
  const local = day * DAY + hour * 3_600_000 + SEOUL_OFFSET
  const localHour = Math.floor((local % DAY) / 3_600_000)
  const weekday = weekdayPermille[feature.rhythm][weekdayOf(Math.floor(local / DAY))] ?? 1000
  const growth = 1000 + 3 * (day - story.firstCallDay)
  const launched = feature.team === 'assistant' && feature.model === 'sonnet' && day >= story.launchDay ? 1.75 : 1
  return ((feature.callsPerDay * (hourPermille[feature.rhythm][localHour] ?? 0) * weekday * growth) / 1e9) * launched
}

const triage: Feature = {
  team: 'assistant',
  feature: 'ticket-triage',
  service: 'support-lab',
  model: 'haiku',
  operation: 'chat',
  callsPerDay: 0,
  lengths: 'conversation',
  contexts: 3,
  cachedPermille: 0,
  reasoningPermille: 0,
  rhythm: 'office',
  perCustomer: false,
  experiment: bakeOff.experiment,
}

/** All calls of one UTC day, in order of time. The same story and day give the same calls, byte for byte. */
export function callsOfDay(story: Story, day: number): Call[] {
  const calls: Call[] = []
  for (const feature of features) {
    const random = randomOf(`${story.seed}|calls|${day}|${feature.feature}`)
    const run = feature.experiment ? judgeRun(day) : ''
    for (let hour = 0; hour < 24; hour++) {
      const mean =
        (expectedInHour(story, feature, day, hour) * drawQuantile(random, permilles, hourSpreadPermille)) / 1000
      const count = Math.floor(mean) + (random.chance(Math.round((mean % 1) * 1000)) ? 1 : 0)
      let at = random.between(0, 3_599_999)
      for (let i = 0; i < count; i++) {
        at = random.chance(arrivalClumpPermille)
          ? Math.min(3_599_999, at + random.between(200, 9000))
          : random.between(0, 3_599_999)
        calls.push(callOf(random, feature, day * DAY + hour * 3_600_000 + at, run))
      }
    }
  }
  if (day === story.runawayDay) {
    const random = randomOf(`${story.seed}|calls|${day}|run-482`)
    const start = day * DAY + runawayRun.startMinute * 60_000
    for (let minute = 0; minute < runawayRun.minutes; minute++) {
      for (let i = 0; i < runawayCallsPerMinute; i++) {
        calls.push(callOf(random, runaway, start + minute * 60_000 + random.between(0, 59_999), runawayRun.run))
      }
    }
  }
  if (day === bakeOffDay(story)) {
    const start = day * DAY + bakeOff.startMinute * 60_000
    for (const { run, solved: _, ...trial } of bakeOff.trials) {
      const random = randomOf(`${story.seed}|calls|${day}|${run}`)
      for (let ticket = 0; ticket < bakeOff.ticketsTried; ticket++)
        calls.push(
          callOf(random, { ...triage, ...trial }, start + random.between(0, bakeOff.minutes * 60_000 - 1), run),
        )
    }
  }
  return calls.sort((a, b) => a.startedAt - b.startedAt || (a.spanId < b.spanId ? -1 : 1))
}

/**
 * What arrives every second: short prompts, one context each, weighted so that an hour of it costs about as much as an hour of the history.
 */
const liveFeatures: readonly { feature: Feature; weight: number }[] = Object.entries({
  'rider-chat': 1,
  'intent-routing': 16,
  'query-rewrite': 16,
  'ticket-triage': 9,
  'place-embeddings': 14,
  'sensor-notes': 8,
}).map(([name, weight]) => {
  const feature = features.find((candidate) => candidate.feature === name)
  if (!feature) throw new RangeError(`no feature ${name}`)
  return { feature: { ...feature, contexts: 1 }, weight }
})
type Ticket = { feature: Feature; run: string }
const liveTickets = liveFeatures.flatMap(({ feature, weight }) =>
  Array.from({ length: weight }, (): Ticket => ({ feature, run: '' })),
)

/** Two prompts tried against one another on the replies of today: they run while someone watches. */
export const liveTrial = { experiment: 'reply-prompt', runs: ['short-context', 'full-context'] } as const
const trialTickets: Ticket[] = liveTrial.runs.flatMap((run, index) => {
  const feature: Feature = {
    ...triage,
    feature: 'reply-drafts',
    contexts: index === 0 ? 1 : 4,
    cachedPermille: 250,
    experiment: liveTrial.experiment,
  }
  return Array.from({ length: 4 }, () => ({ feature, run }))
})

/** One call of the stream that arrives while someone watches. */
export function liveCall(random: Random, now: number): Call {
  const { feature, run } = random.pick([...liveTickets, ...trialTickets])
  return callOf(random, feature, now, run === '' ? '' : trialRun(run, now))
}

/** `short-context-1125`: the run of one day. */
export const trialRun = (run: string, now: number) =>
  `${run}-${new Date(now).toISOString().slice(5, 10).replace('-', '')}`

/** How busy this minute of the day is in Seoul, permille of the average. */
export function rhythmAt(time: number): number {
  const local = time + SEOUL_OFFSET
  const hour = hourPermille.consumer[Math.floor((local % DAY) / 3_600_000)] ?? 42
  const weekday = weekdayPermille.consumer[weekdayOf(Math.floor(local / DAY))] ?? 1000
  return Math.round((hour * 24 * weekday) / 1000)
}

/** Tokens of one UTC day. `experiment` and `run` are set where the calls ran under a key of their own. */
export type DailyUse = { model: ModelKey; team: Team; experiment: string; run: string; calls: number } & Record<
  TokenKind,
  number
>

function sumUse(calls: readonly Call[]): DailyUse[] {
  const sums = new Map<string, DailyUse>()
  for (const call of calls) {
    if (call.error !== '') continue
    const key = `${call.model}|${call.team}|${call.experiment}|${call.run}`
    let sum = sums.get(key)
    if (!sum) {
      sum = {
        model: call.model,
        team: call.team,
        experiment: call.experiment,
        run: call.run,
        calls: 0,
        input: 0,
        cacheRead: 0,
        cacheWrite: 0,
        output: 0,
      }
      sums.set(key, sum)
    }
    sum.calls++
    sum.input += call.inputTokens - call.cacheReadTokens - call.cacheWriteTokens
    sum.cacheRead += call.cacheReadTokens
    sum.cacheWrite += call.cacheWriteTokens
    sum.output += call.outputTokens
  }
  return [...sums.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum)
}

/**
 * What the providers counted, per UTC day, model and team: the calls of the telemetry and 0.2 to 0.9 % more, because some calls are
 * never reported. Before the telemetry began, the days follow the same weekday of its first fortnight on a slower business.
 */
export function meteredUse(story: Story): (day: number) => DailyUse[] {
  const known = new Map<number, DailyUse[]>()
  const reported = (day: number): DailyUse[] => {
    let use = known.get(day)
    if (!use) {
      use = sumUse(callsOfDay(story, day))
      known.set(day, use)
    }
    return use
  }
  return (day) => {
    const before = story.firstCallDay - day
    const like = before <= 0 ? day : story.firstCallDay + 7 + ((((day - story.firstCallDay) % 7) + 7) % 7)
    const random = randomOf(`${story.seed}|metered|${day}`)
    return reported(like).map((use) => {
      const permille =
        before <= 0
          ? 1000 + random.between(2, 9)
          : Math.floor((Math.max(320, 980 - 2 * before) * random.between(900, 1100)) / 1000)
      const scale = (tokens: number) => Math.floor((tokens * permille) / 1000)
      const run = use.run === '' || before <= 0 ? use.run : judgeRun(day)
      return {
        ...use,
        run,
        calls: scale(use.calls),
        input: scale(use.input),
        cacheRead: scale(use.cacheRead),
        cacheWrite: scale(use.cacheWrite),
        output: scale(use.output),
      }
    })
  }
}
