import type {
  ApiKeyCreated,
  ApiKeyList,
  MemberList,
  Session,
  SetupRequest,
  SignInRequest,
} from '@server/modules/access/contract'
import type { RunList } from '@server/modules/experiments/contract'
import type {
  ExplainChangeAnswer,
  ExplainChangeRequest,
  LinesAnswer,
  LinesRequest,
  PriceChangesAnswer,
  QueryAnswer,
  QueryRequest,
  RegistryAnswer,
} from '@server/modules/explore/contract'
import type {
  AttributionMapping,
  AttributionMappingChange,
  AttributionVersion,
  Import,
  ImportList,
} from '@server/modules/ingestion/contract'
import type { BatchList, Difference } from '@server/modules/ledger/contract'
import type { Note, NoteList, NoteRequest } from '@server/modules/notes/contract'
import type { Organization, OrganizationChange } from '@server/modules/organizations/contract'
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api } from './client'
import { converted, useConversion, withoutUnconverted } from './conversion'

/**
 * How soon an answer is asked again when the ledger changes. `first`: at once on every call, for small questions whose answer
 * the eye waits for; `live`: right behind them; `calm`: a few seconds behind, for
 * answers that are dear and move little; `settled`: only when a bill comes in, for periods that lie in the past.
 */
export type Pace = 'first' | 'live' | 'calm' | 'settled'

export function useSession() {
  return useQuery({
    queryKey: ['session'],
    queryFn: ({ signal }) => api<Session>('/api/v1/session', { signal }),
    staleTime: 60_000,
  })
}

export function useRegistry() {
  return useQuery({
    queryKey: ['registry'],
    queryFn: ({ signal }) => api<RegistryAnswer>('/api/v1/registry', { signal }),
    staleTime: 5 * 60_000,
  })
}

/** Asks `POST /api/v1/query`. The answer before stays on the page while a new one is on its way. `null` asks nothing. */
export function useQueryAnswer(given: QueryRequest | null, options: { pace?: Pace } = {}) {
  const into = useConversion()
  const request = given && converted(given, into)
  return useQuery({
    select: withoutUnconverted,
    queryKey: ['answer', options.pace ?? 'live', request],
    queryFn: ({ signal }) => api<QueryAnswer>('/api/v1/query', { body: request, signal }),
    enabled: request !== null,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  })
}

/** Why a cost changed: `POST /api/v1/explain-change`. Dear, so that it follows live calls once in half a minute. `null` asks nothing. */
export function useExplainedChange(request: ExplainChangeRequest | null) {
  return useQuery({
    queryKey: ['answer', 'settled', 'change', request],
    queryFn: ({ signal }) => api<ExplainChangeAnswer>('/api/v1/explain-change', { body: request, signal }),
    enabled: request !== null,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    refetchInterval: 30_000,
  })
}

export function usePriceChanges(request: { period: { from: string; to: string }; timeZone: string; currency: string }) {
  return useQuery({
    queryKey: ['answer', 'settled', 'prices', request],
    queryFn: ({ signal }) => api<PriceChangesAnswer>('/api/v1/price-changes', { body: request, signal }),
    staleTime: 5 * 60_000,
  })
}

/** Notes of a period; `from` and `to` are RFC 3339, `to` exclusive. */
export function useNotes(from: string, to: string) {
  return useQuery({
    queryKey: ['notes', from, to],
    queryFn: ({ signal }) => api<NoteList>(`/api/v1/notes?${new URLSearchParams({ from, to })}`, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
}

export const useAddNote = () => useNoteChange((body: NoteRequest) => api<Note>('/api/v1/notes', { body }))
export const useDeleteNote = () =>
  useNoteChange((id: string) => api<unknown>(`/api/v1/notes/${id}`, { method: 'DELETE' }))
export const useRestoreNote = () =>
  useNoteChange((id: string) => api<Note>(`/api/v1/notes/${id}/restore`, { method: 'POST' }))

function useNoteChange<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient()
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: ['notes'] }) })
}

/** The source lines or calls behind a number, page by page. */
export function useLines(given: LinesRequest | null) {
  const into = useConversion()
  // The lines behind a converted amount are in the currencies they were billed in.
  const request = given && given.currency === into ? { ...given, currency: undefined } : given
  return useInfiniteQuery({
    queryKey: ['lines', request],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      api<LinesAnswer>('/api/v1/lines', { body: { ...request, cursor: pageParam }, signal }),
    getNextPageParam: (last) => last.nextCursor,
    enabled: request !== null,
    staleTime: 30_000,
  })
}

