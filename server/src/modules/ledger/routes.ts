import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { conflict } from '../../primitives/errors'
import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import { reinstateBatches, withdrawBatches } from './commit-batches'
import { Batch, BatchList, Difference } from './contract'
import { batchDifference, getBatch, listBatches, type StoredBatch } from './list-batches'

type Deps = {
  clickhouse: ClickHouse
  connectionNames: (scope: Scope) => Promise<Map<string, string>>
  onWithdrawn?: (scope: Scope, importId: string) => Promise<void>
}
const Id = z.object({ id: z.guid() })

/** `GET /api/v1/batches`, `/{id}`, `/{id}/difference`; `POST /{id}/withdraw`, `/{id}/reinstate`. */
export function ledgerRoutes({ clickhouse, connectionNames, onWithdrawn }: Deps): FastifyPluginAsyncZod {
  return async (app) => {
    const named = async (scope: Scope, batches: StoredBatch[]) => {
      const names = await connectionNames(scope)
      return batches.map(({ connectionId, ...batch }) => ({
        ...batch,
        connection: names.get(connectionId) ?? connectionId,
      }))
    }
    const one = async (scope: Scope, id: string) => (await named(scope, [await getBatch(clickhouse, scope, id)]))[0]!

    app.get(
      '/api/v1/batches',
      {
        schema: {
          tags: ['Ledger'],
          summary: 'Batches and their proofs',
          querystring: z.object({ importId: z.guid().optional() }),
          response: { 200: BatchList },
        },
      },
      async (request) => ({
        batches: await named(
          request.scope,
          await listBatches(clickhouse, request.scope, { importId: request.query.importId }),
        ),
      }),
    )
    app.get(
      '/api/v1/batches/:id',
      { schema: { tags: ['Ledger'], summary: 'One batch and its proof', params: Id, response: { 200: Batch } } },
      async (request) => one(request.scope, request.params.id),
    )
    app.get(
      '/api/v1/batches/:id/difference',
      {
        schema: { tags: ['Ledger'], summary: 'What a restatement changed', params: Id, response: { 200: Difference } },
      },
      async (request) => batchDifference(clickhouse, request.scope, request.params.id),
    )
    app.post(
      '/api/v1/batches/:id/withdraw',
      {
        schema: {
          tags: ['Ledger'],
          summary: 'Take a batch out of all later answers',
          params: Id,
          response: { 200: Batch },
        },
      },
      async (request) => {
        const batch = await getBatch(clickhouse, request.scope, request.params.id)
        if (!batch.open) throw conflict('batch_not_open', 'This batch is already closed.')
        await withdrawBatches(clickhouse, request.scope, [batch.id])
        await onWithdrawn?.(request.scope, batch.importId)
        return one(request.scope, batch.id)
      },
    )
    app.post(
      '/api/v1/batches/:id/reinstate',
      {
        schema: {
          tags: ['Ledger'],
          summary: 'Undo: open a closed batch again and close what replaced it',
          params: Id,
          response: { 200: Batch },
        },
      },
      async (request) => {
        const batch = await getBatch(clickhouse, request.scope, request.params.id)
        if (batch.open) throw conflict('batch_open', 'This batch is open already.')
        const replacing = await listBatches(clickhouse, request.scope, { ids: batch.closedBy })
        await reinstateBatches(
          clickhouse,
          request.scope,
          [batch.id],
          replacing
            .filter((b) => b.open && b.scope === batch.scope && b.periodStart === batch.periodStart)
            .map((b) => b.id),
        )
        return one(request.scope, batch.id)
      },
    )
  }
}
