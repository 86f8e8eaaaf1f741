import { DAY, type Story } from './calendar'
import type { Feature } from './company'
import { ask, breathe, type Server } from './http'
import { randomOf } from './random'

/** The relevance judge runs once a day, and each run has its number. */
export const judgeRun = (day: number) => `run-${300 + (day % 150)}`

/** Someone stopped it at 17:40 in Seoul. */
export const runaway = { experiment: 'ranker-distill', run: 'run-482', startMinute: 3 * 60 + 40, minutes: 300 }

type Trial = Pick<Feature, 'model' | 'contexts' | 'cachedPermille' | 'reasoningPermille'> & {
  run: string
  /** of `ticketsTried` */
  solved: number
}

/** Eight ways to sort the same tickets, tried on one morning: which model, how much context, how much thinking. */
export const bakeOff = {
  experiment: 'triage-bake-off',
  ticketsTried: 80,
  /** 10:00 in Seoul */
  startMinute: 60,
  minutes: 95,
  trials: [
    { run: 'sonnet-full', model: 'sonnet', contexts: 7, cachedPermille: 420, reasoningPermille: 900, solved: 75 },
    { run: 'sonnet-short', model: 'sonnet', contexts: 3, cachedPermille: 420, reasoningPermille: 300, solved: 74 },
    { run: 'haiku-full', model: 'haiku', contexts: 7, cachedPermille: 420, reasoningPermille: 0, solved: 72 },
    { run: 'haiku-short', model: 'haiku', contexts: 3, cachedPermille: 420, reasoningPermille: 0, solved: 71 },
    { run: 'gpt-5.1-thinking', model: 'gpt51', contexts: 4, cachedPermille: 200, reasoningPermille: 4600, solved: 74 },
    { run: 'gpt-5.1-plain', model: 'gpt51', contexts: 4, cachedPermille: 200, reasoningPermille: 500, solved: 72 },
    { run: 'gpt-5-mini', model: 'gpt5mini', contexts: 3, cachedPermille: 150, reasoningPermille: 900, solved: 67 },
    { run: 'gemini-pro', model: 'gemini', contexts: 5, cachedPermille: 150, reasoningPermille: 1800, solved: 73 },
  ] satisfies Trial[],
}

/** The Monday after the run-away: someone wanted to know what is worth its money. */
export const bakeOffDay = (story: Story) => story.runawayDay + 4

type Report = {
  experiment: string
  run: string
  startedAt: number
  endedAt: number | null
  values: Record<string, string>
}

/** What the company's runs say of themselves until `now`, in milliseconds since 1970. */
export function reportsUntil(story: Story, now: number): Report[] {
  const minute = 60_000
  const reports: Report[] = []
  for (let day = story.firstCallDay; day <= story.today; day++) {
    const random = randomOf(`${story.seed}|judge|${day}`)
    const ended = (day + 1) * DAY - 4 * minute
    const values = {
      agreement: `0.${random.between(812, 906)}`,
      ndcg_at_10: `0.${random.between(641, 722)}`,
    }
    // What is still going on has not been judged.
    const over = ended <= now
    reports.push({
      experiment: 'ranker-judge',
      run: judgeRun(day),
      startedAt: day * DAY,
      endedAt: over ? ended : null,
      values: over ? values : {},
    })
  }
  const stopped = story.runawayDay * DAY + (runaway.startMinute + runaway.minutes) * minute
  reports.push({
    experiment: runaway.experiment,
    run: runaway.run,
    startedAt: stopped - runaway.minutes * minute,
    endedAt: stopped,
    values: {},
  })
  const tried = bakeOffDay(story) * DAY + bakeOff.startMinute * minute
  for (const { run, solved } of bakeOff.trials)
    reports.push({
      experiment: bakeOff.experiment,
      run,
      startedAt: tried,
      endedAt: tried + bakeOff.minutes * minute,
      values: { accuracy: (solved / bakeOff.ticketsTried).toFixed(4), tickets_solved: String(solved) },
    })
  return reports.filter(({ startedAt }) => startedAt <= now)
}

/** Sends reports through `PUT /api/v1/runs/{run}`. Saying one again changes nothing. Throws as `ask` does. */
export async function sendReports(server: Server, reports: readonly Report[]): Promise<void> {
  for (const { run, startedAt, endedAt, ...report } of reports) {
    await breathe()
    await ask(server, 'PUT', `/api/v1/runs/${encodeURIComponent(run)}`, {
      type: 'application/json',
      bytes: JSON.stringify({
        ...report,
        startedAt: new Date(startedAt).toISOString(),
        endedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
      }),
    })
  }
}
