const dayMs = 86_400_000

/** RFC 3339 in UTC without fractions, as FOCUS writes moments. */
export const isoSecond = (moment: Date | number): string => `${new Date(moment).toISOString().slice(0, 19)}Z`

/** First moment of the UTC month, and of the one after it. */
export function monthOf(moment: Date): { start: Date; end: Date } {
  const [year, month] = [moment.getUTCFullYear(), moment.getUTCMonth()]
  return { start: new Date(Date.UTC(year, month, 1)), end: new Date(Date.UTC(year, month + 1, 1)) }
}

/** First moment of the UTC day. */
export const dayOf = (moment: Date): Date => new Date(Math.floor(moment.getTime() / dayMs) * dayMs)

/** The share of `[from, to)` that lies before `moment`. */
export const shareOf = (from: Date, to: Date, moment: Date): number =>
  Math.min(1, Math.max(0, (moment.getTime() - from.getTime()) / Math.max(1, to.getTime() - from.getTime())))
