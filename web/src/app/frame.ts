import { useMemo } from 'react'
import { bucketsOf, type Grain, grainOf } from './answer'
import { addDays, type Comparison, daysBetween, instantOf, type Period } from './period'
import { useQuestion } from './question'

export type Frame = {
  period: Period
  comparison: Comparison
  grain: Grain
  buckets: string[]
  beforeBuckets: string[]
  /** last local day that is shown */
  lastDay: string
}

/** The buckets of a period up to now, and as many of the period it is compared with. */
export function useFrame(period: Period, comparison: Comparison): Frame {
  const { now, today, timeZone } = useQuestion()
  // Buckets move when the hour does, not with every minute.
  const hour = Math.floor(now.getTime() / 3_600_000)
  return useMemo(() => {
    const at = new Date((hour + 1) * 3_600_000 - 1)
    const startOfDay = (date: string) => instantOf(date, 0, 0, timeZone)
    const lastDay = period.isOpen && today < addDays(period.to, -1) ? today : addDays(period.to, -1)
    const days = daysBetween(period.from, addDays(lastDay, 1))
    const grain = grainOf(days)
    const buckets = bucketsOf(period.from, lastDay, grain, at, startOfDay)
    const beforeBuckets = bucketsOf(comparison.from, comparison.lastDay, grain, at, startOfDay)
    return { period, comparison, grain, buckets, beforeBuckets, lastDay }
  }, [period, comparison, hour, today, timeZone])
}
