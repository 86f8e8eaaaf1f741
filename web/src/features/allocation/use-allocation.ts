import type {
  AllocationRow,
  Finding,
  MonthState,
  PreviewAnswer,
  RuleDocument,
  Run,
  Statement,
  StatementComment,
  Suggestion,
  Unit,
  UnitChange,
} from '@server/modules/allocation/contract'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ApiError, api } from '../../api'
import { earlier } from '../../app/period'
import { useQuestion } from '../../app/question'

const base = '/api/v1/allocation'
export type Column = 'BilledCost' | 'EffectiveCost' | 'ListCost'
export type RunResult = { run: Run; rows: AllocationRow[] }
export type Draft = { document: RuleDocument; basedOn: number; changed: boolean; findings: Finding[] }

/** The month that the page is about: the last one of the period that has begun. */
export function useAllocationMonth(): { month: string; isOpen: boolean; column: Column; currency: string } {
  const { period, today, costBasis, currency } = useQuestion()
  const last = new Date(Date.parse(`${period.to}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10)
  const month = earlier(last, today).slice(0, 7)
  const column = ({ effective: 'EffectiveCost', billed: 'BilledCost', list: 'ListCost' } as const)[costBasis]
  return { month, isOpen: month === today.slice(0, 7), column, currency }
}

export const useMonths = () =>
  useQuery({
    queryKey: ['allocation', 'months'],
    queryFn: ({ signal }) => api<{ months: MonthState[] }>(`${base}/months`, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    // Months are computed in the background when a bill or a rule changes.
    refetchInterval: 20_000,
  })

/** `null` where the month was not computed yet. */
export const useRun = (month: string, runId: string | undefined) =>
  useQuery({
    queryKey: ['allocation', 'run', month, runId],
    queryFn: async ({ signal }) => {
      try {
        return await api<RunResult>(`${base}/months/${month}`, { signal })
      } catch (error) {
        if (error instanceof ApiError && error.code === 'no_run') return null
        throw error
      }
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })

export const useUnits = (month: string) =>
  useQuery({
    queryKey: ['allocation', 'units', month],
    queryFn: ({ signal }) => api<{ units: Unit[] }>(`${base}/units?month=${month}`, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })

export const useUnitHistory = (key: string | null) =>
  useQuery({
    queryKey: ['allocation', 'history', key],
    queryFn: ({ signal }) => api<{ changes: UnitChange[] }>(`${base}/units/${key}/history`, { signal }),
    enabled: key !== null,
  })

export const useDraft = () =>
  useQuery({
    queryKey: ['allocation', 'draft'],
    queryFn: ({ signal }) => api<Draft>(`${base}/rules/draft`, { signal }),
    staleTime: 30_000,
  })

/** What a document would do; asked again as it changes. `null` asks nothing. */
export const usePreview = (document: RuleDocument | null, months: string[]) =>
  useQuery({
    queryKey: ['allocation', 'preview', document, months],
    queryFn: ({ signal }) => api<PreviewAnswer>(`${base}/rules/preview`, { body: { document, months }, signal }),
    enabled: document !== null,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  })

export const useSuggestions = (document: RuleDocument | undefined, month: string) =>
  useQuery({
    queryKey: ['allocation', 'suggest', document, month],
    queryFn: ({ signal }) =>
      api<{ suggestions: Suggestion[] }>(`${base}/rules/suggest`, { body: { document, month }, signal }),
    enabled: document !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })

export const useStatement = (month: string, unit: string | null) =>
  useQuery({
    queryKey: ['allocation', 'statement', month, unit],
    queryFn: ({ signal }) => api<Statement>(`${base}/months/${month}/statements/${unit}`, { signal }),
    enabled: unit !== null,
    placeholderData: keepPreviousData,
  })

export const useComments = (month: string) =>
  useQuery({
    queryKey: ['allocation', 'comments', month],
    queryFn: ({ signal }) => api<{ comments: StatementComment[] }>(`${base}/months/${month}/comments`, { signal }),
  })

export const allocationPath = base
