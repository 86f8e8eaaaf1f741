import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { invalid } from '../../primitives/errors'
import type { Scope } from '../../primitives/scope'
import { daysAnswer, reconciliationAnswer } from './answers'
import {
  AccountQuery,
  DaysAnswer,
  MatchesAnswer,
  MatchesQuery,
  ReconciliationAnswer,
  ReconciliationQuery,
  SplitAnswer,
  SplitRequest,
} from './contract'
import { listMatches } from './list-matches'
import { type AccountWork, type Deps, reconcile } from './reconcile'
import { splitBill } from './split-bill'

const longestDays = 400

/** `GET /api/v1/reconciliation`, `/days`, `/matches` and `POST /split`. Reads only. */
export function reconciliationRoutes(deps: Deps): FastifyPluginAsyncZod {
  const work = (scope: Scope, { from, to }: { from: string; to: string }) => {
    const days = (Date.parse(to) - Date.parse(from)) / 86_400_000
    if (days <= 0) throw invalid('empty_period', 'The period ends before it starts.', { from, to })
    if (days > longestDays)
      throw invalid('period_too_long', `Ask for ${longestDays} days at most.`, { from, to, longestDays })
    return reconcile(deps, scope, { from, to })
  }
  const one = async (
    scope: Scope,
    query: { from: string; to: string; provider: string; account: string; currency?: string | undefined },
  ): Promise<AccountWork | undefined> => {
    const found = (await work(scope, query)).filter(
      (each) =>
        each.provider === query.provider &&
        each.account === query.account &&
        (query.currency === undefined || each.currency === query.currency),
    )
    return found.find((each) => each.billedDays.size > 0) ?? found[0]
  }
  const tags = ['Reconciliation']
  return async (app) => {
    app.get(
      '/api/v1/reconciliation',
      {
        schema: {
          tags,
          summary: 'Bills against what telemetry estimates, by provider account, with the parts of the difference',
          querystring: ReconciliationQuery,
          response: { 200: ReconciliationAnswer },
        },
      },
      async ({ scope, query }) => reconciliationAnswer(await work(scope, query), { from: query.from, to: query.to }),
    )
    app.get(
      '/api/v1/reconciliation/days',
      {
        schema: {
          tags,
          summary: 'One account day by day: bill, provider usage and telemetry',
          querystring: AccountQuery,
          response: { 200: DaysAnswer },
        },
      },
      async ({ scope, query }) => daysAnswer(await one(scope, query)),
    )
    app.get(
      '/api/v1/reconciliation/matches',
      {
        schema: {
          tags,
          summary: 'Both sides of an account by model, key, leaf and hour',
          querystring: MatchesQuery,
          response: { 200: MatchesAnswer },
        },
      },
      async ({ scope, query }) =>
        listMatches(deps, scope, await one(scope, query), { from: query.from, to: query.to }, query.day),
    )
    app.post(
      '/api/v1/reconciliation/split',
      {
        schema: {
          tags,
          summary: 'The billed money of an account, split by its calls: team, feature, user …',
          body: SplitRequest,
          response: { 200: SplitAnswer },
        },
      },
      async ({ scope, body }) => splitBill(deps, scope, await one(scope, body), body),
    )
  }
}
