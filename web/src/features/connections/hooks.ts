import type {
  Backfill,
  Connection,
  ConnectionChange,
  ConnectionList,
  ConnectorList,
  NewConnection,
  RunList,
  TestAnswer,
} from '@server/modules/connections/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api } from '../../api'

const active = (connection: Connection) => connection.run?.status === 'running' || connection.run?.status === 'queued'

export function useConnectors() {
  return useQuery({
    queryKey: ['connectors'],
    queryFn: ({ signal }) => api<ConnectorList>('/api/v1/connectors', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** Asked every second while something is read, so that progress is live; else once a minute. */
export function useConnections() {
  return useQuery({
    queryKey: ['connections'],
    queryFn: ({ signal }) => api<ConnectionList>('/api/v1/connections', { signal }),
    refetchInterval: (query) => (query.state.data?.connections.some(active) ? 1_000 : 60_000),
  })
}

export function useRuns(id: string, busy: boolean) {
  return useQuery({
    queryKey: ['connections', id, 'runs'],
    queryFn: ({ signal }) => api<RunList>(`/api/v1/connections/${id}/runs?limit=30`, { signal }),
    refetchInterval: busy ? 2_000 : 60_000,
  })
}

/** What can be done with connections; the list is asked again after each. */
export function useConnectionActions() {
  const client = useQueryClient()
  const done = { onSettled: () => void client.invalidateQueries({ queryKey: ['connections'] }) }
  const post = <T>(id: string, what: string, body?: unknown) =>
    api<T>(`/api/v1/connections/${id}/${what}`, { method: 'POST', body })
  return {
    create: useMutation({
      mutationFn: (body: NewConnection) => api<Connection>('/api/v1/connections', { body }),
      ...done,
    }),
    tryOut: useMutation({
      mutationFn: (body: { connector: string; values: Record<string, string> }) =>
        api<TestAnswer>('/api/v1/connections/test', { body }),
    }),
    change: useMutation({
      mutationFn: ({ id, ...body }: ConnectionChange & { id: string }) =>
        api<Connection>(`/api/v1/connections/${id}`, { method: 'PATCH', body }),
      ...done,
    }),
    remove: useMutation({
      mutationFn: (id: string) => api<Connection>(`/api/v1/connections/${id}`, { method: 'DELETE' }),
      ...done,
    }),
    restore: useMutation({ mutationFn: (id: string) => post<Connection>(id, 'restore'), ...done }),
    test: useMutation({ mutationFn: (id: string) => post<TestAnswer>(id, 'test'), ...done }),
    sync: useMutation({ mutationFn: (id: string) => post(id, 'sync'), ...done }),
    cancel: useMutation({ mutationFn: (id: string) => post<Connection>(id, 'cancel'), ...done }),
    backfill: useMutation({
      mutationFn: ({ id, ...body }: Backfill & { id: string }) => post(id, 'backfill', body),
      ...done,
    }),
  }
}
export type ConnectionActions = ReturnType<typeof useConnectionActions>
