/** Days are numbered from 1970-01-01 in UTC: bills are cut by UTC days. Seoul is UTC+9 all year. */
export const DAY = 86_400_000
export const SEOUL_OFFSET = 9 * 3_600_000

export const dayOf = (time: number) => Math.floor(time / DAY)
export const dayText = (day: number) => new Date(day * DAY).toISOString().slice(0, 10)
export const instant = (time: number) => `${new Date(time).toISOString().slice(0, 19)}Z`
/** 0 is Monday. */
export const weekdayOf = (day: number) => (((day + 3) % 7) + 7) % 7

export type Month = { year: number; month: number; text: string; first: number; end: number }

/** The month that holds a day; `first` inclusive, `end` exclusive, as day numbers. */
export function monthOf(day: number, offset = 0): Month {
  const date = new Date(day * DAY)
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset, 1)
  const start = new Date(first)
  return {
    year: start.getUTCFullYear(),
    month: start.getUTCMonth() + 1,
    text: new Date(first).toISOString().slice(0, 7),
    first: first / DAY,
    end: Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1) / DAY,
  }
}

/** What happens to the sample company, and when, seen from `now`. */
export type Story = {
  seed: string
  today: number
  /** the last UTC day that is on a bill */
  lastBilledDay: number
  months: Month[]
  /** first day with calls */
  firstCallDay: number
  /** version 3 of the assistant goes live: a Monday */
  launchDay: number
  /** run-482 runs away: the Thursday after */
  runawayDay: number
  /** the month whose Azure bill is corrected later */
  restatedMonth: Month
  /** from this day on the GPU servers are cheaper and Yandex Cloud is dearer */
  priceChangeDay: number
}

/**
 * The story as it stands at `now`. `anchor` is when the sample company first came into being: launches and accidents keep their
 * dates when the demo is started again days later, while bills and calls go on.
 */
export function storyAt(now: number, seed: string, anchor = now): Story {
  const today = dayOf(now)
  const start = Math.min(dayOf(anchor), today)
  const lastBilledDay = today - 2
  const months: Month[] = []
  for (let i = -12; ; i++) {
    const month = monthOf(start - 2, i)
    if (month.first > lastBilledDay) break
    months.push(month)
  }
  let runawayDay = start - 12
  while (weekdayOf(runawayDay) !== 3) runawayDay--
  return {
    seed,
    today,
    lastBilledDay,
    months,
    firstCallDay: start - 60,
    launchDay: runawayDay - 3,
    runawayDay,
    restatedMonth: monthOf(start - 2, -2),
    priceChangeDay: monthOf(start - 2, -5).first,
  }
}
