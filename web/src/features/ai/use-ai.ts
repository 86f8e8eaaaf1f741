import type { Filter } from '@server/modules/explore/contract'
import { useMemo } from 'react'
import { useQueryAnswer } from '../../api'
import { type Group, groupsOf, totalOfMetric } from '../../app/answer'
import { useFrame } from '../../app/frame'
import { type Question, useQuestion } from '../../app/question'
import { add, sum } from '../../ui/format'
import { cacheSaving, leavesOf, tokenKinds } from './cache-saving'
import { callGroups, callMetrics, callTotals, modelName, movedTo, pricePerThousandOverTime } from './calls'

/** What a bill calls AI; calls carry the same category, so that bill and estimate meet under one filter and the ledger counts each once. */
export const aiOnly: Filter = { dimension: 'service_category', in: ['AI and Machine Learning'] }

export type View = 'model' | 'provider' | 'team'
const dimensionsOf: Record<View, string[]> = { model: ['model', 'provider'], provider: ['provider'], team: ['team'] }

/** Calls are split by currency, because those without a price have none; in one currency only where the reader asked for it. */
const intoOne = ({ converted, currency }: Question) => (converted ? { convertTo: currency } : {})

/** AI cost over time by model: the bill where it is in, the estimate from calls where it is not, never both. */
export function useAiCost() {
  const question = useQuestion()
  const { period, comparison, currency, timeZone, costMetric } = question
  const frame = useFrame(period, comparison)
  const base = { metrics: [costMetric], currency, timeZone, filters: [aiOnly, ...question.filters] }
  const current = useQueryAnswer(
    {
      ...base,
      dimensions: ['model', 'basis'],
      granularity: frame.grain,
      period: { from: period.from, to: period.to },
    },
    { pace: 'live' },
  )
  const before = useQueryAnswer({ ...base, period: { from: comparison.from, to: comparison.to } }, { pace: 'settled' })
  return useMemo(() => {
    const groups = merged(groupsOf(current.data, 'model', costMetric, frame.buckets, frame.grain, timeZone))
    return {
      frame,
      groups,
      answer: current.data,
      stale: current.isPlaceholderData,
      pending: current.isPending,
      error: current.error,
      retry: () => void Promise.all([current.refetch(), before.refetch()]),
      total: totalOfMetric(current.data, costMetric),
      before: before.data === undefined ? null : totalOfMetric(before.data, costMetric),
      billed: sum(groups.flatMap((group) => group.values)),
      estimated: sum(groups.flatMap((group) => group.estimates)),
    }
  }, [frame, current, before, costMetric, timeZone])
}

/** Snapshots and regional ids of one model as one series. */
function merged(groups: readonly Group[]): Group[] {
  const byName = new Map<string | null, Group>()
  for (const group of groups) {
    const name = group.id === null ? null : modelName(group.id)
    const known = byName.get(name)
    byName.set(
      name,
      known
        ? {
            id: name,
            total: sum([known.total, group.total]),
            values: known.values.map((value, at) => sum([value, group.values[at]])),
            estimates: known.estimates.map((value, at) => sum([value, group.estimates[at]])),
          }
        : { ...group, id: name },
    )
  }
  return [...byName.values()]
}

const keyOf: Record<View, (cell: (id: string) => string | null) => string | null> = {
  model: (cell) => (cell('model') === null ? null : modelName(cell('model') ?? '')),
  provider: (cell) => cell('provider'),
  team: (cell) => cell('team'),
}

