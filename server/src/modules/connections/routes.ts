import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { conflict, invalid } from '../../primitives/errors'
import { newId } from '../../primitives/ids'
import type { ClickHouse } from '../../storage/clickhouse'
import type { Postgres } from '../../storage/postgres'
import { checkValues } from './check-values'
import { changeConnection, checkAccount, getConnection, insertConnection, restoreConnection } from './connection-store'
import { type Connectors, connectorOf } from './connectors'
import {
  Backfill,
  Connection,
  ConnectionChange,
  ConnectionList,
  ConnectionTest,
  ConnectorList,
  NewConnection,
  ProviderUsage,
  RunAccepted,
  RunList,
  TestAnswer,
} from './contract'
import { describeConnections } from './describe-connections'
import { readProviderUsage } from './provider-usage'
import type { Reach } from './reach'
import { cancelRuns, enqueueRun, listRuns } from './run-store'
import { jittered } from './schedule-syncs'
import type { Sealer } from './seal'
import { testCredentials } from './test-connection'

type Deps = {
  postgres: Postgres
  clickhouse: ClickHouse
  connectors: Connectors
  sealer: Sealer
  reach: Reach
  /** A run was queued. */
  onQueued: () => void
}
const Id = z.object({ id: z.guid() })
const tags = ['Connections']