/** The calls that cost most under the filters, dearest first; one currency, for others are not comparable. `null` asks nothing. */
export function useDearestCalls(request: Omit<LinesRequest, 'kind' | 'order' | 'cursor'> | null) {
  return useQuery({
    queryKey: ['answer', 'calm', 'dearest', request],
    queryFn: ({ signal }) =>
      api<LinesAnswer>('/api/v1/lines', { body: { ...request, kind: 'calls', order: 'cost' }, signal }),
    enabled: request !== null,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  })
}

/** Runs of experiments with calls in the period (`from` inclusive, `to` exclusive) of these teams, where any are named; follows live calls. */
export function useRuns({ from, to, teams }: { from: string; to: string; teams: readonly string[] }) {
  const convertTo = useConversion()
  const query = new URLSearchParams([
    ['from', from],
    ['to', to],
    ...teams.map((team) => ['team', team]),
    ...(convertTo === null ? [] : [['convertTo', convertTo]]),
  ]).toString()
  return useQuery({
    queryKey: ['answer', 'live', 'runs', query],
    queryFn: ({ signal }) => api<RunList>(`/api/v1/runs?${query}`, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  })
}

/** Imports, the newest first, page by page where the server hands them out so. */
export function useImports() {
  return useInfiniteQuery({
    queryKey: ['imports', 'list'],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      api<ImportList>(`/api/v1/imports${pageParam === null ? '' : `?${new URLSearchParams({ cursor: pageParam })}`}`, {
        signal,
      }),
    getNextPageParam: (last) => last.next ?? undefined,
    // Progress is not announced row by row: look again while something runs.
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.imports.some((i) => i.status === 'queued' || i.status === 'running'))
        ? 1000
        : false,
  })
}

export function useImport(id: string | null) {
  return useQuery({
    queryKey: ['imports', id],
    queryFn: ({ signal }) => api<Import>(`/api/v1/imports/${id}`, { signal }),
    enabled: id !== null,
    refetchInterval: (query) =>
      query.state.data && (query.state.data.status === 'queued' || query.state.data.status === 'running') ? 700 : false,
  })
}

export function useBatches() {
  return useQuery({ queryKey: ['batches'], queryFn: ({ signal }) => api<BatchList>('/api/v1/batches', { signal }) })
}

export function useDifference(batchId: string | null) {
  return useQuery({
    queryKey: ['batches', batchId, 'difference'],
    queryFn: ({ signal }) => api<Difference>(`/api/v1/batches/${batchId}/difference`, { signal }),
    enabled: batchId !== null,
  })
}

export function useSignIn() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: SignInRequest) => api<unknown>('/api/v1/session', { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['session'] }),
  })
}

export function useSignOut() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => api<unknown>('/api/v1/session', { method: 'DELETE' }),
    onSuccess: async () => {
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' })
      await client.invalidateQueries({ queryKey: ['session'] })
    },
  })
}

export function useSetUp() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: SetupRequest) => api<unknown>('/api/v1/setup', { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['session'] }),
  })
}

export function useChangeOrganization() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: OrganizationChange) => api<Organization>('/api/v1/organization', { method: 'PATCH', body }),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['session'] }),
        client.invalidateQueries({ queryKey: ['answer'] }),
      ]),
  })
}

export function useMembers() {
  return useQuery({ queryKey: ['members'], queryFn: ({ signal }) => api<MemberList>('/api/v1/members', { signal }) })
}

export function useApiKeys() {
  return useQuery({ queryKey: ['api-keys'], queryFn: ({ signal }) => api<ApiKeyList>('/api/v1/api-keys', { signal }) })
}

export function useCreateApiKey() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => api<ApiKeyCreated>('/api/v1/api-keys', { body: { name } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['api-keys'] }),
  })
}

export function useRevokeApiKey() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => api<unknown>(`/api/v1/api-keys/${id}`, { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['api-keys'] }),
  })
}

export function useAttribution() {
  return useQuery({
    queryKey: ['attribution'],
    queryFn: ({ signal }) => api<AttributionMapping>('/api/v1/attribution-mapping', { signal }),
  })
}

export function useAttributionHistory() {
  return useQuery({
    queryKey: ['attribution', 'history'],
    queryFn: ({ signal }) => api<{ versions: AttributionVersion[] }>('/api/v1/attribution-mapping/history', { signal }),
  })
}

export function useChangeAttribution() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: AttributionMappingChange) =>
      api<AttributionMapping>('/api/v1/attribution-mapping', { method: 'PUT', body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['attribution'] }),
  })
}

/** Takes the newest change back; `version` is the one that was read. */
export function useUndoAttribution() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (version: string) => api<AttributionMapping>('/api/v1/attribution-mapping/undo', { body: { version } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['attribution'] }),
  })
}
