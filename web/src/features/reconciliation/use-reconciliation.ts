import type {
  AccountReconciliation,
  DaysAnswer,
  MatchesAnswer,
  ReconciliationAnswer,
  SplitAnswer,
  SplitDimension,
} from '@server/modules/reconciliation/contract'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { api } from '../../api'

const base = '/api/v1/reconciliation'
export type Days = { from: string; to: string }
export type Account = AccountReconciliation

export const idOf = (account: Pick<Account, 'provider' | 'account' | 'currency'>) =>
  [account.provider, account.account, account.currency].join('|')

const ask = (days: Days, account?: Account, day?: string) =>
  new URLSearchParams({
    ...days,
    ...(account ? { provider: account.provider, account: account.account, currency: account.currency } : {}),
    ...(day ? { day } : {}),
  })

const common = { placeholderData: keepPreviousData, staleTime: 60_000 }

export const useReconciliation = (days: Days) =>
  useQuery({
    queryKey: ['reconciliation', days],
    queryFn: ({ signal }) => api<ReconciliationAnswer>(`${base}?${ask(days)}`, { signal }),
    ...common,
  })

export const useDays = (days: Days, account: Account) =>
  useQuery({
    queryKey: ['reconciliation', 'days', days, idOf(account)],
    queryFn: ({ signal }) => api<DaysAnswer>(`${base}/days?${ask(days, account)}`, { signal }),
    ...common,
  })

export const useMatches = (days: Days, account: Account, day: string | undefined) =>
  useQuery({
    queryKey: ['reconciliation', 'matches', days, idOf(account), day],
    queryFn: ({ signal }) => api<MatchesAnswer>(`${base}/matches?${ask(days, account, day)}`, { signal }),
    staleTime: 60_000,
  })

export const useSplit = (days: Days, account: Account, by: SplitDimension) =>
  useQuery({
    queryKey: ['reconciliation', 'split', days, idOf(account), by],
    queryFn: ({ signal }) =>
      api<SplitAnswer>(`${base}/split`, {
        body: { ...days, provider: account.provider, account: account.account, currency: account.currency, by: [by] },
        signal,
      }),
    ...common,
  })