/** Recorded calls of the period and of the part before it, by one view; and what the ledger counts as AI cost for the same. */
export function useCalls(view: View, pace: 'live' | 'calm' = 'calm') {
  const question = useQuestion()
  const { period, comparison, currency, timeZone, costMetric, filters } = question
  const now = { from: period.from, to: period.to }
  const then = { from: comparison.from, to: comparison.to }
  const calls = {
    metrics: callMetrics,
    dimensions: [...dimensionsOf[view], 'currency', 'cost_status'],
    timeZone,
    filters,
    ...intoOne(question),
  }
  const cost = {
    metrics: [costMetric],
    dimensions: dimensionsOf[view],
    currency,
    timeZone,
    filters: [aiOnly, ...filters],
  }
  const current = useQueryAnswer({ ...calls, period: now }, { pace })
  const before = useQueryAnswer({ ...calls, period: then }, { pace: 'settled' })
  const spent = useQueryAnswer({ ...cost, period: now }, { pace: 'calm' })
  const spentBefore = useQueryAnswer({ ...cost, period: then }, { pace: 'settled' })
  const failed = useQueryAnswer(
    {
      metrics: ['estimated_cost', 'calls'],
      dimensions: dimensionsOf[view],
      currency,
      timeZone,
      period: now,
      filters: [{ dimension: 'outcome', in: ['error'] }, ...filters],
    },
    { pace: 'settled' },
  )
  return useMemo(() => {
    const group = keyOf[view]
    const amounts = (answer: typeof spent.data, metric: string) => {
      const found = new Map<string | null, string | null>()
      for (const { id, total } of groupsOfView(answer, view, metric)) {
        const known = found.get(id)
        found.set(id, known == null ? total : total === null ? known : add(known, total))
      }
      return found
    }
    const providers = new Map<string | null, Set<string>>()
    const ids = new Map<string | null, Set<string>>()
    if (view === 'model')
      for (const answer of [current.data, spent.data]) {
        if (!answer) continue
        const [model, provider] = ['model', 'provider'].map((id) => answer.columns.findIndex((one) => one.id === id))
        for (const row of answer.rows) {
          const [id, name] = [row[model ?? -1] ?? null, row[provider ?? -1] ?? null]
          const key = id === null ? null : modelName(id)
          if (id !== null) ids.set(key, (ids.get(key) ?? new Set()).add(id))
          if (name === null) continue
          providers.set(key, (providers.get(key) ?? new Set()).add(name))
        }
      }
    const calls = callGroups(current.data, currency, group)
    const callsBefore = callGroups(before.data, currency, group)
    return {
      pending: current.isPending || spent.isPending,
      error: current.error ?? spent.error,
      retry: () => void Promise.all([current.refetch(), spent.refetch()]),
      answer: current.data,
      calls,
      callsBefore,
      total: callTotals(current.data, currency),
      totalBefore: callTotals(before.data, currency),
      cost: amounts(spent.data, costMetric),
      costBefore: spentBefore.data === undefined ? null : amounts(spentBefore.data, costMetric),
      failed: amounts(failed.data, 'estimated_cost'),
      failedKnown: failed.data !== undefined,
      providers,
      /** every id that one name stands for */
      ids,
      movedTo: view === 'model' ? movedTo(calls, callsBefore) : null,
    }
  }, [current, before, spent, spentBefore, failed, view, currency, costMetric])
}

function groupsOfView(answer: Parameters<typeof groupsOf>[0], view: View, metric: string) {
  return groupsOf(answer, view, metric, [], 'day', 'UTC').map((group) => ({
    id: group.id !== null && view === 'model' ? modelName(group.id) : group.id,
    total: group.total,
  }))
}

/** Price of a thousand tokens over time, by model and of all together (key null). Calls priced in full alone. */
export function usePriceCourse() {
  const question = useQuestion()
  const { period, comparison, currency, timeZone } = question
  const frame = useFrame(period, comparison)
  const answer = useQueryAnswer(
    {
      metrics: ['estimated_cost', 'tokens_total'],
      dimensions: ['model', 'currency'],
      granularity: frame.grain,
      period: { from: period.from, to: period.to },
      filters: [{ dimension: 'cost_status', in: ['priced'] }, ...question.filters],
      timeZone,
      ...intoOne(question),
    },
    { pace: 'calm' },
  )
  return useMemo(
    () => ({
      frame,
      pending: answer.isPending,
      error: answer.error,
      retry: () => void answer.refetch(),
      lines: pricePerThousandOverTime(answer.data, currency, frame.buckets, frame.grain, timeZone),
    }),
    [answer, frame, currency, timeZone],
  )
}

/** Leaf units of all calls: what the cache saved, and tokens by kind. Reads single calls, so that it follows bills and not every call. */
export function useLeaves() {
  const question = useQuestion()
  const { period, currency, timeZone } = question
  const answer = useQueryAnswer(
    {
      metrics: ['estimated_cost', 'tokens_total'],
      dimensions: ['model', 'ai_provider', 'service_tier', 'region', 'currency', 'unit'],
      period: { from: period.from, to: period.to },
      timeZone,
      filters: question.filters,
      ...intoOne(question),
      limit: 100_000,
    },
    { pace: 'settled' },
  )
  return useMemo(() => {
    const leaves = leavesOf(answer.data, currency)
    return {
      pending: answer.isPending,
      error: answer.error,
      retry: () => void answer.refetch(),
      saving: answer.data ? cacheSaving(leaves) : null,
      kinds: tokenKinds(leaves),
      truncated: answer.data?.truncated ?? false,
      asOf: answer.data?.asOf ?? null,
    }
  }, [answer, currency])
}
