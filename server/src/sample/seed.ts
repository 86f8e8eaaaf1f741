import { seedAllocation } from './allocation'
import { type BillPlan, planBills } from './bills'
import { DAY, dayText, type Story, storyAt } from './calendar'
import { type Call, callsOfDay } from './calls'
import { reportsUntil, sendReports } from './experiments'
import { ask, breathe, pause, type Server } from './http'
import { exportRequest } from './otlp'
import { enterRates } from './rates'

/** One seed for everyone: two demos started on the same day show the same company. */
export const defaultSeed = 'sora-mobility'

export type SeedOptions = {
  /** `http://127.0.0.1:4000` */
  baseUrl: string
  apiKey: string
  /** takes one line of progress */
  log: (line: string) => void
  signal?: AbortSignal
  /** now, where a test wants another moment */
  now?: Date
  seed?: string
}

export type SeedResult = {
  bills: number
  billsKnown: number
  rows: number
  calls: number
  callsKnown: number
  problems: string[]
}

type KnownImport = { id: string; fileName: string; status: string; createdAt: string }

const sampleFile = /^(aws|google-cloud|azure|yandex-cloud|openai|anthropic)-\d{4}-\d{2}(-to-\d{2})?(-corrected)?\.csv$/
/** A write to disk costs the same for one call as for thousands. */
const spansPerRequest = 4000
const requestsInFlight = 2

/**
 * Fills the organization of the key with the sample company: bills through `POST /api/v1/imports`, calls through `/v1/traces`. What is
 * there already is left alone, so it can run at every start; a later start adds the days since. Newest things come first, so that the
 * page has something to say within a second or two. Single failures are collected in `problems`; only a stop or a dead server throws.
 */
export async function seedSampleCompany(options: SeedOptions): Promise<SeedResult> {
  const server: Server = options
  const now = (options.now ?? new Date()).getTime()
  const result: SeedResult = { bills: 0, billsKnown: 0, rows: 0, calls: 0, callsKnown: 0, problems: [] }

  const { imports } = (await ask(server, 'GET', '/api/v1/imports')) as { imports: KnownImport[] }
  const known = imports.filter((item) => sampleFile.test(item.fileName) && item.status !== 'failed')
  const anchor = Math.min(now, ...known.map((item) => Date.parse(item.createdAt)))
  const story = storyAt(now, options.seed ?? defaultSeed, anchor)

  const names = new Set(known.map((item) => item.fileName))
  const plans = planBills(story)
  const missing = plans.filter((plan) => !names.has(plan.fileName))
  result.billsKnown = plans.length - missing.length
  const newest = missing.filter((plan) => plan.month.end > story.today - 40)
  const older = missing.filter((plan) => !newest.includes(plan))

  if (newest.length > 0) options.log(`Sample company: bills of the last two months (${newest.length} files)`)
  await importBills(server, newest, result, options.log)
  await enterRates(server, story)
  await seedAllocation(server, story, options.log).catch((error: unknown) => {
    if (server.signal?.aborted) throw error
    result.problems.push(error instanceof Error ? error.message : String(error))
  })
  await backfillCalls(server, story, now, result, options.log)
  await sendReports(server, reportsUntil(story, now)).catch((error: unknown) => {
    if (server.signal?.aborted) throw error
    result.problems.push(error instanceof Error ? error.message : String(error))
  })
  // Once: whoever has deleted them does not want them back.
  if (known.length === 0) await writeNotes(server, story)
  if (older.length > 0) options.log(`Sample company: bills of the months before (${older.length} files)`)
  await importBills(server, older, result, options.log)
  options.log(
    `Sample company is complete: ${result.bills} bills with ${result.rows.toLocaleString('en-US')} lines and ${result.calls.toLocaleString('en-US')} calls added` +
      (result.billsKnown > 0 ? `, ${result.billsKnown} bills were there` : '') +
      (result.problems.length > 0 ? `; ${result.problems.length} problems, the first: ${result.problems[0]}` : ''),
  )
  return result
}

/** What people of the company would have written on the charts. */
async function writeNotes(server: Server, story: Story): Promise<void> {
  for (const [day, text] of [
    [story.launchDay, 'Assistant v3 launch'],
    [story.runawayDay, 'Runaway run-482, stopped by hand'],
  ] as const)
    await ask(server, 'POST', '/api/v1/notes', {
      type: 'application/json',
      bytes: JSON.stringify({ at: `${dayText(day)}T03:00:00Z`, text }),
    })
}

