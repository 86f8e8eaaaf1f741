import type {
  BookAnswer,
  ChangeMade,
  EstimateAnswer,
  EstimateRequest,
  History,
  ModelAnswer,
  Rating,
  RatingList,
  RatingPreview,
  RatingScope,
  RuleList,
  RuleTerms,
  UnpricedAnswer,
} from '@server/modules/pricing/contract'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api } from '../../api'

const root = '/api/v1/pricing'
const key = (name: string, ...rest: unknown[]) => ['prices', name, ...rest]
const query = (values: Record<string, string | number | undefined>) =>
  new URLSearchParams(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, String(value)]],
    ),
  ).toString()

export type BookSearch = { search: string; provider: string; own: boolean; disputed?: boolean; limit: number }

export function useBook({ search, provider, own, disputed = false, limit }: BookSearch) {
  return useQuery({
    queryKey: key('book', search, provider, own, disputed, limit),
    queryFn: ({ signal }) =>
      api<BookAnswer>(
        `${root}/book?${query({ search, provider, own: own ? 'true' : undefined, disputed: disputed ? 'true' : undefined, limit })}`,
        { signal },
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
}

export function useModel(model: { provider: string; model: string } | null) {
  return useQuery({
    queryKey: key('model', model),
    queryFn: ({ signal }) => api<ModelAnswer>(`${root}/model?${query(model ?? {})}`, { signal }),
    enabled: model !== null && model.provider !== '' && model.model !== '',
    retry: false,
  })
}

export function useRules() {
  return useQuery({
    queryKey: key('rules'),
    queryFn: ({ signal }) => api<RuleList>(`${root}/rules`, { signal }),
  })
}

export function useHistory() {
  return useQuery({
    queryKey: key('history'),
    queryFn: ({ signal }) => api<History>(`${root}/history`, { signal }),
  })
}

export function useUnpriced() {
  return useQuery({
    queryKey: key('unpriced'),
    queryFn: ({ signal }) => api<UnpricedAnswer>(`${root}/unpriced`, { signal }),
    staleTime: 30_000,
  })
}

export function useRatings() {
  return useQuery({
    queryKey: key('ratings'),
    queryFn: ({ signal }) => api<RatingList>(`${root}/ratings`, { signal }),
    refetchInterval: (asked) =>
      asked.state.data?.ratings.some(({ status }) => status === 'running' || status === 'undoing') ? 1_000 : false,
  })
}

/** What a rule that is not saved would do to the last 30 days. `null` asks nothing. */
export function useEffectOf(draft: { terms: RuleTerms; ruleId: string | null } | null) {
  return useQuery({
    queryKey: key('effect', draft),
    queryFn: ({ signal }) => api<RatingPreview>(`${root}/effect`, { body: draft, signal }),
    enabled: draft !== null,
    retry: false,
    staleTime: 30_000,
  })
}

export function usePreview(scope: RatingScope | null) {
  return useQuery({
    queryKey: key('preview', scope),
    queryFn: ({ signal }) => api<RatingPreview>(`${root}/ratings/preview`, { body: scope, signal }),
    enabled: scope !== null,
    retry: false,
  })
}

export function useEstimate(request: EstimateRequest | null) {
  return useQuery({
    queryKey: key('estimate', request),
    queryFn: ({ signal }) => api<EstimateAnswer>(`${root}/estimate`, { body: request, signal }),
    enabled: request !== null,
    placeholderData: keepPreviousData,
    retry: false,
  })
}

export type RuleWrite =
  | { what: 'add'; terms: RuleTerms }
  | { what: 'change'; id: string; version: number; terms: RuleTerms; effectiveFrom: string | null }
  | { what: 'remove'; id: string }
  | { what: 'undo'; changeId: string }

export function useWriteRule() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (write: RuleWrite) => {
      if (write.what === 'add') return api<ChangeMade>(`${root}/rules`, { body: write.terms })
      if (write.what === 'remove') return api<ChangeMade>(`${root}/rules/${write.id}`, { method: 'DELETE' })
      if (write.what === 'undo') return api<ChangeMade>(`${root}/changes/${write.changeId}/undo`, { method: 'POST' })
      const { id, version, terms, effectiveFrom } = write
      return api<ChangeMade>(`${root}/rules/${id}`, { method: 'PUT', body: { version, terms, effectiveFrom } })
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['prices'] }),
  })
}

export function useRate() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (ask: { scope: RatingScope } | { undo: string }) =>
      'undo' in ask
        ? api<Rating>(`${root}/ratings/${ask.undo}/undo`, { method: 'POST' })
        : api<Rating>(`${root}/ratings`, { body: ask.scope }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['prices'] })
      await client.invalidateQueries({ queryKey: ['answer'] })
    },
  })
}
