import type { QueryAnswer } from '@server/modules/explore/contract'
import { add, sum } from '../ui/format'
import { addDays, localDate, startOfWeek } from './period'

export type Grain = 'hour' | 'day' | 'week' | 'month'

/** Reads an answer by column id. `cell` gives null for a column the answer does not have. */
export function reader(answer: QueryAnswer) {
  const at = new Map(answer.columns.map((column, index) => [column.id, index]))
  const time = answer.columns.findIndex((column) => column.kind === 'time')
  return {
    cell: (row: readonly (string | null)[], id: string): string | null => row[at.get(id) ?? -1] ?? null,
    time: (row: readonly (string | null)[]): string => row[time] ?? '',
  }
}

/** The total of a metric; null when nothing is known. Rows of several currencies are only added for measures that have none. */
export function totalOfMetric(answer: QueryAnswer | undefined, id: string): string | null {
  if (!answer) return null
  const read = reader(answer)
  return sum(answer.totals.map((row) => read.cell(row, id)))
}

/** How finely a period is drawn, so that bars stay between a handful and a hundred. */
export function grainOf(days: number): Grain {
  if (days <= 2) return 'hour'
  if (days <= 93) return 'day'
  return days <= 200 ? 'week' : 'month'
}

/** The bucket a time cell belongs to, as a key that does not depend on how the instant is written. */
export function bucketKey(cell: string, grain: Grain, timeZone: string): string {
  if (cell === '') return ''
  if (grain === 'hour') return new Date(cell).toISOString()
  return /^\d{4}-\d{2}-\d{2}$/.test(cell) ? cell : localDate(new Date(cell), timeZone)
}

/** Every bucket from `from` up to `last` (a local date, included), also those without a charge. */
export function bucketsOf(
  from: string,
  last: string,
  grain: Grain,
  now: Date,
  startOfDay: (date: string) => Date,
): string[] {
  const buckets: string[] = []
  if (grain === 'hour') {
    const end = Math.min(startOfDay(addDays(last, 1)).getTime(), now.getTime() + 1)
    for (let at = startOfDay(from).getTime(); at < end; at += 3_600_000) buckets.push(new Date(at).toISOString())
    return buckets
  }
  let day = grain === 'week' ? startOfWeek(from) : grain === 'month' ? `${from.slice(0, 7)}-01` : from
  while (day <= last) {
    buckets.push(day)
    if (grain === 'month')
      day = addDays(`${day.slice(0, 7)}-28`, 4)
        .slice(0, 8)
        .concat('01')
    else day = addDays(day, grain === 'week' ? 7 : 1)
  }
  return buckets
}

export type Group = { id: string | null; total: string | null; values: (string | null)[]; estimates: (string | null)[] }

/** Rows of one dimension over time, as one exact series an entity, the largest first left to the caller. */
export function groupsOf(
  answer: QueryAnswer | undefined,
  dimension: string,
  metric: string,
  buckets: string[],
  grain: Grain,
  timeZone: string,
): Group[] {
  if (!answer) return []
  const read = reader(answer)
  const index = new Map(buckets.map((bucket, at) => [bucket, at]))
  const groups = new Map<string | null, Group>()
  for (const row of answer.rows) {
    const id = read.cell(row, dimension)
    let group = groups.get(id)
    if (!group) {
      group = { id, total: null, values: buckets.map(() => null), estimates: buckets.map(() => null) }
      groups.set(id, group)
    }
    const value = read.cell(row, metric)
    if (value === null) continue
    group.total = group.total === null ? value : add(group.total, value)
    const at = index.get(bucketKey(read.time(row), grain, timeZone))
    if (at === undefined) continue
    const into = read.cell(row, 'basis') === 'estimated' ? group.estimates : group.values
    const before = into[at] ?? null
    into[at] = before === null ? value : add(before, value)
  }
  return [...groups.values()]
}

/** One exact value a bucket, over all rows. */
export function valuesOf(
  answer: QueryAnswer | undefined,
  metric: string,
  buckets: string[],
  grain: Grain,
  timeZone: string,
): (string | null)[] {
  const values: (string | null)[] = buckets.map(() => null)
  if (!answer) return values
  const read = reader(answer)
  const index = new Map(buckets.map((bucket, at) => [bucket, at]))
  for (const row of answer.rows) {
    const at = index.get(bucketKey(read.time(row), grain, timeZone))
    const value = read.cell(row, metric)
    if (at === undefined || value === null) continue
    const before = values[at] ?? null
    values[at] = before === null ? value : add(before, value)
  }
  return values
}