/** Uploads run ahead of the imports by a few files; a file that corrects another waits for it. */
async function importBills(
  server: Server,
  plans: readonly BillPlan[],
  result: SeedResult,
  log: (line: string) => void,
): Promise<void> {
  const inFlight = new Map<string, Promise<void>>()
  let done = 0
  for (const plan of plans) {
    if (plan.after !== null) await inFlight.get(plan.after)
    const running = importOne(server, plan, result).then(() => {
      inFlight.delete(plan.fileName)
      done++
      if (done % 12 === 0 && done < plans.length) log(`Sample company: ${done} of ${plans.length} bills are in`)
    })
    inFlight.set(plan.fileName, running)
    if (inFlight.size >= 4) await Promise.race(inFlight.values())
  }
  await Promise.all(inFlight.values())
}

async function importOne(server: Server, plan: BillPlan, result: SeedResult): Promise<void> {
  await breathe()
  const file = plan.write()
  const query = new URLSearchParams({ format: 'focus', connection: file.connection, fileName: file.fileName })
  try {
    const { id } = (await ask(server, 'POST', `/api/v1/imports?${query}`, {
      type: 'text/csv',
      bytes: file.content,
      gzip: true,
    })) as { id: string }
    for (let wait = 60; ; wait = Math.min(500, wait + 40)) {
      await pause(wait, server.signal)
      const answer = (await ask(server, 'GET', `/api/v1/imports/${id}`)) as {
        status: string
        rows: { accepted: number; quarantined: number }
        problems: { message: string }[]
      }
      if (answer.status === 'succeeded' || answer.status === 'duplicate') {
        result.bills++
        result.rows += answer.rows.accepted
        if (answer.rows.quarantined > 0)
          result.problems.push(
            `${file.fileName}: ${answer.rows.quarantined} rows in quarantine, ${answer.problems[0]?.message ?? ''}`,
          )
        return
      }
      if (answer.status === 'failed') throw new Error(answer.problems[0]?.message ?? 'the import failed')
    }
  } catch (error) {
    if (server.signal?.aborted) throw error
    result.problems.push(`${file.fileName}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** How many calls each UTC day already has; empty where the question cannot be asked, and then everything is sent: a repeat changes nothing. */
async function recordedCalls(server: Server, story: Story): Promise<Map<string, number>> {
  try {
    const answer = (await ask(server, 'POST', '/api/v1/query', {
      type: 'application/json',
      bytes: JSON.stringify({
        metrics: ['calls'],
        dimensions: [],
        granularity: 'day',
        timeZone: 'UTC',
        period: { from: `${dayText(story.firstCallDay)}T00:00:00Z`, to: `${dayText(story.today + 1)}T00:00:00Z` },
      }),
    })) as { columns: { id: string; kind: string }[]; rows: (string | null)[][] }
    const time = answer.columns.findIndex((column) => column.kind === 'time')
    const calls = answer.columns.findIndex((column) => column.id === 'calls')
    const days = new Map<string, number>()
    for (const row of answer.rows) {
      const day = row[time]?.slice(0, 10)
      if (day) days.set(day, (days.get(day) ?? 0) + Number(row[calls] ?? 0))
    }
    return days
  } catch (error) {
    if (server.signal?.aborted) throw error
    return new Map()
  }
}

/** Newest day first. The last day is cut at `now`. */
async function backfillCalls(
  server: Server,
  story: Story,
  now: number,
  result: SeedResult,
  log: (line: string) => void,
): Promise<void> {
  const recorded = await recordedCalls(server, story)
  const inFlight = new Set<Promise<void>>()
  let waiting: Call[] = []
  const send = async () => {
    const request = exportRequest(waiting)
    const sent = sendCalls(server, request, waiting.length, result).finally(() => inFlight.delete(sent))
    waiting = []
    inFlight.add(sent)
    if (inFlight.size >= requestsInFlight) await Promise.race(inFlight)
  }
  let announced = false
  for (let day = story.today; day >= story.firstCallDay; day--) {
    await breathe()
    const calls = callsOfDay(story, day).filter((call) => call.startedAt < Math.min(now, (day + 1) * DAY))
    if ((recorded.get(dayText(day)) ?? 0) >= calls.length) {
      result.callsKnown += calls.length
      continue
    }
    if (!announced) log('Sample company: sixty days of AI calls, newest first')
    announced = true
    waiting.push(...calls)
    if (waiting.length >= spansPerRequest) await send()
  }
  if (waiting.length > 0) await send()
  await Promise.all(inFlight)
}

async function sendCalls(server: Server, request: string, count: number, result: SeedResult): Promise<void> {
  try {
    const answer = (await ask(server, 'POST', '/v1/traces', {
      type: 'application/json',
      bytes: request,
      gzip: true,
    })) as { partialSuccess?: { rejectedSpans?: string | number; errorMessage?: string } } | null
    const rejected = Number(answer?.partialSuccess?.rejectedSpans ?? 0)
    result.calls += count - rejected
    if (rejected > 0)
      result.problems.push(`${rejected} calls were refused: ${answer?.partialSuccess?.errorMessage ?? ''}`)
  } catch (error) {
    if (server.signal?.aborted) throw error
    result.problems.push(error instanceof Error ? error.message : String(error))
  }
}