/** `/api/v1/connectors`, `/api/v1/connections` and what can be done with one of them. */
export function connectionRoutes({
  postgres,
  clickhouse,
  connectors,
  sealer,
  reach,
  onQueued,
}: Deps): FastifyPluginAsyncZod {
  return async (app) => {
    const describe = async (scope: Parameters<typeof getConnection>[1], id: string) =>
      (
        await describeConnections(
          postgres,
          scope,
          connectors,
          await getConnection(postgres, scope, id, { deleted: true }),
        )
      )[0]!

    app.get(
      '/api/v1/connectors',
      {
        schema: {
          tags,
          summary: 'What can be connected: each connector’s manifest, from which forms and guides are drawn',
          response: { 200: ConnectorList },
        },
      },
      async () => ({ connectors: [...connectors.values()].map(({ manifest }) => structuredClone(manifest) as never) }),
    )

    app.get(
      '/api/v1/connections',
      { schema: { tags, summary: 'Connections with their state', response: { 200: ConnectionList } } },
      async (request) => ({ connections: await describeConnections(postgres, request.scope, connectors) }),
    )

    app.post(
      '/api/v1/connections/test',
      {
        schema: {
          tags,
          summary: 'Try credentials without storing them',
          body: ConnectionTest,
          response: { 200: TestAnswer },
        },
      },
      async (request) => {
        const connector = connectorOf(connectors, request.body.connector)
        return testCredentials(reach, request.scope, connector, checkValues(connector.manifest, request.body.values))
      },
    )

    app.post(
      '/api/v1/connections',
      {
        schema: {
          tags,
          summary: 'Connect an account; its first sync begins at once',
          body: NewConnection,
          response: { 201: Connection },
        },
      },
      async (request, reply) => {
        const { connector: connectorId, name, values, historyMonths, sync } = request.body
        const connector = connectorOf(connectors, connectorId)
        const { secrets, options } = checkValues(connector.manifest, values)
        const tested = await testCredentials(reach, request.scope, connector, { secrets, options })
        const id = newId()
        await checkAccount(postgres, request.scope, connectorId, tested.account?.id ?? null)
        await insertConnection(postgres, request.scope, {
          id,
          name,
          connector: connectorId,
          sealed: sealer.seal(secrets, id),
          options,
          accountId: tested.account?.id ?? null,
          accountName: tested.account?.name ?? null,
          lastTest: tested.checks,
          lastTestAt: new Date(),
          nextSyncAt: sync ? nextSync(connector.manifest.everyMinutes) : null,
        })
        if (sync) {
          const now = new Date()
          const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - historyMonths + 1, 1))
          await enqueueRun(postgres, request.scope, id, 'first', { from: from.toISOString() })
          onQueued()
        }
        return reply.code(201).send(await describe(request.scope, id))
      },
    )

    app.get(
      '/api/v1/connections/:id',
      { schema: { tags, summary: 'One connection', params: Id, response: { 200: Connection } } },
      async (request) => {
        await getConnection(postgres, request.scope, request.params.id)
        return describe(request.scope, request.params.id)
      },
    )

    app.patch(
      '/api/v1/connections/:id',
      {
        schema: {
          tags,
          summary: 'Rename, give new credentials, pause or resume',
          params: Id,
          body: ConnectionChange,
          response: { 200: Connection },
        },
      },
      async (request) => {
        const { id } = request.params
        const { name, values, paused } = request.body
        const row = await getConnection(postgres, request.scope, id)
        const change: Parameters<typeof changeConnection>[3] = {}
        if (name !== undefined) change.name = name
        if (values !== undefined) {
          const connector = connectorOf(connectors, row.connector)
          // A sealed secret that cannot be opened must not keep a new one from being stored.
          const known = row.sealed === null ? {} : await readable(() => sealer.open(row.sealed!, id))
          const checked = checkValues(connector.manifest, { ...row.options, ...known, ...nonEmpty(values) })
          const tested = await testCredentials(reach, request.scope, connector, checked)
          if (tested.account && row.accountId !== null && tested.account.id !== row.accountId)
            throw conflict(
              'other_account',
              `These credentials belong to ${tested.account.name}, this connection to ${row.accountName ?? row.accountId}. Connect the other account beside it.`,
            )
          await checkAccount(postgres, request.scope, row.connector, tested.account?.id ?? null, id)
          Object.assign(change, {
            sealed: sealer.seal(checked.secrets, id),
            options: checked.options,
            lastTest: tested.checks,
            lastTestAt: new Date(),
            ...(tested.ok ? { failures: 0, problem: null, problemSince: null, nextSyncAt: new Date() } : {}),
            ...(row.accountId === null && tested.account
              ? { accountId: tested.account.id, accountName: tested.account.name }
              : {}),
          })
        }
        if (paused !== undefined) {
          change.pausedAt = paused ? (row.pausedAt ?? new Date()) : null
          if (!paused && row.connector !== null) change.nextSyncAt = new Date()
        }
        if (Object.keys(change).length > 0)
          await changeConnection(postgres, request.scope, id, change, 'connection.changed')
        return describe(request.scope, id)
      },
    )

    app.delete(
      '/api/v1/connections/:id',
      {
        schema: {
          tags,
          summary: 'Delete a connection; what it brought stays in the ledger. Undo with restore',
          params: Id,
          response: { 200: Connection },
        },
      },
      async (request) => {
        const { id } = request.params
        await getConnection(postgres, request.scope, id)
        await cancelRuns(postgres, request.scope, id)
        await changeConnection(postgres, request.scope, id, { deletedAt: new Date() }, 'connection.deleted')
        return describe(request.scope, id)
      },
    )

    app.post(
      '/api/v1/connections/:id/restore',
      { schema: { tags, summary: 'Undo a deletion', params: Id, response: { 200: Connection } } },
      async (request) => {
        await restoreConnection(postgres, request.scope, request.params.id)
        return describe(request.scope, request.params.id)
      },
    )

    app.post(
      '/api/v1/connections/:id/test',
      {
        schema: {
          tags,
          summary: 'Try the stored credentials: which right works, which is missing',
          params: Id,
          response: { 200: TestAnswer },
        },
      },
      async (request) => {
        const { id } = request.params
        const row = await getConnection(postgres, request.scope, id)
        const connector = connectorOf(connectors, row.connector)
        const secrets = row.sealed === null ? {} : sealer.open(row.sealed, id)
        const answer = await testCredentials(reach, request.scope, connector, { secrets, options: row.options })
        await changeConnection(
          postgres,
          request.scope,
          id,
          {
            lastTest: answer.checks,
            lastTestAt: new Date(),
            ...(row.accountId === null && answer.account
              ? { accountId: answer.account.id, accountName: answer.account.name }
              : {}),
          },
          'connection.tested',
        )
        return answer
      },
    )

    app.post(
      '/api/v1/connections/:id/sync',
      { schema: { tags, summary: 'Read now', params: Id, response: { 202: RunAccepted } } },
      async (request, reply) => {
        const row = await getConnection(postgres, request.scope, request.params.id)
        connectorOf(connectors, row.connector)
        const runId = await enqueueRun(postgres, request.scope, row.id, 'manual')
        onQueued()
        return reply.code(202).send({ runId })
      },
    )

    app.post(
      '/api/v1/connections/:id/backfill',
      {
        schema: {
          tags,
          summary: 'Read a range of days again, month by month, newest first',
          params: Id,
          body: Backfill,
          response: { 202: RunAccepted },
        },
      },
      async (request, reply) => {
        const { from, to } = request.body
        if (from > to)
          throw invalid('range_reversed', 'The first day lies after the last one. Exchange them.', { from, to })
        if (Date.parse(from) < Date.now() - 5 * 366 * 86_400_000)
          throw invalid('range_too_long', 'A back-fill reaches five years back at most.', { from })
        if (from > new Date().toISOString().slice(0, 10))
          throw invalid('range_in_future', 'The first day is still to come.', { from })
        const row = await getConnection(postgres, request.scope, request.params.id)
        connectorOf(connectors, row.connector)
        const end = new Date(Date.parse(to) + 86_400_000).toISOString()
        const runId = await enqueueRun(postgres, request.scope, row.id, 'backfill', {
          from: new Date(from).toISOString(),
          to: end,
        })
        onQueued()
        return reply.code(202).send({ runId })
      },
    )

    app.post(
      '/api/v1/connections/:id/cancel',
      {
        schema: {
          tags,
          summary: 'Stop what is at work and what waits; months already taken in stay',
          params: Id,
          response: { 200: Connection },
        },
      },
      async (request) => {
        const { id } = request.params
        await getConnection(postgres, request.scope, id)
        if ((await cancelRuns(postgres, request.scope, id)) === 0)
          throw conflict('nothing_to_cancel', 'Nothing of this connection is at work or waiting.')
        return describe(request.scope, id)
      },
    )

    app.get(
      '/api/v1/connections/:id/runs',
      {
        schema: {
          tags,
          summary: 'Runs, newest first: what was asked, pages, rows, sums, problems',
          params: Id,
          querystring: z.object({ limit: z.coerce.number().int().min(1).max(500).default(50) }),
          response: { 200: RunList },
        },
      },
      async (request) => {
        await getConnection(postgres, request.scope, request.params.id)
        return { runs: await listRuns(postgres, request.scope, request.params.id, request.query.limit) }
      },
    )

    app.get(
      '/api/v1/connections/:id/usage',
      {
        schema: {
          tags,
          summary: 'Usage as the provider counted it, by day, project, model and leaf unit',
          params: Id,
          querystring: z.object({ from: z.iso.date(), to: z.iso.date() }),
          response: { 200: ProviderUsage },
        },
      },
      async (request) => {
        const { id } = request.params
        await getConnection(postgres, request.scope, id)
        return readProviderUsage(clickhouse, request.scope, id, request.query.from, request.query.to)
      },
    )
  }
}

const nextSync = (minutes: number) => new Date(Date.now() + jittered(minutes * 60, Math.random) * 1000)

const nonEmpty = (values: Record<string, string>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ''))

async function readable(open: () => Record<string, string>): Promise<Record<string, string>> {
  try {
    return open()
  } catch {
    return {}
  }
}
