import type { QueryAnswer, QueryRequest } from '@server/modules/explore/contract'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { api } from '../../api'

export type TimedAnswer = { answer: QueryAnswer; milliseconds: number }

/** An answer with the time it took, as the reader waited for it. */
export function useTimedAnswer(request: QueryRequest | null) {
  return useQuery({
    queryKey: ['answer', 'live', 'timed', request],
    queryFn: async ({ signal }): Promise<TimedAnswer> => {
      const start = performance.now()
      const answer = await api<QueryAnswer>('/api/v1/query', { body: request, signal })
      return { answer, milliseconds: performance.now() - start }
    },
    enabled: request !== null,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  })
}

/** Position of each column of an answer by its id. */
export function columnsOf(answer: QueryAnswer): Map<string, number> {
  return new Map(answer.columns.map((column, index) => [column.id, index]))
}
