import type { Filter, QueryAnswer } from '@server/modules/explore/contract'
import { useMemo } from 'react'
import { useQueryAnswer } from '../../api'
import { bucketsOf, groupsOf, totalOfMetric, valuesOf } from '../../app/answer'
import { useFrame } from '../../app/frame'
import { addDays, type Comparison, comparablePart, instantOf, type Period, resolvePeriod } from '../../app/period'
import { type Question, useQuestion } from '../../app/question'
import { isZero } from '../../ui/format'

const base = ({ costMetric, currency, timeZone, filters }: Question) => ({
  metrics: [costMetric],
  currency,
  timeZone,
  filters,
})

/** One of the figures at the top: an amount so far, its course, and the same of the period before. */
export function useSpend(period: Period, comparison: Comparison) {
  const question = useQuestion()
  const frame = useFrame(period, comparison)
  const granularity = frame.grain
  const current = useQueryAnswer(
    { ...base(question), granularity, period: { from: period.from, to: period.to } },
    { pace: 'first' },
  )
  const cut = useQueryAnswer(
    { ...base(question), period: { from: comparison.from, to: comparison.to } },
    { pace: 'settled' },
  )
  // The whole period before, for the dashed line that runs on where this one has not come to yet.
  const wholeTo =
    period.id === 'today'
      ? addDays(comparison.from, 1)
      : comparison.cut === null
        ? addDays(comparison.lastDay, 1)
        : period.from
  const before = useQueryAnswer(
    { ...base(question), granularity, period: { from: comparison.from, to: wholeTo } },
    { pace: 'settled' },
  )
  return useMemo(() => {
    const startOfDay = (date: string) => instantOf(date, 0, 0, question.timeZone)
    const beforeBuckets = bucketsOf(comparison.from, addDays(wholeTo, -1), granularity, new Date(8.64e15), startOfDay)
    return {
      frame,
      pending: current.isPending || cut.isPending,
      error: current.error ?? cut.error,
      total: totalOfMetric(current.data, question.costMetric),
      before: totalOfMetric(cut.data, question.costMetric),
      // A day whose bill is still to come holds calls alone: against a billed day it would look like a saving.
      billLags:
        (period.id === 'today' || period.id === 'week') &&
        hasBill(cut.data, question.currency) &&
        (current.data?.completeness.billedThrough ?? '') < frame.lastDay,
      values: valuesOf(current.data, question.costMetric, frame.buckets, granularity, question.timeZone),
      beforeValues: valuesOf(before.data, question.costMetric, beforeBuckets, granularity, question.timeZone),
    }
  }, [
    frame,
    current,
    cut,
    before.data,
    comparison,
    period.id,
    wholeTo,
    granularity,
    question.costMetric,
    question.currency,
    question.timeZone,
  ])
}

function hasBill(answer: QueryAnswer | undefined, currency: string): boolean {
  return answer?.basis.some((part) => part.basis === 'billed' && part.currency === currency) ?? false
}

/** A named period of its own, whatever the top bar asks for. */
export function useNamedPeriod(id: 'today' | 'week' | 'month') {
  const { now, timeZone } = useQuestion()
  return useMemo(() => {
    const period = resolvePeriod(id, now, timeZone)!
    return { period, comparison: comparablePart(period, now, timeZone) }
  }, [id, now, timeZone])
}

/** Costs by one dimension over the asked period, and the same in the comparable part of the period before. */
export function useBreakdown(
  dimension: 'provider' | 'service' | 'team' | 'model',
  options: { filters?: Filter[]; withBasis?: boolean; live?: boolean } = {},
) {
  const question = useQuestion()
  const { period, comparison, timeZone, costMetric } = question
  const frame = useFrame(period, comparison)
  const filters = [...question.filters, ...(options.filters ?? [])]
  const current = useQueryAnswer(
    {
      ...base(question),
      dimensions: options.withBasis ? [dimension, 'basis'] : [dimension],
      granularity: frame.grain,
      period: { from: period.from, to: period.to },
      filters,
    },
    { pace: options.live ? 'live' : 'calm' },
  )
  const before = useQueryAnswer(
    { ...base(question), dimensions: [dimension], period: { from: comparison.from, to: comparison.to }, filters },
    { pace: 'settled' },
  )
  return useMemo(() => {
    const groups = groupsOf(current.data, dimension, costMetric, frame.buckets, frame.grain, timeZone)
    const beforeGroups = new Map(
      groupsOf(before.data, dimension, costMetric, [], frame.grain, timeZone).map((group) => [group.id, group.total]),
    )
    return {
      frame,
      answer: current.data,
      // The answer before stays on the page while the next is fetched; then it belongs to another question.
      stale: current.isPlaceholderData,
      pending: current.isPending || before.isPending,
      error: current.error ?? before.error,
      retry: () => void Promise.all([current.refetch(), before.refetch()]),
      groups,
      before: beforeGroups,
      total: totalOfMetric(current.data, costMetric),
      beforeTotal: totalOfMetric(before.data, costMetric),
    }
  }, [frame, current, before, dimension, costMetric, timeZone])
}

const aiMetrics = [
  'tokens_input',
  'tokens_cache_read',
  'tokens_output',
  'calls',
  'gpu_hours',
  'unpriced_tokens',
  'unpriced_calls',
]

export function useAiUsage() {
  const question = useQuestion()
  const { period, comparison, timeZone } = question
  const frame = useFrame(period, comparison)
  const current = useQueryAnswer(
    {
      metrics: aiMetrics,
      granularity: frame.grain,
      period: { from: period.from, to: period.to },
      timeZone,
      filters: question.filters,
    },
    { pace: 'live' },
  )
  const before = useQueryAnswer(
    {
      metrics: aiMetrics,
      period: { from: comparison.from, to: comparison.to },
      timeZone,
      filters: question.filters,
    },
    { pace: 'settled' },
  )
  const gpu = useGpuTimeEver(
    isNothing(totalOfMetric(current.data, 'gpu_hours')) && isNothing(totalOfMetric(before.data, 'gpu_hours')),
  )
  return useMemo(
    () => ({
      /** false where no source has reported GPU time in a year: then 0 hours would claim what nobody knows */
      reportsGpuTime: gpu,
      pending: current.isPending,
      error: current.error,
      retry: () => void current.refetch(),
      answer: current.data,
      of: (metric: string) => totalOfMetric(current.data, metric),
      before: (metric: string) => totalOfMetric(before.data, metric),
      values: (metric: string) => valuesOf(current.data, metric, frame.buckets, frame.grain, timeZone),
    }),
    [current, before.data, frame, timeZone, gpu],
  )
}

const isNothing = (total: string | null) => total === null || isZero(total)

/** Whether any source reports the time of GPUs; asked only where the period itself does not answer it. */
function useGpuTimeEver(ask: boolean): boolean {
  const { timeZone, today } = useQuestion()
  const year = Number(today.slice(0, 4))
  const answer = useQueryAnswer(
    ask
      ? {
          metrics: ['gpu_hours'],
          period: { from: `${year - 1}${today.slice(4, 7)}-01`, to: `${year + 1}-01-01` },
          timeZone,
        }
      : null,
    { pace: 'settled' },
  )
  return !ask || !isNothing(totalOfMetric(answer.data, 'gpu_hours'))
}
